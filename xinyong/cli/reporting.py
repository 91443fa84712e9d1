"""What is owed and what waits: 上报率 by department, and rows that went back or are held."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from xinyong.cli import output
from xinyong.cli.main import Json, app, prepared
from xinyong.cli.output import guarded, out, print_json
from xinyong.kernel.errors import Refused


@app.command()
def reporting(
    item: Annotated[str, typer.Option("--item", help="目录事项代码，如 XZCF")],
    month: Annotated[str, typer.Option("--month", help="决定作出的月份，如 2026-03")],
    as_json: Json = False,
) -> None:
    """各部门某月的上报率；没有应报台账的显示“无法计算”。"""
    with guarded(as_json):
        from xinyong.collection import ledger
        from xinyong.foundation import database

        first = ledger.month_of(month)
        if first is None:
            raise Refused("bad_month", f"月份“{month}”不认识；请写成 2026-03。")
        book = prepared()
        with database.connect_app() as c:
            found = [
                {"provider": p.id, "name": p.name, **ledger.reporting(c, item.upper(), p.code, first)}
                for p in book.providers.values()
            ]
        if as_json:
            print_json({"item": item.upper(), "month": month, "providers": found})
            return
        table = Table("提供单位", "应报", "已报", "上报率", title=f"{item.upper()} {month} 上报率")
        for row in found:
            owed = "无台账" if row["owed"] is None else str(row["owed"])
            rate = "无法计算" if row["rate"] is None else f"{row['rate']:.1%}"
            table.add_row(row["name"], owed, str(row["reported"]), rate)
        out.print(table)


@app.command()
def tasks(
    provider: Annotated[str, typer.Option("--provider", help="只看某个提供单位")] = "", as_json: Json = False
) -> None:
    """还没办结的退回行与待核行，按批次列出。"""
    with guarded(as_json):
        from xinyong.collection import door, returned
        from xinyong.foundation import database

        book = prepared()
        with database.connect_app() as c:
            found = returned.open_batches(c, door.provider_of(provider, book))
        if as_json:
            print_json({"batches": found})
            return
        table = Table("批次", "事项", "文件", "报送日期", "退回未办", "待核未办")
        for b in found:
            row = (b["submission"], b["item"], b["filename"], b["received_on"], b["rejected"], b["held"])
            table.add_row(*(str(x) for x in row))
        out.print(table if found else "没有未办结的行。")


__all__ = ["output", "reporting", "tasks"]
