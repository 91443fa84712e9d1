"""Who is concerned by another's public record objects to it: marked when the centre has checked that, and not before."""

from __future__ import annotations

from dataclasses import replace
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
    PDF,
    REVIEWER,
    TODAY,
    WINDOW,
    Desk,
    days,
    registered,
)  # fmt: skip

from sampledistrict.codes import person_id, uscc
from xinyong.foundation.audit import PUBLIC
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.rights import alarms, casework, limits
from xinyong.rights.applying import Shown
from xinyong.rights.objection import actions, concerned

PERSON = person_id("19800101", 1)
SHOWN = Shown(PERSON, "身份证原件")
HEARD = days(4)  # told on a Monday, three working days to answer
CHECKED = "核对了合作合同和营业执照"


def raised(
    desk: Desk, record: str, who: Any = NEIGHBOUR, shown: Shown | None = None, at: Any = NOW, **more: Any
) -> Any:
    usual = {"about": "match", "concern": "决定书里误写了我单位的名称", "statement": "被处罚的不是这个主体"}
    asked = concerned.Concern(record, **{**usual, **more})
    with desk.c.transaction():
        return concerned.submit(desk.c, who, at, at.date(), asked, desk.book, shown)


@pytest.fixture
def there(desk: Desk) -> Desk:
    desk.take("DJZC", registered(OTHER, OTHER_NAME))
    return desk


@pytest.fixture
def address(there: Desk) -> str:
    return there.address(there.penalty())


def forwarded(desk: Desk, address: str, **more: Any) -> Any:
    return desk.answer("forward", CENTRE, raised(desk, address, **more), CHECKED)


def marked(desk: Desk) -> list[bool]:
    return [r["objected"] for r in desk.public() if r["item"] == "XZCF"]


def told(desk: Desk, code: str) -> list[tuple[str, str]]:
    """(template, words) of what a subject was told, oldest first."""
    from xinyong.foundation import keys
    from xinyong.rights.notices.actions import subject_key

    rows = desk.c.execute(
        "SELECT template, title, body FROM notice WHERE kind = 'subject' AND value = %s ORDER BY id",
        [subject_key(code)],
    ).fetchall()
    return [(template, f"{title} {keys.unseal(body)}") for template, title, body in rows]


def test_nothing_is_marked_until_the_centre_found_the_applicant_concerned(there: Desk, address: str) -> None:
    case = raised(there, address)
    assert (case.state, case.state_name, marked(there)) == ("raised", "待核对利害关系", [False])
    case = there.answer("forward", CENTRE, case, CHECKED)
    assert case.state == "forwarded" and marked(there) == [True]
    assert [t for t, _ in told(there, OTHER)] == ["OBJECTION_RAISED", "OBJECTION_FORWARDED"]
    assert there.notices("provider") == ["OBJECTION_ASSIGNED"]


def test_how_it_was_checked_is_said_or_nothing_is_forwarded(there: Desk, address: str) -> None:
    case = raised(there, address)
    with pytest.raises(Refused, match="怎样核对了利害关系"):
        there.answer("forward", CENTRE, case, " ")
    assert there.load(case).state == "raised" and marked(there) == [False]


