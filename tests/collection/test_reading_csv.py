"""Reading of CSV files: every spelling that departments send, with right line numbers and two equal counts."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reading_files import CODES, HEAD, NAMES, ROW, file_of, frame_of, opened, refusal

from xinyong.collection.reading import counting, fold_header
from xinyong.collection.reading.lines import layout
from xinyong.kernel.errors import Refused


def cells(frame: pl.DataFrame) -> list[tuple[str | None, ...]]:
    return frame.select(CODES).rows()


def test_a_plain_file_is_read_with_its_line_numbers(tmp_path: Path) -> None:
    frame = frame_of(file_of(tmp_path, HEAD + ROW * 3))
    assert frame["_line"].to_list() == [2, 3, 4]
    assert frame["_line"].dtype == pl.UInt32
    assert cells(frame)[0] == tuple(ROW.strip().split(","))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encoding_line_end_and_separator_make_no_difference(
    tmp_path: Path, encoding: str, end: str, separator: str
) -> None:
    text = (HEAD + ROW + ROW.replace("无", '"有""话""\n两行"')).replace(",", separator).replace("\n", end)
    bom = b"\xff\xfe" if encoding == "utf-16-le" else b"\xfe\xff" if encoding == "utf-16-be" else b""
    frame = frame_of(file_of(tmp_path, bom + text.encode(encoding)))
    assert frame["_line"].to_list() == [2, 3]
    assert cells(frame)[0] == tuple(ROW.strip().split(","))
    assert cells(frame)[1][-1] == f'有"话"{end}两行'


@pytest.mark.parametrize("headers", [list(NAMES), CODES, [f" *{n}\u3000（必填）" for n in NAMES]])
def test_headers_are_known_in_every_spelling(tmp_path: Path, headers: list[str]) -> None:
    frame = frame_of(file_of(tmp_path, ",".join(headers) + "\n" + ROW))
    assert frame.columns == ["_line", "_extra_cells", "_tidy", *CODES]


def test_title_lines_above_the_header_are_passed_over(tmp_path: Path) -> None:
    titles = "示例局行政处罚信息汇总表,,,,,,\n\n填报日期：2026年3月,,,,,,\n"
    with opened(file_of(tmp_path, titles + HEAD + ROW)) as source:
        assert source.headers[0].line == 4
        assert next(source.batches())["_line"].to_list() == [5]


def test_the_separator_is_the_one_that_makes_most_of_the_header(tmp_path: Path) -> None:
    text = "处罚类别,备注\n" + (HEAD + ROW).replace(",", ";")
    assert frame_of(file_of(tmp_path, text))["_line"].to_list() == [3]


def test_a_header_cell_may_span_lines(tmp_path: Path) -> None:
    head = HEAD.replace("处罚类别", '"处罚\n类别"')
    frame = frame_of(file_of(tmp_path, head + ROW))
    assert (frame["kind"].item(), frame["_line"].item()) == ("罚款", 2)


def test_template_columns_unknown_and_missing_columns_are_told(tmp_path: Path) -> None:
    with opened(
        file_of(tmp_path, "操作,原记录号,行政相对人名称,罚款金额(万元),经办人\n更正,7,示例甲,1,张示例\n")
    ) as s:
        header = s.headers[0]
        assert header.mapped == {0: "_op", 1: "_prior", 2: "name", 3: "fine"}
        assert (header.unknown, header.missing) == (("经办人",), ("uscc",))
        frame = next(s.batches())
    assert frame.columns == ["_line", "_extra_cells", "_tidy", "_op", "_prior", "name", "fine"]


def test_empty_cells_are_null_and_nothing_is_trimmed(tmp_path: Path) -> None:
    frame = frame_of(file_of(tmp_path, HEAD + '" 示例甲 ",,"",x\n'))
    assert cells(frame) == [(" 示例甲 ", None, None, "x", None, None, None)]


def test_blank_lines_are_no_rows_but_count_as_lines(tmp_path: Path) -> None:
    frame = frame_of(file_of(tmp_path, HEAD + "\n" + ROW + '\r\n , ,"",,,,\n' + ROW + "\n\n"))
    assert frame["_line"].to_list() == [3, 6]


def test_a_header_repeated_among_the_data_is_a_row(tmp_path: Path) -> None:
    frame = frame_of(file_of(tmp_path, HEAD + ROW + HEAD + ROW))
    assert frame["name"].to_list()[1] == "行政相对人名称"


def test_a_short_first_row_is_filled_with_nulls(tmp_path: Path) -> None:
    frame = frame_of(file_of(tmp_path, HEAD + "示例甲,1\n" + ROW))
    assert cells(frame)[0] == ("示例甲", "1", None, None, None, None, None)
    assert frame["_extra_cells"].to_list() == [False, False]


@pytest.mark.parametrize("header", [HEAD, HEAD.replace("处罚类别", "不认识的列").replace("备注", "也不认识")])
def test_a_row_with_too_many_cells_is_flagged_and_its_neighbours_are_not(tmp_path: Path, header: str) -> None:
    wide = ROW.replace("罚款", "罚款,警告")
    frame = frame_of(file_of(tmp_path, header + ROW + wide + ROW + "短,1\n"))
    assert frame["_extra_cells"].to_list() == [False, True, False, False]
    assert frame["_line"].to_list() == [2, 3, 4, 5]


def test_empty_cells_at_the_end_of_every_row_are_nothing(tmp_path: Path) -> None:
    frame = frame_of(file_of(tmp_path, HEAD + (ROW.strip() + ",,\n") * 3))
    assert frame["_extra_cells"].to_list() == [False] * 3
    frame = frame_of(file_of(tmp_path, HEAD.strip() + ",,\n" + ROW.strip() + ",,x\n" + ROW))
    assert frame["_extra_cells"].to_list() == [True, False]


@pytest.mark.parametrize(
    ("cell", "value"),
    [('12"管', '12"管'), ('"十佳"企业', "十佳企业"), ('甲"乙"丙', '甲"乙"丙'), (' "x"', ' "x"')],
)
def test_quotes_within_a_cell_are_read_as_pythons_csv_reads_them(
    tmp_path: Path, cell: str, value: str
) -> None:
    frame = frame_of(file_of(tmp_path, HEAD + ROW + ROW.replace("无", cell) + ROW))
    assert frame["remark"].to_list() == ["无", value, "无"]


def test_a_carriage_return_alone_ends_a_line_but_not_within_quotes(tmp_path: Path) -> None:
    text = HEAD + ROW.replace("\n", "\r") + ROW.replace("无", '"有\r无"') + ROW
    frame = frame_of(file_of(tmp_path, text))
    assert frame["_line"].to_list() == [2, 3, 4]
    assert frame["remark"].to_list() == ["无", "有\r无", "无"]


def test_rows_are_given_back_with_all_their_original_cells(tmp_path: Path) -> None:
    text = (
        '经办人,行政相对人名称,统一社会信用代码\n张示例,示例甲,1\n李示例,"示例\n乙",2,多\n\n王示例,示例丙\n'
    )
    for content in (text.encode(), text.encode("gb18030")):
        with opened(file_of(tmp_path, content)) as source:
            assert list(source.rows_at({3, 5, 99})) == [
                (3, None, ["李示例", "示例\n乙", "2", "多"]),
                (5, None, ["王示例", "示例丙", ""]),
            ]


def test_batches_are_at_most_as_long_as_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "PIECE", 1000)
    path = file_of(tmp_path, HEAD + ROW * 500)
    with opened(path) as source:
        heights = [frame.height for frame in source.batches(64)]
    assert max(heights) <= 64 and sum(heights) == 500


def test_our_own_rejects_file_is_recognised(tmp_path: Path) -> None:
    own = "行号,结果,字段,规则,问题,建议,原批次,"
    rows = "17,退回,uscc,R02,校验位不符,请核对,S-1,示例甲,'=1+1\n3,待核,name,R10,不一致,,S-1,'是,''x\n,,,,,,,示例丙,2\n"
    with opened(file_of(tmp_path, own + "行政相对人名称,统一社会信用代码\n" + rows)) as source:
        assert source.is_rejects_file and source.linked_submission == "S-1"
        assert source.headers[0].unknown == ()
        frame = next(source.batches())
        assert frame.columns == ["_line", "_extra_cells", "_tidy", "_orig_line", "name", "uscc"]
        assert frame["_orig_line"].to_list() == [17, 3, None]
        assert frame["uscc"].to_list() == ["=1+1", "''x", "2"]
        assert frame["name"].to_list() == ["示例甲", "'是", "示例丙"]
        assert list(source.rows_at({2})) == [(2, None, ["示例甲", "=1+1"])]
        assert source.headers[0].original_columns == ("行政相对人名称", "统一社会信用代码")


def test_apostrophes_of_other_files_stay(tmp_path: Path) -> None:
    assert frame_of(file_of(tmp_path, HEAD + ROW.replace("无", "'=1")))["remark"].item() == "'=1"


def test_a_rejects_file_of_two_submissions_is_refused(tmp_path: Path) -> None:
    own = "行号,结果,字段,规则,问题,建议,原批次,行政相对人名称,统一社会信用代码\n"
    error = refusal(file_of(tmp_path, own + "1,退回,,,,,S-1,a,b\n2,退回,,,,,S-2,a,b\n"))
    assert error.code == "reading.several_submissions" and "S-1" in error.sentence


TEXT = st.text(st.sampled_from('示例潼南ab1 ;.\'-""\n\r,\u3000𠮷é'), max_size=8)
WIDTH = len(CODES)


def written(rows: list[list[str]], quoting: int, end: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=quoting, lineterminator=end).writerows([list(NAMES), *rows])
    return out.getvalue()


def expected(text: str) -> tuple[list[int], list[tuple[str | None, ...]]]:
    """Rows (numbered as a spreadsheet does) and cells as Python's csv module sees them, blank rows left out."""
    reader = csv.reader(io.StringIO(text, newline=""))
    next(reader)
    numbers, rows = [], []
    for number, row in enumerate(reader, 2):
        if any(row):
            numbers.append(number)
            rows.append(tuple(cell or None for cell in row))
    return numbers, rows


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.lists(TEXT, min_size=WIDTH, max_size=WIDTH), min_size=1, max_size=8),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    piece=st.sampled_from([7, 64, 1 << 19]),
)
def test_what_pythons_csv_module_writes_is_read_back_equal(
    rows: list[list[str]], quoting: int, end: str, encoding: str, piece: int
) -> None:
    assume(not any(line.count(",") >= WIDTH - 1 for row in rows for c in row for line in c.splitlines()))
    text = written(rows, quoting, end)
    lines, wanted = expected(text)
    assume(wanted and all(len(row) == WIDTH and any(c and c.strip(" ") for c in row) for row in wanted))
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "PIECE", piece)
        path = file_of(Path(folder), text.encode(encoding))
        frame = frame_of(path)
        with opened(path) as source:
            again = [(line, tuple(c or None for c in row)) for line, _, row in source.rows_at(set(lines))]
    assert frame["_line"].to_list() == lines
    assert cells(frame) == wanted
    assert again == list(zip(lines, wanted, strict=True))


