"""Rows in PostgreSQL's binary COPY format: fixed fields first, one text last.

The server then neither parses numbers nor looks for quotes and line ends: a third of a load's cost.
Format: PostgreSQL documentation, COPY, "Binary Format".
"""

from __future__ import annotations

import struct
from binascii import a2b_hex
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
END = struct.pack(">h", -1)
_EPOCH = 10_957  # days from 1970 to 2000, where PostgreSQL's dates begin

Column = npt.NDArray[Any] | None  # None: NULL in every row


def numbers(values: Any, kind: str, rows: int) -> Column:
    """`kind`: >i2, >i4 or >i8; one value counts for all rows."""
    return np.broadcast_to(np.asarray(values).astype(kind), (rows,))


def days(column: pl.Series) -> Column:
    """A Date series without nulls, or with nothing but nulls."""
    if column.null_count():
        return None
    return (column.to_physical().to_numpy() - _EPOCH).astype(">i4")


def octets(raw: bytes | npt.NDArray[np.uint8], width: int) -> Column:
    """`width` bytes per row, as uuid and bytea are sent."""
    return np.frombuffer(raw, dtype=f"V{width}")


def unhexed(column: pl.Series) -> bytes:
    """The bytes that hexadecimal digits stand for, row after row."""
    return a2b_hex(column.str.join("").item())


def rows(columns: Sequence[Column], last: Sequence[bytes]) -> bytes:
    """The rows; `last` is each row's last field."""
    sizes = np.fromiter(map(len, last), np.int32, len(last))
    parts: list[bytes] = [b""] * (2 * len(last))
    parts[::2], parts[1::2] = _heads(columns, sizes).tolist(), last
    return b"".join(parts)


def arrays(elements: npt.NDArray[np.void], firsts: npt.NDArray[np.int64], kind: int) -> list[bytes]:
    """Arrays of consecutive elements, one beginning at each of `firsts`; `kind` is the type's number."""
    sized = np.empty(len(elements), dtype=[("size", ">i4"), ("value", elements.dtype)])
    sized["size"], sized["value"] = elements.dtype.itemsize, elements
    raw, width, bounds = sized.tobytes(), sized.dtype.itemsize, [*firsts.tolist(), len(elements)]
    return [
        struct.pack(">iiIii", 1, 0, kind, end - at, 1) + raw[width * at : width * end]
        for at, end in pairwise(bounds)
    ]


def _heads(columns: Sequence[Column], sizes: npt.NDArray[Any]) -> npt.NDArray[np.void]:
    """All of each row that stands before the text's bytes."""
    layout: list[tuple[str, Any]] = [("count", ">i2")]
    for i, column in enumerate(columns):
        layout.append((f"size{i}", ">i4"))
        if column is not None:
            layout.append((f"value{i}", column.dtype))
    packed = np.empty(len(sizes), dtype=[*layout, ("size", ">i4")])
    packed["count"], packed["size"] = len(columns) + 1, sizes
    for i, column in enumerate(columns):
        packed[f"size{i}"] = -1 if column is None else column.dtype.itemsize
        if column is not None:
            packed[f"value{i}"] = column
    return packed.view(f"V{packed.dtype.itemsize}")
