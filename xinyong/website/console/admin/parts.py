"""What the administrators' pages have in common: columns, one account's facts, one-time passwords."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from xinyong.disclosure import looks
from xinyong.foundation import named_sql
from xinyong.foundation.accounts import HELD, ROLES
from xinyong.kernel.errors import Refused
from xinyong.website import access
from xinyong.website.console.base import Choice, Column, Text

SQL = named_sql.load(Path(__file__).parent / "sql" / "admin.sql")
EVENTS = {
    "login.succeeded": "登录",
    "login.failed": "登录失败",
    "logout": "退出",
    "password.changed": "修改密码",
    "factor.added": "设置第二道验证",
    "factor.removed": "停用第二道验证",
    "factor.recovery_codes": "重新生成恢复码",
    "session.superseded": "较早的会话被新登录顶替",
    "account.activate": "恢复账户",
    "measure.registered": "登记措施",
    "measure.lifted": "解除登记的措施",
    "measure.extended": "延续登记的措施",
    "measure.mistaken": "更正登记有误的措施",
}
COUNTED = {"quality": "数据质量", "codes": "重错码"}
STATES = {"在用": "good", "待授予角色": "warn", "停用": "bad"}


def role_name(role: str) -> str:
    return ROLES.get(role, {"system": "系统"}.get(role, role))


def action_name(action: str) -> str:
    """In words, with the code by which it is searched for."""
    found = EVENTS.get(action) or (access.matrix()[action].name if action in access.matrix() else "")
    return f"{found}（{action}）" if found else action


def look_name(what: str) -> str:
    """What was looked at, in words; counts are told with what was counted."""
    kind, _, of = what.partition(":")
    if kind != "figures":
        return looks.WHAT.get(what, what)
    name, _, month = of.partition(":")
    return f"统计：{COUNTED.get(name, name)} {month}".strip()


def account(c: psycopg.Connection[Any], number: int) -> dict[str, Any]:
    """The account's row. Refused: none."""
    row = c.cursor(row_factory=dict_row).execute(SQL["account"], [number]).fetchone()
    if row is None:
        raise Refused("unknown_account", "没有这个账户；请返回列表重新选择。")
    return row


def facts(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        ("用户名", row["username"]),
        ("姓名", row["display_name"]),
        ("现有角色", role_name(row["role"]) if row["role"] else "无"),
        ("拟授予的角色", role_name(row["proposed_role"]) if row["proposed_role"] else "无"),
        ("单位代码", row["provider"] or row["subject_code"] or "无"),
        ("开立人", row["created_by"]),
    ]


WHO = (
    Column("username", "用户名"),
    Column("display_name", "姓名"),
    Column("role", "角色", show=role_name),
    Column("body", "单位代码"),
    Column("state", "状态", tag=lambda v: STATES.get(v, "plain")),
)
BY_NAME = Text("q", "用户名或姓名", "username ILIKE %(q)s OR display_name ILIKE %(q)s", like=True)
BY_ROLE = Choice("role", "角色", "role = %(role)s OR proposed_role = %(role)s", [(r, ROLES[r]) for r in HELD])
BY_STATE = Choice("state", "状态", "state = %(state)s", [(s, s) for s in STATES])
