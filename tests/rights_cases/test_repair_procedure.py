"""Repair from application to effects: by whom, in which order, with which grounds — and nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from case_desk import (
    AUDITOR,
    AUTHORITY,
    CENTRE,
    CENTRE_REVIEWER,
    CLERK,
    CODE,
    FIRST,
    NEIGHBOUR,
    NOW,
    OTHER,
    OTHER_NAME,
    OUTSIDER,
    OWNER,
    REVIEWER,
    TODAY,
    WINDOW,
    Desk,
    days,
    registered,
)  # fmt: skip

from xinyong.foundation.audit import PUBLIC, Who
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.rights import casework
from xinyong.rights.applying import Shown
from xinyong.rights.repair import actions, service, shielding, upstream

SECOND = "潼示罚〔2026〕2号"


# the way through


def test_a_granted_repair_ends_publicity_sharing_and_use_at_once(desk: Desk) -> None:
    record = desk.penalty()
    assert [r["fields"]["行政处罚决定书文号"] for r in desk.public()] == [FIRST]
    case = desk.granted(record)
    assert case.state == "granted" and desk.public() == []
    clocks = desk.told()[record]["clocks"]
    assert clocks["publicity"]["state"] == "repaired"
    assert not any(p["shared"] for p in clocks["sharing"]["purposes"])
    [mark] = clocks["marks"]
    assert (mark["kind"], mark["by"]) == ("repair", "示例审核员") and case.shown in mark["reason"]


def test_each_step_is_told_to_who_is_concerned_and_kept_in_the_trail(desk: Desk) -> None:
    desk.granted(desk.penalty())
    assert desk.notices("subject") == ["REPAIR_RECEIVED", "REPAIR_ACCEPTED", "REPAIR_GRANTED"]
    assert desk.notices("provider") == ["REPAIR_ASSIGNED"]
    trail = desk.c.execute(
        "SELECT action FROM audit_entry WHERE action LIKE 'repair.%' ORDER BY id"
    ).fetchall()
    assert [a for (a,) in trail] == ["repair.submitted", "repair.pushed", "repair.accepted", "repair.granted"]
    events = desk.c.execute("SELECT kind FROM event WHERE kind LIKE 'record.mark%'").fetchall()
    assert events == [("record.mark",)]


def test_several_records_in_one_application_are_decided_each_for_itself(desk: Desk) -> None:
    first, second = desk.penalty(), desk.penalty(SECOND)
    case = desk.accepted(first, second)
    case = desk.do("notice", REVIEWER, case, "第二件还有义务没有履行", "36号令第三章")
    case = desk.do("defend", OWNER, case, "已在整改", ())
    case = desk.decide(case, first)
    assert case.state == "granted" and desk.notices("subject")[-2:] == ["REPAIR_GRANTED", "REPAIR_REFUSED"]
    assert [r["fields"]["行政处罚决定书文号"] for r in desk.public()] == [SECOND]


def test_records_of_two_authorities_become_two_cases(desk: Desk) -> None:
    theirs = {"CF_CFJG": "潼南区应急管理局", "CF_CFJGDM": desk.book.providers["YJJ"].code}
    records = [desk.penalty(), desk.penalty(SECOND, **theirs)]
    cases = desk.apply_all(*records)
    assert sorted(k.authority for k in cases) == sorted([AUTHORITY, theirs["CF_CFJGDM"]])
    assert len({k.application for k in cases}) == 1 and [len(k.records) for k in cases] == [1, 1]


def test_a_window_enters_an_application_for_a_subject(desk: Desk) -> None:
    case = desk.apply(desk.penalty(), who=WINDOW)
    assert case.channel == "counter" and case.value == CODE
    assert casework.of_subject(desk.c, "uscc", CODE, "repair")[0].number == case.number


def test_removal_from_a_list_ahead_of_time_is_a_repair_like_any_other(desk: Desk) -> None:
    from case_rows import serious

    by = {"YZ_JG": "潼南区城市管理局", "YZ_JGDM": AUTHORITY, "YZ_MDMC": "示例行业严重失信主体名单"}
    desk.take("YZSX", serious() | by)
    [record] = [k for k, r in desk.told().items() if r["item"] == "YZSX"]
    assert [r["item"] for r in desk.public()] == ["YZSX"]
    desk.granted(record)
    assert desk.public() == []


# whose it is


def test_nobody_applies_for_anothers_record(desk: Desk) -> None:
    desk.take("DJZC", registered(OTHER, OTHER_NAME))
    record = desk.penalty()
    with pytest.raises(Refused, match="不在申请人名下"):
        desk.apply(record, who=NEIGHBOUR, code=CODE)
    assert desk.district.one("SELECT count(*) FROM rights_case") == 0


def test_an_unknown_number_looks_the_same_as_anothers(desk: Desk) -> None:
    desk.take("DJZC", registered(OTHER, OTHER_NAME))
    said = set()
    for address in (desk.address(desk.penalty()), "0" * 32, "nothing"):
        with pytest.raises(Refused) as told:
            asked = actions.Application((address,), "理由")
            actions.apply(desk.c, NEIGHBOUR, NOW, TODAY, OTHER, asked, desk.book)
        said.add(told.value.sentence)
    assert len(said) == 1


@pytest.mark.parametrize(
    "who", [CLERK, REVIEWER, CENTRE_REVIEWER, AUDITOR, PUBLIC, Who("示例银行", "bank", OTHER)]
)
def test_other_roles_apply_for_nobody(desk: Desk, who: Who) -> None:
    with pytest.raises(NotPermitted):
        desk.apply(desk.penalty(), who=who)


def test_another_subject_takes_no_step_in_the_case(desk: Desk) -> None:
    case = desk.do("notice", REVIEWER, desk.accepted(desk.penalty()), "理由", "依据")
    for act, given in (("withdraw", ("不要了",)), ("defend", ("我来说", ()))):
        with pytest.raises(NotPermitted, match="不是本主体提出的"):
            desk.do(act, NEIGHBOUR, case, *given)
    assert desk.load(case).state == "noticed"


def test_only_the_centre_handles_an_application(desk: Desk) -> None:
    case = desk.apply(desk.penalty())
    for act, given in (("push", ()), ("ask_more", (["证明"],)), ("forward", ("编号",))):
        for who in (OWNER, CLERK, REVIEWER, CENTRE_REVIEWER, WINDOW, AUDITOR, PUBLIC):
            with pytest.raises(NotPermitted, match="没有“受理信用修复”的权限"):
                desk.do(act, who, case, *given)


def test_only_the_department_that_decided_accepts(desk: Desk) -> None:
    case = desk.pushed(desk.penalty())
    for who in (
        OUTSIDER,
        Who("外部门信息员示例", "department", OUTSIDER.provider),
        Who("没有单位", "department"),
    ):
        with pytest.raises(NotPermitted, match="不归本部门办理"):
            desk.do("accept", who, case)
    for who in (OWNER, CENTRE, CENTRE_REVIEWER, AUDITOR):
        with pytest.raises(NotPermitted, match="没有“受理或者不予受理信用修复”的权限"):
            desk.do("accept", who, case)


def test_only_a_reviewer_of_the_department_decides(desk: Desk) -> None:
    record = desk.penalty()
    case = desk.accepted(record)
    for who in (OWNER, CLERK, CENTRE, AUDITOR, WINDOW):
        with pytest.raises(NotPermitted, match="没有“决定信用修复”的权限"):
            desk.decide(case, record, who=who)
    with pytest.raises(NotPermitted, match="不归本部门办理"):
        desk.decide(case, record, who=OUTSIDER)
    assert desk.public() != []


def test_who_accepted_does_not_decide(desk: Desk) -> None:
    record = desk.penalty()
    case = desk.do("accept", REVIEWER, desk.pushed(record))
    with pytest.raises(NotPermitted, match="两个人办理"):
        desk.decide(case, record)


def test_the_centre_enters_a_decision_only_on_the_authoritys_letter(desk: Desk) -> None:
    record = desk.penalty()
    case = desk.accepted(record)
    with pytest.raises(Refused, match="认定单位的函件"):
        desk.decide(case, record, who=CENTRE_REVIEWER, basis="")
    assert desk.decide(case, record, who=CENTRE_REVIEWER, basis="潼市监函〔2026〕3号").state == "granted"


# a window, for what was filed before

SEEN = Shown(CODE, "营业执照和法定代表人身份证原件")


def at_window(desk: Desk, name: str, case: Any, *given: Any, shown: Any = SEEN, who: Who = WINDOW) -> Any:
    return getattr(actions, name)(desk.c, who, NOW, case.number, *given, desk.book, shown)


def test_a_window_adds_defends_and_withdraws_for_who_stands_there(desk: Desk) -> None:
    case = desk.apply(desk.penalty(), who=WINDOW, files=())
    case = desk.do("ask_more", CENTRE, case, ["信用修复承诺书", "履行完义务的证明"])
    case = desk.do("push", CENTRE, at_window(desk, "supplement", case, desk.uploads(), True))
    case = desk.do("notice", REVIEWER, desk.do("accept", CLERK, case), "没有缴清", "36号令第三章")
    case = at_window(desk, "defend", case, "昨日已缴清", ())
    assert case.state == "defended" and at_window(desk, "withdraw", case, "改日再来").state == "withdrawn"
    assert desk.notices("subject") == [
        "REPAIR_RECEIVED", "REPAIR_INCOMPLETE", "REPAIR_SUPPLEMENTED", "REPAIR_ACCEPTED", "REPAIR_REFUSAL_NOTICED",
        "REPAIR_DEFENDED", "REPAIR_WITHDRAWN",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("shown", "sentence"),
    [(None, "核对了申请人"), (Shown(CODE, " "), "核对了申请人"), (Shown(OTHER, "身份证原件"), "不是所填代码的主体"),
     (Shown("不是代码", "身份证原件"), "代码不正确")],
)  # fmt: skip
def test_a_window_acts_on_the_applicants_documents_only(desk: Desk, shown: Any, sentence: str) -> None:
    case = desk.do("notice", REVIEWER, desk.accepted(desk.penalty()), "理由", "依据")
    with pytest.raises(Refused, match=sentence):
        at_window(desk, "defend", case, "我来说", (), shown=shown)
    with pytest.raises(NotPermitted):
        at_window(desk, "defend", case, "我来说", (), who=CENTRE_REVIEWER)
    assert desk.load(case).state == "noticed"


def test_which_documents_a_window_saw_is_sealed_and_in_no_trail(desk: Desk) -> None:
    at_window(desk, "withdraw", desk.apply(desk.penalty()), "不办了")
    stored = desk.district.one("SELECT detail::text FROM rights_case_step WHERE kind = 'withdrawn'")
    trail = desk.district.one("SELECT string_agg(detail::text, '') FROM audit_entry")
    assert "evidence" in stored and "身份证" not in stored + trail


# order and grounds


def test_a_repair_is_refused_only_after_notice_and_a_chance_to_answer(desk: Desk) -> None:
    case = desk.accepted(desk.penalty())
    with pytest.raises(Refused, match="要先告知拟不予修复的理由"):
        desk.decide(case)
    case = desk.do("notice", REVIEWER, case, "罚款没有缴清", "36号令第三章")
    with pytest.raises(Refused, match="告知还没有送达"):
        desk.decide(case)
    case = desk.do("defend", OWNER, case, "已于昨日缴清", desk.uploads("MATERIAL_OTHER"))
    assert desk.decide(case, reason="核实后仍未缴清").state == "refused"
    assert desk.public() != [] and desk.notices("subject")[-1] == "REPAIR_REFUSED"


def test_who_says_nothing_until_the_day_named_may_be_refused_after_it(desk: Desk) -> None:
    case = desk.do("notice", REVIEWER, desk.accepted(desk.penalty()), "理由", "依据")
    proof = service.Proof("直接送达", TODAY, "送达回证 1 号")
    case = service.serve(desk.c, CLERK, NOW, case.number, proof, desk.book)
    with pytest.raises(Refused, match="不利决定"):
        desk.decide(case, at=days(3))  # the third working day after Monday
    assert desk.decide(case, at=days(4)).state == "refused"


def test_after_a_good_defence_the_repair_is_granted_all_the_same(desk: Desk) -> None:
    record = desk.penalty()
    case = desk.do("notice", REVIEWER, desk.accepted(record), "理由", "依据")
    case = desk.do("defend", OWNER, case, "已缴清，附收据", desk.uploads("MATERIAL_OTHER"))
    assert desk.decide(case, record).state == "granted" and desk.public() == []


def test_no_decision_without_a_reason_one_can_read(desk: Desk) -> None:
    record = desk.penalty()
    case = desk.accepted(record)
    for reason in ("", "   ", "长" * 2001):
        with pytest.raises(Refused):
            desk.decide(case, record, reason=reason)
    assert desk.load(case).state == "accepted"


def test_what_is_not_taken_on_is_told_with_reasons_and_may_be_applied_for_again(desk: Desk) -> None:
    record = desk.penalty()
    case = desk.do("decline", CLERK, desk.pushed(record), "承诺书没有盖章", "36号令第三章")
    assert case.state == "declined" and desk.notices("subject")[-1] == "REPAIR_NOT_ACCEPTED"
    assert desk.apply(record, at=days(1)).state == "submitted"


def test_a_record_is_in_one_open_application_only(desk: Desk) -> None:
    record = desk.penalty()
    desk.apply(record)
    with pytest.raises(Refused, match="已经在申请修复"):
        desk.apply(record)


def test_what_is_repaired_already_needs_no_application(desk: Desk) -> None:
    record = desk.penalty()
    desk.granted(record)
    with pytest.raises(Refused, match="不需要再申请"):
        desk.apply(record)


def test_what_has_no_repair_is_told_so(desk: Desk) -> None:
    [record] = [k for k, r in desk.told().items() if r["item"] == "DJZC"]
    with pytest.raises(Refused, match="没有修复程序"):
        desk.apply(record)


def test_only_records_of_the_case_are_decided_in_it(desk: Desk) -> None:
    first, second = desk.penalty(), desk.penalty(SECOND)
    with pytest.raises(Refused, match="不在这件申请里"):
        desk.decide(desk.accepted(first), second)
    assert len(desk.public()) == 2


def test_after_withdrawal_nothing_is_decided(desk: Desk) -> None:
    record = desk.penalty()
    case = desk.do("withdraw", OWNER, desk.accepted(record), "情况有变")
    with pytest.raises(Refused, match="申请已撤回"):
        desk.decide(case, record)
    assert len(desk.public()) == 1


# other routes


def test_a_route_that_is_not_ours_is_forwarded_with_its_number(desk: Desk) -> None:
    from case_rows import abnormal

    desk.take("JYYC", abnormal())
    [record] = [k for k, r in desk.told().items() if r["item"] == "JYYC"]
    case = desk.apply(record)
    with pytest.raises(Refused, match="由其他渠道修复"):
        desk.do("push", CENTRE, case)
    case = desk.do("forward", CENTRE, case, "公示系统 20261123-7")
    assert case.state == "forwarded" and desk.notices("subject")[-1] == "REPAIR_FORWARDED"
    result = upstream.Result("公示系统 20261123-7", True, "准予移出", case.number)
    case = upstream.take_result(desk.c, CENTRE_REVIEWER, NOW, TODAY, result, desk.book)
    assert case.state == "granted" and desk.public() == []


def test_our_route_is_not_forwarded(desk: Desk) -> None:
    with pytest.raises(Refused, match="请转认定单位"):
        desk.do("forward", CENTRE, desk.apply(desk.penalty()), "编号")


def test_an_upstream_result_without_a_case_of_ours_has_the_same_effects(desk: Desk) -> None:
    record = desk.penalty()
    told = upstream.Result("信用中国 7", True, "准予修复", code=CODE, records=(desk.address(record),))
    case = upstream.take_result(desk.c, CENTRE_REVIEWER, NOW, TODAY, told, desk.book)
    assert (case.channel, case.state) == ("upstream", "granted") and desk.public() == []


def test_the_same_upstream_number_counts_once(desk: Desk) -> None:
    record = desk.penalty()
    told = upstream.Result("信用中国 7", True, "准予修复", code=CODE, records=(desk.address(record),))
    first, again = (
        upstream.take_result(desk.c, CENTRE_REVIEWER, NOW, TODAY, told, desk.book) for _ in range(2)
    )
    assert first.number == again.number and len(again.steps) == 1
    assert desk.district.one("SELECT count(*) FROM record_mark") == 1
    other = upstream.Result("信用中国 7", False, "不予", code=CODE, records=(desk.address(record),))
    with pytest.raises(Refused, match="已登记过另一结果"):
        upstream.take_result(desk.c, CENTRE_REVIEWER, NOW, TODAY, other, desk.book)


def entered(desk: Desk, case: Any = None, who: Who = CENTRE_REVIEWER, **more: Any) -> Any:
    """A result from elsewhere, for a case of ours or for records."""
    told = upstream.Result(
        "信用中国 7", **({"granted": True, "reason": "说明"} | more), case=case.number if case else ""
    )
    return upstream.take_result(desk.c, who, NOW, TODAY, told, desk.book)


def test_only_the_centres_reviewer_enters_upstream_results(desk: Desk) -> None:
    record = desk.penalty()
    for granted in (True, False):
        told = upstream.Result("信用中国 7", granted, "说明", code=CODE, records=(desk.address(record),))
        for who in (CENTRE, CLERK, REVIEWER, OUTSIDER, OWNER):
            with pytest.raises(NotPermitted):
                upstream.take_result(desk.c, who, NOW, TODAY, told, desk.book)
    assert len(desk.public()) == 1


@pytest.mark.parametrize("way", ["submitted", "pushed", "accepted"])
def test_what_is_ours_is_never_refused_by_a_result_from_elsewhere(desk: Desk, way: str) -> None:
    record = desk.penalty()
    case = {"submitted": desk.apply, "pushed": desk.pushed, "accepted": desk.accepted}[way](record)
    with pytest.raises(Refused, match="不能办理“上级渠道不予修复”"):
        entered(desk, case, granted=False)
    with pytest.raises(NotPermitted):
        entered(desk, case, REVIEWER)
    assert desk.load(case).state == way and len(desk.public()) == 1
    assert entered(desk, case).state == "granted" and desk.public() == []


def test_who_accepted_enters_no_result_either(desk: Desk) -> None:
    both = Who(CENTRE_REVIEWER.name, "department_reviewer", AUTHORITY, purpose="办理")
    case = desk.do("accept", both, desk.pushed(desk.penalty()))
    with pytest.raises(NotPermitted, match="两个人办理"):
        entered(desk, case)


@pytest.mark.parametrize("granted", [True, False])
def test_a_result_about_a_record_in_an_open_case_is_entered_there(desk: Desk, granted: bool) -> None:
    record = desk.penalty()
    case = desk.accepted(record)
    with pytest.raises(Refused, match=f"正在本平台申请修复（{case.shown}）"):
        entered(desk, granted=granted, code=CODE, records=(desk.address(record),))
    assert desk.load(case).state == "accepted"


# completeness


def test_what_is_missing_is_asked_for_once_and_then_the_department_has_it(desk: Desk) -> None:
    case = desk.do("ask_more", CENTRE, desk.apply(desk.penalty(), files=()), ["履行完义务的证明"])
    case = desk.do("supplement", OWNER, case, desk.uploads("MATERIAL_OTHER"), True)
    with pytest.raises(Refused, match="已经一次告知过"):
        desk.do("ask_more", CENTRE, case, ["信用修复承诺书"])
    case = desk.do("push", CENTRE, case)  # incomplete still: whether to take it on is the department's to say
    assert desk.do("decline", CLERK, case, "没有承诺书", "36号令第三章").state == "declined"


def test_the_conditions_as_they_were_found_are_kept_with_the_decision(desk: Desk) -> None:
    record = desk.penalty()
    case = desk.granted(record)
    [kept] = [actions.conditions_kept(desk.load(case))[record]]
    found = {k.id: k.met for k in kept}
    assert (
        found["COND_MIN_PERIOD"] is True and found["COND_DUTIES"] is None and found["COND_COMMITMENT"] is True
    )
    assert all(k.basis for k in kept) and case.last("granted").detail["rulebook"] == desk.book.edition.id


# false materials


def test_a_repair_on_false_materials_is_withdrawn_after_hearing_and_the_record_is_back(desk: Desk) -> None:
    record = desk.penalty()
    case = desk.granted(record)
    with pytest.raises(Refused, match="不能办理“撤销修复”"):
        desk.do("revoke", REVIEWER, case, "收据是伪造的", "查证笔录")
    case = desk.do("notice", REVIEWER, case, "收据是伪造的", "查证笔录")
    assert case.state == "revoke_noticed"
    with pytest.raises(Refused, match="告知还没有送达"):
        desk.do("revoke", REVIEWER, case, "收据是伪造的", "查证笔录")
    assert desk.public() == []
    case = desk.do("defend", OWNER, case, "不知情", ())
    case = desk.do("revoke", REVIEWER, case, "收据是伪造的", "查证笔录")
    assert case.state == "revoked" and len(desk.public()) == 1
    assert desk.notices("subject")[-1] == "REPAIR_REVOKED"
    ended = desk.c.execute("SELECT kind FROM event WHERE kind = 'record.mark_closed'").fetchall()
    assert len(ended) == 1


def test_a_revocation_that_does_not_hold_is_dropped(desk: Desk) -> None:
    case = desk.do("notice", REVIEWER, desk.granted(desk.penalty()), "疑似伪造", "举报")
    case = desk.do("defend", OWNER, case, "是真的", ())
    assert desk.do("drop_revocation", REVIEWER, case, "查证属实").state == "granted"
    assert desk.public() == [] and desk.notices("subject")[-1] == "REPAIR_STAYS"


def test_a_revocation_ends_what_this_case_granted_and_nothing_else(desk: Desk) -> None:
    first, second = desk.penalty(), desk.penalty(SECOND)
    case = desk.do("notice", REVIEWER, desk.accepted(first, second), "第二件没有履行", "36号令第三章")
    case = desk.decide(desk.do("defend", OWNER, case, "会履行", ()), first)
    desk.granted(second)  # applied for again, granted by itself
    assert desk.public() == []
    case = desk.do("notice", REVIEWER, case, "收据是伪造的", "查证笔录")
    desk.do("revoke", REVIEWER, desk.do("defend", OWNER, case, "不知情", ()), "收据是伪造的", "查证笔录")
    assert [r["fields"]["行政处罚决定书文号"] for r in desk.public()] == [FIRST]


def test_another_department_revokes_nothing(desk: Desk) -> None:
    case = desk.granted(desk.penalty())
    with pytest.raises(NotPermitted):
        desk.do("notice", OUTSIDER, case, "理由", "依据")


# shielding


def ruling(desk: Desk, record: str, **changes: Any) -> Any:
    usual = {"number": "（2026）渝0152破申1号裁定", "until": TODAY + timedelta(days=30), "code": CODE,
             "records": (desk.address(record),), "reason": "裁定批准重整计划"}  # fmt: skip
    return shielding.Ruling(**{**usual, **changes})


def test_a_ruling_shields_until_its_day_or_until_it_is_lifted(desk: Desk) -> None:
    record = desk.penalty()
    [case] = shielding.shield(desk.c, REVIEWER, NOW, TODAY, ruling(desk, record), desk.book)
    assert case.state == "shielded" and desk.public() == []
    assert len(desk.public(TODAY + timedelta(days=31))) == 1
    case = shielding.lift(desk.c, REVIEWER, NOW, case.number, "计划执行完毕", "终结裁定", desk.book)
    assert case.state == "lifted" and len(desk.public()) == 1


def test_of_two_rulings_about_a_record_the_second_waits_until_the_first_is_lifted(desk: Desk) -> None:
    record = desk.penalty()
    [first] = shielding.shield(desk.c, REVIEWER, NOW, TODAY, ruling(desk, record), desk.book)
    longer = ruling(desk, record, number="（2026）渝0152破申9号裁定", until=TODAY + timedelta(days=90))
    with pytest.raises(Refused, match="破申1号裁定”屏蔽到 2026-12-23"):
        shielding.shield(desk.c, REVIEWER, NOW, TODAY, longer, desk.book)
    shielding.lift(desk.c, REVIEWER, NOW, first.number, "改由新裁定", "破申9号裁定", desk.book)
    assert shielding.shield(desk.c, REVIEWER, NOW, TODAY, longer, desk.book)[0].state == "shielded"


def test_lifting_a_shielding_that_ran_out_leaves_the_next_ones(desk: Desk) -> None:
    record, later = desk.penalty(), days(40)
    [old] = shielding.shield(desk.c, REVIEWER, NOW, TODAY, ruling(desk, record), desk.book)
    new = ruling(desk, record, number="（2027）渝0152破申2号裁定", until=TODAY + timedelta(days=90))
    shielding.shield(desk.c, REVIEWER, later, later.date(), new, desk.book)
    shielding.lift(desk.c, REVIEWER, later, old.number, "早已到期", "终结裁定", desk.book)
    assert desk.public(later.date()) == []


def test_a_shielding_past_its_day_says_so(desk: Desk) -> None:
    [case] = shielding.shield(desk.c, REVIEWER, NOW, TODAY, ruling(desk, desk.penalty()), desk.book)
    last = TODAY + timedelta(days=30)
    assert case.state_on(last) == "临时屏蔽中" and case.state_on(last + timedelta(days=1)) == "屏蔽已到期"


def test_the_subject_is_told_of_a_shielding_and_of_its_end(desk: Desk) -> None:
    [case] = shielding.shield(desk.c, REVIEWER, NOW, TODAY, ruling(desk, desk.penalty()), desk.book)
    shielding.lift(desk.c, REVIEWER, NOW, case.number, "计划执行完毕", "终结裁定", desk.book)
    assert desk.notices("subject") == ["SHIELDING_BEGUN", "SHIELDING_LIFTED"]


def test_shielding_wants_a_ruling_and_a_day_to_come(desk: Desk) -> None:
    record = desk.penalty()
    with pytest.raises(Refused, match="裁定书文号"):
        shielding.shield(desk.c, REVIEWER, NOW, TODAY, ruling(desk, record, number=" "), desk.book)
    with pytest.raises(Refused, match="已经过去"):
        shielding.shield(
            desk.c, REVIEWER, NOW, TODAY, ruling(desk, record, until=TODAY - timedelta(days=1)), desk.book
        )


def test_nobody_else_shields(desk: Desk) -> None:
    record = desk.penalty()
    for who in (OUTSIDER, CLERK, CENTRE, OWNER, AUDITOR):
        with pytest.raises(NotPermitted):
            shielding.shield(desk.c, who, NOW, TODAY, ruling(desk, record), desk.book)
    assert len(desk.public()) == 1
