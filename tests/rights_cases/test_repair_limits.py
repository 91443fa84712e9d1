"""Limits in working days by the dated rule and the published calendar, alarms before them, and the timeliness rate."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from case_desk import (
    AUTHORITY,
    CENTRE,
    CLERK,
    NOW,
    OUTSIDER,
    OWNER,
    REVIEWER,
    TODAY,
    Desk,
    days,
)  # fmt: skip
from hypothesis import given, settings
from hypothesis import strategies as st

from xinyong.catalog.loading import load_rulebook
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.rights import alarms, limits
from xinyong.rights.casework import Case, Step
from xinyong.rights.repair import timeliness

FIRST_DAY, LAST_DAY = date(2026, 1, 1), date(2026, 12, 31)


def made(
    *steps: tuple[str, datetime], kind: str = "repair", authority: str = AUTHORITY, **detail: Any
) -> Case:
    """A case of these steps, without a database."""
    taken = tuple(
        Step(n, k, at, "某人", "center", "", "", "", "", detail if k == "extended" else {})
        for n, (k, at) in enumerate(steps, 1)
    )
    return Case(
        1, "n", kind, steps[0][1], "uscc", "", "", "online", authority, "credit_china", "", "a", {}, (), taken
    )


def due(case: Case, stage: str) -> date | None:
    limit = limits.limit_of(case, stage, load_rulebook())
    return limit.due if limit else None


def test_each_limit_runs_from_the_day_its_stage_began() -> None:
    case = made(("submitted", NOW), ("pushed", days(1)), ("accepted", days(2)))
    assert due(case, "check") == date(2026, 11, 24)
    assert due(case, "accept") == date(2026, 11, 27)  # three working days after Tuesday
    assert due(case, "decide") == date(2026, 12, 4)  # seven after Wednesday, over one weekend
    assert due(case, "result") == date(2026, 12, 7)  # ten after Monday, over two weekends


def test_holidays_of_the_published_calendar_do_not_count() -> None:
    case = made(("submitted", datetime(2026, 9, 29, 2, tzinfo=NOW.tzinfo)))
    with_weekends_only = date(2026, 10, 13)
    found = due(case, "result")
    assert found is not None and found > with_weekends_only


def test_a_year_whose_calendar_is_not_published_makes_the_limit_provisional() -> None:
    book = load_rulebook()
    late = datetime(2026, 12, 28, 2, tzinfo=NOW.tzinfo)
    limit = limits.limit_of(made(("submitted", late)), "result", book)
    assert limit is not None and limit.provisional == (2027 not in book.calendar)
    sure = limits.limit_of(made(("submitted", NOW)), "result", book)
    assert sure is not None and not sure.provisional


def test_the_clock_begins_anew_when_what_was_missing_has_come() -> None:
    case = made(("submitted", NOW), ("incomplete", days(1)), ("supplemented", days(14)))
    assert due(case, "result") == date(2026, 12, 21)


def test_an_extension_makes_the_decision_and_the_result_later() -> None:
    steps = (("submitted", NOW), ("pushed", NOW), ("accepted", NOW))
    before, after = made(*steps), made(*steps, ("extended", days(1)), workdays=5)
    book = load_rulebook()
    for stage in ("decide", "result"):
        plain, longer = due(before, stage), due(after, stage)
        assert plain and longer and longer == limits.within(plain, 5, book)
    assert due(before, "accept") == due(after, "accept")


def test_what_comes_first_is_due() -> None:
    book = load_rulebook()
    limit = limits.current(made(("submitted", NOW), ("pushed", days(14))), book)
    assert limit is not None and limit.stage == "result" and limit.due == date(2026, 12, 7)
    assert limits.current(made(("submitted", NOW), ("withdrawn", NOW)), book) is None


@settings(max_examples=60)
@given(st.dates(date(2025, 7, 1), date(2026, 12, 31)), st.integers(0, 20))
def test_the_last_day_is_worked_and_as_many_working_days_away_as_the_rule_says(day: date, hours: int) -> None:
    from xinyong.kernel.workdays import is_workday, workdays_between

    book = load_rulebook()
    at = datetime(day.year, day.month, day.day, 0, tzinfo=NOW.tzinfo) + timedelta(hours=min(hours, 15))
    found = limits.limit_of(made(("submitted", at)), "result", book)
    assert found is not None and is_workday(found.due, limits.calendar(book))
    assert workdays_between(found.begins, found.due, limits.calendar(book)).n == 10


def test_an_extension_is_given_once(desk: Desk) -> None:
    case = desk.do("extend", REVIEWER, desk.accepted(desk.penalty()), "要到现场核查")
    assert desk.notices("subject")[-1] == "REPAIR_EXTENDED"
    with pytest.raises(Refused, match="已经延长过一次"):
        desk.do("extend", REVIEWER, case, "再延长一次")
    with pytest.raises(NotPermitted):
        desk.do("extend", OUTSIDER, case, "别的部门来延长")
    with pytest.raises(NotPermitted):
        desk.do("extend", CLERK, case, "信息员来延长")


# alarms


def test_the_unit_is_told_once_before_a_limit_ends_however_often_the_job_runs(desk: Desk) -> None:
    desk.accepted(desk.penalty())
    assert alarms.warn(desk.c, NOW, desk.book) == 0
    soon = datetime(2026, 12, 1, 2, tzinfo=NOW.tzinfo)  # the day before the decision is due
    assert [alarms.warn(desk.c, soon, desk.book) for _ in range(3)] == [1, 0, 0]
    assert desk.notices("provider")[-1] == "REPAIR_DUE_SOON"


def test_an_alarm_changes_nothing_of_the_case(desk: Desk) -> None:
    record = desk.penalty()
    case = desk.accepted(record)
    alarms.warn(desk.c, datetime(2026, 12, 1, 2, tzinfo=NOW.tzinfo), desk.book)
    again = desk.load(case)
    assert again.state == "accepted" and limits.current(again, desk.book) == limits.current(case, desk.book)
    assert desk.decide(again, record, at=datetime(2026, 12, 1, 3, tzinfo=NOW.tzinfo)).state == "granted"


def test_what_waits_for_the_centre_is_told_to_the_centre(desk: Desk) -> None:
    desk.apply(desk.penalty())
    assert alarms.warn(desk.c, days(1), desk.book) == 1
    assert desk.notices("role") == ["REPAIR_SUBMITTED_CENTRE", "REPAIR_DUE_SOON"]
    assert desk.notices("provider") == []


def test_a_worker_that_never_ran_loses_no_limit(desk: Desk) -> None:
    case = desk.accepted(desk.penalty())
    limit = limits.current(desk.load(case), desk.book)
    assert limit is not None and limit.overdue(date(2026, 12, 3)) and not limit.overdue(date(2026, 12, 2))
    assert alarms.warn(desk.c, days(60), desk.book) == 1  # late, and still told


# timeliness

PUSHED = (("submitted", NOW), ("pushed", NOW))
ACCEPTED = (*PUSHED, ("accepted", days(1)))


@pytest.mark.parametrize(
    ("case", "today", "fate"),
    [
        (made(*ACCEPTED, ("granted", days(3))), days(30), "in_time"),
        (made(*ACCEPTED, ("granted", days(10))), days(30), "in_time"),
        (made(*ACCEPTED, ("granted", days(11))), days(30), "late"),
        (made(*PUSHED, ("accepted", days(4)), ("granted", days(5))), days(30), "late"),  # accepted too late
        (made(*PUSHED, ("declined", days(2))), days(30), "in_time"),
        (made(*PUSHED, ("declined", days(4))), days(30), "late"),
        (made(*ACCEPTED), days(2), "waiting"),
        (made(*ACCEPTED), days(30), "overdue"),
        (made(("submitted", NOW)), days(14), "waiting"),  # with the centre: the limit of the result counts
        (made(("submitted", NOW)), days(15), "overdue"),
        (made(("submitted", NOW), ("incomplete", NOW)), days(30), ""),
        (made(*ACCEPTED, ("withdrawn", days(2))), days(30), ""),
        (made(("submitted", NOW), ("forwarded", NOW)), days(30), ""),
        (made(*ACCEPTED, ("granted", days(3)), ("revoke_noticed", days(9)), ("revoked", days(20))), days(30), "in_time"),
    ],
)  # fmt: skip
def test_a_case_counts_as_it_was_dealt_with(case: Case, today: datetime, fate: str) -> None:
    assert timeliness.fate_of(case, today.date(), FIRST_DAY, LAST_DAY, load_rulebook()) == fate


def test_the_rate_is_what_was_closed_in_time_of_what_was_due() -> None:
    cases = (
        [made(*ACCEPTED, ("granted", days(3)))] * 9 + [made(*ACCEPTED)] + [made(*PUSHED, authority="B")] * 2
    )
    whole, a, b = sorted(
        timeliness.lines(cases, days(30).date(), FIRST_DAY, LAST_DAY, load_rulebook()),
        key=lambda x: x.authority,
    )
    assert (whole.due, whole.in_time, whole.rate) == (12, 9, Decimal("0.75"))
    assert (a.authority, a.rate) == (AUTHORITY, Decimal("0.9")) and (b.due, b.rate) == (2, Decimal(0))


def test_what_lies_with_the_centre_counts_for_the_district_and_for_no_department() -> None:
    cases = [made(("submitted", NOW)), made(*ACCEPTED, ("granted", days(3)))]
    whole, mine = timeliness.lines(cases, days(30).date(), FIRST_DAY, LAST_DAY, load_rulebook())
    assert (whole.due, whole.overdue, whole.rate) == (2, 1, Decimal("0.5"))
    assert (mine.authority, mine.due, mine.rate) == (AUTHORITY, 1, Decimal(1))


def test_neither_rate_nor_alarm_is_cut_where_a_list_is(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from xinyong.rights import casework

    first, second = (desk.accepted(desk.penalty(f"潼示罚〔2026〕{n}号")) for n in (1, 2))
    monkeypatch.setattr(casework, "MOST_LISTED", 1)
    assert [k.number for k in casework.listed(desk.c, "repair")] == [second.number]
    [whole, _] = timeliness.by_department(desk.c, CENTRE, days(30).date(), FIRST_DAY, LAST_DAY, desk.book)
    assert whole.overdue == 2
    told = alarms.warn(desk.c, days(30), desk.book)
    steps = desk.c.execute(
        "SELECT case_id FROM rights_case_step WHERE kind = 'warned' ORDER BY id"
    ).fetchall()
    assert told == 2 and [s[0] for s in steps] == [first.id, second.id]  # the oldest first


def test_what_was_closed_before_a_period_or_filed_after_it_is_not_of_it(desk: Desk) -> None:
    from xinyong.rights import casework

    case = desk.granted(desk.penalty())
    within = casework.between(desk.c, TODAY, TODAY, "repair")
    assert [k.number for k in within] == [case.number]
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        assert casework.between(desk.c, day, day, "repair") == []


def test_a_period_without_anything_due_has_no_rate() -> None:
    [line] = timeliness.lines([made(*ACCEPTED)], TODAY, date(2025, 1, 1), date(2025, 12, 31), load_rulebook())
    assert line.rate is None and timeliness.target(load_rulebook(), TODAY) == Decimal("0.90")


def test_the_rate_is_for_the_centre_and_the_auditor(desk: Desk) -> None:
    desk.granted(desk.penalty())
    [whole, mine] = timeliness.by_department(desk.c, CENTRE, TODAY, FIRST_DAY, LAST_DAY, desk.book)
    assert whole.rate == mine.rate == Decimal(1)
    for who in (OWNER, CLERK, REVIEWER):
        with pytest.raises(NotPermitted):
            timeliness.by_department(desk.c, who, TODAY, FIRST_DAY, LAST_DAY, desk.book)


def test_lists_take_the_same_number_of_statements_however_many_cases(desk: Desk) -> None:
    from xinyong.rights import casework

    def statements() -> int:
        sent: list[str] = []
        spy = SimpleNamespace(execute=lambda sql, values: (sent.append(sql), desk.c.execute(sql, values))[1])
        assert casework.listed(spy, "repair")  # type: ignore[arg-type]
        return len(sent)

    desk.apply(desk.penalty())
    one = statements()
    for n in range(2, 6):
        desk.apply(desk.penalty(f"潼示罚〔2026〕{n}号"))
    assert statements() == one == 1
