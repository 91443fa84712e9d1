"""The independent reader of workbooks: rows and odd cells from the XML of a sheet, a window at a time.

It counts rows a second time, finds what the workbook reader would lose (error values, digits beyond the
fifteenth), and refuses a sheet whose cells would fill the memory although its XML is small.
"""

from __future__ import annotations

import functools
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

import numpy as np

from xinyong.collection.reading.guard import refused_broken, refused_hostile
from xinyong.collection.reading.limits import Limits
from xinyong.kernel.errors import Refused

_WINDOW = 1 << 18
_WIDEST_SHEET = 16_384
_MAX_TEXT = 1 << 30  # bytes of all cells' texts, unfolded from the shared strings
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
# Tags come without a namespace prefix: `_windows` takes it off.
# No pattern may scan on over a tag that never ends.
_TAG = re.compile(rb"<[^<>]*>")
_ATTRIBUTE = re.compile(rb"""\b([rt])=["']([^"']{0,40})["']""")
_LONG = re.compile(rb"<v>-?(?:\d{16}|\d[\d.]*[eE]\+?\d)")
_PLACE = re.compile(rb"""\br=["']([A-Za-z]{1,4})(\d{1,9})["']""")
_SHARED = re.compile(rb"""\bt=["']s["'][^<>]{0,200}>\s{0,20}<v>(\d{1,9})</v>""")
_ROW_START = re.compile(rb"<row\b([^<>]*)>")
_ROW_NUMBER = re.compile(rb"""\br=["'](\d{1,9})["']""")
_PREFIX = re.compile(rb"<(\w{1,40}):(?:worksheet|sst)\b")
_MAX_PIECE = 64 << 20  # bytes of a row or a shared string


@dataclass(slots=True)
class SheetCount:
    """What the XML of one sheet says. Rows count from 1, columns from 1 (A)."""

    rows: list[int] = field(default_factory=list)  # numbers of the rows that are not blank
    odd: list[tuple[int, int, str]] = field(default_factory=list)  # row, column, the text to show instead
    first_column: int = _WIDEST_SHEET
    last_column: int = 0
    last_row: int = 0
    cells: int = 0  # with a value
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Strings:
    """The shared strings: how long each is (bytes of XML), and which are blank."""

    lengths: np.ndarray
    blank: frozenset[bytes]  # their numbers, as text

    @property
    def longest(self) -> int:
        return int(self.lengths.max(initial=0))


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet as the workbook lists it; `part` is empty for a chart sheet and the like."""

    name: str
    part: str
    hidden: bool


def sheet_parts(archive: zipfile.ZipFile) -> list[SheetPart]:
    """The sheets in the workbook's order. Refuses a workbook whose parts are in unusual places."""
    root = _relations(archive, "_rels/.rels", "")
    if [path.lower() for kind, path in root.values() if kind == "officeDocument"] != ["xl/workbook.xml"]:
        raise refused_hostile("工作簿主体不在通常的位置")
    targets = _relations(archive, "xl/_rels/workbook.xml.rels", "xl")
    strings = [path.lower() for kind, path in targets.values() if kind == "sharedStrings"]
    if strings not in ([], ["xl/sharedstrings.xml"]):
        raise refused_hostile("共享文字不在通常的位置")
    sheets = []
    for element in _small_xml(archive, "xl/workbook.xml").iter():
        if element.tag.rpartition("}")[2] == "sheet":
            kind, path = targets.get(element.get(_RELATION) or element.get(_STRICT_RELATION) or "", ("", ""))
            part = (actual_name(archive, path) or "") if kind == "worksheet" else ""
            sheets.append(
                SheetPart(element.get("name", ""), part, element.get("state", "visible") != "visible")
            )
    if len({sheet.name for sheet in sheets}) != len(sheets):
        raise refused_hostile("有同名的工作表")
    return sheets


def actual_name(archive: zipfile.ZipFile, path: str) -> str | None:
    """The part of that name, whatever its case, as workbook readers look for it."""
    return next((name for name in archive.namelist() if name.lower() == path.lower()), None)


