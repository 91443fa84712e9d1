"""Detached signature files (`.sig`) and the public key file, both plain JSON in one spelling.

A signature is over the bytes of the report file. `tools/verify_report.py` reads both without this product.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from xinyong.foundation.signing import PublicKey, Signature
from xinyong.kernel.errors import Refused

SIGNATURES, KEYS = "xinyong-signatures-1", "xinyong-public-keys-1"


def signature_file(signatures: Iterable[Signature]) -> bytes:
    listed = [{"algorithm": s.algorithm, "key": s.key, "value": _b64(s.value)} for s in signatures]
    return _spelled({"format": SIGNATURES, "signatures": listed})


def read_signature_file(data: bytes) -> list[Signature]:
    """Refused: not such a file, or not in its one spelling (then something in it was changed)."""
    try:
        raw = json.loads(data)
        found = [Signature(s["algorithm"], s["key"], base64.b64decode(s["value"])) for s in raw["signatures"]]
        exact = signature_file(found) == data
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        exact = False
    if not exact:
        raise Refused("signature_file", "签名文件不完整或被改动过；请使用与报告一起下载的 .sig 文件。")
    return found


def key_file(keys: Iterable[PublicKey], issuer: str) -> bytes:
    """What a stand-alone verification needs; publish it where people can trust it."""
    listed = [
        {"id": k.id, "algorithm": k.algorithm, "value": _b64(k.value), "made": _moment(k.made)} for k in keys
    ]
    return (
        json.dumps({"format": KEYS, "issuer": issuer, "keys": listed}, ensure_ascii=False, indent=1).encode()
        + b"\n"
    )


def stored(signatures: Iterable[Signature]) -> list[dict[str, str]]:
    return [{"algorithm": s.algorithm, "key": s.key, "value": _b64(s.value)} for s in signatures]


def restored(raw: list[dict[str, Any]]) -> list[Signature]:
    return [Signature(s["algorithm"], s["key"], base64.b64decode(s["value"])) for s in raw]


def _spelled(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
