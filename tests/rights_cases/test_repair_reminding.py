"""Who may apply from today on is told so, once."""

from __future__ import annotations

from case_desk import Desk, days

from xinyong.rights.repair import reminding

DUE = {"CF_JDRQ": "2026-08-23", "CF_YXQ": "2029-08-23"}  # 一般: repair from 2026-11-23 on


def listed(desk: Desk, at: int = 0) -> None:
    from xinyong.disclosure import listing_job

    listing_job.refresh(desk.c, desk.book, days(at).date(), days(at))


def test_a_subject_is_told_once_on_the_first_day_of_repair(desk: Desk) -> None:
    desk.penalty(**DUE)
    listed(desk)
    assert reminding.remind(desk.c, days(-1), desk.book) == 0
    assert [reminding.remind(desk.c, days(0), desk.book) for _ in range(2)] == [1, 0]
    assert desk.notices("subject") == ["REPAIR_POSSIBLE"]


def test_a_worker_that_stood_still_for_days_catches_up(desk: Desk) -> None:
    desk.penalty(**DUE)
    listed(desk)
    assert reminding.remind(desk.c, days(5), desk.book) == 1


def test_who_has_applied_already_or_is_repaired_is_not_told(desk: Desk) -> None:
    first, second = desk.penalty(**DUE), desk.penalty("潼示罚〔2026〕2号", **DUE)
    desk.apply(first)
    desk.granted(second)
    listed(desk)
    assert reminding.remind(desk.c, days(0), desk.book) == 0


def test_what_could_be_repaired_long_ago_is_not_told_anew(desk: Desk) -> None:
    desk.penalty()
    listed(desk)
    assert reminding.remind(desk.c, days(0), desk.book) == 0
