"""The independent reader: structure and number of records from the raw bytes, with no use of the CSV parser.

It decides, before a single row is handed out, whether a text file can be read at all, and counts its data
rows a second time, so that a stray quote cannot swallow lines unseen.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

import numpy as np

from xinyong.collection.reading import encoding
from xinyong.collection.reading.limits import Limits
from xinyong.collection.reading.lines import CR, Layout, Record, layout
from xinyong.kernel.errors import Refused

PIECE = 512 * 1024  # bytes per look: stays in the cache, a third cheaper than 4 MB


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole records at `offset`; `plain` where the parser needs no mending of the lines to read them."""

    offset: int
    size: int
    first_line: int  # of the file, as an editor counts
    lines: int
    records: int
    plain: bool
    first_row: int  # as a spreadsheet counts: a cell of several lines is one row, a blank line too
    rows: int


@dataclass(slots=True)
class Survey:
    """What a pass over the raw bytes found. `encoding` is None where all is ASCII."""

    encoding: str | None
    pieces: list[Piece] = field(default_factory=list)

    @property
    def records(self) -> int:
        return sum(piece.records for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Shape:
    """What the header said: separator, number of separators in a full row, where the data begin."""

    separator: int
    full: int
    offset: int
    first_line: int
    first_row: int


def survey(file: IO[bytes], shape: Shape, limits: Limits, known_encoding: str | None = None) -> Survey:
    """Pass over the data rows of a delimited file.

    Raises `Refused` for NUL bytes, mixed encodings (as far as they show in UTF-8), cells and rows over the
    limits, and a quote that opens and swallows lines.
    """
    result = Survey(known_encoding)
    line, row = shape.first_line, shape.first_row
    for offset, block in _blocks(file, shape, limits):
        whole = block.data[: _size(block)]
        encoding.refuse_nul(whole, line)
        result.encoding = encoding.settle(whole, line, result.encoding)
        _refuse_stray_quotes(block, shape, line)
        _refuse_long_cells(block, shape, limits, line, result.encoding)
        result.pieces.append(_piece(block, offset, line, row))
        line += block.lines
        row += result.pieces[-1].rows
    return result


def _size(block: Layout) -> int:
    return int(block.stops[-1]) if block.lines else 0


def _piece(block: Layout, offset: int, line: int, row: int) -> Piece:
    plain = block.records == block.lines and all(record.tidy for record in block.walked)
    plain = plain and not np.count_nonzero(block.array[block.stops - 1] == CR)
    rows = int(np.count_nonzero(block.heads))
    return Piece(offset, _size(block), line, block.lines, block.records, plain, row, rows)


def _blocks(file: IO[bytes], shape: Shape, limits: Limits) -> Iterator[tuple[int, Layout]]:
    """(offset, layout) of consecutive stretches of whole records."""
    file.seek(shape.offset)
    offset, carry, line = shape.offset, b"", shape.first_line
    while True:
        fresh = file.read(PIECE)
        data = carry + fresh if carry else fresh
        block = layout(data, shape.separator, final=not fresh)
        if fresh:
            block = _without_open_record(block)
        if block.lines:
            yield offset, block
        carry = data[_size(block) :]
        offset += _size(block)
        line += block.lines
        if len(carry) > limits.max_record:
            raise _refused_long_record(carry, shape, limits, line)
        if not fresh:
            return


def _without_open_record(block: Layout) -> Layout:
    """Leave a record that goes on behind the block for the next look."""
    last = block.walked[-1] if block.walked else None
    if last is None or last.last + 1 < block.lines or last.closed:
        return block
    keep = last.first
    cut = int(block.starts[keep])
    return Layout(
        block.data, block.array, block.separator,
        block.starts[:keep], block.ends[:keep], block.stops[:keep],
        block.walked[:-1], b'"' in block.data[:cut],
    )  # fmt: skip


def _refused_long_record(carry: bytes, shape: Shape, limits: Limits, line: int) -> Refused:
    block = layout(carry, shape.separator)
    record = block.open_record
    if record is not None and record.last > record.first:
        return refused_stray_quote(line + record.opened)
    places = np.flatnonzero(block.array[: int(block.ends[0])] == shape.separator)
    gaps = np.diff(np.concatenate(([-1], places, [int(block.ends[0])]))) - 1
    column = int(np.argmax(gaps > limits.max_cell))
    if gaps[column] > limits.max_cell:
        return refused_long_cell(line, column + 1, limits)
    return _refused_record(line, limits)


def _refused_record(line: int, limits: Limits) -> Refused:
    return Refused(
        "reading.record_too_long",
        f"第 {line} 行超过 {limits.max_record} 字节，不像一行正常的数据。请检查该行后再交。",
    )


def refused_long_cell(line: int, column: int, limits: Limits, sheet: str | None = None) -> Refused:
    """The refusal of a cell over the limit; `line` and `column` count from 1."""
    where = f"工作表“{sheet}”" if sheet else ""
    return Refused(
        "reading.cell_too_long",
        f"{where}第 {line} 行第 {column} 列的内容超过 {limits.max_cell} 个字符，不像正常的数据。"
        "请检查这一格（常见原因是缺了引号或粘贴了整篇文档），改短后再交。",
    )


def refused_stray_quote(line: int) -> Refused:
    """The refusal of a quote that opens on `line` and swallows the lines after it."""
    return Refused(
        "reading.stray_quote",
        f"第 {line} 行有一个没有配对的双引号，它后面的若干行会被并入同一格而丢失。"
        "请补上或删去这个引号（单元格里本来就有的引号要写成两个），或另存为 xlsx 后再交。",
    )


def _refuse_stray_quotes(block: Layout, shape: Shape, line: int) -> None:
    if not any(record.last > record.first or not record.closed for record in block.walked):
        return
    raw = block.separators_per_line()
    for record in block.walked:
        if _swallows(block, record, raw, shape.full):
            raise refused_stray_quote(line + record.first)
        if not record.closed:
            raise refused_stray_quote(line + record.opened)


def _swallows(block: Layout, record: Record, raw: np.ndarray, full: int) -> bool:
    """Does a record over several lines hold a line that is a whole row by itself?

    The last line may look whole where the quoted cell ends early in it (`"a⏎b",c,d`): then it counts only if
    text follows a closing quote, or if the first line looks whole, too, and together they are no whole row.
    """
    if record.last == record.first or full < 1:
        return False
    inner = np.flatnonzero(raw[record.first + 1 : record.last] >= full) + record.first + 1
    if any(block.is_whole_row(line, full) for line in inner.tolist()):
        return True
    if raw[record.last] < full:
        return False
    return not record.tidy or bool(record.separators != full and raw[record.first] >= full)


def _refuse_long_cells(block: Layout, shape: Shape, limits: Limits, line: int, charset: str | None) -> None:
    firsts = np.flatnonzero(block.heads)
    starts = block.starts[firsts]
    lengths = np.append(block.starts[firsts[1:]], _size(block)) - starts
    for i in np.flatnonzero(lengths > min(limits.max_cell, limits.max_record)).tolist():
        record = block.data[starts[i] : starts[i] + lengths[i]]
        column = _long_cell(record, shape, limits, charset)
        if column is not None:
            raise refused_long_cell(line + int(firsts[i]), column, limits)
        if len(record) > limits.max_record:
            raise _refused_record(line + int(firsts[i]), limits)


def _long_cell(record: bytes, shape: Shape, limits: Limits, charset: str | None) -> int | None:
    text = record.decode(charset or encoding.UTF8, errors="replace")
    try:
        cells = cells_of(text, shape.separator)
    except csv.Error:  # over the module's own limit, which is not under ours
        cells = text.split(chr(shape.separator))
    return next((k for k, cell in enumerate(cells, 1) if len(cell) > limits.max_cell), None)


def cells_of(text: str, separator: int) -> list[str]:
    """The cells of one record, by Python's csv module."""
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=chr(separator)), [])
