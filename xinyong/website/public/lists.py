"""公示专栏: the lists, and one record by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from xinyong.catalog.model import Provider
from xinyong.disclosure import listing, queries
from xinyong.disclosure.listing import COLUMNS, Column, Filter, Place
from xinyong.kernel.errors import Refused
from xinyong.website import lending
from xinyong.website.public import presenting
from xinyong.website.public.answering import public_page, whole_or_part
from xinyong.website.public.asking import LONGEST, book, day_asked, question, unindexed

SIZE = 20
PAIR = ("permits", "penalties")  # 双公示


@public_page("publicity")
def publicity(request: HttpRequest) -> HttpResponse:
    columns = list(COLUMNS.values())
    context = {
        "section": "publicity",
        "pair": [c for c in columns if c.slug in PAIR],
        "others": [c for c in columns if c.slug not in PAIR],
    }
    return render(request, "public/publicity.html", context)


@public_page("list")
def column(request: HttpRequest, slug: str) -> HttpResponse:
    """A column's records by filter and place. What cannot be understood is said above an empty list."""
    asked = COLUMNS[slug]
    context: dict[str, Any] = {"section": "publicity", "column": asked, "asked": request.GET}
    context |= {"departments": departments(), "kinds": listing.kinds(asked, book(), question().today)}
    status = 200
    try:
        context |= _found(request, asked)
    except Refused as e:
        context["refused"], status = e.sentence, e.http_status
    context["noindex"] = bool(request.GET) or _violations(asked)
    response = whole_or_part(request, "public/list.html", "public/list_records.html", context, status)
    return unindexed(response) if context["noindex"] else response


def _violations(asked: Column) -> bool:
    today = question().today
    return any(book().item(code, today).polarity == "negative" for code in asked.items)


def _found(request: HttpRequest, asked: Column) -> dict[str, Any]:
    f, at = _filter(request, asked), listing.place(request.GET.get("at", ""))
    answer = lending.ask(lambda c: listing.page(c, f, question(), book(), at, SIZE))
    kept = {k: v for k, v in request.GET.items() if k in NAMES and v}
    return {
        "lines": [line(r) for r in answer.records],
        "capped": answer.capped,
        "first": urlencode(kept) if at else "",
        "moved": at is not None,
        "previous": _query(kept, answer.previous),
        "following": _query(kept, answer.following),
    }


NAMES = ("q", "department", "kind", "since", "until")


def _query(kept: dict[str, str], at: Place | None) -> str:
    return urlencode({**kept, "at": str(at)}) if at else ""


def _filter(request: HttpRequest, asked: Column) -> Filter:
    text = request.GET.get("q", "").strip()
    if len(text) > LONGEST or not text.isprintable():
        raise Refused(
            "bad_text", f"检索内容过长或含有不能识别的字符；请输入不超过 {LONGEST} 字的名称、代码或文书号。"
        )
    f = Filter(asked, since=day_asked(request, "since"), until=day_asked(request, "until"), text=text)
    if f.since and f.until and f.since > f.until:
        raise Refused("dates_crossed", "开始日期晚于结束日期；请对调或改正后重新查询。")
    return replace(f, authority=_department(request), kind=_kind(request, asked))


def _department(request: HttpRequest) -> str:
    """Its unified code. Refused: no department of ours."""
    name = request.GET.get("department", "")
    provider = book().providers.get(name)
    if name and provider is None:
        raise Refused("no_department", "没有这个部门；请从下拉列表中选择。")
    return provider.code if provider else ""


def _kind(request: HttpRequest, asked: Column) -> str:
    kind = request.GET.get("kind", "")
    if kind and kind not in listing.kinds(asked, book(), question().today):
        raise Refused("no_kind", "没有这个类别；请从下拉列表中选择。")
    return kind


def departments() -> list[Provider]:
    return [p for p in book().providers.values() if p.kind != "utility"]


@dataclass(frozen=True, slots=True)
class Line:
    """A record as a line of a list."""

    address: str
    subject: dict[str, Any]
    title: str
    item: str
    kind: str
    authority: str
    decided: str
    objected: bool


def line(found: dict[str, Any]) -> Line:
    item = book().item(found["item"], question().today)
    classes = listing.classes_of(found, item, book())
    title = presenting.text_of(found, item, "doc_no") or item.name
    return Line(
        found["public_id"], found["subject"], title, item.name, "、".join(classes),
        presenting.text_of(found, item, "authority_name"), found["decided"] or "", bool(found["objected"]),
    )  # fmt: skip


@public_page("record")
def record(request: HttpRequest, public_id: str) -> HttpResponse:
    """One record. Whatever is not public today, or never was, gets one and the same answer."""
    q = question()
    answer = lending.ask_one(lambda c: queries.record(c, public_id, q, book()))
    if not answer.found:
        return unindexed(render(request, "site/neutral.html", status=404))
    found = answer.records[0]
    item = book().item(found["item"], q.today)
    context = {
        "record": presenting.record(found, item, answer.subject, book()),
        "publicity": found["publicity"],
        "until": presenting.day(found["publicity"]["until"] or ""),
        "item": item,
        "subject": answer.subject,
        "column": COLUMNS.get(listing.LISTED.get(item.code, "")),
        "noindex": item.polarity == "negative",
        "section": "publicity",
    }
    response = render(request, "public/record.html", context)
    return unindexed(response) if context["noindex"] else response
