"""One row at a time: rows that went back, rows typed in, records corrected or withdrawn.

All of them go in by the path of every file, as a file of one row; what would go back is told at once and not kept.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.catalog.regions import load_regions
from xinyong.collection import door, intake, messages, receipts, rejects
from xinyong.collection.deciding import GoesBack, Told
from xinyong.collection.intake import Request
from xinyong.collection.reading import REJECT_COLUMNS
from xinyong.collection.receipts import Receipt
from xinyong.collection.rejects import OWN_FIELDS, REPAIRABLE
from xinyong.collection.rejects_files import RETURNED, escaped
from xinyong.disclosure.own import Own
from xinyong.foundation import audit, home, named_sql
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.kernel.identifiers_batch import candidates_batch

SQL = named_sql.load(Path(__file__).parent / "sql" / "department.sql")
CORRECT, WITHDRAW = "更正", "撤销"
MOST_CANDIDATES = 5
Cells = Sequence[tuple[str, str]]  # header and text


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a row, in words. `field`: code; empty: the whole row."""

    field: str
    name: str
    problem: str
    suggestion: str


@dataclass(frozen=True, slots=True)
class Returned:
    """A row that still waits with the department. result: 退回 | 待核."""

    line: int
    sheet: str
    result: str
    troubles: tuple[Trouble, ...]


def explained(told: Sequence[Told], item: Item) -> list[Trouble]:
    """Findings in words, in their order."""
    names = {f.code: f.name for f in item.fields} | OWN_FIELDS
    found = []
    for code, rule, suggestion in told:
        problem, advice = messages.text_of(rule, item)
        found.append(Trouble(code, names.get(code, code), problem, suggestion or advice))
    return found


def waiting(
    c: psycopg.Connection[Any], submission: int, item: Item, first: int, most: int
) -> tuple[list[Returned], int]:
    """Rows that nobody settled yet, from the `first` on, at most so many, and how many there are in all."""
    every = rejects.waiting(c, submission)
    rows = every[first : first + most]
    asked = {"submission": submission, "lines": [r.line for r in rows]}
    told: dict[tuple[int, str], list[Told]] = {}
    for line, sheet, code, rule, suggestion in c.execute(SQL["problems"], asked):
        told.setdefault((line, sheet), []).append((code, rule, suggestion))
    found = [Returned(r.line, r.sheet, r.result, tuple(explained(told[r.line, r.sheet], item))) for r in rows]
    return found, len(every)


@dataclass(frozen=True, slots=True)
class Mendable:
    """A returned row with its cells by field code (`_op`, `_prior`, `_reason` among them)."""

    first: Receipt
    item: Item
    line: int
    sheet: str
    cells: dict[str, str]
    told: tuple[Told, ...]

    @property
    def troubles(self) -> list[Trouble]:
        return [_with_candidates(t, rule, self.cells) for t, (_, rule, _) in zip(
            explained(self.told, self.item), self.told, strict=True)]  # fmt: skip


def _with_candidates(trouble: Trouble, rule: str, cells: Mapping[str, str]) -> Trouble:
    given = cells.get(trouble.field, "").strip().upper()
    if rule not in REPAIRABLE or not given:
        return trouble
    found = candidates_batch(pl.Series([given], dtype=pl.String), regions=load_regions()).to_list()[0]
    more = "。可能是：" + "、".join(found[:MOST_CANDIDATES]) if found else ""
    return Trouble(trouble.field, trouble.name, trouble.problem, trouble.suggestion + more)


def load(
    c: psycopg.Connection[Any], who: Who, submission: int, line: int, sheet: str, book: Rulebook
) -> Mendable:
    """A row as it came. Refused: another's, settled meanwhile, held, or its original is not kept any more."""
    first = receipts.load(c, submission)
    if not who.provider or first.provider != who.provider:
        raise NotPermitted("not_yours", f"批次 {submission} 不是本单位报送的，不能改正。")
    row = next((r for r in rejects.waiting(c, submission) if (r.line, r.sheet) == (line, sheet)), None)
    if row is None:
        raise Refused("not_returned", f"批次 {submission} 第 {line} 行已经办结，或没有退回；请刷新清单。")
    if row.result != RETURNED:
        raise Refused("is_held", f"批次 {submission} 第 {line} 行是待核的行；请到“待核处理”办理。")
    item = book.item(first.item, first.received_on)
    cells = dict(rejects.row_at(c, first, line, sheet, item, book))
    if not cells:
        raise Refused(
            "original_gone", "这一行的原始内容已不再保存；请对照本单位自己的文件改正后，重新报送文件。"
        )
    asked = {"submission": submission, "lines": [line]}
    told = [(code, rule, s) for _, at, code, rule, s in c.execute(SQL["problems"], asked) if at == sheet]
    return Mendable(first, item, line, sheet, cells, tuple(told))


