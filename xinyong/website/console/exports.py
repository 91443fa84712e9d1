"""Exports of a list: CSV as it is read, XLSX up to a cap. No cell is ever a formula."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import Any
from urllib.parse import quote

import psycopg
import xlsxwriter
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse

from xinyong.foundation import database
from xinyong.kernel.beijing import BEIJING
from xinyong.website.console.columns import Column

KINDS = ("csv", "xlsx")
XLSX_ROWS = 50_000  # more than that makes a visitor wait too long, and is a CSV's work
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
CHUNK = 500
Stream = Callable[[psycopg.Connection[Any]], Iterator[dict[str, Any]]]
Notice = Callable[[], str]  # asked when the rows have been read: what is to be known of them, as a last line
CAPPED = f"本表只含前 {XLSX_ROWS:,} 行；全部数据请导出 CSV。"


def answer(kind: str, title: str, columns: Sequence[Column], stream: Stream, notice: Notice) -> Any:
    name = f"{title}-{datetime.now(UTC).astimezone(BEIJING):%Y%m%d%H%M}.{kind}"
    made = (_csv if kind == "csv" else _xlsx)(columns, stream, notice)
    made.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    made.headers["Cache-Control"] = "no-store"
    return made


def plain(text: str) -> str:
    """The text, so that no spreadsheet takes it for a formula (CWE-1236)."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _csv(columns: Sequence[Column], stream: Stream, notice: Notice) -> HttpResponseBase:
    return StreamingHttpResponse(_lines(columns, stream, notice), content_type="text/csv; charset=utf-8")


def _lines(columns: Sequence[Column], stream: Stream, notice: Notice) -> Iterator[bytes]:
    """The file in pieces, over a connection of its own: the visitor may be slow."""
    yield "\ufeff".encode()
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow([c.label for c in columns])
    with database.connect_app() as c:
        for count, row in enumerate(stream(c), 1):
            writer.writerow([plain(column.text(row)) for column in columns])
            if count % CHUNK == 0:
                yield buffer.getvalue().encode()
                buffer.seek(0)
                buffer.truncate()
    if said := notice():
        writer.writerow([plain(said)])
    yield buffer.getvalue().encode()


def _xlsx(columns: Sequence[Column], stream: Stream, notice: Notice) -> HttpResponseBase:
    file = tempfile.TemporaryFile()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, [c.label for c in columns], book.add_format({"bold": True}))
    last, capped = 0, ""
    with database.connect_app() as c:
        for count, row in enumerate(stream(c), 1):
            if count > XLSX_ROWS:
                capped = CAPPED
                break
            last = count
            for place, column in enumerate(columns):
                _write(sheet, count, place, column, row)
    for line, said in enumerate(filter(None, (capped, notice())), last + 1):
        sheet.write_string(line, 0, said)
    book.close()
    file.seek(0)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return FileResponse(file, content_type=kind)


def _write(sheet: Any, line: int, place: int, column: Column, row: dict[str, Any]) -> None:
    value = row.get(column.key)
    if column.kind == "number" and isinstance(value, int | float):
        sheet.write_number(line, place, value)
    else:
        sheet.write_string(line, place, plain(column.text(row)))
