"""签名密钥（窗口）: a subject comes to the window with its papers to register a key, or to have one ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from xinyong.disclosure import grantor_keys
from xinyong.disclosure.authorisations import PERSON, grantor_of
from xinyong.disclosure.grantor_keys import GrantorKey
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused
from xinyong.rights import papers, signing_keys
from xinyong.website.console.base import Asked, Column, Connection, FormView, ListView, Row
from xinyong.website.console.department import parts
from xinyong.website.own import signed
from xinyong.website.own.forms import KeyEndForm, KeyForm

NATURAL, SHOWN = "自然人", 16
STATES = {"登记": "good", "停用": "plain"}


class Keys(ListView):
    """What this institution's windows have registered and ended."""

    action, title = signing_keys.WINDOW, "签名密钥"
    intro = "本单位窗口凭书面材料登记和停用的签名密钥。办理后信用主体立即收到通知。"
    source = signing_keys.SQL["done"]
    columns = (
        Column("at", "时间", "moment"),
        Column("what", "办理", tag=lambda v: STATES[v]),
        Column("grantor", "信用主体", sort=False),
        Column("algorithm", "算法"),
        Column("short", "指纹", sort=False),
        Column("evidence", "书面材料"),
        Column("reason", "原因"),
        Column("by", "经办"),
    )
    order, unique, empty = "at DESC", "id", "还没有办理过。"

    def scope(self, who: Who) -> tuple[str, Mapping[str, Any]]:
        return "true", {"provider": who.provider}

    def rows(self, c: Connection, asked: Asked) -> list[Row]:
        found = super().rows(c, asked)
        codes = [r["value"] for r in found if r["scheme"] != PERSON]
        names = papers.named(c, codes, parts.today(), parts.book())
        return [
            {**r, "grantor": NATURAL if r["scheme"] == PERSON else names.get(r["value"], r["value"]),
             "short": r["fingerprint"][:SHOWN]}
            for r in found
        ]  # fmt: skip

    def buttons(self) -> list[tuple[str, str]]:
        return [("登记签名密钥", reverse("signing-key-new")), ("停用签名密钥", reverse("signing-key-end"))]


class _Paper(forms.Form):
    grantor = forms.CharField(
        label="信用主体的代码", max_length=40, widget=forms.TextInput({"autocomplete": "off"}),
        help_text="单位填统一社会信用代码或工商注册号；自然人填身份证号码，只保存号码的密钥散列。请核对身份和委托书。",
    )  # fmt: skip
    paper = forms.CharField(
        label="书面材料的编号",
        max_length=signing_keys.LONGEST_PAPER,
        help_text="申请书、委托书等，窗口留存原件。",
    )

    def clean_grantor(self) -> str:
        code = str(self.cleaned_data["grantor"]).strip()
        try:
            grantor_of(code, parts.today())
        except Refused as no:
            raise forms.ValidationError(no.sentence) from None
        return code


class RegisterForm(_Paper, KeyForm):
    field_order = ("grantor", "file", "text", "signed_file", "signed", "paper")


class EndForm(_Paper, KeyEndForm):
    fingerprint = forms.CharField(
        label="密钥的指纹", max_length=100, help_text=f"至少前 {signing_keys.SHORTEST} 位；信用主体在“签名密钥”里看得到。"
    )  # fmt: skip
    field_order = ("grantor", "fingerprint", "reason", "paper")


class _Window(FormView):
    action, template = signing_keys.WINDOW, "console/signing_key.html"
    request: HttpRequest

    def about(self) -> dict[str, Any]:
        return {"back": reverse("signing-keys")}


class New(_Window):
    title, submit = "登记签名密钥", "登记"
    intro = (
        "凭信用主体的书面申请登记它的公钥或者证书；不收私钥。先填代码、取登记书文本，由信用主体用要登记的密钥签名，"
        "再连同公钥一起交。文本当天和第二天有效。登记后信用主体会收到通知。"
    )

    def about(self) -> dict[str, Any]:
        return {**super().about(), "takes": True}

    def post(self) -> HttpResponse:
        """By post: the code of a person belongs in no address."""
        if "take" not in self.request.POST:
            return super().post()
        form = self.make_form(self.request.POST)
        if "grantor" not in form.errors:
            today = parts.today()
            grantor = grantor_of(form.cleaned_data["grantor"], today)
            return signed.key_text(grantor_keys.text_of(*grantor, today), today)
        for other in [name for name in form.errors if name != "grantor"]:
            del form.errors[other]  # they are filled in later
        return self._shown(form, 400)

    def make_form(self, data: Any = None) -> forms.Form:
        return RegisterForm(data, self.request.FILES if data is not None else None)

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> GrantorKey:
        now, today, book = parts.now(), parts.today(), parts.book()
        given = data["grantor"], data["key"], data["signature"], data["paper"]
        return signing_keys.register(c, self.who, now, today, *given, book)

    def target(self, answer: GrantorKey) -> str:
        messages.success(self.request, f"已经登记，指纹 {answer.grouped}。请信用主体当场核对。")
        return reverse("signing-keys")


class End(_Window):
    title, submit, form_class = "停用签名密钥", "停用", EndForm
    intro = (
        "凭信用主体的书面申请停用它的签名密钥；停用的不能恢复。同一对密钥登记在几张证书里的，一并停用。"
        "停用后信用主体会收到通知。"
    )

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> list[GrantorKey]:
        now, today, book = parts.now(), parts.today(), parts.book()
        return signing_keys.end_named(
            c, self.who, now, today, data["grantor"], data["fingerprint"], data["reason"], data["paper"], book
        )

    def target(self, answer: list[GrantorKey]) -> str:
        also = f"同一对密钥的另外 {len(answer) - 1} 项登记一并停用。" if len(answer) > 1 else ""
        messages.success(self.request, f"密钥已经停用，信用主体会收到通知。{also}")
        return reverse("signing-keys")


__all__ = ["End", "Keys", "New"]
