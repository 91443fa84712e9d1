"""What the department's pages have in common: the day, the items, whose a submission is, how an action is done."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect

from xinyong.catalog.model import Item
from xinyong.collection import receipts
from xinyong.collection.receipts import Receipt
from xinyong.collection.uploads import WHOSE
from xinyong.foundation import database
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import Refused
from xinyong.website.console.base import Connection, FormView
from xinyong.website.public import asking
from xinyong.website.public.asking import book as book

LONGEST_REASON = 300


def now() -> datetime:
    return asking.clock()


def today() -> date:
    return day_of(now())


def items(who: Who) -> list[Item]:
    """What may be handed in today, the department's own items first."""
    rules = book()
    provider = rules.provider_by_code(who.provider)
    mine = provider.id if provider else ""
    found = rules.current_items(today())
    return sorted(found, key=lambda i: (mine not in i.providers, i.code))


def item_choices(who: Who) -> list[tuple[str, str]]:
    return [(i.code, f"{i.name}（{i.code}）") for i in items(who)]


def item_of(code: str) -> Item | None:
    return next((i for i in book().current_items(today()) if i.code == code), None)


def item_names() -> dict[str, str]:
    return {i.code: i.name for i in book().current_items(today())}


def item_name(code: str) -> str:
    return item_names().get(code, code)


def receipt_of(c: Connection, who: Who, submission: int) -> Receipt | None:
    """None: there is none, or it is another department's; both look the same."""
    try:
        found = receipts.load(c, submission)
    except Refused:
        return None
    seen = who.role in WHOSE or (bool(who.provider) and found.provider == who.provider)
    return found if seen else None


class Reason(forms.Form):
    reason = forms.CharField(
        label="原因", max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写入审计日志，以后可查。",
    )  # fmt: skip


class ApartForm(FormView):
    """A form whose action is a transaction of its own on a connection of its own."""

    template = "console/department/form.html"

    def post(self) -> HttpResponse:
        form = self.make_form(self.request.POST)
        if form.is_valid():
            try:
                with database.connect_app() as c:
                    answer = self.done(c, form.cleaned_data, now())
            except Refused as e:
                form.add_error(None, e.sentence)
            else:
                target = self.target(answer)
                return HttpResponseRedirect(target) if isinstance(target, str) else target
        return self._shown(form, 400)


Choices = list[tuple[str, str]]
Facts = list[tuple[str, Any]]
