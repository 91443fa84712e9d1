"""签名密钥: the public keys with which the subject signs authorisations; registering one wants the second factor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from xinyong.disclosure import grantor_keys, public_keys
from xinyong.disclosure.authorisations import grantor_of
from xinyong.disclosure.grantor_keys import PROOFS, GrantorKey
from xinyong.kernel.beijing import BEIJING
from xinyong.rights import signing_keys
from xinyong.website import access, lending
from xinyong.website.console.base import FormView
from xinyong.website.errors import error_page
from xinyong.website.own import signed
from xinyong.website.own.asking import Page
from xinyong.website.own.forms import KeyEndForm, KeyForm
from xinyong.website.public.asking import book

NOT_HERE = "没有这把签名密钥，或者不是本主体登记的、已经停用；请从“签名密钥”重新打开。"
NEEDED = "登记签名密钥要用第二道验证：先在这里验证（没有的先启用），然后回到“签名密钥”。"


NEVER = 9999  # the year in which a certificate ends that names no end (RFC 5280, 4.1.2.5)


def facts_of(k: GrantorKey) -> list[tuple[str, str]]:
    """Label and text, for the subject and for the window alike."""
    valid, ended = k.key.valid, k.ended_at
    term = _term(*valid) if valid else ""
    holder = "写明本主体的统一社会信用代码" if k.named else "没有写统一社会信用代码，不能核对是谁的"
    found = [
        ("算法", k.key.algorithm),
        ("指纹（SHA-256）", k.fingerprint),
        ("证书有效期", term),
        ("证书的持有人", holder if valid else ""),
        ("登记", f"{k.at.astimezone(BEIJING):%Y-%m-%d %H:%M}　{PROOFS[k.proof]}"),
        ("书面材料", k.evidence),
        ("签过的授权", f"{k.signed} 份"),
        ("停用", f"{ended.astimezone(BEIJING):%Y-%m-%d %H:%M}　{k.reason}" if ended else ""),
    ]
    return [(label, text) for label, text in found if text]


def _term(begins: datetime, ends: datetime) -> str:
    first = f"{begins.astimezone(BEIJING):%Y-%m-%d}"
    if ends.year == NEVER:
        return f"{first} 起，没有写截止日期"
    return f"{first} 至 {ends.astimezone(BEIJING):%Y-%m-%d}"


def told(keys: Sequence[GrantorKey], now: datetime) -> list[dict[str, Any]]:
    return [{"k": k, "state": k.state(now), "facts": facts_of(k)} for k in keys]


class _Keys(Page):
    action = signing_keys.OWN

    def mine(self) -> list[GrantorKey]:
        _, today = self.moment()
        return lending.ask(lambda c: grantor_keys.of_grantor(c, *grantor_of(self.who.provider, today)))


class Keys(_Keys):
    title, template = "签名密钥", "own/keys.html"

    def get(self) -> HttpResponse:
        now, _ = self.moment()
        return self.page({"keys": told(self.mine(), now)})


class New(FormView, _Keys):
    title, template = "登记签名密钥", "own/key_new.html"
    submit = "登记"

    def dispatch(self) -> HttpResponse:
        if access.second_factor_used(self.request):
            return super().dispatch()
        messages.warning(self.request, NEEDED)
        page = "mfa_reauthenticate" if is_mfa_enabled(self.request.user) else "mfa_activate_totp"
        return HttpResponseRedirect(f"{reverse(page)}?{urlencode({'next': reverse('own-key-new')})}")

    def get(self) -> HttpResponse:
        if "text" not in self.request.GET:
            return super().get()
        return signed.key_text(self._letter(), self.moment()[1])

    def _letter(self) -> bytes:
        """The text that the key signs."""
        _, today = self.moment()
        return grantor_keys.text_of(*grantor_of(self.who.provider, today), today)

    def make_form(self, data: Any = None) -> forms.Form:
        return KeyForm(data, self.request.FILES if data is not None else None)

    def about(self) -> dict[str, Any]:
        chains, letter = public_keys.trusted() is not None, self._letter().decode()
        name = signed.key_text_name(self.moment()[1])
        return {"back": reverse("own-keys"), "chains": chains, "letter": letter, "name": name}

    def done(self, c: Any, data: dict[str, Any], at: datetime) -> GrantorKey:
        now, today = self.moment()
        given = data["key"], data["signature"]
        return signing_keys.register(c, self.who, now, today, self.who.provider, *given, "", book())

    def target(self, answer: Any) -> str:
        messages.success(self.request, f"已经登记，指纹 {answer.grouped}。请与签名工具显示的指纹核对。")
        return reverse("own-keys")


class End(FormView, _Keys):
    title, template = "停用签名密钥", "own/key_end.html"
    form_class, submit = KeyEndForm, "确认停用"
    key: GrantorKey
    others: list[GrantorKey]

    def dispatch(self) -> HttpResponse:
        """Another's, an unknown one and one that has ended look the same."""
        mine = self.mine()
        found = next((k for k in mine if k.id == self.kwargs["number"] and not k.ended_at), None)
        if found is None:
            return error_page(404, NOT_HERE)
        self.key, self.others = found, grantor_keys.same_pair(mine, found)
        return super().dispatch()

    def about(self) -> dict[str, Any]:
        return {"facts": facts_of(self.key), "others": self.others, "back": reverse("own-keys")}

    def done(self, c: Any, data: dict[str, Any], at: datetime) -> list[GrantorKey]:
        now, today = self.moment()
        return signing_keys.end(c, self.who, now, today, self.key.id, data["reason"], "", book())

    def target(self, answer: Any) -> str:
        also = f"同一对密钥的另外 {len(answer) - 1} 项登记一并停用。" if len(answer) > 1 else ""
        messages.success(self.request, f"密钥已经停用。{also}用它签过的授权仍然有效，需要的请逐份撤回。")
        return reverse("own-keys")


__all__ = ["End", "Keys", "New", "facts_of", "told"]
