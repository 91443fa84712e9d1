"""Pages that come from the code say what the code says now."""

from __future__ import annotations

import generate
import pytest
from source_errors import raised_errors, rule_levels

from tests.docs.conftest import DOCS, ROOT
from xinyong.catalog.loading import load_rulebook
from xinyong.collection.messages import TEXTS

MEND = "run: python docs/generate.py"


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


@pytest.mark.parametrize("name", generate.PAGES)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert page(name) == generate.PAGES[name](load_rulebook()), MEND


def test_every_rule_that_has_a_text_is_explained() -> None:
    text = page("规则说明.md")
    assert [rule for rule in TEXTS if f"`{rule}`" not in text] == []


def test_every_rule_that_the_source_names_has_a_text() -> None:
    named = rule_levels(ROOT / "xinyong" / "collection")
    assert [rule for rule in named if rule not in TEXTS] == []


@pytest.mark.parametrize("code", ["XZXK", "XZCF"])
def test_every_rule_of_a_shipped_item_is_explained_in_its_section(code: str) -> None:
    (item,) = load_rulebook().items[code]
    section = page("规则说明.md").split(f"### {code} ")[1].split("\n### ")[0]
    assert item.row_checks
    assert [c.rule for c in item.row_checks if f"`{c.rule}`" not in section] == []


def test_every_item_and_field_is_in_the_dictionary() -> None:
    text = page("数据字典.md")
    for versions in load_rulebook().items.values():
        for item in versions:
            section = text.split(f"## {item.code} ")[1].split("\n## ")[0]
            assert [f.code for f in item.fields if f"| `{f.code}` | {f.name} |" not in section] == []


def test_every_error_code_is_listed_with_a_sentence() -> None:
    rows = dict(line.split(" | ", 1) for line in page("错误代码.md").splitlines() if line.startswith("| `"))
    found = raised_errors(ROOT / "xinyong")
    assert len(found) > 100
    assert [e.code for e in found if not rows.get(f"| `{e.code}`", "").strip(" |0123456789…")] == []


def test_no_error_is_left_out_for_want_of_a_group() -> None:
    assert {e.group for e in raised_errors(ROOT / "xinyong")} <= generate.GROUPS.keys()
