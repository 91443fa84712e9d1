"""Cross-reference checks of a loaded rulebook: what the schemas cannot see."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from xinyong.catalog.book import Rulebook
from xinyong.catalog.casework import CaseRule
from xinyong.catalog.item_checks import check_item
from xinyong.catalog.model import (
    ALL,
    ROLES,
    Basis,
    CatalogClass,
    CodeSet,
    Condition,
    DatedRule,
    Duty,
    LegalInstrument,
    ProhibitedData,
    QualityFormula,
    ReportProfile,
)
from xinyong.catalog.permissions import Action, meeting
from xinyong.catalog.registers import PERIODIC, REGISTERS, Entry
from xinyong.catalog.rejections import rejection
from xinyong.catalog.templates import OUTSIDE, NoticeTemplate
from xinyong.catalog.windows import DegreeRule, MeasureLine, PublicityLine, SharingLine
from xinyong.foundation.accounts import ROLES as ROLE_NAMES
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
    for kind in PERIODIC:
        _check_periods(getattr(book, kind), merged[kind])


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


def _dates(
    book: Rulebook,
    value: LegalInstrument | DatedRule | Duty | QualityFormula | ReportProfile | NoticeTemplate | CaseRule,
    entry: Entry,
) -> None:
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


def _duty(book: Rulebook, value: Duty, entry: Entry) -> None:
    """An item, provider or field that nobody knows would bound the answer to nothing, in silence."""
    _dates(book, value, entry)
    named = [code for code in value.items if code != ALL]
    for code in named:
        if code not in book.items:
            _refuse("unknown_item", entry, f"没有代码为 {code} 的目录事项")
    for provider in value.providers:
        if provider not in book.providers:
            _refuse("unknown_provider", entry, f"没有登记编号为 {provider} 的单位")
    if value.use and value.use not in {line.purpose for line in book.sharing}:
        _refuse("unknown_use", entry, f"共享使用规则没有用途 {value.use}")
    fields = {f.code for code in named or book.items for item in book.items[code] for f in item.fields}
    for field in value.fields:
        if field not in (ALL, "public") and field not in ROLES and field not in fields:
            _refuse("unknown_field", entry, f"所列事项没有字段 {field}")


def _quality(book: Rulebook, value: QualityFormula, entry: Entry) -> None:
    _dates(book, value, entry)
    if value.threshold_rule and value.threshold_rule not in book.rules:
        _refuse("unknown_rule", entry, f"没有编号为 {value.threshold_rule} 的规则")


def _permission(book: Rulebook, value: Action, entry: Entry) -> None:
    """Nobody gives one administrator another's work, also not in a local edition."""
    for _, admins in meeting([value]):
        _refuse("admins_meet", entry, f"{'、'.join(ROLE_NAMES[a] for a in admins)}同有“{value.name}”")


def _report_profile(book: Rulebook, value: ReportProfile, entry: Entry) -> None:
    _dates(book, value, entry)
    named = [*value.parts, *value.counts, *value.tags, *value.advice]
    for code in (code for part in named for code in part.items):
        if code not in book.items:
            _refuse("unknown_item", entry, f"没有代码为 {code} 的目录事项")
    for provider in (provider for domain in value.domains for provider in domain.providers):
        if provider not in book.providers:
            _refuse("unknown_provider", entry, f"没有登记编号为 {provider} 的单位")
    for role in (*value.omitted_roles, *(t.role for t in value.tags if t.role)):
        if role not in ROLES:
            _refuse("unknown_role", entry, f"没有名为 {role} 的字段角色")


def _publicity(book: Rulebook, value: PublicityLine, entry: Entry) -> None:
    """A line whose rule nobody knows would leave records without an end."""
    if value.rule not in book.rules:
        _refuse("unknown_rule", entry, f"没有编号为 {value.rule} 的规则")
    for code in value.items:
        if code not in book.items:
            _refuse("unknown_item", entry, f"没有代码为 {code} 的目录事项")
    for rule in book.rules[value.rule]:
        for period in _periods_of(rule):
            if not re.fullmatch(r"\d{1,3}[MY]", period):
                _refuse("wrong_form", entry, f"规则 {rule.id} 的期限“{period}”应写作 3M、1Y")


def _periods_of(rule: DatedRule) -> list[str]:
    value = rule.value if isinstance(rule.value, Mapping) else {}
    return [str(value[key]) for key in ("min", "max", "fixed") if key in value]


