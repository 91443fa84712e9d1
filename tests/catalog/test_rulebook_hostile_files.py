"""Whatever stands in a local file, loading takes it or refuses it with a sentence; nothing else is raised."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from xinyong.catalog.loading import load_rulebook
from xinyong.kernel.errors import Refused

GOOD = yaml.load((Path(__file__).parent / "good_item.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 10**6), st.text(max_size=8), st.just([]), st.just({}),
    st.lists(st.text(max_size=3), max_size=2), st.just([{}]), st.just("2026-13-01"), st.just({"field": "CS_MC"}),
)  # fmt: skip


def outcome(raw: bytes, path: str = "items/CSSX/2026-01-01.yaml") -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(raw)
        try:
            load_rulebook(Path(folder))
        except Refused as e:
            return e.sentence
    return ""


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_refused_in_words(raw: bytes) -> None:
    assert outcome(raw).startswith("规则库文件 （本地）items/CSSX/2026-01-01.yaml")


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(GOOD)), ODD)
def test_any_value_in_an_items_head_is_taken_or_refused(key: str, value: Any) -> None:
    changed = json.dumps({**GOOD, key: value}, ensure_ascii=False).encode()
    assert isinstance(outcome(changed), str)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(["fields", "row_checks", "basis"]),
    st.sampled_from(
        ["code", "type", "length", "required", "role", "mask", "kind", "field", "when", "instrument"]
    ),
    ODD,
)
def test_any_value_inside_an_item_is_taken_or_refused(part: str, key: str, value: Any) -> None:
    changed = {**GOOD, part: [{**GOOD[part][0], key: value}, *GOOD[part][1:]]}
    assert isinstance(outcome(json.dumps(changed, ensure_ascii=False).encode()), str)


@pytest.mark.parametrize(
    "register",
    ["instruments", "code_sets", "providers", "retention", "prohibited", "rules", "plan_classes"],
)
def test_a_register_that_holds_something_else_is_refused(register: str) -> None:
    for text in ("", "[]", "文字", f"{register}: 文字", f"{register}: [文字]", "other: []"):
        assert outcome(text.encode(), f"{register}.yaml").startswith("规则库文件 （本地）")
