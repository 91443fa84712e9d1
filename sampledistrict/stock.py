"""A legacy stock: what the old platform hands over in one go, with totals to reconcile against."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from sampledistrict.decisions import DECISIONS
from sampledistrict.layouts import DJZC
from sampledistrict.ledger import Ledger
from sampledistrict.outbox import Outbox, Summary
from sampledistrict.plan import Planner
from sampledistrict.providers import BY_ID
from sampledistrict.registry import Registry
from sampledistrict.rows import Batch, Style
from sampledistrict.spoiling import spoil
from sampledistrict.subjects import LAST_DAY, make_subjects
from sampledistrict.tangles import entangle

HANDOVER = date(2026, 7, 1)
_CENTRE = BY_ID["FGW"]
_SHARE_OF_SUBJECTS = 0.16  # of all records
_LOOK = Style("csv", "old_code", ("slash",), extra=("DFBM", "SJC"))
Progress = Callable[[str, int, int], None]


def legacy(out: Path, *, records: int = 127_900, seed: int = 1, progress: Progress | None = None) -> Summary:
    """Writes an export of `records` rows: one CSV an item, in the column names of 2016, to be taken as 补录.

    Its subjects are a population of its own, so that it can stand beside a district of the same seed.
    `control-totals.csv` counts the old platform's records by item and year of decision.
    """
    if records < 1000:
        raise ValueError("a legacy stock has at least 1000 records")
    rng = np.random.default_rng([seed, 2016])
    registry = Registry(make_subjects(int(records * _SHARE_OF_SUBJECTS), rng, letter="L"))
    outbox = Outbox(out, Summary(subjects=len(registry.subjects)))
    totals: Counter[tuple[str, int]] = Counter()
    stages = _stages(registry, rng, records)
    for done, batch in enumerate(stages, start=1):
        totals.update((batch.item, row.decided.year) for row in batch.rows)
        outbox.put(batch)
        if progress is not None:
            progress("存量移交", done, 1 + len(DECISIONS))
    _write_totals(out / "control-totals.csv", totals)
    return outbox.close()
