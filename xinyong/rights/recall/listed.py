"""Recalls as lists show them: by decision, by receiver, and one of them for the institution that confirms it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from xinyong.disclosure import looks
from xinyong.foundation import named_sql
from xinyong.rights.recall.deliveries import SQL as DELIVERIES

_SQL = named_sql.load(Path(__file__).parent / "sql" / "listed.sql")
CAUSES, RECALLS = _SQL["causes"], _SQL["recalls"]
_ONE = _SQL["one"].replace("/*recalls*/", RECALLS)


def of_provider(c: psycopg.Connection[Any], provider: str, number: int) -> dict[str, Any] | None:
    """A row of RECALLS with `numbers` of its records and its `reports`; None: there is none, or it is another's."""
    asked = {"provider": provider, "id": number}
    return c.cursor(row_factory=dict_row).execute(_ONE, asked).fetchone()


def receiver(c: psycopg.Connection[Any], number: int) -> tuple[str, str] | None:
    """(institution's code, its system); None: nobody received anything under this number."""
    row = c.execute(DELIVERIES["named"], {"ids": [number]}).fetchone()
    return (row[1], row[2]) if row else None


def names(c: psycopg.Connection[Any], today: date) -> dict[str, str]:
    """Code → current name of the institutions that received something, as far as everybody may know them."""
    return looks.called(c, [r[0] for r in c.execute(_SQL["providers"])], today)


__all__ = ["CAUSES", "RECALLS", "names", "of_provider", "receiver"]
