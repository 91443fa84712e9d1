"""Identifiers of whole columns: the same answers as `identifiers`, at tens of millions of codes a second.

Every check takes a String series and returns a frame of the same height and order. A null stays null in
`normalized`, `valid` and `reason`, and is false in every other column.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from xinyong.kernel import identifiers_packed as packed
from xinyong.kernel import identifiers_tables as tables
from xinyong.kernel.divisions import Regions
from xinyong.kernel.identifiers_batch_repair import candidates_batch
from xinyong.kernel.identifiers_packed import Bools, Bytes, Judgement

REASON = pl.Enum(tables.REASONS)

_SPACE_CLASS = "[" + "".join(f"\\x{{{ord(char):x}}}" for char in tables.SPACES) + "]"
_HYPHEN_CLASS = "[" + "".join(f"\\x{{{ord(char):x}}}" for char in tables.HYPHENS) + "]"
_SLICE = 131_072  # codes at a time: their bytes are judged while still in the cache
_NORMALIZED = ("width", "space", "hyphen", "case")


def check_uscc_batch(
    codes: pl.Series, *, regions: Regions, exceptions: frozenset[str] = frozenset()
) -> pl.DataFrame:
    """Unified social credit codes (GB 32100-2015, amendment 1).

    Columns: normalized (String), valid (Boolean), reason (Enum), is_placeholder, region_unknown,
    region_historical, org_check_digit, exception_confirmed, normalized_width/space/hyphen/case (Boolean).
    """
    texts = codes.rename("normalized")
    judged = _judged(texts, regions)
    flags = pl.DataFrame({f"normalized_{name}": _all_false(len(codes)) for name in _NORMALIZED})
    untidy = np.flatnonzero(judged.verdicts == packed.UNTIDY)
    if len(untidy):
        tidied = _normalized_frame(codes.gather(untidy))
        texts = texts.scatter(untidy, tidied["normalized"])
        flags = flags.with_columns(flags[name].scatter(untidy, tidied[name]) for name in flags.columns)
        for whole, part in zip(judged, _rejudged(tidied["normalized"], regions), strict=True):
            whole[untidy] = part
    return _uscc_frame(texts, judged, exceptions).hstack(flags)


def check_orgcode_batch(codes: pl.Series) -> pl.DataFrame:
    """Organisation codes (GB 11714). Columns: normalized, valid, reason, normalized_…."""
    frame = _normalized_frame(codes)
    texts = frame["normalized"]
    matrix = _matrix(texts, 9)
    values = _value_table(tables.ORG_VALUES)[matrix]
    body = values[:, :8].astype(np.int64) @ np.array(tables.ORG_WEIGHTS)
    check = _value_table(tables.ORG_CHECK_VALUES)[matrix[:, 8]]
    reasons = np.where(
        (check < 99) & ((body + check) % 11 == 0), packed.GOOD, packed.INDEX["org_check_digit"]
    ).astype(np.uint8)
    reasons[(values == 99).any(axis=1)] = packed.INDEX["alphabet"]
    reasons[_wrong_length(texts, 9)] = packed.INDEX["length"]
    return _answer(frame.with_columns(_unusual_hyphens(codes, frame["normalized_hyphen"])), reasons)


def _unusual_hyphens(codes: pl.Series, hyphened: pl.Series) -> pl.Series:
    """`normalized_hyphen` without the one hyphen that stands where the standard prints it."""
    rows = hyphened.arg_true()
    if not len(rows):
        return hyphened
    given = _normalize(codes.gather(rows), keep_hyphens=True)["normalized"]
    return hyphened.scatter(rows, ~given.str.contains(r"^[^-]{8}-[^-]$").fill_null(False))


def check_regno_batch(codes: pl.Series) -> pl.DataFrame:
    """Registration numbers (15 digits, MOD 11,10). Columns: as `check_orgcode_batch`, and unverified."""
    frame = _normalized_frame(codes)
    loose = _normalize(codes, keep_hyphens=True)
    checked = frame["normalized"].str.contains(r"^[0-9]{15}$").fill_null(False)
    digits = _matrix(frame["normalized"].set(~checked, "0" * 15), 15).astype(np.int64) - 48
    product = np.full(len(codes), 10)
    for place in range(14):
        total = (product + digits[:, place]) % 10
        product = np.where(total == 0, 10, total) * 2 % 11
    right = (product + digits[:, 14]) % 10 == 1
    reasons = np.where(right | ~checked.to_numpy(), packed.GOOD, packed.INDEX["check_digit"]).astype(np.uint8)
    reasons[(loose["normalized"] == "").fill_null(False).to_numpy()] = packed.INDEX["length"]
    chosen = pl.select(
        pl.when(checked).then(frame[name]).otherwise(loose[name]).alias(name) for name in frame.columns
    )
    unverified = ~checked & chosen["normalized"].is_not_null() & (chosen["normalized"] != "").fill_null(False)
    return _answer(chosen.with_columns(unverified.alias("unverified")), reasons)


def check_person_id_batch(codes: pl.Series, *, as_of: date) -> pl.DataFrame:
    """ID cards (GB 11643-1999). Columns: normalized, valid, reason, normalized_…, birth_date, upgraded_15."""
    frame = _normalized_frame(codes)
    old = frame["normalized"].str.contains(r"^[0-9]{15}$").fill_null(False)
    texts = _upgraded(frame["normalized"], old)
    matrix = _matrix(texts, 18)
    digits = matrix.astype(np.int64) - 48
    wrong_date = ~_is_birth_date(digits, as_of)
    reasons = np.where(
        _person_check(matrix) == matrix[:, 17], packed.GOOD, packed.INDEX["check_digit"]
    ).astype(np.uint8)
    reasons[wrong_date] = packed.INDEX["alphabet"]
    provinces = np.isin(digits[:, 0] * 10 + digits[:, 1], [int(code) for code in tables.ID_PROVINCES])
    reasons[~provinces] = packed.INDEX["region"]
    shape = texts.str.contains(r"^[0-9]{17}[0-9X]$").fill_null(False).to_numpy()
    reasons[~shape] = packed.INDEX["alphabet"]
    reasons[_wrong_length(texts, 18)] = packed.INDEX["length"]
    warned = pl.Series("birth_date", shape & provinces & wrong_date)
    return _answer(frame.with_columns(texts, warned, old.alias("upgraded_15")), reasons)


def _judged(texts: pl.Series, regions: Regions) -> Judgement:
    """Everything but 18 bytes of 0–9 A–Z, nulls too, is untidy."""
    starts = range(0, max(len(texts), 1), _SLICE)
    judged = [packed.judge(_matrix(texts.slice(start, _SLICE), 18), regions) for start in starts]
    return Judgement(*map(np.concatenate, zip(*judged, strict=True)))


def _rejudged(texts: pl.Series, regions: Regions) -> Judgement:
    """After normalisation what is still untidy has the wrong length, or characters of another world."""
    judged = _judged(texts, regions)
    untidy = judged.verdicts == packed.UNTIDY
    wrong = np.where(_wrong_length(texts, 18), packed.INDEX["length"], packed.INDEX["alphabet"])
    judged.verdicts[untidy] = wrong[untidy]
    return judged


def _uscc_frame(texts: pl.Series, judged: Judgement, exceptions: frozenset[str]) -> pl.DataFrame:
    verdicts = judged.verdicts
    doubtful = verdicts == packed.INDEX["check_digit"]
    structured = (verdicts == packed.GOOD) | doubtful
    confirmed = _confirmed(texts, doubtful, exceptions)
    verdicts[confirmed] = packed.GOOD
    warnings = {
        "is_placeholder": verdicts == packed.INDEX["placeholder"],
        "region_unknown": structured & (judged.standings == packed.UNKNOWN),
        "region_historical": structured & (judged.standings == packed.HISTORICAL),
        "org_check_digit": structured & judged.org_wrong,
        "exception_confirmed": confirmed,
    }
    return _answer(texts.to_frame(), verdicts).hstack(pl.DataFrame(warnings))


def _confirmed(texts: pl.Series, doubtful: Bools, exceptions: frozenset[str]) -> Bools:
    confirmed = np.zeros(len(texts), dtype=np.bool_)
    rows = np.flatnonzero(doubtful)
    if exceptions and len(rows):
        confirmed[rows] = texts.gather(rows).is_in(sorted(exceptions)).to_numpy()
    return confirmed


def _answer(frame: pl.DataFrame, reasons: Bytes) -> pl.DataFrame:
    """Add `valid` and `reason` after `normalized`; both null where there was nothing."""
    valid = pl.Series("valid", reasons == packed.GOOD)
    reason = pl.Series("reason", reasons, dtype=pl.UInt8).cat.to(REASON, strict=False)  # GOOD becomes null
    missing = frame["normalized"].is_null()
    if missing.any():
        valid, reason = valid.set(missing, None), reason.set(missing, None)
    return pl.DataFrame([frame["normalized"], valid, reason]).hstack(frame.drop("normalized"))


def _matrix(texts: pl.Series, width: int) -> Bytes:
    """(n, width) bytes; texts of another byte length, and nulls, become a row of question marks."""
    fits = (texts.str.len_bytes() == width).fill_null(False)
    if not fits.all():
        texts = texts.clone().scatter((~fits).arg_true(), "?" * width)
    return _rows(texts, width)


def _rows(texts: pl.Series, width: int) -> Bytes:
    """(n, width) bytes of texts that all have that byte length."""
    if not len(texts):
        return np.empty((0, width), dtype=np.uint8)
    rows: Bytes = texts.cast(pl.Binary).bin.reinterpret(dtype=pl.Array(pl.UInt8, width)).to_numpy()
    return rows


def _wrong_length(texts: pl.Series, length: int) -> Bools:
    return (texts.str.len_chars() != length).fill_null(True).to_numpy()


def _all_false(height: int) -> pl.Series:
    return pl.repeat(False, height, dtype=pl.Boolean, eager=True)


def _normalized_frame(codes: pl.Series) -> pl.DataFrame:
    """`_normalize`, spared where nothing can change."""
    flags = [_all_false(len(codes)).alias(f"normalized_{name}") for name in _NORMALIZED]
    frame = pl.DataFrame([codes.rename("normalized"), *flags])
    untidy = codes.str.contains(r"[^0-9A-Z]").fill_null(False).arg_true()
    if not len(untidy):
        return frame
    tidied = _normalize(codes.gather(untidy))
    return frame.with_columns(frame[name].scatter(untidy, tidied[name]) for name in frame.columns)


def _normalize(codes: pl.Series, *, keep_hyphens: bool = False) -> pl.DataFrame:
    """Columns normalized and normalized_width/space/hyphen/case, as `identifiers.normalize` does."""
    wide = codes.str.replace_many(list(tables.FULL_WIDTH), list(tables.FULL_WIDTH.values()))
    closed = wide.str.replace_all(_SPACE_CLASS, "")
    joined = closed if keep_hyphens else closed.str.replace_all(_HYPHEN_CLASS, "")
    upper = joined.str.replace_many(list(tables.LOWER_CASE), list(tables.LOWER_CASE.values()))
    steps = [codes, wide, closed, joined, upper]
    changed = [
        (after != before).fill_null(False).alias(f"normalized_{name}")
        for name, before, after in zip(_NORMALIZED, steps, steps[1:], strict=False)
    ]
    return pl.DataFrame([upper.rename("normalized"), *changed])


def _value_table(values: dict[str, int]) -> npt.NDArray[np.int64]:
    """Value per byte; 99 where the byte has none."""
    table = np.full(256, 99, dtype=np.int64)
    for char, value in values.items():
        table[ord(char)] = value
    return table


def _person_check(matrix: Bytes) -> Bytes:
    """The byte that belongs in place 18."""
    total = (matrix[:, :17].astype(np.int64) - 48) @ np.array(tables.ID_WEIGHTS)
    chars: Bytes = np.frombuffer(tables.ID_CHECK_CHARS.encode(), dtype=np.uint8)
    wanted: Bytes = chars[total % 11]
    return wanted


def _upgraded(texts: pl.Series, old: pl.Series) -> pl.Series:
    """Old cards of 15 digits with the century and the check character put in."""
    if not old.any():
        return texts
    part = texts.filter(old)
    bodies = part.str.slice(0, 6) + "19" + part.str.slice(6)
    checks = _person_check(_matrix(bodies, 17)).view("S1").astype("U1")
    return texts.scatter(old.arg_true(), bodies + pl.Series(checks.tolist(), dtype=pl.String))


def _is_birth_date(digits: npt.NDArray[np.int64], as_of: date) -> Bools:
    """Whether places 7–14 are a date from 1850 on and not after `as_of`."""
    parts = ((6, 10), (10, 12), (12, 14))
    year, month, day = (digits[:, low:high] @ 10 ** np.arange(high - low)[::-1] for low, high in parts)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    days = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[np.where(month <= 12, month, 0) % 13]
    days = days + (leap & (month == 2))
    stamp = year * 10_000 + month * 100 + day
    limit = as_of.year * 10_000 + as_of.month * 100 + as_of.day
    possible: Bools = (year >= 1850) & (year <= 2099) & (day >= 1) & (day <= days)
    past: Bools = possible & (stamp <= limit)
    return past


__all__ = [
    "REASON",
    "candidates_batch",
    "check_orgcode_batch",
    "check_person_id_batch",
    "check_regno_batch",
    "check_uscc_batch",
]
