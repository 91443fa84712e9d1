"""我要异议: what is wrong or isn't one's own, said of a record, and how the objections stand."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.rights import casework
from xinyong.rights.casework import Case
from xinyong.rights.objection import actions
from xinyong.website import lending
from xinyong.website.own import cases, telling
from xinyong.website.own import objections_forms as made
from xinyong.website.own.asking import Page
from xinyong.website.own.cases import OwnAct, OwnCase, OwnFile, OwnForm
from xinyong.website.own.repairs_forms import Offered, Withdraw, offered
from xinyong.website.public.asking import book


class Objections(Page):
    action, title, template = "own.objection", "我要异议", "own/objections.html"

    def get(self) -> HttpResponse:
        answer, today = self.archive()
        mine = lending.ask(lambda c: cases.listed(c, self.who, today, "objection"))
        found = telling.entries(answer, book(), today) if answer else []
        return self.page(
            {"cases": mine, "objected": [e for e in found if e.record.objected], "any": bool(found)}
        )


class Object(OwnForm):
    action, title, template, submit = "own.objection", "提出异议", "own/objection_new.html", "提交异议"
    _offered: list[Offered]

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        answer, _ = self.archive()
        there = [r["record"] for r in answer.records] if answer else []
        busy = lending.ask(lambda c: casework.open_about(c, "objection", there))
        self._offered = offered(answer, False, busy) if answer else []
        chosen = self.request.GET.getlist("record")
        return made.Objecting(self._offered, data, files, initial={"records": chosen, "about": "record"})

    def about(self) -> dict[str, Any]:
        return {"offered": self._offered, "back": reverse("own-objections")}

    def done(self, c: Any, form: Any) -> list[Case]:
        now, today = self.moment()
        return actions.submit(c, self.who, now, today, self.who.provider, form.objecting(), book())

    def target(self, answer: list[Case]) -> str:
        messages.success(self.request, "已提交，所选信息已经标注“异议处理中”。办到哪一步，这里随时能看到。")
        if len(answer) > 1:
            return reverse("own-objections")
        return reverse("own-objection", args=[answer[0].number])


class Objection(OwnCase):
    action, title, kind = "own.objection", "异议", "objection"
    list_page, act_page, file_page = "own-objections", "own-objection-act", "own-objection-file"
    acts = {"withdraw": ("撤回异议", ("withdrawn",))}


class File(OwnFile):
    action, kind = "own.objection", "objection"


class Act(OwnAct):
    action, kind, case_page = "own.objection", "objection", "own-objection"
    acts = {"withdraw": ("撤回异议", Withdraw, "异议已撤回，标注已解除。", "撤回以后标注随即解除。")}

    def done(self, c: Any, form: Any) -> Any:
        now, _ = self.moment()
        return actions.withdraw(c, self.who, now, self.case.number, form.cleaned_data["reason"], book())
