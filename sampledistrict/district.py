"""The whole district, from a number of subjects and a seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from sampledistrict import decisions
from sampledistrict.defects import DEFECTS, Defect, verdict
from sampledistrict.layouts import XZCF, XZXK, Layout
from sampledistrict.ledger import Ledger
from sampledistrict.outbox import Outbox, Summary
from sampledistrict.plan import Make, Number, Planner
from sampledistrict.registry import Registry
from sampledistrict.rows import Batch
from sampledistrict.subjects import make_subjects
from sampledistrict.tangles import entangle
from sampledistrict.wrongfiles import wrong_files

Progress = Callable[[str, int, int], None]
_LEAST = 2  # of every kind, however small the district
DECISIONS: tuple[tuple[Layout, Make, Number, float], ...] = (
    (XZXK, decisions.permit, decisions.permit_number, 0.9),
    (XZCF, decisions.penalty, decisions.penalty_number, 1.05),
)


def generate(
    out: Path, *, subjects: int = 20_000, seed: int = 1, progress: Progress | None = None
) -> Summary:
    """Writes the district's files, manifest and truth into `out`; the same arguments give the same bytes.

    `progress` is called with a stage's name, the number of files done and the number to do.
    """
    if subjects < 100:
        raise ValueError("a district has at least 100 subjects")
    rng = np.random.default_rng(seed)
    summary = Summary(subjects=subjects)
    registry = Registry(make_subjects(subjects, rng))
    outbox = Outbox(out, summary)
    _send(outbox, list(registry.batches()), "登记注册基本信息", progress)
    planner = Planner(registry, rng)
    spare = {}
    for layout, make, number, share in DECISIONS:
        batches = planner.batches(layout, make, number, int(subjects * share))
        spoil(batches, rng)
        entangle(batches, registry, rng, _LEAST)
        spare[layout.item] = planner.batches(layout, make, number, 5)[0].rows
        _send(outbox, batches, layout.name, progress)
    _send(outbox, wrong_files(spare["XZCF"], spare["XZXK"]), "整份有误的文件", progress)
    return outbox.close()


def _send(outbox: Outbox, batches: list[Batch], stage: str, progress: Progress | None) -> None:
    Ledger().play(batches)
    for done, batch in enumerate(batches, start=1):
        if batch.style.extra:
            batch.features.append("extra_column")
        outbox.put(batch)
        batch.rows.clear()
        if progress is not None:
            progress(stage, done, len(batches))


def spoil(batches: list[Batch], rng: np.random.Generator, least: int = _LEAST) -> None:
    """Puts every kind of defect into rows that are still clean."""
    places = [(batch, i) for batch in batches for i in range(len(batch.rows))]
    for defect in DEFECTS:
        if batches[0].item in defect.items:
            _inject(defect, places, max(least, len(places) * defect.rate // 10_000), rng)


def _inject(defect: Defect, places: list[tuple[Batch, int]], wanted: int, rng: np.random.Generator) -> None:
    for _ in range(wanted * 400):
        if not wanted:
            return
        batch, i = places[int(rng.integers(len(places)))]
        row = batch.rows[i]
        if set(row.defects) - {"late", "region_historical"}:
            continue
        if defect.apply(row, batch, int(rng.integers(1 << 40))):
            row.defects.append(defect.kind)
            row.verdict = verdict(defect.effect)
            wanted -= 1
