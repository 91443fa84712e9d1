"""Turn documents that fit their schema into the values of `model`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from xinyong.catalog import permissions
from xinyong.catalog.casework import CaseRule
from xinyong.catalog.model import (
    Basis,
    CalendarYear,
    CatalogClass,
    CodeSet,
    Condition,
    DatedRule,
    Duty,
    Field,
    Item,
    LegalInstrument,
    ProhibitedData,
    Provider,
    QualityFormula,
    ReportAdvice,
    ReportDomain,
    ReportPart,
    ReportProfile,
    ReportTag,
    RetentionRule,
    RowCheck,
)
from xinyong.catalog.permissions import Action
from xinyong.catalog.rejections import rejection
from xinyong.catalog.templates import NoticeTemplate
from xinyong.catalog.windows import DegreeRule, MeasureLine, PublicityLine, SharingLine, tuples
from xinyong.catalog.yamlfile import Document

Raw = Mapping[str, Any]


def build_item(document: Document) -> Item:
    """The item version of one file. Refused when a date is not in the calendar."""
    raw = _without(document.data, "based_on")
    begins = _date(raw["in_force_from"], document, "in_force_from")
    raw |= {
        "version": raw.get("version", raw["in_force_from"]),
        "in_force_from": begins,
        "in_force_to": _date(raw.get("in_force_to"), document, "in_force_to"),
        "fields": tuple(build_field(f) for f in raw["fields"]),
        "row_checks": tuple(build_check(c) for c in raw.get("row_checks", ())),
        "basis": tuple(Basis(**b) for b in raw["basis"]),
        "source": document.source,
        "digest": document.digest,
    }
    if "public_when" in raw:
        raw["public_when"] = build_condition(raw["public_when"])
    for key in ("plan_classes", "subject_kinds", "providers", "business_key"):
        raw[key] = tuple(raw.get(key, ()))
    return Item(**(_ITEM_DEFAULTS | raw))


_ITEM_DEFAULTS: dict[str, Any] = {
    "in_force_to": None,
    "natural_persons_public": False,
    "late_after_workdays": None,
    "channel": "none",
    "multi_party": False,
    "multi_item": False,
}


def build_field(raw: Raw) -> Field:
    made = dict(raw)
    if "aliases" in made:
        made["aliases"] = tuple(made["aliases"])
    if "mask" in made:
        made["mask"] = (made["mask"][0], made["mask"][1])
    if isinstance(made.get("required"), Mapping):
        made["required"] = build_condition(made["required"])
    if "empty_when" in made:
        made["empty_when"] = build_condition(made["empty_when"])
    return Field(**_with_basis(made))


def build_condition(raw: Raw) -> Condition:
    made = dict(raw)
    for key in ("one_of", "contains_any", "starts_with"):
        made[key] = tuple(made.get(key, ()))
    for key in ("all", "any"):
        made[key] = tuple(build_condition(c) for c in made.get(key, ()))
    return Condition(**made)


def build_check(raw: Raw) -> RowCheck:
    made = _with_basis(dict(raw))
    for key in ("when", "then"):
        if key in made:
            made[key] = build_condition(made[key])
    return RowCheck(**made)


def build_calendar(document: Document) -> CalendarYear:
    """The year of one calendar file. Refused when a day isn't in the year."""
    raw = document.data
    return CalendarYear(
        year=raw["year"],
        days_off=frozenset(d for span in raw["days_off"] for d in _days(span, document)),
        workdays=frozenset(d for span in raw["workdays"] for d in _days(span, document)),
        basis=raw["basis"],
        source=document.source,
    )


def _days(span: str, document: Document) -> list[date]:
    year = document.data["year"]
    try:
        first, last = (date.fromisoformat(f"{year}-{part}") for part in (span.split("..") * 2)[:2])
    except ValueError as e:
        raise rejection("outside_year", document.shown, span, f"{year} 年没有这一天") from e
    if last < first:
        raise rejection("outside_year", document.shown, span, "起始日在截止日之后")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _instrument(raw: Raw, document: Document) -> LegalInstrument:
    return LegalInstrument(**({"in_force_to": None, "superseded_by": None} | _dated(raw, document)))


def _code_set(raw: Raw, document: Document) -> CodeSet:
    made = _with_basis({"basis": None, "other_prefix": None, "old_values": {}} | _without(raw, "note"))
    return CodeSet(**(made | {"values": tuple(raw["values"])}))


def _provider(raw: Raw, document: Document) -> Provider:
    return Provider(**_without(raw, "note"))


def _retention(raw: Raw, document: Document) -> RetentionRule:
    return RetentionRule(**_with_basis(dict(raw)))


def _prohibited(raw: Raw, document: Document) -> ProhibitedData:
    made = dict(raw) | {key: tuple(raw[key]) for key in ("columns", "content")}
    return ProhibitedData(**(made | {"basis": tuple(Basis(**b) for b in raw["basis"])}))


