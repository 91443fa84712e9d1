"""归集月报: the PDF says what the workbook says; what was sent out stays as it was."""

from __future__ import annotations

import subprocess
from datetime import UTC, date, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from centre_desk import AT, rows_of, said
from signing_in import as_role

WRONG = "91500152YY00000283"


@pytest.fixture
def collected(desk: Any, penalty: Any, write_csv: Any) -> Any:
    """Last month: two rows of one department, one of them with a wrong code."""
    day = date.today().replace(day=1).toordinal() - 5
    decided = {"CF_JDRQ": date.fromordinal(day - 3).isoformat()}
    rows = [penalty(**decided), penalty(**decided, CF_WSH="潼示罚〔2026〕3号", CF_XDR_SHXYM=WRONG)]
    desk.intake(write_csv(rows, "a.csv"), "XZCF", provider="SCJG", received_on=date.fromordinal(day))
    return desk


def last_month() -> str:
    first = date.today().replace(day=1)
    return f"{date.fromordinal(first.toordinal() - 1):%Y-%m}"


def counting(desk: Any, role: str = "center_reviewer") -> Any:
    from xinyong.disclosure.figures import Counting
    from xinyong.foundation.audit import Who

    return Counting(
        Who("某人", role, purpose="通报"), datetime(2026, 11, 23, 2, tzinfo=UTC), date.today(), desk.book
    )


def text_of(pdf: bytes, folder: Path) -> str:
    """What the PDF shows, by an independent reader, without white space."""
    path = folder / "report.pdf"
    path.write_bytes(pdf)
    shown = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    )
    return "".join(shown.stdout.split())


def test_the_pdf_has_every_sheet_and_cell_of_the_workbook(collected: Any, tmp_path: Path) -> None:
    from xinyong.collection.quality import monthly
    from xinyong.collection.quality.workbook import Report
    from xinyong.services.monthlyreport.document import Told

    asked = counting(collected)
    month, listed = monthly.gather(collected.app, asked, date.fromisoformat(f"{last_month()}-01"))
    with Report(tmp_path / "m.xlsx", "月报", asked.now) as report:
        monthly.fill(report, month, asked, listed)
    told = Told()
    monthly.fill(told, month, asked, listed)
    book = openpyxl.load_workbook(tmp_path / "m.xlsx")
    assert [s["name"] for s in told.sheets] == book.sheetnames and len(book.sheetnames) == 7
    for sheet in told.sheets:
        page = book[sheet["name"]]
        heads = [c.value for c in page[3]]
        assert heads == [c["name"] for c in sheet["columns"]]
        shown = [[c.value for c in row] for row in page.iter_rows(min_row=4, max_row=3 + len(sheet["rows"]))]
        for ours, theirs in zip(sheet["rows"], shown, strict=False):
            told_texts = [c["text"] for c in ours if c["kind"] == "text" and not c["text"].startswith("20")]
            there = [str(v or "").removeprefix("'") for v in theirs]
            assert [t for t in told_texts if t and t not in there] == [], (sheet["name"], there)


def test_the_pdf_is_one_that_opens_and_tells_the_figures_and_the_cards(
    collected: Any, tmp_path: Path
) -> None:
    from xinyong.services.monthlyreport import issuing

    pdf = issuing.pdf(collected.app, counting(collected), date.fromisoformat(f"{last_month()}-01"))
    assert pdf.startswith(b"%PDF-1.7") and b"pdfaid" in pdf
    text = text_of(pdf, tmp_path)
    for words in (
        "公共信用信息归集月报",
        "合规率（首次）",
        "50.0%",
        "部门评分卡",
        "重庆市潼南区市场监督管理局",
        "口径说明",
    ):
        assert words in text, words


def test_the_same_month_at_the_same_moment_gives_the_same_bytes(collected: Any) -> None:
    from xinyong.collection.quality import monthly
    from xinyong.services.monthlyreport import document

    asked = counting(collected)
    month, listed = monthly.gather(collected.app, asked, date.fromisoformat(f"{last_month()}-01"))
    assert document.render(month, asked, listed) == document.render(month, asked, listed)


