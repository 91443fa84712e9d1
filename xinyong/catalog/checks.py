"""Cross-reference checks."""

from __future__ import annotations

from collections.abc import Mapping

from xinyong.catalog.book import Rulebook
from xinyong.catalog.registers import Entry


def check_book(book: Rulebook, merged: Mapping[str, Mapping[str, Entry]], *, everything: bool) -> None:
    """Placeholder."""
