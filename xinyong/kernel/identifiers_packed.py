"""Eighteen-byte codes to one 64-bit digest each: every sum and flag a check needs, in nine table look-ups.

Two neighbouring bytes index a table of 65,536 entries per pair; adding nine entries adds all parts at once:

| bits  | what                                                                           |
|-------|--------------------------------------------------------------------------------|
| 0–13  | weighted sum of GB 32100 (at most 9,000)                                        |
| 14–25 | sum of GB 11714 with its check character (at most 1,800)                        |
| 26–45 | division, six digits                                                            |
| 46–50 | characters outside the alphabet                                                 |
| 51–55 | bytes outside 0–9 A–Z                                                           |
| 56–57 | first pair: 0 good, 1 category unknown, 2 authority unknown                     |
| 58–60 | places of the division that are no digit                                        |
| 61    | ninth character of the organisation code is a letter other than X               |
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from xinyong.kernel import identifiers_tables as tables
from xinyong.kernel.divisions import Regions

Digests = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

UNKNOWN, CURRENT, HISTORICAL = 0, 1, 2
_BLOCK = 16_384  # codes: a block's digests and indices stay in the second-level cache


def digests(matrix: Bytes) -> Digests:
    """(n, 18) ASCII bytes → (n,) digests."""
    pairs = np.ascontiguousarray(matrix).view("<u2")
    lookup = _pair_tables()
    result = np.empty(len(pairs), dtype=np.uint64)
    for start in range(0, len(pairs), _BLOCK):
        index = np.ascontiguousarray(pairs[start : start + _BLOCK].T).astype(np.intp)
        total = lookup[0].take(index[0])
        for place in range(1, 9):
            total += lookup[place].take(index[place], mode="clip")
        result[start : start + _BLOCK] = total
    return result


def field(found: Digests, low: int, bits: int) -> Digests:
    return (found >> np.uint64(low)) & np.uint64((1 << bits) - 1)


def uscc_sums(found: Digests) -> npt.NDArray[np.uint8]:
    """Sum modulo 31; 0 is right."""
    return (field(found, 0, 14).astype(np.uint16) % np.uint16(31)).astype(np.uint8)


def org_sums(found: Digests) -> npt.NDArray[np.uint8]:
    """Sum modulo 11; 0 is right unless the check character is a letter other than X."""
    return (field(found, 14, 12).astype(np.uint16) % np.uint16(11)).astype(np.uint8)


def org_passes(found: Digests) -> Bools:
    right: Bools = (org_sums(found) == 0) & (field(found, 61, 1) == 0)
    return right


def illegal_counts(found: Digests) -> npt.NDArray[np.uint8]:
    return field(found, 46, 5).astype(np.uint8)


def standings(found: Digests, regions: Regions) -> npt.NDArray[np.uint8]:
    """UNKNOWN, CURRENT or HISTORICAL per digest; only meaningful where the division is all digits."""
    return region_table(regions).take(field(found, 26, 20).astype(np.intp), mode="clip")


def passes(found: Digests, regions: Regions) -> Bools:
    """Whether a digest's code could be a repair: everything right and the division known."""
    flawless: Bools = (found >> np.uint64(46)) == 0
    sums_right: Bools = (uscc_sums(found) == 0) & (org_sums(found) == 0)
    return flawless & sums_right & (standings(found, regions) != UNKNOWN)


@lru_cache(maxsize=4)
def region_table(regions: Regions) -> npt.NDArray[np.uint8]:
    table = np.zeros(1_000_000, dtype=np.uint8)
    table[_codes(regions.historical)] = HISTORICAL
    table[_codes(regions.current)] = CURRENT
    return table


def _codes(codes: frozenset[str]) -> npt.NDArray[np.int64]:
    return np.array([int(code) for code in codes], dtype=np.int64)


@lru_cache(maxsize=1)
def _pair_tables() -> npt.NDArray[np.uint64]:
    """(9, 65536): the low byte of an index is the left one of the pair."""
    single = np.array([[_entry(place, byte) for byte in range(256)] for place in range(18)], dtype=np.uint64)
    left, right = single[0::2], single[1::2]
    pairs = (right[:, :, None] + left[:, None, :]).reshape(9, 65_536)
    pairs[0] += _first_pair_flags() << np.uint64(56)
    return pairs


def _entry(place: int, byte: int) -> int:
    char = chr(byte)
    value = tables.USCC_VALUES.get(char)
    in_region = 2 <= place <= 7
    entry = (in_region and char not in "0123456789") << 58
    if value is None:
        return entry | 1 << 46 | (char not in tables.ORG_VALUES) << 51
    entry |= value * tables.USCC_WEIGHTS[place]
    if in_region and value < 10:
        entry |= value * 10 ** (7 - place) << 26
    return entry | _org_entry(place, char)


def _org_entry(place: int, char: str) -> int:
    if 8 <= place <= 15:
        return tables.ORG_VALUES[char] * tables.ORG_WEIGHTS[place - 8] << 14
    if place != 16:
        return 0
    check = tables.ORG_CHECK_VALUES.get(char)
    return 1 << 61 if check is None else check << 14


def _first_pair_flags() -> npt.NDArray[np.uint64]:
    flags = np.full((256, 256), 2, dtype=np.uint64)  # [second, first]
    for first, seconds in tables.DEPARTMENTS.items():
        flags[:, ord(first)] = 1
        flags[[ord(second) for second in seconds], ord(first)] = 0
    return flags.reshape(-1)
