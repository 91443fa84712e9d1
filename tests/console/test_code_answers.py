"""重错码 with the responsible department: what it was sent, how it answers, and who decides that it is corrected."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from signing_in import DEPARTMENT, as_role

AT = "/console/department/codes"
WRONG, GOOD = "91500152YY00000283", "91500152YY00000282"


@pytest.fixture
def centre(desk: Any) -> Any:
    return as_role("center", name="示例业务员")


@pytest.fixture
def sent(desk: Any, centre: Any, penalty: Any, write_csv: Any) -> str:
    """The address of a case that was sent to the department."""
    desk.intake(
        write_csv([penalty(), penalty(CF_WSH="潼示罚〔2026〕3号", CF_XDR_SHXYM=WRONG)]),
        "XZCF",
        provider=DEPARTMENT,
    )
    centre.post("/console/centre/codes/scan")
    return f"{AT}/{desk.one('SELECT id FROM code_case')}"


def said(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, (answer.status_code, unescape(answer.content.decode())[:3000])
    return unescape(answer.content.decode())


def test_a_case_is_shown_with_its_places_and_candidates_and_answered(
    desk: Any, clerk: Any, centre: Any, sent: str
) -> None:
    assert WRONG in said(clerk.get(AT)) and "待更正" in said(clerk.get(AT, {"state": "待更正"}))
    page = said(clerk.get(sent))
    assert GOOD in page and "第 3 行" in page and "答复" in page
    assert "未办结的重错码" in said(clerk.get("/console/department/"))
    assert 'id="id_way_error"' in said(clerk.post(sent + "/answer", {"note": "已改"}), 400)
    assert 'id="id_note_error"' in said(clerk.post(sent + "/answer", {"way": "corrected", "note": ""}), 400)
    assert clerk.post(sent + "/answer", {"way": "explained", "note": "登记机关正在核实"}).url == sent
    assert "情况说明：登记机关正在核实" in said(clerk.get(sent))
    number = sent.rpartition("/")[2]
    assert "情况说明：登记机关正在核实" in said(centre.get(f"/console/centre/codes/{number}"))


def test_it_is_corrected_only_when_the_data_no_longer_has_it(
    desk: Any, clerk: Any, centre: Any, sent: str, penalty: Any
) -> None:
    clerk.post(sent + "/answer", {"way": "corrected", "note": "已按营业执照更正"})
    centre.post("/console/centre/codes/scan")
    assert "部门已答复" in said(clerk.get(sent))  # its word alone closes nothing
    batch = desk.one("SELECT max(id) FROM submission")
    assert (
        clerk.post(
            f"/console/department/mend/{batch}/row?line=3", penalty(CF_WSH="潼示罚〔2026〕3号")
        ).status_code
        == 302
    )
    centre.post("/console/centre/codes/scan")
    page = said(clerk.get(sent))
    assert "复查已不再发现" in page and sent + "/answer" not in page
    assert "不能再处理" in said(clerk.post(sent + "/answer", {"way": "corrected", "note": "再答"}), 400)


def test_the_centre_follows_it_by_department_with_the_rate_against_one_in_ten_thousand(
    desk: Any, clerk: Any, centre: Any, sent: str
) -> None:
    clerk.post(sent + "/answer", {"way": "corrected", "note": "已更正"})
    page = said(centre.get("/console/centre/codes/progress"))
    row = re.findall(r"<td[^>]*>(.*?)</td>", page.partition("<tbody>")[2].partition("</tbody>")[0])
    assert row[0] == "重庆市潼南区市场监督管理局" and row[1:5] == ["1", "1", "1", "0"] and row[7] == "0"
    assert "万分之一" in page and "未达标" in page and "重错码率" in page


def test_another_departments_case_looks_like_none(desk: Any, sent: str) -> None:
    stranger = as_role("department", name="别的部门", provider=desk.book.providers["CZJ"].code)
    assert WRONG not in said(stranger.get(AT))
    assert stranger.get(sent).status_code == stranger.get(sent + "/answer").status_code == 404
    assert stranger.post(sent + "/answer", {"way": "corrected", "note": "试"}).status_code == 404
    assert desk.one("SELECT count(*) FROM code_case_step WHERE kind = 'answered'") == 0


@pytest.mark.parametrize("role", ["center", "auditor", "bank", "subject", "system_admin"])
def test_others_do_not_get_in(desk: Any, role: str) -> None:
    client = as_role(role)
    for page in ("", "/1", "/1/answer"):
        assert client.get(AT + page).status_code == 403