def _degree(book: Rulebook, value: DegreeRule, entry: Entry) -> None:
    if value.item not in book.items:
        _refuse("unknown_item", entry, f"没有代码为 {value.item} 的目录事项")
    known = {f.code for item in book.items[value.item] for f in item.fields}
    for code in _fields_of(value.when):
        if code not in known:
            _refuse("unknown_field", entry, f"{value.item} 没有字段 {code}")
    if value.settles and value.degree != "轻微":
        _refuse("not_for_a_rule", entry, f"规则直接认定为{value.degree}")
    _begun(value, entry)


def _fields_of(condition: Condition) -> list[str]:
    own = [condition.field] if condition.field else []
    return own + [code for part in (*condition.all, *condition.any) for code in _fields_of(part)]


def _begun(value: DegreeRule | SharingLine | MeasureLine, entry: Entry) -> None:
    first, last = value.in_force_from, value.in_force_to
    if first and last and last < first:
        _refuse("dates_reversed", entry, f"{first} 晚于 {last}")


def _sharing(book: Rulebook, value: SharingLine, entry: Entry) -> None:
    _begun(value, entry)


def _notice(book: Rulebook, value: NoticeTemplate, entry: Entry) -> None:
    """What a text says is filled in; outside the platform it can say nothing but where to log in."""
    _dates(book, value, entry)
    allowed = value.values if value.kind == "site" else tuple(v for v in value.values if v in OUTSIDE)
    unknown = sorted(value.places.symmetric_difference(value.values) | (value.places - set(allowed)))
    if unknown or set("{}") & set(value.filled(dict.fromkeys(value.places, ""))):
        _refuse(
            "template_places", entry, f"body 与 values 的名字对不上（{'、'.join(unknown) or '大括号不成对'}）"
        )


def _case_rule(book: Rulebook, value: CaseRule, entry: Entry) -> None:
    """A limit whose rule nobody knows would never come, nor a line for authorities whom no rule names."""
    _dates(book, value, entry)
    named = [value.rule] if value.kind == "limit" else []
    if value.kind in ("limit", "route") and value.parameters.keys() & {"authority", "instead_of"}:
        named.append(str(value.parameters.get("authority", "")))
    for rule in named:
        if rule not in book.rules:
            _refuse("unknown_rule", entry, f"没有编号为 {rule} 的规则")


def _measure(book: Rulebook, value: MeasureLine, entry: Entry) -> None:
    """A condition on a field nobody has would never hold; a term the wrong way round would end before it begins."""
    if value.item not in book.items:
        _refuse("unknown_item", entry, f"没有代码为 {value.item} 的目录事项")
    known = {f.code for item in book.items[value.item] for f in item.fields}
    for code in _fields_of(value.when) if value.when else ():
        if code not in known:
            _refuse("unknown_field", entry, f"{value.item} 没有字段 {code}")
    if (value.least is None) != (value.most is None) or (value.least or 0) > (value.most or 0):
        _refuse("wrong_form", entry, "least、most 要么都空，要么前者不大于后者")
    _begun(value, entry)


_CHECKS: dict[str, Callable[[Rulebook, Any, Entry], None]] = {
    "instruments": _instrument,
    "code_sets": _code_set,
    "providers": _provider,
    "prohibited": _prohibited,
    "rules": _dates,
    "plan_classes": _class,
    "duties": _duty,
    "quality": _quality,
    "report_profiles": _report_profile,
    "permissions": _permission,
    "publicity": _publicity,
    "degrees": _degree,
    "sharing": _sharing,
    "measures": _measure,
    "notices": _notice,
    "repair": _case_rule,
}


def _check_calendar(book: Rulebook, entry: Entry) -> None:
    year = book.calendar[entry.raw["year"]]
    if both := year.days_off & year.workdays:
        raise rejection("off_and_worked", entry.document.shown, "", f"{min(both)} 既在放假又在上班之列")


def _check_periods(found: Mapping[str, tuple[Any, ...]], entries: Mapping[str, Entry]) -> None:
    for rule_id, periods in found.items():
        for earlier, later in pairwise(periods):
            if earlier.in_force_to and later.in_force_from and later.in_force_from <= earlier.in_force_to:
                _refuse(
                    "periods_overlap", _local_first(rule_id, entries), f"规则 {rule_id} 的两个时期相互重叠"
                )


def _local_first(rule_id: str, entries: Mapping[str, Entry]) -> Entry:
    """The entry to blame: a local one where there is one."""
    found = [e for e in entries.values() if e.raw["id"] == rule_id]
    return next((e for e in found if e.document.source == "local"), found[0])
