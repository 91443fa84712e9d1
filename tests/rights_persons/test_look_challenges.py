"""质疑一次查看: asked of the unit, answered with reasons in time, by nobody who looked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest
from persons_cast import (
    AUDIT,
    AUDITOR,
    AUTHORITY,
    CENTRE,
    CODE,
    HERSELF,
    NEIGHBOUR,
    NOW,
    OFFICER,
    OUTSIDERS,
    OWNER,
    PERSON,
    POLICE,
    SECOND,
    TODAY,
    days,
)  # fmt: skip

from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.rights.persons import challenges

UNIT = Who("示例办案科长", "department_reviewer", POLICE)


def raised(hall, who=OFFICER, owner=OWNER, code=CODE):
    """A look by `who`, challenged by its subject."""
    hall.look(who, code)
    seen = hall.looks(who=owner)[0]
    return challenges.challenge(hall.c, owner, NOW, TODAY, seen.reference, "没有业务往来", hall.book)


def explained(hall, k, who=UNIT, **more):
    return challenges.explain(hall.c, who, NOW, k.number, "因办理示例案件", hall.book, **more)


def answered(
    hall, k, who=SECOND, finding="lawful", today=TODAY, basis="治安管理处罚法", reasons="有登记的职责"
):
    return challenges.answer(hall.c, who, NOW, today, k.number, finding, reasons, basis, hall.book)


def test_it_runs_in_working_days_and_the_limits_say_they_are_samples(hall):
    k = raised(hall)
    assert (k.explain_due, k.due) == (date(2026, 11, 30), date(2026, 12, 7))
    rules = [hall.book.rule(r, TODAY).confidence for r in ("LOOK_CHALLENGE", "LOOK_EXPLAIN")]
    assert rules == ["sample", "sample"]


def test_unit_explains_centre_answers_and_the_subject_reads_it(hall):
    k = raised(hall)
    assert k.state(TODAY) == "待查看单位说明" and (k.unit, k.handler) == (POLICE, "center")
    assert explained(hall, k).state(TODAY) == "待答复"
    answered(hall, k)
    [mine] = challenges.of_subject(hall.c, OWNER)
    assert (mine.finding, mine.answer, mine.basis) == ("lawful", "有登记的职责", "治安管理处罚法")


def test_why_a_subject_challenges_is_sealed_and_in_no_trail(hall):
    k = raised(hall)
    assert k.reason == "没有业务往来"
    for table in ("look_challenge", "audit_entry", "event"):
        assert "没有业务往来" not in hall.one(f"SELECT coalesce(string_agg(t::text, ''), '') FROM {table} t")


def test_a_challenge_from_before_it_was_sealed_can_still_be_read(hall):
    k = raised(hall)
    hall.district.owner().execute("UPDATE look_challenge SET reason = '旧的理由'")
    assert challenges.one(hall.c, k.number).reason == "旧的理由"


def test_what_was_unlawful_is_recorded_as_a_finding(hall):
    k = raised(hall)
    explained(hall, k)
    answered(hall, k, finding="unlawful", reasons="查无此案")
    assert "look.unlawful" in hall.actions()
    event = hall.one("SELECT body->>'unit' FROM event WHERE kind = 'rights.look_unlawful'")
    assert event == POLICE


def test_the_unit_is_heard_first_or_its_time_is_over(hall):
    k = raised(hall)
    with pytest.raises(Refused, match="还没有说明"):
        answered(hall, k)
    late = answered(hall, k, today=k.explain_due + timedelta(1))
    assert late.explained_at is None and late.finding == "lawful"


def test_overdue_shows_as_such(hall):
    k = raised(hall)
    assert k.state(k.explain_due + timedelta(1)) == "单位说明超期"
    assert k.state(k.due + timedelta(1)) == "答复超期"


def test_nobody_answers_for_the_own_look(hall):
    looker = replace(SECOND, purpose="核对")
    hall.look(Who("示例审核员二", "department", AUTHORITY, purpose="核对"))
    k = raised(hall, looker)
    assert k.handler == "audit"
    with pytest.raises(NotPermitted):
        answered(hall, k)
    challenges.explain(hall.c, CENTRE, NOW, k.number, "按工单核对", hall.book)
    assert answered(hall, k, AUDIT).finding == "lawful"


def test_whoever_looked_does_not_answer_though_the_role_might(hall):
    k = raised(hall)
    explained(hall, k)
    with pytest.raises(NotPermitted, match="本人查看"):
        answered(hall, k, Who(OFFICER.name, "center_reviewer"))


def test_the_centres_own_look_is_not_the_centres_to_answer_and_others_are_not_the_audit_administrators(hall):
    k = raised(hall)
    explained(hall, k)
    with pytest.raises(NotPermitted):
        answered(hall, k, AUDIT)
    assert challenges.for_staff(hall.c, AUDIT, hall.book) == []


def test_another_unit_neither_sees_nor_explains_it(hall):
    k = raised(hall)
    stranger = Who("示例他部门", "department_reviewer", AUTHORITY)
    assert challenges.for_staff(hall.c, stranger, hall.book) == []
    with pytest.raises(NotPermitted):
        explained(hall, k, stranger)
    with pytest.raises(NotPermitted):
        explained(hall, k, Who("无单位", "department", ""))
    assert [x.number for x in challenges.for_staff(hall.c, UNIT, hall.book)] == [k.number]


def test_the_centre_enters_what_a_unit_wrote_only_with_its_letter(hall):
    k = raised(hall)
    with pytest.raises(Refused, match="文号"):
        explained(hall, k, CENTRE)
    assert explained(hall, k, CENTRE, letter="示公函〔2026〕2号").explanation == "因办理示例案件"


def test_one_look_is_challenged_once_by_its_subject_only(hall):
    raised(hall)
    [seen] = hall.looks()
    with pytest.raises(Refused, match="已经质疑"):
        challenges.challenge(hall.c, OWNER, NOW, TODAY, seen.reference, "再来", hall.book)
    with pytest.raises(Refused, match="没有这次查看"):
        challenges.challenge(hall.c, NEIGHBOUR, NOW, TODAY, seen.reference, "冒充", hall.book)
    for reference in ("", "x", "0" * 32, "f" * 32, "A" * 32):
        with pytest.raises(Refused, match="没有这次查看"):
            challenges.challenge(hall.c, OWNER, NOW, TODAY, reference, "猜", hall.book)


@pytest.mark.parametrize("role", [r for r in OUTSIDERS if r != "subject"] + ["center", "auditor"])
def test_nobody_but_the_subject_challenges(hall, role):
    hall.look()
    [seen] = hall.looks()
    with pytest.raises(NotPermitted):
        challenges.challenge(hall.c, Who("某人", role, CODE), NOW, TODAY, seen.reference, "代劳", hall.book)


def test_ones_own_look_is_nothing_to_challenge(hall):
    from xinyong.disclosure import looks

    hall.look(replace(OWNER, purpose="自查"))
    [seen] = looks.looks_of(hall.c, OWNER, today=TODAY)
    with pytest.raises(Refused, match="自己的查看"):
        challenges.challenge(hall.c, OWNER, NOW, TODAY, seen.reference, "?", hall.book)


def test_a_natural_person_challenges_too(hall):
    assert raised(hall, owner=HERSELF, code=PERSON).unit == POLICE


@pytest.mark.parametrize("role", ["center", "department", "auditor", "security_admin", "subject"])
def test_nobody_else_answers(hall, role):
    k = raised(hall)
    explained(hall, k)
    with pytest.raises(NotPermitted):
        answered(hall, k, Who("某人", role, POLICE))


def test_answers_need_a_finding_reasons_and_a_basis_and_come_once(hall):
    k = raised(hall)
    explained(hall, k)
    for bad in ({"finding": ""}, {"reasons": " "}, {"basis": ""}):
        with pytest.raises(Refused):
            answered(hall, k, **bad)
    answered(hall, k)
    with pytest.raises(Refused, match="已经答复"):
        answered(hall, k)
    with pytest.raises(Refused, match="已经答复"):
        explained(hall, k)


def test_nothing_of_it_can_be_changed(hall):
    raised(hall)
    for statement in ("UPDATE look_challenge SET reason = 'x'", "DELETE FROM look_challenge"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            hall.c.execute(statement)


def test_the_auditor_reads_all_and_decides_nothing(hall):
    k = raised(hall)
    assert [x.number for x in challenges.for_staff(hall.c, AUDITOR, hall.book)] == [k.number]
    with pytest.raises(NotPermitted):
        explained(hall, k, AUDITOR, letter="x")


def test_a_look_on_the_day_of_the_challenge_or_later_is_another_look(hall):
    k = raised(hall)
    hall.look(at=days(1))
    states = {s.id: s.id == k.look for s in hall.looks()}
    assert len(states) == 2 and sum(states.values()) == 1
