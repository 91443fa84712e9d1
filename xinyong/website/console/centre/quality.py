"""归集总览, data quality, score cards with the monthly report, 重错码治理."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django import forms
from django.http import FileResponse, HttpResponse
from django.urls import reverse

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.collection.quality import cases, code_defects, formulas, monthly, queries, scorecard
from xinyong.collection.quality.cases import STATES
from xinyong.collection.quality.code_defects import KINDS
from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.errors import Refused
from xinyong.website import access, lending
from xinyong.website.console.base import Choice, Column, Connection, Console, DetailView, FormView, Row, Text
from xinyong.website.console.centre import made
from xinyong.website.console.centre.made import MONTH_FILTER, MadeList, counting
from xinyong.website.public.asking import book

GOOD = {"正常": "good", "零报告": "good", "无报送": "plain", "缺报": "bad"}
CASE_TAGS = {"sent": "bad", "answered": "warn", "corrected": "good", "dismissed": "plain"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COUNTS = ("submissions", "submitted", "taken", "rejected", "held", "open_rows", "late")


def shown(figure: Any) -> str:
    return str(figure.shown)


def verdict(figure: Any) -> str:
    return {True: "good", False: "bad", None: "plain"}[figure.met] if figure else ""


def figure_column(formula: str, label: str) -> Column:
    return Column(formula, label, show=shown, tag=verdict)


class Overview(MadeList):
    """Who handed in what in a month, what was late, what went back, who owes what."""

    action, title, export_action = "center.home", "归集总览", "center.home"
    intro = "按部门、事项看一个月的归集情况。缺报：当月应报，而既没有报送、也没有零报告。"
    columns = (
        Column("provider", "部门"),
        Column("item", "事项"),
        Column("status", "情况", tag=lambda v: GOOD.get(v, "warn")),
        *(Column(name, formulas.MEANINGS[name][0], "number") for name in COUNTS),
        Column("ledger_owed", "台账应报", "number"),
        Column("reported", "台账内已报", "number"),
        Column("last", "最近报送", "day"),
    )
    filters = (
        MONTH_FILTER,
        Text("provider", "部门", "true"),
        Text("item", "事项", "true"),
        Choice("missing", "缺报", "true", [("是", "只看缺报"), ("否", "不看缺报")]),
    )

    def buttons(self) -> list[tuple[str, str]]:
        return [("数据质量", reverse("centre-quality")), ("部门评分", reverse("centre-scores"))]

    def made(self, c: Connection) -> list[Row]:
        asked = counting(self)
        month = queries.month(c, asked, self.month())
        names = {i.code: i.name for i in asked.book.current_items(month.last)}
        return [_line(x, names, asked.book) for x in month.lines]


def _line(line: queries.Line, names: dict[str, str], book: Rulebook) -> Row:
    return {
        **{name: line.counts.get(name) or 0 for name in COUNTS},
        "provider": scorecard.name_of(line.provider, book),
        "item": names.get(line.item, line.item),
        "status": scorecard.status(line),
        "ledger_owed": line.counts.get("ledger_owed"),
        "reported": line.counts.get("reported"),
        "last": line.last,
        "missing": "是" if line.missing else "否",
    }


FIGURES = (
    Column("dimension", "维度"),
    Column("name", "指标"),
    Column("figure", "数值", show=shown, tag=verdict),
    Column("target", "目标"),
    Column("numerator", "分子", "number"),
    Column("denominator", "分母", "number"),
    Column("why", "说明"),
    Column("formula", "口径", sort=False),
    Column("confidence", "可信度"),
)


class Quality(MadeList):
    """The seven dimensions and what belongs to them, of the district or of one department."""

    action, title, export_action = "quality.read", "数据质量", "quality.read"
    intro = "规划要求的七个维度，以及上报率、建档率、重错码率。公式是建议口径，待业主确认；没有台账的上报率显示“无法计算”。"
    columns = FIGURES
    filters = (MONTH_FILTER, Choice("provider", "部门", "true", lambda: _departments()))

    def made(self, c: Connection) -> list[Row]:
        provider = self.request.GET.get("provider", "")
        asked = counting(self, provider if provider in dict(_departments()) else "")
        month = queries.month(c, asked, self.month())
        if not asked.provider:
            month.whole |= code_defects.find(c, asked).counts()
        found = queries.figures_of(month.total(), asked.book, month.last)
        mine = scorecard.of_departments(found) if asked.provider else found
        words = {f.id: f for f in asked.book.quality_on(month.last)}
        return [{"provider": provider, **figure_row(f, words[f.id])} for f in mine]


def _departments() -> list[tuple[str, str]]:
    return [(p.code, p.name) for p in book().providers.values()]


def figure_row(f: formulas.Figure, words: Any) -> Row:
    """A row under FIGURES. `words`: what the rulebook says of the figure."""
    limit = float(f.threshold)
    return {
        "dimension": f.dimension, "name": f.name, "figure": f, "numerator": f.numerator,
        "denominator": f.denominator, "why": f.why, "formula": words.formula,
        "target": f"≥ {limit:.0%}" if words.better == "high" else f"低于 {limit * 10_000:g}‱",
        "confidence": monthly.CONFIDENCE[words.confidence],
    }  # fmt: skip


class Scores(MadeList):
    """A card for each department, the best first."""

    action, title, export_action = "score.read", "部门评分", "score.read"
    intro = "得分是可计算各项的加权平均；权重和公式是样例，待业主确认。"
    columns = (
        Column("rank", "名次", "number"),
        Column("name", "部门"),
        Column("points", "得分", "number"),
        Column("computed", "可计算", sort=False),
        figure_column("DQ_REPORTING", "上报率"),
        figure_column("DQ_COMPLIANCE", "合规率（首次）"),
        figure_column("DQ_COMPLIANCE_FINAL", "合规率（更正后）"),
        figure_column("DQ_TIMELINESS", "及时率"),
        figure_column("DQ_NORMALITY", "规范率"),
        figure_column("DQ_COMPLETENESS", "完整率"),
        figure_column("DQ_CONTINUITY", "连续率"),
        figure_column("DQ_COVERAGE", "覆盖率"),
        figure_column("DQ_LINKAGE", "关联率"),
        Column("open_rows", "未办结", "number"),
        Column("missing", "缺报事项"),
    )
    filters = (MONTH_FILTER, Text("name", "部门", "true"))

    def buttons(self) -> list[tuple[str, str]]:
        asked = f"?month={self.month():%Y-%m}"
        excel = ("下载月报（Excel）", reverse("centre-report") + asked)
        return [
            excel,
            ("下载月报（PDF）", reverse("centre-monthly-pdf") + asked),
            ("已发出的月报", reverse("centre-monthly")),
        ]

    def made(self, c: Connection) -> list[Row]:
        asked = counting(self)
        month = queries.month(c, asked, self.month())
        return [_card(card) for card in scorecard.cards(month, asked.book)]


def _card(card: scorecard.Card) -> Row:
    points = None if card.score.points is None else float(card.score.points)
    return {
        "rank": card.rank, "name": card.name, "points": points, "open_rows": card.counts.get("open_rows") or 0,
        "computed": f"{card.score.computed}/{card.score.of}", "missing": "、".join(card.missing),
        **{f.id: f for f in card.figures},
    }  # fmt: skip


class Workbook(Console):
    """A file to take away: with a purpose, and noted in the audit trail by who writes it."""

    name = ""

    def write(self, c: Connection, target: Path) -> None:
        raise NotImplementedError

    def get(self) -> Any:
        if not access.purpose_of(self.request):
            return access.ask_purpose(self.request, permissions.known(access.matrix(), self.action))
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "out.xlsx"
            lending.act(lambda c: self.write(c, target))
            file = open(target, "rb")
        return FileResponse(file, as_attachment=True, filename=self.filename(), content_type=XLSX)

    def filename(self) -> str:
        return f"{self.name}.xlsx"


class Report(Workbook):
    action, title = "score.read", "归集月报"

    def first(self) -> date:
        return made.month_of(self.request.GET.get("month", ""))

    def write(self, c: Connection, target: Path) -> None:
        monthly.write(c, counting(self), self.first(), target)

    def filename(self) -> str:
        return f"归集月报-{self.first():%Y-%m}.xlsx"


class CodesFile(Workbook):
    action, title, name = "codes.read", "重错码治理清单", "重错码治理清单"

    def write(self, c: Connection, target: Path) -> None:
        monthly.write_cases(c, counting(self), target)


class Codes(MadeList):
    """Tasks of 重错码治理."""

    action, title, export_action = "codes.read", "重错码治理", "codes.read"
    intro = "错码：不合 GB 32100；重码：一码多主体或一主体多码。发现后下发责任单位，数据改正后复查自动销号。"
    columns = (
        Column("id", "编号", "number", link=lambda r: reverse("centre-code", args=[r["id"]])),
        Column("kind", "类别"),
        Column("code", "代码"),
        Column("names", "主体名称"),
        Column("provider", "责任单位"),
        Column("candidates", "可能的正确代码", sort=False),
        Column("found_in", "出现处数", "number"),
        Column(
            "state_name", "情况", tag=lambda v: next((CASE_TAGS[k] for k, n in STATES.items() if n == v), "")
        ),
        Column("found_at", "下发日期", "day"),
        Column("at", "最近处理", "day"),
    )
    filters = (
        Text("code", "代码", "true"),
        Text("provider", "责任单位", "true"),
        Choice("kind", "类别", "true", [(name, name) for name in KINDS.values()]),
        Choice("state_name", "情况", "true", [(name, name) for name in STATES.values()]),
    )
    empty = "没有重错码任务。"

    def buttons(self) -> list[tuple[str, str]]:
        scan = (
            [("筛查并下发", reverse("centre-codes-scan"))]
            if access.may(self.who.role, "codes.assign")
            else []
        )
        progress = ("进度与重错码率", reverse("centre-codes-progress"))
        return [*scan, progress, ("治理清单（Excel）", reverse("centre-codes-file"))]

    def made(self, c: Connection) -> list[Row]:
        asked = counting(self)
        return [_case(k, asked.book) for k in cases.listed(c, asked)]


def _case(k: cases.Case, book: Rulebook) -> Row:
    return {
        "id": k.id, "kind": KINDS[k.kind], "code": k.detail["code"], "names": "、".join(k.detail["names"][:3]),
        "provider": scorecard.name_of(k.provider, book), "found_in": k.detail["found_in"],
        "candidates": "、".join([*k.detail["candidates"], *k.detail["codes"]][:3]),
        "state_name": STATES[k.state], "found_at": k.found_at, "at": k.at,
    }  # fmt: skip


class Scan(FormView):
    action, title, submit = "codes.assign", "筛查重错码", "筛查并下发"
    intro = "查存量代码和报送中还没有更正的代码，新发现的下发责任单位；不再发现的自动销号。"

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> cases.Scan:
        return cases.scan(c, counting(self))

    def about(self) -> dict[str, Any]:
        return {"back": reverse("centre-codes")}

    def target(self, answer: cases.Scan) -> HttpResponse:
        lines = [
            f"发现 {answer.found} 处，新下发 {answer.opened} 项，复查已更正 {answer.corrected} 项，待办 {answer.still_open} 项。"
        ]
        if answer.unread:
            numbers = "、".join(map(str, answer.unread))
            lines.append(f"批次 {numbers} 的原始文件已不在，其中的错码没有查，原有任务保持不变。")
        return self.page(
            {"lines": lines, "buttons": [("返回清单", reverse("centre-codes"))]}, template="console/page.html"
        )


class Code(DetailView):
    """One task: where it was found, candidates, how it went on."""

    action, title, template = "codes.read", "重错码任务", "console/centre/code.html"

    def load(self, c: Connection) -> dict[str, Any] | None:
        asked = counting(self)
        found = next((k for k in cases.listed(c, asked) if k.id == self.kwargs["number"]), None)
        if found is None:
            return None
        row = _case(found, asked.book)
        facts = [(label, row[key]) for key, label in (
            ("kind", "类别"), ("code", "代码"), ("names", "主体名称"), ("provider", "责任单位"),
            ("state_name", "情况"), ("found_in", "出现处数"))]  # fmt: skip
        facts.append(
            (
                "可能的正确代码或同名代码",
                "、".join([*found.detail["candidates"], *found.detail["codes"]]) or "没有",
            )
        )
        places = [f"批次 {s} 第 {n} 行" if s else "存量档案" for s, n in found.detail["places"]]
        steps = [
            {**s, "name": STATES[s["kind"]], "when": s["at"].astimezone(BEIJING)}
            for s in cases.steps(c, asked, found.id)
        ]
        may = found.open and access.may(self.who.role, "codes.assign")
        return {
            "facts": facts,
            "places": places,
            "steps": steps,
            "dismiss": reverse("centre-code-dismiss", args=[found.id]) if may else "",
        }


class Reason(forms.Form):
    reason = forms.CharField(
        label="理由", max_length=cases.LONGEST_NOTE, help_text="例如：登记机关已确认此码有效。"
    )


class Dismiss(FormView):
    action, title, submit, form_class = "codes.assign", "认定不是重错码", "认定", Reason
    intro = "认定后任务结束，以后的筛查不再下发同一代码。"

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        cases.dismiss(c, self.who, at, self.kwargs["number"], data["reason"])

    def about(self) -> dict[str, Any]:
        number = self.kwargs["number"]
        found = lending.ask(lambda c: [k for k in cases.listed(c, counting(self)) if k.id == number])
        if not found:
            raise Refused("no_case", "没有这项任务；请返回列表重新选择。")
        return {"back": reverse("centre-codes"), "facts": [("代码", found[0].detail["code"])]}

    def target(self, answer: Any) -> str:
        return reverse("centre-code", args=[self.kwargs["number"]])