def test_a_preview_asks_for_a_purpose_and_is_noted(collected: Any, clerk: Any) -> None:
    address = AT + "monthly/preview.pdf"
    assert "用途" in said(clerk.get(address, {"month": last_month()}))
    answer = clerk.get(address, {"month": last_month(), "purpose": "核对"})
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    assert collected.one("SELECT purpose FROM audit_entry WHERE action = 'quality.export'") == "核对"


def test_a_report_is_sent_out_and_stays_as_it_was(
    collected: Any, clerk: Any, reviewer: Any, penalty: Any, write_csv: Any
) -> None:
    given = {"month": last_month(), "note": "通报各部门"}
    assert reviewer.post(AT + "monthly/issue", given).url == AT + "monthly"
    (row,) = rows_of(said(clerk.get(AT + "monthly")))
    assert row[1:2] + row[3:5] == ["1", "示例审核员", "通报各部门"]
    first = b"".join(clerk.get(AT + "monthly/1/pdf").streaming_content)
    assert sha256(first).hexdigest()[:12] == row[7][:12]
    day = date.fromordinal(date.today().replace(day=1).toordinal() - 3)
    more = write_csv(
        [penalty(CF_WSH="潼示罚〔2026〕9号", CF_JDRQ=date.fromordinal(day.toordinal() - 3).isoformat())],
        "b.csv",
    )
    collected.intake(more, "XZCF", provider="CZJ", received_on=day)
    assert b"".join(clerk.get(AT + "monthly/1/pdf").streaming_content) == first
    book = openpyxl.load_workbook(BytesIO(b"".join(clerk.get(AT + "monthly/1/xlsx").streaming_content)))
    assert book.sheetnames[0] == "总览"
    reviewer.post(AT + "monthly/issue", {**given, "note": "更正：补计财政局"})
    assert [r[1] for r in rows_of(said(clerk.get(AT + "monthly")))] == ["2", "1"]
    assert collected.one("SELECT count(*) FROM audit_entry WHERE action = 'score.issue'") == 2


def test_a_department_sees_its_own_card_as_it_was_sent_out_and_no_others(
    collected: Any, reviewer: Any
) -> None:
    mine = as_role("department")
    assert "还没有发出过评分卡" in said(mine.get("/console/department/scores"))
    reviewer.post(AT + "monthly/issue", {"month": last_month(), "note": "通报各部门"})
    (row,) = rows_of(said(mine.get("/console/department/scores")))
    assert row[1].endswith("分") and row[2] == "第 1 名" and "合规率（首次） 50.0%" in row[4]
    stranger = as_role("department", name="别的部门", provider=collected.book.providers["CZJ"].code)
    assert "50.0%" not in said(stranger.get("/console/department/scores"))
    assert as_role("bank").get("/console/department/scores").status_code == 403


def test_a_month_that_is_not_over_and_a_file_that_is_not_there_are_refused(
    collected: Any, reviewer: Any
) -> None:
    from xinyong.kernel.errors import Refused
    from xinyong.services.monthlyreport import issuing

    with pytest.raises(Refused) as refused:
        issuing.issue(collected.app, counting(collected), date.today().replace(day=1), "试")
    assert refused.value.code == "month_not_over"
    assert 'id="id_note_error"' in said(
        reviewer.post(AT + "monthly/issue", {"month": last_month(), "note": ""}), 400
    )
    for address in ("monthly/9/pdf", "monthly/9/exe"):
        assert reviewer.get(AT + address).status_code == 404


@pytest.mark.parametrize("role", ["center", "auditor"])
def test_readers_send_nothing_out(desk: Any, role: str) -> None:
    client = as_role(role)
    assert client.get(AT + "monthly").status_code == 200
    assert client.post(AT + "monthly/issue", {"month": last_month(), "note": "试"}).status_code == 403


@pytest.mark.parametrize("role", ["department", "bank", "subject", "system_admin"])
def test_others_do_not_get_in(desk: Any, role: str) -> None:
    client = as_role(role)
    for page in ("monthly", "monthly/preview.pdf", "monthly/1/pdf", "monthly/issue"):
        assert client.get(AT + page).status_code == 403, page
