"""Reading of workbooks: real cells as text, sheets chosen, rows counted twice; hostile ones refused unopened."""

from __future__ import annotations

import datetime as dt
import struct
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_files import NAMES, Limits, file_of, frame_of, opened, refusal, workbook_of
from test_reading_bad import refused_in_a_process_of_its_own

HEAD = list(NAMES)
ROW = ["示例建材有限公司", "91500152YY0000001X", "渝罚〔2026〕1号", "罚款", 1.5, dt.date(2026, 3, 5), "无"]


def test_cells_come_as_text_with_the_row_numbers_of_the_sheet(tmp_path: Path) -> None:
    frame = frame_of(workbook_of(tmp_path, {"数据": [HEAD, ROW, [], ROW]}))
    assert frame.columns == ["_line", "_sheet", "_extra_cells", *NAMES.values()]
    assert frame.rows()[1] == (4, "数据", False, *ROW[:4], "1.5", "2026-03-05", "无")


@pytest.mark.parametrize(
    "value, text",
    [
        (5, "5"), (5.0, "5"), (-2.25, "-2.25"), (0.000001, "0.000001"), (46086, "46086"), (123456.123456, "123456.123456"),
        (dt.datetime(2026, 3, 5), "2026-03-05"), (dt.datetime(2026, 3, 5, 10, 30), "2026-03-05 10:30:00"),
        (dt.time(10, 30), "10:30:00"), (True, "true"), ("#N/A", "#N/A"), ("#REF!", "#REF!"), (" 前后 ", " 前后 "),
        ("一\n二", "一\n二"), ("", None), ("'=x", "'=x"), ("0012", "0012"), (123456789012345, "123456789012345"),
    ],
)  # fmt: skip
def test_every_kind_of_cell_has_its_text(tmp_path: Path, value: Any, text: str | None) -> None:
    frame = frame_of(workbook_of(tmp_path, {"数据": [HEAD, [*ROW[:6], value]]}))
    assert frame["remark"].item() == text


@pytest.mark.parametrize("raw", ["9.15001520000000E+17", "915001520000000123", "1E+15"])
def test_a_code_stored_as_a_number_comes_exactly_as_the_file_writes_it(tmp_path: Path, raw: str) -> None:
    path = sheet_of(
        tmp_path, rows_xml(HEAD) + f'<row r="2">{text_cell("A2", "甲")}<c r="B2"><v>{raw}</v></c></row>'
    )
    assert frame_of(path)["uscc"].item() == raw


def test_formulas_give_their_last_value(tmp_path: Path) -> None:
    cells = text_cell("A2", "甲") + '<c r="E2"><f>1+1</f><v>2</v></c><c r="G2" t="str"><f>A2</f><v>甲</v></c>'
    frame = frame_of(sheet_of(tmp_path, rows_xml(HEAD) + f'<row r="2">{cells}</row>'))
    assert (frame["fine"].item(), frame["remark"].item()) == ("2", "甲")


