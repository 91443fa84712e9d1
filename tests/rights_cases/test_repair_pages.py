"""Repair in the browser: the subject applies, the centre hands on, one accepts, another decides, the public sees nothing."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from case_desk import (
    AUTHORITY,
    CENTRE,
    CLERK,
    CODE,
    FIRST,
    NAME,
    NOW,
    OTHER,
    OTHER_NAME,
    PDF,
    REVIEWER,
    Desk,
    registered,
)
from signing_in import browser, open_account, signed_in

SECOND = "潼示罚〔2026〕2号"


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, (answer.status_code, answer.content.decode()[:3000])
    return unescape(answer.content.decode())


def person(role: str, name: str = "", **given: Any) -> Any:
    return signed_in(open_account(role, name, **given))


def owner() -> Any:
    return person("subject", "示例企业", subject_code=CODE)


def file(data: bytes = PDF, name: str = "材料.pdf") -> BytesIO:
    made = BytesIO(data)
    made.name = name
    return made


def filled(desk: Desk, *records: str, **changes: Any) -> dict[str, Any]:
    usual = {
        "records": [desk.address(r) for r in records], "statement": "罚款已缴清", "contact": "13800000000", "public": "on",
        "file_material_commitment": file(), "file_material_proof": [file(), file(PDF + b"%%EOF", "收据.pdf")],
    }  # fmt: skip
    return {**usual, **changes}


def public_documents(client: Any, desk: Desk) -> str:
    number = desk.district.one("SELECT public_id FROM credit_subject WHERE value = %s", CODE)
    return text(client.get(f"/subject/{number}"))


def test_from_application_to_a_public_page_that_says_nothing(site: Desk) -> None:
    record = site.penalty()
    subject, visitor = owner(), browser()
    assert "行政管理" in public_documents(visitor, site)
    public_record = f"/record/{site.address(record)}"
    assert FIRST in text(visitor.get(public_record))

    page = text(subject.get("/own/repairs"))
    assert FIRST in page and "可以申请修复" in page and "达到最短公示期" in page and "尚未开通" not in page
    answer = subject.post("/own/repairs/new", filled(site, record))
    assert answer.status_code == 302, text(answer, 400)
    mine = answer.url
    assert "待核对材料" in text(subject.get(mine)) and "收据.pdf" in text(subject.get(mine))

    case = mine.rpartition("/")[2]
    centre = person("center", "示例业务员")
    assert NAME in text(centre.get("/console/centre/repairs"))
    assert text(centre.get(f"/console/repairs/{case}")).count("已具备") >= 3
    assert centre.post(f"/console/repairs/{case}/centre/push").status_code == 302

    clerk, reviewer = person("department", "示例信息员"), person("department_reviewer", "示例审核员")
    assert NAME in text(clerk.get("/console/department/repairs"))
    assert "作出决定" not in text(clerk.get(f"/console/repairs/{case}"))
    assert clerk.post(f"/console/repairs/{case}/accept/accept").status_code == 302
    decide = {"granted": [record], "reason": "义务已全部履行"}
    assert reviewer.post(f"/console/repairs/{case}/decide/decide", decide).status_code == 302

    said = text(subject.get(mine))
    assert "准予修复" in said and "义务已全部履行" in said and "示例审核员" not in said
    after = visitor.get(public_record)
    never = visitor.get("/record/" + "0" * 32)
    assert after.status_code == never.status_code == 404 and after.content == never.content
    said = public_documents(visitor, site)
    assert FIRST not in said and "已修复" not in said


def test_a_repaired_records_pages_are_those_of_a_twin_that_never_had_it(site: Desk) -> None:
    site.take("DJZC", registered(OTHER, OTHER_NAME))
    site.granted(site.penalty())

    def page(code: str, name: str) -> str:
        number = site.district.one("SELECT public_id FROM credit_subject WHERE value = %s", code)
        return re.sub(
            r"[0-9a-f-]{32,36}",
            "",
            text(browser().get(f"/subject/{number}")).replace(name, "").replace(code, ""),
        )

    assert page(CODE, NAME) == page(OTHER, OTHER_NAME)


def test_what_is_missing_is_asked_for_at_once_and_added(site: Desk) -> None:
    record = site.penalty()
    subject = owner()
    bare = {"records": [site.address(record)], "statement": "已缴清"}
    case = subject.post("/own/repairs/new", bare).url.rpartition("/")[2]
    centre = person("center")
    page = text(centre.get(f"/console/repairs/{case}"))
    assert "还缺：信用修复承诺书、履行完义务的证明、同意公开信用承诺" in page
    assert "还缺" in text(centre.post(f"/console/repairs/{case}/centre/push"), 400)
    form = text(centre.get(f"/console/repairs/{case}/centre/incomplete"))
    assert "信用修复承诺书\n履行完义务的证明\n同意公开信用承诺" in form
    listed = {"missing": "信用修复承诺书\n履行完义务的证明"}
    assert centre.post(f"/console/repairs/{case}/centre/incomplete", listed).status_code == 302
    assert "请补充材料" in text(subject.get("/own/repairs"))
    added = {"file_material_commitment": file(), "file_material_proof": file(), "public": "on"}
    assert subject.post(f"/own/repairs/{case}/supplement", added).status_code == 302
    assert centre.post(f"/console/repairs/{case}/centre/push").status_code == 302


def test_a_wrong_file_is_told_at_the_form_and_nothing_is_filed(site: Desk) -> None:
    record = site.penalty()
    bad = filled(site, record, file_material_proof=file(b"MZ not a document", "收据.pdf"))
    page = text(owner().post("/own/repairs/new", bad), 400)
    assert "不看文件名，只看内容" in page and "已选的文件要重新选择" in page
    assert site.district.one("SELECT count(*) FROM rights_case") == 0
    page = text(owner_again().post("/own/repairs/new", {"statement": "没有选"}), 400)
    assert "没有选择信息" in page


def owner_again() -> Any:
    return person("subject", "示例企业之二", subject_code=CODE)


def test_an_intended_refusal_is_answered_by_the_subject(site: Desk) -> None:
    case = site.accepted(site.penalty())
    reviewer, subject = person("department_reviewer"), owner()
    at = f"/console/repairs/{case.number}/decide/"
    assert "要先告知" in text(reviewer.post(at + "decide", {"granted": [], "reason": "没有履行"}), 400)
    assert reviewer.post(at + "notice", {"reason": "罚款没有缴清", "basis": "36号令"}).status_code == 302
    assert "可以陈述、申辩" in text(subject.get(f"/own/repairs/{case.number}"))
    said = {"statement": "昨日已缴清", "file_other": file()}
    assert subject.post(f"/own/repairs/{case.number}/defend", said).status_code == 302
    assert "昨日已缴清" in text(reviewer.get(f"/console/repairs/{case.number}"))


def test_another_subject_finds_nothing_of_a_case(site: Desk) -> None:
    site.take("DJZC", registered(OTHER, OTHER_NAME))
    case = site.do("notice", REVIEWER, site.accepted(site.penalty()), "理由", "依据")
    from xinyong.rights import materials

    kept = materials.of_case(site.c, case)[0]
    client = person("subject", "示例邻居", subject_code=OTHER)
    nobodys = client.get("/own/repairs/00000000-0000-4000-8000-000000000000").content
    for path in ("", "/withdraw", "/defend", f"/files/{kept.id}"):
        answer = client.get(f"/own/repairs/{case.number}{path}")
        assert answer.status_code == 404 and answer.content == nobodys, path
    assert client.post(f"/own/repairs/{case.number}/withdraw", {"reason": "冒充"}).status_code == 404
    assert FIRST not in text(client.get("/own/repairs")) and case.shown not in text(
        client.get("/own/repairs")
    )
    forged = {"records": [site.address(case.records[0].record)], "statement": "冒充"}
    assert client.post("/own/repairs/new", forged).status_code == 400
    assert site.load(case).state == "noticed"


def test_another_department_finds_nothing_of_a_case(site: Desk) -> None:
    case = site.accepted(site.penalty())
    outsider = person("department_reviewer", "别的部门", provider=site.book.providers["CZJ"].code)
    assert NAME not in text(outsider.get("/console/department/repairs"))
    at = f"/console/repairs/{case.number}"
    nobodys = outsider.get("/console/repairs/00000000-0000-4000-8000-000000000000").content
    for path in ("", "/files/1", "/accept/accept", "/decide/decide"):
        answer = outsider.get(at + path)
        assert answer.status_code == 404 and answer.content == nobodys, path
    assert outsider.post(at + "/decide/decide", {"granted": [], "reason": "冒充"}).status_code == 404


def test_a_department_sees_an_application_only_once_it_was_handed_over(site: Desk) -> None:
    case = site.apply(site.penalty())
    clerk = person("department")
    assert NAME not in text(clerk.get("/console/department/repairs"))
    assert clerk.get(f"/console/repairs/{case.number}").status_code == 404


def test_the_auditor_reads_a_case_but_takes_no_material_away(site: Desk) -> None:
    from xinyong.rights import materials

    case = site.accepted(site.penalty())
    auditor = person("auditor")
    kept = materials.of_case(site.c, case)[0]
    assert case.shown in text(auditor.get(f"/console/repairs/{case.number}"))
    assert auditor.get(f"/console/repairs/{case.number}/files/{kept.id}").status_code == 404
    handed = person("department_reviewer").get(f"/console/repairs/{case.number}/files/{kept.id}")
    assert handed.content.startswith(b"%PDF") and "attachment" in handed.headers["Content-Disposition"]
    assert handed.headers["X-Content-Type-Options"] == "nosniff"


def test_the_list_puts_what_is_overdue_first(site: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    from xinyong.website.public import asking

    old, new = site.penalty(), site.penalty(SECOND)
    late = site.pushed(old)
    monkeypatch.setattr(asking, "clock", lambda: NOW + timedelta(days=7))
    fresh = site.pushed(new, at=NOW + timedelta(days=7))
    page = text(person("department").get("/console/department/repairs"))
    assert page.index(late.shown) < page.index(fresh.shown) and "已超期" in page
    only = text(person("center").get("/console/centre/repairs", {"urgency": "已超期"}))
    assert late.shown in only and fresh.shown not in only


def test_the_window_enters_an_application_with_a_purpose(site: Desk) -> None:
    record = site.penalty()
    window = person("counter")
    at = "/console/centre/repairs/enter"
    assert "写明用途" in text(window.get(at))
    page = text(window.get(at, {"purpose": "本人到场", "code": CODE}))
    assert FIRST in page and NAME in page
    given = filled(site, record, code=CODE, purpose="本人到场")
    assert window.post(at, given).status_code == 302
    assert site.district.one("SELECT channel FROM rights_case") == "counter"
    assert "没有归集到" in text(window.get(at, {"purpose": "本人到场", "code": OTHER}), 400)


def test_the_rate_stands_on_the_centres_page(site: Desk) -> None:
    site.granted(site.penalty())
    page = text(person("center").get("/console/centre/repairs/timeliness"))
    assert "100.0%" in page and "全区" in page
    assert person("department").get("/console/centre/repairs/timeliness").status_code == 403


def test_a_ruling_shields_from_the_page_and_is_lifted_there(site: Desk) -> None:
    record = site.penalty()
    reviewer = person("department_reviewer")
    at = "/console/shieldings/new"
    assert FIRST in text(reviewer.get(at, {"code": CODE}))
    given = {"code": CODE, "records": [site.address(record)], "ruling": "（2026）渝0152破申1号裁定",
             "until": "2026-12-31", "reason": "裁定批准重整计划"}  # fmt: skip
    answer = reviewer.post(at, given)
    assert answer.status_code == 302 and site.public() == []
    assert "临时屏蔽中" in text(reviewer.get(answer.url))
    lifted = {"reason": "计划执行完毕", "basis": "终结裁定"}
    assert reviewer.post(answer.url + "/lift", lifted).status_code == 302
    assert len(site.public()) == 1
    assert NAME in text(person("center").get("/console/centre/shieldings"))


def test_an_upstream_result_is_entered_from_the_page(site: Desk) -> None:
    record = site.penalty()
    reviewer = person("center_reviewer")
    at = "/console/centre/repairs/upstream"
    given = {"code": CODE, "records": [site.address(record)], "result": "granted", "upstream": "信用中国 7",
             "reason": "上级准予"}  # fmt: skip
    answer = reviewer.post(at, given)
    assert answer.status_code == 302 and site.public() == []
    assert (
        reviewer.post(at, given).status_code == 400
    )  # the record has ended: there is nothing to choose any more
    assert person("center").get(at).status_code == 403


def test_the_letter_is_found_by_number_and_printed(site: Desk) -> None:
    site.take("XZCF", site.make(CF_WSH=SECOND, KZ_SXCD="一般"), provider=AUTHORITY)
    clerk = person("department")
    page = text(clerk.get("/console/department/letters", {"item": "XZCF", "number": SECOND}))
    [address] = re.findall(r'href="(/console/department/letters/[0-9a-f]{32})"', page)
    letter = text(clerk.get(address))
    assert "信用修复告知书" in letter and SECOND in letter and "10 个工作日" in letter
    other = person("department", "别的部门", provider=site.book.providers["CZJ"].code)
    assert other.get(address).status_code == 404


def test_the_subject_withdraws_from_the_page_and_no_decision_follows(site: Desk) -> None:
    record = site.penalty()
    case = site.accepted(record)
    subject = owner()
    assert subject.post(f"/own/repairs/{case.number}/withdraw", {"reason": "情况有变"}).status_code == 302
    decide = {"granted": [record], "reason": "准予"}
    page = text(
        person("department_reviewer").post(f"/console/repairs/{case.number}/decide/decide", decide), 400
    )
    assert "申请已撤回" in page and len(site.public()) == 1


def test_a_promise_is_public_while_the_application_is_decided_and_not_after(site: Desk) -> None:
    record = site.penalty()
    visitor, page = browser(), "/services/repair/commitments"
    case = site.apply(record)
    assert NAME not in text(visitor.get(page))
    case = site.do("push", CENTRE, case)
    assert NAME in text(visitor.get(page)) and FIRST not in text(visitor.get(page))
    site.decide(site.do("accept", CLERK, case), record)
    assert NAME not in text(visitor.get(page))
