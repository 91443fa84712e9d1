"""个人信息: requests of natural persons, the record of processing, impact assessments, what reached its end."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xinyong.disclosure import queries, sealed
from xinyong.disclosure.queries import Question
from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.errors import Refused
from xinyong.rights.persons import assessments, disposal, dues, everything, processing, requests
from xinyong.rights.persons.assessments import PARTS, Assessment
from xinyong.rights.persons.requests import GROUNDS, KINDS, Request, Wish
from xinyong.website import access, lending
from xinyong.website.console.base import Choice, Column, Connection, Console, FormView, Row, Text
from xinyong.website.console.centre.lookrights import DecideForm, area, introduced, laws, left_off
from xinyong.website.console.centre.made import MadeList
from xinyong.website.console.department import parts
from xinyong.website.faults import note_fault

REQUEST_STATES = {
    "待决定": "plain", "待提供": "plain", "办理超期": "bad", "同意删除，正在执行": "warn", "已删除": "good", "不予删除": "warn",
    "已提供": "good",
}  # fmt: skip
SIGNED = {"待签署": "plain", "已签署": "good", "未通过": "bad"}
NOT_HANDED = "副本没有给出。请联系本人凭证件到窗口，在“个人信息请求”里再次办理，仍用这个编号。"
MINE = "窗口凭本人证件办理查阅、复制、删除"


class Requests(MadeList):
    action, title, export_action = "person.read", "个人信息请求", "person.read"
    intro = "自然人就本人的信息提出的请求（个人信息保护法第四十四条至第四十七条）。更正按异议办理。这里不显示姓名和证件号码。"
    columns = (
        Column("id", "编号", "number", link=lambda r: reverse("centre-person", args=[r["number"]])),
        Column("at", "时间", "moment"),
        Column("kind", "请求"),
        Column("channel", "渠道"),
        Column("count", "涉及信息", "number"),
        Column("state", "情况", tag=lambda v: REQUEST_STATES.get(v, "plain")),
        Column("due", "期限", "day"),
    )
    filters = (Choice("state", "情况", "true", [(s, s) for s in REQUEST_STATES]),)
    empty = "没有请求。"

    def made(self, c: Connection) -> list[Row]:
        today, found = parts.today(), requests.listed(c)
        closed = sum(not r.open for r in found)
        self.intro = introduced(type(self).intro, requests.RULE)  # type: ignore[misc]
        self.notice = left_off(closed, requests.MOST_CLOSED)
        return [
            {
                "id": r.id, "number": r.number, "at": r.at, "kind": KINDS[r.kind], "state": r.state(today),
                "channel": "窗口" if r.channel == "counter" else "网上", "count": len(r.records), "due": r.due,
            }
            for r in found
        ]  # fmt: skip


class BasisForm(DecideForm):
    basis = forms.CharField(label="依据（条文）", max_length=200)
    field_order = ("act", "reason", "basis")


class OneRequest(FormView):
    """Decided by a reviewer; carried out by the worker, every record with an `erased` leaf."""

    action, title, submit, template = (
        "person.read",
        "个人信息请求",
        "决定",
        "console/centre/persons_decide.html",
    )

    def dispatch(self) -> HttpResponse:
        self.found = lending.ask(lambda c: requests.one(c, str(self.kwargs["number"])))
        return super().dispatch()

    found: Request

    def acts(self) -> list[tuple[str, str]]:
        open_ = self.found.kind == "deletion" and not self.found.decision
        may = open_ and access.may(self.who.role, "person.decide")
        return [("", "请选择"), ("grant", "同意删除"), ("refuse", "不予删除")] if may else []

    def make_form(self, data: Any = None) -> forms.Form:
        return BasisForm(data, acts=self.acts())

    def about(self) -> dict[str, Any]:
        r = self.found
        article, text = GROUNDS.get(r.ground, ("", "—"))
        facts = [
            ("情况", r.state(parts.today())), ("请求", KINDS[r.kind]), ("期限", dues.of_request(r, parts.book())),
            ("渠道", "窗口：" + r.evidence if r.channel == "counter" else "网上"),
            ("法定情形", f"{text} {article}"), ("理由", r.reason or "—"), ("涉及信息", f"{len(r.records)} 条"),
            ("提出", f"{r.at.astimezone(BEIJING):%Y-%m-%d %H:%M}"), ("决定", r.said or "—"), ("依据", r.basis or "—"),
        ]  # fmt: skip
        if r.kind == "copy" and r.waiting:
            facts.insert(1, ("办法", NOT_HANDED))
        return {"facts": facts, "back": reverse("centre-persons"), "acts": self.acts()}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Request:
        granted = data["act"] == "grant"
        said = (granted, data["reason"], data["basis"])
        return requests.decide(c, self.who, at, self.found.number, *said, parts.book())

    def target(self, answer: Any) -> str:
        return reverse("centre-person", args=[self.found.number])


class CounterForm(forms.Form):
    code = forms.CharField(
        label="本人的证件号码", max_length=30, widget=forms.TextInput({"autocomplete": "off"}),
        help_text="只保存号码的密钥散列，不保存号码。",
    )  # fmt: skip
    evidence = forms.CharField(
        label="核对了什么证件", max_length=200, help_text="例如：居民身份证原件，人证一致。"
    )
    act = forms.ChoiceField(
        label="办理", choices=[("page", "查阅、打印副本"), ("file", "导出副本文件"), ("deletion", "请求删除")]
    )


class CounterDeletion(CounterForm):
    records = forms.MultipleChoiceField(label="要删除的信息", widget=forms.CheckboxSelectMultiple)
    ground = forms.ChoiceField(
        label="法定情形", choices=[(k, f"{t}（{a}）") for k, (a, t) in GROUNDS.items()]
    )
    reason = area("理由", requests.MOST_TEXT)

    def __init__(self, *given: Any, offered: list[tuple[str, str]], **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["records"].choices = offered  # type: ignore[attr-defined]
        for name in ("code", "evidence", "act"):
            self.fields[name].widget = forms.HiddenInput()


class Counter(Console):
    """The person stands at the window with a document; what is given out there is masked as the window's looks are."""

    action, title = "person.enter", "个人信息请求"
    intro = "请先核对到场本人的证件。每次办理都记入日志，本人可以看到。更正信息的，请按异议办理。"

    def get(self) -> HttpResponse:
        return self._form(CounterForm())

    def post(self) -> HttpResponse:
        self.acting = replace(self.who, purpose=MINE)
        form = CounterForm(self.request.POST)
        if not form.is_valid():
            return self._form(form, 400)
        try:
            return self._done(form.cleaned_data)
        except Refused as e:
            form.add_error(None, e.sentence)
            return self._form(form, 400)

    def _form(self, form: forms.Form, status: int = 200, submit: str = "办理") -> HttpResponse:
        return self.page({"form": form, "submit": submit}, status, "console/form.html")

    def _done(self, data: dict[str, Any]) -> HttpResponse:
        return self._deletion(data) if data["act"] == "deletion" else self._copy(data)

    def _copy(self, data: dict[str, Any]) -> HttpResponse:
        now, today, book = parts.now(), parts.today(), parts.book()
        wish = Wish("copy", data["code"], data["evidence"])
        asked = lending.act(lambda c: requests.ask(c, self.acting, now, today, wish, book))
        try:
            copy = lending.ask(lambda c: everything.gather(c, self.acting, data["code"], now, today, book))
            file, digest = everything.written(copy)
            answer = self._file(file) if data["act"] == "file" else self._printed(copy, asked.number, digest)
            lending.act(lambda c: requests.hand_over(c, self.acting, now, asked.number, digest))
        except Exception as e:  # the person stands at the window, and what was asked for stays due
            note_fault(f"copy {asked.number}")
            raise Refused(
                "copy_not_made",
                f"请求已经登记（编号 {asked.number}），副本没有做成，没有给出任何信息；"
                f"请稍后凭本人的证件在本页再次办理，仍用这个编号，最迟 {dues.of_request(asked, book)}。",
            ) from e
        return answer

    def _file(self, file: bytes) -> HttpResponse:
        answer = HttpResponse(file, content_type="application/json; charset=utf-8")
        answer.headers["Content-Disposition"] = 'attachment; filename="copy.json"'
        return answer

    def _printed(self, copy: dict[str, Any], number: str, digest: str) -> HttpResponse:
        told = {"title": "本人信息副本", "copy": copy, "number": number, "digest": digest}
        return render(self.request, "console/centre/persons_copy.html", told)

    def _deletion(self, data: dict[str, Any]) -> HttpResponse:
        now, today, book = parts.now(), parts.today(), parts.book()
        if not everything.is_natural(data["code"], today):
            raise Refused(
                "not_natural", "查阅、复制、删除个人信息只适用于自然人；单位的信息有误的，请提出异议。"
            )
        q = Question(self.acting, now, today)
        found = lending.ask(lambda c: queries.archive(c, data["code"], q, book))
        offered = [(r["public_id"], f"{r['item_name']}　{r['decided'] or '没有日期'}") for r in found.records]
        if not offered:
            raise Refused("nothing_kept", "没有归集到本人的信息，无须删除。")
        if "records" not in self.request.POST and "reason" not in self.request.POST:
            return self._form(CounterDeletion(initial=data, offered=offered), submit="提出请求")
        form = CounterDeletion(self.request.POST, offered=offered)
        if not form.is_valid():
            return self._form(form, 400, "提出请求")
        d = form.cleaned_data
        wish = Wish("deletion", d["code"], d["evidence"], d["ground"], d["reason"], tuple(d["records"]))
        made = lending.act(lambda c: requests.ask(c, self.acting, now, today, wish, book))
        due = dues.of_request(made, book)
        lines = [f"请求已经提出，编号 {made.number}，最迟在 {due} 前答复。请把编号告诉本人。"]
        return self.page({"lines": lines})


