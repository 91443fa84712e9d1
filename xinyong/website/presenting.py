"""An archive as a page shows it: by class and item, values with their units."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Field, Item
from xinyong.disclosure.queries import Archive

UNIT = "（万元）"
HEAD = ("subject_name", "subject_kind", "uscc", "regno", "doc_no")  # left out where a heading says it already


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
    rows: list[Row]


@dataclass(slots=True)
class Section:
    """All records of one catalogue item."""

    code: str
    name: str
    records: list[Record] = field(default_factory=list)


@dataclass(slots=True)
class Class:
    """A class of the national catalogue."""

    name: str
    sections: list[Section] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(len(s.records) for s in self.sections)


def classes(answer: Archive, book: Rulebook, today: date) -> list[Class]:
    """The archive's records, grouped; the order within an item is the archive's own."""
    found: dict[str, Class] = {}
    sections: dict[str, Section] = {}
    for record in answer.records:
        item = book.item(record["item"], today)
        if item.code not in sections:
            sections[item.code] = Section(item.code, item.name)
            found.setdefault(item.category, Class(item.category)).sections.append(sections[item.code])
        sections[item.code].records.append(_record(record, item, answer))
    return list(found.values())


def negative(answer: Archive, book: Rulebook, today: date) -> bool:
    """Whether the page shows a violation: search engines must not keep it past its end."""
    return any(book.item(code, today).polarity == "negative" for code in answer.counts)


def _record(record: dict[str, Any], item: Item, answer: Archive) -> Record:
    fields = {f.name: f for f in item.fields}
    number = item.by_role("doc_no")
    title = record["fields"].get(number.name) if number else None
    said = {answer.subject[k] for k in ("name", "code", "kind")} if answer.subject else set()
    rows = [
        _row(fields[name], text)
        for name, text in record["fields"].items()
        if not (fields[name].role in HEAD and text in {*said, title})
    ]
    return Record(title or item.name, _state(record), not record["in_force"], rows)


def _state(record: dict[str, Any]) -> str:
    if record["valid_to"] is None:
        return ""
    return "有效期内" if record["in_force"] else "有效期已过"


def _row(f: Field, text: str) -> Row:
    if f.type == "date":
        return Row(f.name, text, _day(text))
    if f.type == "amount" and f.name.endswith(UNIT):
        return Row(f.name.removesuffix(UNIT), f"{_grouped(text)} 万元")
    return Row(f.name, text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _grouped(amount: str) -> str:
    whole, dot, rest = amount.partition(".")
    return f"{int(whole):,}{dot}{rest}" if whole.isdecimal() else amount
