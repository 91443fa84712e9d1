"""An objection from doubt to answer: marked at once and everywhere, answered with reasons, never corrected in words only."""

from __future__ import annotations

from typing import Any

import pytest
from case_desk import (
    AUDITOR,
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

from xinyong.foundation.audit import PUBLIC
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.rights import alarms, limits

SECOND = "潼示罚〔2026〕2号"


def handed(desk: Desk, *records: str, **more: Any) -> Any:
    """An objection with the unit that provided the record."""
    return desk.answer("forward", CENTRE, desk.object(*records, **more), "平台存储与报送一致")


def marked(desk: Desk) -> list[bool]:
    return [r["objected"] for r in desk.public()]


def test_a_record_is_marked_in_the_moment_of_the_objection(desk: Desk) -> None:
    record = desk.penalty()
    assert marked(desk) == [False]
    case = desk.object(record)
    assert marked(desk) == [True] and desk.public()[0]["publicity"]["marks"] == ["异议处理中"]
    assert case.state == "submitted" and desk.notices("subject") == ["OBJECTION_RECEIVED"]


def test_the_mark_shows_to_everybody_who_is_shown_the_record(desk: Desk) -> None:
    record = desk.penalty()
    desk.object(record)
    for who in (OWNER, CLERK, CENTRE, AUDITOR, WINDOW):
        assert desk.told(who=who)[record]["objected"], who.role


def test_the_mark_names_no_code_of_a_person(desk: Desk) -> None:
    desk.object(desk.penalty())
    assert desk.district.one("SELECT provider FROM record_mark") == ""
    assert desk.district.one("SELECT provider FROM rights_case_step") == ""


def test_what_is_right_is_kept_with_reasons_and_the_mark_ends(desk: Desk) -> None:
    case = desk.answer("keep", REVIEWER, handed(desk, desk.penalty()), "与决定书一致", "潼示罚〔2026〕1号")
    assert case.state == "kept" and marked(desk) == [False]
    assert desk.notices("subject")[-1] == "OBJECTION_ANSWERED"


def test_corrected_wants_a_correction(desk: Desk) -> None:
    record = desk.penalty()
    case = handed(desk, record)
    with pytest.raises(Refused, match="没有更正或撤回"):
        desk.answer("correct", REVIEWER, case, "correction", "金额已改正", "")
    assert desk.load(case).state == "forwarded" and marked(desk) == [True]
    changed = desk.make(
        CF_WSH=FIRST, KZ_SXCD="一般", CF_JDRQ="2026-06-18", CF_YXQ="2029-06-18", CF_NR_FK="0.1"
    )
    desk.take("XZCF", changed)
    case = desk.answer("correct", REVIEWER, case, "correction", "金额已改正", "")
    assert case.state == "corrected" and marked(desk) == [False]


def test_withdrawing_by_the_answer_ends_the_record_everywhere(desk: Desk) -> None:
    record = desk.penalty()
    case = handed(desk, record, about="match")
    with pytest.raises(Refused, match="撤回的依据"):
        desk.answer("correct", REVIEWER, case, "withdrawn", "不是该主体", "")
    desk.answer("correct", REVIEWER, case, "withdrawn", "不是该主体", "撤销决定书")
    assert desk.public() == []
    assert desk.told()[record]["clocks"]["publicity"]["state"] == "withdrawn"


def test_the_subject_takes_it_back_and_the_mark_ends(desk: Desk) -> None:
    case = desk.answer("withdraw", OWNER, desk.object(desk.penalty()), "看错了")
    assert case.state == "withdrawn" and marked(desk) == [False]
    assert desk.notices("subject")[-1] == "OBJECTION_WITHDRAWN"
    with pytest.raises(Refused, match="异议已撤回"):
        desk.answer("forward", CENTRE, case, "")


def test_the_centre_dismisses_with_reasons(desk: Desk) -> None:
    case = desk.answer("dismiss", CENTRE, desk.object(desk.penalty()), "没有说明哪里有误")
    assert case.state == "dismissed" and marked(desk) == [False]


def test_records_of_two_providers_become_two_cases(desk: Desk) -> None:
    from xinyong.rights.objection import actions

    first = desk.penalty()
    row = desk.make(CF_WSH=SECOND, KZ_SXCD="一般", CF_JDRQ="2026-06-18", CF_YXQ="2029-06-18")
    desk.take("XZCF", row, provider=desk.book.providers["CZJ"].code)
    second = desk.record(SECOND)
    asked = actions.Objecting((desk.address(first), desk.address(second)), "record", "都有误")
    cases = actions.submit(desk.c, OWNER, NOW, TODAY, "", asked, desk.book)
    assert len({k.authority for k in cases}) == len(cases) == 2


def test_a_record_has_one_objection_at_a_time(desk: Desk) -> None:
    record = desk.penalty()
    desk.object(record)
    with pytest.raises(Refused, match="已经有异议正在处理"):
        desk.object(record)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [({"about": "grade"}, "没有选择异议的类型"), ({"statement": " "}, "请写明哪一项有误")],
)
def test_an_objection_says_what_is_wrong(desk: Desk, more: dict[str, str], sentence: str) -> None:
    record = desk.penalty()
    with pytest.raises(Refused, match=sentence):
        desk.object(record, **more)
    assert marked(desk) == [False]


