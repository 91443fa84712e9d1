"""Eight-byte digests that tell a new row from a known one without asking the database row by row.

A digest only ever *clears* a row: unknown key, hence new; same key and same row, hence unchanged.
Everything else is compared by the real key and the real values.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl
import polars_hash as plh

U64 = npt.NDArray[np.uint64]
I32 = npt.NDArray[np.int32]
REVOKED_ROW = np.uint64(0)


def digest_expr(column: str) -> pl.Expr:
    """XXH3-64 of a text column; never 0, which marks a revoked row."""
    h = plh.col(column).nchash.xxh3_64()
    return pl.when(h == 0).then(pl.lit(1, dtype=pl.UInt64)).otherwise(h)


def record_id_expr(key: str, decided: str | None) -> pl.Expr:
    """32 digits: the decision's day (65,536 + days since 1970, eight decimal digits), then 24 of SHA-256 of the key.

    The date in front keeps a month's records close together in the index.
    `decided` may be given only where the date is part of the key.
    """
    tail = plh.col(key).chash.sha2_256().str.slice(0, 24)
    if decided is None:
        return pl.concat_str([pl.lit("00000000"), tail])
    day = pl.col(decided).fill_null(pl.date(1970, 1, 1)).cast(pl.Int32) + 0x10000
    return pl.concat_str([day.cast(pl.String).str.zfill(8), tail])


@dataclass(slots=True)
class Block:
    """Digests of one or more batches, sorted by key, each key once.

    For records: key → digest of the newest row (0: revoked). For documents: document → key of its record.
    `borns` and `lines` say where the row stands.
    """

    born: int
    keys: U64
    rows: U64
    borns: I32
    lines: I32

    @staticmethod
    def build(born: int, keys: U64, rows: U64, lines: I32) -> Block:
        """Of equal keys the last one given counts."""
        newest, at = np.unique(keys[::-1], return_index=True)
        place = len(keys) - 1 - at
        return Block(born, newest, rows[place], np.full(len(newest), born, np.int32), lines[place])

    def to_bytes(self) -> bytes:
        return b"".join(a.tobytes() for a in (self.keys, self.rows, self.borns, self.lines))

    @staticmethod
    def from_bytes(born: int, count: int, raw: bytes) -> Block:
        keys = np.frombuffer(raw, np.uint64, count)
        rows = np.frombuffer(raw, np.uint64, count, 8 * count)
        borns = np.frombuffer(raw, np.int32, count, 16 * count)
        return Block(born, keys, rows, borns, np.frombuffer(raw, np.int32, count, 20 * count))


@dataclass(slots=True)
class Known:
    """All blocks of an item, oldest first. A key's newest block speaks for it."""

    blocks: list[Block] = field(default_factory=list)

    def add(self, block: Block) -> None:
        if len(block.keys):
            self.blocks.append(block)

    def look_up(self, keys: U64) -> tuple[npt.NDArray[np.bool_], U64]:
        """For each key: is it known, and what its newest entry says (0 where unknown or revoked)."""
        found = np.zeros(len(keys), bool)
        rows = np.zeros(len(keys), np.uint64)
        order = np.argsort(keys, kind="stable")  # neighbours in the query are neighbours in the block
        ordered = keys[order]
        for block in reversed(self.blocks):
            hit, at = _search(block.keys, ordered)
            fresh = hit & ~found[order]
            rows[order[fresh]] = block.rows[at[fresh]]
            found[order[fresh]] = True
        return found, rows

    def place(self, key: int) -> tuple[int, int] | None:
        """(born, line) of a key's newest entry."""
        for block in reversed(self.blocks):
            at = int(np.searchsorted(block.keys, np.uint64(key)))
            if at < len(block.keys) and block.keys[at] == key:
                return int(block.borns[at]), int(block.lines[at])
        return None

    def all_rows(self) -> Block | None:
        """Everything as one block."""
        return merge(self.blocks) if self.blocks else None


def _search(block: U64, ordered: U64) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Positions of `ordered` in a sorted block."""
    at = np.minimum(np.searchsorted(block, ordered), len(block) - 1)
    return block[at] == ordered, at


def merge(blocks: list[Block]) -> Block:
    """One block that answers as all of them do, oldest first."""
    keys = np.concatenate([b.keys for b in reversed(blocks)])
    newest, first = np.unique(keys, return_index=True)
    rows = np.concatenate([b.rows for b in reversed(blocks)])[first]
    borns = np.concatenate([b.borns for b in reversed(blocks)])[first]
    lines = np.concatenate([b.lines for b in reversed(blocks)])[first]
    return Block(blocks[-1].born, newest, rows, borns, lines)
