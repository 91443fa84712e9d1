"""A case, its acts and its materials are there for those concerned; for others the same addresses lead nowhere.

Each address first opens for whom it is meant, with the number of a material that is really there: else nothing is proved.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from case_desk import CENTRE, CODE, FIRST, NAME, NOW, OTHER, OTHER_NAME, REVIEWER, TODAY, Desk, registered
from signing_in import open_account, signed_in

from xinyong.rights import materials

NOBODYS = "00000000-0000-4000-8000-000000000000"


def person(role: str, name: str = "", **given: Any) -> Any:
    return signed_in(open_account(role, name, **given))


def stranger(site: Desk, kind: str) -> Any:
    """Another subject, another department's reviewer or its clerk."""
    if kind == "subject":
        site.take("DJZC", registered(OTHER, OTHER_NAME))
        return person("subject", "示例邻居", subject_code=OTHER)
    return person(kind, "别的部门", provider=site.book.providers["CZJ"].code)


def opened(client: Any, *addresses: str) -> None:
    found = {a: client.get(a).status_code for a in addresses}
    assert set(found.values()) == {200}, found


def shut(client: Any, start: str, number: str, tails: tuple[str, ...], data: dict[str, Any]) -> None:
    """By looking and by sending, each answers as the address of a case that never was."""
    for tail in tails:
        for ask, given in ((client.get, {}), (client.post, data)):
            theirs, nobodys = ask(f"{start}/{number}{tail}", given), ask(f"{start}/{NOBODYS}{tail}", given)
            assert theirs.status_code in (403, 404, 405), tail
            assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content), tail
            assert NAME not in theirs.content.decode() and FIRST not in theirs.content.decode()


def file_of(site: Desk, case: Any) -> int:
    return int(materials.of_case(site.c, case)[0].id)


@pytest.fixture
def repair(site: Desk) -> Any:
    return site.do("notice", REVIEWER, site.accepted(site.penalty()), "理由", "依据")


@pytest.fixture
def objection(site: Desk) -> Any:
    case = site.object(site.penalty(), files=site.uploads("MATERIAL_EVIDENCE"))
    return site.answer("forward", CENTRE, case, "平台存储的内容与报送一致")


@pytest.fixture
def shielding(site: Desk) -> Any:
    from xinyong.rights.repair import shielding

    given = shielding.Ruling(
        "（2026）渝0152破申1号裁定",
        TODAY + timedelta(days=30),
        CODE,
        (site.address(site.penalty()),),
        "裁定批准重整计划",
    )
    with site.c.transaction():
        [case] = shielding.shield(site.c, REVIEWER, NOW, TODAY, given, site.book)
    return case


def test_another_subject_opens_nothing_of_a_repair(site: Desk, repair: Any) -> None:
    file = f"/files/{file_of(site, repair)}"
    mine = person("subject", "示例企业", subject_code=CODE)
    opened(mine, *(f"/own/repairs/{repair.number}{tail}" for tail in ("", file, "/withdraw", "/defend")))
    other = stranger(site, "subject")
    shut(
        other,
        "/own/repairs",
        repair.number,
        ("", file, "/withdraw", "/defend"),
        {"reason": "冒充", "statement": "冒充"},
    )
    assert site.load(repair).state == repair.state


@pytest.mark.parametrize("role", ["department", "department_reviewer"])
def test_another_department_opens_nothing_of_a_repair(site: Desk, repair: Any, role: str) -> None:
    file = f"/files/{file_of(site, repair)}"
    reviewer = person("department_reviewer", "示例本部门审核员")
    opened(reviewer, *(f"/console/repairs/{repair.number}{tail}" for tail in ("", file, "/decide/decide")))
    tails = ("", file, "/accept/accept", "/decide/decide")
    shut(stranger(site, role), "/console/repairs", repair.number, tails, {"reason": "冒充"})
    assert site.load(repair).state == repair.state


def test_another_subject_opens_nothing_of_an_objection(site: Desk, objection: Any) -> None:
    file = f"/files/{file_of(site, objection)}"
    mine = person("subject", "示例企业", subject_code=CODE)
    opened(mine, *(f"/own/objections/{objection.number}{tail}" for tail in ("", file, "/withdraw")))
    other = stranger(site, "subject")
    shut(other, "/own/objections", objection.number, ("", file, "/withdraw"), {"reason": "冒充"})
    assert FIRST not in other.get("/own/objections/new").content.decode()
    assert site.load(objection).state == objection.state


@pytest.mark.parametrize("role", ["department", "department_reviewer"])
def test_another_department_opens_nothing_of_an_objection(site: Desk, objection: Any, role: str) -> None:
    file = f"/files/{file_of(site, objection)}"
    reviewer = person("department_reviewer", "示例本部门审核员")
    opened(
        reviewer, *(f"/console/objections/{objection.number}{tail}" for tail in ("", file, "/answer/keep"))
    )
    other = stranger(site, role)
    shut(other, "/console/objections", objection.number, ("", file, "/answer/keep"), {"reason": "冒充"})
    assert NAME not in other.get("/console/department/objections").content.decode()
    assert site.load(objection).state == objection.state


@pytest.mark.parametrize("role", ["department", "department_reviewer"])
def test_another_department_opens_nothing_of_a_shielding(site: Desk, shielding: Any, role: str) -> None:
    reviewer = person("department_reviewer", "示例本部门审核员")
    opened(reviewer, *(f"/console/shieldings/{shielding.number}{tail}" for tail in ("", "/lift")))
    other = stranger(site, role)
    shut(other, "/console/shieldings", shielding.number, ("", "/lift"), {"reason": "冒充", "basis": "冒充"})
    assert NAME not in other.get("/console/centre/shieldings").content.decode()
    assert site.load(shielding).state == shielding.state


def test_the_auditor_reads_which_materials_there_are_and_is_given_no_address_of_one(
    site: Desk, repair: Any
) -> None:
    file = f"/console/repairs/{repair.number}/files/{file_of(site, repair)}"
    auditor, reviewer = person("auditor"), person("department_reviewer", "示例本部门审核员")
    said = auditor.get(f"/console/repairs/{repair.number}").content.decode()
    assert ".pdf" in said and "/files/" not in said and "审计员只看材料的名称" in said
    assert auditor.get(file).status_code == 404
    assert file in reviewer.get(f"/console/repairs/{repair.number}").content.decode()