class Processing(MadeList):
    """A card for each item: thirteen columns would be no list."""

    action, title, export_action = "processing.read", "个人信息处理活动记录", "processing.read"
    template = "console/centre/persons_processing.html"
    intro = "按现行目录、职责、共享规则和保存期限自动生成（个人信息保护法第五十四条至第五十六条），规则改了记录随之更新。"
    columns = (
        Column("item", "事项"),
        Column("name", "名称"),
        Column("natural", "自然人", "yes"),
        Column("fields", "个人信息", sort=False),
        Column("sensitive", "加密保存", sort=False),
        Column("purposes", "目的", sort=False),
        Column("basis", "归集依据", sort=False),
        Column("recipients", "接收方", sort=False),
        Column("openness", "公开"),
        Column("retention", "保存期限"),
        Column("at_end", "到期处置"),
        Column("protection", "保护措施", sort=False),
        Column(
            "confidence",
            "期限的可信度",
            show={"seen": "见原文", "seen_in_report": "见于报道", "sample": "样例"}.get,
        ),
    )
    filters = (Text("name", "名称", "true"), Text("recipients", "接收方", "true"))

    def made(self, c: Connection) -> list[Row]:
        return [asdict(a) for a in processing.activities(parts.book(), parts.today())]


class Assessments(MadeList):
    action, title, export_action = "pia.read", "个人信息保护影响评估", "pia.read"
    intro = "个人信息保护法第五十五条、第五十六条。一人起草，另一人签署；报告和处理情况记录至少保存三年。"
    columns = (
        Column("id", "编号", "number", link=lambda r: reverse("centre-assessment", args=[r["number"]])),
        Column("title", "名称"),
        Column("at", "起草时间", "moment"),
        Column("actor", "起草人"),
        Column("state", "情况", tag=lambda v: SIGNED[v]),
        Column("signed_by", "签署人"),
        Column("kept_until", "至少保存到", "day"),
    )
    filters = (Text("title", "名称", "true"),)
    empty = "还没有评估。"

    def buttons(self) -> list[tuple[str, str]]:
        return (
            [("起草评估", reverse("centre-assessment-new"))] if access.may(self.who.role, "pia.write") else []
        )

    def made(self, c: Connection) -> list[Row]:
        found = assessments.listed(c, self.most)
        self.cut(found, self.most, "项")
        return [
            {
                "id": a.id, "number": a.number, "title": a.title, "at": a.at, "actor": a.actor, "state": a.state,
                "signed_by": a.signed_by, "kept_until": a.kept_until,
            }
            for a in found
        ]  # fmt: skip


