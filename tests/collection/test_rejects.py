"""What is returned can be mended in its own file and handed in again, until nothing waits any more."""

from __future__ import annotations

import csv
import os
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

from sampledistrict.codes import uscc
from xinyong.collection import rejects as module
from xinyong.collection.reading import REJECT_COLUMNS
from xinyong.collection.rejects import rejects, waiting
from xinyong.collection.rejects_files import escaped
from xinyong.foundation import home
from xinyong.kernel.errors import Fault, Refused

DAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
GOOD, OTHER = uscc("91", "500152", "YY000101"), uscc("91", "500152", "YY000102")


def wrong(code: str) -> str:
    """The code with its last character replaced."""
    return code[:-1] + ("1" if code[-1] != "1" else "2")


def five(penalty) -> list[dict[str, str]]:
    """Row 2 right, 3 to 6 with defects: a code and a date, a missing field, a copied code, a formula."""
    name = {"CF_XDR_MC": "示例甲乙有限公司", "CF_XDR_SHXYM": GOOD}
    return [
        penalty(**name, CF_WSH="潼示罚〔2026〕21号"),
        penalty(**{**name, "CF_XDR_SHXYM": wrong(GOOD)}, CF_WSH="潼示罚〔2026〕22号", CF_GSJZQ="二月三十"),
        penalty(**name, CF_WSH="潼示罚〔2026〕23号", CF_SY="", CF_NR="-罚款\n两千元, “整”"),
        penalty(CF_XDR_MC="示例丙丁有限公司", CF_XDR_SHXYM=GOOD, CF_WSH="潼示罚〔2026〕24号"),
        penalty(**name, CF_WSH='=cmd|" /C calc"!A0', CF_CFLB="罚钱", 自有编号="+A-1"),
    ]


@pytest.fixture
def first(district, penalty, write_csv):
    return district.intake(write_csv(five(penalty)), "XZCF", at=AT)


@pytest.fixture
def returned(district, first, tmp_path):
    """Write the rejects of `first` (or another submission)."""

    def write(name: str, submission: int = 0, **options) -> Path:
        path = tmp_path / name
        with district.connect(autocommit=False) as c:
            rejects(c, submission or first.submission, district.book, path, **{"day": DAY, **options})
        return path

    return write


def table(path: Path) -> list[list[str]]:
    with open(path, encoding="utf-8-sig", newline="") as f:
        return list(csv.reader(f))


def records(path: Path) -> list[dict[str, str]]:
    head, *rows = table(path)
    return [dict(zip(head, r, strict=True)) for r in rows]


def mend(row: dict[str, str]) -> dict[str, str]:
    number = row["CF_WSH"][-3:-1] if row["CF_WSH"].startswith("潼") else "25"
    if number == "24":
        row["CF_XDR_SHXYM"] = OTHER
    else:
        row["CF_XDR_SHXYM"] = GOOD
    return row | {
        "CF_GSJZQ": "",
        "CF_SY": "经查属实",
        "CF_CFLB": "罚款",
        "CF_WSH": f"潼示罚〔2026〕{number}号",
    }


def test_intake_takes_one_row_returns_three_and_holds_one(first):
    assert (first.rows, first.new, first.rejected, first.held) == (5, 1, 3, 1)


def test_the_first_columns_are_ours_and_the_department_s_follow_as_handed_in(first, returned, penalty):
    head, *rows = table(returned("r.csv"))
    assert tuple(head[:7]) == REJECT_COLUMNS
    assert head[7:] == [*penalty(), "CF_GSJZQ", "自有编号"]
    assert [r[:2] for r in rows] == [["3", "退回"], ["4", "退回"], ["5", "待核"], ["6", "退回"]]
    assert {r[6] for r in rows} == {str(first.submission)}


def test_the_line_is_the_one_a_spreadsheet_shows_after_a_cell_with_a_line_break(returned):
    """A cell of row 4 holds a line break; a spreadsheet shows the next row as 5."""
    rows = records(returned("r.csv"))
    assert [r["行号"] for r in rows] == ["3", "4", "5", "6"]


