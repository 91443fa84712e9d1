"""Figures of data quality: named counts in, a figure out. Pure; the formulas are dated rulebook entries.

A count that nobody knows (no ledger) is absent or None, and a figure that needs it cannot be computed: it is
never taken as 0 or as 100 %.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

from xinyong.catalog.model import QualityFormula

Counts = Mapping[str, int | None]

NO_DATA = "没有可计算的数据"
NO_LEDGER = "没有应报台账"
WRONG_LEDGER = "已报多于应报，台账有误"
IMPOSSIBLE = "分子大于分母，数据有误"
LEDGER = ("ledger_owed", "reported")

# What the counts mean: a short name, and the rest.
MEANINGS = {
    "submissions": ("报送批次", "已撤销的不计"),
    "received": ("收到的行", ""),
    "submitted": ("上报条数", "首次报送的行，不含与在库完全相同的重复行；更正后再报的行不再计"),
    "first_passed": ("首次通过", "首次报送即通过校验的条数"),
    "finally_passed": ("更正后通过", "首次通过的，连同后来更正通过的"),
    "passed": ("通过的行", "通过校验的行，含重复报送的行"),
    "taken": ("入库条数", "新增、更正和撤销的记录"),
    "warned": ("有提示的行", "通过校验但有提示的行"),
    "rejected": ("退回的行", ""),
    "held": ("待核的行", ""),
    "open_rows": ("未办结的行", "退回或待核、还没有更正的行"),
    "timed": ("有时限的条数", "有报送时限的新增条数，补录不计"),
    "late": ("迟报条数", "超过时限报送的新增条数"),
    "cells_required": ("必填数据项", "首次报送的行应填的必填数据项个数"),
    "cells_missing": ("漏填数据项", "其中没有填的个数"),
    "numbers_expected": ("应有文号", "本年至当月同一机关、字号应有的文号个数"),
    "numbers_present": ("已有文号", "其中已报的个数"),
    "owed": ("应报部门事项", "当月应报的部门事项数"),
    "answered": ("已报部门事项", "其中有报送或零报告的"),
    "linkable": ("待关联条数", "新入库条数加待核未办条数"),
    "linked": ("已关联条数", "新入库且已关联到登记信息已确认的主体，自然人以证件认定"),
    "ledger_owed": ("台账应报", "应报台账所列当月应报条数"),
    "reported": ("台账内已报", "当月作出的决定中已在库的条数"),
    "subjects_registered": ("在册主体", "登记信息已确认的主体数"),
    "subjects_with_records": ("有档案的主体", "其中另有至少一条信用记录的"),
    "codes": ("存量代码", "存量统一社会信用代码总数"),
    "codes_wrong": ("错码主体", "存量中不合 GB 32100 的，和报送中还没有更正的"),
    "codes_shared": ("重码主体", "一码多主体或一主体多码"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """`rate` None: it could not be computed, and `why` says why. `met` None then, too."""

    id: str
    name: str
    dimension: str
    numerator: int | None
    denominator: int | None
    rate: Fraction | None
    threshold: Fraction
    met: bool | None
    why: str = ""
    sample: bool = False

    @property
    def shown(self) -> str:
        """`96.4%`, or 无法计算. Cut, never rounded up: 94.99 % is not 95 %."""
        if self.rate is None:
            return "无法计算"
        if self.threshold < Fraction(1, 100):
            return f"{_cut(self.rate * 10_000, 2)}‱"
        return f"{_cut(self.rate * 100, 1)}%"


def _cut(value: Fraction, places: int) -> str:
    scaled = int(value * 10**places)
    return f"{scaled // 10**places}.{scaled % 10**places:0{places}d}"


def evaluate(formula: QualityFormula, counts: Counts, threshold: str) -> Figure:
    """The figure for these counts, against a threshold given as a decimal."""
    top, bottom = _sum(formula.numerator, counts), _sum(formula.denominator, counts)
    rate, why = _rate(formula, top, bottom)
    if why == NO_LEDGER and counts.get("wrong_ledger"):
        why = WRONG_LEDGER
    limit = Fraction(threshold)
    met = None if rate is None else (rate >= limit if formula.better == "high" else rate < limit)
    return Figure(
        formula.id, formula.name, formula.dimension, top, bottom, rate, limit, met, why,
        formula.confidence == "sample",
    )  # fmt: skip


def _sum(terms: Iterable[str], counts: Counts) -> int | None:
    total = 0
    for term in terms:
        value = counts.get(term.lstrip("-"))
        if value is None:
            return None
        total += -value if term.startswith("-") else value
    return total


def _rate(formula: QualityFormula, top: int | None, bottom: int | None) -> tuple[Fraction | None, str]:
    of_ledger = "ledger_owed" in formula.denominator
    if top is None or bottom is None:
        return None, NO_LEDGER if of_ledger else NO_DATA
    if bottom == 0 and top == 0 and of_ledger:
        return Fraction(1), ""  # a department that said it decided nothing has reported all of it
    if top > bottom and formula.better == "high":
        return None, WRONG_LEDGER if of_ledger else IMPOSSIBLE
    if bottom <= 0 or top < 0:
        return None, NO_DATA if bottom <= 0 else IMPOSSIBLE
    return Fraction(top, bottom), ""


def total(rows: Iterable[Counts]) -> dict[str, int | None]:
    """Counts of the whole. Of the ledger only pairs that can be computed count, and
    `without_ledger`, `wrong_ledger` say how many could not."""
    out: dict[str, int | None] = {"without_ledger": 0, "wrong_ledger": 0}
    for row in rows:
        skipped = _unfit_ledger(row)
        for name, value in row.items():
            if value is not None and not (skipped and name in LEDGER):
                out[name] = (out.get(name) or 0) + value
        if skipped and "without_ledger" not in row:
            out[skipped] = (out[skipped] or 0) + 1
    return out


def _unfit_ledger(row: Counts) -> str:
    owed, reported = row.get("ledger_owed"), row.get("reported")
    if owed is None:
        return "without_ledger"
    return "wrong_ledger" if (reported or 0) > owed else ""


@dataclass(frozen=True, slots=True)
class Score:
    """Points of 100, one decimal; None when nothing could be computed. `computed` of `of` weighted figures count."""

    points: Decimal | None
    computed: int
    of: int


def score(figures: Iterable[Figure], weights: Mapping[str, int]) -> Score:
    """The weighted mean of the rates that could be computed."""
    weighted = [(f, weights.get(f.id, 0)) for f in figures if weights.get(f.id, 0)]
    known = [(f.rate, w) for f, w in weighted if f.rate is not None]
    whole = sum(w for _, w in known)
    if not whole:
        return Score(None, 0, len(weighted))
    mean = sum((rate * w for rate, w in known), Fraction(0)) / whole * 100
    points = Decimal(mean.numerator) / Decimal(mean.denominator)
    return Score(points.quantize(Decimal("0.1"), ROUND_HALF_UP), len(known), len(weighted))


# continuity of document numbers

DOCUMENT = re.compile(r"^(.{1,40}?)〔?((?:19|20)\d\d)〕?年?第?0*(\d{1,6})号$")


@dataclass(frozen=True, slots=True)
class Sequence:
    """A run of numbers: how many there should be, how many there are, which are missing, which are beyond sense."""

    expected: int
    present: int
    missing: tuple[tuple[int, int], ...]  # inclusive ranges
    odd: tuple[int, ...]

    @property
    def gaps(self) -> str:
        return "、".join(str(a) if a == b else f"{a}–{b}" for a, b in self.missing)


def document_number(folded: str) -> tuple[str, int, int] | None:
    """字号, year and number of `潼市监罚〔2026〕8号` (folded by kernel.documents); None: numbered otherwise."""
    found = DOCUMENT.match(folded)
    if found is None or not found[1].strip("〔〕"):
        return None
    return found[1].strip("〔〕"), int(found[2]), int(found[3])


FARTHEST = 20  # a number this many times as large as there are numbers is a slip of the pen


def sequence(numbers: Iterable[int], starts_at: int | None = 1) -> Sequence:
    """Gaps in a sequence that starts at `starts_at` (None: at the smallest there is)."""
    found = sorted(set(numbers))
    limit = max(1000, FARTHEST * len(found))
    usual, odd = [n for n in found if n <= limit], tuple(n for n in found if n > limit)
    if not usual:
        return Sequence(0, 0, (), odd)
    first = usual[0] if starts_at is None else min(starts_at, usual[0])
    missing = [(a + 1, b - 1) for a, b in pairwise([first - 1, *usual]) if b > a + 1]
    return Sequence(usual[-1] - first + 1, len(usual), tuple(missing), odd)


__all__ = [
    "MEANINGS",
    "Counts",
    "Figure",
    "Score",
    "Sequence",
    "document_number",
    "evaluate",
    "score",
    "sequence",
    "total",
]
