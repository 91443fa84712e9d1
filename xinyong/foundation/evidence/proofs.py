"""Proofs that a leaf is in the trees and that the trees only grew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from xinyong.foundation.evidence import entries, store
from xinyong.foundation.evidence.sealing import SQL, Sealed, last, of_size
from xinyong.foundation.evidence.store import Tree
from xinyong.kernel import merkle
from xinyong.kernel.errors import Refused
from xinyong.kernel.merkle import ALGORITHMS, Algorithm


@dataclass(frozen=True, slots=True)
class Proof:
    """What a stranger needs besides the document and its salt: `tools/verify.py` reads this as JSON."""

    kind: str
    leaf: bytes
    index: int
    sealed: Sealed
    paths: dict[Algorithm, list[bytes]]
    salt: bytes | None = None
    document: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "leaf": self.leaf.hex(),
            "index": self.index,
            "size": self.sealed.size,
            "paths": {a: [h.hex() for h in path] for a, path in self.paths.items()},
            "checkpoints": dict(self.sealed.notes),
            **({"salt": self.salt.hex(), "document": self.document} if self.salt and self.document else {}),
        }


def of_leaf(c: psycopg.Connection[Any], kind: str, leaf: bytes, size: int | None = None) -> Proof:
    """Refused: the leaf is not sealed (yet)."""
    sealed = state(c, size)
    tree = Tree("sha256")
    hash = merkle.leaf_hashes("sha256", [entries.tree_leaf(kind, leaf)])[0]
    for index in store.places(leaf, sealed.size):
        if tree.hashes(0, index, 1) == hash:
            return _proof(kind, leaf, index, sealed)
    raise Refused(
        "not_sealed", "存证日志里还没有这一条：新写入的内容要等下一次封存（通常不超过一分钟），请稍后再试。"
    )


def _proof(kind: str, leaf: bytes, index: int, sealed: Sealed) -> Proof:
    paths: dict[Algorithm, list[bytes]] = {
        a: merkle.inclusion_proof(a, index, sealed.size, Tree(a).nodes()) for a in ALGORITHMS
    }
    return Proof(kind, leaf, index, sealed, paths)


def of_entry(c: psycopg.Connection[Any], kind: str, ref: str | int, size: int | None = None) -> Proof:
    """Of one leaf by what it tells of. Refused: there is none, or it is not sealed yet."""
    if kind in entries.own():
        found = entries.own()[kind].one(c, str(ref))
        if found is None:
            raise Refused("no_leaf", f"没有“{kind} {ref}”；请核对编号。")
        return of_leaf(c, kind, found[2], size)
    row = c.execute(SQL["place_of"], [kind, str(ref)]).fetchone()
    sealed = state(c, size)
    if row is None or row[0] is None or row[1] >= sealed.size:
        raise Refused(
            "not_sealed",
            f"存证日志里还没有“{kind} {ref}”：新写入的内容要等下一次封存（通常不超过一分钟），请稍后再试。",
        )
    return _proof(kind, row[0], row[1], sealed)


def told(c: psycopg.Connection[Any], kind: str, ref: str) -> tuple[str | None, bytes | None]:
    """Document and salt of one leaf by what it tells of; both None if it was erased or is not there."""
    if kind in entries.own():
        found = entries.own()[kind].one(c, ref)
        return (found[0], found[1]) if found else (None, None)
    row = c.execute(SQL["salt_of"], [kind, ref]).fetchone()
    read = entries.sources().get(kind)
    document = read(c, ref) if row and row[0] and read else None
    return (entries.canonical(document).decode(), row[0]) if document and row else (None, None)


def growth(c: psycopg.Connection[Any], old: int, size: int | None = None) -> dict[Algorithm, list[bytes]]:
    """That the trees of `size` leaves begin with those of `old`. Refused: no such sizes."""
    sealed = state(c, size)
    if not 0 <= old <= sealed.size:
        raise Refused("log_size", f"存证日志只有 {sealed.size} 条，没有 {old} 条时的状态；请核对检查点。")
    return {a: merkle.consistency_proof(a, old, sealed.size, Tree(a).nodes()) for a in ALGORITHMS}


def state(c: psycopg.Connection[Any], size: int | None = None) -> Sealed:
    """The trees at a checkpoint; None: the newest. Refused: there is none of that size."""
    sealed = last(c) if size is None else of_size(c, size)
    if sealed is None:
        raise Refused("log_size", f"没有第 {size} 条处的检查点；请用已公布的检查点里的条数。")
    return sealed
