"""Taking much away at once: a purpose first, an entry in the trail, one's own rows only, and no cell a formula."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest
from abused import AUTHORITY, WRONG, Town, as_role, penal
from signing_in import browser
from walking import addresses

FORMULAS = (
    "=HYPERLINK(1)",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    '=cmd|" /C calc"!A0',
)
EXPORTING = ("submission", "mend", "held", "admin-audit", "admin-looks", "admin-accounts", "centre-")


def sent(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


def lists() -> list[tuple[str, str, str]]:
    """(path, role, action of the export) of every list of the console that can be exported."""
    from django.urls import resolve

    from xinyong.website.access import matrix
    from xinyong.website.console.base import ListView

    found = []
    for address in addresses():
        if "<" in address.route or "(" in address.route or not address.route.startswith("console/"):
            continue
        view = resolve(address.path).func
        made = _class_of(view)
        if made is not None and issubclass(made, ListView) and made.export_action:
            role = next(r for r in matrix()[made.export_action].roles if r in matrix()[made.action].roles)
            found.append((address.path, role, made.export_action))
    return found


def _class_of(view: Any) -> Any:
    """The class behind `as_view`, out of the closure of the guarded function."""
    seen, waiting = set(), [view]
    while waiting:
        one = waiting.pop()
        if isinstance(one, type):
            return one
        if id(one) in seen or not callable(one):
            continue
        seen.add(id(one))
        waiting += [cell.cell_contents for cell in getattr(one, "__closure__", None) or ()]
        waiting += [getattr(one, "__wrapped__", None)]
    return None


def test_every_list_that_can_be_taken_away_asks_for_a_purpose_and_is_noted_with_it(town: Town) -> None:
    found = lists()
    assert len(found) >= 8, found
    wrong, clients = [], {role: as_role(role) for role in {r for _, r, _ in found}}
    for path, role, action in found:
        before = noted(town, action)
        asked = clients[role].get(path, {"export": "csv"})
        if "用途" not in sent(asked).decode() or asked.headers["Content-Type"].startswith("text/csv"):
            wrong.append((path, "no purpose asked"))
        if noted(town, action) != before and action not in ("submission.mend",):
            wrong.append((path, "noted before it was given"))
        given = clients[role].get(path, {"export": "csv", "purpose": "年度核对"})
        if not given.headers["Content-Type"].startswith("text/csv") or not sent(given).startswith(
            b"\xef\xbb\xbf"
        ):
            wrong.append((path, given.headers["Content-Type"]))
        if noted(town, action) < before + 1:
            wrong.append((path, "not noted"))
    assert wrong == []


def noted(town: Town, action: str) -> int:
    sql = "SELECT count(*) FROM audit_entry WHERE action = %s AND purpose = '年度核对'"
    return int(town.district.one(sql, action))


def test_a_list_without_an_export_gives_none(town: Town) -> None:
    client = as_role("system_admin")
    for kind in ("csv", "xlsx", "json", "../x", "sql"):
        answer = client.get("/console/admin/jobs", {"export": kind, "purpose": "x"})
        assert not answer.headers["Content-Type"].startswith(("text/csv", "application/vnd")), kind


def test_a_blank_purpose_is_none(town: Town) -> None:
    client = as_role("audit_admin")
    for blank in ("", " ", "\t\n", "　"):
        answer = client.get("/console/admin/audit", {"export": "csv", "purpose": blank})
        assert answer.headers["Content-Type"].startswith("text/html")


def test_a_workbook_ends_at_its_cap_and_says_so(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from xinyong.website.console import exports

    monkeypatch.setattr(exports, "XLSX_ROWS", 3)
    client = as_role("audit_admin")
    data = sent(client.get("/console/admin/audit", {"export": "xlsx", "purpose": "核对"}))
    rows = list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))
    assert len(rows) == 5 and "只含前" in str(rows[4][0])


def test_the_public_takes_no_list_away(town: Town) -> None:
    town.relist()
    client = browser()
    for path in ("/publicity/penalties", "/search?q=示例", "/publicity"):
        usual = sent(client.get(path))
        joined = "&" if "?" in path else "?"
        for more in ("export=csv&purpose=x", "format=csv", "page_size=100000", "limit=100000"):
            answer = client.get(f"{path}{joined}{more}")
            assert answer.headers["Content-Type"].startswith("text/html")
            assert sent(answer).count(b'href="/record/') == usual.count(b'href="/record/')


def test_a_page_of_a_list_is_never_longer_than_it_should_be(town: Town) -> None:
    from signing_in import open_account

    for n in range(70):
        open_account("center", f"示例{n:03}")
    client = as_role("system_admin")
    for query in (
        {},
        {"page_size": "1000"},
        {"limit": "1000"},
        {"per_page": "1000"},
        {"page": "0"},
        {"page": "1e9"},
    ):
        assert client.get("/console/admin/accounts", query).content.count(b"<tr>") <= 51


@pytest.fixture(scope="module")
def poisoned(town: Town) -> Town:
    """A department's file whose cells, header and name are formulas; its rows go back."""
    for n, formula in enumerate(FORMULAS, 70):
        bad = {"CF_XDR_SHXYM": WRONG, "CF_WSH": f"潼示罚〔2026〕{n}号"}
        row = penal(**bad, CF_SY=formula, CF_NR=formula, CF_XDR_MC=formula + "示例有限公司")
        town.hand_in([row | {formula: formula}], f"=1+{n}.csv")
    return town


def starts_a_formula(cell: Any) -> bool:
    return (
        isinstance(cell, str)
        and cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
        and cell != "-"
    )


def cells_of(kind: str, data: bytes) -> list[Any]:
    if kind == "csv":
        return [c for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) for c in row]
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert [c.coordinate for c in cells if c.data_type == "f"] == []
    return [c.value for c in cells]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_of_any_export_is_a_formula(poisoned: Town, kind: str) -> None:
    wrong, clients = [], {}
    for path, role, _ in lists():
        client = clients.setdefault(role, as_role(role))
        answer = client.get(path, {"export": kind, "purpose": "核对"})
        cells = cells_of(kind, sent(answer))
        wrong += [(path, c) for c in cells if starts_a_formula(c)]
    assert wrong == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_that_goes_back_to_the_department_is_a_formula(poisoned: Town, kind: str) -> None:
    client, wrong = as_role("department"), []
    numbers = poisoned.district.owner().execute("SELECT id FROM submission WHERE provider = %s", [AUTHORITY])
    for (number,) in numbers.fetchall():
        answer = client.get(f"/console/department/submissions/{number}/rejects.{kind}")
        wrong += [c for c in cells_of(kind, sent(answer)) if starts_a_formula(c)]
    assert wrong == []


def test_no_cell_of_the_centre_s_workbooks_is_a_formula(poisoned: Town) -> None:
    client = as_role("center")
    client.post("/console/centre/codes/scan", {})
    for path in ("/console/centre/scores/report", "/console/centre/codes/file"):
        answer = client.get(path, {"purpose": "通报"})
        assert answer.status_code == 200
        assert [c for c in cells_of("xlsx", sent(answer)) if starts_a_formula(c)] == [], path
