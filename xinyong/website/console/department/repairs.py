"""修复核查: the department that decided takes a repair on, hears the subject, decides; and hands out repair letters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.http import HttpResponse

from xinyong.catalog.book import Rulebook
from xinyong.foundation.audit import Who
from xinyong.rights import applying, casework, moves
from xinyong.rights.casework import Case
from xinyong.rights.repair import actions, adverse, service, standing
from xinyong.rights.repair.actions import Decision
from xinyong.website import lending
from xinyong.website.console import casebook
from xinyong.website.console.base import Choice, Connection, Text
from xinyong.website.console.casebook import Act, CaseAct, CaseFile, CaseList, Nothing, Reason
from xinyong.website.own import repairs_forms as made
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
    """Of each record that has no result yet one is chosen; nothing stands there before."""

    despite = forms.BooleanField(
        label="准予的信息里有系统核对为不具备的条件；我已核实，仍准予，理由写在下面。", required=False
    )
    reason = forms.CharField(
        label="决定的理由", max_length=casework.LONGEST, widget=casebook.AREA, help_text="会告知申请人。"
    )
    basis = forms.CharField(
        label=adverse.BASIS, max_length=300, required=False,
        help_text="有不予修复的，必须填写，会告知申请人；信用中心代为登记的，填写认定单位的函件。",
    )  # fmt: skip

    def offer(self, case: Case) -> None:
        waiting = standing.waiting(case)
        for r in case.records:
            if r.record in waiting:
                self.fields[f"r_{r.record}"] = forms.ChoiceField(
                    label=r.document or r.item, choices=made.SAID, widget=forms.RadioSelect,
                    error_messages={"required": "请选择准予或者不予。"},
                )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if False in made.results(said).values() and not said.get("basis") and "basis" not in self.errors:
            self.add_error("basis", "不予修复的，要写明依据（文书或条文）。")
        return said


class Intended(Reason):
    basis = forms.CharField(label=adverse.BASIS, max_length=300)


class Revoked(Intended):
    """Only the ground that the subject was heard on is there to choose."""

    ground = forms.ChoiceField(
        label="撤销的情形", error_messages={"required": "请选择撤销的情形。"},
        help_text="材料虚假或者承诺严重不实的，撤销后一段时间内不能再申请修复；其他的（例如认定单位自己的差错）不受这一限制。"
        "决定撤销的情形只能是告知过的；要换另一种的，先不撤销，再重新告知。",
    )  # fmt: skip
    field_order = ("ground", "reason", "basis")

    def offer(self, case: Case) -> None:
        field: Any = self.fields["ground"]
        heard = adverse.heard_on(case) if case.may("revoked") else ""
        live = [(key, name) for key, name in adverse.GROUNDS.items() if heard in ("", key)]
        field.choices = [("", "请选择"), *live]


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
    "decline": Act("不予受理", Intended, ("declined",),
        "说明理由和依据并告知申请人；申请人可以改正后再次申请。", "已告知申请人不予受理的理由。"),
}  # fmt: skip
SERVE = {
    "serve": Act("登记送达", Serving, ("served",),
        "申请人没有在网上查看告知的，书面送达后在这里登记；陈述、申辩的期限从送达当天起算。登记后告知申请人。"
        "登记错了的，重新登记一次，以后一次为准。",
        "送达已登记，并告知申请人。"),
}  # fmt: skip
DECIDE = {
    "decide": Act("作出决定", Decide, ("granted", "refused"),
        "每一条都要选准予或者不予。准予的即时停止公示、共享和使用；不予修复要先告知理由，等申请人陈述、申辩，或者自送达起的期限届满。"
        "系统核对的条件只供参考，由审核员决定。", "决定已作出并告知申请人。"),
    "notice": Act("告知拟不予修复", Intended, ("noticed",),
        "不予修复是不利决定：先告知理由，申请人可以陈述、申辩；期限从送达（网上查看或者登记送达）起算。", "已告知申请人，可以陈述、申辩。"),
    "extend": Act("延长期限", Reason, ("extended",),
        "情况复杂、需要核查的可以延长一次，并告知申请人。", "已延长，并告知申请人。"),
    "revoke-notice": Act("告知拟撤销修复", Revoked, ("revoke_noticed",),
        "发现材料虚假，或者准予有误的，先告知情形和理由，听取陈述、申辩；期限从送达（网上查看或者登记送达）起算。", "已告知申请人，可以陈述、申辩。"),
    "revoke": Act("撤销修复", Revoked, ("revoked",),
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
        reason, basis, ground = data["reason"], data.get("basis", ""), data.get("ground", "")
        if act == "decide":
            granted = tuple(record for record, yes in made.results(data).items() if yes)
            said = Decision(granted, reason, basis, data["despite"])
            return actions.decide(c, who, now, number, said, rules)
        if act in ("notice", "revoke-notice"):
            return actions.notice(c, who, now, number, reason, basis, rules, ground)
        if act == "revoke":
            return actions.revoke(c, who, now, number, reason, basis, rules, ground)
        work = actions.extend if act == "extend" else actions.drop_revocation
        return work(c, who, now, number, reason, rules)

    def _shown(self, form: forms.Form, status: int = 200) -> HttpResponse:
        """A decision shows beside each record the conditions that aren't met or that nobody has checked."""
        if self.kwargs["act"] != "decide":
            return super()._shown(form, status)
        now, today = casebook.moment()
        found = lending.ask(lambda c: compared(c, self.who, self.case, book(), now, today))
        lines = [(form[f"r_{r['address']}"], r) for r in found if f"r_{r['address']}" in form.fields]
        for _, r in lines:
            r["open"] = [k for k in r["conditions"] if not k.met]
        unmet = any(k.met is False for _, r in lines for k in r["open"])
        said = {"lines": lines, "unmet": unmet, "said": [form["reason"], form["basis"]]}
        shown = {"form": form, "submit": self.submit, **self.about(), **said}
        return self.page(shown, status, "console/department/decide.html")


def compared(
    c: Connection, who: Who, case: Case, rules: Rulebook, now: datetime, today: date
) -> list[dict[str, Any]]:
    """The records with the conditions, as the decision kept them or as they are found now; nothing of a record that the
    asker may not see or that is gone."""
    told = applying.told(c, who, now, today, case, rules, actions.PURPOSE)
    known = actions.conditions_kept(case) or actions.conditions_of(c, case, told, rules, today)
    results = casebook.outcomes(case)
    found = []
    for r in case.records:
        there = told.get(r.record)
        item = rules.item(r.item, today)
        clocks = there["clocks"] if there else None
        found.append({
            "title": r.document or item.name, "item": item.name,
            "address": r.record, "gone": there is None, "result": results.get(r.record, ""),
            "publicity": clocks["publicity"]["sentence"] if clocks else "记录已经撤回，或者不再可查。",
            "conditions": known.get(r.record, []) if clocks else [],
            "fields": list(there["fields"].items()) if there else [],
        })  # fmt: skip
    return found


class File(CaseFile):
    action, kind = "repair.case", "repair"
