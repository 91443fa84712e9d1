"""Digest blocks in the database: loaded per item, added per batch, merged so that they stay few."""

from __future__ import annotations

from typing import Any

import psycopg

from xinyong.kernel.digests import Block, Known, merge

RECORDS, DOCUMENTS = "k", "d"
WIDTH = {RECORDS: 1, DOCUMENTS: 2}
GROWTH = 4  # a block is merged into its elder unless the elder is this much larger


def load(c: psycopg.Connection[Any], item: int, kind: str) -> Known:
    known = Known(WIDTH[kind])
    with c.cursor(binary=True) as cursor:
        cursor.execute(
            "SELECT born, rows, digests FROM digest_block WHERE item = %s AND kind = %s ORDER BY id",
            [item, kind],
        )
        for born, rows, raw in cursor:
            known.add(Block.from_bytes(born, rows, raw))
    return known


def add(c: psycopg.Connection[Any], item: int, kind: str, known: Known, block: Block) -> None:
    """Store a batch's block; younger and smaller blocks are merged into it, so that few remain."""
    if not len(block.keys):
        return
    elders = list(known.blocks)
    swallowed: list[Block] = []
    while elders and len(elders[-1].keys) < GROWTH * sum(len(b.keys) for b in [*swallowed, block]):
        swallowed.insert(0, elders.pop())
    if swallowed:
        block = merge([*swallowed, block])
        c.execute(
            "DELETE FROM digest_block WHERE item = %s AND kind = %s AND born = ANY(%s)",
            [item, kind, [b.born for b in swallowed]],
        )
    c.execute(
        "INSERT INTO digest_block (item, kind, born, rows, digests) VALUES (%s, %s, %s, %s, %b)",
        [item, kind, block.born, len(block.keys), block.to_bytes()],
    )
