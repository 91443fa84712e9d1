"""Alarms before a limit ends: who is waited for is told once for each limit, whoever runs the job and however often.

Only the telling is a job. Which cases are due or overdue the lists work out themselves, with or without it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.foundation.apart import Failed, apart
from xinyong.foundation.audit import SYSTEM
from xinyong.kernel.beijing import day_of
from xinyong.rights import casework, limits, moves, telling
from xinyong.rights.casework import Case, Said
from xinyong.rights.limits import Limit
from xinyong.rights.persons import alarms as of_persons

TEMPLATES = {"repair": "REPAIR_DUE_SOON", "objection": "OBJECTION_DUE_SOON"}
BY_CENTRE = {
    "repair": ("submitted", "forwarded"),
    "objection": ("submitted", moves.RAISED),
}  # in these states it isn't the unit's


def due_soon(case: Case, today: date, book: Rulebook) -> Limit | None:
    """The limit that ends within the working days of the alarm, or has ended; None: none yet, or told already."""
    limit = limits.current(case, book)
    if limit is None:
        return None
    days = limits.days_of(book, case.kind, "warn", today)
    if limits.within(today, days, book) < limit.due:
        return None
    told = [s.detail for s in case.steps if s.kind == "warned"]
    known = any((d.get("stage"), d.get("due")) == (limit.stage, limit.due.isoformat()) for d in told)
    return None if known else limit


def warn(c: psycopg.Connection[Any], now: datetime, book: Rulebook, failed: Failed | None = None) -> int:
    """Tell each unit, or the centre, of its cases about to be due, oldest first, each in a transaction of its own.

    Of challenges to looks and persons' requests, too. Returns how many were told. `failed`: where what can't be told
    is noted; None: the first of it ends the run.
    """
    told = 0
    with apart(failed, "cases"):
        told += _of_cases(c, now, book, failed)
    with apart(failed, "persons"):
        told += of_persons.warn(c, now, book, failed)
    return told


def _of_cases(c: psycopg.Connection[Any], now: datetime, book: Rulebook, failed: Failed | None) -> int:
    today, told = day_of(now), 0
    for case in reversed(casework.still_open(c, *TEMPLATES)):
        with apart(failed, case.shown):
            told += _warn(c, now, case.number, today, book) if due_soon(case, today, book) else 0
    return told


def _warn(c: psycopg.Connection[Any], now: datetime, number: str, today: date, book: Rulebook) -> int:
    with c.transaction():
        case = casework.locked(c, number)
        limit = None if case.closed else due_soon(case, today, book)
        if limit is None or now < case.steps[-1].at:
            return 0
        due = limit.due.isoformat()
        casework.take(c, SYSTEM, now, case, "warned", Said(detail={"stage": limit.stage, "due": due}))
        to: telling.To = "centre" if case.state in BY_CENTRE[case.kind] else "authority"
        telling.tell(c, now, to, TEMPLATES[case.kind], case, due=telling.due(limit))
    return 1


__all__ = ["due_soon", "warn"]
