"""失信程度的认定期限: who decides is told before it ends, and with the centre when it has ended.

Each record is told of once before and once after, in one notice for all of a unit's that are new on that day. The
department's list of what is due is worked out anew each time it is opened; the centre's figures are those of this walk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import undecided
from xinyong.disclosure.undecided import Due, Waiting
from xinyong.foundation.apart import Failed, apart
from xinyong.kernel.beijing import day_of
from xinyong.rights import limits
from xinyong.rights.notices.actions import Recipient, notify
from xinyong.rights.reminders import told, whom
from xinyong.rights.reminders.whom import CENTRE

WARN = "DEGREE_WARN"  # working days before the end
SOON, OVERDUE, OVERDUE_CENTRE = "DEGREE_DUE_SOON", "DEGREE_OVERDUE", "DEGREE_OVERDUE_CENTRE"
UNREACHED = "DEGREE_UNREACHED"  # told to another in place of the unit


def remind(c: psycopg.Connection[Any], now: datetime, book: Rulebook, failed: Failed | None = None) -> int:
    """Tell the units of degrees about to be due or overdue, and the centre of the overdue ones; idempotent.

    `c` in autocommit: each unit is told in a transaction of its own. Returns how many records were told of.
    `failed`: where what can't be read or told is noted; None: the first of it ends the run.
    """
    today = day_of(now)
    last = limits.working_days(book, WARN, today).date
    find, waiting = whom.finder(c), dict[str, Waiting]()
    units: dict[tuple[str, str], list[Due]] = {}  # whose they are and who is told
    for d in undecided.all_due(c, book, today, failed=failed):
        undecided.count(waiting, d)
        if d.due is not None and d.due <= last:
            units.setdefault((d.responsible, find(d.responsible, d.provider)), []).append(d)
    with apart(failed, "figures"):
        undecided.keep(c, now, waiting)
    number = 0
    for whose, found in sorted(units.items()):
        with apart(failed, f"degrees:{':'.join(whose)}"):
            number += _tell(c, now, *whose, found, book)
    return number


def _tell(
    c: psycopg.Connection[Any], now: datetime, unit: str, to: str, found: Sequence[Due], book: Rulebook
) -> int:
    with c.transaction():
        late = _new(c, now, "degree_overdue", [d for d in found if d.overdue])
        soon = _new(c, now, "degree_due", [d for d in found if not d.overdue])
        about = f"degrees:{unit}:{day_of(now)}"
        for template, whom_told, few in _notices(unit, to, late, soon):
            notify(c, now, template, whom_told, {"unit": whom.name(unit, book), **_values(few)}, about)
    return len(late) + len(soon)


def _notices(
    unit: str, to: str, late: Sequence[Due], soon: Sequence[Due]
) -> Iterator[tuple[str, Recipient, Sequence[Due]]]:
    """Of what is overdue the centre is told too."""
    told_is, itself = whom.recipient(to), bool(to) and to == unit
    if late:
        yield (OVERDUE if itself else UNREACHED), told_is, late
    if late and to:
        yield (OVERDUE_CENTRE if itself else UNREACHED), CENTRE, late
    if soon:
        yield (SOON if itself else UNREACHED), told_is, soon


def _new(c: psycopg.Connection[Any], now: datetime, kind: told.Kind, found: Sequence[Due]) -> list[Due]:
    fresh = told.note(c, now, kind, [d.record for d in found])
    return [d for d in found if d.record in fresh]


def _values(found: Sequence[Due]) -> dict[str, str]:
    first = min(found, key=lambda d: d.due or date.max)
    return {
        "number": str(len(found)),
        "state": "过了认定期限" if first.overdue else "即将到认定期限",
        "due": f"{first.due}{'（工作日历未公布，暂算）' if first.provisional else ''}",
    }


__all__ = ["remind"]
