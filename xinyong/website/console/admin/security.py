"""The security administrator: gives roles, stops accounts, ends sessions, unlocks. Opens no account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.urls import reverse

from xinyong.foundation import accounts
from xinyong.foundation.accounts import ROLES
from xinyong.website import access, lending
from xinyong.website.console.admin import forms, parts
from xinyong.website.console.admin.parts import SQL
from xinyong.website.console.base import Column, Console, FormView, ListView, Text


class Roles(ListView):
    action, title = "role.list", "角色授予"
    intro = "给系统管理员开立的账户授予角色。不能给自己授予，也不能给自己开立的账户授予。"
    source = SQL["accounts"]
    columns = (
        Column("username", "用户名", link=lambda r: reverse("admin-role", args=[r["id"]])),
        *parts.WHO[1:3],
        Column("proposed_role", "拟授予", show=parts.role_name),
        *parts.WHO[3:],
        Column("second", "第二道验证", "yes"),
        Column("granted_by", "授予人"),
        Column("created_by", "开立人"),
    )
    filters = (parts.BY_NAME, parts.BY_ROLE, parts.BY_STATE)
    order = "is_active, username"


class _OfAccount(FormView):
    """A form about one account."""

    def about(self) -> dict[str, Any]:
        row = lending.ask(lambda c: parts.account(c, self.kwargs["number"]))
        return {"facts": parts.facts(row), "back": reverse("admin-roles")}

    def target(self, answer: Any) -> str:
        return reverse("admin-roles")


class Grant(_OfAccount):
    action, title = "role.grant", "授予角色"
    intro = "授予后账户启用，原有会话结束。角色决定能做什么，单位代码决定能看到哪个单位的数据。"
    form_class, submit, template = forms.Grant, "授予", "console/admin/role.html"

    def make_form(self, data: Any = None) -> Any:
        row = lending.ask(lambda c: parts.account(c, self.kwargs["number"]))
        first = {"role": row["proposed_role"] or row["role"], "provider": row["provider"]}
        return forms.Grant(data, initial=first)

    def about(self) -> dict[str, Any]:
        number = self.kwargs["number"]
        names = (
            ("admin-account-state", "停用或恢复"),
            ("admin-account-unlock", "解除登录锁定"),
            ("admin-account-factor", "重置第二道验证"),
        )
        return {**super().about(), "others": [(label, reverse(n, args=[number])) for n, label in names]}

    def done(self, c: Any, data: dict[str, Any], at: datetime) -> None:
        accounts.grant_role(c, self.kwargs["number"], data["role"], self.who, at, provider=data["provider"])


class State(_OfAccount):
    action, title = "account.deactivate", "停用或恢复账户"
    intro = "在用的停用，停用的恢复。停用后会话立即结束。"
    submit = "确认"

    def done(self, c: Any, data: dict[str, Any], at: datetime) -> None:
        number = self.kwargs["number"]
        accounts.set_active(c, number, not accounts.held(c, number).active, self.who, at)


class Unlock(_OfAccount):
    action, title, submit = "account.unlock", "解除登录锁定", "解除"
    intro = "连续出错被暂停登录的账户，解除后可以立即重试。"

    def done(self, c: Any, data: dict[str, Any], at: datetime) -> None:
        accounts.unlock(c, self.kwargs["number"], self.who, at)


class Factor(_OfAccount):
    action, title, submit = "account.factor", "重置第二道验证", "重置"
    intro = "手机或安全密钥丢失时用。重置前请核对本人身份；下次登录时重新设置。"

    def done(self, c: Any, data: dict[str, Any], at: datetime) -> None:
        accounts.reset_second_factor(c, self.kwargs["number"], self.who, at)


class Sessions(ListView):
    action, title = "session.list", "会话"
    source = SQL["sessions"]
    columns = (
        Column("username", "用户名"),
        Column("role", "角色", show=parts.role_name),
        Column("origin", "来自"),
        Column("started", "登录时间", "moment"),
        Column("last_seen", "最近使用", "moment"),
        Column("expire_date", "到期", "moment"),
        Column("end", "操作", link=lambda r: reverse("admin-session-end", args=[r["id"]]), sort=False),
    )
    filters = (
        Text("q", "用户名", "username ILIKE %(q)s", like=True),
        Text("origin", "来自", "origin = %(origin)s"),
    )
    order = "last_seen DESC"


class EndSession(FormView):
    action, title, submit = "session.end", "结束会话", "结束"
    intro = "结束后，对方要重新登录。"

    def about(self) -> dict[str, Any]:
        return {"back": reverse("admin-sessions")}

    def done(self, c: Any, data: dict[str, Any], at: datetime) -> None:
        accounts.end_session(c, self.kwargs["digest"], self.who, at)

    def target(self, answer: Any) -> str:
        return reverse("admin-sessions")


class Permissions(Console):
    action, title = "permission.read", "权限矩阵"
    intro = "随规则库发布；本地规则库可以调整，但三个管理员的权限不得交叉。"
    template = "console/admin/permissions.html"

    def get(self) -> Any:
        def mark(role: str) -> Callable[[Any], str]:
            return lambda action: "✓" if role in action.roles else ""

        marks = [mark(role) for role in ROLES]
        lines = [
            (a, [(name, m(a)) for name, m in zip(ROLES.values(), marks, strict=True)])
            for a in access.matrix().values()
        ]
        return self.page({"lines": lines, "roles": list(ROLES.values())})
