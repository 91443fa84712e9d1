"""The departments' own ledgers: how many decisions each month truly saw, handed in or forgotten."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np

from sampledistrict.layouts import LAYOUTS
from sampledistrict.plan import style
from sampledistrict.providers import BY_ID, DECIDERS, Provider
from sampledistrict.rows import Batch, Row
from sampledistrict.subjects import KINDS, LAST_DAY, ORGANISATION, Subject

ITEMS = ("XZXK", "XZCF")
MONTHS = tuple(f"{y}-{m:02d}" for y in range(2021, 2027) for m in range(1, 13) if (y, m) <= (2026, 6))
_PERIODS = ((date(2024, 1, 8), MONTHS[:36]), (LAST_DAY, MONTHS[36:]))
_FORGETFUL = 0.03  # of all decisions
Slot = tuple[str, str, str]  # provider, item, month
_NOBODY = Subject(-1, KINDS[0], ORGANISATION, "", "", date(2021, 1, 1))
_LAYOUT = LAYOUTS["YBTZ"]


class Ledgers:
    """Counts decisions while their files are made; the ledgers follow from the counts."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self.decided: Counter[Slot] = Counter()
        self.forgotten: Counter[Slot] = Counter()

    def count(self, batches: Iterable[Batch]) -> None:
        """To be called with clean files: each row is one decision, whatever is spoilt afterwards."""
        for batch in batches:
            for row in batch.rows:
                slot = (batch.provider.id, batch.item, row.decided.isoformat()[:7])
                self.decided[slot] += 1
                if self._rng.random() < _FORGETFUL:
                    self.forgotten[slot] += 1

    def batches(self) -> list[Batch]:
        """Two files a department: the first three years, then the rest."""
        return [self._batch(p, day, months) for day, months in _PERIODS for p in DECIDERS]

    def _batch(self, provider: Provider, received: date, months: tuple[str, ...]) -> Batch:
        look = style(int(self._rng.integers(1 << 40)))
        rows = [self._row(provider, item, month, received) for month in months for item in ITEMS]
        return Batch("YBTZ", _LAYOUT, provider, received, "增量", look, rows)

    def _row(self, provider: Provider, item: str, month: str, received: date) -> Row:
        slot = (provider.id, item, month)
        owed = self.decided[slot] + self.forgotten[slot]
        known = {
            "YB_BM": provider.name, "YB_BMDM": provider.code, "YB_SX": item, "YB_YF": month,
            "YB_YBS": str(owed),
            "YB_LBG": "否" if owed else "是", "YB_LY": "决定台账", "YB_RQ": received.isoformat(),
            "YB_LXR": "示例填报人",
        }  # fmt: skip
        return Row([known.get(column.code, "") for column in _LAYOUT.columns], _NOBODY, received)

    def write(self, path: Path) -> None:
        """What was decided, handed in and forgotten, by provider, item and month of decision."""
        slots = sorted(self.decided | self.forgotten)
        listed = [
            {
                "provider_id": p, "provider": BY_ID[p].code, "item": i, "month": m,
                "owed": self.decided[p, i, m] + self.forgotten[p, i, m], "handed_in": self.decided[p, i, m],
                "forgotten": self.forgotten[p, i, m],
            }
            for p, i, m in slots
        ]  # fmt: skip
        path.write_text(json.dumps(listed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
