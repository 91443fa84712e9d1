"""Where a record stands in a kept original, and the original written anew without it.

CSV and JSON lines keep their line numbers: an empty line stands where the row stood. A workbook, a file in
UTF-16 and a file with no other row can't be written anew; the caller destroys their keys instead.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

import polars as pl

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.collection import door
from xinyong.collection.checks import Checker
from xinyong.collection.keying import Keyer
from xinyong.collection.reading import Limits, Source
from xinyong.collection.reading.lines import Layout, layout
from xinyong.foundation import home, vault
from xinyong.kernel.errors import Refused

BATCH = 60_000
SEPARATORS = (",", ";", "\t")
BOM = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
LONGEST = Limits().max_record


@dataclass(frozen=True, slots=True)
class Original:
    """A kept file of a submission, and what is needed to read it as intake did."""

    submission: int
    name: str
    wrapped_key: bytes
    item: Item
    mode: str
    day: date


@dataclass(frozen=True, slots=True)
class Place:
    line: int
    sheet: str


@contextmanager
def decrypted(original: Original) -> Iterator[Path]:
    """The bytes as they came, in a 0600 file that goes when the block ends (or by `sweep`, if killed)."""
    path = home.folder("tmp") / f"original-{original.submission}.{os.getpid()}.new"
    try:
        vault.restore_to(original.name, original.wrapped_key, path)
        yield path
    finally:
        path.unlink(missing_ok=True)


def places(path: Path, original: Original, record_ids: set[str], book: Rulebook) -> set[Place]:
    """Rows of the file whose business key gives one of `record_ids`, whatever became of them at intake."""
    keyer, found = Keyer(original.item), set()
    with door.open_file(path, original.item, book, original.day) as source:
        checker = Checker(original.item, door.settings(book, original.day, original.mode, source))
        for raw in source.batches(BATCH):
            checked = checker.run(door.with_working_columns(raw, 0)).frame
            rows = keyer.keyed(keyer.sealed(keyer.identity(checked)))
            hits = rows.filter(pl.col("_record").is_in(record_ids)).select("_line", "_sheet")
            found |= {Place(line, sheet) for line, sheet in hits.iter_rows()}
    return found


@contextmanager
def without(path: Path, original: Original, lines: set[int], book: Rulebook) -> Iterator[Path | None]:
    """The file without the rows that begin on `lines`, proved by reading it again; None: not feasible."""
    target = path.with_name(f"rewritten-{original.submission}.{os.getpid()}.new")
    try:
        yield target if _rewrite(path, target, original, lines, book) else None
    finally:
        target.unlink(missing_ok=True)


def _rewrite(path: Path, target: Path, original: Original, lines: set[int], book: Rulebook) -> bool:
    try:
        with door.open_file(path, original.item, book, original.day) as source:
            before = source.independent_count()
            if source.format == "xlsx" or _head(path).startswith(UTF16):
                return False
            holes = _csv_holes(path, source, lines) if source.format == "csv" else _line_holes(path, lines)
            _copy(path, target, holes)
        with door.open_file(target, original.item, book, original.day) as source:
            return before - source.independent_count() == len(lines) and not any(source.rows_at(lines))
    except Refused:
        return False


def _head(path: Path) -> bytes:
    with open(path, "rb") as f:
        return f.read(2)


Hole = tuple[int, int]  # bytes from, to


def _line_holes(path: Path, lines: set[int]) -> list[Hole]:
    holes, at = [], 0
    with open(path, "rb") as f:
        for number, text in enumerate(f, 1):
            if number in lines:
                holes.append((at, at + len(text.rstrip(b"\r\n"))))
            at += len(text)
    return holes


def _csv_holes(path: Path, source: Source, lines: set[int]) -> list[Hole]:
    """A record, however many physical lines it has, is one row of a spreadsheet, and so is an empty line."""
    with open(path, "rb") as f:
        separator = _separator(f, source.headers[0].line)
        f.seek(0)
        offset = len(BOM) if f.read(len(BOM)) == BOM else 0
        f.seek(offset)
        return [
            (offset + start, offset + end)
            for offset, row, block, whole in _blocks(f, separator, offset)
            for start, end in _holes(block, {n - row for n in lines}, whole)
        ]


def _separator(f: IO[bytes], header: int) -> int:
    """The one that cuts the header into the most cells."""
    text = b"".join(f.readline() for _ in range(header + 3)).decode("latin-1")
    rows = {s: csv.reader(text.splitlines()[header - 1 :], delimiter=s) for s in SEPARATORS}
    return ord(max(SEPARATORS, key=lambda s: len(next(rows[s], []))))


def _blocks(f: IO[bytes], separator: int, offset: int) -> Iterator[tuple[int, int, Layout, int]]:
    """(offset, first row, block, its lines that belong to whole records), from where `f` stands, at `offset`."""
    carry, row = b"", 1
    while True:
        fresh = f.read(vault.CHUNK)
        block = layout(carry + fresh, separator, final=not fresh)
        whole = block.open_record.first if fresh and block.open_record else block.lines
        size = int(block.stops[whole - 1]) if whole else 0
        yield offset, row, block, whole
        carry, offset, row = block.data[size:], offset + size, row + int(block.heads[:whole].sum())
        if not fresh:
            return
        if len(carry) > LONGEST:
            raise Refused("record_too_long", "原件中有一行过长，不能逐行删除。")


def _holes(block: Layout, wanted: set[int], whole: int) -> Iterator[Hole]:
    """Stretches of the block to be emptied; `wanted`: rows of the block, from 0."""
    rows = block.heads[:whole].cumsum() - 1
    if not any(0 <= n <= rows[-1] for n in wanted if whole):
        return
    for first, last in zip(*(x.tolist() for x in block.record_lines()), strict=True):
        if last < whole and int(rows[first]) in wanted:
            yield int(block.starts[first]), int(block.ends[last])


def _copy(path: Path, target: Path, holes: list[Hole]) -> None:
    with (
        open(path, "rb") as f,
        open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out,
    ):
        for start, end in sorted(holes):
            _copy_bytes(f, out, start - f.tell())
            f.seek(end)
        while block := f.read(vault.CHUNK):
            out.write(block)


def _copy_bytes(f: IO[bytes], out: IO[bytes], count: int) -> None:
    while count > 0 and (block := f.read(min(count, vault.CHUNK))):
        out.write(block)
        count -= len(block)
