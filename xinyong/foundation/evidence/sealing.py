"""Sealing: what is committed and not yet in the trees goes in, and a signed checkpoint says so.

The order of events is chosen for a crash at any point: hashes are on disk before the checkpoint's row commits, and the
row before the note is published. Whatever of the first is left over is written over by the next sealing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.foundation import home, named_sql
from xinyong.foundation.evidence import entries
from xinyong.foundation.evidence.store import Tree, note_places
from xinyong.kernel import merkle
from xinyong.kernel.checkpoints import Checkpoint
from xinyong.kernel.errors import Fault
from xinyong.kernel.merkle import ALGORITHMS, Algorithm

SQL = named_sql.load(Path(__file__).parent / "sql" / "evidence.sql")
LOCK = 7_201_501_530
MOST = 2_000_000  # leaves in one checkpoint, and what its last entry brings: the rest waits for the next

Sign = Callable[[Checkpoint], str]  # gives the signed note


@dataclass(frozen=True, slots=True)
class Sealed:
    """The state of both trees."""

    size: int
    roots: dict[Algorithm, bytes]
    horizon: str  # transactions below it are sealed …
    whole: bool  # … unless there were more than MOST leaves
    at: datetime | None
    notes: dict[Algorithm, str]


NOTHING = Sealed(0, {a: merkle.empty_root(a) for a in ALGORITHMS}, "0", True, None, {})


@dataclass(slots=True)
class Batch:
    """Leaves on their way in, and which entry they belong to."""

    leaves: list[bytes] = field(default_factory=list)  # 32 bytes each
    inputs: list[bytes] = field(default_factory=list)  # what the trees hash
    ranges: list[tuple[int, int, int]] = field(default_factory=list)  # entry, first, count

    def add(self, entry: int, first: int, kind: str, leaves: list[bytes]) -> None:
        head = kind.encode() + b"\0"
        self.ranges.append((entry, first + len(self.leaves), len(leaves)))
        self.leaves += leaves
        self.inputs += [head + leaf for leaf in leaves]


def last(c: psycopg.Connection[Any]) -> Sealed:
    row = c.execute(SQL["last"]).fetchone()
    return _sealed(row) if row else NOTHING


def of_size(c: psycopg.Connection[Any], size: int) -> Sealed | None:
    row = c.execute(SQL["checkpoint"], [size]).fetchone()
    return _sealed(row) if row else None


def _sealed(row: tuple[Any, ...]) -> Sealed:
    size, sha256, sm3, horizon, whole, at, note_sha256, note_sm3 = row
    notes: dict[Algorithm, str] = {"sha256": note_sha256, "sm3": note_sm3}
    return Sealed(size, {"sha256": sha256, "sm3": sm3}, horizon, whole, at, notes)


def seal(c: psycopg.Connection[Any], now: datetime, origin: str, sign: Sign) -> Sealed | None:
    """Seal what waits, up to MOST leaves; None if nothing does or somebody else is at it.

    One transaction; the caller's connection must not be in one already, or its own entries stay out.
    """
    with c.transaction():
        locked = c.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK]).fetchone()
        if not (locked and locked[0]):
            return None
        before = last(c)
        waiting, horizon = _waiting(c, before)
        batch, whole = _collected(c, waiting, before.size)
        if not batch.ranges:
            return None
        roots = {a: _grown(a, before.size, batch.inputs) for a in ALGORITHMS}
        note_places(before.size, batch.leaves)
        size = before.size + len(batch.leaves)
        notes = {a: sign(_checkpoint(origin, a, size, roots[a], now)) for a in ALGORITHMS}
        sealed = Sealed(size, roots, horizon, whole, now, notes)
        _note(c, batch, sealed)
    publish(sealed)
    return sealed


def _checkpoint(origin: str, algorithm: Algorithm, size: int, root: bytes, now: datetime) -> Checkpoint:
    return Checkpoint(origin_of(origin, algorithm), size, root, (f"time {now.isoformat()}",))


def origin_of(origin: str, algorithm: Algorithm) -> str:
    return origin if algorithm == "sha256" else f"{origin}/{algorithm}"


def _waiting(c: psycopg.Connection[Any], before: Sealed) -> tuple[list[Any], str]:
    row = c.execute(SQL["horizon"], {"last": before.horizon}).fetchone()
    assert row is not None
    horizon, ours = row
    name = "unsealed" if ours and before.whole else "unsealed_one_by_one"
    return c.execute(SQL[name], {"last": before.horizon, "horizon": horizon}).fetchall(), horizon


def _collected(c: psycopg.Connection[Any], waiting: list[Any], size: int) -> tuple[Batch, bool]:
    """Leaves of whole entries, and whether that was all of them."""
    batch = Batch()
    for done, (entry, kind, ref, leaf) in enumerate(waiting):
        if len(batch.leaves) >= MOST:
            return batch, done == len(waiting)
        leaves = [leaf] if leaf is not None else list(entries.sources()[kind](c, ref))
        batch.add(entry, size, kind, leaves)
    return batch, True


def _grown(algorithm: Algorithm, size: int, inputs: list[bytes]) -> bytes:
    tree = Tree(algorithm)
    if tree.held() < size:
        raise Fault(
            "evidence_lost",
            f"存证日志的文件不全（{algorithm} 树缺少已封存的内容）；请运行 xinyong ledger rebuild 由数据库重建。",
        )
    edge = merkle.edge_of(size, tree.nodes())
    edge, levels = merkle.grow(algorithm, size, edge, merkle.leaf_hashes(algorithm, inputs))
    tree.write(levels)
    return merkle.root_of_edge(algorithm, edge)


def _note(c: psycopg.Connection[Any], batch: Batch, s: Sealed) -> None:
    with c.cursor() as cursor, cursor.copy(SQL["sealed_entry"]) as copy:
        for row in batch.ranges:
            copy.write_row(row)
    roots = [s.roots["sha256"], s.roots["sm3"]]
    c.execute(
        SQL["add_checkpoint"], [s.size, s.at, *roots, s.horizon, s.whole, s.notes["sha256"], s.notes["sm3"]]
    )


def publish(s: Sealed) -> None:
    """The newest notes as files, for whoever serves or copies them."""
    for algorithm, note in s.notes.items():
        path = home.folder("evidence", algorithm) / "checkpoint"
        path.with_suffix(".new").write_text(note, "utf-8")
        path.with_suffix(".new").replace(path)
