"""At the door: which item, which provider, which columns; and what may not come in at all."""

from __future__ import annotations

import calendar
import re
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
from xinyong.collection.keying import SEP
from xinyong.collection.reading import Source
from xinyong.foundation import home, vault
from xinyong.kernel.digests import digest_expr
from xinyong.kernel.errors import Refused
from xinyong.kernel.headers import fold_header
from xinyong.kernel.identifiers import check_uscc
from xinyong.kernel.workdays import WorkCalendar

SOURCE_RETENTION = "SRC_FILE"
MODES = ("增量", "全量", "补录")
EXTRA_HEADERS = {"操作": "_op", "原记录号": "_prior", "撤销或更正原因": "_reason"}


@cache
def _headers(item: Item) -> dict[str, str]:
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
        path, header_map=_headers(item), required=required, other_items=others, temp_dir=home.folder("tmp")
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


@cache
def exceptions(folder: Path) -> frozenset[str]:
    """Codes that fail the check digit but were confirmed by the registration authority, one a line."""
    register = folder / "code_exceptions.txt"
    if not register.exists():
        return frozenset()
    lines = (line.split("#")[0].strip().upper() for line in register.read_text("utf-8").splitlines())
    return frozenset(line for line in lines if line)


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
    named = pl.concat_str([pl.col(authority.code), pl.col("_prior")], separator=SEP).alias("_prior_doc")
    return frame.with_columns(named).with_columns(digest_expr("_prior_doc").alias("_prior8"))


def key_of(item: Item) -> tuple[list[str], bool]:
    """Field codes of the business key, and whether the subject is in it."""
    fields = []
    for part in item.business_key:
        f = item.by_role(part)
        if part != "subject":
            fields.append(f.code if f else part)
    return fields, "subject" in item.business_key


def prohibited_columns(item: Item, book: Rulebook, source: Source) -> dict[str, str]:
    """Header → rule, of columns that may not be collected about natural persons."""
    if "自然人" not in item.subject_kinds:
        return {}
    found = {}
    for text in (t for h in source.headers for t in h.columns):
        for entry in book.prohibited:
            if entry.action == "refuse" and any(re.search(p, text) for p in entry.columns):
                found[text] = entry.id
    return found


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
