"""修复核查: the department that decided takes a repair on, hears the subject, decides; and hands out repair letters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms

from xinyong.catalog.book import Rulebook
from xinyong.foundation.audit import Who
from xinyong.rights import applying, casework, moves
from xinyong.rights.casework import Case
from xinyong.rights.repair import actions, service
from xinyong.rights.repair.actions import Decision
from xinyong.website.console import casebook
from xinyong.website.console.base import Choice, Connection, Text
from xinyong.website.console.casebook import Act, CaseAct, CaseFile, CaseList, Nothing, Reason, ReasonBasis
from xinyong.website.public.asking import book

BACK = {
    **dict.fromkeys(("department", "department_reviewer"), "department-repairs"),
    **dict.fromkeys(("center", "center_reviewer", "auditor"), "centre-repairs"),
}
STATES = [(name, name) for name in moves.STATES["repair"].values()]
URGENCY = Choice("urgency", "期限", "true", [(casebook.LATE, "只看已超期"), (casebook.SOON, "只看将到期")])


class Repairs(CaseList):
    action, title = "repair.accept", "修复核查"
    intro = "本部门作出的决定，主体申请信用修复的（谁认定、谁修复）。先受理，再由另一人作出决定；超期的在前。"
    columns = casebook.columns("case-repair", "repair", authority=False)
    filters = (Choice("state_name", "状态", "true", STATES), URGENCY, Text("subject", "主体名称", "true"))
    empty = "没有转到本部门的修复申请。"

    def cases(self, c: Connection) -> list[Case]:
        return casework.of_authority(c, self.who.provider, "repair")


class Decide(forms.Form):
    granted = forms.MultipleChoiceField(
        label="准予修复的信息", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="没有勾选的即为不予修复；不予修复要先告知理由，等申请人陈述、申辩，或者自送达起的期限届满。",
    )  # fmt: skip
    reason = forms.CharField(
        label="决定的理由", max_length=casework.LONGEST, widget=casebook.AREA, help_text="会告知申请人。"
    )
    basis = forms.CharField(
        label="依据（文书或条文）",
        max_length=300,
        required=False,
        help_text="信用中心代为登记的，填写认定单位的函件。",
    )

    def offer(self, case: Case) -> None:
        field: Any = self.fields["granted"]
        field.choices = [(r.record, r.document or r.item) for r in case.records]
        self.initial.setdefault("granted", case.record_ids)


class Intended(Reason):
    basis = forms.CharField(label="依据（文书或条文）", max_length=300)


class Serving(forms.Form):
    way = forms.ChoiceField(label="送达方式", choices=[("", "请选择"), *((w, w) for w in service.WAYS)])
    on = forms.DateField(
        label="送达日期", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="在告知当天或者以后；公告送达的，填写依法视为送达的日期。",
    )  # fmt: skip
    evidence = forms.CharField(
        label="送达的凭证", max_length=300,
        help_text="例如：送达回证的签收人和编号、邮件号和妥投日期、见证人、公告的载体和日期。加密保存。",
    )  # fmt: skip


ACCEPT = {
    "accept": Act("受理", Nothing, ("accepted",),
        "材料齐全、属于本部门认定的，应当受理。受理后由另一人作出决定。", "已受理，并告知申请人。"),
    "decline": Act("不予受理", ReasonBasis, ("declined",),
        "说明理由并告知申请人；申请人可以改正后再次申请。", "已告知申请人不予受理的理由。"),
}  # fmt: skip
SERVE = {
    "serve": Act("登记送达", Serving, ("served",),
        "申请人没有在网上查看告知的，书面送达后在这里登记；陈述、申辩的期限从送达当天起算。登记后告知申请人。"
        "登记错了的，重新登记一次，以后一次为准。",
        "送达已登记，并告知申请人。"),
}  # fmt: skip
DECIDE = {
    "decide": Act("作出决定", Decide, ("granted", "refused"),
        "准予的即时停止公示、共享和使用。系统核对的条件只供参考，由审核员决定。", "决定已作出并告知申请人。"),
    "notice": Act("告知拟不予修复", Intended, ("noticed",),
        "不予修复是不利决定：先告知理由，申请人可以陈述、申辩；期限从送达（网上查看或者登记送达）起算。", "已告知申请人，可以陈述、申辩。"),
    "extend": Act("延长期限", Reason, ("extended",),
        "情况复杂、需要核查的可以延长一次，并告知申请人。", "已延长，并告知申请人。"),
    "revoke-notice": Act("告知拟撤销修复", Intended, ("revoke_noticed",),
        "发现材料虚假等情形的，先告知理由，听取陈述、申辩；期限从送达（网上查看或者登记送达）起算。", "已告知申请人，可以陈述、申辩。"),
    "revoke": Act("撤销修复", Intended, ("revoked",),
        "撤销后，信息按公示规则恢复，事实记入本案。", "修复已撤销，并告知申请人。"),
    "drop": Act("不撤销修复", Reason, ("revoke_dropped",),
        "陈述、申辩成立的，维持修复。", "修复维持不变。"),
}  # fmt: skip


class Accept(CaseAct):
    action, kind, acts, case_page = "repair.accept", "repair", ACCEPT, "case-repair"

    def perform(self, c: Connection, act: str, data: dict[str, Any], now: datetime) -> Any:
        number = self.case.number
        if act == "accept":
            return actions.accept(c, self.who, now, number, book())
        return actions.decline(c, self.who, now, number, data["reason"], data["basis"], book())


class Serve(CaseAct):
    action, kind, acts, case_page = "repair.serve", "repair", SERVE, "case-repair"

    def perform(self, c: Connection, act: str, data: dict[str, Any], now: datetime) -> Any:
        proof = service.Proof(data["way"], data["on"], data["evidence"])
        return service.serve(c, self.who, now, self.case.number, proof, book())


class DecideOn(CaseAct):
    action, kind, acts, case_page = "repair.decide", "repair", DECIDE, "case-repair"

    def perform(self, c: Connection, act: str, data: dict[str, Any], now: datetime) -> Any:
        number, who, rules = self.case.number, self.who, book()
        reason, basis = data["reason"], data.get("basis", "")
        if act == "decide":
            return actions.decide(c, who, now, number, Decision(tuple(data["granted"]), reason, basis), rules)
        if act in ("notice", "revoke-notice"):
            return actions.notice(c, who, now, number, reason, basis, rules)
        if act == "revoke":
            return actions.revoke(c, who, now, number, reason, basis, rules)
        work = actions.extend if act == "extend" else actions.drop_revocation
        return work(c, who, now, number, reason, rules)


def compared(
    c: Connection, who: Who, case: Case, rules: Rulebook, now: datetime, today: date
) -> list[dict[str, Any]]:
    """The records with the conditions, as the decision kept them or as they are found now; nothing of a record that the
    asker may not see or that is gone."""
    told = applying.told(c, who, now, today, case, rules, actions.PURPOSE)
    known = actions.conditions_kept(case) or actions.conditions_of(c, case, told, rules, today)
    found = []
    for r in case.records:
        there = told.get(r.record)
        item = rules.item(r.item, today)
        clocks = there["clocks"] if there else None
        found.append({
            "title": r.document or item.name, "item": item.name,
            "address": r.record, "gone": there is None,
            "publicity": clocks["publicity"]["sentence"] if clocks else "记录已经撤回，或者不再可查。",
            "conditions": known.get(r.record, []) if clocks else [],
            "fields": list(there["fields"].items()) if there else [],
        })  # fmt: skip
    return found


class File(CaseFile):
    action, kind = "repair.case", "repair"
