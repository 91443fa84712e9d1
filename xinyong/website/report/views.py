"""Ordering, fetching and counting reports. Each page is one action of the permission matrix."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

import psycopg
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.services.creditreport import actions, numbers, profiles, queries
from xinyong.services.creditreport.actions import Issued
from xinyong.website import access, lending
from xinyong.website.console.base import Console, FormView
from xinyong.website.errors import error_page
from xinyong.website.public.asking import book, moment, today
from xinyong.website.report.forms import AuthorisedForm, KioskForm, OrderForm, OwnForm, PeriodForm

KINDS = {
    "pdf": ("application/pdf", ".pdf"),
    "pdf.sig": ("application/json", ".pdf.sig"),
    "json": ("application/json", ".json"),
    "json.sig": ("application/json", ".json.sig"),
    "zip": ("application/zip", ".zip"),
}
WHERE_TO = {
    "subject": "own-reports",
    "counter": "report-counter",
    "bank": "report-authorised",
    "agency": "report-authorised",
    "department": "report-issue",
    "center": "report-issue",
}


@access.allowed("public.service")
def start(request: HttpRequest) -> HttpResponse:
    """What is needed, and where to go on."""
    role = access.who(request).role
    return render(request, "report/start.html", {"section": "services", "next": WHERE_TO.get(role, "")})


class Ordering(FormView):
    """A form that ends in a report. Also of a look that was not permitted, the log's entry stays."""

    submit = "出具报告"
    form_class: ClassVar[type[forms.Form]] = OrderForm

    def make_form(self, data: Any = None) -> forms.Form:
        return self.form_class(data, initial={"purpose": self.who.purpose})

    def code(self) -> str:
        """Whose report, where the form does not ask."""
        return ""

    def acting(self) -> Who:
        return self.who

    def post(self) -> HttpResponse:
        form = self.make_form(self.request.POST)
        if not form.is_valid():
            return self._shown(form, 400)
        try:
            outcome = lending.act(lambda c: self._ordered(c, form))
        except Refused as e:
            outcome = e
        if isinstance(outcome, Refused):
            form.add_error(None, outcome.sentence)
            return self._shown(form, outcome.http_status)
        return self.handed(outcome)

    def _ordered(self, c: psycopg.Connection[Any], form: Any) -> Issued | NotPermitted:
        try:
            return actions.issue(c, self.acting(), form.order(self.code()), *moment(), book())
        except NotPermitted as no:
            return no

    def handed(self, issued: Issued) -> HttpResponse:
        return HttpResponseRedirect(reverse("report-done", args=[issued.number]))


class Own(Ordering):
    """The subject's own report, and who had one about it."""

    action, title, template = "own.report", "我的信用报告", "report/own.html"
    form_class = OwnForm

    def code(self) -> str:
        return lending.ask(lambda c: queries.own(c, self.who.provider))[0]

    def about(self) -> dict[str, Any]:
        rows = lending.ask(lambda c: queries.issued_about(c, queries.own(c, self.who.provider)[1]))
        return {"section": "services", "issued": [_listed(r) for r in rows]}


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"shown": numbers.shown(row["number"]), "on": row["at"].astimezone(BEIJING)}


class Counter(Ordering):
    action, title = "report.counter", "窗口代办信用报告"
    intro = "请先核对到场本人的身份证件（单位核对授权委托书），再填写。查询会记入审计日志，本人可以看到。"


class Duty(Ordering):
    action, title = "report.issue", "出具信用报告"
    intro = "限于履行登记的法定职责。查询会记入审计日志，信用主体可以看到。"


class Authorised(Ordering):
    """Handed out at once: an authorisation may be good for one look only."""

    action, title = "report.authorised", "凭授权出具信用报告"
    intro = "用途须与授权书上的用途一字不差。授权只能用一次的，报告随即下载，请妥善保存。"
    form_class, submit = AuthorisedForm, "出具并下载"

    def handed(self, issued: Issued) -> HttpResponse:
        return _attached(_zipped(issued), "zip", issued.number)


