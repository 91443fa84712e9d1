"""失信程度的认定期限: who decides is told before it ends, and with the centre when it has ended.

Each record is told of once before and once after, in one notice for all of a unit's that are new on that day. The
lists of what is due are worked out anew each time they are opened, with or without this.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import undecided
from xinyong.disclosure.undecided import Due
from xinyong.rights import limits
from xinyong.rights.casework import BEIJING
from xinyong.rights.notices.actions import Recipient, notify
from xinyong.rights.reminders import told

WARN = "DEGREE_WARN"  # working days before the end
SOON, OVERDUE, OVERDUE_CENTRE = "DEGREE_DUE_SOON", "DEGREE_OVERDUE", "DEGREE_OVERDUE_CENTRE"
CENTRE = Recipient("role", "center")


def remind(c: psycopg.Connection[Any], now: datetime, book: Rulebook) -> int:
    """Tell the units of degrees about to be due or overdue, and the centre of the overdue ones; idempotent.

    `c` in autocommit: each unit is told in a transaction of its own. Returns how many records were told of.
    """
    today = now.astimezone(BEIJING).date()
    last = limits.working_days(book, WARN, today).date
    units: dict[str, list[Due]] = {}
    for d in undecided.all_due(c, book, today):
        if d.due is not None and d.due <= last:
            units.setdefault(d.responsible, []).append(d)
    return sum(_tell(c, now, unit, found, book) for unit, found in sorted(units.items()))


def _tell(c: psycopg.Connection[Any], now: datetime, unit: str, found: Sequence[Due], book: Rulebook) -> int:
    with c.transaction():
        late = _new(c, now, "degree_overdue", [d for d in found if d.overdue])
        soon = _new(c, now, "degree_due", [d for d in found if not d.overdue])
        about = f"degrees:{unit}:{now.astimezone(BEIJING).date()}"
        if late and unit:
            notify(c, now, OVERDUE, Recipient("provider", unit), _values(late), about)
        if late:
            notify(c, now, OVERDUE_CENTRE, CENTRE, {"unit": _name(unit, book), **_values(late)}, about)
        if soon and unit:
            notify(c, now, SOON, Recipient("provider", unit), _values(soon), about)
    return len(late) + len(soon)


def _new(c: psycopg.Connection[Any], now: datetime, kind: told.Kind, found: Sequence[Due]) -> list[Due]:
    fresh = told.note(c, now, kind, [d.record for d in found])
    return [d for d in found if d.record in fresh]


def _values(found: Sequence[Due]) -> dict[str, str]:
    first = min(found, key=lambda d: d.due or date.max)
    return {
        "number": str(len(found)),
        "due": f"{first.due}{'（工作日历未公布，暂算）' if first.provisional else ''}",
    }


def _name(unit: str, book: Rulebook) -> str:
    known = book.provider_by_code(unit)
    return known.name if known else unit or "（没有写明作出机关）"


__all__ = ["remind"]
