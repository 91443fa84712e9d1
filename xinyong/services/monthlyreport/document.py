"""The month's report as PDF/A, by typst: the workbook's sheets, the same figures, and a card for each department."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import typst

from xinyong.collection.quality import monthly, scorecard
from xinyong.collection.quality.cases import Case
from xinyong.collection.quality.formulas import Figure
from xinyong.collection.quality.queries import Month
from xinyong.collection.quality.scorecard import Card
from xinyong.collection.quality.workbook import Alarm, Column
from xinyong.disclosure.figures import Counting
from xinyong.services.creditreport import glyphs

TEMPLATE = Path(__file__).parent / "typst" / "monthly.typ"
STANDARD = "a-2b"
UNKNOWN = "无法计算"
PER_MYRIAD = "‱"
BARS = 15  # departments in the chart, as in the workbook


@dataclass(slots=True)
class Told:
    """Takes the sheets that a workbook would. It counts none of the rows as charted: the chart is drawn apart."""

    sheets: list[dict[str, Any]] = field(default_factory=list)

    def sheet(
        self, name: str, title: str, note: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]
    ) -> tuple[None, int]:
        shown = [[_cell(value) for value in row] for row in rows]
        heads = [{"name": c.name, "width": c.width} for c in columns]
        self.sheets.append({"name": name, "title": title, "note": note, "columns": heads, "rows": shown})
        return None, 0


def _cell(value: Any) -> dict[str, str]:
    """A cell as the workbook shows it. A rate is cut, not rounded."""
    if isinstance(value, Figure):
        return {
            "text": value.shown,
            "kind": "unknown" if value.rate is None else "good" if value.met else "bad",
        }
    if value is None:
        return {"text": UNKNOWN, "kind": "unknown"}
    if isinstance(value, date):
        return {"text": value.isoformat(), "kind": "text"}
    if isinstance(value, str):
        return {
            "text": "\n".join(map(_printable, value.split("\n"))),
            "kind": "bad" if isinstance(value, Alarm) and value else "text",
        }
    return {"text": f"{value:,}" if isinstance(value, int) else f"{value:.1f}", "kind": "number"}


def _printable(line: str) -> str:
    """Of the two faces that reports have in common only this document's has the sign for one in ten thousand."""
    return PER_MYRIAD.join(map(glyphs.printable, line.split(PER_MYRIAD)))


def render(month: Month, counting: Counting, listed: list[Case]) -> bytes:
    """The PDF. The same month, counts and moment give the same bytes."""
    told = Told()
    monthly.fill(told, month, counting, listed)
    made = scorecard.cards(month, counting.book)
    names = {i.code: i.name for i in counting.book.current_items(month.last)}
    data = {
        "title": monthly.title_of(month, counting), "made": told.sheets[0]["note"].split("；")[0],
        "sheets": told.sheets, "cards": [_card(card, names) for card in made],
        "bars": [{"name": c.name, "points": float(c.score.points)} for c in made if c.score.points is not None][:BARS],
    }  # fmt: skip
    folders = sorted({str(path.parent) for path in glyphs.fonts()})
    pdf = typst.Compiler(TEMPLATE, font_paths=folders, ignore_system_fonts=True).compile(
        format="pdf", sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=[STANDARD], timestamp=int(counting.now.timestamp()),
    )  # fmt: skip
    assert isinstance(pdf, bytes)
    return pdf


def cards_of(month: Month, counting: Counting) -> dict[str, Any]:
    """Provider → its card, as the report prints it."""
    names = {i.code: i.name for i in counting.book.current_items(month.last)}
    return {c.provider: _card(c, names) for c in scorecard.cards(month, counting.book) if c.provider}


def _card(card: Card, names: dict[str, str]) -> dict[str, Any]:
    points = UNKNOWN if card.score.points is None else f"{card.score.points} 分"
    return {
        "name": glyphs.printable(card.name), "rank": "—" if card.rank is None else f"第 {card.rank} 名", "points": points,
        "computed": f"可计算 {card.score.computed}/{card.score.of} 项",
        "figures": [{"name": f.name, **_cell(f)} for f in card.figures],
        "missing": "、".join(names.get(i, i) for i in card.missing), "open": f"{card.counts.get('open_rows') or 0}",
    }  # fmt: skip


__all__ = ["Told", "cards_of", "render"]