def note_look(c: psycopg.Connection[Any], who: Who, at: datetime, row: Mendable) -> None:
    """Original cells may hold personal data: that somebody saw them stands in the audit trail."""
    told = {"line": row.line, "sheet": row.sheet}
    audit.record(c, who, at, "returned.read", str(row.first.submission), told)


def mend(who: Who, at: datetime, row: Mendable, values: Mapping[str, str], book: Rulebook) -> Receipt:
    """Hand the mended row in as a rejects file of one row, which closes it. GoesBack: still wrong."""
    own = (str(row.line), RETURNED, "", "", "", "", str(row.first.submission))
    cells = [(name, escaped(text)) for name, text in _given(row.item, values, row.cells)]
    mode = row.first.mode if row.first.mode == "补录" else door.MODES[0]
    name = f"改正-批次{row.first.submission}-第{row.line}行.csv"
    return _hand_in(who, at, row.item, [*zip(REJECT_COLUMNS, own, strict=True), *cells], name, book, mode)


def enter(who: Who, at: datetime, item: Item, values: Mapping[str, str], book: Rulebook) -> Receipt:
    """One record typed in. GoesBack: wrong; Refused: nothing filled in."""
    cells = _given(item, values)
    if not cells:
        raise Refused("nothing_given", "一项都没有填写；请填写后再提交。")
    return _hand_in(who, at, item, cells, f"单条填报-{item.code}.csv", book)


@dataclass(frozen=True, slots=True)
class How:
    """`rehearsal`: only find out what would become of it. `also`: done in the transaction that takes it in."""

    rehearsal: bool = False
    also: Callable[[psycopg.Connection[Any], int], None] | None = None


def correct(
    who: Who, at: datetime, own: Own, values: Mapping[str, str], reason: str, book: Rulebook, how: How = How()
) -> Receipt:
    """更正 a record of one's own. What is not shown and was left empty stays as it is. GoesBack: wrong."""
    kept = {code: own.stored[code] for code in own.hidden if not values.get(code)}
    return _change(who, at, own, {**values, **kept}, CORRECT, reason, book, how)


def withdraw(who: Who, at: datetime, own: Own, reason: str, book: Rulebook, how: How = How()) -> Receipt:
    """撤销 a record of one's own. GoesBack: it can't be, and why."""
    return _change(who, at, own, own.stored, WITHDRAW, reason, book, how)


def _change(
    who: Who, at: datetime, own: Own, values: Mapping[str, str], operation: str, reason: str, book: Rulebook, how: How
) -> Receipt:  # fmt: skip
    if not reason.strip():
        raise Refused("no_reason", f"{operation}记录要写明原因；请填写后重试。")
    working = {"_op": operation, "_prior": own.record, "_reason": reason.strip()}
    cells = _given(own.item, {**values, **working}, own.stored)
    return _hand_in(who, at, own.item, cells, f"{operation}-{own.item.code}.csv", book, how=how)


def _given(item: Item, values: Mapping[str, str], had: Mapping[str, str] | None = None) -> Cells:
    """Columns that are filled in, and those that were there before: an emptied cell must be seen to be empty."""
    columns = [(f.code, f.name) for f in item.fields] + [(c, h) for h, c in door.EXTRA_HEADERS.items()]
    shown = [(name, (values.get(code) or "").strip(), code) for code, name in columns]
    return [(name, text) for name, text, code in shown if text or (had is not None and code in had)]


def _hand_in(
    who: Who, at: datetime, item: Item, cells: Cells, name: str, book: Rulebook, mode: str = door.MODES[0],
    how: How = How(),
) -> Receipt:  # fmt: skip
    with _file(name, cells) as path:
        asked = Request(
            path, item.code, who, at, who.provider, mode, whole=True, rehearsal=how.rehearsal, also=how.also
        )
        try:
            return intake.intake(asked, book)
        except intake.Rehearsed as told:
            return told.receipt


@contextmanager
def _file(name: str, cells: Cells) -> Iterator[Path]:
    """One row under its headers, for its owner only, gone afterwards."""
    folder = Path(tempfile.mkdtemp(f".{os.getpid()}.new", "row-", home.folder("tmp")))
    path = folder / name
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w", encoding="utf-8", newline="") as f:
            csv.writer(f).writerows([[header for header, _ in cells], [text for _, text in cells]])
        yield path
    finally:
        path.unlink(missing_ok=True)
        folder.rmdir()


__all__ = ["SQL", "GoesBack", "How", "Mendable", "Returned", "Trouble", "correct", "enter", "explained", "load", "mend",
           "note_look", "waiting", "withdraw"]  # fmt: skip
