"""退回与待核: what a department mends and hands in again, with the cells exactly as it handed them in.

First seven columns of ours, then the department's own. Reading knows such a file by its header.
"""

from __future__ import annotations

import csv
import itertools
import os
import secrets
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date
from pathlib import Path
from typing import Any, Protocol, Self

import psycopg
import xlsxwriter
from psycopg.rows import class_row

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.catalog.regions import load_regions
from xinyong.collection import door, messages, receipts
from xinyong.collection.reading import REJECT_COLUMNS, Header, Limits, Source
from xinyong.collection.reading.xlsx import WARNINGS_SHEET
from xinyong.collection.receipts import Receipt
from xinyong.foundation import home, vault
from xinyong.kernel.errors import Fault, Refused
from xinyong.kernel.identifiers import check_uscc
from xinyong.kernel.names import fold_name

RETURNED, HELD = "退回", "待核"
SHEET = "退回与待核"
WARNING_COLUMNS = ("行号", "字段", "规则", "提示", "建议")
RISKY = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet take a cell for a formula
RANK = {"error": 0, "held": 1, "warning": 2, "review": 2}
OWN_FIELDS = {"_op": "操作", "_prior": "原记录号", "_reason": "撤销或更正原因", "": "整行"}
REPAIRABLE = (
    "uscc_length",
    "uscc_alphabet",
    "uscc_authority",
    "uscc_category",
    "uscc_region",
    "uscc_check_digit",
)
NEEDS_OPERATION = ("correction_of", "unknown_record", "operation")
MOST_CANDIDATES = 5
MOST_CELL = 32_767  # characters; a spreadsheet keeps no more in one cell
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
SELECT v.wrapped_key, v.retained_until < coalesce(%s, current_date) AS ended,
       EXISTS (SELECT 1 FROM erasure e WHERE e.target = v.name) AS erased
FROM vault_object v WHERE v.name = %s
"""
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
    """A row that is still with the department. `line` as the spreadsheet shows it; `sheet` is "" but in workbooks."""

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
    """A returned or held source row; `cells` stand under `Columns.texts`."""

    line: int
    sheet: str
    hits: list[Hit]
    cells: list[str]

    @property
    def result(self) -> str:
        return RETURNED if any(h.level == "error" for h in self.hits) else HELD


def waiting(c: psycopg.Connection[Any], submission: int) -> list[Waiting]:
    """Rows returned or held that no later submission settled, in file order. None of an undone submission."""
    rows = c.execute(WAITING, {"submission": submission})
    return [Waiting(line, sheet, result, tuple(rules)) for line, sheet, result, rules in rows]


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
    kind = _kind(target)
    receipt = receipts.load(c, submission)
    if receipt.outcome != "taken":
        raise Refused(
            "nothing_returned", f"批次 {submission} 没有入库，没有退回与待核的行；请用报送入库的批次号。"
        )
    item = book.item(receipt.item, receipt.received_on)
    with ExitStack() as stack:
        stack.enter_context(c.transaction())
        opened = _original(c, receipt, item, book, day) if cells else nullcontext()
        columns = Columns(item, stack.enter_context(opened), cells)
        draft = stack.enter_context(_draft(target))
        out = stack.enter_context(kind(draft, columns, receipt))
        return _write(c, receipt, columns, out)


def _write(c: psycopg.Connection[Any], receipt: Receipt, columns: Columns, out: Writer) -> int:
    found, written = _Found(c, receipt.submission, columns), 0
    words = Words(columns, c, receipt.submission)
    for chunk in _chunks(found.rows()):
        words.learn(chunk)
        for row in chunk:
            out.row(row, words.lead(row))
        written += len(chunk)
    if written != receipt.rejected + receipt.held:
        raise Fault(
            "rejects_count",
            f"批次 {receipt.submission} 回执记退回与待核 {receipt.rejected + receipt.held} 行，明细却有 {written} 行；"
            "没有生成文件，请把此提示告诉系统管理员。",
        )
    out.warnings(words.warning(h) for h in found.warned)
    return written


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(itertools.islice(rows, CHUNK)):
        yield chunk


# the original


@contextmanager
def _original(
    c: psycopg.Connection[Any], receipt: Receipt, item: Item, book: Rulebook, day: date | None
) -> Iterator[Source]:
    """The kept original, decrypted into a private file for as long as it is read."""
    key = _key(c, receipt, day)
    handle, name = tempfile.mkstemp(dir=home.folder("tmp"))
    os.close(handle)
    try:
        vault.restore_to(receipt.vault_name, key, Path(name))
        with door.open_file(Path(name), item, book, receipt.received_on) as source:
            yield source
    finally:
        Path(name).unlink(missing_ok=True)


def _key(c: psycopg.Connection[Any], receipt: Receipt, day: date | None) -> bytes:
    row = c.execute(ORIGINAL, [day, receipt.vault_name]).fetchone()
    if row is None or not row[0] or row[2] or row[1]:
        why = "保存期已满" if row is not None and row[1] and not row[2] else "已依规删除"
        raise Refused(
            "original_gone",
            f"批次 {receipt.submission} 的原始文件{why}，不能再给出带原始单元格的退回与待核表；"
            "可以改为导出不含原始单元格的问题清单，对照本单位自己的文件改正。",
        )
    return bytes(row[0])


class Columns:
    """The department's columns. Sheets with different headers share one table: a field stands in one column."""

    def __init__(self, item: Item, source: Source | None, with_cells: bool) -> None:
        self.item, self.source, self.with_cells = item, source, with_cells
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
        return row.cells[self.codes[code]] if code in self.codes else ""


