"""The trees on disk: per tree and tile level one file of hashes that only grows; a tile is a slice of it.

    <home>/evidence/<algorithm>/level0, level1, …     32 bytes a hash, in order
    <home>/evidence/order/<first>-<count>.npy          leaf heads sorted, with their places: finds a leaf without a database;
                                                        neighbours are merged, so that they stay few

Bytes beyond the committed size are what a crash left; they are written over.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from xinyong.foundation import home
from xinyong.kernel import tiles
from xinyong.kernel.merkle import Algorithm, Nodes
from xinyong.kernel.tiles import HASH, HEIGHT, WIDTH

PLACE = np.dtype([("head", ">u8"), ("at", "<u4")])


class Tree:
    """One tree's files. How far they count, the caller knows from the last checkpoint."""

    def __init__(self, algorithm: Algorithm, folder: Path | None = None) -> None:
        self.algorithm = algorithm
        self.folder = folder or home.folder("evidence", algorithm)

    def write(self, levels: Sequence[tuple[int, list[bytes]]]) -> None:
        """What `merkle.grow` gave, durably."""
        for level in range(0, len(levels), HEIGHT):
            start, hashes = levels[level]
            if hashes:
                _write(self._file(level // HEIGHT), start * HASH, b"".join(hashes))

    def held(self) -> int:
        """How many leaf hashes there are; those after the last checkpoint do not count."""
        try:
            return self._file(0).stat().st_size // HASH
        except FileNotFoundError:
            return 0

    def _file(self, tile_level: int) -> Path:
        return self.folder / f"level{tile_level}"

    def tile(self, level: int, number: int, width: int = WIDTH) -> bytes:
        """Its first `width` hashes; fewer bytes if they are not there."""
        return self.hashes(level, number * WIDTH, width)

    def nodes(self) -> Nodes:
        return tiles.nodes_of(self.algorithm, self.tile)

    def hashes(self, level: int, first: int, count: int) -> bytes:
        """[first, first + count) of a tile level, 32 bytes each; level 0 has those of the leaves. Fewer: they are not there."""
        if not count:
            return b""
        try:
            with open(self._file(level), "rb") as f:
                return os.pread(f.fileno(), count * HASH, first * HASH)
        except FileNotFoundError:
            return b""


def _write(path: Path, offset: int, data: bytes) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        at = 0
        while at < len(data):
            at += os.pwrite(descriptor, memoryview(data)[at:], offset + at)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def note_places(first: int, leaves: bytes, folder: Path | None = None) -> None:
    """Remember where each leaf (32 bytes of `leaves`) went. Derived: may be made again from the database."""
    folder = folder or home.folder("evidence", "order")
    heads = np.frombuffer(leaves, ">u8")[:: HASH // 8]
    fresh = np.empty(len(heads), PLACE)
    fresh["head"], fresh["at"] = heads, np.arange(len(heads))
    merged = []
    for path, begins, count in reversed(_files(folder)):
        if begins + count != first or count > 2 * len(fresh):
            break  # each file is more than twice the next, so there are as many as the size has digits
        older = np.load(path)
        fresh["at"] += first - begins
        fresh, first = np.concatenate([older, fresh]), begins
        merged.append(path)
    _save(folder / f"{first:012d}-{len(fresh)}.npy", fresh[np.argsort(fresh["head"], kind="stable")])
    for path in merged:
        path.unlink()


def _files(folder: Path) -> list[tuple[Path, int, int]]:
    """(path, first, count) in the order of the leaves."""
    named = [(path, *map(int, path.stem.split("-"))) for path in folder.glob("*.npy")]
    return sorted(named, key=lambda f: f[1])


def _save(path: Path, found: npt.NDArray[np.void]) -> None:
    with open(path.with_suffix(".new"), "wb") as f:
        np.save(f, found)
        f.flush()
        os.fsync(f.fileno())
    path.with_suffix(".new").replace(path)


def places(leaf: bytes, size: int, folder: Path | None = None) -> list[int]:
    """Where a leaf with this head may stand in the tree of `size` leaves; the caller compares the whole hash."""
    head = np.frombuffer(leaf[:8], ">u8")[0]
    found: list[int] = []
    for path, first, _ in _files(folder or home.folder("evidence", "order")):
        if first < size:
            found += [first + int(at) for at in _within(np.load(path, mmap_mode="r"), head)]
    return [at for at in found if at < size]


def _within(sorted_places: npt.NDArray[np.void], head: np.uint64) -> npt.NDArray[np.uint32]:
    heads = sorted_places["head"]
    low, high = np.searchsorted(heads, head, "left"), np.searchsorted(heads, head, "right")
    return np.asarray(sorted_places["at"][low:high])
