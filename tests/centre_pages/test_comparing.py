"""Comparison and writing of drafts, over generated contents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from xinyong.catalog import placing
from xinyong.catalog.comparing import changes, words

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=12)
VALUE = st.one_of(st.booleans(), st.integers(-(10**9), 10**9), TEXT, st.lists(TEXT, max_size=3), st.none())
ENTRY = st.dictionaries(st.sampled_from(["name", "type", "length", "note", "required"]), VALUE, max_size=4)
CODES = st.lists(st.sampled_from(["A", "B", "C", "D"]), unique=True, max_size=4)


@st.composite
def contents(draw: Any) -> dict[str, Any]:
    head = draw(
        st.dictionaries(st.sampled_from(["name", "basis", "frequency", "channel"]), VALUE, max_size=4)
    )
    fields = [{"code": code, **draw(ENTRY)} for code in draw(CODES)]
    return {**head, "code": "CSSX", "fields": fields}


def plain(content: dict[str, Any]) -> dict[str, Any]:
    """Without what stands for nothing: a value that is empty is as none."""
    bare = {k: v for k, v in content.items() if v is not None and k != "fields"}
    return {**bare, "fields": [{k: v for k, v in f.items() if v is not None} for f in content["fields"]]}


@settings(max_examples=100)
@given(contents(), contents())
def test_two_contents_have_changes_exactly_when_they_differ(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert changes(one, one) == [] and changes(other, other) == []
    assert bool(changes(one, other)) == (plain(one) != plain(other))


@settings(max_examples=100)
@given(contents(), contents())
def test_what_was_added_one_way_was_removed_the_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    turned = {"新增": "删除", "删除": "新增", "修改": "修改", "移动": "移动"}
    there = sorted((c.where, c.what, c.kind) for c in changes(one, other) if c.what != "全部")
    back = sorted((c.where, c.what, turned[c.kind]) for c in changes(other, one) if c.what != "全部")
    assert len(there) == len(back)
    assert [t[1:] for t in sorted(there, key=lambda t: t[1:])] == [
        b[1:] for b in sorted(back, key=lambda b: b[1:])
    ]


@settings(max_examples=100)
@given(contents())
def test_what_is_written_is_read_back_as_it_was(content: dict[str, Any]) -> None:
    assert placing.parsed(placing.as_yaml(content)) == content


def test_conditions_and_grounds_are_told_in_words() -> None:
    either = {"any": [{"field": "A", "equals": "1"}, {"all": [{"field": "B", "present": False}]}]}
    assert words(either) == "（A 为 1，或（B 为空））"
    assert words({"field": "A", "contains_any": ["罚款", "没收"]}) == "A 含 罚款 或 没收"
    assert words([{"instrument": "XZCFF_2021", "article": "第九条"}]) == "XZCFF_2021 第九条"
    assert words(True) == "是" and words("government") == "政务共享" and words(None) == ""


def test_a_file_is_replaced_whole_and_taken_back(tmp_path: Path) -> None:
    try:
        with placing.taken_back() as placed:
            placed.put(tmp_path, "items/A/x.yaml", "a: 1\n")
            placed.put(tmp_path, "items/A/x.yaml", "a: 2\n")
            assert (tmp_path / "items/A/x.yaml").read_text() == "a: 2\n"
            raise RuntimeError
    except RuntimeError:
        pass
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [placing.FRESH]
