"""Signatures under what the platform hands out: Ed25519, and SM2 with SM3 (GB/T 32918, GB/T 32905).

Private keys stand in `signing_key`, wrapped by the key provider, so they come back with every restored backup
and are worth nothing without the keyring. A hardware module takes their place by
`XINYONG_SIGNER=package.module:Class`; the class has the two methods of `Signer`. The newest pair signs,
every pair that ever signed stays to verify by.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any, Protocol

import gmssl_pyx
import psycopg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from xinyong.foundation import audit, keys, locks
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Fault

ED25519 = "Ed25519"
SM2 = "SM2-SM3"
ALGORITHMS = (ED25519, SM2)
LOCK = locks.SIGNING_KEYS


@dataclass(frozen=True, slots=True)
class PublicKey:
    """`value`: 32 bytes of an Ed25519 key, or x and y (64 bytes) of a point on the SM2 curve."""

    id: str
    algorithm: str
    value: bytes
    made: datetime


@dataclass(frozen=True, slots=True)
class Signature:
    """`value`: 64 bytes (Ed25519), or DER of r and s (SM2, signer id 1234567812345678)."""

    algorithm: str
    key: str
    value: bytes


class Signer(Protocol):
    def sign(self, data: bytes) -> list[Signature]: ...
    def public_keys(self) -> list[PublicKey]: ...


class StoredKeys:
    """The default signer: a pair per algorithm, made at first use."""

    def __init__(self, c: psycopg.Connection[Any], at: datetime) -> None:
        self.c, self.at = c, at

    def sign(self, data: bytes) -> list[Signature]:
        return [Signature(a, k, _SIGN[a](private, public, data)) for a, k, public, private in self._newest()]

    def public_keys(self) -> list[PublicKey]:
        self._newest()
        rows = self.c.execute(
            "SELECT id, algorithm, public, made FROM signing_key ORDER BY algorithm, generation"
        )
        return [PublicKey(i, a, bytes(p), made) for i, a, p, made in rows.fetchall()]

    def proved(self) -> list[PublicKey]:
        """Those whose private half was wrapped by this keyring: a row that somebody put into the table is none."""
        self._newest()
        rows = self.c.execute(
            "SELECT id, algorithm, public, made, private FROM signing_key ORDER BY algorithm, generation"
        ).fetchall()
        return [PublicKey(i, a, bytes(p), made) for i, a, p, made, w in rows if _pair(a, bytes(p), bytes(w))]

    def _newest(self) -> list[tuple[str, str, bytes, bytes]]:
        found = self._stored()
        if len(found) < len(ALGORITHMS):
            with self.c.transaction():
                self.c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
                if len(self._stored()) < len(ALGORITHMS):
                    _make(self.c, 1, self.at)
            found = self._stored()
        return [(a, k, bytes(public), _unwrapped(bytes(wrapped))) for a, k, public, wrapped in found]

    def _stored(self) -> list[Any]:
        return self.c.execute(
            "SELECT DISTINCT ON (algorithm) algorithm, id, public, private FROM signing_key"
            " ORDER BY algorithm, generation DESC"
        ).fetchall()


@cache
def _pair(algorithm: str, public: bytes, wrapped: bytes) -> bool:
    try:
        return _VERIFY[algorithm](public, b"?", _SIGN[algorithm](_unwrapped(wrapped), public, b"?"))
    except (Fault, KeyError, ValueError, gmssl_pyx.GmsslInnerError):
        return False


@cache
def _unwrapped(wrapped: bytes) -> bytes:
    return keys.provider().unwrap(wrapped)


def signer(c: psycopg.Connection[Any], at: datetime) -> Signer:
    """The signer in use; `at` dates the keys if they have to be made."""
    named = os.environ.get("XINYONG_SIGNER")
    if not named:
        return StoredKeys(c, at)
    module, _, name = named.partition(":")
    made: Signer = getattr(importlib.import_module(module), name)()
    return made


def renew(c: psycopg.Connection[Any], who: Who, at: datetime) -> list[PublicKey]:
    """A new pair per algorithm signs from now on; what earlier ones signed still verifies. Returns all."""
    with c.transaction():
        c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        row = c.execute("SELECT coalesce(max(generation), 0) FROM signing_key").fetchone()
        assert row is not None
        _make(c, row[0] + 1, at)
        audit.record(c, who, at, "signing.renew", str(row[0] + 1), {})
    return StoredKeys(c, at).public_keys()


def _make(c: psycopg.Connection[Any], generation: int, at: datetime) -> None:
    private = Ed25519PrivateKey.generate()
    point, scalar = gmssl_pyx.sm2_key_generate()
    pairs = [
        (ED25519, private.public_key().public_bytes_raw(), private.private_bytes_raw()),
        (SM2, bytes(point), bytes(scalar)),
    ]
    for algorithm, public, secret in pairs:
        c.execute(
            "INSERT INTO signing_key (id, algorithm, generation, public, private, made)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [key_id(algorithm, public), algorithm, generation, public, keys.provider().wrap(secret), at],
        )


def key_id(algorithm: str, public: bytes) -> str:
    """The first 16 hex digits of SHA-256 over algorithm and public key."""
    return sha256(algorithm.encode() + b":" + public).hexdigest()[:16]


def genuine(data: bytes, signatures: Iterable[Signature], known: Iterable[PublicKey]) -> bool:
    """Whether every algorithm has signed `data` with a known key, and no signature is false."""
    by_id = {k.id: k for k in known}
    signed = set()
    for s in signatures:
        key = by_id.get(s.key)
        if key is None or key.algorithm != s.algorithm or not _VERIFY[s.algorithm](key.value, data, s.value):
            return False
        signed.add(s.algorithm)
    return signed == set(ALGORITHMS)


def verifies(algorithm: str, public: bytes, data: bytes, value: bytes) -> bool:
    """Whether `value` signs `data` under a key that need not be one of ours; forms as in PublicKey and Signature."""
    return _VERIFY[algorithm](public, data, value)


def _ed25519_sign(private: bytes, public: bytes, data: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(private).sign(data)


def _sm2_sign(private: bytes, public: bytes, data: bytes) -> bytes:
    return bytes(gmssl_pyx.sm2_sign(private, public, data))


def _ed25519_verify(public: bytes, data: bytes, value: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(value, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def _sm2_verify(public: bytes, data: bytes, value: bytes) -> bool:
    try:
        return bool(gmssl_pyx.sm2_verify(public, data, value))
    except gmssl_pyx.GmsslInnerError:
        return False


_SIGN: dict[str, Callable[[bytes, bytes, bytes], bytes]] = {ED25519: _ed25519_sign, SM2: _sm2_sign}
_VERIFY: dict[str, Callable[[bytes, bytes, bytes], bool]] = {ED25519: _ed25519_verify, SM2: _sm2_verify}
