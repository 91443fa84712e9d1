"""How an authorisation was made, as a page tells it, and what a stranger takes away to check it."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse

from xinyong.disclosure import signatures
from xinyong.disclosure.signatures import Signed
from xinyong.kernel.beijing import BEIJING

HOLDS, HOLDS_NOT = "通过", "不通过：文本或签名与当时保存的不一致，请联系信用中心"


def facts(s: Signed) -> list[tuple[str, str]]:
    """Label and text; the signature is checked again for each page."""
    ended = s.key_ended_at.astimezone(BEIJING) if s.key_ended_at else None
    found = [
        ("签名算法", s.key.algorithm),
        ("密钥指纹", s.key.fingerprint),
        ("密钥的登记", s.identity),
        ("收到并核验", f"{s.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"),
        ("现在核验", HOLDS if s.holds else HOLDS_NOT),
        ("密钥现状", f"{ended:%Y-%m-%d} 已停用；停用以前的签名仍然有效" if ended else ""),
    ]
    return [(label, text) for label, text in found if text]


def package(s: Signed, number: str) -> HttpResponse:
    return _attached(
        signatures.package(s), "application/zip", f"authorisation-{number[:8]}-{s.digest[:8]}.zip"
    )


def text(data: bytes, number: str) -> HttpResponse:
    """The bytes to sign, under a name of their own: two texts never overwrite each other."""
    return _attached(data, "text/plain; charset=utf-8", f"authorisation-{number[:8]}.txt")


def key_text(data: bytes, day: date) -> HttpResponse:
    """The bytes that a key signs to be registered."""
    return _attached(data, "text/plain; charset=utf-8", key_text_name(day))


def key_text_name(day: date) -> str:
    return f"signing-key-{day}.txt"


def _attached(data: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(data, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


__all__ = ["facts", "key_text", "key_text_name", "package", "text"]
