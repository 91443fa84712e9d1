"""自然人的请求: a copy of everything, deletion decided by a person and carried out whole."""

from __future__ import annotations

import json
from dataclasses import replace

import psycopg
import pytest
from persons_cast import (
    AUDITOR,
    CENTRE,
    CODE,
    HERSELF,
    NOW,
    OFFICER,
    OUTSIDERS,
    OWNER,
    PERSON,
    SECOND,
    TODAY,
    WINDOW,
)  # fmt: skip

from sampledistrict.codes import person_id
from xinyong.foundation.audit import SYSTEM, Who
from xinyong.kernel.errors import Fault, NotPermitted, Refused
from xinyong.rights.persons import everything, requests
from xinyong.rights.persons.requests import Wish

SEEN = "居民身份证原件，人证一致"
STRANGER = person_id("19900101", 7)


def public_ids(hall, who=HERSELF, code=PERSON):
    return tuple(r["public_id"] for r in hall.look(replace(who, purpose="查看"), code).records)


def deletion(hall, who=HERSELF, code=PERSON, **changes):
    usual = {
        "kind": "deletion", "code": code, "ground": "unlawful", "reason": "不是本人的处罚", "evidence": SEEN,
        "records": public_ids(hall),
    }  # fmt: skip
    return requests.ask(hall.c, who, NOW, TODAY, Wish(**{**usual, **changes}), hall.book)


def decided(hall, r, granted=True, who=SECOND, reasons="核实属实", basis="个人信息保护法第四十七条"):
    return requests.decide(hall.c, who, NOW, r.number, granted, reasons, basis, hall.book)


def test_granted_deletions_are_carried_out_with_an_erased_leaf_and_the_number_of_the_request(hall):
    r = decided(hall, deletion(hall, WINDOW))
    assert r.state(TODAY) == "同意删除，正在执行" and public_ids(hall)
    assert requests.carry_out(SYSTEM, NOW, hall.book) == 1
    assert public_ids(hall) == () and requests.one(hall.c, r.number).state(TODAY) == "已删除"
    row = hall.district.owner().execute("SELECT rule, instrument, article FROM erasure").fetchone()
    assert row == (f"请求 {r.number}", "PIPL", "第四十七条第一款第四项")
    assert hall.one("SELECT count(*) FROM evidence_entry WHERE kind = 'erased'") == 1
    assert requests.carry_out(SYSTEM, NOW, hall.book) == 0


