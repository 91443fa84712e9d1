"""Home and search. Every look at records goes through `disclosure`, as of today's rules."""

from __future__ import annotations

from typing import Any

import psycopg
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from xinyong.disclosure import listing, queries
from xinyong.disclosure.listing import COLUMNS
from xinyong.disclosure.queries import Question
from xinyong.kernel.errors import Fault, Refused
from xinyong.website import lending
from xinyong.website.access import allowed
from xinyong.website.pages import page
from xinyong.website.public import lists
from xinyong.website.public.answering import public_page
from xinyong.website.public.asking import LONGEST, book, question, unindexed
from xinyong.website.public.front import front

FOUND = 20


@public_page("home")
def home(request: HttpRequest) -> HttpResponse:
    today = question().today
    items = book().current_items(today)
    found = lending.ask(lambda c: front(c, items, today))
    context = {
        "front": found,
        "figures": found.figures,
        "visits": found.visits,
        "columns": COLUMNS.values(),
        "section": "home",
    }
    return render(request, "public/home.html", context)


@public_page("search", "public.search")
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    context: dict[str, Any] = {"text": text, "limit": FOUND}
    status = 200
    if text:
        try:
            context |= _found(text)
        except Refused as e:
            context["refused"], status = e.sentence, e.http_status
    return unindexed(render(request, "public/search.html", context, status=status))


def _found(text: str) -> dict[str, Any]:
    """Subjects; and documents that have just this number."""
    if len(text) > LONGEST or not text.isprintable():
        raise Refused(
            "bad_text", f"检索内容过长或含有不能识别的字符；请输入不超过 {LONGEST} 字的名称、代码或文书号。"
        )
    q = question()
    subjects = lending.ask(lambda c: queries.search(c, text, q, FOUND))
    return {"found": subjects, "documents": [lists.line(r) for r in _documents(text, q)]}


def _documents(text: str, q: Question) -> list[dict[str, Any]]:
    """A number of a document has a digit in it, and more than digits and letters."""
    if text.isascii() or not any(sign.isdecimal() for sign in text):
        return []
    return lending.ask(lambda c: listing.by_document(c, text, q, book(), FOUND))


@allowed("public.status")
@page
def healthz(request: HttpRequest) -> HttpResponse:
    try:
        lending.ask(lambda c: c.execute("SELECT 1").fetchone())
    except (Fault, psycopg.Error):
        return JsonResponse({"ok": False}, status=503)
    return JsonResponse({"ok": True})
