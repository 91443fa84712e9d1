from datetime import date, timedelta

import chinese_calendar
import polars as pl
import pytest
from chinese_calendar import constants
from hypothesis import given
from hypothesis import strategies as st

from xinyong.kernel import workdays
from xinyong.kernel.workdays import (
    WorkCalendar,
    add_workdays,
    is_workday,
    workdays_between,
    workdays_between_series,
)

YEARS = range(2019, 2027)
CALENDAR = WorkCalendar(
    frozenset(day for day in constants.holidays if day.year in YEARS),
    frozenset(day for day in constants.workdays if day.year in YEARS),
    frozenset(YEARS),
)
NO_CALENDAR = WorkCalendar(frozenset(), frozenset(), frozenset())
COVERED = st.dates(date(2019, 1, 1), date(2026, 12, 31))
ANY = st.dates(date(1990, 1, 1), date(2050, 12, 31))


def test_every_day_of_eight_years_agrees_with_chinesecalendar():
    days = [date(2019, 1, 1) + timedelta(days=n) for n in range(2922)]
    assert [is_workday(day, CALENDAR) for day in days] == [chinese_calendar.is_workday(day) for day in days]


@given(COVERED, COVERED)
def test_counts_agree_with_chinesecalendar(start, end):
    expected = len(chinese_calendar.get_workdays(start + timedelta(days=1), end)) if start < end else 0
    assert workdays_between(start, end, CALENDAR) == (expected, False)


@given(ANY, st.integers(1, 60))
def test_a_deadline_is_the_last_of_as_many_working_days(start, n):
    deadline = add_workdays(start, n, CALENDAR)
    assert workdays_between(start, deadline.date, CALENDAR) == (n, deadline.provisional)
    assert is_workday(deadline.date, CALENDAR)


@given(st.lists(st.none() | ANY, max_size=10), ANY)
def test_a_column_is_counted_as_its_values_are(starts, end):
    counts, provisional = workdays_between_series(pl.Series("d", starts, dtype=pl.Date), end, CALENDAR)
    alone = [(None, None) if day is None else workdays_between(day, end, CALENDAR) for day in starts]
    assert list(zip(counts, provisional, strict=True)) == alone
    assert (counts.dtype, provisional.dtype) == (pl.Int32, pl.Boolean)


@given(ANY, ANY, ANY)
def test_counts_over_two_spans_add_up(a, b, c):
    first, second, third = sorted((a, b, c))
    parts = workdays_between(first, second, CALENDAR).n + workdays_between(second, third, CALENDAR).n
    assert workdays_between(first, third, CALENDAR).n == parts


def test_seven_working_days_over_the_national_day_of_2025():
    # 28 September 2025 is a Sunday worked; 1 to 8 October are off; 11 October is a Saturday worked.
    assert add_workdays(date(2025, 9, 26), 7, CALENDAR) == (date(2025, 10, 13), False)


def test_the_day_itself_is_not_counted():
    assert workdays_between(date(2026, 3, 5), date(2026, 3, 5), CALENDAR) == (0, False)
    assert add_workdays(date(2026, 3, 5), 0, CALENDAR) == (date(2026, 3, 5), False)


def test_an_end_before_the_start_counts_nothing():
    assert workdays_between(date(2026, 3, 9), date(2026, 3, 2), CALENDAR) == (0, False)


def test_a_year_without_a_calendar_goes_by_weekends_and_says_so():
    assert add_workdays(date(2026, 12, 30), 3, CALENDAR) == (date(2027, 1, 4), True)
    assert add_workdays(date(2026, 12, 30), 1, CALENDAR) == (date(2026, 12, 31), False)
    assert workdays_between(date(2026, 12, 31), date(2027, 1, 4), CALENDAR) == (2, True)


def test_without_any_calendar_a_week_has_five_working_days():
    assert workdays_between(date(2026, 3, 1), date(2026, 3, 8), NO_CALENDAR) == (5, True)


def test_a_day_both_off_and_worked_is_refused():
    day = frozenset({date(2026, 1, 4)})
    with pytest.raises(ValueError, match="both off and worked"):
        WorkCalendar(day, day, frozenset({2026}))


def test_a_day_outside_the_years_covered_is_refused():
    with pytest.raises(ValueError, match="outside the years covered"):
        WorkCalendar(frozenset({date(2027, 1, 1)}), frozenset(), frozenset({2026}))


def test_a_negative_period_is_refused():
    with pytest.raises(ValueError, match="negative"):
        add_workdays(date(2026, 1, 5), -1, CALENDAR)


def test_a_start_outside_the_table_is_null_in_a_column_and_refused_alone():
    counts, provisional = workdays_between_series(
        pl.Series([date(1800, 1, 1), date(3000, 1, 1)]), date(2026, 1, 5), CALENDAR
    )
    assert counts.to_list() == provisional.to_list() == [None, None]
    with pytest.raises(ValueError, match="outside 1900-2100"):
        workdays_between(date(1800, 1, 1), date(2026, 1, 5), CALENDAR)


def test_the_table_of_one_calendar_is_not_used_for_another():
    assert workdays._running(CALENDAR) is not workdays._running(NO_CALENDAR)