def test_a_crash_between_decision_and_effect_is_made_good_by_the_job(hall, monkeypatch):
    r = decided(hall, deletion(hall))
    with monkeypatch.context() as killed, pytest.raises(RuntimeError):
        killed.setattr(requests, "_step", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
        requests.carry_out(SYSTEM, NOW, hall.book)
    assert requests.carry_out(SYSTEM, NOW, hall.book) == 1
    assert hall.one("SELECT count(*) FROM erasure") == 1 and requests.one(hall.c, r.number).done_at


def test_a_deletion_that_fails_holds_up_no_other_and_is_told(hall, penalty, write_csv):
    from xinyong.foundation import vault

    first = decided(hall, deletion(hall))
    hers = {
        "CF_XDR_MC": "示例某", "CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_FRDB": "", "CF_XDR_ZJLX": "身份证",
        "CF_XDR_ZJHM": PERSON,
    }  # fmt: skip
    hall.district.intake(write_csv([penalty(CF_WSH="潼示罚〔2026〕7号", **hers)], "other.csv"), "XZCF")
    new = tuple(set(public_ids(hall)) - set(requests.public_ids(first)))
    second = decided(hall, deletion(hall, records=new))
    stored = vault.path_of(hall.one("SELECT vault_name FROM submission WHERE filename = 'penalties.csv'"))
    aside = stored.rename(hall.district.home / "aside")
    with pytest.raises(Fault, match=f"1 条记录没能处置.*{first.records[0]}"):
        requests.carry_out(SYSTEM, NOW, hall.book)
    states = [requests.one(hall.c, r.number).state(TODAY) for r in (first, second)]
    assert states == ["同意删除，正在执行", "已删除"]
    aside.rename(stored)
    assert requests.carry_out(SYSTEM, NOW, hall.book) == 1


def test_refused_with_reasons_nothing_is_deleted(hall):
    r = decided(hall, deletion(hall), granted=False, reasons="保存期限未届满")
    assert requests.carry_out(SYSTEM, NOW, hall.book) == 0 and public_ids(hall)
    assert (r.state(TODAY), r.said) == ("不予删除", "保存期限未届满")


def test_the_number_of_the_document_is_nowhere(hall):
    deletion(hall, WINDOW)
    requests.ask(hall.c, WINDOW, NOW, TODAY, Wish("copy", PERSON, SEEN), hall.book)
    for table in ("person_request", "person_request_step", "audit_entry", "event", "look"):
        assert PERSON not in str(hall.one(f"SELECT coalesce(string_agg(t::text, ''), '') FROM {table} t"))


def test_which_document_was_seen_and_why_somebody_asks_is_sealed_and_in_no_trail(hall):
    r = deletion(hall, WINDOW)
    assert (r.evidence, r.reason) == (SEEN, "不是本人的处罚")
    for table in ("person_request", "audit_entry", "event"):
        stored = hall.one(f"SELECT coalesce(string_agg(t::text, ''), '') FROM {table} t")
        assert SEEN not in stored and "不是本人的处罚" not in stored


def test_what_was_asked_for_before_it_was_sealed_can_still_be_read(hall):
    r = deletion(hall, WINDOW)
    hall.district.owner().execute("UPDATE person_request SET evidence = '身份证', reason = '旧的理由'")
    found = requests.one(hall.c, r.number)
    assert (found.evidence, found.reason) == ("身份证", "旧的理由")


def test_an_organisation_is_sent_another_way(hall):
    with pytest.raises(Refused, match="自然人"):
        requests.ask(hall.c, OWNER, NOW, TODAY, Wish("copy", CODE), hall.book)


def test_another_persons_data_are_nobodys_to_ask_for(hall):
    with pytest.raises(NotPermitted):
        requests.ask(hall.c, Who("别人", "subject", STRANGER), NOW, TODAY, Wish("copy", PERSON), hall.book)
    mine = public_ids(hall)
    with pytest.raises(Refused, match="不在本人名下"):
        deletion(hall, Who("别人", "subject", STRANGER), STRANGER, records=mine)


@pytest.mark.parametrize(
    "role", [r for r in OUTSIDERS if r not in ("subject", "counter")] + ["center", "department"]
)
def test_nobody_but_the_person_and_the_window_asks(hall, role):
    with pytest.raises(NotPermitted):
        requests.ask(hall.c, Who("某人", role, CODE), NOW, TODAY, Wish("copy", PERSON, SEEN), hall.book)


@pytest.mark.parametrize("role", [*OUTSIDERS, "center", "auditor", "department"])
def test_nobody_but_a_reviewer_decides(hall, role):
    r = deletion(hall)
    with pytest.raises(NotPermitted):
        decided(hall, r, who=Who("某人", role, CODE))


def test_whoever_entered_it_does_not_decide(hall):
    r = deletion(hall, WINDOW)
    with pytest.raises(NotPermitted, match="不能自己决定"):
        decided(hall, r, who=Who(WINDOW.name, "center_reviewer"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"evidence": " "}, "什么证件"), ({"ground": ""}, "法定情形"), ({"reason": ""}, "法定情形"),
        ({"records": ()}, "选择要删除"), ({"records": ("0" * 32,)}, "不在本人名下"), ({"kind": "other"}, "不认识"),
    ],
)  # fmt: skip
def test_what_is_incomplete_is_refused_with_a_sentence(hall, changes, said):
    with pytest.raises(Refused, match=said):
        deletion(hall, WINDOW, **changes)


def test_a_decision_comes_once_with_reasons_and_basis(hall):
    r = deletion(hall)
    for bad in ({"reasons": " "}, {"basis": ""}):
        with pytest.raises(Refused):
            decided(hall, r, **bad)
    decided(hall, r)
    with pytest.raises(Refused, match="已经办结"):
        decided(hall, r, granted=False)


def test_the_limit_is_in_working_days_and_overdue_shows(hall):
    r = deletion(hall)
    assert r.due.isoformat() == "2026-12-14" and r.state(r.due) == "待决定"
    from datetime import timedelta

    assert r.state(r.due + timedelta(1)) == "办理超期"


