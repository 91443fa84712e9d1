"""Statutory working days: weekends, announced days off, announced make-up working days.

The State Council announces each year's calendar shortly before it begins. For a year no calendar covers, days
are computed by weekends alone and the answer says it is provisional.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

_FIRST, _LAST = date(1900, 1, 1), date(2100, 12, 31)
_DAY = timedelta(days=1)
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class WorkCalendar:
    """Weekdays off, weekend days worked, and the years for which both are announced in full."""

    days_off: frozenset[date]
    workdays: frozenset[date]
    years: frozenset[int]

    def __post_init__(self) -> None:
        both = self.days_off & self.workdays
        if both:
            raise ValueError(f"a day is both off and worked: {min(both)}")
        stray = {day for day in self.days_off | self.workdays if day.year not in self.years}
        if stray:
            raise ValueError(f"a day lies outside the years covered: {min(stray)}")

    def covers(self, day: date) -> bool:
        """Whether the calendar of this day's year is known."""
        return day.year in self.years


class Deadline(NamedTuple):
    """The last day of a period; provisional if a year on the way has no calendar."""

    date: date
    provisional: bool


class Count(NamedTuple):
    """A number of working days; provisional if a year on the way has no calendar."""

    n: int
    provisional: bool


def is_workday(day: date, calendar: WorkCalendar) -> bool:
    """Whether the day is worked; of a year that isn't covered, every Monday to Friday is."""
    if day in calendar.workdays:
        return True
    return day.weekday() < 5 and day not in calendar.days_off


def add_workdays(start: date, n: int, calendar: WorkCalendar) -> Deadline:
    """The n-th working day after `start`, which itself is not counted; `start` itself for n = 0."""
    if n < 0:
        raise ValueError("a period of working days can't be negative")
    day, provisional = start, False
    while n:
        day += _DAY
        provisional = provisional or not calendar.covers(day)
        n -= is_workday(day, calendar)
    return Deadline(day, provisional)


def workdays_between(start: date, end: date, calendar: WorkCalendar) -> Count:
    """Working days after `start` up to and including `end`; none if `end` is not after `start`.

    Both days lie within 1900–2100; any other raises ValueError.
    """
    for day in (start, end):
        if not _FIRST <= day <= _LAST:
            raise ValueError(f"outside 1900-2100: {day}")
    worked, unknown = _running(calendar)
    a, b = _position(min(start, end)), _position(end)
    return Count(int(worked[b] - worked[a]), bool(unknown[b] > unknown[a]))


def workdays_between_series(
    start: pl.Series, end: date, calendar: WorkCalendar
) -> tuple[pl.Series, pl.Series]:
    """`workdays_between` for a Date series: (Int32 counts, Boolean provisional).

    Both are null where the start is null or outside 1900–2100.
    """
    worked, unknown = _running(calendar)
    first, last = _FIRST.toordinal() - _EPOCH, _position(end)
    offset = start.to_physical() - first
    usable = offset.is_between(0, len(worked) - 1)
    at = np.minimum(offset.set(~usable, 0).fill_null(0).to_numpy(), last)
    counts = pl.Series(start.name, worked[last] - worked[at])
    provisional = pl.Series(start.name, unknown[last] > unknown[at])
    missing = ~usable.fill_null(False)
    return counts.set(missing, None), provisional.set(missing, None)


def _position(day: date) -> int:
    return day.toordinal() - _FIRST.toordinal()


@lru_cache(maxsize=8)
def _running(calendar: WorkCalendar) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """For each day since 1900: working days, and days without a calendar, up to and including it."""
    days = [_FIRST + timedelta(days=n) for n in range(_position(_LAST) + 1)]
    worked = np.fromiter((is_workday(day, calendar) for day in days), dtype=np.int32, count=len(days))
    unknown = np.fromiter((not calendar.covers(day) for day in days), dtype=np.int32, count=len(days))
    return np.cumsum(worked, dtype=np.int32), np.cumsum(unknown, dtype=np.int32)
