"""Checking alone: every row of a batch gets all its reasons, against dataframely and pandera.

"Same rules": those that both can say, from one rulebook (required, also on condition, length, code set, date,
amount, comparisons of two fields; the unified code by its pattern for the rival, by its check digits for ours).
"All rules": ours adds the other codes, personal data and prohibited content in free text, and lateness. Ours
also trims, looks for control characters and brings dates and amounts to one form, which nobody else does.

    python -m bench.checking [--rows 1000000]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl

from bench.common import Line, table
from sampledistrict.big import big_xzcf
from xinyong.catalog.loading import load_rulebook
from xinyong.catalog.regions import load_regions
from xinyong.collection import door
from xinyong.collection.checks import Checker, Settings, holds
from xinyong.collection.door import calendar_of
from xinyong.collection.pipeline import regrouped

ROUNDS, BATCH = 5, 120_000
CODE = "^[0-9A-HJ-NPQRTUWXY]{18}$"
AMOUNT = r"^\d{1,12}(\.\d{1,6})?$"
DAY = r"^\d{4}-\d{2}-\d{2}$"


def _xzcf(book: Any) -> Any:
    return book.item("XZCF", date.today())


def pandera_schema(columns: list[str], book: Any) -> Any:
    """A pandera schema of texts for the columns of a file, in their order."""
    import pandera.polars as pa

    fields = {f.name: f for f in _xzcf(book).fields}
    return pa.DataFrameSchema({name: _pandera_column(pa, fields[name], book) for name in columns})


def _pandera_column(pa: Any, field: Any, book: Any) -> Any:
    checks = []
    if field.length:
        checks.append(pa.Check.str_length(max_value=field.length))
    if field.code_set and not field.multiple:
        checks.append(pa.Check.isin(list(book.code_sets[field.code_set].values)))
    pattern = _pattern(field)
    if pattern:
        checks.append(pa.Check.str_matches(pattern))
    return pa.Column(str, checks=checks, nullable=True, required=True)


def _pattern(field: Any) -> str | None:
    if field.check == "uscc":
        return CODE
    return {"amount": AMOUNT, "date": DAY}.get(field.type)


def dataframely_schema(item: Any, book: Any) -> Any:
    """A dataframely schema of texts, by field code."""
    import dataframely as dy

    columns = {f.code: _dataframely_column(dy, f, book) for f in item.fields}
    rules = {f"rule{i}": _rule(dy, expression) for i, expression in enumerate(_between(item))}
    return type("Penalties", (dy.Schema,), columns | rules)


def _rule(dy: Any, expression: pl.Expr) -> Any:
    def rule(cls: Any) -> pl.Expr:
        return expression

    return dy.rule()(rule)


def _between(item: Any) -> Iterator[pl.Expr]:
    """What must be true of a row: conditional presence and the rulebook's comparisons of fields."""
    for f in item.fields:
        if f.required not in (True, False, None):
            yield ~(holds(f.required) & pl.col(f.code).is_null())
    for check in item.row_checks:
        if check.kind == "when_then":
            yield ~holds(check.when) | holds(check.then)
        elif check.kind == "not_after":
            yield (pl.col(check.field) <= pl.col(check.other)).fill_null(True)
        elif check.kind == "different":
            yield (pl.col(check.field) != pl.col(check.other)).fill_null(True)
        elif check.kind in ("max_value", "min_value"):
            number = pl.col(check.field).cast(pl.Float64, strict=False)
            limit = float(check.value)
            yield (number <= limit if check.kind == "max_value" else number >= limit).fill_null(True)


def _dataframely_column(dy: Any, field: Any, book: Any) -> Any:
    check: Callable[[pl.Expr], pl.Expr] | None = None
    if field.code_set and not field.multiple:
        values = list(book.code_sets[field.code_set].values)

        def check(column: pl.Expr) -> pl.Expr:
            return column.is_in(values)

    required = field.required is True
    return dy.String(nullable=not required, max_length=field.length, regex=_pattern(field), check=check)


def reduced(item: Any) -> Any:
    """The item with the rules that the rival can say, too."""
    fields = [replace(f, check="uscc" if f.check == "uscc" else None, free_text=False) for f in item.fields]
    return replace(item, fields=tuple(fields))


def run(rows: int) -> list[Line]:
    book, item = load_rulebook(), _xzcf(load_rulebook())
    with tempfile.TemporaryDirectory(prefix="xinyong-bench-") as place:
        path = Path(place) / "penalties.csv"
        big_xzcf(path, rows=rows)
        source = door.open_file(path, item, book, date.today())
        frames = regrouped(source.batches(BATCH), BATCH)
        batches = [door.with_working_columns(b, i * BATCH) for i, b in enumerate(frames)]
        source.close()
    return _compared(batches, item, book, rows)


def _compared(batches: list[pl.DataFrame], item: Any, book: Any, rows: int) -> list[Line]:
    today = date.today()
    settings = Settings(book, calendar_of(book), load_regions(), frozenset(), today, True)
    every, same = Checker(item, settings), Checker(reduced(item), replace(settings, count_late=False))
    untidy = [b.drop("_tidy", strict=False) for b in batches]
    schema, texts = dataframely_schema(item, book), _complete(batches, item)
    names = {f.code: f.name for f in item.fields if f.code in batches[0].columns}
    named = pl.concat(batches).select(pl.col(code).alias(name) for code, name in names.items())
    theirs = pandera_schema(named.columns, book)
    works: dict[str, Callable[[], Any]] = {
        "same rules": lambda: [same.run(b).errors() for b in batches],
        "all rules": lambda: [every.run(b).errors() for b in batches],
        "all rules, untidy cells": lambda: [every.run(b).errors() for b in untidy],
        "dataframely": lambda: [schema.filter(b)[1].counts() for b in texts],
        "pandera": lambda: validated(theirs, named),
    }
    rounds = [{name: _seconds(work) for name, work in works.items()} for _ in range(ROUNDS)]
    ours = list(works)[:3]
    return [_line(rounds, mine, "dataframely", rows) for mine in ours] + [
        _line(rounds, "all rules", "pandera", rows)
    ]


def _complete(batches: list[pl.DataFrame], item: Any) -> list[pl.DataFrame]:
    """dataframely wants every column of its schema."""
    missing = [f.code for f in item.fields if f.code not in batches[0].columns]
    empty = [pl.lit(None, dtype=pl.String).alias(code) for code in missing]
    return [b.with_columns(empty).select(f.code for f in item.fields) for b in batches]


def validated(schema: Any, frame: pl.DataFrame) -> None:
    from pandera.errors import SchemaErrors

    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as found:
        found.failure_cases  # noqa: B018 the reasons by row


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _line(rounds: list[dict[str, float]], ours: str, rival: str, rows: int) -> Line:
    ratio = median(r[ours] / r[rival] for r in rounds)
    mine, theirs = (median(r[k] for r in rounds) for k in (ours, rival))
    return Line(
        f"Checks alone against {rival}, {ours}",
        f"{rows / mine / 1e6:.2f} M rows/s",
        f"{rows / theirs / 1e6:.2f} M rows/s",
        ratio,
        "≤ 1" if ours == "same rules" else "shown",
        "the cells' tidiness is found out while reading"
        if ours != "all rules, untidy cells"
        else "as from XLSX",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    print(table(run(parser.parse_args().rows)))


if __name__ == "__main__":
    main()