def test_nobody_objects_to_anothers_record(desk: Desk) -> None:
    desk.take("DJZC", registered(OTHER, OTHER_NAME))
    record = desk.penalty()
    with pytest.raises(Refused, match="不在申请人名下"):
        desk.object(record, who=NEIGHBOUR)
    assert marked(desk) == [False]


def test_a_window_enters_an_objection(desk: Desk) -> None:
    case = desk.object(desk.penalty(), who=WINDOW)
    assert case.channel == "counter" and case.value == CODE


def test_a_window_takes_an_objection_back_on_the_subjects_documents(desk: Desk) -> None:
    from xinyong.rights.applying import Shown
    from xinyong.rights.objection import actions

    case = desk.object(desk.penalty(), who=WINDOW)
    for shown in (None, Shown(OTHER, "身份证原件")):
        with pytest.raises(Refused):
            actions.withdraw(desk.c, WINDOW, NOW, case.number, "看错了", desk.book, shown)
    shown = Shown(CODE, "营业执照和身份证原件")
    case = actions.withdraw(desk.c, WINDOW, NOW, case.number, "看错了", desk.book, shown)
    assert case.state == "withdrawn" and marked(desk) == [False]


def test_other_roles_object_for_nobody(desk: Desk) -> None:
    record = desk.penalty()
    for who in (CLERK, REVIEWER, CENTRE_REVIEWER, AUDITOR, PUBLIC):
        with pytest.raises(NotPermitted):
            desk.object(record, who=who)


def test_only_the_centre_forwards_and_dismisses(desk: Desk) -> None:
    case = desk.object(desk.penalty())
    for who in (OWNER, CLERK, REVIEWER, CENTRE_REVIEWER, AUDITOR, WINDOW):
        for act in ("forward", "dismiss"):
            with pytest.raises(NotPermitted):
                desk.answer(act, who, case, "理由")


def test_only_a_reviewer_of_the_provider_answers(desk: Desk) -> None:
    case = handed(desk, desk.penalty())
    for who in (OWNER, CLERK, CENTRE, AUDITOR, OUTSIDER):
        with pytest.raises(NotPermitted):
            desk.answer("keep", who, case, "理由", "")
        with pytest.raises(NotPermitted):
            desk.answer("correct", who, case, "withdrawn", "理由", "依据")
        with pytest.raises(NotPermitted):
            desk.answer("extend", who, case, "理由")
    assert marked(desk) == [True]


def test_another_subject_takes_nothing_back(desk: Desk) -> None:
    case = desk.object(desk.penalty())
    with pytest.raises(NotPermitted):
        desk.answer("withdraw", NEIGHBOUR, case, "不要了")


def test_the_limits_are_the_sample_ones_and_say_so(desk: Desk) -> None:
    case = handed(desk, desk.penalty())
    found = {x.stage: (x.due.isoformat(), x.confidence) for x in limits.all_of(case, desk.book)}
    assert found == {
        "forward": ("2026-11-25", "sample"), "result": ("2026-12-02", "sample"), "verify": ("2026-11-30", "sample"),
    }  # fmt: skip


def test_an_objection_is_extended_once_and_alarmed_before_its_end(desk: Desk) -> None:
    case = handed(desk, desk.penalty())
    assert alarms.warn(desk.c, days(4), desk.book) == 1  # Friday; the answer is due on Monday
    assert desk.notices("provider")[-1] == "OBJECTION_DUE_SOON"
    case = desk.answer("extend", REVIEWER, case, "要调卷", at=days(4))
    assert desk.notices("subject")[-1] == "OBJECTION_EXTENDED"
    with pytest.raises(Refused, match="已经延长过一次"):
        desk.answer("extend", REVIEWER, case, "再延长", at=days(4))


def test_two_marks_of_two_records_end_with_their_own_case(desk: Desk) -> None:
    first, second = desk.penalty(), desk.penalty(SECOND)
    one, _ = handed(desk, first), handed(desk, second)
    desk.answer("keep", REVIEWER, one, "无误", "")
    objected = {r["fields"]["行政处罚决定书文号"]: r["objected"] for r in desk.public()}
    assert objected == {FIRST: False, SECOND: True}
