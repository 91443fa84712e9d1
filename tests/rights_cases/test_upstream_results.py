"""Results from other channels: what they may say of what is ours, for whom a number counts, and results in parts."""

from __future__ import annotations

from typing import Any

import pytest
from case_desk import (
    CENTRE,
    CENTRE_REVIEWER,
    CODE,
    NOW,
    OTHER,
    OTHER_NAME,
    TODAY,
    Desk,
    registered,
)
from case_rows import abnormal
from signing_in import as_role

from xinyong.kernel.errors import Refused
from xinyong.rights.repair import upstream

NUMBER, SECOND = "公示系统 20261123-7", "潼示罚〔2026〕2号"


def entered(desk: Desk, *records: str, case: Any = None, code: str = CODE, **more: Any) -> Any:
    usual = {"granted": True, "reason": "说明", "upstream": NUMBER}
    where = {"case": case.number} if case else {"code": code, "records": tuple(map(desk.address, records))}
    result = upstream.Result(**(usual | where | more))
    return upstream.take_result(desk.c, CENTRE_REVIEWER, NOW, TODAY, result, desk.book)


def listed(desk: Desk, number: int = 1, **changes: str) -> str:
    """An entry among the abnormal: repaired elsewhere. Its record id."""
    desk.take("JYYC", {**abnormal(), "YC_LRRQ": f"2026-07-0{number}", **changes})
    found = desk.told(changes.get("YC_SHXYM", CODE))
    return next(k for k, r in found.items() if f"2026-07-0{number}" in str(r["fields"]))


def marks(desk: Desk) -> int:
    return int(desk.district.one("SELECT count(*) FROM record_mark WHERE kind = 'repair'"))


def cases(desk: Desk) -> int:
    return int(desk.district.one("SELECT count(*) FROM rights_case"))


# what is ours to decide


def test_a_refusal_of_what_is_ours_is_not_entered_where_there_is_no_case_either(desk: Desk) -> None:
    record = desk.penalty()
    with pytest.raises(Refused, match="其他渠道的“不予修复”不能登记") as no:
        entered(desk, record, granted=False)
    assert no.value.code == "our_refusal"
    assert cases(desk) == 0 and desk.notices("subject") == [] and len(desk.public()) == 1
    assert entered(desk, record).state == "granted" and desk.public() == []


def test_a_refusal_by_another_channel_of_what_is_its_own_is_entered(desk: Desk) -> None:
    case = entered(desk, listed(desk), granted=False)
    assert (case.state, case.route) == ("refused", "gsxt")
    assert marks(desk) == 0 and desk.notices("subject") == ["REPAIR_REFUSED"]


# a number counts once


def test_a_number_that_was_used_for_another_subject_is_told_and_swallows_nothing(desk: Desk) -> None:
    mine = desk.penalty()
    desk.take("DJZC", registered(OTHER, OTHER_NAME))
    theirs = desk.penalty(SECOND, CF_XDR_MC=OTHER_NAME, CF_XDR_SHXYM=OTHER)
    first = entered(desk, mine)
    with pytest.raises(Refused, match=first.shown) as no:
        entered(desk, theirs, code=OTHER)
    assert no.value.code == "upstream_differs" and len(desk.public(code=OTHER)) == 1
    assert entered(desk, theirs, code=OTHER, upstream="另一编号").state == "granted"
    assert desk.public(code=OTHER) == []


def test_a_number_that_was_used_for_other_records_is_told(desk: Desk) -> None:
    one, two = desk.penalty(), desk.penalty(SECOND)
    entered(desk, one)
    for records in ((two,), (one, two)):
        with pytest.raises(Refused, match="另一些信息的结果"):
            entered(desk, *records)
    assert len(desk.public()) == 1


def test_nor_does_it_answer_for_the_same_records_under_anothers_code(desk: Desk) -> None:
    record = desk.penalty()
    entered(desk, record)
    with pytest.raises(Refused, match="另一主体"):
        entered(desk, record, code=OTHER)