class _Found:
    """Returned rows one by one, in file order; the warnings of rows that were taken are put aside."""

    def __init__(self, c: psycopg.Connection[Any], submission: int, columns: Columns) -> None:
        self.c, self.submission, self.columns = c, submission, columns
        self.warned: list[Hit] = []

    def rows(self) -> Iterator[Row]:
        originals = self._originals()
        for (sheet, line), hits in self._groups():
            if min(RANK[h.level] for h in hits) > RANK["held"]:
                self.warned += hits
                continue
            cells = next((cells for at, cells in originals if at == (sheet, line)), None)
            if cells is None:
                raise Fault(
                    "rejects_line",
                    f"批次 {self.submission} 的原始文件里没有第 {line} 行；没有生成文件，请把此提示告诉系统管理员。",
                )
            yield Row(line, sheet, sorted(hits, key=lambda h: RANK[h.level]), cells)

    def _groups(self) -> Iterator[tuple[tuple[str, int], list[Hit]]]:
        """Problems by source row: they were stored in file order."""
        with self.c.cursor(f"problems_{secrets.token_hex(4)}", row_factory=class_row(Hit)) as cursor:
            cursor.itersize = 10_000
            cursor.execute(PROBLEMS, [self.submission])
            for key, hits in itertools.groupby(cursor, lambda h: (h.sheet, h.line)):
                yield key, list(hits)

    def _originals(self) -> Iterator[tuple[tuple[str, int], list[str]]]:
        source = self.columns.source
        if source is None:
            yield from (((g[0], g[1]), []) for g, hits in self._groups())
            return
        lines = {line for (line,) in self.c.execute(RETURNED_LINES, [self.submission])}
        for line, sheet, cells in source.rows_at(lines):
            yield (sheet or "", line), self.columns.arranged(sheet or "", cells)


# words


class Words:
    """The seven leading cells of a row, in Chinese."""

    def __init__(self, columns: Columns, c: psycopg.Connection[Any], submission: int) -> None:
        self.columns, self.item, self.c, self.submission = columns, columns.item, c, submission
        self.names = {f.code: f.name for f in self.item.fields} | OWN_FIELDS
        name = self.item.by_role("subject_name")
        self.name_field = name.code if name else ""
        self.repairs: dict[str, tuple[str, ...]] = {}
        self.known: dict[str, set[str]] = {}

    def learn(self, rows: Iterable[Row]) -> None:
        """Look up repair candidates of the rows' wrong codes, and whose they are in the archive."""
        wrong = {self.columns.value(r, h.field) for r in rows for h in r.hits if h.rule in REPAIRABLE} - {""}
        regions = load_regions()
        self.repairs = {code: check_uscc(code, regions=regions).candidates for code in wrong}
        asked = sorted({s for found in self.repairs.values() for s in found})
        self.known = {}
        for value, folded in (
            self.c.execute(NAMES_OF, [asked, self.submission, self.submission]) if asked else ()
        ):
            self.known.setdefault(value, set()).add(folded)

    def lead(self, row: Row) -> list[str]:
        told = [self._told(h, row) for h in row.hits]
        fields, rules, problems, advice = ("；".join(_plain(t[i]) for t in told) for i in range(4))
        if self.columns.several:
            problems = f"【工作表“{row.sheet}”】{problems}"
        return [str(row.line), row.result, fields, rules, problems, advice, str(self.submission)]

    def warning(self, hit: Hit) -> list[str]:
        problem, advice = messages.text_of(hit.rule, self.item)
        where = f"【工作表“{hit.sheet}”】" if self.columns.several else ""
        return [str(hit.line), self._name(hit), hit.rule, where + problem, hit.suggestion or advice]

    def _name(self, hit: Hit) -> str:
        return self.names.get(hit.field, hit.field)

    def _told(self, hit: Hit, row: Row) -> tuple[str, str, str, str]:
        problem, advice = messages.text_of(hit.rule, self.item)
        if RANK[hit.level] == RANK["warning"]:
            problem = "提示：" + problem
        parts = [hit.suggestion or advice, self._candidates(hit, row), self._missing(hit)]
        return self._name(hit), hit.rule, problem, "。".join(p for p in parts if p) or "请核对"

    def _candidates(self, hit: Hit, row: Row) -> str:
        if hit.rule not in REPAIRABLE:
            return ""
        found = self.repairs.get(self.columns.value(row, hit.field), ())
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
        if not lacking or not self.columns.with_cells:
            return ""
        return "原文件没有" + "".join(f"“{n}”" for n in lacking) + "列，请在表末增加"


