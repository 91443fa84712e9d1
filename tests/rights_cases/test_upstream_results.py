"""Results from other channels: what they may say of what is ours, and for whom a number counts."""

from __future__ import annotations

from typing import Any

import pytest
from case_desk import (
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
    assert marks(desk) == 0 and desk.notices("subject") == ["REPAIR_REFUSED_ELSEWHERE"]


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