def _rule(raw: Raw, document: Document) -> DatedRule:
    made = {"base": "", "channel": "", "in_force_from": None, "in_force_to": None} | _with_basis(dict(raw))
    if isinstance(made["value"], dict):
        made["value"] = MappingProxyType(made["value"])
    return DatedRule(**_dated(made, document))


def _duty(raw: Raw, document: Document) -> Duty:
    made = {"in_force_from": None, "in_force_to": None, "default_for": (), "providers": ()} | dict(raw)
    made |= {k: tuple(made[k]) for k in ("roles", "default_for", "providers", "items", "fields")}
    made["basis"] = tuple(Basis(**b) for b in raw["basis"])
    return Duty(**_dated(made, document))


def _quality(raw: Raw, document: Document) -> QualityFormula:
    blank = {
        "in_force_from": None,
        "in_force_to": None,
        "threshold": "",
        "threshold_rule": "",
        "parameters": {},
    }
    made = blank | _with_basis(dict(raw))
    made |= {"numerator": tuple(raw["numerator"]), "denominator": tuple(raw["denominator"])}
    made["parameters"] = MappingProxyType(made["parameters"])
    return QualityFormula(**_dated(made, document))


def _class(raw: Raw, document: Document) -> CatalogClass:
    return CatalogClass(**(dict(raw) | {"items": tuple(raw["items"])}))


def _permission(raw: Raw, document: Document) -> Action:
    return permissions.action(raw)


def _part(raw: Raw) -> ReportPart:
    made = dict(raw) | {key: tuple(raw.get(key, ())) for key in ("categories", "items")}
    made["when"] = {item: build_condition(c) for item, c in raw.get("when", {}).items()}
    return ReportPart(**made)


def _report_profile(raw: Raw, document: Document) -> ReportProfile:
    made = _dated(_PROFILE_DEFAULTS | dict(raw), document)
    made |= {key: tuple(_part(p) for p in made[key]) for key in ("parts", "counts")}
    made["tags"] = tuple(ReportTag(**t | {"items": tuple(t["items"])}) for t in made["tags"])
    made["advice"] = tuple(ReportAdvice(a["text"], tuple(a.get("items", ()))) for a in made["advice"])
    made["domains"] = tuple(ReportDomain(d["name"], tuple(d.get("providers", ()))) for d in made["domains"])
    made["basis"] = tuple(Basis(**b) for b in made["basis"])
    for key in ("forms", "omitted_roles", "omitted_fields", "not_queried", "notes"):
        made[key] = tuple(made[key])
    return ReportProfile(**made)


_PROFILE_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(
        ("counts", "tags", "advice", "domains", "omitted_roles", "omitted_fields", "not_queried"), ()
    ),
    "subtitle": "",
    "advice_title": "",
    "period": False,
    "use": "report",
}


def _publicity(raw: Raw, document: Document) -> PublicityLine:
    return PublicityLine(**tuples(raw))


def _degree(raw: Raw, document: Document) -> DegreeRule:
    made = _dated(_with_basis(tuples(raw)), document)
    return DegreeRule(**(made | {"when": build_condition(raw["when"])}))


def _sharing(raw: Raw, document: Document) -> SharingLine:
    return SharingLine(**_dated(_with_basis(tuples(raw)), document))


def _notice(raw: Raw, document: Document) -> NoticeTemplate:
    made = _dated(_with_basis(dict(raw)), document)
    return NoticeTemplate(**(made | {k: tuple(made.get(k, ())) for k in ("values", "channels")}))


def _case_rule(raw: Raw, document: Document) -> CaseRule:
    made = _dated(_with_basis(dict(raw)), document)
    return CaseRule(**(made | {"parameters": MappingProxyType(made.get("parameters", {}))}))


def _measure(raw: Raw, document: Document) -> MeasureLine:
    made = _dated(_with_basis(tuples(raw)), document)
    return MeasureLine(**(made | {"when": build_condition(raw["when"]) if "when" in raw else None}))


BUILDERS: dict[str, Callable[[Raw, Document], Any]] = {
    "instruments": _instrument,
    "code_sets": _code_set,
    "providers": _provider,
    "retention": _retention,
    "prohibited": _prohibited,
    "rules": _rule,
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


def build_entry(kind: str, raw: Raw, document: Document) -> Any:
    """One entry of the register `kind` as the dataclass that stands for it."""
    return BUILDERS[kind](_without(raw, "based_on"), document)


def _without(raw: Raw, key: str) -> dict[str, Any]:
    return {k: v for k, v in raw.items() if k != key}


def _with_basis(made: dict[str, Any]) -> dict[str, Any]:
    if made.get("basis"):
        made["basis"] = Basis(**made["basis"])
    return made


def _dated(raw: Raw, document: Document) -> dict[str, Any]:
    made = dict(raw)
    for key in ("in_force_from", "in_force_to"):
        made[key] = _date(made.get(key), document, f"{made['id']}.{key}")
    return made


def _date(text: str | None, document: Document, where: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as e:
        raise rejection("bad_date", document.shown, where, f"“{text}”不是日历上的日期") from e
