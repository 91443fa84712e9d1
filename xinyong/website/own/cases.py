"""The subject's own cases: what it filed, how it stands, what it can still do. Another's is never there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import authorisations
from xinyong.disclosure.explaining import CONFIDENCE
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.errors import Refused
from xinyong.rights import applying, casework, limits, materials, moves
from xinyong.rights.casework import Case
from xinyong.rights.objection import opinion
from xinyong.rights.repair import adverse, service
from xinyong.website import lending
from xinyong.website.console import casebook
from xinyong.website.console.base import Connection
from xinyong.website.errors import error_page
from xinyong.website.own.asking import Page
from xinyong.website.public.asking import book

NOT_MINE = "他人名下的信息"
NOT_HERE = "没有这一件，或者不是本主体提出的；请从自己的列表重新打开。"


@dataclass(frozen=True, slots=True)
class Mine:
    """A case as a line of the subject's list."""

    number: str
    shown: str
    state: str
    tag: str
    documents: str
    since: str
    due: str
    todo: str  # what the subject is waited for; empty: nothing


CENTRE = "区信用中心"
HOLDERS = {
    "submitted": CENTRE,
    moves.RAISED: CENTRE,
    "incomplete": "您（补充材料以后，由区信用中心核对）",
}  # else the unit
TODO = {"incomplete": "请补充材料", "noticed": "可以陈述、申辩", "revoke_noticed": "可以陈述、申辩"}


def listed(c: Connection, who: Who, today: date, kind: str) -> list[Mine]:
    """Newest first."""
    rules = book()
    found = casework.of_subject(c, *authorisations.grantor_of(who.provider, today), kind)
    return [
        Mine(
            k.number, k.shown, k.state_name, casebook.STATE_TAGS.get(k.state, ""),
            _documents(k, rules, today),
            f"{k.at.astimezone(BEIJING):%Y-%m-%d}", casebook.due_text(limits.current(k, rules)),
            TODO.get(k.state, ""),
        )
        for k in found
    ]  # fmt: skip


def _documents(case: Case, rules: Rulebook, today: date) -> str:
    if case.concerned:
        return NOT_MINE
    return "、".join(r.document or casebook.item_name(r.item, rules, today) for r in case.records)


def load(c: Connection, who: Who, today: date, number: str, kind: str) -> Case | None:
    case = casework.load(c, number, kind)
    return case if case and applying.owns(who, case, today) else None


def _result(case: Case, rules: Rulebook, today: date) -> str:
    """By when there is a result: it runs anew from the day on which the applicant completes its materials."""
    if "result" in limits.running(case):
        return casebook.due_text(limits.limit_of(case, "result", rules))
    line = limits.line_of(rules, case.kind, "result", today, case.authority)
    if case.state != "incomplete" or line is None:
        return ""
    days = limits.days_of(rules, case.kind, "result", today, case.authority)
    return f"材料补齐之日起 {days} 个工作日{CONFIDENCE[line.confidence]}"


class OwnCase(Page):
    """One case of the subject's own."""

    kind: ClassVar[str]
    template = "own/case.html"
    list_page: ClassVar[str]
    act_page: ClassVar[str]
    file_page: ClassVar[str]
    acts: ClassVar[Mapping[str, tuple[str, tuple[str, ...]]]]  # act → label, the steps it may take

    def get(self) -> HttpResponse:
        found = lending.ask(self._load)
        return error_page(404, NOT_HERE) if found is None else self.page(found)

    def _load(self, c: Connection) -> dict[str, Any] | None:
        _, today = self.moment()
        rules = book()
        case = load(c, self.who, today, str(self.kwargs["number"]), self.kind)
        if case is None:
            return None
        running, results = limits.current(case, rules), casebook.outcomes(case)
        return {
            "title": f"{self.title} {case.shown}", "case": case,
            "state": case.state_name, "tag": casebook.STATE_TAGS.get(case.state, ""), "todo": TODO.get(case.state, ""),
            "answering": service.answering(c, case, rules), "due": casebook.due_text(running),
            "by": HOLDERS.get(case.state) or casebook.unit(case.authority, rules), "result": _result(case, rules, today),
            "documents": [(r.document, casebook.item_name(r.item, rules, today), results.get(r.record, "")) for r in case.records],
            "against": adverse.told(case, rules),
            "statement": casework.unsealed(case.detail.get("statement", "")),
            "files": casebook.files(opinion.split(case, materials.of_case(c, case))[0], rules, today), "file_page": self.file_page,
            "timeline": casebook.timeline(case, rules, inside=False), "back": reverse(self.list_page),
            "acts": [
                (label, reverse(self.act_page, args=[case.number, act]))
                for act, (label, steps) in self.acts.items()
                if any(case.may(step) for step in steps)
            ],
        }  # fmt: skip


