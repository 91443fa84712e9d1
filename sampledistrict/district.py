"""The whole district, from a number of subjects and a seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from sampledistrict.decisions import DECISIONS
from sampledistrict.filling import SMALLER
from sampledistrict.ledger import Ledger
from sampledistrict.outbox import Outbox, Summary
from sampledistrict.plan import Planner
from sampledistrict.registry import Registry
from sampledistrict.reporting import Ledgers
from sampledistrict.rows import Batch
from sampledistrict.spoiling import spoil, wrong_registrations
from sampledistrict.subjects import make_subjects
from sampledistrict.tangles import entangle
from sampledistrict.wrongfiles import wrong_files

Progress = Callable[[str, int, int], None]
_LEAST = 2  # of every kind, however small the district


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
    registrations = list(registry.batches())
    wrong_registrations(registrations, registry, rng, max(6, subjects // 800))
    _send(outbox, registrations, "登记注册基本信息", progress)
    planner, ledgers = Planner(registry, rng), Ledgers(rng)
    spare = {}
    for recipe in DECISIONS:
        batches = planner.batches(recipe, int(subjects * recipe.share), backlogs=2)
        ledgers.count(batches)
        spoil(batches, rng, _LEAST)
        entangle(batches, registry, rng, _LEAST)
        spare[recipe.layout.item] = planner.batches(recipe, 30)[0].rows
        _send(outbox, batches, recipe.layout.name, progress)
    for recipe in SMALLER:
        batches = planner.batches(recipe, max(8, int(subjects * recipe.share)))
        spoil(batches, rng, 0)
        entangle(batches, registry, rng, 0)
        spare[recipe.layout.item] = planner.batches(recipe, 30)[0].rows
        _send(outbox, batches, recipe.layout.name, progress)
    _send(outbox, ledgers.batches(), "应报台账", progress)
    wrong = wrong_files(spare["XZCF"], spare["XZXK"], spare["ZCZY"])
    _send(outbox, wrong, "整份有误的文件", progress)
    ledgers.write(out / "reporting.json")
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
