"""修复核查: the department that decided takes a repair on, hears the subject, decides; and hands out repair letters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.http import HttpResponse

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.disclosure import own as owned
from xinyong.disclosure import queries
from xinyong.disclosure.queries import Question
from xinyong.foundation.audit import Who
from xinyong.rights import applying, casework, moves
from xinyong.rights.casework import Case
from xinyong.rights.repair import actions, letter
from xinyong.rights.repair.actions import Decision
from xinyong.website import lending
from xinyong.website.console import casebook
from xinyong.website.console.base import Choice, Connection, Console, Text
from xinyong.website.console.casebook import Act, CaseAct, CaseFile, CaseList, Nothing, Reason, ReasonBasis
from xinyong.website.console.department import parts
from xinyong.website.console.department.entry import Find, question
from xinyong.website.errors import error_page
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
        help_text="没有勾选的即为不予修复；不予修复要先告知理由，等申请人陈述、申辩或者期限届满。",
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


ACCEPT = {
    "accept": Act("受理", Nothing, ("accepted",),
        "材料齐全、属于本部门认定的，应当受理。受理后由另一人作出决定。", "已受理，并告知申请人。"),
    "decline": Act("不予受理", ReasonBasis, ("declined",),
        "说明理由并告知申请人；申请人可以改正后再次申请。", "已告知申请人不予受理的理由。"),
}  # fmt: skip
DECIDE = {
    "decide": Act("作出决定", Decide, ("granted", "refused"),
        "准予的即时停止公示、共享和使用。系统核对的条件只供参考，由审核员决定。", "决定已作出并告知申请人。"),
    "notice": Act("告知拟不予修复", Intended, ("noticed",),
        "不予修复是不利决定：先告知理由，申请人可以陈述、申辩。", "已告知申请人，可以陈述、申辩。"),
    "extend": Act("延长期限", Reason, ("extended",),
        "情况复杂、需要核查的可以延长一次，并告知申请人。", "已延长，并告知申请人。"),
    "revoke-notice": Act("告知拟撤销修复", Intended, ("revoke_noticed",),
        "发现材料虚假等情形的，先告知理由，听取陈述、申辩。", "已告知申请人，可以陈述、申辩。"),
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


class Letters(Console):
    """修复告知书: found by the number of the decision, printed with it (两书同达)."""

    action, title, template = "repair.letter", "修复告知书", "console/department/letters.html"
    intro = "送达处罚决定书、列严决定书时，同时送达信用修复告知书（两书同达）。按文书号查找本部门报送的记录，打开后打印。"

    def get(self) -> HttpResponse:
        asked = "number" in self.request.GET
        form = Find(self.who, self.request.GET if asked else None)
        found: list[owned.Own] = []
        if asked and form.is_valid():
            item: Item | None = parts.item_of(form.cleaned_data["item"])
            number = form.cleaned_data["number"]
            if item is not None:
                found = lending.ask(lambda c: owned.by_document(c, question(self.who), item, number, book()))
        wanted = [own for own in found if own.item.repair_route != "none"]
        return self.page({"form": form, "found": wanted, "searched": asked and form.is_valid()})


class Letter(Console):
    action, title, template = "repair.letter", "信用修复告知书", "console/department/letter.html"

    def get(self) -> HttpResponse:
        record = self.kwargs["record"]
        now, today = casebook.moment()
        q = Question(question(self.who).who, now, today)

        def asked(c: Connection) -> letter.Letter | None:
            own = owned.load(c, q, record, book())
            if own is None or own.item.repair_route == "none":
                return None
            answer = queries.record(c, owned.ids.public_id(record), q, book())
            told = next(r for r in answer.records if r["record"] == record)
            by = casebook.unit(self.who.provider, book())
            return letter.compose(told, own.item, own.subject, by, book(), today)

        found = lending.ask(asked)
        return error_page(404, casebook.NOT_HERE) if found is None else self.page({"letter": found})
