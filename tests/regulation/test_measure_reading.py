"""Who reads the register, and that each look at it can be seen by the subject it concerns."""

from __future__ import annotations

from typing import Any

import measure_desk as m
import pytest
from measure_desk import Desk

from xinyong.disclosure import looks
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.regulation.measures import queries


@pytest.fixture
def two(desk: Desk) -> Any:
    """A bar of the finance bureau, and a measure of the labour bureau on the wages list."""
    return desk.barred(), desk.followed()


def one(desk: Desk, who: Any, number: str) -> Any:
    return queries.one(desk.c, who, m.NOW, m.TODAY, number, desk.book)


def test_an_organ_sees_its_own_and_centre_and_auditor_see_all(desk: Desk, two: Any) -> None:
    for who, expected in (
        (m.FINANCE_CLERK, {two[0].id}),
        (m.LABOUR_REVIEWER, {two[1].id}),
        (m.HOMELESS, set()),
    ):
        found = queries.of_organ(desk.c, who, m.TODAY, desk.book)
        assert {r.measure.id for r in found} == expected, who.name
    for who in (m.CENTRE, m.AUDITOR):
        found = queries.everything(desk.c, who, m.TODAY, desk.book)
        assert [r.measure.id for r in found] == [two[1].id, two[0].id] and all(r.in_force for r in found)


@pytest.mark.parametrize("who", [m.OWNER, m.BANK, m.CENTRE], ids=lambda w: w.role)
def test_lists_of_an_organ_are_for_departments(desk: Desk, who: Any) -> None:
    with pytest.raises(NotPermitted):
        queries.of_organ(desk.c, who, m.TODAY, desk.book)


@pytest.mark.parametrize("who", [m.OWNER, m.BANK, m.FINANCE_REVIEWER], ids=lambda w: w.role)
def test_the_whole_register_is_for_centre_and_auditor(desk: Desk, who: Any) -> None:
    with pytest.raises(NotPermitted):
        queries.everything(desk.c, who, m.TODAY, desk.book)


def test_another_organs_measure_and_none_at_all_look_the_same(desk: Desk, two: Any) -> None:
    assert one(desk, m.LABOUR_REVIEWER, two[0].number) is None
    assert one(desk, m.LABOUR_REVIEWER, "00000000-0000-4000-8000-000000000000") is None
    assert desk.looks() == []


@pytest.mark.parametrize("who", [m.OWNER, m.BANK], ids=lambda w: w.role)
def test_a_measure_is_not_opened_by_a_subject_or_a_bank(desk: Desk, two: Any, who: Any) -> None:
    with pytest.raises(NotPermitted):
        one(desk, who, two[0].number)


def test_opening_a_measure_is_a_look_that_its_subject_sees(desk: Desk, two: Any) -> None:
    assert one(desk, m.CENTRE, two[0].number).measure.id == two[0].id
    assert desk.looks() == [("示例业务员", "履行法定职责", 1)]
    seen = looks.looks_of(desk.c, m.OWNER, today=m.TODAY)
    assert ("center", "measures", "核对") in {(s.role, s.what, s.purpose) for s in seen}


def test_a_subject_reads_what_concerns_itself_and_nobody_elses(desk: Desk, two: Any) -> None:
    desk.take("DJZC", m.registered(m.OTHER, m.OTHER_NAME))
    mine = queries.mine(desk.c, m.OWNER, m.NOW, m.TODAY, desk.book)
    assert {r.measure.id for r in mine} == {two[0].id, two[1].id}
    assert queries.mine(desk.c, m.NEIGHBOUR, m.NOW, m.TODAY, desk.book) == []
    assert desk.looks()[0] == ("示例企业", "本人查询", 2)


@pytest.mark.parametrize("who", [m.CENTRE, m.FINANCE_REVIEWER, m.BANK], ids=lambda w: w.role)
def test_what_concerns_oneself_is_for_subjects(desk: Desk, who: Any) -> None:
    with pytest.raises(NotPermitted):
        queries.mine(desk.c, who, m.NOW, m.TODAY, desk.book)


def test_all_measures_of_a_subject_are_read_on_a_duty_and_logged(desk: Desk, two: Any) -> None:
    public_id = desk.district.one("SELECT public_id::text FROM credit_subject WHERE value = %s", m.CODE)
    found = queries.of_subject(desk.c, m.AUDITOR, m.NOW, m.TODAY, public_id, desk.book)
    assert len(found) == 2 and desk.looks() == [("示例审计员", "履行法定职责", 2)]


def test_without_a_duty_nothing_is_shown_and_the_refused_look_is_kept(
    desk: Desk, two: Any, monkeypatch: Any
) -> None:
    from dataclasses import replace

    without = {k: v for k, v in desk.book.duties.items() if "auditor" not in v[-1].roles}
    monkeypatch.setattr(desk.district, "book", replace(desk.book, duties=without))
    with pytest.raises(NotPermitted, match="法定职责"):
        one(desk, m.AUDITOR, two[0].number)
    assert desk.looks() == [("示例审计员", "拒绝", 0)]


