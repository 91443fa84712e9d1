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
        return Hits(self.rows[keep], self.ranks[keep], self.texts[keep])


def candidates_batch(codes: pl.Series, *, regions: Regions) -> pl.Series:
    """Repairs of defective codes, as List(String), in the order given; at most ten each, best first.

    `codes`: normalised codes that failed (`normalized` where not `valid`, as `check_uscc_batch` returns
    them). A code that is right, a null and the placeholder have no repairs.
    """
    parts = [_chunk(codes.slice(start, _CHUNK), regions) for start in range(0, len(codes), _CHUNK)]
    return pl.concat(parts) if parts else pl.Series("candidates", [], dtype=pl.List(pl.String))


def _chunk(codes: pl.Series, regions: Regions) -> pl.Series:
    plain = _plain(codes, regions)
    lengths = plain.str.len_bytes()
    hits: list[Hits] = []
    for length, find in ((17, _insertions), (18, _same_length), (19, _deletions)):
        rows = (lengths == length).arg_true()
        if len(rows):
            matrix = _matrix(plain.gather(rows), length)
            numbers = rows.to_numpy().astype(np.int64)
            hits += (found._replace(rows=numbers[found.rows]) for found in find(matrix, regions))
    return _lists(hits, len(codes))


def _plain(codes: pl.Series, regions: Regions) -> pl.Series:
    """One byte per character; empty where nothing may be proposed."""
    plain = codes.str.replace_all(r"[^0-9A-Z]", "?")
    numbers = plain.str.contains(r"^[0-9]{14}").arg_true()
    texts = plain.gather(numbers)
    people = [row for row, text in zip(numbers, texts, strict=True) if looks_like_person(text, regions)]
    return plain.scatter(people, "") if people else plain


def _matrix(texts: pl.Series, width: int) -> Bytes:
    return texts.cast(pl.Binary).bin.reinterpret(dtype=pl.Array(pl.UInt8, width)).to_numpy()


def _passing(rows: Ranks, ranks: Ranks, texts: Bytes, regions: Regions) -> Hits:
    return Hits(rows, ranks, texts).only(packed.passes(packed.digests(texts), regions))


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
        yield _passing(rows, np.full(len(rows), place), np.delete(matrix[rows], place, axis=1), regions)


def _same_length(matrix: Bytes, regions: Regions) -> Iterator[Hits]:
    found = packed.digests(matrix)
    illegal = packed.illegal_counts(found)
    clean = np.flatnonzero((illegal == 0) & (packed.uscc_sums(found) != 0))
    values = _values()[matrix[clean]]
    yield _substitutions(clean, matrix, values, found[clean], regions)
    yield _swaps(clean, matrix, values, found[clean], regions)
    one = np.flatnonzero(illegal == 1)
    yield _illegal_replaced(one, matrix, found[one], regions)
    several = np.flatnonzero(illegal > 1)
    yield _passing(several, np.zeros_like(several), _mapping()[matrix[several]], regions)


def _substitutions(rows: Ranks, matrix: Bytes, values: Bytes, found: Digests, regions: Regions) -> Hits:
    """At every place the one character that makes the sum right; only those that can pass are spelled out."""
    wanted = values + _needed_values()[packed.uscc_sums(found)]
    wanted -= np.where(wanted > 30, np.uint8(31), np.uint8(0))
    keep = np.repeat(packed.org_passes(found)[:, None], 18, axis=1)
    keep[:, 2:8] &= wanted[:, 2:8] < 10
    keep[:, 8:17] = _org_mended(values[:, 8:17], wanted[:, 8:17], found)
    picked, places = np.nonzero(keep)
    return _replaced(rows[picked], places, wanted[picked, places], matrix, regions)


def _org_mended(values: Bytes, wanted: Bytes, found: Digests) -> Bools:
    """(n, 9): whether the organisation code's own sum is right after the substitution at that place."""
    places = np.arange(9)
    terms = _org_terms()
    total = packed.org_sums(found)[:, None] + terms[places, wanted] + (11 - terms[places, values] % 11)
    mended: Bools = total % 11 == 0
    lettered = packed.field(found, 61, 1) == 1
    mended[:, :8] &= ~lettered[:, None]
    return mended & (terms[places, wanted] < 11)


def _replaced(rows: Ranks, places: Ranks, wanted: Bytes, matrix: Bytes, regions: Regions) -> Hits:
    texts = matrix[rows]
    each = np.arange(len(rows))
    chars = _CHARS[wanted]
    alike = _lookalikes()[texts[each, places]] == chars
    texts[each, places] = chars
    return _passing(rows, places + np.where(alike, 0, _FIRST_OTHER), texts, regions)


def _swaps(rows: Ranks, matrix: Bytes, values: Bytes, found: Digests, regions: Regions) -> Hits:
    """Swapping neighbours a, b adds (a − b) × (right weight − left weight) to the sum."""
    difference = values[:, :17] + np.uint8(31) - values[:, 1:]
    difference -= np.where(difference > 30, np.uint8(31), np.uint8(0))
    picked, places = np.nonzero(difference == _needed_differences()[packed.uscc_sums(found)])
    texts = matrix[rows[picked]]
    each = np.arange(len(picked))
    left = texts[each, places]
    texts[each, places] = texts[each, places + 1]
    texts[each, places + 1] = left
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
    spelled = texts[order[within]].tobytes().decode("ascii")
    parts = [spelled[start : start + 18] for start in range(0, len(spelled), 18)]
    grouped = (
        pl.DataFrame({"row": rows[within], "candidates": pl.Series(parts, dtype=pl.String)})
        .group_by("row", maintain_order=True)
        .agg("candidates")
    )
    every = pl.DataFrame({"row": np.arange(height)})
    return every.join(grouped, on="row", how="left", maintain_order="left")["candidates"].fill_null([])


@lru_cache(maxsize=1)
def _values() -> Bytes:
    table = np.full(256, _ILLEGAL, dtype=np.uint8)
    table[_CHARS] = np.arange(31)
    return table


@lru_cache(maxsize=1)
def _needed_values() -> Bytes:
    """(31, 18): what a character's value must grow by, modulo 31, when the sum is off by that much."""
    inverses = np.array([pow(int(weight), -1, 31) for weight in _WEIGHTS])
    grown: Bytes = (-np.arange(31)[:, None] * inverses % 31).astype(np.uint8)
    return grown


@lru_cache(maxsize=1)
def _needed_differences() -> Bytes:
    """(31, 17): left minus right value, modulo 31, of the neighbours whose swap makes the sum right."""
    inverses = np.array([pow(int(step), -1, 31) for step in np.diff(_WEIGHTS)])
    grown: Bytes = (-np.arange(31)[:, None] * inverses % 31).astype(np.uint8)
    return grown


@lru_cache(maxsize=1)
def _org_terms() -> Bytes:
    """(9, 31): share in the organisation code's sum, modulo 11; a check letter other than X has 11."""
    terms = np.zeros((9, 31), dtype=np.uint8)
    for value, char in enumerate(tables.USCC_ALPHABET):
        terms[:8, value] = [tables.ORG_VALUES[char] * weight % 11 for weight in tables.ORG_WEIGHTS]
        terms[8, value] = tables.ORG_CHECK_VALUES.get(char, 11)
    return terms


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
