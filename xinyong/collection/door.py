"""At the door: which item, which provider, which columns; and what may not come in at all."""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import psycopg

from xinyong.catalog.aliases import header_map
from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.catalog.regions import load_regions
from xinyong.collection import reading
from xinyong.collection.checks import Settings
from xinyong.collection.confirmed import exceptions
from xinyong.collection.keying import SEP
from xinyong.collection.reading import Source
from xinyong.collection.receipts import Receipt
from xinyong.foundation import home, vault
from xinyong.kernel.detect import prohibited_series
from xinyong.kernel.digests import digest_expr
from xinyong.kernel.documents import fold_document_expr
from xinyong.kernel.errors import Refused
from xinyong.kernel.headers import fold_header
from xinyong.kernel.identifiers import check_uscc
from xinyong.kernel.workdays import WorkCalendar

SOURCE_RETENTION = "SRC_FILE"
MODES = ("增量", "全量", "补录")
EXTRA_HEADERS = {"操作": "_op", "原记录号": "_prior", "撤销或更正原因": "_reason"}


@cache
def headers(item: Item) -> dict[str, str]:
    """Folded header → field code or working column."""
    return {**header_map(item), **{fold_header(k): v for k, v in EXTRA_HEADERS.items()}}


def item_of(code: str, mode: str, book: Rulebook, day: date) -> Item:
    if mode not in MODES:
        raise Refused(
            "mode", f"报送方式“{mode}”不认识；请用 {'、'.join(MODES)}（零报告用 xinyong zero-report）。"
        )
    return book.item(code.strip().upper(), day)


def open_file(path: Path, item: Item, book: Rulebook, day: date) -> Source:
    others = {i.name: header_map(i) for i in book.current_items(day) if i.code != item.code}
    required = [f.code for f in item.fields if f.required is True]
    source = reading.open_source(
        path, header_map=headers(item), required=required, other_items=others, temp_dir=home.folder("tmp")
    )
    return source


def refuse_rows(path: Path, item: str, book: Rulebook, day: date) -> None:
    """A 零报告 with data rows is a contradiction. Refused: it has some, or can't be read."""
    if path.exists() and path.stat().st_size == 0:
        return
    try:
        with open_file(path, item_of(item, MODES[0], book, day), book, day) as source:
            rows = source.independent_count()
    except Refused as e:
        if e.code == "reading.no_rows":
            return
        raise
    if rows:
        raise Refused("zero_with_rows", f"零报告的文件里有 {rows} 行数据；请改选“增量”报送，或交空表。")


def provider_of(code: str, book: Rulebook) -> str:
    """A provider's id or code → its code. Empty: not stated (the file's own columns tell)."""
    code = code.strip()
    if not code or code in book.providers:
        return book.providers[code].code if code else ""
    answer = check_uscc(code, regions=load_regions())
    if not answer.valid:
        raise Refused(
            "provider",
            f"提供单位“{code}”不认识；请用本区部门库中的编号（xinyong providers 可查）或统一社会信用代码。",
        )
    return answer.normalized


def calendar_of(book: Rulebook) -> WorkCalendar:
    years = book.calendar.values()
    return WorkCalendar(
        days_off=frozenset(d for y in years for d in y.days_off),
        workdays=frozenset(d for y in years for d in y.workdays),
        years=frozenset(book.calendar),
    )


def settings(book: Rulebook, day: date, mode: str, source: Source) -> Settings:
    """A 补录 file is not counted late, and lacking a column that its generation did not have is a warning."""
    back = mode == "补录"
    absent = frozenset(code for header in source.headers for code in header.missing) if back else frozenset()
    known = exceptions(home.local_rulebook())
    return Settings(book, calendar_of(book), load_regions(), known, day, count_late=not back, absent=absent)


def with_working_columns(raw: pl.DataFrame, first: int) -> pl.DataFrame:
    """Global row number `_g`, and the columns a file may lack."""
    texts = [c for c in ("_sheet", "_op", "_prior", "_reason") if c not in raw.columns]
    raw = raw.with_columns(
        pl.int_range(first, first + raw.height, dtype=pl.Int64).alias("_g"),
        *(pl.lit(None, dtype=pl.String).alias(c) for c in texts),
    )
    return raw.with_columns(
        pl.col("_sheet").fill_null(""),
        *(_trimmed(raw, c) for c in ("_op", "_prior", "_reason") if raw[c].null_count() < raw.height),
    )


def _trimmed(raw: pl.DataFrame, name: str) -> pl.Expr:
    text = pl.col(name).str.strip_chars()
    return pl.when(text != "").then(text).alias(name)


def prior_digest(frame: pl.DataFrame, item: Item) -> pl.DataFrame:
    """`_prior8`: the digest of the document that 原记录号 names, under this row's authority."""
    authority = item.by_role("authority_code")
    if authority is None or frame["_prior"].null_count() == frame.height:
        return frame.with_columns(pl.lit(None, dtype=pl.UInt64).alias("_prior8"))
    number = fold_document_expr(pl.col("_prior"))
    named = pl.concat_str([pl.col(authority.code), number], separator=SEP).alias("_prior_doc")
    return frame.with_columns(named).with_columns(digest_expr("_prior_doc").alias("_prior8"))


