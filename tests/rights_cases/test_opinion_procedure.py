"""The record's own subject says what it thinks of another's objection: to the unit alone, and not knowing whose it is."""

from __future__ import annotations

from typing import Any

import pytest
from case_desk import (
    AUDITOR,
    CENTRE,
    CLERK,
    CODE,
    NEIGHBOUR,
    NOW,
    OTHER,
    OTHER_NAME,
    OWNER,
    PDF,
    REVIEWER,
    TODAY,
    WINDOW,
    Desk,
    days,
    registered,
)
from test_concerned_procedure import CHECKED, HEARD, SHOWN, forwarded, raised, seen_by, told, vault_files

from xinyong.foundation.audit import PUBLIC
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.rights import casework, limits, materials
from xinyong.rights.objection import opinion
from xinyong.rights.persons import everything

SAID = "信息属实，独一无二的意见"


@pytest.fixture
def there(desk: Desk) -> Desk:
    desk.take("DJZC", registered(OTHER, OTHER_NAME))
    return desk


@pytest.fixture
def address(there: Desk) -> str:
    return there.address(there.penalty())


def say(desk: Desk, address: str, who: Any = OWNER, text: str = SAID, files: Any = (), at: Any = NOW) -> Any:
    return opinion.state(desk.c, who, at, address, text, files, desk.book)


def test_it_is_said_to_the_unit_and_changes_neither_state_nor_limits(there: Desk, address: str) -> None:
    case = forwarded(there, address)
    due = limits.current(case, there.book)
    [said] = say(there, address)
    assert (said.number, said.state) == (case.number, "forwarded")
    assert limits.current(said, there.book) == due
    assert there.notices("provider") == ["OBJECTION_ASSIGNED", "OBJECTION_OPINION_UNIT"]
    assert casework.unsealed(said.last("opinion").detail["statement"]) == SAID


def test_neither_side_is_told_by_a_notice_and_who_objects_reads_nothing_of_it(
    there: Desk, address: str
) -> None:
    forwarded(there, address)
    before = told(there, CODE), told(there, OTHER)
    say(there, address, files=there.uploads("MATERIAL_EVIDENCE"))
    assert (told(there, CODE), told(there, OTHER)) == before
    assert SAID not in seen_by(there, NEIGHBOUR)
    copy = everything.gather(there.c, NEIGHBOUR, OTHER, NOW, TODAY, there.book)
    assert [s["step"] for s in copy["cases"][0]["steps"]][-1] == "信息所属主体说明意见"


def test_what_is_said_is_sealed_and_in_no_trail(there: Desk, address: str) -> None:
    forwarded(there, address)
    say(there, address, files=there.uploads("MATERIAL_EVIDENCE"))
    for table in ("rights_case_step", "audit_entry", "event", "notice"):
        assert SAID not in str(there.c.execute(f"SELECT * FROM {table}").fetchall()), table
    assert PDF not in b"".join(p.read_bytes() for p in vault_files())
    entry = there.c.execute("SELECT count(*) FROM audit_entry WHERE action = 'objection.opinion'").fetchone()
    assert entry[0] == 1


def test_its_materials_are_told_from_those_of_who_objects(there: Desk, address: str) -> None:
    case = raised(there, address, files=there.uploads("MATERIAL_EVIDENCE"))
    case = there.answer("forward", CENTRE, case, CHECKED)
    [case] = say(there, address, files=there.uploads("MATERIAL_EVIDENCE"))
    theirs, own = opinion.split(case, materials.of_case(there.c, case))
    assert (len(theirs), len(own)) == (1, 1) and theirs[0].id < own[0].id


def test_who_objects_can_not_use_up_the_room_for_them(there: Desk, address: str) -> None:
    files = there.uploads("MATERIAL_EVIDENCE") * materials.MOST
    there.answer("forward", CENTRE, raised(there, address, files=files), CHECKED)
    assert say(there, address, files=there.uploads("MATERIAL_EVIDENCE"))
    with pytest.raises(Refused, match="最多"):
        say(there, address, files=files)


def test_before_it_was_forwarded_and_after_it_was_answered_there_is_nothing_to_say(
    there: Desk, address: str
) -> None:
    case = raised(there, address)
    with pytest.raises(Refused, match="已经办结"):
        say(there, address)
    there.answer("forward", CENTRE, case, CHECKED)
    say(there, address, at=days(9))  # late, but nobody has answered yet
    there.answer("keep", REVIEWER, there.load(case), "无误", "", at=days(9))
    with pytest.raises(Refused, match="已经办结"):
        say(there, address, at=days(9))


def test_nothing_is_withdrawn_sooner_for_it(there: Desk, address: str) -> None:
    case = forwarded(there, address)
    say(there, address)
    with pytest.raises(Refused, match="说明意见到 2026-11-26"):
        there.answer("correct", REVIEWER, case, "withdrawn", "属实", "决定书", at=days(3))
    assert there.answer("correct", REVIEWER, case, "withdrawn", "属实", "决定书", at=HEARD).closed


def test_several_objections_to_one_record_each_get_it(there: Desk, address: str) -> None:
    first = forwarded(there, address)
    second = forwarded(there, address, who=WINDOW, shown=SHOWN)
    assert {k.number for k in say(there, address)} == {first.number, second.number}


def test_its_own_objection_is_none_that_it_is_asked_about(there: Desk, address: str) -> None:
    from case_desk import FIRST

    own = there.object(there.record(FIRST))
    there.answer("forward", CENTRE, own, "")
    with pytest.raises(Refused, match="已经办结"):
        say(there, address)


def test_words_are_needed_and_so_often_is_often_enough(there: Desk, address: str) -> None:
    case = forwarded(there, address)
    with pytest.raises(Refused, match="请写明您的意见"):
        say(there, address, text=" ")
    for _ in range(opinion.MOST_SAID):
        say(there, address)
    with pytest.raises(Refused, match="直接向提供单位说明") as no:
        say(there, address)
    assert no.value.code == "opinion_often" and len(opinion.said(there.load(case))) == opinion.MOST_SAID


def test_nobody_but_the_records_own_subject_says_anything(there: Desk, address: str) -> None:
    case = forwarded(there, address)
    with pytest.raises(Refused, match="已经办结"):
        say(there, address, who=NEIGHBOUR)
    for who in (CLERK, REVIEWER, CENTRE, WINDOW, AUDITOR, PUBLIC):
        with pytest.raises(NotPermitted):
            say(there, address, who=who)
    assert there.load(case).steps[-1].kind == "forwarded"


def test_a_record_that_never_was_answers_like_one_that_nobody_disputes(there: Desk, address: str) -> None:
    for number in (address, "0" * 32, "没有"):
        with pytest.raises(Refused) as no:
            say(there, number)
        assert no.value.code == "opinion_none"
