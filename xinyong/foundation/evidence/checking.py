"""Verify: does the database still say what the trees were told, and are the trees those that were signed?

The attacker in mind is a database administrator who also holds the signing key: every row can be changed, the trees
rebuilt and signed again. What stays out of reach is a checkpoint that somebody else has: on a printed report, with
the witness, in a subject's hands. So `verify` takes such checkpoints too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

import psycopg

from xinyong.foundation.evidence import entries
from xinyong.foundation.evidence.sealing import SQL, Sealed, last
from xinyong.foundation.evidence.store import Tree
from xinyong.kernel import merkle
from xinyong.kernel.checkpoints import Checkpoint
from xinyong.kernel.merkle import ALGORITHMS, Algorithm
from xinyong.kernel.tiles import HASH

PIECE = 100_000  # hashes read at a time


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was sealed. `kind`: changed missing surplus tree signature checkpoint."""

    kind: str
    what: str
    sentence: str


@dataclass(slots=True)
class Result:
    size: int
    checked: int = 0
    erased: int = 0
    unsealed: int = 0
    unsealed_since: datetime | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.findings


def verify(
    c: psycopg.Connection[Any],
    signed_by_us: Callable[[str, Algorithm], bool],
    witnessed: Sequence[tuple[Algorithm, Checkpoint]] = (),
    progress: Callable[[int], None] = lambda done: None,
) -> Result:
    """Everything sealed, against the database; in one snapshot. `witnessed`: checkpoints kept by others."""
    with c.transaction():
        c.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        sealed = last(c)
        result = Result(sealed.size)
        for algorithm in ALGORITHMS:
            result.findings += _tree(algorithm, sealed, signed_by_us)
        for algorithm, checkpoint in witnessed:
            result.findings += _witness(algorithm, checkpoint, sealed)
        _entries(c, sealed, result, progress)
        row = c.execute(SQL["waiting"]).fetchone()
        assert row is not None
        result.unsealed, result.unsealed_since = row
    return result


def _tree(
    algorithm: Algorithm, sealed: Sealed, signed_by_us: Callable[[str, Algorithm], bool]
) -> Iterator[Finding]:
    """The leaf hashes on disk give the signed root."""
    if not sealed.size:
        return
    tree, size, edge = Tree(algorithm), 0, []
    while size < sealed.size:
        data = tree.leaf_hashes(size, min(PIECE, sealed.size - size))
        hashes = [data[i : i + HASH] for i in range(0, len(data) - HASH + 1, HASH)]
        if not hashes:
            break
        edge, _ = merkle.grow(algorithm, size, edge, hashes)
        size += len(hashes)
    if size < sealed.size or merkle.root_of_edge(algorithm, edge) != sealed.roots[algorithm]:
        yield Finding(
            "tree",
            algorithm,
            f"存证日志的 {algorithm} 树与第 {sealed.size} 条处的检查点不符：树的文件被改动或截断。",
        )
    if not signed_by_us(sealed.notes[algorithm], algorithm):
        yield Finding("signature", algorithm, f"第 {sealed.size} 条处的检查点（{algorithm}）签名无效。")


def _witness(algorithm: Algorithm, checkpoint: Checkpoint, sealed: Sealed) -> Iterator[Finding]:
    """A checkpoint kept elsewhere must be the state these trees had then."""
    then = f"{checkpoint.size} 条"
    if checkpoint.size > sealed.size:
        yield Finding(
            "checkpoint",
            then,
            f"外部留存的检查点有 {then}，本库的存证日志只有 {sealed.size} 条：有内容被删去。",
        )
    elif merkle.root(algorithm, checkpoint.size, Tree(algorithm).nodes()) != checkpoint.root:
        yield Finding(
            "checkpoint",
            then,
            f"本库的存证日志在 {then}处的状态与外部留存的检查点不同：此前的内容被改动后重新封存。",
        )


def _entries(
    c: psycopg.Connection[Any], sealed: Sealed, result: Result, progress: Callable[[int], None]
) -> None:
    tree, expected = Tree("sha256"), 0
    for entry in c.execute(SQL["entries_sealed"], {"size": sealed.size}).fetchall():
        id, kind, ref, salt, leaf, first, count = entry
        if first != expected:
            result.findings.append(_gap(expected, first))
        expected = first + count
        result.checked += count
        if id is None:
            result.findings.append(
                Finding("missing", f"第 {first} 条", f"存证登记第 {first} 条起的 {count} 条内容被删去。")
            )
        elif leaf is not None:
            result.findings += _one(c, tree, kind, ref, salt, leaf, first)
        else:
            found, erased = _many(c, tree, kind, ref, first, count)
            result.findings += found
            result.erased += erased
        progress(result.checked)
    if expected != sealed.size:
        result.findings.append(_gap(expected, sealed.size))


def _gap(start: int, end: int) -> Finding:
    return Finding(
        "missing",
        f"第 {start} 条",
        f"存证日志第 {start} 至 {end - 1} 条在数据库里没有登记：登记被删去或改动。",
    )


def _one(
    c: psycopg.Connection[Any], tree: Tree, kind: str, ref: str, salt: bytes, leaf: bytes, index: int
) -> Iterator[Finding]:
    if _tree_hash(kind, leaf) != tree.leaf_hashes(index, 1):
        yield Finding("changed", f"{kind} {ref}", f"“{kind} {ref}”的存证登记被改动（日志第 {index} 条）。")
        return
    read = entries.sources().get(kind)
    document = read(c, ref) if read else None
    if document is None:
        yield Finding(
            "missing", f"{kind} {ref}", f"“{kind} {ref}”已封存（日志第 {index} 条），数据库里却没有了。"
        )
    elif entries.leaf(salt, entries.canonical(document)) != leaf:
        yield Finding(
            "changed", f"{kind} {ref}", f"“{kind} {ref}”与封存时不同（日志第 {index} 条）：内容被改动。"
        )


def _many(
    c: psycopg.Connection[Any], tree: Tree, kind: str, ref: str, first: int, count: int
) -> tuple[list[Finding], int]:
    """Rows of a batch: (line, document or None, salt or None, leaf), in the order they were sealed in."""
    findings: list[Finding] = []
    at = erased = 0
    rows = entries.sources()[f"{kind}s"](c, ref)
    while piece := list(islice(rows, PIECE)):
        hashes = tree.leaf_hashes(first + at, min(len(piece), count - at))
        for i, (line, document, salt, leaf) in enumerate(piece):
            if _tree_hash(kind, leaf) != hashes[i * HASH : (i + 1) * HASH]:
                findings.append(_row_changed(kind, ref, line, first + at + i))
                return findings, erased  # what follows is shifted: one finding says where it begins
            if document is None:
                erased += 1
            elif entries.leaf(salt, document) != leaf:
                findings.append(_row_changed(kind, ref, line, first + at + i))
        at += len(piece)
    if at != count:
        findings.append(
            Finding(
                "missing", f"{kind} {ref}", f"批次 {ref} 封存时有 {count} 条，现在有 {at} 条：有记录被删去。"
            )
        )
    return findings, erased


def _row_changed(kind: str, ref: str, line: int, index: int) -> Finding:
    return Finding(
        "changed",
        f"{kind} {ref}:{line}",
        f"批次 {ref} 第 {line} 行的记录与封存时不同（日志第 {index} 条）：内容被改动或有行被增删。",
    )


def _tree_hash(kind: str, leaf: bytes) -> bytes:
    return merkle.leaf_hashes("sha256", [entries.tree_leaf(kind, leaf)])[0]
