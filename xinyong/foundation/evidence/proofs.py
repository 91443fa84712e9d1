"""Proofs that a leaf is in the trees and that the trees only grew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from xinyong.foundation.evidence import audited, entries, store
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
    """Of a digest somebody names. Refused: no such kind, or the log has no such leaf (yet)."""
    found = _found(_known(kind), leaf, state(c, size))
    if found is None:
        raise Refused(
            "no_leaf",
            f"存证日志里没有种类为 {kind} 的这个摘要值；请核对摘要值和种类。刚写入的内容要等下一次封存（通常不超过一分钟）。",
        )
    return found


def of_row(c: psycopg.Connection[Any], what: str, leaf: bytes, size: int | None = None) -> Proof:
    """Of something that is there, `what` being its kind and number with a colon between. Refused: not sealed by then."""
    sealed = state(c, size)
    found = _found(what.partition(":")[0], leaf, sealed)
    if found is None:
        raise _later(c, what, sealed)
    return found


def _found(kind: str, leaf: bytes, sealed: Sealed) -> Proof | None:
    tree = Tree("sha256")
    hash = merkle.leaf_hashes("sha256", [entries.tree_leaf(kind, leaf)])[0]
    at = next((n for n in store.places(leaf, sealed.size) if tree.hashes(0, n, 1) == hash), None)
    return None if at is None else _proof(kind, leaf, at, sealed)


def _later(c: psycopg.Connection[Any], what: str, sealed: Sealed) -> Refused:
    if sealed.size < last(c).size:
        return Refused(
            "not_sealed",
            f"“{what}”不在第 {sealed.size} 条处的检查点里，封存得更晚；请换一个更新的检查点，或不写条数。",
        )
    return Refused(
        "not_sealed",
        f"存证日志里还没有“{what}”：新写入的内容要等下一次封存（通常不超过一分钟），请稍后再试。",
    )


def _proof(kind: str, leaf: bytes, index: int, sealed: Sealed) -> Proof:
    paths: dict[Algorithm, list[bytes]] = {
        a: merkle.inclusion_proof(a, index, sealed.size, Tree(a).nodes()) for a in ALGORITHMS
    }
    return Proof(kind, leaf, index, sealed, paths)


def of_entry(c: psycopg.Connection[Any], kind: str, ref: str | int, size: int | None = None) -> Proof:
    """Of one leaf by what it tells of. Refused: no such kind, not a number, there is none, or it is not sealed yet."""
    name = called(kind, str(ref))
    what = f"{kind}:{name}"
    if kind in entries.own():
        own = entries.own()[kind].one(c, name)
        if own is None:
            raise _nothing(what)
        return of_row(c, what, own[2], size)
    row = c.execute(SQL["place_of"], [kind, name]).fetchone()
    if row is None and not _awaited(c, kind, name):
        raise _nothing(what)
    sealed = state(c, size)
    if row is None or row[0] is None or row[1] >= sealed.size:
        raise _later(c, what, sealed)
    return _proof(kind, row[0], row[1], sealed)


def _nothing(what: str) -> Refused:
    return Refused("no_leaf", f"没有“{what}”；请核对编号。")


def _awaited(c: psycopg.Connection[Any], kind: str, ref: str) -> bool:
    """Whether the next sealing takes it up; what closes an entry comes with that entry."""
    closed = next((k for k, closing in entries.closings().items() if closing.kind == kind), kind)
    return c.execute(SQL["salt_of"], [closed, ref]).fetchone() is not None


def kinds() -> list[str]:
    """Of all that has a leaf."""
    sources = entries.sources()
    single = {kind for kind in sources if kind[:-1] not in sources}  # the others are plurals
    return sorted(single | {closing.kind for closing in entries.closings().values()})


def has_document(kind: str) -> bool:
    """Whether there is a text to its leaf; what closes an entry is made of many rows and has none to give."""
    return kind in entries.sources()


def called(kind: str, ref: str) -> str:
    """The number as the log has it. Refused: no such kind, or it is none of this kind's numbers."""
    table = entries.own().get(_known(kind))
    if kind == "record" or (table is not None and table.name != table.key):
        return ref
    if not ref.isdecimal() or len(ref) >= audited.LONGEST:
        raise Refused("leaf_number", f"“{ref[:40]}”不是 {kind} 的编号，应为数字；写成 {kind}:数字。")
    return str(int(ref))


def _known(kind: str) -> str:
    if kind not in kinds():
        raise Refused("leaf_kind", f"没有“{kind[:40]}”这种存证；可以证明的种类有：{'、'.join(kinds())}。")
    return kind


def told(c: psycopg.Connection[Any], kind: str, ref: str) -> tuple[str | None, bytes | None]:
    """Document and salt of one leaf by what it tells of; both None if it was erased or is not there.

    Refused: no such kind, or not a number.
    """
    ref = called(kind, ref)
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
