"""Workbooks: looked over and counted from their XML, then read with calamine (fastexcel), all cells as text.

A date cell becomes `2026-03-05` (with a time of day where it has one), a whole number has no `.0`, an error
value comes as `#N/A`. A number of more than fifteen digits has lost digits in the spreadsheet already: it
comes exactly as the file writes it (`9.15001E+17`, or its digits), never rounded a second time, so that a
check of codes can refuse it.
"""

from __future__ import annotations

import dataclasses
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

import fastexcel
import numpy as np
import polars as pl

from xinyong.collection.reading import guard, sheets
from xinyong.collection.reading.counting import refused_long_cell
from xinyong.collection.reading.header import (
    HeaderMap,
    Row,
    find_header,
    refuse_other_item,
    refuse_without_header,
)
from xinyong.collection.reading.limits import Header, Limits
from xinyong.collection.reading.source import Cells, Source, submission_of, unescape_frame, unescaped
from xinyong.kernel.errors import Refused

_HEADER_LENGTH = 30  # a longer text is prose
WARNINGS_SHEET = "提示"  # of our own rejects workbook: nothing to read


@dataclass(frozen=True, slots=True)
class _Sheet:
    header: Header
    table: pl.DataFrame  # `_line` and all columns `c0`… of the data rows that are not blank
    counted: int


class XlsxSource(Source):
    """An `.xlsx` workbook; every sheet with a header is read, the others are named in `skipped_sheets`."""

    format = "xlsx"

    def __init__(self, file: IO[bytes], known: HeaderMap, limits: Limits) -> None:
        guard.look_over(file, limits)
        counts = _count(file, limits)
        file.seek(0)
        reader = _opened(file.read())
        file.close()
        tables = {name: _load(reader, name, count, limits) for name, count in counts.items() if count.rows}
        if not tables:
            raise Refused("reading.empty", "这个工作簿是空的，没有任何内容。请换上正确的文件后再交。")
        headers = _headers(tables, {n for n, c in counts.items() if c.hidden}, known, limits)
        self.skipped_sheets = tuple(name for name in counts if name not in headers)
        self.skipped_texts = _short_texts([tables[n] for n in self.skipped_sheets if n in tables], limits)
        self._sheets = [_sheet(header, tables[name], counts[name]) for name, header in headers.items()]
        self.headers = tuple(headers.values())
        if not self.independent_count() and not any(s.table.height for s in self._sheets):
            raise Refused(
                "reading.no_rows",
                "工作簿里只有标题行，没有数据。没有数据可报时请选择“零报告”；否则请补上数据后再交。",
            )
        self.linked_submission = self._linked()

    def independent_count(self) -> int:
        return sum(sheet.counted for sheet in self._sheets)

    def batches(self, size: int = 65536) -> Iterator[pl.DataFrame]:
        fields = list(dict.fromkeys(code for h in self.headers for code in h.fields.values()))
        for sheet in self._sheets:
            yield from self._frame(sheet, fields).iter_slices(size) if sheet.table.height else ()

    def rows_at(self, lines: set[int]) -> Iterator[Cells]:
        for sheet in self._sheets:
            own, named = sheet.header.own, len(sheet.header.columns)
            for line, *cells in sheet.table.filter(pl.col("_line").is_in(list(lines))).iter_rows():
                texts = [cell or "" for cell in cells]
                while len(texts) > named and not texts[-1]:
                    texts.pop()
                texts += [""] * (named - len(texts))
                yield line, sheet.header.sheet, [unescaped(t) for t in texts[own:]] if own else texts

    def _linked(self) -> str | None:
        values: list[str | None] = []
        for sheet in self._sheets:
            if sheet.header.own and "c6" in sheet.table.columns:
                values += sheet.table["c6"].unique().to_list()
        return submission_of(values)

    def _frame(self, sheet: _Sheet, fields: Sequence[str]) -> pl.DataFrame:
        header, table = sheet.header, sheet.table
        beyond = [c for c in table.columns[1:] if int(c[1:]) >= len(header.columns)]
        extra = pl.any_horizontal(pl.col(beyond).is_not_null()) if beyond else pl.lit(False)
        lead = [pl.col("_line"), pl.lit(header.sheet).alias("_sheet"), extra.alias("_extra_cells")]
        if self.is_rejects_file:
            original = (
                pl.col("c0").str.strip_chars().cast(pl.UInt32, strict=False) if header.own else pl.lit(None)
            )
            lead.append(original.cast(pl.UInt32).alias("_orig_line"))
        places = {code: f"c{i}" for i, code in header.fields.items()}
        texts = [
            (pl.col(places[code]) if places.get(code) in table.columns else pl.lit(None, pl.String)).alias(
                code
            )
            for code in fields
        ]
        frame = table.select(*lead, *texts)
        return unescape_frame(frame, list(fields)) if header.own else frame


def _count(file: IO[bytes], limits: Limits) -> dict[str, sheets.SheetCount]:
    try:
        with zipfile.ZipFile(file) as archive:
            strings = sheets.shared_strings(archive)
            counts = {
                sheet.name: dataclasses.replace(
                    sheets.count_sheet(archive, sheet.part, strings, limits), hidden=sheet.hidden
                )
                for sheet in sheets.sheet_parts(archive)
                if sheet.part
            }
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise guard.refused_broken(type(error).__name__) from error
    rows = sum(len(count.rows) for count in counts.values())
    if rows > limits.max_workbook_rows:
        raise sheets.refused_rows(rows, limits)
    return counts


