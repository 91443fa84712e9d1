"""Records whose repair is possible: public, and past their minimum period."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import basis, marks, publicity
from xinyong.disclosure.actions import read
from xinyong.disclosure.publicity import Stored
from xinyong.foundation import named_sql
from xinyong.foundation.apart import Failed, apart

SQL = named_sql.load(Path(__file__).parent / "sql" / "repairable.sql")
FIRST = "0" * 32
PIECE = 1_000
LeftOut = Callable[[Sequence[str]], Collection[str]]


@dataclass(frozen=True, slots=True)
class Reached:
    """`scheme`, `value`: the subject's key, of a person a keyed hash. `since`: the first day of repair."""

    record: str
    item: str
    scheme: str
    value: str
    authority: str
    document: str
    decided: date | None
    since: date


def reached(
    c: psycopg.Connection[Any],
    book: Rulebook,
    today: date,
    left_out: LeftOut = lambda records: (),
    failed: Failed | None = None,
) -> Iterator[Reached]:
    """Public records whose first day of repair is today or was before, whatever made them so when; a thousand at a time.

    Only of items that have a repair. What is marked as ended, shielded or not published isn't there. `left_out`: of
    these records (32 hex digits) those not to be looked at, asked before anything is computed of them. `failed`: where
    those that can't be read are noted; None: the first of them is raised.
    """
    items = [
        i.code for i in book.current_items(today) if i.polarity == "negative" and i.repair_route != "none"
    ]
    after = FIRST
    while True:
        asked = {"items": items, "after": after, "today": today, "limit": PIECE, "marks_at": None}
        rows = c.execute(STATEMENT, asked).fetchall()
        skipped = left_out([row[0] for row in rows])
        for row in rows:
            if row[0] in skipped:
                continue
            with apart(failed, row[0]):
                if (found := _reached(c, row, book, today)) and found.since <= today:
                    yield found
        if len(rows) < PIECE:
            return
        after = rows[-1][0]


STATEMENT = SQL["public_now"].replace("/*marks*/", marks.ALL_OPEN)


def _reached(c: psycopg.Connection[Any], row: Sequence[Any], book: Rulebook, today: date) -> Reached | None:
    s, item = read(c, row, book), book.item(row[1], today)
    scheme, value, valid_to, opened = row[5:]
    stored = Stored(s.values, s.decided, valid_to, scheme == "person", s.provider)
    settled = basis.settled(c, marks.read_all(opened), today, book)
    window = publicity.our_window(item, stored, settled, today, book)
    if not window.public or window.earliest_repair is None:
        return None
    number = item.by_role("doc_no")
    document = s.values.get(number.code, "") if number else ""
    by = s.authority or s.provider
    return Reached(s.record, s.item, scheme, value, by, document, s.decided, window.earliest_repair)


__all__ = ["Reached", "reached"]
