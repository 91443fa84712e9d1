"""Rows of a table whose rows are leaves, some thousands at a time: in arrays, since there are millions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Order = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Piece:
    """`numbers`: what a row is called (its line, its id); `keys`: what orders rows of one number, the first counts most.

    `leaves`: 32 bytes each. `wrong`: rows whose leaf is not of what they say. `empty`: rows that say nothing any more.
    `beside`: what stands in a row beside what its leaf is made of, of one width.
    """

    numbers: npt.NDArray[Any]
    keys: tuple[npt.NDArray[Any], ...]
    leaves: bytes
    wrong: list[int]
    empty: Sequence[int] = ()
    beside: npt.NDArray[np.uint8] | None = None


def in_order(numbers: npt.NDArray[Any], keys: Sequence[npt.NDArray[Any]]) -> Order | None:
    """The order in which rows stand in the tree; None: they stand in it."""
    if (numbers[1:] > numbers[:-1]).all():
        return None
    order = np.argsort(numbers, kind="stable")
    sorted_ = numbers[order]
    if (sorted_[1:] > sorted_[:-1]).all():
        return order  # no two of one number: the rest is not asked
    return np.lexsort(
        [np.ascontiguousarray(k).astype(k.dtype.newbyteorder("=")) for k in [*reversed(keys), numbers]]
    )


def joined(pieces: Sequence[Piece]) -> tuple[Order | None, npt.NDArray[Any]]:
    """The order of all rows, and what each is called."""
    if not pieces:
        return None, np.empty(0, np.int64)
    numbers = np.concatenate([p.numbers for p in pieces])
    keys = [np.concatenate(k) for k in zip(*(p.keys for p in pieces), strict=True)]
    return in_order(numbers, keys), numbers
