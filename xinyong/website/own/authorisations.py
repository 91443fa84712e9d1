"""我的授权: whom the subject lets look at what, each use of it, granting and taking back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from xinyong.disclosure import authorisations, grantor_keys, looks, signatures
from xinyong.disclosure.authorisations import MADE, Authorisation, Offer, Terms
from xinyong.disclosure.signatures import Signed
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.errors import Refused
from xinyong.kernel.names import fold_name
from xinyong.website import lending
from xinyong.website.console.base import FormView
from xinyong.website.errors import error_page
from xinyong.website.own import offers, signed
from xinyong.website.own.asking import Page, paged, unit_name
from xinyong.website.own.forms import GrantForm, RevokeForm, SignForm
from xinyong.website.public.asking import book

USES, ENDED_AT_A_TIME = 20, 20
RUNNING = ("有效", "未生效")
NOT_SIGNED = "没有这份授权的电子签名：不是本主体作出的，或者不是用电子签名作出的；请从“我的授权”重新打开。"
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
    made: str = ""
    signature: Sequence[tuple[str, str]] = ()  # empty: not made by one

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
    ids = [a.id for a in found]
    used, signed_by = looks.uses(c, ids, USES), signatures.of(c, ids)
    return [_shown(a, names, used.get(a.id, ()), today, signed_by.get(a.id)) for a in found]


def _shown(
    a: Authorisation,
    names: Mapping[str, str],
    used: Sequence[looks.Use],
    today: date,
    by: Signed | None,
) -> Shown:
    lines = [UseLine(u.at.astimezone(BEIJING), f"看了 {u.records} 条，用途：{u.purpose}") for u in used]
    return Shown(
        a.number, unit_name(a.recipient, names), a.recipient, items_named(a.items, today), a.purpose, a.once,
        a.begins, a.ends, a.granted_at.astimezone(BEIJING), a.state(today),
        a.ended_at.astimezone(BEIJING) if a.ended_at else None, a.revocable, a.uses, lines,
        [unit_name(code, names) for code in a.onward], MADE[a.made], signed.facts(by) if by else (),
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
    """Two steps: fill in, read again and confirm, or sign (`Sign`). Nothing is granted before the second."""

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
        now, today = self.moment()
        kept = [(k, v) for k in form.fields for v in self.request.POST.getlist(k)]
        terms, name = form.terms(), form.cleaned_data["recipient_name"]
        try:
            offer = offers.made(self.who, now, today, terms, name)
        except Refused as no:
            form.add_error(None, no.sentence)
            return self._shown(form, 400)
        must = signatures.demanded(terms.items, book(), today)
        told = {"terms": terms, "known": known, "name": name, "kept": kept, "offer": offer}
        named = {"items": items_named(terms.items, today), "must": items_named(sorted(must), today)}
        return self.page({**told, **named}, template="own/grant_confirm.html")

    def done(self, c: Any, data: dict[str, Any], at: datetime) -> Authorisation:
        now, today = self.moment()
        offer, terms = self._offered(now, today)
        return authorisations.grant(c, self.who, now, today, self.who.provider, terms, book(), offer)

    def _offered(self, now: datetime, today: date) -> tuple[Offer | None, Terms]:
        """What was shown, number and all; of a form that came without it, what it says."""
        if token := self.request.POST.get("offer", ""):
            return offers.read(self.who, now, today, token)
        form = self.make_form(self.request.POST)
        assert isinstance(form, GrantForm) and form.is_valid()
        return None, form.terms()

    def target(self, answer: Any) -> str:
        messages.success(self.request, "授权已经作出。对方每次查看都会记在这里；随时可以撤回。")
        return reverse("own-authorisations")


class Sign(FormView, Page):
    """The text of what was filled in, to take away, and its signature, to hand in."""

    action, title, template = "own.authorise", "用电子签名授权", "own/grant_sign.html"
    submit = "提交签名，作出授权"
    token: str
    offer: Offer
    terms: Terms

    def get(self) -> HttpResponse:
        return HttpResponseRedirect(reverse("own-authorisation-new"))

    def post(self) -> HttpResponse:
        now, today = self.moment()
        self.token = self.request.POST.get("offer", "")
        try:
            self.offer, self.terms = offers.read(self.who, now, today, self.token)
        except Refused as no:
            return error_page(400, no.sentence)
        return self._shown(self.make_form()) if "open" in self.request.POST else super().post()

    def make_form(self, data: Any = None) -> forms.Form:
        return SignForm(data, self.request.FILES if data is not None else None)

    def about(self) -> dict[str, Any]:
        now, today = self.moment()
        grantor = authorisations.grantor_of(self.who.provider, today)
        keys = lending.ask(lambda c: grantor_keys.of_grantor(c, *grantor))
        return {
            "letter": offers.text(self.who, today, self.offer, self.terms).decode(), "offer": self.token,
            "keys": [k for k in keys if k.ended_at is None], "now": now, "back": reverse("own-authorisation-new"),
            "name": f"authorisation-{self.offer.number[:8]}.txt",
        }  # fmt: skip

    def done(self, c: Any, data: dict[str, Any], at: datetime) -> Authorisation:
        now, today = self.moment()
        offer, terms = offers.read(self.who, now, today, self.token, data["signature"])
        return authorisations.grant(c, self.who, now, today, self.who.provider, terms, book(), offer)

    def target(self, answer: Any) -> str:
        messages.success(self.request, "签名核验通过，授权已经作出。核验包可以在这份授权下面下载。")
        return reverse("own-authorisations")


class Text(Page):
    """The bytes to sign, as a file."""

    action = "own.authorise"

    def get(self) -> HttpResponse:
        return HttpResponseRedirect(reverse("own-authorisation-new"))

    def post(self) -> HttpResponse:
        now, today = self.moment()
        try:
            offer, terms = offers.read(self.who, now, today, self.request.POST.get("offer", ""))
        except Refused as no:
            return error_page(400, no.sentence)
        return signed.text(offers.text(self.who, today, offer, terms), offer.number)


class Package(Page):
    """Text, signature and key of one of the subject's own, for whoever wants to check it."""

    action = "own.authorise"

    def get(self) -> HttpResponse:
        _, today = self.moment()
        number = str(self.kwargs["number"])

        def asked(c: psycopg.Connection[Any]) -> Signed | None:
            found = _one(c, self.who, today, number)
            return signatures.of(c, [found.id]).get(found.id) if found else None

        found = lending.ask(asked)
        return signed.package(found, number) if found else error_page(404, NOT_SIGNED)


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
