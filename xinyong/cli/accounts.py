"""`xinyong account …`: what an engineer on a closed network needs before anybody can log in, and in an emergency."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from xinyong.cli import output
from xinyong.cli.main import Json, app, operator
from xinyong.cli.output import guarded, out, print_json
from xinyong.foundation import locks
from xinyong.kernel.errors import Refused

account = typer.Typer(help="账户：安装时开立三个管理员，以及应急处理。", no_args_is_help=True)
app.add_typer(account, name="account")
ADMINS = {"system_admin": "系统管理员", "security_admin": "安全管理员", "audit_admin": "审计管理员"}


def _connected() -> Any:
    from xinyong.foundation import database, setup

    setup.ready()
    return database.connect_app()


def _hashed(password: str) -> str:
    from django.contrib.auth.hashers import make_password

    return make_password(password)


def _opened(c: Any, **given: Any) -> str:
    """Open the account; its one-time password."""
    from xinyong.foundation import accounts, passwords

    password = passwords.one_time()
    accounts.create(c, accounts.Opening(**given, password=_hashed(password)), operator(), output.now())
    return password


def _number(c: Any, name: str) -> int:
    row = c.execute("SELECT id FROM account WHERE username = %s", [name]).fetchone()
    if row is None:
        raise Refused("no_account", f"没有账户“{name}”；请用 xinyong account list 核对用户名。")
    return int(row[0])


def _show(passwords: dict[str, str], as_json: bool) -> None:
    if as_json:
        print_json({"passwords": passwords})
        return
    for name, password in passwords.items():
        out.print(f"{name}  一次性密码：{password}", markup=False)
    out.print("密码只显示这一次；请分别当面交给本人，首次登录时必须更换并设置第二道验证。", markup=False)


@account.command()
def bootstrap(
    system: Annotated[str, typer.Option("--system", help="系统管理员的用户名")],
    security: Annotated[str, typer.Option("--security", help="安全管理员的用户名")],
    audit: Annotated[str, typer.Option("--audit", help="审计管理员的用户名")],
    as_json: Json = False,
) -> None:
    """安装后第一步：开立三个管理员（三个不同的人），打印各自的一次性密码。只能做一次。"""
    with guarded(as_json):
        names = dict(zip(ADMINS, (system, security, audit), strict=True))
        if len(set(names.values())) < len(names):
            raise Refused("same_admin", "三个管理员要由三个人担任；请给出三个不同的用户名。")
        with _connected() as c:
            _refuse_second(c)
            passwords = {name: _opened(c, username=name, role=role) for role, name in names.items()}
        _show(passwords, as_json)


def _refuse_second(c: Any) -> None:
    c.execute("SELECT pg_advisory_xact_lock(%s)", [locks.FIRST_ADMINISTRATORS])
    found = c.execute("SELECT username FROM account WHERE role = ANY(%s) LIMIT 1", [list(ADMINS)]).fetchone()
    if found:
        raise Refused(
            "bootstrapped",
            f"管理员已经开立过（{found[0]}）；以后请由系统管理员开立账户、安全管理员授予角色。",
        )


@account.command()
def create(
    name: str,
    role: Annotated[str, typer.Option("--role", help="拟授予的角色，如 center、department")],
    provider: Annotated[str, typer.Option("--provider", help="所属单位的统一社会信用代码")] = "",
    display_name: Annotated[str, typer.Option("--display-name", help="姓名")] = "",
    as_json: Json = False,
) -> None:
    """开立账户，打印一次性密码；安全管理员授予角色后才能登录。"""
    with guarded(as_json):
        with _connected() as c:
            given = {
                "username": name,
                "proposed_role": role,
                "provider": provider,
                "display_name": display_name,
            }
            password = _opened(c, **given)
        _show({name: password}, as_json)


@account.command()
def grant(name: str, role: Annotated[str, typer.Option("--role", help="授予的角色")]) -> None:
    """授予角色。开立和授予不能是同一个操作系统用户。"""
    from xinyong.foundation import accounts

    with guarded():
        with _connected() as c:
            accounts.grant_role(c, _number(c, name), role, operator(), output.now())
        out.print(f"已授予 {name} 角色 {role}", markup=False)


@account.command("list")
def listed(as_json: Json = False) -> None:
    """列出账户。"""
    with guarded(as_json):
        with _connected() as c:
            rows = c.execute(
                "SELECT username, role, proposed_role, coalesce(nullif(provider, ''), subject_code), is_active,"
                " created_by, granted_by FROM account ORDER BY username"
            ).fetchall()
        keys = ("username", "role", "proposed_role", "code", "active", "created_by", "granted_by")
        found = [dict(zip(keys, row, strict=True)) for row in rows]
        if as_json:
            print_json({"accounts": found})
        for a in [] if as_json else found:
            state = "在用" if a["active"] else "停用"
            out.print(f"{a['username']}  {a['role'] or '（待授予）'}  {a['code']}  {state}", markup=False)


@account.command("reset-password")
def reset_password(name: str, as_json: Json = False) -> None:
    """重置密码，打印新的一次性密码；已有会话立即结束。"""
    from xinyong.foundation import accounts, passwords

    with guarded(as_json):
        password = passwords.one_time()
        with _connected() as c:
            accounts.reset_password(c, _number(c, name), _hashed(password), operator(), output.now())
        _show({name: password}, as_json)


@account.command("reset-mfa")
def reset_mfa(name: str) -> None:
    """忘掉第二道验证（手机或密钥丢失）；下次登录时重新设置。"""
    from xinyong.foundation import accounts

    with guarded():
        with _connected() as c:
            accounts.reset_second_factor(c, _number(c, name), operator(), output.now())
        out.print(f"已重置 {name} 的第二道验证", markup=False)


@account.command()
def unlock(name: str) -> None:
    """解除连续出错后的登录锁定。"""
    from xinyong.foundation import accounts

    with guarded():
        with _connected() as c:
            accounts.unlock(c, _number(c, name), operator(), output.now())
        out.print(f"已解除 {name} 的登录锁定", markup=False)


@account.command()
def deactivate(name: str) -> None:
    """停用账户；已有会话立即结束。"""
    _active(name, False, "已停用")


@account.command()
def activate(name: str) -> None:
    """恢复停用的账户。"""
    _active(name, True, "已恢复")


def _active(name: str, active: bool, said: str) -> None:
    from xinyong.foundation import accounts

    with guarded():
        with _connected() as c:
            accounts.set_active(c, _number(c, name), active, operator(), output.now())
        out.print(f"{said} {name}", markup=False)
