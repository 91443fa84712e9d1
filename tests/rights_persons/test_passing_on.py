"""Passing an authorisation on: refused, unless the grant names to whom; each use says who looked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from persons_cast import BANK, CLERK, CODE, NOW, OTHER, OWNER, TODAY

from sampledistrict.codes import uscc
from xinyong.disclosure import authorisations, looks
from xinyong.disclosure.authorisations import Terms
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused

PARTNER = uscc("91", "500152", "YY000555")
COLLEAGUE = Who("示例合作行员", "bank", PARTNER, purpose=CLERK.purpose)


def granted(hall, **changes):
    usual = {
        "recipient": BANK, "items": ("XZCF",), "purpose": CLERK.purpose, "begins": TODAY,
        "ends": TODAY + timedelta(30),
    }  # fmt: skip
    return authorisations.grant(hall.c, OWNER, NOW, TODAY, CODE, Terms(**{**usual, **changes}), hall.book)


def use(hall, a, who=COLLEAGUE):
    from xinyong.disclosure import queries

    q = queries.Question(who, NOW, TODAY, items=("XZCF",), authorisation=a.number)
    return queries.archive(hall.c, CODE, q, hall.book)


def test_what_was_granted_to_one_is_nothing_in_anothers_hands(hall):
    with pytest.raises(NotPermitted, match="没有这个编号"):
        use(hall, granted(hall))


def test_whom_the_grant_names_may_use_it_and_is_named_in_the_look(hall):
    from signing_in import open_account

    open_account("bank", COLLEAGUE.name, provider=PARTNER)
    a = granted(hall, onward=(PARTNER,))
    assert a.onward == [PARTNER] and use(hall, a).found and use(hall, a, CLERK).found
    seen = looks.looks_of(hall.c, OWNER, today=TODAY)
    assert {s.unit for s in seen} == {BANK, PARTNER} and {s.authorisation for s in seen} == {a.number}
    [mine] = authorisations.of_grantor(hall.c, "uscc", CODE)
    assert (mine.onward, mine.uses) == ([PARTNER], 2)


def test_it_ends_for_all_when_the_grantor_takes_it_back(hall):
    a = granted(hall, onward=(PARTNER,))
    authorisations.revoke(hall.c, OWNER, NOW, TODAY, a.number)
    for who in (CLERK, COLLEAGUE):
        with pytest.raises(NotPermitted, match="撤回"):
            use(hall, a, who)


def test_a_single_use_is_one_use_for_all_of_them(hall):
    a = granted(hall, onward=(PARTNER,), once=True)
    use(hall, a)
    with pytest.raises(NotPermitted, match="已使用"):
        use(hall, a, CLERK)


def test_a_third_party_gets_nothing_and_a_wrong_code_is_refused(hall):
    a = granted(hall, onward=(PARTNER,))
    with pytest.raises(NotPermitted):
        use(hall, a, Who("第三人", "bank", OTHER, purpose=CLERK.purpose))
    with pytest.raises(Refused, match="转给"):
        granted(hall, onward=("123",))


def test_a_forged_expired_or_early_authorisation_opens_nothing(hall):
    import uuid
    from dataclasses import replace

    a = granted(hall, begins=TODAY + timedelta(2))
    with pytest.raises(NotPermitted, match="才生效"):
        use(hall, a, CLERK)
    for forged in (replace(a, number=str(uuid.uuid4())), replace(a, number="x' OR true --")):
        with pytest.raises(NotPermitted, match="没有这个编号"):
            use(hall, forged, CLERK)
