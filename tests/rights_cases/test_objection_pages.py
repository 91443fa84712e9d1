"""Objections in the browser: the mark shows wherever the record shows, and ends with the answer."""

from __future__ import annotations

from datetime import datetime
from html import unescape
from typing import Any

import pytest
from case_desk import CENTRE, CODE, MARKET, NAME, NOW, Desk
from signing_in import browser, open_account, signed_in

MARK = "异议处理中"


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, (answer.status_code, answer.content.decode()[:3000])
    return unescape(answer.content.decode())


def person(role: str, name: str = "", **given: Any) -> Any:
    return signed_in(open_account(role, name, **given))


def owner() -> Any:
    return person("subject", "示例企业", subject_code=CODE)


def objected(desk: Desk, record: str, client: Any) -> str:
    """The number of the case."""
    given = {"records": [desk.address(record)], "about": "record", "statement": "金额应为 0.1 万元"}
    answer = client.post("/own/objections/new", given)
    assert answer.status_code == 302, text(answer, 400)
    return str(answer.url.rpartition("/")[2])


def test_from_objection_to_answer_the_mark_comes_and_goes(site: Desk) -> None:
    record = site.penalty()
    subject, visitor = owner(), browser()
    address = f"/record/{site.address(record)}"
    assert MARK not in text(visitor.get(address))
    case = objected(site, record, subject)
    assert MARK in text(visitor.get(address))
    assert "待转办" in text(subject.get(f"/own/objections/{case}"))

    centre = person("center")
    assert NAME in text(centre.get("/console/centre/objections"))
    assert centre.post(f"/console/objections/{case}/centre/forward", {"note": "一致"}).status_code == 302
    clerk, reviewer = person("department"), person("department_reviewer")
    assert NAME in text(clerk.get("/console/department/objections"))
    assert clerk.post(f"/console/objections/{case}/answer/keep", {"reason": "无误"}).status_code == 403
    assert "金额应为 0.1 万元" in text(reviewer.get(f"/console/objections/{case}"))
    kept = {"reason": "与决定书一致"}
    assert reviewer.post(f"/console/objections/{case}/answer/keep", kept).status_code == 302
    assert MARK not in text(visitor.get(address))
    said = text(subject.get(f"/own/objections/{case}"))
    assert "维持原信息" in said and "与决定书一致" in said


def test_the_mark_shows_on_the_own_page_in_the_lists_and_in_the_report(site: Desk) -> None:
    from xinyong.disclosure import listing_job
    from xinyong.services.creditreport import actions as reports

    record = site.penalty()
    subject = owner()
    objected(site, record, subject)
    listed = text(subject.get("/own/objections"))
    assert MARK in text(subject.get("/own/")) and MARK in listed
    assert "利害关系人的异议" not in listed  # it is its own
    from case_desk import NOW, OWNER, TODAY

    listing_job.refresh(site.c, site.book, TODAY, NOW)
    assert MARK in text(browser().get("/publicity/penalties"))
    use = site.book.code_sets["BGYT"].values[0] if "BGYT" in site.book.code_sets else uses(site)
    with site.c.transaction():
        issued = reports.issue(site.c, OWNER, reports.Order(CODE, use), NOW, TODAY, site.book)
    assert MARK in issued.json.decode() or '"objected":true' in issued.json.decode().replace(" ", "")


def uses(desk: Desk) -> str:
    from xinyong.services.creditreport import profiles

    return str(desk.book.code_sets[profiles.PURPOSES].values[0])


def test_the_api_says_that_a_record_is_disputed(site: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from xinyong.website.api import callers

    class Standing(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return NOW

    monkeypatch.setattr(callers, "datetime", Standing)  # while the record is public
    record = site.penalty()
    objected(site, record, owner())
    answer = browser().get(f"/api/v1/subjects/{CODE}/archive")
    assert answer.status_code == 200, answer.content
    assert '"objected": true' in answer.content.decode() or '"objected":true' in answer.content.decode()


def test_correcting_in_words_only_is_refused_on_the_form(site: Desk) -> None:
    record = site.penalty()
    case = objected(site, record, owner())
    site.answer("forward", CENTRE, type("K", (), {"number": case})(), "")
    reviewer = person("department_reviewer")
    at = f"/console/objections/{case}/answer/correct"
    page = text(reviewer.post(at, {"way": "correction", "reason": "已改"}), 400)
    assert "没有更正或撤回" in page
    withdrawn = {"way": "withdrawn", "reason": "不是该主体", "basis": "撤销决定书"}
    assert reviewer.post(at, withdrawn).status_code == 302 and site.public() == []


def test_who_handed_in_another_units_decision_is_not_offered_to_withdraw_it(site: Desk) -> None:
    record = site.penalty(CF_CFJG="潼南区市场监督管理局", CF_CFJGDM=MARKET)
    case = objected(site, record, owner())
    site.answer("forward", CENTRE, type("K", (), {"number": case})(), "")
    at, reviewer = f"/console/objections/{case}/answer/correct", person("department_reviewer")
    page = text(reviewer.get(at))
    assert "现在撤回公开" not in page and 'value="withdrawn"' not in page
    assert "作出决定的是" in page and "由作出决定的单位办理" in page and "更正与撤回" in page
    withdrawn = {"way": "withdrawn", "reason": "不是该主体", "basis": "撤销决定书"}
    assert "选" in text(reviewer.post(at, withdrawn), 400)
    assert site.district.one("SELECT count(*) FROM record_mark WHERE kind = 'withdrawn'") == 0


def test_a_window_enters_an_objection(site: Desk) -> None:
    record = site.penalty()
    window = person("counter")
    given = {"code": CODE, "purpose": "本人到场", "records": [site.address(record)], "about": "match",
             "statement": "不是我单位"}  # fmt: skip
    assert window.post("/console/centre/objections/enter", given).status_code == 302
    assert [r["objected"] for r in site.public()] == [True]


def test_the_guides_lead_to_the_pages(site: Desk) -> None:
    visitor = browser()
    for guide, page in (("repair", "/own/repairs"), ("objection", "/own/objections")):
        said = text(visitor.get(f"/services/{guide}"))
        assert page in said and "尚未开通" not in said