def test_a_file_for_spreadsheets_begins_with_a_byte_order_mark(returned):
    assert returned("r.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_several_problems_of_a_row_stand_in_the_same_order_in_every_column(returned):
    row = records(returned("r.csv"))[0]
    parts = {k: row[k].split("；") for k in ("字段", "规则", "问题", "建议")}
    assert parts["规则"] == ["uscc_check_digit", "bad_date"]
    assert parts["字段"] == ["行政相对人代码_1(统一社会信用代码)", "公示截止期"]
    assert {len(p) for p in parts.values()} == {2}


def test_a_wrong_code_comes_with_the_one_of_the_same_name_first(returned):
    advice = records(returned("r.csv"))[0]["建议"]
    assert f"可能是：{GOOD}（与档案中同名主体一致）" in advice


def test_a_subject_learnt_after_the_submission_is_not_named(returned, district, penalty, write_csv):
    before = returned("a.csv").read_bytes()
    other = records(returned("a.csv"))[0]["建议"].split("、")[1][:18]
    late = penalty(CF_XDR_MC="示例甲乙有限公司", CF_XDR_SHXYM=other)
    assert district.intake(write_csv([late], "late.csv"), "XZCF", at=AT).new == 1
    assert returned("b.csv").read_bytes() == before


def test_warnings_of_a_returned_row_follow_its_errors(district, returned, penalty, write_csv):
    path = write_csv([penalty(CF_XDR_SHXYM=GOOD.lower(), CF_SY="")], "w.csv")
    [row] = records(returned("w_r.csv", district.intake(path, "XZCF", at=AT).submission))
    assert row["规则"].split("；") == ["required", "uscc_normalized_case"]
    assert row["问题"].split("；")[1] == "提示：小写字母已转为大写"


def test_a_suggestion_of_two_clauses_is_still_one_part(district, returned, penalty, write_csv):
    path = write_csv([penalty(CF_XDR_SHXYM="I" + GOOD[1:], CF_SY="")], "w.csv")
    [row] = records(returned("w_r.csv", district.intake(path, "XZCF", at=AT).submission))
    assert row["规则"].split("；") == ["uscc_alphabet", "required"]
    assert len(row["建议"].split("；")) == 2


def test_cells_that_begin_a_formula_are_escaped(returned):
    rows = records(returned("r.csv"))
    assert rows[3]["CF_WSH"] == "'" + '=cmd|" /C calc"!A0'
    assert rows[3]["自有编号"] == "'+A-1"
    assert rows[1]["CF_NR"] == "'-罚款\n两千元, “整”"


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_reading_takes_the_apostrophe_off_again(cell):
    from xinyong.collection.reading.source import unescaped

    assert escaped(cell) == "'" + cell
    assert unescaped(escaped(cell)) == cell


def test_the_file_is_for_its_owner_only_and_nothing_is_left_beside_it(returned):
    path = returned("r.xlsx")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir() if p.name.startswith(".")] == []
    assert list(home.folder("tmp").iterdir()) == []


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_same_submission_gives_the_same_bytes(returned, suffix):
    assert returned(f"a.{suffix}").read_bytes() == returned(f"b.{suffix}").read_bytes()


# round trips


def mended_csv(path: Path) -> Path:
    rows = [mend(r) for r in records(path)]
    with open(path, "w", newline="", encoding="utf-8-sig") as f:
        out = csv.DictWriter(f, rows[0])
        out.writeheader()
        out.writerows(rows)
    return path


def mended_xlsx(path: Path) -> Path:
    book = openpyxl.load_workbook(path)
    sheet = book["退回与待核"]
    head = [c.value for c in sheet[1]]
    for cells in sheet.iter_rows(min_row=2):
        row = mend({h: c.value or "" for h, c in zip(head, cells, strict=True)})
        for h, c in zip(head, cells, strict=True):
            c.value = row[h] or None
    book.save(path)
    return path


