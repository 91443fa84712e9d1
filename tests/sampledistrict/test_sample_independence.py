"""The generator knows nothing of the product, and still speaks its language."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

import sampledistrict
from sampledistrict.layouts import LAYOUTS, Layout
from sampledistrict.providers import PROVIDERS

HERE = Path(sampledistrict.__file__).parent
RULEBOOK = HERE.parent / "xinyong" / "rulebook"
ALLOWED = {"numpy", "xlsxwriter", "sampledistrict"}


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("path", sorted(HERE.glob("*.py")), ids=lambda path: path.name)
def test_it_imports_the_standard_library_numpy_and_xlsxwriter_only(path: Path) -> None:
    import sys

    assert imported(path) - ALLOWED <= set(sys.stdlib_module_names)


def test_no_source_line_names_the_product_but_to_say_so() -> None:
    for path in HERE.glob("*.py"):
        lines = [line for line in path.read_text("utf-8").splitlines() if "xinyong" in line]
        assert all("imports nothing of xinyong" in line for line in lines), path


def test_providers_are_those_of_the_rulebook() -> None:
    listed = yaml.safe_load((RULEBOOK / "providers.yaml").read_text("utf-8"))["providers"]
    known = {(p["id"], p["code"], p["name"]) for p in listed}
    assert {(p.id, p.code, p.name) for p in PROVIDERS} - known == set()


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_column_is_a_field_of_the_catalogue_under_all_its_names(layout: Layout) -> None:
    item = yaml.safe_load(sorted((RULEBOOK / "items" / layout.item).glob("*.yaml"))[-1].read_text("utf-8"))
    fields = {f["code"]: {f["code"], f["name"], *f.get("aliases", [])} for f in item["fields"]}
    for column in layout.columns:
        used = {column.code, column.label, column.alias, column.old_code, column.old_label} - {""}
        assert used - fields.get(column.code, set()) == set(), column.code


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_senders_are_those_that_the_catalogue_lets_send(layout: Layout) -> None:
    from sampledistrict.filling import SMALLER

    item = yaml.safe_load(sorted((RULEBOOK / "items" / layout.item).glob("*.yaml"))[-1].read_text("utf-8"))
    senders = {p.id for recipe in SMALLER if recipe.layout is layout for p in recipe.providers}
    assert not item.get("providers") or senders <= set(item["providers"])
