"""The audit trail and the outbox, written in the transaction of what they tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from xinyong.foundation.evidence.audited import document
from xinyong.foundation.evidence.entries import enter


@dataclass(frozen=True, slots=True)
class Who:
    """Who acts, in which role, for which provider, from where and why."""

    name: str
    role: str
    provider: str = ""
    origin: str = "cli"
    purpose: str = ""


PUBLIC = Who("公众", "public")
SYSTEM = Who("系统", "system")


def record(
    c: psycopg.Connection[Any], who: Who, at: datetime, action: str, target: str, detail: dict[str, Any]
) -> None:
    """One entry, and its leaf for the evidence log."""
    row = c.execute(
        "INSERT INTO audit_entry (at, actor, role, origin, action, target, purpose, detail)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        [at, who.name, who.role, who.origin, action, target, who.purpose, Jsonb(detail)],
    ).fetchone()
    assert row is not None
    enter(c, at, "audit", row[0], document("audit", c, row[0]) or {})


def emit(c: psycopg.Connection[Any], at: datetime, kind: str, body: dict[str, Any]) -> None:
    """Down by call, up by event: a higher floor's handler finds it here."""
    c.execute("INSERT INTO event (at, kind, body) VALUES (%s, %s, %s)", [at, kind, Jsonb(body)])
