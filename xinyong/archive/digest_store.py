"""Digest blocks in the database: loaded per item, added per batch, merged so that they stay few."""

from __future__ import annotations

from typing import Any

import psycopg

from xinyong.kernel.digests import Block, Known, merge

RECORDS, DOCUMENTS = "k", "d"
GROWTH = 4  # a block is merged into its elder unless the elder is this much larger


def load(c: psycopg.Connection[Any], item: int, kind: str) -> Known:
    known = Known()
    with c.cursor(binary=True) as cursor:
        cursor.execute(
            "SELECT born, rows, digests FROM digest_block WHERE item = %s AND kind = %s ORDER BY born",
            [item, kind],
        )
        for born, rows, raw in cursor:
            known.add(Block.from_bytes(born, rows, raw))
    return known


def add(c: psycopg.Connection[Any], item: int, kind: str, block: Block, sizes: list[tuple[int, int]]) -> None:
    """Store a batch's block. `sizes`: (born, rows) of what is stored, oldest first."""
    if not len(block.keys):
        return
    swallowed = []
    total = len(block.keys)
    while sizes and sizes[-1][1] < GROWTH * total:
        born, rows = sizes.pop()
        swallowed.append(born)
        total += rows
    if swallowed:
        elders = [b for b in load(c, item, kind).blocks if b.born in swallowed]
        block = merge([*elders, block])
        c.execute(
            "DELETE FROM digest_block WHERE item = %s AND kind = %s AND born = ANY(%s)",
            [item, kind, swallowed],
        )
    _insert(c, item, kind, block)


def _insert(c: psycopg.Connection[Any], item: int, kind: str, block: Block) -> None:
    c.execute(
        "INSERT INTO digest_block (item, kind, born, rows, digests) VALUES (%s, %s, %s, %s, %b)",
        [item, kind, block.born, len(block.keys), block.to_bytes()],
    )
