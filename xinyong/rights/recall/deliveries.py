"""Who was given which records by machine: noted with the answer, so that they can be taken back from everyone.

Receivers are the systems that call with a token, and institutions whose people were given reports. A subject who
fetches its own report, a counter that prints one, and the public are none: there is no system to tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.foundation import named_sql
from xinyong.foundation.accounts import OF_A_PROVIDER
from xinyong.foundation.audit import Who

SQL = named_sql.load(Path(__file__).parent / "sql" / "recall.sql")
SYSTEM = "系统:"  # how a token's name begins, see foundation.tokens


def given(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    records: Iterable[str],
    known_at: int,
    reference: str = "",
) -> None:
    """Note that `who` is being given `records` (32 hex digits) as known at a publication, in a report or not.

    Part of the answer: call it before the answer leaves. Nothing is noted of whoever is no receiver.
    """
    numbers = list(dict.fromkeys(records))
    system = who.name.removeprefix(SYSTEM) if who.name.startswith(SYSTEM) else ""
    if not numbers or not (system or (who.role in OF_A_PROVIDER and who.provider)):
        return
    found = receiver(c, who.provider, system, who.role, now)
    c.execute(
        SQL["deliver"],
        {"records": numbers, "receiver": found, "reference": reference, "at": now, "known_at": known_at},
    )


def receiver(c: psycopg.Connection[Any], provider: str, system: str, role: str, now: datetime) -> int:
    """Its number; a new one if it was not known."""
    asked = {"provider": provider, "system": system, "role": role, "at": now}
    row = c.execute(SQL["receiver"], asked).fetchone()
    if row is None:
        c.execute(SQL["add_receiver"], asked)
        row = c.execute(SQL["receiver"], asked).fetchone()
    assert row is not None
    return int(row[0])


def receivers(c: psycopg.Connection[Any], provider: str, system: str) -> list[int]:
    """Of a system: itself, and the institution it belongs to. `system` empty: the institution alone."""
    rows = c.execute(SQL["receivers"], {"provider": provider, "system": system}).fetchall()
    return [number for number, name in rows if name == system or (provider and not name)]


__all__ = ["SYSTEM", "given", "receiver", "receivers"]
