"""Two cases may grant one record: revoking one leaves it repaired by the other, and revoking both brings it back."""

from __future__ import annotations

import threading
from typing import Any

from case_desk import CENTRE_REVIEWER, CODE, FIRST, NOW, OWNER, REVIEWER, TODAY, Desk

from xinyong.kernel.errors import Refused
from xinyong.rights.repair import actions, upstream

SECOND = "潼示罚〔2026〕2号"


def elsewhere(desk: Desk, *records: str, number: str = "信用中国 7", **more: Any) -> Any:
    """Granted by another channel, entered where there is no case in hand."""
    told = {"code": CODE, "records": tuple(map(desk.address, records)), **more}
    result = upstream.Result(number, True, "上级准予", **told)
    return upstream.take_result(desk.c, CENTRE_REVIEWER, NOW, TODAY, result, desk.book)


def answered(desk: Desk, case: Any) -> Any:
    case = desk.do("notice", REVIEWER, case, "收据是伪造的", "查证笔录")
    return desk.do("defend", OWNER, case, "不知情", ())


def revoked(desk: Desk, case: Any) -> Any:
    return desk.do("revoke", REVIEWER, answered(desk, case), "收据是伪造的", "查证笔录")


def mark(desk: Desk, record: str) -> Any:
    """The open repair mark of a record."""
    from xinyong.disclosure import marks

    found = [m for m in marks.open_of(desk.c, [record])[record] if m.kind == "repair"]
    assert len(found) <= 1
    return found[0] if found else None


def test_what_another_case_granted_as_well_stays_repaired_in_its_name(desk: Desk) -> None:
    record = desk.penalty()
    first, second = desk.granted(record), elsewhere(desk, record)
    assert mark(desk, record).reason.startswith(first.shown)
    assert revoked(desk, first).state == "revoked"
    assert desk.public() == [] and mark(desk, record).reason == f"{second.shown}：上级准予"
    assert mark(desk, record).basis == "上级渠道编号 信用中国 7"


def test_when_the_other_is_revoked_too_the_record_is_back(desk: Desk) -> None:
    record = desk.penalty()
    first, second = desk.granted(record), elsewhere(desk, record)
    revoked(desk, first)
    revoked(desk, second)
    assert mark(desk, record) is None and len(desk.public()) == 1


def test_whichever_of_them_is_revoked_first(desk: Desk) -> None:
    record = desk.penalty()
    first, second = desk.granted(record), elsewhere(desk, record)
    revoked(desk, second)
    assert mark(desk, record).reason.startswith(first.shown) and desk.public() == []
    revoked(desk, first)
    assert mark(desk, record) is None and len(desk.public()) == 1


def test_a_repair_whose_revocation_is_only_intended_still_counts(desk: Desk) -> None:
    record = desk.penalty()
    first, second = desk.granted(record), elsewhere(desk, record)
    second = answered(desk, second)
    revoked(desk, first)
    assert desk.public() == [] and mark(desk, record).reason.startswith(second.shown)


def test_records_that_no_other_case_granted_are_back(desk: Desk) -> None:
    one, two = desk.penalty(), desk.penalty(SECOND)
    first = desk.granted(one, two)
    elsewhere(desk, one)
    revoked(desk, first)
    assert [r["public_id"] for r in desk.public()] == [desk.address(two)]


def test_what_another_case_refused_rests_on_nothing(desk: Desk) -> None:
    one, two = desk.penalty(), desk.penalty(SECOND)
    partly = desk.do("notice", REVIEWER, desk.accepted(one, two), "第二件没有履行", "36号令第三章")
    desk.decide(desk.do("defend", OWNER, partly, "会履行", ()), one)
    later = desk.granted(two)
    revoked(desk, later)
    assert [r["public_id"] for r in desk.public()] == [desk.address(two)]


def test_the_centre_revokes_on_a_letter_and_the_others_mark_goes_on(desk: Desk) -> None:
    record = desk.penalty()
    first, second = elsewhere(desk, record, number="信用中国 8"), elsewhere(desk, record)
    desk.do("revoke", CENTRE_REVIEWER, answered(desk, first), "材料虚假", "潼示函〔2026〕3号")
    assert mark(desk, record).reason.startswith(second.shown)


def test_a_record_that_was_withdrawn_meanwhile_keeps_nobody_from_revoking(desk: Desk) -> None:
    record = desk.penalty()
    first, _ = desk.granted(record), elsewhere(desk, record)
    first = answered(desk, first)
    row = desk.make(CF_WSH=FIRST, KZ_SXCD="一般", CF_JDRQ="2026-06-18", CF_YXQ="2029-06-18")
    desk.take("XZCF", {**row, "操作": "撤销", "更正撤回原因": "复议撤销"})
    assert desk.do("revoke", REVIEWER, first, "收据是伪造的", "查证笔录").state == "revoked"
    assert mark(desk, record) is None


def test_of_two_revocations_at_once_none_leaves_the_record_repaired(desk: Desk) -> None:
    record = desk.penalty()
    cases = [answered(desk, k) for k in (desk.granted(record), elsewhere(desk, record))]
    one, two = desk.district.connect(), desk.district.connect()
    refused: list[Exception] = []

    def revoke(c: Any, case: Any) -> None:
        try:
            said = ("收据是伪造的", "查证笔录", desk.book, "false_materials")
            actions.revoke(c, REVIEWER, NOW, case.number, *said)
        except Refused as e:
            refused.append(e)

    with one.transaction():
        revoke(one, cases[0])
        later = threading.Thread(target=revoke, args=(two, cases[1]))
        later.start()
        later.join(1)  # it waits for the first; were it not to, it would be over by now
    later.join()
    assert refused == [] and mark(desk, record) is None and len(desk.public()) == 1
