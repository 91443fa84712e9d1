"""What people wrote goes when its time is over, by rule and with a record of it; never earlier, never while it is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from persons_cast import CODE, HERSELF, NEIGHBOUR, NOW, OFFICER, OWNER, PERSON, POLICE, SECOND, TODAY, WINDOW

from xinyong.foundation.audit import SYSTEM, Who
from xinyong.kernel.errors import Fault
from xinyong.rights import casework
from xinyong.rights.notices import inbox
from xinyong.rights.notices.actions import Recipient, notify
from xinyong.rights.persons import challenges, everything, requests, texts
from xinyong.rights.persons.requests import Wish

LAST = date(2029, 11, 23)  # thirty-six months after TODAY: the last day
AFTER = LAST + timedelta(1)
GONE = "（保存期满，已依规则删除）"
NOTHING = {"case": 0, "look_challenge": 0, "person_request": 0, "notice": 0, "number": 0}
SECRET, PHONE = "没有业务往来", "13800138000"
UNIT = Who("示例办案科长", "department_reviewer", POLICE)


def dispose(hall: Any, day: date = AFTER, book: Any = None) -> dict[str, int]:
    at = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
    return texts.dispose(book or hall.book, day, SYSTEM, at)


def emptied(**counts: int) -> dict[str, int]:
    return NOTHING | counts


def challenged(hall: Any) -> Any:
    hall.look(OFFICER)
    reference = hall.looks()[0].reference
    k = challenges.challenge(hall.c, OWNER, NOW, TODAY, reference, SECRET, hall.book)
    challenges.explain(hall.c, UNIT, NOW, k.number, "因办理示例案件", hall.book)
    return k


def answered(hall: Any, k: Any) -> None:
    challenges.answer(
        hall.c, SECOND, NOW, TODAY, k.number, "lawful", "有登记的职责", "治安管理处罚法", hall.book
    )


def asked(hall: Any) -> Any:
    records = tuple(r["public_id"] for r in hall.look(replace(HERSELF, purpose="查看"), PERSON).records)
    wish = Wish("deletion", PERSON, "居民身份证原件", "unlawful", SECRET, records)
    return requests.ask(hall.c, WINDOW, NOW, TODAY, wish, hall.book)


def refused(hall: Any, r: Any) -> None:
    requests.decide(hall.c, SECOND, NOW, r.number, False, "保存期限未届满", "第四十七条", hall.book)


def objection(hall: Any) -> Any:
    from xinyong.disclosure import ids
    from xinyong.rights.objection import actions

    who = Who("某人", "center", purpose="测试")
    [record] = [r["record"] for r in hall.look(who, CODE).records if r["item"] == "XZCF"]
    given = actions.Objecting((ids.public_id(record),), about="record", statement=SECRET)
    with hall.c.transaction():
        [case] = actions.submit(hall.c, OWNER, NOW, TODAY, CODE, given, hall.book)
    return case


def withdrawn(hall: Any, case: Any) -> Any:
    from xinyong.rights.objection import actions

    return actions.withdraw(hall.c, OWNER, NOW, case.number, "自己看错了", hall.book)


def sealed(hall: Any, table: str) -> int:
    """How many rows still hold something encrypted."""
    return int(hall.one(f"SELECT count(*) FROM {table} t WHERE t::text ~ 'sealed:'"))


def log(hall: Any) -> Any:
    """Sealed, then checked."""
    from xinyong.foundation.evidence import checking, notes, sealing

    now = datetime.now(UTC)
    sealing.seal(hall.c, now, notes.origin(), notes.signer(hall.c, now))
    return checking.verify(hall.c, notes.ours(hall.c, now), [])


def test_a_challenge_says_why_to_the_last_day_and_no_longer(hall: Any) -> None:
    k = challenged(hall)
    answered(hall, k)
    assert dispose(hall, LAST) == NOTHING and challenges.one(hall.c, k.number).reason == SECRET
    assert dispose(hall) == emptied(look_challenge=1) and sealed(hall, "look_challenge") == 0
    left = challenges.one(hall.c, k.number)
    assert (left.reason, left.answer, left.finding) == (GONE, "有登记的职责", "lawful")
    assert dispose(hall) == NOTHING


def test_a_request_loses_its_reason_and_what_was_seen_but_not_what_was_decided(hall: Any) -> None:
    r = asked(hall)
    refused(hall, r)
    assert dispose(hall, LAST) == NOTHING
    assert dispose(hall) == emptied(person_request=1) and sealed(hall, "person_request") == 0
    left = requests.one(hall.c, r.number)
    assert (left.reason, left.evidence, left.said) == (GONE, GONE, "保存期限未届满")
    assert left.state(AFTER) == "不予删除" and dispose(hall) == NOTHING


def test_what_is_open_keeps_its_text_however_old_it_is(hall: Any) -> None:
    k, r, case = challenged(hall), asked(hall), objection(hall)
    done = dispose(hall, AFTER.replace(year=2040))
    assert (done["look_challenge"], done["person_request"], done["case"]) == (0, 0, 0)
    assert challenges.one(hall.c, k.number).reason == requests.one(hall.c, r.number).reason == SECRET
    assert casework.unsealed(casework.load(hall.c, case.number).detail["statement"]) == SECRET


def test_a_case_loses_what_the_applicant_wrote_in_it_and_in_its_steps(hall: Any) -> None:
    case = withdrawn(hall, objection(hall))
    assert sealed(hall, "rights_case") == sealed(hall, "rights_case_step") == 1
    assert dispose(hall, LAST)["case"] == 0
    assert dispose(hall)["case"] == 1 and dispose(hall)["case"] == 0
    assert sealed(hall, "rights_case") == sealed(hall, "rights_case_step") == 0
    left = casework.load(hall.c, case.number)
    assert (left.state, [s.kind for s in left.steps]) == ("withdrawn", [s.kind for s in case.steps])
    assert casework.unsealed(left.detail["statement"]) == GONE
    copy = everything.gather(hall.c, replace(OWNER, purpose="查看"), CODE, NOW, TODAY, hall.book)
    assert SECRET not in str(copy) and GONE in str(copy["cases"])


def test_a_case_being_revoked_is_not_over(hall: Any) -> None:
    """A repair granted long ago about which something is decided once more."""
    case = withdrawn(hall, objection(hall))
    owner = hall.district.owner()
    owner.execute("UPDATE rights_case SET kind = 'repair'")
    owner.execute("UPDATE rights_case_step SET kind = 'granted' WHERE kind = 'withdrawn'")
    add = "INSERT INTO rights_case_step (case_id, seq, kind, at, actor, role, detail) VALUES (%s, 9, %s, %s, '甲', 'x', '{}')"
    owner.execute(add, [case.id, "revoke_noticed", NOW])
    assert dispose(hall)["case"] == 0
    owner.execute(add.replace(" 9,", " 10,"), [case.id, "revoked", NOW])
    assert dispose(hall, LAST)["case"] == 0 and dispose(hall)["case"] == 1


def test_the_names_of_materials_go_too(hall: Any) -> None:
    from xinyong.rights import materials

    case = withdrawn(hall, objection(hall))
    hall.c.execute(
        "INSERT INTO rights_case_file (case_id, at, actor, material, name, type, size, digest, vault)"
        " VALUES (%s, %s, '甲', 'OTHER', '示例某的身份证.pdf', 'pdf', 1, 'd', 'v')",
        [case.id, NOW],
    )
    assert [f.name for f in materials.of_case(hall.c, case)] == ["示例某的身份证.pdf"]
    assert dispose(hall)["case"] == 1
    assert [f.name for f in materials.of_case(hall.c, case)] == [GONE]


def test_verify_counts_it_as_erased_by_rule_and_finds_what_was_emptied_without(hall: Any) -> None:
    k, r = challenged(hall), asked(hall)
    answered(hall, k)
    refused(hall, r)
    withdrawn(hall, objection(hall))
    assert log(hall).sound
    dispose(hall)
    said = "SELECT target, rule, instrument, article FROM erasure ORDER BY 1"
    rows = hall.district.owner().execute(said).fetchall()
    by_law = ("PIPL", "第四十七条")
    assert [row[1:] for row in rows] == [(rule, *by_law) for rule in (texts.CASE, texts.PERSON, texts.PERSON)]
    assert rows[1][0] == f"look_challenge:{k.number}" and "erase.texts" in hall.actions()
    checked = log(hall)
    assert checked.sound and checked.erased == 4, checked.findings  # the case, its withdrawal, and the others
    other = challenged(hall)
    log(hall)
    owner = hall.district.owner()
    owner.execute("UPDATE look_challenge SET reason = 'x', secret = NULL WHERE id = %s", [other.id])
    assert [f.kind for f in log(hall).findings] == ["changed"]


def test_a_killed_run_leaves_nothing_half_emptied(hall: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from xinyong.foundation import erasures

    for _ in range(2):
        answered(hall, challenged(hall))
    real, calls = erasures.register, []

    def second_fails(*given: Any) -> int:
        calls.append(given)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return real(*given)

    with monkeypatch.context() as killed, pytest.raises(RuntimeError):
        killed.setattr(erasures, "register", second_fails)
        dispose(hall)
    assert sealed(hall, "look_challenge") == 2 and hall.one("SELECT count(*) FROM erasure") == 0
    assert dispose(hall) == emptied(look_challenge=2)


def test_more_than_one_batch_is_done_in_one_night(hall: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "AT_ONCE", 1)
    monkeypatch.setattr(texts, "NOTICES_AT_ONCE", 1)
    for _ in range(3):
        answered(hall, challenged(hall))
        told(hall)
    assert dispose(hall) == emptied(look_challenge=3, notice=3)


def told(hall: Any, reason: str = "示例理由") -> int:
    with hall.c.transaction():
        values = {"case": "甲", "result": "不予删除", "reason": reason}
        return notify(hall.c, NOW, "PERSON_ANSWERED", Recipient("subject", CODE), values, "person:甲")


def test_a_notice_says_what_it_said_to_the_last_day_and_stays_in_the_inbox(hall: Any) -> None:
    number = told(hall)
    assert dispose(hall, LAST) == NOTHING
    assert dispose(hall) == emptied(notice=1) and sealed(hall, "notice") == 0
    left = inbox.opened(hall.c, OWNER, NOW, number)
    assert left is not None and left.body == GONE and left.title == "您的个人信息请求已有答复"
    assert dispose(hall) == NOTHING and "erase.texts" in hall.actions()


def with_accounts(*owners: Who) -> None:
    from signing_in import open_account

    for who in owners:
        open_account("subject", who.name, subject_code=who.provider)


def test_a_number_that_another_replaces_goes_at_once_and_only_that(hall: Any) -> None:
    with_accounts(OWNER, NEIGHBOUR)
    inbox.set_phone(hall.c, NEIGHBOUR, NOW, PHONE)
    for number in (PHONE, "13900139000"):
        inbox.set_phone(hall.c, OWNER, NOW, number)
    assert sealed(hall, "notice_contact") == 2 and inbox.phone(hall.c, OWNER) == "139****9000"
    inbox.set_phone(hall.c, OWNER, NOW, "")
    assert sealed(hall, "notice_contact") == 1 and inbox.phone(hall.c, NEIGHBOUR) == "138****8000"


def test_numbers_replaced_before_they_went_at_once_go_with_the_next_night(hall: Any) -> None:
    with_accounts(OWNER)
    for _ in range(2):
        inbox.set_phone(hall.c, OWNER, NOW, PHONE)
    old = hall.one("SELECT address FROM notice_contact WHERE address <> ''")
    hall.district.owner().execute("UPDATE notice_contact SET address = %s", [old])
    assert dispose(hall, TODAY) == emptied(number=1) and inbox.phone(hall.c, OWNER) == "138****8000"


def test_a_rule_without_a_term_empties_nothing(hall: Any) -> None:
    answered(hall, challenged(hall))
    told(hall)
    kept = {
        k: replace(r, months=None) if r.applies_to == "text" else r for k, r in hall.book.retention.items()
    }
    assert dispose(hall, AFTER.replace(year=2090), replace(hall.book, retention=kept)) == NOTHING


def test_the_application_itself_can_empty_none_of_it(hall: Any) -> None:
    answered(hall, challenged(hall))
    told(hall)
    for change in (
        "look_challenge SET reason = 'x'",
        "look_challenge SET secret = NULL",
        "notice SET body = 'x'",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            hall.c.execute(f"UPDATE {change}")


def test_every_term_is_a_sample_with_a_basis_and_a_note(hall: Any) -> None:
    rules = [r for r in hall.book.retention.values() if r.applies_to == "text"]
    assert {r.id for r in rules} == {texts.CASE, texts.PERSON, texts.NOTICE}
    assert all(r.confidence == "sample" and r.basis.article and r.note for r in rules)


def night(day: date = AFTER) -> dict[str, Any]:
    """The nightly job of a day."""
    from xinyong.rights import tasks

    at = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
    return dict(tasks.dispose_ended.func(timestamp=int(at.timestamp())))


def test_the_nightly_job_does_it_and_tells_how_many(hall: Any) -> None:
    answered(hall, challenged(hall))
    assert night()["texts"] == 1


@pytest.mark.parametrize("at_once", [1, 500])
def test_a_matter_that_can_not_be_emptied_holds_up_no_other_and_no_record(
    hall: Any, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    from xinyong.foundation import erasures

    monkeypatch.setattr(texts, "AT_ONCE", at_once)
    bad, *good = [challenged(hall) for _ in range(3)]
    for k in (bad, *good):
        answered(hall, k)
    refused(hall, asked(hall))
    real = erasures.register

    def fails_for_one(c: Any, at: datetime, actor: str, target: str, *more: Any) -> int:
        if bad.number in target:
            c.execute("SELECT 1 / 0")
        return real(c, at, actor, target, *more)

    with monkeypatch.context() as broken, pytest.raises(Fault, match=f"1 条.*look_challenge:{bad.number}"):
        broken.setattr(erasures, "register", fails_for_one)
        night()
    assert challenges.one(hall.c, bad.number).reason == SECRET
    assert [challenges.one(hall.c, k.number).reason for k in good] == [GONE, GONE]
    assert sealed(hall, "person_request") == 0 and hall.one("SELECT count(*) FROM erasure") >= 3
    counts = "SELECT sum((detail ->> 'count')::int) FROM audit_entry WHERE action = 'erase.texts'"
    assert hall.one(counts) == 3  # the bad one is in no trail
    assert night()["texts"] == 1 and challenges.one(hall.c, bad.number).reason == GONE


def test_texts_that_can_not_be_asked_for_hold_up_no_record(
    hall: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinyong.rights.persons import disposal

    answered(hall, challenged(hall))
    ran: list[date] = []
    real = disposal.dispose
    monkeypatch.setattr(disposal, "dispose", lambda *given: ran.append(given[1]) or real(*given))
    with monkeypatch.context() as broken, pytest.raises(Fault, match="1 条.*case：SyntaxError"):
        broken.setitem(texts.SQL, "case", "SELECT nonsense FROM")
        night()
    assert ran == [AFTER] and sealed(hall, "look_challenge") == 0


def test_a_record_that_can_not_be_read_keeps_no_other_from_its_end(hall: Any) -> None:
    who = replace(OFFICER, role="center", provider="")
    [bad] = [r["record"] for r in hall.look(who, CODE).records if r["item"] == "XZCF"]
    hall.district.owner().execute("UPDATE record_version SET payload = 'x' WHERE record_id = %s", [bad])
    with pytest.raises(Fault, match=f"1 条.*{bad}"):
        night(date(2040, 1, 1))
    assert "erase" in hall.actions()  # the person's


def test_records_that_can_not_be_read_do_not_hide_what_failed_of_the_texts(
    hall: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinyong.rights.persons import disposal

    def broken(*given: Any) -> None:
        raise RuntimeError("示例故障")

    monkeypatch.setattr(disposal, "dispose", broken)
    monkeypatch.setattr(texts, "forget_numbers", broken)
    with pytest.raises(Fault, match="2 条.*number：RuntimeError：示例故障；records：RuntimeError：示例故障"):
        night()
