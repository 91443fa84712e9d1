"""我要异议: what is wrong or isn't one's own, said of a record, and how the objections stand."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from xinyong.disclosure import ids
from xinyong.rights import casework
from xinyong.rights.casework import Case
from xinyong.rights.objection import actions, concerned
from xinyong.rights.objection.concerned import Named
from xinyong.website import lending
from xinyong.website.console.base import Connection
from xinyong.website.own import cases, objections_opinion, telling
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
        objected = [e for e in found if e.record.objected]
        pages = lending.ask(lambda c: objections_opinion.asked(c, self.who, [e.id for e in objected]))
        told = [(e, pages.get(e.id, "")) for e in objected]
        return self.page({"cases": mine, "objected": told, "asked": bool(pages), "any": bool(found)})


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


class Concerned(OwnForm):
    """To another's record: it is shown as the public sees it, and what the public doesn't see isn't there."""

    action, title, template = "own.concern", "作为利害关系人提出异议", "own/objection_concerned.html"
    submit = "提交异议"
    _found: Named | None = None
    _number = ""

    def get(self) -> HttpResponse:
        self._number = made.number_in(self.request.GET.get("record", ""))
        self._found = self._named(self._number)
        if self._found and self._found.of(self.who.provider, self.moment()[1]):
            own = urlencode({"record": self._number})
            return HttpResponseRedirect(f"{reverse('own-objection-new')}?{own}")
        return super().get()

    def post(self) -> HttpResponse:
        self._number = made.number_in(self.request.POST.get("record", ""))
        self._found = self._named(self._number)
        return super().post()

    def _named(self, number: str) -> Named | None:
        now, today = self.moment()
        return lending.ask(lambda c: concerned.named(c, now, today, number, book())) if number else None

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        return made.Concerned(data, files, initial={"record": self._number, "about": "record"})

    def about(self) -> dict[str, Any]:
        unknown = concerned.NOT_PUBLIC if self._number and not self._found else ""
        return {"found": told(self._found), "unknown": unknown, "back": reverse("own-objections")}

    def done(self, c: Any, form: Any) -> Case:
        return concerned.submit(c, self.who, *self.moment(), form.concern_stated(), book())

    def target(self, answer: Case) -> str:
        messages.success(
            self.request, "已提交。信用中心先核对利害关系，核对以前不作标注；办到哪一步，这里随时能看到。"
        )
        return reverse("own-objection", args=[answer.number])


def told(found: Named | None) -> dict[str, str]:
    """What a page says of another's record: no more than its public page says. Empty: it isn't public."""
    if found is None or found.told.subject is None:
        return {}
    return {
        "title": found.document or found.item.name, "item": found.item.name, "subject": found.told.subject["name"],
        "address": found.told.records[0]["public_id"],
    }  # fmt: skip


class Objection(OwnCase):
    action, title, kind = "own.objection", "异议", "objection"
    list_page, act_page, file_page = "own-objections", "own-objection-act", "own-objection-file"
    acts = {"withdraw": ("撤回异议", ("withdrawn",))}

    def _load(self, c: Connection) -> dict[str, Any] | None:
        found = super()._load(c)
        return {**found, **self._concerned(c, found["case"])} if found and found["case"].concerned else found

    def _concerned(self, c: Connection, case: Case) -> dict[str, Any]:
        """Another's record shows as the public sees it now; each look is logged."""
        now, today = self.moment()
        record = told(concerned.named(c, now, today, ids.public_id(case.record_ids[0]), book()))
        shown = (
            (record["title"], f"{record['item']}，{record['subject']}", "")
            if record
            else (cases.NOT_MINE, "现在没有公开", "")
        )
        return {"documents": [shown], "concern": casework.unsealed(case.detail.get("concern", ""))}


class File(OwnFile):
    action, kind = "own.objection", "objection"


class Act(OwnAct):
    action, kind, case_page = "own.objection", "objection", "own-objection"
    acts = {
        "withdraw": (
            "撤回异议",
            Withdraw,
            "异议已撤回；已经标注的，标注随即解除。",
            "撤回以后不再核查；已经标注的，标注随即解除。",
        )
    }

    def done(self, c: Any, form: Any) -> Any:
        now, _ = self.moment()
        return actions.withdraw(c, self.who, now, self.case.number, form.cleaned_data["reason"], book())
