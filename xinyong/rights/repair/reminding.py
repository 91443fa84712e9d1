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
from xinyong.foundation.apart import Failed, apart
from xinyong.kernel.beijing import day_of
from xinyong.rights import casework
from xinyong.rights.notices import actions as notices
from xinyong.rights.reminders import told
from xinyong.rights.repair import adverse, conditions

TEMPLATE, SEVERAL = "REPAIR_POSSIBLE", "REPAIR_POSSIBLE_MANY"
MOST = 5_000  # records in a run; the next one goes on


def remind(
    c: psycopg.Connection[Any], now: datetime, book: Rulebook, most: int = MOST, failed: Failed | None = None
) -> int:
    """Tell the subjects of records that may be repaired and that nobody told them of; idempotent.

    One notice for all records of a subject. What is applied for already is left for when the case is over, and those
    of a subject that may not apply for a time, after false materials, for when it may again.
    `c` in autocommit: each subject is told in a transaction of its own. Returns how many records were told of.
    `failed`: where what can't be read or told is noted; None: the first of it ends the run.
    """
    today = day_of(now)

    def left_out(records: Sequence[str]) -> set[str]:
        known = told.known(c, "repairable", records)
        return known | casework.open_about(c, "repair", records).keys()

    subjects: dict[str, list[Reached]] = {}
    barred = _barred(c, book, today)
    free = (
        r for r in repairable.reached(c, book, today, left_out, failed) if (r.scheme, r.value) not in barred
    )
    for r in islice(free, most):
        subjects.setdefault(r.value, []).append(r)
    number = 0
    for found in subjects.values():
        with apart(failed, f"repairable:{found[0].record}"):
            number += _tell(c, now, found, book, today)
    return number


def _barred(c: psycopg.Connection[Any], book: Rulebook, today: date) -> set[tuple[str, str]]:
    """(scheme, value) of the subjects that may not apply yet after false materials."""
    rows = c.execute(casework.SQL["revoked"], {"ground": adverse.FALSE}).fetchall()
    return {(scheme, value) for scheme, value, at in rows if conditions.barred(day_of(at), today, book)}


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