class OwnFile(Page):
    """What the subject itself handed in."""

    kind: ClassVar[str]

    def get(self) -> HttpResponse:
        now, today = self.moment()

        def asked(c: Connection) -> HttpResponse | None:
            case = load(c, self.who, today, str(self.kwargs["number"]), self.kind)
            mine = opinion.split(case, materials.of_case(c, case))[0] if case else []
            if case is None or self.kwargs["file"] not in {k.id for k in mine}:
                return None
            return casebook.attached(*materials.read(c, self.who, now, case, self.kwargs["file"]))

        return lending.act(asked) or error_page(404, NOT_HERE)


class OwnForm(Page):
    """A form with files that ends in one action; a refusal stands on the form."""

    template = "own/case_form.html"
    submit: ClassVar[str] = "提交"

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        raise NotImplementedError

    def about(self) -> dict[str, Any]:
        return {}

    def get(self) -> HttpResponse:
        return self._shown(self.make_form())

    def post(self) -> HttpResponse:
        form = self.make_form(self.request.POST, self.request.FILES)
        if form.is_valid():
            try:
                answer = lending.act(lambda c: self.done(c, form))
            except Refused as e:
                form.add_error(None, e.sentence)
            else:
                return HttpResponseRedirect(self.target(answer))
        return self._shown(form, 400)

    def done(self, c: Connection, form: Any) -> Any:
        raise NotImplementedError

    def target(self, answer: Any) -> str:
        raise NotImplementedError

    def _shown(self, form: forms.Form, status: int = 200) -> HttpResponse:
        return self.page({"form": form, "submit": self.submit, **self.about()}, status)


class OwnAct(OwnForm):
    """Something the subject does with its case. `acts`: act → title, form, sentence when done, explanation."""

    kind: ClassVar[str]
    acts: ClassVar[Mapping[str, tuple[str, type[forms.Form], str, str]]]
    case_page: ClassVar[str]
    case: Case

    def dispatch(self) -> HttpResponse:
        _, today = self.moment()
        number = str(self.kwargs["number"])
        found = lending.ask(lambda c: load(c, self.who, today, number, self.kind))
        if found is None or self.kwargs["act"] not in self.acts:
            return error_page(404, NOT_HERE)
        self.case = found
        return super().dispatch()

    def heading(self) -> str:
        return self.acts[self.kwargs["act"]][0]

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        made: Any = self.acts[self.kwargs["act"]][1]
        return made(data, files)  # type: ignore[no-any-return]

    def about(self) -> dict[str, Any]:
        return {"back": self.address(), "case": self.case, "explained": self.acts[self.kwargs["act"]][3]}

    def address(self) -> str:
        return reverse(self.case_page, args=[self.case.number])

    def target(self, answer: Any) -> str:
        messages.success(self.request, self.acts[self.kwargs["act"]][2])
        return self.address()


__all__ = ["Mine", "OwnAct", "OwnCase", "OwnFile", "OwnForm", "listed", "load"]
