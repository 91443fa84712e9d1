"""A record as a notice names it: by what was decided, never by its number in the archive."""

from __future__ import annotations

from datetime import date

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.disclosure.basis import Standing


def named(one: Standing, book: Rulebook, today: date) -> dict[str, str]:
    """`authority`, `item`, `document` and `decided`."""
    item = book.item(one.item, today)
    known = book.provider_by_code(one.authority)
    return {
        "authority": field(one, item, "authority_name") or (known.name if known else "认定单位"),
        "item": item.name,
        "document": field(one, item, "doc_no") or "无",
        "decided": one.decided.isoformat() if one.decided else "（未注明日期）",
    }


def field(one: Standing, item: Item, role: str) -> str:
    found = item.by_role(role)
    return one.values.get(found.code, "") if found else ""


__all__ = ["field", "named"]
