"""谁看过我: a look stays the look of the unit it was made for, whatever unit the person who looked is of later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from persons_cast import BANK, CLERK, NOW, OFFICER, OWNER, POLICE, TODAY, days
from test_look_holds import ENDS, standing
from test_looks_by_systems import system
from test_passing_on import granted, use

from sampledistrict.codes import uscc
from xinyong.foundation import accounts
from xinyong.foundation.audit import Who
from xinyong.rights.persons import challenges

GRANTER = Who("示例安全管理员", "security_admin")
FIRST = uscc("11", "500152", "YY000333")  # where the person was before


def moves(hall: Any, to: str, at: Any, who: Who = OFFICER) -> Who:
    """The person's account is granted its role for another unit; who it acts as from then on."""
    number = hall.one("SELECT id FROM account WHERE username = %s", who.name)
    accounts.grant_role(hall.c, number, who.role, GRANTER, at, provider=to)
    return Who(who.name, who.role, to, purpose=who.purpose)


def from_before(hall: Any) -> None:
    """As rows were before a look said for which unit it was made."""
    hall.district.owner().execute("UPDATE look SET provider = NULL")


@pytest.fixture(params=["new rows", "old rows"])
def kept(request: Any) -> Any:
    """What is done to the looks before they are read."""
    return from_before if request.param == "old rows" else lambda hall: None


def test_a_move_to_another_unit_changes_no_look_of_before(hall: Any, kept: Any) -> None:
    hall.look(moves(hall, FIRST, days(1)), at=days(2))
    hall.look(moves(hall, POLICE, days(3)), at=days(4))
    kept(hall)
    assert [s.unit for s in hall.looks()] == [POLICE, FIRST]


def test_a_challenge_goes_to_the_unit_the_look_was_made_for(hall: Any, kept: Any) -> None:
    hall.look(moves(hall, FIRST, days(1)), at=days(2))
    moves(hall, POLICE, days(3))
    kept(hall)
    [seen] = hall.looks()
    k = challenges.challenge(hall.c, OWNER, NOW, TODAY, seen.reference, "没有业务往来", hall.book)
    assert k.unit == FIRST


def test_a_hold_of_the_new_unit_hides_no_look_made_for_the_old_one(hall: Any, kept: Any) -> None:
    standing(hall)
    hall.look(moves(hall, FIRST, days(1)), at=days(2))
    moves(hall, POLICE, days(3))
    kept(hall)
    [seen] = hall.looks(ENDS)
    assert (seen.unit, seen.kept) == (FIRST, "")


def test_a_look_under_a_hold_stays_hidden_when_who_looked_has_left(hall: Any, kept: Any) -> None:
    standing(hall)
    hall.look(moves(hall, POLICE, days(1)), at=days(2))
    moves(hall, FIRST, days(3))
    kept(hall)
    assert hall.looks(ENDS) == []
    [seen] = hall.looks(ENDS + timedelta(1))
    assert seen.unit == POLICE and seen.kept.startswith("依法保密至")


def test_who_looked_for_no_unit_is_not_given_one_later(hall: Any, kept: Any) -> None:
    hall.look(moves(hall, "", days(1), Who(OFFICER.name, "center", purpose="核对")), at=days(2))
    moves(hall, POLICE, days(3))
    kept(hall)
    assert [s.unit for s in hall.looks()] == [""]


def test_a_look_by_authorisation_names_who_looked_then(hall: Any, kept: Any) -> None:
    """The first recipient's clerk, who works for another bank now."""
    moves(hall, BANK, days(-2), CLERK)
    use(hall, granted(hall), CLERK)
    moves(hall, FIRST, days(3), CLERK)
    kept(hall)
    assert [s.unit for s in hall.looks()] == [BANK]


def test_of_two_units_whose_systems_bear_one_name_the_one_that_looked_is_named_and_held(hall: Any) -> None:
    standing(hall)
    mine = system(hall, "department", POLICE, "办理示例案件")
    other = system(hall, "department", FIRST, "别的事")
    assert mine.name == other.name
    hall.look(other, at=days(1))
    hall.look(mine, at=days(2))
    assert [(s.unit, s.machine) for s in hall.looks(ENDS)] == [(FIRST, "")]
    assert [s.unit for s in hall.looks(ENDS + timedelta(1))] == [POLICE, FIRST]


def test_who_looked_for_a_named_bank_without_an_account_is_named_by_it(hall: Any) -> None:
    use(hall, granted(hall, onward=(FIRST,)), Who("没有登记的人", "bank", FIRST, purpose=CLERK.purpose))
    assert [s.unit for s in hall.looks()] == [FIRST]


def test_the_code_of_a_person_who_looks_at_its_own_archive_is_kept_in_no_look(hall: Any) -> None:
    from persons_cast import HERSELF, PERSON

    hall.look(HERSELF, PERSON)
    hall.look(OWNER)
    assert hall.one("SELECT array_agg(provider ORDER BY id) FROM look") == ["", ""]


def test_a_grant_says_for_whom_the_account_worked_before(hall: Any) -> None:
    moves(hall, FIRST, days(1))
    told = hall.one("SELECT detail FROM audit_entry WHERE action = 'role.grant'")
    assert (told["provider_before"], told["provider"]) == (POLICE, FIRST)