@settings(max_examples=100, deadline=None)
@given(
    body=st.text(st.sampled_from('ab,,,,,""\n\n\r示 '), max_size=80), piece=st.sampled_from([5, 30, 1 << 19])
)
def test_any_text_is_refused_or_read_as_pythons_csv_module_reads_it(body: str, piece: int) -> None:
    text = HEAD + ROW + body
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "PIECE", piece)
        try:
            frame = frame_of(file_of(Path(folder), text))
        except Refused as error:
            assert error.code == "reading.stray_quote" and '"' in body
            return
    lines, wanted = expected(text)
    read = dict(zip(frame["_line"].to_list(), cells(frame), strict=True))
    for line, row in zip(lines, wanted, strict=True):
        if any(cell and cell.strip(" ") for cell in row):
            assert read.pop(line) == (*row, *[None] * WIDTH)[:WIDTH]
    assert not any(cell and cell.strip(" ") for row in read.values() for cell in row)


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from('ab,,""\n\n\r示'), max_size=40))
def test_lines_and_records_are_those_of_pythons_csv_module(text: str) -> None:
    wanted = [row for row in csv.reader(io.StringIO(text, newline="")) if any(row)]
    block = layout(text.encode(), ord(","))
    assume(block.open_record is None)
    found = [
        counting.cells_of(block.data[block.starts[a] : block.ends[b]].decode(), ord(","))
        for a, b in zip(*block.record_lines(), strict=True)
    ]
    assert block.records == len(wanted)
    assert found == wanted


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30))
def test_folding_a_header_twice_changes_nothing(text: str) -> None:
    assert fold_header(fold_header(text)) == fold_header(text)


@pytest.mark.parametrize(
    "text",
    [
        "处罚类别1",
        " 处罚 类别１（必填）* ",
        "\ufeff处罚类别1",
        "*处罚类别１：",
        "处罚\n类别1【必填】",
        "处罚类别1\u200b",
    ],
)
def test_spellings_of_one_header_fold_alike(text: str) -> None:
    assert fold_header(text) == "处罚类别1"


def test_brackets_and_case_fold() -> None:
    assert fold_header("罚款金额（万元）") == fold_header("罚款金额［万元］") == "罚款金额(万元)"
    assert fold_header("CF_WSH") == "cf_wsh"


def test_memory_stays_flat_as_the_file_grows(tmp_path: Path) -> None:
    import tracemalloc

    peaks = []
    for rows in (20_000, 100_000):
        path = file_of(tmp_path, HEAD + ROW * rows)
        tracemalloc.start()
        with opened(path) as source:
            assert sum(frame.height for frame in source.batches()) == rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 60 << 20
