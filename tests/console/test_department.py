"""The department console: a department's own work, without JavaScript, and nothing of it for another department."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from signing_in import DEPARTMENT, as_role

AT = "/console/department/"
WRONG, GOOD, OTHER = "91500152YY00000283", "91500152YY00000282", "91500152YY0000001A"
FIRST = "潼示罚〔2026〕1号"


@pytest.fixture
def outsider(desk: Any) -> Any:
    return as_role("department", name="别的部门", provider=desk.book.providers["CZJ"].code)


@pytest.fixture
def handed_in(desk: Any, write_csv: Callable[..., Path]) -> Callable[..., Any]:
    """Rows taken in as this department's file; the receipt."""

    def hand_in(*rows: dict[str, str], name: str = "处罚.csv") -> Any:
        return desk.intake(write_csv(list(rows), name), "XZCF", provider=DEPARTMENT)

    return hand_in


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, (answer.status_code, answer.content.decode()[:2000])
    return unescape(answer.content.decode())


def live(desk: Any, number: str) -> list[Any]:
    """The penalties of the first subject under a number, as its department sees them."""
    archive = desk.archive(GOOD, "department", DEPARTMENT)
    return [r for r in archive.records if r["fields"].get("行政处罚决定书文号") == number]


def refused_to(client: Any, *paths: str) -> None:
    """Looking and posting give what an address that never was gives."""
    for path in paths:
        nothing = client.get(AT + "submissions/987654").content
        assert (client.get(path).status_code, client.get(path).content) == (404, nothing), path
        assert client.post(path, {"reason": "试试"}).status_code in (404, 405), path


# handing in


def uploaded(client: Any, rows: bytes, **given: str) -> Any:
    file = BytesIO(rows)
    file.name = "处罚.csv"
    return client.post(AT + "submit", {"item": "XZCF", "mode": "增量", "file": file, **given})


def test_a_file_is_handed_in_watched_and_its_verdict_explained(
    desk: Any, clerk: Any, outsider: Any, penalty: Any, write_csv: Any
) -> None:
    from xinyong.collection import uploads

    rows = [penalty(), penalty(CF_WSH="潼示罚〔2026〕2号", CF_XDR_SHXYM=WRONG)]
    answer = uploaded(clerk, write_csv(rows).read_bytes())
    assert answer.status_code == 302
    running = text(clerk.get(answer.url))
    assert "hx-trigger" in running and 'http-equiv="refresh"' in running and "取消报送" in running
    assert "处罚.csv" in text(clerk.get(AT + "submit"))
    refused_to(outsider, answer.url, answer.url + "/cancel")
    ended = uploads.take(answer.url.rpartition("/")[2])
    page = text(clerk.get(answer.url, headers={"HX-Request": "true"}))
    assert "hx-trigger" not in page and "<html" not in page
    assert desk.one("SELECT filename FROM submission") == "处罚.csv"
    for words in ("有错误，没有入库", "在网页上改正", "退回与待核表（Excel）", f"批次 {ended.submission}"):
        assert words in page
    assert "处罚.csv" not in text(outsider.get(AT + "submit"))


def test_a_file_that_cannot_be_taken_is_refused_at_its_field(clerk: Any) -> None:
    page = text(clerk.post(AT + "submit", {"item": "XZCF", "mode": "增量"}), 400)
    assert "请选择要报送的文件" in page
    file = BytesIO(b"x")
    file.name = "a.exe"
    page = text(clerk.post(AT + "submit", {"item": "XZCF", "mode": "增量", "file": file}), 400)
    assert "不认识“a.exe”这种文件" in page


def test_a_waiting_file_is_cancelled_and_nothing_changes(
    desk: Any, clerk: Any, penalty: Any, write_csv: Any
) -> None:
    from xinyong.collection import uploads

    address = uploaded(clerk, write_csv([penalty()]).read_bytes()).url
    assert clerk.post(address + "/cancel").status_code == 302
    assert uploads.take(address.rpartition("/")[2]).outcome == "cancelled"
    assert "已取消，没有任何改动" in text(clerk.get(address))
    assert desk.one("SELECT count(*) FROM submission") == 0


# history


