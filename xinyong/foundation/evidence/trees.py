"""Growing the trees, and checking them against leaves: do their hashes on disk tell these leaves and give the root?

Hashing is most of a sealing and of a verification, so with many leaves a tree has a process of its own: this one
reads the database meanwhile. `python -m xinyong.foundation.evidence.trees grow|check ALGORITHM FOLDER`; the sizes come first.
"""

from __future__ import annotations

import json
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol, cast

import numpy as np
import numpy.typing as npt

from xinyong.foundation.evidence.store import Tree
from xinyong.kernel import merkle
from xinyong.kernel.errors import Fault
from xinyong.kernel.merkle import Algorithm
from xinyong.kernel.tiles import HASH, HEIGHT

PIECE = 100_000  # hashes read at a time
OWN_PROCESS = 200_000  # leaves from which on a process of its own is worth its start
SIZES, BEGIN, ADD, END = b"S", b"B", b"A", b"E"
Order = npt.NDArray[np.int64]


@dataclass(slots=True)
class Checked:
    """`root`: of the leaf hashes on disk; empty if there are too few. `wrong`: (first leaf of a run, offset of what differs).

    `past`: the root at each size that was asked for. `stale`: tile levels whose files are not made of the leaf hashes.
    """

    root: bytes
    wrong: list[tuple[int, int]] = field(default_factory=list)
    past: dict[int, bytes] = field(default_factory=dict)
    stale: list[int] = field(default_factory=list)


class Checker(Protocol):
    """Takes runs of leaves of one kind; `end` may give the order in which they stand in the tree."""

    def begin(self, kind: str, first: int) -> None: ...
    def add(self, leaves: bytes) -> None: ...
    def end(self, order: Order | None) -> None: ...
    def finish(self) -> Checked: ...


