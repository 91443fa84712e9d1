"""Putting defects into clean files."""

from __future__ import annotations

import numpy as np

from sampledistrict import defects
from sampledistrict.defects import DEFECTS, Defect, verdict
from sampledistrict.registry import Registry
from sampledistrict.rows import Batch, Row
from sampledistrict.subjects import newcomer

_TRAITS = {"late", "region_historical"}
_REGISTRATION_DEFECTS = (
    "code_substituted", "code_swapped", "code_look_alike", "required_missing", "date_impossible",
    "code_copied",
)  # fmt: skip


def spoil(batches: list[Batch], rng: np.random.Generator, least: int) -> None:
    """Puts every kind of defect that the item can have into rows that are still clean, each at its rate."""
    places = [(batch, i) for batch in batches for i in range(len(batch.rows))]
    for defect in DEFECTS:
        if places and (not defect.items or batches[0].item in defect.items):
            _inject(defect, places, max(least, len(places) * defect.rate // 10_000), rng)


def _inject(defect: Defect, places: list[tuple[Batch, int]], wanted: int, rng: np.random.Generator) -> None:
    for _ in range(wanted * 400):
        if not wanted:
            return
        batch, i = places[int(rng.integers(len(places)))]
        if set(batch.rows[i].defects) <= _TRAITS:
            wanted -= _apply(defect, batch.rows[i], batch, int(rng.integers(1 << 40)))


def _apply(defect: Defect, row: Row, batch: Batch, draw: int) -> bool:
    if not defect.apply(row, batch, draw):
        return False
    row.defects.append(defect.kind)
    row.verdict = verdict(defect.effect)
    return True


def wrong_registrations(
    batches: list[Batch], registry: Registry, rng: np.random.Generator, count: int
) -> None:
    """Rows about newcomers that no other file names, so that nothing else hangs on their fate."""
    kinds = {defect.kind: defect for defect in defects.DEFECTS}
    files = [b for b in batches if b.provider.id == "SCJG" and b.mode == "增量" and len(b.rows) > 1]
    for i in range(count if files else 0):
        batch = files[int(rng.integers(len(files)))]
        subject = newcomer(i, batch.received, int(rng.integers(1 << 30)))
        row = Row(registry.values(subject, batch.received), subject, subject.founded)
        batch.rows.append(row)
        kind = _REGISTRATION_DEFECTS[i % len(_REGISTRATION_DEFECTS)]
        draws = (int(rng.integers(1 << 40)) for _ in range(50))
        if not any(_apply(kinds[kind], row, batch, draw) for draw in draws):
            batch.rows.remove(row)
