"""The system administrator: opens accounts, resets passwords, watches jobs. Gives nobody a role."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.http import HttpResponse
from django.urls import reverse

from xinyong.foundation import accounts, audit, passwords
from xinyong.foundation.accounts import Opening
from xinyong.kernel.errors import Refused
from xinyong.website import lending
from xinyong.website.console.admin import forms, parts
from xinyong.website.console.admin.parts import SQL
from xinyong.website.console.base import Choice, Column, FormView, ListView, Text

JOB_STATES = {
    "todo": "排队", "doing": "进行中", "succeeded": "完成", "failed": "失败", "cancelled": "已取消",
    "aborting": "正在中止", "aborted": "已中止",
}  # fmt: skip


class Accounts(ListView):
    action, title = "account.list", "账户"
    intro = "开立的账户先停用，由安全管理员授予角色后启用。密码在这里重置，第二道验证由安全管理员重置。"
    source = SQL["accounts"]
    columns = (
        Column("username", "用户名", link=lambda r: reverse("admin-account-edit", args=[r["id"]])),
        *parts.WHO[1:],
        Column("second", "第二道验证", "yes"),
        Column("last_login", "上次登录", "moment"),
        Column("created", "开立时间", "moment"),
        Column("created_by", "开立人"),
    )
    filters = (parts.BY_NAME, parts.BY_ROLE, parts.BY_STATE)
    order = "username"

    def buttons(self) -> list[tuple[str, str]]:
        return [("开立账户", reverse("admin-account-new"))]


class _ShowsPassword(FormView):
    """A form whose answer is a one-time password, shown once and stored nowhere."""

    def target(self, answer: Any) -> HttpResponse:
        name, password = answer
        return self.page({"name": name, "password": password}, template="console/admin/password.html")


class New(_ShowsPassword):
    action, title = "account.create", "开立账户"
    form_class, submit = forms.NewAccount, "开立"

    def done(self, c: Any, data: dict[str, Any], at: datetime) -> Any:
        password = passwords.one_time()
        accounts.create(c, Opening(**data, password=make_password(password)), self.who, at)
        return data["username"], password


class Edit(FormView):
    action, title = "account.edit", "账户资料"
    form_class, submit = forms.EditAccount, "保存"
    template = "console/admin/account.html"

    def make_form(self, data: Any = None) -> Any:
        row = lending.ask(lambda c: parts.account(c, self.kwargs["number"]))
        self.row = row
        return forms.EditAccount(data, initial={k: row[k] for k in ("display_name", "email")})

    def about(self) -> dict[str, Any]:
        password = reverse("admin-account-password", args=[self.kwargs["number"]])
        return {"facts": parts.facts(self.row), "password_address": password}

    def done(self, c: Any, data: dict[str, Any], at: datetime) -> None:
        accounts.edit(c, self.kwargs["number"], data["display_name"], data["email"], self.who, at)

    def target(self, answer: Any) -> str:
        return reverse("admin-accounts")


class Password(_ShowsPassword):
    action, title = "account.password", "重置密码"
    intro = "原密码和已有的会话立即失效。新密码只显示一次，请当面或用另一渠道交给本人。"
    submit = "重置密码"

    def about(self) -> dict[str, Any]:
        row = lending.ask(lambda c: parts.account(c, self.kwargs["number"]))
        return {"facts": parts.facts(row), "back": reverse("admin-accounts")}

    def done(self, c: Any, data: dict[str, Any], at: datetime) -> Any:
        password = passwords.one_time()
        accounts.reset_password(c, self.kwargs["number"], make_password(password), self.who, at)
        return accounts.held(c, self.kwargs["number"]).username, password


class Jobs(ListView):
    action, title = "jobs.read", "后台任务"
    intro = "失败的任务可以重做，排队的可以取消；完成满一个月的自动清除。"
    source = SQL["jobs"]
    columns = (
        Column("id", "编号", "number"),
        Column("task_name", "任务"),
        Column(
            "status",
            "状态",
            show=lambda v: JOB_STATES.get(v, v),
            tag=lambda v: "bad" if v == "failed" else "plain",
        ),
        Column("attempts", "次数", "number"),
        Column("scheduled_at", "计划时间", "moment"),
        Column("last_event", "最近变化", "moment"),
        Column(
            "act", "操作", link=lambda r: reverse("admin-job", args=[r["id"]]) if r["act"] else "", sort=False
        ),
    )
    filters = (
        Text("q", "任务名", "task_name ILIKE %(q)s", like=True),
        Choice("status", "状态", "status = %(status)s", list(JOB_STATES.items())),
    )
    order = "id DESC"


class Job(FormView):
    action, title, submit = "jobs.retry", "重做或取消任务", "确认"
    intro = "失败的任务重新排队；排队的任务取消。正在进行和已经完成的不受影响。"

    def about(self) -> dict[str, Any]:
        return {"facts": [("任务编号", str(self.kwargs["number"]))], "back": reverse("admin-jobs")}

    def done(self, c: Any, data: dict[str, Any], at: datetime) -> None:
        number = self.kwargs["number"]
        row = c.execute(SQL["job"], [number]).fetchone()
        known = {"failed": "retry_job", "todo": "cancel_job"}
        if row is None or row[1] not in known:
            raise Refused("job_state", "这个任务不在失败或排队状态；请返回列表刷新。")
        c.execute(SQL[known[row[1]]], [number])
        audit.record(c, self.who, at, "jobs.retry", str(number), {"task": row[0], "before": row[1]})

    def target(self, answer: Any) -> str:
        return reverse("admin-jobs")