class Kiosk(Ordering):
    """The machine in the hall: one person, one report, nothing left on the screen."""

    action, title, template = "report.kiosk", "自助查询本人信用报告", "report/kiosk.html"
    form_class, submit = KioskForm, "查询并生成报告"

    def acting(self) -> Who:
        """Nobody is asked in words why: who stands at the machine asks about oneself."""
        return replace(self.who, purpose="自助机本人查询")

    def handed(self, issued: Issued) -> HttpResponse:
        return HttpResponseRedirect(reverse("report-done", args=[issued.number]) + "?kiosk=1")


@access.allowed("account.self")
def done(request: HttpRequest, number: str) -> HttpResponse:
    """The report's files, for who ordered it or is its subject."""
    row = lending.ask(lambda c: queries.find(c, number))
    asking = access.who(request)
    if row is None or not actions.may_have(asking, row):
        return error_page(404, "没有这份报告，或这份报告不是由您申领的；请核对报告编号。")
    inside = asking.role not in ("subject", "public") and "kiosk" not in request.GET
    context = {
        "base": "console/base.html" if inside else "site/base.html",
        "title": "报告已出具",
        "row": _listed(row),
        "kiosk": "kiosk" in request.GET,
        "again": reverse(WHERE_TO.get(asking.role, "report-start")),
        "section": "services",
    }
    return render(request, "report/done.html", context)


@access.allowed("account.self")
def fetch(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """One of the report's files, made again byte for byte; refused once something in it has ended."""
    if kind not in KINDS or numbers.canonical(number) != number:
        return error_page(404)
    asking = access.who(request)
    outcome = lending.act(_kept(lambda c: actions.remake(c, number, asking, *moment(), book())))
    if isinstance(outcome, NotPermitted):
        return error_page(404, outcome.sentence)
    parts = {
        "pdf": outcome.pdf,
        "pdf.sig": outcome.pdf_signatures,
        "json": outcome.json,
        "json.sig": outcome.json_signatures,
    }
    return _attached(_zipped(outcome) if kind == "zip" else parts[kind], kind, number)


def _kept(
    work: Callable[[psycopg.Connection[Any]], Issued],
) -> Callable[[psycopg.Connection[Any]], Issued | NotPermitted]:
    """What is not permitted comes back instead of undoing the log's entry."""

    def caught(c: psycopg.Connection[Any]) -> Issued | NotPermitted:
        try:
            return work(c)
        except NotPermitted as no:
            return no

    return caught


def _zipped(issued: Issued) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in issued.files().items():
            archive.writestr(name, data)
    return held.getvalue()


def _attached(data: bytes, kind: str, number: str) -> HttpResponse:
    content_type, ending = KINDS[kind]
    response = HttpResponse(data, content_type=content_type)
    name = numbers.shown(number) + ending
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class Statistics(Console):
    """How many reports were issued, by purpose: the plan's 信用报告查询量."""

    action, title, template = "report.statistics", "信用报告出具统计", "report/statistics.html"

    def get(self) -> HttpResponse:
        day = today()
        form = PeriodForm(self.request.GET or {"begins": date(day.year, 1, 1), "ends": day})
        counts = None
        if form.is_valid():
            d = form.cleaned_data
            counts = lending.ask(lambda c: queries.issue_counts(c, d["begins"], d["ends"], book()))
        return self.page({"form": form, "counts": counts}, 200 if counts else 400)


class Profiles(Console):
    """The layouts in force, with their ground and how sure it is."""

    action, title, template = "report.profile", "报告版式", "report/profiles.html"
    intro = "版式是带日期的规则数据；改动在本地规则库的 report_profiles.yaml 中进行，装入时检查。"

    def get(self) -> HttpResponse:
        known = book()
        found = [
            {"profile": p, "basis": [known.instruments[b.instrument] for b in p.basis]}
            for p in profiles.in_use(known, today())
        ]
        return self.page({"found": found})