@pytest.mark.parametrize("mended", [mended_csv, mended_xlsx])
def test_a_mended_rejects_file_is_taken_whole_and_closes_every_row(district, first, returned, mended):
    path = mended(returned("r" + mended.__name__.replace("mended_", ".")))
    second = district.intake(path, "XZCF", at=AT)
    assert (second.rows, second.new, second.rejected, second.held) == (4, 4, 0, 0)
    assert second.follows == first.submission
    assert "办结其中 4 行" in "".join(second.notes)
    assert waiting(district.connect(), first.submission) == []
    closures = (
        district.owner().execute("SELECT line, closed_by, outcome FROM closure ORDER BY line").fetchall()
    )
    assert closures == [(n, second.submission, "n") for n in (3, 4, 5, 6)]
    assert district.one("SELECT count(*) FROM record_version") == 5


@pytest.mark.parametrize("mended", [mended_csv, mended_xlsx])
def test_what_was_escaped_is_read_as_it_was(district, returned, mended):
    district.intake(mended(returned("r" + mended.__name__.replace("mended_", "."))), "XZCF", at=AT)
    values = district.archive(GOOD).records
    assert "-罚款\n两千元, “整”" in {r["fields"]["处罚内容"] for r in values}


def test_a_rejects_file_handed_in_unmended_comes_back_with_its_own_lines(district, first, returned):
    second = district.intake(returned("r.csv"), "XZCF", at=AT)
    assert (second.rows, second.rejected, second.held) == (4, 3, 1)
    again = table(returned("again.csv", second.submission))
    assert again[0] == table(returned("r.csv"))[0]
    assert [r[0] for r in again[1:]] == ["2", "3", "4", "5"]
    assert [r[7:] for r in again[1:]] == [r[7:] for r in table(returned("r.csv"))[1:]]


def test_what_waits_is_named_with_line_result_and_rules(district, first):
    rows = waiting(district.connect(), first.submission)
    assert [(r.line, r.result) for r in rows] == [(3, "退回"), (4, "退回"), (5, "待核"), (6, "退回")]
    assert rows[0].rules == ("uscc_check_digit", "bad_date")
    assert rows[2].rules == ("R14_name_code",)


def test_a_row_mended_in_part_leaves_the_others_waiting(district, first, returned):
    path = mended_csv(returned("r.csv"))
    lines = path.read_text("utf-8-sig").splitlines(keepends=True)
    path.write_text("".join(lines[:2]), "utf-8-sig")
    district.intake(path, "XZCF", at=AT)
    assert [r.line for r in waiting(district.connect(), first.submission)] == [4, 5, 6]


def test_rows_wait_again_when_the_submission_that_closed_them_is_undone(district, first, returned):
    from xinyong.collection.undo import undo
    from xinyong.foundation.audit import Who

    second = district.intake(mended_csv(returned("r.csv")), "XZCF", at=AT)
    undo(district.connect(autocommit=False), second.submission, "交错了文件", Who("示例", "center"), AT)
    assert len(waiting(district.connect(), first.submission)) == 4


# workbooks


def test_the_workbook_was_created_when_the_file_came_in(returned):
    assert openpyxl.load_workbook(returned("r.xlsx")).properties.created == datetime(2026, 11, 23, 2, 0)


def test_the_workbook_colours_what_is_wrong_and_what_is_held(returned):
    sheet = openpyxl.load_workbook(returned("r.xlsx"))["退回与待核"]
    head = [c.value for c in sheet[1]]

    def colour(row: int, name: str) -> str:
        return sheet.cell(row, head.index(name) + 1).fill.fgColor.rgb

    assert sheet.freeze_panes == "C2"
    assert colour(2, "CF_XDR_SHXYM") == colour(2, "CF_GSJZQ") == "FFFFC7CE"
    assert colour(4, "CF_XDR_MC") == "FFFFEB9C"
    assert colour(2, "CF_WSH") == "00000000"


def test_every_cell_of_the_workbook_is_text(returned):
    sheet = openpyxl.load_workbook(returned("r.xlsx"))["退回与待核"]
    assert {c.data_type for row in sheet.iter_rows() for c in row if c.value is not None} <= {
        "s",
        "inlineStr",
    }
    assert {c.number_format for row in sheet.iter_rows() for c in row} == {"@"}