def test_no_row_of_it_can_be_changed(hall):
    deletion(hall)
    for statement in ("UPDATE person_request SET reason = ''", "DELETE FROM person_request_step"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            hall.c.execute(statement)


# the copy


def test_the_copy_holds_records_looks_grants_and_challenges_and_nothing_of_the_platforms_own(hall):
    from xinyong.rights.persons import challenges

    hall.look(OFFICER)
    [seen] = hall.looks()
    challenges.challenge(hall.c, OWNER, NOW, TODAY, seen.reference, "没有往来", hall.book)
    copy = everything.gather(hall.c, replace(OWNER, purpose="副本"), CODE, NOW, TODAY, hall.book)
    data, digest = everything.written(copy)
    told = json.loads(data)
    assert told["format"] == everything.FORMAT and len(digest) == 64
    assert {r["item"] for r in told["records"]} == {"DJZC", "XZCF"}
    assert [look["purpose"] for look in told["looks"] if look["role"] == "department"] == [OFFICER.purpose]
    assert told["challenges"][0]["reason"] == "没有往来"
    text = data.decode()
    assert OFFICER.name not in text and '"submission"' not in text and '"record"' not in text


def test_the_copy_holds_a_persons_requests_with_its_own_words(hall):
    deletion(hall)
    copy = everything.gather(hall.c, replace(HERSELF, purpose="副本"), PERSON, NOW, TODAY, hall.book)
    [asked] = copy["requests"]
    assert (asked["kind"], asked["state"], asked["reason"]) == ("删除", "待决定", "不是本人的处罚")
    assert asked["records"] == list(public_ids(hall)) and copy["cases"] == []


def test_the_copy_holds_cases_with_their_steps_and_names_nobody(hall):
    from xinyong.rights.objection import actions

    [record] = [r["public_id"] for r in hall.look(OWNER).records if r["item"] == "XZCF"]
    asked = actions.Objecting((record,), "record", "罚款金额有误")
    [case] = actions.submit(hall.c, OWNER, NOW, TODAY, "", asked, hall.book)
    actions.dismiss(hall.c, CENTRE, NOW, case.number, "没有说明哪里有误", hall.book)
    copy = everything.gather(hall.c, replace(OWNER, purpose="副本"), CODE, NOW, TODAY, hall.book)
    [told] = copy["cases"]
    assert (told["number"], told["state"], told["statement"]) == (case.shown, "不予受理", "罚款金额有误")
    assert [s["step"] for s in told["steps"]] == ["提出异议，记录已标注", "不予受理"] and told["records"] == [
        record
    ]
    assert CENTRE.name not in everything.written(copy)[0].decode() and copy["requests"] == []


def test_the_copy_says_when_looks_were_left_off(hall, monkeypatch):
    for _ in range(3):
        hall.look(OFFICER)
    assert (
        everything.gather(hall.c, replace(OWNER, purpose="副本"), CODE, NOW, TODAY, hall.book)[
            "looks_left_off"
        ]
        is False
    )
    monkeypatch.setattr(everything, "MOST_LOOKS", 2)
    copy = everything.gather(hall.c, replace(OWNER, purpose="副本"), CODE, NOW, TODAY, hall.book)
    assert len(copy["looks"]) == 2 and copy["looks_left_off"] is True


def test_a_held_look_is_not_in_the_copy(hall):
    from test_look_holds import standing

    standing(hall)
    hall.look(OFFICER)
    copy = everything.gather(hall.c, replace(OWNER, purpose="副本"), CODE, NOW, TODAY, hall.book)
    assert [look for look in copy["looks"] if look["role"] == "department"] == []


def test_nobody_gets_a_copy_who_may_not_look(hall):
    for who in (
        Who("邻", "subject", STRANGER),
        Who("管", "system_admin"),
        Who("心", "center", purpose="x"),
        Who("审", "auditor", purpose="x"),
        Who("行", "bank", CODE, purpose="x"),
    ):
        with pytest.raises(NotPermitted):
            everything.gather(hall.c, who, CODE, NOW, TODAY, hall.book)


def test_a_person_is_not_scored_ranked_or_listed_by_any_of_this(hall):
    text = json.dumps(everything.gather(hall.c, replace(HERSELF, purpose="副本"), PERSON, NOW, TODAY, hall.book),
                      ensure_ascii=False, default=str)  # fmt: skip
    assert "score" not in text and "rank" not in text and "得分" not in text


def test_the_auditor_reads_and_the_centre_reads(hall):
    assert requests.listed(hall.c) == []
    deletion(hall)
    assert len(requests.listed(hall.c)) == 1 and CENTRE.role and AUDITOR.role
