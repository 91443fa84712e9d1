"""公示期将满: records near the end of their longest publicity of which nobody said whether their duties are met.

Publicity ends by itself only for duties that are met (到期仍未纠正、未履行的，按行业主管部门规定); where nobody says
anything they count as met. So who decided is asked in time, `LEAD` working days before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import basis, marks, publicity
from xinyong.disclosure.actions import read
from xinyong.disclosure.publicity import Stored
from xinyong.disclosure.repairable import SQL
from xinyong.disclosure.rules import ruleset, setting
from xinyong.foundation.apart import Failed, apart
from xinyong.kernel.workdays import add_workdays

LEAD = "DUTIES_ASK"
STATEMENT = SQL["ending"].replace("/*marks*/", marks.ALL_OPEN)


@dataclass(frozen=True, slots=True)
class Ending:
    """`until`: the last day of the longest publicity, by which to say so.

    `responsible`: who decided, `provider`: who handed the record in; unified codes.
    """

    record: str
    item: str
    document: str
    decided: date | None
    until: date
    responsible: str
    provider: str


def ending(
    c: psycopg.Connection[Any],
    book: Rulebook,
    today: date,
    authority: str = "",
    most: int | None = None,
    failed: Failed | None = None,
) -> list[Ending]:
    """Of records that this authority (unified code; "": any) decided, the first to end first; `most`: only so many.

    What ends by its removal from a list is not asked about. `failed`: where records that can't be read are noted; None:
    the first of them is raised.
    """
    wanted = [i.code for i in book.current_items(today) if i.polarity == "negative"]
    asked = {
        "items": wanted,
        "provider": authority,
        "today": today,
        "last": _last(book, today),
        "marks_at": None,
    }
    rows = c.execute(STATEMENT, asked).fetchall()
    found = (e for e in _read(c, rows, book, today, failed) if authority in ("", e.responsible))
    return sorted(islice(found, most), key=lambda e: (e.until, e.record))


def _read(
    c: psycopg.Connection[Any],
    rows: Sequence[Sequence[Any]],
    book: Rulebook,
    today: date,
    failed: Failed | None,
) -> Iterator[Ending]:
    for row in rows:
        with apart(failed, row[0]):
            if e := _ending(c, row, book, today):
                yield e


def _last(book: Rulebook, today: date) -> date:
    days = setting(book, LEAD, today)
    return add_workdays(today, days if isinstance(days, int) else 0, ruleset(book).calendar).date


def _ending(c: psycopg.Connection[Any], row: Sequence[Any], book: Rulebook, today: date) -> Ending | None:
    s, item = read(c, row, book), book.item(row[1], today)
    valid_to, opened = row[5:]
    stored = Stored(s.values, s.decided, valid_to, False, s.provider)  # no person's is in the public's lists
    settled = basis.settled(c, marks.read_all(opened), today, book)
    w = publicity.our_window(item, stored, settled, today, book)
    removed = w.rule is not None and w.rule.until_removed and publicity.removal(item, stored) == w.until
    if not w.public or w.until is None or w.until < today or removed:
        return None
    number = item.by_role("doc_no")
    document = s.values.get(number.code, "") if number else ""
    return Ending(s.record, s.item, document, s.decided, w.until, s.authority or s.provider, s.provider)


__all__ = ["Ending", "ending"]
