"""Tiles of a Merkle tree (C2SP tlog-tiles, height 8): files that never change once they are full.

Tile (level, number) holds up to 256 hashes of full subtrees of 256^level leaves. A tile that is not full yet is
named with its width, so that a name always means the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from xinyong.kernel.merkle import NODE, Algorithm, Nodes, hasher

HEIGHT, WIDTH, HASH = 8, 256, 32


def path(level: int, number: int, width: int = WIDTH) -> str:
    """`tile/0/x001/234` or, of a tile that is not full, `tile/0/x001/234.p/17`."""
    groups = f"{number:03d}"
    parts = []
    while len(groups) > 3:
        parts.append(groups[-3:])
        groups = groups[:-3].zfill(3)
    parts.append(groups)
    parts.reverse()
    name = "/".join([*(f"x{p}" for p in parts[:-1]), parts[-1]])
    return f"tile/{level}/{name}" + ("" if width == WIDTH else f".p/{width}")


def width(size: int, level: int, number: int) -> int:
    """How many hashes tile (level, number) of a tree of `size` leaves holds."""
    return max(0, min(WIDTH, (size >> HEIGHT * level) - number * WIDTH))


def touched(
    size: int, levels: Sequence[tuple[int, list[bytes]]], old: Callable[[int, int], bytes]
) -> Iterator[tuple[int, int, bytes]]:
    """(level, number, content) of every tile that `merkle.grow` filled or began.

    `size` is the tree's before; `old(level, number)` gives the bytes of the tile that was begun already.
    """
    for level in range(0, len(levels), HEIGHT):
        start, hashes = levels[level]
        number, there = divmod(start, WIDTH)
        begun = old(level // HEIGHT, number)[: there * HASH] if there and hashes else b""
        data = begun + b"".join(hashes)
        for at in range(0, len(data), WIDTH * HASH):
            yield level // HEIGHT, number, data[at : at + WIDTH * HASH]
            number += 1


def nodes_of(algorithm: Algorithm, tile: Callable[[int, int], bytes]) -> Nodes:
    """Full subtrees of any size, from tiles."""
    h = hasher(algorithm)

    def node(level: int, index: int) -> bytes:
        above, within = divmod(level, HEIGHT)
        number, first = divmod(index << within, WIDTH)
        data = tile(above, number)
        row = [data[i * HASH : (i + 1) * HASH] for i in range(first, first + (1 << within))]
        if len(row[-1]) != HASH:
            raise ValueError(f"tile {path(above, number)} is too short")
        while len(row) > 1:
            row = [h(NODE + row[i] + row[i + 1]) for i in range(0, len(row), 2)]
        return row[0]

    return node
