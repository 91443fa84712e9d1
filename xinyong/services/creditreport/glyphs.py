"""Which characters the report's fonts have: PDF/A refuses a character without a glyph, so such a one is replaced.

Rare characters of names (生僻字) are not to make a report impossible; the signed JSON keeps them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pylopdf_fonts_zh_cn as shipped

MISSING = "〓"  # the printer's mark for a character that is not in the case


def fonts() -> tuple[Path, Path]:
    """Noto Sans SC and Noto Serif SC (SIL Open Font License)."""
    return shipped.sans_path(), shipped.serif_path()


@cache
def covered() -> frozenset[str]:
    """Characters that both fonts can show."""
    both = (frozenset(_code_points(path.read_bytes())) for path in fonts())
    return frozenset(map(chr, frozenset.intersection(*both)))


def printable(text: str) -> str:
    """The text with 〓 for what no font here has; line breaks and tabs become spaces."""
    have = covered()
    if have.issuperset(text):
        return text
    spaced = " ".join(text.splitlines()).replace("\t", " ")
    return "".join(c if c in have else MISSING for c in spaced)


def _code_points(font: bytes) -> Iterator[int]:
    """From the `cmap` table, formats 4 and 12 (OpenType 1.9)."""
    table = _table(font, b"cmap")
    (count,) = struct.unpack_from(">H", font, table + 2)
    for n in range(count):
        (offset,) = struct.unpack_from(">I", font, table + 4 + 8 * n + 4)
        (layout,) = struct.unpack_from(">H", font, table + offset)
        if layout == 12:
            yield from _segments_12(font, table + offset)
        elif layout == 4:
            yield from _segments_4(font, table + offset)


def _table(font: bytes, name: bytes) -> int:
    (count,) = struct.unpack_from(">H", font, 4)
    for n in range(count):
        tag, _, offset, _ = struct.unpack_from(">4sIII", font, 12 + 16 * n)
        if tag == name:
            return int(offset)
    raise ValueError(f"no {name!r} table")


def _segments_12(font: bytes, at: int) -> Iterator[int]:
    (groups,) = struct.unpack_from(">I", font, at + 12)
    for n in range(groups):
        first, last, glyph = struct.unpack_from(">III", font, at + 16 + 12 * n)
        yield from range(first + (glyph == 0), last + 1)


def _segments_4(font: bytes, at: int) -> Iterator[int]:
    (twice,) = struct.unpack_from(">H", font, at + 6)
    count = twice // 2
    ends = struct.unpack_from(f">{count}H", font, at + 14)
    starts = struct.unpack_from(f">{count}H", font, at + 16 + twice)
    for first, last in zip(starts, ends, strict=True):
        if last != 0xFFFF:
            yield from range(first, last + 1)


__all__ = ["MISSING", "covered", "fonts", "printable"]
