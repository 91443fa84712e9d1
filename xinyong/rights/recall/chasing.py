"""Recalls that nobody confirms: sent once more each day, and told to the centre after some days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import psycopg

from xinyong.catalog.loading import load_rulebook
from xinyong.foundation import events, home
from xinyong.foundation.apart import Failed, apart
from xinyong.rights.notices.actions import SQL as NOTICES
from xinyong.rights.notices.actions import Recipient, notify
from xinyong.rights.recall import push
from xinyong.rights.recall.actions import LOCK, TASK
from xinyong.rights.recall.deliveries import SQL

DAYS = 3  # without a confirmation: our own choice, no article says
TOLD = "center"


def chase(c: psycopg.Connection[Any], now: datetime, failed: Failed | None = None) -> int:
    """How many subscribers are reminded. The centre is told of a receiver once a week. `c` in autocommit.

    `failed`: where receivers of whom the centre could not be told are noted; None: the first of them ends it.
    """
    with c.transaction():
        reminded = push.remind(c, now)
        if reminded:
            events.wake(c, TASK)
    late = c.execute(SQL["late"], {"before": now - timedelta(days=DAYS)}).fetchall()
    for receiver, provider, system, number, _ in late:
        with apart(failed, f"recall-late:{receiver}"), c.transaction():
            c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            _tell(c, now, receiver, called(provider, system), number)
    return reminded


def called(provider: str, system: str, names: Mapping[str, str] | None = None) -> str:
    """A receiver in words. `names`: of institutions that are no providers of the rulebook, by code."""
    known = load_rulebook(home.local_rulebook()).provider_by_code(provider) if provider else None
    office = known.name if known else (names or {}).get(provider, provider) or "信用中心"
    return f"{office}（{system}）" if system else office


def _tell(c: psycopg.Connection[Any], now: datetime, receiver: int, name: str, number: int) -> None:
    year, week, _ = now.isocalendar()
    about = f"recall-late:{receiver}:{year}-{week}"
    asked = {"about": about, "kind": "role", "value": TOLD, "template": "RECALL_LATE"}
    if c.execute(NOTICES["told"], asked).fetchone() is None:
        values = {"receiver": name, "number": str(number), "days": str(DAYS)}
        notify(c, now, "RECALL_LATE", Recipient("role", TOLD), values, about)


__all__ = ["DAYS", "called", "chase"]