def test_the_history_is_filtered_exported_and_shows_no_other_department(
    clerk: Any, outsider: Any, penalty: Any, handed_in: Any
) -> None:
    good = handed_in(penalty(), name="好.csv")
    handed_in(penalty(CF_WSH="潼示罚〔2026〕2号", CF_XDR_SHXYM=WRONG), name="坏.csv")
    page = text(clerk.get(AT + "submissions", {"state": "全部入库", "item": "XZCF"}))
    assert "好.csv" in page and "坏.csv" not in page
    assert "共 0 条" in text(clerk.get(AT + "submissions", {"until": "2020-01-01"}))
    export = clerk.get(AT + "submissions", {"export": "csv", "purpose": "核对"})
    assert "坏.csv" in b"".join(export.streaming_content).decode()
    assert "好.csv" not in text(outsider.get(AT + "submissions"))
    receipt = f"{AT}submissions/{good.submission}"
    page = text(clerk.get(receipt))
    assert good.sha256 in page and "整批撤销" in page and "下面六类之和" in page
    refused_to(outsider, receipt, receipt + "/undo", receipt + "/rejects.csv")


def test_what_went_back_is_given_as_csv_and_workbook(clerk: Any, penalty: Any, handed_in: Any) -> None:
    receipt = handed_in(penalty(CF_XDR_SHXYM=WRONG))
    address = f"{AT}submissions/{receipt.submission}/rejects."
    assert WRONG in b"".join(clerk.get(address + "csv").streaming_content).decode("utf-8-sig")
    book = openpyxl.load_workbook(BytesIO(b"".join(clerk.get(address + "xlsx").streaming_content)))
    assert book.worksheets[0]["B2"].value == "退回"
    assert clerk.get(address + "exe").status_code == 404


def test_a_submission_is_undone_within_the_day_with_a_reason(
    desk: Any, clerk: Any, penalty: Any, handed_in: Any
) -> None:
    receipt = handed_in(penalty())
    address = f"{AT}submissions/{receipt.submission}"
    assert 'id="id_reason_error"' in text(clerk.post(address + "/undo", {"reason": ""}), 400)
    assert live(desk, FIRST)
    assert clerk.post(address + "/undo", {"reason": "选错了文件"}).url == address
    assert "已经整批撤销" in text(clerk.get(address)) and not live(desk, FIRST)
    assert "已经撤销过" in text(clerk.post(address + "/undo", {"reason": "再来"}), 400)


# mending


def test_a_returned_row_is_mended_in_the_browser_and_closes_the_first(
    desk: Any, clerk: Any, outsider: Any, penalty: Any, handed_in: Any
) -> None:
    first = handed_in(penalty(CF_WSH="潼示罚〔2026〕2号"), penalty(CF_XDR_SHXYM=WRONG))
    rows, row = f"{AT}mend/{first.submission}", f"{AT}mend/{first.submission}/row?line=3"
    assert "处罚.csv" in text(clerk.get(AT + "mend")) and "校验位不符" in text(clerk.get(rows))
    refused_to(outsider, rows, row)
    assert "处罚.csv" not in text(outsider.get(AT + "mend"))
    page = text(clerk.get(row))
    assert f'value="{WRONG}"' in page and GOOD in page  # what came, and what it may have been
    before = desk.one("SELECT count(*) FROM submission")
    still = text(clerk.post(row, penalty(CF_XDR_SHXYM="91500152YY00000284", CF_FRDB="示例乙")), 400)
    assert 'id="id_CF_XDR_SHXYM_error"' in still and 'value="示例乙"' in still
    assert desk.one("SELECT count(*) FROM submission") == before
    assert clerk.post(row, penalty()).url == rows
    assert "都已办结" in text(clerk.get(rows)) and len(live(desk, FIRST)) == 1
    assert desk.one("SELECT follows FROM submission ORDER BY id DESC LIMIT 1") == first.submission
    assert "没有需要改正的行" in text(clerk.get(AT + "mend"))
    assert "已经办结" in text(clerk.post(row, penalty()), 400)


def test_who_saw_the_cells_of_a_returned_row_stands_in_the_audit_trail(
    desk: Any, clerk: Any, penalty: Any, handed_in: Any
) -> None:
    first = handed_in(penalty(CF_XDR_SHXYM=WRONG))
    clerk.get(f"{AT}mend/{first.submission}/row?line=2")
    assert desk.one("SELECT actor FROM audit_entry WHERE action = 'returned.read'") == "示例信息员"


# held rows


@pytest.fixture
def waiting(penalty: Any, handed_in: Any) -> str:
    """Address of a row that repeats a number with another day of decision."""
    handed_in(penalty())
    held = handed_in(penalty(CF_JDRQ="2026-11-17"), name="待核.csv")
    assert held.held == 1
    return f"{AT}held/{held.submission}/row?line=2"