def test_the_same_result_delivered_twice_is_the_same_case_in_whatever_order_its_records_come(
    desk: Desk,
) -> None:
    one, two = desk.penalty(), desk.penalty(SECOND)
    first = entered(desk, one, two)
    assert entered(desk, two, one).number == first.number
    assert entered(desk, case=first).number == first.number and (cases(desk), marks(desk)) == (1, 2)


# a result in parts


def forwarded(desk: Desk) -> tuple[Any, str, str]:
    one, two = listed(desk), listed(desk, 2)
    return desk.do("forward", CENTRE, desk.apply(one, two), NUMBER), one, two


def test_of_a_forwarded_case_some_records_are_granted_and_the_others_refused(desk: Desk) -> None:
    case, one, two = forwarded(desk)
    case = entered(desk, case=case, only=(one,))
    assert (case.state, marks(desk)) == ("granted", 1)
    assert [desk.address(two)] == [r["public_id"] for r in desk.public()]
    assert desk.notices("subject")[-2:] == ["REPAIR_GRANTED", "REPAIR_REFUSED"]
    detail = case.last("upstream_granted").detail
    assert (detail["granted"], detail["refused"]) == ([one], [two])
    assert entered(desk, case=case, only=(one,)).number == case.number and marks(desk) == 1
    for only in ((two,), (), (one, two)):
        with pytest.raises(Refused, match="已登记过另一结果"):
            entered(desk, case=case, only=only)


def test_what_the_result_left_refused_can_be_applied_for_again(desk: Desk) -> None:
    case, one, two = forwarded(desk)
    entered(desk, case=case, only=(one,))
    assert desk.apply(two).state == "submitted"
    with pytest.raises(Refused, match="不需要再申请"):
        desk.apply(one)


def test_a_result_names_no_record_that_is_not_in_the_case(desk: Desk) -> None:
    case, one, _ = forwarded(desk)
    with pytest.raises(Refused, match="不在这件申请里"):
        entered(desk, case=case, only=(one, "0" * 32))
    assert (desk.load(case).state, marks(desk)) == ("forwarded", 0)


@pytest.mark.parametrize("way", ["submitted", "accepted"])
def test_of_a_case_that_is_ours_no_part_is_refused_by_a_result_from_elsewhere(desk: Desk, way: str) -> None:
    one, two = desk.penalty(), desk.penalty(SECOND)
    case = (desk.apply if way == "submitted" else desk.accepted)(one, two)
    with pytest.raises(Refused, match="其他渠道的“不予修复”不能登记"):
        entered(desk, case=case, only=(one,))
    assert (desk.load(case).state, marks(desk)) == (way, 0)


def test_a_result_in_parts_is_entered_from_the_page(site: Desk) -> None:
    case, one, two = forwarded(site)
    at = f"/console/repairs/{case.number}/result/enter"
    client = as_role("center_reviewer")
    given = {"result": "granted", "upstream": NUMBER, "reason": "只准予第一条"}
    page = client.get(at).content.decode()
    assert all(f'value="{r}"' in page for r in (one, two))
    missing = client.post(at, given)
    assert missing.status_code == 400 and "请勾选准予修复的信息" in missing.content.decode()
    assert client.post(at, {**given, "only": [one]}).status_code == 302
    assert (site.load(case).state, marks(site)) == ("granted", 1) and len(site.public()) == 1


def test_where_no_part_can_be_refused_the_page_offers_none(site: Desk) -> None:
    client = as_role("center_reviewer")
    for case in (
        site.apply(site.penalty(), site.penalty(SECOND)),
        site.do("forward", CENTRE, site.apply(listed(site)), NUMBER),
    ):
        page = client.get(f"/console/repairs/{case.number}/result/enter")
        assert page.status_code == 200 and "准予修复的信息" not in page.content.decode()
