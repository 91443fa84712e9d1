"""What a row, a file and its look are, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from sampledistrict.layouts import Layout
from sampledistrict.providers import Provider
from sampledistrict.subjects import Subject

Verdict = Literal["ok", "held", "rejected"]
Fate = Literal["new", "duplicate", "corrected", "revoked", "held", "rejected"]
Container = Literal["csv", "csv-bom", "csv-gb18030", "xlsx", "jsonl"]
Heading = Literal["label", "alias", "code", "old_label", "old_code"]
Mode = Literal["增量", "全量", "补录", "零报告"]

DATE_STYLES = ("iso", "slash", "short_slash", "chinese", "serial")


@dataclass(slots=True)
class Row:
    """`values` hold the truth in one spelling (ISO dates, six decimals); `raw` what is typed instead."""

    values: list[str]
    subject: Subject
    decided: date
    verdict: Verdict = "ok"
    defects: list[str] = field(default_factory=list)
    raw: dict[int, str] = field(default_factory=dict)
    operation: str = ""
    original: str = ""  # number of the record that an operation refers to
    fate: Fate = "new"
    line: int = 0

    def touched(self) -> bool:
        """A mutation has made this row something else than an ordinary clean one."""
        return bool(self.raw or self.operation or self.verdict != "ok" or self.defects)


@dataclass(frozen=True, slots=True)
class Style:
    """How one file looks."""

    container: Container
    heading: Heading
    dates: tuple[str, ...]  # one style, or several that change from row to row
    titles: int = 0  # rows above the header (XLSX)
    note_sheet: bool = False  # a sheet of instructions before the data (XLSX)
    extra: tuple[str, ...] = ()  # columns that no catalogue knows
    twice: str = ""  # code of a column that the file has twice


@dataclass(slots=True)
class Batch:
    """One file that one provider hands in on one day."""

    item: str
    layout: Layout
    provider: Provider
    received: date
    mode: Mode
    style: Style
    rows: list[Row]
    expect: str = "taken"
    features: list[str] = field(default_factory=list)
    note: str = ""
    name: str = ""
    content: bytes | None = None  # written as it is, instead of rows
