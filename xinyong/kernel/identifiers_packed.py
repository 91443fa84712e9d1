"""Eighteen-byte codes to one 64-bit digest each: every sum and flag a check needs, in nine table look-ups.

Two neighbouring bytes index a table of 65,536 entries per pair; adding nine entries adds all parts at once:

| bits  | what                                                                                     |
|-------|------------------------------------------------------------------------------------------|
| 0–8   | weighted sum of GB 32100, modulo 31 per pair (at most 270)                                 |
| 9–14  | sum of GB 11714 with its check character, modulo 11 per pair (at most 50)                  |
| 15    | that check character is a letter other than X                                              |
| 16–35 | division, six digits                                                                       |
| 36–40 | characters outside the alphabet                                                            |
| 41–45 | bytes outside 0–9 A–Z                                                                      |
| 46–47 | first pair: 0 good, 1 category unknown, 2 authority unknown                                |
| 48–50 | places of the division that are no digit                                                   |
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from xinyong.kernel import identifiers_tables as tables
from xinyong.kernel.divisions import Regions

Digests = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

UNKNOWN, CURRENT, HISTORICAL = 0, 1, 2  # standings of a division
INDEX = {reason: index for index, reason in enumerate(tables.REASONS)}  # verdicts: these, and two more
GOOD, UNTIDY = len(INDEX), len(INDEX) + 1  # untidy: bytes that normalisation may change, nothing else said
_BLOCK = 16_384  # codes: a block's digests and indices stay in the second-level cache
_FIRST_FLAG = np.uint64(1 << 36)  # digests below it have no flag but perhaps the letter
_PLACEHOLDER = np.frombuffer(tables.PLACEHOLDER.encode(), dtype=np.uint8)


class Judgement(NamedTuple):
    """Per code: the first part that fails, the division's standing, whether the inner check digit fails."""

    verdicts: Bytes
    standings: Bytes
    org_wrong: Bools


def judge(matrix: Bytes, regions: Regions) -> Judgement:
    """(n, 18) ASCII bytes → what is wrong with each; a standing counts only with a six-digit division."""
    height = len(matrix)
    verdicts, standings = np.empty(height, dtype=np.uint8), np.empty(height, dtype=np.uint8)
    org_wrong = np.empty(height, dtype=np.bool_)
    for part, found in _blocks(matrix):
        sums = _sum_table().take(found.astype(np.uint16))
        verdicts[part], org_wrong[part] = sums & np.uint8(127), sums >= 128
        standings[part] = _region_table(regions).take(divisions(found))
        odd = np.flatnonzero(found >= _FIRST_FLAG)
        verdicts[part.start + odd] = _flaws(found[odd], matrix[part][odd], verdicts[part][odd])
    return Judgement(verdicts, standings, org_wrong)


def passes(matrix: Bytes, regions: Regions) -> Bools:
    """Whether a code could be a repair: everything right and the division known."""
    verdicts, standings, org_wrong = judge(matrix, regions)
    right: Bools = (verdicts == GOOD) & (standings != UNKNOWN) & ~org_wrong
    return right


def digests(matrix: Bytes) -> Digests:
    """(n, 18) ASCII bytes → (n,) digests."""
    result = np.empty(len(matrix), dtype=np.uint64)
    for part, found in _blocks(matrix):
        result[part] = found
    return result


def uscc_sums(found: Digests) -> npt.NDArray[np.int64]:
    """Sum modulo 31; 0 is right."""
    return _field(found, 0, 9) % 31


def org_sums(found: Digests) -> npt.NDArray[np.int64]:
    """Sum modulo 11; 0 is right; 11 more if the check character is a letter other than X, which counts 0."""
    return _field(found, 9, 6) % 11 + _field(found, 15, 1) * 11


def illegal_counts(found: Digests) -> npt.NDArray[np.int64]:
    return _field(found, 36, 5)


def divisions(found: Digests) -> npt.NDArray[np.int64]:
    """The division as a number; places that are no digit count 0."""
    return _field(found, 16, 20)


def standings(numbers: npt.NDArray[np.int64], regions: Regions) -> Bytes:
    return _region_table(regions).take(numbers)


