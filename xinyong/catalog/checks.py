"""Cross-reference checks of a loaded rulebook: what the schemas cannot see."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from xinyong.catalog.book import Rulebook
from xinyong.catalog.item_checks import check_item
from xinyong.catalog.model import Basis, CatalogClass, CodeSet, DatedRule, LegalInstrument, ProhibitedData
from xinyong.catalog.registers import REGISTERS, Entry
from xinyong.catalog.rejections import rejection
from xinyong.kernel.identifiers_sums import org_check_passes, uscc_check_passes

# Look-around and back-references: Python has them, the vectorised engine has not.
_FOREIGN = re.compile(r"\(\?(?:[=!]|<[=!]|P=|\()|\\[1-9]")

Built = Mapping[str, Mapping[str, Any]]  # register → key → what was built from the entry


def check_book(book: Rulebook, merged: Mapping[str, Mapping[str, Entry]], built: Built) -> None:
    """Refuse the first entry whose references or dates make no sense."""
    for kind in REGISTERS:
        for key, entry in merged[kind].items():
            _check_entry(kind, book, built[kind][key], entry)
    for entry in merged["items"].values():
        item = next(i for i in book.items[entry.raw["code"]] if i.digest == entry.digest)
        check_item(book, item, entry.document.shown)
    for entry in merged["calendar"].values():
        _check_calendar(book, entry)
    _check_periods(book, merged["rules"])


def _check_entry(kind: str, book: Rulebook, value: Any, entry: Entry) -> None:
    for basis in _bases(value):
        if basis.instrument not in book.instruments:
            _refuse("unknown_instrument", entry, f"没有登记编号为 {basis.instrument} 的法律文件")
    if kind in _CHECKS:
        _CHECKS[kind](book, value, entry)


def _bases(value: Any) -> tuple[Basis, ...]:
    basis = getattr(value, "basis", None)
    return basis if isinstance(basis, tuple) else (basis,) if isinstance(basis, Basis) else ()


def _refuse(code: str, entry: Entry, problem: str) -> None:
    raise rejection(code, entry.document.shown, entry.place, problem)


def _dates(book: Rulebook, value: LegalInstrument | DatedRule, entry: Entry) -> None:
    first, last = value.in_force_from, value.in_force_to
    if first and last and last < first:
        _refuse("dates_reversed", entry, f"{first} 晚于 {last}")


def _instrument(book: Rulebook, value: LegalInstrument, entry: Entry) -> None:
    _dates(book, value, entry)
    if value.superseded_by and value.superseded_by not in book.instruments:
        _refuse("unknown_instrument", entry, f"没有登记编号为 {value.superseded_by} 的法律文件")


def _code_set(book: Rulebook, value: CodeSet, entry: Entry) -> None:
    astray = [f"{old} → {new}" for old, new in value.old_values.items() if new not in value.values]
    if astray:
        _refuse("code_set_maps_nowhere", entry, f"旧值 {astray[0]} 不在现行取值之中")


def _provider(book: Rulebook, value: Any, entry: Entry) -> None:
    if not (uscc_check_passes(value.code) and org_check_passes(value.code[8:17])):
        _refuse("bad_provider_code", entry, f"代码 {value.code} 的校验位不对")


def _prohibited(book: Rulebook, value: ProhibitedData, entry: Entry) -> None:
    for pattern in value.columns + value.content:
        if not _portable(pattern):
            _refuse("bad_pattern", entry, f"表达式“{pattern}”不能用")


def _portable(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return not _FOREIGN.search(pattern)


def _class(book: Rulebook, value: CatalogClass, entry: Entry) -> None:
    for code in value.items:
        if code not in book.items:
            _refuse("unknown_item", entry, f"没有代码为 {code} 的目录事项")


_CHECKS: dict[str, Callable[[Rulebook, Any, Entry], None]] = {
    "instruments": _instrument,
    "code_sets": _code_set,
    "providers": _provider,
    "prohibited": _prohibited,
    "rules": _dates,
    "plan_classes": _class,
}


def _check_calendar(book: Rulebook, entry: Entry) -> None:
    year = book.calendar[entry.raw["year"]]
    if both := year.days_off & year.workdays:
        raise rejection("off_and_worked", entry.document.shown, "", f"{min(both)} 既在放假又在上班之列")


def _check_periods(book: Rulebook, entries: Mapping[str, Entry]) -> None:
    for rule_id, periods in book.rules.items():
        for earlier, later in pairwise(periods):
            if earlier.in_force_to and later.in_force_from and later.in_force_from <= earlier.in_force_to:
                _refuse(
                    "periods_overlap", _local_first(rule_id, entries), f"规则 {rule_id} 的两个时期相互重叠"
                )


def _local_first(rule_id: str, entries: Mapping[str, Entry]) -> Entry:
    """The entry to blame: a local one where there is one."""
    found = [e for e in entries.values() if e.raw["id"] == rule_id]
    return next((e for e in found if e.document.source == "local"), found[0])
