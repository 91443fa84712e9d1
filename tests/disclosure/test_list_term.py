"""The end of a list's own term ends an entry of which nobody wrote down a removal; unmet duties make it a task."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from enterprises import AUTHORITY, CODE, NAME, NOW, REVIEWER, Case

from xinyong.disclosure import actions, basis, ending, listing_job, overrun, publicity, sealed
from xinyong.kernel.publicity import add_months

TERM = date(2027, 11, 18)  # before the three years of publicity are over
AFTER = TERM + timedelta(days=1)
LASTED = 60  # months that entries of lists are kept (rulebook/retention.yaml)


def entry(case: Case, **changes: str) -> str:
    row = {
        "YZ_MC": NAME, "YZ_LB": "法人及非法人组织", "YZ_SHXYM": CODE, "YZ_MDMC": "市场监督管理严重违法失信名单",
        "YZ_YJ": "示例依据", "YZ_SY": "示例事由", "YZ_WSH": "潼示列〔2026〕3号", "YZ_LRRQ": "2026-11-19",
        "YZ_GLQX": f"{TERM}", "YZ_JG": "潼南区市场监督管理局", "YZ_JGDM": AUTHORITY,
    }  # fmt: skip
    case.take("YZSX", row | changes)
    return next(r["record"] for r in case.archive(CODE).records if r["item"] == "YZSX")


def duties(case: Case, record: str, value: str) -> None:
    actions.mark(case.district.app, REVIEWER, NOW, "duties", [record], "核对", value=value)


def state(case: Case, record: str, today: date) -> str:
    return basis.standing(case.district.app, [record], today, case.district.book)[record].state


def listed(case: Case, today: date) -> bool:
    return "YZSX" in case.public(today=today).counts


def in_lists(case: Case, today: date) -> int:
    listing_job.refresh(case.district.app, case.district.book, today, NOW)
    sql = "SELECT count(*) FROM public_listing WHERE shown_until IS NULL OR shown_until >= %s"
    return int(case.district.one(sql, today))


def test_the_last_day_of_the_term_is_the_last_day_of_the_entry(case: Case) -> None:
    record = entry(case)
    assert listed(case, TERM) and state(case, record, TERM) == "in_force"
    assert not listed(case, AFTER) and state(case, record, AFTER) == "expired"
    said = case.clocks(record, today=AFTER)
    assert (said["publicity"]["state"], said["publicity"]["until"]) == ("ended", f"{TERM}")
    assert said["sharing"]["until"] == f"{add_months(TERM, LASTED)}"
    assert "最长期限已于 2027-11-18 届满" in said["measures"]["possible"][0]["sentence"]
    assert (in_lists(case, TERM), in_lists(case, AFTER)) == (1, 0)


def test_with_duties_unmet_the_end_of_the_term_is_a_task_for_a_person(case: Case) -> None:
    record = entry(case)
    duties(case, record, "unmet")
    assert state(case, record, AFTER) == "in_force" and not listed(case, AFTER)
    said = case.clocks(record, today=AFTER)
    assert (said["publicity"]["task"], said["publicity"]["task_due"]) == ("decide_overrun", f"{TERM}")
    assert said["sharing"]["until"] is None
    found = overrun.overrun(case.district.app, case.district.book, AFTER, AUTHORITY)
    assert [o.record for o in found] == [record]
    law = {"basis": "《示例办法》第十条", "until": TERM + timedelta(days=90)}
    actions.mark(case.district.app, REVIEWER, NOW, "extension", [record], "仍未支付", **law)
    assert listed(case, AFTER) and not listed(case, TERM + timedelta(days=91))
    duties(case, record, "met")
    assert not listed(case, AFTER) and state(case, record, AFTER) == "expired"


def test_whether_duties_are_met_is_asked_before_the_end_of_the_term(case: Case) -> None:
    record = entry(case)
    in_lists(case, TERM - timedelta(days=3))
    asked = (case.district.app, case.district.book, TERM - timedelta(days=3))
    assert [(e.record, e.until) for e in ending.ending(*asked)] == [(record, TERM)]


def test_a_removal_before_the_end_of_the_term_ends_the_entry_as_ever(case: Case) -> None:
    day = TERM - timedelta(days=100)
    record = entry(case, YZ_YCRQ=f"{day}", YZ_YCFS="提前移出")
    assert listed(case, day) and not listed(case, day + timedelta(days=1))
    assert state(case, record, day) == state(case, record, AFTER) == "removed"
    assert case.clocks(record, today=AFTER)["sharing"]["until"] == f"{add_months(day, LASTED)}"


@pytest.mark.parametrize(("said", "over"), [("", True), ("met", True), ("unmet", False)])
def test_its_retention_begins_with_the_end_of_the_term_unless_duties_are_unmet(
    case: Case, said: str, over: bool
) -> None:
    record = entry(case)
    if said:
        duties(case, record, said)
    last = add_months(TERM, LASTED)
    ask = (case.district.app, case.district.book)
    assert not [e for e in sealed.ending(*ask, last) if e.record == record]
    found = [e for e in sealed.ending(*ask, last + timedelta(days=1)) if e.record == record]
    assert bool(found) == over
    if found:
        assert sealed.still_ending(*ask, found[0], last + timedelta(days=1))
        duties(case, record, "unmet")
        assert not sealed.still_ending(*ask, found[0], last + timedelta(days=1))


def test_the_switch_leaves_the_end_to_the_removal(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    whole: Any = publicity.setting

    def removal(book: Any, rule: str, today: Any) -> Any:
        return "removal" if rule == "PUB_LIST_TERM" else whole(book, rule, today)

    record = entry(case)
    monkeypatch.setattr(publicity, "setting", removal)
    assert listed(case, AFTER) and state(case, record, AFTER) == "in_force"


def test_the_end_of_a_permit_or_of_a_penaltys_term_ends_no_publicity(case: Case) -> None:
    record = case.penalty(CF_YXQ="2026-11-21", KZ_SXCD="严重")
    day = date(2026, 11, 25)
    assert state(case, record, day) == "in_force"
    assert case.clocks(record, today=day)["publicity"]["public"]
