"""Which records stand under a document. Nearly always one; further ones are chained behind it."""

from __future__ import annotations

import numpy as np

from xinyong.kernel.digests import U64, Known, join_id

STEP = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1


def place(documents: U64, nth: int) -> U64:
    """Where the digest blocks keep the nth record (from 0) of each document."""
    return documents + np.uint64(nth * STEP & MASK)


class Documents:
    """Record ids by document digest, in the order they came. Ended and moved records stay in the chain."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.records: dict[int, dict[str, None]] = {}

    def read(self, documents: U64) -> None:
        pending = np.unique(documents)
        self.records |= {d: {} for d in pending.tolist()}
        nth = 0
        while len(pending):
            found, values = self.known.look_up(place(pending, nth))
            pending = pending[found]
            for document, (high, low) in zip(pending.tolist(), values[found].tolist(), strict=True):
                self.records[document][join_id(high, low)] = None
            nth += 1

    def under(self, document: int | None) -> list[str]:
        """Of documents that were read."""
        return list(self.records.get(document, ())) if document is not None else []

    def add(self, document: int | None, record_id: str) -> list[tuple[int, str]]:
        """Chain a record; returns the entry to store: none if it stands there already."""
        if document is None or record_id in (known := self.records.setdefault(document, {})):
            return []
        at = int(place(np.array([document], np.uint64), len(known))[0])
        known[record_id] = None
        return [(at, record_id)]
