"""退回与待核: what a department mends and hands in again, with the cells exactly as it handed them in.

First seven columns of ours, then the department's own. Reading knows such a file by its header.
"""

from __future__ import annotations

import itertools
import os
import secrets
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
from psycopg.rows import class_row

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.catalog.regions import load_regions
from xinyong.collection import door, messages, receipts
from xinyong.collection.reading import Header, Source
from xinyong.collection.receipts import Receipt
from xinyong.collection.rejects_files import HELD, RETURNED, Sheet, Writer, draft_of, writer_of
from xinyong.foundation import audit, home, vault
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Fault, Refused
from xinyong.kernel.identifiers_batch import candidates_batch, check_uscc_batch
from xinyong.kernel.names import fold_name

RANK = {"error": 0, "held": 1, "warning": 2, "review": 2}
OWN_FIELDS = {"_op": "操作", "_prior": "原记录号", "_reason": "撤销或更正原因", "": "整行"}
REPAIRABLE = frozenset(
    f"uscc_{part}" for part in ("length", "alphabet", "authority", "category", "region", "check_digit")
)
NEEDS_OPERATION = ("correction_of", "unknown_record", "operation")
MOST_CANDIDATES = 5
CHUNK = 2_000  # rows whose repair candidates are looked up together

PROBLEMS = """
SELECT line, sheet, field, rule, level, suggestion FROM problem WHERE submission = %s ORDER BY id
"""
RETURNED_LINES = "SELECT DISTINCT line FROM problem WHERE submission = %s AND level IN ('error', 'held')"
NAMES_OF = """
SELECT s.value, n.folded FROM credit_subject s JOIN subject_name n ON n.subject_id = s.id
WHERE s.scheme = 'uscc' AND s.value = ANY(%s) AND s.born <= %s AND n.born <= %s
"""
ORIGINAL = """
SELECT wrapped_key, retained_until < coalesce(%s, current_date) FROM vault_object WHERE name = %s
"""
REWRITTEN = "SELECT 1 FROM erasure WHERE detail -> 'rewritten' @> to_jsonb(%s::int) LIMIT 1"
WAITING = """
SELECT p.line, p.sheet, CASE WHEN bool_or(p.level = 'error') THEN '退回' ELSE '待核' END AS result,
       array_agg(p.rule ORDER BY p.id) AS rules
FROM problem p
WHERE p.submission = %(submission)s AND p.level IN ('error', 'held')
  AND NOT EXISTS (SELECT 1 FROM submission u WHERE u.undoes = p.submission)
  AND NOT EXISTS (
    SELECT 1 FROM closure k
    WHERE k.submission = p.submission AND k.line = p.line
      AND NOT EXISTS (SELECT 1 FROM submission u WHERE u.undoes = k.closed_by)
      AND (k.sheet = p.sheet OR k.sheet = '' AND NOT EXISTS (
        SELECT 1 FROM problem o
        WHERE o.submission = p.submission AND o.line = p.line AND o.sheet <> p.sheet
          AND o.level IN ('error', 'held'))))
GROUP BY p.sheet, p.line ORDER BY min(p.id)
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that is still with the department. `line` as the spreadsheet shows it; `sheet`: of a workbook."""

    line: int
    sheet: str
    result: str  # 退回 | 待核
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A row of the table `problem`."""

    line: int
    sheet: str
    field: str
    rule: str
    level: str
    suggestion: str


@dataclass(slots=True)
class Row:
    """A returned or held source row; `cells` stand under `Columns.texts`. None: the row was erased since."""

    line: int
    sheet: str
    hits: list[Hit]
    cells: list[str] | None

    @property
    def result(self) -> str:
        return RETURNED if any(h.level == "error" for h in self.hits) else HELD


def waiting(c: psycopg.Connection[Any], submission: int) -> list[Waiting]:
    """Rows returned or held that no later submission settled, in file order. None of an undone submission."""
    rows = c.execute(WAITING, {"submission": submission})
    return [Waiting(line, sheet, result, tuple(rules)) for line, sheet, result, rules in rows]


def handed_out(
    c: psycopg.Connection[Any],
    who: Who,
    at: datetime,
    submission: int,
    book: Rulebook,
    target: Path,
    *,
    cells: bool = True,
) -> int:
    """`rejects` for somebody who takes the file away: original rows leave the platform, so who took them is noted.

    Whether `who` may have them the caller has made sure of. Refused: see `rejects`.
    """
    with c.transaction():
        written = rejects(c, submission, book, target, cells=cells)
        told = {"rows": written, "format": target.suffix.removeprefix("."), "originals": cells}
        audit.record(c, who, at, "rejects.download", str(submission), told)
    return written


def rejects(
    c: psycopg.Connection[Any],
    submission: int,
    book: Rulebook,
    target: Path,
    *,
    cells: bool = True,
    day: date | None = None,
) -> int:
    """Write the returned and held rows of `submission` to `target` (.csv or .xlsx); returns how many.

    Without `cells` only the list of problems is written; that needs no original. `day` (default: the
    database's) decides whether the original's retention has ended. The file is readable by its owner
    only, appears whole or not at all, and has the same bytes each time.
    Refused: other suffix, nothing was taken in, the original is gone, too much for a workbook.
    """
    writer = writer_of(target)
    receipt = receipts.load(c, submission)
    if receipt.outcome != "taken":
        raise Refused("nothing_returned", f"批次 {submission} 没有数据入库，也就没有退回与待核的行。")
    item = book.item(receipt.item, receipt.received_on)
    with ExitStack() as stack:
        stack.enter_context(c.transaction())
        opened = _original(c, receipt, item, book, day) if cells else nullcontext()
        columns = Columns(item, stack.enter_context(opened))
        expected = receipt.rejected + receipt.held
        sheet = Sheet(submission, receipt.received_at, columns.texts, expected)
        draft = stack.enter_context(draft_of(target))
        written = _write(c, columns, submission, stack.enter_context(writer(draft, sheet)))
        if written != expected:
            raise _miscounted(submission, expected, written)
    return written


def row_at(
    c: psycopg.Connection[Any], receipt: Receipt, line: int, sheet: str, item: Item, book: Rulebook
) -> list[tuple[str, str]]:
    """Field codes (`_op`, `_prior`, `_reason` among them) and cells of one row as it came; empty: not kept any more.

    Columns that the catalogue does not know are left out.
    """
    try:
        with _original(c, receipt, item, book, None) as source:
            found = [r for r in source.rows_at({line}) if (r[1] or "") == sheet]
            mapped = {
                h.sheet or "": {i - h.own: code for i, code in h.fields.items()} for h in source.headers
            }
    except Refused:
        return []
    return [(code, cells[i]) for _, name, cells in found[:1] for i, code in mapped[name or ""].items()]


def _write(c: psycopg.Connection[Any], columns: Columns, submission: int, out: Writer) -> int:
    found, words = _Found(c, submission, columns), Words(columns, c, submission)
    written = 0
    while chunk := list(itertools.islice(found.rows, CHUNK)):
        words.learn(chunk)
        for row in chunk:
            out.row(words.own(row), row.cells or [], columns.levels(row))
        written += len(chunk)
    out.warnings(words.warning(h) for h in found.warned)
    return written


def _miscounted(submission: int, expected: int, written: int) -> Fault:
    return Fault(
        "rejects_count",
        f"批次 {submission} 的回执记有退回与待核 {expected} 行，明细却有 {written} 行；没有生成文件，"
        "请把此提示告诉系统管理员。",
    )


# the original


@contextmanager
def _original(
    c: psycopg.Connection[Any], receipt: Receipt, item: Item, book: Rulebook, day: date | None
) -> Iterator[Source]:
    """The kept original, decrypted into a private file for as long as it is read."""
    key = _key(c, receipt, day)
    suffix = f".{os.getpid()}.new"  # by which a killed process's leftovers are swept
    handle, name = tempfile.mkstemp(suffix, f"original-{receipt.submission}-", home.folder("tmp"))
    os.close(handle)
    try:
        vault.restore_to(receipt.vault_name, key, Path(name))
        with door.open_file(Path(name), item, book, receipt.received_on) as source:
            yield source
    finally:
        Path(name).unlink(missing_ok=True)


def _key(c: psycopg.Connection[Any], receipt: Receipt, day: date | None) -> bytes:
    row = c.execute(ORIGINAL, [day, receipt.vault_name]).fetchone()
    if row is None or not row[0] or row[1]:
        why = "保存期已满" if row is not None and row[0] else "已依规删除"
        raise Refused(
            "original_gone",
            f"批次 {receipt.submission} 的原始文件{why}，不能再给出带原始单元格的退回与待核表；"
            "可以改为导出不含原始单元格的问题清单，对照本单位自己的文件改正。",
        )
    return bytes(row[0])


class Columns:
    """The department's columns. Sheets with different headers share one table, each field in one column."""

    def __init__(self, item: Item, source: Source | None) -> None:
        self.item, self.source = item, source
        self.texts: list[str] = []
        self.codes: dict[str, int] = {}
        self.places: dict[str, list[int]] = {}
        slots: dict[tuple[str, int], int] = {}
        for header in source.headers if source else ():
            self.places[header.sheet or ""] = self._place(header, slots)
        self.several = len(self.places) > 1

    def _place(self, header: Header, slots: dict[tuple[str, int], int]) -> list[int]:
        seen: Counter[str] = Counter()
        places = []
        for index, text in enumerate(header.original_columns, header.own):
            code = header.mapped.get(index)
            key = (code, -1) if code else (text, seen[text])
            seen[text] += 1
            if key not in slots:
                slots[key] = len(self.texts)
                self.texts.append(text)
            if code:
                self.codes[code] = slots[key]
            places.append(slots[key])
        return places

    def arranged(self, sheet: str, cells: Sequence[str]) -> list[str]:
        """The cells of a row under `texts`; what is beyond the header stays at the end."""
        places = self.places[sheet]
        row = [""] * len(self.texts)
        for place, cell in zip(places, cells, strict=False):
            row[place] = cell
        return row + list(cells[len(places) :])

    def value(self, row: Row, code: str) -> str:
        return row.cells[self.codes[code]] if row.cells and code in self.codes else ""

    def field_of(self, hit: Hit) -> str:
        """The field to look at; some rules are about the whole row."""
        document = self.item.by_role("doc_no")
        looked_at = {"correction_of": document.code if document else "", "unknown_record": "_prior"}
        return hit.field or looked_at.get(hit.rule, "")

    def levels(self, row: Row) -> dict[int, str]:
        """Place → level of the cells that are wrong or held."""
        told = [(self.field_of(h), h.level) for h in reversed(row.hits) if RANK[h.level] <= RANK["held"]]
        return {self.codes[code]: level for code, level in told if code in self.codes}  # the worst last


Place = tuple[str, int]  # sheet and line


class _Found:
    """`rows`: returned rows in file order. `warned`: warnings of the rows taken, once `rows` has ended."""

    def __init__(self, c: psycopg.Connection[Any], submission: int, columns: Columns) -> None:
        self.c, self.submission, self.columns = c, submission, columns
        self.warned: list[Hit] = []
        self.rows = self._rows()

    def _rows(self) -> Iterator[Row]:
        originals = self._originals()
        for (sheet, line), hits in self._groups():
            if min(RANK[h.level] for h in hits) > RANK["held"]:
                self.warned += hits
                continue
            hits.sort(key=lambda h: RANK[h.level])
            yield Row(line, sheet, hits, originals((sheet, line)))

    def _groups(self) -> Iterator[tuple[Place, list[Hit]]]:
        """Problems by source row: they were stored in file order."""
        with self.c.cursor(f"problems_{secrets.token_hex(4)}", row_factory=class_row(Hit)) as cursor:
            cursor.itersize = 10_000
            cursor.execute(PROBLEMS, [self.submission])
            for key, hits in itertools.groupby(cursor, lambda h: (h.sheet, h.line)):
                yield key, list(hits)

    def _originals(self) -> Callable[[Place], list[str] | None]:
        source = self.columns.source
        if source is None:
            return lambda place: []
        lines = {line for (line,) in self.c.execute(RETURNED_LINES, [self.submission])}
        may_lack = self.c.execute(REWRITTEN, [self.submission]).fetchone() is not None
        return _Originals(source, lines, self.columns, may_lack).cells


class _Originals:
    """Cells by place, asked for in file order. Of several sheets the lines of the others are passed over."""

    def __init__(self, source: Source, lines: set[int], columns: Columns, may_lack: bool) -> None:
        self.rows, self.columns, self.may_lack = source.rows_at(lines), columns, may_lack
        self.current: tuple[Place, list[str]] | None = None

    def cells(self, wanted: Place) -> list[str] | None:
        """None: the row was erased. Only files of one table are ever rewritten, so lines compare."""
        while self.current is None or self.current[0] != wanted:
            if self.may_lack and self.current is not None and self.current[0] > wanted:
                return None
            found = next(self.rows, None)
            if found is None:
                if self.may_lack:
                    return None
                raise _lost(wanted)
            line, sheet, cells = found
            self.current = (sheet or "", line), self.columns.arranged(sheet or "", cells)
        return self.current[1]


def _lost(place: Place) -> Fault:
    return Fault(
        "rejects_line",
        f"原始文件里找不到第 {place[1]} 行；没有生成文件，请把此提示告诉系统管理员。",
    )


# words


class Words:
    """The seven leading cells of a row, in Chinese."""

    def __init__(self, columns: Columns, c: psycopg.Connection[Any], submission: int) -> None:
        self.columns, self.item, self.c, self.submission = columns, columns.item, c, submission
        self.names = {f.code: f.name for f in self.item.fields} | OWN_FIELDS
        name = self.item.by_role("subject_name")
        self.name_field = name.code if name else ""
        self.repairs: dict[str, list[str]] = {}
        self.known: dict[str, set[str]] = {}

    def learn(self, rows: Iterable[Row]) -> None:
        """Look up repair candidates of the rows' wrong codes, and whose they are in the archive."""
        wrong = {self.columns.value(r, h.field) for r in rows for h in r.hits if h.rule in REPAIRABLE} - {""}
        given, regions = pl.Series(sorted(wrong), dtype=pl.String), load_regions()
        plain = check_uscc_batch(given, regions=regions)["normalized"]
        found = candidates_batch(plain, regions=regions).to_list()
        self.repairs = dict(zip(given.to_list(), found, strict=True))
        asked = sorted({s for repairs in found for s in repairs})
        self.known = {}
        if asked:
            for value, folded in self.c.execute(NAMES_OF, [asked, self.submission, self.submission]):
                self.known.setdefault(value, set()).add(folded)

    def own(self, row: Row) -> list[str]:
        told = [self._told(h, row) for h in row.hits]
        fields, rules, problems, advice = ("；".join(_plain(t[i]) for t in told) for i in range(4))
        if self.columns.several:
            problems = f"【工作表“{row.sheet}”】{problems}"
        if row.cells is None:
            problems, advice = "原始行已依规删除", "请对照本单位自己的文件改正"
        return [str(row.line), row.result, fields, rules, problems, advice, str(self.submission)]

    def warning(self, hit: Hit) -> list[str]:
        problem, advice = messages.text_of(hit.rule, self.item)
        where = f"【工作表“{hit.sheet}”】" if self.columns.several else ""
        return [str(hit.line), self._name(hit), hit.rule, where + problem, hit.suggestion or advice]

    def _name(self, hit: Hit) -> str:
        return self.names.get(code := self.columns.field_of(hit), code)

    def _told(self, hit: Hit, row: Row) -> tuple[str, str, str, str]:
        problem, advice = messages.text_of(hit.rule, self.item)
        if RANK[hit.level] == RANK["warning"]:
            problem = "提示：" + problem
        parts = [hit.suggestion or advice, self._candidates(hit, row), self._missing(hit)]
        return self._name(hit), hit.rule, problem, "。".join(p for p in parts if p) or "请核对"

    def _candidates(self, hit: Hit, row: Row) -> str:
        if hit.rule not in REPAIRABLE:
            return ""
        found = self.repairs.get(self.columns.value(row, hit.field), [])
        own = self.item.by_role("uscc")
        subject = hit.field == (own.code if own else None)
        name = fold_name(self.columns.value(row, self.name_field)) if subject else ""
        agreeing = [s for s in found if name and name in self.known.get(s, ())]
        shown = [f"{s}（与档案中同名主体一致）" for s in agreeing] + [s for s in found if s not in agreeing]
        return "可能是：" + "、".join(shown[:MOST_CANDIDATES]) if shown else ""

    def _missing(self, hit: Hit) -> str:
        """A column that the file lacks cannot be mended in place."""
        wanted = ("_op", "_prior") if hit.rule in NEEDS_OPERATION else (hit.field,)
        lacking = [self.names[w] for w in wanted if w and w in self.names and w not in self.columns.codes]
        if not lacking or self.columns.source is None:
            return ""
        return "原文件没有" + "".join(f"“{n}”" for n in lacking) + "列，请在表末增加"


def _plain(part: str) -> str:
    """Without the sign that separates the problems of a row."""
    return part.replace("；", "，")
