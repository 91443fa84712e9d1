"""Delimited text: found out by a survey of the raw bytes, then parsed block by block with Polars."""

from __future__ import annotations

import contextlib
import csv
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import IO

import numpy as np
import polars as pl

from xinyong.collection.reading import encoding
from xinyong.collection.reading.counting import Piece, Shape, Survey, cells_of, survey
from xinyong.collection.reading.header import (
    HeaderMap,
    Row,
    find_header,
    refuse_other_item,
    refuse_without_header,
)
from xinyong.collection.reading.limits import Header, Limits
from xinyong.collection.reading.lines import Layout, layout
from xinyong.collection.reading.source import (
    Cells,
    Source,
    submission_of,
    unescape_frame,
    unescaped,
)
from xinyong.kernel.errors import Fault, Refused
from xinyong.kernel.text import block_is_tidy

_SEPARATORS = (",", ";", "\t")
_HEAD = 1 << 20
_BLOCK = 16 << 20
_SAMPLE = 20  # data rows looked at for separators that every row has too many at its end
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_RAW_LINE = re.compile(_LINE.pattern.encode())
_WIDEST = 1000


class CsvSource(Source):
    """A CSV file in UTF-8 or GB18030 with `,`, `;` or tab between cells."""

    format = "csv"

    def __init__(self, file: IO[bytes], known: HeaderMap, limits: Limits) -> None:
        self._file, self._limits = file, limits
        head = _Head.read(file, limits)
        header, separator, end = _header_of(head, known, limits)
        self.headers = (header,)
        self._header, self._separator = header, ord(separator)
        self._width = head.width(separator, header, end)
        above = head.rows_until(separator, end)
        shape = Shape(self._separator, len(header.columns) - 1, head.offset_of(end), end + 1, above + 1)
        self._survey: Survey = survey(file, shape, limits, head.charset)
        self.encoding = self._survey.encoding or encoding.UTF8
        if not self._survey.records:
            raise Refused(
                "reading.no_rows",
                f"文件里只有标题行（第 {header.line} 行），没有数据。没有数据可报时请选择“零报告”；"
                "否则请补上数据后再交。",
            )
        if header.own:
            self.linked_submission = self._linked()

    def independent_count(self) -> int:
        return self._survey.records

    def close(self) -> None:
        self._file.close()

    def batches(self, size: int = 65536) -> Iterator[pl.DataFrame]:
        for pieces in _groups(self._survey.pieces, size):
            frame = self._frame(pieces)
            yield from frame.iter_slices(size)

    def rows_at(self, lines: set[int]) -> Iterator[Cells]:
        wanted = np.array(sorted(lines), dtype=np.int64)
        own = self._header.own
        for piece in self._survey.pieces:
            first, last = np.searchsorted(wanted, (piece.first_row, piece.first_row + piece.rows))
            if first == last:
                continue
            for line, cells in self._records(piece, set(wanted[first:last].tolist())):
                cells = [unescaped(c) for c in cells[own:]] if own else cells
                cells += [""] * (len(self._header.columns) - own - len(cells))
                yield line, None, cells

    def _records(self, piece: Piece, wanted: set[int]) -> Iterator[tuple[int, list[str]]]:
        data = self._bytes([piece])
        block = layout(data, self._separator)
        firsts, lasts = block.record_lines()
        numbers = spreadsheet_rows(block, firsts) + piece.first_row
        for first, last, number in zip(firsts.tolist(), lasts.tolist(), numbers.tolist(), strict=True):
            if number in wanted:
                text = data[block.starts[first] : block.ends[last]].decode(encoding.UTF8)
                yield number, cells_of(text, self._separator)

    def _linked(self) -> str | None:
        values: set[str | None] = set()
        for pieces in _groups(self._survey.pieces, 1 << 30):
            data, _, _ = self._clean(pieces)
            values.update(self._parse(data, {6: "link"})["link"].unique())
        return submission_of(list(values))

    def _bytes(self, pieces: Sequence[Piece]) -> bytes:
        self._file.seek(pieces[0].offset)
        if self.encoding != encoding.GB18030:
            return self._file.read(sum(p.size for p in pieces))
        return b"".join(encoding.to_utf8(self._file.read(p.size), p.first_line) for p in pieces)

    def _frame(self, pieces: Sequence[Piece]) -> pl.DataFrame:
        columns = dict(self._header.fields)
        if self._header.own:
            columns = {0: "_orig_line"} | columns
        unnamed = {i: f"_unnamed{i}" for i in range(len(self._header.columns), self._width)}
        data, numbers, extra = self._clean(pieces)
        tidy = extra is None and not self._header.own and block_is_tidy(data, self._separator)
        try:
            frame = self._parse(data, columns | unnamed)
        except pl.exceptions.PolarsError:
            data, numbers, extra = self._mended(data, pieces[0].first_row)
            tidy = False
            frame = self._parse(data, columns | unnamed)
        if frame.height != len(numbers):
            raise _miscounted(pieces, len(numbers), frame.height)
        return self._finished(frame, numbers, extra, list(unnamed.values()), tidy)

    def _finished(
        self,
        frame: pl.DataFrame,
        numbers: np.ndarray,
        extra: np.ndarray | None,
        unnamed: list[str],
        tidy: bool,
    ) -> pl.DataFrame:
        fields = list(self._header.fields.values())
        too_many = pl.lit(False if extra is None else pl.Series(extra))
        for name in unnamed:
            too_many = too_many | pl.col(name).is_not_null()
        lead: list[pl.Expr | pl.Series] = [pl.Series("_line", numbers.astype(np.uint32))]
        if self._header.own:
            frame = unescape_frame(frame, fields)
            lead.append(pl.col("_orig_line").str.strip_chars().cast(pl.UInt32, strict=False))
        lead[1:1] = [too_many.alias("_extra_cells"), pl.lit(tidy).alias("_tidy")]
        return frame.select(*lead, *fields)

    def _clean(self, pieces: Sequence[Piece]) -> tuple[bytes, np.ndarray, np.ndarray | None]:
        data, first = self._bytes(pieces), pieces[0].first_row
        if all(p.plain for p in pieces) and all(p.lines == p.records for p in pieces):
            return data, np.arange(first, first + sum(p.records for p in pieces)), None
        return self._mended(data, first)

    def _mended(self, data: bytes, first_row: int) -> tuple[bytes, np.ndarray, np.ndarray]:
        block = layout(data, self._separator)
        clean, firsts, extra = mend(block, self._width)
        return clean, spreadsheet_rows(block, firsts) + first_row, extra

    def _parse(self, data: bytes, columns: dict[int, str]) -> pl.DataFrame:
        quoted = b'"' in data
        frame = pl.read_csv(  # all columns: asked for a few, Polars passes over rows with too many cells
            data,
            has_header=False,
            schema={f"c{i}": pl.String for i in range(self._width)},
            separator=chr(self._separator),
            quote_char='"' if quoted else None,
            infer_schema=False,
            missing_columns="insert",
        )
        frame = frame.select(pl.col(f"c{i}").alias(name) for i, name in sorted(columns.items()))
        if quoted:  # a quoted empty cell comes as "", not as null
            frame = frame.with_columns(
                pl.when(pl.col(c) != "").then(pl.col(c)).alias(c) for c in frame.columns
            )
        return frame


