"""The third clock: what follows its basis ends with it, a bar of its own term runs it out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from xinyong.kernel.measures import LIFTING, Basis, Imposed, MeasureRule, window

START = date(2026, 1, 10)
BAR = MeasureRule(
    "M1", "禁止参加政府采购", "own_term", "政府采购法", "第七十七条", "seen", 12, 36, ("withdrawn",)
)
FOLLOWS = MeasureRule("M2", "限制享受优惠政策", "basis", "36号", "第三条", "sample")
LISTED = MeasureRule("M3", "名单所附的措施", "basis", "36号", "第三条", "sample", 12, 36)
LIFE = MeasureRule(
    "M4", "终身禁业", "own_term", "食品安全法", "第一百三十五条", "seen", lifted_by=("withdrawn",)
)


def on(rule, day, *bases, begins=START, **imposed):
    return window(rule, Imposed(begins, **imposed), bases, day)


def basis(state="in_force", duties="", known_at=7, record="a"):
    return Basis(record, state, known_at, duties)


@pytest.mark.parametrize("state", LIFTING)
def test_whatever_ends_the_record_lifts_the_measure_that_follows_it(state):
    w = on(FOLLOWS, date(2027, 1, 1), basis(state))
    assert (w.state, w.in_force, w.lifted_by) == ("lifted", False, ("a",))


@pytest.mark.parametrize("state", ["repaired", "shielded", "removed", "gone", "in_force"])
def test_a_bar_runs_its_term_out_whatever_becomes_of_the_record(state):
    assert on(BAR, date(2029, 1, 10), basis(state)).in_force
    assert on(BAR, date(2029, 1, 11), basis(state)).state == "ran_out"


def test_a_bar_whose_decision_was_withdrawn_has_lost_its_ground():
    assert on(BAR, date(2026, 6, 1), basis("withdrawn")).state == "lifted"


def test_one_record_that_no_longer_stands_is_enough():
    w = on(FOLLOWS, date(2027, 1, 1), basis(record="a"), basis("repaired", record="b"))
    assert not w.in_force and w.lifted_by == ("b",)


def test_states_of_two_snapshots_are_not_an_answer():
    with pytest.raises(ValueError, match="snapshots"):
        on(FOLLOWS, START, basis(known_at=7), basis(known_at=8))


def test_nothing_rests_on_nothing():
    assert on(FOLLOWS, START) == on(FOLLOWS, START)
    assert (on(FOLLOWS, START).state, on(FOLLOWS, START).in_force) == ("no_basis", False)


def test_at_the_maximum_with_duties_unmet_it_becomes_a_task_and_does_not_end_by_itself():
    w = on(LISTED, date(2029, 1, 11), basis(duties="unmet"))
    assert (w.state, w.in_force, w.task, w.task_due) == ("overrun", True, "decide_overrun", date(2029, 1, 10))


@pytest.mark.parametrize("duties", ["met", ""])
def test_at_the_maximum_without_known_duties_it_ends(duties):
    assert on(LISTED, date(2029, 1, 11), basis(duties=duties)).state == "ran_out"


def test_a_person_may_carry_it_on_to_a_named_day_and_no_further():
    longer = {"extended_until": date(2029, 6, 30)}
    assert on(LISTED, date(2029, 6, 30), basis(duties="unmet"), **longer).state == "in_force"
    assert on(LISTED, date(2029, 7, 1), basis(duties="unmet"), **longer).state == "overrun"


def test_unmet_duties_do_not_lengthen_a_bar():
    assert on(BAR, date(2029, 1, 11), basis(duties="unmet")).state == "ran_out"


def test_a_term_outside_the_laws_is_refused():
    for months in (11, 37):
        with pytest.raises(ValueError, match="months"):
            on(BAR, START, basis(), months=months)
    with pytest.raises(ValueError, match="months"):
        on(LIFE, START, basis(), months=12)


def test_a_bar_for_life_has_no_last_day():
    w = on(LIFE, date(2090, 1, 1), basis("repaired"))
    assert w.in_force and w.until is None


def test_without_a_first_day_nothing_is_in_force_and_somebody_finds_it():
    w = on(BAR, START, basis(), begins=None)
    assert (w.state, w.in_force, w.task) == ("undated", False, "find_date")


def test_rules_that_make_no_sense_are_refused():
    for least, most in ((12, None), (None, 12), (36, 12)):
        with pytest.raises(ValueError, match="term"):
            MeasureRule("X", "x", "own_term", "y", "z", "seen", least, most)
    with pytest.raises(ValueError, match="lifts nothing"):
        MeasureRule("X", "x", "basis", "y", "z", "seen", lifted_by=("in_force",))


DAYS = st.dates(date(2019, 1, 1), date(2035, 12, 31))
STATES = st.sampled_from(["in_force", *LIFTING])
TERMS = st.one_of(st.none(), st.tuples(st.integers(1, 60), st.integers(0, 60)))


@st.composite
def rules(draw):
    follows = draw(st.sampled_from(["basis", "own_term"]))
    term = draw(TERMS)
    least, most = (None, None) if term is None else (term[0], term[0] + term[1])
    lifted = LIFTING if follows == "basis" else ("withdrawn",)
    return MeasureRule("R", "r", follows, "i", "a", "sample", least, most, lifted)


BASES = st.lists(
    st.builds(
        Basis, record=st.uuids().map(str), state=STATES, known_at=st.just(3),
        duties=st.sampled_from(["", "met", "unmet"]),
    ),
    min_size=1, max_size=4,
)  # fmt: skip


@given(rules(), DAYS, BASES, DAYS, st.one_of(st.none(), DAYS))
@settings(max_examples=100)
def test_in_force_means_begun_stood_by_every_basis_and_not_over(rule, start, bases, today, ends):
    w = window(rule, Imposed(start, ends=ends), bases, today)
    last = start + relativedelta(months=rule.most) if rule.most else None
    last = min(d for d in (last, ends) if d) if last or ends else None
    stands = not any(b.state in rule.lifted_by for b in bases)
    unmet = rule.follows == "basis" and any(b.duties == "unmet" for b in bases)
    assert w.in_force == (stands and start <= today and (last is None or today <= last or unmet))


@given(rules(), DAYS, BASES, DAYS)
@settings(max_examples=100)
def test_only_a_person_or_the_record_brings_back_what_ran_out(rule, start, bases, today):
    then = window(rule, Imposed(start), bases, today)
    later = window(rule, Imposed(start), bases, today + timedelta(days=400))
    if then.state in ("ran_out", "lifted"):
        assert not later.in_force


@given(rules(), DAYS, BASES, DAYS)
@settings(max_examples=100)
def test_a_better_state_of_the_basis_never_lengthens_a_measure(rule, start, bases, today):
    """Repairing or meeting a duty never puts a measure in force that was not."""
    better = [Basis(b.record, "repaired", b.known_at, "met") for b in bases]
    if window(rule, Imposed(start), better, today).in_force:
        worse = [Basis(b.record, "in_force", b.known_at, b.duties) for b in bases]
        assert window(rule, Imposed(start), worse, today).in_force