def test_a_held_row_is_returned_with_a_reason_and_waits_no_longer(
    desk: Any, clerk: Any, outsider: Any, waiting: str
) -> None:
    assert "待核.csv" in text(clerk.get(AT + "held")) and "待核.csv" not in text(outsider.get(AT + "held"))
    refused_to(outsider, waiting)
    assert "2026-11-17" in text(clerk.get(waiting))
    assert clerk.post(waiting, {"decision": "accept"}).status_code == 400
    done = clerk.post(waiting, {"decision": "return", "reason": "日期写错"})
    assert done.url == AT + "held" and "已退回" in text(clerk.get(done.url))
    assert "没有待核的行" in text(clerk.get(AT + "held")) and clerk.get(waiting).status_code == 404


def test_a_held_row_that_is_taken_in_stands_beside_the_first(
    desk: Any, clerk: Any, penalty: Any, handed_in: Any
) -> None:
    handed_in(penalty())
    changed = {"CF_XDR_SHXYM": OTHER, "CF_XDR_MC": "重庆示例丙丁商贸有限公司", "CF_JDRQ": "2026-11-17"}
    receipt = handed_in(penalty(**changed), name="二.csv")
    assert receipt.held == 1 and desk.archive(OTHER, "department", DEPARTMENT).records == []
    address = f"{AT}held/{receipt.submission}/row?line=2"
    answer = clerk.post(address, {"decision": "accept", "reason": "确为两名当事人"})
    assert answer.status_code == 302 and "已入库" in text(clerk.get(answer.url))
    assert len(desk.archive(OTHER, "department", DEPARTMENT).records) == len(live(desk, FIRST)) == 1


# one record


def test_one_record_is_typed_in_and_what_is_wrong_is_said_at_its_field(
    desk: Any, clerk: Any, penalty: Any
) -> None:
    page = text(clerk.get(AT + "entry/XZCF"))
    assert f'value="{DEPARTMENT}"' in page and "<select" in page and 'type="date"' in page
    wrong = text(clerk.post(AT + "entry/XZCF", penalty(CF_XDR_SHXYM=WRONG, CF_NR_FK="贰仟元")), 400)
    assert 'id="id_CF_XDR_SHXYM_error"' in wrong and 'id="id_CF_NR_FK_error"' in wrong
    assert 'value="贰仟元"' in wrong and desk.one("SELECT count(*) FROM submission") == 0
    answer = clerk.post(AT + "entry/XZCF", penalty())
    assert "已入库" in text(clerk.get(answer.url)) and len(live(desk, FIRST)) == 1
    assert "相同" in text(clerk.get(clerk.post(AT + "entry/XZCF", penalty()).url))
    assert clerk.get(AT + "entry/NICHTS").status_code == 404


def test_every_item_has_a_form(clerk: Any) -> None:
    found = re.findall(rf'href="({AT}entry/\w+)"', text(clerk.get(AT + "entry")))
    assert len(found) > 20
    assert [p for p in found if "提交入库" not in text(clerk.get(p))] == []


# correct and withdraw: tests/console/test_two_persons.py has the second person


def confirmed(proposed: Any) -> str:
    """What the reviewer is told who confirms it."""
    assert proposed.status_code == 302
    reviewer = as_role("department_reviewer", name=f"审核{proposed.url.rpartition('/')[2]}")
    page = proposed.url.replace("/changes/", "/review/changes/")
    return text(reviewer.get(reviewer.post(page + "/confirm").url))


def test_a_record_is_found_by_its_number_corrected_and_withdrawn(
    desk: Any, clerk: Any, outsider: Any, penalty: Any, handed_in: Any
) -> None:
    handed_in(penalty())
    asked = {"item": "XZCF", "number": "潼示罚[2026] 1号"}
    page = text(clerk.get(AT + "records", asked))
    correct = re.findall(rf'href="({AT}records/\w+/correct)"', page)[0]
    withdraw = correct.replace("correct", "withdraw")
    assert "第四十八条" in page
    assert "没有找到" in text(outsider.get(AT + "records", asked))
    refused_to(outsider, correct, withdraw)
    assert 'value="示例甲"' in text(clerk.get(correct))
    assert clerk.post(correct, {**penalty(), "CF_NR": "罚款人民币叁仟元"}).status_code == 400  # no reason
    changed = penalty(CF_NR="罚款人民币3000元", CF_NR_FK="0.3")
    answer = confirmed(clerk.post(correct, {**changed, "reason": "金额录错"}))
    assert "已按更正入库" in answer
    assert [r["fields"]["处罚内容"] for r in live(desk, FIRST)] == ["罚款人民币3000元"]
    assert "已撤销" in confirmed(clerk.post(withdraw, {"reason": "决定被依法撤销"}))
    assert live(desk, FIRST) == [] and clerk.get(withdraw).status_code == 404


