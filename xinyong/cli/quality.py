"""Data quality of a month, 重错码 and authorisations from the command line."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from xinyong.cli import output
from xinyong.cli.main import Json, app, operator, prepared, today
from xinyong.cli.output import guarded, out, print_json
from xinyong.kernel.errors import Refused

MonthOption = Annotated[str, typer.Option("--month", help="归集月份，如 2026-03；默认本月")]
ProviderOption = Annotated[str, typer.Option("--provider", help="只看某个提供单位")]


def _counting(provider: str, book: Any) -> Any:
    from xinyong.collection import door
    from xinyong.disclosure.figures import Counting
    from xinyong.foundation.audit import Who

    who = operator()
    named = Who(who.name, who.role, who.provider, who.origin, "归集质量统计")
    return Counting(named, output.now(), today(), book, door.provider_of(provider, book))


def _month(text: str) -> date:
    from xinyong.collection.ledger import month_of

    first = month_of(text) if text else today().replace(day=1)
    if first is None:
        raise Refused("bad_month", f"月份“{text}”不认识；请写成 2026-03。")
    return first


@app.command()
def quality(
    month: MonthOption = "",
    provider: ProviderOption = "",
    report: Annotated[Path | None, typer.Option("--report", help="归集月报（XLSX）")] = None,
    as_json: Json = False,
) -> None:
    """归集质量：七个维度、上报率与部门得分；--report 另存为月报。"""
    with guarded(as_json):
        from xinyong.collection.quality import monthly, queries
        from xinyong.foundation import database

        book, first = prepared(), _month(month)
        counting = _counting(provider, book)
        with database.connect_app(autocommit=True) as c:
            if report is not None:
                found = monthly.write(c, counting, first, report)
            else:
                found = queries.month(c, counting, first)
        if as_json:
            print_json(_as_json(found, book))
        else:
            _show(found, book)


def _as_json(found: Any, book: Any) -> dict[str, Any]:
    from xinyong.collection.quality import queries, scorecard

    total = found.total()
    return {
        "month": f"{found.month:%Y-%m}",
        "provider": found.provider,
        "figures": [_figure(f) for f in queries.figures_of(total, book, found.last)],
        "counts": total,
        "departments": [_card(card) for card in scorecard.cards(found, book)],
        "lines": [
            {"provider": x.provider, "item": x.item, "status": scorecard.status(x), "counts": x.counts}
            for x in found.lines
        ],
    }


def _figure(f: Any) -> dict[str, Any]:
    rate = None if f.rate is None else round(float(f.rate), 6)
    return {
        "id": f.id, "name": f.name, "dimension": f.dimension, "numerator": f.numerator,
        "denominator": f.denominator, "rate": rate, "threshold": float(f.threshold), "met": f.met,
        "why": f.why, "sample": f.sample,
    }  # fmt: skip


def _card(card: Any) -> dict[str, Any]:
    points = None if card.score.points is None else float(card.score.points)
    return {
        "provider": card.provider, "name": card.name, "rank": card.rank, "points": points,
        "computed": card.score.computed, "of": card.score.of, "missing": list(card.missing),
        "figures": [_figure(f) for f in card.figures],
    }  # fmt: skip


def _show(found: Any, book: Any) -> None:
    from xinyong.collection.quality import queries, scorecard

    table = Table(
        "指标", "数值", "目标", "达标", "说明", title=f"{found.month:%Y-%m} 归集质量（口径为样例，待确认）"
    )
    for f in queries.figures_of(found.total(), book, found.last):
        met = {True: "是", False: "否", None: "—"}[f.met]
        table.add_row(f.name, f.shown, f"{float(f.threshold):g}", met, f.why)
    out.print(table)
    ranks = Table("名次", "部门", "得分", "可计算", "缺报事项")
    for card in scorecard.cards(found, book):
        points = "无法计算" if card.score.points is None else str(card.score.points)
        ranks.add_row(
            str(card.rank or "—"),
            card.name,
            points,
            f"{card.score.computed}/{card.score.of}",
            "、".join(card.missing),
        )
    out.print(ranks)


@app.command()
def codes(
    scan: Annotated[bool, typer.Option("--scan", help="先筛查一遍，新发现的下发责任单位")] = False,
    provider: ProviderOption = "",
    report: Annotated[Path | None, typer.Option("--report", help="治理清单（XLSX）")] = None,
    as_json: Json = False,
) -> None:
    """重错码治理：筛查、任务清单与纠正情况。"""
    with guarded(as_json):
        from xinyong.collection.quality import cases, monthly
        from xinyong.foundation import database

        book = prepared()
        counting = _counting(provider, book)
        with database.connect_app(autocommit=True) as c:
            result = cases.scan(c, _counting("", book)) if scan else None
            if report is not None:
                monthly.write_cases(c, counting, report)
            found = cases.listed(c, counting)
        if as_json:
            listed = [{**asdict(k), "open": k.open} for k in found]
            print_json(
                {"scan": asdict(result) if result else None, "tally": cases.tally(found), "cases": listed}
            )
        else:
            _show_cases(found, result)


def _show_cases(found: list[Any], result: Any) -> None:
    from xinyong.collection.quality.cases import STATES, tally
    from xinyong.collection.quality.code_defects import KINDS

    if result is not None:
        out.print(
            f"筛查：发现 {result.found} 处，新下发 {result.opened} 项，复查已更正 {result.corrected} 项。"
        )
        if result.unread:
            out.print(f"批次 {'、'.join(map(str, result.unread))} 的原始文件已不在，其中的错码没有查。")
    table = Table("编号", "类别", "代码", "责任单位", "情况", "候选")
    for k in found:
        row = (
            k.id,
            KINDS[k.kind],
            k.detail["code"],
            k.provider,
            STATES[k.state],
            "、".join(k.detail["candidates"][:2]),
        )
        table.add_row(*map(str, row))
    out.print(table if found else "没有重错码任务。")
    n = tally(found)
    out.print(f"共 {n['sent']} 项：待办 {n['open']}，已更正 {n['corrected']}，不是重错码 {n['dismissed']}。")


__all__ = ["codes", "quality"]
