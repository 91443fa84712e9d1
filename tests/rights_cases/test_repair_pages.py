"""Repair in the browser: the subject applies, the centre hands on, one accepts, another decides, the public sees nothing."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from typing import Any

import openpyxl
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
    decide = {f"r_{record}": "granted", "reason": "义务已全部履行"}
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
    refusal = {f"r_{case.records[0].record}": "refused", "reason": "没有履行", "basis": "36号令"}
    assert "要先告知拟不予修复的理由" in text(reviewer.post(at + "decide", refusal), 400)
    assert reviewer.post(at + "notice", {"reason": "罚款没有缴清", "basis": "36号令"}).status_code == 302
    assert "可以陈述、申辩" in text(subject.get(f"/own/repairs/{case.number}"))
    said = {"statement": "昨日已缴清", "file_other": file()}
    assert subject.post(f"/own/repairs/{case.number}/defend", said).status_code == 302
    assert "昨日已缴清" in text(reviewer.get(f"/console/repairs/{case.number}"))


def test_another_subject_applies_for_nothing_of_a_case(site: Desk) -> None:
    site.take("DJZC", registered(OTHER, OTHER_NAME))
    case = site.do("notice", REVIEWER, site.accepted(site.penalty()), "理由", "依据")
    client = person("subject", "示例邻居", subject_code=OTHER)
    said = text(client.get("/own/repairs"))
    assert FIRST not in said and case.shown not in said
    forged = {"records": [site.address(case.records[0].record)], "statement": "冒充"}
    assert client.post("/own/repairs/new", forged).status_code == 400
    assert site.load(case).state == "noticed"


def test_another_departments_list_says_nothing_of_a_case(site: Desk) -> None:
    site.accepted(site.penalty())
    outsider = person("department_reviewer", "别的部门", provider=site.book.providers["CZJ"].code)
    assert NAME not in text(outsider.get("/console/department/repairs"))


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
    assert '<form method="post"' in text(window.get(at, {"purpose": "本人到场"}))
    whose = {"purpose": "本人到场", "step": "whose"}
    page = text(window.post(at, {**whose, "code": CODE}))
    assert FIRST in page and NAME in page
    given = filled(site, record, code=CODE, purpose="本人到场")
    assert window.post(at, given).status_code == 302
    assert site.district.one("SELECT channel FROM rights_case") == "counter"
    assert "没有归集到" in text(window.post(at, {**whose, "code": OTHER}), 400)


def test_no_code_is_taken_from_an_address(site: Desk) -> None:
    site.penalty()
    window = person("counter")
    for at in ("/console/centre/repairs/enter", "/console/centre/objections/enter"):
        said = text(window.get(at, {"purpose": "本人到场", "code": CODE}))
        assert FIRST not in said and CODE not in said and 'name="step" value="whose"' in said


def test_the_rate_stands_on_the_centres_page(site: Desk) -> None:
    site.granted(site.penalty())
    page = text(person("center").get("/console/centre/repairs/timeliness"))
    assert "100.0%" in page and "全区" in page
    assert person("department").get("/console/centre/repairs/timeliness").status_code == 403


def test_a_ruling_shields_from_the_page_and_is_lifted_there(
    site: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from xinyong.website.public import asking

    record = site.penalty()
    reviewer = person("department_reviewer")
    at = "/console/shieldings/new"
    assert FIRST in text(reviewer.post(at, {"step": "whose", "code": CODE}))
    given = {"code": CODE, "records": [site.address(record)], "ruling": "（2026）渝0152破申1号裁定",
             "until": "2026-12-31", "reason": "裁定批准重整计划"}  # fmt: skip
    answer = reviewer.post(at, given)
    assert answer.status_code == 302 and site.public() == []
    assert "临时屏蔽中" in text(reviewer.get(answer.url))
    with monkeypatch.context() as later:
        later.setattr(asking, "clock", lambda: NOW + timedelta(days=60))
        for page in (answer.url, "/console/centre/shieldings"):
            assert "屏蔽已到期" in text(reviewer.get(page))
    lifted = {"reason": "计划执行完毕", "basis": "终结裁定"}
    assert reviewer.post(answer.url + "/lift", lifted).status_code == 302
    assert len(site.public()) == 1
    assert NAME in text(person("center").get("/console/centre/shieldings"))


def test_an_upstream_result_is_entered_from_the_page(site: Desk) -> None:
    record = site.penalty()
    reviewer = person("center_reviewer")
    at = "/console/centre/repairs/upstream"
    given = {
        "code": CODE,
        f"r_{site.address(record)}": "granted",
        "upstream": "信用中国 7",
        "reason": "上级准予",
    }
    answer = reviewer.post(at, given)
    assert answer.status_code == 302 and site.public() == []
    assert (
        reviewer.post(at, given).status_code == 400
    )  # the record has ended: there is nothing to choose any more
    assert person("center").get(at).status_code == 403


def test_a_result_from_elsewhere_is_entered_in_an_open_case_and_refuses_nothing_of_ours(site: Desk) -> None:
    case = site.accepted(site.penalty())
    at = f"/console/repairs/{case.number}"
    department, centre = person("department_reviewer"), person("center_reviewer")
    assert "登记其他渠道" not in text(department.get(at)) and "登记其他渠道" in text(centre.get(at))
    for path in ("/result/enter", "/decide/upstream"):
        given = {"result": "refused", "upstream": "随手写的", "reason": "不予"}
        assert department.post(at + path, given).status_code in (403, 404)
    assert "不予修复" not in text(centre.get(at + "/result/enter")).partition("<form")[2]
    given = {"result": "granted", "upstream": "信用中国 7", "reason": "上级准予"}
    assert centre.post(at + "/result/enter", given | {"result": "refused"}).status_code == 400
    assert centre.post(at + "/result/enter", given).status_code == 302
    assert site.load(case).state == "granted" and site.public() == []


def test_the_window_goes_on_with_what_was_filed_there(site: Desk) -> None:
    case = site.apply(site.penalty(), files=())
    case = site.do("ask_more", CENTRE, case, ["信用修复承诺书"])
    window, at = person("counter"), "/console/centre/cases/window"
    assert "写明用途" in text(window.get(at))
    assert case.shown not in text(window.get(at, {"purpose": "本人到场"}))
    whose = {"purpose": "本人到场", "number": case.shown, "code": CODE}
    said = text(window.post(at, whose))
    assert NAME in said and "补充材料" in said and "撤回申请" in said and "陈述、申辩</button>" not in said
    form = text(window.post(at, whose | {"act": "supplement"}))
    assert "核对了什么证件" in form and CODE in form
    given = whose | {"act": "supplement", "send": "1", "public": "on"}
    assert "请写明核对了" in text(window.post(at, given | {"file_material_proof": file()}), 400)
    given |= {"evidence": "营业执照和身份证原件", "file_material_proof": file()}
    assert window.post(at, given).status_code == 302
    assert site.load(case).state == "submitted" and site.notices("subject")[-1] == "REPAIR_SUPPLEMENTED"
    assert "营业执照和身份证原件" in text(person("center").get(f"/console/repairs/{case.number}"))


def test_at_the_window_anothers_case_and_none_look_the_same(site: Desk) -> None:
    site.take("DJZC", registered(OTHER, OTHER_NAME))
    case = site.apply(site.penalty())
    window, at = person("counter"), "/console/centre/cases/window"
    said = {
        re.sub(r'value="[^"]*"', "", text(window.post(at, {"purpose": "到场", "number": number, "code": code}), 400))
        for number, code in (
            (case.shown, OTHER), (case.shown, "91500152YY00000280"), ("XF2026000099", CODE), ("XF2025000001", CODE),
            (case.shown.replace("XF", "YY"), CODE), ("x", CODE),
        )
    }  # fmt: skip
    assert len(said) == 1 and "不是所填代码的主体提出的" in said.pop()
    for role in ("department", "auditor", "center_reviewer", "bank"):
        assert person(role).get(at, {"purpose": "看看"}).status_code == 403


def test_the_centre_comes_from_a_case_to_the_window_page_and_takes_an_objection_back(site: Desk) -> None:
    case = site.object(site.penalty())
    centre, at = person("center"), "/console/centre/cases/window"
    assert f"{at}?number={case.shown}" in text(centre.get(f"/console/objections/{case.number}"))
    assert f'value="{case.shown}"' in text(centre.get(at, {"purpose": "本人到场", "number": case.shown}))
    given = {"purpose": "本人到场", "number": case.shown, "code": CODE, "act": "withdraw", "send": "1",
             "evidence": "身份证原件", "reason": "看错了"}  # fmt: skip
    assert centre.post(at, given).status_code == 302
    assert site.load(case).state == "withdrawn"


def file_of(client: Any, address: str) -> BytesIO:
    answer = client.get(address, {"export": "xlsx", "purpose": "归档"})
    return BytesIO(b"".join(answer.streaming_content))


def test_a_list_that_was_cut_says_so(site: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from xinyong.rights import casework

    first, second = (site.apply(site.penalty(f"潼示罚〔2026〕{n}号")) for n in (1, 2))
    centre = person("center")
    assert "更早的没有列出" not in text(centre.get("/console/centre/repairs"))
    monkeypatch.setattr(casework, "MOST_LISTED", 1)
    page = text(centre.get("/console/centre/repairs"))
    assert (
        "只列出最近提交的 1 件，更早的没有列出" in page and second.shown in page and first.shown not in page
    )
    taken = centre.get("/console/centre/repairs", {"export": "csv", "purpose": "归档"})
    lines = b"".join(taken.streaming_content).decode("utf-8-sig").strip().splitlines()
    assert lines[-1] == "只列出最近提交的 1 件，更早的没有列出。" and second.shown in lines[-2]
    sheet = openpyxl.load_workbook(file_of(centre, "/console/centre/repairs")).active
    assert [c.value for c in sheet["A"]][-1] == lines[-1]
    page = text(person("department").get("/console/department/repairs"))
    assert "更早的没有列出" in page and second.shown not in page  # the newest, which it may not see yet


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
    decide = {f"r_{record}": "granted", "reason": "准予"}
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
