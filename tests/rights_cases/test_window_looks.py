"""A case opened at the window leaves a trace: in the audit trail, and where its subject reads who looked."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from case_desk import CENTRE, CODE, OTHER, Desk
from signing_in import open_account, signed_in

AT = "/console/centre/cases/window"


def person(role: str, **given: Any) -> Any:
    return signed_in(open_account(role, **given))


def looks(site: Desk) -> list[tuple[Any, ...]]:
    sql = (
        "SELECT l.role, l.purpose, l.ground, l.records, s.value FROM look l JOIN credit_subject s ON s.id = l.subject"
        " WHERE l.what = 'case' ORDER BY l.id"
    )
    return site.c.execute(sql).fetchall()


def noted(site: Desk) -> list[tuple[Any, ...]]:
    sql = "SELECT target, detail->>'case', role FROM audit_entry WHERE action = 'case.window' ORDER BY id"
    return site.c.execute(sql).fetchall()


@pytest.mark.parametrize(("role", "ground"), [("counter", "本人到场"), ("center", "履行法定职责")])
def test_each_page_with_a_case_on_it_is_a_look(site: Desk, role: str, ground: str) -> None:
    case = site.apply(site.penalty())
    window, whose = person(role), {"purpose": "本人到场补正", "number": case.shown, "code": CODE}
    window.get(AT, {"purpose": "本人到场补正", "number": case.shown})
    assert noted(site) == [] and looks(site) == []
    assert window.post(AT, whose).status_code == 200
    assert window.post(AT, whose | {"act": "withdraw"}).status_code == 200
    assert noted(site) == [(case.number, case.shown, role)] * 2
    [first, _] = looks(site)
    assert (first[0], first[1], first[3], first[4]) == (role, "本人到场补正", 1, CODE) and ground in first[2]
    page = unescape(person("subject", name="示例企业", subject_code=CODE).get("/own/looks").content.decode())
    assert "修复申请、异议涉及的信息，1 条" in page and "本人到场补正" in page


def test_what_is_not_found_is_no_look(site: Desk) -> None:
    case = site.apply(site.penalty())
    window = person("counter")
    for number, code in ((case.shown, OTHER), ("XF2026000099", CODE)):
        assert window.post(AT, {"purpose": "到场", "number": number, "code": code}).status_code == 400
    assert noted(site) == [] and looks(site) == []


def test_if_the_look_cannot_be_kept_nothing_is_shown(site: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from xinyong.foundation import audit

    case = site.do("ask_more", CENTRE, site.apply(site.penalty(), files=()), ["信用修复承诺书"])
    window = person("counter")

    def dies(*given: Any) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(audit, "record", dies)
    window.raise_request_exception = False
    answer = window.post(AT, {"purpose": "到场", "number": case.shown, "code": CODE})
    assert answer.status_code == 500 and case.records[0].document not in unescape(answer.content.decode())
