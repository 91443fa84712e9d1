"""The trees' files can be made again from the database: after a restore, or if the disk lost them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from xinyong.foundation.evidence import entries, trees
from xinyong.foundation.evidence.sealing import LOCK, SQL, Sealed, last, publish
from xinyong.foundation.evidence.store import note_places
from xinyong.kernel import merkle
from xinyong.kernel.errors import Fault
from xinyong.kernel.merkle import ALGORITHMS
from xinyong.kernel.tiles import HASH

PIECE = 200_000


def rebuild(c: psycopg.Connection[Any]) -> Sealed:
    """Both trees from the sealed entries. Fault: they do not give the signed roots, so something was changed."""
    with c.transaction():
        c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        sealed = last(c)
        size, roots = 0, {a: merkle.empty_root(a) for a in ALGORITHMS}
        for runs in _pieces(c, sealed.size):
            leaves = b"".join(part for _, part in runs)
            roots = trees.grow(size, runs)
            note_places(size, leaves)
            size += len(leaves) // HASH
        if roots != sealed.roots:
            raise Fault(
                "evidence_changed",
                f"由数据库重建的存证日志与第 {sealed.size} 条处的检查点不符；数据库内容在封存后被改动，"
                "请保留现场，用 xinyong ledger verify 查看在哪里。",
            )
    publish(sealed)
    return sealed


def _pieces(c: psycopg.Connection[Any], size: int) -> Iterator[list[tuple[str, bytes]]]:
    """Runs of leaves of one kind, about PIECE leaves at a time."""
    piece: list[tuple[str, list[bytes]]] = []
    held = 0
    for _, kind, ref, _, leaf, _, count in c.execute(SQL["entries_sealed"], {"size": size}).fetchall():
        if kind is None:
            continue  # the entry was removed: the roots will not be the signed ones
        if not piece or piece[-1][0] != kind:
            piece.append((kind, []))
        piece[-1][1].append(leaf if leaf is not None else entries.sources()[kind](c, ref))
        held += count
        if held >= PIECE:
            yield [(k, b"".join(parts)) for k, parts in piece]
            piece, held = [], 0
    if piece:
        yield [(k, b"".join(parts)) for k, parts in piece]
