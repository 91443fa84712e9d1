"""依法保密: the log keeps the look, the subject's page hides it while the hold stands, and shows it afterwards."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from persons_cast import (
    BANK,
    CENTRE,
    CLERK,
    CODE,
    NOW,
    OFFICER,
    OTHER,
    OUTSIDERS,
    OWNER,
    POLICE,
    SECOND,
    TODAY,
    days,
)  # fmt: skip

from xinyong.disclosure import holds
from xinyong.disclosure.holds import Terms
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused

ENDS = TODAY + timedelta(days=30)


def terms(**changes: Any) -> Terms:
    usual = Terms(CODE, POLICE, "示例公安局", "示公函〔2026〕1号", "PIPL", "第十八条第一款", "侦查需要", ENDS)
    return replace(usual, **changes)


def ask(hall: Any, who: Who = CENTRE, **changes: Any) -> holds.Hold:
    return holds.ask(hall.c, who, NOW, TODAY, terms(**changes), hall.book)


def standing(hall: Any, **changes: Any) -> holds.Hold:
    hold = ask(hall, **changes)
    return holds.approve(hall.c, SECOND, NOW, TODAY, hold.number, "依据充分", hall.book)


def test_while_it_stands_the_look_is_logged_and_its_subject_is_not_told(hall):
    standing(hall)
    hall.look(at=days(1), today=TODAY + timedelta(1))
    assert hall.one("SELECT count(*) FROM look WHERE actor = %s", OFFICER.name) == 1
    for day in (TODAY + timedelta(1), ENDS):
        assert hall.looks(day) == []


def test_the_day_after_its_end_the_look_shows_and_says_for_whom_it_was_kept(hall):
    standing(hall)
    hall.look(at=days(1), today=TODAY + timedelta(1))
    [seen] = hall.looks(ENDS + timedelta(1))
    assert seen.unit == POLICE and seen.purpose == OFFICER.purpose
    assert seen.kept == f"依法保密至 {ENDS}：示例公安局 示公函〔2026〕1号"


def test_lifted_early_it_shows_at_once(hall):
    hold = standing(hall)
    hall.look(at=days(1))
    assert hall.looks() == []
    holds.lift(hall.c, SECOND, days(2), TODAY, hold.number, "案件已公开", hall.book)
    assert len(hall.looks()) == 1


def test_a_hold_that_is_asked_for_holds_nothing_yet(hall):
    hold = ask(hall)
    hall.look()
    assert len(hall.looks()) == 1
    holds.refuse(hall.c, SECOND, NOW, TODAY, hold.number, "函件不符", hall.book)
    assert len(hall.looks()) == 1


def test_looks_from_before_the_approval_and_of_others_stay_visible(hall):
    hall.look(at=days(-1))
    standing(hall)
    other = Who("示例税务员", "department", "11500152YY0000239R", purpose="别的事")
    from signing_in import open_account

    open_account("department", other.name, provider=other.provider)
    hall.look(other, at=days(1))
    assert {s.purpose for s in hall.looks()} == {OFFICER.purpose, "别的事"}


def test_a_look_by_authorisation_is_never_kept_from_the_grantor(hall):
    from xinyong.disclosure import authorisations

    granted = authorisations.Terms(BANK, ("XZCF",), CLERK.purpose, TODAY, ENDS)
    authorisations.grant(hall.c, OWNER, NOW, TODAY, CODE, granted, hall.book)
    with pytest.raises(Refused, match="国家机关"):
        ask(hall, organ=BANK)
    hall.look(CLERK, at=days(1))
    assert len(hall.looks()) == 1


def test_four_eyes(hall):
    hold = ask(hall)
    with pytest.raises(NotPermitted, match="不能自己批准"):
        both = Who(CENTRE.name, "center_reviewer")
        holds.approve(hall.c, both, NOW, TODAY, hold.number, "自己批", hall.book)
    with pytest.raises(NotPermitted):
        holds.approve(hall.c, CENTRE, NOW, TODAY, hold.number, "业务员批", hall.book)


@pytest.mark.parametrize(
    "role", [*OUTSIDERS, "department", "department_reviewer", "center_reviewer", "auditor"]
)
def test_nobody_else_asks(hall, role):
    with pytest.raises(NotPermitted):
        ask(hall, Who("某人", role, CODE))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": " "}, "理由"), ({"article": ""}, "条款"), ({"document": ""}, "文号"), ({"organ_name": ""}, "机关名称"),
        ({"instrument": "NO_SUCH"}, "没有编号"), ({"organ": OTHER}, "国家机关"), ({"organ": "123"}, "国家机关"),
        ({"ends": TODAY - timedelta(1)}, "截止日"), ({"ends": date(2027, 5, 24)}, "截止日"), ({"code": OTHER}, "没有这个代码"),
    ],
)  # fmt: skip
def test_no_hold_without_basis_organ_reason_or_a_near_end(hall, changes, said):
    with pytest.raises(Refused, match=said):
        ask(hall, **changes)
    assert hall.one("SELECT count(*) FROM look_hold") == 0


def test_the_longest_term_is_a_rule_that_says_it_is_a_sample(hall):
    rule = hall.book.rule(holds.LONGEST, TODAY)
    assert (rule.value, rule.confidence) == ("6M", "sample")
    assert ask(hall, ends=date(2027, 5, 23)).ends == holds.latest_end(TODAY, hall.book)


def test_a_late_approval_of_what_is_over_approves_nothing(hall):
    hold = ask(hall)
    with pytest.raises(Refused, match="过期"):
        holds.approve(hall.c, SECOND, days(40), TODAY + timedelta(40), hold.number, "晚了", hall.book)


def test_of_two_deciders_at_once_one_decides(hall):
    hold, told = ask(hall), []

    def decide(act: Any, name: str) -> None:
        try:
            act(
                hall.district.connect(),
                Who(name, "center_reviewer"),
                NOW,
                TODAY,
                hold.number,
                "同时",
                hall.book,
            )
            told.append("done")
        except Refused as e:
            told.append(e.code)

    both = [threading.Thread(target=decide, args=a) for a in ((holds.approve, "甲"), (holds.refuse, "乙"))]
    for t in both:
        t.start()
    for t in both:
        t.join()
    assert sorted(told) == ["done", "hold_decided"]


def test_every_step_is_in_the_audit_trail_and_nothing_can_be_changed(hall):
    hold = standing(hall)
    holds.lift(hall.c, CENTRE, NOW, TODAY, hold.number, "结案", hall.book)
    assert [a for a in hall.actions() if a.startswith("hold.")] == [
        "hold.ask",
        "hold.approved",
        "hold.lifted",
    ]
    for statement in ("UPDATE look_hold SET ends = '2099-01-01'", "DELETE FROM look_hold_step"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            hall.c.execute(statement)


def test_the_subject_cannot_learn_of_a_held_look_by_its_number(hall):
    from xinyong.disclosure import looks

    standing(hall)
    hall.look(at=days(1))
    [later] = hall.looks(ENDS + timedelta(1))
    assert looks.look_of(hall.c, OWNER, later.reference, TODAY) is None
    assert looks.look_of(hall.c, OWNER, later.reference, ENDS + timedelta(1)) is not None


@given(st.integers(-5, 45), st.integers(0, 60), st.integers(0, 40))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_look_is_hidden_exactly_while_a_hold_that_covers_it_stands(hall, looked, asked, length):
    """Day by day against the rule in plain words: made after approval, within the term, and the term not over."""
    owner = hall.district.owner()
    for table in ("look_hold_step", "look_hold", "look"):
        owner.execute(f"DELETE FROM {table}")
    standing(hall, ends=TODAY + timedelta(length))
    hall.look(at=days(looked))
    hidden = hall.looks(TODAY + timedelta(asked)) == []
    covered = looked >= 0 and looked <= length
    assert hidden == (covered and asked <= length)
