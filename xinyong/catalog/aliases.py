"""Recognise a column by its header, in field codes, Chinese names or the names of earlier generations."""

from __future__ import annotations

from collections.abc import Iterator

from xinyong.catalog.model import Field, Item
from xinyong.kernel.headers import fold_header

__all__ = ["fold_header", "header_map", "header_texts"]


def header_texts(field: Field) -> Iterator[str]:
    """Every header under which `field` may stand: code, name, aliases."""
    yield field.code
    yield field.name
    yield from field.aliases


def header_map(item: Item) -> dict[str, str]:
    """Folded header → field code. Unambiguous: loading refuses an item whose headers collide."""
    return {fold_header(text): field.code for field in item.fields for text in header_texts(field)}
