"""The ways out of the platform: e-mail by SMTP, SMS by a gateway. What is sent says only that there is a notice.

The SMS gateway is spoken to in a form of our own, which a small adapter turns into a supplier's:
POST, `{"id", "to", "text", "sign"}`; `id` is the same however often the same message is sent. Headers
X-Xinyong-Timestamp (seconds since 1970) and X-Xinyong-Signature (HMAC-SHA256 in hex of `timestamp.body` under the
key agreed). 200 with `{"accepted": true, "receipt": …}` or `{"accepted": false, "reason": …}`; anything else: again.
"""

from __future__ import annotations

import hmac
import json
import os
import smtplib
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from hashlib import sha256
from typing import Literal
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from xinyong.catalog.templates import NoticeTemplate

PLATFORM = "信用潼南"
TIMEOUT = 10.0  # seconds
LONGEST_ANSWER = 16 << 10
Outcome = Literal["delivered", "failed", "refused"]


@dataclass(frozen=True, slots=True)
class Result:
    """delivered: the next server took it. failed: again later. refused: never again. `reason`: without addresses."""

    outcome: Outcome
    reason: str = ""


def configured(channel: str) -> bool:
    """Whether the installation has this channel at all."""
    return bool(os.environ.get({"email": "XINYONG_SMTP_URL", "sms": "XINYONG_SMS_URL"}[channel], ""))


def address_of_site() -> str:
    return os.environ.get("XINYONG_SITE_URL", "http://127.0.0.1:8000")


def text_of(template: NoticeTemplate) -> str:
    return template.filled({"platform": PLATFORM, "address": address_of_site()})


def email(to: str, template: NoticeTemplate, number: int) -> Result:
    """Hand one message to the SMTP server of XINYONG_SMTP_URL (smtp://user:password@host:port, smtps://…)."""
    try:
        message = _message(to, template, number)
    except (ValueError, MessageError):
        return Result("refused", "邮箱地址不对")
    try:
        with _server() as server:
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as e:
        code = max(code for code, _ in e.recipients.values())
        return Result("refused" if code >= 500 else "failed", f"邮件服务器不接收这个地址（{code}）")
    except smtplib.SMTPResponseException as e:
        return Result("failed", f"邮件服务器回答 {e.smtp_code}")
    except (OSError, smtplib.SMTPException) as e:
        return Result("failed", f"邮件没有送出（{type(e).__name__}）")
    return Result("delivered", "邮件服务器已接收")


def _message(to: str, template: NoticeTemplate, number: int) -> EmailMessage:
    """The same number in every repetition, so that a mail server can tell it is one message."""
    sender = os.environ.get("XINYONG_MAIL_FROM", "") or "notice@localhost"
    message = EmailMessage()
    message["Subject"] = template.title
    message["From"] = Address(PLATFORM, addr_spec=sender)
    message["To"] = Address(addr_spec=to)
    message["Message-ID"] = f"<notice-{number}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text_of(template))
    return message


def _server() -> smtplib.SMTP:
    parts = urlsplit(os.environ["XINYONG_SMTP_URL"])
    host, tls = parts.hostname or "127.0.0.1", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT, context=tls)
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT)
    try:
        if parts.query == "starttls":
            server.starttls(context=tls)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *given: object) -> None:
        return None


_opener = build_opener(_NoRedirect)


def sms(to: str, template: NoticeTemplate, number: int) -> Result:
    """Hand one message to the gateway at XINYONG_SMS_URL."""
    told = {"id": f"notice-{number}", "to": to, "text": text_of(template), "sign": PLATFORM}
    body = json.dumps(told, ensure_ascii=False).encode()
    stamp = str(int(time.time()))
    key = os.environ.get("XINYONG_SMS_KEY", "").encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8", "X-Xinyong-Timestamp": stamp,
        "X-Xinyong-Signature": hmac.new(key, f"{stamp}.".encode() + body, sha256).hexdigest(),
    }  # fmt: skip
    try:
        request = Request(os.environ["XINYONG_SMS_URL"], body, headers, method="POST")
        with _opener.open(request, timeout=TIMEOUT) as answer:
            return _said(json.loads(answer.read(LONGEST_ANSWER)))
    except HTTPError as e:
        return Result("failed", f"短信网关回答 {e.code}")
    except (OSError, URLError, ValueError) as e:
        return Result("failed", f"短信没有送出（{type(e).__name__}）")


def _said(answer: object) -> Result:
    if not isinstance(answer, Mapping) or not isinstance(answer.get("accepted"), bool):
        return Result("failed", "短信网关的回答读不懂")
    if answer["accepted"]:
        return Result("delivered", f"短信网关已接收（{str(answer.get('receipt', ''))[:64]}）")
    return Result("refused", f"短信网关不接收：{str(answer.get('reason', ''))[:100]}")


CHANNELS: dict[str, tuple[str, Callable[[str, NoticeTemplate, int], Result]]] = {
    "email": ("OUTSIDE_EMAIL", email),
    "sms": ("OUTSIDE_SMS", sms),
}

__all__ = ["CHANNELS", "PLATFORM", "Result", "configured", "email", "sms", "text_of"]