def _relations(archive: zipfile.ZipFile, part: str, folder: str) -> dict[str, tuple[str, str]]:
    """Relation id → (last word of its type, part it points to)."""
    relations: dict[str, tuple[str, str]] = {}
    for element in _small_xml(archive, part):
        key, target = element.get("Id", ""), element.get("Target", "")
        if key in relations:
            raise refused_hostile("部件之间的关系重复")
        path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
        relations[key] = (element.get("Type", "").rpartition("/")[2], path)
    return relations


def _small_xml(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    try:
        if archive.getinfo(part).file_size > 8 << 20:
            raise refused_hostile(f"部件 {part} 过大")
        return ElementTree.fromstring(archive.read(part))
    except (KeyError, ElementTree.ParseError) as error:
        raise refused_broken(f"部件 {part} 缺失或不完整") from error


def shared_strings(archive: zipfile.ZipFile) -> Strings:
    """Measure the shared strings without keeping them."""
    name = actual_name(archive, "xl/sharedStrings.xml")
    lengths: list[int] = []
    blank: set[bytes] = set()
    for piece in _pieces(archive, name, b"</si>") if name else ():
        for empty in range(piece.count(b"<si/>")):
            blank.add(b"%d" % (len(lengths) + empty))
        lengths += [0] * piece.count(b"<si/>")
        text = _TAG.sub(b"", piece)
        if not text.strip():
            blank.add(b"%d" % len(lengths))
        lengths.append(len(text))
    return Strings(np.array(lengths, dtype=np.int64), frozenset(blank))


def count_sheet(archive: zipfile.ZipFile, part: str, strings: Strings, limits: Limits) -> SheetCount:
    """Rows and odd cells of a sheet. Raises `Refused` where it has more than the limits."""
    result, number = SheetCount(), 0
    for piece in _pieces(archive, part, b"</row>"):
        starts = list(_ROW_START.finditer(piece))
        for start in starts:
            given = _ROW_NUMBER.search(start[1])
            number = int(given[1]) if given else number + 1
        if starts:
            _take_row(result, number, piece[starts[-1].end() :], strings, limits)
    if strings.longest * result.cells > _MAX_TEXT:
        _refuse_unfolded(archive, part, strings)
    return result


def _take_row(result: SheetCount, number: int, text: bytes, strings: Strings, limits: Limits) -> None:
    values = text.count(b"<v") + text.count(b"<is>")
    if not values:
        return
    result.cells += values
    result.last_row = max(result.last_row, number)
    if text.count(b"<c") > _WIDEST_SHEET or values > limits.max_columns:
        raise _refused_columns(number, limits)
    places = _PLACE.findall(text)
    columns, rows = zip(*places, strict=True) if places else ((), ())
    if rows and set(rows) != {b"%d" % number}:
        raise refused_hostile(f"第 {number} 行里有写着别的行号的单元格")
    far = max(map(_letters, set(columns)), default=_WIDEST_SHEET)
    if far > result.last_column or _is_odd(text):
        _take_cells(result, number, text)
    if result.last_column > limits.max_columns:
        raise _refused_columns(number, limits)
    if number > limits.max_workbook_rows or result.last_row * result.last_column > limits.max_workbook_cells:
        raise refused_rows(number, limits)
    if _has_text(result, text, strings):
        result.rows.append(number)


def _cells(text: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(column, type, value) of the cells of a row that have a value."""
    column = 0
    for cell in text.split(b"</c>"):
        start = cell.rfind(b"<c")
        opening = cell[start : cell.find(b">", start) + 1]
        attributes = dict(_ATTRIBUTE.findall(opening))
        place = attributes.get(b"r", b"").rstrip(b"0123456789")
        column = _letters(place) if place else column + cell.count(b"<c")
        value = max(cell.find(b"<v", start), cell.find(b"<is", start))
        if start >= 0 and value >= 0:
            yield column, attributes.get(b"t", b"n"), _TAG.sub(b"", cell[value:])


def _take_cells(result: SheetCount, number: int, text: bytes) -> None:
    for column, kind, value in _cells(text):
        result.last_column = max(result.last_column, column)
        if (kind == b"e" or (kind == b"n" and _too_long(value))) and len(value) < 400:
            result.odd.append((number, column, value.decode("ascii", "replace").strip()))


def _has_text(result: SheetCount, text: bytes, strings: Strings) -> bool:
    """Is any cell of the row not blank? Notes the first column that holds a value, too."""
    first = True
    for column, kind, value in _cells(text):
        if first:
            result.first_column, first = min(result.first_column, column), False
        if value.strip() and not (kind == b"s" and value.strip() in strings.blank):
            return True
    return False


def _is_odd(text: bytes) -> bool:
    return b't="e"' in text or b"t='e'" in text or _LONG.search(text) is not None


def _too_long(value: bytes) -> bool:
    """A number beyond the fifteen digits that a spreadsheet keeps: a code that was stored as a number."""
    try:
        return abs(float(value)) >= 1e15
    except ValueError:
        return False


@functools.lru_cache(maxsize=_WIDEST_SHEET)
def _letters(reference: bytes) -> int:
    """Column number of its letters: A is 1."""
    number = 0
    for letter in reference.upper()[:4]:
        number = number * 26 + letter - 64
    return number


def _refuse_unfolded(archive: zipfile.ZipFile, part: str, strings: Strings) -> None:
    """Refuse a sheet that repeats a few long texts until they fill the memory."""
    total = 0
    for piece in _pieces(archive, part, b"</row>"):
        numbers = np.array(_SHARED.findall(piece), dtype="S10").astype(np.int64)
        total += int(strings.lengths[numbers[numbers < len(strings.lengths)]].sum())
        if total > _MAX_TEXT:
            raise refused_hostile("少量很长的文字被重复引用，展开后会占满内存")


def _pieces(archive: zipfile.ZipFile, part: str, end: bytes) -> Iterator[bytes]:
    """The part cut after each `end` tag, without namespace prefixes."""
    carry: list[bytes] = []
    for window in _windows(archive, part):
        seam = (carry[-1][-len(end) :] if carry else b"") + window[: len(end)]
        if end not in window and end not in seam:
            carry.append(window)
            if sum(map(len, carry)) > _MAX_PIECE:
                raise refused_hostile("有一行或一格的内容过大")
            continue
        *whole, rest = b"".join((*carry, window)).split(end)
        yield from whole
        carry = [rest]
    if rest := b"".join(carry):
        yield rest


def _windows(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The part in windows that do not cut a tag, without namespace prefixes.

    Comments, CDATA and UTF-16 have no use in these parts but to show two readers two different sheets.
    """
    tail, prefix = b"", None
    with archive.open(part) as stream:
        while window := stream.read(_WINDOW):
            if prefix is None:
                found = _PREFIX.search(window)
                prefix = found[1] + b":" if found else b""
            window = tail + window
            cut = window.rfind(b"<")
            window, tail = (window[:cut], window[cut:]) if cut > 0 else (window, b"")
            if b"<!" in window or tail.startswith(b"<!") or b"\0" in window:
                raise refused_hostile(f"部件 {part} 的写法异常")
            if prefix:
                window = window.replace(b"<" + prefix, b"<").replace(b"</" + prefix, b"</")
            yield window
    yield tail


def _refused_columns(row: int, limits: Limits) -> Refused:
    return Refused(
        "reading.too_many_columns",
        f"工作簿第 {row} 行的内容超过 {limits.max_columns} 列。请删去与本目录无关的列后再交。",
    )


def refused_rows(row: int, limits: Limits) -> Refused:
    """The refusal of a workbook with too many rows."""
    return Refused(
        "reading.too_many_rows",
        f"工作簿一直到第 {row} 行都有内容，超出上限（{limits.max_workbook_rows} 行，"
        f"行数乘列数不超过 {limits.max_workbook_cells}）。请另存为 CSV，或拆成几个文件后再交。",
    )
