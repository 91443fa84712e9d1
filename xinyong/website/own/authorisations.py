"""我的授权: whom the subject lets look at what, each use of it, granting and taking back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.disclosure import authorisations, looks
from xinyong.disclosure.authorisations import Authorisation
from xinyong.foundation.audit import Who
from xinyong.kernel.names import fold_name
from xinyong.website import lending
from xinyong.website.console.base import FormView
from xinyong.website.errors import error_page
from xinyong.website.own.asking import Page, paged, unit_name
from xinyong.website.own.forms import GrantForm, RevokeForm
from xinyong.website.public.asking import ZONE, book

USES, ENDED_AT_A_TIME = 20, 20
RUNNING = ("有效", "未生效")
NOT_HERE = "没有这份授权，或这份授权不是本主体作出的；请从“我的授权”重新打开。"


@dataclass(frozen=True, slots=True)
class UseLine:
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An authorisation as the page shows it."""

    number: str
    recipient: str
    code: str
    items: str
    purpose: str
    once: bool
    begins: date
    ends: date
    granted: datetime
    state: str
    ended: datetime | None
    revocable: bool
    count: int
    uses: Sequence[UseLine]
    onward: Sequence[str] = ()

    @property
    def running(self) -> bool:
        return self.state in RUNNING


def _own(c: psycopg.Connection[Any], who: Who, today: date) -> list[Authorisation]:
    """The subject's own, newest first. Nothing of anybody else's comes into any page from here."""
    return authorisations.of_grantor(c, *authorisations.grantor_of(who.provider, today))


def _one(c: psycopg.Connection[Any], who: Who, today: date, number: str) -> Authorisation | None:
    return next((a for a in _own(c, who, today) if a.number == number), None)


def _told(c: psycopg.Connection[Any], found: Sequence[Authorisation], today: date) -> list[Shown]:
    names = looks.called(c, {code for a in found for code in (a.recipient, *a.onward)}, today)
    used = looks.uses(c, [a.id for a in found], USES)
    return [_shown(a, names, used.get(a.id, ()), today) for a in found]


def _shown(a: Authorisation, names: Mapping[str, str], used: Sequence[looks.Use], today: date) -> Shown:
    lines = [UseLine(u.at.astimezone(ZONE), f"看了 {u.records} 条，用途：{u.purpose}") for u in used]
    return Shown(
        a.number, unit_name(a.recipient, names), a.recipient, items_named(a.items, today), a.purpose, a.once,
        a.begins, a.ends, a.granted_at.astimezone(ZONE), a.state(today),
        a.ended_at.astimezone(ZONE) if a.ended_at else None, a.revocable, a.uses, lines,
        [unit_name(code, names) for code in a.onward],
    )  # fmt: skip


def items_named(codes: Sequence[str], today: date) -> str:
    """In Chinese; an item no longer in the catalogue stays with its code."""
    names = {i.code: i.name for i in book().current_items(today)}
    return "、".join(names.get(code, code) for code in codes)


class Listed(Page):
    """Those that hold first, whole; those that ended by pages. Each with its newest uses."""

    action, title, template = "own.authorise", "我的授权", "own/authorisations.html"

    def get(self) -> HttpResponse:
        _, today = self.moment()
        number = self.number()

        def asked(c: Any) -> Any:
            found = _own(c, self.who, today)
            live = [a for a in found if a.state(today) in RUNNING]
            page = paged([a for a in found if a.state(today) not in RUNNING], number, ENDED_AT_A_TIME)
            told = _told(c, [*live, *page.rows], today)
            return told[: len(live)], told[len(live) :], page

        live, ended, page = lending.ask(asked)
        return self.page({"live": live, "ended": ended, "paged": page, "uses": USES})


class Grant(FormView, Page):
    """Two steps: fill in, read again and confirm. Nothing is granted before the second."""

    action, title, template = "own.authorise", "新的授权", "own/grant.html"
    submit = "下一步：核对"

    def make_form(self, data: Any = None) -> forms.Form:
        _, today = self.moment()
        return GrantForm(data, today=today, initial={"begins": today})

    def about(self) -> dict[str, Any]:
        return {"back": reverse("own-authorisations")}

    def post(self) -> HttpResponse:
        form = self.make_form(self.request.POST)
        assert isinstance(form, GrantForm)
        if "change" in self.request.POST:
            return self._shown(form)
        if not form.is_valid():
            return self._shown(form, 400)
        known = self._known(form)
        if known and fold_name(known) != fold_name(form.cleaned_data["recipient_name"]):
            form.add_error(
                "recipient_name", f"这个代码登记的名称是“{known}”，与填写的不一致；请核对代码和名称。"
            )
            return self._shown(form, 400)
        return super().post() if "confirmed" in self.request.POST else self._confirm(form, known)

    def _known(self, form: GrantForm) -> str:
        """The name under which the platform knows the code; empty: not at all."""
        _, today = self.moment()
        code = form.cleaned_data["recipient"]
        return unit_name(code, {code: "", **lending.ask(lambda c: looks.called(c, [code], today))})

    def _confirm(self, form: GrantForm, known: str) -> HttpResponse:
        _, today = self.moment()
        kept = [(k, v) for k in form.fields for v in self.request.POST.getlist(k)]
        terms = form.terms()
        told = {"terms": terms, "known": known, "name": form.cleaned_data["recipient_name"], "kept": kept}
        return self.page(
            {**told, "items": items_named(terms.items, today)}, template="own/grant_confirm.html"
        )

    def done(self, c: Any, data: dict[str, Any], at: datetime) -> Authorisation:
        now, today = self.moment()
        form = self.make_form(self.request.POST)
        assert isinstance(form, GrantForm) and form.is_valid()
        return authorisations.grant(c, self.who, now, today, self.who.provider, form.terms(), book())

    def target(self, answer: Any) -> str:
        messages.success(self.request, "授权已经作出。对方每次查看都会记在这里；随时可以撤回。")
        return reverse("own-authorisations")


class Revoke(FormView, Page):
    action, title, template = "own.authorise", "撤回授权", "own/revoke.html"
    form_class, submit = RevokeForm, "确认撤回"

    def dispatch(self) -> HttpResponse:
        """Another's, an unknown one and one that has ended look the same."""
        _, today = self.moment()
        number = str(self.kwargs["number"])
        told = lending.ask(lambda c: _found(c, self.who, today, number))
        if told is None:
            return error_page(404, NOT_HERE)
        self.shown = told
        return super().dispatch()

    shown: Shown

    def about(self) -> dict[str, Any]:
        return {"a": self.shown, "back": reverse("own-authorisations")}

    def done(self, c: Any, data: dict[str, Any], at: datetime) -> Authorisation:
        now, today = self.moment()
        return authorisations.revoke(c, self.who, now, today, self.shown.number, data["reason"])

    def target(self, answer: Any) -> str:
        messages.success(self.request, "授权已经撤回，对方从现在起不能再凭它查看。")
        return reverse("own-authorisations")


def _found(c: psycopg.Connection[Any], who: Who, today: date, number: str) -> Shown | None:
    found = _one(c, who, today, number)
    if found is None or found.state(today) not in RUNNING or not found.revocable:
        return None
    return _told(c, [found], today)[0]