def test_warnings_of_rows_that_were_taken_stand_on_the_second_sheet(district, returned, penalty, write_csv):
    loud = penalty(CF_NR_FK="5000", CF_WSH="潼示罚〔2026〕31号")
    receipt = district.intake(write_csv([loud, *five(penalty)[1:2]], "loud.csv"), "XZCF", at=AT)
    book = openpyxl.load_workbook(returned("w.xlsx", receipt.submission))
    assert book.sheetnames == ["退回与待核", "提示"]
    rows = [[c.value for c in r] for r in book["提示"].iter_rows()]
    assert rows[0] == ["行号", "字段", "规则", "提示", "建议"]
    assert ["2", "罚款金额（万元）", "R09_fine_in_yuan"] in [r[:3] for r in rows]
    assert {r[0] for r in rows[1:]} == {"2"}


def test_sheets_with_other_headers_share_one_table_and_say_which_sheet(district, returned, penalty, tmp_path):
    book = openpyxl.Workbook()
    left, right = book.active, book.create_sheet("乡镇")
    bad = five(penalty)[1]
    left.append(list(bad))
    left.append(list(bad.values()))
    right.append(["一季度报送"])
    right.append(["镇内编号", *reversed(bad)])
    right.append(["甲-1", *reversed({**bad, "CF_WSH": "潼示罚〔2026〕41号"}.values())])
    book.save(tmp_path / "two.xlsx")
    receipt = district.intake(tmp_path / "two.xlsx", "XZCF", at=AT)
    rows = records(returned("two.csv", receipt.submission))
    assert [(r["行号"], r["CF_WSH"]) for r in rows] == [("2", bad["CF_WSH"]), ("3", "潼示罚〔2026〕41号")]
    assert [r["镇内编号"] for r in rows] == ["", "甲-1"]
    assert "【工作表“乡镇”】" in rows[1]["问题"]


