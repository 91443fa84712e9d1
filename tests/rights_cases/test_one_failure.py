"""Jobs that tell many: one that can't be told holds up no other, is told of at the end, and comes again the next time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from case_desk import AUTHORITY, BY_MARKET, MARKET, NOW, OTHER, OTHER_NAME, Desk, days, registered

from xinyong.kernel.errors import Fault
from xinyong.rights import tasks
from xinyong.rights.reminders import degrees
from xinyong.rights.repair import reminding

SECOND = "潼示罚〔2026〕2号"


def stamp(at: datetime) -> int:
    return int(at.timestamp())


def test_a_case_that_can_not_be_read_holds_up_no_other_cases_alarm(desk: Desk) -> None:
    bad, good = desk.apply(desk.penalty()), desk.apply(desk.penalty(SECOND))
    owner = desk.district.owner()
    add = "INSERT INTO rights_case_step (case_id, seq, kind, at, actor, role, detail) VALUES (%s, 9, 'warned', %s, 'x', 'x', '[]')"
    owner.execute(add, [bad.id, NOW])
    with pytest.raises(Fault, match=f"1 项没能办理.*{bad.shown}：AttributeError"):
        tasks.warn_cases.func(timestamp=stamp(days(1)))
    assert [s.kind for s in desk.load(good).steps] == ["submitted", "warned"]
    owner.execute("DELETE FROM rights_case_step WHERE seq = 9")
    assert tasks.warn_cases.func(timestamp=stamp(days(1))) == 1


def listed(desk: Desk) -> None:
    from xinyong.disclosure import listing_job

    listing_job.refresh(desk.c, desk.book, NOW.date(), NOW)


def unreadable(desk: Desk, record: str) -> None:
    desk.district.owner().execute("UPDATE record_version SET payload = 'x' WHERE record_id = %s", [record])


def failing_for(about: str, module: Any, broken: pytest.MonkeyPatch) -> None:
    """Notices about this can't be written: the database refuses, in the middle of the transaction."""
    real = module.notify

    def notify(c: Any, now: datetime, template: str, *given: Any) -> int:
        if about in given[-1]:
            c.execute("SELECT 1 / 0")
        return int(real(c, now, template, *given))

    broken.setattr(module, "notify", notify)


def abouts(desk: Desk, prefix: str) -> set[str]:
    found = desk.c.execute(
        "SELECT DISTINCT split_part(about, ':', 2) FROM notice WHERE about LIKE %s", [f"{prefix}:%"]
    )
    return {about for (about,) in found.fetchall()}


def test_a_unit_that_can_not_be_told_of_its_degrees_holds_up_no_other_nor_the_duties(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    undecided = {"KZ_SXCD": "", "CF_JDRQ": "2026-11-18"}
    desk.penalty(**undecided)
    desk.penalty(SECOND, **undecided, **BY_MARKET)
    desk.penalty("潼示罚〔2025〕3号", CF_JDRQ="2025-12-03", CF_YXQ="2028-12-03")  # its publicity ends soon
    listed(desk)
    at = stamp(days(2))
    with (
        monkeypatch.context() as broken,
        pytest.raises(Fault, match=f"1 项没能办理.*degrees:{AUTHORITY}.*DivisionByZero"),
    ):
        failing_for(f"degrees:{AUTHORITY}", degrees, broken)
        tasks.remind_deciders.func(timestamp=at)
    assert abouts(desk, "degrees") == {MARKET} and abouts(desk, "duties") == {AUTHORITY}
    assert tasks.remind_deciders.func(timestamp=at) == 1 and abouts(desk, "degrees") == {AUTHORITY, MARKET}


def test_degrees_that_can_not_be_walked_through_do_not_keep_duties_from_being_asked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.penalty(CF_JDRQ="2025-12-03", CF_YXQ="2028-12-03")
    listed(desk)
    monkeypatch.setitem(degrees.undecided.SQL, "undecided", "SELECT nonsense FROM")
    with pytest.raises(Fault, match="1 项没能办理.*degrees：SyntaxError"):
        tasks.remind_deciders.func(timestamp=stamp(NOW))
    assert abouts(desk, "duties") == {AUTHORITY}


def test_a_record_that_can_not_be_read_holds_up_no_others_reminder(desk: Desk) -> None:
    degree = {"KZ_SXCD": "", "CF_JDRQ": "2026-11-18"}
    duty = {"CF_JDRQ": "2025-12-03", "CF_YXQ": "2028-12-03"}
    bad = [desk.penalty(f"潼示罚〔2026〕1{n}号", **kind) for n, kind in enumerate((degree, duty))]
    for n, kind in enumerate((degree, duty)):
        desk.penalty(f"潼示罚〔2026〕2{n}号", **kind)
    listed(desk)
    for record in bad:
        unreadable(desk, record)
    with pytest.raises(Fault, match="2 项没能办理") as told:
        tasks.remind_deciders.func(timestamp=stamp(days(2)))
    assert all(record in told.value.sentence for record in bad)
    assert desk.district.one("SELECT count(*) FROM reminded") == 2
    with pytest.raises(Fault, match=f"1 项没能办理.*{bad[1]}"):
        tasks.remind_repairable.func(timestamp=stamp(days(2)))
    assert desk.notices("subject") == ["REPAIR_POSSIBLE"]


def test_a_subject_that_can_not_be_told_of_its_repair_holds_up_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.take("DJZC", registered(OTHER, OTHER_NAME))
    bad = desk.penalty()
    desk.penalty(SECOND, CF_XDR_SHXYM=OTHER, CF_XDR_MC=OTHER_NAME)
    listed(desk)
    with monkeypatch.context() as broken, pytest.raises(Fault, match=f"1 项没能办理.*repairable:{bad}"):
        failing_for(f"repairable:{bad}", reminding.notices, broken)
        tasks.remind_repairable.func(timestamp=stamp(NOW))
    assert desk.notices("subject") == ["REPAIR_POSSIBLE"]
    assert tasks.remind_repairable.func(timestamp=stamp(NOW)) == 1
