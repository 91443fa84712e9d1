"""Who may apply for a repair is told so, once for each record, whatever made it possible and when."""

from __future__ import annotations

from importlib import import_module

from case_desk import CODE, NOW, OTHER, OTHER_NAME, OWNER, REVIEWER, Desk, days, registered

from xinyong.foundation import keys
from xinyong.rights.repair import reminding

DUE = {"CF_JDRQ": "2026-08-23", "CF_YXQ": "2029-08-23"}  # 一般: repair from 2026-11-23 on
UNDECIDED = {"KZ_SXCD": ""}


def listed(desk: Desk, at: int = 0) -> None:
    from xinyong.disclosure import listing_job

    listing_job.refresh(desk.c, desk.book, days(at).date(), days(at))


def bodies(desk: Desk) -> list[str]:
    rows = desk.c.execute("SELECT body FROM notice WHERE template LIKE 'REPAIR_POSSIBLE%' ORDER BY id")
    return [keys.unseal(row[0]) for row in rows.fetchall()]


def test_a_subject_is_told_once_on_the_first_day_of_repair(desk: Desk) -> None:
    desk.penalty(**DUE)
    listed(desk)
    assert reminding.remind(desk.c, days(-1), desk.book) == 0
    assert [reminding.remind(desk.c, days(0), desk.book) for _ in range(2)] == [1, 0]
    assert desk.notices("subject") == ["REPAIR_POSSIBLE"]


def test_a_worker_that_stood_still_for_long_catches_up(desk: Desk) -> None:
    desk.penalty(**DUE)
    listed(desk)
    assert reminding.remind(desk.c, days(60), desk.book) == 1


def test_a_degree_decided_after_the_first_day_of_repair_is_told_when_it_is_decided(desk: Desk) -> None:
    from xinyong.disclosure import actions

    record = desk.penalty(**UNDECIDED)  # half a year old
    listed(desk)
    assert reminding.remind(desk.c, NOW, desk.book) == 0
    actions.decide_degree(desk.c, REVIEWER, NOW, [record], "一般", "依裁量基准")
    listed(desk, 1)
    assert [reminding.remind(desk.c, days(1), desk.book) for _ in range(2)] == [1, 0]
    assert "自 2026-09-18 起可以申请信用修复" in bodies(desk)[0]


def test_a_minor_one_made_public_for_good_reason_is_told_at_once(desk: Desk) -> None:
    from xinyong.disclosure import actions

    record = desk.penalty(KZ_SXCD="轻微", CF_JDRQ="2026-11-18")  # may be repaired as soon as duties are met
    listed(desk)
    assert reminding.remind(desk.c, NOW, desk.book) == 0
    actions.mark(desk.c, REVIEWER, NOW, "necessary", [record], "屡次发生", "示例依据")
    listed(desk)
    assert reminding.remind(desk.c, NOW, desk.book) == 1


def test_many_records_of_one_subject_are_one_notice_and_each_is_told_once(desk: Desk) -> None:
    desk.take("DJZC", registered(OTHER, OTHER_NAME))
    for n in range(3):
        desk.penalty(f"潼示罚〔2026〕{n}号")
    desk.penalty("潼示罚〔2026〕9号", CF_XDR_SHXYM=OTHER, CF_XDR_MC=OTHER_NAME)
    listed(desk)
    assert [reminding.remind(desk.c, days(n), desk.book) for n in range(2)] == [4, 0]
    assert sorted(desk.notices("subject")) == ["REPAIR_POSSIBLE", "REPAIR_POSSIBLE_MANY"]
    assert any("您有 3 条记录" in body for body in bodies(desk))
    desk.penalty("潼示罚〔2026〕4号")
    listed(desk, 2)
    assert reminding.remind(desk.c, days(2), desk.book) == 1


def test_what_one_run_does_not_reach_the_next_one_does(desk: Desk) -> None:
    for n in range(3):
        desk.penalty(f"潼示罚〔2026〕{n}号")
    listed(desk)
    assert [reminding.remind(desk.c, days(n), desk.book, 2) for n in range(3)] == [2, 1, 0]


def test_who_has_applied_already_or_is_repaired_is_not_told(desk: Desk) -> None:
    first, second = desk.penalty(**DUE), desk.penalty("潼示罚〔2026〕2号", **DUE)
    case = desk.apply(first)
    desk.granted(second)
    listed(desk)
    assert reminding.remind(desk.c, days(0), desk.book) == 0
    desk.do("withdraw", OWNER, case, "暂不申请", at=days(1))
    assert reminding.remind(desk.c, days(2), desk.book) == 1


def test_a_subject_that_handed_in_false_materials_is_told_when_the_bar_is_over(desk: Desk) -> None:
    desk.take("DJZC", registered(OTHER, OTHER_NAME))
    first = desk.penalty(KZ_SXCD="严重")  # public for three years, to be repaired after one
    desk.penalty("潼示罚〔2026〕2号", KZ_SXCD="严重")
    desk.penalty("潼示罚〔2026〕9号", KZ_SXCD="严重", CF_XDR_SHXYM=OTHER, CF_XDR_MC=OTHER_NAME)
    case = desk.do("notice", REVIEWER, desk.granted(first), "材料虚假", "查证笔录")
    case = desk.do("defend", OWNER, case, "不知情", ())
    desk.do("revoke", REVIEWER, case, "材料虚假", "查证笔录")
    listed(desk, 300)
    # another's only, and what is left out takes no place in a run
    assert [reminding.remind(desk.c, days(300), desk.book, 1) for _ in range(2)] == [1, 0]
    told = desk.c.execute("SELECT value FROM notice WHERE template LIKE 'REPAIR_POSSIBLE%'").fetchall()
    assert told == [(OTHER,)]
    assert [reminding.remind(desk.c, days(n), desk.book) for n in (364, 365, 366)] == [0, 2, 0]


def test_who_was_told_before_the_upgrade_is_not_told_again(desk: Desk) -> None:
    from xinyong.rights.notices import actions as notices

    told, other = desk.penalty(), desk.penalty("潼示罚〔2026〕2号")
    said = {"item": "行政处罚", "authority": "示例机关", "decided": "2026-06-18", "since": "2026-09-18"}
    for _ in range(2):
        to = notices.Recipient("subject", CODE)
        notices.notify(desk.c, NOW, reminding.TEMPLATE, to, said, f"repairable:{told}")
    upgrade = import_module("xinyong.rights.migrations.0008_reminders")
    desk.district.owner().execute(upgrade.TOLD)
    listed(desk)
    assert reminding.remind(desk.c, NOW, desk.book) == 1
    assert desk.c.execute(
        "SELECT replace(record_id::text, '-', '') FROM reminded ORDER BY at, 1"
    ).fetchall() == [(r,) for r in sorted([told, other])]
