"""Helpers for rulebook tests: the shipped edition, and a local one in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from xinyong.catalog.loading import Rulebook, load_rulebook

HERE = Path(__file__).parent


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