def _groups(pieces: Sequence[Piece], rows: int) -> Iterator[list[Piece]]:
    """Neighbouring pieces to be parsed together: up to `_BLOCK` bytes and about `rows` rows."""
    group: list[Piece] = []
    for piece in pieces:
        size, count = sum(p.size for p in group), sum(p.records for p in group)
        if group and (size + piece.size > _BLOCK or count + piece.records > rows):
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _miscounted(pieces: Sequence[Piece], counted: int, parsed: int) -> Fault:
    first, last = pieces[0].first_line, pieces[-1].first_line + pieces[-1].lines - 1
    return Fault(
        "reading.miscounted",
        f"第 {first} 至 {last} 行两种读法的行数不同（{counted} 与 {parsed}），为防漏行已停止，"
        "没有写入任何数据。"
        "请把文件另存为 xlsx 再交，并把此提示告诉系统管理员。",
    )


def spreadsheet_rows(block: Layout, firsts: np.ndarray) -> np.ndarray:
    """Row numbers from 0, as a spreadsheet counts, of the records that begin on these lines."""
    return (np.cumsum(block.heads) - 1)[firsts]


def mend(block: Layout, width: int) -> tuple[bytes, np.ndarray, np.ndarray]:
    """Make every reader agree on a block: (bytes, first line of each record from 0, too many cells?).

    Blank lines go, a CR that ends a record becomes LF, and records with irregular quotes or more than
    `width` cells are written anew with all cells quoted (what is beyond `width` is left out and flagged).
    The rest stays byte for byte.
    """
    firsts, lasts = block.record_lines()
    extra = np.zeros(len(firsts), dtype=bool)
    special = _special(block, firsts, lasts, width)
    array = block.array.copy()
    ends = block.stops[lasts] - 1
    array[ends[array[ends] == 13]] = 10
    view, place = memoryview(array.data), 0
    out: list[bytes | memoryview] = []
    kept = np.isin(np.flatnonzero(block.heads), block.blanks, invert=True)
    for line in np.flatnonzero(block.heads)[~kept].tolist():
        special[line] = -1
    index = {int(first): k for k, first in enumerate(firsts.tolist())} if special else {}
    for line in sorted(special):
        out.append(view[place : int(block.starts[line])])
        place = int(block.stops[line])
        if special[line] >= 0:
            k = index[line]
            place = int(block.stops[lasts[k]])
            text, extra[k] = _rewritten(block, line, int(lasts[k]), width)
            out.append(text)
    out.append(view[place:])
    return b"".join(out), firsts, extra


