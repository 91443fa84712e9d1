"""归集月报: the month of the whole district, or of one department, as a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Basis
from xinyong.collection.quality import cases, code_defects, formulas, queries, scorecard
from xinyong.collection.quality.cases import STATES, Case
from xinyong.collection.quality.code_defects import KINDS
from xinyong.collection.quality.queries import Line, Month
from xinyong.collection.quality.scorecard import Card
from xinyong.collection.quality.workbook import HEAD_ROW, Alarm, Column, Report
from xinyong.collection.rejects_files import draft_of
from xinyong.disclosure.figures import Counting
from xinyong.foundation import audit
from xinyong.kernel.beijing import BEIJING, day_of
from xinyong.kernel.errors import Refused

CONFIDENCE = {"seen": "见原文", "seen_in_report": "见于报道", "sample": "样例，待确认"}
CHART_ROWS = 15


def write(c: psycopg.Connection[Any], counting: Counting, first: date, target: Path) -> Month:
    """Write the month's report to `target` (.xlsx); returns what it tells. The export is in the audit trail.

    NotPermitted: as `queries.month`. Refused: another suffix, a folder that can't be written.
    """
    if target.suffix.lower() != ".xlsx":
        raise Refused("report_format", f"归集月报不能存为“{target.name}”；文件名请以 .xlsx 结尾。")
    month, listed = gather(c, counting, first)
    with draft_of(target, 0o600) as draft, Report(draft, title_of(month, counting), counting.now) as report:
        fill(report, month, counting, listed)
        told = {"month": f"{first:%Y-%m}", "provider": counting.provider, "rows": len(month.lines)}
        with c.transaction():
            audit.record(c, counting.who, counting.now, "quality.export", target.name, told)
    return month


def gather(c: psycopg.Connection[Any], counting: Counting, first: date) -> tuple[Month, list[Case]]:
    """What the month's report tells, read once. NotPermitted: as `queries.month`."""
    month = queries.month(c, counting, first)
    defects = code_defects.find(c, counting)
    if not counting.provider:
        month.whole |= defects.counts()
    return month, cases.listed(c, counting)


def fill(report: Any, month: Month, counting: Counting, listed: list[Case]) -> None:
    """Tell it all to `report`, sheet by sheet: a workbook, or whatever takes sheets as `workbook.Report` does."""
    _Monthly(report, month, counting, listed).write()


def write_cases(c: psycopg.Connection[Any], counting: Counting, target: Path) -> int:
    """Write the 重错码 tasks to `target` (.xlsx); returns how many. The export is in the audit trail."""
    if target.suffix.lower() != ".xlsx":
        raise Refused("report_format", f"重错码清单不能存为“{target.name}”；文件名请以 .xlsx 结尾。")
    listed = cases.listed(c, counting)
    with draft_of(target, 0o600) as draft, Report(draft, "重错码治理清单", counting.now) as report:
        cases_sheet(report, listed, counting.book, _made(counting.now))
        with c.transaction():
            audit.record(c, counting.who, counting.now, "codes.export", target.name, {"rows": len(listed)})
    return len(listed)


def title_of(month: Month, counting: Counting) -> str:
    whose = scorecard.name_of(month.provider, counting.book) if month.provider else "全区"
    return f"{whose} {month.month.year} 年 {month.month.month} 月公共信用信息归集月报"


def _made(now: datetime) -> str:
    return f"统计时间 {now.astimezone(BEIJING):%Y-%m-%d %H:%M}"


