"""Files that can't be taken: each is refused with a sentence that says what, where and what to do next."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest
from reading_files import HEAD, NAMES, PERMIT, ROW, Limits, file_of, frame_of, opened, refusal

from xinyong.collection.reading import counting

TITLES = {"行政许可": PERMIT}


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n \n", b"\xff\xfe"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(file_of(tmp_path, content)).code == "reading.empty"


@pytest.mark.parametrize("content", [HEAD, HEAD.strip(), HEAD + "\n,,,,,,\n"])
def test_a_file_with_a_header_only_is_refused_and_points_to_the_nil_return(
    tmp_path: Path, content: str
) -> None:
    error = refusal(file_of(tmp_path, content))
    assert error.code == "reading.no_rows" and "零报告" in error.sentence


def test_a_file_without_known_columns_is_refused_with_the_names_that_are_known(tmp_path: Path) -> None:
    error = refusal(file_of(tmp_path, "甲,乙,丙\n1,2,3\n"))
    assert error.code == "reading.no_header"
    assert "甲、乙、丙" in error.sentence and "统一社会信用代码" in error.sentence


def test_one_known_column_among_many_is_too_little(tmp_path: Path) -> None:
    assert refusal(file_of(tmp_path, "甲,备注,丙\n1,2,3\n")).code == "reading.no_header"


def test_a_file_of_another_item_is_refused_with_the_items_name(tmp_path: Path) -> None:
    error = refusal(file_of(tmp_path, ",".join(PERMIT) + "\na,b,c,d,e,f,g\n"))
    assert error.code == "reading.other_item" and "这像是《行政许可》的文件" in error.sentence
    only_theirs = "许可编号,许可类别,许可内容,有效期自,有效期至\na,b,c,d,e\n"
    assert refusal(file_of(tmp_path, only_theirs)).code == "reading.other_item"


def test_a_file_of_this_item_with_a_few_columns_of_another_is_taken(tmp_path: Path) -> None:
    assert frame_of(file_of(tmp_path, HEAD.strip() + ",许可编号\n" + ROW.strip() + ",x\n")).height == 1


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n%abc",
        b"\x89PNG\r\n\x1a\n\0\0",
        b"MZ\x90\0",
        b"\x7fELF",
        gzip.compress(b"x", mtime=0),
        b"Rar!\x1a\x07",
    ],
)
def test_a_binary_named_csv_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(file_of(tmp_path, content)).code == "reading.binary"


@pytest.mark.parametrize("content", ["<html><table>", "\ufeff<?xml version='1.0'?>", "\n<!DOCTYPE html>"])
def test_a_web_page_named_csv_is_refused(tmp_path: Path, content: str) -> None:
    assert refusal(file_of(tmp_path, content)).code == "reading.markup"


def test_two_header_candidates_are_refused_with_both_lines(tmp_path: Path) -> None:
    swapped = ",".join(reversed(NAMES)) + "\n"
    error = refusal(file_of(tmp_path, "标题\n" + HEAD + swapped + ROW))
    assert error.code == "reading.two_headers"
    assert "第 2 行和第 3 行" in error.sentence


def test_a_column_twice_is_refused_with_both_names(tmp_path: Path) -> None:
    error = refusal(file_of(tmp_path, HEAD.strip() + ",罚款金额(万元)*\n" + ROW.strip() + ",1\n"))
    assert error.code == "reading.column_twice"
    assert "第 5 列“罚款金额（万元）”和第 8 列“罚款金额(万元)*”" in error.sentence


@pytest.mark.parametrize("first", [HEAD.strip(), "甲,乙"])
def test_a_thousand_columns_are_refused(tmp_path: Path, first: str) -> None:
    header = ",".join([first, *(f"列{i}" for i in range(1000))])
    error = refusal(file_of(tmp_path, header + "\n" + ROW))
    assert error.code == "reading.too_many_columns" and "300 列" in error.sentence


def test_a_nul_byte_is_refused_with_its_line(tmp_path: Path) -> None:
    for place in (1, 40_000):
        text = HEAD + ROW * place + ROW.replace("无", "有\0无") + ROW
        error = refusal(file_of(tmp_path, text))
        assert error.code == "reading.nul" and f"第 {place + 2} 行" in error.sentence


@pytest.mark.parametrize("place", [0, 3, 30_000])
@pytest.mark.parametrize("rest, odd", [("utf-8", "gb18030"), ("gb18030", "utf-8")])
def test_mixed_encodings_are_refused_with_the_first_odd_line(
    tmp_path: Path, place: int, rest: str, odd: str
) -> None:
    content = (HEAD + ROW * place).encode(rest) + ROW.encode(odd) + (ROW * 50).encode(rest)
    error = refusal(file_of(tmp_path, content))
    assert error.code == "reading.mixed_encoding"
    assert f"第 {place + 2} 行" in error.sentence


def test_a_utf8_line_that_gb18030_could_read_as_well_is_found_all_the_same(tmp_path: Path) -> None:
    odd = "示例建材,91,渝罚字号1,罚款,1,2026,备注\n".encode()
    assert "示例" not in odd.decode("gb18030"), "read without complaint, and garbled"
    error = refusal(file_of(tmp_path, (HEAD + ROW * 2).encode("gb18030") + odd))
    assert error.code == "reading.mixed_encoding" and "第 4 行" in error.sentence


def test_bytes_of_no_encoding_are_refused_with_their_line(tmp_path: Path) -> None:
    content = (HEAD + ROW).encode("gb18030") + b"a,\xff\xff,c\n"
    assert "第 3 行" in refusal(file_of(tmp_path, content)).sentence


def test_a_file_cut_off_within_a_character_is_refused(tmp_path: Path) -> None:
    content = (HEAD + ROW * 3 + "示例甲,示").encode()[:-1]
    assert refusal(file_of(tmp_path, content)).code == "reading.mixed_encoding"


@pytest.mark.parametrize("piece", [100, 1 << 19])
@pytest.mark.parametrize("after", [0, 1, 2, 50])
def test_a_stray_quote_is_refused_with_the_line_where_it_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int, after: int
) -> None:
    monkeypatch.setattr(counting, "PIECE", piece)
    stray = ROW.replace("示例建材", '"示例建材')
    error = refusal(file_of(tmp_path, HEAD + ROW * 4 + stray + ROW * after))
    assert error.code == "reading.stray_quote" and "第 6 行" in error.sentence


def test_two_stray_quotes_do_not_hide_each_other(tmp_path: Path) -> None:
    stray = ROW.replace("示例建材", '"示例建材')
    for between in (0, 1, 5):
        text = HEAD + ROW + stray + ROW * between + stray + ROW
        assert "第 3 行" in refusal(file_of(tmp_path, text)).sentence


def test_a_stray_quote_early_in_a_large_file_is_found_at_once(tmp_path: Path) -> None:
    text = HEAD + ROW.replace("罚款", '"罚款') + ROW * 100_000
    assert refusal(file_of(tmp_path, text)).code == "reading.stray_quote"


def test_a_cell_of_several_lines_with_commas_is_no_stray_quote(tmp_path: Path) -> None:
    text = HEAD + ROW.replace("无", '"一,二\n三,四,五\n\n六"') + ROW
    assert frame_of(file_of(tmp_path, text))["_line"].to_list() == [2, 3]


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_cell_over_the_limit_is_refused_with_line_and_column(tmp_path: Path, quote: str) -> None:
    long = quote + "长" * 100_001 + quote
    error = refusal(file_of(tmp_path, HEAD + ROW + ROW.replace("罚款", long)))
    assert error.code == "reading.cell_too_long" and "第 3 行第 4 列" in error.sentence
    fits = HEAD + ROW.replace("罚款", quote + "长" * 100_000 + quote)
    assert frame_of(file_of(tmp_path, fits))["kind"].str.len_chars().item() == 100_000


def test_a_row_over_the_limit_is_refused_though_each_cell_is_within_it(tmp_path: Path) -> None:
    row = ",".join(["x" * 900] * 7) + "\n"
    error = refusal(file_of(tmp_path, HEAD + ROW + row * 2), limits=Limits(max_record=5000, max_cell=1000))
    assert error.code == "reading.record_too_long" and "第 3 行" in error.sentence


MEASURED = """
import resource, sys, time
from pathlib import Path
sys.path.insert(0, {folder!r})
from reading_files import refusal
start, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
error = refusal(Path({path!r}))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert error.code == {code!r}, error.sentence
assert {where!r} in error.sentence, error.sentence
assert after - before < {megabytes} * 1024, (before, after)
assert time.process_time() - start < 10
"""


def refused_in_a_process_of_its_own(path: Path, code: str, where: str, megabytes: int) -> None:
    """Refused, with at most so much more memory than the interpreter had before."""
    script = MEASURED.format(
        folder=str(Path(__file__).parent), path=str(path), code=code, where=where, megabytes=megabytes
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("where, before", [("第 3 行第 2 列", HEAD + ROW + "示例甲,"), ("第 1 行", "")])
def test_ten_million_characters_in_a_cell_take_little_memory(tmp_path: Path, where: str, before: str) -> None:
    path = file_of(tmp_path, before + "长" * 10_000_000 + ",罚款\n" + ROW)
    refused_in_a_process_of_its_own(path, "reading.cell_too_long", where, megabytes=100)


def test_no_such_file_a_directory_and_an_unreadable_file_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "没有.csv").code == "reading.no_such_file"
    assert refusal(tmp_path).code == "reading.directory"
    path = file_of(tmp_path, HEAD + ROW)
    path.chmod(0)
    if os.geteuid() == 0:  # root reads everything: a file below a file stands in for it
        path = path / "x"
    assert refusal(path).code == "reading.unreadable"


def test_broken_utf16_is_refused(tmp_path: Path) -> None:
    content = (HEAD + ROW).encode("utf-16") + b"\x00\xd8"
    assert refusal(file_of(tmp_path, content)).code == "reading.broken_utf16"


def test_a_json_array_is_refused(tmp_path: Path) -> None:
    assert refusal(file_of(tmp_path, '[{"name": "x"}]')).code == "reading.json_array"


def test_a_refused_file_is_closed_again(tmp_path: Path) -> None:
    path = file_of(tmp_path, HEAD)
    refusal(path)
    links = [
        os.readlink(f"/proc/self/fd/{fd}")
        for fd in os.listdir("/proc/self/fd")
        if os.path.lexists(f"/proc/self/fd/{fd}")
    ]
    assert str(path) not in links


def test_two_ways_of_counting_that_differ_stop_the_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinyong.collection.reading.csv import CsvSource
    from xinyong.kernel.errors import Fault

    with opened(file_of(tmp_path, HEAD + ROW * 3)) as source:
        assert isinstance(source, CsvSource)
        whole = source._bytes
        monkeypatch.setattr(source, "_bytes", lambda pieces: whole(pieces)[: -len(ROW.encode())])
        with pytest.raises(Fault, match="两种读法"):
            list(source.batches())
