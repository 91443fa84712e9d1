"""失信提醒: who may apply for a repair is told so, once for each record, whatever made it possible and when.

The minimum period was reached, the degree was decided late, the record was handed in late, a repair was withdrawn …
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import repairable
from xinyong.disclosure.repairable import Reached
from xinyong.rights import casework
from xinyong.rights.casework import BEIJING
from xinyong.rights.notices import actions as notices
from xinyong.rights.reminders import told

TEMPLATE, SEVERAL = "REPAIR_POSSIBLE", "REPAIR_POSSIBLE_MANY"
MOST = 5_000  # records in a run; the next one goes on


def remind(c: psycopg.Connection[Any], now: datetime, book: Rulebook, most: int = MOST) -> int:
    """Tell the subjects of records that may be repaired and that nobody told them of; idempotent.

    One notice for all records of a subject. What is applied for already is left for when the case is over.
    `c` in autocommit: each subject is told in a transaction of its own. Returns how many records were told of.
    """
    today = now.astimezone(BEIJING).date()

    def left_out(records: Sequence[str]) -> set[str]:
        known = told.known(c, "repairable", records)
        return known | casework.open_about(c, "repair", records).keys()

    subjects: dict[str, list[Reached]] = {}
    for r in islice(repairable.reached(c, book, today, left_out), most):
        subjects.setdefault(r.value, []).append(r)
    return sum(_tell(c, now, found, book, today) for found in subjects.values())


def _tell(
    c: psycopg.Connection[Any], now: datetime, found: Sequence[Reached], book: Rulebook, today: date
) -> int:
    with c.transaction():
        fresh = told.note(c, now, "repairable", [r.record for r in found])
        new = [r for r in found if r.record in fresh]
        if new:
            template, values = _said(new, book, today)
            to = notices.Recipient("subject", new[0].value)
            notices.notify(c, now, template, to, values, f"repairable:{new[0].record}")
    return len(new)


def _said(new: Sequence[Reached], book: Rulebook, today: date) -> tuple[str, dict[str, str]]:
    """The template and its values: of one record which it is, of several how many."""
    if len(new) > 1:
        return SEVERAL, {"number": str(len(new))}
    [r] = new
    known, item = book.provider_by_code(r.authority), book.item(r.item, today)
    return TEMPLATE, {
        "item": f"{item.name} {r.document}".strip(), "authority": known.name if known else r.authority,
        "decided": r.decided.isoformat() if r.decided else "", "since": r.since.isoformat(),
    }  # fmt: skip


__all__ = ["remind"]
