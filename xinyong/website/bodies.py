"""What a request may bring along: how much is told by its length, before any of it is read.

A form is small. A file to hand in may be large, but only from who is known: a member of staff who has used the second
factor, or a system with a live token. What a system signed is hashed on its way in, so that it need not fit in memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import psycopg
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from xinyong.collection import uploads
from xinyong.foundation import home, tokens
from xinyong.foundation.accounts import STAFF
from xinyong.kernel.errors import Fault, NotPermitted
from xinyong.website import access, lending
from xinyong.website.api import problems
from xinyong.website.errors import error_page

FORM = 64 << 20  # bytes; evidence for an objection is the largest thing a stranger brings
AROUND = 1 << 20  # what a form has beside its file
BLOCK = 1 << 16
IN_MEMORY = 1 << 20
API = "/api/"
SENTENCE = "发送的内容有 {} MB，超过了 {} MB 的上限；请核对文件，或分成几个文件。"


class Bodies:
    """After who asks is known, before anything reads the body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = declared(request)
        if length > FORM:
            most = uploads.LARGEST + AROUND if known(request) else FORM
            if length > most:
                return too_large(request, length, most)
        if length and "X-Xinyong-Token" in request.headers:
            _set_aside(request)
        return self.get_response(request)


def declared(request: HttpRequest) -> int:
    """Bytes that are to come; 0 where no length is given, because then none are read."""
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if text.isascii() and text.isdigit() else 0


def known(request: HttpRequest) -> bool:
    """Whether the sender may hand in files at all; nothing of the body is needed to tell."""
    if request.path.startswith(API):
        return _live_token(request)
    account: Any = request.user
    return bool(account.is_authenticated and account.role in STAFF and access.cleared(request))


def _live_token(request: HttpRequest) -> bool:
    """A token that exists and has not ended. Whether a request was signed with it can only be told at its end."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    number, now = request.headers.get("X-Xinyong-Token", ""), datetime.now(UTC)
    try:
        if number:
            lending.ask(lambda c: tokens.numbered(c, number, now))
        elif scheme.lower() == "bearer":
            lending.ask(lambda c: tokens.bearer(c, secret.strip(), now))
        else:
            return False
    except (NotPermitted, Fault, psycopg.OperationalError):
        return False
    return True


def too_large(request: HttpRequest, length: int, most: int) -> HttpResponse:
    sentence = SENTENCE.format(f"{length >> 20:,}", f"{most >> 20:,}")
    if request.path.startswith(API):
        return problems.answer(413, "too_large", sentence)
    return error_page(413, sentence)


def _set_aside(request: Any) -> None:
    """The body in a file, and its SHA-256 in hex as `request.body_sha256`."""
    held = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=home.folder("tmp"))
    digest = sha256()
    try:
        while block := request._stream.read(BLOCK):
            digest.update(block)
            held.write(block)
    except OSError as e:
        held.close()
        raise UnreadablePostError(*e.args) from e
    held.seek(0)
    request._stream, request.body_sha256 = held, digest.hexdigest()


__all__ = ["FORM", "Bodies", "declared", "known"]