def test_title_rows_merged_cells_and_leading_blank_columns_are_passed_over(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["C2"] = "示例局行政处罚信息汇总表"
    sheet.merge_cells("C2:H2")
    for row, values in enumerate([HEAD, ROW, [*ROW[:6], "#N/A"]], start=5):
        for column, value in enumerate(values, start=3):
            sheet.cell(row, column, value)
    book.save(tmp_path / "a.xlsx")
    with opened(tmp_path / "a.xlsx") as source:
        assert source.headers[0].line == 5
        assert source.headers[0].mapped[2] == "name"
        assert [row[1:] for row in next(source.batches()).select("remark", "_line").rows()] == [(6,), (7,)]
        assert list(source.rows_at({7}))[0][2][2:] == [*ROW[:4], "1.5", "2026-03-05", "#N/A"]


def test_every_sheet_with_a_header_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    notes = [["填报说明"], ["行政相对人名称", "必填", "与营业执照一致"]]
    fewer = [["备注", "统一社会信用代码", "行政相对人名称"], ["x", "9", "示例乙"]]
    path = workbook_of(tmp_path, {"说明": notes, "一月": [HEAD, ROW], "空": [], "二月": fewer})
    with opened(path) as source:
        assert [h.sheet for h in source.headers] == ["一月", "二月"]
        assert source.skipped_sheets == ("说明", "空")
    frame = frame_of(path)
    assert frame["_sheet"].to_list() == ["一月", "二月"]
    assert frame["remark"].to_list() == ["无", "x"] and frame["kind"].to_list() == ["罚款", None]


@pytest.mark.parametrize("header", [["处罚类别", "备注"], ["行政相对人名称", "备注"]])
def test_hidden_lists_behind_drop_downs_are_no_data(tmp_path: Path, header: list[str]) -> None:
    lists = [header, ["警告", "a"], ["罚款", "b"]]
    path = workbook_of(tmp_path, {"数据": [HEAD, ROW], "选项": lists})
    book = openpyxl.load_workbook(path)
    book["选项"].sheet_state = "hidden"
    book.save(path)
    with opened(path) as source:
        assert source.skipped_sheets == ("选项",)
        assert source.independent_count() == 1


def test_a_hidden_sheet_with_all_required_columns_is_data(tmp_path: Path) -> None:
    path = workbook_of(tmp_path, {"数据": [HEAD, ROW], "更多": [HEAD, ROW]})
    book = openpyxl.load_workbook(path)
    book["更多"].sheet_state = "veryHidden"
    book.save(path)
    assert frame_of(path).height == 2


def test_blank_rows_are_no_rows(tmp_path: Path) -> None:
    rows = [HEAD, ROW, [None] * 7, ["", " ", None], ROW]
    assert frame_of(workbook_of(tmp_path, {"数据": rows}))["_line"].to_list() == [2, 5]


def test_rows_of_blank_shared_texts_are_no_rows_to_either_reader(tmp_path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet("数据")
        for number, row in enumerate([HEAD, [" "] * 7, ["\n", "a"], [" ", "\n"]]):
            sheet.write_row(number, 0, row)
    assert frame_of(tmp_path / "a.xlsx")["_line"].to_list() == [3]


def test_cells_beyond_the_header_are_flagged(tmp_path: Path) -> None:
    frame = frame_of(workbook_of(tmp_path, {"数据": [HEAD, ROW, [*ROW, None, "多"]]}))
    assert frame["_extra_cells"].to_list() == [False, True]


def test_a_workbook_named_csv_is_read_as_a_workbook(tmp_path: Path) -> None:
    path = workbook_of(tmp_path, {"数据": [HEAD, ROW]}, name="处罚.csv")
    with opened(path) as source:
        assert source.format == "xlsx"


def test_our_own_rejects_workbook_is_recognised_and_its_warnings_are_passed_over(tmp_path: Path) -> None:
    own = ["行号", "结果", "字段", "规则", "问题", "建议", "原批次"]
    rows = [[*own, *HEAD], [17, "退回", "uscc", "R02", "不符", "核对", "S-1", *ROW[:6], "'=1+1"]]
    path = workbook_of(tmp_path, {"退回与待核": rows, "提示": [[*own, *HEAD], [1] * 14]})
    with opened(path) as source:
        assert source.is_rejects_file and source.linked_submission == "S-1"
        assert source.skipped_sheets == ("提示",)
        frame = next(source.batches())
        assert (frame["_orig_line"].item(), frame["remark"].item()) == (17, "=1+1")
        assert list(source.rows_at({2}))[0][2] == [*ROW[:4], "1.5", "2026-03-05", "=1+1"]


def test_a_sheet_with_prefixed_tags_and_without_references_is_counted_alike(tmp_path: Path) -> None:
    def row(values: list[str]) -> str:
        return "<x:row>" + "".join(f'<x:c t="str"><x:v>{v}</x:v></x:c>' for v in values) + "</x:row>"

    body = f"<x:sheetData>{row(HEAD)}<x:row/>{row(list('abcdefg'))}</x:sheetData>"
    assert frame_of(sheet_of(tmp_path, body, prefix="x:"))["_line"].to_list() == [3]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.lists(
            st.none()
            | st.text(st.sampled_from("示例ab1 \n<&\"'"), max_size=5)
            | st.integers(-(10**14), 10**14),
            min_size=7,
            max_size=7,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_openpyxl_writes_is_read_back_equal(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[Any]]
) -> None:
    path = workbook_of(tmp_path_factory.mktemp("x"), {"数据": [HEAD, *rows, ["末行"]]})
    wanted = [
        (line, *(None if c is None or not str(c).strip() else str(c) for c in row))
        for line, row in enumerate([*rows, ["末行", *[None] * 6]], start=2)
        if any(c is not None and str(c).strip(" \t\r\n") for c in row)
    ]
    assert frame_of(path).drop("_sheet", "_extra_cells").rows() == wanted


# -- refused ----------------------------------------------------------------------------------------------------------

WORKBOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="数据" sheetId="1" r:id="r1"/></sheets></workbook>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>'
)
ROOT = RELATIONS.replace("worksheet", "officeDocument", 1).replace("worksheets/sheet1.xml", "xl/workbook.xml")
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def rows_xml(*rows: list[str]) -> str:
    return "".join(
        f'<row r="{i}">'
        + "".join(text_cell(f"{chr(65 + k)}{i}", text) for k, text in enumerate(row))
        + "</row>"
        for i, row in enumerate(rows, start=1)
    )


def sheet_of(
    tmp_path: Path, body: str, prefix: str = "", extra: dict[str, str] | None = None, before: str = ""
) -> Path:
    """A workbook of one sheet with this XML (rows, or a whole `sheetData` with a prefix)."""
    name = f":{prefix[:-1]}" if prefix else ""
    body = body if prefix else f"<sheetData>{body}</sheetData>"
    sheet = f'{before}<{prefix}worksheet xmlns{name}="{MAIN}">{body}</{prefix}worksheet>'
    path = tmp_path / "roh.xlsx"
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": ROOT,
        "xl/workbook.xml": WORKBOOK,
        "xl/_rels/workbook.xml.rels": RELATIONS,
        "xl/worksheets/sheet1.xml": sheet,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in (parts | (extra or {})).items():
            archive.writestr(part, content)
    return path


DATA = rows_xml(HEAD, list("abcdefg"))


def bomb(tmp_path: Path, megabytes: int, part: str = "xl/worksheets/sheet1.xml") -> Path:
    path = sheet_of(tmp_path, DATA)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(f"{part}.bin", "w") as out:
        for _ in range(megabytes):
            out.write(bytes(1 << 20))
    return path


def test_the_hand_made_workbook_is_good_in_itself(tmp_path: Path) -> None:
    assert frame_of(sheet_of(tmp_path, DATA)).height == 1


def test_a_zip_bomb_of_400_mb_is_refused_without_unpacking_it(tmp_path: Path) -> None:
    path = bomb(tmp_path, 400)
    assert path.stat().st_size < 1 << 20
    refused_in_a_process_of_its_own(path, "reading.workbook_too_big", "300 MB", megabytes=40)


def test_a_zip_bomb_that_declares_a_small_size_is_refused_while_it_unpacks(tmp_path: Path) -> None:
    path = bomb(tmp_path, 400)
    content = path.read_bytes()
    assert content.count(struct.pack("<I", 400 << 20)) >= 1
    path.write_bytes(content.replace(struct.pack("<I", 400 << 20), struct.pack("<I", 1000)))
    refused_in_a_process_of_its_own(path, "reading.hostile_workbook", "超过它声明的大小", megabytes=40)


def test_a_text_of_ten_million_characters_in_a_workbook_is_refused_with_its_place(tmp_path: Path) -> None:
    path = sheet_of(tmp_path, rows_xml(HEAD, ["a", "b"], ["a", "长" * 10_000_000]))
    refused_in_a_process_of_its_own(path, "reading.cell_too_long", "第 3 行第 2 列", megabytes=400)


def test_a_long_text_repeated_until_it_fills_the_memory_is_refused(tmp_path: Path) -> None:
    strings = f'<sst xmlns="{MAIN}"><si><t>{"x" * 90_000}</t></si></sst>'
    cells = "".join(
        f'<row r="{i}">' + "".join(f'<c r="{c}{i}" t="s"><v>0</v></c>' for c in "ABCDEFG") + "</row>"
        for i in range(2, 3000)
    )
    relation = RELATIONS.replace(
        "</Relationships>",
        '<Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" '
        'Target="sharedStrings.xml"/></Relationships>',
    )
    extra = {"xl/sharedStrings.xml": strings, "xl/_rels/workbook.xml.rels": relation}
    path = sheet_of(tmp_path, rows_xml(HEAD) + cells, extra=extra)
    refused_in_a_process_of_its_own(path, "reading.hostile_workbook", "重复引用", megabytes=40)


@pytest.mark.parametrize(
    "body",
    [
        DATA + '<row r="1048576">' + text_cell("A1048576", "x") + "</row>",
        DATA + '<row r="3">' + text_cell("XFD3", "x") + "</row>",
        DATA + '<row r="3">' + text_cell("A1048576", "x") + "</row>",
        DATA + '<row r="3">' + text_cell("xfd3", "x") + "</row>",
        DATA + '<row r="3">' + "<c/>" * 20_000 + text_cell("A3", "x") + "</row>",
        DATA + "<!-- </row> -->",
        DATA + '<row r="3"><c r="A3" t="str"><v><![CDATA[x]]></v></c></row>',
    ],
)
def test_a_sheet_that_would_fill_the_memory_or_shows_two_faces_is_refused(tmp_path: Path, body: str) -> None:
    error = refusal(sheet_of(tmp_path, body))
    assert error.code in {"reading.too_many_rows", "reading.too_many_columns", "reading.hostile_workbook"}


@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
def test_entities_are_refused(tmp_path: Path, charset: str) -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    path = sheet_of(tmp_path, DATA)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/styles.xml", f"{laughs}<styleSheet/>".encode(charset))
    assert refusal(path).code == "reading.hostile_workbook"


@pytest.mark.parametrize("name", ["../x.xml", "/etc/x.xml", "xl\\..\\x.xml", "C:/x.xml"])
def test_parts_that_point_outside_are_refused(tmp_path: Path, name: str) -> None:
    assert refusal(sheet_of(tmp_path, DATA, extra={name: "x"})).code == "reading.hostile_workbook"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_and_too_many_parts_are_refused(tmp_path: Path) -> None:
    path = sheet_of(tmp_path, DATA)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    assert refusal(path).code == "reading.hostile_workbook"
    many = {f"xl/media/{i}": "" for i in range(30)}
    assert refusal(sheet_of(tmp_path, DATA, extra=many), limits=Limits(max_workbook_parts=30)).code == (
        "reading.hostile_workbook"
    )


def test_a_workbook_over_the_row_cap_is_refused_and_pointed_to_csv(tmp_path: Path) -> None:
    error = refusal(workbook_of(tmp_path, {"数据": [HEAD, *[ROW] * 30]}), limits=Limits(max_workbook_rows=20))
    assert error.code == "reading.too_many_rows" and "CSV" in error.sentence
    two = workbook_of(tmp_path, {"一": [HEAD, *[ROW] * 15], "二": [HEAD, *[ROW] * 15]})
    assert refusal(two, limits=Limits(max_workbook_rows=20)).code == "reading.too_many_rows"


@pytest.mark.parametrize("keep", [0.3, 0.8, 0.99])
def test_a_cut_off_workbook_is_refused(tmp_path: Path, keep: float) -> None:
    content = workbook_of(tmp_path, {"数据": [HEAD, *[ROW] * 50]}).read_bytes()
    assert refusal(file_of(tmp_path, content[: int(len(content) * keep)])).code == "reading.broken_workbook"


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_workbook_is_read_right_or_refused(tmp_path: Path, seed: int) -> None:
    """Flipped bytes end in a refusal or in a file that both readers count alike, never in a crash."""
    import random

    from xinyong.kernel.errors import Refused

    content = bytearray(workbook_of(tmp_path, {"数据": [HEAD, *[ROW] * 5]}).read_bytes())
    dice = random.Random(seed)
    for _ in range(5):
        content[dice.randrange(4, len(content))] = dice.randrange(256)
    path = file_of(tmp_path, bytes(content))
    try:
        frame_of(path)
    except Refused as error:
        assert error.code.startswith("reading.")


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"]
)
def test_broken_xml_is_refused(tmp_path: Path, part: str) -> None:
    error = refusal(sheet_of(tmp_path, DATA, extra={part: '<worksheet><sheetData><row r="1"><c'}))
    assert error.code in {"reading.broken_workbook", "reading.empty"}


