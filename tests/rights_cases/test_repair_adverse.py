"""What goes against the subject: the ground of a withdrawal, a decision that is chosen record by record, basis and remedy."""

from __future__ import annotations

from typing import Any

import pytest
from case_desk import BY_MARKET, CENTRE, CENTRE_REVIEWER, CLERK, CODE, NOW, OWNER, REVIEWER, TODAY, Desk
from signing_in import as_role

from xinyong.kernel.errors import Refused
from xinyong.rights import casework
from xinyong.rights.casework import Case, Said
from xinyong.rights.notices import inbox
from xinyong.rights.repair import actions, adverse, reminding, upstream

SECOND = "潼示罚〔2026〕2号"
LAW = "36号令第三章"
FALSE, OTHER = adverse.FALSE, adverse.OTHER


def newest(desk: Desk, template: str) -> str:
    return next(n.body for n in inbox.listed(desk.c, OWNER) if n.template == template)


def noticed(desk: Desk, ground: str, *, answered: bool = True) -> Case:
    case = desk.do("notice", REVIEWER, desk.granted(desk.penalty()), "收据有问题", "查证笔录", ground=ground)
    return desk.do("defend", OWNER, case, "不知情", ()) if answered else case


def revoked(desk: Desk, ground: str) -> Case:
    return desk.do("revoke", REVIEWER, noticed(desk, ground), "收据有问题", "查证笔录", ground=ground)


def barred(desk: Desk, case: Case) -> list[bool]:
    """By the condition, and by the reminders."""
    told = reminding._barred(desk.c, desk.book, TODAY)
    return [
        actions.revoked_on(desk.c, case.scheme, case.value) is not None,
        (case.scheme, case.value) in told,
    ]


def client(role: str) -> Any:
    return as_role(role, subject_code=CODE) if role == "subject" else as_role(role)


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[:2000]
    return str(answer.content.decode())


# the ground of a withdrawal


@pytest.mark.parametrize(("ground", "bars"), [(FALSE, True), (OTHER, False)])
def test_only_who_handed_in_false_materials_is_barred_for_a_time(desk: Desk, ground: str, bars: bool) -> None:
    case = revoked(desk, ground)
    assert barred(desk, case) == [bars, bars]
    assert case.state == "revoked" and case.last("revoked").detail["ground"] == ground  # type: ignore[union-attr]
    said = newest(desk, "REPAIR_REVOKED")
    assert (adverse.GROUNDS[ground] in said, "2027-11-23 以前不能再申请修复" in said) == (True, bars)
    intended = newest(desk, "REPAIR_REFUSAL_NOTICED")
    assert (adverse.GROUNDS[ground] in intended, "1 年内不能再申请修复" in intended) == (True, bars)


@pytest.mark.parametrize("ground", ["", "谁知道"])
def test_a_withdrawal_is_neither_noticed_nor_decided_without_a_ground(desk: Desk, ground: str) -> None:
    granted = desk.granted(desk.penalty())
    with pytest.raises(Refused, match="撤销的情形"):
        desk.do("notice", REVIEWER, granted, "理由", "依据", ground=ground)
    case = desk.do("notice", REVIEWER, granted, "理由", "依据", ground=FALSE)
    case = desk.do("defend", OWNER, case, "不知情", ())
    with pytest.raises(Refused, match="撤销的情形"):
        desk.do("revoke", REVIEWER, case, "理由", "依据", ground=ground)
    assert desk.load(case).state == "revoke_defended"


@pytest.mark.parametrize(("told", "decided"), [(FALSE, OTHER), (OTHER, FALSE)])
def test_the_ground_decided_is_the_one_the_subject_was_heard_on(desk: Desk, told: str, decided: str) -> None:
    case = noticed(desk, told)
    with pytest.raises(Refused, match="重新告知"):
        desk.do("revoke", REVIEWER, case, "理由", "依据", ground=decided)
    case = desk.do("drop_revocation", REVIEWER, case, "换一种情形")
    case = desk.do("notice", REVIEWER, case, "理由", "依据", ground=decided)
    case = desk.do("defend", OWNER, case, "不知情", ())
    assert desk.do("revoke", REVIEWER, case, "理由", "依据", ground=decided).state == "revoked"


