"""The page on which a record's own subject answers another's objection: found from its list, naming nobody."""

from __future__ import annotations

from typing import Any

import pytest
from case_desk import (
    CENTRE,
    CODE,
    FIRST,
    NEIGHBOUR,
    NOW,
    OTHER,
    OTHER_NAME,
    REVIEWER,
    TODAY,
    Desk,
    registered,
)
from django.core.files.uploadedfile import SimpleUploadedFile
from signing_in import open_account, signed_in
from test_concerned_pages import PDF, text

from sampledistrict.codes import person_id
from xinyong.rights import materials
from xinyong.rights.objection import actions, concerned, opinion

SAID = "信息属实，见决定书第三页"


def person(role: str, name: str = "", **given: Any) -> Any:
    return signed_in(open_account(role, name, **given))


@pytest.fixture
def case(site: Desk) -> concerned.Case:
    """An objection of the neighbour's, forwarded."""
    site.take("DJZC", registered(OTHER, OTHER_NAME))
    asked = concerned.Concern(
        site.address(site.penalty()), "match", "误写了我单位的名称", "不是该主体", site.uploads("MATERIAL_EVIDENCE")
    )  # fmt: skip
    raised = concerned.submit(site.c, NEIGHBOUR, NOW, TODAY, asked, site.book)
    return actions.forward(site.c, CENTRE, NOW, raised.number, "核对了合同", site.book)


@pytest.fixture
def page(site: Desk, case: concerned.Case) -> str:
    return f"/own/objections/opinion/{site.address(case.record_ids[0])}"


def test_from_its_list_to_the_unit_that_answers(site: Desk, case: concerned.Case, page: str) -> None:
    owner = person("subject", "示例企业", subject_code=CODE)
    listed = text(owner.get("/own/objections"))
    assert f'href="{page}"' in listed and "利害关系人的异议加的" in listed
    shown = text(owner.get(page))
    assert FIRST in shown and concerned.CLAIMED["match"] in shown and "2026-11-26（样例，待确认）" in shown
    assert "潼南区城市管理局" in shown
    assert "请写明您的意见" in text(owner.post(page, {"statement": ""}), 400)
    proof = SimpleUploadedFile("决定书.pdf", PDF)
    answer = owner.post(page, {"statement": SAID, "file_evidence": proof})
    assert (answer.status_code, answer.url) == (302, "/own/objections")
    assert SAID in text(owner.get(page)) and "材料 1 个" in text(owner.get(page))
    read = text(
        person("department_reviewer", provider=REVIEWER.provider).get(f"/console/objections/{case.number}")
    )
    assert (
        SAID in read
        and "信息所属主体说明意见" in read
        and "所属主体的证明材料" in read
        and "决定书.pdf" in read
    )


def test_none_of_its_pages_says_whose_objection_it_is(site: Desk, case: concerned.Case, page: str) -> None:
    owner = person("subject", "示例企业", subject_code=CODE)
    owner.post(page, {"statement": SAID})
    for path in (page, "/own/objections", "/own/inbox", "/own/looks", "/own/"):
        said = text(owner.get(path))
        for name in (OTHER, OTHER_NAME, NEIGHBOUR.name, case.number, "误写了我单位的名称"):
            assert name not in said, (path, name)


def test_who_objects_sees_that_something_was_said_and_nothing_more(
    site: Desk, case: concerned.Case, page: str
) -> None:
    owner = person("subject", "示例企业", subject_code=CODE)
    owner.post(page, {"statement": SAID, "file_evidence": SimpleUploadedFile("决定书.pdf", PDF + b"%%EOF")})
    neighbour = person("subject", "示例邻居", subject_code=OTHER)
    said = text(neighbour.get(f"/own/objections/{case.number}"))
    assert "信息所属主体说明意见" in said and SAID not in said and "决定书.pdf" not in said
    mine, theirs = opinion.split(site.load(case), materials.of_case(site.c, case))
    opened = {
        k.id: neighbour.get(f"/own/objections/{case.number}/files/{k.id}").status_code for k in mine + theirs
    }
    assert opened == {mine[0].id: 200, theirs[0].id: 404}
    given = {"number": case.shown, "code": OTHER, "purpose": "本人到场"}
    assert SAID not in text(person("counter").post("/console/centre/cases/window", given))


def test_to_anybody_else_the_page_is_not_there(site: Desk, case: concerned.Case, page: str) -> None:
    nobodys = f"/own/objections/opinion/{'f' * 32}"
    outsiders = [
        person("subject", "示例邻居", subject_code=OTHER),
        person("subject", "又一家", subject_code=person_id("19900101", 7)),
    ]
    for client in outsiders:
        for ask, given in ((client.get, {}), (client.post, {"statement": "冒充"})):
            theirs, none = ask(page, given), ask(nobodys, given)
            assert (theirs.status_code, theirs.content) == (404, none.content)
            assert FIRST not in theirs.content.decode()
        assert page not in text(client.get("/own/objections"))
    for role in ("center", "department_reviewer", "counter", "auditor", "bank"):
        assert person(role).get(page).status_code == 403, role
    assert site.load(case).steps[-1].kind == "forwarded"


def test_when_it_was_answered_the_page_is_gone(site: Desk, case: concerned.Case, page: str) -> None:
    owner = person("subject", "示例企业", subject_code=CODE)
    actions.keep(site.c, REVIEWER, NOW, case.number, "无误", "", site.book)
    assert "已经办结" in text(owner.get(page), 404)
    assert page not in text(owner.get("/own/objections"))


def test_each_opening_is_in_the_audit_trail(site: Desk, case: concerned.Case, page: str) -> None:
    count = "SELECT count(*) FROM audit_entry WHERE action = 'own.opinion'"
    person("subject", "示例企业", subject_code=CODE).get(page)
    assert site.c.execute(count).fetchone()[0] == 1