def _opened(data: bytes) -> fastexcel.ExcelReader:
    try:
        return fastexcel.read_excel(data)
    except BaseException as error:
        raise _translated(error) from error


def _load(reader: fastexcel.ExcelReader, name: str, count: sheets.SheetCount, limits: Limits) -> pl.DataFrame:
    """All rows of a sheet from row 1 on, as text, columns `c0`… (c0 is column A), with `_line`."""
    try:
        sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        frame = pl.DataFrame(sheet)
    except BaseException as error:
        raise _translated(error) from error
    shift = count.first_column - 1
    frame = frame.rename({c: f"c{i + shift}" for i, c in enumerate(frame.columns)})
    frame = frame.with_columns(_patched(frame, count, name))
    _refuse_long_cells(frame, limits, name)
    blank = [pl.lit(None, pl.String).alias(f"c{i}") for i in range(shift)]
    lines = pl.int_range(1, frame.height + 1, dtype=pl.UInt32).alias("_line")
    return frame.select(lines, *blank, *(_tidy(c) for c in frame.columns))


def _translated(error: BaseException) -> BaseException:
    """A failure of the workbook reader, its Rust panics included, as a refusal."""
    if isinstance(error, Exception) or type(error).__name__ == "PanicException":
        return guard.refused_broken(type(error).__name__)
    return error


def _patched(frame: pl.DataFrame, count: sheets.SheetCount, name: str) -> list[pl.Series]:
    """Columns with the cells put right that calamine drops (errors) or rounds (long numbers)."""
    by_column: dict[str, dict[int, str]] = {}
    for row, column, shown in count.odd:
        by_column.setdefault(f"c{column - 1}", {})[row - 1] = shown
    result = []
    for place, texts in by_column.items():
        if place not in frame.columns or max(texts) >= frame.height:
            raise guard.refused_broken(f"工作表“{name}”的单元格位置不一致")
        series, rows = frame.get_column(place), list(texts)
        if not all(map(_same, series.gather(rows).to_list(), texts.values())):
            raise guard.refused_broken(f"工作表“{name}”的单元格位置不一致")
        result.append(series.scatter(rows, list(texts.values())))
    return result


def _same(read: str | None, raw: str) -> bool:
    if read is None or read == raw:
        return True
    try:
        return abs(float(read) - float(raw)) <= abs(float(raw)) * 1e-9
    except ValueError:
        return False


def _refuse_long_cells(frame: pl.DataFrame, limits: Limits, name: str) -> None:
    for column in frame.columns:
        long = frame.get_column(column).str.len_chars() > limits.max_cell
        if long.any():
            raise refused_long_cell(int(long.arg_true()[0]) + 1, int(column[1:]) + 1, limits, name)


def _tidy(column: str) -> pl.Expr:
    """A date without its midnight, a time of day without the day zero, null for an empty text."""
    text = (
        pl.col(column)
        .str.replace(r"^(\d{4}-\d\d-\d\d) 00:00:00$", "$1")
        .str.replace(r"^1899-12-31 (\d\d:\d\d)", "$1")
    )
    return pl.when(text != "").then(text).alias(column)


def _headers(
    tables: dict[str, pl.DataFrame], hidden: set[str], known: HeaderMap, limits: Limits
) -> dict[str, Header]:
    """Sheet → header, for the sheets that hold data."""
    found: dict[str, Header] = {}
    tried: list[Row] = []
    for name, table in tables.items():
        rows = _top_rows(table, limits)
        tried = tried or rows
        header = None if name == WARNINGS_SHEET else find_header(rows, known, limits, name)
        if header is not None:
            found[name] = header
    if not found:
        raise refuse_without_header(tried, known, limits)
    chosen = _with_data(found, hidden, known)
    for header in chosen.values():
        refuse_other_item(header, known)
    return chosen


def _with_data(found: dict[str, Header], hidden: set[str], known: HeaderMap) -> dict[str, Header]:
    """Leave out sheets that only look like data: lists behind drop-downs, headed with field names."""
    best = min(len(header.missing) for header in found.values())
    most = len(known.required) // 2
    chosen = {
        name: header
        for name, header in found.items()
        if not header.missing or (name not in hidden and (best > 0 or len(header.missing) <= most))
    }
    return chosen or found


def _top_rows(table: pl.DataFrame, limits: Limits) -> list[Row]:
    rows = table.head(limits.header_lines).iter_rows()
    return [(line, [cell or "" for cell in cells]) for line, *cells in rows]


def _short_texts(tables: list[pl.DataFrame], limits: Limits) -> tuple[str, ...]:
    cells = (cell for table in tables for _, row in _top_rows(table, limits) for cell in row)
    return tuple(dict.fromkeys(cell for cell in cells if 0 < len(cell) <= _HEADER_LENGTH))


def _sheet(header: Header, table: pl.DataFrame, count: sheets.SheetCount) -> _Sheet:
    solid = pl.any_horizontal(pl.col(c).str.contains(r"[^ \t\r\n]") for c in table.columns[1:])
    rows = table.filter((pl.col("_line") > header.line) & solid)
    counted = int((np.array(count.rows) > header.line).sum())
    if counted != rows.height:
        raise guard.refused_broken(f"工作表“{header.sheet}”两种读法的行数不同：{counted} 与 {rows.height}")
    return _Sheet(header, rows, counted)
