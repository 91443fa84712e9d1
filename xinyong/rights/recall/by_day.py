"""What only a day ends or gives back, without anybody acting: whoever has the record is told on that day.

A removal from a list that was written down beforehand, the end of retention, the end of a shielding behind which one of
these has come; of the record itself or of what it rests on. Only records that somebody was given and of which a day
came since the last run are looked at. What is told is what is true today and is not believed (`stops.settle`), so a
night that was missed is caught up with, and one that is done twice tells nothing twice. A clock that was fast is made
good: the days between are gone through again. One that is behind what came in last is not believed.

The end of publicity is no such day: it stops publication only, and the public is no receiver.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from xinyong.archive import publication
from xinyong.catalog import registry
from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.disclosure import measures, publicity
from xinyong.foundation import audit, clock, named_sql
from xinyong.foundation.apart import Failed, apart
from xinyong.foundation.audit import SYSTEM
from xinyong.kernel.beijing import BEIJING, day_of
from xinyong.kernel.publicity import add_months
from xinyong.rights.recall import stops

SQL = named_sql.load(Path(__file__).parent / "sql" / "by_day.sql")
ACTION = "recall.day"
AT_ONCE = 500  # records settled in one transaction
MOST_AGAIN = 1_000  # records that failed and are named for the next run; more: it goes through the days again
REMOVED = "removed"
DATES = {"decided": "decided", "valid_to": "valid_to", "received": "received", "created": "received"}
SLACK = timedelta(days=4)  # months differ in length


@dataclass(frozen=True, slots=True)
class Clock:
    """A day of an item's records: `months` and then `days` after the date named `base`.

    `layout`, `place`: where a date stands in a row that is no column of its own.
    """

    item: str
    base: str
    months: int = 0
    days: int = 0
    layout: str = ""
    place: int = 0


def carry_out(c: psycopg.Connection[Any], now: datetime, book: Rulebook, failed: Failed | None = None) -> int:
    """Tell of what days changed since the last run; of how many records. `c` in autocommit.

    `failed`: where records that could not be told of are noted, the next run tries them again; None: the first is raised.
    Refused: the clock has gone back behind the newest publication.
    """
    today = day_of(now)
    since, again = _last(c)
    since = since or _first(c) or today
    if since == today and not again:
        return 0
    if today < since:
        clock.not_back(now, publication.last_at(c), "档案")
    came = dict.fromkeys(again, today) | _came(c, book, today, *sorted((since, today)))
    mine: Failed = {}
    told = sum(_part(c, *part, now, None if failed is None else mine) for part in _parts(came))
    _note(c, now, since if len(mine) > MOST_AGAIN else today, len(came), told, mine)
    if failed is not None:
        failed |= mine
    return told


def _last(c: psycopg.Connection[Any]) -> tuple[date | None, list[str]]:
    row = c.execute(SQL["last"], {"action": ACTION}).fetchone()
    return (date.fromisoformat(row[0]), row[1]) if row else (None, [])


def _first(c: psycopg.Connection[Any]) -> date | None:
    """Days until then were known to whoever was given something."""
    row = c.execute(SQL["first"]).fetchone()
    return day_of(row[0]) if row and row[0] else None


def _note(
    c: psycopg.Connection[Any], now: datetime, upto: date, records: int, told: int, failed: Failed
) -> None:
    again = sorted(failed) if len(failed) <= MOST_AGAIN else []
    with c.transaction():
        detail = {"records": records, "told": told, "again": again}
        audit.record(c, SYSTEM, now, ACTION, upto.isoformat(), detail)


def _came(c: psycopg.Connection[Any], book: Rulebook, today: date, low: date, high: date) -> dict[str, date]:
    """Record → the last of its days after `low`, up to `high`."""
    found: dict[str, date] = {}
    asked = _asked(list(_clocks(c, book, today)), low, high)
    for record, text, months, days in c.execute(SQL["came"], asked).fetchall():
        day = _day(text, months, days)
        if day is not None and low < day <= high:
            found[record] = max(day, found.get(record, day))
    return found


def _day(text: str, months: int, days: int) -> date | None:
    try:
        return add_months(date.fromisoformat(text), months) + timedelta(days=days)
    except ValueError:  # no date: the clocks don't know it either
        return None


def _clocks(c: psycopg.Connection[Any], book: Rulebook, today: date) -> Iterator[Clock]:
    """The days that change what a record may be used for: the one of its removal from a list, and those after the end of

    the list's own term and after its retention.
    """
    layouts = registry.layouts(c)
    for item in book.current_items(today):
        term = publicity.ends_by_term(item, book, today)
        if measures.ends_by_removal(item):
            yield from _ended(item, layouts)
        if term:
            yield Clock(item.code, "valid_to", days=1)
        rule = book.retention[item.retention]
        if rule.months is not None and rule.base == "ended":
            yield from _ended(item, layouts, rule.months, 1)
        if rule.months is not None and (term or rule.base != "ended"):
            yield Clock(item.code, DATES.get(rule.base, "valid_to"), rule.months, 1)


def _ended(
    item: Item, layouts: Mapping[str, Sequence[str]], months: int = 0, days: int = 0
) -> Iterator[Clock]:
    """As `publicity.removal`: its removal, where the item has a field of that role, else the end of its validity."""
    field = item.by_role(REMOVED)
    if field is None:
        yield Clock(item.code, "valid_to", months, days)
        return
    for layout, fields in layouts.items():
        if layout.split(":")[0] == item.code and field.code in fields:
            yield Clock(item.code, REMOVED, months, days, layout, list(fields).index(field.code) + 2)


def _asked(clocks: Sequence[Clock], low: date, high: date) -> dict[str, Any]:
    return {
        "items": [k.item for k in clocks],
        "bases": [k.base for k in clocks],
        "layouts": [k.layout for k in clocks],
        "places": [k.place for k in clocks],
        "firsts": [(add_months(low, -k.months) - SLACK).isoformat() for k in clocks],
        "lasts": [(add_months(high, -k.months) + SLACK).isoformat() for k in clocks],
        "months": [k.months for k in clocks],
        "days": [k.days for k in clocks],
        "low": low,
        "high": high,
    }


def _parts(came: Mapping[str, date]) -> Iterator[tuple[date, list[str]]]:
    by_day: dict[date, list[str]] = defaultdict(list)
    for record, day in came.items():
        by_day[day].append(record)
    for day, records in sorted(by_day.items()):
        records.sort()
        for at in range(0, len(records), AT_ONCE):
            yield day, records[at : at + AT_ONCE]


def _part(
    c: psycopg.Connection[Any], day: date, records: Sequence[str], now: datetime, failed: Failed | None
) -> int:
    """Together, so that a receiver gets one recall; if that fails each by itself."""
    broken: Failed | None = None if failed is None else {}
    with apart(broken, "part"), c.transaction():
        return _settle(c, day, records, now)
    told = 0
    for record in records:
        with apart(failed, record), c.transaction():
            told += _settle(c, day, [record], now)
    return told


def _settle(c: psycopg.Connection[Any], day: date, records: Sequence[str], now: datetime) -> int:
    """Under a name of its own each time: what was told once may have been taken back since."""
    begun = min(datetime.combine(day, time.min, BEIJING), now)
    return stops.settle(c, f"day:{day}:{uuid4().hex[:12]}", begun, records, now)


__all__ = ["carry_out"]