def old(desk: Desk, *steps: str) -> Case:
    """As steps were kept before a ground was asked for."""
    case = desk.granted(desk.penalty())
    for step in steps:
        with desk.c.transaction():
            case = casework.take(desk.c, REVIEWER, NOW, desk.load(case), step, Said("材料虚假", "查证笔录"))
    return case


def test_an_old_withdrawal_without_a_ground_is_not_taken_for_false_materials(desk: Desk) -> None:
    assert barred(desk, old(desk, "revoke_noticed", "revoke_defended", "revoked")) == [False, False]


def test_an_old_notice_without_a_ground_is_no_hearing_on_false_materials(desk: Desk) -> None:
    case = old(desk, "revoke_noticed", "revoke_defended")
    with pytest.raises(Refused, match="重新告知"):
        desk.do("revoke", REVIEWER, case, "理由", "依据", ground=FALSE)
    assert desk.do("revoke", REVIEWER, case, "理由", "依据", ground=OTHER).state == "revoked"


def test_the_pages_ask_for_the_ground_and_name_it(site: Desk) -> None:
    case, reviewer, subject = site.granted(site.penalty()), client("department_reviewer"), client("subject")
    at = f"/console/repairs/{case.number}/decide"
    said = {"reason": "收据是伪造的", "basis": "查证笔录"}
    text(reviewer.post(f"{at}/revoke-notice", said), 400)
    assert reviewer.post(f"{at}/revoke-notice", {**said, "ground": FALSE}).status_code == 302
    site.do("defend", OWNER, case, "不知情", ())
    page = text(reviewer.get(f"{at}/revoke"))
    assert f'value="{FALSE}"' in page and f'value="{OTHER}"' not in page and 'value="" selected' in page
    text(reviewer.post(f"{at}/revoke", said), 400)
    assert reviewer.post(f"{at}/revoke", {**said, "ground": FALSE}).status_code == 302
    assert "材料虚假或者承诺严重不实" in text(reviewer.get(f"/console/repairs/{case.number}"))
    mine = text(subject.get(f"/own/repairs/{case.number}"))
    assert "材料虚假或者承诺严重不实，2027-11-23 以前不能再申请修复" in mine
    assert "查证笔录" in mine and adverse.REMEDY in mine


# a decision is chosen


def test_of_a_noticed_refusal_nothing_is_granted_by_one_click(site: Desk) -> None:
    record = site.penalty()
    case = site.do("notice", REVIEWER, site.accepted(record), "罚款没有缴清", LAW)
    at, reviewer = f"/console/repairs/{case.number}/decide/decide", client("department_reviewer")
    assert "checked" not in text(reviewer.get(at))
    assert "请选择准予或者不予" in text(reviewer.post(at, {"reason": "罚款没有缴清", "basis": LAW}), 400)
    assert site.load(case).state == "noticed"
    given = {f"r_{record}": "granted", "reason": "已经缴清"}
    assert reviewer.post(at, given).status_code == 302 and site.load(case).state == "granted"


def test_each_record_is_chosen_by_itself_and_what_is_refused_needs_a_basis(site: Desk) -> None:
    first, second = site.penalty(), site.penalty(SECOND)
    case = site.do("notice", REVIEWER, site.accepted(first, second), "第二件没有履行", LAW)
    site.do("defend", OWNER, case, "会履行", ())
    at, reviewer = f"/console/repairs/{case.number}/decide/decide", client("department_reviewer")
    given = {f"r_{first}": "granted", f"r_{second}": "refused", "reason": "第二件没有履行"}
    page = text(reviewer.post(at, given), 400)
    assert "不予修复的，要写明依据" in page and page.count("checked") == 2
    text(reviewer.post(at, {**given, f"r_{second}": ""}), 400)
    assert reviewer.post(at, {**given, "basis": LAW}).status_code == 302
    assert site.load(case).last("granted").detail["granted"] == [first]
    mine = text(client("subject").get(f"/own/repairs/{case.number}"))
    assert LAW in mine and adverse.REMEDY in mine


def test_an_unmet_condition_stands_beside_the_record_and_is_granted_against_only_by_a_tick(
    site: Desk,
) -> None:
    record = site.penalty(CF_JDRQ="2026-11-09", CF_YXQ="2029-11-09")
    case = site.accepted(record)
    at, reviewer = f"/console/repairs/{case.number}/decide/decide", client("department_reviewer")
    page = text(reviewer.get(at))
    assert "不具备" in page and "达到最短公示期" in page and "还没有达到" in page and 'name="despite"' in page
    given = {f"r_{record}": "granted", "reason": "另有规定"}
    said = text(reviewer.post(at, given), 400)
    assert "请勾选确认" in said and 'name="despite"' in said and site.load(case).state == "accepted"
    assert reviewer.post(at, {**given, "despite": "on"}).status_code == 302
    assert site.load(case).last("granted").detail["despite"] == [record]


