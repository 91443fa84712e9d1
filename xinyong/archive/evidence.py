"""Record versions as leaves: those of a batch, in the order of their lines."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg

from xinyong.kernel.errors import Refused

ORDER = "FROM record_version WHERE born = %s ORDER BY line, record_id, seq"
NEWEST = "SELECT leaf FROM record_version WHERE record_id = %s ORDER BY seq DESC LIMIT 1"
PIECE = 50_000


def leaves(c: psycopg.Connection[Any], batch: str) -> Iterator[bytes]:
    for (leaf,) in _rows(c, f"SELECT leaf {ORDER}", batch):
        yield leaf


def rows(c: psycopg.Connection[Any], batch: str) -> Iterator[tuple[int, bytes | None, bytes | None, bytes]]:
    """(line, canonical row or None if it was erased, salt, leaf)."""
    for line, payload, salt, leaf in _rows(c, f"SELECT line, payload, salt, leaf {ORDER}", batch):
        yield line, payload.encode() if payload is not None else None, salt, leaf


def leaf_of(c: psycopg.Connection[Any], record: str) -> bytes:
    """The leaf of a record's newest version. Refused: there is no such record."""
    try:
        row = c.execute(NEWEST, [uuid.UUID(record)]).fetchone()
    except ValueError:
        row = None
    if row is None:
        raise Refused("no_record", f"没有编号为“{record[:40]}”的记录；请用档案里 record 一栏的编号。")
    return bytes(row[0])


def _rows(c: psycopg.Connection[Any], statement: str, batch: str) -> Iterator[tuple[Any, ...]]:
    with c.cursor(name="evidence_rows", binary=True) as cursor:
        cursor.itersize = PIECE
        yield from cursor.execute(statement, [int(batch)])


SOURCES = {"record": leaves, "records": rows}
