"""失信提醒: who may apply for a repair from today on is told so, once for each record."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import repairable
from xinyong.disclosure.repairable import Reached
from xinyong.rights import casework
from xinyong.rights.casework import BEIJING
from xinyong.rights.notices import actions as notices

TEMPLATE = "REPAIR_POSSIBLE"
CATCHES_UP = 7  # days a worker may have stood still


def remind(c: psycopg.Connection[Any], now: datetime, book: Rulebook) -> int:
    """Tell the subjects of records that reached their first day of repair lately; idempotent. Returns how many."""
    today = now.astimezone(BEIJING).date()
    since = today - timedelta(days=CATCHES_UP - 1)
    found = list(repairable.reached(c, book, since, today, today))
    told = {
        row[0] for row in c.execute(casework.SQL["told"], {"abouts": [_about(r) for r in found]}).fetchall()
    }
    busy = casework.open_about(c, "repair", [r.record for r in found])
    waiting = [r for r in found if _about(r) not in told and r.record not in busy]
    for r in waiting:
        with c.transaction():
            _tell(c, now, r, book)
    return len(waiting)


def _about(r: Reached) -> str:
    return f"repairable:{r.record}"


def _tell(c: psycopg.Connection[Any], now: datetime, r: Reached, book: Rulebook) -> None:
    known = book.provider_by_code(r.authority)
    item = book.item(r.item, now.astimezone(BEIJING).date())
    values = {
        "item": f"{item.name} {r.document}".strip(), "authority": known.name if known else r.authority,
        "decided": r.decided.isoformat() if r.decided else "", "since": r.since.isoformat(),
    }  # fmt: skip
    notices.notify(c, now, TEMPLATE, notices.Recipient("subject", r.value), values, _about(r))


__all__ = ["remind"]
