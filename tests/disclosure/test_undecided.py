"""Degrees that nobody decided: the oldest decision first, however many there are and whoever asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from enterprises import AUTHORITY, TODAY, Case

from xinyong.disclosure import undecided
from xinyong.disclosure.undecided import FIRST, Due

DAYS = ("2026-11-16", "2026-10-09", "2026-11-18", "2026-10-09", "2026-11-02", "2026-09-30")
OTHER = "11500152YY000001XA"
NIGHT = datetime(2026, 11, 22, 16, 20, tzinfo=UTC)


def hand_in(case: Case) -> None:
    made = [case.make(CF_WSH=f"潼示罚〔2026〕{n}号", CF_JDRQ=day) for n, day in enumerate(DAYS)]
    made.append(case.make(CF_WSH="潼示罚〔2026〕99号", CF_CFJGDM=OTHER, CF_JDRQ="2026-11-19"))
    case.take("XZCF", *made)


def tasks(case: Case, provider: str = AUTHORITY, after: str = FIRST, limit: int = 200) -> list[Due]:
    return undecided.tasks_due(
        case.district.app, case.district.book, TODAY, provider, limit=limit, after=after
    )


def test_the_oldest_decision_comes_first_and_pages_neither_overlap_nor_leave_out(case: Case) -> None:
    hand_in(case)
    whole = tasks(case)
    assert [str(d.decided) for d in whole] == sorted(DAYS)
    found: list[Due] = []
    while page := tasks(case, after=found[-1].record if found else FIRST, limit=2):
        assert len(page) == 2
        found += page
    assert found == whole


def test_the_centre_sees_how_many_each_authority_left_undecided_and_how_many_are_overdue(case: Case) -> None:
    hand_in(case)
    assert undecided.by_authority(case.district.app) == (None, [])
    waiting: dict[str, undecided.Waiting] = {}
    for d in undecided.all_due(case.district.app, case.district.book, TODAY):
        undecided.count(waiting, d)
    for night in (NIGHT - timedelta(1), NIGHT):
        undecided.keep(case.district.app, night, waiting if night == NIGHT else {})
    at, (late, punctual) = undecided.by_authority(case.district.app)
    assert at == NIGHT
    assert (late.authority, late.number, late.overdue) == (AUTHORITY, len(DAYS), 4)
    assert late.first == tasks(case)[0].due
    assert (punctual.authority, punctual.number, punctual.overdue) == (OTHER, 1, 0)


@pytest.mark.parametrize("size", [1, 3])
def test_a_statement_read_in_pieces_gives_the_same(
    case: Case, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    hand_in(case)
    whole = tasks(case)
    monkeypatch.setattr(undecided, "PIECE", size)
    assert tasks(case) == whole
