"""A reviewer is offered the degrees that the decisions shown may be, and an older one is given to none but these."""

from __future__ import annotations

from html import unescape
from typing import Any

from case_desk import AUTHORITY, Desk
from signing_in import as_role

AT = "/console/department/review"


def reviewer() -> Any:
    return as_role("department_reviewer", provider=AUTHORITY, name="示例审核员")


def page(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return unescape(answer.content.decode())


def test_of_decisions_of_today_the_degree_of_the_rules_of_2019_is_neither_offered_nor_taken(
    site: Desk,
) -> None:
    record = site.penalty(KZ_SXCD="")
    browser = reviewer()
    shown = page(browser.get(AT))
    assert 'value="严重"' in shown and 'value="特定严重"' not in shown
    said = page(browser.post(AT, {"record": record, "degree": "特定严重", "reason": "屡罚不改"}), 400)
    assert "2026-06-18的决定不在其中" in said
    assert site.district.one("SELECT count(*) FROM record_mark") == 0


def test_where_one_of_their_days_waits_it_is_offered_and_taken_for_that_one(site: Desk) -> None:
    site.penalty(KZ_SXCD="")
    old = site.penalty("潼示罚〔2022〕2号", KZ_SXCD="", CF_JDRQ="2022-01-10", CF_YXQ="2027-01-10")
    browser = reviewer()
    assert 'value="特定严重"' in page(browser.get(AT))
    answer = browser.post(AT, {"record": old, "degree": "特定严重", "reason": "屡罚不改"})
    assert answer.status_code == 302
