"""The conditions as the machine compares them: shown with what was found, and never a decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from case_desk import CENTRE, CODE, FIRST, NOW, OWNER, REVIEWER, TODAY, Desk

from xinyong.disclosure.rules import degrees_for
from xinyong.kernel.errors import Refused
from xinyong.rights.repair import conditions, letter
from xinyong.rights.repair.conditions import Known


def compared(desk: Desk, record: str, today: date = TODAY, **known: Any) -> dict[str, bool | None]:
    clocks = desk.told(today=today)[record]["clocks"]
    found = conditions.of_record(clocks, Known(today, **known), desk.book)
    return {c.id.removeprefix("COND_"): c.met for c in found}


def test_a_record_old_enough_meets_what_the_machine_can_know(desk: Desk) -> None:
    assert compared(desk, desk.penalty()) == {
        "IN_FORCE": True, "MIN_PERIOD": True, "DUTIES": None, "COMMITMENT": None, "NOT_BARRED": True,
        "NO_FALSE_MATERIALS": True,
    }  # fmt: skip


def test_the_minimum_period_is_reached_on_its_day_and_not_before(desk: Desk) -> None:
    record = desk.penalty(CF_JDRQ="2026-09-01", CF_YXQ="2029-09-01")
    earliest = date.fromisoformat(desk.told()[record]["clocks"]["publicity"]["earliest_repair"])
    assert earliest == date(2026, 12, 1)
    assert compared(desk, record, date(2026, 11, 30))["MIN_PERIOD"] is False
    assert compared(desk, record, date(2026, 12, 1))["MIN_PERIOD"] is True


def test_an_undecided_degree_leaves_it_to_a_person(desk: Desk) -> None:
    found = compared(desk, desk.penalty(KZ_SXCD=""))
    assert found["MIN_PERIOD"] is None and found["NOT_BARRED"] is None


def test_duties_are_what_the_department_noted(desk: Desk) -> None:
    from xinyong.disclosure import actions

    record = desk.penalty()
    for value, met in (("unmet", False), ("met", True)):
        actions.mark(desk.c, REVIEWER, NOW, "duties", [record], "核查", "核查笔录", value)
        assert compared(desk, record)["DUTIES"] is met


def lettered(desk: Desk, record: str, book: Any = None) -> letter.Letter:
    told, rules = told_by(desk, record, book), book or desk.book
    return letter.compose(told, rules.item("XZCF", TODAY), "示例公司", "示例机关", rules, TODAY)


def asked(desk: Desk, book: Any = None) -> Any:
    """The archive as the rules of `book` tell of it."""
    from xinyong.disclosure import queries

    return queries.archive(desk.c, CODE, queries.Question(CENTRE, NOW, TODAY), book or desk.book)


def told_by(desk: Desk, record: str, book: Any = None) -> dict[str, Any]:
    found: list[dict[str, Any]] = asked(desk, book).records
    return next(r for r in found if r["record"] == record)


def on_the_own_page(desk: Desk, record: str, book: Any = None) -> Any:
    from xinyong.website.own import telling

    found = telling.entries(asked(desk, book), book or desk.book, TODAY)
    return next(e for e in found if e.id == record)


def rules_of_the_day(desk: Desk) -> Any:
    """The rulebook of a district where no later rule applies, kinder or not."""
    [switch] = desk.book.rules["PUB_KINDER"]
    return replace(
        desk.book, rules={**desk.book.rules, "PUB_KINDER": (replace(switch, value="decision_date"),)}
    )


def particularly_serious(desk: Desk, decided: str) -> str:
    """A record that bears this degree since before only decisions of its time could be given it."""
    record = desk.penalty(KZ_SXCD="", CF_JDRQ=decided, CF_YXQ="2029-06-18")
    desk.c.execute(
        "INSERT INTO record_mark (record_id, kind, value, at, actor, role, provider, reason, basis, act)"
        " VALUES (%s, 'degree', '特定严重', %s, %s, %s, %s, '屡罚不改', '', gen_random_uuid())",
        [record, NOW, REVIEWER.name, REVIEWER.role, REVIEWER.provider],
    )
    return record


def bar(desk: Desk, record: str, book: Any = None) -> conditions.Condition:
    clocks = told_by(desk, record, book)["clocks"]
    found = conditions.of_record(clocks, Known(TODAY), book or desk.book)
    return next(c for c in found if c.id == "COND_NOT_BARRED")


@pytest.mark.parametrize("decided", ["2022-01-10", "2023-04-30"])  # over, and within its window
def test_what_the_rule_that_applies_does_not_let_end_early_is_barred_by_that_rule(
    site: Desk, decided: str
) -> None:
    from xinyong.disclosure import actions

    book, record = rules_of_the_day(site), site.penalty(KZ_SXCD="", CF_JDRQ=decided, CF_YXQ="2029-01-10")
    actions.decide_degree(site.c, REVIEWER, NOW, [record], "特定严重", "屡罚不改")
    found, said = bar(site, record, book), lettered(site, record, book)
    assert found.met is False and found.basis == "发改办财金〔2019〕527号 行政处罚信息公示期限"
    assert said.earliest == "" and found.found in said.barred and found.basis in said.barred
    own = on_the_own_page(site, record, book)
    assert own.repair == said.barred and "修复" not in "".join(own.ends)


def test_a_kinder_rule_that_came_later_lifts_the_bar_on_every_page_alike(desk: Desk) -> None:
    record = particularly_serious(desk, "2022-01-10")
    assert bar(desk, record).met is True and lettered(desk, record).earliest == "2022-04-10"


def test_a_degree_of_the_rules_of_2019_bars_nothing_decided_under_the_rules_of_today(site: Desk) -> None:
    record = particularly_serious(site, "2026-11-10")
    assert told_by(site, record)["clocks"]["publicity"]["earliest_repair"] == "2027-11-10"
    found, said = bar(site, record), lettered(site, record)
    assert found.met is True and (said.earliest, said.barred) == ("2027-11-10", "")
    own = on_the_own_page(site, record)
    assert own.repair.startswith("2027-11-10 起可以申请") and any("修复" in x for x in own.ends)
    assert "不能修复" not in found.found + own.repair and "527" not in str((found, said, own))


def test_removal_from_a_list_is_not_barred_for_want_of_a_shortest_period(desk: Desk) -> None:
    window = {
        "rule": "PUB_ABNORMAL",
        "state": "open",
        "begins": "2026-01-10",
        "earliest_repair": None,
        "until": None,
    }
    assert conditions.barring(window, desk.book) is None


@pytest.mark.parametrize("decided", ["2019-06-30", "2023-05-01", "2026-06-18"])
def test_a_degree_that_no_rule_of_its_day_knows_is_not_given(desk: Desk, decided: str) -> None:
    from xinyong.disclosure import actions

    record = desk.penalty(KZ_SXCD="", CF_JDRQ=decided, CF_YXQ="2029-06-18")
    with pytest.raises(Refused, match=f"特定严重.*{decided}"):
        actions.decide_degree(desk.c, REVIEWER, NOW, [record], "特定严重", "屡罚不改")
    actions.decide_degree(desk.c, REVIEWER, NOW, [record], "严重", "屡罚不改")


def test_a_degree_is_offered_for_the_days_of_its_rules_and_for_ever_while_they_last(desk: Desk) -> None:
    usual = ("轻微", "一般", "严重")
    for day, more in (("2019-06-30", ()), ("2019-07-01", ("特定严重",)), ("2023-04-30", ("特定严重",)),
                      ("2023-05-01", ()), ("2026-11-10", ())):  # fmt: skip
        assert degrees_for(desk.book, date.fromisoformat(day), TODAY) == (*usual, *more), day
    assert degrees_for(desk.book, None, TODAY) == usual


def test_false_materials_bar_for_the_period_of_the_rulebook(desk: Desk) -> None:
    record = desk.penalty()
    assert compared(desk, record, revoked_on=date(2026, 1, 10))["NO_FALSE_MATERIALS"] is False
    assert compared(desk, record, revoked_on=date(2025, 11, 23))["NO_FALSE_MATERIALS"] is True


def test_a_revoked_repair_counts_against_the_next(desk: Desk) -> None:
    from xinyong.rights.repair.actions import revoked_on

    record = desk.penalty()
    case = desk.do("notice", REVIEWER, desk.granted(record), "材料虚假", "查证笔录")
    case = desk.do("defend", OWNER, case, "不知情", ())
    desk.do("revoke", REVIEWER, case, "材料虚假", "查证笔录")
    assert revoked_on(desk.c, case.scheme, case.value) == TODAY


def test_conditions_unmet_do_not_stop_a_person_from_deciding(desk: Desk) -> None:
    record = desk.penalty(CF_JDRQ="2026-11-18", CF_YXQ="2029-11-18")
    assert compared(desk, record)["MIN_PERIOD"] is False
    assert desk.granted(record).state == "granted"


def test_each_condition_names_its_ground_and_how_sure_it_is(desk: Desk) -> None:
    record = desk.penalty()
    clocks = desk.told()[record]["clocks"]
    found = {c.id: c for c in conditions.of_record(clocks, Known(TODAY), desk.book)}
    assert "第36号" in found["COND_MIN_PERIOD"].basis and "据报道" in found["COND_MIN_PERIOD"].basis
    assert "样例，待确认" in found["COND_NO_FALSE_MATERIALS"].basis


def test_the_letter_that_goes_with_a_penalty_says_when_where_and_on_which_grounds(desk: Desk) -> None:
    record = desk.penalty()
    found = lettered(desk, record)
    assert (found.document, found.earliest, found.degree) == (FIRST, "2026-09-18", "一般")
    assert any("10 个工作日" in x for x in found.limits) and any(
        "信用修复承诺书" in x for x in found.materials
    )
    assert found.doubtful and any("第36号" in b for b in found.basis)
