"""修复受理: the centre checks applications for completeness and hands them on; windows enter them; timeliness, shielding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import ids
from xinyong.disclosure.queries import Archive
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.rights import applying, casework
from xinyong.rights.casework import Case
from xinyong.rights.repair import actions, service, shielding, standing, timeliness, upstream
from xinyong.rights.repair.actions import Application
from xinyong.website import access, lending
from xinyong.website.console import casebook
from xinyong.website.console.base import Choice, Column, Connection, Console, Row, Text
from xinyong.website.console.casebook import Act, CaseAct, CaseList, CasePage, Nothing, Reason
from xinyong.website.console.centre import window
from xinyong.website.console.centre.made import MadeList
from xinyong.website.console.department import repairs as shared
from xinyong.website.own import repairs_forms as made
from xinyong.website.public.asking import book

WHOSE = "whose"  # the first step of entering
PERIODS = (("year", "今年"), ("month", "本月"), ("last", "上月"))


class Repairs(CaseList):
    action, title, export_action = "repair.read", "修复受理", "repair.read"
    intro = (
        "全区的信用修复申请。信用中心核对材料是否齐全，缺什么一次告知，齐全的转作出决定的单位；超期的在前。"
    )
    columns = casebook.columns("case-repair", "repair", authority=True)
    filters = (
        Choice("state_name", "状态", "true", shared.STATES),
        shared.URGENCY,
        Text("subject", "主体名称", "true"),
        Text("authority", "办理单位", "true"),
    )
    empty = "没有修复申请。"

    def buttons(self) -> list[tuple[str, str]]:
        found = [
            ("修复及时率", reverse("centre-repair-timeliness")),
            ("修复后帮扶名单", reverse("centre-repair-support")),
        ]
        if access.may(self.who.role, "repair.upstream"):
            found.append(("登记其他渠道的结果", reverse("centre-repair-upstream")))
        return found

    def cases(self, c: Connection) -> list[Case]:
        return casework.listed(c, "repair")


class Missing(forms.Form):
    missing = forms.CharField(
        label="缺少的材料", max_length=casework.LONGEST, widget=casebook.AREA,
        help_text="一行一项，一次写全。已按规则列出系统查到的。",
    )  # fmt: skip

    def offer(self, case: Case) -> None:
        now, today = casebook.moment()
        lacking = lending.ask(lambda c: actions.missing(c, case, book(), today))
        self.initial.setdefault("missing", "\n".join(lacking))


class Outside(forms.Form):
    upstream = forms.CharField(label="对方的受理号", max_length=100)


CENTRE = {
    "push": Act("材料齐全，转认定单位", Nothing, ("pushed",),
        "转给作出决定的单位，由它决定是否受理。", "已转认定单位。"),
    "incomplete": Act("一次告知补正", Missing, ("incomplete",),
        "缺什么一次写全，告知申请人。", "已告知申请人补正。"),
    "forward": Act("转办其他渠道", Outside, ("forwarded",),
        "不归本平台修复的信息，转到它的渠道并登记受理号。", "已转办，并告知申请人。"),
}  # fmt: skip


class Handle(CaseAct):
    action, kind, acts, case_page = "repair.handle", "repair", CENTRE, "case-repair"

    def perform(self, c: Connection, act: str, data: dict[str, Any], now: datetime) -> Any:
        if act == "push":
            return actions.push(c, self.who, now, self.case.number, book())
        if act == "forward":
            return actions.forward(c, self.who, now, self.case.number, data["upstream"], book())
        return actions.ask_more(c, self.who, now, self.case.number, data["missing"].splitlines(), book())


class Upstream(Reason):
    """What another channel says of each record that has no result yet; of those it is silent about, nothing."""

    result = forms.ChoiceField(label="结果")
    upstream = forms.CharField(
        label="对方的编号", max_length=100, help_text="同一编号只登记一次，重复登记不会有两次效果。"
    )
    day = made.result_day()

    def offer(self, case: Case) -> None:
        """What is ours to refuse is refused after a hearing, not entered from elsewhere."""
        known = {"granted": "准予修复", "refused": "不予修复"}
        live = [(key, name) for key, name in known.items() if case.may(f"upstream_{key}")]
        field: Any = self.fields["result"]
        field.choices = [("", "请选择"), *live]
        waiting, names = standing.waiting(case), {r.record: r.document or r.item for r in case.records}
        field.label = f"{names[waiting[0]]} 的结果" if len(case.records) > 1 and waiting else "结果"
        if len(waiting) > 1:
            del self.fields["result"]
            self.fields |= {f"r_{r}": made.result_field(f"{names[r]} 的结果", live) for r in waiting}
        self.order_fields(["result", *(f"r_{r}" for r in waiting), "upstream", "day", "reason"])

    def clean(self) -> dict[str, Any]:
        return made.some_result(self)


RESULT = {
    "enter": Act("登记其他渠道的结果", Upstream, ("upstream_granted", "upstream_refused"),
        "其他渠道的结果与本平台的决定效力相同。有几条信息的，逐条写明准予、不予，或者对方还没有结果；"
        "还没有结果的留在这一件里继续办理，有结果时用新的编号再登记。", "结果已登记，并告知申请人。"),
}  # fmt: skip


class Result(CaseAct):
    action, kind, acts, case_page = "repair.upstream", "repair", RESULT, "case-repair"

    def perform(self, c: Connection, act: str, data: dict[str, Any], now: datetime) -> Any:
        granted, named = data.get("result") == "granted", made.results(data)
        told = upstream.Result(
            data["upstream"], granted, data["reason"], self.case.number, named=named, day=data["day"]
        )
        return upstream.take_result(c, self.who, now, casebook.moment()[1], told, book())

    def about(self) -> dict[str, Any]:
        """Which records have a result stands in place of the mere numbers of their documents."""
        found, names = super().about(), {r.record: r.document or r.item for r in self.case.records}
        had = [(names[r], text) for r, text in casebook.outcomes(self.case).items()]
        facts = [(label, text) for label, text in found["facts"] if not had or label != "文书号"]
        return {**found, "facts": [*facts, *had]}


class Repair(CasePage):
    """One application: its records with the conditions compared, its materials, limits and time-line."""

    action, title, kind, back = "repair.case", "信用修复", "repair", shared.BACK
    file_page = "case-repair-file"

    def acts(self, c: Connection, case: Case) -> list[tuple[str, str]]:
        skipped = {"forward" if actions.ours(case, book(), casebook.moment()[0]) else "push"}
        skipped |= {"incomplete"} if case.last("incomplete") else set()
        handling = {key: act for key, act in CENTRE.items() if key not in skipped}
        found = casebook.offered(case, self.who, handling, "repair.handle", "case-repair-centre")
        found += casebook.offered(case, self.who, shared.ACCEPT, "repair.accept", "case-repair-accept")
        found += casebook.offered(case, self.who, shared.SERVE, "repair.serve", "case-repair-serve")
        found += casebook.offered(case, self.who, shared.DECIDE, "repair.decide", "case-repair-decide")
        found += casebook.offered(case, self.who, RESULT, "repair.upstream", "case-repair-result")
        return found + window.link(case, self.who)

    def more(self, c: Connection, case: Case, rules: Rulebook, now: datetime, today: date) -> dict[str, Any]:
        lacking = actions.missing(c, case, rules, today) if case.state in ("submitted", "incomplete") else []
        route = next((r for r in rules.case_rules("route", today) if r.route == case.route), None)
        served, silent = service.sentence(c, case, rules), len(standing.waiting(case))
        parted = (
            f"{len(case.records) - silent} 条已有结果，{silent} 条还没有"
            if standing.results(case) and silent
            else ""
        )
        more = [("各条结果", parted), ("告知何时送达", served)]
        return {
            "records": shared.compared(c, self.who, case, rules, now, today),
            "facts": [*self.facts(case, rules, today), *((label, text) for label, text in more if text)],
            "missing": lacking,
            "route": "" if route is None or route.ours else f"渠道：{route.name}。{route.text}。",
        }


REVOKING = ("revoke_noticed", "revoke_defended", "revoked")


class Support(MadeList):
    """修复后帮扶: who was repaired within the last year, for the offices that help."""

    action, title, export_action = "repair.read", "修复后帮扶名单", "repair.read"
    intro = "近一年准予修复的主体，供有关单位提供信用管理咨询、培训等帮扶。修复撤销的不在其中。"
    columns = (
        Column("shown", "修复编号", link=lambda r: reverse("case-repair", args=[r["number"]])),
        Column("subject", "信用主体"),
        Column("items", "事项"),
        Column("authority", "认定单位"),
        Column("granted", "准予日期", "day"),
    )
    filters = (Text("subject", "主体名称", "true"), Text("authority", "认定单位", "true"))
    empty = "近一年没有准予修复的主体。"

    def made(self, c: Connection) -> list[Row]:
        _, today = casebook.moment()
        rules = book()
        since = today - timedelta(days=365)
        mine = [k for k in casework.between(c, since, today, "repair") if k.state not in REVOKING]
        found = [(k, k.last(*standing.GRANTS)) for k in mine]
        return [
            {**casebook.row(k, rules, today), "granted": step.day}
            for k, step in found
            if step and step.day > since
        ]


class Timeliness(MadeList):
    action, title, export_action = "repair.timeliness", "信用修复及时率", "repair.timeliness"
    intro = (
        "时限内办结 ÷ 到期应办结；受理和决定都要在期限内。已超期还没有办结的，算没有按时。"
        "规划要求 2025 年达到 90 %；口径待业主确认。撤回的、转其他渠道的不计；还在信用中心核对的只计入全区。"
    )
    columns = (
        Column("unit", "单位"),
        Column("rate", "及时率", show=lambda v: v.text, tag=lambda v: v.tag),
        Column("due", "到期应办结", "number"),
        Column("in_time", "时限内办结", "number"),
        Column("late", "超期办结", "number"),
        Column("overdue", "超期未办", "number"),
        Column("waiting", "期限内在办", "number"),
    )
    filters = (Choice("period", "时段", "true", PERIODS),)
    empty = "这一时段没有到期的修复申请。"

    def made(self, c: Connection) -> list[Row]:
        _, today = casebook.moment()
        first, last = period(self.request.GET.get("period", ""), today)
        rules = book()
        aim = timeliness.target(rules, today)
        found = timeliness.by_department(c, self.who, today, first, last, rules)
        return [
            {
                "unit": casebook.unit(x.authority, rules) if x.authority else "全区", "rate": Rate(x.rate, aim),
                "due": x.due, "in_time": x.in_time, "late": x.late, "overdue": x.overdue, "waiting": x.waiting,
                "period": self.request.GET.get("period", ""),
            }
            for x in found
        ]  # fmt: skip


class Rate:
    """A rate against its aim, as a cell shows and sorts it."""

    def __init__(self, value: Any, aim: Any) -> None:
        self.rate = None if value is None else float(value)
        self.text = "没有到期的" if value is None else f"{value:.1%}"
        self.tag = "plain" if value is None else "good" if value >= aim else "bad"


def period(text: str, today: date) -> tuple[date, date]:
    month = today.replace(day=1)
    if text == "month":
        return month, today
    if text == "last":
        end = month - timedelta(days=1)
        return end.replace(day=1), end
    return date(today.year, 1, 1), today


class Entering(Console):
    """Two steps for a window or an office: whose it is, then which records and what is said of them.

    Both by post: whose it is may be told by a person's number, and addresses are kept in many places.
    """

    template = "console/centre/entering.html"
    adverse: ClassVar[bool] = True
    form_class: ClassVar[type[made.Chosen] | type[made.FromUpstream]] = made.Chosen
    submit: ClassVar[str] = "提交"

    def get(self) -> HttpResponse:
        ask = made.Whose(initial={"purpose": self.who.purpose})
        return self.page({"ask": ask, "purpose": self.who.purpose})

    def post(self) -> HttpResponse:
        given = self.request.POST
        return self._records(given.get("code", "").strip(), None if given.get("step") == WHOSE else given)

    def _records(self, code: str, data: Any) -> HttpResponse:
        """What isn't permitted is logged and told; the log's entry stays."""
        found, refused = lending.act(lambda c: self._archive(c, code))
        if refused or found is None or found.subject is None:
            ask = made.Whose({"code": code, "purpose": self.who.purpose})
            ask.is_valid()
            ask.add_error("code", refused or "没有归集到这个代码的信息；请核对后重试。")
            return self.page({"ask": ask, "purpose": self.who.purpose}, 400)
        offered = made.offered(found, self.adverse)
        form = self.form_class(offered, data, self.request.FILES if data is not None else None)
        told = {
            "form": form,
            "subject": found.subject,
            "code": code,
            "purpose": self.who.purpose,
            "submit": self.submit,
        }
        if data is None or not form.is_valid():
            return self.page({**told, "offered": offered}, 200 if data is None else 400)
        try:
            cases = lending.act(lambda c: self.done(c, code, form, *casebook.moment()))
        except Refused as e:
            form.add_error(None, e.sentence)
            return self.page({**told, "offered": offered}, 400)
        messages.success(self.request, f"已提交：{'、'.join(case.shown for case in cases)}。")
        return self.landed(cases)

    def _archive(self, c: Connection, code: str) -> tuple[Archive | None, str]:
        now, today = casebook.moment()
        try:
            return applying.archive_of(c, self.who, now, today, code, book(), self.title), ""
        except NotPermitted as no:
            return None, no.sentence
        except Refused as no:
            return None, no.sentence

    def done(self, c: Connection, code: str, form: Any, now: datetime, today: date) -> Sequence[Case]:
        raise NotImplementedError

    def landed(self, cases: Sequence[Case]) -> HttpResponse:
        return HttpResponseRedirect(self.request.path)


class EnterRepair(Entering):
    action, title, form_class, submit = "repair.enter", "代录信用修复申请", made.Applying, "提交申请"
    intro = "请先核对到场本人或者代办人的证件和委托书，再填写。查询会记入审计日志，本人可以看到。"

    def done(self, c: Connection, code: str, form: Any, now: datetime, today: date) -> Sequence[Case]:
        asked: Application = form.application()
        return actions.apply(c, self.who, now, today, code, asked, book())


class EnterUpstream(Entering):
    """A result from a channel where the subject applied by itself."""

    action, title, form_class, submit = (
        "repair.upstream",
        "登记其他渠道的修复结果",
        made.FromUpstream,
        "登记结果",
    )
    intro = (
        "“信用中国”、企业信用信息公示系统、法院、税务的修复结果，与本平台的决定效力相同；同一编号只登记一次。"
        "逐条写明准予还是不予；没有结果的不用选。由本平台修复的信息，不登记其他渠道的“不予修复”。"
    )

    def done(self, c: Connection, code: str, form: Any, now: datetime, today: date) -> Sequence[Case]:
        d = form.cleaned_data
        named = {str(ids.record_of(address)): granted for address, granted in made.results(d).items()}
        told = upstream.Result(
            d["upstream"], any(named.values()), d["reason"], code=code, records=tuple(made.results(d)), named=named,
            day=d["day"],
        )  # fmt: skip
        return [upstream.take_result(c, self.who, now, today, told, book())]

    def landed(self, cases: Sequence[Case]) -> HttpResponse:
        return HttpResponseRedirect(reverse("case-repair", args=[cases[0].number]))


class Shield(Entering):
    action, title, form_class, submit = "mark.shielding", "凭裁定临时屏蔽", made.Ruling, "屏蔽"
    intro = "法院裁定批准重整计划或者和解的，凭裁定书临时屏蔽，期间停止公示、共享和使用；到截止日自动恢复，也可以提前解除。"

    def done(self, c: Connection, code: str, form: Any, now: datetime, today: date) -> Sequence[Case]:
        d = form.cleaned_data
        ruling = shielding.Ruling(d["ruling"], d["until"], code, tuple(d["records"]), d["reason"])
        return shielding.shield(c, self.who, now, today, ruling, book())

    def landed(self, cases: Sequence[Case]) -> HttpResponse:
        return HttpResponseRedirect(reverse("case-shielding", args=[cases[0].number]))


class Shieldings(CaseList):
    action, title = "shielding.read", "重整屏蔽"
    intro = "破产重整、和解期间凭法院裁定书临时屏蔽的信息。"
    columns = tuple(
        c
        for c in casebook.columns("case-shielding", "shielding", authority=True)
        if c.key not in ("urgency", "due", "stage")
    )
    filters = (Text("subject", "主体名称", "true"),)
    empty = "没有临时屏蔽的信息。"

    def buttons(self) -> list[tuple[str, str]]:
        may = access.may(self.who.role, "mark.shielding")
        return [("凭裁定屏蔽", reverse("shielding-new"))] if may else []

    def cases(self, c: Connection) -> list[Case]:
        if self.who.role == "department_reviewer":
            return casework.of_authority(c, self.who.provider, "shielding")
        return casework.listed(c, "shielding")


LIFT = {
    "lift": Act(
        "解除屏蔽", shared.Intended, ("lifted",), "重整计划执行完毕或者终止的，解除屏蔽。", "屏蔽已解除。"
    )
}


class Shielding(CasePage):
    action, title, kind, file_page = "repair.case", "重整屏蔽", "shielding", "case-repair-file"
    back: ClassVar[Mapping[str, str]] = {
        **shared.BACK,
        **dict.fromkeys(("department_reviewer", "center", "center_reviewer", "auditor"), "centre-shieldings"),
    }

    def acts(self, c: Connection, case: Case) -> list[tuple[str, str]]:
        return casebook.offered(case, self.who, LIFT, "mark.shielding", "case-shielding-do")

    def more(self, c: Connection, case: Case, rules: Any, now: datetime, today: date) -> dict[str, Any]:
        return {"records": shared.compared(c, self.who, case, rules, now, today), "without_conditions": True}


class Lift(CaseAct):
    action, kind, acts, case_page = "mark.shielding", "shielding", LIFT, "case-shielding"

    def perform(self, c: Connection, act: str, data: dict[str, Any], now: datetime) -> Any:
        return shielding.lift(c, self.who, now, self.case.number, data["reason"], data["basis"], book())
