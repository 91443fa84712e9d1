"""Who is told of challenges and of persons' requests; of a confidentiality hold nobody is."""

from __future__ import annotations

from typing import Any

import pytest
from persons_cast import (
    AUDIT,
    CENTRE,
    CODE,
    HERSELF,
    NOW,
    OFFICER,
    OWNER,
    PERSON,
    POLICE,
    SECOND,
    TODAY,
    WINDOW,
    days,
)

from xinyong.disclosure import holds
from xinyong.foundation import events
from xinyong.foundation.audit import SYSTEM, Who
from xinyong.rights.notices import inbox
from xinyong.rights.persons import challenges, requests
from xinyong.rights.persons.requests import Wish

UNIT = Who("示例办案科长", "department_reviewer", POLICE)
SEEN = "居民身份证原件，人证一致"


def told(hall: Any, who: Who) -> list[tuple[str, str]]:
    """What stands in the inbox of `who`, oldest first."""
    assert events.run(hall.c, NOW).failures == []
    return [
        (m.template, m.body)
        for m in reversed(inbox.listed(hall.c, who, size=50))
        if m.template != "MISCONDUCT"
    ]


def templates(hall: Any, who: Who) -> list[str]:
    return [template for template, _ in told(hall, who)]


def raised(hall: Any, who: Who = OFFICER) -> Any:
    from signing_in import open_account

    open_account("subject", OWNER.name, subject_code=CODE)
    hall.look(who)
    seen = hall.looks()[0]
    return challenges.challenge(hall.c, OWNER, NOW, TODAY, seen.reference, "没有业务往来", hall.book)


def test_the_unit_then_the_centre_then_the_subject_are_told(hall: Any) -> None:
    k = raised(hall)
    [(template, body)] = told(hall, UNIT)
    assert template == "LOOK_CHALLENGED" and "2026-11-30" in body and k.number[:8] in body
    assert "没有业务往来" not in body and CODE not in body
    assert templates(hall, SECOND) == templates(hall, OWNER) == []
    challenges.explain(hall.c, UNIT, NOW, k.number, "因办理示例案件", hall.book)
    [(template, body)] = told(hall, SECOND)
    assert template == "LOOK_EXPLAINED" and "2026-12-07" in body and templates(hall, OWNER) == []
    challenges.answer(
        hall.c, SECOND, NOW, TODAY, k.number, "lawful", "有登记的职责", "治安管理处罚法", hall.book
    )
    [(template, body)] = told(hall, OWNER)
    assert template == "LOOK_ANSWERED" and "有登记的职责" in body
    assert len(told(hall, UNIT)) == len(told(hall, SECOND)) == 1


def test_of_the_centres_own_look_the_centre_explains_and_the_audit_administrator_is_told(hall: Any) -> None:
    k = raised(hall, Who(CENTRE.name, "center", purpose="核对"))
    assert templates(hall, CENTRE) == ["LOOK_CHALLENGED_CENTRE"] and templates(hall, UNIT) == []
    challenges.explain(hall.c, CENTRE, NOW, k.number, "核对示例", hall.book)
    assert templates(hall, AUDIT) == ["LOOK_EXPLAINED_AUDIT"] and templates(hall, SECOND) == []


def deletion(hall: Any) -> Any:
    records = tuple(
        r["public_id"]
        for r in hall.look(Who(HERSELF.name, "subject", PERSON, purpose="查看"), PERSON).records
    )
    wish = Wish("deletion", PERSON, SEEN, "unlawful", "不是本人的处罚", records)
    return requests.ask(hall.c, WINDOW, NOW, TODAY, wish, hall.book)


def test_a_deletion_is_told_to_the_person_at_every_step_and_to_who_decides(hall: Any) -> None:
    r = deletion(hall)
    assert templates(hall, HERSELF) == ["PERSON_RECEIVED"] and templates(hall, SECOND) == ["PERSON_WAITING"]
    requests.decide(hall.c, SECOND, NOW, r.number, True, "核实属实", "个人信息保护法第四十七条", hall.book)
    requests.carry_out(SYSTEM, NOW, hall.book)
    said = told(hall, HERSELF)
    assert [t for t, _ in said] == ["PERSON_RECEIVED", "PERSON_ANSWERED", "PERSON_ANSWERED"]
    assert "同意删除" in said[1][1] and "核实属实" in said[1][1] and "已删除" in said[2][1]
    assert hall.one("SELECT count(*) FROM notice n WHERE n::text LIKE %s", f"%{PERSON}%") == 0
    assert templates(hall, OWNER) == []


def test_a_refusal_is_told_with_its_reason(hall: Any) -> None:
    r = deletion(hall)
    requests.decide(hall.c, SECOND, NOW, r.number, False, "保存期限未届满", "第四十七条", hall.book)
    assert "不予删除" in told(hall, HERSELF)[-1][1] and "保存期限未届满" in told(hall, HERSELF)[-1][1]


def test_a_copy_that_was_handed_over_is_told_to_the_person(hall: Any) -> None:
    r = requests.ask(hall.c, WINDOW, NOW, TODAY, Wish("copy", PERSON, SEEN), hall.book)
    assert templates(hall, HERSELF) == []
    requests.hand_over(hall.c, WINDOW, NOW, r.number, "0" * 64)
    [(template, body)] = told(hall, HERSELF)
    assert template == "PERSON_ANSWERED" and "已提供副本" in body and "不是您本人办理" in body


def test_no_event_of_a_hold_has_anybody_who_hears_it() -> None:
    from xinyong.rights.handlers import HANDLERS

    assert [k for h in HANDLERS for k in h.kinds if "hold" in k] == []


def test_a_hold_is_told_to_nobody(hall: Any) -> None:
    hall.look()
    before = hall.one("SELECT count(*) FROM notice")
    terms = holds.Terms(
        CODE, POLICE, "示例公安局", "示公函〔2026〕1号", "PIPL", "第十八条第一款", "侦查需要", days(20).date()
    )
    made = holds.ask(hall.c, CENTRE, NOW, TODAY, terms, hall.book)
    holds.approve(hall.c, SECOND, NOW, TODAY, made.number, "依据充分", hall.book)
    assert events.run(hall.c, NOW).failures == []
    assert hall.one("SELECT count(*) FROM event WHERE kind LIKE 'disclosure.hold%%'") == 2
    assert hall.one("SELECT count(*) FROM notice") == before


@pytest.mark.parametrize(
    "name", ["LOOK_CHALLENGED", "LOOK_EXPLAINED", "AUTHORISATION_REGISTERED", "PERSON_WAITING"]
)
def test_no_title_says_what_it_is_about(hall: Any, name: str) -> None:
    from xinyong.rights.notices.actions import template_of

    assert "{" not in template_of(hall.book, name, NOW).title
