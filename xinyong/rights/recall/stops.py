"""Whether records may be used now and, if not, until when; and what those who have them were told of that last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import basis, marks
from xinyong.disclosure.marks import Marks
from xinyong.kernel.measures import BasisState
from xinyong.rights.recall.deliveries import SQL

FOR_GOOD = ("repaired", "withdrawn", "ended", "erased", "sealed")
FOR_A_TIME, BACK = "shielded", "resumed"
PASSING = ("groundless", "shielded")  # states of a record that may end by a day


@dataclass(frozen=True, slots=True)
class Stop:
    """`until`: its last day; None: for good."""

    until: date | None = None


@dataclass(frozen=True, slots=True)
class Now:
    """A record as it stands. `stop`: what keeps it from being used; None: nothing that is recalled."""

    state: BasisState
    stop: Stop | None


def told(c: psycopg.Connection[Any], records: Sequence[str], today: date) -> dict[str, Stop]:
    """Of these records, those that everyone who has them believes to be stopped; by the order of the recalls, not by a clock."""
    asked = {"records": list(records), "kinds": [*FOR_GOOD, FOR_A_TIME, BACK]}
    found = {}
    for record, kind, until in c.execute(SQL["told_last"], asked).fetchall():
        if kind in FOR_GOOD:
            found[record] = Stop()
        elif kind == FOR_A_TIME and (until is None or until >= today):
            found[record] = Stop(until)
    return found


def standing(
    c: psycopg.Connection[Any], records: Sequence[str], today: date, book: Rulebook
) -> dict[str, Now]:
    """Each record's state, and how long what stops it lasts."""
    found = basis.standing(c, records, today, book)
    passing = [r for r, s in found.items() if s.state in PASSING]
    borne = basis.open_of(c, passing, today, book) if passing else {}
    return {r: Now(s.state, _stop(s.state, borne.get(r, ()))) for r, s in found.items()}


def _stop(state: BasisState, found: Marks) -> Stop | None:
    """As long as anything stops it: for good, where one thing does so for good."""
    if state not in PASSING:
        return Stop() if state in ("repaired", "withdrawn") else None
    lost = [m for m in found if m.lost]
    if any(m.lost != FOR_A_TIME for m in lost):
        return Stop()
    days = [_last_day(marks.read_all(m.rests[-1] if m.rests else None)) for m in lost] + [_last_day(found)]
    known = [day for day in days if day is not None]
    return Stop(max(known)) if known else Stop()


def _last_day(found: Marks) -> date | None:
    mark = marks.newest(found, "shielding")
    return mark.until if mark else None


__all__ = ["Now", "Stop", "standing", "told"]
