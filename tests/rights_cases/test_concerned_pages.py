"""Another's record objected to in the browser: from its public page to the answer, with no more shown than there."""

from __future__ import annotations

from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from case_desk import CODE, FIRST, NAME, OTHER, OTHER_NAME, REVIEWER, TODAY, Desk, registered
from django.core.files.uploadedfile import SimpleUploadedFile
from signing_in import PASSWORD, browser, open_account, signed_in

from sampledistrict.codes import person_id
from xinyong.rights import casework, materials
from xinyong.rights.objection import concerned

MARK, UNKNOWN = "异议处理中", concerned.NOT_PUBLIC
FORM, WINDOW = "/own/objections/concerned", "/console/centre/objections/concerned"
PERSON = person_id("19800101", 1)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, (answer.status_code, answer.content.decode()[:3000])
    return unescape(answer.content.decode())


def person(role: str, name: str = "", **given: Any) -> Any:
    return signed_in(open_account(role, name, **given))


@pytest.fixture
def address(site: Desk) -> str:
    site.take("DJZC", registered(OTHER, OTHER_NAME))
    return site.address(site.penalty())


@pytest.fixture
def neighbour(site: Desk) -> Any:
    return person("subject", "示例邻居", subject_code=OTHER)


def filled(record: str, **more: Any) -> dict[str, Any]:
    usual = {"about": "match", "concern": "误写了我单位的名称", "statement": "不是该主体"}
    return {"record": record, **usual, **more}


def raised(client: Any, record: str, **more: Any) -> str:
    """The number of the case."""
    answer = client.post(FORM, filled(record, **more))
    assert answer.status_code == 302, text(answer, 400)
    return str(answer.url.rpartition("/")[2])


def test_the_public_page_leads_through_the_login_to_the_form_filled_in(site: Desk, address: str) -> None:
    open_account("subject", "示例邻居", subject_code=OTHER)
    visitor, there = browser(), f"{FORM}?record={address}"
    assert f'href="{there}"' in text(visitor.get(f"/record/{address}"))
    login = visitor.get(there)
    assert login.status_code == 302 and login.url.endswith(f"?next={quote(there, safe='')}")
    page = visitor.post(login.url, {"login": "示例邻居", "password": PASSWORD})
    assert (page.status_code, page.url) == (302, there)
    said = text(visitor.get(there))
    assert f'value="{address}"' in said and FIRST in said and NAME in said


def test_from_the_form_to_the_answer(site: Desk, address: str, neighbour: Any) -> None:
    proof = SimpleUploadedFile("合同.pdf", PDF)
    case = raised(neighbour, f"https://localhost/record/{address}?x=1", file_material_evidence=proof)
    visitor, page = browser(), f"/own/objections/{case}"
    assert MARK not in text(visitor.get(f"/record/{address}"))
    said = text(neighbour.get(page))
    assert "待核对利害关系" in said and "误写了我单位的名称" in said and "合同.pdf" in said and FIRST in said

    centre, staff = person("center"), f"/console/objections/{case}"
    assert f"{OTHER_NAME}（利害关系人）" in text(centre.get("/console/centre/objections"))
    shown = text(centre.get(staff))
    assert "误写了我单位的名称" in shown and f"信息所属主体：{NAME}" in shown and "没有标注" in shown
    text(centre.post(f"{staff}/centre/forward", {"note": ""}), 400)
    assert centre.post(f"{staff}/centre/forward", {"note": "核对了合同"}).status_code == 302
    assert MARK in text(visitor.get(f"/record/{address}"))

    reviewer = person("department_reviewer", provider=REVIEWER.provider)
    assert f"{OTHER_NAME}（利害关系人）" in text(reviewer.get("/console/department/objections"))
    assert "不要写公开内容以外的信息" in text(reviewer.get(staff))
    asked = text(reviewer.get(f"{staff}/answer/correct"))
    assert "可以说明意见到 " in asked and "也告知信息所属主体，不要写提出人是谁" in asked
    assert "会告知信息所属主体，不要写提出人是谁" in text(reviewer.get(f"{staff}/answer/keep"))
    now = {"way": "withdrawn", "reason": "属实", "basis": "决定书"}
    assert "在此以前不能直接撤回公开" in text(reviewer.post(f"{staff}/answer/correct", now), 400)
    assert reviewer.post(f"{staff}/answer/keep", {"reason": "与决定书一致"}).status_code == 302
    assert MARK not in text(visitor.get(f"/record/{address}"))
    said = text(neighbour.get(page))
    assert "维持原信息" in said and "与决定书一致" in said


def test_the_records_own_subject_sees_that_there_is_one_and_nothing_of_whose(
    site: Desk, address: str, neighbour: Any
) -> None:
    owner = person("subject", "示例企业", subject_code=CODE)
    case = raised(neighbour, address)
    assert MARK not in text(owner.get("/own/"))
    assert FIRST in text(owner.get("/own/objections/new"))
    person("center").post(f"/console/objections/{case}/centre/forward", {"note": "核对了合同"})
    pages = [text(owner.get(f"/own/{p}")) for p in ("", "objections", "looks", "notices", "inbox")]
    assert MARK in pages[0] and MARK in pages[1] and "有利害关系人对您的一条信息提出异议" in pages[4]
    assert not [p for p in pages if OTHER in p or OTHER_NAME in p or "示例邻居" in p or case in p]
    for tail in ("", "/withdraw", "/files/1"):
        assert owner.get(f"/own/objections/{case}{tail}").status_code == 404


