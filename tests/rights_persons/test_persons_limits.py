"""Limits of challenges and of persons' requests: alarmed once before they end, never cut off a list, and said to be samples."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from persons_cast import (
    AUDIT,
    AUTHORITY,
    CENTRE,
    CODE,
    NOW,
    OFFICER,
    OWNER,
    PERSON,
    POLICE,
    SECOND,
    TODAY,
    WINDOW,
    days,
)  # fmt: skip
from signing_in import as_role, open_account, signed_in

from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Fault
from xinyong.rights import alarms
from xinyong.rights.notices import inbox
from xinyong.rights.persons import challenges, requests
from xinyong.rights.persons.requests import Wish

UNIT = Who("示例办案科长", "department_reviewer", POLICE)
SAMPLE = "（样例，待确认）"
EXPLAIN_EVE, ANSWER_EVE, REQUEST_EVE = days(4), days(11), days(18)  # the working day before each limit ends


def raised(hall: Any, who: Who = OFFICER) -> Any:
    hall.look(who)
    reference = hall.looks()[0].reference
    return challenges.challenge(hall.c, OWNER, NOW, TODAY, reference, "没有业务往来", hall.book)


def explained(hall: Any, k: Any) -> None:
    challenges.explain(hall.c, UNIT, NOW, k.number, "因办理示例案件", hall.book)


def answered(hall: Any, k: Any) -> None:
    day = k.explain_due + timedelta(1)
    challenges.answer(
        hall.c, SECOND, NOW, day, k.number, "lawful", "有登记的职责", "治安管理处罚法", hall.book
    )


def deletion(hall: Any, reason: str = "不是本人的处罚") -> Any:
    who = Who("示例某本人", "subject", PERSON, purpose="查看")
    records = tuple(r["public_id"] for r in hall.look(who, PERSON).records)
    wish = Wish("deletion", PERSON, "居民身份证原件", "unlawful", reason, records)
    return requests.ask(hall.c, WINDOW, NOW, TODAY, wish, hall.book)


def told(hall: Any, who: Who) -> list[tuple[str, str]]:
    return [(m.template, m.body) for m in reversed(inbox.listed(hall.c, who, size=50))]


def test_the_unit_is_reminded_once_that_its_explanation_is_due(hall: Any) -> None:
    raised(hall)
    assert alarms.warn(hall.c, EXPLAIN_EVE - timedelta(1), hall.book) == 0
    assert [alarms.warn(hall.c, EXPLAIN_EVE, hall.book) for _ in range(2)] == [1, 0]
    [(template, body)] = told(hall, UNIT)
    assert template == "LOOK_EXPLAIN_DUE_SOON" and f"2026-11-30{SAMPLE}" in body


def test_for_a_unit_without_an_account_the_centre_is_told_and_reminded(hall: Any) -> None:
    from xinyong.foundation import events

    raised(hall)
    hall.district.owner().execute("UPDATE account SET is_active = false WHERE provider = %s", [POLICE])
    assert events.run(hall.c, NOW).failures == [] and alarms.warn(hall.c, EXPLAIN_EVE, hall.book) == 1
    kinds = ["LOOK_CHALLENGED_CENTRE", "LOOK_EXPLAIN_DUE_SOON_CENTRE"]
    assert [t for t, _ in told(hall, CENTRE) if t.startswith("LOOK")] == kinds and told(hall, UNIT) == []


def test_of_the_centres_own_look_the_centre_and_then_the_audit_administrator_are_reminded(hall: Any) -> None:
    raised(hall, Who(CENTRE.name, "center", purpose="核对"))
    assert alarms.warn(hall.c, EXPLAIN_EVE, hall.book) == 1
    assert [t for t, _ in told(hall, CENTRE)] == ["LOOK_EXPLAIN_DUE_SOON_CENTRE"]
    assert alarms.warn(hall.c, ANSWER_EVE, hall.book) == 1
    assert [t for t, _ in told(hall, AUDIT)] == ["LOOK_ANSWER_DUE_SOON_AUDIT"] and told(hall, SECOND) == []


def test_who_answers_is_reminded_though_the_unit_said_nothing_and_an_overdue_one_still_is(hall: Any) -> None:
    raised(hall)
    assert alarms.warn(hall.c, days(60), hall.book) == 2
    [(template, body)] = told(hall, SECOND)
    assert template == "LOOK_ANSWER_DUE_SOON" and "2026-12-07" in body
    assert alarms.warn(hall.c, days(61), hall.book) == 0


def test_nobody_is_reminded_of_what_was_explained_or_answered(hall: Any) -> None:
    k = raised(hall)
    explained(hall, k)
    assert alarms.warn(hall.c, EXPLAIN_EVE, hall.book) == 0 and told(hall, UNIT) == []
    answered(hall, k)
    assert alarms.warn(hall.c, days(60), hall.book) == 0


def job(at: datetime) -> int:
    from xinyong.rights import tasks

    return int(tasks.warn_cases.func(timestamp=int(at.timestamp())))


def test_what_can_not_be_read_holds_up_nobody_elses_alarm_and_is_told_at_the_end(hall: Any) -> None:
    bad, good = raised(hall), raised(hall)
    owner = hall.district.owner()
    change = "UPDATE look_challenge SET reason = %s WHERE number = %s"
    before = hall.one("SELECT reason FROM look_challenge WHERE number = %s", bad.number)
    owner.execute(change, ["sealed:AAAA", bad.number])
    wish = deletion(hall)
    with pytest.raises(Fault, match=f"1 项没能办理.*challenges:{bad.number}"):
        job(days(60))
    assert [t for t, _ in told(hall, UNIT)] == ["LOOK_EXPLAIN_DUE_SOON"]
    texts = [body for _, body in told(hall, SECOND)]
    assert [any(k.number[:8] in body for body in texts) for k in (bad, good, wish)] == [False, True, True]
    owner.execute(change, [before, bad.number])
    assert job(days(61)) == 2  # its two limits; the others are not told again


def test_a_case_that_can_not_be_told_holds_up_no_persons_alarm(
    hall: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised(hall)
    monkeypatch.setitem(alarms.casework.SQL, "cases", "SELECT nonsense FROM")
    with pytest.raises(Fault, match="1 项没能办理.*cases：SyntaxError"):
        job(EXPLAIN_EVE)
    assert [t for t, _ in told(hall, UNIT)] == ["LOOK_EXPLAIN_DUE_SOON"]


def test_a_persons_request_is_reminded_of_once_until_it_is_decided(hall: Any) -> None:
    first, second = deletion(hall), deletion(hall, "重复")
    requests.decide(hall.c, SECOND, NOW, second.number, False, "重复的请求", "第四十七条", hall.book)
    assert alarms.warn(hall.c, REQUEST_EVE - timedelta(1), hall.book) == 0
    assert [alarms.warn(hall.c, REQUEST_EVE, hall.book) for _ in range(2)] == [1, 0]
    [(template, body)] = told(hall, SECOND)
    assert template == "PERSON_DUE_SOON" and first.number[:8] in body and f"{first.due}{SAMPLE}" in body


def copies(hall: Any, how_many: int) -> None:
    """Copies handed over later than whatever stands there."""
    for _ in range(how_many):
        r = requests.ask(hall.c, WINDOW, NOW, TODAY, Wish("copy", PERSON, "居民身份证原件"), hall.book)
        requests.hand_over(hall.c, WINDOW, NOW, r.number, "0" * 64)


def test_the_oldest_open_request_stays_first_however_many_were_done_since(hall, monkeypatch):
    monkeypatch.setattr(requests, "MOST_CLOSED", 2)
    oldest, other = deletion(hall), deletion(hall, "重复")
    copies(hall, 3)
    found = requests.listed(hall.c)
    assert [r.id for r in found[:2]] == [oldest.id, other.id]
    assert [r.state(TODAY) for r in found[2:]] == ["已提供"] * 2


def test_the_oldest_open_challenge_is_listed_and_opened_however_many_came_since(hall, monkeypatch):
    monkeypatch.setattr(challenges, "MOST_CLOSED", 1)
    made = [raised(hall) for _ in range(4)]
    for k in made[1:]:
        explained(hall, k)
        answered(hall, k)
    assert [k.id for k in challenges.for_staff(hall.c, SECOND, hall.book)] == [made[0].id, made[3].id]
    for who in (SECOND, UNIT):
        assert challenges.seen_by(hall.c, who, made[1].number, hall.book).id == made[1].id
    stranger = Who("示例他部门", "department_reviewer", AUTHORITY)
    assert challenges.seen_by(hall.c, stranger, made[0].number, hall.book) is None
    assert challenges.seen_by(hall.c, AUDIT, made[0].number, hall.book) is None
    assert [k.id for k in challenges.of_subject(hall.c, OWNER)] == [k.id for k in reversed(made)]


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.content.decode()[:3000]
    return str(answer.content.decode())


def test_pages_say_when_closed_ones_are_left_out(site, monkeypatch):
    for part in (requests, challenges):
        monkeypatch.setattr(part, "MOST_CLOSED", 1)
    centre = as_role("center")
    for page in ("challenges", "requests"):
        assert "只列出最近" not in text(centre.get(f"/console/persons/{page}"))
    k = raised(site)
    explained(site, k)
    answered(site, k)
    copies(site, 2)
    for page in ("challenges", "requests"):
        assert "已办结的只列出最近 1 项" in text(centre.get(f"/console/persons/{page}"))
        assert last_line(centre, f"/console/persons/{page}").startswith(
            "没有办结的全部列出，已办结的只列出最近 1 项"
        )


def last_line(client, address, **asked):
    """Of the list's export."""
    answer = client.get(address, {"export": "csv", "purpose": "归档", **asked})
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode("utf-8-sig").strip().splitlines()[-1]


