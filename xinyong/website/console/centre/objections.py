"""异议受理: the centre checks an objection and hands it to the unit that provided the record; windows enter them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import marks
from xinyong.rights import applying, casework
from xinyong.rights.casework import Case
from xinyong.rights.objection import actions
from xinyong.website.console import casebook
from xinyong.website.console.base import Choice, Connection, Text
from xinyong.website.console.casebook import Act, CaseAct, CaseList, CasePage, Reason
from xinyong.website.console.centre import window
from xinyong.website.console.centre.repairs import Entering
from xinyong.website.console.department import objections as shared
from xinyong.website.own import objections_forms as made
from xinyong.website.public.asking import book


class Objections(CaseList):
    action, title, export_action = "objection.read", "异议受理", "objection.read"
    intro = "全区的异议。提出时已经标注；信用中心核对后转提供单位核查，由提供单位答复。超期的在前。"
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


CENTRE = {
    "forward": Act("转提供单位核查", Note, ("forwarded",),
        "平台先核对归集、入库有没有出错，再转提供单位。", "已转提供单位。"),
    "dismiss": Act("不予受理", Reason, ("dismissed",),
        "不属于异议的（例如没有说明哪里有误），说明理由；标注随即解除。", "已告知申请人，标注已解除。"),
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
            marked = any(m.id == r.mark for m in opened[r.record])
            found.append({
                "title": r.document or item.name, "item": item.name, "address": r.record, "gone": there is None,
                "publicity": ("现在标注着“异议处理中”。" if marked else "标注已解除。")
                + ("" if there else "记录已经撤回，或者不再可查。"),
                "conditions": [], "fields": list(there["fields"].items()) if there else [],
            })  # fmt: skip
        return {"records": found, "about": actions.ABOUT[case.about]}


class EnterObjection(Entering):
    action, title, form_class, submit = "objection.enter", "代录异议", made.Objecting, "提交异议"
    intro = "请先核对到场本人或者代办人的证件和委托书，再填写。查询会记入审计日志，本人可以看到。"
    adverse = False

    def done(self, c: Connection, code: str, form: Any, now: datetime, today: date) -> Sequence[Case]:
        return actions.submit(c, self.who, now, today, code, form.objecting(), book())