def _special(block: Layout, firsts: np.ndarray, lasts: np.ndarray, width: int) -> dict[int, int]:
    untidy = {record.first: 1 for record in block.walked if not record.tidy}
    raw = np.add.reduceat(block.separators_per_line(), firsts) if len(firsts) else np.zeros(0)
    return untidy | dict.fromkeys(firsts[raw >= width].tolist(), 1)


def _rewritten(block: Layout, first: int, last: int, width: int) -> tuple[bytes, bool]:
    text = block.data[block.starts[first] : block.ends[last]].decode(encoding.UTF8)
    cells = cells_of(text, block.separator)
    quoted = ('"' + cell.replace('"', '""') + '"' for cell in cells[:width])
    return (chr(block.separator).join(quoted) + "\n").encode(encoding.UTF8), len(cells) > width


@dataclass(frozen=True, slots=True)
class _Head:
    """The first bytes of the file, up to a line end, decoded. `lines` keep their ends."""

    bom: int
    charset: str | None
    data: bytes
    lines: tuple[str, ...]

    @classmethod
    def read(cls, file: IO[bytes], limits: Limits) -> _Head:
        file.seek(0)
        data = file.read(_HEAD)
        bom = 3 if data.startswith(b"\xef\xbb\xbf") else 0
        whole = len(data) < _HEAD
        cut = len(data) if whole else max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1)) + 1
        if cut <= bom and not whole:
            raise _long_first_line(limits)
        data = data[bom:cut]
        if not data.strip():
            raise Refused(
                "reading.empty", "文件是空的，没有任何内容。请检查导出是否成功，换上正确的文件后再交。"
            )
        encoding.refuse_nul(data, 1)
        charset = encoding.settle(data, 1, encoding.UTF8 if bom else None)
        text = encoding.to_utf8(data, 1).decode() if charset == encoding.GB18030 else data.decode()
        return cls(bom, charset, data, tuple(_LINE.findall(text)))

    def rows(self, separator: str, first: int = 1) -> Iterator[tuple[int, int, list[str]]]:
        """(first line, last line, cells) of each row from line `first` on."""
        reader = csv.reader(self.lines[first - 1 :], delimiter=separator)
        begin = first
        for cells in reader:
            end = first - 1 + reader.line_num
            yield begin, end, cells
            begin = end + 1

    def rows_until(self, separator: str, line: int) -> int:
        """How many rows a spreadsheet shows for the lines up to `line`."""
        above = takewhile(lambda row: row[1] <= line, self._safe_rows(separator, 1))
        return sum(1 for _ in above)

    def offset_of(self, lines: int) -> int:
        """Bytes before the line that follows the first `lines` lines."""
        return self.bom + sum(len(text) for text in _RAW_LINE.findall(self.data)[:lines])

    def width(self, separator: str, header: Header, header_end: int) -> int:
        """Cells in a row: as many as the header has, or more where every row ends in as many empty ones."""
        columns = len(next(self._safe_rows(separator, header.line))[2])
        columns = max(len(header.columns), min(columns, _WIDEST))
        rows = [
            cells
            for _, _, cells in itertools.islice(self._safe_rows(separator, header_end + 1), _SAMPLE)
            if any(cells)
        ]
        widths = {len(cells) for cells in rows}
        if len(widths) != 1 or any(any(cells[columns:]) for cells in rows):
            return columns
        return max(columns, *widths)

    def _safe_rows(self, separator: str, first: int) -> Iterator[tuple[int, int, list[str]]]:
        with contextlib.suppress(csv.Error):
            yield from self.rows(separator, first)


def _long_first_line(limits: Limits) -> Refused:
    return Refused(
        "reading.cell_too_long",
        f"第 1 行超过 {_HEAD // (1024 * 1024)} MB 还没有换行，单元格最多 {limits.max_cell} 个字符，"
        "不像正常的数据。"
        "请检查文件是否完整、换行是否丢失，从原系统重新导出后再交。",
    )


def _header_of(head: _Head, known: HeaderMap, limits: Limits) -> tuple[Header, str, int]:
    """(header, separator, last line of the header's row)."""
    found: list[tuple[Header, str, int]] = []
    tables: list[list[Row]] = []
    for separator in _SEPARATORS:
        rows = list(itertools.islice(head._safe_rows(separator, 1), limits.header_lines))
        tables.append([(begin, cells) for begin, _, cells in rows])
        header = find_header(tables[-1], known, limits)
        if header is not None:
            end = next(end for begin, end, _ in rows if begin == header.line)
            found.append((header, separator, end))
    if not found:
        raise refuse_without_header(max(tables, key=_widest), known, limits)
    best = max(found, key=lambda f: len(f[0].mapped))
    refuse_other_item(best[0], known)
    return best


def _widest(rows: Sequence[Row]) -> int:
    return max((len(cells) for _, cells in rows), default=0)
