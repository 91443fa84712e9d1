"""Reading of JSON lines: keys as headers, every literal as it is written, bad lines refused by number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_files import Limits, file_of, frame_of, opened, refusal

FULL = '{"行政相对人名称": "示例甲", "uscc": "9"}\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_keys_are_headers_in_any_spelling_and_may_vary_by_line(
    tmp_path: Path, encoding: str, end: str
) -> None:
    text = FULL + '\n{"罚款金额(万元)": 1.50, "uscc": "8", "经办人": "张示例"}\n'
    path = file_of(tmp_path, text.replace("\n", end).encode(encoding), "处罚.jsonl")
    with opened(path) as source:
        assert source.format == "jsonl"
        assert source.headers[0].columns == ("行政相对人名称", "uscc", "罚款金额(万元)", "经办人")
        assert source.headers[0].unknown == ("经办人",)
    frame = frame_of(path)
    assert frame.drop("_extra_cells").rows() == [(1, "示例甲", "9", None), (3, None, "8", "1.50")]


@pytest.mark.parametrize(
    "literal, text",
    [("1.50", "1.50"), ("915001000000000123", "915001000000000123"), ("1e400", "1e400"), ("-0", "-0"), ("true", "true"),
     ("null", None), ('""', None), ('" x "', " x "), ("0.1000000000000000055", "0.1000000000000000055")],
)  # fmt: skip
def test_values_are_the_text_they_are_written_as(tmp_path: Path, literal: str, text: str | None) -> None:
    frame = frame_of(file_of(tmp_path, f'{{"name": "示例甲", "uscc": "9", "fine": {literal}}}\n'))
    assert frame["fine"].item() == text


@pytest.mark.parametrize(
    "line, why",
    [
        ('{"name": "x"', "不是一个完整的 JSON 对象"), ("x,y", "不是一个完整的 JSON 对象"), ('"x"', "不是 JSON 对象"),
        ("[1]", "不是 JSON 对象"), ('{"name": ["x"]}', "列表或对象"), ('{"name": {"a": "b"}}', "列表或对象"),
        ('{"name": "x", "name": "y"}', "出现了两次"), ('{"fine": NaN}', "不是一个完整的 JSON 对象"),
        ('{"name": "a\\u0000b"}', "空字符"), ('{"name": "\\ud800"}', "不完整的字符"),
        ("[" * 100_000, "不是一个完整的 JSON 对象"), ('{"name": "' + "长" * 100_001 + '"}', "100000 个字符"),
    ],
)  # fmt: skip
def test_a_bad_line_is_refused_with_its_number(tmp_path: Path, line: str, why: str) -> None:
    error = refusal(file_of(tmp_path, FULL + "\n" + line + "\n" + FULL))
    assert "第 3 行" in error.sentence and why in error.sentence


def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    error = refusal(file_of(tmp_path, FULL + '{"name": "' + "x" * 9_000_000))
    assert "第 2 行" in error.sentence


def test_mixed_encodings_and_nul_bytes_are_refused(tmp_path: Path) -> None:
    mixed = FULL.encode() + FULL.encode("gb18030")
    assert refusal(file_of(tmp_path, mixed)).code == "reading.mixed_encoding"
    assert refusal(file_of(tmp_path, FULL + FULL.replace("9", "\0"))).code == "reading.nul"


def test_too_many_keys_two_for_one_field_and_none_known_are_refused(tmp_path: Path) -> None:
    many = "".join(f'{{"k{i}": "1"}}\n' for i in range(20))
    assert refusal(file_of(tmp_path, many), limits=Limits(max_columns=10)).code == "reading.too_many_columns"
    twice = FULL + '{"name": "示例乙"}\n'
    assert refusal(file_of(tmp_path, twice)).code == "reading.column_twice"
    assert refusal(file_of(tmp_path, '{"a": "1", "b": "2"}\n')).code == "reading.no_header"


def test_rows_are_given_back_with_all_their_values(tmp_path: Path) -> None:
    with opened(file_of(tmp_path, FULL + '{"uscc": 8, "经办人": "张示例"}\n')) as source:
        assert list(source.rows_at({2})) == [(2, None, ["", "8", "张示例"])]


VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=6), st.integers(1, 4))
def test_what_pythons_json_writes_is_read_back_equal(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], size: int
) -> None:
    text = "".join(json.dumps({"name": a, "uscc": b}, ensure_ascii=False) + "\n" for a, b in rows)
    frame = frame_of(file_of(tmp_path_factory.mktemp("json"), text), size=size)
    assert frame.select("name", "uscc").rows() == [(a or None, b or None) for a, b in rows]
