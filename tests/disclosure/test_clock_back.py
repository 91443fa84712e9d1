"""A server's clock that was set back: nothing is decided, shielded or looked at "before" what was done last."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from enterprises import CODE, NOW, REVIEWER, TODAY, Case

from sampledistrict.codes import uscc
from xinyong.disclosure import actions, authorisations, queries
from xinyong.foundation import clock
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused

SUBJECT = Who("示例甲", "subject", CODE)
BANK = Who("示例行员", "bank", uscc("91", "500152", "YY000777"), purpose="贷前调查")
RULING = "（2026）渝0152破申1号裁定"


def days(n: float) -> datetime:
    return NOW + timedelta(days=n)


def mark(case: Case, record: str, kind: str, at: datetime, **more: Any) -> int:
    said = {"reason": "测试理由", "basis": RULING} | more
    return actions.mark(case.district.app, REVIEWER, at, kind, [record], **said).marks[record]


def clock_back(work: Any, *given: Any, **more: Any) -> None:
    with pytest.raises(Refused, match="请系统管理员校准时钟") as refused:
        work(*given, **more)
    assert refused.value.code == "clock_back"


def test_a_shielding_that_ran_out_is_neither_renewed_nor_lifted_nor_followed_by_a_mark_of_an_earlier_day(
    case: Case,
) -> None:
    record, other = case.penalty(), case.penalty(CF_WSH="潼示罚〔2026〕2号")
    shielding = mark(case, record, "shielding", NOW, until=TODAY + timedelta(days=1))
    met = mark(case, record, "duties", days(5), value="met")
    before = case.district.one("SELECT count(*) FROM record_mark")
    clock_back(mark, case, record, "shielding", days(1), until=TODAY + timedelta(days=30))
    clock_back(mark, case, record, "repair", days(4.99))
    clock_back(actions.close_mark, case.district.app, REVIEWER, days(1), shielding, "理由", RULING)
    assert case.district.one("SELECT count(*) FROM record_mark") == before
    assert mark(case, other, "duties", days(1), value="met") > met  # nothing was done about this one later
    actions.close_mark(case.district.app, REVIEWER, days(5), shielding, "理由", RULING)


def test_of_several_records_one_that_was_marked_later_holds_up_all(case: Case) -> None:
    one, other = case.penalty(), case.penalty(CF_WSH="潼示罚〔2026〕2号")
    mark(case, other, "duties", days(2), value="met")
    more = {"reason": "测试理由", "basis": RULING}
    clock_back(actions.mark, case.district.app, REVIEWER, NOW, "repair", [one, other], **more)
    assert case.district.one("SELECT count(*) FROM record_mark WHERE kind = 'repair'") == 0


def test_who_waited_a_moment_for_another_is_no_clock_set_back(case: Case) -> None:
    record = case.penalty()
    mark(case, record, "duties", NOW, value="met")
    assert mark(case, record, "repair", NOW - clock.WAITED)


def granted(case: Case, ends: date) -> authorisations.Authorisation:
    terms = authorisations.Terms(BANK.provider, ("XZCF",), "贷前调查", TODAY, ends)
    return authorisations.grant(case.district.app, SUBJECT, NOW, TODAY, CODE, terms, case.district.book)


def look(case: Case, at: datetime) -> Any:
    return queries.archive(case.district.app, CODE, queries.Question(BANK, at, at.date()), case.district.book)


def test_an_authorisation_that_ended_does_not_serve_again_before_its_last_use(case: Case) -> None:
    case.penalty()
    granted(case, TODAY + timedelta(days=9))
    assert len(look(case, days(9)).records) == 1
    clock_back(look, case, days(8))
    assert case.district.one("SELECT count(*) FROM look WHERE authorisation IS NOT NULL") == 1
    assert len(look(case, days(9.1)).records) == 1


def test_an_authorisation_does_not_serve_before_it_was_granted_and_can_be_revoked_by_any_clock(
    case: Case,
) -> None:
    case.penalty()
    number = granted(case, TODAY + timedelta(days=9)).number
    clock_back(look, case, NOW - timedelta(minutes=2))
    c = case.district.app
    assert authorisations.revoke(c, SUBJECT, days(-3), TODAY, number).end == "revoked"
