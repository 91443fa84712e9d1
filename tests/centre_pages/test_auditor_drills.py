"""指标核对: from every headline figure down to the rows, and the parts add up."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from centre_desk import exported, rows_of, said
from signing_in import as_role

AT = "/console/auditor/"
WRONG = "91500152YY00000283"


@pytest.fixture
def collected(desk: Any, penalty: Any, write_csv: Any) -> Any:
    rows = [penalty(), penalty(CF_WSH="潼示罚〔2026〕3号", CF_XDR_SHXYM=WRONG)]
    desk.intake(write_csv(rows, "a.csv"), "XZCF", provider="SCJG")
    desk.intake(write_csv([penalty(CF_WSH="潼财罚〔2026〕1号")], "b.csv"), "XZCF", provider="CZJ")
    return desk


@pytest.fixture
def auditor(desk: Any) -> Any:
    return as_role("auditor", name="示例审计员")


def test_every_headline_figure_leads_to_parts_that_add_up_to_it(collected: Any, auditor: Any) -> None:
    page = said(auditor.get(AT + "figures"))
    cards = re.findall(r'<a class="card" href="([^"]+)"><span>([^<]+)</span><b>(\d+)</b>', page)
    counts = {label: int(n) for _, label, n in cards}
    assert counts["收到的行"] == 3 and counts["退回的行"] == 1 and len(cards) == 10
    for address, label, number in cards:
        found = rows_of(said(auditor.get(address)))
        assert sum(int(r[2]) for r in found) == int(number), label


def test_the_parts_lead_to_submissions_and_these_to_receipts(collected: Any, auditor: Any) -> None:
    page = said(auditor.get(AT + "figures/rejected"))
    (row,) = rows_of(page)
    assert row[:3] == ["重庆市潼南区市场监督管理局", "行政处罚", "1"]
    (address,) = re.findall(rf'href="({AT}rows[^"]+)"', page)
    submissions = rows_of(said(auditor.get(address)))
    assert [(r[4], r[8]) for r in submissions] == [("2", "1")]
    receipt = re.findall(r'href="(/console/department/submissions/\d+)"', said(auditor.get(address)))[0]
    assert auditor.get(receipt).status_code == 200
    assert "行政处罚" in exported(auditor.get(AT + "rows", {"export": "csv", "purpose": "核对"}))


def test_both_sides_of_every_quality_figure_lead_somewhere(collected: Any, auditor: Any) -> None:
    page = said(auditor.get(AT + "figures")).partition("数据质量</h2>")[2]
    addresses = set(re.findall(r'<a href="(/console/[^"]+)"', page))
    assert len(addresses) > 12
    assert [a for a in addresses if auditor.get(a).status_code != 200] == []


def test_document_numbers_are_told_with_their_gaps(
    desk: Any, penalty: Any, write_csv: Any, auditor: Any
) -> None:
    november = datetime(2026, 11, 23, 3, tzinfo=UTC)
    numbers = [penalty(CF_WSH=f"潼示罚〔2026〕{n}号") for n in (1, 3)]
    desk.intake(write_csv(numbers, "a.csv"), "XZCF", provider="SCJG", at=november)
    [row] = rows_of(said(auditor.get(AT + "gaps", {"month": "2026-11"})))
    assert row[4:8] == ["2026", "3", "2", "2"]


def test_an_unknown_figure_is_not_there(desk: Any, auditor: Any) -> None:
    for name in ("nothing", "codes_wrong"):
        assert auditor.get(AT + "figures/" + name).status_code == 404


def test_each_look_is_in_the_audit_trail(collected: Any, auditor: Any) -> None:
    auditor.get(AT + "figures/late")
    assert collected.one("SELECT count(*) FROM audit_entry WHERE action = 'auditor.figures'") == 1


@pytest.mark.parametrize("role", ["center", "center_reviewer", "department", "audit_admin", "subject"])
def test_others_do_not_get_in(desk: Any, role: str) -> None:
    client = as_role(role)
    for page in ("figures", "figures/rejected", "rows", "gaps"):
        assert client.get(AT + page).status_code == 403, page
