"""Reference tables that are not part of the product: read in tests only, skipped where they are not at hand."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("XINYONG_SHARED", Path(__file__).parents[3] / "shared"))


def shared_rows(name: str) -> list[dict[str, str]]:
    """Rows of a CSV table under the shared folder's `data`."""
    with shared_file(name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def shared_file(name: str) -> Path:
    path = SHARED / "data" / name
    if not path.is_file():
        pytest.skip(f"reference table {name} is not at hand (set XINYONG_SHARED)")
    return path
