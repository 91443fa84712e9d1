"""Does the way from a subject to its records (`subject_records`) still lead to all of them?

It is derived and in no leaf, but who takes a row from it hides records. So each record version's subject, item and id
must be found there. Millions are compared by hashes under a key drawn for the occasion: nobody can prepare for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg

Rows = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]
WORDS = 7  # of four bytes: record 16, item 2 and two zeros, subject 8
SELECT = "SELECT subject, item, records FROM subject_records"
# As COPY sends a row: count 2, then each field after its length 4; an array begins with 20 bytes of its own.
SUBJECT, ITEM, IDS, ID = slice(6, 14), slice(18, 20), 44, 20
REVOKED = ord("R")
HIDDEN = """
SELECT v.born, v.line, replace(v.record_id::text, '-', '') FROM record_version v WHERE v.kind <> 'R' AND v.subject <> 0
  AND NOT EXISTS (SELECT 1 FROM subject_records r WHERE r.subject = v.subject AND r.item = v.item
                  AND v.record_id = ANY(r.records)) ORDER BY v.born, v.line LIMIT %s
"""


class Posted:
    """`add` what record versions say, then ask whether the way leads there."""

    def __init__(self) -> None:
        self.key = np.frombuffer(os.urandom(2 * WORDS * 8), np.uint64).reshape(2, WORDS)
        self.wanted: list[Hashes] = []

    def add(self, records: Rows, items: Rows, subjects: Rows) -> None:
        """Bytes as the server sends them, a row each."""
        self.wanted.append(self._hashed(records, items, subjects))

    def _hashed(self, records: Rows, items: Rows, subjects: Rows) -> Hashes:
        """Two multilinear hashes of 32 bits each: for any two rows they agree once in 2^64 keys."""
        whole = np.zeros((len(records), 4 * WORDS), np.uint8)
        whole[:, :16], whole[:, 16:18], whole[:, 20:] = records, items, subjects
        words = whole.view(np.uint32)
        high, low = np.zeros(len(words), np.uint64), np.zeros(len(words), np.uint64)
        for n in range(WORDS):
            word = words[:, n].astype(np.uint64)
            high += word * self.key[0, n]
            low += word * self.key[1, n]
        return (high >> np.uint64(32) << np.uint64(32)) | (low >> np.uint64(32))

    def whole(self, pieces: Iterator[list[bytes]]) -> bool:
        """Whether everything that was added is among the rows of SELECT, as COPY sends them."""
        if not self.wanted:
            return True
        found = [self._of(rows) for rows in pieces]
        there = np.sort(np.concatenate(found)) if found else np.empty(0, np.uint64)
        wanted = np.sort(np.concatenate(self.wanted))  # in order the search stays in the cache
        if not len(wanted) or not len(there):
            return not len(wanted)
        at = np.minimum(np.searchsorted(there, wanted), len(there) - 1)
        return bool((there[at] == wanted).all())

    def _of(self, rows: Sequence[bytes]) -> Hashes:
        sizes = np.fromiter(map(len, rows), np.int64, len(rows))
        raw = np.frombuffer(b"".join(rows), np.uint8)
        starts, counts = np.cumsum(sizes) - sizes, np.maximum(0, sizes - IDS) // ID
        starts, counts = starts[counts > 0], counts[counts > 0]
        each = np.repeat(starts, counts)
        within = np.arange(len(each)) - np.repeat(np.cumsum(counts) - counts, counts)
        records = raw[(each + IDS + 4 + ID * within)[:, None] + np.arange(16)]
        items, subjects = (
            np.repeat(raw[starts[:, None] + np.arange(f.start, f.stop)], counts, axis=0)
            for f in (ITEM, SUBJECT)
        )
        return self._hashed(records, items, subjects)


def hidden(c: psycopg.Connection[Any], most: int) -> list[tuple[int, int, str]]:
    """Batch, line and id of record versions that the way does not lead to. Slow: only once it is known that there are any."""
    return c.execute(HIDDEN, [most]).fetchall()
