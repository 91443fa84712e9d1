"""What every page of a subject begins with: it asks for its own archive, and for nothing else.

No page takes whose archive it is from the address or a form: it is that of the account's verified code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

import psycopg

from xinyong.disclosure import looks, queries
from xinyong.disclosure.queries import Archive, Question
from xinyong.foundation.audit import Who
from xinyong.website import lending
from xinyong.website.console.base import Console
from xinyong.website.public import asking

T = TypeVar("T")
LAST_PAGE = 200


class Page(Console):
    """A page of the subject's own. `template` extends own/base.html."""

    def moment(self) -> tuple[datetime, date]:
        return asking.moment()

    def archive(self) -> tuple[Archive | None, date]:
        """The subject's own archive, None while nothing was collected about it; the look is logged."""
        now, today = self.moment()
        return lending.ask(lambda c: _archive(c, self.who, self.title, now, today)), today

    def number(self) -> int:
        """The page asked for; what is none is the first."""
        text = self.request.GET.get("page", "")
        return min(max(int(text), 1), LAST_PAGE) if text.isdecimal() and len(text) < 6 else 1


def _archive(c: psycopg.Connection[Any], who: Who, title: str, now: datetime, today: date) -> Archive | None:
    if looks.mine(c, who).subject is None:
        return None
    acting = replace(who, purpose=f"本主体查看“{title}”")
    return queries.archive(c, who.provider, Question(acting, now, today), asking.book())


@dataclass(frozen=True, slots=True)
class Paged:
    """One page of a list, and the addresses of its neighbours."""

    rows: Sequence[Any]
    number: int
    before: str
    after: str


def paged(rows: Sequence[T], number: int, size: int, kept: Mapping[str, str] | None = None) -> Paged:
    """Page `number` of all the rows, or the last there is."""
    last = max(1, -(-len(rows) // size))
    number = min(number, last)
    some = rows[(number - 1) * size : number * size]
    return neighbours(some, number, number < last, kept)


def neighbours(rows: Sequence[Any], number: int, more: bool, kept: Mapping[str, str] | None = None) -> Paged:
    def address(n: int) -> str:
        return "?" + urlencode({**(kept or {}), "page": str(n)})

    return Paged(rows, number, address(number - 1) if number > 1 else "", address(number + 1) if more else "")


def unit_name(code: str, names: Mapping[str, str]) -> str:
    """The office of the rulebook with this code, else the registered name, else the code itself."""
    known = asking.book().provider_by_code(code)
    return known.name if known else names.get(code, code)


__all__ = ["Page", "Paged", "neighbours", "paged", "unit_name"]
