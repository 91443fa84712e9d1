"""Whether a registered measure is in force: computed from its records in one snapshot, never stored."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import measure_desk as m
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measure_desk import Desk
from processes import PATIENCE, until

from xinyong.catalog.loading import load_rulebook
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.regulation.measures import kept, standing


def ends(desk: Desk, measure: Any, today: date = m.TODAY) -> tuple[str, bool]:
    r = desk.state(measure, today)
    return r.state, r.in_force


def test_a_bar_with_its_own_term_survives_repair_but_not_withdrawal(desk: Desk) -> None:
    made = desk.barred()
    repaired = desk.mark("repair", *made.records)
    assert ends(desk, made) == ("in_force", True)
    desk.unmark(repaired)
    desk.mark("withdrawn", *made.records)
    assert ends(desk, made) == ("lifted", False)
    assert desk.said(made) == ("依据的行政处罚（潼财罚〔2026〕1号）决定已撤回或撤销，这项措施随之依法解除。")


def test_a_bar_runs_out_on_its_last_day(desk: Desk) -> None:
    made = desk.barred()
    assert ends(desk, made, date(2028, 7, 1)) == ("in_force", True)
    assert ends(desk, made, date(2028, 7, 2)) == ("ran_out", False)
    assert "2028-07-01 届满" in desk.said(made, date(2028, 7, 2))


@pytest.mark.parametrize(("kind", "says"), [("repair", "已经修复"), ("withdrawn", "已撤回或撤销")])
def test_a_measure_that_follows_a_list_falls_with_the_entry(desk: Desk, kind: str, says: str) -> None:
    made = desk.followed()
    assert ends(desk, made) == ("in_force", True)
    desk.mark(kind, *made.records, organ=m.LABOUR)
    assert ends(desk, made) == ("lifted", False) and says in desk.said(made)


def test_removal_from_the_list_lifts_what_follows_it(desk: Desk) -> None:
    made = desk.followed()
    removal = {"YZ_YCRQ": "2026-11-20", "YZ_YCFS": "提前移出", "YZ_YCYJ": "信用修复"}
    desk.listing(**removal)
    assert ends(desk, made) == ("lifted", False) and "已经移出名单" in desk.said(made)


def test_a_list_that_knows_no_term_but_the_day_of_removal_ends_it_that_day(desk: Desk) -> None:
    record = desk.abnormal()
    usual = {"rule": m.ANNUAL, "notified_on": date(2026, 7, 10), "decided": date(2026, 7, 20)}
    made = desk.register(desk.terms(record, months=None, begins=date(2026, 7, 20), **usual))
    assert ends(desk, made) == ("in_force", True)
    desk.abnormal(YC_YCRQ="2026-11-20", YC_YCYY="已补报年度报告", YC_YCJG="潼南区市场监督管理局")
    assert ends(desk, made) == ("lifted", False)


def test_shielding_suspends_a_measure_until_its_day(desk: Desk) -> None:
    made = desk.followed()
    desk.mark("shielding", *made.records, organ=m.LABOUR, until=date(2026, 12, 31))
    assert ends(desk, made) == ("lifted", False) and "屏蔽期间这项措施停止执行" in desk.said(made)
    assert ends(desk, made, date(2027, 1, 1)) == ("in_force", True)


def test_the_end_of_publicity_ends_no_measure(desk: Desk) -> None:
    made = desk.barred()
    late = date(2028, 6, 1)
    assert desk.district.archive(m.CODE, "public", today=late).counts.get("XZCF", 0) == 0
    assert ends(desk, made, late) == ("in_force", True)


def test_a_file_that_takes_the_record_back_lifts_the_measure(desk: Desk) -> None:
    made = desk.barred()
    desk.penalty(KZ_CXBZ="撤销", KZ_CXYY="行政复议决定撤销")
    assert ends(desk, made) == ("lifted", False)


def test_the_law_as_of_the_decision_counts_whatever_the_rulebook_says_later(
    desk: Desk, monkeypatch: Any
) -> None:
    from dataclasses import replace

    made = desk.barred(months=36)
    gone = tuple(x for x in desk.book.measures if x.id != m.PROCUREMENT)
    monkeypatch.setattr(desk.district, "book", replace(desk.book, measures=gone))
    assert desk.state(made).window.until == date(2029, 7, 1)


def test_a_measure_that_begins_later_is_not_in_force_before(desk: Desk) -> None:
    made = desk.barred(begins=date(2026, 12, 1))
    assert ends(desk, made) == ("not_begun", False)
    assert ends(desk, made, date(2026, 12, 1)) == ("in_force", True)


# at the maximum


@pytest.fixture
def late(desk: Desk) -> Any:
    """A measure whose list has reached the end of its term, with duties unmet."""
    entry = desk.listing(YZ_GLQX="2026-10-31")
    desk.mark("duties", entry, organ=m.LABOUR, value="unmet")
    return desk.followed(entry)


def test_at_the_maximum_with_duties_unmet_a_person_has_to_decide(desk: Desk, late: Any) -> None:
    r = desk.state(late)
    assert (r.state, r.in_force, r.task) == ("overrun", True, "decide_overrun")
    assert "不自动解除" in desk.said(late)


def test_without_unmet_duties_it_ends_by_itself(desk: Desk) -> None:
    made = desk.followed(desk.listing(YZ_GLQX="2026-11-30"))
    assert ends(desk, made, date(2026, 11, 30)) == ("in_force", True)
    assert ends(desk, made, date(2026, 12, 1)) == ("ran_out", False)


def test_the_sectors_rule_carries_it_on_until_a_day_and_then_it_is_a_task_again(
    desk: Desk, late: Any
) -> None:
    law = "《示例办法》第十条"
    desk.do("extend", m.LABOUR_REVIEWER, late.number, date(2027, 4, 30), "仍未支付", law)
    r = desk.state(late)
    assert (r.state, r.task, r.window.until) == ("in_force", "", date(2027, 4, 30)) and law in desk.said(late)
    assert desk.state(late, date(2027, 5, 1)).task == "decide_overrun"


@pytest.mark.parametrize(
    ("until", "reason", "law", "code"),
    [
        (date(2027, 4, 30), "仍未支付", " ", "measure_text"),
        (date(2027, 4, 30), "", "《示例办法》第十条", "measure_text"),
        (None, "仍未支付", "《示例办法》第十条", "measure_until"),
        (m.TODAY, "仍未支付", "《示例办法》第十条", "measure_until"),
    ],
)
def test_an_extension_needs_a_reason_a_rule_and_a_day_to_come(
    desk: Desk, late: Any, until: Any, reason: str, law: str, code: str
) -> None:
    with pytest.raises(Refused) as no:
        desk.do("extend", m.LABOUR_REVIEWER, late.number, until, reason, law)
    assert no.value.code == code and desk.state(late).state == "overrun"


def test_what_is_not_at_its_maximum_is_not_extended(desk: Desk) -> None:
    made = desk.barred()
    with pytest.raises(Refused, match="最长期限已满、义务仍未履行"):
        desk.do("extend", m.FINANCE_REVIEWER, made.number, date(2029, 1, 1), "理由", "《示例办法》第十条")


# the organ's own acts


def test_the_organ_lifts_its_measure_and_says_why(desk: Desk) -> None:
    made = desk.barred()
    desk.do("lift", m.FINANCE_REVIEWER, made.number, "已经整改完毕", "潼财采〔2026〕20号")
    assert ends(desk, made) == ("ended", False)
    assert desk.said(made) == f"已由{m.FINANCE_NAME}于 2026-11-23 解除。理由：已经整改完毕。"


def test_what_was_registered_by_mistake_never_counted(desk: Desk) -> None:
    made = desk.barred()
    desk.do("mistaken", m.FINANCE_COLLEAGUE, made.number, "主体写错")
    assert ends(desk, made) == ("mistaken", False) and "不作数" in desk.said(made)


@pytest.mark.parametrize("act", ["lift", "mistaken", "extend"])
@pytest.mark.parametrize(
    "who",
    [m.LABOUR_REVIEWER, m.HOMELESS, m.FINANCE_CLERK, m.CENTRE, m.AUDITOR, m.OWNER],
    ids=lambda w: w.name,
)
def test_nobody_else_ends_or_carries_on_an_organs_measure(desk: Desk, act: str, who: Any) -> None:
    made = desk.barred()
    given = {"lift": ("理由", "依据"), "mistaken": ("理由",), "extend": (date(2029, 1, 1), "理由", "依据")}[
        act
    ]
    with pytest.raises(NotPermitted):
        desk.do(act, who, made.number, *given)
    assert kept.load(desk.c, made.number).acts == ()


def test_a_measure_that_never_was_looks_like_anothers(desk: Desk) -> None:
    made = desk.barred()
    sentences = []
    for who, number in (
        (m.LABOUR_REVIEWER, made.number),
        (m.FINANCE_REVIEWER, "00000000-0000-4000-8000-000000000000"),
        (m.FINANCE_REVIEWER, "x"),
    ):
        with pytest.raises(NotPermitted) as no:
            desk.do("lift", who, number, "理由", "")
        sentences.append(no.value.sentence)
    assert len(set(sentences)) == 1


def test_an_end_needs_a_reason_and_comes_once(desk: Desk) -> None:
    made = desk.barred()
    with pytest.raises(Refused, match="请写明理由"):
        desk.do("lift", m.FINANCE_REVIEWER, made.number, " ", "")
    desk.do("lift", m.FINANCE_REVIEWER, made.number, "已整改", "")
    for act, said in (("lift", ("再次", "")), ("mistaken", ("再次",))):
        with pytest.raises(Refused, match="已由财政审核员示例解除"):
            desk.do(act, m.FINANCE_COLLEAGUE, made.number, *said)
    assert len(kept.load(desk.c, made.number).acts) == 1


def test_of_two_who_end_it_at_once_one_wins_and_the_other_is_told(desk: Desk) -> None:
    made, outcomes, start = desk.barred(), [], threading.Barrier(2)

    def attempt(who: Any, c: Any) -> None:
        start.wait()
        try:
            desk.do("lift", who, made.number, "已整改", "", c=c)
            outcomes.append("lifted")
        except Refused as no:
            outcomes.append(no.sentence)

    people = (m.FINANCE_REVIEWER, m.FINANCE_COLLEAGUE)
    threads = [threading.Thread(target=attempt, args=[w, desk.district.connect()]) for w in people]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert outcomes.count("lifted") == 1 and len(kept.load(desk.c, made.number).acts) == 1
    assert any("已由" in said and "解除" in said for said in outcomes)


def test_the_database_itself_takes_one_end_alone(desk: Desk) -> None:
    made = desk.barred()
    desk.do("lift", m.FINANCE_REVIEWER, made.number, "已整改", "")
    with pytest.raises(psycopg.errors.UniqueViolation):
        desk.c.execute(
            "INSERT INTO measure_act (measure, kind, at, by, role, provider, reason)"
            " SELECT id, 'mistaken', now(), 'x', 'x', 'x', 'x' FROM measure"
        )


def test_a_clock_set_back_does_nothing_to_a_measure(desk: Desk) -> None:
    made = desk.barred()
    with pytest.raises(Refused, match="校准时钟"):
        desk.do("lift", m.FINANCE_REVIEWER, made.number, "已整改", "", at=m.NOW - timedelta(minutes=1))


# one snapshot


def test_all_records_of_all_measures_are_read_in_one_statement(desk: Desk) -> None:
    first, second = desk.barred(), desk.followed()
    c, sent = desk.district.connect(), []

    class Cursor(c.cursor_factory):  # type: ignore[name-defined,misc]
        def execute(self, query: Any, *given: Any, **more: Any) -> Any:
            sent.append((str(query), given))
            return super().execute(query, *given, **more)

    c.cursor_factory = Cursor
    with standing.one_snapshot(c):
        found = standing.states(c, kept.everything(c), m.TODAY, desk.book)
    assert [r.in_force for r in found] == [True, True]
    [(_, [asked])] = [s for s in sent if "record_version" in s[0]]
    assert sorted(asked["records"]) == sorted([*first.records, *second.records])


def test_records_repaired_in_one_transaction_are_never_seen_half(desk: Desk) -> None:
    """Read until both were seen, however the machine divides its time."""
    records = [desk.listing(f"潼人社列〔2025〕{n}号") for n in (1, 2)]
    made, other, stop = desk.followed(*records), desk.district.connect(), threading.Event()

    def toggle() -> None:
        while not stop.is_set():
            with other.transaction():
                act = desk.mark("repair", records[0], organ=m.LABOUR, c=other)
                second = desk.mark("repair", records[1], organ=m.LABOUR, c=other)
            with other.transaction():
                desk.unmark(act, m.LABOUR, c=other)
                desk.unmark(second, m.LABOUR, c=other)

    whole = {("in_force", "in_force"), ("repaired", "repaired")}
    seen: Counter[tuple[str, ...]] = Counter()

    def enough() -> bool:
        seen.update(tuple(s.state for s in desk.state(made).bases) for _ in range(30))
        return toggling.done() or (seen.total() >= 150 and set(seen) >= whole)

    with ThreadPoolExecutor(1) as pool:
        toggling = pool.submit(toggle)
        try:
            until(enough)
        finally:
            stop.set()
        toggling.result(PATIENCE)
    assert set(seen) == whole


def test_register_and_records_are_of_one_moment(desk: Desk) -> None:
    made, reader = desk.followed(), desk.district.connect()
    with standing.one_snapshot(reader):
        found = kept.everything(reader)
        desk.do("lift", m.LABOUR_REVIEWER, made.number, "已支付", "")
        desk.mark("repair", *made.records, organ=m.LABOUR)
        [r] = standing.states(reader, found, m.TODAY, desk.book)
        assert (r.state, [s.state for s in r.bases]) == ("in_force", ["in_force"])
        assert kept.everything(reader)[0].end is None
    assert ends(desk, made) == ("ended", False)


def test_a_repair_that_is_not_committed_lifts_nothing(desk: Desk) -> None:
    """As when the server dies between decision and effect."""
    made, other = desk.followed(), desk.district.connect()
    with other.transaction(force_rollback=True):
        desk.mark("repair", *made.records, organ=m.LABOUR, c=other)
        assert ends(desk, made) == ("in_force", True)
    assert ends(desk, made) == ("in_force", True)


def test_a_decision_that_the_list_entry_rests_on_takes_the_measure_with_it(desk: Desk) -> None:
    penalty = desk.penalty(
        CF_CFJG=m.LABOUR_NAME, CF_CFJGDM=m.LABOUR, CF_SJLY=m.LABOUR_NAME, CF_SJLYDM=m.LABOUR
    )
    made = desk.followed()
    desk.mark("rests_on", *made.records, organ=m.LABOUR, value=penalty)
    assert ends(desk, made) == ("in_force", True)
    desk.mark("withdrawn", penalty, organ=m.LABOUR)
    assert ends(desk, made) == ("lifted", False) and "所依据的决定已不再有效" in desk.said(made)


# sealed away or erased


def forget(desk: Desk, how: str, record: str) -> None:
    """Its retention is over, or it is erased."""
    from xinyong.collection import erasure
    from xinyong.disclosure import sealed
    from xinyong.foundation.audit import SYSTEM
    from xinyong.foundation.erasures import Ground

    if how == "erased":
        erasure.erase_record(record, Ground("REC_PENALTY", "PIPL", "第四十七条"), SYSTEM, m.NOW, desk.book)
        return
    number = desk.district.one(
        "SELECT subject FROM record_version WHERE record_id = %s::uuid LIMIT 1", record
    )
    over = sealed.Ending(record, "XZCF", number, m.TODAY, "REC_PENALTY", "PIPL", "第四十七条", delete=False)
    with desk.district.owner().transaction():
        assert sealed.seal(desk.district.owner(), over, SYSTEM, m.NOW) > 0


@pytest.mark.parametrize("how", ["erased", "sealed"])
@pytest.mark.parametrize("by", ["mark", "file"])
def test_a_bar_that_a_withdrawal_lifted_does_not_come_back_when_the_record_goes(
    desk: Desk, how: str, by: str
) -> None:
    made = desk.barred()
    if by == "mark":
        desk.mark("withdrawn", *made.records)
    else:
        desk.penalty(KZ_CXBZ="撤销", KZ_CXYY="行政复议决定撤销")
    forget(desk, how, *made.records)
    assert ends(desk, made) == ("lifted", False) and "决定已撤回或撤销" in desk.said(made)
    forget(desk, "erased", *made.records)  # and again, as after a restore
    assert desk.district.one("SELECT count(*) FROM record_mark WHERE kind = 'withdrawn'") == 1


@pytest.mark.parametrize("how", ["erased", "sealed"])
def test_a_bar_whose_record_reached_the_end_of_its_retention_runs_its_term_out(desk: Desk, how: str) -> None:
    made = desk.barred()
    forget(desk, how, *made.records)
    assert ends(desk, made) == ("in_force", True) and ends(desk, made, date(2028, 7, 2)) == ("ran_out", False)
    assert desk.district.one("SELECT count(*) FROM record_mark") == 0


# whatever the records are


STATES = ("in_force", "repaired", "withdrawn", "groundless", "shielded", "removed", "expired", "gone")


@settings(max_examples=100)
@given(
    bases=st.lists(st.sampled_from(STATES), min_size=1, max_size=4),
    own_term=st.booleans(),
    ended=st.booleans(),
    offset=st.integers(-40, 800),
)
def test_a_measure_is_in_force_if_nothing_ended_it_nothing_lifts_it_and_its_term_runs(
    bases: list[str], own_term: bool, ended: bool, offset: int
) -> None:
    from xinyong.disclosure.basis import Standing
    from xinyong.kernel.measures import LIFTING, MeasureRule
    from xinyong.regulation.measures.kept import Act, Ground, Measure

    lifts = ("withdrawn",) if own_term else LIFTING
    rule = MeasureRule("M", "措施", "own_term" if own_term else "basis", "法", "条", "seen", 12, 12, lifts)
    acts = (Act("lifted", None, m.NOW, "甲", "department_reviewer", m.FINANCE, "理由", ""),) if ended else ()
    grounds = tuple(Ground(f"{n:032x}", "", "") for n in range(len(bases)))
    days = (date(2026, 1, 1), "无", date(2026, 1, 10), date(2026, 1, 10), 12, None)
    made = Measure(
        1, "n", m.NOW, rule, "e", 1, m.FINANCE, m.FINANCE_NAME, "文号", *days, "甲", "r", m.FINANCE, "事由", grounds, acts,
    )  # fmt: skip
    there = tuple(Standing(g.record, "", {}, s, 7) for g, s in zip(grounds, bases, strict=True))
    today = date(2026, 1, 10) + timedelta(days=offset)
    r = standing._state(made, there, today, load_rulebook())
    runs = 0 <= offset <= 365
    assert r.in_force == (not ended and runs and not set(bases) & set(lifts))
    assert r.in_force <= r.current and {s.state for s in r.lifting} <= set(lifts)
