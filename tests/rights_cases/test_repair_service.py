"""Adverse decisions wait for 送达, limits that were missed stay missed, and who has to act is told what it waits for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from case_desk import (
    AUDITOR,
    AUTHORITY,
    CENTRE,
    CENTRE_REVIEWER,
    CLERK,
    CODE,
    NOW,
    OTHER,
    OUTSIDER,
    OWNER,
    REVIEWER,
    TODAY,
    WINDOW,
    Desk,
    days,
)
from signing_in import open_account, signed_in
from test_repair_limits import FIRST_DAY, LAST_DAY, PUSHED, made

from xinyong.catalog.loading import load_rulebook
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.rights import alarms, limits, moves
from xinyong.rights.applying import Shown
from xinyong.rights.notices import inbox
from xinyong.rights.persons import open_cases
from xinyong.rights.repair import service, timeliness
from xinyong.rights.repair.actions import Decision

COLLEAGUE = Who("示例另一审核员", "department_reviewer", AUTHORITY, purpose="办理")
SHOWN = Shown(CODE, "营业执照和经办人身份证原件")


def noticed(desk: Desk, *, revoking: bool = False) -> Any:
    """A case with the notice of an intended refusal, or withdrawal, written on a Monday."""
    record = desk.penalty()
    case = desk.granted(record) if revoking else desk.accepted(record)
    return desk.do("notice", REVIEWER, case, "罚款没有缴清", "36号令第三章")


def adverse(desk: Desk, case: Any, at: datetime) -> Any:
    """Refuses or withdraws, whichever was told."""
    if case.state.startswith("revoke"):
        return desk.do("revoke", REVIEWER, case, "收据是伪造的", "查证笔录", at=at)
    return desk.decide(case, at=at)


def newest(desk: Desk, template: str, who: Any = OWNER) -> inbox.Message:
    return next(m for m in inbox.listed(desk.c, who) if m.template == template)


def read(desk: Desk, template: str, at: datetime, who: Any = OWNER) -> None:
    assert inbox.opened(desk.c, who, at, newest(desk, template, who).id)


def proof(on: date, **changes: Any) -> service.Proof:
    return service.Proof(**{"way": "邮寄送达", "on": on, "evidence": "邮件 7 号，张三签收", **changes})


def serve(desk: Desk, case: Any, given: service.Proof, *, who: Any = CLERK, at: datetime = NOW) -> Any:
    return service.serve(desk.c, who, at, case.number, given, desk.book)


BOTH = pytest.mark.parametrize("revoking", [False, True])


# the time for an answer runs from the service


@BOTH
def test_an_adverse_decision_waits_for_the_service_however_long_that_takes(
    desk: Desk, revoking: bool
) -> None:
    case = noticed(desk, revoking=revoking)
    for later in (4, 40):
        with pytest.raises(Refused, match="告知还没有送达.*没有起算"):
            adverse(desk, case, days(later))
    assert desk.load(case).state == case.state
    assert service.of(desk.c, case) is None


@BOTH
def test_the_time_runs_from_the_day_on_which_the_subject_opened_the_notice(
    desk: Desk, revoking: bool
) -> None:
    case = noticed(desk, revoking=revoking)
    read(desk, "REPAIR_REFUSAL_NOTICED", days(1))
    read(desk, "REPAIR_REFUSAL_NOTICED", days(9))  # only the first time counts
    with pytest.raises(Refused, match="期限届满以后"):
        adverse(desk, case, days(4))  # three working days after Tuesday: the Friday is the last
    case = adverse(desk, case, days(5))
    assert case.state == ("revoked" if revoking else "refused")
    assert case.steps[-1].detail["served"] == {"on": "2026-11-24", "way": "网上查看"}


def test_the_day_of_opening_is_the_day_in_beijing(desk: Desk) -> None:
    case = noticed(desk)
    read(desk, "REPAIR_REFUSAL_NOTICED", NOW + timedelta(hours=15))  # 17:00 UTC on Monday, 1:00 on Tuesday
    found = service.of(desk.c, case)
    assert found == service.Served(date(2026, 11, 24), "网上查看")


def test_reading_something_else_serves_nothing(desk: Desk) -> None:
    case = noticed(desk)
    for template in ("REPAIR_RECEIVED", "REPAIR_ACCEPTED"):
        read(desk, template, days(1))
    assert service.of(desk.c, case) is None


def test_a_second_notice_is_served_for_itself(desk: Desk) -> None:
    record = desk.penalty()
    case = desk.do("notice", REVIEWER, desk.accepted(record), "理由", "依据")
    serve(desk, case, proof(TODAY))
    read(desk, "REPAIR_REFUSAL_NOTICED", NOW)
    case = desk.do("notice", REVIEWER, desk.decide(case, record), "收据是伪造的", "查证笔录")
    assert service.of(desk.c, case) is None
    with pytest.raises(Refused, match="拟撤销修复的告知还没有送达"):
        adverse(desk, case, days(30))
    read(desk, "REPAIR_REFUSAL_NOTICED", days(30))
    assert service.of(desk.c, case) == service.Served((days(30)).date(), "网上查看")


@BOTH
def test_what_is_entered_late_leaves_the_subject_its_whole_time_from_that_day(
    desk: Desk, revoking: bool
) -> None:
    case = noticed(desk, revoking=revoking)
    case = serve(desk, case, proof(TODAY, way="留置送达"), at=days(4))  # on Friday, of Monday
    assert case.state == ("revoke_noticed" if revoking else "noticed")
    assert "在 2026-12-02 前陈述、申辩" in newest(desk, "REPAIR_SERVED").body
    assert "留置送达，2026-11-27 登记），陈述、申辩到 2026-12-02" in service.sentence(desk.c, case, desk.book)
    for later in (4, 9):
        with pytest.raises(Refused, match="期限届满以后"):
            adverse(desk, case, days(later))
    case = adverse(desk, case, days(10))
    assert case.state == ("revoked" if revoking else "refused")
    assert case.steps[-1].detail["served"] == {"on": "2026-11-23", "way": "留置送达"}


@BOTH
def test_who_entered_the_service_makes_no_adverse_decision_on_it(desk: Desk, revoking: bool) -> None:
    case = serve(desk, noticed(desk, revoking=revoking), proof(TODAY), who=REVIEWER)
    for later in (0, 4, 40):
        with pytest.raises(NotPermitted, match="要由两个人办理"):
            adverse(desk, case, days(later))
    act, given = (
        ("revoke", ("伪造", "笔录")) if revoking else ("decide", (Decision((), "没有缴清", "36号令"),))
    )
    case = desk.do(act, COLLEAGUE, case, *given, at=days(4))
    assert case.state == ("revoked" if revoking else "refused")


def test_who_entered_the_service_may_still_grant(desk: Desk) -> None:
    record = desk.penalty()
    case = desk.do("notice", REVIEWER, desk.accepted(record), "理由", "依据")
    case = serve(desk, case, proof(TODAY), who=REVIEWER)
    assert desk.decide(case, record).state == "granted"


@pytest.mark.parametrize(("opened", "last"), [(1, 4), (5, 9)])  # three working days after it
def test_what_the_platform_knows_stands_above_what_was_entered(desk: Desk, opened: int, last: int) -> None:
    case = serve(desk, noticed(desk), proof(days(2).date()), who=REVIEWER, at=days(2))
    read(desk, "REPAIR_REFUSAL_NOTICED", days(opened))
    assert service.of(desk.c, case) == service.Served(days(opened).date(), "网上查看")
    with pytest.raises(Refused, match="期限届满以后"):
        adverse(desk, case, days(last))
    assert adverse(desk, case, days(last + 1)).state == "refused"


def test_a_later_entry_replaces_the_one_before(desk: Desk) -> None:
    case = serve(desk, noticed(desk), proof(days(2).date()), who=REVIEWER, at=days(7))
    case = serve(desk, case, proof(days(4).date(), way="留置送达"), at=days(8))
    found = service.of(desk.c, case)
    assert found == service.Served(days(4).date(), "留置送达", days(8).date(), CLERK.name)
    assert service.until(case, found, desk.book) == days(11).date()


def test_nothing_of_a_notice_is_cut_and_its_basis_stands_in_it(desk: Desk) -> None:
    reason, basis = "长" * 1_999 + "尾", "依" * 1_999 + "末"
    desk.do("notice", REVIEWER, desk.accepted(desk.penalty()), reason, basis)
    body = newest(desk, "REPAIR_REFUSAL_NOTICED").body
    assert f"拟不予修复，理由：{reason}；依据：{basis}。" in body and "…" not in body


def test_who_has_answered_has_got_it(desk: Desk) -> None:
    case = desk.do("defend", OWNER, noticed(desk), "已缴清", (), at=days(1))
    case = desk.decide(case, at=days(1))
    assert case.state == "refused"
    assert case.steps[-1].detail["served"] == {"on": "2026-11-24", "way": "已陈述、申辩"}


def test_a_grant_waits_for_no_service(desk: Desk) -> None:
    record = desk.penalty()
    case = desk.do("notice", REVIEWER, desk.accepted(record), "理由", "依据")
    assert desk.decide(case, record).state == "granted"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"on": TODAY - timedelta(days=1)}, "送达的日期"), ({"on": TODAY + timedelta(days=3)}, "送达的日期"),
     ({"on": date.max}, "送达的日期"),
     ({"way": "口头"}, "送达的方式"), ({"evidence": " "}, "送达的凭证")],
)  # fmt: skip
def test_a_service_before_its_notice_to_come_or_without_proof_is_not_entered(
    desk: Desk, changes: dict[str, Any], sentence: str
) -> None:
    case = noticed(desk)
    with pytest.raises(Refused, match=sentence):
        serve(desk, case, proof(changes.pop("on", TODAY), **changes), at=days(2))
    assert service.of(desk.c, case) is None


@pytest.mark.parametrize("on", [TODAY, date.min, date.max])
def test_without_a_notice_nothing_is_served_whatever_the_day(desk: Desk, on: date) -> None:
    case = desk.accepted(desk.penalty())
    with pytest.raises(Refused, match="不能办理“已送达”"):
        serve(desk, case, proof(on))


def test_a_case_that_moved_on_takes_no_entry_of_a_far_day(desk: Desk) -> None:
    case = desk.do("defend", OWNER, noticed(desk), "已缴清", ())
    with pytest.raises(Refused, match="不能办理“已送达”"):
        serve(desk, case, proof(date.max))


def test_another_department_and_who_may_not_enter_no_service(desk: Desk) -> None:
    case = noticed(desk)
    for who in (OUTSIDER, OWNER, AUDITOR, WINDOW):
        with pytest.raises(NotPermitted):
            serve(desk, case, proof(TODAY), who=who)
    assert service.of(desk.c, case) is None
    for who in (CLERK, REVIEWER, CENTRE, CENTRE_REVIEWER):
        serve(desk, case, proof(TODAY), who=who)


def test_a_window_hands_the_notice_to_who_shows_documents(desk: Desk) -> None:
    case = noticed(desk)
    for who, shown, wrong in (
        (CLERK, SHOWN, NotPermitted), (OWNER, SHOWN, NotPermitted), (WINDOW, None, Refused),
        (WINDOW, Shown(OTHER, "身份证"), Refused),
    ):  # fmt: skip
        with pytest.raises(wrong):
            service.hand(desk.c, who, days(1), case.number, desk.book, shown)
    case = service.hand(desk.c, WINDOW, days(1), case.number, desk.book, SHOWN)
    assert service.of(desk.c, case) == service.Served(days(1).date(), "直接送达", days(1).date(), WINDOW.name)


def test_the_proof_is_sealed_and_stands_in_no_trail(desk: Desk) -> None:
    serve(desk, noticed(desk), proof(TODAY))
    kept = desk.district.one("SELECT detail::text FROM rights_case_step WHERE kind = 'served'")
    trail = desk.district.one("SELECT string_agg(detail::text, '') FROM audit_entry")
    assert "邮寄送达" in kept and "张三" not in kept + trail


def test_of_an_entered_service_the_subject_is_told_and_the_unit_unless_it_was_the_unit(desk: Desk) -> None:
    case = serve(desk, noticed(desk), proof(TODAY))
    assert desk.notices("subject")[-1] == "REPAIR_SERVED"
    assert "REPAIR_SERVED_UNIT" not in desk.notices("provider")
    service.hand(desk.c, WINDOW, NOW, case.number, desk.book, SHOWN)
    assert desk.notices("provider")[-1] == "REPAIR_SERVED_UNIT"


# a limit that was missed stays missed


def test_after_the_last_day_nothing_is_extended(desk: Desk) -> None:
    case = desk.accepted(desk.penalty())
    due = limits.current(case, desk.book)
    assert due and due.due == date(2026, 12, 2)
    with pytest.raises(Refused, match="期限（2026-12-02）已经过了"):
        desk.do("extend", REVIEWER, case, "来不及了", at=days(10))
    assert desk.load(case).last("extended") is None
    assert desk.do("extend", REVIEWER, case, "要到现场核查", at=days(9)).last("extended")


def test_an_objection_is_not_extended_after_its_last_day_either(desk: Desk) -> None:
    case = desk.answer("forward", CENTRE, desk.object(desk.penalty()), "")
    with pytest.raises(Refused, match="已经过了"):
        desk.answer("extend", REVIEWER, case, "要调卷", at=days(8))
    assert desk.answer("extend", REVIEWER, case, "要调卷", at=days(7)).last("extended")


@pytest.mark.parametrize("named", [["信用修复承诺书"], ["同意公开信用承诺"], ["信用修复承诺书、履行完义务的证明"],
                                   ["缺公章", "信用修复承诺书"]])  # fmt: skip
def test_what_was_handed_in_is_not_asked_for_without_saying_what_is_wrong(
    desk: Desk, named: list[str]
) -> None:
    case = desk.apply(desk.penalty())
    with pytest.raises(Refused, match="不能作为缺少的材料"):
        desk.do("ask_more", CENTRE, case, named)
    assert desk.load(case).state == "submitted"


def test_what_is_wrong_with_it_may_be_said_in_words(desk: Desk) -> None:
    case = desk.do("ask_more", CENTRE, desk.apply(desk.penalty()), ["信用修复承诺书没有盖章"])
    assert case.state == "incomplete"


ASKED_LATE = (("submitted", NOW), ("incomplete", days(2)))
GRANTED = (("pushed", days(9)), ("accepted", days(9)), ("granted", days(10)))


@pytest.mark.parametrize(
    ("case", "whole", "unit"),
    [
        (made(*ASKED_LATE, ("supplemented", days(8)), *GRANTED), "late", "in_time"),
        (made(("submitted", NOW), ("incomplete", days(1)), ("supplemented", days(8)), *GRANTED), "in_time", "in_time"),
        (made(*ASKED_LATE), "overdue", ""),
        (made(*ASKED_LATE, ("supplemented", days(8))), "overdue", "waiting"),
        (made(*ASKED_LATE, ("supplemented", days(8)), ("pushed", days(9))), "overdue", "waiting"),
        (made(("submitted", NOW), ("incomplete", days(1))), "", ""),
        (made(*ASKED_LATE, ("withdrawn", days(8))), "", ""),
        (made(*ASKED_LATE, ("supplemented", days(8)), ("forwarded", days(9))), "", ""),
    ],
)  # fmt: skip
def test_asking_for_more_makes_up_for_no_limit_that_was_missed(case: Any, whole: str, unit: str) -> None:
    asked = (days(10).date(), FIRST_DAY, LAST_DAY, load_rulebook())
    assert timeliness.fate_for_district(case, *asked) == whole
    assert timeliness.fate_of(case, *asked) == unit


def test_what_the_centre_asked_late_is_counted_for_the_district_and_not_for_the_department() -> None:
    case = made(*ASKED_LATE, ("supplemented", days(8)), *GRANTED)
    whole, unit = timeliness.lines([case], days(30).date(), FIRST_DAY, LAST_DAY, load_rulebook())
    assert (whole.authority, whole.late, whole.in_time) == ("", 1, 0)
    assert (unit.late, unit.in_time) == (0, 1)


def test_a_limit_missed_in_another_period_makes_nothing_overdue_in_this_one() -> None:
    case = made(*ASKED_LATE, ("supplemented", days(8)))
    asked = (days(10).date(), date(2026, 12, 1), date(2026, 12, 31), load_rulebook())
    assert timeliness.fate_for_district(case, *asked) == "waiting"


# a repair that is being withdrawn isn't over


def test_while_a_repair_is_being_withdrawn_its_record_may_not_be_disposed_of(desk: Desk) -> None:
    record = desk.penalty()
    case = desk.granted(record)
    assert open_cases.named(desk.c, [record], TODAY) == set() and case.closed
    case = desk.do("notice", REVIEWER, case, "收据是伪造的", "查证笔录")
    assert open_cases.named(desk.c, [record], TODAY) == {record} and not case.closed
    case = desk.do("defend", OWNER, case, "是真的", ())
    assert open_cases.named(desk.c, [record], TODAY) == {record}
    case = desk.do("drop_revocation", REVIEWER, case, "查证属实")
    assert open_cases.named(desk.c, [record], TODAY) == set() and case.closed
    case = desk.do("notice", REVIEWER, case, "又有新证据", "查证笔录")
    assert open_cases.named(desk.c, [record], TODAY) == {record}
    case = desk.do("revoke", REVIEWER, desk.do("defend", OWNER, case, "不知情", ()), "伪造", "笔录")
    assert open_cases.named(desk.c, [record], TODAY) == set() and case.closed


def test_a_withdrawal_has_a_limit_that_says_it_is_a_sample_and_is_alarmed_once(desk: Desk) -> None:
    case = noticed(desk, revoking=True)
    limit = limits.current(case, desk.book)
    assert limit and (limit.stage, limit.due, limit.confidence) == ("revoke", date(2026, 12, 21), "sample")
    assert alarms.warn(desk.c, days(1), desk.book) == 0
    assert [alarms.warn(desk.c, days(27), desk.book) for _ in range(2)] == [1, 0]
    assert desk.notices("provider")[-1] == "REPAIR_DUE_SOON"
    case = desk.do("defend", OWNER, case, "是真的", (), at=days(28))
    assert desk.load(case).state == "revoke_defended"
    case = desk.do("drop_revocation", REVIEWER, case, "查证属实", at=days(28))
    assert limits.current(case, desk.book) is None and alarms.warn(desk.c, days(90), desk.book) == 0


def test_a_repair_counts_for_the_rate_as_it_was_decided_whatever_becomes_of_it_later(desk: Desk) -> None:
    case = made(*PUSHED, ("accepted", NOW), ("granted", days(1)), ("revoke_noticed", days(2)))
    assert timeliness.fate_of(case, days(90).date(), FIRST_DAY, LAST_DAY, desk.book) == "in_time"


@pytest.mark.parametrize(
    ("steps", "over"),
    [(("submitted",), False), (("submitted", "granted"), True), (("granted", "revoke_noticed", "warned"), False),
     (("granted", "revoke_noticed", "revoke_dropped"), True), (("granted", "revoke_noticed", "revoked"), True)],
)  # fmt: skip
def test_what_is_being_decided_once_more_is_not_over(steps: tuple[str, ...], over: bool) -> None:
    assert moves.over(steps) is over


# who has to act is told what it waits for


def test_the_centre_is_told_of_what_it_has_to_check(desk: Desk) -> None:
    case = desk.apply(desk.penalty(), files=())
    assert desk.notices("role") == ["REPAIR_SUBMITTED_CENTRE"]
    case = desk.do("ask_more", CENTRE, case, ["履行完义务的证明"])
    desk.do("supplement", OWNER, case, desk.uploads(), True)
    assert desk.notices("role") == ["REPAIR_SUBMITTED_CENTRE", "REPAIR_SUPPLEMENTED_CENTRE"]
    assert desk.notices("provider") == []


def test_the_centre_is_told_of_an_objection(desk: Desk) -> None:
    desk.object(desk.penalty())
    assert desk.notices("role") == ["OBJECTION_SUBMITTED_CENTRE"]


@BOTH
def test_the_unit_is_told_that_the_subject_has_answered(desk: Desk, revoking: bool) -> None:
    desk.do("defend", OWNER, noticed(desk, revoking=revoking), "已缴清", ())
    assert desk.notices("subject")[-1] == "REPAIR_DEFENDED"
    assert desk.notices("provider")[-1] == "REPAIR_DEFENDED_UNIT"


def test_of_a_withdrawal_who_has_the_case_is_told_and_nobody_else(desk: Desk) -> None:
    desk.do("withdraw", OWNER, desk.apply(desk.penalty()), "情况有变")
    assert desk.notices("role")[-1] == "REPAIR_WITHDRAWN_UNIT" and desk.notices("provider") == []
    desk.do("withdraw", OWNER, desk.accepted(desk.penalty("潼示罚〔2026〕2号")), "情况有变")
    assert desk.notices("provider") == ["REPAIR_ASSIGNED", "REPAIR_WITHDRAWN_UNIT"]
    assert desk.notices("role").count("REPAIR_WITHDRAWN_UNIT") == 1


def test_of_a_withdrawn_objection_who_has_it_is_told(desk: Desk) -> None:
    desk.answer("withdraw", OWNER, desk.object(desk.penalty()), "看错了")
    assert desk.notices("role")[-1] == "OBJECTION_WITHDRAWN_UNIT" and desk.notices("provider") == []
    case = desk.answer("forward", CENTRE, desk.object(desk.penalty("潼示罚〔2026〕2号")), "")
    desk.answer("withdraw", OWNER, case, "看错了")
    assert desk.notices("provider") == ["OBJECTION_ASSIGNED", "OBJECTION_WITHDRAWN_UNIT"]


# pages


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, (answer.status_code, answer.content.decode()[:3000])
    return unescape(answer.content.decode())


def person(role: str, name: str = "", **given: Any) -> Any:
    return signed_in(open_account(role, name, **given))


def test_the_pages_say_whether_the_notice_was_served_and_take_the_entry(site: Desk) -> None:
    case = noticed(site)
    at = f"/console/repairs/{case.number}"
    clerk, centre, auditor = person("department", provider=AUTHORITY), person("center"), person("auditor")
    for staff in (clerk, centre, auditor):
        assert "尚未送达" in text(staff.get(at))
    assert "登记送达" in text(clerk.get(at)) and "登记送达" not in text(auditor.get(at))
    refusal = {f"r_{case.records[0].record}": "refused", "reason": "没有履行", "basis": "36号令"}
    assert "告知还没有送达" in text(
        person("department_reviewer", provider=AUTHORITY).post(f"{at}/decide/decide", refusal), 400
    )
    given = {"way": "留置送达", "on": "2026-11-22", "evidence": "见证人李四"}
    assert "送达的日期" in text(clerk.post(f"{at}/serve/serve", given), 400)
    assert clerk.post(f"{at}/serve/serve", given | {"on": "2026-11-23"}).status_code == 302
    for staff in (clerk, centre, auditor):
        page = text(staff.get(at))
        assert "2026-11-23（留置送达），陈述、申辩到 2026-11-26" in page and "见证人李四" in page


def test_what_the_subject_opens_shows_as_served_to_both_sides(site: Desk) -> None:
    case = noticed(site)
    subject = person("subject", "示例企业", subject_code=CODE)
    mine = f"/own/repairs/{case.number}"
    assert "书面送达之日起 3 个工作日内" in text(subject.get(mine))
    message = text(subject.get(f"/own/inbox/{newest(site, 'REPAIR_REFUSAL_NOTICED').id}"))
    assert "3 个工作日内" in message and "依据：36号令第三章" in message
    assert "到 2026-11-26（告知于 2026-11-23 送达：网上查看）" in text(subject.get(mine))
    page = text(person("department", provider=AUTHORITY).get(f"/console/repairs/{case.number}"))
    assert "2026-11-23（网上查看），陈述、申辩到 2026-11-26" in page


def test_the_window_hands_a_notice_over_on_its_page(site: Desk) -> None:
    case = noticed(site)
    window, at = person("counter"), "/console/centre/cases/window"
    whose = {"purpose": "本人到场", "number": case.shown, "code": CODE}
    assert "当面送达告知" in text(window.post(at, whose))
    asked = text(window.post(at, whose | {"act": "hand"}))
    assert "罚款没有缴清" in asked and "核对了什么证件" in asked
    given = whose | {"act": "hand", "send": "1", "evidence": "营业执照和身份证原件"}
    assert window.post(at, given).status_code == 302
    found = service.of(site.c, site.load(case))
    assert found and (found.on, found.way, found.entered) == (TODAY, "直接送达", TODAY)


def test_only_limits_that_run_are_shown_as_overdue(site: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from xinyong.website.public import asking

    case = noticed(site, revoking=True)
    clerk, at = person("department", provider=AUTHORITY), f"/console/repairs/{case.number}"
    monkeypatch.setattr(asking, "clock", lambda: days(20))  # what was decided on the first day was in time
    page = text(clerk.get(at))
    assert "告知拟撤销后作出决定" in page and "已超期" not in page
    monkeypatch.setattr(asking, "clock", lambda: days(29))
    assert text(clerk.get(at)).count("已超期") == 2  # among the facts, and at this limit alone
