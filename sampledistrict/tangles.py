"""Defects that need two rows: repeats, corrections, withdrawals, one number for two decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sampledistrict.codes import PLACEHOLDER
from sampledistrict.registry import Registry
from sampledistrict.rows import Batch, Row
from sampledistrict.subjects import Subject

Twin = Callable[[Row, Batch, Subject], Row]
LATE_AFTER_DAYS = 25  # rows are made at most 9 or at least 30 days old; nothing lies between


@dataclass(frozen=True, slots=True)
class Tangle:
    kind: str
    rate: int  # rows in ten thousand
    twin: Twin
    same_file: bool = False
    everywhere: bool = False  # also in the smaller items


def _copy(row: Row, kind: str) -> Row:
    return Row(list(row.values), row.subject, row.decided, defects=[*row.subject.traits, kind])


def _again(kind: str) -> Twin:
    return lambda row, batch, stranger: _copy(row, kind)


def _changed(kind: str, operation: str) -> Twin:
    def twin(row: Row, batch: Batch, stranger: Subject) -> Row:
        copy = _copy(row, kind)
        place = batch.layout.index("CF_NR" if batch.item == "XZCF" else batch.layout.text)
        copy.values[place] += "（更正）"
        copy.operation = operation
        return copy

    return twin


def _renumbered(row: Row, batch: Batch, stranger: Subject) -> Row:
    """The document number itself was wrong; 原记录号 names the number it was handed in under."""
    copy = _copy(row, "key_corrected")
    place = batch.layout.index(batch.layout.doc_no)
    copy.operation, copy.original = "更正", copy.values[place]
    copy.values[place] = copy.values[place].replace("号", "-1号")
    return copy


def _withdrawn(row: Row, batch: Batch, stranger: Subject) -> Row:
    copy = _copy(row, "withdrawn")
    copy.operation = "撤销"
    return copy


def _other_subject(row: Row, batch: Batch, stranger: Subject) -> Row:
    copy = _copy(row, "number_of_other_subject")
    layout = batch.layout
    for part, value in (
        ("name", stranger.name), ("code", stranger.code), ("id", stranger.id_no),
        ("org", stranger.org_code), ("regno", ""),
    ):  # fmt: skip
        copy.values[layout.role(part)] = value
    copy.subject, copy.verdict = stranger, "held"
    copy.defects = [*stranger.traits, "number_of_other_subject"]
    return copy


def _other_date(row: Row, batch: Batch, stranger: Subject) -> Row:
    copy = _copy(row, "number_of_other_date")
    copy.decided += timedelta(days=1)
    place = batch.layout.index(batch.layout.decided)
    copy.values[place] = date.isoformat(copy.decided)
    copy.verdict = "held"
    return copy


TANGLES = (
    Tangle("repeated_in_file", 30, _again("repeated_in_file"), True, True),
    Tangle("repeated_later", 40, _again("repeated_later"), everywhere=True),
    Tangle("corrected", 40, _changed("corrected", ""), everywhere=True),
    Tangle("corrected_marked", 15, _changed("corrected_marked", "更正")),
    Tangle("key_corrected", 5, _renumbered),
    Tangle("withdrawn", 15, _withdrawn, everywhere=True),
    Tangle("number_of_other_subject", 12, _other_subject),
    Tangle("number_of_other_date", 8, _other_date),
)


def entangle(batches: list[Batch], registry: Registry, rng: np.random.Generator, least: int = 2) -> None:
    """Adds second rows to the item's files; `batches` must be in order of receipt.

    Where there is one file only, only what can happen within a file does.
    """
    rows = sum(len(batch.rows) for batch in batches)
    main = batches[0].item in ("XZXK", "XZCF")
    tangles = [t for t in TANGLES if (main or t.everywhere) and (t.same_file or len(batches) > 1)]
    followers = _followers(batches)
    used: set[int] = set()
    for tangle in tangles:
        for _ in range(max(least, rows * tangle.rate // 10_000)):
            _one(tangle, batches, followers, used, registry, rng)


def _followers(batches: list[Batch]) -> list[list[Batch]]:
    """For each file, those that its provider hands in on later days."""
    return [
        [later for later in batches[i + 1 :] if later.provider is b.provider and later.received > b.received]
        for i, b in enumerate(batches)
    ]


def _one(
    tangle: Tangle, batches: list[Batch], followers: list[list[Batch]], used: set[int], registry: Registry,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    for _ in range(200):
        place = int(rng.integers(len(batches)))
        base = batches[place].rows[int(rng.integers(len(batches[place].rows)))]
        later = followers[place]
        if id(base) in used or not _plain(base) or not (later or tangle.same_file):
            continue
        batch = batches[place] if tangle.same_file else later[int(rng.integers(min(len(later), 6)))]
        if not registry.active(base.subject.serial, batch.received):
            continue
        stranger = _stranger(base.subject, batch, registry, rng)
        twin = tangle.twin(base, batch, stranger)
        _mark_late(twin, batch)
        used |= {id(base), id(twin)}
        batch.rows.append(twin)
        return


def _plain(row: Row) -> bool:
    return not (set(row.defects) - {"late", "org_check_wrong", "region_historical"})


def _mark_late(row: Row, batch: Batch) -> None:
    limited = batch.item in ("XZXK", "XZCF") and batch.mode != "补录"
    if limited and (batch.received - row.decided).days > LATE_AFTER_DAYS:
        row.defects.append("late")


def _stranger(subject: Subject, batch: Batch, registry: Registry, rng: np.random.Generator) -> Subject:
    """Another subject of the same category with a code (or an ID) of its own and one name only."""
    while True:
        other = registry.subjects[int(rng.integers(len(registry.subjects)))]
        same = other is not subject and other.category == subject.category and not other.former
        same = same and other.code != PLACEHOLDER
        if same and registry.active(other.serial, batch.received):
            return other


def repeat_within(batch: Batch, count: int, rng: np.random.Generator) -> None:
    """Adds exact second copies of `count` plain rows at the end of a file."""
    plain = [row for row in batch.rows if _plain(row)]
    for place in rng.choice(len(plain), size=min(count, len(plain)), replace=False).tolist():
        batch.rows.append(_copy(plain[place], "repeated_in_file"))
