"""Rows of the smaller items, from the words of `smaller` and the parts that columns play."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from sampledistrict.decisions import money
from sampledistrict.layouts import LAYOUTS, Layout
from sampledistrict.plan import Case, Recipe
from sampledistrict.providers import BY_ID, Provider
from sampledistrict.smaller import SPECS, Spec
from sampledistrict.subjects import PERSON


def fill(layout: Layout, spec: Spec, case: Case) -> dict[str, str]:
    """One row: who, by whom, when, and the words of one of the item's variants."""
    words = {**_numbers(case), **_days(case.day)}
    authority = (
        BY_ID[spec.authority[case.draws[3] % len(spec.authority)]] if spec.authority else case.provider
    )
    parts = {
        **_who(case), **_by_whom(authority, case.provider), "decided": case.day.isoformat(),
        "doc_no": spec.number.format_map(words),
    }  # fmt: skip
    row = {code: parts[part] for part, code in layout.roles if part in parts}
    chosen = spec.variants[case.draws[0] % len(spec.variants)]
    return row | {code: text.format_map(words) for code, text in chosen.items()}


def _who(case: Case) -> dict[str, str]:
    subject = case.subject
    if subject.category == PERSON:
        return {"name": case.name, "kind": PERSON, "id_type": "身份证", "id": subject.id_no}
    shown = {"name": case.name, "kind": subject.category, "code": subject.code, "org": subject.org_code}
    return shown | {"person": subject.person, "regno": "" if subject.org_code else subject.regno}


def _by_whom(authority: Provider, sender: Provider) -> dict[str, str]:
    return {
        "authority": authority.name, "authority_code": authority.code,
        "source": sender.name, "source_code": sender.code,
    }  # fmt: skip


def _numbers(case: Case) -> dict[str, object]:
    n = case.draws[1] % 9 + 1
    return {
        "n": n, "m": (case.draws[2] % 900 + 10) * 5, "money": money((case.draws[2] % 5000 + 10) * 10),
        "serial": case.serial, "short": case.provider.short, "year": case.day.year, "last": case.day.year - 1,
    }  # fmt: skip


def _days(day: date) -> dict[str, object]:
    return {
        "day": day.isoformat(), "before": (day - timedelta(days=20)).isoformat(),
        "soon": (day + timedelta(days=30)).isoformat(), "later": (day + timedelta(days=1095)).isoformat(),
        "month": day.isoformat()[:7], "compact": day.strftime("%Y%m%d"),
    }  # fmt: skip


def _recipe(spec: Spec) -> Recipe:
    layout = LAYOUTS[spec.item]
    return Recipe(
        layout, partial(fill, layout, spec), spec.share, tuple(BY_ID[one] for one in spec.providers),
        spec.per_file, spec.population, serial_by_provider="{short}" in spec.number,
    )  # fmt: skip


SMALLER = tuple(_recipe(spec) for spec in SPECS)
