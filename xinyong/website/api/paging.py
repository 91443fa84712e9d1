"""Cursors and ETags. A cursor is opaque and says where the last page ended; it can't be made by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.http import HttpRequest, HttpResponse

from xinyong.foundation import keys
from xinyong.website.api.problems import Problem

T = TypeVar("T")
TAG = 12  # bytes


def page(
    rows: Sequence[T], key: Callable[[T], str], cursor: str, limit: int
) -> tuple[Sequence[T], str | None]:
    """The rows after the cursor and the cursor of the next page. Problem: a cursor that leads nowhere any more."""
    start = 0
    if cursor:
        after = _opened(cursor)
        start = next((i for i, row in enumerate(rows, 1) if key(row) == after), 0)
        if not start:
            raise Problem(410, "cursor_gone", "这一页之前的内容已有变化，不能接着翻；请从第一页重新查询。")
    part = rows[start : start + limit]
    more = start + limit < len(rows)
    return part, _sealed(key(part[-1])) if more and part else None


def check(cursor: str) -> None:
    """Before anything is looked at. Problem: it is none of ours."""
    if cursor:
        _opened(cursor)


def _sealed(text: str) -> str:
    raw = text.encode()
    return base64.urlsafe_b64encode(_tag(raw) + raw).decode().rstrip("=")


def _opened(cursor: str) -> str:
    try:
        data = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        data = b""
    if len(data) <= TAG or not hmac.compare_digest(data[:TAG], _tag(data[TAG:])):
        raise Problem(422, "cursor", "cursor 不是本接口给出的；请使用上一页回答里的 next。")
    return data[TAG:].decode()


def _tag(raw: bytes) -> bytes:
    return hmac.new(keys.derived("api-cursor"), raw, hashlib.sha256).digest()[:TAG]


def tagged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """With an ETag; 304 without a body to whoever has these bytes already."""
    if request.method != "GET" or response.status_code != 200 or response.streaming:
        return response
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    if tag in [t.strip().removeprefix("W/") for t in request.headers.get("If-None-Match", "").split(",")]:
        unchanged = HttpResponse(status=304)
        for name, value in response.items():
            unchanged.headers[name] = value
        del unchanged.headers["Content-Type"]
        response = unchanged
    response.headers["ETag"] = tag
    return response
