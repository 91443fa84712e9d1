"""Which provider hands in which file on which day, and the clean rows in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sampledistrict.codes import PLACEHOLDER
from sampledistrict.layouts import Layout
from sampledistrict.ledger import key_of
from sampledistrict.providers import DECIDERS, Provider
from sampledistrict.registry import Registry
from sampledistrict.rows import Batch, Container, Heading, Mode, Row, Style
from sampledistrict.smaller import Population
from sampledistrict.subjects import LAST_DAY, PERSON, STOCK_DAY, Subject

_FIRST = date(2021, 2, 10)
_STOCK_DAYS = 365  # rows of so many days and more are old stock, not this period's report
_LATE_SHARE = 8  # of a hundred rows, where a time limit runs
_CONTAINERS: tuple[Container, ...] = (
    "csv", "xlsx", "csv-gb18030", "csv", "xlsx", "csv-bom", "jsonl", "csv", "csv-gb18030", "xlsx",
)  # fmt: skip
_DATES = (("iso",), ("slash",), ("short_slash",), ("chinese",), ("iso", "chinese", "short_slash"),
          ("serial",), ("slash", "serial"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One decision: about whom, by whom, when, and the numbers that settle the rest."""

    subject: Subject
    name: str
    provider: Provider
    day: date
    serial: int
    draws: list[int]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the files of one item come about."""

    layout: Layout
    make: Callable[[Case], dict[str, str]]
    share: float  # rows for each subject of the district
    providers: tuple[Provider, ...] = DECIDERS
    per_file: int = 100
    population: Population = "everyone"
    timely: bool = False  # a time limit runs, and most rows keep it
    serial_by_provider: bool = True


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
        self._keys: set[tuple[str, ...]] = set()
        self._order = [int(i) for i in rng.permutation(len(registry.subjects))]
        self._pools: dict[tuple[Population, bool], list[int]] = {}

    def batches(self, recipe: Recipe, rows: int, backlogs: int = 0) -> list[Batch]:
        """The item's files with `rows` clean rows in all; `backlogs` of the files are 补录."""
        listed = slots([p.weight or 1 for p in recipe.providers], rows, recipe.per_file)
        backlog = {len(listed) * (i + 1) // (backlogs + 1) for i in range(backlogs)}
        out = []
        for i, (place, received, count) in enumerate(listed):
            mode: Mode = "补录" if i in backlog else "增量"
            look = style(self._draw())
            batch = Batch(
                recipe.layout.item, recipe.layout, recipe.providers[place], received, mode, look, []
            )
            self.fill(batch, recipe, count)
            out.append(batch)
        return out

    def fill(self, batch: Batch, recipe: Recipe, count: int, most_days: int = 80) -> None:
        """Puts `count` clean rows into a batch; rows of `_STOCK_DAYS` and more are of all the providers."""
        for draws in self.rng.integers(0, 1 << 40, size=(count, 6)).tolist():
            batch.rows.append(self._row(batch, recipe, draws, most_days))

    def _draw(self) -> int:
        return int(self.rng.integers(0, 1 << 40))

    def _row(self, batch: Batch, recipe: Recipe, draws: list[int], most_days: int) -> Row:
        row = self._try(batch, recipe, draws, most_days)
        if recipe.layout.doc_no in recipe.layout.key:
            return row
        while (key := (batch.item, *key_of(batch, row))) in self._keys:
            draws = [*draws[:4], draws[4] + 104_729, draws[5]]
            row = self._try(batch, recipe, draws, most_days)
        self._keys.add(key)
        return row

    def _try(self, batch: Batch, recipe: Recipe, draws: list[int], most_days: int) -> Row:
        subject = self._subject(draws[4], batch.received, recipe)
        decided, late = self._decided(draws[5], batch, subject, recipe.timely, most_days)
        name = self.registry.name(subject.serial, batch.received)
        provider = batch.provider
        if most_days >= _STOCK_DAYS:
            provider = recipe.providers[draws[5] % len(recipe.providers)]
        serial = self._next(batch.item, provider if recipe.serial_by_provider else None, decided.year)
        known = recipe.make(Case(subject, name, provider, decided, serial, draws))
        row = Row([known.get(column.code, "") for column in batch.layout.columns], subject, decided)
        row.defects += [*subject.traits, *(["late"] if late else [])]
        return row

    def _subject(self, draw: int, received: date, recipe: Recipe) -> Subject:
        """Somebody known on that day; some are met far more often than others."""
        pool = self._pool(recipe.population, recipe.layout.role("regno") >= 0)
        place = int(len(pool) * (draw % 1_000_003 / 1_000_003) ** 1.4)
        while not self.registry.active(pool[place], received):
            place = (place + 1) % len(pool)
        return self.registry.subjects[pool[place]]

    def _pool(self, population: Population, numbered: bool) -> list[int]:
        """Serials in one random order; who has no 18-character code only where a number can stand for it."""
        if (population, numbered) not in self._pools:
            people = self.registry.subjects
            self._pools[population, numbered] = [
                i
                for i in self._order
                if (population == "everyone" or (people[i].category == PERSON) == (population == "persons"))
                and (numbered or people[i].code != PLACEHOLDER)
            ]
        return self._pools[population, numbered]

    def _decided(
        self, draw: int, batch: Batch, subject: Subject, timely: bool, most_days: int
    ) -> tuple[date, bool]:
        stock = most_days >= _STOCK_DAYS
        late = timely and not stock and (batch.mode == "补录" or draw % 100 < _LATE_SHARE)
        most = most_days if stock or not timely else 170 if late else 6
        day = _workday(batch.received - timedelta(days=(30 if late else 1) + draw // 128 % most))
        if day <= max(subject.founded, date.min if stock else STOCK_DAY):
            return _workday(batch.received - timedelta(days=2)), False
        return day, late and batch.mode != "补录"

    def _next(self, item: str, provider: Provider | None, year: int) -> int:
        key = (item, provider.id if provider else "", year)
        self._serials[key] = self._serials.get(key, 0) + 1
        return self._serials[key]
