"""Which records somebody was told of: noted in the transaction of the notice, so that none is told twice or lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import psycopg

from xinyong.foundation import named_sql

SQL = named_sql.load(Path(__file__).parent / "sql" / "reminders.sql")
Kind = Literal["repairable", "degree_due", "degree_overdue", "duties"]


def known(c: psycopg.Connection[Any], kind: Kind, records: Iterable[str]) -> set[str]:
    """Those of the records (32 hex digits) that were told before."""
    asked = {"kind": kind, "records": list(records)}
    return {row[0] for row in c.execute(SQL["known"], asked).fetchall()}


def note(c: psycopg.Connection[Any], now: datetime, kind: Kind, records: Iterable[str]) -> set[str]:
    """Note that these are told in this transaction; gives those that were not told before."""
    asked = {"kind": kind, "records": list(records), "at": now}
    return {row[0] for row in c.execute(SQL["note"], asked).fetchall()}


__all__ = ["Kind", "known", "note"]
