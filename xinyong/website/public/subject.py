"""The page of one subject: registration, how many records of which class, the records of one class by pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from xinyong.disclosure import queries
from xinyong.disclosure.queries import Archive, Question
from xinyong.website import lending
from xinyong.website.public import presenting
from xinyong.website.public.answering import public_page, whole_or_part
from xinyong.website.public.asking import book, day_asked, question, unindexed

AT_A_TIME = 10  # records on a page


@public_page("subject")
def subject(request: HttpRequest, public_id: str) -> HttpResponse:
    q = question(day_asked(request))
    answer = lending.ask_one(lambda c: queries.archive_by_public_id(c, public_id, q, book()))
    if not answer.found:
        return unindexed(render(request, "site/neutral.html", status=404))
    noindex = presenting.negative(answer, book(), q.today) or q.as_of is not None
    context = _context(request, answer, q) | {"noindex": noindex}
    response = whole_or_part(request, "public/subject.html", "public/subject_records.html", context)
    return unindexed(response) if noindex else response


def _context(request: HttpRequest, answer: Archive, q: Question) -> dict[str, Any]:
    context: dict[str, Any] = {
        "subject": answer.subject,
        "former": answer.names[1:],
        "registration": presenting.registration(answer, book(), q.today),
        "classes": presenting.classes(answer, book(), q.today),
        "day": q.day,
        "today": q.today,
        "dated": {"date": q.as_of.isoformat()} if q.as_of else {},
    }
    context["count"] = sum(c.count for c in context["classes"])
    if context["classes"]:
        context |= _chosen(request, context["classes"], answer, q, context["dated"])
    return context


def _chosen(
    request: HttpRequest, classes: list[presenting.Class], answer: Archive, q: Question, dated: dict[str, str]
) -> dict[str, Any]:
    """The class asked for, else the first; the page asked for, else the nearest there is."""
    asked = request.GET.get("class", "")
    chosen = next((c for c in classes if c.name == asked), classes[0])
    records = presenting.of_class(answer, chosen)
    last = max(1, -(-len(records) // AT_A_TIME))
    number = min(max(_number(request.GET.get("page", "")), 1), last)
    some = records[(number - 1) * AT_A_TIME : number * AT_A_TIME]
    return {
        "chosen": chosen,
        "sections": presenting.sections(some, chosen, answer, book(), q.today),
        "pages": [{"number": n, "query": _query(chosen, n, dated)} for n in range(1, last + 1)],
        "page": number,
        "tabs": [{"of": c, "query": _query(c, 1, dated)} for c in classes],
    }


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 1


def _query(chosen: presenting.Class, number: int, dated: dict[str, str]) -> str:
    paged = {"page": str(number)} if number > 1 else {}
    return urlencode({"class": chosen.name, **paged, **dated})
