"""Working days as typed in, against two tables that nobody here wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

import chinese_calendar
import pytest
from reference_tables import shared_file

from xinyong.catalog.loading import Rulebook

YEARS = range(2019, 2027)


def days(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


def works(book: Rulebook, day: date) -> bool:
    year = book.calendar[day.year]
    return day in year.workdays or (day.weekday() < 5 and day not in year.days_off)


def test_the_years_that_were_announced_are_covered(book: Rulebook) -> None:
    assert set(book.calendar) == set(YEARS)  # 2027 was not announced when this edition was made


@pytest.mark.parametrize("year", YEARS)
def test_every_day_agrees_with_chinesecalendar(book: Rulebook, year: int) -> None:
    assert [d for d in days(year) if works(book, d) != chinese_calendar.is_workday(d)] == []


@pytest.mark.parametrize("year", YEARS)
def test_every_announced_day_agrees_with_the_reference_table(book: Rulebook, year: int) -> None:
    announced = [d for y in YEARS for d in json.loads(shared_file(f"holidays/{y}.json").read_text())["days"]]
    mine = [d for d in announced if d["date"].startswith(str(year))]
    assert book.calendar[year].days_off == {date.fromisoformat(d["date"]) for d in mine if d["isOffDay"]}
    assert book.calendar[year].workdays == {date.fromisoformat(d["date"]) for d in mine if not d["isOffDay"]}
