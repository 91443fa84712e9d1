"""接口令牌: the system administrator issues and stops them, the security administrator says whether they may work."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.catalog import permissions
from xinyong.foundation import tokens
from xinyong.foundation.accounts import OF_A_PROVIDER, ROLES
from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.errors import Refused
from xinyong.website import access, lending
from xinyong.website.console.base import Choice, Column, Connection, FormView, ListView, Text
from xinyong.website.console.department import parts
from xinyong.website.errors import error_page

STATES = {"待核准": "warn", "在用": "good", "已停用": "bad", "已到期": "plain"}
STATE = """CASE WHEN t.ended IS NOT NULL THEN '已停用' WHEN t.expires <= now() THEN '已到期'
    WHEN t.waits THEN '待核准' ELSE '在用' END"""
SOURCE = (
    f"SELECT t.*, array_to_string(t.scopes, '、') AS allowed, {STATE} AS state FROM ({tokens.SQL['list']}) t"
)


def roles() -> list[tuple[str, str]]:
    """Roles that may call the API at all."""
    return [(r, ROLES[r]) for r in ROLES if r != "public" and scopes_of(r)]


def scopes_of(role: str) -> list[str]:
    """What a token of the role may be let do: the matrix has the last word at every call."""
    return [a.id for a in access.matrix().values() if a.id.startswith("api.") and role in a.roles]


def scope_name(scope: str) -> str:
    return f"{access.matrix()[scope].name}（{scope}）" if scope in access.matrix() else scope


def all_scopes() -> list[tuple[str, str]]:
    found = dict.fromkeys(s for role, _ in roles() for s in scopes_of(role))
    return [(s, scope_name(s)) for s in found]


COLUMNS = (
    Column("system", "使用系统"),
    Column("role", "角色", show=lambda r: ROLES.get(r, r)),
    Column("provider", "单位代码"),
    Column("allowed", "允许的操作"),
    Column("state", "状态", tag=lambda v: STATES[v]),
    Column("expires", "到期", "day"),
    Column("last_used", "最近使用", show=lambda v: f"{v.astimezone(BEIJING):%Y-%m-%d %H} 时"),
    Column("created_by", "发放人"),
    Column("approved_by", "核准人"),
)
FILTERS = (
    Text("q", "使用系统或单位代码", "system ILIKE %(q)s OR provider ILIKE %(q)s", like=True),
    Choice("state", "状态", "state = %(state)s", [(s, s) for s in STATES]),
    Choice("role", "角色", "role = %(role)s", roles),
)


class Tokens(ListView):
    action, title, export_action = "token.issue", "接口令牌", "token.issue"
    intro = "外部系统凭令牌调用接口。发放后先不能用，由安全管理员核准它的权限；密钥只在发放时显示一次。"
    source, order = SOURCE, "id DESC"
    columns = (
        Column("id", "编号", "number", link=lambda r: reverse("admin-token", args=[r["id"]])),
        *COLUMNS,
    )
    filters = FILTERS
    empty = "没有令牌。"

    def buttons(self) -> list[tuple[str, str]]:
        return [("发放令牌", reverse("admin-token-new"))]


class Approvals(ListView):
    action, title, export_action = "token.approve", "令牌核准", "token.approve"
    intro = "系统管理员发放的令牌，核准后才能使用。请核对使用单位、用途和允许的操作是不是办事所必需。"
    source, order = SOURCE, "state <> '待核准', id DESC"
    columns = (
        Column("id", "编号", "number", link=lambda r: reverse("admin-token-approve", args=[r["id"]])),
        *COLUMNS,
    )
    filters = FILTERS
    empty = "没有令牌。"


class NewForm(forms.Form):
    system = forms.CharField(
        label="使用系统", max_length=100, help_text="哪个单位的哪个系统，例如：潼南区政务服务一体化平台。"
    )
    role = forms.ChoiceField(label="按哪个角色调用")
    provider = forms.CharField(
        label="所属单位统一社会信用代码", max_length=18, required=False, help_text="部门和机构的必填。"
    )
    scopes = forms.MultipleChoiceField(label="允许的操作", widget=forms.CheckboxSelectMultiple,
                                       help_text="只选办事必需的；角色不允许的操作会被拒绝。")  # fmt: skip
    expires = forms.DateField(label="到期日", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                              help_text="当天结束时到期，最长一年。")  # fmt: skip
    signs = forms.BooleanField(label="每次请求都要签名（更安全）", required=False)
    certificate = forms.RegexField(r"^[0-9A-Fa-f:]*$", label="绑定的客户端证书", max_length=95, required=False,
                                   error_messages={"invalid": "证书指纹由十六进制数字组成；请核对。"},
                                   help_text="客户端证书的 SHA-256 指纹；不绑定留空。")  # fmt: skip
    per_minute = forms.IntegerField(label="每分钟最多请求数", min_value=1, max_value=10_000, initial=600)
    reason = forms.CharField(label="用途和理由", max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
                             help_text="供安全管理员核准时看。")  # fmt: skip

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"expires": parts.today() + timedelta(days=180)})
        self.fields["role"].choices = roles()  # type: ignore[attr-defined]
        self.fields["scopes"].choices = all_scopes()  # type: ignore[attr-defined]

    def clean_certificate(self) -> str:
        plain = self.cleaned_data["certificate"].replace(":", "").lower()
        if plain and len(plain) != 64:
            raise forms.ValidationError("SHA-256 指纹应有 64 位十六进制数字；请核对是否抄全。")
        return plain

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        over = [s for s in found.get("scopes", ()) if s not in scopes_of(found.get("role", ""))]
        if over and "role" in found:
            self.add_error(
                "scopes",
                f"“{ROLES[found['role']]}”不能有：{'、'.join(map(scope_name, over))}；请去掉或改选角色。",
            )
        if found.get("role") in OF_A_PROVIDER and not found.get("provider"):
            self.add_error("provider", "这个角色要写明所属单位的统一社会信用代码；请补上。")
        return found


class New(FormView):
    action, title, submit, form_class = "token.issue", "发放令牌", "发放", NewForm
    template = "console/centre/form.html"
    intro = "发放后密钥只显示一次；安全管理员核准以前不能使用。"

    def about(self) -> dict[str, Any]:
        return {"back": reverse("admin-tokens")}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> tuple[int, str, str]:
        ends = datetime.combine(data["expires"], time.max, BEIJING)
        new = tokens.NewToken(
            data["system"], data["role"], data["provider"], tuple(data["scopes"]), ends, data["signs"],
            data["certificate"], data["per_minute"],
        )  # fmt: skip
        return (*tokens.create(c, new, self.who, at, reason=data["reason"]), data["system"])

    def target(self, answer: Any) -> HttpResponse:
        number, secret, system = answer
        return self.page(
            {"number": number, "secret": secret, "system": system}, template="console/admin/token_secret.html"
        )


def facts_of(t: dict[str, Any]) -> list[tuple[str, str]]:
    used = f"{t['last_used'].astimezone(BEIJING):%Y-%m-%d %H} 时" if t["last_used"] else "还没有用过"
    ended = f"{t['ended'].astimezone(BEIJING):%Y-%m-%d %H:%M}（{t['reason']}）" if t["ended"] else ""
    approved = (
        f"{t['approved_by']}，{t['approved'].astimezone(BEIJING):%Y-%m-%d %H:%M}" if t["approved"] else ""
    )
    facts = [
        ("使用系统", t["system"]), ("角色", ROLES.get(t["role"], t["role"])), ("单位代码", t["provider"]),
        ("允许的操作", "、".join(map(scope_name, t["scopes"]))), ("用途和理由", t["wanted_for"] or ""),
        ("每分钟最多", f"{t['per_minute']} 次"), ("逐次签名", "是" if t["signs"] else "否"),
        ("绑定证书", "是" if t["certificate"] else "否"), ("到期", f"{t['expires'].astimezone(BEIJING):%Y-%m-%d}"),
        ("最近使用", used), ("发放人", t["created_by"]), ("核准", approved), ("停用", ended),
    ]  # fmt: skip
    return [(label, text) for label, text in facts if text]


class Reason(forms.Form):
    reason = forms.CharField(label="原因", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class _OfToken(FormView):
    template = "console/centre/form.html"
    back_to = "admin-tokens"

    def dispatch(self) -> HttpResponse:
        try:
            self.token = lending.ask(lambda c: tokens.one(c, self.kwargs["number"]))
        except Refused:
            return error_page(404)
        return super().dispatch()

    def heading(self) -> str:
        return f"{self.title}（编号 {self.kwargs['number']}）"

    def about(self) -> dict[str, Any]:
        return {"facts": facts_of(self.token), "back": reverse(self.back_to)}

    def target(self, answer: Any) -> str:
        messages.success(self.request, "已办理。")
        return reverse(self.back_to)


class Revoke(_OfToken):
    """A token, and its end."""

    action, title, submit, form_class = "token.issue", "令牌", "立即停用", Reason

    def get(self) -> HttpResponse:
        if self.token["ended"]:
            told = {"facts": facts_of(self.token), "lines": ["这个令牌已经停用。"]}
            return self.page(told, template="console/centre/facts_page.html")
        return super().get()

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        tokens.revoke(c, self.token["id"], data["reason"], self.who, at)


class Decision(forms.Form):
    decision = forms.ChoiceField(label="核准结果", choices=[("approve", "核准，可以使用"), ("decline", "不核准，令牌作废")],
                                 widget=forms.RadioSelect)  # fmt: skip
    note = forms.CharField(label="意见", required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
                           help_text="不核准的必须写明理由。")  # fmt: skip


class Approve(_OfToken):
    action, title, submit, form_class = "token.approve", "核准令牌", "确定", Decision
    back_to = "admin-token-approvals"

    def get(self) -> HttpResponse:
        if self.token["ended"] or not self.token["waits"]:
            told = {"facts": facts_of(self.token), "lines": ["这个令牌不在等待核准。"]}
            return self.page(told, template="console/centre/facts_page.html")
        return super().get()

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> None:
        if data["decision"] == "decline":
            tokens.decline(c, self.token["id"], data["note"], self.who, at)
            return
        self._lawful()
        tokens.approve(c, self.token["id"], data["note"], self.who, at)

    def _lawful(self) -> None:
        """The matrix may have changed since it was issued."""
        over = [
            s for s in self.token["scopes"] if not permissions.may(access.matrix(), self.token["role"], s)
        ]
        if over:
            raise Refused(
                "token_scopes",
                f"角色不再允许：{'、'.join(map(scope_name, over))}；请不核准，由系统管理员重新发放。",
            )


__all__ = ["Approvals", "Approve", "New", "Revoke", "Tokens"]
