"""我的消息: what somebody was told, as a subject, or as staff of a provider and in a role."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from xinyong.foundation import audit, keys
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused
from xinyong.rights.casework import unsealed
from xinyong.rights.notices.actions import SQL, subject_key

PHONE = re.compile(r"1[3-9][0-9]{9}")
CHANNELS = {"email": "电子邮件", "sms": "短信"}
OUTCOMES = {
    None: "待发送",
    "delivered": "已送出",
    "failed": "没有送出，稍后再试",
    "refused": "没有送出",
    "given_up": "多次没有送出，已停止",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One notice as its reader sees it."""

    id: int
    at: datetime
    template: str
    version: str
    title: str
    body: str
    page: str
    read_at: datetime | None


def _boxes(who: Who) -> dict[str, Any]:
    """The boxes that `who` may open: its own, and nobody else's."""
    if who.role == "subject":
        boxes = [("subject", subject_key(who.provider))] if who.provider else []
    else:
        boxes = [("role", who.role)] + ([("provider", who.provider)] if who.provider else [])
    return {"account": who.name, "kinds": [k for k, _ in boxes], "values": [v for _, v in boxes]}


def listed(c: psycopg.Connection[Any], who: Who, page: int = 1, size: int = 20) -> list[Message]:
    """Newest first; up to `size` + 1, so that one more tells of a next page."""
    asked = _boxes(who) | {"limit": size + 1, "skip": (page - 1) * size}
    with c.cursor(row_factory=dict_row) as cursor:
        return [_message(row) for row in cursor.execute(SQL["inbox"], asked).fetchall()]


def count(c: psycopg.Connection[Any], who: Who) -> int:
    """10000 at most."""
    row = c.execute(SQL["count"], _boxes(who)).fetchone()
    return int(row[0]) if row else 0


def unread(c: psycopg.Connection[Any], who: Who) -> int:
    """1000 at most."""
    row = c.execute(SQL["unread"], _boxes(who)).fetchone()
    return int(row[0]) if row else 0


def opened(c: psycopg.Connection[Any], who: Who, now: datetime, number: int) -> Message | None:
    """One notice, and that it was read; None: there is none, or it is another's."""
    asked = _boxes(who) | {"id": number, "at": now}
    with c.transaction(), c.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(SQL["one"], asked).fetchone()
        if row is None:
            return None
        if row["read_at"] is None:  # even what conflicts uses up a number, and the log looks for it for days
            cursor.execute(SQL["read"], asked)
        return _message(row | {"read_at": row["read_at"] or now})


def _message(row: Mapping[str, Any]) -> Message:
    return Message(**(dict(row) | {"body": unsealed(row["body"])}))


def sent(c: psycopg.Connection[Any], who: Who, number: int) -> list[tuple[str, str, datetime | None]]:
    """Reminders of a notice to this account: channel, what came of it, when."""
    rows = c.execute(SQL["sent"], {"id": number, "account": who.name}).fetchall()
    return [(CHANNELS[channel], OUTCOMES[outcome], at) for channel, outcome, at in rows]


def phone(c: psycopg.Connection[Any], who: Who) -> str:
    """The number for SMS this account has left, masked; empty: none."""
    row = c.execute(SQL["sms"], {"account": who.name}).fetchone()
    number = keys.unseal(row[0]) if row and row[0] else ""
    return f"{number[:3]}****{number[-4:]}" if number else ""


def set_phone(c: psycopg.Connection[Any], who: Who, now: datetime, number: str) -> None:
    """Where SMS reminders go from now on; empty: nowhere. Refused: not a mobile number."""
    plain = "".join(number.split()).replace("-", "")
    if plain and not PHONE.fullmatch(plain):
        raise Refused("bad_phone", "手机号码应为 11 位数字；请改正，或留空表示不要短信提醒。")
    with c.transaction():
        asked = {"account": who.name, "at": now, "address": keys.seal(plain) if plain else ""}
        c.execute(SQL["contact"], asked)
        c.execute(SQL["forget"], asked)
        audit.record(c, who, now, "notice.contact", who.name, {"channel": "sms", "set": bool(plain)})


__all__ = ["Message", "count", "listed", "opened", "phone", "sent", "set_phone", "unread"]