def test_a_search_that_found_too_much_says_so_on_the_page_and_in_the_file(site, monkeypatch):
    from xinyong.website.console.centre import subjects

    said, centre = "只列出前 1 个；没有要找的，请把名称或代码写得更全。", as_role("center")
    at = "/console/centre/subjects"
    assert said not in text(centre.get(at, {"q": CODE}))
    monkeypatch.setattr(subjects, "MOST", 1)
    assert said in text(centre.get(at, {"q": CODE})) and last_line(centre, at, q=CODE) == said


def test_pages_of_both_sides_say_that_the_limits_are_samples(site):
    k, r = raised(site), deletion(site)
    reference = site.looks()[0].reference
    subject = signed_in(open_account("subject", "示例企业主", subject_code=CODE))
    person = signed_in(open_account("subject", "示例某本人", subject_code=PERSON))
    centre = as_role("center")
    one = text(centre.get(f"/console/persons/challenges/{k.number}"))
    assert f"2026-11-30{SAMPLE}" in one and f"2026-12-07{SAMPLE}" in one
    assert f"{r.due}{SAMPLE}" in text(centre.get(f"/console/persons/requests/{r.number}"))
    assert f"2026-12-07{SAMPLE}" in text(subject.get(f"/own/looks/{reference}"))
    assert f"{r.due}{SAMPLE}" in text(person.get("/own/information"))
    for page in ("challenges", "requests"):
        assert SAMPLE in text(centre.get(f"/console/persons/{page}"))


@pytest.mark.parametrize("confidence", ["seen", "seen_in_report"])
def test_a_limit_that_was_confirmed_is_not_called_a_sample(hall, confidence):
    from dataclasses import replace

    from xinyong.disclosure.explaining import CONFIDENCE
    from xinyong.rights.persons import dues

    [rule] = hall.book.rules[requests.RULE]
    book = replace(
        hall.book, rules={**hall.book.rules, requests.RULE: (replace(rule, confidence=confidence),)}
    )
    r = deletion(hall)
    assert dues.of_request(r, book) == f"{r.due}{CONFIDENCE[confidence]}"
    assert r.at.astimezone(ZoneInfo("Asia/Shanghai")).date() == TODAY
