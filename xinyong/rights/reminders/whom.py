"""Who is told for a unit: itself if it has an active account, else who handed the record in, else the centre.

The authority written in a record is often a bureau that never opened an account: what is told to it alone nobody reads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.rights.notices.actions import Recipient, has_account

CENTRE = Recipient("role", "center")


def finder(c: psycopg.Connection[Any]) -> Callable[[str, str], str]:
    """(who decided, who handed in; unified codes) → the unit that is told, "": the centre. Each is looked up once."""

    reads = cache(partial(has_account, c))
    return lambda unit, provider: next(filter(reads, (unit, provider)), "")


def recipient(told: str) -> Recipient:
    return Recipient("provider", told) if told else CENTRE


def name(unit: str, book: Rulebook) -> str:
    known = book.provider_by_code(unit)
    return known.name if known else unit or "没有写明"


__all__ = ["CENTRE", "finder", "name", "recipient"]
