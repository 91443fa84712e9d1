"""The end of an original's retention: its key is destroyed, its file removed, and an entry says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

import psycopg

from xinyong.foundation import database, erasures
from xinyong.foundation.apart import Failed, apart
from xinyong.foundation.audit import Who
from xinyong.foundation.erasures import Ground


class Basis(Protocol):
    @property
    def instrument(self) -> str: ...
    @property
    def article(self) -> str: ...


class Rule(Protocol):
    @property
    def basis(self) -> Basis: ...


class Book(Protocol):
    """What retention asks of the rulebook."""

    @property
    def retention(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Due:
    """An original past its time. `ground` is None where the rulebook no longer has the rule."""

    name: str
    rule: str
    until: date
    ground: Ground | None


@dataclass(frozen=True, slots=True)
class Enforced:
    """Names erased, and those left because their rule is gone from the rulebook."""

    erased: list[str]
    left: list[Due]


def due(c: psycopg.Connection[Any], book: Book, today: date) -> list[Due]:
    """Originals whose last day of retention is before `today`, the oldest first."""
    rows = c.execute(
        "SELECT name, retention_rule, retained_until FROM vault_object"
        " WHERE retained_until < %s AND length(wrapped_key) > 0 ORDER BY retained_until, name",
        [today],
    ).fetchall()
    return [Due(name, rule, until, _ground(book, rule)) for name, rule, until in rows]


def _ground(book: Book, rule_id: str) -> Ground | None:
    rule: Rule | None = book.retention.get(rule_id)
    return Ground(rule_id, rule.basis.instrument, rule.basis.article) if rule else None


def enforce(book: Book, today: date, who: Who, at: datetime, failed: Failed | None = None) -> Enforced:
    """Erase what is due, each in a transaction of its own with its entry. Idempotent.

    `failed`: where originals that could not be erased are noted; None: the first of them ends it.
    """
    with database.connect_owner() as c:
        waiting = due(c, book, today)
    erased = []
    for d in waiting:
        if d.ground is None:
            continue
        entry = erasures.entry(erasures.ORIGINAL, d.name, d.ground, who, at)
        with apart(failed, d.name):
            if erasures.destroy_original(entry, {"retained_until": d.until.isoformat()}):
                erased.append(d.name)
    return Enforced(erased, [d for d in waiting if d.ground is None])
