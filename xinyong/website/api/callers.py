"""Who calls: a system with a token, or the public. One decorator does for operations what `allowed` does for pages."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

import psycopg
from django.http import HttpRequest, HttpResponse

from xinyong.catalog import permissions
from xinyong.foundation import tokens
from xinyong.foundation.audit import PUBLIC, Who
from xinyong.foundation.tokens import Signed, Token
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import Fault, NotPermitted, XinyongError
from xinyong.website import access, lending
from xinyong.website.api import limits, problems
from xinyong.website.api.problems import Problem
from xinyong.website.faults import note_fault

CERTIFICATE = os.environ.get(
    "XINYONG_CLIENT_CERT_HEADER", ""
)  # what our TLS proxy calls the certificate's SHA-256
LONGEST_PURPOSE = 200


@dataclass(frozen=True, slots=True)
class Caller:
    who: Who
    token: Token | None
    now: datetime

    @property
    def today(self) -> date:
        return day_of(self.now)

    @property
    def number(self) -> int:
        assert self.token is not None
        return self.token.id


def operation(action: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Authenticate, count, ask the permission matrix; errors become problems. The floors below note what is done."""

    def decorate(work: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(work)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                request.caller = called(request, action)  # type: ignore[attr-defined]
                return work(request, *args, **kwargs)
            except Problem as e:
                return problems.answer(e.status, e.code, e.sentence, e.headers)
            except Fault:
                note_fault(f"{request.method} {request.path}")
                return problems.answer(503, "unavailable", "数据服务暂时不可用；请过几分钟再试。")
            except XinyongError as e:
                return problems.of_error(e)
            except psycopg.OperationalError:
                note_fault(f"{request.method} {request.path}")
                return problems.answer(503, "unavailable", "数据服务正在恢复；请过几分钟再试。")

        answered.action = action  # type: ignore[attr-defined]
        return answered

    return decorate


def called(request: HttpRequest, action: str) -> Caller:
    """Who calls, if they may. Problem or NotPermitted: they may not, or too often."""
    now, origin = datetime.now(UTC), access.origin(request)
    try:
        token = _token(request, now)
    except NotPermitted:
        _count(request, f"address {origin}", None)  # guessing is counted too
        raise
    _count(request, f"token {token.id}" if token else f"address {origin}", token)
    purpose = access.one_line(unquote(request.headers.get("X-Purpose", "") or request.GET.get("purpose", "")))
    who = (
        token.who(origin, purpose[:LONGEST_PURPOSE])
        if token
        else Who(PUBLIC.name, PUBLIC.role, origin=origin)
    )
    _permitted(who, token, action)
    return Caller(who, token, now)


def _token(request: HttpRequest, now: datetime) -> Token | None:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    number = request.headers.get("X-Xinyong-Token", "")
    if not scheme and not number:
        return None
    if number:
        found = lending.ask(lambda c: tokens.signing(c, _signed(request, number), now))
    elif scheme.lower() == "bearer":
        found = lending.ask_one(lambda c: tokens.bearer(c, secret.strip(), now))
    else:
        raise NotPermitted("token_unknown", "Authorization 应为“Bearer 令牌”；请按接口说明填写。")
    _check_certificate(request, found)
    return found


def _signed(request: HttpRequest, number: str) -> Signed:
    get = request.headers.get
    target = request.get_full_path()
    return Signed(
        number, get("X-Xinyong-Timestamp", ""), get("X-Xinyong-Nonce", ""), get("X-Xinyong-Signature", ""),
        str(request.method), target, _digest(request),
    )  # fmt: skip


def _digest(request: HttpRequest) -> str:
    """Of the body; what a system signed was hashed when it came in (`website.bodies`)."""
    known: str = getattr(request, "body_sha256", "")
    return known or sha256(b"").hexdigest()


def _check_certificate(request: HttpRequest, token: Token) -> None:
    shown = request.headers.get(CERTIFICATE, "").replace(":", "").lower() if CERTIFICATE else ""
    if token.certificate and not hmac.compare_digest(token.certificate, shown):
        raise NotPermitted(
            "token_unknown", "这个令牌绑定了客户端证书，请求没有带上那张证书；请用该证书连接。"
        )


def _count(request: HttpRequest, caller: str, token: Token | None) -> None:
    allowed, headers, wait = limits.spend(caller, token.per_minute if token else limits.ANONYMOUS)
    request.rate_headers = headers  # type: ignore[attr-defined]
    if not allowed:
        sentence = f"请求过于频繁；请在 {wait} 秒后再试。"
        raise Problem(429, "too_many", sentence, {**headers, "Retry-After": str(wait)})


def _permitted(who: Who, token: Token | None, action: str) -> None:
    wanted = permissions.known(access.matrix(), action)
    if token is None and who.role not in wanted.roles:
        raise NotPermitted(
            "token_missing", f"“{wanted.name}”需要令牌；请在 Authorization 中写明“Bearer 令牌”。"
        )
    if token is not None and action not in token.scopes and "public" not in wanted.roles:
        raise NotPermitted("scope", f"这个令牌不能用于“{wanted.name}”；需要的，请向信用中心申请增加。")
    permissions.require(access.matrix(), who, action)


def finished(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    for name, value in getattr(request, "rate_headers", {}).items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
