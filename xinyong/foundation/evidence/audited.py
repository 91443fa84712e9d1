"""Audit entries and erasures as leaves: read back from their tables."""

from __future__ import annotations

import json
from datetime import UTC
from functools import partial
from typing import Any

import psycopg

READ = {
    "audit": "SELECT at, actor, role, origin, action, target, purpose, detail::text FROM audit_entry WHERE id = %s",
    "erased": "SELECT at, actor, target, rule, instrument, article, detail::text FROM erasure WHERE id = %s",
}


def document(kind: str, c: psycopg.Connection[Any], ref: str | int) -> dict[str, Any] | None:
    """The row as its leaf knows it, the same over any connection: zones and JSON loaders differ."""
    cursor = c.execute(READ[kind], [int(ref)])
    row = cursor.fetchone()
    if row is None or cursor.description is None:
        return None
    found = {d.name: v for d, v in zip(cursor.description, row, strict=True)}
    return {**found, "at": found["at"].astimezone(UTC), "detail": json.loads(found["detail"])}


SOURCES = {kind: partial(document, kind) for kind in READ}
