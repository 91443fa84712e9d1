"""Which records may not be disposed of yet: something about them is still being decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from xinyong.foundation import named_sql
from xinyong.rights import moves

SQL = named_sql.load(Path(__file__).parent / "sql" / "persons.sql")


def named(c: psycopg.Connection[Any], records: Sequence[str], today: date) -> set[str]:
    """Of these records, those under an open objection or a shielding that runs, in a case of repair or objection that
    has not ended or is being revoked, in an undecided request of a person, or kept public by a sector's rule."""
    asked: dict[str, Any] = {
        "records": list(records), "today": today, "ends": list(moves.CLOSING), "reopens": list(moves.REOPENING),
    }  # fmt: skip
    found: set[str] = set()
    for statement in ("marked", "cases", "asked_about"):
        found |= {row[0] for row in c.execute(SQL[statement], asked)}
    return found


__all__ = ["named"]
