"""What rests on another record: whoever has it is told what is true of it now, if that is not what was told last."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recall_desk import Desk, now, system

from xinyong.disclosure import actions as marking
from xinyong.disclosure import basis as standing
from xinyong.disclosure import ids, marks
from xinyong.foundation import events
from xinyong.foundation.audit import Who

LOANS = system("信贷系统")
SHORT, LONG = date(2028, 6, 30), date(2028, 12, 31)
LATER = date(2029, 1, 1)


def told(desk: Desk) -> list[tuple[str, date | None]]:
    desk.work()
    return [(r.kind, r.until) for r in desk.recalls(LOANS)]


@pytest.fixture
def entry(desk: Desk) -> tuple[str, str]:
    """What rests on a decision, and the decision; the bank has only the first."""
    basis, resting = desk.records()
    desk.given(LOANS, resting)
    desk.mark("rests_on", resting, value=basis)
    return resting, basis


def withdrawn(desk: Desk, record: str) -> None:
    desk.mark("withdrawn", record)


def repaired(desk: Desk, record: str) -> None:
    desk.mark("repair", record)


def erased(desk: Desk, record: str) -> None:
    from xinyong.collection.erasure import erase_record
    from xinyong.foundation.erasures import Ground

    ground = Ground("REC_PENALTY", "PIPL", "第四十七条")
    erase_record(record, ground, Who("示例", "center"), now(), desk.district.book)


def ended_by_file(desk: Desk, record: str) -> None:
    desk.hand_in("weg.csv", {**desk.rows(CF_WSH="潼示罚〔2026〕1号"), "操作": "撤销"}, mode="补录")


def revoked_by_file(desk: Desk, record: str) -> None:
    desk.hand_in(
        "weg.csv",
        desk.rows(CF_WSH="潼示罚〔2026〕1号", KZ_CXBZ="撤销", KZ_CXYY="行政复议决定撤销"),
        mode="补录",
    )


@pytest.mark.parametrize("end", [withdrawn, repaired, erased, ended_by_file, revoked_by_file])
def test_an_end_for_good_is_told_though_a_shielding_still_runs(
    desk: Desk, entry: tuple[str, str], end: Any
) -> None:
    resting, basis = entry
    desk.mark("shielding", basis, until=LONG)
    assert told(desk) == [("shielded", LONG)]
    end(desk, basis)
    assert told(desk) == [("shielded", LONG), ("ended", None)]
    assert desk.recalls(LOANS)[-1].records == (ids.public_id(resting),)


def test_an_end_for_good_is_told_once_whatever_else_happens_to_the_decision(
    desk: Desk, entry: tuple[str, str]
) -> None:
    _, basis = entry
    desk.mark("withdrawn", basis)
    desk.mark("repair", basis)
    desk.mark("shielding", basis, until=LONG)
    desk.close(desk.mark("objection", basis).marks[basis])
    assert told(desk) == [("ended", None)]


def test_a_longer_shielding_is_told_and_so_is_the_day_once_an_end_for_good_is_taken_back(
    desk: Desk, entry: tuple[str, str]
) -> None:
    _, basis = entry
    desk.mark("shielding", basis, until=SHORT)
    assert told(desk) == [("shielded", SHORT)]
    desk.mark("shielding", basis, until=LONG)
    assert told(desk)[1:] == [("shielded", LONG)]
    end = desk.mark("withdrawn", basis).marks[basis]
    assert told(desk)[2:] == [("ended", None)]
    desk.close(end)
    assert told(desk)[3:] == [("shielded", LONG)]


def test_of_two_decisions_the_one_that_is_missing_longest_counts(desk: Desk, entry: tuple[str, str]) -> None:
    resting, basis = entry
    assert desk.hand_in("third.csv", desk.rows(CF_WSH="潼示罚〔2026〕3号")).new == 1
    other = desk.records()[-1]
    desk.mark("rests_on", resting, value=other)
    desk.mark("shielding", basis, until=LONG)
    desk.mark("shielding", other, until=SHORT)
    assert told(desk) == [("shielded", LONG)]
    ending = desk.mark("withdrawn", other).marks[other]
    assert told(desk)[1:] == [("ended", None)]
    desk.close(ending)
    assert told(desk)[2:] == [("shielded", LONG)]


def test_what_was_withdrawn_itself_is_given_back_when_the_decision_it_rests_on_is(
    desk: Desk, entry: tuple[str, str]
) -> None:
    resting, basis = entry
    own = desk.mark("withdrawn", resting).marks[resting]
    assert told(desk) == [("withdrawn", None)]
    ground = desk.mark("withdrawn", basis).marks[basis]
    desk.close(own)
    assert told(desk) == [("withdrawn", None)]
    desk.close(ground)
    assert told(desk) == [("withdrawn", None), ("resumed", None)]


def test_what_was_in_use_all_the_time_is_not_given_back(desk: Desk, entry: tuple[str, str]) -> None:
    _, basis = entry
    desk.mark("degree", basis, value="轻微")
    number = desk.mark("objection", basis).marks[basis]
    desk.close(number)
    assert told(desk) == []


def test_a_record_whose_withdrawal_ends_while_it_is_shielded_is_told_the_day(desk: Desk) -> None:
    record = desk.records()[0]
    desk.given(LOANS, record)
    desk.mark("shielding", record, until=LONG)
    assert told(desk) == [("shielded", LONG)]
    end = desk.mark("withdrawn", record).marks[record]
    assert told(desk) == [("shielded", LONG), ("withdrawn", None)]
    desk.close(end)
    assert told(desk)[2:] == [("shielded", LONG)]


def test_a_shielding_of_what_is_withdrawn_does_not_promise_it_back_on_a_day(desk: Desk) -> None:
    record = desk.records()[0]
    desk.given(LOANS, record)
    desk.mark("withdrawn", record)
    desk.mark("shielding", record, until=SHORT)
    assert told(desk) == [("withdrawn", None)]


def test_a_shielding_shorter_than_that_of_the_decision_promises_nothing_either(
    desk: Desk, entry: tuple[str, str]
) -> None:
    resting, basis = entry
    desk.mark("shielding", basis, until=LONG)
    desk.mark("shielding", resting, until=SHORT)
    assert told(desk) == [("shielded", LONG)]


KINDS = st.sampled_from(["withdrawn", "repair", "short", "long", "objection", "close"])
ACTS = st.lists(st.tuples(st.booleans(), KINDS, st.booleans()), min_size=1, max_size=8)


def act(desk: Desk, record: str, kind: str) -> None:
    """Set a mark, or end the oldest that can be ended."""
    if kind == "close":
        borne = [m for m in marks.open_of(desk.c, [record])[record] if m.kind != "rests_on"]
        if borne:
            desk.close(borne[0].id)
    elif kind in ("short", "long"):
        desk.mark("shielding", record, until=SHORT if kind == "short" else LONG)
    else:
        desk.mark(kind, record)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whatever_happens_the_last_word_is_what_the_platform_itself_would_answer(
    desk: Desk, entry: tuple[str, str], acts: list[tuple[bool, str, bool]]
) -> None:
    """Marks on an entry and its decision, handled at once or later: may it be used, and if not, until when?"""
    resting, basis = entry
    for own, kind, handled in acts:
        act(desk, resting if own else basis, kind)
        if handled:
            desk.work()
    desk.work()
    said = [(r.kind, r.until) for r in desk.recalls(LOANS) if r.kind not in ("disputed", "answered")]
    assert believed(*said[-1] if said else ("resumed", None)) == usable(desk, resting)


def believed(kind: str, until: date | None) -> date | str:
    """Until when not: a day, never again, or "" where it may be used."""
    return "" if kind == "resumed" else until or "never"


def usable(desk: Desk, record: str) -> date | str:
    """By asking the platform on each of the days that count."""
    days = [d for d in (now().date(), SHORT, LONG) if basis_of(desk, record, d) != "in_force"]
    return "" if not days else "never" if basis_of(desk, record, LATER) != "in_force" else days[-1]


def basis_of(desk: Desk, record: str, day: date) -> str:
    return standing.standing(desk.c, [record], day, desk.district.book)[record].state


def test_a_clock_set_back_does_not_turn_round_what_was_told_last(desk: Desk, entry: tuple[str, str]) -> None:
    """The end is told with the right time, its taking back a day earlier by the clock: the end comes anew."""
    _, basis = entry
    first = desk.mark("withdrawn", basis).marks[basis]
    assert told(desk) == [("ended", None)]
    desk.close(first)
    early = now() - timedelta(days=1)
    assert events.run(desk.c, early).failures == []
    assert [r.kind for r in desk.recalls(LOANS)] == ["ended", "resumed"]
    desk.mark("withdrawn", basis)
    assert told(desk)[2:] == [("ended", None)]


def test_a_shielding_that_has_run_out_is_no_stop_to_be_taken_back(desk: Desk, entry: tuple[str, str]) -> None:
    from xinyong.rights.recall import stops

    resting, basis = entry
    desk.mark("shielding", basis, until=SHORT)
    assert told(desk) == [("shielded", SHORT)]
    assert stops.told(desk.c, [resting], SHORT) == {resting: stops.Stop(SHORT)}
    assert stops.told(desk.c, [resting], LONG) == {}
    assert marking.KINDS["shielding"].needs_until