def test_a_long_list_costs_as_many_statements_as_a_short_one(desk: Desk) -> None:
    def statements() -> int:
        seen: list[str] = []
        c = desk.district.connect()

        class Cursor(c.cursor_factory):  # type: ignore[name-defined,misc]
            def execute(self, query: Any, *given: Any, **more: Any) -> Any:
                seen.append(str(query))
                return super().execute(query, *given, **more)

        c.cursor_factory = Cursor
        queries.everything(c, m.CENTRE, m.TODAY, desk.book)
        return len(seen)

    desk.barred()
    few = statements()
    for n in range(2, 6):
        desk.register(desk.terms(desk.penalty(f"潼财罚〔2026〕{n}号"), document=f"潼财采〔2026〕{n}0号"))
    assert statements() == few


def test_measures_of_a_subject_that_was_merged_are_those_of_the_whole(desk: Desk, two: Any) -> None:
    from xinyong.archive import merges

    desk.take("DJZC", m.registered(m.OTHER, m.OTHER_NAME))
    owner = desk.district.owner()
    loser, winner = (
        owner.execute("SELECT id FROM credit_subject WHERE value = %s", [v]).fetchone()[0]
        for v in (m.CODE, m.OTHER)
    )
    batch = owner.execute("SELECT max(batch) FROM publication").fetchone()[0]
    merges.add(desk.c, loser, winner, "同一主体", "测试", batch)
    assert len(queries.mine(desk.c, m.NEIGHBOUR, m.NOW, m.TODAY, desk.book)) == 2


def test_a_measure_stays_with_its_record_when_a_merge_is_split(desk: Desk) -> None:
    """Registered while its company was part of another: both are told apart again later."""
    from xinyong.collection import subjects_actions
    from xinyong.disclosure import identity

    desk.take("DJZC", m.registered(m.OTHER, m.OTHER_NAME))
    record, reviewer = desk.penalty(), Who("示例审核员", "center_reviewer")
    find = "SELECT public_id::text FROM credit_subject WHERE value = %s"
    part, whole = (desk.district.one(find, code) for code in (m.CODE, m.OTHER))
    subjects_actions.merge(desk.c, reviewer, m.NOW, part, whole, "同一主体")
    made = desk.register(desk.terms(record, subject=m.OTHER))
    for who, code in ((m.NEIGHBOUR, m.OTHER), (m.OWNER, m.CODE)):
        assert [r.measure.id for r in mine(desk, who)] == [made.id], code
    title = identity.titles(desk.c, [made.subject], m.TODAY)[made.subject]
    assert title["code"] == m.OTHER
    subjects_actions.split(desk.c, reviewer, m.NOW, part, "不是同一主体")
    assert [r.measure.id for r in mine(desk, m.OWNER)] == [made.id] and mine(desk, m.NEIGHBOUR) == []
    one(desk, m.CENTRE, made.number)
    whose = "SELECT value FROM look JOIN credit_subject s ON s.id = subject ORDER BY look.id DESC LIMIT 1"
    assert desk.district.one(whose) == m.CODE
    with pytest.raises(Refused, match="已经登记过"):
        desk.register(desk.terms(record))


def mine(desk: Desk, who: Any) -> Any:
    return queries.mine(desk.c, who, m.NOW, m.TODAY, desk.book)


# proof


@pytest.fixture
def sealed(desk: Desk, two: Any) -> Any:
    """Seals and verifies; everything that was registered is sealed."""
    from datetime import UTC, datetime

    from xinyong.foundation.evidence import checking, notes, sealing

    now = datetime.now(UTC)
    desk.do("lift", m.LABOUR_REVIEWER, two[1].number, "已支付", "")
    sealing.seal(desk.c, now, notes.origin(), notes.signer(desk.c, now))
    return lambda: checking.verify(desk.c, notes.ours(desk.c, now), [])


def test_every_registration_basis_and_act_is_a_leaf(sealed: Any) -> None:
    result = sealed()
    assert result.sound
    assert {k: result.kinds[k] for k in ("measure", "measure_basis", "measure_act")} == {
        "measure": 2, "measure_basis": 2, "measure_act": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "change", "says"),
    [
        ("measure", "UPDATE measure SET months = 12 WHERE id = 1", "changed"),
        ("measure", "UPDATE measure SET lifted_by = '{}' WHERE id = 1", "changed"),
        ("measure_basis", "UPDATE measure_basis SET record_id = gen_random_uuid() WHERE id = 1", "changed"),
        ("measure_act", "DELETE FROM measure_act", "missing"),
        ("measure_act", "UPDATE measure_act SET reason = '别的'", "changed"),
    ],
)
def test_what_is_changed_behind_the_applications_back_is_found(
    desk: Desk, sealed: Any, kind: str, change: str, says: str
) -> None:
    assert desk.district.owner().execute(change).rowcount > 0
    assert [f.kind for f in sealed().findings if f.what.startswith(f"{kind} ")] == [says]


def test_the_application_itself_can_change_nothing(desk: Desk, two: Any) -> None:
    import psycopg

    for statement in (
        "UPDATE measure SET months = 12",
        "DELETE FROM measure_basis",
        "UPDATE measure_act SET kind = 'x'",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            desk.c.execute(statement)
