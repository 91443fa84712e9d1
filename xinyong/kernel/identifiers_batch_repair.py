"""Repairs of many defective unified social credit codes at once; the rules are those of `identifiers_repair`.

The sum modulo 31 is linear, so for every place of every code the one character that mends it is known at
once, and for a swap the one difference of the two. What is left is checked like any code.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from xinyong.kernel import identifiers_packed as packed
from xinyong.kernel import identifiers_tables as tables
from xinyong.kernel.divisions import Regions
from xinyong.kernel.identifiers_packed import Bools, Bytes, Digests
from xinyong.kernel.identifiers_repair import looks_like_person

_CHUNK = 65_536  # codes at a time: keeps the work arrays within some 50 MB
_FIRST_SWAP, _FIRST_OTHER = 32, 64  # ranks: look-alikes, swaps, other characters; each plus its place

_CHARS = np.frombuffer(tables.USCC_ALPHABET.encode(), dtype=np.uint8)
_WEIGHTS = np.array(tables.USCC_WEIGHTS)
_ILLEGAL = 99
Ranks = npt.NDArray[np.int64]


class Hits(NamedTuple):
    """Repairs found: which code each mends, its rank among that code's repairs, its bytes (m, 18)."""

    rows: Ranks
    ranks: Ranks
    texts: Bytes

    def only(self, keep: Bools) -> Hits:
        kept = np.flatnonzero(keep)
        return Hits(self.rows[kept], self.ranks[kept], self.texts.take(kept, axis=0))


def candidates_batch(codes: pl.Series, *, regions: Regions) -> pl.Series:
    """Repairs of defective codes, as List(String), in the order given; at most ten each, best first.

    `codes`: normalised codes that failed (`normalized` where not `valid`, as `check_uscc_batch` returns
    them). A code that is right, a null and the placeholder have no repairs.
    """
    parts = [_chunk(codes.slice(start, _CHUNK), regions) for start in range(0, len(codes), _CHUNK)]
    return pl.concat(parts) if parts else pl.Series("candidates", [], dtype=pl.List(pl.String))


def _chunk(codes: pl.Series, regions: Regions) -> pl.Series:
    plain = _plain(codes)
    lengths = plain.str.len_bytes()
    hits: list[Hits] = []
    for length, find in ((17, _insertions), (18, _same_length), (19, _deletions)):
        rows = (lengths == length).arg_true()
        if len(rows):
            matrix = _matrix(plain.gather(rows), length)
            allowed = ~_people(matrix, regions)
            numbers = rows.to_numpy()[allowed].astype(np.int64)
            hits += (
                found._replace(rows=numbers[found.rows])
                for found in find(matrix.take(np.flatnonzero(allowed), axis=0), regions)
            )
    return _lists(hits, len(codes))


def _plain(codes: pl.Series) -> pl.Series:
    """One byte per character."""
    if (codes.str.len_bytes() == codes.str.len_chars()).all():
        return codes
    return codes.str.replace_all(r"[^\x00-\x7f]", "?")


def _people(matrix: Bytes, regions: Regions) -> Bools:
    """`looks_like_person` of each row; looked at one by one only where a year from 1800 to 2099 may stand."""
    people = np.zeros(len(matrix), dtype=np.bool_)
    century = matrix[:, 6].astype(np.uint16) * 256 + matrix[:, 7]
    for row in np.flatnonzero(np.isin(century, [int.from_bytes(two) for two in (b"18", b"19", b"20")])):
        people[row] = looks_like_person(matrix[row].tobytes().decode("ascii"), regions)
    return people


def _matrix(texts: pl.Series, width: int) -> Bytes:
    return texts.cast(pl.Binary).bin.reinterpret(dtype=pl.Array(pl.UInt8, width)).to_numpy()


def _passing(rows: Ranks, ranks: Ranks, texts: Bytes, regions: Regions) -> Hits:
    return Hits(rows, ranks, texts).only(packed.passes(texts, regions))


def _insertions(matrix: Bytes, regions: Regions) -> Iterator[Hits]:
    """One character into each of the 18 gaps; beside its own double it was tried one place before."""
    rows = np.arange(len(matrix))
    for place in range(18):
        texts = np.insert(matrix, place, ord("?"), axis=1)
        sums = packed.uscc_sums(packed.digests(texts))
        texts[:, place] = _CHARS[_needed_values()[sums, place]]
        hits = _passing(rows, np.full(len(rows), place), texts, regions)
        yield hits.only(hits.texts[:, place - 1] != hits.texts[:, place]) if place else hits


