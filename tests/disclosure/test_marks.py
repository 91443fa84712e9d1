"""Degrees and marks: who may set them, what they do, and that nothing of them is lost."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from enterprises import AUDITOR, AUTHORITY, CENTRE, CODE, NOW, OUTSIDER, REVIEWER, TODAY, Case

from sampledistrict.codes import uscc
from xinyong.disclosure import actions, authorisations, ids, marks
from xinyong.disclosure.undecided import tasks_due
from xinyong.foundation.audit import PUBLIC, SYSTEM, Who
from xinyong.kernel.errors import NotPermitted, Refused

BANK = Who("示例行员", "bank", uscc("91", "500152", "YY000777"), purpose="贷前调查")
RULING = "（2026）渝0152破申1号裁定"


def decide(case: Case, record: str, degree: str = "一般", who: Who = REVIEWER, **more: Any) -> Any:
    return actions.decide_degree(case.district.app, who, NOW, [record], degree, "依裁量基准", **more)


def mark(case: Case, record: str, kind: str, who: Who = REVIEWER, **more: Any) -> int:
    said = {"reason": "测试理由", "basis": RULING} | more
    return actions.mark(case.district.app, who, NOW, kind, [record], **said).marks[record]


def test_a_penalty_is_unpublished_until_a_named_person_decides_its_degree(case: Case) -> None:
    record = case.penalty()
    assert case.documents() == []
    decide(case, record)
    assert case.documents() == ["潼示罚〔2026〕1号"]
    degree = case.clocks(record)["degree"]
    assert (degree["value"], degree["how"], degree["by"]) == ("一般", "person", "部门审核员示例")


def test_an_undecided_degree_is_a_task_due_in_seven_working_days(case: Case) -> None:
    record = case.penalty()  # decided on Wednesday 2026-11-18
    [due] = tasks_due(case.district.app, case.district.book, TODAY, AUTHORITY)
    assert (due.record, due.due, due.overdue) == (record, date(2026, 11, 27), False)
    [late] = tasks_due(case.district.app, case.district.book, date(2026, 11, 28), AUTHORITY)
    assert late.overdue


def test_a_task_is_its_deciding_departments_own_and_ends_with_the_decision(case: Case) -> None:
    record = case.penalty()
    assert tasks_due(case.district.app, case.district.book, TODAY, OUTSIDER.provider) == []
    assert [d.record for d in tasks_due(case.district.app, case.district.book, TODAY)] == [record]
    decide(case, record)
    assert tasks_due(case.district.app, case.district.book, TODAY) == []


def test_a_rule_settles_minor_for_the_simple_procedure_and_says_how_sure_it_is(case: Case) -> None:
    record = case.penalty(KZ_CXLB="简易程序", CF_CFLB="警告", CF_NR="警告", CF_NR_FK="")
    degree = case.clocks(record)["degree"]
    assert (degree["value"], degree["how"], degree["confidence"]) == ("轻微", "rule", "sample")
    assert case.documents() == []
    assert tasks_due(case.district.app, case.district.book, TODAY) == []


@pytest.mark.parametrize(
    ("kinds", "proposed"), [("吊销许可证件", "严重"), ("没收违法所得", "一般"), ("警告", "轻微")]
)
def test_a_rule_only_proposes_what_a_person_has_to_confirm(case: Case, kinds: str, proposed: str) -> None:
    case.penalty(
        CF_CFLB=kinds,
        CF_NR_FK="",
        CF_NR_WFFF="1" if "没收" in kinds else "",
        CF_NR_ZKDX="证" if "吊销" in kinds else "",
    )
    [due] = tasks_due(case.district.app, case.district.book, TODAY)
    assert due.proposed == proposed


def test_many_records_are_decided_in_one_act_or_none(case: Case) -> None:
    records = [case.penalty(CF_WSH=f"潼示罚〔2026〕{n}号") for n in (1, 2)]
    gone = "0" * 32
    with pytest.raises(Refused, match="不存在或已被撤回"):
        actions.decide_degree(case.district.app, REVIEWER, NOW, [*records, gone], "一般", "依裁量基准")
    assert case.documents() == []
    act = actions.decide_degree(case.district.app, REVIEWER, NOW, records, "一般", "依裁量基准")
    assert set(act.marks) == set(records)
    assert case.district.one("SELECT count(DISTINCT act) FROM record_mark") == 1


def test_a_department_decides_nothing_of_anothers(case: Case) -> None:
    record = case.penalty()
    with pytest.raises(NotPermitted, match="不是本部门作出的决定"):
        decide(case, record, who=OUTSIDER)
    assert case.district.one("SELECT count(*) FROM record_mark") == 0


OTHERS = ("public", "subject", "department", "center", "bank", "agency", "counter", "auditor", "system_admin",
          "security_admin", "audit_admin")  # fmt: skip


def test_other_roles_decide_no_degree(case: Case) -> None:
    record = case.penalty()
    for role in OTHERS:
        with pytest.raises(NotPermitted):
            decide(case, record, who=Who("外人", role, AUTHORITY, purpose="试"))


def test_the_centre_enters_a_degree_only_with_the_authoritys_letter(case: Case) -> None:
    record = case.penalty()
    with pytest.raises(Refused, match="函件"):
        decide(case, record, who=CENTRE)
    decide(case, record, who=CENTRE, basis="潼市监函〔2026〕5号")
    assert case.clocks(record)["degree"]["article"] == "潼市监函〔2026〕5号"


@pytest.mark.parametrize(
    ("kind", "more", "sentence"),
    [
        ("repair", {"reason": " "}, "理由"),
        ("shielding", {"until": None}, "截止日期"),
        ("shielding", {"basis": "", "until": TODAY}, "依据"),
        ("gone", {}, "没有“gone”这种标注"),
        ("duties", {"value": "half"}, "不能取"),
    ],
)
def test_a_mark_without_its_grounds_is_refused(
    case: Case, kind: str, more: dict[str, Any], sentence: str
) -> None:
    record = case.penalty()
    with pytest.raises(Refused, match=sentence):
        mark(case, record, kind, **more)


@pytest.mark.parametrize("kind", ["repair", "withdrawn"])
def test_repair_and_withdrawal_stop_publication_sharing_and_use(case: Case, kind: str) -> None:
    record = case.penalty()
    decide(case, record)
    mark(case, record, kind)
    assert case.documents() == []
    assert not any(p["shared"] for p in case.clocks(record)["sharing"]["purposes"])


@pytest.mark.parametrize("kind", ["repair", "withdrawn", "shielding"])
def test_what_is_stopped_is_carried_to_nobody_but_who_decided_it_the_centre_and_its_subject(
    case: Case, kind: str
) -> None:
    record = case.penalty()
    terms = authorisations.Terms(BANK.provider, ("XZCF",), "贷前调查", TODAY, TODAY + timedelta(days=9))
    authorisations.grant(
        case.district.app, Who("示例甲", "subject", CODE), NOW, TODAY, CODE, terms, case.district.book
    )
    elsewhere = [OUTSIDER, replace(OUTSIDER, role="department"), BANK]
    keep = [REVIEWER, CENTRE, AUDITOR, Who("示例甲", "subject", CODE)]
    assert all(_has(case, record, who) for who in elsewhere + keep)
    until = {"until": TODAY} if kind == "shielding" else {}
    mark(case, record, kind, **until)
    assert not any(_has(case, record, who) for who in elsewhere)
    assert all(_has(case, record, who) for who in keep)
    if until:
        assert _has(case, record, BANK, today=TODAY + timedelta(days=1))


def _has(case: Case, record: str, who: Who, **options: Any) -> bool:
    found = case.archive(who=who, items=("XZCF",), **options)
    assert found.counts.get("XZCF", 0) == len(found.records)
    return record in [ids.record_of(r["public_id"]) for r in found.records]


def test_a_shielding_ends_by_itself_and_can_be_lifted(case: Case) -> None:
    record = case.penalty()
    decide(case, record)
    number = mark(case, record, "shielding", until=TODAY)
    assert case.documents(today=TODAY) == []
    assert case.documents(today=TODAY + timedelta(days=1)) == ["潼示罚〔2026〕1号"]
    actions.close_mark(case.district.app, REVIEWER, NOW, number, "裁定撤销", RULING)
    assert case.documents(today=TODAY) == ["潼示罚〔2026〕1号"]


def test_an_objection_shows_wherever_the_record_shows_until_it_is_closed(case: Case) -> None:
    record = case.penalty()
    decide(case, record)
    number = mark(case, record, "objection", Who("业务员示例", "center", purpose="受理"))
    [shown] = [r for r in case.public().records if r["item"] == "XZCF"]
    assert shown["objected"] and shown["publicity"]["marks"] == ["异议处理中"]
    assert case.record(shown["public_id"]).records[0]["objected"]
    actions.close_mark(case.district.app, CENTRE, NOW, number, "核查属实，予以保留", "核查报告")
    assert not case.public().records[-1]["objected"]


def test_the_public_learns_nothing_of_who_marked_a_record_and_why(case: Case) -> None:
    record = case.penalty()
    decide(case, record)
    mark(case, record, "objection", Who("业务员示例", "center", purpose="受理"), reason="张某举报")
    text = str(case.public().as_json())
    assert "张某" not in text and "示例业务员" not in text and "部门审核员" not in text and record not in text


def test_minor_records_are_public_only_where_a_person_found_it_necessary(case: Case) -> None:
    record = case.penalty()
    decide(case, record, "轻微")
    assert case.documents() == []
    mark(case, record, "necessary")
    assert case.documents() == ["潼示罚〔2026〕1号"]
    assert case.clocks(record)["publicity"]["until"] == "2027-02-18"


def test_unmet_duties_at_the_maximum_become_a_task_and_end_no_sharing(case: Case) -> None:
    record = case.penalty(CF_JDRQ="2026-05-18")
    decide(case, record)
    mark(case, record, "duties", value="unmet")
    after = date(2027, 5, 19)
    clocks = case.clocks(record, today=after)
    assert (clocks["publicity"]["state"], clocks["publicity"]["task"]) == ("overrun", "decide_overrun")
    assert all(p["shared"] for p in clocks["sharing"]["purposes"])
    assert case.documents(today=after) == []
    mark(case, record, "extension", until=date(2027, 12, 31))
    assert case.documents(today=after) == ["潼示罚〔2026〕1号"]
    assert case.documents(today=date(2028, 1, 1)) == []


def test_a_new_decision_closes_the_old_one_and_both_stay_readable(case: Case) -> None:
    record = case.penalty()
    decide(case, record, "严重")
    decide(case, record, "一般")
    first, second = marks.history(case.district.app, record)
    assert (first["value"], first["ended"]["by"], second["value"], second["ended"]) == (
        "严重", "部门审核员示例", "一般", None,
    )  # fmt: skip
    assert decide(case, record, "一般").marks == {}


def test_a_degree_cannot_be_taken_back_to_nothing(case: Case) -> None:
    record = case.penalty()
    number = decide(case, record).marks[record]
    with pytest.raises(Refused, match="不能撤空"):
        actions.close_mark(case.district.app, REVIEWER, NOW, number, "误")


def test_a_mark_is_ended_once(case: Case) -> None:
    record = case.penalty()
    number = mark(case, record, "repair")
    actions.close_mark(case.district.app, REVIEWER, NOW, number, "材料虚假", "决定书")
    with pytest.raises(Refused, match="已经结束"):
        actions.close_mark(case.district.app, REVIEWER, NOW, number, "再来", "决定书")


def test_an_outsider_ends_no_mark(case: Case) -> None:
    record = case.penalty()
    number = mark(case, record, "repair")
    with pytest.raises(NotPermitted):
        actions.close_mark(case.district.app, OUTSIDER, NOW, number, "撤", "决定书")


def test_two_deciders_at_once_leave_one_open_degree(case: Case) -> None:
    record = case.penalty()
    start = threading.Barrier(2)

    def work(degree: str) -> None:
        c = case.district.connect()
        start.wait()
        actions.decide_degree(c, replace(REVIEWER, name=degree), NOW, [record], degree, "依裁量基准")

    threads = [threading.Thread(target=work, args=[d]) for d in ("一般", "严重")]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    open_marks = marks.open_of(case.district.app, [record])[record]
    assert len(open_marks) == 1 and len(marks.history(case.district.app, record)) == 2


@pytest.mark.parametrize("statement", ["UPDATE record_mark SET value = '轻微'", "DELETE FROM record_mark"])
def test_the_application_can_change_or_delete_no_mark(case: Case, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        case.district.app.execute(statement)


def test_every_act_is_in_the_audit_trail_and_told_once(case: Case) -> None:
    record = case.penalty()
    number = decide(case, record).marks[record]
    repaired = mark(case, record, "repair")
    actions.close_mark(case.district.app, REVIEWER, NOW, repaired, "材料虚假", "决定书")
    told = case.district.app.execute(
        "SELECT kind, body FROM event WHERE kind LIKE 'record.%' ORDER BY id"
    ).fetchall()
    assert [k for k, _ in told] == ["record.degree", "record.mark", "record.mark_closed"]
    assert told[0][1]["marks"] == {record: number}
    names = [
        r[0]
        for r in case.district.app.execute(
            "SELECT action FROM audit_entry WHERE action LIKE 'mark.%' ORDER BY id"
        )
    ]
    assert names == ["mark.degree", "mark.repair", "mark.close"]


def test_an_upstream_result_can_be_entered_by_the_platform_itself(case: Case) -> None:
    record = case.penalty()
    decide(case, record)
    mark(case, record, "repair", SYSTEM, basis="信用中国 XF2026-1")
    assert case.documents() == []
    with pytest.raises(NotPermitted):
        mark(case, record, "shielding", SYSTEM, until=TODAY)


def test_marks_stay_with_a_record_that_is_corrected(case: Case) -> None:
    record = case.penalty()
    decide(case, record)
    mark(case, record, "repair")
    case.take(
        "XZCF", {**case.make(CF_NR="罚款人民币二千元整"), "操作": "更正", "更正撤回原因": "笔误"}, mode="增量"
    )
    assert case.district.one("SELECT max(seq) FROM record_version WHERE record_id = %s::uuid", record) == 2
    assert case.documents() == []


def test_what_was_known_earlier_knows_the_marks_of_then(case: Case) -> None:
    record = case.penalty()
    later = datetime.now(tz=NOW.tzinfo)
    actions.decide_degree(
        case.district.app, REVIEWER, later + timedelta(hours=1), [record], "一般", "依裁量基准"
    )
    found = case.archive(who=Who("审计员示例", "auditor", purpose="核对"), known_at=later).records
    assert next(r for r in found if r["record"] == record)["clocks"]["degree"]["value"] == ""


def test_the_reported_end_is_compared_and_never_trusted(case: Case) -> None:
    record = case.penalty(CF_GSJZQ="2029-11-18")
    decide(case, record)
    publicity = case.clocks(record)["publicity"]
    assert (publicity["until"], publicity["reported"]) == ("2027-11-18", "later")
    assert "以计算值为准" in publicity["sentence"]


def test_the_clocks_explain_themselves_with_rule_article_and_dates(case: Case) -> None:
    record = case.penalty(KZ_RDRQ="2026-11-17")
    decide(case, record)
    said = case.clocks(record)["publicity"]
    assert said["sentence"] == (
        "公示至 2027-11-17（含当日），自认定文书日期 2026-11-17 起算；2027-02-17 起可申请修复，提前停止公示。"
        "依据：国家发展和改革委员会令第36号 第二章，公示期：一般（36号令）（据报道，原文待核）。"
    )
    assert (said["rule"], said["earliest_repair"], said["confidence"]) == (
        "PUB_36_GENERAL",
        "2027-02-17",
        "seen_in_report",
    )


def test_a_market_regulators_penalty_has_a_window_on_its_own_channel_too(case: Case) -> None:
    record = case.penalty()
    decide(case, record, "轻微")
    [other] = case.clocks(record)["elsewhere"]
    assert (other["channel"], other["public"], other["until"]) == ("gsxt", True, "2027-02-18")


def test_nobody_is_asked_who_they_are_by_a_refusal_of_input(case: Case) -> None:
    with pytest.raises(NotPermitted):
        actions.decide_degree(case.district.app, PUBLIC, NOW, ["x"], "一般", "")


def test_records_of_items_without_degree_are_not_decided(case: Case) -> None:
    registration = case.archive(CODE).records[0]["record"]
    with pytest.raises(Refused, match="不按失信程度公示"):
        decide(case, registration, who=CENTRE, basis="函")
