"""信用核查: who has a duty looks at an archive; every page shown is one entry in the look log."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from signing_in import DEPARTMENT, as_role, browser

from sampledistrict.codes import person_id, uscc

AT = "/console/look"
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
CODE, NAME = "91500152YY00000282", "重庆示例甲乙商贸有限公司"
ELSEWHERE = uscc("11", "500152", "YY000911")
PERSON = person_id("19800101", 1)
PURPOSE = "行政许可审查示例一号"
FIRST, SECOND = "潼示罚〔2026〕1号", "潼示罚〔2026〕2号"
REGISTERED = {
    "主体名称": NAME, "主体类别": "法人及非法人组织", "登记主体类型": "企业法人", "统一社会信用代码": CODE,
    "成立日期": "2019-03-05", "核准日期": "2020-01-02", "经营状态": "存续", "登记机关": "潼南区市场监督管理局",
}  # fmt: skip


@pytest.fixture
def site(district: Any, penalty: Any, write_csv: Any, monkeypatch: pytest.MonkeyPatch, web: Any) -> Any:
    """A registered enterprise with two penalties and a person with one; it is NOW on every page."""
    from xinyong.website.public import asking

    monkeypatch.setattr(asking, "clock", lambda: NOW)
    district.intake(write_csv([REGISTERED], "known.csv"), "DJZC", at=NOW - timedelta(days=2))
    natural = {
        "CF_XDR_MC": "示例某", "CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_FRDB": "", "CF_XDR_ZJLX": "身份证",
        "CF_XDR_ZJHM": PERSON, "CF_WSH": "潼示罚〔2026〕9号",
    }  # fmt: skip
    rows = [penalty(CF_WSH=FIRST), penalty(CF_WSH=SECOND, CF_JDRQ="2026-11-17"), penalty(**natural)]
    receipt = district.intake(write_csv(rows, "cf.csv"), "XZCF", provider=DEPARTMENT)
    assert receipt.rejected == 0, receipt.rules
    newest = "(SELECT max(seq) FROM publication)"
    district.owner().execute(
        f"UPDATE publication SET at = %s - interval '2 days' * ({newest} - seq)", [NOW - timedelta(hours=1)]
    )
    return district


@pytest.fixture
def clerk(site: Any) -> Any:
    return as_role("department", name="示例信息员")


def said(answer: Any, status: int = 200) -> str:
    text = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code == status, (answer.status_code, unescape(text.decode())[:3000])
    return unescape(text.decode("utf-8-sig"))


def public(site: Any, code: str = CODE) -> str:
    found = site.one("SELECT public_id::text FROM credit_subject WHERE value = %s", code)
    return f"{AT}/{found}"


def looks(site: Any) -> list[tuple[Any, ...]]:
    sql = "SELECT what, role, purpose, duty, records, ground FROM look WHERE role <> 'public' ORDER BY id"
    return site.owner().execute(sql).fetchall()


def page(client: Any, address: str, **query: str) -> str:
    return said(client.get(address, {"purpose": PURPOSE, **query}))


def test_a_subject_is_found_and_its_archive_shown_for_a_purpose_and_a_duty_each_page_one_look(
    site: Any, clerk: Any
) -> None:
    asked = said(clerk.get(AT))
    assert "写明用途" in asked and looks(site) == []
    form = page(clerk, AT)
    assert "行政管理中的信用核查" in form and "合规审计" not in form and looks(site) == []
    sent = clerk.post(AT, {"purpose": PURPOSE, "duty": "DUTY_ADMINISTER", "q": "示例甲乙"})
    listed = said(clerk.get(AT + sent.url))
    assert NAME in listed and looks(site) == [
        ("search", "department", PURPOSE, "DUTY_ADMINISTER", 1, "履行法定职责")
    ]
    link = re.search(rf'href="({AT}/[^"]+)"', listed)
    assert link
    shown = said(clerk.get(link[1]))
    assert all(
        text in shown
        for text in (FIRST, SECOND, "登记信息", "存续", "行政处罚", "认定前不公示", "罚款人民币2000元")
    )
    assert (
        "履行法定职责：行政管理中的信用核查" in shown and "停止共享" not in shown and "<dt>共享</dt>" in shown
    )
    assert looks(site)[1:] == [("archive", "department", PURPOSE, "DUTY_ADMINISTER", 3, "履行法定职责")]


def test_a_code_leads_straight_to_its_archive(site: Any, clerk: Any) -> None:
    sent = clerk.post(AT, {"purpose": PURPOSE, "duty": "DUTY_ADMINISTER", "q": f" {CODE.lower()} "})
    assert urlsplit(sent.url).path == public(site)
    assert FIRST in said(clerk.get(sent.url)) and len(looks(site)) == 1


def test_a_persons_number_stands_in_no_address_and_no_trail(site: Any, clerk: Any) -> None:
    sent = clerk.post(AT, {"purpose": PURPOSE, "duty": "DUTY_ADMINISTER", "q": PERSON})
    assert sent.status_code == 302 and PERSON not in sent.url
    shown = said(clerk.get(sent.url))
    assert "潼示罚〔2026〕9号" in shown and PERSON not in shown and "示例某" not in shown
    other = person_id("19900101", 3)
    absent = clerk.post(AT, {"purpose": PURPOSE, "duty": "DUTY_ADMINISTER", "q": other})
    assert "没有归集到" in said(absent, 404)
    assert [(what, records) for what, _, _, _, records, _ in looks(site)] == [("archive", 1), ("archive", 0)]
    trail = "SELECT count(*) FROM audit_entry WHERE detail::text || target LIKE %s"
    assert site.one(trail, f"%{PERSON}%") == site.one(trail, f"%{other}%") == 0


def test_only_registered_duties_of_the_role_are_taken_and_they_bound_the_answer(
    site: Any, clerk: Any
) -> None:
    wrong = {"purpose": PURPOSE, "duty": "DUTY_AUDIT", "q": "示例甲乙"}
    assert "没有登记可供本角色使用" in said(clerk.post(AT, wrong), 400)
    assert "没有登记可供本角色使用" in said(clerk.get(AT, wrong), 403)
    assert "没有登记可供本角色使用" in said(clerk.get(public(site), wrong), 400)
    assert [ground for *_, ground in looks(site)] == ["拒绝"]
    bounded = page(clerk, public(site), duty="DUTY_PENALTY_PUBLICITY")
    assert FIRST in bounded and "登记信息</h2>" not in bounded
    wider = page(clerk, public(site), duty="DUTY_LICENSE")
    assert FIRST in wider and "登记信息</h2>" in wider and "行政许可申请审查" in wider


def test_a_stopped_record_is_there_for_its_department_and_the_centre_alone(site: Any, clerk: Any) -> None:
    from xinyong.disclosure import actions
    from xinyong.foundation.audit import Who

    other = as_role("department", name="示例别处", provider=ELSEWHERE)
    assert FIRST in page(other, public(site))
    record = _record_of(site)
    reviewer = Who("示例审核员", "department_reviewer", DEPARTMENT, purpose="修复")
    actions.mark(site.connect(), reviewer, NOW, "repair", [record], "已履行", "第36号令")
    seen = page(other, public(site))
    assert FIRST not in seen and SECOND in seen
    assert FIRST not in said(other.get(public(site), {"purpose": PURPOSE, "export": "csv"}))
    assert FIRST in page(clerk, public(site)) and "已修复" in page(clerk, public(site))
    assert FIRST in page(as_role("center"), public(site))


def _record_of(site: Any) -> str:
    from xinyong.disclosure.ids import record_of

    answer = site.archive(CODE, "center")
    return str(record_of(next(r["public_id"] for r in answer.records if FIRST in r["fields"].values())))


def test_as_of_and_known_at_are_answered_and_wrong_ones_said_in_a_sentence(site: Any, clerk: Any) -> None:
    before = page(as_role("center"), public(site), known_at=f"{NOW - timedelta(days=1):%Y-%m-%dT%H:%M}")
    assert "登记信息</h2>" in before and FIRST not in before
    own = page(
        clerk, public(site), known_at=f"{NOW + timedelta(hours=8):%Y-%m-%dT%H:%M}"
    )  # as Beijing writes it
    assert FIRST in own and "登记信息</h2>" not in own
    earlier = page(as_role("auditor"), public(site), as_of="2019-01-01")
    assert "2019-01-01" in earlier and "登记信息</h2>" not in earlier
    count = len(looks(site))
    assert "不是日期" in said(clerk.get(public(site), {"purpose": PURPOSE, "as_of": "昨天"}), 400)
    assert "不是时间" in said(clerk.get(public(site), {"purpose": PURPOSE, "known_at": "昨天"}), 400)
    assert len(looks(site)) == count
    ahead = clerk.get(public(site), {"purpose": PURPOSE, "known_at": "2099-01-01T00:00"})
    assert 'role="alert"' in said(ahead, 400) and FIRST not in said(ahead, 400)
    assert looks(site)[-1][-1] == "拒绝"


def test_records_are_paged_and_each_page_is_a_look_with_the_same_number_of_statements(
    site: Any, clerk: Any, penalty: Any, write_csv: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    sent: list[str] = []
    usual = psycopg.Cursor.execute

    def counted(self: Any, query: Any, *given: Any, **named: Any) -> Any:
        sent.append(str(query))
        return usual(self, query, *given, **named)

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    page(clerk, public(site))  # what is read once per process
    sent.clear()
    page(clerk, public(site))
    few = len(sent)
    more = [penalty(CF_WSH=f"潼示罚〔2026〕{n}号", CF_JDRQ="2026-11-16") for n in range(20, 32)]
    assert site.intake(write_csv(more, "more.csv"), "XZCF", provider=DEPARTMENT).rejected == 0
    sent.clear()
    first = page(clerk, public(site), cls="行政管理信息")
    assert len(sent) == few
    count = len(looks(site))
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link and "共 14 条" in first
    second = said(clerk.get(public(site) + link[1]))
    assert "第 2 页" in second and second.count("<article") == 4 and FIRST not in second
    assert len(looks(site)) == count + 1 and parse_qs(link[1][1:])["purpose"] == [PURPOSE]


def test_a_table_is_taken_away_for_a_purpose_of_its_own_logged_and_recalled_later(
    site: Any, clerk: Any
) -> None:
    from xinyong.rights.recall import deliveries

    shown = page(clerk, public(site))
    link = re.search(r'href="([^"]*export=csv[^"]*)"', shown)
    assert link and "purpose" not in link[1]
    assert "写明用途" in said(clerk.get(public(site) + link[1]))
    count = len(looks(site))
    some = said(clerk.get(public(site), {"purpose": "存卷", "export": "csv", "cls": "行政管理信息"}))
    assert FIRST in some and "存续" not in some
    receivers = deliveries.receivers(site.app, DEPARTMENT, "")
    assert site.one("SELECT count(*) FROM delivery WHERE receiver = ANY(%s)", receivers) == 2
    count += 1
    table = said(clerk.get(public(site) + link[1], {"purpose": "存卷", "export": "csv"}))
    assert FIRST in table and SECOND in table and "认定前不公示" in table and NAME in table
    assert looks(site)[count:] == [("archive", "department", "存卷", "DUTY_ADMINISTER", 3, "履行法定职责")]
    assert (
        site.one("SELECT count(*) FROM audit_entry WHERE action = 'record.look' AND detail ? 'format'") == 2
    )
    receivers = deliveries.receivers(site.app, DEPARTMENT, "")
    assert site.one("SELECT count(*) FROM delivery WHERE receiver = ANY(%s)", receivers) == 3
    import openpyxl

    answer = clerk.get(public(site), {"purpose": "存卷", "export": "xlsx"})
    sheet = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    assert [c.value for c in sheet[1]][:4] == ["信用主体", "代码", "事项", "文号或名称"]
    found = said(clerk.get(AT, {"purpose": "存卷", "q": "示例甲乙", "export": "csv"}))
    assert CODE in found and looks(site)[-1][:3] == ("search", "department", "存卷")
    assert clerk.get(public(site), {"purpose": "存卷", "export": "pdf"}).status_code == 404


def test_a_refused_export_gives_no_file(site: Any, clerk: Any) -> None:
    asked = {"purpose": "存卷", "export": "csv", "known_at": "2099-01-01T00:00"}
    answer = clerk.get(public(site), asked)
    assert FIRST not in said(answer, 400) and "Content-Disposition" not in answer.headers
    assert looks(site)[-1][-1] == "拒绝"
    assert site.one("SELECT count(*) FROM delivery") == 0


def test_who_is_not_there_is_not_found(site: Any, clerk: Any) -> None:
    nobody = f"{AT}/00000000-0000-4000-8000-000000000000"
    assert "没有这个主体" in said(clerk.get(nobody, {"purpose": PURPOSE}), 404)
    assert looks(site) == [("archive", "department", PURPOSE, "DUTY_ADMINISTER", 0, "履行法定职责")]


@pytest.mark.parametrize(
    "role", ["subject", "bank", "agency", "counter", "system_admin", "security_admin", "audit_admin"]
)
def test_outsiders_are_refused(site: Any, role: str) -> None:
    client = as_role(role)
    for address in (AT, public(site)):
        assert NAME not in said(client.get(address, {"purpose": PURPOSE, "q": "示例"}), 403)
    assert client.post(AT, {"purpose": PURPOSE, "q": CODE}).status_code == 403
    assert looks(site) == []


def test_the_public_is_led_to_the_door(site: Any) -> None:
    answer = browser().get(public(site), {"purpose": PURPOSE})
    assert answer.status_code == 302 and "/login" in answer.url and looks(site) == []


@pytest.mark.parametrize("role", ["department_reviewer", "center", "center_reviewer", "auditor"])
def test_each_role_with_a_duty_looks_on_its_own(site: Any, role: str) -> None:
    assert FIRST in page(as_role(role), public(site))
    duty = {"department_reviewer": "DUTY_ADMINISTER", "auditor": "DUTY_AUDIT"}.get(role, "DUTY_CREDIT_MANAGE")
    assert looks(site)[0][1:4] == (role, PURPOSE, duty)
