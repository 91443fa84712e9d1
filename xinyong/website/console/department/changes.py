"""更正与撤回: what was proposed, by whom, until when; confirmed or sent back by a second person of the department."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.collection import changes, mending
from xinyong.collection.changes import OUTCOMES, Change
from xinyong.collection.mending import WITHDRAW, GoesBack
from xinyong.collection.receipts import Receipt
from xinyong.disclosure import own as owned
from xinyong.disclosure.own import Own
from xinyong.kernel.beijing import BEIJING, day_of
from xinyong.kernel.errors import Refused
from xinyong.kernel.masking import mask
from xinyong.website import lending
from xinyong.website.console.base import Choice, Column, Connection, Console, Row, Text
from xinyong.website.console.centre.made import MadeList
from xinyong.website.console.department import parts
from xinyong.website.console.department.entry import question
from xinyong.website.console.department.mend import told
from xinyong.website.errors import error_page

TAGS = {"待审核": "warn", "已确认": "good", "已退回": "bad", "已收回": "plain"}
WORDS = {"更正": "更正", WITHDRAW: "撤回"}
HIDDEN = "（已有内容，不在此显示）"
LAW = "《行政处罚法》第四十八条：处罚决定被变更、撤销的，三日内撤回公开的信息。期限自提出之日起算。"


class _Changes(MadeList):
    """The department's proposals, those that wait first."""

    page_name = "department-change"
    export_action = "record.withdraw"
    columns = (
        Column("id", "编号", "number", link=lambda r: reverse(r["page"], args=[r["id"]])),
        Column("kind", "办理"),
        Column("item", "事项"),
        Column("state", "情况", tag=lambda v: TAGS[v]),
        Column("due", "最迟", tag=lambda v: "bad" if "逾期" in str(v or "") else ""),
        Column("by", "提出人"),
        Column("at", "提出时间", "moment"),
        Column("ended_by", "办理人"),
        Column("reason", "原因", sort=False),
    )
    filters = (
        Choice("state", "情况", "true", [(s, s) for s in TAGS]),
        Choice("kind", "办理", "true", [(s, s) for s in WORDS.values()]),
        Text("by", "提出人", "true"),
        Text("record", "记录号", "true"),
    )
    empty = "没有更正或撤回。"

    def made(self, c: Connection) -> list[Row]:
        names, today = parts.item_names(), parts.today()
        return [
            {"id": k.id, "kind": WORDS[k.kind], "item": names.get(k.item, k.item), "record": k.record,
             "state": OUTCOMES[k.outcome], "due": due_words(k, today), "by": k.by, "at": k.at,
             "ended_by": k.ended_by, "reason": k.reason, "page": self.page_name}
            for k in changes.listed(c, self.who.provider)
        ]  # fmt: skip


def due_words(k: Change, today: date) -> str:
    if k.due is None:
        return ""
    late = k.due < today if k.open else bool(k.ended and day_of(k.ended) > k.due)
    return f"{k.due:%Y-%m-%d}{'（已逾期）' if late else ''}"


class Proposed(_Changes):
    action, title = "record.withdraw", "提出的更正与撤回"
    intro = "提出后由本部门审核员确认，确认时生效；没有确认以前，公开的内容不变。"

    def buttons(self) -> list[tuple[str, str]]:
        return [("查找记录", reverse("department-records"))]


class ToConfirm(_Changes):
    action, title, export_action = "record.confirm", "审核：更正与撤回", "record.confirm"
    page_name = "department-review-change"
    intro = "信息员提出的更正与撤回，经核对后确认，确认时生效；不得审核本人提出的。"

    def buttons(self) -> list[tuple[str, str]]:
        return [("失信程度认定", reverse("department-review"))]


