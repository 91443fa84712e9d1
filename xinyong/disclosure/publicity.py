"""May the public see this record today? Computed from dated rules, never stored.

Of a record whose publication depends on its degree (失信程度) nothing is shown until a degree is decided;
a minor one (轻微) is not published by default; the maximum ends publication by itself (发改委令第36号).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item

RULES = {"一般": "PUB_36_GENERAL", "严重": "PUB_36_SERIOUS"}


@dataclass(frozen=True, slots=True)
class Verdict:
    public: bool
    reason: str
    rule: str = ""
    until: date | None = None


def verdict(
    item: Item, values: Mapping[str, str], decided: date | None, today: date, book: Rulebook
) -> Verdict:
    """Whether a record of `item` with these values is public on `today`, and why."""
    if item.disclosure != "public" or item.publicity == "none":
        return Verdict(False, "目录规定不向社会公开")
    if not _public_by_its_own_word(item, values):
        return Verdict(False, "报送单位标明不向社会公开")
    if item.publicity == "open":
        return Verdict(True, "目录规定向社会公开")
    return _by_degree(item, values, decided, today, book)


def _public_by_its_own_word(item: Item, values: Mapping[str, str]) -> bool:
    c = item.public_when
    return c is None or c.holds(values)


def _by_degree(
    item: Item, values: Mapping[str, str], decided: date | None, today: date, book: Rulebook
) -> Verdict:
    f = item.by_role("degree")
    degree = values.get(f.code, "") if f else ""
    if not degree:
        return Verdict(False, "失信程度尚未认定，认定前不公示")
    if degree not in RULES:
        return Verdict(False, "轻微失信原则上不予公示")
    rule = book.rule(RULES[degree], today)
    assert isinstance(rule.value, Mapping)
    if decided is None:
        return Verdict(False, "缺少决定日期，无法计算公示期", rule.id)
    until = add_period(decided, str(rule.value["max"]))
    return Verdict(today <= until, f"{degree}失信，最长公示至 {until}", rule.id, until)


def add_period(day: date, period: str) -> date:
    """`3M`, `1Y` after a day; a month's missing day becomes its last."""
    months = int(period[:-1]) * (12 if period.endswith("Y") else 1)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("unreachable")
