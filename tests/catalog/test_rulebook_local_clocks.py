"""A district's own dated lines, loaded as it would load them, change the clocks from their day on and where they say so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from xinyong.catalog.book import Rulebook
from xinyong.catalog.loading import load_rulebook
from xinyong.disclosure import publicity, rules
from xinyong.disclosure.publicity import Degree, Stored
from xinyong.kernel.errors import Refused

Write = Callable[..., Path]
BEFORE, FROM = date(2026, 11, 30), date(2026, 12, 1)
AUTHORITY = "11500152YY0000132E"
BASIS = "basis: {instrument: BXT_SD, article: 试}, confidence: sample"
SWITCHED = (
    "rules:\n  - {id: PUB_KINDER, name: 新旧公示规则的衔接, value: decision_date, unit: set,"
    f" in_force_from: 2026-12-01, {BASIS}}}\n"
)


def stored(day: date = date(2024, 1, 10), **values: str) -> Stored:
    usual = {"CF_CFLB": "罚款", "CF_CFJGDM": AUTHORITY, "CF_SJLYDM": AUTHORITY}
    return Stored({**usual, **values}, day, date(2029, 1, 10), provider=AUTHORITY, received=day)


def window(book: Rulebook, today: date, **values: str) -> Any:
    item = book.item("XZCF", today)
    return publicity.our_window(item, stored(KZ_SXCD="一般", **values), (), today, book)


def degree(book: Rulebook, today: date, **values: str) -> Degree:
    return publicity.degree_of(book.item("XZCF", today), stored(**values), (), today, book)


def test_the_switch_for_kinder_rules_is_flipped_by_a_dated_local_rule_from_its_day_on(local: Write) -> None:
    shipped, mine = load_rulebook(), load_rulebook(local({"rules.yaml": SWITCHED}))
    said = [rules.setting(mine, "PUB_KINDER", day) for day in (BEFORE, FROM)]
    assert said == ["later_if_kinder", "decision_date"] and mine.conflicts == ()
    found = [(w.rule.rule, w.kinder) for w in (window(mine, BEFORE), window(mine, FROM))]
    assert found == [("PUB_36_GENERAL", True), ("PUB_58_GENERAL", False)]
    assert window(mine, BEFORE).until < window(mine, FROM).until
    assert window(shipped, FROM).rule.rule == "PUB_36_GENERAL"


def test_a_local_degree_line_for_a_field_of_violations_comes_before_the_shipped_ones(local: Write) -> None:
    line = (
        "degrees:\n  - {id: DEG_FOOD, name: 食品领域的警告, item: XZCF, degree: 一般, settles: false, order: 5,\n"
        "     when: {all: [{field: KZ_WFLY, equals: 食品}, {field: CF_CFLB, one_of: [警告]}]},"
        f" in_force_from: 2026-12-01, {BASIS}}}\n"
    )
    book = load_rulebook(local({"degrees.yaml": line}))
    warned = {"CF_CFLB": "警告"}
    assert degree(book, FROM, KZ_WFLY="食品", **warned).proposed == "一般"
    assert degree(book, BEFORE, KZ_WFLY="食品", **warned).proposed == "轻微"
    assert degree(book, FROM, KZ_WFLY="消防", **warned).proposed == "轻微"
    assert degree(book, FROM, KZ_WFLY="食品").proposed == ""
    assert degree(book, FROM, KZ_WFLY="食品", **warned).value == ""  # a person decides


def test_a_local_line_settles_minor_ones_of_a_field_and_no_others(local: Write) -> None:
    line = (
        "degrees:\n  - {{id: DEG_FIRE, name: 消防领域的小额罚款, item: XZCF, degree: {0}, settles: true, order: 5,\n"
        "     when: {{field: KZ_WFLY, equals: 消防}}, " + BASIS.replace("{", "{{").replace("}", "}}") + "}}\n"
    )
    book = load_rulebook(local({"degrees.yaml": line.format("轻微")}))
    settled = degree(book, FROM, KZ_WFLY="消防")
    assert (settled.value, settled.how, settled.rule) == ("轻微", "rule", "DEG_FIRE")
    assert degree(book, FROM, KZ_WFLY="食品").value == ""
    with pytest.raises(Refused, match="轻微"):
        load_rulebook(local({"degrees.yaml": line.format("严重")}))


def test_a_local_table_gives_a_field_of_violations_its_own_window(local: Write) -> None:
    files = {
        "rules.yaml": 'rules:\n  - {id: PUB_FOOD, name: 公示期：食品（试）, value: {min: "6M", max: "2Y"}, unit: period,'
        f" in_force_from: 2024-01-01, {BASIS}}}\n",
        "publicity.yaml": "publicity:\n  - {id: T_FOOD, name: 食品, channel: credit_china, order: 5, rule: PUB_FOOD,"
        " items: [XZCF], domains: [食品], confidence: sample}\n",
    }
    book = load_rulebook(local(files))
    food, fire = window(book, FROM, KZ_WFLY="食品"), window(book, FROM, KZ_WFLY="消防")
    assert (food.rule.rule, food.until) == ("PUB_FOOD", date(2026, 1, 10))
    assert fire.rule.rule != "PUB_FOOD" and window(book, FROM).rule.rule != "PUB_FOOD"
