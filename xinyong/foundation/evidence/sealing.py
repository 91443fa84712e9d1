"""Sealing: what is committed and not yet in the trees goes in, and a signed checkpoint says so.

The order of events is chosen for a crash at any point: hashes are on disk before the checkpoint's row commits, and the
row before the note is published. Whatever of the first is left over is written over by the next sealing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from xinyong.foundation import home, locks, named_sql
from xinyong.foundation.evidence import entries, trees
from xinyong.foundation.evidence.own import Reach, refs
from xinyong.foundation.evidence.store import Tree, note_places
from xinyong.kernel import merkle
from xinyong.kernel.checkpoints import Checkpoint
from xinyong.kernel.errors import Fault
from xinyong.kernel.merkle import ALGORITHMS, Algorithm
from xinyong.kernel.tiles import HASH

SQL = named_sql.load(Path(__file__).parent / "sql" / "evidence.sql")
LOCK = locks.SEALING
MOST = 2_000_000  # leaves in one checkpoint, and what its last entry brings: the rest waits for the next
AT_ONCE = 200  # older entries closed in one sealing
SALT = 16

Sign = Callable[[Checkpoint], str]  # gives the signed note


@dataclass(frozen=True, slots=True)
class Sealed:
    """The state of both trees. `number`: of the checkpoint, counted from 1."""

    number: int
    size: int
    roots: dict[Algorithm, bytes]
    horizon: str  # transactions below it are sealed …
    whole: bool  # … unless there were more than MOST leaves
    reach: dict[str, Reach]  # how far each table of its own is sealed
    at: datetime | None
    notes: dict[Algorithm, str]


NOTHING = Sealed(0, 0, {a: merkle.empty_root(a) for a in ALGORITHMS}, "0", True, {}, None, {})


@dataclass(slots=True)
class Batch:
    """Leaves on their way in, and which entry they belong to."""

    size: int = 0
    runs: list[tuple[str, list[bytes]]] = field(
        default_factory=list
    )  # kind, and parts with 32 bytes for each leaf
    ranges: list[tuple[int, int, int]] = field(default_factory=list)  # entry, first, count

    def add(self, entry: int, first: int, kind: str, leaves: bytes) -> None:
        count = len(leaves) // HASH
        self.ranges.append((entry, first + self.size, count))
        self.size += count
        if self.runs and self.runs[-1][0] == kind:
            self.runs[-1][1].append(leaves)
        else:
            self.runs.append((kind, [leaves]))

    @property
    def leaves(self) -> bytes:
        return b"".join(part for _, parts in self.runs for part in parts)


def last(c: psycopg.Connection[Any]) -> Sealed:
    row = c.execute(SQL["last"]).fetchone()
    return of_row(row) if row else NOTHING


def of_size(c: psycopg.Connection[Any], size: int) -> Sealed | None:
    row = c.execute(SQL["checkpoint"], [size]).fetchone()
    return of_row(row) if row else None


def numbered(c: psycopg.Connection[Any], number: int) -> Sealed | None:
    row = c.execute(SQL["numbered"], [number]).fetchone()
    return of_row(row) if row else None


def newest(c: psycopg.Connection[Any], upto: int, limit: int) -> list[Sealed]:
    """Up to `limit` checkpoints with numbers up to `upto`, newest first."""
    return [of_row(row) for row in c.execute(SQL["page"], {"number": upto, "limit": limit}).fetchall()]


def of_row(row: tuple[Any, ...]) -> Sealed:
    number, size, sha256, sm3, horizon, whole, reach, at, note_sha256, note_sm3 = row
    notes: dict[Algorithm, str] = {"sha256": note_sha256, "sm3": note_sm3}
    reached = {kind: Reach.of_json(raw) for kind, raw in reach.items()}
    return Sealed(number, size, {"sha256": sha256, "sm3": sm3}, horizon, whole, reached, at, notes)


def unsealed(c: psycopg.Connection[Any]) -> tuple[int, datetime | None]:
    """How many leaves no checkpoint covers yet (a batch of records counts once), and how old the oldest is."""
    before = last(c)
    row = c.execute(SQL["horizon"], {"last": before.horizon}).fetchone()
    assert row is not None
    name = "waiting_since" if row[1] and before.whole else "waiting"
    counts = [c.execute(SQL[name], {"last": before.horizon}).fetchone()]
    counts += [t.waiting(c, before.reach.get(kind, Reach())) for kind, t in entries.own().items()]
    found = [(n, since) for n, since in filter(None, counts) if n]
    return sum(n for n, _ in found), min((since for _, since in found), default=None)


def passed(c: psycopg.Connection[Any], sealed: Sealed, most: int) -> list[tuple[str, str]]:
    """(kind, reference) of entries that sealing has passed by and will not take up: not written by the application."""
    row = c.execute(SQL["horizon"], {"last": sealed.horizon}).fetchone()
    assert row is not None
    asked = {"last": sealed.horizon, "settled": row[1] and sealed.whole, "limit": most}
    return c.execute(SQL["passed"], asked).fetchall()


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
        batch, whole = _collected(c, waiting, before.size, now)
        reach = _rows(c, batch, before, now)
        if not batch.ranges:
            return None
        roots = _grown(before.size, batch)
        note_places(before.size, batch.leaves)
        size = before.size + batch.size
        notes = {a: sign(_checkpoint(origin, a, size, roots[a], now)) for a in ALGORITHMS}
        sealed = Sealed(before.number + 1, size, roots, horizon, whole, reach, now, notes)
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


def _collected(
    c: psycopg.Connection[Any], waiting: list[Any], size: int, now: datetime
) -> tuple[Batch, bool]:
    """Leaves of whole entries with what closes them, and whether that was all of them."""
    batch, done, closed = Batch(), 0, _unclosed(c)
    for entry, kind, ref, leaf in waiting:
        if batch.size >= MOST:
            break
        batch.add(entry, size, kind, leaf if leaf is not None else _leaves(c, kind, ref, closed))
        done += 1
    for kind, ref, document in closed:
        salt = os.urandom(SALT)
        leaf = entries.leaf(salt, entries.canonical(document))
        row = c.execute(SQL["add_closing"], [now, kind, ref, salt, leaf]).fetchone()
        assert row is not None
        batch.add(row[0], size, kind, leaf)
    return batch, done == len(waiting)


Closed = list[tuple[str, str, entries.Document]]  # kind, reference, document


def _leaves(c: psycopg.Connection[Any], kind: str, ref: str, closed: Closed) -> bytes:
    closing = entries.closings().get(kind)
    if closing is None:
        leaves: bytes = entries.sources()[kind](c, ref)
        return leaves
    leaves, document = closing.seal(c, ref)
    closed.append((closing.kind, ref, document))
    return leaves


def _unclosed(c: psycopg.Connection[Any]) -> Closed:
    """Entries of many leaves that were sealed before such entries were closed."""
    found: Closed = []
    rows = 0
    for kind, closing in entries.closings().items():
        asked = {"kind": kind, "closing": closing.kind, "limit": AT_ONCE}
        for (ref,) in c.execute(SQL["unclosed"], asked).fetchall():
            try:
                leaves, document = closing.seal(c, ref)
            except ValueError:  # changed beyond reading behind our back: verify names it, sealing goes on
                continue
            found.append((closing.kind, ref, document))
            rows += len(leaves) // HASH
            if rows >= MOST:
                return found
    return found


def _rows(c: psycopg.Connection[Any], batch: Batch, before: Sealed, now: datetime) -> dict[str, Reach]:
    """Take up what tables of their own have gained. Returns how far they are sealed with it."""
    reach = dict(before.reach)
    for kind, table in entries.own().items():
        reached = reach.get(kind, Reach())
        fresh = table.fresh(c, reached, max(0, MOST - batch.size))
        if not fresh:
            continue
        at, numbers = 0, [n for n, _ in fresh]
        for ref, count in refs(numbers):
            row = c.execute(SQL["add_rows"], [now, kind, ref]).fetchone()
            assert row is not None
            batch.add(row[0], before.size, kind, b"".join(leaf for _, leaf in fresh[at : at + count]))
            at += count
        reach[kind] = reached.after(numbers, now.date())
    return reach


def _grown(size: int, batch: Batch) -> dict[Algorithm, bytes]:
    """Both trees with the batch, on disk; their roots."""
    for algorithm in ALGORITHMS:
        if Tree(algorithm).held() < size:
            raise Fault(
                "evidence_lost",
                f"存证日志的文件不全（{algorithm} 树缺少已封存的内容）；请运行 xinyong ledger rebuild 由数据库重建。",
            )
    runs = [(kind, b"".join(parts)) for kind, parts in batch.runs]
    return trees.grow(size, runs)


def _note(c: psycopg.Connection[Any], batch: Batch, s: Sealed) -> None:
    with c.cursor() as cursor, cursor.copy(SQL["sealed_entry"]) as copy:
        for row in batch.ranges:
            copy.write_row(row)
    roots = [s.roots["sha256"], s.roots["sm3"]]
    reach = Jsonb({kind: reached.as_json() for kind, reached in s.reach.items()})
    notes = [s.notes["sha256"], s.notes["sm3"]]
    c.execute(SQL["add_checkpoint"], [s.number, s.size, s.at, *roots, s.horizon, s.whole, reach, *notes])


def publish(s: Sealed) -> None:
    """The newest notes as files, for whoever serves or copies them."""
    for algorithm, note in s.notes.items():
        path = home.folder("evidence", algorithm) / "checkpoint"
        path.with_suffix(".new").write_text(note, "utf-8")
        path.with_suffix(".new").replace(path)
