"""The files in which rejects go back: CSV and workbook. Cells of a returned row come in, bytes go out."""

from __future__ import annotations

import csv
import itertools
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, Self

import xlsxwriter

from xinyong.collection.reading import REJECT_COLUMNS, Limits
from xinyong.collection.reading.xlsx import WARNINGS_SHEET
from xinyong.foundation import home
from xinyong.kernel.errors import Refused

SHEET = "退回与待核"
RETURNED, HELD = "退回", "待核"
WARNING_COLUMNS = ("行号", "字段", "规则", "提示", "建议")
RISKY = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "＝",
    "＋",
    "－",
    "＠",
)  # what makes a spreadsheet take a cell for a formula
OWN, RESULT = len(REJECT_COLUMNS), REJECT_COLUMNS.index("结果")

OWN_WIDTHS = (7, 7, 22, 22, 36, 44, 8)
WARNING_WIDTHS = (7, 30, 26, 48, 48)
WIDEST, TALLEST = 40, 300.0
LINE = 15.0  # points
TEXT = {"num_format": "@", "text_wrap": True, "valign": "top", "border": 1, "border_color": "#D9D9D9"}
HEAD = TEXT | {"bold": True, "valign": "vcenter", "bg_color": "#D9E2F3"}
OWN_HEAD = HEAD | {"bg_color": "#E7E6E6"}
FILLS = {"error": "#FFC7CE", "held": "#FFEB9C"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file is about. `texts`: the department's headers; `rows`: how many are to come."""

    submission: int
    created: datetime
    texts: Sequence[str]
    rows: int


class Writer(Protocol):
    """`row`: our seven cells, the department's cells, and level by place of the latter in question."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...
    def row(self, own: Sequence[str], cells: Sequence[str], levels: Mapping[int, str]) -> None: ...
    def warnings(self, rows: Iterable[Sequence[str]]) -> None: ...


def escaped(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; reading takes the apostrophe off again."""
    return "'" + cell if cell.startswith(RISKY) else cell


def writer_of(target: Path) -> Callable[[Path, Sheet], Writer]:
    """The writer that the suffix asks for. Refused: another suffix."""
    kinds: dict[str, Callable[[Path, Sheet], Writer]] = {".csv": CsvFile, ".xlsx": Workbook}
    kind = kinds.get(target.suffix.lower())
    if kind is None:
        raise Refused(
            "rejects_format", f"退回与待核表不能存为“{target.name}”；文件名请以 .csv 或 .xlsx 结尾。"
        )
    return kind


@contextmanager
def draft_of(target: Path, mode: int = 0o600) -> Iterator[Path]:
    """A file beside `target`, for its owner only unless `mode` says otherwise; takes its name once it is whole."""
    draft = target.with_name(f".{target.stem}.{secrets.token_hex(4)}{target.suffix}")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
        yield draft
        draft.rename(target)
    except OSError as e:
        raise Refused(
            "rejects_write", f"文件“{target}”写不了（{e.strerror}）；请检查目录、权限与磁盘空间后重试。"
        ) from e
    finally:
        draft.unlink(missing_ok=True)


class CsvFile:
    """UTF-8 with a byte order mark, by which spreadsheets know it; warnings have no place in it."""

    def __init__(self, path: Path, sheet: Sheet) -> None:
        self.file = path.open("w", encoding="utf-8-sig", newline="")
        self.out = csv.writer(self.file)
        self.out.writerow([*REJECT_COLUMNS, *map(escaped, sheet.texts)])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()

    def row(self, own: Sequence[str], cells: Sequence[str], levels: Mapping[int, str]) -> None:
        self.out.writerow(map(escaped, (*own, *cells)))

    def warnings(self, rows: Iterable[Sequence[str]]) -> None:
        """The receipt counts them, the workbook lists them."""


@dataclass
class Workbook:
    """Sheets 退回与待核, cells in question coloured, and 提示. All cells are text; none stays in memory.

    Of a cell, 32,767 characters are kept, as a spreadsheet does: more than intake takes.
    """

    path: Path
    sheet: Sheet
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        self._refuse_size()
        options = {"constant_memory": True, "tmpdir": str(home.folder("tmp"))}
        self.book = xlsxwriter.Workbook(str(self.path), options)
        created = self.sheet.created.astimezone(UTC).replace(tzinfo=None)
        self.book.set_properties({"title": f"{SHEET}（批次 {self.sheet.submission}）", "created": created})
        self.text, self.head, self.own_head = map(self.book.add_format, (TEXT, HEAD, OWN_HEAD))
        self.fills = {level: self.book.add_format(TEXT | {"bg_color": c}) for level, c in FILLS.items()}
        self.widths = [*OWN_WIDTHS, *(_width(text) + 4 for text in self.sheet.texts)]
        self._begin(SHEET, (*REJECT_COLUMNS, *self.sheet.texts))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.book.close()

    def _refuse_size(self) -> None:
        rows, columns = self.sheet.rows + 1, OWN + len(self.sheet.texts)
        if rows > self.limits.max_workbook_rows or rows * columns > self.limits.max_workbook_cells:
            raise Refused(
                "rejects_too_many",
                f"退回与待核共 {rows - 1} 行、{columns} 列，超出一个工作簿能再次报送的上限；请改存为 .csv。",
            )

    def row(self, own: Sequence[str], cells: Sequence[str], levels: Mapping[int, str]) -> None:
        for place, cell in enumerate(cells[: len(self.sheet.texts)], OWN):
            self.widths[place] = max(self.widths[place], _width(cell) + 2)
        formats = {place + OWN: self.fills[level] for place, level in levels.items()}
        result = self.fills["held" if own[RESULT] == HELD else "error"]
        self._line((*own, *cells), {RESULT: result} | formats, _height(own, OWN_WIDTHS))

    def warnings(self, rows: Iterable[Sequence[str]]) -> None:
        self._end()
        room = max(0, self.limits.max_workbook_rows - self.at - 2)
        self.widths = list(WARNING_WIDTHS)
        self._begin(WARNINGS_SHEET, WARNING_COLUMNS)
        rows = iter(rows)
        for row in itertools.islice(rows, room):
            self._line(row, {}, _height(row, WARNING_WIDTHS))
        if left := sum(1 for _ in rows):
            self._line(("", "", "", f"另有 {left} 条提示没有列出", ""), {}, LINE)
        self._end()

    def _begin(self, name: str, texts: Sequence[str]) -> None:
        self.page, self.at = self.book.add_worksheet(name), 0
        own = OWN if name == SHEET else len(texts)
        formats = {i: self.own_head if i < own else self.head for i in range(len(texts))}
        self._line(texts, formats, 2 * LINE)

    def _line(self, cells: Sequence[str], formats: Mapping[int, Any], height: float) -> None:
        self.page.set_row(self.at, height)
        for place, cell in enumerate(cells):
            self.page.write_string(self.at, place, escaped(cell), formats.get(place, self.text))
        self.at += 1

    def _end(self) -> None:
        for place, width in enumerate(self.widths):
            self.page.set_column(place, place, min(max(width, 6), max(WIDEST, *OWN_WIDTHS)), self.text)
        self.page.freeze_panes(1, 2)
        self.page.autofilter(0, 0, max(self.at - 1, 1), len(self.widths) - 1)
        self.page.set_landscape()
        self.page.set_paper(8)
        self.page.repeat_rows(0)


def _cells(text: str) -> int:
    """Columns that a text takes; a Chinese character takes two."""
    return sum(1 if ch < "\u1100" else 2 for ch in text)


def _width(text: str) -> int:
    return max(map(_cells, text[:WIDEST].split("\n")), default=0)


def _height(texts: Sequence[str], widths: Sequence[int]) -> float:
    """Points for a row after our own words; the department's long cells are cut off in view only."""
    lines = (-(-_cells(text) // (width - 2)) for text, width in zip(texts, widths, strict=True))
    return min(LINE * max(2, *lines), TALLEST)
