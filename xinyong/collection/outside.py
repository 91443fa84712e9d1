"""Columns outside the catalogue: they are not taken in, but the original is kept with them in it.

On items about natural persons only, prohibited content there refuses the file (`door`); elsewhere a person
is told where to look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.collection import door, reading
from xinyong.collection.reading import Source
from xinyong.foundation import home
from xinyong.kernel.detect import prohibited_series
from xinyong.kernel.errors import Refused
from xinyong.kernel.headers import fold_header

FOUND = {"_g": pl.Int64, "line": pl.Int64, "sheet": pl.String, "suggestion": pl.String}
ADVICE = "没有入库的列“{}”中的文字，请人工核对是否涉及自然人的禁止采集信息；涉及的请删除后重新报送"
PIECE = 50_000
Part = tuple[pl.DataFrame, str, pl.Series]  # places as FOUND without the suggestion, header, texts


def prohibited(path: Path, item: Item, book: Rulebook, day: date, source: Source) -> pl.DataFrame:
    """Rows (as FOUND, `_g` counted from 0 in file order) with content there that a person must look at."""
    texts = list(dict.fromkeys(t for h in source.headers for t in h.unknown))
    patterns = [p for entry in book.prohibited for p in entry.content]
    found = [pl.DataFrame(schema=FOUND)]
    if not texts or not patterns or set(item.subject_kinds) == {"自然人"}:
        return found[0]
    for places, text, column in _parts(path, item, book, day, source, texts):
        hits = prohibited_series(column, patterns).fill_null(False)
        found.append(places.filter(hits).with_columns(pl.lit(ADVICE.format(text)).alias("suggestion")))
    return pl.concat(found).sort("_g", maintain_order=True)


def _parts(
    path: Path, item: Item, book: Rulebook, day: date, source: Source, texts: Sequence[str]
) -> Iterator[Part]:
    """As columns where each has a name of its own, else cell by cell. Read apart, for this is rare."""
    lines = [(h.sheet, h.line) for h in source.headers]
    try:
        with _opened(path, item, texts) as named:
            if [(h.sheet, h.line) for h in named.headers] == lines and not any(
                h.unknown for h in named.headers
            ):
                yield from _columns(named, texts)
                return
    except Refused:
        pass  # one of them twice, or taken for a second header
    yield from _cells(path, item, book, day)


def _opened(path: Path, item: Item, texts: Sequence[str]) -> Source:
    codes = {fold_header(text): f"_outside{n}" for n, text in enumerate(texts)}
    return reading.open_source(
        path,
        header_map={**codes, **door.headers(item)},
        required=[],
        other_items={},
        temp_dir=home.folder("tmp"),
    )


def _columns(source: Source, texts: Sequence[str]) -> Iterator[Part]:
    at = 0
    for raw in source.batches():
        sheet = pl.col("_sheet").fill_null("") if "_sheet" in raw.columns else pl.lit("")
        places = raw.select(
            pl.int_range(at, at + raw.height, dtype=pl.Int64).alias("_g"),
            pl.col("_line").cast(pl.Int64).alias("line"),
            sheet.cast(pl.String).alias("sheet"),
        )
        for n, text in enumerate(texts):
            if f"_outside{n}" in raw.columns:
                yield places, text, raw[f"_outside{n}"]
        at += raw.height


def _cells(path: Path, item: Item, book: Rulebook, day: date) -> Iterator[Part]:
    with door.open_file(path, item, book, day) as numbered:
        lines = {line for batch in numbered.batches() for line in batch["_line"].to_list()}
    with door.open_file(path, item, book, day) as source:
        known = {h.sheet or "": {i - h.own for i in h.mapped} for h in source.headers}
        rows: list[tuple[int, int, str, str]] = []
        for n, (line, sheet, cells) in enumerate(source.rows_at(lines)):
            rest = "\n".join(cell for i, cell in enumerate(cells) if i not in known[sheet or ""])
            rows.append((n, line, sheet or "", rest))
            if len(rows) == PIECE:
                yield _part(rows)
                rows = []
        yield _part(rows)


def _part(rows: list[tuple[int, int, str, str]]) -> Part:
    schema = {"_g": pl.Int64, "line": pl.Int64, "sheet": pl.String, "text": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.drop("text"), "目录以外的列", frame["text"]