def _plain(part: str) -> str:
    """Without the sign that separates the problems of a row."""
    return part.replace("；", "，")


def escaped(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; reading takes the apostrophe off again."""
    return "'" + cell if cell.startswith(RISKY) else cell


# files


class Writer(Protocol):
    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...
    def row(self, row: Row, lead: list[str]) -> None: ...
    def warnings(self, rows: Iterable[list[str]]) -> None: ...


def _kind(target: Path) -> Callable[[Path, Columns, Receipt], AbstractContextManager[Writer]]:
    kinds: Mapping[str, Any] = {".csv": CsvFile, ".xlsx": Workbook}
    if target.suffix.lower() not in kinds:
        raise Refused(
            "rejects_format", f"退回与待核表不能存为“{target.name}”；文件名请以 .csv 或 .xlsx 结尾。"
        )
    return kinds[target.suffix.lower()]


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A private file beside `target` that takes its name once it is whole."""
    draft = target.with_name(f".{target.stem}.{secrets.token_hex(4)}{target.suffix}")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield draft
        draft.rename(target)
    except OSError as e:
        raise Refused(
            "rejects_write", f"文件“{target}”写不了（{e.strerror}）；请检查目录、权限与磁盘空间后重试。"
        ) from e
    finally:
        draft.unlink(missing_ok=True)


class CsvFile:
    """UTF-8 with a byte order mark, by which spreadsheets know it; warnings have no place in it."""

    def __init__(self, path: Path, columns: Columns, receipt: Receipt) -> None:
        self.file = path.open("w", encoding="utf-8-sig", newline="")
        self.out = csv.writer(self.file)
        self.out.writerow([*REJECT_COLUMNS, *map(escaped, columns.texts)])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()

    def row(self, row: Row, lead: list[str]) -> None:
        self.out.writerow(map(escaped, (*lead, *row.cells)))

    def warnings(self, rows: Iterable[list[str]]) -> None:
        """Told by the receipt's counts and by the workbook."""


LEAD_WIDTHS = (7, 7, 22, 22, 36, 44, 8)
WARNING_WIDTHS = (7, 30, 26, 48, 48)
TEXT = {
    "num_format": "@",
    "text_wrap": True,
    "valign": "top",
    "border": 1,
    "border_color": "#D9D9D9",
    "font_size": 10,
}
HEAD = TEXT | {"bold": True, "valign": "vcenter", "bg_color": "#D9E2F3"}
FILLS = {"error": "#FFC7CE", "held": "#FFEB9C"}


@dataclass
class Workbook:
    """Sheet 退回与待核, offending cells coloured, and sheet 提示. Every cell is text; rows are not kept in memory."""

    path: Path
    columns: Columns
    receipt: Receipt
    limits: Limits = field(default_factory=Limits)

    def __enter__(self) -> Self:
        self._refuse_size()
        options = {"constant_memory": True, "tmpdir": str(home.folder("tmp"))}
        self.book = xlsxwriter.Workbook(str(self.path), options)
        created = self.receipt.received_at.astimezone(UTC).replace(tzinfo=None)
        self.book.set_properties({"created": created, "title": f"{SHEET}（批次 {self.receipt.submission}）"})
        self.formats = {k: self.book.add_format(TEXT | {"bg_color": v}) for k, v in FILLS.items()}
        self.text, self.head = self.book.add_format(TEXT), self.book.add_format(HEAD)
        self.own_head = self.book.add_format(HEAD | {"bg_color": "#E7E6E6"})
        self.sheet, self.widths = self.book.add_worksheet(SHEET), list(map(_width, self.columns.texts))
        self.at = 0
        self._line([*REJECT_COLUMNS, *self.columns.texts], self._heads())
        return self

    def __exit__(self, *error: object) -> None:
        if self.at and not self.sheet.name == WARNINGS_SHEET:
            self._close_sheet([*LEAD_WIDTHS, *(min(w + 2, 40) for w in self.widths)])
        self.book.close()

    def _refuse_size(self) -> None:
        rows = self.receipt.rejected + self.receipt.held + 1
        columns = len(REJECT_COLUMNS) + len(self.columns.texts)
        if rows > self.limits.max_workbook_rows or rows * columns > self.limits.max_workbook_cells:
            raise Refused(
                "rejects_too_many",
                f"退回与待核共 {rows - 1} 行、{columns} 列，超出一个工作簿能再次报送的上限；请改存为 .csv。",
            )

    def _heads(self) -> dict[int, Any]:
        return dict.fromkeys(range(len(REJECT_COLUMNS)), self.own_head) | dict.fromkeys(
            range(len(REJECT_COLUMNS), len(REJECT_COLUMNS) + len(self.columns.texts)), self.head
        )

    def row(self, row: Row, lead: list[str]) -> None:
        for i, cell in enumerate(row.cells[: len(self.widths)]):
            self.widths[i] = max(self.widths[i], _width(cell))
        self._line([*lead, *row.cells], self._fills(row), _height(lead))

    def _fills(self, row: Row) -> dict[int, Any]:
        """Column → format: the fields in question and the result."""
        fills = {1: self.formats["error" if row.result == RETURNED else "held"]}
        for hit in reversed(row.hits):  # the worst last
            if hit.level in self.formats and hit.field in self.columns.codes:
                fills[len(REJECT_COLUMNS) + self.columns.codes[hit.field]] = self.formats[hit.level]
        return fills

    def _line(self, cells: Sequence[str], formats: Mapping[int, Any], height: float = 30) -> None:
        self.sheet.set_row(self.at, height)
        for i, cell in enumerate(cells):
            self.sheet.write_string(self.at, i, escaped(cell)[:MOST_CELL], formats.get(i, self.text))
        self.at += 1

    def _close_sheet(self, widths: Sequence[float]) -> None:
        for i, width in enumerate(widths):
            self.sheet.set_column(i, i, width, self.text)
        self.sheet.freeze_panes(1, 2 if self.sheet.name == SHEET else 1)
        if widths:
            self.sheet.autofilter(0, 0, max(self.at - 1, 1), len(widths) - 1)
        self.sheet.set_landscape()
        self.sheet.repeat_rows(0)
        self.sheet.set_paper(8)

    def warnings(self, rows: Iterable[list[str]]) -> None:
        self._close_sheet([*LEAD_WIDTHS, *(min(w + 2, 40) for w in self.widths)])
        room = self.limits.max_workbook_rows - self.at - 2
        self.sheet, self.at = self.book.add_worksheet(WARNINGS_SHEET), 0
        self._line(WARNING_COLUMNS, dict.fromkeys(range(len(WARNING_COLUMNS)), self.own_head))
        rows = iter(rows)
        for row in itertools.islice(rows, max(0, room)):
            self._line(row, {}, 15 * max(1, -(-_width(row[4]) // 46), -(-_width(row[3]) // 46)))
        if left := sum(1 for _ in rows):
            self._line(["", "", "", f"另有 {left} 条提示没有列出", ""], {})
        self._close_sheet(WARNING_WIDTHS)


def _width(text: str) -> int:
    """Columns a text takes; a Chinese character takes two."""
    return max(
        (sum(1 if ch < "\u1100" else 2 for ch in part[:80]) for part in text[:400].split("\n")), default=0
    )


def _height(lead: Sequence[str]) -> float:
    """Points for a row, after its problems and suggestions; long cells of the department's own are cut off in view."""
    lines = (-(-_full_width(text) // int(width - 2)) for text, width in zip(lead, LEAD_WIDTHS, strict=True))
    return min(15.0 * max(2, *lines), 300.0)


def _full_width(text: str) -> int:
    return sum(1 if ch < "\u1100" else 2 for ch in text)
