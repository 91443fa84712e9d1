"""指标核对: every headline figure of a month, and the way down from it to the rows it was counted from. For the auditor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from xinyong.catalog.model import QualityFormula
from xinyong.collection import mending
from xinyong.collection.quality import code_defects, formulas, queries, scorecard
from xinyong.collection.quality.formulas import Figure
from xinyong.collection.quality.monthly import HEADLINES
from xinyong.foundation.audit import Who
from xinyong.website import lending
from xinyong.website.console.base import Choice, Column, Connection, Console, ListView, Row, Text
from xinyong.website.console.centre.made import MONTH_FILTER, MadeList, counting, month_names, month_of
from xinyong.website.console.department import parts
from xinyong.website.errors import error_page

ACTION = "auditor.figures"
OF_CODES = ("codes", "codes_wrong", "codes_shared")
OF_NUMBERS = ("numbers_expected", "numbers_present")
OF_SUBJECTS = ("subjects_registered", "subjects_with_records")


def label(count: str) -> str:
    return formulas.MEANINGS.get(count, (count, ""))[0]


def address_of(count: str, month: str) -> str:
    """The rows that a count was counted from."""
    if count in OF_CODES:
        return reverse("centre-codes")
    if count in OF_SUBJECTS:
        return reverse("centre-subjects")
    if count in OF_NUMBERS:
        return f"{reverse('auditor-gaps')}?{urlencode({'month': month})}"
    return f"{reverse('auditor-figure', args=[count])}?{urlencode({'month': month})}"


class Figures(Console):
    """The headline figures of a month, as the centre's overview and its report have them."""

    action, title, template = ACTION, "指标核对", "console/centre/figures.html"
    intro = "归集总览和月报里的每一个数，都能点开看到它是从哪些部门事项、哪些批次数出来的。"

    def get(self) -> HttpResponse:
        asked = counting(self)
        first = month_of(self.request.GET.get("month", ""))
        month = lending.ask(lambda c: _whole(c, asked, first))
        total, shown = month.total(), f"{first:%Y-%m}"
        counts = [
            {"label": label(n), "told": formulas.MEANINGS[n][1], "count": total.get(n) or 0, "address": address_of(n, shown)}
            for n in HEADLINES
        ]  # fmt: skip
        words = {f.id: f for f in asked.book.quality_on(month.last)}
        figures = [_figure(f, words[f.id], shown) for f in queries.figures_of(total, asked.book, month.last)]
        told = {"counts": counts, "figures": figures, "month": shown, "months": month_names()}
        return self.page(told)


def _whole(c: Connection, asked: Any, first: Any) -> queries.Month:
    month = queries.month(c, asked, first)
    month.whole |= code_defects.find(c, asked).counts()
    return month


def _figure(f: Figure, words: QualityFormula, month: str) -> dict[str, Any]:
    """With both sides of the fraction taken apart into the counts they are made of."""
    return {
        "name": f.name, "shown": f.shown, "tag": {True: "good", False: "bad", None: "plain"}[f.met], "why": f.why,
        "formula": words.formula, "numerator": f.numerator, "denominator": f.denominator,
        "above": [_term(t, month) for t in words.numerator], "below": [_term(t, month) for t in words.denominator],
    }  # fmt: skip


def _term(term: str, month: str) -> dict[str, str]:
    name = term.lstrip("-")
    return {
        "label": f"{'减 ' if term.startswith('-') else ''}{label(name)}",
        "address": address_of(name, month),
    }


