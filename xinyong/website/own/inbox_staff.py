"""通知: what staff were told in their role or for their institution, with the same inbox as subjects have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from xinyong.rights.notices import inbox
from xinyong.website import lending
from xinyong.website.console.base import PAGE, Asked, Column, Connection, Console, ListView, Row
from xinyong.website.errors import error_page
from xinyong.website.own.inbox import opened


class Inbox(ListView):
    action, title = "inbox.read", "通知"
    intro = "发给您的角色和所在单位的通知，从新到旧。"
    columns = (
        Column("title", "标题", link=lambda r: reverse("console-message", args=[r["id"]]), sort=False),
        Column("at", "时间", "moment", sort=False),
        Column("state", "阅读", tag=lambda v: "warn" if v == "未读" else "plain", sort=False),
    )
    empty = "没有通知。"

    def rows(self, c: Connection, asked: Asked) -> list[Row]:
        found = inbox.listed(c, self.who, asked.page, PAGE)
        return [
            {"id": m.id, "title": m.title, "at": m.at, "state": "已读" if m.read_at else "未读"}
            for m in found
        ]

    def total(self, c: Connection, asked: Asked) -> int:
        return inbox.count(c, self.who)


class One(Console):
    """A notice; opening it is reading it."""

    action, title, template = "inbox.read", "通知", "console/message.html"

    def get(self) -> HttpResponse:
        now = datetime.now(UTC)
        found: dict[str, Any] | None = lending.act(lambda c: opened(c, self.who, now, self.kwargs["number"]))
        return error_page(404) if found is None else self.page({**found, "title": found["m"]["title"]})


__all__ = ["Inbox", "One"]
