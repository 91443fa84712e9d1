"""What every public page begins with: the rules of today, who asks, as of which day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache

from django.http import HttpRequest, HttpResponse

from xinyong.catalog import placing
from xinyong.catalog.book import Rulebook
from xinyong.catalog.loading import load_rulebook
from xinyong.disclosure import queries
from xinyong.foundation import home as place
from xinyong.foundation.audit import PUBLIC
from xinyong.kernel.beijing import day_of
from xinyong.kernel.dates import parse_date
from xinyong.kernel.errors import Refused

LONGEST = 100  # characters of a search text or date
NOINDEX = "noindex, noarchive"


def book() -> Rulebook:
    """Kept from page to page; read again after a rule was put in force here."""
    return _book(placing.stamp(place.local_rulebook()))


@lru_cache(maxsize=1)
def _book(_changed: int) -> Rulebook:
    return load_rulebook(place.local_rulebook())


def clock() -> datetime:
    """The one place where the website asks what time it is."""
    return datetime.now(UTC)


def today() -> date:
    return day_of(clock())


def moment() -> tuple[datetime, date]:
    """Now and today, of one reading of the clock."""
    now = clock()
    return now, day_of(now)


def question(as_of: date | None = None) -> queries.Question:
    return queries.Question(PUBLIC, *moment(), as_of)


def day_asked(request: HttpRequest, name: str = "date") -> date | None:
    """Refused before anything is looked up, so that a bad date tells nothing about a subject."""
    text = request.GET.get(name, "").strip()
    if not text:
        return None
    day = parse_date(text[:LONGEST])
    if day is None:
        raise Refused("bad_date", "日期不能识别；请写成 2026-03-05 这样的形式，或留空查看今天的情况。")
    if day > question().today:
        raise Refused("date_future", "日期在将来；请选择今天或以前的日期。")
    return day


def unindexed(response: HttpResponse) -> HttpResponse:
    response.headers["X-Robots-Tag"] = NOINDEX
    return response
