"""The conditions as the machine compares them: shown with what was found, and never a decision."""

from __future__ import annotations

from datetime import date
from typing import Any

from case_desk import FIRST, NOW, OWNER, REVIEWER, TODAY, Desk

from xinyong.rights.repair import conditions
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


def test_particularly_serious_is_barred(desk: Desk) -> None:
    from xinyong.disclosure import actions

    record = desk.penalty(KZ_SXCD="", CF_JDRQ="2022-01-10", CF_YXQ="2027-01-10")
    actions.decide_degree(desk.c, REVIEWER, NOW, [record], "特定严重", "屡罚不改")
    assert compared(desk, record)["NOT_BARRED"] is False


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
    from xinyong.rights.repair import letter

    record = desk.penalty()
    told = desk.told()[record]
    item = desk.book.item("XZCF", TODAY)
    found = letter.compose(told, item, "示例公司", "示例机关", desk.book, TODAY)
    assert (found.document, found.earliest, found.degree) == (FIRST, "2026-09-18", "一般")
    assert any("10 个工作日" in x for x in found.limits) and any(
        "信用修复承诺书" in x for x in found.materials
    )
    assert found.doubtful and any("第36号" in b for b in found.basis)
