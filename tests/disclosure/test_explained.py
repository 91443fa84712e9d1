"""What a record's clock says: how sure its rule is, for everyone, and that a day to decide by is past."""

from __future__ import annotations

from datetime import date

import pytest

from xinyong.catalog.loading import load_rulebook
from xinyong.disclosure import explaining
from xinyong.disclosure.rules import ruleset
from xinyong.kernel.publicity import Facts, window

RULES = ruleset(load_rulebook())
SAMPLE, REPORTED = "（样例，待确认）", "（据报道，原文待核）"


@pytest.mark.parametrize(
    ("facts", "today", "said"),
    [
        (Facts("XZCF", date(2020, 5, 10), degree="严重"), "2022-01-10", "发改办财金〔2019〕527号 行政处罚信息公示期限"),
        (Facts("XZCF", date(2026, 6, 18), degree="一般"), "2026-11-23", f"国家发展和改革委员会令第36号 第二章{REPORTED}"),
        (Facts("XZCF", date(2024, 5, 10), degree="严重"), "2024-06-10", f"国家发展和改革委员会令第58号 条文待核{SAMPLE}"),
        (Facts("JYYC", date(2026, 1, 10), needs_degree=False), "2026-11-23",
         f"国务院令第654号 第十七条、第十八条{SAMPLE}"),
        (Facts("XZXK", date(2026, 1, 10), needs_degree=False), "2026-11-23", ""),
    ],
)  # fmt: skip
def test_the_public_is_told_how_sure_the_rule_of_a_limit_is(facts: Facts, today: str, said: str) -> None:
    day = date.fromisoformat(today)
    told = explaining.for_the_public(window(facts, RULES, "credit_china", day), (), day)
    assert told["publicity"]["basis"] == said


def test_a_degree_that_was_not_decided_in_time_is_said_to_be_late() -> None:
    due, undecided = date(2026, 11, 19), Facts("XZCF", date(2026, 11, 10))
    told = {
        day: explaining.sentence(window(undecided, RULES, "credit_china", day), day)
        for day in (due, date(2026, 11, 20))
    }
    assert all(f"应在 {due} 前认定" in said for said in told.values())
    assert ["超过期限" in said for said in told.values()] == [False, True]
