"""The centre's pages of quality: what they show, to whom, filtered, sorted, exported."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from signing_in import as_role

WRONG, GOOD = "91500152YY00000283", "91500152YY00000282"
NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)  # of the month that the site's clock shows


@pytest.fixture
def collected(visitor: Any, district: Any, penalty: Any, write_csv: Any) -> Any:
    """Two departments, one row with a wrong code."""
    rows = [penalty(), penalty(CF_WSH="潼示罚〔2026〕3号", CF_XDR_SHXYM=WRONG)]
    district.intake(write_csv(rows, "a.csv"), "XZCF", provider="SCJG", at=NOW)
    district.intake(write_csv([penalty(CF_WSH="潼财罚〔2026〕1号")], "b.csv"), "XZCF", provider="CZJ", at=NOW)
    return district


def text(client: Any, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def rows_of(page: str) -> list[list[str]]:
    import re

    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    clean = [re.findall(r"<td[^>]*>(.*?)</td>", r, re.S) for r in body.split("<tr>")[1:]]
    return [[re.sub(r"<[^>]+>", "", c).strip() for c in r] for r in clean]


def test_the_overview_says_who_handed_in_and_who_owes(collected: Any) -> None:
    page = text(as_role("center"), "/console/centre/", provider="市场监督", item="行政处罚")
    (row,) = rows_of(page)
    assert row[:5] == ["重庆市潼南区市场监督管理局", "行政处罚", "有未办结", "1", "2"]
    missing = rows_of(text(as_role("auditor"), "/console/centre/", missing="是"))
    assert missing and {r[2] for r in missing} == {"缺报"}


def test_the_seven_dimensions_are_shown_and_what_has_no_ledger_cannot_be_computed(collected: Any) -> None:
    rows = {r[1]: r for r in rows_of(text(as_role("center"), "/console/centre/quality"))}
    assert {r[0] for r in rows.values()} >= {
        "合规性",
        "及时性",
        "规范性",
        "完整性",
        "连续性",
        "覆盖率",
        "关联率",
    }
    assert rows["合规率（首次）"][2] == "66.6%" and rows["上报率"][2] == "无法计算"
    one = {
        r[1]: r
        for r in rows_of(
            text(as_role("center", name="另一人"), "/console/centre/quality", provider="11500152YY0000239R")
        )
    }
    assert one["合规率（首次）"][2] == "50.0%" and "建档率" not in one


def test_the_cards_sort_and_page_and_keep_the_uncomputable_last(collected: Any) -> None:
    client = as_role("center")
    up = [r[2] for r in rows_of(text(client, "/console/centre/scores", sort="points"))]
    down = [r[2] for r in rows_of(text(client, "/console/centre/scores", sort="-points"))]
    known = [float(p) for p in up if p != "—"]
    assert known == sorted(known) and [float(p) for p in down if p != "—"] == known[::-1]
    assert "—" not in up[: len(known)] and "—" not in down[: len(known)]


def test_the_monthly_report_is_given_with_a_purpose_and_noted(collected: Any) -> None:
    client = as_role("center_reviewer")
    assert "用途" in text(client, "/console/centre/scores/report")
    answer = client.get("/console/centre/scores/report", {"purpose": "月度通报"})
    book = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))
    assert book.sheetnames[0] == "总览"
    note = (
        collected.owner()
        .execute("SELECT purpose FROM audit_entry WHERE action = 'quality.export'")
        .fetchall()
    )
    assert note == [("月度通报",)]


def test_a_list_is_exported_with_a_purpose(collected: Any) -> None:
    client = as_role("center")
    assert "用途" in text(client, "/console/centre/scores", export="csv")
    answer = client.get("/console/centre/scores", {"export": "csv", "purpose": "通报"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("名次,部门,得分") and any("市场监督管理局" in line for line in lines)


def scanned(client: Any) -> str:
    client.get("/console/centre/codes/scan")
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else ""
    answer = client.post("/console/centre/codes/scan", {"csrfmiddlewaretoken": token})
    assert answer.status_code == 200
    return answer.content.decode()


def test_codes_are_scanned_sent_shown_and_dismissed(collected: Any) -> None:
    client = as_role("center")
    assert "新下发 1 项" in scanned(client)
    (row,) = rows_of(text(client, "/console/centre/codes", code="0283"))
    assert row[2] == WRONG and GOOD in row[5] and row[7] == "待更正"
    number = row[0]
    page = text(client, f"/console/centre/codes/{number}")
    assert "第 3 行" in page and "认定不是重错码" in page
    client.get(f"/console/centre/codes/{number}/dismiss")
    answer = client.post(f"/console/centre/codes/{number}/dismiss", {"reason": "登记机关已确认"})
    assert answer.status_code == 302
    assert "经核实不是重错码" in text(client, f"/console/centre/codes/{number}")
    assert rows_of(text(client, "/console/centre/codes", state_name="待更正")) == []


def test_an_auditor_reads_the_codes_and_neither_scans_nor_dismisses(collected: Any) -> None:
    scanned(as_role("center"))
    auditor = as_role("auditor")
    page = text(auditor, "/console/centre/codes")
    assert WRONG in page and "筛查并下发" not in page
    assert auditor.get("/console/centre/codes/scan").status_code == 403
    assert auditor.get("/console/centre/codes/1/dismiss").status_code == 403


@pytest.mark.parametrize("role", ["department", "bank", "subject", "system_admin", "audit_admin"])
def test_others_do_not_get_in(collected: Any, role: str) -> None:
    client = as_role(role)
    for page in ("", "quality", "scores", "scores/report", "codes", "codes/file", "codes/scan", "codes/1"):
        assert client.get(f"/console/centre/{page}").status_code == 403, page


def test_an_unknown_case_is_not_there(collected: Any) -> None:
    assert as_role("center").get("/console/centre/codes/999").status_code == 404


def test_opening_the_overview_is_one_look_in_the_log(collected: Any) -> None:
    client = as_role("center")
    text(client, "/console/centre/")
    looks = collected.owner().execute("SELECT what, duty FROM look WHERE what LIKE 'figures:%%'").fetchall()
    assert len(looks) == 1 and looks[0][1] == "DUTY_CREDIT_MANAGE"
