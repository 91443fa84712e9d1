"""义务是否履行: asked of who decided before the longest publicity of a record ends, in one notice for many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import ending
from xinyong.disclosure.ending import Ending
from xinyong.foundation.apart import Failed, apart
from xinyong.kernel.beijing import day_of
from xinyong.rights.notices.actions import notify
from xinyong.rights.reminders import told, whom

ASKED, UNREACHED = "DUTIES_ASKED", "DUTIES_UNREACHED"  # the latter to another in place of the unit


def remind(c: psycopg.Connection[Any], now: datetime, book: Rulebook, failed: Failed | None = None) -> int:
    """Ask each unit of its records whose publicity ends soon and whose duties are not known; idempotent.

    `c` in autocommit: each unit is asked in a transaction of its own. Returns how many records were asked about.
    `failed`: where what can't be read or told is noted; None: the first of it ends the run.
    """
    find = whom.finder(c)
    units: dict[tuple[str, str], list[Ending]] = {}  # whose they are and who is asked
    for e in ending.ending(c, book, day_of(now), failed=failed):
        units.setdefault((e.responsible, find(e.responsible, e.provider)), []).append(e)
    number = 0
    for whose, found in sorted(units.items()):
        with apart(failed, f"duties:{':'.join(whose)}"):
            number += _ask(c, now, *whose, found, book)
    return number


def _ask(
    c: psycopg.Connection[Any], now: datetime, unit: str, to: str, found: Sequence[Ending], book: Rulebook
) -> int:
    with c.transaction():
        fresh = told.note(c, now, "duties", [e.record for e in found])
        new = [e for e in found if e.record in fresh]
        if new:
            until = new[0].until.isoformat()
            values = {"number": str(len(new)), "until": until, "unit": whom.name(unit, book)}
            about = f"duties:{unit}:{day_of(now)}"
            template = ASKED if to and to == unit else UNREACHED
            notify(c, now, template, whom.recipient(to), values, about)
    return len(new)


__all__ = ["remind"]
