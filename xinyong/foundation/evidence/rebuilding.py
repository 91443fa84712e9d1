"""The trees' files can be made again from the database: after a restore, or if the disk lost them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import psycopg

from xinyong.foundation.evidence import entries
from xinyong.foundation.evidence.sealing import LOCK, SQL, Sealed, last, publish
from xinyong.foundation.evidence.store import Tree, note_places
from xinyong.kernel import merkle
from xinyong.kernel.errors import Fault
from xinyong.kernel.merkle import ALGORITHMS

PIECE = 200_000


def rebuild(c: psycopg.Connection[Any]) -> Sealed:
    """Both trees from the sealed entries. Fault: they do not give the signed roots, so something was changed."""
    with c.transaction():
        c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        sealed = last(c)
        edges: dict[str, list[bytes]] = {a: [] for a in ALGORITHMS}
        size, leaves = 0, _leaves(c, sealed.size)
        while piece := list(islice(leaves, PIECE)):
            inputs = [entries.tree_leaf(kind, leaf) for kind, leaf in piece]
            for a in ALGORITHMS:
                edges[a], levels = merkle.grow(a, size, edges[a], merkle.leaf_hashes(a, inputs))
                Tree(a).write(levels)
            note_places(size, [leaf for _, leaf in piece])
            size += len(piece)
        if any(merkle.root_of_edge(a, edges[a]) != sealed.roots[a] for a in ALGORITHMS):
            raise Fault(
                "evidence_changed",
                f"由数据库重建的存证日志与第 {sealed.size} 条处的检查点不符；数据库内容在封存后被改动，"
                "请保留现场，用 xinyong ledger verify 查看在哪里。",
            )
    publish(sealed)
    return sealed


def _leaves(c: psycopg.Connection[Any], size: int) -> Iterator[tuple[str, bytes]]:
    for _, kind, ref, _, leaf, _, _ in c.execute(SQL["entries_sealed"], {"size": size}).fetchall():
        if leaf is not None:
            yield kind, leaf
        elif kind is not None:
            for row in entries.sources()[kind](c, ref):
                yield kind, row