def test_mark_and_step_are_in_or_out_together(
    there: Desk, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = raised(there, address)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the power is gone")

    monkeypatch.setattr(concerned, "notify", broken)
    with pytest.raises(RuntimeError):
        there.answer("forward", CENTRE, case, CHECKED)
    assert there.load(case).state == "raised" and marked(there) == [False]


def test_who_is_not_concerned_is_dismissed_with_reasons_and_nothing_was_ever_marked(
    there: Desk, address: str
) -> None:
    case = there.answer("dismiss", CENTRE, raised(there, address), "没有利害关系")
    assert case.state == "dismissed" and marked(there) == [False]
    assert there.district.one("SELECT count(*) FROM record_mark WHERE kind = 'objection'") == 0
    assert told(there, OTHER)[-1][0] == "OBJECTION_ANSWERED" and told(there, CODE) == []


def test_what_is_right_is_kept_and_the_mark_ends(there: Desk, address: str) -> None:
    case = there.answer("keep", REVIEWER, forwarded(there, address), "与决定书一致", "")
    assert case.state == "kept" and marked(there) == [False]
    assert told(there, OTHER)[-1][0] == "OBJECTION_ANSWERED"


def test_corrected_wants_a_correction_since_the_objection_not_since_it_was_forwarded(
    there: Desk, address: str
) -> None:
    case = raised(there, address)
    changed = there.make(
        CF_WSH=FIRST, KZ_SXCD="一般", CF_JDRQ="2026-06-18", CF_YXQ="2029-06-18", CF_NR_FK="0.1"
    )
    unchanged = there.penalty("潼示罚〔2026〕2号")
    there.take("XZCF", changed)
    case = there.answer("forward", CENTRE, case, CHECKED)
    assert there.answer("correct", REVIEWER, case, "correction", "已改正", "").state == "corrected"
    other = forwarded(there, there.address(unchanged))
    with pytest.raises(Refused, match="没有更正或撤回"):
        there.answer("correct", REVIEWER, other, "correction", "已改正", "")


def test_withdrawing_by_the_answer_ends_the_record_and_quotes_nobody(there: Desk, address: str) -> None:
    case = forwarded(there, address)
    there.answer("correct", REVIEWER, case, "withdrawn", "反映属实", "撤销决定书", at=HEARD)
    assert there.public() == []
    marks = [m for r in there.told(who=OWNER).values() for m in r["clocks"]["marks"]]
    assert [m["kind"] for m in marks] == ["withdrawn"] and "反映属实" not in str(marks)


def test_no_answer_withdraws_it_before_its_subject_could_say_what_it_thinks(
    there: Desk, address: str
) -> None:
    case = forwarded(there, address)
    for at in (NOW, days(3)):
        with pytest.raises(Refused, match="说明意见到 2026-11-26") as no:
            there.answer("correct", REVIEWER, case, "withdrawn", "属实", "撤销决定书", at=at)
        assert no.value.code == "concern_not_heard"
        assert there.load(case).state == "forwarded" and len(there.public()) == 1
    assert (
        there.answer("correct", REVIEWER, case, "withdrawn", "属实", "决定书", at=HEARD).state == "corrected"
    )


def test_its_subject_is_told_what_is_claimed_and_where_and_until_when_it_may_answer(
    there: Desk, address: str
) -> None:
    forwarded(there, address)
    [(template, words)] = told(there, CODE)
    assert template == "RECORD_DISPUTED"
    for said in (
        concerned.CLAIMED["match"],
        "2026-11-26（样例，待确认）",
        "向重庆市潼南区城市管理局说明意见",
    ):
        assert said in words


def test_its_subject_reads_basis_and_reason_of_a_withdrawal_whole(there: Desk, address: str) -> None:
    reason = "决" * (casework.LONGEST - 1) + "完"
    case = forwarded(there, address)
    there.answer("correct", REVIEWER, case, "withdrawn", reason, "撤销决定书一号", at=HEARD)
    words = told(there, CODE)[-1][1]
    assert "已撤回公开" in words and "依据：撤销决定书一号" in words
    assert f"撤回公开的理由：{reason}" in words


def test_its_subject_reads_the_basis_and_no_more_where_it_was_kept(there: Desk, address: str) -> None:
    there.answer("keep", REVIEWER, forwarded(there, address), "与决定书一致", "处罚法某条")
    words = told(there, CODE)[-1][1]
    assert "维持原信息" in words and "依据：处罚法某条" in words
    assert "理由" not in words and "与决定书一致" not in words


@pytest.mark.parametrize("name", [OTHER, OTHER_NAME])
def test_what_its_subject_reads_may_not_name_the_applicant(there: Desk, address: str, name: str) -> None:
    case = forwarded(there, address)
    for act, *given in (
        ("correct", "withdrawn", f"{name}反映属实", "决定书"),
        ("correct", "withdrawn", "属实", f"{name}的来函"),
        ("correct", "correction", "属实", f"{name}的来函"),
        ("keep", "无误", f"{name}的来函"),
    ):
        with pytest.raises(Refused, match="不能写提出人的名称") as no:
            there.answer(act, REVIEWER, case, *given, at=HEARD)
        assert no.value.code == "concern_named"
    assert there.answer("keep", REVIEWER, case, f"已答复{name}", "", at=HEARD).state == "kept"


@pytest.mark.parametrize("end", ["keep", "correct", "withdraw"])
def test_the_records_own_subject_is_told_of_it_and_of_its_end_and_never_by_whom(
    there: Desk, address: str, end: str
) -> None:
    case = forwarded(there, address)
    assert told(there, CODE)[0][0] == "RECORD_DISPUTED" and FIRST in told(there, CODE)[0][1]
    if end == "withdraw":
        there.answer("withdraw", NEIGHBOUR, case, "协商解决了")
    else:
        given = ("withdrawn", "情况已核查") if end == "correct" else (f"{OTHER_NAME}反映的情况已核查",)
        there.answer(end, REVIEWER, case, *given, "依据", at=HEARD)
    said = told(there, CODE)
    assert [t for t, _ in said] == ["RECORD_DISPUTED", "RECORD_DISPUTE_ENDED"]
    known = str(said) + str(there.told(who=OWNER)) + seen_by(there, OWNER)
    rows = "SELECT string_agg(concat(actor, provider, reason, basis), ' ') FROM record_mark"
    known += there.district.one(rows)
    for name in (OTHER, OTHER_NAME, NEIGHBOUR.name, case.number):
        assert name not in known


def seen_by(desk: Desk, who: Any) -> str:
    """Looks, and the copy of all that is kept about a subject."""
    from xinyong.disclosure import looks
    from xinyong.rights.persons import everything

    copy = everything.gather(desk.c, who, who.provider, NOW, TODAY, desk.book)
    return str(looks.looks_of(desk.c, who)) + str(everything.written(copy)[0].decode())


def test_who_is_told_of_the_end_is_kept_with_the_step(there: Desk, address: str) -> None:
    case = forwarded(there, address)
    assert case.last("forwarded").detail["whose"] == CODE


def test_the_applicant_takes_it_back_before_and_after_it_was_forwarded(there: Desk, address: str) -> None:
    case = there.answer("withdraw", NEIGHBOUR, raised(there, address), "看错了")
    assert case.state == "withdrawn" and told(there, CODE) == []
    case = there.answer("withdraw", NEIGHBOUR, forwarded(there, address), "看错了")
    assert case.state == "withdrawn" and marked(there) == [False]
    assert told(there, OTHER)[-1][0] == "OBJECTION_WITHDRAWN"


@pytest.mark.parametrize("why", ["unknown", "person", "ended", "undecided", "not a number"])
def test_what_is_not_public_is_not_there_whatever_the_reason(there: Desk, why: str) -> None:
    number = {
        "unknown": lambda: there.address("0" * 32),
        "person": lambda: there.address(of_a_person(there)),
        "ended": lambda: there.address(repaired(there)),
        "undecided": lambda: there.address(there.penalty(KZ_SXCD="")),
        "not a number": lambda: "潼示罚〔2026〕1号",
    }[why]()
    with pytest.raises(Refused) as no:
        raised(there, number)
    assert (no.value.code, no.value.sentence) == ("concern_unknown", concerned.NOT_PUBLIC)


def of_a_person(desk: Desk) -> str:
    row = desk.make(
        CF_WSH="潼示罚〔2026〕9号", CF_XDR_MC="示例人甲", CF_XDR_LB="自然人", CF_XDR_SHXYM="",
        CF_XDR_ZJLX="身份证", CF_XDR_ZJHM=PERSON, CF_FRDB="", CF_FR_ZJLX="", CF_FR_ZJHM="", KZ_SXCD="一般",
        CF_JDRQ="2026-06-18", CF_YXQ="2029-06-18",
    )  # fmt: skip
    desk.take("XZCF", row)
    return desk.record("潼示罚〔2026〕9号", PERSON)


def repaired(desk: Desk) -> str:
    record = desk.penalty()
    desk.granted(record)
    return record


def test_a_record_that_ended_meanwhile_is_not_forwarded_and_can_be_dismissed(
    there: Desk, address: str
) -> None:
    case = raised(there, address)
    usual = {"KZ_SXCD": "一般", "CF_JDRQ": "2026-06-18", "CF_YXQ": "2029-06-18"}
    there.take("XZCF", there.make(CF_WSH=FIRST, 操作="撤销", **usual))
    assert there.public() == []
    with pytest.raises(Refused, match="不存在或已被撤回"):
        there.answer("forward", CENTRE, case, CHECKED)
    assert there.answer("dismiss", CENTRE, case, "记录已经撤回").state == "dismissed"


def test_ones_own_record_goes_the_way_that_marks_at_once(there: Desk, address: str) -> None:
    with pytest.raises(Refused, match="属于申请人自己"):
        raised(there, address, who=OWNER)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"about": "grade"}, "没有选择异议的类型"),
        ({"concern": "  "}, "与这条信息的利害关系"),
        ({"statement": ""}, "请写明哪一项有误"),
    ],
)
def test_what_has_to_be_said_is_said(there: Desk, address: str, more: dict[str, str], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        raised(there, address, **more)


def test_an_applicants_second_one_waits_while_its_first_is_open_wherever_it_is_brought(
    there: Desk, address: str
) -> None:
    case = raised(there, address)
    for given in ({}, {"who": WINDOW, "shown": Shown(OTHER, "营业执照")}):
        with pytest.raises(Refused) as no:
            raised(there, address, **given)
        assert (no.value.code, no.value.sentence) == ("objection_open", concerned.OPEN)
    there.answer("dismiss", CENTRE, case, "没有利害关系")
    assert raised(there, address).state == "raised"


def test_one_applicants_objection_stands_in_no_others_way_and_each_ends_its_own_mark(
    there: Desk, address: str
) -> None:
    spurious, earnest = raised(there, address), raised(there, address, who=WINDOW, shown=SHOWN)
    assert spurious.number != earnest.number
    for case in (spurious, earnest):
        there.answer("forward", CENTRE, case, CHECKED)
    there.answer("keep", REVIEWER, spurious, "无误", "")
    assert marked(there) == [True]
    there.answer("keep", REVIEWER, earnest, "无误", "")
    assert marked(there) == [False]


def test_one_applicant_has_so_many_open_at_a_time_and_no_more(
    there: Desk, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f"{concerned.MOST_OPEN} 件" in concerned.TOO_MANY
    monkeypatch.setattr(concerned, "MOST_OPEN", 2)
    second, third = (there.address(there.penalty(f"潼示罚〔2026〕{n}号")) for n in (2, 3))
    first = raised(there, address)
    raised(there, second)
    with pytest.raises(Refused) as no:
        raised(there, third)
    assert (no.value.code, no.value.sentence) == ("concern_many", concerned.TOO_MANY)
    assert raised(there, third, who=WINDOW, shown=SHOWN).state == "raised"
    there.answer("dismiss", CENTRE, first, "没有利害关系")
    assert raised(there, third).state == "raised"


def test_the_records_own_subject_is_neither_stopped_by_it_nor_shown_it(there: Desk, address: str) -> None:
    record = there.record(FIRST)
    raised(there, address)
    assert casework.open_about(there.c, "objection", [record]) == {}
    own = there.object(record)
    assert own.state == "submitted" and marked(there) == [True]
    with pytest.raises(Refused, match="已经有异议正在处理"):
        there.object(record)


def test_the_marks_of_both_end_each_with_its_own_case(there: Desk, address: str) -> None:
    case, own = forwarded(there, address), there.object(there.record(FIRST))
    there.answer("dismiss", CENTRE, own, "没有说明哪里有误")
    assert marked(there) == [True]
    there.answer("keep", REVIEWER, case, "无误", "")
    assert marked(there) == [False]


def test_the_limit_to_mark_runs_until_it_is_forwarded_and_its_alarm_goes_to_the_centre(
    there: Desk, address: str
) -> None:
    case = raised(there, address)
    running = limits.current(case, there.book)
    assert running and (running.stage, running.due.isoformat()) == ("mark", "2026-11-24")
    assert alarms.warn(there.c, NOW, there.book) == 1
    assert there.notices("role")[-1] == "OBJECTION_DUE_SOON"
    assert alarms.warn(there.c, days(1), there.book) == 0
    found = limits.current(there.load(case), there.book)
    assert found and found.stage == "mark" and found.overdue(days(2).date())
    case = there.answer("forward", CENTRE, case, CHECKED, at=days(2))
    later = limits.current(case, there.book)
    assert later and later.stage != "mark"


def test_nobody_who_may_not_object_may_do_it_so(there: Desk, address: str) -> None:
    for who in (CLERK, REVIEWER, CENTRE_REVIEWER, AUDITOR, PUBLIC):
        with pytest.raises(NotPermitted):
            raised(there, address, who=who, shown=SHOWN)
    assert casework.listed(there.c, "objection") == []


def test_only_who_raised_it_takes_it_back_and_only_the_centre_goes_on_with_it(
    there: Desk, address: str
) -> None:
    case = raised(there, address)
    with pytest.raises(NotPermitted):
        there.answer("withdraw", OWNER, case, "不要了")
    for who in (OWNER, NEIGHBOUR, CLERK, REVIEWER, CENTRE_REVIEWER, AUDITOR, WINDOW):
        for act in ("forward", "dismiss"):
            with pytest.raises(NotPermitted):
                there.answer(act, who, case, "理由")
    case = there.answer("forward", CENTRE, case, CHECKED)
    for who in (OWNER, NEIGHBOUR, CLERK, CENTRE, AUDITOR, OUTSIDER):
        with pytest.raises(NotPermitted):
            there.answer("keep", who, case, "理由", "")


def test_a_window_enters_it_for_a_person_whose_number_is_kept_nowhere(there: Desk, address: str) -> None:
    for shown in (None, Shown(PERSON, " ")):
        with pytest.raises(Refused, match="什么证件"):
            raised(there, address, who=WINDOW, shown=shown)
    case = raised(there, address, who=WINDOW, shown=SHOWN)
    assert (case.scheme, case.name, case.channel) == ("person", "", "counter")
    assert case.value != PERSON and PERSON not in str(there.c.execute("SELECT * FROM rights_case").fetchall())
    with pytest.raises(Refused, match="提出人的代码不正确"):
        raised(there, address, who=WINDOW, shown=Shown("12345", "身份证原件"))
    other = Shown(CODE, "营业执照")
    with pytest.raises(Refused):
        actions.withdraw(there.c, WINDOW, NOW, case.number, "看错了", there.book, other)
    assert (
        actions.withdraw(there.c, WINDOW, NOW, case.number, "看错了", there.book, SHOWN).state == "withdrawn"
    )


def test_what_is_written_is_kept_sealed_and_in_no_trail(there: Desk, address: str) -> None:
    raised(there, address, concern="独一无二的说明", files=there.uploads("MATERIAL_EVIDENCE"))
    for table in ("rights_case", "rights_case_step", "audit_entry", "event", "notice"):
        assert "独一无二的说明" not in str(there.c.execute(f"SELECT * FROM {table}").fetchall()), table
    assert there.district.one("SELECT count(*) FROM rights_case_file") == 1
    assert PDF not in b"".join(p.read_bytes() for p in vault_files())


def vault_files() -> list[Any]:
    from xinyong.foundation import home

    return [p for p in home.folder("originals").rglob("*") if p.is_file()]


def test_the_look_at_the_record_is_in_the_log_as_the_publics_and_names_nobody(
    there: Desk, address: str
) -> None:
    count = "SELECT count(*) FROM look WHERE role = 'public' AND purpose = %s"
    before = there.c.execute(count, [concerned.PURPOSE]).fetchone()[0]
    raised(there, address)
    assert there.c.execute(count, [concerned.PURPOSE]).fetchone()[0] == before + 1
    assert there.c.execute("SELECT count(*) FROM look WHERE actor = %s", [NEIGHBOUR.name]).fetchone()[0] == 0


def test_the_objection_is_as_durable_as_any_though_the_publics_look_is_not(there: Desk, address: str) -> None:
    asked = concerned.Concern(address, "match", "误写", "不是该主体")
    with there.c.transaction():
        concerned.submit(there.c, NEIGHBOUR, NOW, TODAY, asked, there.book)
        assert there.c.execute("SHOW synchronous_commit").fetchone()[0] == "on"


def test_a_subject_that_is_not_registered_here_is_shown_by_its_code(there: Desk, address: str) -> None:
    code = uscc("91", "500152", "YY000777")
    assert raised(there, address, who=replace(NEIGHBOUR, provider=code)).name == code
