"""The evidence log: sealing, proving, verifying, and what a look's leaf costs.

    python -m bench.evidence [--rows N] [--leaves N]

Beside the clock each line gives processor seconds, of all processes of ours and of the server: those count where
others work on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any

from bench.common import Cost, Line, against, middle, scratch, server_seconds, shown, superuser, table, take
from sampledistrict.big import big_registration, big_xzcf

SUBJECTS, SEED, PIECE, PROOFS = 100_000, 1, 500_000, 200
ROUNDS, LOOKS = 3, 2_000
BLOCK = 64 << 20  # bytes hashed to find the machine's limit


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
        added: list[int] = []
        sealing = _timed(lambda: added.append(_seal(c)))
        pairs = [(_timed(lambda: _read(c)), _timed(lambda: _verified(c))) for _ in range(ROUNDS)]
        looks = _looks(c, book)
        size = _size(c)
    return [
        Line("Sealing both trees to disk, signed", f"{added[0] / sealing.wall:,.0f} leaves/s", "", None, "≥ 150,000 leaves/s (goal 300,000)",
             f"{added[0]:,} record versions, from the database to a checkpoint: {shown(sealing)}"),
        against(f"Verifying all against the log, {added[0]:,} records", pairs, "≤ 1.5",
                "rival: the same rows read by the same connection and thrown away; both trees hashed from the leaves up"),
        _limit(size, middle([p[1] for p in pairs])),
        looks,
    ]  # fmt: skip


def _timed(work: Callable[[], Any]) -> Cost:
    """As `common.timed`, with what processes of ours took that have ended."""
    with superuser() as c:
        c.execute("CHECKPOINT")
    client, server, start = _client_seconds(), server_seconds(), time.perf_counter()
    work()
    wall = time.perf_counter() - start
    time.sleep(0.05)  # the server counts a process's time once it has ended
    return Cost(wall, _client_seconds() - client, server_seconds() - server)


def _client_seconds() -> float:
    t = os.times()
    return t.user + t.system + t.children_user + t.children_system


def _size(c: Any) -> tuple[int, int]:
    """Rows, and bytes that are hashed for their leaves."""
    row = c.execute("SELECT count(*), sum(octet_length(payload) + 32) FROM record_version").fetchone()
    return int(row[0]), int(row[1])


def _limit(size: tuple[int, int], verifying: Cost) -> Line:
    """What hashing alone takes on one core: the documents in one stream, and each small hash as hashlib makes it."""
    block = os.urandom(BLOCK)
    start = time.perf_counter()
    sha256(block)
    speed = BLOCK / (time.perf_counter() - start)
    rows, octets = size
    start = time.perf_counter()
    for i in range(0, 200_000 * 65, 65):
        sha256(block[i : i + 65]).digest()
    small = (time.perf_counter() - start) / 200_000
    floor = octets / speed
    return Line("SHA-256 of this machine, one core", f"{speed / 1e6:,.0f} MB/s", "", None, "",
                f"{octets / 1e6:,.0f} MB of documents take {floor:.2f} s in one stream; each of {rows:,} leaves and as many"
                f" nodes {small * 1e6:.2f} µs more in each tree; the verification took {shown(verifying)}")  # fmt: skip


def _looks(c: Any, book: Any) -> Line:
    """An archive shown to the public, with the leaf of its look and without."""
    from datetime import date

    from xinyong.disclosure import queries
    from xinyong.foundation import database
    from xinyong.foundation.audit import PUBLIC

    today = date.today()
    code = c.execute("SELECT value FROM credit_subject WHERE scheme = 'uscc' LIMIT 1").fetchone()[0]

    def some() -> None:
        for _ in range(LOOKS):
            queries.archive(c, code, queries.Question(PUBLIC, datetime.now(UTC), today), book)

    some()
    pairs = []
    with database.connect_owner() as owner:
        owner.autocommit = True
        owner.execute("ALTER TABLE look ALTER COLUMN leaf DROP NOT NULL")
        for _ in range(ROUNDS):
            owner.execute("ALTER TABLE look DISABLE TRIGGER look_leaf")
            without = _timed(some)
            owner.execute("ALTER TABLE look ENABLE TRIGGER look_leaf")
            pairs.append((without, _timed(some)))
    extra = median((b.server + b.client) - (a.server + a.client) for a, b in pairs) / LOOKS * 1e6
    return against(f"{LOOKS:,} looks at an archive, with their leaves", pairs, "< 2",
                   f"rival: the same without leaves; {extra:.0f} µs of processor time more for each")  # fmt: skip


def _seal(c: Any) -> int:
    from xinyong.foundation.evidence import notes, sealing

    now, before = datetime.now(UTC), sealing.last(c).size
    while done := sealing.seal(c, now, notes.origin(), notes.signer(c, now)):
        size = done.size
    return size - before


def _read(c: Any) -> None:
    with c.transaction(), c.cursor(name="read", binary=True) as cursor:
        cursor.itersize = 50_000
        for _ in cursor.execute("SELECT line, payload, salt, leaf FROM record_version"):
            pass


def _verified(c: Any) -> None:
    from xinyong.foundation.evidence import checking

    result = checking.verify(c, lambda note, algorithm: True)
    if not result.sound or result.checked != result.size:
        raise AssertionError(f"{result.checked} of {result.size} checked: {result.findings[:3]}")


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