class _OfChange(Console):
    """A page about one proposal of the department; another's looks like none."""

    change: Change
    own: Own | None

    def dispatch(self) -> HttpResponse:
        try:
            self.change = lending.ask(lambda c: changes.one(c, self.who, self.kwargs["number"]))
        except Refused:
            return error_page(404)
        record = self.change.record
        self.own = lending.ask(lambda c: owned.load(c, question(self.who), record, parts.book()))
        return super().dispatch()

    def facts(self) -> parts.Facts:
        k, own = self.change, self.own
        facts = [
            ("办理", WORDS[k.kind]), ("事项", parts.item_name(k.item)), ("主体", own.subject if own else ""),
            ("文书号", own.document if own else ""), ("决定日期", own.decided if own else ""), ("记录号", k.record),
            ("原因", k.reason), ("提出人", k.by), ("提出时间", f"{k.at.astimezone(BEIJING):%Y-%m-%d %H:%M}"),
            ("最迟", due_words(k, parts.today())), ("办理人", k.ended_by), ("办理意见", k.note),
        ]  # fmt: skip
        return [(label, text) for label, text in facts if text]

    def lines(self) -> list[dict[str, str]]:
        """Field by field: as it stands, and as it was proposed."""
        k, own = self.change, self.own
        if own is None or not k.open:
            return []
        if k.kind == WITHDRAW:
            return [
                {"name": f.name, "before": own.shown[f.code], "after": ""}
                for f in own.item.fields
                if f.code in own.shown
            ]
        given = lending.ask(lambda c: changes.proposed(c, k.id))
        return [_line(own, code, text) for code, text in given.items()]


def _line(own: Own, code: str, text: str) -> dict[str, str]:
    f = own.item.field(code)
    shown = mask(text, f.mask or (1, 1)) if f.personal or code in own.hidden else text
    before = HIDDEN if code in own.hidden else own.shown.get(code, "")
    return {"name": f.name, "before": before or "（空）", "after": shown or "（空）"}


class ChangePage(_OfChange):
    action, template, back = "record.withdraw", "console/department/change.html", "department-changes"

    def get(self) -> HttpResponse:
        k = self.change
        told = {"title": f"{WORDS[k.kind]}（编号 {k.id}）", "facts": self.facts(), "lines": self.lines(), "change": k,
                "state": OUTCOMES[k.outcome], "tag": TAGS[OUTCOMES[k.outcome]], "withdraws": k.kind == WITHDRAW}  # fmt: skip
        law = LAW if k.due else ""
        return self.page(
            {
                **told,
                **self.may(),
                "law": law,
                "back": reverse(self.back),
                "stale": k.open and changes.stale(k, self.own),
            }
        )

    def may(self) -> dict[str, bool]:
        return {"may_take_back": self.change.open and self.change.by == self.who.name}


class ReviewPage(ChangePage):
    action, back = "record.confirm", "department-review-changes"

    def may(self) -> dict[str, bool]:
        mine = self.change.by == self.who.name
        return {"may_confirm": self.change.open and not mine, "own": self.change.open and mine}


class Opinion(forms.Form):
    note = forms.CharField(
        label="审核意见",
        required=False,
        max_length=changes.LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class Refusal(forms.Form):
    note = forms.CharField(
        label="退回的理由", max_length=changes.LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 2})
    )


class _Act(_OfChange, parts.ApartForm):
    action, said, page_name = "record.confirm", "", "department-review-change"
    template = "console/department/form.html"

    def about(self) -> dict[str, Any]:
        return {"facts": self.facts(), "back": reverse(self.page_name, args=[self.change.id])}

    def target(self, answer: Any) -> str:
        messages.success(self.request, self.said)
        return reverse(self.page_name, args=[self.change.id])


class Confirm(_Act):
    title, submit, form_class = "确认", "确认，立即生效", Opinion

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Receipt:
        try:
            return changes.confirm(c, self.who, at, self.change.id, self.own, data["note"], parts.book())
        except GoesBack as e:
            found = mending.explained(e.told, self.own.item) if self.own else []
            why = "；".join(f"{t.name}：{t.problem}" for t in found)
            raise Refused("goes_back", f"现在不能入库：{why}。请退回，由信息员改正后重新提出。") from e

    def target(self, answer: Receipt) -> str:
        messages.success(self.request, told(answer, "这一项"))
        return reverse(self.page_name, args=[self.change.id])


class Refuse(_Act):
    title, submit, form_class, said = "退回", "退回", Refusal, "已退回，没有任何改动。"

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        changes.refuse(c, self.who, at, self.change.id, data["note"], parts.book())


class TakeBack(_Act):
    action, title, submit, said = "record.withdraw", "收回", "收回", "已收回，没有任何改动。"
    page_name = "department-change"

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        changes.take_back(c, self.who, at, self.change.id, parts.book())


__all__ = ["ChangePage", "Confirm", "Proposed", "Refuse", "ReviewPage", "TakeBack", "ToConfirm"]
