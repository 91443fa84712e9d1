"""The evidence log: sealing, proving, verifying. python -m bench.evidence [--rows N] [--leaves N]"""

from __future__ import annotations

import argparse
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench.common import Line, scratch, table, take
from sampledistrict.big import big_registration, big_xzcf

SUBJECTS, SEED, PIECE, PROOFS = 100_000, 1, 500_000, 200


def run(rows: int, leaves: int) -> list[Line]:
    with scratch() as place:
        return [*_sealed_and_verified(place, rows), _proofs(place, leaves)]


def _sealed_and_verified(place: Path, rows: int) -> list[Line]:
    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import database

    book = load_rulebook()
    big_registration(place / "registration.csv", subjects=SUBJECTS, seed=SEED)
    take(place / "registration.csv", "DJZC", book)
    with database.connect_app(autocommit=True) as c:
        _seal(c)
        big_xzcf(place / "penalties.csv", rows=rows, seed=SEED, subjects=SUBJECTS)
        take(place / "penalties.csv", "XZCF", book)
        start = time.perf_counter()
        added = _seal(c)
        sealing = time.perf_counter() - start
        reading, verifying = zip(*(_read_and_verified(c) for _ in range(3)), strict=True)
    return [
        Line("Sealing both trees to disk, signed", f"{added / sealing:,.0f} leaves/s", "", None, "≥ 150,000 leaves/s (goal 300,000)",
             f"{added:,} record versions, from the database to a checkpoint"),
        Line(f"Verifying all against the log, {added:,} records", f"{median(verifying):.2f} s", f"{median(reading):.2f} s",
             median(verifying) / median(reading), "≤ 1.5", "rival: the same rows read by the same connection and thrown away"),
    ]  # fmt: skip


def _seal(c: Any) -> int:
    from xinyong.foundation.evidence import notes, sealing

    now, before = datetime.now(UTC), sealing.last(c).size
    while done := sealing.seal(c, now, notes.origin(), notes.signer(c, now)):
        size = done.size
    return size - before


def _read_and_verified(c: Any) -> tuple[float, float]:
    from xinyong.foundation.evidence import checking

    start = time.perf_counter()
    with c.transaction(), c.cursor(name="read", binary=True) as cursor:
        cursor.itersize = 50_000
        count = sum(1 for _ in cursor.execute("SELECT line, payload, salt, leaf FROM record_version"))
    middle = time.perf_counter()
    result = checking.verify(c, lambda note, algorithm: True)
    end = time.perf_counter()
    if not result.sound or result.checked < count:
        raise AssertionError(f"{result.checked} of {count} checked: {result.findings[:3]}")
    return middle - start, end - middle


def _proofs(place: Path, leaves: int) -> Line:
    """Trees of random leaves in files, as the log keeps them; each proof opens the files anew."""
    from xinyong.foundation.evidence.store import Tree
    from xinyong.kernel import merkle

    tree, size, edge = Tree("sha256", place), 0, []
    for _ in range(0, leaves, PIECE):
        noise = os.urandom(PIECE * 32)
        edge, levels = merkle.grow(
            "sha256", size, edge, [noise[i : i + 32] for i in range(0, len(noise), 32)]
        )
        tree.write(levels)
        size += PIECE
    took = []
    for i in range(PROOFS):
        start = time.perf_counter()
        path = merkle.inclusion_proof("sha256", size * i // PROOFS, size, tree.nodes())
        took.append(time.perf_counter() - start)
        if len(path) < size.bit_length() - 2:
            raise AssertionError("not a proof")
    took.sort()
    return Line(
        f"Inclusion proof at {size:,} leaves",
        f"{median(took) * 1000:.2f} ms (p99 {took[-2] * 1000:.2f})",
        "",
        None,
        "< 2 ms",
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--leaves", type=int, default=10_000_000)
    given = parser.parse_args()
    print(table(run(given.rows, given.leaves)))
