"""Which row of a table is the header, and which column is which field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from xinyong.collection.reading.limits import Header, Limits
from xinyong.kernel.errors import Refused
from xinyong.kernel.headers import fold_header

REJECT_COLUMNS = ("行号", "结果", "字段", "规则", "问题", "建议", "原批次")
TEMPLATE_COLUMNS = {"操作": "_op", "原记录号": "_prior"}
_OTHER_ITEM_LEAD = (
    3  # so many more columns must fit another item before the file is taken for one of that item
)
_LONGEST = 500  # characters: what is longer is a cell of data, or a row cut at the wrong separator


@dataclass(frozen=True, slots=True)
class HeaderMap:
    """What is known about headers: of the item, what it needs, and of the other items."""

    texts: Mapping[str, str]
    required: Sequence[str]
    other_items: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def code(self, text: str) -> str | None:
        if len(text) > _LONGEST:
            return None
        folded = fold_header(text)
        return self.texts.get(folded) or TEMPLATE_COLUMNS.get(folded)

    def known_names(self, most: int = 12) -> str:
        """Some headers that would be understood, one per field, those in Chinese first."""
        first: dict[str, str] = {}
        for text, code in self.texts.items():
            if code not in first or (first[code].isascii() and not text.isascii()):
                first[code] = text
        names = "、".join(list(first.values())[:most])
        return names + ("等" if len(first) > most else "")


Row = tuple[int, Sequence[str]]


def find_header(
    rows: Iterable[Row], known: HeaderMap, limits: Limits, sheet: str | None = None
) -> Header | None:
    """The best header among `rows` (line, cells); None where no row looks like one.

    Raises `Refused` for two headers equally good, a field given twice, and too many columns.
    """
    candidates = [_candidate(line, cells, known, sheet) for line, cells in rows]
    candidates = [c for c in candidates if _acceptable(c)]
    if not candidates:
        return None
    best = max(candidates, key=_score)
    _refuse_rivals(best, candidates)
    if len(best.columns) > limits.max_columns:
        raise _refused_width(best.line, len(best.columns), limits)
    _refuse_doubles(best)
    return best


def refuse_without_header(rows: Sequence[Row], known: HeaderMap, limits: Limits) -> Refused:
    """The refusal of a table in which no header was found."""
    wide = next(
        ((line, len(c)) for line, cells in rows if len(c := _named(cells)) > limits.max_columns), None
    )
    if wide:
        return _refused_width(*wide, limits)
    other = max((_other_item(cells, known) for _, cells in rows), default=(0, ""))
    if other[0] >= _OTHER_ITEM_LEAD:
        return _refused_other_item(other[1], other[0], 0)
    shown = next(("、".join(filter(None, cells))[:60] for _, cells in rows if any(cells)), "")
    return Refused(
        "reading.no_header",
        f"前 {len(rows)} 行里没有找到标题行（第一行文字是“{shown}”）。"
        f"请在数据上方留一行列名，可用的列名有：{known.known_names()}。",
    )


def refuse_other_item(header: Header, known: HeaderMap) -> None:
    """Refuse a file whose header fits another item clearly better."""
    mine = len(set(header.fields.values()) - {"_op", "_prior"})
    theirs, name = _other_item(header.columns, known)
    if theirs >= mine + _OTHER_ITEM_LEAD or (header.missing and theirs > mine):
        raise _refused_other_item(name, theirs, mine)


def _refused_other_item(name: str, theirs: int, mine: int) -> Refused:
    return Refused(
        "reading.other_item",
        f"这像是《{name}》的文件：有 {theirs} 列与它相符，与本次选择的目录只有 {mine} 列相符。"
        "请改选目录后再交，或换上正确的文件。",
    )


def _other_item(cells: Sequence[str], known: HeaderMap) -> tuple[int, str]:
    folded = {fold_header(c) for c in cells if c}
    fits = [(len({m[f] for f in folded if f in m}), name) for name, m in known.other_items.items()]
    return max(fits, default=(0, ""))


def _candidate(line: int, cells: Sequence[str], known: HeaderMap, sheet: str | None) -> Header:
    columns = _named(cells)
    own = len(REJECT_COLUMNS) if _is_own(columns) else 0
    mapped = {i: f"_ignored:{REJECT_COLUMNS[i]}" for i in range(own)}
    mapped |= {i: code for i, text in enumerate(columns) if i >= own and (code := known.code(text))}
    unknown = [
        text.strip() or f"（第{i + 1}列没有列名）" for i, text in enumerate(columns) if i not in mapped
    ]
    missing = tuple(code for code in known.required if code not in mapped.values())
    return Header(columns, mapped, tuple(unknown), missing, line, sheet, own)


def _is_own(columns: Sequence[str]) -> bool:
    """Whether the row begins as the header of our own rejects file does."""
    lead = columns[: len(REJECT_COLUMNS)]
    return len(lead) == len(REJECT_COLUMNS) and all(
        fold_header(text) == name for text, name in zip(lead, REJECT_COLUMNS, strict=True)
    )


def _named(cells: Sequence[str]) -> tuple[str, ...]:
    named = [i for i, text in enumerate(cells) if text and not text.isspace()]
    return tuple(c or "" for c in cells[: named[-1] + 1]) if named else ()


def _score(header: Header) -> int:
    return len(set(header.mapped.values()))


def _acceptable(header: Header) -> bool:
    known, named = len(set(header.fields.values())), sum(1 for c in header.original_columns if c.strip())
    return known == named == 1 or (known >= 2 and (known >= 5 or known * 5 >= named))


def _refuse_rivals(best: Header, candidates: list[Header]) -> None:
    for rival in candidates:
        if _score(rival) == _score(best) and rival.mapped != best.mapped:
            raise Refused(
                "reading.two_headers",
                f"第 {best.line} 行和第 {rival.line} 行都像标题行，而且列的含义不同，无法判断以哪一行为准。"
                "请只保留一行列名后再交。",
            )


def _refused_width(line: int, columns: int, limits: Limits) -> Refused:
    return Refused(
        "reading.too_many_columns",
        f"第 {line} 行有 {columns} 列，最多可以有 {limits.max_columns} 列。请删去与本目录无关的列后再交。",
    )


def _refuse_doubles(header: Header) -> None:
    seen: dict[str, int] = {}
    for index, code in header.mapped.items():
        if code in seen:
            first = seen[code]
            raise Refused(
                "reading.column_twice",
                f"第 {first + 1} 列“{header.columns[first].strip()}”和第 {index + 1} 列"
                f"“{header.columns[index].strip()}”是同一个字段（{code}）。请只保留其中一列后再交。",
            )
        seen[code] = index
