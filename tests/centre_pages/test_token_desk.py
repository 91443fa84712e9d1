"""接口令牌: issued by one administrator, let work by another, its secret shown once."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from centre_desk import exported, rows_of, said
from signing_in import DEPARTMENT, as_role

AT = "/console/admin/"
NOW = datetime.now(UTC)
NEW = {"system": "示例业务系统", "role": "department", "provider": DEPARTMENT, "scopes": ["api.look"],
       "expires": (date.today() + timedelta(days=30)).isoformat(), "per_minute": "60", "reason": "行政审批核查"}  # fmt: skip


@pytest.fixture
def issuer(desk: Any) -> Any:
    return as_role("system_admin", name="示例系统管理员")


@pytest.fixture
def approver(desk: Any) -> Any:
    return as_role("security_admin", name="示例安全管理员")


def issued(issuer: Any, **changed: Any) -> tuple[str, str]:
    """Number and secret."""
    page = said(issuer.post(AT + "tokens/new", {**NEW, **changed}))
    return re.findall(r"编号 (\d+)", page)[0], re.findall(r"xyt_[\w-]+", page)[0]


def works(desk: Any, secret: str) -> str:
    """The token's state as the API finds it."""
    from xinyong.foundation import tokens
    from xinyong.kernel.errors import NotPermitted

    try:
        return tokens.bearer(desk.app, secret, datetime.now(UTC)).system
    except NotPermitted as e:
        return e.code


def test_a_token_works_only_after_a_second_person_approved_it(desk: Any, issuer: Any, approver: Any) -> None:
    number, secret = issued(issuer)
    assert secret not in said(issuer.get(AT + "tokens")) and secret not in said(
        issuer.get(f"{AT}tokens/{number}")
    )
    assert rows_of(said(issuer.get(AT + "tokens")))[0][5] == "待核准"
    assert works(desk, secret) == "token_waits"
    page = said(approver.get(f"{AT}approvals/{number}"))
    assert "接口查询非公开信息" in page and "行政审批核查" in page
    assert (
        approver.post(f"{AT}approvals/{number}", {"decision": "approve", "note": "同意"}).status_code == 302
    )
    assert works(desk, secret) == "示例业务系统"
    (row,) = rows_of(said(issuer.get(AT + "tokens")))
    assert row[5] == "在用" and row[7] != "—" and row[9] == "示例安全管理员"  # last used; who approved
    assert desk.one("SELECT actor FROM audit_entry WHERE action = 'token.approve'") == "示例安全管理员"


def test_the_api_answers_a_waiting_token_with_a_sentence(desk: Any, issuer: Any) -> None:
    from signing_in import browser

    _, secret = issued(issuer)
    answer = browser().get("/api/v1/catalog/items", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 403 and "还没有经安全管理员核准" in answer.json()["detail"]


def test_a_declined_token_never_works_and_says_why(desk: Any, issuer: Any, approver: Any) -> None:
    number, secret = issued(issuer)
    assert "请写明不核准的理由" in said(
        approver.post(f"{AT}approvals/{number}", {"decision": "decline"}), 400
    )
    approver.post(f"{AT}approvals/{number}", {"decision": "decline", "note": "用途不清"})
    assert works(desk, secret) == "token_ended"
    assert "未核准：用途不清" in said(issuer.get(f"{AT}tokens/{number}"))
    assert "不在等待核准" in said(approver.get(f"{AT}approvals/{number}"))
    assert approver.post(f"{AT}approvals/{number}", {"decision": "approve"}).status_code == 400


def test_a_token_is_stopped_at_once_with_a_reason(desk: Any, issuer: Any, approver: Any) -> None:
    number, secret = issued(issuer)
    approver.post(f"{AT}approvals/{number}", {"decision": "approve"})
    assert 'id="id_reason_error"' in said(issuer.post(f"{AT}tokens/{number}", {"reason": ""}), 400)
    assert issuer.post(f"{AT}tokens/{number}", {"reason": "系统下线"}).status_code == 302
    assert works(desk, secret) == "token_ended" and "已停用" in said(issuer.get(AT + "tokens"))


def test_nobody_approves_the_token_they_issued(desk: Any, issuer: Any) -> None:
    from xinyong.foundation import tokens
    from xinyong.foundation.audit import Who
    from xinyong.kernel.errors import NotPermitted

    number, secret = issued(issuer)
    with pytest.raises(NotPermitted) as refused:
        tokens.approve(desk.app, int(number), "", Who("示例系统管理员", "security_admin"), NOW)
    assert refused.value.code == "own_token" and works(desk, secret) == "token_waits"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"scopes": ["api.submit"], "role": "bank"}, "“金融机构”不能有：接口报送"),
        ({"scopes": []}, 'id="id_scopes_error"'),
        ({"scopes": ["account.list"]}, 'id="id_scopes_error"'),
        ({"provider": ""}, "请补上"),
        ({"expires": "2020-01-01"}, "截止时间应在现在以后"),
        ({"expires": (date.today() + timedelta(days=400)).isoformat()}, "一年以内"),
        ({"certificate": "AB:CD"}, "64 位十六进制"),
        ({"reason": ""}, 'id="id_reason_error"'),
    ],
)
def test_a_token_that_may_not_be_is_refused_in_one_sentence(
    desk: Any, issuer: Any, changed: dict[str, Any], sentence: str
) -> None:
    assert sentence in said(issuer.post(AT + "tokens/new", {**NEW, **changed}), 400)
    assert desk.one("SELECT count(*) FROM api_token") == 0


def test_the_list_is_filtered_and_exported(desk: Any, issuer: Any, approver: Any) -> None:
    number, _ = issued(issuer)
    issued(issuer, system="另一系统")
    approver.post(f"{AT}approvals/{number}", {"decision": "approve"})
    assert [r[1] for r in rows_of(said(issuer.get(AT + "tokens", {"state": "待核准"})))] == ["另一系统"]
    assert [r[1] for r in rows_of(said(approver.get(AT + "approvals", {"q": "业务"})))] == ["示例业务系统"]
    assert "另一系统" in exported(approver.get(AT + "approvals", {"export": "csv", "purpose": "核对"}))


@pytest.mark.parametrize("role", ["center", "department", "audit_admin", "auditor", "security_admin"])
def test_others_issue_no_tokens(desk: Any, role: str) -> None:
    client = as_role(role)
    assert (
        client.get(AT + "tokens").status_code == 403
        and client.post(AT + "tokens/new", NEW).status_code == 403
    )
    assert client.post(AT + "tokens/1", {"reason": "试"}).status_code == 403


@pytest.mark.parametrize("role", ["center_reviewer", "audit_admin", "auditor", "system_admin"])
def test_others_approve_none(desk: Any, role: str) -> None:
    client = as_role(role)
    assert client.get(AT + "approvals").status_code == 403
    assert client.post(AT + "approvals/1", {"decision": "approve"}).status_code == 403
