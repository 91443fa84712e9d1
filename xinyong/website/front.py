"""Figures of the home page: no record is read for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from xinyong.catalog.model import Item
from xinyong.foundation import named_sql

SQL = named_sql.load(Path(__file__).parent / "sql" / "front.sql")
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Update:
    day: date
    item: str
    rows: int


@dataclass(frozen=True, slots=True)
class Front:
    sample: bool
    updates: list[Update]


def front(c: psycopg.Connection[Any], items: Iterable[Item]) -> Front:
    """Whether the data is the fictitious district's, and the latest intakes of openly published items."""
    names = {i.code: i.name for i in items if i.disclosure == "public" and i.publicity == "open"}
    sample = c.execute(SQL["has_sample"]).fetchone()
    rows = c.execute(SQL["latest"], {"items": list(names)}).fetchall()
    return Front(
        bool(sample and sample[0]), [Update(at.astimezone(ZONE).date(), names[i], n) for at, i, n in rows]
    )
