"""`xinyong token`: what systems call the API with."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from xinyong.cli import output
from xinyong.cli.main import Json, app, operator, prepared
from xinyong.cli.output import guarded, out, print_json
from xinyong.kernel.errors import Refused

token = typer.Typer(help="接口令牌：发放、列出、停用。", no_args_is_help=True)
app.add_typer(token, name="token")
SCOPES = ("api.look", "api.submit", "api.report")


@token.command()
def create(
    system: Annotated[str, typer.Argument(help="哪个系统使用")],
    role: Annotated[str, typer.Option("--role", help="department、center、bank 或 agency")],
    provider: Annotated[str, typer.Option("--provider", help="所属单位的统一社会信用代码")] = "",
    scopes: Annotated[
        str, typer.Option("--scopes", help="允许的操作，以逗号相连；不写则是这个角色可以做的全部接口操作")
    ] = "",
    days: Annotated[int, typer.Option("--days", help="有效天数，最长 366")] = 180,
    signs: Annotated[bool, typer.Option("--signs", help="每次请求都要签名")] = False,
    certificate: Annotated[str, typer.Option("--certificate", help="绑定的客户端证书的 SHA-256")] = "",
    per_minute: Annotated[int, typer.Option("--per-minute", help="每分钟最多请求数", min=1)] = 600,
    as_json: Json = False,
) -> None:
    """发放一个令牌。令牌只显示这一次。"""
    with guarded(as_json):
        from xinyong.catalog import permissions
        from xinyong.foundation import database, tokens

        book, now = prepared(), output.now()
        allowed = tuple(s for s in SCOPES if permissions.may(book.permissions, role, s))
        wanted = tuple(s.strip() for s in scopes.split(",") if s.strip()) or allowed
        if over := [s for s in wanted if s not in allowed]:
            raise Refused(
                "token_scopes",
                f"角色“{role}”不能有这些操作：{'、'.join(over)}（可以有：{'、'.join(allowed) or '无'}）；请改正 --scopes 或 --role。",
            )
        new = tokens.NewToken(
            system, role, provider, wanted, now + timedelta(days=days), signs, certificate, per_minute
        )
        with database.connect_app() as c:
            number, secret = tokens.create(c, new, operator(), now)
        if as_json:
            print_json({"id": number, "token": secret, "scopes": list(wanted), "expires": new.expires})
        else:
            out.print(
                f"编号 {number}，允许 {'、'.join(wanted)}，到 {new.expires:%Y-%m-%d} 止。令牌（只显示这一次）："
            )
            typer.echo(secret)


@token.command("list")
def listing(as_json: Json = False) -> None:
    """列出令牌；不显示令牌本身。"""
    with guarded(as_json):
        from xinyong.foundation import database, tokens

        prepared()
        with database.connect_app() as c:
            rows = tokens.listed(c)
        if as_json:
            print_json({"tokens": rows})
            return
        for r in rows:
            live = "待安全管理员核准" if r["waits"] else f"到 {r['expires']:%Y-%m-%d}"
            state = f"已停用（{r['reason']}）" if r["ended"] else live
            out.print(f"{r['id']}  {r['system']}  {r['role']}  {r['provider']}  {state}", markup=False)


@token.command()
def revoke(
    number: Annotated[int, typer.Argument(help="令牌编号")],
    reason: Annotated[str, typer.Option("--reason", help="停用原因")],
    as_json: Json = False,
) -> None:
    """立即停用一个令牌。"""
    with guarded(as_json):
        from xinyong.foundation import database, tokens

        prepared()
        with database.connect_app() as c:
            tokens.revoke(c, number, reason, operator(), output.now())
        if as_json:
            print_json({"id": number, "ended": True})
        else:
            out.print(f"令牌 {number} 已停用。")
