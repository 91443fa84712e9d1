"""The centre verifies that a subject's account belongs to the subject."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from xinyong.foundation import accounts
from xinyong.website import lending
from xinyong.website.console.admin import forms, parts
from xinyong.website.console.admin.parts import SQL
from xinyong.website.console.base import Column, FormView, ListView, Text


class Claims(ListView):
    action, title = "account.verify", "账号核验"
    intro = "企业自行申请的账号，核对营业执照和经办人身份后与统一社会信用代码绑定；绑定前看不到任何档案。"
    source = SQL["claims"]
    columns = (
        Column("username", "用户名", link=lambda r: reverse("centre-verify-one", args=[r["id"]])),
        Column("display_name", "单位名称"),
        Column("claimed_code", "统一社会信用代码"),
        Column("email", "联系邮箱"),
        Column("created", "申请时间", "moment"),
    )
    filters = (Text("q", "名称或代码", "display_name ILIKE %(q)s OR claimed_code ILIKE %(q)s", like=True),)
    order = "created"
    empty = "没有等待核验的账号。"


class Verify(FormView):
    action, title, submit = "account.verify", "核验账号", "核验通过并绑定"
    form_class = forms.Verify

    def about(self) -> dict[str, Any]:
        row = lending.ask(lambda c: parts.account(c, self.kwargs["number"]))
        told = [
            ("用户名", row["username"]),
            ("单位名称", row["display_name"]),
            ("申报的代码", row["claimed_code"] or "无"),
        ]
        return {"facts": told, "back": reverse("centre-verify")}

    def done(self, c: Any, data: dict[str, Any], at: datetime) -> None:
        accounts.verify_subject(c, self.kwargs["number"], data["basis"], self.who, at)

    def target(self, answer: Any) -> str:
        return reverse("centre-verify")
