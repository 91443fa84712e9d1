"""我的消息: what a subject was told, when it read it, and the number for reminders by SMS."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import NoReverseMatch, reverse

from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import BEIJING
from xinyong.rights.notices import inbox
from xinyong.rights.notices.inbox import Message
from xinyong.website import access, lending
from xinyong.website.console.base import FormView
from xinyong.website.errors import error_page
from xinyong.website.own.asking import Page, neighbours

SIZE = 20


def address_of(page: str, role: str) -> tuple[str, str]:
    """Address and label of the page where a notice is acted on; ("", ""): there is none for this role."""
    for action in access.matrix().values():
        if page and action.page == page and role in action.roles:
            try:
                return reverse(page), action.label or action.name
            except NoReverseMatch:
                break
    return "", ""


def opened(c: psycopg.Connection[Any], who: Who, now: datetime, number: int) -> dict[str, Any] | None:
    """A notice for its page, noted as read; None: not one of `who`'s."""
    found = inbox.opened(c, who, now, number)
    if found is None:
        return None
    address, label = address_of(found.page, who.role)
    sent = [
        (name, said, at.astimezone(BEIJING) if at else None) for name, said, at in inbox.sent(c, who, number)
    ]
    return {"m": shown(found), "sent": sent, "act": address, "act_label": label}


def shown(m: Message) -> dict[str, Any]:
    return {
        "id": m.id, "title": m.title, "body": m.body, "at": m.at.astimezone(BEIJING),
        "read": m.read_at.astimezone(BEIJING) if m.read_at else None, "made": f"{m.template} {m.version}",
    }  # fmt: skip


class Inbox(Page):
    """Newest first; what was not opened yet is marked."""

    action, title, template = "own.inbox", "我的消息", "own/inbox.html"

    def get(self) -> HttpResponse:
        number = self.number()
        found, unread, phone = lending.ask(
            lambda c: (
                inbox.listed(c, self.who, number, SIZE),
                inbox.unread(c, self.who),
                inbox.phone(c, self.who),
            )
        )
        page = neighbours([shown(m) for m in found[:SIZE]], number, len(found) > SIZE)
        email = str(getattr(self.request.user, "email", ""))
        return self.page({"paged": page, "unread": unread, "phone": phone, "email": email})


class One(Page):
    """A message; opening it is reading it."""

    action, title, template = "own.inbox", "消息", "own/message.html"

    def get(self) -> HttpResponse:
        now, _ = self.moment()
        found = lending.act(lambda c: opened(c, self.who, now, self.kwargs["number"]))
        return error_page(404) if found is None else self.page(found)


class PhoneForm(forms.Form):
    number = forms.CharField(
        label="手机号码",
        required=False,
        max_length=20,
        help_text="只用来发“您有一条信用事项通知，请登录查看”的短信，内容从不写在短信里。留空表示不要短信提醒。",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )


class Phone(FormView):
    action, title, template = "own.inbox", "短信提醒", "own/phone.html"
    form_class, submit = PhoneForm, "保存"

    def done(self, c: psycopg.Connection[Any], data: dict[str, Any], at: datetime) -> None:
        inbox.set_phone(c, self.who, at, data["number"])

    def about(self) -> dict[str, Any]:
        return {"back": reverse("own-inbox"), "phone": lending.ask(lambda c: inbox.phone(c, self.who))}

    def target(self, answer: Any) -> str:
        messages.success(self.request, "已保存。")
        return reverse("own-inbox")


__all__ = ["Inbox", "One", "Phone", "address_of", "opened", "shown"]
