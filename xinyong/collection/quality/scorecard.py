"""部门得分: each department's figures of a month, its points, and where it stands among the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xinyong.catalog.book import Rulebook
from xinyong.collection.quality import formulas
from xinyong.collection.quality.formulas import Figure, Score
from xinyong.collection.quality.queries import Line, Month, figures_of

NOT_STATED = "（未写明单位）"
WHOLE_ONLY = ("DQ_ARCHIVES", "DQ_CODE_ERRORS")  # of the district, of no department


@dataclass(frozen=True, slots=True)
class Card:
    """`rank` None: nothing could be computed. Equal points share a rank."""

    provider: str
    name: str
    counts: dict[str, int | None]
    figures: tuple[Figure, ...]
    score: Score
    rank: int | None
    missing: tuple[str, ...]  # items owed and not handed in

    def figure(self, formula: str) -> Figure:
        return next(f for f in self.figures if f.id == formula)


def name_of(provider: str, book: Rulebook) -> str:
    """A department's name; a code outside the register shows as it is."""
    found = book.provider_by_code(provider)
    return found.name if found else provider or NOT_STATED


def of_departments(figures: Sequence[Figure]) -> list[Figure]:
    return [f for f in figures if f.id not in WHOLE_ONLY]


def cards(month: Month, book: Rulebook) -> list[Card]:
    """One card for each department with anything owed or handed in, the best first; without points last."""
    weights = {f.id: f.weight for f in book.quality_on(month.last)}
    made = [
        _card(provider, counts, month, book, weights) for provider, counts in month.by("provider").items()
    ]
    points = sorted((c.score.points for c in made if c.score.points is not None), reverse=True)
    ranked = [
        _ranked(c, points.index(c.score.points) + 1 if c.score.points is not None else None) for c in made
    ]
    return sorted(ranked, key=lambda c: (c.rank is None, c.rank or 0, c.name))


def _card(
    provider: str, counts: dict[str, int | None], month: Month, book: Rulebook, weights: dict[str, int]
) -> Card:
    found = of_departments(figures_of(counts, book, month.last))
    missing = tuple(line.item for line in month.lines if line.provider == provider and line.missing)
    points = formulas.score(found, weights)
    return Card(provider, name_of(provider, book), counts, tuple(found), points, None, missing)


def _ranked(card: Card, rank: int | None) -> Card:
    return Card(card.provider, card.name, card.counts, card.figures, card.score, rank, card.missing)


def status(line: Line) -> str:
    """What the centre sees at a glance of a department and item in a month."""
    if line.missing:
        return "缺报"
    found = [
        word for name, word in (("late", "有迟报"), ("open_rows", "有未办结")) if line.counts.get(name)
    ]  # fmt: skip
    if not line.counts.get("submissions"):
        return "零报告" if line.counts.get("answered") else "无报送"
    return "、".join(found) or "正常"


__all__ = ["Card", "cards", "name_of", "of_departments", "status"]
