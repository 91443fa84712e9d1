"""A system's side by the API: what it was given is noted, recalls are fetched and confirmed; and the pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from recall_desk import AUTHORITY, BANK, OTHER, Desk, Subscriber, now, system
from signing_in import as_role

LOOK = ("api.look",)
SUBJECT = "91500152YY00000282"
PURPOSE = "%E8%A1%8C%E6%94%BF%E5%AE%A1%E6%89%B9"


class Caller:
    """A system with a token."""

    def __init__(self, desk: Desk, name: str, provider: str, role: str, scopes: tuple[str, ...]) -> None:
        from django.test import Client

        from xinyong.foundation import tokens
        from xinyong.foundation.audit import Who

        at = datetime.now(UTC)
        new = tokens.NewToken(name, role, provider, scopes, at + timedelta(days=1))
        by = Who("示例安全管理员", "security_admin")
        self.number, self.secret = tokens.create(desk.c, new, by, at)
        self.client = Client(headers={"host": "localhost"})

    def __call__(self, method: str, path: str, data: Any = None) -> Any:
        head = {"Authorization": f"Bearer {self.secret}", "X-Purpose": PURPOSE}
        text = json.dumps(data) if data is not None else ""
        return self.client.generic(method, f"/api/v1{path}", text, "application/json", headers=head)


@pytest.fixture
def caller(desk: Desk) -> Iterator[Callable[..., Caller]]:
    from xinyong.website import lending
    from xinyong.website.api import limits

    limits.limits.buckets.clear()
    lending.close_all()

    def make(
        name: str = "审批系统", provider: str = AUTHORITY, role: str = "department", scopes: Any = LOOK
    ) -> Caller:
        return Caller(desk, name, provider, role, scopes)

    yield make
    lending.close_all()


def test_what_the_api_answers_is_recalled_by_the_api_and_confirmed_once(desk: Desk, caller: Any) -> None:
    mine, other = caller(), caller("另一系统")
    answer = mine("GET", f"/subjects/{SUBJECT}/archive?item=XZCF&limit=1").json()
    [given] = answer["records"]
    assert desk.district.one("SELECT count(*) FROM delivery") == 1
    records = desk.records()
    desk.mark("repair", *records)
    desk.work()
    told = mine("GET", "/recalls").json()
    [recall] = told["recalls"]
    assert recall["records"] == [given["public_id"]] and recall["confirmed_at"] is None
    assert mine("GET", f"/recalls?cursor={told['next']}").json() == {"recalls": [], "next": told["next"]}
    assert other("GET", "/recalls").json()["recalls"] == []
    path = f"/recalls/{recall['id']}/confirmation"
    assert other("POST", path).status_code == 404
    first = mine("POST", path)
    assert first.status_code == 200
    assert mine("POST", path).json() == first.json()
    assert mine("GET", "/recalls").json()["recalls"][0]["confirmed_at"]


def test_the_public_leaves_no_trace_of_what_it_was_given(desk: Desk, caller: Any) -> None:
    from django.test import Client

    recent = {"CF_WSH": "潼示罚〔2026〕3号", "CF_JDRQ": f"{now().date() - timedelta(days=5)}"}
    desk.hand_in("recent.csv", desk.rows(**recent, CF_YXQ=f"{now().date() + timedelta(days=900)}"))
    desk.mark("degree", desk.records()[-1], value="一般")
    found = Client(headers={"host": "localhost"}).get(f"/api/v1/subjects/{SUBJECT}/archive").json()
    assert len(found["records"]) >= 2
    assert desk.district.one("SELECT count(*) FROM delivery") == 0


def test_a_renewed_token_is_the_same_system_and_another_institutions_is_not(desk: Desk, caller: Any) -> None:
    caller()("GET", f"/subjects/{SUBJECT}/archive?item=XZCF")
    desk.mark("repair", *desk.records())
    desk.work()
    assert len(caller()("GET", "/recalls").json()["recalls"]) == 1
    assert caller(provider=OTHER)("GET", "/recalls").json()["recalls"] == []


def test_what_its_people_were_given_an_institutions_system_hears_of(desk: Desk, caller: Any) -> None:
    from xinyong.foundation.audit import Who

    desk.given(Who("示例客户经理", "bank", BANK), desk.records()[0], reference="XY-1")
    desk.mark("repair", desk.records()[0])
    desk.work()
    bank = caller("信贷系统", BANK, "bank", ("api.report",))
    [recall] = bank("GET", "/recalls").json()["recalls"]
    assert recall["reports"] == ["XY-1"]
    assert bank("POST", f"/recalls/{recall['id']}/confirmation").status_code == 200


@pytest.mark.parametrize("path", ["/recalls", "/recalls/1/confirmation", "/recall-subscriptions"])
def test_without_a_token_or_with_one_that_may_fetch_nothing_there_are_no_recalls(
    caller: Any, path: str
) -> None:
    from django.test import Client

    method = "POST" if path.endswith("confirmation") else "GET"
    anonymous = Client(headers={"host": "localhost"}).generic(method, f"/api/v1{path}")
    assert anonymous.status_code == 401 and anonymous.json()["code"] == "token_missing"
    assert caller(scopes=("api.submit",))(method, path).json()["code"] == "scope"


@pytest.mark.parametrize("cursor", ["x", "-1", "1e3", "9" * 20, "１"])
def test_a_cursor_that_is_none_is_refused(caller: Any, cursor: str) -> None:
    assert caller()("GET", f"/recalls?cursor={cursor}").status_code == 422


@pytest.mark.parametrize("number", [0, -1, 2**63, 10**30, 999])
def test_a_number_that_is_none_is_not_found(caller: Any, number: int) -> None:
    assert caller()("POST", f"/recalls/{number}/confirmation").status_code in (404, 422)


def test_a_system_registers_an_address_learns_the_secret_once_and_gives_it_up(
    desk: Desk, caller: Any, subscriber: Callable[..., Subscriber]
) -> None:
    mine, server = caller(), subscriber()
    made = mine("POST", "/recall-subscriptions", {"url": server.url})
    assert made.status_code == 201
    server.secret = made.json()["secret"]
    [listed] = mine("GET", "/recall-subscriptions").json()["subscriptions"]
    assert listed["url"] == server.url and "secret" not in listed
    mine("GET", f"/subjects/{SUBJECT}/archive?item=XZCF")
    desk.mark("repair", *desk.records())
    desk.work()
    assert desk.push() == 1
    assert mine("GET", "/recalls").json()["recalls"][0]["confirmed_at"]
    assert mine("DELETE", "/recall-subscriptions").json() == {"count": 1}
    assert mine("GET", "/recall-subscriptions").json() == {"subscriptions": []}


def test_an_address_that_is_not_on_the_list_is_refused_with_what_to_do(caller: Any) -> None:
    refused = caller()("POST", "/recall-subscriptions", {"url": "https://evil.example.cn/"})
    assert refused.status_code == 400 and refused.json()["code"] == "webhook_host"
    assert "系统管理员" in refused.json()["detail"]


def test_the_secret_is_sealed_in_the_database(desk: Desk, caller: Any, subscriber: Any) -> None:
    made = caller()("POST", "/recall-subscriptions", {"url": subscriber().url})
    assert made.json()["secret"] not in desk.district.one("SELECT secret FROM recall_subscription")


def recalled(desk: Desk) -> int:
    record = desk.records()[0]
    desk.given(system("信贷系统"), record)
    desk.mark("repair", record)
    desk.work()
    return int(desk.district.one("SELECT max(id) FROM recall"))


@pytest.mark.parametrize("role", ["center", "center_reviewer", "auditor"])
def test_the_centre_and_the_auditor_see_who_has_not_confirmed(desk: Desk, caller: Any, role: str) -> None:
    recalled(desk)
    page = as_role(role)
    whole = page.get("/console/centre/recalls").content.decode()
    assert "已修复，停止使用" in whole
    waiting = page.get("/console/centre/recalls/receivers?state=waiting").content.decode()
    assert "信贷系统" in waiting
    assert "信贷系统" not in page.get("/console/centre/recalls/receivers?state=confirmed").content.decode()


def test_a_receiver_is_called_the_same_on_the_page_in_its_exports_and_before_a_push(
    desk: Desk, caller: Any
) -> None:
    from io import BytesIO

    from openpyxl import load_workbook

    recalled(desk)
    page, name = as_role("center"), "重庆示例甲乙商贸有限公司（信贷系统）"
    at = "/console/centre/recalls/receivers"
    assert name in page.get(at).content.decode()
    asked = {"purpose": "核对", "export": "csv"}
    assert name in b"".join(page.get(at, asked).streaming_content).decode("utf-8-sig")
    sheet = b"".join(page.get(at, {**asked, "export": "xlsx"}).streaming_content)
    cells = [c.value for row in load_workbook(BytesIO(sheet)).worksheets[0].iter_rows() for c in row]
    assert name in cells
    receiver = desk.district.one("SELECT id FROM recall_receiver")
    assert name in page.get(f"/console/centre/recalls/{receiver}/push").content.decode()


@pytest.mark.parametrize("role", ["department", "bank", "subject", "system_admin", "audit_admin", "counter"])
def test_others_do_not_see_whom_the_centre_waits_for(desk: Desk, caller: Any, role: str) -> None:
    page = as_role(role)
    assert page.get("/console/centre/recalls").status_code == 403
    assert page.get("/console/centre/recalls/receivers").status_code == 403


def test_only_the_centre_has_recalls_sent_at_once(desk: Desk, caller: Any) -> None:
    recalled(desk)
    receiver = desk.district.one("SELECT id FROM recall_receiver")
    path = f"/console/centre/recalls/{receiver}/push"
    assert as_role("auditor").post(path).status_code == 403
    refused = as_role("center").post(path)
    assert refused.status_code == 400 and "没有登记推送地址" in refused.content.decode()


def test_the_time_from_decision_to_last_confirmation_is_shown_when_all_have_confirmed(
    desk: Desk, caller: Any
) -> None:
    from xinyong.website.console.centre.recalls import span

    number = recalled(desk)
    page = as_role("center")
    assert " 秒" not in page.get("/console/centre/recalls").content.decode()
    assert as_role("bank").post(f"/console/recalls/{number}").status_code == 302
    assert " 秒" in page.get("/console/centre/recalls").content.decode()
    assert [span(s) for s in (-5, 1.25, 75, 3700, 90000)] == [
        "0.0 秒",
        "1.2 秒",
        "1 分 15 秒",
        "1 小时 1 分",
        "1 天 1 小时",
    ]


def test_an_institutions_people_confirm_their_own_and_no_others(desk: Desk, caller: Any) -> None:
    number = recalled(desk)
    other = as_role("bank", name="示例他行", provider=OTHER)
    assert other.get(f"/console/recalls/{number}").status_code == 404
    assert other.post(f"/console/recalls/{number}").status_code == 404
    assert "信贷系统" not in other.get("/console/recalls").content.decode()
    assert as_role("center").get("/console/recalls").status_code == 403
    mine = as_role("bank")
    assert "信贷系统" in mine.get("/console/recalls").content.decode()
    assert "停止使用" in mine.get(f"/console/recalls/{number}").content.decode()
    for _ in range(2):
        assert mine.post(f"/console/recalls/{number}").status_code == 302
    assert desk.district.one("SELECT way FROM recall_confirmation") == "page"


def test_a_banks_report_notes_the_records_that_stand_in_it(desk: Desk, caller: Any) -> None:
    """By the product's own way: the subject authorises, the bank fetches the report, the record is repaired."""
    from xinyong.disclosure.authorisations import Terms, grant
    from xinyong.foundation.audit import Who
    from xinyong.services.creditreport import actions as reports

    book, at = desk.district.book, now()
    day = at.astimezone().date()
    terms = Terms(OTHER, ("DJZC", "XZCF"), "贷前审查", day, day + timedelta(days=30))
    grant(desk.c, Who("示例企业", "subject", SUBJECT), at, day, SUBJECT, terms, book)
    clerk = Who("示例客户经理", "bank", OTHER, purpose="贷前审查")
    issued = reports.issue(desk.c, clerk, reports.Order(SUBJECT, "政府采购"), at, day, book)
    assert issued.records >= 2
    assert desk.district.one("SELECT count(*) FROM delivery") == issued.records
    desk.mark("repair", desk.records()[0])
    desk.work()
    [recall] = desk.recalls(Who("", "bank", OTHER))
    assert [len(recall.reports), len(recall.records)] == [1, 1]