class Here:
    """Checks in this process."""

    def __init__(
        self, algorithm: Algorithm, size: int, past: Sequence[int] = (), folder: Path | None = None
    ) -> None:
        self.algorithm, self.size, self.tree = algorithm, size, Tree(algorithm, folder)
        self.past, self.wrong = past, list[tuple[int, int]]()
        self.first, self.head, self.hashes = 0, b"", list[bytes]()

    def begin(self, kind: str, first: int) -> None:
        self.first, self.head, self.hashes = first, b"\0" + kind.encode() + b"\0", []

    def add(self, leaves: bytes) -> None:
        self.hashes += merkle.hash_each(self.algorithm, self.head, leaves, HASH)

    def end(self, order: Order | None) -> None:
        made = np.frombuffer(b"".join(self.hashes), f"V{HASH}")
        if order is not None:
            made = made[order]
        kept = self.tree.hashes(0, self.first, len(made))
        if made.tobytes() != kept:
            self.wrong.append((self.first, _differs(made.tobytes(), kept)))

    def finish(self) -> Checked:
        found = self.walked()
        found.wrong = self.wrong
        return found

    def walked(self) -> Checked:
        """From the leaf hashes up, believing no other file: proofs and tiles are served from those, so they are compared."""
        size, edge, found = 0, list[bytes](), Checked(b"")
        stops = sorted({*(s for s in self.past if 0 <= s <= self.size), self.size})
        for stop in stops:
            while size < stop:
                data = self.tree.hashes(0, size, min(PIECE, stop - size))
                hashes = [data[i : i + HASH] for i in range(0, len(data) - HASH + 1, HASH)]
                if not hashes:
                    return found
                edge, levels = merkle.grow(self.algorithm, size, edge, hashes)
                found.stale += [n for n in self._unlike(levels) if n not in found.stale]
                size += len(hashes)
            found.past[stop] = merkle.root_of_edge(self.algorithm, edge)
        found.root = found.past[self.size]
        return found

    def _unlike(self, levels: Sequence[tuple[int, list[bytes]]]) -> Iterator[int]:
        """Tile levels whose file differs from what was made of the leaf hashes."""
        for level in range(HEIGHT, len(levels), HEIGHT):
            start, made = levels[level]
            if made and self.tree.hashes(level // HEIGHT, start, len(made)) != b"".join(made):
                yield level // HEIGHT


def _differs(made: bytes, kept: bytes) -> int:
    """The first hash in which the two differ."""
    whole = min(len(made), len(kept)) // HASH * HASH
    a, b = (np.frombuffer(d[:whole], np.uint8).reshape(-1, HASH) for d in (made, kept))
    unlike = np.flatnonzero((a != b).any(axis=1))
    return int(unlike[0]) if len(unlike) else whole // HASH


class Elsewhere:
    """Works in a process of its own, fed by a thread, so that the reader never waits for the hashing."""

    def __init__(
        self, algorithm: Algorithm, size: int, past: Sequence[int] = (), work: str = "check"
    ) -> None:
        command = [sys.executable, "-m", __name__, work, algorithm, str(Tree(algorithm).folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.feeder = threading.Thread(target=self._feed, daemon=True)
        self.feeder.start()
        self._send(SIZES, np.array([size, *past], np.int64).tobytes())

    def _feed(self) -> None:
        assert self.process.stdin is not None
        try:
            while (message := self.waiting.get()) is not None:
                self.process.stdin.write(message)
            self.process.stdin.close()
        except (OSError, ValueError):  # a broken pipe; one that `stop` has closed
            pass  # it died: `finish` says so

    def _send(self, tag: bytes, data: bytes) -> None:
        self.waiting.put(tag + struct.pack(">Q", len(data)) + data)

    def begin(self, kind: str, first: int) -> None:
        self._send(BEGIN, struct.pack(">Q", first) + kind.encode())

    def add(self, leaves: bytes) -> None:
        self._send(ADD, leaves)

    def end(self, order: Order | None) -> None:
        self._send(END, b"" if order is None else order.astype(np.int64).tobytes())

    def finish(self) -> Checked:
        self.waiting.put(None)
        self.feeder.join()
        assert self.process.stdout is not None
        told = self.process.stdout.read()
        self.process.stdout.close()
        if self.process.wait() or not told:
            raise Fault("evidence_check", "计算存证日志的进程意外结束；请检查内存是否足够，然后重试。")
        found = json.loads(told)
        past = {int(size): bytes.fromhex(root) for size, root in found["past"].items()}
        return Checked(
            bytes.fromhex(found["root"]), [(a, b) for a, b in found["wrong"]], past, found["stale"]
        )

    def stop(self) -> None:
        self.waiting.put(None)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                _closed(pipe)


def _closed(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:
        pass


@contextmanager
def checkers(size: int, past: Mapping[Algorithm, Sequence[int]]) -> Iterator[dict[Algorithm, Checker]]:
    """One for each tree. `past`: earlier sizes whose roots are wanted."""
    made: dict[Algorithm, Checker] = {
        a: (Elsewhere if size >= OWN_PROCESS else Here)(a, size, past.get(a, ())) for a in merkle.ALGORITHMS
    }
    try:
        yield made
    finally:
        for checker in made.values():
            if isinstance(checker, Elsewhere):
                checker.stop()


Runs = Sequence[tuple[str, bytes]]  # kind, and 32 bytes for each leaf


def grow(size: int, runs: Runs) -> dict[Algorithm, bytes]:
    """Append to both trees of `size` leaves, durably; the new roots."""
    if sum(len(leaves) for _, leaves in runs) < OWN_PROCESS * HASH:
        return {a: _grown(Tree(a), size, runs) for a in merkle.ALGORITHMS}
    other = Elsewhere("sm3", size, work="grow")
    try:
        for kind, leaves in runs:
            other.begin(kind, 0)
            other.add(leaves)
        other.waiting.put(None)
        return {"sha256": _grown(Tree("sha256"), size, runs), "sm3": other.finish().root}
    finally:
        other.stop()


def _grown(tree: Tree, size: int, runs: Runs) -> bytes:
    a = tree.algorithm
    edge, hashes = merkle.edge_of(size, tree.nodes()), list[bytes]()
    for kind, leaves in runs:
        hashes += merkle.hash_each(a, b"\0" + kind.encode() + b"\0", leaves, HASH)
    edge, levels = merkle.grow(a, size, edge, hashes)
    tree.write(levels)
    return merkle.root_of_edge(a, edge)


def _told(source: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    while tag := source.read(1):
        (length,) = struct.unpack(">Q", source.read(8))
        yield tag, source.read(length)


def _check(algorithm: Algorithm, folder: Path, sizes: list[int], source: IO[bytes]) -> Checked:
    """The tree first: meanwhile the leaves are read elsewhere."""
    checker = Here(algorithm, sizes[0], sizes[1:], folder)
    found = checker.walked()
    for tag, data in _told(source):
        if tag == BEGIN:
            checker.begin(data[8:].decode(), struct.unpack(">Q", data[:8])[0])
        elif tag == ADD:
            checker.add(data)
        else:
            checker.end(np.frombuffer(data, np.int64) if data else None)
    found.wrong = checker.wrong
    return found


def _append(algorithm: Algorithm, folder: Path, sizes: list[int], source: IO[bytes]) -> Checked:
    runs: list[tuple[str, bytes]] = []
    kind = ""
    for tag, data in _told(source):
        if tag == BEGIN:
            kind = data[8:].decode()
        else:
            runs.append((kind, data))
    return Checked(_grown(Tree(algorithm, folder), sizes[0], runs))


def _main(work: str, algorithm: str, folder: str) -> None:
    do = {"check": _check, "grow": _append}[work]
    _, sizes = next(_told(sys.stdin.buffer))
    asked = np.frombuffer(sizes, np.int64).tolist()
    found = do(cast(Algorithm, algorithm), Path(folder), asked, sys.stdin.buffer)
    past = {size: root.hex() for size, root in found.past.items()}
    told = {"root": found.root.hex(), "wrong": found.wrong, "past": past, "stale": found.stale}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    _main(*sys.argv[1:])