def _deletions(matrix: Bytes, regions: Regions) -> Iterator[Hits]:
    for place in range(19):
        fresh = matrix[:, place] != matrix[:, place - 1] if place else np.ones(len(matrix), dtype=np.bool_)
        rows = np.flatnonzero(fresh)
        yield _passing(
            rows, np.full(len(rows), place), np.delete(matrix.take(rows, axis=0), place, axis=1), regions
        )


def _same_length(matrix: Bytes, regions: Regions) -> Iterator[Hits]:
    found = packed.digests(matrix)
    illegal = packed.illegal_counts(found)
    clean = np.flatnonzero((illegal == 0) & (packed.uscc_sums(found) != 0))
    yield _substitutions(clean, matrix, found[clean], regions)
    yield _swaps(clean, matrix, found[clean], regions)
    one = np.flatnonzero(illegal == 1)
    yield _illegal_replaced(one, matrix, found[one], regions)
    several = np.flatnonzero(illegal > 1)
    yield _passing(several, np.zeros_like(several), _mapping()[matrix[several]], regions)


def _substitutions(rows: Ranks, matrix: Bytes, found: Digests, regions: Regions) -> Hits:
    """At every place the one character that makes the sum right; only those that can pass are spelled out."""
    own = matrix.take(rows, axis=0)
    verdicts, standings, _ = packed.judge(own, regions)
    values = _values().take(own)
    sums = packed.uscc_sums(found)
    states = sums * 22 + packed.org_sums(found)
    keep = _mending().take(states[:, None] * (18 * 31) + np.arange(0, 18 * 31, 31) + values)
    unfounded = (verdicts != packed.INDEX["check_digit"]) | (standings == packed.UNKNOWN)
    keep[unfounded, 8:] = False  # the fault lies in the first eight
    picked, places = np.divmod(np.flatnonzero(keep), 18)
    old = values.take(picked * 18 + places).astype(np.int64)
    wanted = (old + _needed_values().take(sums[picked] * 18 + places)) % 31
    divisions = packed.divisions(found)[picked] + _place_values().take(places) * (
        wanted - np.where(old < 10, old, 0)
    )
    able = (places < 2) | (packed.standings(divisions, regions) != packed.UNKNOWN)
    return _replaced(rows[picked[able]], places[able], wanted[able], matrix, regions)


def _replaced(rows: Ranks, places: Ranks, wanted: Bytes, matrix: Bytes, regions: Regions) -> Hits:
    texts = matrix.take(rows, axis=0)
    flat, spots = texts.reshape(-1), np.arange(0, 18 * len(rows), 18) + places
    chars = _CHARS.take(wanted)
    alike = _lookalikes().take(flat.take(spots)) == chars
    flat[spots] = chars
    return _passing(rows, places + np.where(alike, 0, _FIRST_OTHER), texts, regions)


def _swaps(rows: Ranks, matrix: Bytes, found: Digests, regions: Regions) -> Hits:
    """Swapping neighbours a, b adds (a − b) × (right weight − left weight) to the sum."""
    values = _values().take(matrix.take(rows, axis=0)).view(np.int8)
    difference = values[:, :17] - values[:, 1:]
    needed = _needed_differences().take(packed.uscc_sums(found), axis=0)
    matches = (difference == needed) | (difference == needed - np.int8(31))
    picked, places = np.divmod(np.flatnonzero(matches), 17)
    texts = matrix.take(rows[picked], axis=0)
    flat, spots = texts.reshape(-1), np.arange(0, 18 * len(picked), 18) + places
    left = flat.take(spots)
    flat[spots] = flat.take(spots + 1)
    flat[spots + 1] = left
    return _passing(rows[picked], places + _FIRST_SWAP, texts, regions)


def _illegal_replaced(rows: Ranks, matrix: Bytes, found: Digests, regions: Regions) -> Hits:
    places = (_values()[matrix[rows]] == _ILLEGAL).argmax(axis=1)
    return _replaced(rows, places, _needed_values()[packed.uscc_sums(found), places], matrix, regions)