class AssessmentForm(forms.Form):
    """The template: the parts the law asks for, each with what belongs in it."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["title"] = forms.CharField(label="名称", max_length=assessments.MOST_TITLE)
        for key, (label, hint) in PARTS.items():
            self.fields[key] = area(label, assessments.MOST_TEXT, hint)


class NewAssessment(FormView):
    action, title, submit, form_class = "pia.write", "起草影响评估", "提交签署", AssessmentForm

    def about(self) -> dict[str, Any]:
        return {"back": reverse("centre-assessments")}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Assessment:
        given = {key: data[key] for key in PARTS}
        return assessments.write(c, self.who, at, parts.today(), data["title"], given, parts.book())

    def target(self, answer: Assessment) -> str:
        return reverse("centre-assessment", args=[answer.number])


class OneAssessment(FormView):
    action, title, submit, template = "pia.read", "影响评估", "签署", "console/centre/persons_decide.html"

    def dispatch(self) -> HttpResponse:
        self.found = lending.ask(lambda c: assessments.one(c, str(self.kwargs["number"])))
        return super().dispatch()

    found: Assessment

    def acts(self) -> list[tuple[str, str]]:
        may = self.found.agreed is None and access.may(self.who.role, "pia.sign")
        return [("", "请选择"), ("agree", "同意"), ("return", "不同意，另写")] if may else []

    def make_form(self, data: Any = None) -> forms.Form:
        return DecideForm(data, acts=self.acts())

    def about(self) -> dict[str, Any]:
        a = self.found
        facts = [
            ("名称", a.title), ("情况", a.state), ("起草", f"{a.at.astimezone(BEIJING):%Y-%m-%d %H:%M} {a.actor}"),
            ("签署", f"{a.signed_at.astimezone(BEIJING):%Y-%m-%d %H:%M} {a.signed_by}" if a.signed_at else "—"),
            ("意见", a.note or "—"), ("至少保存到", f"{a.kept_until}"),
        ]  # fmt: skip
        told = [(label, a.parts.get(key, "")) for key, (label, _) in PARTS.items()]
        return {"facts": facts, "parts": told, "back": reverse("centre-assessments"), "acts": self.acts()}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Assessment:
        agreed = data["act"] == "agree"
        return assessments.sign(c, self.who, at, self.found.number, agreed, data["reason"], parts.book())

    def target(self, answer: Any) -> str:
        return reverse("centre-assessment", args=[self.found.number])


class Sealed(MadeList):
    """That something is sealed, never what it says."""

    action, title = "sealed.list", "封存档案"
    intro = "到保存期限的记录由系统每晚按规则处置：单位的转入封存档案，自然人的删除。这里只有目录；查阅内容要逐次写明法律依据。"
    columns = (
        Column("record", "记录", link=lambda r: reverse("centre-sealed-one", args=[r["record"]])),
        Column("item", "事项"),
        Column("at", "封存时间", "moment"),
        Column("until", "保存期至", "day"),
        Column("rule", "规则"),
    )
    filters = (Text("item", "事项", "true"), Text("record", "记录", "true"))
    empty = "封存档案里还没有记录。"

    def buttons(self) -> list[tuple[str, str]]:
        return [("待处置的记录", reverse("centre-ending"))]

    def made(self, c: Connection) -> list[Row]:
        found = sealed.recent(c, self.most)
        self.cut(found, self.most, said="只列出最近封存的 {most:,} {unit}，更早的没有列出。")
        return [asdict(s) for s in found]


class Ending(MadeList):
    """The next of those to be disposed of tonight, and what keeps some of them."""

    action, title = "sealed.list", "待处置的记录"
    intro = "保存期已届满、还没有处置的记录（至多 200 条）。有异议、修复、请求没有办结，或者主体的查看正在依法保密的，先不处置。"
    columns = (
        Column("record", "记录"),
        Column("item", "事项"),
        Column("until", "保存期至", "day"),
        Column("rule", "规则"),
        Column("how", "处置"),
        Column("kept", "暂不处置", tag=lambda v: "warn" if v else ""),
    )
    empty = "没有待处置的记录。"

    def made(self, c: Connection) -> list[Row]:
        return [
            {
                "record": e.record, "item": e.item, "until": e.until, "rule": e.rule,
                "how": "删除" if e.delete else "封存", "kept": "有事项未办结" if kept else "",
            }
            for e, kept in disposal.due(parts.book(), parts.today())
        ]  # fmt: skip


class GroundForm(forms.Form):
    instrument = forms.ChoiceField(label="法律依据", choices=laws)
    article = forms.CharField(label="条款", max_length=100)
    matter = area("所办事项", 300, "写明办理什么、由谁要求、文号。主体会看到。")


class OneSealed(FormView):
    action, title, submit, form_class = "sealed.read", "查阅封存档案", "查阅", GroundForm
    intro = "每次查阅都记入日志和审计，主体在“谁看过我”里能看到用途和依据。"

    def about(self) -> dict[str, Any]:
        return {"back": reverse("centre-sealed"), "facts": [("记录", str(self.kwargs["record"]))]}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> list[dict[str, Any]]:
        ground = sealed.Ground(data["instrument"], data["article"], data["matter"])
        record = str(self.kwargs["record"])
        return sealed.read(c, self.who, at, parts.today(), record, ground, parts.book())

    def target(self, answer: list[dict[str, Any]]) -> HttpResponse:
        told = [(f"{v['item']}，第 {v['seq']} 版", list(v["fields"].items())) for v in answer]
        return self.page(
            {"versions": told, "back": reverse("centre-sealed")},
            template="console/centre/persons_sealed.html",
        )
