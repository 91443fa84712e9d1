"""The pure figures: hand-computed cases, and what must hold for all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinyong.catalog.loading import load_rulebook
from xinyong.collection.quality import formulas
from xinyong.collection.quality.queries import figures_of

DAY = date(2026, 11, 30)
COUNTS = {
    "submitted": 40, "first_passed": 30, "finally_passed": 38, "timed": 25, "late": 5, "passed": 32, "warned": 4,
    "cells_required": 400, "cells_missing": 10, "numbers_expected": 20, "numbers_present": 19, "owed": 8, "answered": 6,
    "linkable": 27, "linked": 24, "ledger_owed": 30, "reported": 29, "subjects_registered": 10,
    "subjects_with_records": 9, "codes": 10_000, "codes_wrong": 1, "codes_shared": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def book():
    return load_rulebook()


def figures(counts, book):
    return {f.id: f for f in figures_of(counts, book, DAY)}


@pytest.mark.parametrize(
    ("formula", "rate", "met", "shown"),
    [
        ("DQ_COMPLIANCE", Fraction(30, 40), False, "75.0%"),
        ("DQ_COMPLIANCE_FINAL", Fraction(38, 40), True, "95.0%"),
        ("DQ_TIMELINESS", Fraction(20, 25), False, "80.0%"),
        ("DQ_NORMALITY", Fraction(28, 32), False, "87.5%"),
        ("DQ_COMPLETENESS", Fraction(390, 400), True, "97.5%"),
        ("DQ_CONTINUITY", Fraction(19, 20), True, "95.0%"),
        ("DQ_COVERAGE", Fraction(6, 8), False, "75.0%"),
        ("DQ_LINKAGE", Fraction(24, 27), False, "88.8%"),
        ("DQ_REPORTING", Fraction(29, 30), True, "96.6%"),
        ("DQ_ARCHIVES", Fraction(9, 10), True, "90.0%"),
        ("DQ_CODE_ERRORS", Fraction(2, 10_000), False, "2.00‱"),
    ],
)
def test_each_figure_by_hand(book, formula, rate, met, shown):
    f = figures(COUNTS, book)[formula]
    assert (f.rate, f.met, f.shown) == (rate, met, shown)


def test_the_plans_seven_dimensions_are_all_there(book):
    assert {f.dimension for f in book.quality_on(DAY)} >= {
        "合规性", "及时性", "规范性", "完整性", "连续性", "覆盖率", "关联率",
    }  # fmt: skip


def test_a_formula_nobody_has_confirmed_says_that_it_is_a_sample(book):
    assert all(f.sample for f in figures(COUNTS, book).values())


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ledger_owed": None, "reported": None}, formulas.NO_LEDGER),
        ({"ledger_owed": 10, "reported": 11}, formulas.WRONG_LEDGER),
        ({"ledger_owed": 0, "reported": 3}, formulas.WRONG_LEDGER),
    ],
)
def test_the_reporting_rate_is_never_guessed(book, changes, why):
    f = figures(COUNTS | changes, book)["DQ_REPORTING"]
    assert (f.rate, f.met, f.why, f.shown) == (None, None, why, "无法计算")


def test_a_department_that_says_it_decided_nothing_has_reported_all_of_it(book):
    assert figures({"ledger_owed": 0, "reported": 0}, book)["DQ_REPORTING"].rate == 1


def test_nothing_handed_in_is_not_a_hundred_percent(book):
    nothing = dict.fromkeys(COUNTS, 0) | {"ledger_owed": None}
    assert {f.rate for f in figures(nothing, book).values()} == {None}


def test_a_rate_just_below_its_target_does_not_read_as_the_target(book):
    f = figures(COUNTS | {"submitted": 10_000, "first_passed": 9_499}, book)["DQ_COMPLIANCE"]
    assert f.shown == "94.9%" and not f.met


def test_a_code_error_rate_of_exactly_one_in_ten_thousand_is_not_below_it(book):
    f = figures(COUNTS | {"codes_shared": 0}, book)["DQ_CODE_ERRORS"]
    assert f.rate == Fraction(1, 10_000) and not f.met


def test_points_are_the_weighted_mean_of_what_can_be_computed(book):
    found = figures({"submitted": 4, "first_passed": 3, "timed": 2, "late": 0}, book)
    weights = {"DQ_COMPLIANCE": 3, "DQ_TIMELINESS": 1, "DQ_LINKAGE": 5}
    got = formulas.score(found.values(), weights)
    assert (got.points, got.computed, got.of) == (Decimal("81.3"), 2, 3)  # (3 * 75 + 100) / 4 = 81.25


def test_no_points_where_nothing_can_be_computed(book):
    assert formulas.score(figures({}, book).values(), {"DQ_LINKAGE": 1}).points is None


rows = st.lists(
    st.fixed_dictionaries(
        {"submitted": st.integers(0, 9), "first_passed": st.integers(0, 9)},
        optional={"ledger_owed": st.integers(0, 9), "reported": st.integers(0, 9)},
    ),
    max_size=8,
)


@given(rows, st.integers(0, 8))
def test_the_whole_is_the_sum_of_its_parts_however_it_is_cut(found, cut):
    parts = [formulas.total(found[:cut]), formulas.total(found[cut:])]
    assert formulas.total(parts) == formulas.total(found)
    for name in ("submitted", "first_passed"):
        assert (formulas.total(found).get(name) or 0) == sum(r[name] for r in found)


@given(rows)
def test_of_the_ledger_only_what_can_be_computed_is_summed_and_the_rest_counted(found):
    whole = formulas.total(found)
    sound = [r for r in found if "ledger_owed" in r and r.get("reported", 0) <= r["ledger_owed"]]
    assert (whole.get("ledger_owed") or 0) == sum(r["ledger_owed"] for r in sound)
    assert whole["without_ledger"] + whole["wrong_ledger"] == len(found) - len(sound)


# document numbers


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("潼市监罚〔2026〕8号", ("潼市监罚", 2026, 8)),
        ("潼示罚〔2026〕第008号", ("潼示罚", 2026, 8)),
        ("潼综执罚字2026年12号", ("潼综执罚字", 2026, 12)),
        ("JY15001520000012", None),
        ("", None),
        ("〔2026〕8号", None),
    ],
)
def test_a_document_number_is_taken_apart(text, parts):
    assert formulas.document_number(text) == parts


@pytest.mark.parametrize(
    ("numbers", "starts_at", "expected", "present", "gaps"),
    [
        ([1, 2, 3], 1, 3, 3, ""),
        ([2, 3, 7], 1, 7, 3, "1、4–6"),
        ([2, 3, 7], None, 6, 3, "4–6"),
        ([], 1, 0, 0, ""),
        ([5, 5, 5], 1, 5, 1, "1–4"),
        ([0, 1], 1, 2, 2, ""),
    ],
)
def test_gaps_by_hand(numbers, starts_at, expected, present, gaps):
    run = formulas.sequence(numbers, starts_at)
    assert (run.expected, run.present, run.gaps) == (expected, present, gaps)


def test_a_slip_of_the_pen_does_not_open_a_gap_of_thousands():
    run = formulas.sequence([1, 2, 202612])
    assert (run.expected, run.present, run.odd) == (2, 2, (202612,))


@given(st.sets(st.integers(1, 300), min_size=1))
def test_missing_and_present_make_the_whole(numbers):
    run = formulas.sequence(numbers)
    missing = {n for a, b in run.missing for n in range(a, b + 1)}
    assert missing | numbers == set(range(1, max(numbers) + 1)) and not missing & numbers
    assert run.expected == len(missing) + run.present