def test_a_hidden_number_that_is_left_empty_stays_as_it_was(
    desk: Any, clerk: Any, penalty: Any, handed_in: Any
) -> None:
    from xinyong.disclosure import actions
    from xinyong.foundation import keys

    person = {"CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_XDR_MC": "示例丙", "CF_FRDB": "",
              "CF_XDR_ZJLX": "身份证", "CF_XDR_ZJHM": "11010519491231002X"}  # fmt: skip
    handed_in(penalty(**person))
    page = text(clerk.get(AT + "records", {"item": "XZCF", "number": FIRST}))
    correct = re.findall(rf'href="({AT}records/\w+/correct)"', page)[0]
    assert "11010519491231002X" not in text(clerk.get(correct))
    left = {**penalty(**person), "CF_XDR_ZJHM": "", "CF_NR_FK": "0.4", "reason": "金额录错"}
    answer = clerk.post(correct, left)
    assert answer.status_code == 302, text(answer, 400)
    confirmed(answer)
    record = correct.split("/")[-2]
    values = actions.standing(desk.app, [record])[record].values
    assert keys.unseal(values["CF_XDR_ZJHM"]) == "11010519491231002X" and values["CF_NR_FK"] == "0.4"


# the rest


def test_a_zero_report_is_given_for_a_month(desk: Any, clerk: Any) -> None:
    page = text(clerk.get(AT + "zero"))
    month = re.findall(r'value="(20\d\d-\d\d)"', page)[0]
    answer = clerk.post(AT + "zero", {"item": "XZCF", "month": month})
    assert f"{month} 零报告" in text(clerk.get(answer.url))
    assert desk.one("SELECT provider FROM ledger_entry") == DEPARTMENT
    assert clerk.post(AT + "zero", {"item": "XZCF", "month": "1999-01"}).status_code == 400


def test_templates_are_listed_and_given(clerk: Any) -> None:
    assert AT + "templates/XZCF" in text(clerk.get(AT + "templates"))
    book = openpyxl.load_workbook(BytesIO(b"".join(clerk.get(AT + "templates/XZCF").streaming_content)))
    assert "行政处罚" in str(book.worksheets[0]["A1"].value)
    assert clerk.get(AT + "templates/NICHTS").status_code == 404


def test_the_figures_and_the_desk_are_the_departments_own(
    clerk: Any, outsider: Any, penalty: Any, handed_in: Any
) -> None:
    handed_in(penalty(), penalty(CF_WSH="潼示罚〔2026〕2号", CF_XDR_SHXYM=WRONG))
    assert "50.0%" in text(clerk.get(AT + "quality")) and "50.0%" not in text(outsider.get(AT + "quality"))
    count = re.compile(r'退回未改的行</span><b class="department-big">(\d+)<')
    assert count.findall(text(clerk.get(AT))) == ["1"] and count.findall(text(outsider.get(AT))) == ["0"]


def test_the_reviewer_decides_degrees_of_several_records_at_once(
    desk: Any, penalty: Any, handed_in: Any
) -> None:
    handed_in(penalty(), penalty(CF_WSH="潼示罚〔2026〕2号"))
    reviewer = as_role("department_reviewer")
    found = re.findall(r'name="record" value="(\w+)"', text(reviewer.get(AT + "review")))
    assert len(found) == 2
    nothing = text(reviewer.post(AT + "review", {"degree": "一般", "reason": "按基准"}), 400)
    assert "没有选择记录" in nothing
    other = as_role("department_reviewer", name="别的审核员", provider=desk.book.providers["CZJ"].code)
    assert "没有等待认定的记录" in text(other.get(AT + "review"))
    chosen = {"record": found, "degree": "一般", "reason": "按基准"}
    assert "不是本部门作出的决定" in text(other.post(AT + "review", chosen), 400)
    assert "已认定 2 条" in text(reviewer.get(reviewer.post(AT + "review", chosen).url))
    assert "没有等待认定的记录" in text(reviewer.get(AT + "review"))


def test_forms_that_change_something_ask_for_their_token(desk: Any, clerk: Any) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    strict.cookies = clerk.cookies
    for page in ("submit", "zero", "entry/XZCF"):
        assert strict.post(AT + page, {"item": "XZCF"}).status_code == 403
        assert "csrfmiddlewaretoken" in text(strict.get(AT + page))