def test_the_case_shows_of_the_record_what_the_public_sees_and_logs_each_look(
    site: Desk, address: str, neighbour: Any
) -> None:
    case = raised(neighbour, address)
    looks = "SELECT count(*) FROM look WHERE purpose = %s AND role = 'public' AND records = 1"
    before = site.c.execute(looks, [concerned.PURPOSE]).fetchone()[0]
    assert FIRST in text(neighbour.get(f"/own/objections/{case}"))
    assert site.c.execute(looks, [concerned.PURPOSE]).fetchone()[0] == before + 1
    site.granted(site.record(FIRST))
    assert site.public() == []
    for page in (f"/own/objections/{case}", "/own/objections", f"/own/objections/{case}/withdraw", "/own/"):
        said = text(neighbour.get(page))
        assert FIRST not in said and NAME not in said, page
    window = person("counter")
    given = {"number": casework.load(site.c, case).shown, "code": OTHER, "purpose": "本人到场"}
    said = text(window.post("/console/centre/cases/window", given))
    assert OTHER_NAME in said and FIRST not in said and NAME not in said


@pytest.mark.parametrize("number", ["unknown", "undecided", "ended", "text"])
def test_what_is_not_public_and_what_never_was_look_the_same(
    site: Desk, address: str, neighbour: Any, number: str
) -> None:
    def hidden() -> str:
        if number == "ended":
            site.granted(site.record(FIRST))
        return address if number == "ended" else site.address(site.penalty("潼示罚〔2026〕7号", KZ_SXCD=""))

    asked = {"unknown": lambda: "0" * 32, "text": lambda: FIRST}.get(number, hidden)()
    shown = text(neighbour.get(FORM, {"record": asked})).replace(asked, "")
    sent = text(neighbour.post(FORM, filled(asked)), 400).replace(asked, "")
    nobodys = "f" * 32
    assert UNKNOWN in shown and UNKNOWN in sent and NAME not in shown + sent
    for mine, theirs in (
        (shown, text(neighbour.get(FORM, {"record": nobodys}))),
        (sent, text(neighbour.post(FORM, filled(nobodys)), 400)),
    ):
        assert plain(mine) == plain(theirs.replace(nobodys, ""))


def plain(page: str) -> str:
    """Without what is new on every page."""
    import re

    return re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"', "", page)


def test_ones_own_record_leads_to_the_form_that_marks_at_once(site: Desk, address: str) -> None:
    owner = person("subject", "示例企业", subject_code=CODE)
    answer = owner.get(FORM, {"record": address})
    assert (answer.status_code, answer.url) == (302, f"/own/objections/new?record={address}")
    assert "属于申请人自己" in text(owner.post(FORM, filled(address)), 400)


def test_ones_own_second_one_is_refused_plainly_and_a_stranger_learns_nothing_of_it(
    site: Desk, address: str, neighbour: Any
) -> None:
    raised(neighbour, address)
    assert concerned.OPEN in text(neighbour.post(FORM, filled(address)), 400)
    other = person("subject", "又一家", subject_code=person_id("19900101", 7))
    assert raised(other, address)


def test_the_applicant_takes_it_back_on_its_page(site: Desk, address: str, neighbour: Any) -> None:
    case = raised(neighbour, address)
    page = f"/own/objections/{case}/withdraw"
    assert NAME not in text(neighbour.get(page))
    assert neighbour.post(page, {"reason": "看错了"}).status_code == 302
    assert "异议已撤回" in text(neighbour.get("/own/objections"))


def test_an_outsider_opens_nothing_of_it(site: Desk, address: str, neighbour: Any) -> None:
    case = raised(neighbour, address, file_material_evidence=SimpleUploadedFile("合同.pdf", PDF))
    loaded = casework.load(site.c, case)
    file = materials.of_case(site.c, loaded)[0].id
    third = person("subject", "又一家", subject_code=person_id("19900101", 7))
    for tail in ("", f"/files/{file}", "/withdraw"):
        assert third.get(f"/own/objections/{case}{tail}").status_code == 404
    reviewer = person("department_reviewer", provider=REVIEWER.provider)
    assert reviewer.get(f"/console/objections/{case}").status_code == 404  # it was not handed over
    assert OTHER_NAME not in text(reviewer.get("/console/department/objections"))
    for role in ("center", "counter", "auditor", "bank", "department"):
        assert person(role).get(FORM).status_code == 403, role


def test_a_window_enters_it_for_who_stands_there(site: Desk, address: str) -> None:
    window = person("counter")
    assert "用途" in text(window.get(WINDOW))
    page = text(window.get(WINDOW, {"purpose": "本人到场"}))
    assert "核对了什么证件" in page and "代录利害关系人异议" in page
    given = filled(address, code=PERSON, purpose="本人到场")
    assert "核对了什么证件" in text(window.post(WINDOW, {**given, "evidence": ""}), 400)
    assert UNKNOWN in text(window.post(WINDOW, {**given, "evidence": "身份证", "record": "0" * 32}), 400)
    assert "代码不正确" in text(window.post(WINDOW, {**given, "evidence": "身份证", "code": "123"}), 400)
    answer = window.post(WINDOW, {**given, "evidence": "身份证原件"})
    assert answer.status_code == 302 and PERSON not in answer.url
    [case] = casework.listed(site.c, "objection")
    assert (case.scheme, case.channel, case.state) == ("person", "counter", "raised")
    for role in ("subject", "department_reviewer", "center_reviewer", "auditor", "bank"):
        assert person(role, f"外人{role}").get(WINDOW, {"purpose": "看看"}).status_code == 403, role
    assert TODAY.isoformat() in text(person("center").get("/console/centre/objections"))
