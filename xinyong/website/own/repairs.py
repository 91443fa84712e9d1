"""我要修复: what can be repaired and on which conditions, applying for it, and how the applications stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.disclosure import authorisations
from xinyong.disclosure.explaining import CONFIDENCE
from xinyong.disclosure.queries import Archive
from xinyong.rights import casework, routes
from xinyong.rights.casework import Case
from xinyong.rights.repair import actions, conditions
from xinyong.rights.repair.conditions import Condition, Known
from xinyong.website import lending
from xinyong.website.own import cases, telling
from xinyong.website.own import repairs_forms as made
from xinyong.website.own.asking import Page, paged
from xinyong.website.own.cases import OwnAct, OwnCase, OwnFile, OwnForm
from xinyong.website.own.repairs_forms import Offered, offered
from xinyong.website.own.telling import Entry
from xinyong.website.public.asking import book

RECORDS = 20  # on a page


@dataclass(frozen=True, slots=True)
class Line:
    """A record with its conditions. `case`: number of the open application about it."""

    entry: Entry
    address: str
    conditions: list[Condition]
    case: str
    ours: bool
    channel: str

    @property
    def offered(self) -> bool:
        return not self.case and bool(self.channel)


class Repairs(Page):
    """Applications first, then the adverse records, those that can be applied for before the others."""

    action, title, template = "own.repair", "我要修复", "own/repairs.html"

    def get(self) -> HttpResponse:
        answer, today = self.archive()
        mine = lending.ask(lambda c: cases.listed(c, self.who, today, "repair"))
        found = self._lines(answer, today) if answer else []
        page = paged(found, self.number(), RECORDS)
        return self.page({"paged": page, "total": len(found), "cases": mine})

    def _lines(self, answer: Archive, today: date) -> list[Line]:
        rules = book()
        told = {r["record"]: r for r in answer.records}
        entries = [e for e in telling.entries(answer, rules, today) if e.negative and not e.stopped]
        entries.sort(key=lambda e: (not e.repairable, e.earliest or "9", e.decided))
        subject = authorisations.grantor_of(self.who.provider, today)

        def asked(c: Any) -> Any:
            return casework.open_about(c, "repair", [e.id for e in entries]), actions.revoked_on(c, *subject)

        busy, revoked = lending.ask(asked)
        known = Known(today, None, revoked)
        lines = []
        for e in entries:
            item = rules.item(told[e.id]["item"], today)
            route = routes.line_of(rules, item.repair_route, e.by, today)
            lines.append(
                Line(
                    e, told[e.id]["public_id"], conditions.of_record(told[e.id]["clocks"], known, rules),
                    busy.get(e.id, ""), bool(route and route.ours),
                    route.text + CONFIDENCE[route.confidence] if route else "",
                )
            )  # fmt: skip
        return lines


class Apply(OwnForm):
    """Chosen records, materials, the promise: filed as one application."""

    action, title, template, submit = "own.repair", "申请信用修复", "own/repair_apply.html", "提交申请"
    _offered: list[Offered]

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        answer, _ = self.archive()
        there = [r["record"] for r in answer.records] if answer else []
        busy = lending.ask(lambda c: casework.open_about(c, "repair", there))
        self._offered = offered(answer, True, busy) if answer else []
        chosen = self.request.GET.getlist("record")
        return made.Applying(self._offered, data, files, initial={"records": chosen})

    def about(self) -> dict[str, Any]:
        return {"offered": self._offered, "back": reverse("own-repairs")}

    def done(self, c: Any, form: Any) -> list[Case]:
        now, today = self.moment()
        return actions.apply(c, self.who, now, today, self.who.provider, form.application(), book())

    def target(self, answer: list[Case]) -> str:
        if len(answer) > 1:
            messages.success(
                self.request,
                f"已提交。所选信息由 {len(answer)} 个单位作出决定，分成 {len(answer)} 件分别办理。",
            )
            return reverse("own-repairs")
        messages.success(self.request, f"已提交，编号 {answer[0].shown}。办到哪一步，这里随时能看到。")
        return reverse("own-repair", args=[answer[0].number])


class Repair(OwnCase):
    action, title, kind = "own.repair", "修复申请", "repair"
    list_page, act_page, file_page = "own-repairs", "own-repair-act", "own-repair-file"
    acts = {
        "supplement": ("补充材料", ("supplemented",)),
        "defend": ("陈述、申辩", ("defended", "revoke_defended")),
        "withdraw": ("撤回申请", ("withdrawn",)),
    }


class File(OwnFile):
    action, kind = "own.repair", "repair"


class Act(OwnAct):
    action, kind, case_page = "own.repair", "repair", "own-repair"
    acts = {
        "supplement": (
            "补充材料",
            made.Supplement,
            "已补充，信用中心会重新核对。",
            "请对照告知的清单一次补齐。",
        ),
        "defend": (
            "陈述、申辩",
            made.Defence,
            "已收到您的陈述、申辩。",
            "认定单位拟作出不利决定，决定前会听取您的意见。",
        ),
        "withdraw": (
            "撤回申请",
            made.Withdraw,
            "申请已撤回。",
            "撤回以后可以再次申请；已经有结果的信息不受影响。",
        ),
    }

    def done(self, c: Any, form: Any) -> Any:
        now, _ = self.moment()
        act, number, d = self.kwargs["act"], self.case.number, form.cleaned_data
        if act == "supplement":
            return actions.supplement(c, self.who, now, number, form.uploads(), bool(d["public"]), book())
        if act == "defend":
            return actions.defend(c, self.who, now, number, d["statement"], form.uploads(), book())
        return actions.withdraw(c, self.who, now, number, d["reason"], book())
