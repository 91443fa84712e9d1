"""Unified codes as people and login services write them."""

from __future__ import annotations

from datetime import date

from xinyong.catalog.regions import load_regions
from xinyong.kernel.identifiers import identify


def unified_code(text: str) -> str | None:
    """The normalised unified social credit code (GB 32100); None: not one."""
    found = identify(text, as_of=date.max, regions=load_regions(), exceptions=frozenset())
    return str(found.normalized) if found.kind == "uscc" and found.valid else None