class Breakdown(MadeList):
    """One count, by department and item: the parts add up to the figure."""

    action, export_action = ACTION, ACTION
    template = "console/centre/figure.html"
    columns = (
        Column("provider", "部门"),
        Column("item", "事项"),
        Column("count", "数值", "number"),
        Column("rows", "明细", link=lambda r: r["address"], sort=False),
    )
    filters = (MONTH_FILTER, Text("provider", "部门", "true"), Text("item", "事项", "true"))
    empty = "这个月没有。"

    def dispatch(self) -> HttpResponse:
        name = self.kwargs["count"]
        if name not in formulas.MEANINGS or name in (*OF_CODES, *OF_NUMBERS, *OF_SUBJECTS):
            return error_page(404)
        self.title = f"{label(name)}的构成"  # type: ignore[misc]
        self.intro = formulas.MEANINGS[name][1]  # type: ignore[misc]
        return super().dispatch()

    def made(self, c: Connection) -> list[Row]:
        asked, name, first = counting(self), self.kwargs["count"], self.month()
        month = queries.month(c, asked, first)
        names = {i.code: i.name for i in asked.book.current_items(month.last)}
        self.sum = sum(line.counts.get(name) or 0 for line in month.lines)
        return [
            {"provider": scorecard.name_of(x.provider, asked.book), "item": names.get(x.item, x.item), "rows": "查看批次",
             "count": x.counts[name], "address": _rows_address(x, f"{first:%Y-%m}")}
            for x in month.lines if x.counts.get(name)
        ]  # fmt: skip

    def page(self, context: dict[str, Any], status: int = 200, template: str = "") -> HttpResponse:
        return super().page({**context, "sum": getattr(self, "sum", None)}, status, template)


def _rows_address(line: queries.Line, month: str) -> str:
    asked = {"month": month, "provider": line.provider, "item": line.item}
    return f"{reverse('auditor-rows')}?{urlencode(asked)}"


class Rows(ListView):
    """The submissions of a department and item in a month; each opens its receipt."""

    action, title, export_action = ACTION, "批次明细", ACTION
    intro = "这个部门、事项在这个月的批次，已撤销的不计入指标。打开批次看回执和退回的行。"
    source, order = mending.SQL["submissions"], "id"
    columns = (
        Column("id", "批次", "number", link=lambda r: reverse("department-submission", args=[r["id"]])),
        Column("provider", "部门", show=lambda v: scorecard.name_of(v, parts.book())),
        Column("item_code", "事项", show=parts.item_name),
        Column("state", "结果", tag=lambda v: "plain"),
        Column("rows", "收到行", "number"),
        Column("accepted", "入库", "number"),
        Column("duplicates", "重复", "number"),
        Column("held", "待核", "number"),
        Column("rejected", "退回", "number"),
        Column("late", "迟报", "number"),
        Column("received_on", "收到日期", "day"),
        Column("received_by", "报送人"),
    )
    filters = (
        Choice("month", "月份", "to_char(received_on, 'YYYY-MM') = %(month)s", month_names),
        Choice(
            "provider",
            "部门",
            "provider = %(provider)s",
            lambda: [(p.code, p.name) for p in parts.book().providers.values()],
        ),
        Choice("item", "事项", "item_code = %(item)s", lambda: sorted(parts.item_names().items())),
    )
    empty = "没有批次；这个数来自应报台账或零报告。"

    def scope(self, who: Who) -> tuple[str, Mapping[str, Any]]:
        return "state NOT IN ('整批退回')", {}


class Gaps(MadeList):
    """Document numbers by authority and year: which there should be, and which are missing."""

    action, title, export_action = ACTION, "文号连续的构成", ACTION
    columns = (
        Column("provider", "部门"),
        Column("item", "事项"),
        Column("authority", "机关代码"),
        Column("prefix", "字号"),
        Column("year", "年度"),
        Column("expected", "应有", "number"),
        Column("present", "已有", "number"),
        Column("gaps", "断号", sort=False),
    )
    filters = (MONTH_FILTER, Text("provider", "部门", "true"), Text("prefix", "字号", "true"))
    empty = "这个月没有按年度编号的文书。"

    def made(self, c: Connection) -> list[Row]:
        asked = counting(self)
        month = queries.month(c, asked, self.month())
        names = {i.code: i.name for i in asked.book.current_items(month.last)}
        return [
            {"provider": scorecard.name_of(g.provider, asked.book), "item": names.get(g.item, g.item), "year": str(g.year),
             "authority": g.authority, "prefix": g.prefix, "expected": g.sequence.expected,
             "present": g.sequence.present, "gaps": g.sequence.gaps or "无"} for g in month.gaps
        ]  # fmt: skip
