"""A result says of each record that it is granted or refused, or is silent: what nobody decided waits on in its case."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from case_desk import (
    CENTRE,
    CENTRE_REVIEWER,
    CODE,
    NOW,
    OWNER,
    REVIEWER,
    TODAY,
    Desk,
    days,
)
from signing_in import as_role
from test_upstream_results import NUMBER, entered, listed, marks

from xinyong.kernel.errors import Refused
from xinyong.rights import alarms, casework, limits
from xinyong.rights.repair import reminding, standing, timeliness, upstream

LATER = "公示系统 20261123-8"
SECOND, THIRD = "潼示罚〔2026〕2号", "潼示罚〔2026〕3号"


def forwarded(desk: Desk, *records: str) -> tuple[Any, str, str]:
    one, two = records or (listed(desk), listed(desk, 2))
    return desk.do("forward", CENTRE, desk.apply(one, two), NUMBER), one, two


def public(desk: Desk) -> list[str]:
    return [r["public_id"] for r in desk.public()]


# what a result is silent about


def test_what_a_result_does_not_name_stays_open_and_is_refused_by_nobody(desk: Desk) -> None:
    case, one, two = forwarded(desk)
    case = entered(desk, case=case, named={one: True})
    assert (case.state, case.closed, marks(desk)) == ("forwarded", False, 1)
    assert public(desk) == [desk.address(two)]
    assert standing.waiting(case) == [two] and standing.granted(case) == (one,)
    assert desk.notices("subject")[-1] == "REPAIR_PART_GRANTED"
    assert "REPAIR_REFUSED" not in desk.notices("subject")
    assert [k.number for k in casework.still_open(desk.c, "repair")] == [case.number]


def test_the_last_result_ends_the_case_under_a_number_and_a_day_of_its_own(desk: Desk) -> None:
    case, one, two = forwarded(desk)
    entered(desk, case=case, named={one: True}, day=TODAY - timedelta(days=1))
    case = entered(desk, case=case, named={two: True}, upstream=LATER)
    assert (case.state, case.closed, marks(desk), desk.public()) == ("granted", True, 2, [])
    told = [(s.kind, s.upstream, s.detail.get("day")) for s in case.steps[2:]]
    assert told == [
        ("upstream_granted_part", NUMBER, "2026-11-22"),
        ("upstream_granted", LATER, None),
    ]
    assert desk.notices("subject")[-2:] == ["REPAIR_PART_GRANTED", "REPAIR_GRANTED"]


@pytest.mark.parametrize("first", [True, False])
def test_granted_and_refused_in_whichever_order_the_case_ends_granted(desk: Desk, first: bool) -> None:
    case, one, two = forwarded(desk)
    entered(desk, case=case, named={one: first})
    case = entered(desk, case=case, named={two: not first}, upstream=LATER)
    assert (case.state, case.closed, marks(desk)) == ("granted", True, 1)
    assert standing.granted(case) == ((one,) if first else (two,))
    names = ("PART_GRANTED", "REFUSED_ELSEWHERE") if first else ("PART_REFUSED", "GRANTED")
    assert desk.notices("subject")[-2:] == [f"REPAIR_{name}" for name in names]


def test_refused_one_after_the_other_the_case_is_refused(desk: Desk) -> None:
    case, one, two = forwarded(desk)
    case = entered(desk, case=case, named={one: False})
    assert (case.state, case.closed) == ("forwarded", False)
    case = entered(desk, case=case, named={two: False}, upstream=LATER)
    assert (case.state, case.closed, marks(desk)) == ("refused", True, 0)


def test_one_result_grants_one_refuses_one_and_is_silent_about_a_third(desk: Desk) -> None:
    one, two, three = (listed(desk, n) for n in (1, 2, 3))
    case = desk.do("forward", CENTRE, desk.apply(one, two, three), NUMBER)
    case = entered(desk, case=case, named={one: True, two: False})
    assert (standing.waiting(case), marks(desk)) == ([three], 1)
    assert desk.notices("subject")[-2:] == ["REPAIR_PART_GRANTED", "REPAIR_PART_REFUSED"]
    case = entered(desk, case=case, granted=False, upstream=LATER)  # of all that is left
    assert case.closed and standing.granted(case) == (one,)


def test_a_result_for_all_at_once_ends_the_case_as_before(desk: Desk) -> None:
    case, one, two = forwarded(desk)
    case = entered(desk, case=case, named={one: True, two: False})
    assert (case.state, case.closed, marks(desk)) == ("granted", True, 1)
    assert desk.notices("subject")[-2:] == ["REPAIR_GRANTED", "REPAIR_REFUSED_ELSEWHERE"]


def test_the_subject_is_told_which_and_how_many_wait(desk: Desk) -> None:
    from xinyong.foundation import keys

    one, two = desk.penalty(), desk.penalty(SECOND)
    entered(desk, case=desk.accepted(one, two), named={one: True})
    row = desk.c.execute("SELECT body FROM notice WHERE template = 'REPAIR_PART_GRANTED'").fetchone()
    words = keys.unseal(row[0])
    assert "（潼示罚〔2026〕1号）" in words and "其余 1 条还没有结果" in words and SECOND not in words


# the same again, and what can't be


def test_each_number_counts_once_and_says_what_it_said(desk: Desk) -> None:
    case, one, two = forwarded(desk)
    entered(desk, case=case, named={one: True})
    assert entered(desk, case=case, named={one: True}).state == "forwarded"
    case = entered(desk, case=case, upstream=LATER)  # all that is left
    for again in ({"named": {two: True}}, {}):
        assert entered(desk, case=case, upstream=LATER, **again).number == case.number
    assert (marks(desk), len(case.steps)) == (2, 4)
    for number, named in (
        (NUMBER, {one: False}), (NUMBER, {two: True}), (NUMBER, {}), (LATER, {one: True, two: True}), (LATER, {"0" * 32: True}),
    ):  # fmt: skip
        with pytest.raises(Refused, match="已登记过另一结果"):
            entered(desk, case=case, upstream=number, named=named)


def test_a_record_that_has_a_result_gets_no_second_one(desk: Desk) -> None:
    case, one, two = forwarded(desk)
    entered(desk, case=case, named={one: False})
    for named in ({one: True}, {one: True, two: True}):
        with pytest.raises(Refused, match="已经登记过结果") as no:
            entered(desk, case=case, named=named, upstream=LATER)
        assert no.value.code == "result_known"
    assert (standing.waiting(desk.load(case)), marks(desk)) == ([two], 0)


def test_a_result_names_no_record_that_is_not_in_the_case(desk: Desk) -> None:
    case, one, _ = forwarded(desk)
    with pytest.raises(Refused, match="不在这件申请里"):
        entered(desk, case=case, named={one: True, "0" * 32: True})
    assert (desk.load(case).state, marks(desk)) == ("forwarded", 0)


def test_a_day_that_is_still_to_come_is_refused(desk: Desk) -> None:
    case, one, _ = forwarded(desk)
    with pytest.raises(Refused, match="还没有到"):
        entered(desk, case=case, named={one: True}, day=TODAY + timedelta(days=1))
    assert marks(desk) == 0


def test_an_ended_case_takes_no_more_results(desk: Desk) -> None:
    case, one, _ = forwarded(desk)
    case = entered(desk, case=case)
    with pytest.raises(Refused, match="都有结果了"):
        entered(desk, case=case, upstream=LATER)
    assert marks(desk) == 2


def test_of_the_same_part_entered_twice_at_once_one_counts(desk: Desk) -> None:
    case, one, two = forwarded(desk)
    result = upstream.Result(NUMBER, True, "说明", case.number, named={one: True})
    ways = [desk.district.connect(), desk.district.connect()]

    def enter(c: Any) -> None:
        upstream.take_result(c, CENTRE_REVIEWER, NOW, TODAY, result, desk.book)

    threads = [threading.Thread(target=enter, args=(c,)) for c in ways]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    case = desk.load(case)
    assert (len(case.steps), marks(desk), standing.waiting(case)) == (3, 1, [two])


# limits, alarms, timeliness


def test_the_rest_keeps_its_day_and_its_alarm_and_the_last_result_ends_both(desk: Desk) -> None:
    case, one, two = forwarded(desk)
    due = limits.current(case, desk.book).due
    at = days((due - TODAY).days)
    case = entered(desk, case=case, named={one: True})
    assert limits.current(case, desk.book).due == due
    assert alarms.warn(desk.c, at, desk.book) == 1
    assert desk.notices("role")[-1] == "REPAIR_DUE_SOON"
    result = upstream.Result(LATER, True, "说明", case.number)
    case = upstream.take_result(desk.c, CENTRE_REVIEWER, at, at.date(), result, desk.book)
    assert case.closed and limits.current(case, desk.book) is None
    assert alarms.warn(desk.c, at + timedelta(days=5), desk.book) == 0


def test_what_is_ours_counts_by_the_decision_on_the_rest(desk: Desk) -> None:
    one, two = desk.penalty(), desk.penalty(SECOND)
    case = desk.accepted(one, two)
    case = entered(desk, case=case, named={one: True})
    due = limits.current(case, desk.book).due
    span = (TODAY.replace(day=1), due + timedelta(days=30))

    def fate(case: Any, today: Any) -> str:
        return timeliness.fate_of(case, today, *span, desk.book)

    assert (fate(case, TODAY), fate(case, due + timedelta(days=1))) == ("waiting", "overdue")
    assert fate(desk.decide(case, two), TODAY) == "in_time"


# what is ours: the department decides the rest


def test_of_what_is_ours_a_part_may_be_granted_elsewhere_and_the_department_decides_the_rest(
    desk: Desk,
) -> None:
    one, two = desk.penalty(), desk.penalty(SECOND)
    case = entered(desk, case=desk.accepted(one, two), named={one: True})
    assert (case.state, public(desk)) == ("accepted", [desk.address(two)])
    with pytest.raises(Refused, match="已经有结果"):
        desk.decide(case, one, two)
    case = desk.decide(case, two)
    assert (case.state, marks(desk), case.last("granted").detail["refused"]) == ("granted", 2, [])
    assert standing.granted(case) == (one, two)


def test_the_rest_is_refused_after_a_hearing_and_the_part_stands_and_can_be_revoked(desk: Desk) -> None:
    one, two = desk.penalty(), desk.penalty(SECOND)
    case = entered(desk, case=desk.accepted(one, two), named={one: True})
    with pytest.raises(Refused, match="不利决定"):
        desk.decide(case)
    case = desk.do("notice", REVIEWER, case, "没有履行", "36号令第三章")
    case = desk.decide(desk.do("defend", OWNER, case, "会履行", ()))
    assert (case.state, case.closed, marks(desk)) == ("granted", True, 1)
    assert case.last("refused").detail["refused"] == [two]
    case = desk.do("notice", REVIEWER, case, "收据是伪造的", "查证笔录")
    desk.do("revoke", REVIEWER, desk.do("defend", OWNER, case, "不知情", ()), "属实", "查证笔录")
    assert len(public(desk)) == 2


@pytest.mark.parametrize("way", ["submitted", "accepted"])
def test_no_part_of_what_is_ours_is_refused_by_a_result_from_elsewhere(desk: Desk, way: str) -> None:
    one, two = desk.penalty(), desk.penalty(SECOND)
    case = (desk.apply if way == "submitted" else desk.accepted)(one, two)
    with pytest.raises(Refused, match="其他渠道的“不予修复”不能登记"):
        entered(desk, case=case, named={one: True, two: False})
    with pytest.raises(Refused, match="不能办理“上级渠道不予修复"):
        entered(desk, case=case, named={two: False})
    assert (desk.load(case).state, marks(desk)) == (way, 0)


@pytest.mark.parametrize("how", ["withdrawn", "declined"])
def test_what_a_part_granted_stands_when_the_rest_is_taken_back_or_not_taken_on(desk: Desk, how: str) -> None:
    one, two = desk.penalty(), desk.penalty(SECOND)
    case = entered(desk, case=desk.pushed(one, two), named={one: True})
    case = (
        desk.do("withdraw", OWNER, case, "不申请了")
        if how == "withdrawn"
        else desk.do("decline", REVIEWER, case, "不属于本部门", "36号令")
    )
    assert (case.state, case.closed, public(desk)) == ("granted", True, [desk.address(two)])
    assert desk.apply(two).state == "submitted"


# revoked, applied for again


def test_another_cases_revocation_rests_on_a_part_that_an_open_case_granted(desk: Desk) -> None:
    from test_upstream_revoked import elsewhere, mark, revoked

    one, two = desk.penalty(), desk.penalty(SECOND)
    case = entered(desk, case=desk.accepted(one, two), named={one: True})
    other = elsewhere(desk, one)
    desk.decide(case, two)
    assert mark(desk, one).reason.startswith(case.shown)
    assert revoked(desk, desk.load(case)).state == "revoked"
    assert mark(desk, one).reason.startswith(other.shown) and mark(desk, two) is None


def test_a_refused_record_can_be_applied_for_while_the_others_wait_and_these_can_not(desk: Desk) -> None:
    case, one, two = forwarded(desk)
    entered(desk, case=case, named={one: False})
    with pytest.raises(Refused, match="已经在申请修复"):
        desk.apply(two)
    assert desk.apply(one).state == "submitted"
    with pytest.raises(Refused, match="正在本平台申请修复"):
        entered(desk, two, upstream=LATER)


def test_nobody_is_reminded_of_what_waits(desk: Desk) -> None:
    one, two = desk.penalty(), desk.penalty(SECOND)
    entered(desk, case=desk.accepted(one, two), named={one: True})
    assert reminding.remind(desk.c, NOW, desk.book) == 0


# entered where there is no case


def test_without_a_case_a_result_says_of_each_record_what_it_says(desk: Desk) -> None:
    one, two = listed(desk), listed(desk, 2)
    case = entered(desk, one, two, named={one: True, two: False})
    assert (case.state, case.closed, marks(desk)) == ("granted", True, 1)
    assert entered(desk, two, one, named={two: False, one: True}).number == case.number
    with pytest.raises(Refused, match="已登记过另一结果"):
        entered(desk, one, two, named={one: False, two: True})


def test_without_a_case_nothing_is_entered_of_which_nothing_is_said(desk: Desk) -> None:
    one, two = listed(desk), listed(desk, 2)
    with pytest.raises(Refused, match="没有写明结果"):
        entered(desk, one, two, named={one: True})
    assert desk.district.one("SELECT count(*) FROM rights_case") == 0


# pages


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[:3000]
    return unescape(answer.content.decode())


def test_the_page_asks_of_each_record_and_shows_which_wait(site: Desk) -> None:
    case, one, two = forwarded(site)
    page, at = f"/console/repairs/{case.number}", f"/console/repairs/{case.number}/result/enter"
    client, subject = as_role("center_reviewer"), as_role("subject", subject_code=CODE)
    assert "还没有结果" not in text(client.get(page))
    shown = text(client.get(at))
    assert all(f'name="r_{r}"' in shown for r in (one, two)) and shown.count("还没有结果</option>") == 2
    given = {
        "upstream": NUMBER,
        "reason": "说明",
        "day": "2026-11-20",
        f"r_{one}": "open",
        f"r_{two}": "open",
    }
    assert "没有写明任何一条信息的结果" in text(client.post(at, given), 400)
    assert client.post(at, {**given, f"r_{one}": "refused"}).status_code == 302
    assert (site.load(case).state, marks(site), len(site.public())) == ("forwarded", 0, 2)
    said = text(client.get(page))
    assert "1 条已有结果，1 条还没有" in said and "还没有结果，继续办理" in said
    assert f"不予修复（{TODAY}，编号 {NUMBER}）" in said and "对方作出结果的日期：2026-11-20" in said
    own = text(subject.get(f"/own/repairs/{case.number}"))
    assert "还没有结果，继续办理" in own and f"不予修复（{TODAY}" in own
    rest = text(client.get(at))
    assert f"r_{two}" not in rest and f"r_{one}" not in rest and "不予修复（" in rest
    last = {"upstream": LATER, "reason": "说明", "day": "", "result": "granted"}
    assert client.post(at, last).status_code == 302
    assert (site.load(case).state, marks(site)) == ("granted", 1)
    said = text(client.get(page))
    assert "继续办理" not in said and "条还没有" not in said


def test_of_what_is_ours_the_page_offers_no_refusal_and_the_department_sees_what_it_has_left(
    site: Desk,
) -> None:
    one, two = site.penalty(), site.penalty(SECOND)
    case = site.accepted(one, two)
    at = f"/console/repairs/{case.number}/result/enter"
    client = as_role("center_reviewer")
    assert 'value="refused"' not in text(client.get(at)) and 'value="granted"' in text(client.get(at))
    given = {"upstream": NUMBER, "reason": "说明", "day": "", f"r_{one}": "granted", f"r_{two}": "refused"}
    text(client.post(at, given), 400)
    assert client.post(at, {**given, f"r_{two}": "open"}).status_code == 302
    deciding = text(as_role("department_reviewer").get(f"/console/repairs/{case.number}/decide/decide"))
    assert f'name="r_{two}"' in deciding and f'name="r_{one}"' not in deciding


def test_a_single_record_asks_for_its_result_alone(site: Desk) -> None:
    case = site.do("forward", CENTRE, site.apply(listed(site)), NUMBER)
    page = text(as_role("center_reviewer").get(f"/console/repairs/{case.number}/result/enter"))
    assert 'name="result"' in page and 'name="r_' not in page


def test_without_a_case_the_page_asks_of_each_record(site: Desk) -> None:
    one, two = listed(site), listed(site, 2)
    at, client = "/console/centre/repairs/upstream", as_role("center_reviewer")
    page = text(client.post(at, {"code": CODE, "step": "whose"}))
    names = [f"r_{site.address(r)}" for r in (one, two)]
    assert sorted(re.findall(r'name="(r_[0-9a-f]{32})"', page)) == sorted(names)
    given = {"code": CODE, "upstream": NUMBER, "reason": "说明", "day": "", **dict.fromkeys(names, "open")}
    assert "没有写明任何一条信息的结果" in text(client.post(at, given), 400)
    answer = client.post(at, {**given, names[0]: "granted", names[1]: "refused"})
    assert answer.status_code == 302 and marks(site) == 1 and len(site.public()) == 1


def test_who_was_repaired_in_part_is_on_the_list_for_help_before_the_case_ends(site: Desk) -> None:
    case, one, _ = forwarded(site)
    client, at = as_role("center_reviewer"), "/console/centre/repairs/support"
    assert case.shown not in text(client.get(at))
    entered(site, case=case, named={one: True})
    assert case.shown in text(client.get(at))