def test_where_all_is_met_no_tick_is_asked_for(site: Desk) -> None:
    record = site.penalty()
    case = site.accepted(record)
    at = f"/console/repairs/{case.number}/decide/decide"
    assert 'name="despite"' not in text(client("department_reviewer").get(at))
    assert site.decide(case, record).last("granted").detail["despite"] == []


def test_the_action_too_grants_nothing_against_a_condition_without_the_tick(desk: Desk) -> None:
    unmet, met = desk.penalty(CF_JDRQ="2026-11-09", CF_YXQ="2029-11-09"), desk.penalty(SECOND)
    case = desk.accepted(unmet, met)
    with pytest.raises(Refused, match="还没有达到"):
        desk.decide(case, unmet, met)
    assert desk.load(case).state == "accepted" and len(desk.public()) == 2
    assert desk.decide(case, unmet, met, despite=True).last("granted").detail["despite"] == [unmet]


# basis and remedy


@pytest.mark.parametrize("basis", ["", " "])
def test_nothing_is_refused_or_not_accepted_without_a_basis(desk: Desk, basis: str) -> None:
    record = desk.penalty()
    pushed = desk.pushed(record)
    with pytest.raises(Refused, match="请写明依据"):
        desk.do("decline", CLERK, pushed, "承诺书没有盖章", basis)
    case = desk.do("notice", REVIEWER, desk.do("accept", CLERK, pushed), "没有缴清", LAW)
    case = desk.do("defend", OWNER, case, "会缴清", ())
    with pytest.raises(Refused, match="请写明依据"):
        desk.decide(case, basis=basis)
    assert desk.decide(case, record, basis=basis).state == "granted"


def test_who_is_refused_reads_the_basis_and_where_to_turn(desk: Desk) -> None:
    case = desk.do("notice", REVIEWER, desk.accepted(desk.penalty()), "没有缴清", LAW)
    desk.decide(desk.do("defend", OWNER, case, "会缴清", ()), basis="决定书第三条")
    said = newest(desk, "REPAIR_REFUSED")
    assert "依据：决定书第三条" in said and adverse.REMEDY in said


def test_who_is_not_accepted_reads_the_basis_and_is_not_sent_to_an_objection(site: Desk) -> None:
    case = site.pushed(site.penalty())
    at, clerk = f"/console/repairs/{case.number}/accept/decline", client("department")
    text(clerk.post(at, {"reason": "承诺书没有盖章"}), 400)
    assert clerk.post(at, {"reason": "承诺书没有盖章", "basis": LAW}).status_code == 302
    said = newest(site, "REPAIR_NOT_ACCEPTED")
    assert f"依据：{LAW}" in said and adverse.REMEDY in said and "异议" not in said
    assert adverse.REMEDY in text(client("subject").get(f"/own/repairs/{case.number}"))


def test_a_revoked_repair_sends_nobody_to_an_objection(desk: Desk) -> None:
    revoked(desk, OTHER)
    said = newest(desk, "REPAIR_REVOKED")
    assert "依据：查证笔录" in said and adverse.REMEDY in said and "异议" not in said


def test_another_channels_refusal_is_contested_with_who_made_it(site: Desk) -> None:
    case = site.do("forward", CENTRE, site.apply(site.penalty(**BY_MARKET)), "公示系统 7")
    told = upstream.Result("公示系统 8", False, "没有履行", case.number)
    upstream.take_result(site.c, CENTRE_REVIEWER, NOW, TODAY, told, site.book)
    said, mine = (
        newest(site, "REPAIR_REFUSED_ELSEWHERE"),
        text(client("subject").get(f"/own/repairs/{case.number}")),
    )
    for words in (said, mine):
        assert (
            "上级渠道编号 公示系统 8" in words and adverse.ELSEWHERE in words and adverse.REMEDY not in words
        )


def test_what_was_granted_names_no_remedy(site: Desk) -> None:
    case = site.granted(site.penalty())
    assert adverse.REMEDY not in text(client("subject").get(f"/own/repairs/{case.number}"))
