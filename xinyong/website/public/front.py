"""What the home page tells: figures counted beforehand, and the latest intakes. No record is read for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.catalog.model import Item
from xinyong.disclosure import listing_job
from xinyong.foundation import named_sql
from xinyong.kernel.beijing import BEIJING, day_of
from xinyong.website.public import visits

SQL = named_sql.load(Path(__file__).parent / "sql" / "front.sql")


@dataclass(frozen=True, slots=True)
class Update:
    day: date
    item: str
    rows: int


@dataclass(frozen=True, slots=True)
class Front:
    sample: bool  # the data is the fictitious district's
    updates: list[Update]  # latest intakes of openly published items
    figures: dict[str, Any] | None  # None: not counted yet
    visits: int  # up to yesterday


def front(c: psycopg.Connection[Any], items: Iterable[Item], today: date) -> Front:
    names = {i.code: i.name for i in items if i.disclosure == "public" and i.publicity == "open"}
    sample = c.execute(SQL["has_sample"]).fetchone()
    rows = c.execute(SQL["latest"], {"items": list(names)}).fetchall()
    updates = [Update(day_of(at), names[i], n) for at, i, n in rows]
    return Front(bool(sample and sample[0]), updates, _figures(c), visits.before(c, today))


def _figures(c: psycopg.Connection[Any]) -> dict[str, Any] | None:
    found = listing_job.state(c).figures
    return found and {**found, "at": datetime.fromisoformat(found["at"]).astimezone(BEIJING)}
