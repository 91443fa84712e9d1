"""Helpers for rulebook tests: a local edition in a temporary folder, and the reference tables."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from xinyong.catalog.loading import Rulebook, load_rulebook

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("XINYONG_SHARED", HERE.parents[2] / "shared"))


@pytest.fixture(scope="session")
def book() -> Rulebook:
    """The shipped edition, every file checked in full."""
    return load_rulebook(check_all=True)


@pytest.fixture
def good_item() -> str:
    return (HERE / "good_item.yaml").read_text("utf-8")


@pytest.fixture
def local(tmp_path: Path) -> Callable[..., Path]:
    """Write files (path=text) into a local edition and give its folder."""

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / "local" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return tmp_path / "local"

    return write


def shared_rows(name: str) -> list[dict[str, str]]:
    """Rows of a reference table that is not part of the product; skips where it is not at hand."""
    with shared_file(name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def shared_file(name: str) -> Path:
    path = SHARED / "data" / name
    if not path.is_file():
        pytest.skip(f"reference table {name} is not at hand (set XINYONG_SHARED)")
    return path
