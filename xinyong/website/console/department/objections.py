"""异议核查: the unit that provided a record checks it, corrects it or keeps it, with reasons."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from xinyong.disclosure import actions as marking
from xinyong.rights import casework, moves
from xinyong.rights.casework import DEPARTMENTS, Case
from xinyong.rights.objection import actions, concerned
from xinyong.website import lending
from xinyong.website.console import casebook
from xinyong.website.console.base import Choice, Connection, Text
from xinyong.website.console.casebook import Act, CaseAct, CaseFile, CaseList, Reason, ReasonBasis
from xinyong.website.console.department.repairs import URGENCY
from xinyong.website.public.asking import book

BACK = {
    **dict.fromkeys(("department", "department_reviewer"), "department-objections"),
    **dict.fromkeys(("center", "center_reviewer", "auditor"), "centre-objections"),
}
STATES = [(name, name) for name in moves.STATES["objection"].values()]


class Objections(CaseList):
    action, title = "objection.look", "异议核查"
    intro = "信用主体对本部门提供的信息提出的异议。由审核员核查并答复；答复以前，信息处处标注“异议处理中”。超期的在前。"
    columns = casebook.columns("case-objection", "objection", authority=False)
    filters = (Choice("state_name", "状态", "true", STATES), URGENCY, Text("subject", "主体名称", "true"))
    empty = "没有转到本部门的异议。"

    def cases(self, c: Connection) -> list[Case]:
        return casework.of_authority(c, self.who.provider, "objection")


UNNAMED = "不要写提出人是谁，也不要写能看出是谁的情况。"


class Corrected(forms.Form):
    way = forms.ChoiceField(label="怎样更正", choices=list(actions.WAYS.items()), widget=forms.RadioSelect)
    reason = forms.CharField(
        label="更正的说明", max_length=casework.LONGEST, widget=casebook.AREA, help_text="会告知申请人。"
    )
    basis = forms.CharField(
        label="依据（文书或条文）", max_length=300, required=False, help_text="撤回公开的必须填写。"
    )

    def leave_withdrawing(self, units: list[str]) -> None:
        """To who decided: who only handed the record in may correct it, and withdraw it by a submission."""
        self.fields["way"].choices = [("correction", actions.WAYS["correction"])]  # type: ignore[attr-defined]
        self.fields["way"].initial = "correction"
        self.fields["way"].help_text = (
            f"作出决定的是{'、'.join(units)}，直接撤回公开由作出决定的单位办理（谁认定、谁负责）。决定已经撤销、变更的，"
            "凭其文书先在“更正与撤回”撤回这条记录，再在这里答复。"
        )
        self.fields["basis"].help_text = ""

    def offer(self, case: Case) -> None:
        """To another's record: its own subject reads why it is withdrawn, and may first say what it thinks."""
        limit = concerned.views_until(case, book())
        if case.concerned and limit:
            until = f"它可以说明意见到 {limit.due}，次日起才能撤回。"
            self.fields["way"].help_text = f"直接撤回公开的，要先听取信息所属主体的意见：{until}"
            self.fields["reason"].help_text = f"会告知提出人；直接撤回公开的，也告知信息所属主体，{UNNAMED}"
            self.fields["basis"].help_text = f"撤回公开的必须填写。会告知信息所属主体，{UNNAMED}"


class Kept(ReasonBasis):
    def offer(self, case: Case) -> None:
        if case.concerned:
            self.fields["reason"].help_text = "会告知提出人。"
            self.fields["basis"].help_text = f"会告知信息所属主体，{UNNAMED}"


ANSWER = {
    "correct": Act("核查属实，更正", Corrected, ("corrected",),
        "先在“更正与撤回”改正或撤回这条记录，再在这里答复；也可以在这里直接撤回公开。", "已答复申请人，标注已解除。"),
    "keep": Act("维持原信息", Kept, ("kept",),
        "核查无误的，写明理由，标注随即解除。", "已答复申请人，标注已解除。"),
    "extend": Act("延长期限", Reason, ("extended",),
        "情况复杂的可以延长一次，并告知申请人。", "已延长，并告知申请人。"),
}  # fmt: skip


class Answer(CaseAct):
    action, kind, acts, case_page = "objection.answer", "objection", ANSWER, "case-objection"

    def make_form(self, data: Any = None) -> forms.Form:
        form = super().make_form(data)
        units = lending.ask(self._others) if self.who.role in DEPARTMENTS else []
        if isinstance(form, Corrected) and units:
            form.leave_withdrawing(units)
        return form

    def _others(self, c: Connection) -> list[str]:
        """The names of the units that decided, if not the visitor's."""
        found = marking.standing(c, self.case.record_ids, gone=True).values()
        codes = dict.fromkeys(s.authority or s.provider for s in found)
        return [casebook.unit(code, book()) for code in codes if code != self.who.provider]

    def perform(self, c: Connection, act: str, data: dict[str, Any], now: datetime) -> Any:
        number, who, reason, rules = self.case.number, self.who, data["reason"], book()
        if act == "correct":
            return actions.correct(c, who, now, number, data["way"], reason, data["basis"], rules)
        if act == "keep":
            return actions.keep(c, who, now, number, reason, data["basis"], rules)
        return actions.extend(c, who, now, number, reason, rules)


class File(CaseFile):
    action, kind = "objection.case", "objection"