@pytest.mark.parametrize(
    "extra",
    [
        {"_rels/.rels": ROOT.replace("xl/workbook.xml", "y/workbook.xml"), "y/workbook.xml": WORKBOOK},
        {"XL/WORKSHEETS/SHEET1.XML": "<worksheet/>"},
        {"xl/workbook.xml": WORKBOOK.replace("</sheets>", '<sheet name="数据" sheetId="2" r:id="r1"/></sheets>')},
        {"xl/_rels/workbook.xml.rels": RELATIONS.replace("</Relationships>", '<Relationship Id="r1" Target="x"/></Relationships>')},
    ],
)  # fmt: skip
def test_a_workbook_that_two_readers_would_find_different_sheets_in_is_refused(
    tmp_path: Path, extra: dict[str, str]
) -> None:
    assert refusal(sheet_of(tmp_path, DATA, extra=extra)).code == "reading.hostile_workbook"


def test_other_office_files_are_refused_with_the_way_out(tmp_path: Path) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    assert "另存为 xlsx" in refusal(file_of(tmp_path, ole + bytes(2000), "旧.xls")).sentence
    locked = refusal(file_of(tmp_path, ole + bytes(900) + "EncryptedPackage".encode("utf-16-le")))
    assert locked.code == "reading.encrypted_workbook"
    assert refusal(sheet_of(tmp_path, DATA, extra={"xl/vbaProject.bin": "x"})).code == "reading.macros"
    ods = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}
    assert refusal(sheet_of(tmp_path, DATA, extra=ods)).code == "reading.opendocument"
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("处罚.csv", "x")
    assert refusal(tmp_path / "a.zip").code == "reading.other_archive"


def test_an_empty_workbook_one_without_rows_and_one_without_header_are_refused(tmp_path: Path) -> None:
    assert refusal(workbook_of(tmp_path, {"a": []})).code == "reading.empty"
    assert refusal(workbook_of(tmp_path, {"a": [HEAD]})).code == "reading.no_rows"
    assert refusal(workbook_of(tmp_path, {"a": [["甲", "乙"], ["丙", "丁"]]})).code == "reading.no_header"


def test_two_headers_a_column_twice_and_a_thousand_columns_are_refused(tmp_path: Path) -> None:
    assert refusal(workbook_of(tmp_path, {"a": [HEAD, HEAD[::-1], ROW]})).code == "reading.two_headers"
    assert refusal(workbook_of(tmp_path, {"a": [[*HEAD, "备注*"], ROW]})).code == "reading.column_twice"
    wide = [*HEAD, *(f"列{i}" for i in range(1000))]
    assert refusal(workbook_of(tmp_path, {"a": [wide, ROW]})).code == "reading.too_many_columns"