class _Monthly:
    def __init__(self, report: Report, month: Month, counting: Counting, listed: list[Case]) -> None:
        self.report, self.month, self.book, self.cases = report, month, counting.book, listed
        self.made, self.title = _made(counting.now), title_of(month, counting)
        self.names = {i.code: i.name for i in self.book.current_items(month.last)}

    def write(self) -> None:
        self._summary()
        self._scores()
        self._lines()
        self._missing()
        self._gaps()
        cases_sheet(self.report, self.cases, self.book, self.made)
        self._basis()

    def _summary(self) -> None:
        total = self.month.total()
        columns = _columns("指标 24 数值 14 目标 12 达标 10 分子 14 分母 14 说明 46")
        rows: list[Sequence[Any]] = []
        for f in queries.figures_of(total, self.book, self.month.last):
            verdict = {True: "是", False: "否", None: "—"}[f.met]
            bare = ["" if n is None else n for n in (f.numerator, f.denominator)]
            rows.append([f.name, f, _target(f), verdict, *bare, f.why or _left_out(f.id, total)])
        for name in HEADLINES:
            label, meaning = formulas.MEANINGS[name]
            rows.append([label, total.get(name) or 0, "", "", "", "", meaning])
        note = f"{self.made}；公式为建议口径，待业主确认，见“口径说明”"
        self.report.sheet("总览", self.title, note, columns, rows)

    def _scores(self) -> None:
        made = scorecard.cards(self.month, self.book)
        shown = [f.name for f in made[0].figures] if made else []
        columns = [*_columns("部门 34 名次 8 得分 10 可计算 10"), *(Column(n, 12) for n in shown),
                   *_columns("缺报事项 14 未办结行 12")]  # fmt: skip
        note = f"{self.made}；得分为可计算各项的加权平均，权重见“口径说明”；红色为未达标"
        page, count = self.report.sheet("部门得分", "部门归集质量得分", note, columns, map(self._card, made))
        if count:
            self._chart(page, count, len(columns))

    def _card(self, card: Card) -> Sequence[Any]:
        missing = "、".join(self.names.get(i, i) for i in card.missing)
        points = None if card.score.points is None else float(card.score.points)
        computed = f"{card.score.computed}/{card.score.of} 项"
        rank = card.rank if card.rank is not None else "—"
        return [card.name, rank, points, computed, *card.figures, Alarm(missing),
                card.counts.get("open_rows") or 0]  # fmt: skip

    def _chart(self, page: Any, count: int, width: int) -> None:
        """The best scores as bars; below the table, so that nothing is covered."""
        last = HEAD_ROW + min(count, CHART_ROWS)
        chart = self.report.book.add_chart({"type": "bar"})
        chart.add_series({
            "name": "得分", "categories": ["部门得分", HEAD_ROW + 1, 0, last, 0],
            "values": ["部门得分", HEAD_ROW + 1, 2, last, 2], "fill": {"color": "#2F5597"}, "gap": 60,
            "data_labels": {"value": True},
        })  # fmt: skip
        chart.set_title({"name": f"部门得分（前 {min(count, CHART_ROWS)} 名）", "name_font": {"size": 12}})
        chart.set_x_axis(
            {"min": 0, "max": 100, "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}}
        )
        chart.set_y_axis({"reverse": True})
        chart.set_legend({"none": True})
        chart.set_size({"width": 900, "height": 120 + 26 * min(count, CHART_ROWS)})
        page.set_h_pagebreaks([HEAD_ROW + count + 2])
        page.insert_chart(HEAD_ROW + count + 2, 0, chart)

    def _lines(self) -> None:
        columns = _columns(
            "部门 34 事项 22 情况 16 批次 8 收到行 10 上报 10 首次通过 10 更正后通过 12 入库 10 退回 8 待核 8 未办结 10"
            " 迟报 8 台账应报 10 台账内已报 12"
        )
        names = ("submissions", "received", "submitted", "first_passed", "finally_passed", "taken", "rejected",
                 "held", "open_rows", "late")  # fmt: skip
        rows = (
            [self._name(line.provider), self.names.get(line.item, line.item), _status(line),
             *(line.counts.get(n) or 0 for n in names), *self._ledger(line.counts)]
            for line in self.month.lines
        )  # fmt: skip
        self.report.sheet("部门事项明细", "各部门各事项归集情况", self.made, columns, rows)

    def _ledger(self, counts: formulas.Counts) -> list[Any]:
        owed = counts.get("ledger_owed")
        return ["无台账", ""] if owed is None else [owed, counts.get("reported") or 0]

    def _missing(self) -> None:
        columns = _columns("部门 34 事项 24 更新频次 12 最近报送 14")
        frequency = {i.code: i.frequency for i in self.book.current_items(self.month.last)}
        rows = (
            [self._name(x.provider), self.names.get(x.item, x.item), frequency.get(x.item, ""), x.last or "从未报送"]
            for x in self.month.lines if x.missing
        )  # fmt: skip
        note = f"{self.made}；当月应报而既没有报送、也没有零报告的"
        self.report.sheet("缺报", "缺报清单", note, columns, rows)

    def _gaps(self) -> None:
        columns = _columns("部门 34 事项 18 机关代码 22 字号 22 年度 8 应有 8 已有 8 断号 46 疑似错号 16")
        rows = (
            [self._name(g.provider), self.names.get(g.item, g.item), g.authority, g.prefix, str(g.year),
             g.sequence.expected, g.sequence.present, g.sequence.gaps or "无", "、".join(map(str, g.sequence.odd))]
            for g in self.month.gaps
        )  # fmt: skip
        note = f"{self.made}；本年至当月；另有 {self.month.unnumbered} 个文号不按年度顺序编号，未计入"
        self.report.sheet("文号连续", "决定文书号连续情况", note, columns, rows)

    def _basis(self) -> None:
        columns = _columns("指标或计数 22 口径 52 目标 12 权重 8 依据 44 可信度 14 说明 44")
        rows: list[Sequence[Any]] = []
        for f in self.book.quality_on(self.month.last):
            limit = float(queries.threshold(f, self.book, self.month.last))
            target = f"{'不低于' if f.better == 'high' else '低于'} {limit:.2%}"
            rows.append(
                [f.name, f.formula, target, f.weight, self._law(f.basis), CONFIDENCE[f.confidence], f.note]
            )
        rows += [
            [label, meaning, "", "", "", "", ""] for label, meaning in formulas.MEANINGS.values() if meaning
        ]
        self.report.sheet("口径说明", "口径说明", "标“样例，待确认”的公式未见国家评估原文", columns, rows)

    def _law(self, basis: Basis) -> str:
        law = self.book.instruments[basis.instrument]
        return f"{law.title}（{law.number}）{basis.article}"

    def _name(self, provider: str) -> str:
        return scorecard.name_of(provider, self.book)


def _status(line: Line) -> str:
    text = scorecard.status(line)
    return text if text in ("正常", "零报告", "无报送") else Alarm(text)


HEADLINES = (
    "submissions",
    "received",
    "submitted",
    "taken",
    "rejected",
    "held",
    "open_rows",
    "late",
    "owed",
    "answered",
)


def _target(figure: formulas.Figure) -> str:
    limit = float(figure.threshold)
    if limit < 0.01:
        return f"低于 {limit * 10_000:g}‱"
    return f"≥ {limit:.0%}"


def _left_out(formula: str, total: formulas.Counts) -> str:
    """What a total could not take into account."""
    if formula != "DQ_REPORTING":
        return ""
    absent, wrong = total.get("without_ledger") or 0, total.get("wrong_ledger") or 0
    told = [f"{absent} 个部门事项没有台账，未计入"] if absent else []
    return "；".join([*told, *([f"{wrong} 个部门事项台账有误，未计入"] if wrong else [])])


def cases_sheet(report: Report, listed: Iterable[Case], book: Rulebook, made: str) -> None:
    columns = _columns(
        "编号 8 类别 20 代码 24 主体名称 34 可能的正确代码或同名代码 46 责任单位 34 出现处数 10 情况 18 下发日期 14"
        " 最近处理 14 说明 36"
    )
    rows = (
        [k.id, KINDS[k.kind], k.detail["code"], "\n".join(k.detail["names"][:5]),
         "\n".join([*k.detail["candidates"], *k.detail["codes"]]), scorecard.name_of(k.provider, book),
         k.detail["found_in"], STATES[k.state], day_of(k.found_at), day_of(k.at), k.note]
        for k in listed
    )  # fmt: skip
    report.sheet("重错码", "重错码治理清单", f"{made}；疑似重码须经责任单位核实", columns, rows)


def _columns(text: str) -> list[Column]:
    """`名称 34 数值 12`: names and widths in turn."""
    words = text.split()
    return [Column(name, int(width)) for name, width in zip(words[::2], words[1::2], strict=True)]


__all__ = ["fill", "gather", "title_of", "write", "write_cases"]
