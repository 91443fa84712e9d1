"""异议受理: the centre checks an objection and hands it to the unit that provided the record; windows enter them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import identity, marks
from xinyong.rights import applying, casework
from xinyong.rights.casework import Case
from xinyong.rights.objection import actions, concerned
from xinyong.website.console import casebook
from xinyong.website.console.base import Choice, Connection, FormView, Text
from xinyong.website.console.casebook import Act, CaseAct, CaseList, CasePage, Reason
from xinyong.website.console.centre import window
from xinyong.website.console.centre.repairs import Entering
from xinyong.website.console.department import objections as shared
from xinyong.website.own import objections_forms as made
from xinyong.website.public.asking import book


class Objections(CaseList):
    action, title, export_action = "objection.read", "异议受理", "objection.read"
    intro = "全区的异议。主体自己提出的已经标注，利害关系人提出的转办时标注；信用中心核对后转提供单位核查、答复。超期的在前。"
    columns = casebook.columns("case-objection", "objection", authority=True)
    filters = (
        Choice("state_name", "状态", "true", shared.STATES),
        shared.URGENCY,
        Text("subject", "主体名称", "true"),
        Text("authority", "办理单位", "true"),
    )
    empty = "没有异议。"

    def cases(self, c: Connection) -> list[Case]:
        return casework.listed(c, "objection")


class Note(forms.Form):
    note = forms.CharField(
        label="核对情况", max_length=casework.LONGEST, required=False, widget=casebook.AREA,
        help_text="例如：平台存储的内容与报送一致，请提供单位核查。提供单位和申请人都能看到。",
    )  # fmt: skip

    def offer(self, case: Case) -> None:
        """Whoever isn't the record's own subject: how was checked that it is concerned?"""
        if case.concerned:
            self.fields["note"].required = True
            self.fields["note"].label = "怎样核对了利害关系"
            self.fields[
                "note"
            ].help_text = "转办时这条信息即标注“异议处理中”，并告知所属主体（不写提出人）。提供单位和提出人能看到这里写的。"


CENTRE = {
    "forward": Act("转提供单位核查", Note, ("forwarded",),
        "平台先核对归集、入库有没有出错，再转提供单位。", "已转提供单位。"),
    "dismiss": Act("不予受理", Reason, ("dismissed",),
        "不属于异议的（例如没有说明哪里有误、没有利害关系），说明理由；有标注的随即解除。", "已告知申请人。"),
}  # fmt: skip


class Handle(CaseAct):
    action, kind, acts, case_page = "objection.handle", "objection", CENTRE, "case-objection"

    def perform(self, c: Connection, act: str, data: dict[str, Any], now: datetime) -> Any:
        if act == "forward":
            return actions.forward(c, self.who, now, self.case.number, data["note"], book())
        return actions.dismiss(c, self.who, now, self.case.number, data["reason"], book())


class Objection(CasePage):
    action, title, kind, back = "objection.case", "异议", "objection", shared.BACK
    file_page = "case-objection-file"

    def acts(self, c: Connection, case: Case) -> list[tuple[str, str]]:
        found = casebook.offered(case, self.who, CENTRE, "objection.handle", "case-objection-centre")
        found += casebook.offered(case, self.who, shared.ANSWER, "objection.answer", "case-objection-answer")
        return found + window.link(case, self.who)

    def more(self, c: Connection, case: Case, rules: Rulebook, now: datetime, today: date) -> dict[str, Any]:
        told = applying.told(c, self.who, now, today, case, rules, actions.PURPOSE)
        opened = marks.open_of(c, case.record_ids)
        found = []
        for r in case.records:
            there, item = told.get(r.record), rules.item(r.item, today)
            mark = case.objection_marks.get(r.record)
            marked, unmarked = (
                any(m.id == mark for m in opened[r.record]),
                "标注已解除。" if mark else "没有标注。",
            )
            found.append({
                "title": r.document or item.name, "item": item.name, "address": r.record, "gone": there is None,
                "publicity": ("现在标注着“异议处理中”。" if marked else unmarked)
                + ("" if there else "记录已经撤回，或者不再可查。"),
                "conditions": [], "fields": list(there["fields"].items()) if there else [],
            })  # fmt: skip
        about = concerned.ABOUT if case.concerned else actions.ABOUT
        shown: dict[str, Any] = {"records": found, "about": about[case.about]}
        return shown | (self._concerned(c, case, today) if case.concerned else {})

    def _concerned(self, c: Connection, case: Case, today: date) -> dict[str, Any]:
        """Whose record it is, and what the applicant may learn from an answer."""
        whose = identity.by_record(c, case.record_ids[0], None).subject
        names = identity.titles(c, [whose.id], today) if whose else {}
        name = next((str(n["name"] or n["code"]) for n in names.values()), "")
        written = [("利害关系：", case.detail.get("concern", "")), ("", case.detail.get("statement", ""))]
        return {
            "route": f"由利害关系人提出；信息所属主体：{name}。核对利害关系、转办以后才标注。答复会给提出人看："
            "不要写公开内容以外的信息。所属主体被告知所指的问题、结果和依据，撤回公开的还有理由；不被告知提出人。",
            "statement": "\n".join(label + casework.unsealed(text) for label, text in written),
        }


class EnterObjection(Entering):
    action, title, form_class, submit = "objection.enter", "代录异议", made.Objecting, "提交异议"
    intro = "请先核对到场本人或者代办人的证件和委托书，再填写。查询会记入审计日志，本人可以看到。"
    adverse = False

    def done(self, c: Connection, code: str, form: Any, now: datetime, today: date) -> Sequence[Case]:
        return actions.submit(c, self.who, now, today, code, form.objecting(), book())


class EnterConcerned(FormView):
    """One step: nothing of who stands there, nor of the record, is shown but what the public sees."""

    action, title, submit = "objection.concern", "代录利害关系人异议", "提交异议"
    template = "console/centre/concerned.html"
    _form: made.AtWindow
    intro = (
        "对不在自己名下、但与自己有利害关系的公开信息提出异议的，在这里代录。请先核对到场本人或者代办人的证件和委托书；"
        "信用中心核对利害关系、转办以后才标注。"
    )

    def make_form(self, data: Any = None) -> forms.Form:
        files = self.request.FILES if data is not None else None
        self._form = made.AtWindow(data, files, initial={"purpose": self.who.purpose})
        return self._form

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Case:
        form = self._form
        return concerned.submit(c, self.who, *casebook.moment(), form.concern_stated(), book(), form.shown())

    def target(self, answer: Case) -> str:
        messages.success(self.request, f"已提交：{answer.shown}。")
        return self.request.path
