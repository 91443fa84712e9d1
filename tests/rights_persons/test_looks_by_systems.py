"""谁看过我, where a system looked with a token: whose system it was, who is asked about it, what a hold covers.

Of looks from before looks said for which unit they were made; `test_looks_keep_their_unit` is about those that say it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from persons_cast import BANK, CLERK, NOW, OFFICER, OWNER, POLICE, TODAY, days
from test_look_holds import ENDS, standing
from test_passing_on import PARTNER, granted, use

from xinyong.foundation import tokens
from xinyong.foundation.audit import Who
from xinyong.rights.persons import challenges

ISSUER = Who("示例系统管理员", "system_admin")


@pytest.fixture(autouse=True)
def looks_say_no_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    from xinyong.disclosure import queries

    monkeypatch.setattr(queries, "unit_of", lambda who: None)


def system(hall: Any, role: str, provider: str, purpose: str, name: str = "示例业务系统") -> Who:
    """Who acts with a new token, as the API has it."""
    new = tokens.NewToken(name, role, provider, ("api.look",), NOW + timedelta(days=100))
    _, secret = tokens.create(hall.c, new, ISSUER, NOW)
    return tokens.bearer(hall.c, secret, NOW).who("127.0.0.1", purpose)


def test_to_whom_it_was_passed_on_is_named_and_not_the_first_recipient(hall: Any) -> None:
    a = granted(hall, onward=(PARTNER,))
    use(hall, a, system(hall, "bank", PARTNER, CLERK.purpose))
    [seen] = hall.looks()
    assert (seen.unit, seen.machine) == (PARTNER, "")


def test_where_an_authorisation_may_be_passed_on_nobody_unknown_is_taken_for_its_recipient(hall: Any) -> None:
    a = granted(hall, onward=(PARTNER,))
    use(hall, a, Who("没有登记的人", "bank", PARTNER, purpose=CLERK.purpose))
    assert [s.unit for s in hall.looks()] == [""]


def test_where_it_may_not_be_passed_on_its_recipient_is_who_looked(hall: Any) -> None:
    use(hall, granted(hall), Who("没有登记的人", "bank", BANK, purpose=CLERK.purpose))
    assert [s.unit for s in hall.looks()] == [BANK]


def test_a_departments_system_is_its_departments(hall: Any) -> None:
    hall.look(system(hall, "department", POLICE, "办理示例案件"))
    [seen] = hall.looks()
    assert (seen.unit, seen.machine) == (POLICE, "")


def test_a_token_that_has_ended_since_still_tells_whose_it_was(hall: Any) -> None:
    who = system(hall, "department", POLICE, "办理示例案件")
    hall.look(who)
    tokens.revoke(hall.c, hall.one("SELECT max(id) FROM api_token"), "停用", ISSUER, days(1))
    assert [s.unit for s in hall.looks()] == [POLICE]


def test_of_two_units_whose_systems_bear_one_name_the_one_whose_token_lived_then_is_named(hall: Any) -> None:
    first = system(hall, "department", POLICE, "办理示例案件")
    tokens.revoke(hall.c, hall.one("SELECT max(id) FROM api_token"), "停用", ISSUER, days(1))
    second = system(hall, "department", BANK, "别的事")
    assert first.name == second.name
    hall.look(second, at=days(2))
    assert [s.unit for s in hall.looks()] == [BANK]


def test_where_two_units_systems_bore_one_name_at_a_time_neither_is_named_wrongly(hall: Any) -> None:
    mine = system(hall, "department", POLICE, "办理示例案件")
    system(hall, "department", BANK, "别的事")
    hall.look(mine)
    [seen] = hall.looks()
    assert (seen.unit, seen.machine) == ("", "")


def test_the_authorisation_tells_two_systems_of_one_name_apart(hall: Any) -> None:
    system(hall, "bank", POLICE, "别的事")
    use(hall, granted(hall), system(hall, "bank", BANK, CLERK.purpose))
    assert [s.unit for s in hall.looks()] == [BANK]


@pytest.mark.parametrize(("role", "provider"), [("bank", BANK), ("department", POLICE)])
def test_a_challenge_to_a_systems_look_is_put_to_its_unit(hall: Any, role: str, provider: str) -> None:
    who = system(hall, role, provider, CLERK.purpose)
    if role == "bank":
        use(hall, granted(hall), who)
    else:
        hall.look(who)
    [seen] = hall.looks()
    k = challenges.challenge(hall.c, OWNER, NOW, TODAY, seen.reference, "没有业务往来", hall.book)
    assert (k.unit, k.handler) == (provider, "center")
    unit = Who("示例科长", "department_reviewer" if role == "department" else role, provider)
    assert challenges.explain(hall.c, unit, NOW, k.number, "因办理示例案件", hall.book).explained_at


def test_a_look_by_the_centres_system_is_answered_by_the_audit_administrator(hall: Any) -> None:
    hall.look(system(hall, "center", "", "核对"))
    [seen] = hall.looks()
    k = challenges.challenge(hall.c, OWNER, NOW, TODAY, seen.reference, "没有业务往来", hall.book)
    assert k.handler == "audit"


def test_a_hold_covers_its_organs_system_as_its_people(hall: Any) -> None:
    standing(hall)
    hall.look(system(hall, "department", POLICE, OFFICER.purpose), at=days(1), today=TODAY + timedelta(1))
    assert hall.looks(ENDS) == []
    [seen] = hall.looks(ENDS + timedelta(1))
    assert seen.unit == POLICE and seen.kept.startswith("依法保密至")


def test_a_hold_covers_no_other_units_system(hall: Any) -> None:
    standing(hall)
    hall.look(system(hall, "department", BANK, "别的事"), at=days(1), today=TODAY + timedelta(1))
    assert [s.unit for s in hall.looks(ENDS)] == [BANK]


def test_what_the_platform_does_by_itself_stays_its_own_name(hall: Any) -> None:
    from xinyong.services.creditreport.queries import VERIFIER

    hall.look(Who(VERIFIER, "center", origin="verify", purpose="核验"))
    assert [s.machine for s in hall.looks()] == [VERIFIER]
