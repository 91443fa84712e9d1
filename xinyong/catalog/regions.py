"""The administrative divisions that ship with the rulebook, as the kernel wants them."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib.resources import files

from xinyong.kernel.divisions import Regions


@lru_cache(maxsize=1)
def load_regions() -> Regions:
    """Six-digit codes of today and of earlier tables (GB/T 2260); see `rulebook/SOURCES.md`."""
    rows = _rows()
    current = frozenset(row["code"] for row in rows if row["status"] == "current")
    return Regions(current, frozenset(row["code"] for row in rows) - current)


def _rows() -> list[dict[str, str]]:
    text = files("xinyong.rulebook").joinpath("divisions.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