def prohibited_columns(item: Item, book: Rulebook, source: Source) -> dict[str, str]:
    """Header → rule, of columns that may not be collected about natural persons.

    Sheets that are not read count as well: the workbook would be kept with them in it.
    """
    if "自然人" not in item.subject_kinds:
        return {}
    texts = [t for h in source.headers for t in h.columns] + list(source.skipped_texts)
    return _matching(book, "refuse", texts)


def flagged_columns(item: Item, book: Rulebook, source: Source) -> list[str]:
    """Columns outside the catalogue that a person must look at: lawful with written consent only."""
    if "自然人" not in item.subject_kinds:
        return []
    return list(_matching(book, "flag", [t for h in source.headers for t in h.unknown]))


def _matching(book: Rulebook, action: str, texts: list[str]) -> dict[str, str]:
    entries = [(e.id, [_spelt(p) for p in e.columns]) for e in book.prohibited if e.action == action]
    found = {}
    for text in texts:
        folded = fold_header(text)
        for rule, patterns in entries:
            if any(p.search(folded) or p.search(text) for p in patterns):
                found[text] = rule
    return found


@cache
def _spelt(pattern: str) -> re.Pattern[str]:
    """A pattern for folded headers: letters and characters folded as they are, its own signs left alone."""
    plain = (unicodedata.normalize("NFKC", char) for char in pattern)
    return re.compile(
        "".join(n if n.isalnum() else c for n, c in zip(plain, pattern, strict=True)), re.IGNORECASE
    )


def prohibited_outside(path: Path, item: Item, book: Rulebook, day: date, source: Source) -> int:
    """Rows with prohibited content, unknown columns included, of an item about natural persons only.

    Intake drops unknown columns, but the original would be kept with them in it. Read apart, for this is rare.
    """
    if set(item.subject_kinds) != {"自然人"} or not any(h.unknown for h in source.headers):
        return 0
    with open_file(path, item, book, day) as numbered:
        lines = {line for batch in numbered.batches() for line in batch["_line"].to_list()}
    with open_file(path, item, book, day) as again:
        rows = pl.Series(["\n".join(cells) for _, _, cells in again.rows_at(lines)], dtype=pl.String)
    patterns = [p for entry in book.prohibited for p in entry.content]
    return int(prohibited_series(rows, patterns).sum())


def column_name(item: Item, code: str) -> str:
    """What a department calls a column: a field's name, or the header of a working column."""
    return next((h for h, c in EXTRA_HEADERS.items() if c == code), None) or item.field(code).name


def remarks(receipt: Receipt, item: Item, source: Source) -> list[str]:
    """What whoever handed the file in should know about its columns and its way of coming in."""
    notes = []
    if flagged := receipt.columns.get("flagged"):
        notes.append("这些列须由专人核对是否取得本人书面同意：" + "、".join(flagged[:10]))
    if receipt.mode == "全量" and not receipt.provider:
        notes.append("全量报送里有几个数据来源单位，没有与在库记录比对缺失；请按单位分别报送全量。")
    missing = receipt.columns.get("missing")
    if missing and receipt.mode == "增量" and receipt.rows and receipt.rejected == receipt.rows:
        names = "、".join(item.field(code).name for code in missing[:10])
        notes.append(
            f"文件没有这些必填列：{names}，各行因此退回；若是旧版格式的历史数据，请选“补录”重新报送。"
        )
    absent = _absent(item, source) if receipt.corrected else []
    if absent:
        notes.append(
            f"文件没有“{'、'.join(absent)}”列，本次更正的 {receipt.corrected} 条记录中这些项保留原值；"
            "要清空某项，请加上该列并留空。"
        )
    return notes


def _absent(item: Item, source: Source) -> list[str]:
    """Extension fields with a meaning to the platform (失信程度 …) that no sheet has a column for."""
    present = {code for h in source.headers for code in h.fields.values()}
    return [f.name for f in item.fields if f.extension and f.role and f.code not in present]


def refuse_future(day: date, today: date) -> None:
    """Refused: the day of receipt has not come yet."""
    if day > today:
        raise Refused(
            "received_in_future", f"收到日期 {day} 晚于今天（{today}）；请改为实际收到的日期后重新报送。"
        )


def after_months(day: date, months: int | None) -> date:
    """The last day kept; without limit: 2099-12-31. A month's missing day becomes its last."""
    if months is None:
        return date(2099, 12, 31)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def keep_original(
    c: psycopg.Connection[Any], original: vault.Stored, at: datetime, day: date, book: Rulebook
) -> None:
    """Register the stored original with the end of its retention."""
    rule = book.retention[SOURCE_RETENTION]
    until = after_months(day, rule.months)
    c.execute(
        "INSERT INTO vault_object (name, wrapped_key, size, stored, retained_until, retention_rule)"
        " VALUES (%s, %b, %s, %s, %s, %s)",
        [original.name, original.wrapped_key, original.size, at, until, rule.id],
    )
