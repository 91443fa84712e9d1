"""代办补正、申辩与撤回: who stands at a window goes on there with what was filed before, on documents that were seen.

Each page with a case on it is a look at it: in the audit trail, and in the log that its subject reads.

Everything by post, and nothing kept between the steps: the code of a person belongs in no address and no session.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from xinyong.disclosure import authorisations, identity, queries
from xinyong.disclosure.queries import Question
from xinyong.foundation import audit
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused
from xinyong.rights import applying, casework
from xinyong.rights.applying import Shown
from xinyong.rights.casework import Case
from xinyong.rights.objection import actions as objections
from xinyong.rights.repair import actions as repairs
from xinyong.rights.repair import service
from xinyong.website import access, lending
from xinyong.website.console import casebook
from xinyong.website.console.base import Connection, Console
from xinyong.website.console.casebook import Act
from xinyong.website.own import cases
from xinyong.website.own import repairs_forms as made
from xinyong.website.public.asking import book

ACTION, LOOK = "case.window", "case"
ACTS = {
    "repair": {
        "supplement": Act("补充材料", made.Supplement, ("supplemented",), "对照告知的清单一次补齐。"),
        "defend": Act("陈述、申辩", made.Defence, ("defended", "revoke_defended"), "认定单位决定前会听取。"),
        "hand": Act("当面送达告知", casebook.Nothing, ("served",),
            "下面“办理经过”里有告知的理由和依据，请打印或者念给申请人；办理后登记为今天直接送达，陈述、申辩的期限从今天起算。"),
        "withdraw": Act("撤回申请", made.Withdraw, ("withdrawn",), "撤回以后可以再次申请。"),
    },
    "objection": {
        "withdraw": Act("撤回异议", made.Withdraw, ("withdrawn",), "撤回以后可以再次提出；已经标注的，标注随即解除。"),
    },
}  # fmt: skip
NOT_THERE = "没有这个编号的申请或异议，或者不是所填代码的主体提出的；请对照受理通知和证件核对。"


class Find(forms.Form):
    number = forms.CharField(
        label="修复申请或者异议的编号", max_length=24, help_text="例如 XF2026000123，受理通知里有。",
        error_messages={"required": "请填写编号。"},
    )  # fmt: skip
    code = forms.CharField(
        label="申请人的统一社会信用代码、注册号或身份证号码", max_length=40, error_messages={"required": "请填写代码。"},
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip


class Evidence(forms.Form):
    evidence = forms.CharField(
        label="核对了什么证件", max_length=applying.LONGEST_EVIDENCE,
        help_text="例如：营业执照和法定代表人身份证原件；代办的写明委托书和代办人的证件。",
        error_messages={"required": "请写明核对了申请人或者代办人的什么证件。"},
    )  # fmt: skip


def link(case: Case, who: Who) -> list[tuple[str, str]]:
    """From a case's page, if there is something to be done for the applicant."""
    if not access.may(who.role, ACTION) or not offered(case):
        return []
    return [("代申请人办理", f"{reverse('counter-case')}?{urlencode({'number': case.shown})}")]


def offered(case: Case) -> dict[str, Act]:
    acts = ACTS.get(case.kind, {})
    return {key: act for key, act in acts.items() if any(case.may(step) for step in act.steps)}


class Window(Console):
    """Whose case, then what there is to do, then what is said: three steps on one address."""

    action, title, template = ACTION, "代办补正、申辩与撤回", "console/centre/window.html"
    intro = "已经提交的修复申请和异议，申请人或者代办人到窗口接着办的，在这里办理。先核对证件；办理后即告知申请人。"

    def get(self) -> HttpResponse:
        return self._asking(Find(initial={"number": self.request.GET.get("number", "")}))

    def post(self) -> HttpResponse:
        find = Find(self.request.POST)
        if not find.is_valid():
            return self._asking(find, 400)
        today = casebook.moment()[1]
        case = lending.ask(lambda c: found(c, find.cleaned_data, today))
        if case is None:
            find.add_error(None, NOT_THERE)
            return self._asking(find, 400)
        act = self.request.POST.get("act", "")
        return self._act(find, case, act) if act in offered(case) else self._case(find, case)

    def _asking(self, find: Find, status: int = 200) -> HttpResponse:
        return self.page({"find": find, "purpose": self.who.purpose}, status)

    def _case(self, find: Find, case: Case) -> HttpResponse:
        return self.page({**self._about(find, case), "acts": offered(case).items()})

    def _act(self, find: Find, case: Case, name: str) -> HttpResponse:
        act, sent = offered(case)[name], "send" in self.request.POST
        given = (self.request.POST, self.request.FILES) if sent else (None, None)
        made_form: Any = act.form
        evidence, form = Evidence(given[0]), made_form(*given)
        if sent and evidence.is_valid() & form.is_valid():
            shown = Shown(find.cleaned_data["code"], evidence.cleaned_data["evidence"])
            try:
                lending.act(lambda c: self._done(c, case, name, form, shown))
            except Refused as no:
                form.add_error(None, no.sentence)
            else:
                messages.success(self.request, f"{case.shown}：{act.label}已办理，并告知申请人。")
                return HttpResponseRedirect(reverse("counter-case"))
        told = {"act": act, "name": name, "forms": (evidence, form)}
        return self.page({**self._about(find, case), **told}, 400 if sent else 200)

    def _done(self, c: Connection, case: Case, name: str, form: Any, shown: Shown) -> Case:
        now, number, d, rules = casebook.moment()[0], case.number, form.cleaned_data, book()
        if case.kind == objections.KIND:
            return objections.withdraw(c, self.who, now, number, d["reason"], rules, shown)
        if name == "supplement":
            return repairs.supplement(
                c, self.who, now, number, form.uploads(), bool(d["public"]), rules, shown
            )
        if name == "hand":
            return service.hand(c, self.who, now, number, rules, shown)
        if name == "defend":
            return repairs.defend(c, self.who, now, number, d["statement"], form.uploads(), rules, shown)
        return repairs.withdraw(c, self.who, now, number, d["reason"], rules, shown)

    def _noted(self, c: Connection, code: str, case: Case) -> None:
        """The look at the case: in the audit trail, and where its subject sees who looked. Before the page is made."""
        now, today = casebook.moment()
        located = identity.by_code(c, code, None)
        shown = 0 if case.concerned else len(case.records)  # of another's record the page shows nothing
        queries.looked(c, located, Question(self.who, now, today), book(), LOOK, shown)
        audit.record(c, self.who, now, ACTION, case.number, {"case": case.shown, "records": shown})

    def _about(self, find: Find, case: Case) -> dict[str, Any]:
        rules = book()
        lending.ask(lambda c: self._noted(c, find.cleaned_data["code"], case))
        return {
            "case": case, "code": find.cleaned_data["code"], "purpose": self.who.purpose,
            "documents": [cases.NOT_MINE if case.concerned else r.document or r.item for r in case.records], "by": casebook.unit(case.authority, rules),
            "timeline": casebook.timeline(case, rules, inside=False),
        }  # fmt: skip


def found(c: Connection, asked: dict[str, str], today: date) -> Case | None:
    """The case of this number, if it is this subject's: another's and none look the same."""
    case = casework.by_shown(c, asked["number"])
    if case is None or case.kind not in ACTS:
        return None
    try:
        whose = authorisations.grantor_of(asked["code"], today)
    except Refused:
        return None
    return case if whose == (case.scheme, case.value) else None


__all__ = ["ACTS", "Window", "link", "offered"]
