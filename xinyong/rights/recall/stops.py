"""Whether records may be used now and, if not, until when; what those who have them were told last, and to tell them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.catalog.loading import load_rulebook
from xinyong.disclosure import basis, marks
from xinyong.disclosure.marks import Marks
from xinyong.foundation import home
from xinyong.kernel.beijing import day_of
from xinyong.kernel.measures import BasisState
from xinyong.rights.recall import actions, groundless
from xinyong.rights.recall.actions import Cause
from xinyong.rights.recall.deliveries import SQL

FOR_GOOD = ("repaired", "withdrawn", "ended", "erased", "sealed")
FOR_A_TIME, OFF, BACK = "shielded", "removed", "resumed"
OFF_LIST = (OFF, "expired")  # states of an entry that is on its list no longer
GROUNDLESS = "groundless"
PASSING = (GROUNDLESS, "shielded")  # states of a record that may end by a day
UNSAID = (*PASSING, *OFF_LIST, "gone")  # states that no mark or file says of the record itself


@dataclass(frozen=True, slots=True)
class Stop:
    """`until`: its last day; None: for good. `off`: only its place on a list has ended, the record is still shared."""

    until: date | None = None
    off: bool = False


@dataclass(frozen=True, slots=True)
class Now:
    """A record as it stands. `stop`: what keeps it from being used; None: nothing that is recalled."""

    state: BasisState
    stop: Stop | None


def told(c: psycopg.Connection[Any], records: Sequence[str], today: date) -> dict[str, Stop]:
    """Of these records, those that everyone who has them believes to be stopped; by the order of the recalls, not by a clock."""
    asked = {"records": list(records), "kinds": [*FOR_GOOD, FOR_A_TIME, OFF, BACK]}
    found = {}
    for record, kind, until in c.execute(SQL["told_last"], asked).fetchall():
        if kind in FOR_GOOD:
            found[record] = Stop()
        elif kind == FOR_A_TIME and (until is None or until >= today):
            found[record] = Stop(until)
        elif kind == OFF:
            found[record] = Stop(off=True)
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
        return None if state == "in_force" else Stop(off=state in OFF_LIST)
    lost = [m for m in found if m.lost]
    if any(m.lost != FOR_A_TIME for m in lost):
        return Stop()
    days = [_last_day(marks.read_all(m.rests[-1] if m.rests else None)) for m in lost] + [_last_day(found)]
    known = [day for day in days if day is not None]
    return Stop(max(known)) if known else Stop()


def _last_day(found: Marks) -> date | None:
    mark = marks.newest(found, "shielding")
    return mark.until if mark else None


def settle(
    c: psycopg.Connection[Any], cause: str, at: datetime, records: Sequence[str], now: datetime
) -> int:
    """Tell of each record whether it may be used now, if those who have it believe something else; of how many.

    What was withdrawn or repaired itself is told by its own mark, or by the file that said so. Whom a record is about and
    who decided it are told, too, that it has lost its basis, whoever has it.
    """
    if not records:
        return 0
    c.execute("SELECT pg_advisory_xact_lock(%s)", [actions.LOCK])  # then what others told is read
    today = day_of(now)
    wanted: dict[tuple[str, date | None], list[str]] = defaultdict(list)
    believed, book = told(c, records, today), load_rulebook(home.local_rulebook())
    lost: list[str] = []
    for record, one in standing(c, records, today, book).items():
        if one.state == "in_force" and record in believed:
            wanted[BACK, None].append(record)
        elif one.state in UNSAID and one.stop and believed.get(record) != one.stop:
            wanted[_kind(one.stop), one.stop.until].append(record)
            lost += [record] if one.state == GROUNDLESS else []
    for (kind, until), some in wanted.items():
        name = f"{cause}:{kind}:{until}" if until else f"{cause}:{kind}"
        actions.issue(c, Cause(name, kind, at, until, sorted(some)), now)
    groundless.tell(c, lost, now, book)
    return sum(map(len, wanted.values()))


def _kind(stop: Stop) -> str:
    return FOR_A_TIME if stop.until else OFF if stop.off else "ended"


__all__ = ["Now", "Stop", "settle", "standing", "told"]
