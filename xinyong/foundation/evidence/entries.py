"""Leaves to be sealed, written in the transaction of what they tell.

A leaf is a salted hash: SHA-256(hex(salt) ‖ document). With the salt destroyed nobody can find the document by trying,
so personal data may be erased and the tree stays whole. In the tree it stands as `kind ‖ 0x00 ‖ leaf`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from django.conf import settings

from xinyong.foundation.evidence import audited
from xinyong.foundation.evidence.own import Own

INSERT = "INSERT INTO evidence_entry (at, kind, ref, salt, leaf) VALUES (%s, %s, %s, %s, %s)"
Connection = psycopg.Connection[Any]
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Closing:
    """One leaf of the kind `kind` beside the many leaves of an entry: what stands in their rows and in no leaf of theirs.

    `seal`: 32 bytes for each leaf, and the document, from the database. `document`: the same from what `Piece.beside`
    gave, in the order of the tree; what it keeps in the last argument, `end` finds there when all entries were read, and
    gives (kind, what, sentence) of what is not as it should be. `where`: what is no longer as it was sealed, if known.
    """

    kind: str
    seal: Callable[[Connection, str], tuple[bytes, Document]]
    document: Callable[[Connection, str, npt.NDArray[np.uint8], dict[str, Any]], Document]
    end: Callable[[Connection, dict[str, Any]], Iterator[tuple[str, str, str]]]
    where: Callable[[Connection, str], Sequence[str]]


def enter(c: Connection, at: datetime, kind: str, ref: str | int, document: Mapping[str, Any]) -> None:
    """One leaf. `document` must be what `SOURCES` of the kind's floor reads back from the database."""
    salt = os.urandom(16)
    c.execute(INSERT, [at, kind, str(ref), salt, leaf(salt, canonical(document))])


def enter_many(c: Connection, at: datetime, kind: str, ref: str | int) -> None:
    """Leaves that stand in a table of their own: `SOURCES` of its floor lists them when they are sealed."""
    c.execute(INSERT, [at, kind, str(ref), None, None])


def canonical(document: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys and no spaces, UTF-8; moments and days in ISO 8601."""
    return json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_text
    ).encode()


def _text(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical form")


def leaf(salt: bytes, document: bytes) -> bytes:
    return sha256(salt.hex().encode() + document).digest()


def tree_leaf(kind: str, leaf: bytes) -> bytes:
    """What the trees hash for this leaf."""
    return kind.encode() + b"\0" + leaf


@cache
def _modules() -> list[Any]:
    """Each floor's `evidence` module, found by name: the foundation imports nothing above it."""
    names = [n for n in settings.INSTALLED_APPS if n.startswith("xinyong.") and n != "xinyong.foundation"]
    return [import_module(f"{n}.evidence") for n in names if find_spec(f"{n}.evidence")]


@cache
def own() -> dict[str, Own]:
    """Kind → the table whose rows are leaves of this kind."""
    return {table.kind: table for m in _modules() for table in getattr(m, "OWN", ())}


@cache
def sources() -> dict[str, Any]:
    """Kind → how its documents or leaves are read back; each floor's `evidence` module lists its own.

    A kind with a plural has many leaves to an entry: `record` gives them, `records` gives them with their rows compared.
    """
    found: dict[str, Any] = {}
    for m in _modules():
        found |= getattr(m, "SOURCES", {})
    for kind, table in own().items():
        found |= {kind: table.leaves, f"{kind}s": table.pieces}
    return found | audited.SOURCES


@cache
def closings() -> dict[str, Closing]:
    """Kind with many leaves to an entry → what closes each of its entries."""
    return {kind: closing for m in _modules() for kind, closing in getattr(m, "CLOSINGS", {}).items()}


@cache
def strangers() -> dict[str, str]:
    """Kind → SQL for what stands in its table without an entry: (reference) of up to ten."""
    return audited.STRANGERS | _gathered("STRANGERS")


@cache
def missing() -> dict[str, str]:
    """Kind → SQL for what must stand in its table and does not: (reference) of up to ten."""
    return _gathered("MISSING")


def _gathered(name: str) -> dict[str, str]:
    return {kind: sql for m in _modules() for kind, sql in getattr(m, name, {}).items()}
