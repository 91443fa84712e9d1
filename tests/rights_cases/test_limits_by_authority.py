"""Market regulators have a limit of their own (总局令第107号); changing that rule changes theirs and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from case_desk import MARKET, NOW, days
from test_repair_limits import made

from xinyong.catalog.loading import load_rulebook
from xinyong.rights import limits

TAX, ELSEWHERE = "11500152YY00003946", "11500152YY0000999X"
STEPS = (("submitted", NOW), ("pushed", NOW), ("accepted", days(1)))


def decide(authority, book, *, steps=STEPS):
    found = limits.limit_of(made(*steps, authority=authority), "decide", book)
    assert found is not None
    return found


@pytest.fixture
def book():
    return load_rulebook()


def test_a_market_regulators_limit_rests_on_its_own_decree_and_others_on_the_sample(book):
    assert decide(MARKET, book).confidence == "seen_in_report"
    for other in (TAX, ELSEWHERE, ""):
        assert decide(other, book).confidence == "sample"


def test_changing_their_rule_changes_their_limit_alone(book):
    shorter = replace(book.rules["REPAIR_DECIDE_SAMR"][0], value=3)
    changed = replace(book, rules={**book.rules, "REPAIR_DECIDE_SAMR": (shorter,)})
    assert decide(MARKET, changed).due < decide(MARKET, book).due
    assert decide(TAX, changed).due == decide(TAX, book).due


def test_before_the_decree_they_had_everybodys(book):
    before = datetime(2025, 12, 24, 2, tzinfo=UTC)
    steps = (("submitted", before), ("pushed", before), ("accepted", before))
    found = decide(MARKET, book, steps=steps)
    assert (found.confidence, found.begins) == ("sample", date(2025, 12, 24))
