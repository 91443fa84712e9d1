"""Work that the clocks ask of people: degrees to be decided, and by when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import publicity
from xinyong.disclosure.actions import read
from xinyong.disclosure.marks import SQL
from xinyong.disclosure.publicity import Stored

FIRST = "0" * 32


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
    items = [i.code for i in book.current_items(today) if i.publicity == "by_degree"]
    asked = {"items": items, "provider": provider, "after": after, "limit": limit}
    found: list[Due] = []
    while len(found) < limit:
        rows = c.execute(SQL["undecided"], asked).fetchall()
        found += [d for row in rows if (d := _due(c, row, book, today, provider))]
        if len(rows) < limit:
            break
        asked["after"] = rows[-1][0]
    return found[:limit]


def _due(
    c: psycopg.Connection[Any], row: Sequence[Any], book: Rulebook, today: date, provider: str
) -> Due | None:
    s, item = read(c, row, book), book.item(row[1], today)
    if provider and provider != (s.authority or s.provider):
        return None
    clocks = publicity.clocks(item, Stored(s.values, s.decided, provider=s.provider), (), today, book)
    w = clocks.ours
    if w.task != "decide_degree":
        return None
    number = item.by_role("doc_no")
    document = s.values.get(number.code, "") if number else ""
    overdue = w.task_due is not None and today > w.task_due
    proposed = clocks.degree.proposed
    return Due(
        s.record,
        s.item,
        row[5],
        s.authority,
        document,
        s.decided,
        w.task_due,
        overdue,
        proposed,
        w.provisional,
    )
