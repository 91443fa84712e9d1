"""授权登记: a paper entered at the window; its subject is told at once, sees it and takes it back."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from signing_in import as_role, browser

from sampledistrict.codes import person_id, uscc

AT = "/console/authorisations"
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
GRANTOR, BANK, OTHER = (uscc("91", "500152", body) for body in ("YY000088", "YY000777", "YY000666"))
PERSON = person_id("19800101", 1)
PDF = b"%PDF-1.7\nsample\n%%EOF\n"
PURPOSE = "贷前审查示例"


@pytest.fixture
def site(district: Any, monkeypatch: pytest.MonkeyPatch, web: Any) -> Any:
    from xinyong.website.public import asking

    monkeypatch.setattr(asking, "clock", lambda: NOW)
    return district


@pytest.fixture
def window(site: Any) -> Any:
    return as_role("counter", name="示例窗口员")


def said(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, (answer.status_code, unescape(answer.content.decode())[:3000])
    return unescape(answer.content.decode())


def filled(**changes: Any) -> dict[str, Any]:
    given = {
        "grantor": GRANTOR, "recipient": BANK, "recipient_name": "示例银行", "items": ["XZCF", "XZXK"],
        "purpose": PURPOSE, "once": "period", "begins": "2026-11-23", "ends": "2026-12-31", "onward": "",
        "paper": "渝示授〔2026〕1号",
    }  # fmt: skip
    return {**given, **changes}


def scan(data: bytes = PDF, name: str = "授权书.pdf") -> Any:
    return SimpleUploadedFile(name, data)


def count(site: Any) -> int:
    return int(site.one("SELECT count(*) FROM authorisation"))


def test_a_paper_is_entered_and_its_subject_is_told_sees_it_and_takes_it_back(site: Any, window: Any) -> None:
    sent = window.post(f"{AT}/new", filled())
    assert sent.status_code == 302, said(sent, 400)
    shown = said(window.get(sent.url))
    assert all(
        t in shown for t in (GRANTOR, BANK, "行政处罚", PURPOSE, "渝示授〔2026〕1号", "还没有用过", "有效")
    )
    owner = as_role("subject", name="示例授权人", subject_code=GRANTOR)
    [inbox] = re.findall(r'href="(/own/inbox/\d+)"', said(owner.get("/own/inbox")))
    told = said(owner.get(inbox))
    assert BANK in told and PURPOSE in told and "2026-12-31" in told and "撤回" in told
    listed = said(owner.get("/own/authorisations"))
    number = site.one("SELECT number::text FROM authorisation")
    assert f"/own/authorisations/{number}/revoke" in listed
    owner.post(f"/own/authorisations/{number}/revoke", {"reason": "不是我授权的"})
    assert "已撤回" in said(window.get(AT)) and "已撤回" in said(window.get(sent.url))
    trail = site.one("SELECT detail->>'evidence' FROM audit_entry WHERE action = 'authorisation.grant'")
    assert trail == "渝示授〔2026〕1号"


def test_a_persons_paper_keeps_no_number_and_the_person_is_told(site: Any, window: Any) -> None:
    sent = window.post(f"{AT}/new", filled(grantor=PERSON, once="once"))
    assert sent.status_code == 302 and "自然人" in said(window.get(sent.url))
    for table in ("authorisation", "notice", "audit_entry"):
        assert site.one(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", f"%{PERSON}%") == 0
    owner = as_role("subject", name="示例本人", subject_code=PERSON)
    assert "凭您的书面授权登记了一份授权" in said(owner.get("/own/inbox"))
    assert PURPOSE in said(owner.get("/own/authorisations"))


def test_a_scan_is_kept_encrypted_and_read_by_those_who_registered_it_alone(
    site: Any, window: Any, home: Any
) -> None:
    sent = window.post(f"{AT}/new", filled(paper="", scan=scan()))
    assert sent.status_code == 302, said(sent, 400)
    link = re.search(rf'href="({AT}/[^"]+/paper)"', said(window.get(sent.url)))
    assert link
    answer = window.get(link[1])
    assert b"".join(answer.streaming_content) == PDF and answer.headers["Content-Type"] == "application/pdf"
    name, until = site.owner().execute("SELECT name, retained_until FROM vault_object").fetchone()
    assert PDF not in (home / "originals" / name[:2] / name).read_bytes() and until == date(2029, 12, 31)
    assert site.one("SELECT count(*) FROM audit_entry WHERE action = 'authorisation.paper'") == 1
    other = as_role("counter", name="示例别处窗口", provider=OTHER)
    for address in (link[1], sent.url):
        assert PURPOSE not in said(other.get(address), 404)
    assert PURPOSE not in said(other.get(AT))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"paper": ""}, "请写明授权书的编号，或者上传扫描件"),
        ({"scan": b"MZ\x90 not a paper"}, "不是完整的 PDF、JPG 或 PNG"),
        ({"scan": PDF[:-8]}, "不是完整的 PDF、JPG 或 PNG"),
        ({"grantor": "123"}, "授权人的代码不正确"),
        ({"grantor": PERSON[:-1] + ("0" if PERSON[-1] != "0" else "1")}, "授权人的代码不正确"),
        ({"recipient": "91500152YY00000283"}, "代码不正确"),
        ({"ends": "2026-11-01"}, "截止日早于起始日"),
        ({"items": []}, "请填写"),
        ({"onward": "某银行"}, "转给的机构的代码不正确"),
    ],
)
def test_what_is_wrong_is_said_on_the_form_and_nothing_is_registered(
    site: Any, window: Any, changes: dict[str, Any], sentence: str
) -> None:
    if "scan" in changes:
        changes = {"scan": scan(changes["scan"])}
    assert sentence in said(window.post(f"{AT}/new", filled(**changes)), 400)
    assert count(site) == 0 and site.one("SELECT count(*) FROM notice") == 0


def test_a_file_too_large_is_refused(site: Any, window: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from xinyong.rights import materials

    monkeypatch.setattr(materials, "LARGEST", len(PDF) - 1)
    assert "扫描件" in said(window.post(f"{AT}/new", filled(scan=scan())), 400) and count(site) == 0


def test_a_number_written_like_a_scan_opens_nothing(site: Any, window: Any) -> None:
    from xinyong.rights import papers

    assert papers.scan_of("扫描件 pdf " + "0" * (papers.LONGEST_PAPER - 8)) is None
    forged = "扫描件 pdf " + "0" * 64
    assert count(site) == 0 and window.post(f"{AT}/new", filled(paper=forged)).status_code == 400
    assert count(site) == 0


def test_a_bank_sees_what_it_was_given_with_each_use_and_registers_nothing_for_itself(
    site: Any, window: Any, penalty: Any, write_csv: Any
) -> None:
    site.intake(write_csv([penalty(CF_XDR_SHXYM=GRANTOR)], "cf.csv"), "XZCF")
    window.post(f"{AT}/new", filled(items=["XZCF"]))
    clerk = as_role("bank", name="示例行员", provider=BANK)
    assert "机构不能为自己登记" in said(clerk.get(f"{AT}/received"))
    link = re.search(rf'href="({AT}/received/[^"]+)"', said(clerk.get(f"{AT}/received")))
    assert link and "还没有用过" in said(clerk.get(link[1])) and "凭据" not in said(clerk.get(link[1]))
    from xinyong.disclosure import queries
    from xinyong.foundation.audit import Who

    who = Who("示例行员", "bank", BANK, purpose=PURPOSE)
    queries.archive(site.app, GRANTOR, queries.Question(who, NOW, NOW.date()), site.book)
    assert PURPOSE in said(clerk.get(link[1])) and "1 次" in said(clerk.get(link[1]))
    for address in (AT, f"{AT}/new"):
        assert clerk.get(address).status_code == 403
    assert clerk.post(f"{AT}/new", filled()).status_code == 403 and count(site) == 1
    from xinyong.kernel.errors import NotPermitted
    from xinyong.rights import papers

    with pytest.raises(NotPermitted):
        papers.register(site.app, who, NOW, NOW.date(), GRANTOR, None, "1", None, site.book)  # type: ignore[arg-type]


def test_another_institution_finds_nothing(site: Any, window: Any) -> None:
    window.post(f"{AT}/new", filled())
    number = site.one("SELECT number::text FROM authorisation")
    for role in ("bank", "agency"):
        other = as_role(role, provider=OTHER)
        assert PURPOSE not in said(other.get(f"{AT}/received"))
        assert PURPOSE not in said(other.get(f"{AT}/received/{number}"), 404)
    told = as_role("agency", name="示例转给", provider=OTHER)
    window.post(f"{AT}/new", filled(onward=OTHER, purpose="转给的用途"))
    listed = said(told.get(f"{AT}/received"))
    assert "转给的用途" in listed and PURPOSE not in listed


@pytest.mark.parametrize("role", ["department", "center", "auditor", "subject", "system_admin"])
def test_outsiders_are_refused(site: Any, role: str) -> None:
    client = as_role(role)
    for address in (AT, f"{AT}/new", f"{AT}/received"):
        assert client.get(address).status_code == 403
    assert browser().get(AT).status_code == 302


def test_the_name_has_to_be_the_codes(site: Any, window: Any, penalty: Any, write_csv: Any) -> None:
    known = {
        "主体名称": "重庆示例银行股份有限公司", "主体类别": "法人及非法人组织", "登记主体类型": "企业法人",
        "统一社会信用代码": BANK, "成立日期": "2019-03-05", "核准日期": "2020-01-02", "经营状态": "存续",
        "登记机关": "潼南区市场监督管理局",
    }  # fmt: skip
    site.intake(write_csv([known], "known.csv"), "DJZC")
    assert "登记的名称是“重庆示例银行股份有限公司”" in said(window.post(f"{AT}/new", filled()), 400)
    assert count(site) == 0
    right = filled(recipient_name="重庆示例银行股份有限公司")
    assert "重庆示例银行股份有限公司" in said(window.get(window.post(f"{AT}/new", right).url))


def test_the_list_takes_the_same_number_of_statements_however_many_there_are(
    site: Any, window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    sent: list[str] = []
    usual = psycopg.Cursor.execute

    def counted(self: Any, query: Any, *given: Any, **named: Any) -> Any:
        sent.append(str(query))
        return usual(self, query, *given, **named)

    def taken() -> int:
        window.get(AT)  # takes away what was to be said once
        sent.clear()
        said(window.get(AT))
        return len(sent)

    window.post(f"{AT}/new", filled())
    window.get(AT)
    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    one = taken()
    monkeypatch.setattr(psycopg.Cursor, "execute", usual)
    for n in range(4):
        ends = f"{NOW.date() + timedelta(days=n + 1)}"
        assert window.post(f"{AT}/new", filled(purpose=f"用途{n}", ends=ends)).status_code == 302
    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    assert taken() == one
    assert said(window.get(AT, {"purpose": "用途3"})).count("<tr>") == 2
