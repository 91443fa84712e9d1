"""Tokens of systems that call the API: scoped, expiring, hashed at rest; some sign each request instead.

A bearer token is worth its secret, so only its SHA-256 is kept (it has 256 random bits: nothing to guess).
A signing token's secret never travels after it was given out; it is kept sealed, because checking needs it.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from xinyong.foundation import audit, keys, locks, named_sql
from xinyong.foundation.accounts import OF_A_PROVIDER
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused

SQL = named_sql.load(Path(__file__).parent / "sql" / "tokens.sql")
HEAD = "xyt_"
LONGEST = timedelta(days=366)
CLOCKS_APART = timedelta(minutes=5)
ANSWERS_KEPT = timedelta(days=1)
NONCE = (16, 64)  # characters
LOCK = locks.TOKENS
_noted: dict[tuple[int, datetime], datetime] = {}  # token → the hour of its last use that was written down


@dataclass(frozen=True, slots=True)
class Token:
    """A system's right to call. `scopes`: actions of the permission matrix; the role must be allowed them too."""

    id: int
    system: str
    role: str
    provider: str
    scopes: frozenset[str]
    sealed: str  # the secret of one that signs; empty: a bearer token
    certificate: str  # SHA-256 of the client certificate it is bound to; empty: none
    per_minute: int
    expires: datetime

    def who(self, origin: str, purpose: str) -> Who:
        return Who(f"系统:{self.system}", self.role, self.provider, origin, purpose)


@dataclass(frozen=True, slots=True)
class NewToken:
    system: str
    role: str
    provider: str
    scopes: tuple[str, ...]
    expires: datetime
    signs: bool = False
    certificate: str = ""
    per_minute: int = 600


def create(
    c: psycopg.Connection[Any], new: NewToken, by: Who, at: datetime, *, reason: str | None = None
) -> tuple[int, str]:
    """Its number and its secret, which is told this once. Refused: no name, scope or provider; too long a term.

    With a reason it is a request: it works only after `approve`. Without, whoever runs the machine answers for it.
    """
    if reason is not None and not reason.strip():
        raise Refused("no_reason", "请写明为什么要发放这个令牌，供安全管理员核准。")
    _check(new, at)
    secret = HEAD + secrets.token_urlsafe(32)
    values = {
        "system": new.system.strip(),
        "role": new.role,
        "provider": new.provider,
        "scopes": list(new.scopes),
    }
    values |= {
        "hash": _hash(secret),
        "sealed": keys.seal(secret) if new.signs else "",
        "at": at,
        "by": by.name,
    }
    values |= {"certificate": new.certificate.lower(), "per_minute": new.per_minute, "expires": new.expires}
    with c.transaction():
        row = c.execute(SQL["add"], values).fetchone()
        assert row is not None
        if reason is not None:
            c.execute(SQL["request"], [row[0], at, by.name, reason.strip()])
        told = {
            "role": new.role,
            "provider": new.provider,
            "scopes": list(new.scopes),
            "expires": new.expires.isoformat(),
            "waits": reason is not None,
        }
        audit.record(c, by, at, "token.create", f"{row[0]} {new.system.strip()}", told)
    return int(row[0]), secret


def _check(new: NewToken, at: datetime) -> None:
    if not new.system.strip() or not new.system.isprintable():
        raise Refused("token_system", "请写明是哪个系统使用这个令牌。")
    if not new.scopes:
        raise Refused("token_scopes", "请至少选一项允许的操作；令牌只能做选定的事。")
    if new.role in OF_A_PROVIDER and not new.provider:
        raise Refused("provider", "这个角色要写明所属单位的统一社会信用代码；请补上。")
    if not at < new.expires <= at + LONGEST:
        raise Refused("token_term", "令牌的截止时间应在现在以后、一年以内；请改正。")


def revoke(c: psycopg.Connection[Any], token: int, reason: str, by: Who, at: datetime) -> None:
    """End a token at once. Refused: no reason, no such token, ended before."""
    if not reason.strip():
        raise Refused("no_reason", "请写明停用令牌的原因。")
    with c.transaction():
        if c.execute(SQL["by_id"], [token]).fetchone() is None:
            raise Refused("token_unknown", f"没有编号为 {token} 的令牌；请刷新列表。")
        if not c.execute(SQL["revoke"], [token, at, by.name, reason.strip()]).rowcount:
            raise Refused("token_ended", "这个令牌已经停用。")
        audit.record(c, by, at, "token.revoke", str(token), {"reason": reason.strip()})


def approve(c: psycopg.Connection[Any], token: int, note: str, by: Who, at: datetime) -> None:
    """A second person lets a requested token work. NotPermitted: who requested it. Refused: it waits for nobody."""
    with c.transaction():
        row = _waiting(c, token)
        if row["created_by"] == by.name:
            raise NotPermitted("own_token", "自己发放的令牌不能由自己核准；请另一位安全管理员办理。")
        if row["expires"] <= at:
            raise Refused("token_expired", "这个令牌还没有核准就已到期；请系统管理员重新发放。")
        c.execute(SQL["approve"], [token, at, by.name, note.strip()])
        audit.record(c, by, at, "token.approve", str(token), {"scopes": row["scopes"], "note": note.strip()})
        audit.emit(c, at, "foundation.token_approved", {"token": token})


