"""A batch as the department would send it: headers, cells and bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from datetime import date, datetime

import xlsxwriter

from sampledistrict.layouts import Column
from sampledistrict.rows import Batch, Row, Style

_EPOCH = date(1899, 12, 30)  # day 0 of a spreadsheet's serial dates
_CREATED = datetime(2021, 1, 4)
_EXTRA_VALUES = {"承办人": "示例承办人", "血型": "A", "DFBM": "500152", "SJC": "2026/07/01 09:00:00"}

Cell = str | float | date
OPERATION, ORIGINAL = "操作", "原记录号"


def has_operations(batch: Batch) -> bool:
    return any(row.operation for row in batch.rows)


def heading(column: Column, style: Style) -> str:
    """The header text of one column in the file's generation."""
    if style.heading == "code":
        return column.code
    if style.heading == "old_code":
        return column.old_code or column.code
    if style.heading == "old_label":
        return column.old_label or column.label
    if style.heading == "alias":
        return column.alias or column.label
    return column.label


def header(batch: Batch) -> list[str]:
    texts = [heading(column, batch.style) for column in batch.layout.columns]
    if batch.style.twice:
        texts.append(texts[batch.layout.index(batch.style.twice)])
    texts += batch.style.extra
    return [*texts, OPERATION, ORIGINAL] if has_operations(batch) else texts


def cells(batch: Batch, row: Row, ordinal: int, operations: bool) -> list[Cell]:
    """One row's cells; dates and amounts stay typed only where the container has types."""
    style, typed = batch.style, batch.style.container == "xlsx"
    day_style = style.dates[ordinal % len(style.dates)]
    out: list[Cell] = []
    for i, column in enumerate(batch.layout.columns):
        out.append(row.raw[i] if i in row.raw else _cell(column, row.values[i], day_style, typed))
    if style.twice:
        out.append(out[batch.layout.index(style.twice)])
    out += [str(ordinal + 1) if name == "序号" else _EXTRA_VALUES.get(name, "") for name in style.extra]
    return [*out, row.operation, row.original] if operations else out


def _cell(column: Column, value: str, day_style: str, typed: bool) -> Cell:
    if not value or column.kind == "text":
        return value
    if column.kind == "date":
        return _day(date.fromisoformat(value), day_style, typed)
    if typed:
        return float(value)
    return value.rstrip("0").rstrip(".") if "." in value else value


def _day(day: date, style: str, typed: bool) -> Cell:
    return day if typed and style in ("iso", "serial") else spell_date(day, style)


def spell_date(day: date, style: str) -> str:
    """A date in one of the spellings that departments use."""
    if style == "iso":
        return day.isoformat()
    if style == "slash":
        return f"{day.year}/{day.month:02d}/{day.day:02d}"
    if style == "short_slash":
        return f"{day.year}/{day.month}/{day.day}"
    if style == "chinese":
        return f"{day.year}年{day.month}月{day.day}日"
    return str((day - _EPOCH).days)


def render(batch: Batch) -> bytes:
    """The file's bytes; sets the line of every row as a spreadsheet program numbers it."""
    if batch.content is not None:
        return batch.content
    operations = has_operations(batch)
    table = [cells(batch, row, i, operations) for i, row in enumerate(batch.rows)]
    first = {"xlsx": batch.style.titles + 2, "jsonl": 1}.get(batch.style.container, 2)
    for i, row in enumerate(batch.rows):
        row.line = first + i
    if batch.style.container == "xlsx":
        return _xlsx(batch, table)
    if batch.style.container == "jsonl":
        return _json_lines(header(batch), table)
    return _csv(batch, table)


def _csv(batch: Batch, table: Iterable[list[Cell]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header(batch))
    writer.writerows(table)
    encoding = {"csv": "utf-8", "csv-bom": "utf-8-sig", "csv-gb18030": "gb18030"}[batch.style.container]
    return out.getvalue().encode(encoding)


def _json_lines(names: list[str], table: Iterable[list[Cell]]) -> bytes:
    lines = (json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in table)
    return "".join(line + "\n" for line in lines).encode()


def _xlsx(batch: Batch, table: list[list[Cell]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": _CREATED, "author": "示例", "comments": "本文件为虚构示例数据"})
    if batch.style.note_sheet:
        note = book.add_worksheet("填报说明")
        note.write_string(0, 0, "本表为虚构示例数据。请在第二个工作表填报。")
    sheet = book.add_worksheet("数据")
    for i in range(batch.style.titles):
        sheet.write_string(i, 0, _title(batch, i))
    day_format = book.add_format({"num_format": "yyyy/m/d"})
    for c, text in enumerate(header(batch)):
        sheet.write_string(batch.style.titles, c, text)
    for r, row in enumerate(table, start=batch.style.titles + 1):
        for c, value in enumerate(row):
            _write(sheet, r, c, value, day_format)
    book.close()
    return out.getvalue()


def _title(batch: Batch, i: int) -> str:
    texts = (f"{batch.provider.name}{batch.layout.name}信息报送表", f"报送日期：{batch.received.isoformat()}")
    return texts[i % 2]


def _write(sheet: xlsxwriter.worksheet.Worksheet, r: int, c: int, value: Cell, day_format: object) -> None:
    if isinstance(value, date):
        sheet.write_datetime(r, c, value, day_format)
    elif isinstance(value, float):
        sheet.write_number(r, c, value)
    elif value:
        sheet.write_string(r, c, value)
