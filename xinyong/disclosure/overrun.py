"""期满未履行: records at the end of their longest publicity with duties unmet, which nothing ends by itself.

到期仍未纠正、未履行的，按行业主管部门规定: a person says whether publicity goes on and until when, or that the duties are met.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import basis, marks, publicity
from xinyong.disclosure.actions import read
from xinyong.disclosure.marks import SQL
from xinyong.disclosure.publicity import Stored

UNMET = SQL["unmet"].replace("/*marks*/", marks.ALL_OPEN)


@dataclass(frozen=True, slots=True)
class Overrun:
    """`until`: the last day of the longest publicity."""

    record: str
    item: str
    document: str
    decided: date | None
    until: date | None


def overrun(c: psycopg.Connection[Any], book: Rulebook, today: date, authority: str) -> list[Overrun]:
    """Of records that this authority (unified code) decided, oldest end first."""
    found = []
    for row in c.execute(UNMET, {"provider": authority, "marks_at": None}).fetchall():
        s, item = read(c, row, book), book.item(row[1], today)
        if authority != (s.authority or s.provider):
            continue
        valid_to, natural, opened = row[5:]
        stored = Stored(s.values, s.decided, valid_to, natural, s.provider)
        settled = basis.settled(c, marks.read_all(opened), today, book)
        window = publicity.our_window(item, stored, settled, today, book)
        if window.task == "decide_overrun":
            number = item.by_role("doc_no")
            document = s.values.get(number.code, "") if number else ""
            found.append(Overrun(s.record, s.item, document, s.decided, window.until))
    return sorted(found, key=lambda o: (o.until or date.min, o.record))


__all__ = ["Overrun", "overrun"]
