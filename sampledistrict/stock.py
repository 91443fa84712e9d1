"""A legacy stock: what the old platform hands over in one go, with totals to reconcile against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np

from sampledistrict.decisions import DECISIONS
from sampledistrict.filling import SMALLER
from sampledistrict.layouts import DJZC, Layout
from sampledistrict.ledger import Ledger
from sampledistrict.outbox import Outbox, Summary
from sampledistrict.plan import Planner, Recipe
from sampledistrict.providers import BY_ID
from sampledistrict.registry import Registry
from sampledistrict.rows import Batch, Row, Style
from sampledistrict.spoiling import spoil
from sampledistrict.subjects import make_subjects
from sampledistrict.tangles import repeat_within

HANDOVER = date(2026, 7, 1)
_CENTRE = BY_ID["FGW"]
_SHARE_OF_SUBJECTS = 0.16  # of all records
_REPEATED = 30  # rows in ten thousand that the old platform has twice
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
    recipes = (*DECISIONS, *SMALLER)
    for done, batch in enumerate(_files(registry, recipes, rng, records), start=1):
        Ledger().play([batch])
        totals.update((batch.item, row.decided.year) for row in batch.rows)
        outbox.put(batch)
        if progress is not None:
            progress("存量移交", done, 1 + len(recipes))
    _write_totals(out / "control-totals.csv", totals)
    return outbox.close()


def _files(
    registry: Registry, recipes: tuple[Recipe, ...], rng: np.random.Generator, records: int
) -> Iterator[Batch]:
    first = _batch(DJZC, registry.state(HANDOVER))
    yield first
    planner, left = Planner(registry, rng), records - len(first.rows)
    weights = [recipe.share for recipe in recipes]
    ends = [round(left * sum(weights[: i + 1]) / sum(weights)) for i in range(len(weights))]
    for recipe, start, end in zip(recipes, [0, *ends], ends, strict=False):
        batch = _batch(recipe.layout, [])
        repeats = (end - start) * _REPEATED // 10_000
        planner.fill(batch, recipe, end - start - repeats, most_days=2400)
        spoil([batch], rng, 0)
        repeat_within(batch, repeats, rng)
        yield batch


def _batch(layout: Layout, rows: list[Row]) -> Batch:
    return Batch(layout.item, layout, _CENTRE, HANDOVER, "补录", _LOOK, rows, name=f"{layout.item}.csv")


def _write_totals(path: Path, totals: Counter[tuple[str, int]]) -> None:
    lines = [f"{item},{year},{count}\n" for (item, year), count in sorted(totals.items())]
    path.write_text("事项,年份,记录数\n" + "".join(lines), encoding="utf-8")
