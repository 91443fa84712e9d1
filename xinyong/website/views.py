"""The public's pages. Every look at records goes through `disclosure`, as of today's rules."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import psycopg
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from xinyong.catalog.book import Rulebook
from xinyong.catalog.loading import load_rulebook
from xinyong.disclosure import queries
from xinyong.foundation import home as place
from xinyong.foundation.audit import PUBLIC
from xinyong.kernel.dates import parse_date
from xinyong.kernel.errors import Fault, Refused
from xinyong.website import lending, presenting
from xinyong.website.front import ZONE, front
from xinyong.website.pages import page

FOUND = 20
LONGEST = 100
NOINDEX = "noindex, noarchive"


@cache
def book() -> Rulebook:
    return load_rulebook(place.local_rulebook())


def _question(as_of: date | None = None) -> queries.Question:
    now = datetime.now(UTC)
    return queries.Question(PUBLIC, now, now.astimezone(ZONE).date(), as_of)


@page
def home(request: HttpRequest) -> HttpResponse:
    items = book().current_items(_question().today)
    found = lending.ask(lambda c: front(c, items))
    return render(request, "website/home.html", {"front": found})


@page
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    context: dict[str, Any] = {"text": text, "limit": FOUND}
    status = 200
    if text:
        try:
            context["found"] = _found(text)
        except Refused as e:
            context["refused"], status = e.sentence, e.http_status
    return _unindexed(render(request, "website/search.html", context, status=status))


def _found(text: str) -> list[dict[str, Any]]:
    if len(text) > LONGEST or not text.isprintable():
        raise Refused(
            "bad_text", f"检索内容过长或含有不能识别的字符；请输入不超过 {LONGEST} 字的名称或代码。"
        )
    return lending.ask(lambda c: queries.search(c, text, _question(), FOUND))


@page
def subject(request: HttpRequest, public_id: str) -> HttpResponse:
    q = _question(_as_of(request))
    answer = lending.ask(lambda c: queries.archive_by_public_id(c, public_id, q, book()))
    if not answer.found:
        return _unindexed(render(request, "website/neutral.html", status=404))
    noindex = presenting.negative(answer, book(), q.today) or q.as_of is not None
    context = {
        "subject": answer.subject,
        "former": answer.names[1:],
        "classes": presenting.classes(answer, book(), q.today),
        "count": len(answer.records),
        "day": q.day,
        "today": q.today,
        "noindex": noindex,
    }
    response = render(request, "website/subject.html", context)
    return _unindexed(response) if noindex else response


def _as_of(request: HttpRequest) -> date | None:
    """Refused before anything is looked up, so that a bad date tells nothing about a subject."""
    text = request.GET.get("date", "").strip()
    if not text:
        return None
    day = parse_date(text[:LONGEST])
    if day is None:
        raise Refused("bad_date", "日期不能识别；请写成 2026-03-05 这样的形式，或留空查看今天的情况。")
    if day > _question().today:
        raise Refused("date_future", "日期在将来；请选择今天或以前的日期。")
    return day


def _unindexed(response: HttpResponse) -> HttpResponse:
    response.headers["X-Robots-Tag"] = NOINDEX
    return response


@page
def healthz(request: HttpRequest) -> HttpResponse:
    try:
        lending.ask(lambda c: c.execute("SELECT 1").fetchone())
    except (Fault, psycopg.Error):
        return JsonResponse({"ok": False}, status=503)
    return JsonResponse({"ok": True})
