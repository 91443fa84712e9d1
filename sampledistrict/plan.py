"""Which provider hands in which file on which day, and the clean rows in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from sampledistrict.layouts import Layout
from sampledistrict.providers import DECIDERS, Provider
from sampledistrict.registry import Registry
from sampledistrict.rows import Batch, Container, Heading, Row, Style
from sampledistrict.subjects import LAST_DAY, PERSON, STOCK_DAY, Subject

Make = Callable[[Subject, str, Provider, date, str, list[int]], dict[str, str]]
Number = Callable[[Provider, int, int], str]
_FIRST = date(2021, 2, 10)
_LATE_SHARE = 8  # of a hundred rows, where a time limit runs
_CONTAINERS: tuple[Container, ...] = (
    "csv", "xlsx", "csv-gb18030", "csv", "xlsx", "csv-bom", "jsonl", "csv", "csv-gb18030", "xlsx",
)  # fmt: skip
_DATES = (("iso",), ("slash",), ("short_slash",), ("chinese",), ("iso", "chinese", "short_slash"),
          ("serial",), ("slash", "serial"))  # fmt: skip


def slots(weights: list[int], rows: int, per_file: int) -> list[tuple[int, date, int]]:
    """(provider index, day of receipt, number of rows) of every file, in order of the day.

    A provider's files are spread evenly over the five years; its rows are its weight's share of all.
    """
    shares = [rows * sum(weights[: p + 1]) // sum(weights) for p in range(len(weights))]
    listed: list[tuple[int, date, int]] = []
    for p, (start, end) in enumerate(zip([0, *shares], shares, strict=False)):
        files = max(1, min(250, round((end - start) / per_file)))
        for f in range(files):
            day = _FIRST + timedelta(days=(LAST_DAY - _FIRST).days * (f + 1) // files - 3 * p % 11)
            listed.append((p, _workday(day), (end - start) // files + (f < (end - start) % files)))
    return sorted((slot for slot in listed if slot[2]), key=lambda slot: (slot[1], slot[0]))


def _workday(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))


def style(draw: int) -> Style:
    """How this file will look; older files have older column names."""
    container = _CONTAINERS[draw % len(_CONTAINERS)]
    headings: tuple[Heading, ...] = ("label", "alias", "code", "label", "old_label", "code", "old_code")
    head = headings[draw // 16 % len(headings)]
    sheet = container == "xlsx"
    return Style(
        container, head, _DATES[draw // 128 % len(_DATES)], titles=draw // 1024 % 3 if sheet else 0,
        note_sheet=sheet and draw // 4096 % 3 == 0,
        extra=(("承办人",), ("序号", "联系方式"))[draw // 65536 % 2] if draw // 16384 % 9 == 0 else (),
    )  # fmt: skip


class Planner:
    """Fills the files of an item with clean rows."""

    def __init__(self, registry: Registry, rng: np.random.Generator) -> None:
        self.registry, self.rng = registry, rng
        self._serials: dict[tuple[str, str, int], int] = {}
        order = rng.permutation(len(registry.subjects))
        self._everyone = [int(i) for i in order]
        self._organisations = [i for i in self._everyone if registry.subjects[i].category != PERSON]

    def batches(
        self, layout: Layout, make: Make, number: Number, rows: int, *,
        providers: tuple[Provider, ...] = DECIDERS, per_file: int = 100,
        persons: bool = True, timely: bool = True,
    ) -> list[Batch]:  # fmt: skip
        """The item's files with `rows` clean rows in all."""
        out = []
        for place, received, count in slots([p.weight or 1 for p in providers], rows, per_file):
            provider = providers[place]
            batch = Batch(layout.item, layout, provider, received, "增量", style(self._draw()), [])
            draws = self.rng.integers(0, 1 << 40, size=(count, 6)).tolist()
            batch.rows = [self._row(batch, make, number, d, persons, timely) for d in draws]
            out.append(batch)
        return out

    def _draw(self) -> int:
        return int(self.rng.integers(0, 1 << 40))

    def _row(
        self, batch: Batch, make: Make, number: Number, d: list[int], persons: bool, timely: bool
    ) -> Row:
        subject = self.subject(d[4], batch.received, persons)
        decided, late = self._decided(d[5], batch.received, subject, timely)
        text = number(batch.provider, decided.year, self._next(batch, decided.year))
        name = self.registry.name(subject.serial, batch.received)
        known = make(subject, name, batch.provider, decided, text, d)
        row = Row([known.get(column.code, "") for column in batch.layout.columns], subject, decided)
        row.defects += [*subject.traits, *(["late"] if late else [])]
        return row

    def subject(self, draw: int, received: date, persons: bool = True) -> Subject:
        """Somebody known on that day; some are met far more often than others."""
        pool = self._everyone if persons else self._organisations
        place = int(len(pool) * (draw % 1_000_003 / 1_000_003) ** 1.4)
        while not self.registry.active(pool[place], received):
            place = (place + 1) % len(pool)
        return self.registry.subjects[pool[place]]

    def _decided(self, draw: int, received: date, subject: Subject, timely: bool) -> tuple[date, bool]:
        late = timely and draw % 100 < _LATE_SHARE
        back = 30 + draw // 128 % 170 if late else 1 + draw // 128 % (6 if timely else 80)
        day = _workday(received - timedelta(days=back))
        if day <= max(subject.founded, STOCK_DAY):
            return _workday(received - timedelta(days=2)), False
        return day, late

    def _next(self, batch: Batch, year: int) -> int:
        key = (batch.item, batch.provider.id, year)
        self._serials[key] = self._serials.get(key, 0) + 1
        return self._serials[key]
