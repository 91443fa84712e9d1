"""Growing the trees, and checking them against leaves: do their hashes on disk tell these leaves and give the root?

Hashing is most of a sealing and of a verification, so with many leaves a tree has a process of its own: this one
reads the database meanwhile. `python -m xinyong.foundation.evidence.trees grow|check ALGORITHM FOLDER SIZE`.
"""

from __future__ import annotations

import json
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
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
from xinyong.kernel.tiles import HASH

PIECE = 100_000  # hashes read at a time
OWN_PROCESS = 200_000  # leaves from which on a process of its own is worth its start
BEGIN, ADD, END = b"B", b"A", b"E"
Order = npt.NDArray[np.int64]


@dataclass(slots=True)
class Checked:
    """`root`: of the hashes on disk; empty if there are too few. `wrong`: (first leaf of a run, offset of what differs)."""

    root: bytes
    wrong: list[tuple[int, int]] = field(default_factory=list)


class Checker(Protocol):
    """Takes runs of leaves of one kind; `end` may give the order in which they stand in the tree."""

    def begin(self, kind: str, first: int) -> None: ...
    def add(self, leaves: bytes) -> None: ...
    def end(self, order: Order | None) -> None: ...
    def finish(self) -> Checked: ...


class Here:
    """Checks in this process."""

    def __init__(self, algorithm: Algorithm, size: int, folder: Path | None = None) -> None:
        self.algorithm, self.size, self.tree = algorithm, size, Tree(algorithm, folder)
        self.wrong: list[tuple[int, int]] = []
        self.first, self.head, self.hashes = 0, b"", list[bytes]()

    def begin(self, kind: str, first: int) -> None:
        self.first, self.head, self.hashes = first, b"\0" + kind.encode() + b"\0", []

    def add(self, leaves: bytes) -> None:
        self.hashes += merkle.hash_each(self.algorithm, self.head, leaves, HASH)

    def end(self, order: Order | None) -> None:
        made = np.frombuffer(b"".join(self.hashes), f"V{HASH}")
        if order is not None:
            made = made[order]
        kept = self.tree.leaf_hashes(self.first, len(made)) if len(made) else b""
        if made.tobytes() != kept:
            self.wrong.append((self.first, _differs(made.tobytes(), kept)))

    def finish(self) -> Checked:
        return Checked(self.root(), self.wrong)

    def root(self) -> bytes:
        size, edge = 0, list[bytes]()
        while size < self.size:
            data = self.tree.leaf_hashes(size, min(PIECE, self.size - size))
            hashes = [data[i : i + HASH] for i in range(0, len(data) - HASH + 1, HASH)]
            if not hashes:
                return b""
            edge, _ = merkle.grow(self.algorithm, size, edge, hashes)
            size += len(hashes)
        return merkle.root_of_edge(self.algorithm, edge)


def _differs(made: bytes, kept: bytes) -> int:
    """The first hash in which the two differ."""
    whole = min(len(made), len(kept)) // HASH * HASH
    a, b = (np.frombuffer(d[:whole], np.uint8).reshape(-1, HASH) for d in (made, kept))
    unlike = np.flatnonzero((a != b).any(axis=1))
    return int(unlike[0]) if len(unlike) else whole // HASH


class Elsewhere:
    """Works in a process of its own, fed by a thread, so that the reader never waits for the hashing."""

    def __init__(self, algorithm: Algorithm, size: int, work: str = "check") -> None:
        folder = str(Tree(algorithm).folder)
        command = [sys.executable, "-m", __name__, work, algorithm, folder, str(size)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.feeder = threading.Thread(target=self._feed, daemon=True)
        self.feeder.start()

    def _feed(self) -> None:
        assert self.process.stdin is not None
        try:
            while (message := self.waiting.get()) is not None:
                self.process.stdin.write(message)
            self.process.stdin.close()
        except OSError:
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
        return Checked(bytes.fromhex(found["root"]), [(a, b) for a, b in found["wrong"]])

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
def checkers(size: int) -> Iterator[dict[Algorithm, Checker]]:
    """One for each tree."""
    made: dict[Algorithm, Checker] = {
        a: Elsewhere(a, size) if size >= OWN_PROCESS else Here(a, size) for a in merkle.ALGORITHMS
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
    other = Elsewhere("sm3", size, "grow")
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


def _check(algorithm: Algorithm, folder: Path, size: int, source: IO[bytes]) -> Checked:
    """The tree first: meanwhile the leaves are read elsewhere."""
    checker = Here(algorithm, size, folder)
    root = checker.root()
    for tag, data in _told(source):
        if tag == BEGIN:
            checker.begin(data[8:].decode(), struct.unpack(">Q", data[:8])[0])
        elif tag == ADD:
            checker.add(data)
        else:
            checker.end(np.frombuffer(data, np.int64) if data else None)
    return Checked(root, checker.wrong)


def _append(algorithm: Algorithm, folder: Path, size: int, source: IO[bytes]) -> Checked:
    runs: list[tuple[str, bytes]] = []
    kind = ""
    for tag, data in _told(source):
        if tag == BEGIN:
            kind = data[8:].decode()
        else:
            runs.append((kind, data))
    return Checked(_grown(Tree(algorithm, folder), size, runs))


def _main(work: str, algorithm: str, folder: str, size: str) -> None:
    do = {"check": _check, "grow": _append}[work]
    found = do(cast(Algorithm, algorithm), Path(folder), int(size), sys.stdin.buffer)
    sys.stdout.write(json.dumps({"root": found.root.hex(), "wrong": found.wrong}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
