"""Dates as departments write them, brought to one form.

Read: 2026/3/5, 2026-03-05, 2026.3.5, 2026年3月5日, 20260305, each with a time of day behind it, and the
serials of the 1900 date system of Excel. Years outside 1900–2099 are taken for mistakes.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl

from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.text import TRIMMED, flags, replace_where, to_half_width

FIRST_YEAR, LAST_YEAR = 1900, 2099

# Excel counts a 29 February 1900 that never was; for serials from 61 on that is a base one day earlier.
_EXCEL_BASE = date(1899, 12, 30)
_EXCEL_FIRST, _EXCEL_LAST = 20000, 80000

_DAY = (
    r"(?:(\d{4})([-/.])(\d{1,2})\2(\d{1,2})"
    r"|(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?"
    r"|(\d{4})(\d{2})(\d{2}))"
)
_CLOCK = r"(?:[Tt]|\s+|(?<=[日号]))(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?\s*([Zz]|[+-]\d{2}:?\d{2})?"
_WRITTEN = re.compile(rf"{_DAY}(?:{_CLOCK})?", re.ASCII)
_SERIAL = re.compile(r"(\d{5})(?:\.\d{1,17})?", re.ASCII)

_PLAIN_BODY = r"(?:19|20)[0-9]{2}(?:/[0-9]{2}/|-[0-9]{2}-)[0-9]{2}"
_CLOCK_BODY = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
_PLAIN_BY_MARK = {mark: rf"\A(?:19|20)[0-9]{{2}}{mark}[0-9]{{2}}{mark}[0-9]{{2}}\z" for mark in "/-"}
_PLAIN_CLOCK_RUST = rf"\A({_PLAIN_BODY})[ T]{_CLOCK_BODY}\z"


def parse_date(text: str) -> date | None:
    """The day a text names, or None if it names no possible day between 1900 and 2099.

    A time of day is dropped; one with a zone (2026-03-04T16:00:00Z) is first moved to Beijing time, because
    exporting systems write the midnight of a Chinese day that way.
    """
    plain = to_half_width(text).strip(TRIMMED)
    if serial := _SERIAL.fullmatch(plain):
        return _from_serial(int(serial[1]))
    found = _WRITTEN.fullmatch(plain)
    if not found:
        return None
    parts = found.groups()
    year, month, day = (parts[0], parts[2], parts[3]) if parts[0] else parts[4:7] if parts[4] else parts[7:10]
    try:
        return _in_range(_local_day(int(year), int(month), int(day), parts[10:]))
    except (ValueError, OverflowError):
        return None


def _local_day(year: int, month: int, day: int, clock: tuple[str | None, ...]) -> date:
    hour, minute, second, zone = clock
    if hour is None:
        return date(year, month, day)
    moment = datetime(year, month, day, int(hour), int(minute or 0), int(second or 0))
    if zone is None:
        return moment.date()
    return moment.replace(tzinfo=_offset(zone)).astimezone(BEIJING).date()


def _offset(zone: str) -> timezone:
    if zone in "Zz":
        return UTC
    span = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return timezone(-span if zone[0] == "-" else span)


def _from_serial(serial: int) -> date | None:
    if not _EXCEL_FIRST <= serial <= _EXCEL_LAST:
        return None
    return _in_range(_EXCEL_BASE + timedelta(days=serial))


def _in_range(day: date) -> date | None:
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def parse_date_series(series: pl.Series) -> pl.Series:
    """`parse_date` for a String series: a Date series of the same length, null where there is no date.

    Ten-character dates are parsed at column speed; each other spelling once per distinct value.
    """
    parsed = _plain(series)
    odd = parsed.is_null() & series.is_not_null()
    if not odd.any():
        return parsed
    return replace_where(parsed, odd, _odd(series.filter(odd)))


def _plain(series: pl.Series) -> pl.Series:
    mark = _usual_mark(series)
    day = series.str.to_date(f"%Y{mark}%m{mark}%d", strict=False)
    return day.set(~flags(series, _PLAIN_BY_MARK[mark]), None)


def _usual_mark(series: pl.Series) -> str:
    """A column is written one way as a rule: its first value shows which."""
    at = series.is_not_null().arg_max() if series.null_count() < len(series) else None
    return "/" if at is not None and "/" in series[at] else "-"


def _odd(series: pl.Series) -> pl.Series:
    days = series.str.replace(_PLAIN_CLOCK_RUST, "$1")
    distinct = days.unique()
    known = pl.Series([parse_date(text) for text in distinct], dtype=pl.Date)
    return days.replace_strict(distinct, known, return_dtype=pl.Date)
