"""信息副本: a copy of all that is kept about oneself, the way to correct it, and, for a person, deletion."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.errors import Refused
from xinyong.rights.persons import dues, everything, requests
from xinyong.rights.persons.requests import GROUNDS, KINDS, MOST_TEXT, Request, Wish
from xinyong.website import lending
from xinyong.website.console.base import FormView
from xinyong.website.own import telling
from xinyong.website.own.asking import Page
from xinyong.website.public.asking import book

JSON = "application/json; charset=utf-8"


class _Requests(Page):
    """What the pages here have in common. `natural`: whether the account is a natural person's."""

    action = "own.request"

    def natural(self) -> bool:
        _, today = self.moment()
        try:
            return everything.is_natural(self.who.provider, today)
        except Refused:
            return False

    def copied(self) -> dict[str, Any]:
        now, today = self.moment()
        acting = replace(self.who, purpose="本主体复制全部信息")
        return lending.ask(lambda c: everything.gather(c, acting, self.who.provider, now, today, book()))


class Requests(_Requests):
    title, template = "信息副本", "own/requests.html"

    def get(self) -> HttpResponse:
        _, today = self.moment()
        asked = lending.ask(lambda c: requests.of_person(c, self.who, today)) if self.natural() else []
        lines = [
            {
                "request": r,
                "kind": KINDS[r.kind],
                "state": r.state(today),
                "at": r.at.astimezone(BEIJING),
                "due": dues.of_request(r, book()) if r.waiting else "",
            }
            for r in asked
        ]
        return self.page({"natural": self.natural(), "asked": lines})


class Copy(_Requests):
    """Readable and printable: the same content as the file."""

    title, template = "本主体的全部信息", "own/copy.html"

    def get(self) -> HttpResponse:
        answer, today = self.archive()
        entries = telling.entries(answer, book(), today) if answer and answer.found else []
        made = self.moment()[0].astimezone(BEIJING)
        return self.page({"copy": self.copied(), "groups": telling.grouped(entries), "made": made})


class File(_Requests):
    """For machines. The look is in the log; the digest lets a copy be told from another."""

    title = "信息副本文件"

    def get(self) -> HttpResponse:
        data, digest = everything.written(self.copied())
        answer = HttpResponse(data, content_type=JSON)
        answer.headers["Content-Disposition"] = 'attachment; filename="copy.json"'
        answer.headers["X-Content-SHA256"] = digest
        return answer


class DeletionForm(forms.Form):
    records = forms.MultipleChoiceField(label="要删除的信息", widget=forms.CheckboxSelectMultiple)
    ground = forms.ChoiceField(
        label="法定情形",
        choices=[(key, f"{text}（个人信息保护法{article}）") for key, (article, text) in GROUNDS.items()],
    )
    reason = forms.CharField(label="理由", max_length=MOST_TEXT, widget=forms.Textarea({"rows": 4}))

    def __init__(self, *given: Any, offered: list[tuple[str, str]], **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["records"].choices = offered  # type: ignore[attr-defined]
        for f in self.fields.values():
            f.error_messages["required"] = f"请填写“{f.label}”。"


class Deletion(FormView, _Requests):
    """Only for natural persons: an organisation's records end by their rules, or by objection and repair."""

    title, template, submit = "请求删除", "own/deletion.html", "提出请求"

    def make_form(self, data: Any = None) -> forms.Form:
        answer, _ = self.archive()
        rows = answer.records if answer else []
        offered = [(r["public_id"], f"{r['item_name']}　{r['decided'] or '没有日期'}") for r in rows]
        return DeletionForm(data, offered=offered)

    def about(self) -> dict[str, Any]:
        return {"natural": self.natural(), "back": reverse("own-requests")}

    def done(self, c: Any, data: dict[str, Any], at: Any) -> Request:
        now, today = self.moment()
        wish = Wish(
            "deletion", self.who.provider, ground=data["ground"], reason=data["reason"],
            records=tuple(data["records"]),
        )  # fmt: skip
        return requests.ask(c, self.who, now, today, wish, book())

    def target(self, answer: Request) -> str:
        messages.success(self.request, f"请求已经提出，最迟在 {dues.of_request(answer, book())} 前答复。")
        return reverse("own-requests")


__all__ = ["Copy", "Deletion", "File", "Requests"]
