"""A kept CSV file without one record, held against Python's csv module."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from xinyong.catalog.loading import load_rulebook
from xinyong.collection import door, rewriting
from xinyong.kernel.errors import Refused

BOOK = load_rulebook()
DAY = date(2026, 11, 22)
HEAD = ["CF_XDR_MC", "CF_XDR_SHXYM", "CF_WSH", "CF_SY", "CF_JDRQ"]
cells = st.text(st.sampled_from(list('示a,;" \n')), max_size=6).map(lambda t: "例" + t)
tables = st.lists(st.lists(cells, min_size=5, max_size=5), min_size=2, max_size=6)


def original():
    return rewriting.Original(1, "", b"", BOOK.item("XZCF", DAY), "增量", DAY)


def written(rows, separator, end, encoding):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator=end).writerows([HEAD, *rows])
    return out.getvalue().encode(encoding)


def records(data, separator, encoding):
    """(row as a spreadsheet counts, cells) of each row that is not blank, by the csv module."""
    text = io.StringIO(data.decode(encoding), newline="")
    return [(n, row) for n, row in enumerate(csv.reader(text, delimiter=separator), 1) if row]


def let_in(path):
    """A cell may look like rows of its own after a stray quote; such a file is refused at the door and never kept."""
    try:
        with door.open_file(path, BOOK.item("XZCF", DAY), BOOK, DAY) as source:
            return source.independent_count() > 0
    except Refused:
        return False


@given(
    tables,
    st.data(),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "gb18030"]),
)
def test_all_other_rows_stand_where_they_stood(tmp_path_factory, rows, data, separator, end, encoding):
    folder = tmp_path_factory.mktemp("f")
    content = written(rows, separator, end, encoding)
    (folder / "a.csv").write_bytes(content)
    assume(let_in(folder / "a.csv"))
    before = records(content, separator, encoding)
    gone = data.draw(st.sampled_from(before[1:]))[0]
    with rewriting.without(folder / "a.csv", original(), {gone}, BOOK) as target:
        assert target is not None
        after = target.read_bytes()
    assert records(after, separator, encoding) == [r for r in before if r[0] != gone]
    assert list(folder.iterdir()) == [folder / "a.csv"]


def test_a_record_across_two_blocks_is_found(tmp_path, monkeypatch):
    rows = [["示例", "x", str(n), "甲\n乙" * 20, "z"] for n in range(200)]
    (tmp_path / "a.csv").write_bytes(written(rows, ",", "\n", "utf-8"))
    monkeypatch.setattr(rewriting.vault, "CHUNK", 1000)
    before = records((tmp_path / "a.csv").read_bytes(), ",", "utf-8")
    gone = {before[50][0], before[51][0], before[150][0]}
    with rewriting.without(tmp_path / "a.csv", original(), gone, BOOK) as target:
        after = records(target.read_bytes(), ",", "utf-8")
    assert after == [r for r in before if r[0] not in gone]


@pytest.mark.parametrize("lines", [{99}, {1}, {2, 99}])
def test_where_a_row_is_not_found_nothing_is_rewritten(tmp_path, lines):
    """Row 1 is the header. The caller then destroys the whole file's key: rather too much than too little."""
    rows = [["示例", "x", "1", "甲\n乙", "z"], ["示例", "x", "2", "甲", "z"]]
    (tmp_path / "a.csv").write_bytes(written(rows, ",", "\n", "utf-8"))
    with rewriting.without(tmp_path / "a.csv", original(), lines, BOOK) as target:
        assert target is None


def test_a_file_in_utf_16_is_not_rewritten(tmp_path):
    rows = [["示例", "x", str(n), "甲", "z"] for n in (1, 2)]
    (tmp_path / "a.csv").write_bytes(written(rows, ",", "\n", "utf-16"))
    with rewriting.without(tmp_path / "a.csv", original(), {2}, BOOK) as target:
        assert target is None


def test_a_title_of_two_lines_behind_a_byte_order_mark_counts_as_one_row(tmp_path):
    rows = [["示例", "x", str(n), "甲", "z"] for n in (1, 2)]
    content = '\ufeff"示例\n标题",,,,\n'.encode() + written(rows, ",", "\n", "utf-8")
    (tmp_path / "a.csv").write_bytes(content)
    with rewriting.without(tmp_path / "a.csv", original(), {3}, BOOK) as target:
        assert target.read_bytes() == content.replace("示例,x,1,甲,z".encode(), b"")
