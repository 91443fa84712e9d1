"""The trees as static files in the layout of C2SP tlog-tiles, for any web server or mirror.

<folder>/keys
<folder>/<tree>/checkpoint
<folder>/<tree>/tile/<level>/<number>[.p/<width>]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg

from xinyong.foundation.evidence.sealing import last
from xinyong.foundation.evidence.store import Tree
from xinyong.kernel import tiles
from xinyong.kernel.errors import Fault
from xinyong.kernel.merkle import ALGORITHMS


def export(c: psycopg.Connection[Any], folder: Path, keys: Sequence[str]) -> int:
    """Write what is missing, tiles before the checkpoint that needs them; returns how many files. Fault: tiles are lost."""
    sealed, written = last(c), 0
    for algorithm in ALGORITHMS if sealed.size else ():
        tree = Tree(algorithm)
        for level, number, width in _tiles(sealed.size):
            path = folder / algorithm / tiles.path(level, number, width)
            if not path.exists():
                _write(path, _content(tree, level, number, width))
                written += 1
        _write(folder / algorithm / "checkpoint", sealed.notes[algorithm].encode())
        written += 1
    _write(folder / "keys", "".join(f"{k}\n" for k in keys).encode())
    return written + 1


def _tiles(size: int) -> Iterator[tuple[int, int, int]]:
    """(level, number, width) of every tile of a tree of `size` leaves."""
    level = 0
    while count := size >> tiles.HEIGHT * level:
        for number in range(-(-count // tiles.WIDTH)):
            yield level, number, tiles.width(size, level, number)
        level += 1


def _content(tree: Tree, level: int, number: int, width: int) -> bytes:
    data = tree.tile(level, number, width)
    if len(data) != width * tiles.HASH:
        raise Fault("evidence_lost", "存证日志的文件不全；请运行 xinyong ledger rebuild 由数据库重建。")
    return data


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(path.name + ".new").write_bytes(data)
    path.with_name(path.name + ".new").replace(path)
