"""义务是否履行: asked of who decided before the longest publicity of a record ends, in one notice for many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import ending
from xinyong.disclosure.ending import Ending
from xinyong.rights.casework import BEIJING
from xinyong.rights.notices.actions import Recipient, notify
from xinyong.rights.reminders import told

TEMPLATE = "DUTIES_ASKED"


def remind(c: psycopg.Connection[Any], now: datetime, book: Rulebook) -> int:
    """Ask each unit of its records whose publicity ends soon and whose duties are not known; idempotent.

    `c` in autocommit: each unit is asked in a transaction of its own. Returns how many records were asked about.
    """
    units: dict[str, list[Ending]] = {}
    for e in ending.ending(c, book, now.astimezone(BEIJING).date()):
        if e.responsible:
            units.setdefault(e.responsible, []).append(e)
    return sum(_ask(c, now, unit, found) for unit, found in sorted(units.items()))


def _ask(c: psycopg.Connection[Any], now: datetime, unit: str, found: Sequence[Ending]) -> int:
    with c.transaction():
        fresh = told.note(c, now, "duties", [e.record for e in found])
        new = [e for e in found if e.record in fresh]
        if new:
            values = {"number": str(len(new)), "until": new[0].until.isoformat()}
            about = f"duties:{unit}:{now.astimezone(BEIJING).date()}"
            notify(c, now, TEMPLATE, Recipient("provider", unit), values, about)
    return len(new)


__all__ = ["remind"]
