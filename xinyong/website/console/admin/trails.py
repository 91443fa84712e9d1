"""The audit administrator: searches and exports the audit trail and the look log. Nothing else."""

from __future__ import annotations

from xinyong.foundation.accounts import ROLES
from xinyong.website.console.admin import parts
from xinyong.website.console.admin.parts import SQL
from xinyong.website.console.base import Choice, Column, Day, ListView, Text

SINCE = Day("since", "自", "at >= %(since)s::date AT TIME ZONE 'Asia/Shanghai'")
UNTIL = Day("until", "至", "at < (%(until)s::date + 1) AT TIME ZONE 'Asia/Shanghai'")
BY_ROLE = Choice("role", "角色", "role = %(role)s", [*ROLES.items(), ("system", "系统")])


class Audit(ListView):
    action, export_action, title = "audit.search", "audit.export", "审计日志"
    intro = "登录、失败、角色变动、查看个人与授权信息、导出和一切改动都在这里。任何角色都不能修改或删除。"
    source = SQL["audit"]
    columns = (
        Column("at", "时间", "moment"),
        Column("actor", "谁"),
        Column("role", "角色", show=parts.role_name),
        Column("origin", "来自"),
        Column("action", "做了什么", show=parts.action_name),
        Column("target", "对象"),
        Column("purpose", "用途"),
        Column("detail", "详情", sort=False),
    )
    filters = (
        Text("actor", "谁", "actor ILIKE %(actor)s", like=True),
        BY_ROLE,
        Text("act", "动作编号", "action ILIKE %(act)s", like=True),
        Text("target", "对象", "target ILIKE %(target)s", like=True),
        SINCE,
        UNTIL,
    )
    order = "at DESC"
    unique = "id DESC"


class Looks(ListView):
    action, export_action, title = "audit.looks", "audit.looks.export", "查询日志"
    intro = "谁在什么时候、凭什么、为什么看过哪个主体。"
    source = SQL["looks"]
    columns = (
        Column("at", "时间", "moment"),
        Column("actor", "谁"),
        Column("role", "角色", show=parts.role_name),
        Column("subject", "主体"),
        Column("what", "看了什么", show=parts.look_name),
        Column("records", "条数", "number"),
        Column("ground", "依据"),
        Column("purpose", "用途"),
    )
    filters = (
        Text("actor", "谁", "actor ILIKE %(actor)s", like=True),
        BY_ROLE,
        Text("subject", "主体代码", "subject = %(subject)s"),
        SINCE,
        UNTIL,
    )
    order = "at DESC"
    unique = "id DESC"