def _blocks(matrix: Bytes) -> Iterator[tuple[slice, Digests]]:
    pairs = np.ascontiguousarray(matrix).view("<u2")
    lookup = _pair_tables()
    for start in range(0, len(pairs), _BLOCK):
        part = slice(start, start + _BLOCK)
        index = pairs[part].T.astype(np.intp, order="C")
        total = lookup[0].take(index[0])
        for place in range(1, 9):
            total += lookup[place].take(index[place], mode="clip")
        yield part, total


def _flaws(found: Digests, matrix: Bytes, verdicts: Bytes) -> Bytes:
    """Verdicts of codes with a flag set, written from the last part to the first: the first one stays."""
    first_pair = _field(found, 46, 2)
    verdicts[_field(found, 48, 3) > 0] = INDEX["region"]
    verdicts[first_pair == 1] = INDEX["category"]
    verdicts[first_pair == 2] = INDEX["authority"]
    verdicts[_field(found, 36, 5) > 0] = INDEX["alphabet"]
    verdicts[_field(found, 41, 5) > 0] = UNTIDY
    verdicts[(matrix == _PLACEHOLDER).all(axis=1)] = INDEX["placeholder"]
    return verdicts


def _field(found: Digests, low: int, bits: int) -> npt.NDArray[np.int64]:
    part: Digests = (found >> np.uint64(low)) & np.uint64((1 << bits) - 1)
    return part.view(np.int64)


@lru_cache(maxsize=1)
def _sum_table() -> Bytes:
    """Verdict on the low 16 bits; 128 more if the organisation code's own check character is wrong."""
    low = np.arange(1 << 16)
    org_wrong = (low >> 15 == 1) | ((low >> 9 & 63) % 11 != 0)
    verdict = np.where((low & 511) % 31 == 0, GOOD, INDEX["check_digit"])
    table: Bytes = (verdict + 128 * org_wrong).astype(np.uint8)
    return table


@lru_cache(maxsize=4)
def _region_table(regions: Regions) -> npt.NDArray[np.uint8]:
    table = np.zeros(1_000_000, dtype=np.uint8)
    table[_codes(regions.historical)] = HISTORICAL
    table[_codes(regions.current)] = CURRENT
    return table


def _codes(codes: frozenset[str]) -> npt.NDArray[np.int64]:
    return np.array([int(code) for code in codes], dtype=np.int64)


@lru_cache(maxsize=1)
def _pair_tables() -> Digests:
    """(9, 65536): the low byte of an index is the left one of the pair."""
    single = np.array([[_parts(place, byte) for byte in range(256)] for place in range(18)], dtype=np.uint64)
    left, right = single[0::2, None, :], single[1::2, :, None]
    both = (left + right).reshape(9, 65_536, 4)
    pairs = both[..., 0] % 31 | both[..., 1] % 11 << np.uint64(9)
    pairs |= both[..., 2] << np.uint64(16) | both[..., 3]
    pairs[0] |= _first_pair_flags() << np.uint64(46)
    return pairs


def _parts(place: int, byte: int) -> tuple[int, int, int, int]:
    """What a byte adds to the two sums, to the division and to the flags."""
    char = chr(byte)
    in_region = 2 <= place <= 7
    flags = (in_region and char not in "0123456789") << 48
    value = tables.USCC_VALUES.get(char)
    if value is None:
        return 0, 0, 0, flags | 1 << 36 | (char not in tables.ORG_VALUES) << 41
    division = value * 10 ** (7 - place) if in_region and value < 10 else 0
    if place == 16 and char not in tables.ORG_CHECK_VALUES:
        flags |= 1 << 15
    return value * tables.USCC_WEIGHTS[place], org_share(place, char), division, flags


def org_share(place: int, char: str) -> int:
    """What a character at that place of a unified code adds to the sum of GB 11714."""
    if 8 <= place <= 15:
        return tables.ORG_VALUES[char] * tables.ORG_WEIGHTS[place - 8]
    return tables.ORG_CHECK_VALUES.get(char, 0) if place == 16 else 0


def _first_pair_flags() -> Digests:
    flags = np.full((256, 256), 2, dtype=np.uint64)  # [second, first]
    for first, seconds in tables.DEPARTMENTS.items():
        flags[:, ord(first)] = 1
        flags[[ord(second) for second in seconds], ord(first)] = 0
    return flags.reshape(-1)
