"""Audit entries and erasures as leaves: read back from their tables."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC
from functools import partial
from typing import Any

import psycopg

# Erasures of before they listed their leaves name the record.
ERASED = """
SELECT jsonb_array_elements_text(e.detail -> 'leaves') FROM erasure e WHERE jsonb_typeof(e.detail -> 'leaves') = 'array'
UNION
SELECT encode(v.leaf, 'hex') FROM erasure e JOIN record_version v ON e.target = 'record:' || replace(v.record_id::text, '-', '')
WHERE NOT e.detail ? 'leaves' OR (e.detail -> 'leaves' = '[]'::jsonb AND (e.detail ->> 'versions')::int > 0)
"""
HEX = re.compile(r"[0-9a-f]{64}")
LONGEST = 19  # digits from which on a number is none of a table's
READ = {
    "audit": "SELECT at, actor, role, origin, action, target, purpose, detail::text FROM audit_entry WHERE id = %s",
    "erased": "SELECT at, actor, target, rule, instrument, article, detail::text FROM erasure WHERE id = %s",
}


def document(kind: str, c: psycopg.Connection[Any], ref: str | int) -> dict[str, Any] | None:
    """The row as its leaf knows it, the same over any connection: zones and JSON loaders differ."""
    cursor = c.execute(READ[kind], [int(ref)])
    row = cursor.fetchone()
    if row is None:
        return None
    return _told(cursor, row)


def _told(cursor: psycopg.Cursor[Any], row: Sequence[Any]) -> dict[str, Any]:
    names = [d.name for d in cursor.description or () if d.name != "id"]
    found = dict(zip(names, row, strict=True))
    return {**found, "at": found["at"].astimezone(UTC), "detail": json.loads(found["detail"])}


def documents(kind: str, c: psycopg.Connection[Any], refs: list[str]) -> dict[str, dict[str, Any]]:
    """Reference → row, of those that are there."""
    statement = READ[kind].replace("SELECT ", "SELECT id, ", 1).replace("id = %s", "id = ANY(%s)")
    cursor = c.execute(statement, [[int(ref) for ref in refs if ref.isdecimal() and len(ref) < LONGEST]])
    return {str(number): _told(cursor, row) for number, *row in cursor}


def erasure_of(c: psycopg.Connection[Any], leaf: bytes) -> int | None:
    """The number of the entry that says this was erased or sealed away by rule."""
    row = c.execute(
        "SELECT id FROM erasure WHERE detail -> 'leaves' ? %s ORDER BY id", [leaf.hex()]
    ).fetchone()
    return int(row[0]) if row else None


def erased_leaves(c: psycopg.Connection[Any]) -> frozenset[bytes]:
    """Of every row that an erasure or a sealing by rule says it took."""
    return frozenset(bytes.fromhex(leaf) for (leaf,) in c.execute(ERASED) if leaf and HEX.fullmatch(leaf))


SOURCES = {kind: partial(document, kind) for kind in READ}
# An entry is written in the transaction of its row: in one snapshot no row is without it.
STRANGERS = {
    kind: f"SELECT t.id::text FROM {table} t WHERE NOT EXISTS (SELECT 1 FROM evidence_entry e WHERE e.kind = '{kind}'"
    " AND e.ref = t.id::text) ORDER BY t.id LIMIT 10"
    for kind, table in {"audit": "audit_entry", "erased": "erasure"}.items()
}
