"""Sheets of figures that look right when opened: title, head, rows, frozen head, filter, print set-up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from xinyong.collection.quality.formulas import Figure
from xinyong.collection.rejects_files import escaped

FONT = "Noto Sans CJK SC"
NAVY, PALE, GREEN, RED, GREY, LINE = "#1F3864", "#DCE6F2", "#E2EFDA", "#F8CBAD", "#EDEDED", "#BFBFBF"
CELL = {
    "font_name": FONT,
    "font_size": 10,
    "border": 1,
    "border_color": LINE,
    "valign": "vcenter",
    "text_wrap": True,
}
FORMATS: dict[str, dict[str, Any]] = {
    "title": {"font_name": FONT, "font_size": 15, "bold": True, "font_color": NAVY, "valign": "vcenter"},
    "note": {"font_name": FONT, "font_size": 9, "font_color": "#595959", "valign": "vcenter"},
    "head": CELL | {"bold": True, "bg_color": NAVY, "font_color": "#FFFFFF", "align": "center"},
    "text": CELL,
    "number": CELL | {"num_format": "#,##0", "align": "right"},
    "points": CELL | {"num_format": "0.0", "align": "right"},
    "rate": CELL | {"num_format": "0.0%", "align": "right"},
    "tiny": CELL | {"num_format": '0.00"‱"', "align": "right"},
    "none": CELL | {"align": "right", "font_color": "#7F7F7F", "bg_color": GREY},
    "good": CELL | {"num_format": "0.0%", "align": "right", "bg_color": GREEN},
    "bad": CELL | {"num_format": "0.0%", "align": "right", "bg_color": RED},
    "good_tiny": CELL | {"num_format": '0.00"‱"', "align": "right", "bg_color": GREEN},
    "bad_tiny": CELL | {"num_format": '0.00"‱"', "align": "right", "bg_color": RED},
    "alarm": CELL | {"bg_color": RED},
    "day": CELL | {"num_format": "yyyy-mm-dd", "align": "center"},
}
HEAD_ROW = 2
ROW, TALLEST = 18.0, 160.0


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    width: int


class Alarm(str):
    """A text that should catch the eye."""


@dataclass(slots=True)
class Report:
    """One workbook. Use as a context; cells are text, whole numbers, dates, points, `Figure` or None."""

    path: Path
    title: str
    created: datetime
    book: Any = field(init=False)
    formats: dict[str, Any] = field(init=False)

    def __enter__(self) -> Self:
        self.book = xlsxwriter.Workbook(str(self.path), {"default_date_format": "yyyy-mm-dd"})
        created = self.created.astimezone(UTC).replace(tzinfo=None)
        self.book.set_properties({"title": self.title, "created": created})
        self.formats = {name: self.book.add_format(kind) for name, kind in FORMATS.items()}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.book.close()

    def sheet(
        self, name: str, title: str, note: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]
    ) -> tuple[Worksheet, int]:
        """A table on a page of its own; returns the sheet and how many rows it has."""
        page = self.book.add_worksheet(name)
        page.hide_gridlines(2)
        page.set_row(0, 26)
        page.write_string(0, 0, title, self.formats["title"])
        page.write_string(1, 0, note, self.formats["note"])
        page.set_row(HEAD_ROW, 30)
        for place, column in enumerate(columns):
            page.set_column(place, place, column.width)
            page.write_string(HEAD_ROW, place, column.name, self.formats["head"])
        count = 0
        for count, row in enumerate(rows, 1):
            self._line(page, HEAD_ROW + count, row, columns)
        if not count:
            self._line(page, HEAD_ROW + 1, ["（没有）", *[""] * (len(columns) - 1)], columns)
        self._finish(page, max(count, 1), len(columns))
        return page, count

    def _line(self, page: Worksheet, at: int, row: Sequence[Any], columns: Sequence[Column]) -> None:
        lines = [_lines(cell, column.width) for cell, column in zip(row, columns, strict=True)]
        page.set_row(at, min(ROW * max(lines), TALLEST))
        for place, cell in enumerate(row):
            self.cell(page, at, place, cell)

    def _finish(self, page: Worksheet, rows: int, columns: int) -> None:
        page.freeze_panes(HEAD_ROW + 1, 1)
        page.autofilter(HEAD_ROW, 0, HEAD_ROW + rows, columns - 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(HEAD_ROW)
        page.set_footer("&C第 &P 页，共 &N 页")

    def cell(self, page: Worksheet, row: int, column: int, value: Any) -> None:
        """None: 无法计算. A rate is cut, not rounded: 94.99 % must not read 95.0 %."""
        if isinstance(value, Figure):
            self._figure(page, row, column, value)
        elif value is None:
            page.write_string(row, column, "无法计算", self.formats["none"])
        elif isinstance(value, date):
            page.write_datetime(
                row, column, datetime(value.year, value.month, value.day), self.formats["day"]
            )
        elif isinstance(value, str):
            kind = "alarm" if isinstance(value, Alarm) and value else "text"
            page.write_string(row, column, escaped(value), self.formats[kind])
        else:
            page.write_number(
                row, column, value, self.formats["number" if isinstance(value, int) else "points"]
            )

    def _figure(self, page: Worksheet, row: int, column: int, f: Figure) -> None:
        if f.rate is None:
            page.write_string(row, column, "无法计算", self.formats["none"])
            return
        verdict = "good" if f.met else "bad"
        if f.threshold < Fraction(1, 100):
            page.write_number(row, column, int(f.rate * 1_000_000) / 100, self.formats[f"{verdict}_tiny"])
        else:
            page.write_number(row, column, int(f.rate * 1000) / 1000, self.formats[verdict])


def _lines(cell: Any, width: int) -> int:
    """Lines that a text takes in a column of this width; a Chinese character takes two."""
    if not isinstance(cell, str):
        return 1
    room = max(width - 2, 1)
    return sum(-(-max(sum(1 if ch < "\u1100" else 2 for ch in part), 1) // room) for part in cell.split("\n"))


__all__ = ["HEAD_ROW", "Alarm", "Column", "Report"]
