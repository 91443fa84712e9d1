"""Columns of a console list: how a value is shown, and how it is exported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from xinyong.kernel.beijing import BEIJING

BLANK = "—"
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    label: str
    link: str = ""
    number: bool = False
    tag: str = ""  # a state, shown as a badge: good, warn, bad, plain


@dataclass(frozen=True, slots=True)
class Column:
    """`key`: the source's column. `show`: value → text, else by kind. `link`: row → address, empty for none."""

    key: str
    label: str
    kind: Literal["text", "day", "moment", "number", "yes"] = "text"
    show: Callable[[Any], str] | None = None
    link: Callable[[Row], str] | None = None
    tag: Callable[[Any], str] | None = None
    sort: bool = True

    def text(self, row: Row) -> str:
        value = row.get(self.key)
        if value is None or value == "":
            return ""
        return self.show(value) if self.show else _SHOWN[self.kind](value)

    def cell(self, row: Row) -> Cell:
        link = self.link(row) if self.link else ""
        tag = self.tag(row.get(self.key)) if self.tag else ""
        return Cell(self.text(row) or BLANK, self.label, link, self.kind == "number", tag)


def day(value: Any) -> str:
    if isinstance(value, datetime):
        value = value.astimezone(BEIJING)
    return value.strftime("%Y-%m-%d") if isinstance(value, date) else str(value)


def moment(value: Any) -> str:
    return (
        value.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, datetime) else str(value)
    )


def number(value: Any) -> str:
    return f"{value:,}"


_SHOWN: dict[str, Callable[[Any], str]] = {
    "text": str,
    "day": day,
    "moment": moment,
    "number": number,
    "yes": lambda v: "是" if v else "否",
}
