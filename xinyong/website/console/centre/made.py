"""Lists whose rows are worked out, not stored: filtered, sorted and paged here, a few thousand at most."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from django.http import HttpResponse

from xinyong.collection import ledger
from xinyong.collection.quality import queries
from xinyong.disclosure.figures import Counting
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import Refused
from xinyong.website import lending
from xinyong.website.console import exports
from xinyong.website.console.base import DESCENDING, PAGE, Asked, Choice, Connection, ListView, Row, Text
from xinyong.website.errors import error_page
from xinyong.website.public import asking

SHOWN_MONTHS = 36
NEWEST = "只列出最近提交的 {most:,} {unit}，更早的没有列出。"
FIRST = "只列出前 {most:,} {unit}，后面的没有列出。"
SEARCHED = "只列出前 {most:,} {unit}；没有要找的，请把名称或代码写得更全。"
MONTH = "month"


def now() -> datetime:
    return asking.clock()


def counting(view: Any, provider: str = "") -> Counting:
    """What the visitor may count: the whole district, or one department of it."""
    at = now()
    return Counting(view.who, at, day_of(at), asking.book(), provider)


def month_names() -> list[tuple[str, str]]:
    """The months in which anything came in, newest first, and this one."""
    first = day_of(now()).replace(day=1)
    found = dict.fromkeys([first, *lending.ask(queries.months)])
    return [(f"{m:%Y-%m}", f"{m.year} 年 {m.month} 月") for m in sorted(found, reverse=True)[:SHOWN_MONTHS]]


def month_of(text: str) -> date:
    """The month asked for; else this one."""
    return ledger.month_of(text) or day_of(now()).replace(day=1)


MONTH_FILTER = Choice(MONTH, "月份", "true", month_names, blank="本月")


class MadeList(ListView):
    """`made(c)` gives all rows; a filter keeps rows in which its key has the value, or contains the text."""

    most: ClassVar[int] = 500  # where a list takes no more

    def made(self, c: Connection) -> Sequence[Row]:
        raise NotImplementedError

    def cut(self, found: Sequence[Any], most: int, unit: str = "条", said: str = NEWEST) -> None:
        """Where as many were found as a list takes, page and export say that there may be more."""
        if len(found) >= most:
            self.notice = said.format(most=most, unit=unit)

    def month(self) -> date:
        return month_of(self.request.GET.get(MONTH, ""))

    def rows(self, c: Connection, asked: Asked) -> list[Row]:
        first = (asked.page - 1) * PAGE
        return self._found(c, asked)[first : first + PAGE + 1]

    def total(self, c: Connection, asked: Asked) -> int:
        return len(self._found(c, asked))

    def stream(self, c: Connection, asked: Asked) -> Iterator[Row]:
        yield from self._found(c, asked)

    def _found(self, c: Connection, asked: Asked) -> list[Row]:
        if not hasattr(self, "_rows"):
            chosen = [
                (f, asked.filters[f.key]) for f in self.filters if f.key in asked.filters and f.key != MONTH
            ]
            kept = [r for r in self.made(c) if all(_holds(f, value, r) for f, value in chosen)]
            self._rows = self._sorted(kept)
        return self._rows

    def _sorted(self, rows: list[Row]) -> list[Row]:
        """What can't be computed comes last either way."""
        chosen = self.request.GET.get("sort", "")
        key = chosen.removeprefix(DESCENDING)
        if key not in {column.key for column in self.columns if column.sort}:
            return rows
        known = [r for r in rows if _order(r.get(key)) is not None]
        unknown = [r for r in rows if _order(r.get(key)) is None]
        ordered: Callable[[Row], Any] = lambda r: _order(r.get(key))  # noqa: E731
        return sorted(known, key=ordered, reverse=chosen.startswith(DESCENDING)) + unknown


class Searched(MadeList):
    """Rows found by a search that may be refused: then the page says why, as it never says that nothing was found."""

    refusal: Refused | None = None

    def search(self, c: Connection) -> Sequence[Row]:
        raise NotImplementedError

    def made(self, c: Connection) -> Sequence[Row]:
        try:
            return self.search(c)
        except Refused as no:
            self.refusal = no
            return []

    def page(self, context: dict[str, Any], status: int = 200, template: str = "") -> HttpResponse:
        if self.refusal is None:
            return super().page(context, status, template)
        if not self.request.headers.get("HX-Request"):  # a fragment of another status would not be shown
            status = self.refusal.http_status
        return super().page({**context, "refused": self.refusal.sentence}, status, template)

    def _export(self, kind: str, asked: Asked) -> HttpResponse:
        if kind not in exports.KINDS:
            return error_page(404)
        lending.ask(lambda c: self._found(c, asked))
        if self.refusal:
            raise self.refusal
        return super()._export(kind, asked)


def _order(value: Any) -> Any:
    return getattr(value, "rate", value)


def _holds(f: Any, value: Any, row: Row) -> bool:
    found = row.get(f.key)
    if isinstance(f, Text):
        return str(value).casefold() in str(found or "").casefold()
    return bool(str(found) == str(value))
