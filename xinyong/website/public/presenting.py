"""Records as a page shows them: by class and item, values with their units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import CodeSet, Field, Item
from xinyong.disclosure.queries import Archive

UNIT = "（万元）"
HEAD = ("subject_name", "subject_kind", "uscc", "regno", "doc_no")  # left out where a heading says it already
EVER = date(2099, 12, 31)  # how departments write that something has no end


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    text: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Record:
    title: str
    state: str
    ended: bool
    objected: bool
    address: str
    rows: list[Row]


@dataclass(slots=True)
class Section:
    """Records of one catalogue item."""

    code: str
    name: str
    count: int
    records: list[Record] = field(default_factory=list)


@dataclass(slots=True)
class Class:
    """A class of the national catalogue and how many records of it there are."""

    name: str
    sections: list[Section] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(s.count for s in self.sections)


def classes(answer: Archive, book: Rulebook, today: date) -> list[Class]:
    """What there is, without the records; registration data stands for itself."""
    found: dict[str, Class] = {}
    for code, count in answer.counts.items():
        item = book.item(code, today)
        if item.kind != "registration":
            found.setdefault(item.category, Class(item.category)).sections.append(
                Section(code, item.name, count)
            )
    return list(found.values())


def of_class(answer: Archive, chosen: Class) -> list[dict[str, Any]]:
    """The records of a class, item by item, in the archive's order."""
    order = {s.code: n for n, s in enumerate(chosen.sections)}
    return sorted((r for r in answer.records if r["item"] in order), key=lambda r: order[r["item"]])


def sections(
    records: Iterable[Mapping[str, Any]], chosen: Class, answer: Archive, book: Rulebook, today: date
) -> list[Section]:
    """One page's records under their items; an item's count is of all its records, not of the page's."""
    shown = {s.code: Section(s.code, s.name, s.count) for s in chosen.sections}
    for r in records:
        shown[r["item"]].records.append(record(r, book.item(r["item"], today), answer.subject, book))
    return [s for s in shown.values() if s.records]


def registration(answer: Archive, book: Rulebook, today: date) -> list[Record]:
    """The subject's registration data, as of the day asked."""
    found = ((r, book.item(r["item"], today)) for r in answer.records)
    return [record(r, item, answer.subject, book) for r, item in found if item.kind == "registration"]


def negative(answer: Archive, book: Rulebook, today: date) -> bool:
    """Whether there is a violation: search engines must not keep it past its end."""
    return any(book.item(code, today).polarity == "negative" for code in answer.counts)


def record(found: Mapping[str, Any], item: Item, subject: Mapping[str, Any] | None, book: Rulebook) -> Record:
    fields = {f.name: f for f in item.fields}
    number = item.by_role("doc_no")
    title = found["fields"].get(number.name) if number else None
    said = {subject[k] for k in ("name", "code", "kind")} if subject else set()
    rows = [
        _row(fields[name], text, book)
        for name, text in found["fields"].items()
        if not (fields[name].role in HEAD and text in {*said, title})
    ]
    return Record(
        title or item.name, _state(found), not found["in_force"], bool(found.get("objected")),
        found.get("public_id", ""), rows,
    )  # fmt: skip


def text_of(found: Mapping[str, Any], item: Item, role: str) -> str:
    """What a record says in the field that has this role; empty if it may not be shown or says nothing."""
    f = item.by_role(role)
    return str(found["fields"].get(f.name, "")) if f else ""


def _state(found: Mapping[str, Any]) -> str:
    if found["valid_to"] is None:
        return ""
    return "有效期内" if found["in_force"] else "有效期已过"


def _row(f: Field, text: str, book: Rulebook) -> Row:
    if f.type == "date":
        on = day(text)
        return Row(f.name, "长期" if on == EVER else text, None if on == EVER else on)
    if f.type == "amount" and f.name.endswith(UNIT):
        return Row(f.name.removesuffix(UNIT), f"{_grouped(text)} 万元")
    if f.multiple:
        return Row(f.name, text.replace(";", "、"))
    if f.code_set and text.isdecimal():
        return Row(f.name, _worded(text, book.code_sets[f.code_set]))
    return Row(f.name, text)


def _worded(value: str, codes: CodeSet) -> str:
    """A code in words where the code set knows some: 1 → 有效."""
    return next(
        (word for word, code in codes.old_values.items() if code == value and not word.isdecimal()), value
    )


def day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _grouped(amount: str) -> str:
    whole, dot, rest = amount.partition(".")
    return f"{int(whole):,}{dot}{rest}" if whole.isdecimal() else amount
