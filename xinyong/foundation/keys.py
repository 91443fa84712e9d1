"""Keys: one provider, many derived keys, generations for rotation.

The default provider keeps its master keys in a 0600 file. A hardware module takes its place by
`XINYONG_KEY_PROVIDER=package.module:Class`; the class has the four methods of `KeyProvider`.
"""

from __future__ import annotations

import base64
import hmac
import importlib
import json
import os
import secrets
from functools import cache
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from xinyong.foundation import home
from xinyong.kernel.errors import Fault


class KeyProvider(Protocol):
    def wrap(self, key: bytes) -> bytes: ...
    def unwrap(self, wrapped: bytes) -> bytes: ...
    def rotate(self) -> int: ...
    def derived(self, purpose: str) -> bytes: ...


class FileKeys:
    """Master keys in `keys/keyring.json`; `index` never rotates, wrapping keys do."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            self._create()
        self._read()

    def _create(self) -> None:
        ring = {"index": _b64(secrets.token_bytes(32)), "wrapping": {"1": _b64(secrets.token_bytes(32))}}
        fresh = self.path.with_suffix(f".{os.getpid()}.new")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            json.dump(ring, f)
            f.flush()
            os.fsync(f.fileno())
        try:
            os.link(fresh, self.path)  # the first of several starting processes wins
        except FileExistsError:
            pass
        fresh.unlink()

    def _read(self) -> None:
        ring = json.loads(self.path.read_text())
        self.index = base64.b64decode(ring["index"])
        self.wrapping = {int(k): base64.b64decode(v) for k, v in ring["wrapping"].items()}
        self.current = max(self.wrapping)

    def wrap(self, key: bytes) -> bytes:
        nonce = secrets.token_bytes(12)
        head = self.current.to_bytes(2, "big")
        return head + nonce + AESGCM(self.wrapping[self.current]).encrypt(nonce, key, head)

    def unwrap(self, wrapped: bytes) -> bytes:
        generation = int.from_bytes(wrapped[:2], "big")
        if generation not in self.wrapping:
            self._read()  # rotated by another process since this one started
        master = self.wrapping.get(generation)
        try:
            if master is None:
                raise InvalidTag
            return AESGCM(master).decrypt(wrapped[2:14], wrapped[14:], wrapped[:2])
        except InvalidTag:
            raise Fault(
                "key_missing", f"密钥库 {self.path} 缺少第 {generation} 代密钥；请从密钥备份恢复后重试。"
            ) from None

    def rotate(self) -> int:
        """Add a wrapping key; earlier ones stay to read what they wrapped."""
        ring = json.loads(self.path.read_text())
        ring["wrapping"][str(self.current + 1)] = _b64(secrets.token_bytes(32))
        fresh = self.path.with_suffix(".new")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            json.dump(ring, f)
            f.flush()
            os.fsync(f.fileno())
        fresh.rename(self.path)
        self._read()
        return self.current

    def derived(self, purpose: str) -> bytes:
        return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(self.index)


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@cache
def provider() -> KeyProvider:
    named = os.environ.get("XINYONG_KEY_PROVIDER")
    if not named:
        return FileKeys(home.folder("keys") / "keyring.json")
    module, _, name = named.partition(":")
    made: KeyProvider = getattr(importlib.import_module(module), name)()
    return made


@cache
def derived(purpose: str) -> bytes:
    """A 32-byte key for one purpose, the same for ever."""
    return provider().derived(purpose)


def hmac_hex(purpose: str, value: bytes | str) -> str:
    raw = value.encode() if isinstance(value, str) else value
    return hmac.new(derived(purpose), raw, "sha256").hexdigest()


SEALED = "sealed:"


@cache
def _siv() -> AESSIV:
    return AESSIV(derived("field-a") + derived("field-b"))


def seal(text: str) -> str:
    """Deterministic encryption of a personal field: equal texts stay equal, so versions compare."""
    return SEALED + base64.urlsafe_b64encode(_siv().encrypt(text.encode(), None)).decode()


def unseal(token: str) -> str:
    if not token.startswith(SEALED):
        return token
    try:
        return _siv().decrypt(base64.urlsafe_b64decode(token[len(SEALED) :]), None).decode()
    except InvalidTag:
        raise Fault(
            "field_key", "个人信息字段无法解密：密钥与数据不匹配；请恢复与此数据库配套的密钥备份。"
        ) from None
