"""Work that the clocks ask of people: degrees to be decided, and by when.

The list follows the records' numbers, which begin with the day of the decision (`kernel.digests.record_id_expr`): so the
oldest come first, without a sort. What was first reported without a day, or with a wrong one, keeps its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import publicity
from xinyong.disclosure.actions import read
from xinyong.disclosure.marks import SQL
from xinyong.disclosure.publicity import Stored
from xinyong.foundation import named_sql
from xinyong.foundation.apart import Failed, apart

FIGURES = named_sql.load(Path(__file__).parent / "sql" / "undecided.sql")
FIRST = "0" * 32
PIECE = 500  # records asked for at once


@dataclass(frozen=True, slots=True)
class Due:
    """A record whose degree nobody decided. `due` None: no date of decision; past: overdue."""

    record: str
    item: str
    subject: int
    authority: str
    document: str
    decided: date | None
    due: date | None
    overdue: bool
    proposed: str  # by a rule or by the report; a person confirms it or not
    provisional: bool  # the calendar of the year isn't announced yet
    provider: str = ""

    @property
    def responsible(self) -> str:
        """The unified code of who decides: the authority, where it isn't written who handed the record in."""
        return self.authority or self.provider


@dataclass(slots=True)
class Waiting:
    """What one authority (unified code) has not decided. `first`: the earliest day due, None: none has one."""

    authority: str
    number: int = 0
    overdue: int = 0
    first: date | None = None


def tasks_due(
    c: psycopg.Connection[Any],
    book: Rulebook,
    today: date,
    provider: str = "",
    *,
    limit: int = 200,
    after: str = FIRST,
) -> list[Due]:
    """Records whose degree is undecided, oldest decision first, with the day by which it is due.

    `provider`: the unified code of the deciding authority; "": everyone's. `after`: the last record of the page
    before. What a rule settles (简易程序), what the catalogue doesn't publish and natural persons' are not due.
    """
    return list(islice(all_due(c, book, today, provider, after), limit))


def all_due(
    c: psycopg.Connection[Any],
    book: Rulebook,
    today: date,
    provider: str = "",
    after: str = FIRST,
    failed: Failed | None = None,
) -> Iterator[Due]:
    """`tasks_due` without an end, read as far as it is wanted; `failed`: where records that can't be read are noted."""
    items = [i.code for i in book.current_items(today) if i.publicity == "by_degree"]
    asked = {"items": items, "provider": provider, "after": after, "limit": PIECE}
    while True:
        rows = c.execute(SQL["undecided"], asked).fetchall()
        for row in rows:
            with apart(failed, row[0]):
                if d := _due(c, row, book, today, provider):
                    yield d
        if len(rows) < PIECE:
            return
        asked["after"] = rows[-1][0]


def count(waiting: dict[str, Waiting], d: Due) -> None:
    """One more that its authority has not decided."""
    w = waiting.setdefault(d.responsible, Waiting(d.responsible))
    w.number += 1
    w.overdue += d.overdue
    w.first = min(filter(None, (w.first, d.due)), default=None)


def keep(c: psycopg.Connection[Any], now: datetime, waiting: Mapping[str, Waiting]) -> None:
    """The figures of a walk through all that is due: at a million records no page can wait for one."""
    rows = [
        [w.authority, w.number, w.overdue, w.first.isoformat() if w.first else None] for w in waiting.values()
    ]
    c.execute(FIGURES["keep"], {"at": now, "waiting": Jsonb(rows)})


def by_authority(c: psycopg.Connection[Any]) -> tuple[datetime | None, list[Waiting]]:
    """When it was counted last, and how many degrees each authority had not decided then; who is latest comes first.

    None: never yet.
    """
    row = c.execute(FIGURES["kept"]).fetchone()
    if row is None:
        return None, []
    found = [
        Waiting(a, n, late, date.fromisoformat(first) if first else None) for a, n, late, first in row[1]
    ]
    return row[0], sorted(found, key=lambda w: (w.first or date.max, w.authority))


def _due(
    c: psycopg.Connection[Any], row: Sequence[Any], book: Rulebook, today: date, provider: str
) -> Due | None:
    s, item = read(c, row, book), book.item(row[1], today)
    if provider and provider != (s.authority or s.provider):
        return None
    stored = Stored(s.values, s.decided, provider=s.provider)
    degree = publicity.degree_of(item, stored, (), today, book)
    if degree.value:  # what most are; the window takes several times as long
        return None
    w = publicity.our_window(item, stored, (), today, book)
    if w.task != "decide_degree":
        return None
    number = item.by_role("doc_no")
    document = s.values.get(number.code, "") if number else ""
    overdue = w.task_due is not None and today > w.task_due
    return Due(
        s.record,
        s.item,
        row[5],
        s.authority,
        document,
        s.decided,
        w.task_due,
        overdue,
        degree.proposed,
        w.provisional,
        s.provider,
    )
