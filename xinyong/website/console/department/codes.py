"""重错码: what the centre sent to the department; it says what it did, and the data tells whether that was so."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.collection.quality import cases
from xinyong.collection.quality.cases import STATES, Case
from xinyong.collection.quality.code_defects import KINDS
from xinyong.foundation.accounts import ROLES
from xinyong.kernel.beijing import BEIJING
from xinyong.website import access, lending
from xinyong.website.console.base import Choice, Column, Connection, Console, Row, Text
from xinyong.website.console.centre.made import MadeList, counting
from xinyong.website.console.department import parts
from xinyong.website.errors import error_page

ANSWER = "codes.answer"
TAGS = {"待更正": "bad", "部门已答复": "warn", "已更正": "good", "经核实不是重错码": "plain"}
WAYS = {"corrected": "已更正", "explained": "情况说明"}


class Codes(MadeList):
    action, title, export_action = ANSWER, "重错码", "codes.answer"
    intro = "信用中心下发给本单位的错码和重码。请更正数据后答复；复查时不再发现，任务自动销号。"
    columns = (
        Column("id", "编号", "number", link=lambda r: reverse("department-code", args=[r["id"]])),
        Column("kind", "类别"),
        Column("code", "代码"),
        Column("names", "主体名称"),
        Column("candidates", "可能的正确代码", sort=False),
        Column("found_in", "出现处数", "number"),
        Column("state", "情况", tag=lambda v: TAGS[v]),
        Column("found_at", "下发日期", "day"),
        Column("at", "最近处理", "day"),
    )
    filters = (
        Text("code", "代码", "true"),
        Choice("kind", "类别", "true", [(k, k) for k in KINDS.values()]),
        Choice("state", "情况", "true", [(s, s) for s in TAGS]),
    )
    empty = "没有下发给本单位的重错码任务。"

    def made(self, c: Connection) -> list[Row]:
        if not self.who.provider:
            return []
        return [_row(k) for k in cases.listed(c, counting(self, self.who.provider))]


def _row(k: Case) -> Row:
    return {
        "id": k.id, "kind": KINDS[k.kind], "code": k.detail["code"], "names": "、".join(k.detail["names"][:3]),
        "candidates": "、".join([*k.detail["candidates"], *k.detail["codes"]][:3]), "found_in": k.detail["found_in"],
        "state": STATES[k.state], "found_at": k.found_at, "at": k.at,
    }  # fmt: skip


def one(view: Console, number: int) -> Case | None:
    """The department's own; another's looks like none."""
    provider = view.who.provider
    if not provider:
        return None
    found = lending.ask(lambda c: cases.listed(c, counting(view, provider)))
    return next((k for k in found if k.id == number), None)


class Code(Console):
    """Where the defect was found, what the right code may be, and how it went on."""

    action, template = ANSWER, "console/department/code.html"

    def get(self) -> HttpResponse:
        found = one(self, self.kwargs["number"])
        if found is None:
            return error_page(404)
        steps = lending.ask(lambda c: cases.steps(c, counting(self, self.who.provider), found.id))
        told = {"title": f"重错码任务 {found.id}", "facts": facts_of(found), "case": found, "state": STATES[found.state],
                "tag": TAGS[STATES[found.state]], "places": places_of(found)}  # fmt: skip
        may = found.open and access.may(self.who.role, ANSWER)
        return self.page({**told, "steps": [_step(s) for s in steps], "may_answer": may})


def facts_of(k: Case) -> list[tuple[str, str]]:
    right = "、".join([*k.detail["candidates"], *k.detail["codes"]]) or "没有；请向登记机关核实"
    return [
        ("类别", KINDS[k.kind]), ("代码", k.detail["code"]), ("主体名称", "、".join(k.detail["names"])),
        ("可能的正确代码或同名代码", right), ("出现处数", str(k.detail["found_in"])),
    ]  # fmt: skip


def places_of(k: Case) -> list[dict[str, Any]]:
    """Where in what was handed in; stock archives have no row to show."""
    return [
        {"text": f"批次 {s} 第 {n} 行" if s else "存量档案",
         "address": reverse("department-submission", args=[s]) if s else ""} for s, n in k.detail["places"]
    ]  # fmt: skip


def _step(s: dict[str, Any]) -> dict[str, Any]:
    return {"name": STATES[s["kind"]], "when": s["at"].astimezone(BEIJING), "by": s["by"],
            "role": ROLES.get(s["role"], s["role"]), "note": s["note"]}  # fmt: skip


class AnswerForm(forms.Form):
    way = forms.ChoiceField(label="处理结果", choices=[("corrected", "数据已更正，请复查"), ("explained", "说明情况（例如登记机关确认此码有效）")],
                            widget=forms.RadioSelect)  # fmt: skip
    note = forms.CharField(label="说明", max_length=cases.LONGEST_NOTE - 10, widget=forms.Textarea(attrs={"rows": 3}),
                           help_text="写明怎样更正的（批次、更正后的代码），或为什么不用更正。")  # fmt: skip


class Answer(parts.ApartForm):
    action, title, submit, form_class = ANSWER, "答复重错码", "提交答复", AnswerForm
    intro = "答复后由信用中心复查：数据里不再有这个码，任务销号；还在的，任务继续。"

    def get(self) -> HttpResponse:
        return error_page(404) if one(self, self.kwargs["number"]) is None else super().get()

    def post(self) -> HttpResponse:
        return error_page(404) if one(self, self.kwargs["number"]) is None else super().post()

    def about(self) -> dict[str, Any]:
        found = one(self, self.kwargs["number"])
        facts = facts_of(found) if found else []
        return {"facts": facts, "back": reverse("department-code", args=[self.kwargs["number"]])}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        cases.answer(c, self.who, at, self.kwargs["number"], f"{WAYS[data['way']]}：{data['note'].strip()}")

    def target(self, answer: Any) -> str:
        messages.success(self.request, "已答复，等待复查。")
        return reverse("department-code", args=[self.kwargs["number"]])