def decline(c: psycopg.Connection[Any], token: int, reason: str, by: Who, at: datetime) -> None:
    """The second person does not let it work: it has ended. Refused: no reason, it waits for nobody."""
    if not reason.strip():
        raise Refused("no_reason", "请写明不核准的理由。")
    with c.transaction():
        _waiting(c, token)
        c.execute(SQL["revoke"], [token, at, by.name, f"未核准：{reason.strip()}"])
        audit.record(c, by, at, "token.decline", str(token), {"reason": reason.strip()})
        audit.emit(c, at, "foundation.token_declined", {"token": token})


def one(c: psycopg.Connection[Any], token: int) -> dict[str, Any]:
    """A token as `listed` has it. Refused: there is none."""
    with c.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(f"SELECT * FROM ({SQL['list']}) t WHERE id = %s", [token]).fetchone()
    if found is None:
        raise Refused("token_unknown", f"没有编号为 {token} 的令牌；请刷新列表。")
    return found


def _waiting(c: psycopg.Connection[Any], token: int) -> dict[str, Any]:
    c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    found = one(c, token)
    if found["ended"] or not found["waits"]:
        raise Refused("token_not_waiting", "这个令牌不在等待核准；请刷新列表。")
    return found


def listed(c: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    with c.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SQL["list"]).fetchall()


def bearer(c: psycopg.Connection[Any], secret: str, at: datetime) -> Token:
    """The live token with this secret. NotPermitted `token…`: unknown, ended, expired, or one that must sign."""
    found = _live(c.execute(SQL["by_hash"], [_hash(secret)]).fetchone(), at)
    if found.sealed:
        raise NotPermitted("token_signs", "这个令牌要求对每次请求签名，不能直接出示；请按接口说明签名。")
    _note_use(c, found, at)
    return found


def _note_use(c: psycopg.Connection[Any], found: Token, at: datetime) -> None:
    """By the hour, and asked of the database once an hour: a call is not to cost a write."""
    hour, key = at.replace(minute=0, second=0, microsecond=0), (found.id, found.expires)
    if _noted.get(key) != hour:
        c.execute(SQL["use"], [found.id, hour])
        _noted[key] = hour


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _live(row: tuple[Any, ...] | None, at: datetime) -> Token:
    if row is None:
        raise NotPermitted("token_unknown", "令牌无效；请核对令牌是否完整，或向信用中心重新申请。")
    *head, expires, ended, waits = row
    if ended is not None and ended <= at:
        raise NotPermitted("token_ended", "令牌已被停用；请向信用中心重新申请。")
    if waits:
        raise NotPermitted("token_waits", "令牌还没有经安全管理员核准，暂时不能使用；请等核准后再试。")
    if expires <= at:
        raise NotPermitted("token_expired", f"令牌已于 {expires:%Y-%m-%d} 到期；请向信用中心重新申请。")
    number, system, role, provider, scopes, sealed, certificate, per_minute = head
    return Token(number, system, role, provider, frozenset(scopes), sealed, certificate, per_minute, expires)


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as it was signed. `target`: path and query as they stand in the request line."""

    token: str
    timestamp: str  # seconds since 1970
    nonce: str
    signature: str  # hex
    method: str
    target: str
    digest: str  # SHA-256 of the body, hex


def text_to_sign(method: str, target: str, timestamp: str, nonce: str, digest: str) -> bytes:
    """Five lines: method, target, timestamp, nonce, SHA-256 of the body in hex."""
    return "\n".join([method, target, timestamp, nonce, digest]).encode()


def numbered(c: psycopg.Connection[Any], number: str, at: datetime) -> Token:
    """The live token of this number, whoever names it. NotPermitted `token…`: unknown, ended, expired."""
    plain = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else -1
    return _live(c.execute(SQL["by_id"], [plain]).fetchone(), at)


def signing(c: psycopg.Connection[Any], s: Signed, at: datetime) -> Token:
    """The token that signed. NotPermitted: no such token, another signature, clocks too far apart, used before."""
    found = numbered(c, s.token, at)
    _timely(s, at)
    made = hmac.new(
        keys.unseal(found.sealed).encode(),
        text_to_sign(s.method, s.target, s.timestamp, s.nonce, s.digest),
        sha256,
    )
    if not found.sealed or not hmac.compare_digest(made.hexdigest(), s.signature.lower()):
        raise NotPermitted("signature", "请求的签名不对；请核对密钥、签名的五行内容和顺序。")
    if not c.execute(SQL["spend"], [found.id, s.nonce, at]).rowcount:
        raise NotPermitted("replayed", "这个请求已经收到过；每次请求请换一个随机数（nonce）。")
    _note_use(c, found, at)
    return found


def _timely(s: Signed, at: datetime) -> None:
    if not s.timestamp.isascii() or not s.timestamp.isdigit() or len(s.timestamp) > 12:
        raise NotPermitted("signature_time", "签名的时间戳应为 1970 年以来的秒数；请改正。")
    if abs(at.timestamp() - int(s.timestamp)) > CLOCKS_APART.total_seconds():
        raise NotPermitted("signature_time", "签名的时间与本平台相差超过五分钟；请校准时钟后重试。")
    if not NONCE[0] <= len(s.nonce) <= NONCE[1] or not s.nonce.isascii() or not s.nonce.isprintable():
        raise NotPermitted(
            "signature_nonce", f"随机数（nonce）应为 {NONCE[0]} 至 {NONCE[1]} 个字符；请改正。"
        )


def prune(c: psycopg.Connection[Any], at: datetime) -> None:
    """Forget nonces too old to be replayed, and answers too old to be asked for again."""
    c.execute(SQL["prune_nonces"], [at - 2 * CLOCKS_APART])
    c.execute(SQL["prune_answers"], [at - ANSWERS_KEPT])