def _lists(hits: list[Hits], height: int) -> pl.Series:
    """Sorted by code and rank, capped, one list per code."""
    if not sum(len(found.rows) for found in hits):
        return pl.Series("candidates", [[]] * height, dtype=pl.List(pl.String))
    rows, ranks, texts = (np.concatenate(parts) for parts in zip(*hits, strict=True))
    order = np.argsort(rows * 128 + ranks)
    rows = rows[order]
    starts = np.searchsorted(rows, np.arange(height + 1))
    within = np.arange(len(rows)) - starts[rows] < tables.MAX_CANDIDATES
    rows, texts = rows[within], texts.take(order[within], axis=0)
    found, first = np.unique(rows, return_index=True)
    ends = np.full((len(rows), 1), ord(","), dtype=np.uint8)
    ends[first[1:] - 1] = ord("\n")
    spelled = np.hstack([texts, ends]).tobytes()[:-1].decode("ascii")
    lists = pl.Series("candidates", [spelled]).str.split("\n").explode().str.split(",")
    places = np.full(
        height, len(found)
    )  # of its list; one more list, the empty one, for codes without repairs
    places[found] = np.arange(len(found))
    none = pl.Series("candidates", [[]], dtype=pl.List(pl.String))
    return pl.concat([lists, none], rechunk=True).gather(places)


@lru_cache(maxsize=1)
def _values() -> Bytes:
    table = np.full(256, _ILLEGAL, dtype=np.uint8)
    table[_CHARS] = np.arange(31)
    return table


@lru_cache(maxsize=1)
def _place_values() -> npt.NDArray[np.int64]:
    """(18,): what one more at that place adds to the number of the division."""
    return np.array([10 ** (7 - place) if 2 <= place <= 7 else 0 for place in range(18)])


@lru_cache(maxsize=1)
def _needed_values() -> Bytes:
    """(31, 18): what a character's value must grow by, modulo 31, when the sum is off by that much."""
    inverses = np.array([pow(int(weight), -1, 31) for weight in _WEIGHTS])
    grown: Bytes = (-np.arange(31)[:, None] * inverses % 31).astype(np.uint8)
    return grown


@lru_cache(maxsize=1)
def _needed_differences() -> npt.NDArray[np.int8]:
    """(31, 17): left minus right value, modulo 31, of the neighbours whose swap makes the sum right."""
    inverses = np.array([pow(int(step), -1, 31) for step in np.diff(_WEIGHTS)])
    grown: npt.NDArray[np.int8] = (-np.arange(31)[:, None] * inverses % 31).astype(np.int8)
    return grown


@lru_cache(maxsize=1)
def _mending() -> Bools:
    """Flat, of (31, 22, 18, 31): sum of GB 32100, `packed.org_sums`, place, value at that place.

    True where the character that mends the first sum leaves, or makes, the second right and may stand there.
    """
    value, place = np.arange(31), np.arange(18)[:, None]
    wanted = (value + _needed_values()[:, :, None]) % 31  # (sum, place, value)
    shares = np.array([[packed.org_share(at, char) for char in tables.USCC_ALPHABET] for at in range(18)])
    allowed = np.array([[_may_stand(at, char) for char in tables.USCC_ALPHABET] for at in range(18)])
    change = (shares[place, wanted] - shares[place, value])[:, None]
    org = np.arange(22)[:, None, None]
    letter_goes = (org < 11) | (place == 16)
    org_right = (org + change - 11 * (org > 10)) % 11 == 0
    mending: Bools = (org_right & letter_goes & allowed[place, wanted][:, None]).reshape(-1)
    return mending


def _may_stand(place: int, char: str) -> bool:
    if place < 2:
        return char in ("".join(tables.DEPARTMENTS.values()) if place else tables.DEPARTMENTS)
    if place < 8:
        return char.isdigit()
    return place != 16 or char in tables.ORG_CHECK_VALUES


@lru_cache(maxsize=1)
def _lookalikes() -> Bytes:
    return _byte_table(tables.LOOKALIKES, np.zeros(256, dtype=np.uint8))


@lru_cache(maxsize=1)
def _mapping() -> Bytes:
    return _byte_table(tables.ILLEGAL_LOOKALIKES, np.arange(256, dtype=np.uint8))


def _byte_table(pairs: dict[str, str], table: Bytes) -> Bytes:
    for wrong, right in pairs.items():
        table[ord(wrong)] = ord(right)
    return table
