"""The department's work desk, 零报告, templates, its own quality figures."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.urls import reverse

from xinyong.collection import changes, held, ledger, returned
from xinyong.collection.quality import cases, queries, scorecard
from xinyong.collection.receipts import Receipt
from xinyong.collection.template import template
from xinyong.foundation import home
from xinyong.foundation.audit import Who
from xinyong.services.monthlyreport import issuing
from xinyong.website import access, lending
from xinyong.website.console.base import Column, Connection, Console, Row
from xinyong.website.console.centre.made import MONTH_FILTER, MadeList, counting
from xinyong.website.console.centre.quality import FIGURES, XLSX, figure_row
from xinyong.website.console.department import parts
from xinyong.website.errors import error_page


class Home(Console):
    """What waits, and where to begin."""

    action, title, template = "department.home", "部门工作台", "console/department/home.html"

    def get(self) -> HttpResponse:
        found = parts.book().provider_by_code(self.who.provider)
        name = found.name if found else self.who.provider
        tiles = lending.ask(self._tiles)
        return self.page({"tiles": tiles, "intro": name})

    def _tiles(self, c: Connection) -> list[dict[str, Any]]:
        """(what, how many, where): only what the role may open."""
        if not self.who.provider:
            return []
        batches = returned.open_batches(c, self.who.provider)
        waiting = len(held.list_held(c, self.who.provider, parts.book()))
        rejected = sum(b["rejected"] for b in batches)
        proposed, overdue = changes.waiting(c, self.who.provider, parts.today())
        codes = sum(k.open for k in cases.listed(c, counting(self, self.who.provider)))
        verb = f"去审核，已逾期 {overdue} 项" if overdue else "去审核"
        tiles = [
            ("submission.mend", "退回未改的行", rejected, "department-mend", "去改正"),
            ("held.decide", "待核的行", waiting, "department-held", "去处理"),
            ("record.confirm", "待审核的更正与撤回", proposed, "department-review-changes", verb),
            ("record.withdraw", "等审核的更正与撤回", proposed, "department-changes", "去查看"),
            ("codes.answer", "未办结的重错码", codes, "department-codes", "去办理"),
        ]
        return [
            {"label": label, "count": count, "address": reverse(page), "verb": verb}
            for action, label, count, page, verb in tiles
            if access.may(self.who.role, action)
        ]


def months() -> parts.Choices:
    """This month and the five before, the last full month first."""
    first = parts.today().replace(day=1)
    found = [first]
    for _ in range(5):
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return [(f"{m:%Y-%m}", f"{m.year} 年 {m.month} 月") for m in [*found[1:2], first, *found[2:]]]


class ZeroForm(forms.Form):
    item = forms.ChoiceField(label="事项")
    month = forms.ChoiceField(label="月份", choices=months)

    def __init__(self, who: Who, data: Any = None) -> None:
        super().__init__(data)
        found = [(i.code, f"{i.name}（{i.code}）") for i in parts.items(who) if i.kind == "records"]
        self.fields["item"].choices = found


class Zero(parts.ApartForm):
    action, title, submit = "submission.zero", "零报告", "提交零报告"
    intro = "这个月该事项没有作出任何决定时提交；当月记为已报送，应报数为 0。以后又有数据的，照常报送即可。"

    def make_form(self, data: Any = None) -> ZeroForm:
        return ZeroForm(self.who, data)

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Receipt:
        return ledger.zero_report(
            c, parts.book(), data["item"], self.who.provider, data["month"], self.who, at
        )

    def target(self, answer: Receipt) -> str:
        messages.success(self.request, f"零报告已收到（批次 {answer.submission}，{answer.reason}）。")
        return reverse("department-submission", args=[answer.submission])


class Templates(Console):
    action, title, template = "submission.template", "填报模板", "console/department/templates.html"
    intro = "Excel 模板带下拉选项和填写说明，填好后可以直接报送。"

    def get(self) -> HttpResponse:
        found = [
            {"item": i, "address": reverse("department-template", args=[i.code])}
            for i in parts.items(self.who)
        ]
        return self.page({"items": found})


class Template(Console):
    action, title = "submission.template", "填报模板"

    def get(self) -> Any:
        item = parts.item_of(self.kwargs["code"])
        if item is None:
            return error_page(404)
        with tempfile.TemporaryDirectory(dir=home.folder("tmp")) as folder:
            path = Path(folder) / f"{item.name}填报模板.xlsx"
            template(item, parts.book(), path)
            return FileResponse(open(path, "rb"), as_attachment=True, filename=path.name, content_type=XLSX)


class Quality(MadeList):
    """The department's own figures of one month."""

    action, title, export_action = "quality.own", "本部门质量", "quality.own"
    intro = "本部门一个月的数据质量。公式是建议口径，待业主确认；没有应报台账的，上报率显示“无法计算”。"
    columns = FIGURES
    filters = (MONTH_FILTER,)

    def buttons(self) -> list[tuple[str, str]]:
        return [("发出的评分卡", reverse("department-scores"))]

    def made(self, c: Connection) -> list[Row]:
        asked = counting(self, self.who.provider)
        month = queries.month(c, asked, self.month())
        found = scorecard.of_departments(queries.figures_of(month.total(), asked.book, month.last))
        words = {f.id: f for f in asked.book.quality_on(month.last)}
        return [figure_row(f, words[f.id]) for f in found]


class Scores(MadeList):
    """The department's own card in each monthly report that the centre sent out, as it was sent."""

    action, title, export_action = "quality.own", "发出的评分卡", "quality.own"
    intro = "信用中心每月发出的评分，按发出时的内容保存；对得分有疑问的，请与信用中心联系。"
    columns = (
        Column("month", "月份", show=lambda v: f"{v.year} 年 {v.month} 月"),
        Column("points", "得分"),
        Column("rank", "名次"),
        Column("computed", "可计算", sort=False),
        Column("weak", "未达标", tag=lambda v: "bad" if v else "", sort=False),
        Column("missing", "缺报事项", sort=False),
        Column("open", "未办结行"),
        Column("at", "发出时间", "moment"),
    )
    filters = (MONTH_FILTER,)
    empty = "信用中心还没有发出过评分卡。"

    def made(self, c: Connection) -> list[Row]:
        month = self.request.GET.get("month", "")
        found = issuing.cards(c, self.who.provider) if self.who.provider else []
        return [_issued(r) for r in found if not month or f"{r['month']:%Y-%m}" == month]


def _issued(r: dict[str, Any]) -> Row:
    weak = [f"{f['name']} {f['text']}" for f in r["card"]["figures"] if f["kind"] == "bad"]
    told = {k: r["card"][k] for k in ("points", "rank", "computed", "missing", "open")}
    return {**told, "month": r["month"], "at": r["at"], "weak": "、".join(weak)}
