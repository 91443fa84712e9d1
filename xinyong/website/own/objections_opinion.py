"""说明意见: the subject answers an objection that somebody concerned raised to a record of its own.

By the record's number, which is public: no page says whose objection it is, nor carries its number.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.disclosure import ids
from xinyong.kernel.beijing import BEIJING
from xinyong.rights import casework, telling
from xinyong.rights.casework import Case
from xinyong.rights.objection import concerned, opinion
from xinyong.website import lending
from xinyong.website.console import casebook
from xinyong.website.console.base import Connection
from xinyong.website.errors import error_page
from xinyong.website.own import objections_forms as made
from xinyong.website.own.cases import OwnForm
from xinyong.website.public.asking import book


class Opinion(OwnForm):
    action, title, template, submit = "own.opinion", "说明意见", "own/opinion.html", "提交意见"
    _cases: list[Case]

    def dispatch(self) -> HttpResponse:
        self._cases = lending.ask(lambda c: opinion.of_number(c, self.who, self.kwargs["record"]))
        return super().dispatch() if self._cases else error_page(404, opinion.NONE)

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        return made.Opinion(data, files)

    def about(self) -> dict[str, Any]:
        _, today = self.moment()
        rules, case = book(), self._cases[0]
        [r] = case.records
        name = casebook.item_name(r.item, rules, today)
        return {
            "record": r.document or name, "item": name, "unit": casebook.unit(case.authority, rules),
            "number": self.kwargs["record"],
            "disputes": [_dispute(k, today) for k in self._cases], "said": _said(case), "back": reverse("own-objections"),
        }  # fmt: skip

    def done(self, c: Connection, form: Any) -> list[Case]:
        now, record = self.moment()[0], self.kwargs["record"]
        return opinion.state(c, self.who, now, record, form.cleaned_data["statement"], form.uploads(), book())

    def target(self, answer: list[Case]) -> str:
        messages.success(self.request, "已收到您的意见，提供单位答复以前会看到；结果在“我的消息”告知您。")
        return reverse("own-objections")


def _dispute(case: Case, today: date) -> dict[str, Any]:
    """What is claimed and until when it may be answered; not by whom."""
    limit = concerned.views_until(case, book())
    return {
        "about": concerned.CLAIMED[case.about], "until": telling.due(limit), "late": bool(limit and limit.overdue(today)),
    }  # fmt: skip


def _said(case: Case) -> list[dict[str, Any]]:
    return [
        {
            "at": s.at.astimezone(BEIJING),
            "text": casework.unsealed(s.detail["statement"]),
            "files": s.detail["files"],
        }
        for s in opinion.said(case)
    ]


def asked(c: Connection, who: Any, records: list[str]) -> dict[str, str]:
    """Record → the page on which its subject is asked for its opinion."""
    found = opinion.asked_of(c, who, records)
    return {r: reverse("own-opinion", args=[ids.public_id(r)]) for k in found for r in k.record_ids}