def workbook(path: Path, **sheets: list[dict[str, str]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for cells in (list(rows[0]), *(list(r.values()) for r in rows)):
            page.append(cells)
    book.save(path)
    return path


def test_the_rows_of_a_workbook_are_closed_by_its_mended_rejects(district, returned, penalty, tmp_path):
    rows = [penalty(CF_SY=""), penalty(CF_WSH="潼示罚〔2026〕72号", CF_YJ="")]
    receipt = district.intake(workbook(tmp_path / "one.xlsx", 处罚=rows), "XZCF", at=AT)
    assert [(w.sheet, w.line) for w in waiting(district.connect(), receipt.submission)] == [
        ("处罚", 2),
        ("处罚", 3),
    ]
    path = returned("one_r.csv", receipt.submission)
    path.write_text(path.read_text("utf-8-sig").replace(",,", ",经查,", 2), "utf-8-sig")
    assert district.intake(path, "XZCF", at=AT).new == 2
    assert waiting(district.connect(), receipt.submission) == []


def test_a_line_that_waits_on_two_sheets_is_not_closed_by_halves(district, returned, penalty, tmp_path):
    """The rejects file has no place for the sheet, so a closure of such a line does not say which."""
    sheets = {"甲": [penalty(CF_SY="")], "乙": [penalty(CF_WSH="潼示罚〔2026〕73号", CF_SY="")]}
    receipt = district.intake(workbook(tmp_path / "two.xlsx", **sheets), "XZCF", at=AT)
    path = returned("two_r.csv", receipt.submission)
    head, first, *_ = path.read_text("utf-8-sig").splitlines(keepends=True)
    path.write_text(head + first.replace(",,", ",经查,", 1), "utf-8-sig")
    assert district.intake(path, "XZCF", at=AT).new == 1
    assert [w.sheet for w in waiting(district.connect(), receipt.submission)] == ["甲", "乙"]


def test_a_column_the_file_lacks_is_asked_for(district, returned, penalty, write_csv):
    row = penalty(CF_WSH="潼示罚〔2026〕51号")
    del row["CF_SJLY"]
    receipt = district.intake(write_csv([row], "short.csv"), "XZCF", at=AT)
    [row] = records(returned("short_r.csv", receipt.submission))
    assert "原文件没有“数据来源单位”列，请在表末增加" in row["建议"]


def test_a_row_that_may_be_a_correction_says_how_to_mark_it(district, returned, penalty, write_csv):
    district.intake(write_csv([penalty()], "a.csv"), "XZCF", at=AT)
    moved = penalty(CF_JDRQ="2026-11-19")
    receipt = district.intake(write_csv([moved], "b.csv"), "XZCF", at=AT)
    [row] = records(returned("moved.csv", receipt.submission))
    assert (row["结果"], row["字段"], row["规则"]) == ("待核", "行政处罚决定书文号", "correction_of")
    assert "原文件没有“操作”“原记录号”列，请在表末增加" in row["建议"]


# refusals


def test_without_its_original_the_list_of_problems_can_still_be_had(district, first, returned, tmp_path):
    district.owner().execute("UPDATE vault_object SET wrapped_key = ''::bytea")
    with pytest.raises(Refused, match="已依规删除.*不含原始单元格的问题清单"):
        returned("r.csv")
    assert not (tmp_path / "r.csv").exists()
    rows = table(returned("r.csv", cells=False))
    assert tuple(rows[0]) == REJECT_COLUMNS
    assert [r[:2] for r in rows[1:]] == [["3", "退回"], ["4", "退回"], ["5", "待核"], ["6", "退回"]]


def test_an_original_whose_retention_has_ended_is_not_read(returned):
    with pytest.raises(Refused, match="保存期已满"):
        returned("r.csv", day=date(2040, 1, 1))


def test_a_row_that_was_erased_is_told_without_its_cells(district, first, returned, tmp_path):
    """The erasure left the physical lines of the row empty."""
    path = tmp_path / "file.csv"
    lines = path.read_bytes().split(b"\n")
    lines[2] = b"\r"
    path.write_bytes(b"\n".join(lines))
    from xinyong.foundation import vault

    stored = vault.store(path, vault.digest(path)[0], first.submission)
    c = district.owner()
    c.execute("UPDATE vault_object SET name = %s, wrapped_key = %b", [stored.name, stored.wrapped_key])
    c.execute("UPDATE submission SET vault_name = %s", [stored.name])
    with pytest.raises(Fault, match="找不到第 3 行"):
        returned("r.csv")
    c.execute(
        "INSERT INTO erasure (at, actor, target, rule, instrument, article, detail)"
        " VALUES (now(), '示例', 'record:x', 'r', 'i', 'a', jsonb_build_object('rewritten', jsonb_build_array(%s::int)))",
        [first.submission],
    )
    rows = table(returned("r.csv"))
    assert rows[1][:2] == ["3", "退回"] and rows[1][4] == "原始行已依规删除" and rows[1][7:] == []
    assert [r[0] for r in rows[2:]] == ["4", "5", "6"] and all(r[7:] for r in rows[2:])


def test_another_suffix_is_refused(returned):
    with pytest.raises(Refused, match=".csv 或 .xlsx"):
        returned("r.doc")


def test_a_folder_that_cannot_be_written_is_refused(returned):
    with pytest.raises(Refused, match="写不了"):
        returned("no/such/folder.csv")


def test_a_list_that_does_not_add_up_is_not_written(district, first, returned, tmp_path):
    district.owner().execute("UPDATE submission SET rejected = rejected + 1")
    with pytest.raises(Fault, match="明细却有 4 行"):
        returned("r.csv")
    assert not (tmp_path / "r.csv").exists()


def test_large_returns_are_the_same_whatever_the_chunk(returned, monkeypatch):
    whole = returned("a.csv").read_bytes()
    monkeypatch.setattr(module, "CHUNK", 1)
    assert returned("b.csv").read_bytes() == whole


def test_a_cell_longer_than_a_spreadsheet_keeps_is_cut_but_stays_too_long(
    district, returned, penalty, write_csv
):
    row = penalty(CF_SY="长" * 40_000, CF_WSH="潼示罚〔2026〕61号")
    receipt = district.intake(write_csv([row], "long.csv"), "XZCF", at=AT)
    path = returned("long.xlsx", receipt.submission)
    assert district.intake(path, "XZCF", at=AT).rules == {"too_long": 1}


def test_nobody_else_may_read_what_is_being_written(monkeypatch, tmp_path):
    from xinyong.collection.rejects_files import draft_of

    old = os.umask(0)
    try:
        with draft_of(tmp_path / "x.csv") as draft:
            assert stat.S_IMODE(draft.stat().st_mode) == 0o600
    finally:
        os.umask(old)
