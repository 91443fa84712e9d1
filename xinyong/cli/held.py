"""`xinyong held`: rows that wait for a person of their provider, listed, accepted or returned one by one."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from xinyong.cli import output
from xinyong.cli.main import Json, _show_receipt, app, operator, prepared
from xinyong.cli.output import guarded, out, print_json

held = typer.Typer(help="待核行：列出、接受或退回。", no_args_is_help=True)
app.add_typer(held, name="held")
Sheet = Annotated[str, typer.Option("--sheet", help="工作簿的工作表名（只有一张表的不填）")]
Reason = Annotated[str, typer.Option("--reason", help="办理理由")]


@held.command("list")
def list_rows(
    provider: Annotated[str, typer.Option("--provider", help="只看某个提供单位")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="最多列出多少行")] = 1_000,
    as_json: Json = False,
) -> None:
    """还没办理的待核行，连同原因与建议。"""
    with guarded(as_json):
        from xinyong.collection import door
        from xinyong.collection.held import list_held
        from xinyong.foundation import database

        book = prepared()
        with database.connect_app() as c:
            found = list_held(c, door.provider_of(provider, book), book, limit)
        if as_json:
            print_json({"rows": [row.as_json() for row in found]})
        elif found:
            out.print(_table(found))
        else:
            out.print("没有待核的行。")


def _table(rows: list[Any]) -> Table:
    table = Table("批次", "工作表", "行号", "事项", "文件", "原因", "建议")
    for r in rows:
        table.add_row(str(r.submission), r.sheet, str(r.line), r.item, r.filename, r.problem, r.suggestion)
    return table


@held.command()
def accept(submission: int, line: int, reason: Reason = "", sheet: Sheet = "", as_json: Json = False) -> None:
    """接受一行：按这一行自己的代码入库。"""
    _decide(submission, line, sheet, True, reason, as_json)


@held.command("return")
def return_row(
    submission: int, line: int, reason: Reason = "", sheet: Sheet = "", as_json: Json = False
) -> None:
    """退回一行：不入库，由报送单位改正后重新报送。"""
    _decide(submission, line, sheet, False, reason, as_json)


def _decide(submission: int, line: int, sheet: str, accepted: bool, reason: str, as_json: bool) -> None:
    with guarded(as_json):
        from xinyong.collection.held import decide
        from xinyong.foundation import database

        book = prepared()
        with database.connect_app(autocommit=True) as c:
            receipt = decide(c, operator(), output.now(), submission, line, sheet, accepted, reason, book)
        if as_json:
            print_json(
                receipt.as_json() if receipt else {"submission": submission, "line": line, "returned": True}
            )
        elif receipt:
            _show_receipt(receipt)
        else:
            out.print(f"批次 {submission} 第 {line} 行已退回。")


__all__ = ["held"]
