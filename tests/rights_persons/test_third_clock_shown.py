"""The third clock on a record: what may rest on it, until when, and what lifts it; nothing imposed is claimed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from persons_cast import CODE, NOW, SECOND, TODAY

from xinyong.catalog.loading import load_rulebook
from xinyong.disclosure import measures, queries
from xinyong.disclosure.publicity import Stored, facts_of
from xinyong.disclosure.queries import Question
from xinyong.foundation.audit import Who

BOOK = load_rulebook()
PROCUREMENT = {"CF_YJ": "《中华人民共和国政府采购法》第七十七条", "CF_CFLB": "罚款"}
FOOD = {"CF_YJ": "《食品安全法》第一百二十四条", "CF_CFLB": "罚款;吊销许可证件"}
CENTRE = Who("某人", "center", purpose="核对")


def told(
    item: str, values: dict[str, str], decided: date, today: date = TODAY, **more: Any
) -> list[dict[str, Any]]:
    described, stored = BOOK.item(item, today), Stored(values, decided, **more)
    facts = facts_of(described, stored, (), "", BOOK, today)
    found = measures.of_record("a" * 32, 1, described, stored, facts, today, BOOK)
    return measures.told(found, measures.state_of(described, facts, today))["possible"]


def test_the_bars_of_the_law_have_their_own_terms():
    [bar] = told("XZCF", PROCUREMENT, date(2026, 1, 10))
    assert (bar["id"], bar["follows"], bar["until"]) == ("MEA_PROCUREMENT_BAR", "own_term", "2029-01-10")
    assert bar["basis"].endswith("第七十七条") and bar["confidence"] == "seen"
    [bar] = told("XZCF", FOOD, date(2026, 1, 10))
    assert (bar["id"], bar["until"]) == ("MEA_FOOD_LICENCE_BAR", "2031-01-10")
    for article, months in (("第七十八条", "2027-01-10"), ("第七十九条", "2029-01-10")):
        [bar] = told("XZCF", {"CF_YJ": f"《行政许可法》{article}", "CF_CFLB": "警告"}, date(2026, 1, 10))
        assert bar["until"] == months and "信用修复都不缩短" in bar["sentence"]


def test_repair_leaves_a_bar_and_lifts_what_follows():
    repaired = {"KZ_XFZT": "已修复"}
    [bar] = told("XZCF", PROCUREMENT | repaired, date(2026, 1, 10))
    assert bar["if_imposed"] == "in_force"
    [follows] = told("XZCF", {"CF_YJ": "《安全生产法》", "CF_CFLB": "罚款", **repaired}, date(2026, 1, 10))
    assert follows["if_imposed"] == "lifted" and follows["sentence"].startswith("已经修复")


def test_a_withdrawn_decision_carries_nothing():
    for values in (PROCUREMENT, FOOD, {"CF_YJ": "《安全生产法》"}):
        [found] = told("XZCF", values | {"KZ_CXBZ": "撤销"}, date(2026, 1, 10))
        assert found["if_imposed"] == "lifted"


def test_the_end_of_publicity_lifts_nothing():
    [bar] = told("XZCF", PROCUREMENT | {"KZ_SXCD": "一般"}, date(2026, 1, 10), date(2028, 6, 1))
    assert bar["if_imposed"] == "in_force"


def test_what_follows_a_list_ends_with_removal_and_with_the_lists_own_term():
    values = {"YZ_MDMC": "示例名单"}
    [listed] = told("YZSX", values, date(2025, 1, 10), valid_to=date(2027, 6, 1))
    assert (listed["if_imposed"], listed["until"]) == ("in_force", "2027-06-01")
    [removed] = told("YZSX", values | {"YZ_YCRQ": "2026-05-01"}, date(2025, 1, 10), valid_to=date(2027, 6, 1))
    assert removed["if_imposed"] == "lifted" and "移出" in removed["sentence"]


def test_what_only_a_person_can_tell_is_not_shown_by_itself():
    shown = {m["id"] for item in ("SFCP", "SXBZX") for m in told(item, {}, date(2026, 1, 10))}
    assert "MEA_FOOD_CRIME_BAR" not in shown and "MEA_JUDGMENT_OFFICE" not in shown


def test_good_records_carry_no_measures():
    assert told("SXJL", {}, date(2026, 1, 10)) == []


def test_every_line_of_the_register_makes_a_rule_and_unconfirmed_ones_say_so():
    for line in BOOK.measures:
        rule = measures.rule_of(line, BOOK)
        assert rule.instrument and rule.article and rule.confidence in ("seen", "seen_in_report", "sample")
        assert line.follows == "basis" or rule.lifted_by == ("withdrawn",)
    [sample] = told("YZSX", {"YZ_MDMC": "示例名单"}, date(2026, 1, 10))
    assert sample["sentence"].endswith("（样例，待确认）")


@pytest.mark.parametrize("role", ["subject", "center"])
def test_a_record_in_an_answer_brings_its_third_clock_and_says_where_imposed_measures_are(
    hall, penalty, write_csv, role
):
    row = penalty(CF_WSH="潼示罚〔2026〕7号", **PROCUREMENT)
    hall.district.intake(write_csv([row], "bar.csv"), "XZCF")
    who = Who("某人", role, CODE, purpose="看")
    answer = queries.archive(hall.c, CODE, Question(who, NOW, TODAY), hall.book)
    [clock] = [r["clocks"]["measures"] for r in answer.records if "潼示罚〔2026〕7号" in r["fields"].values()]
    assert clock["possible"][0]["until"] == "2029-11-18" and "本平台不作出措施" in clock["sentence"]


def test_a_person_who_decides_on_the_maximum_carries_a_listed_measure_on(hall):
    """A mark of a person feeds the clock: duties unmet make a task of it, an extension carries it on."""
    from xinyong.disclosure import actions, marks

    record = next(r["record"] for r in hall.look(CENTRE).records if r["item"] == "XZCF")
    actions.mark(hall.c, SECOND, NOW, "duties", [record], "未缴纳", "函件", "unmet")
    opened = marks.open_of(hall.c, [record])[record]
    described, stored = BOOK.item("YZSX", TODAY), Stored({}, date(2022, 1, 10), valid_to=date(2025, 1, 10))
    facts = facts_of(described, stored, opened, "", BOOK, TODAY)
    [(_, w)] = measures.of_record(record, 1, described, stored, facts, TODAY, BOOK)
    assert (w.state, w.task, w.in_force) == ("overrun", "decide_overrun", True)
