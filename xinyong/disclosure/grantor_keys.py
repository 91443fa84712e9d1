"""签名密钥: the public keys with which subjects sign their authorisations.

A key is registered by the subject itself on-line or by a window on paper, and ended by either; an end is a row of its
own. The same key never serves two subjects, and one that has ended never comes back.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.disclosure import public_keys
from xinyong.disclosure.grantors import grantor_of, permitted
from xinyong.disclosure.public_keys import Key
from xinyong.foundation import audit, named_sql
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused

SQL = named_sql.load(Path(__file__).parent / "sql" / "signatures.sql")
LOCK, OF_KEYS = 7_221, 7_222
LOGIN, PAPER = "login", "paper"
PROOFS = {LOGIN: "本人登录并用第二道验证", PAPER: "窗口核对书面材料"}
LONGEST_REASON = 200
MOST = 20  # keys in use of one subject: each signature is tried with all of them


@dataclass(frozen=True, slots=True)
class GrantorKey:
    """`named`: the certificate bears the subject's unified code. `signed`: authorisations it has signed."""

    id: int
    scheme: str
    value: str
    key: Key
    named: bool
    proof: str
    evidence: str
    at: datetime
    by: str
    ended_at: datetime | None
    reason: str
    signed: int

    @property
    def fingerprint(self) -> str:
        return self.key.fingerprint

    @property
    def grouped(self) -> str:
        """The fingerprint as people compare it, by fours."""
        return " ".join(self.fingerprint[at : at + 4] for at in range(0, len(self.fingerprint), 4))

    def state(self, now: datetime) -> str:
        if self.ended_at:
            return "已停用"
        valid = self.key.valid
        return "证书不在有效期" if valid and not valid[0] <= now <= valid[1] else "可用"


def register(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    today: date,
    grantor: str,
    given: bytes,
    evidence: str = "",
) -> GrantorKey:
    """The subject's public key or certificate, from itself or, with the paper's number, from a window.

    Whether the subject has used its second factor the page must ask. NotPermitted: another's subject, another role.
    Refused: as `public_keys.read`, `check_holder` and `check_valid`; registered before.
    """
    scheme, value = permitted(who, grantor, today, evidence)
    key = public_keys.read(given)
    named = public_keys.check_holder(key, scheme, value, today)
    public_keys.check_valid(key, now)
    row = {
        "scheme": scheme, "value": value, "algorithm": key.algorithm, "public": _text(key.public),
        "certificate": _text(key.certificate), "fingerprint": key.fingerprint, "named": named,
        "proof": _proof(who), "evidence": evidence.strip(), "at": now, "by": who.name, "role": who.role,
        "origin": who.origin,
    }  # fmt: skip
    with c.transaction():
        c.execute("SELECT pg_advisory_xact_lock(%s, 0)", [OF_KEYS])
        _unknown(c, row)
        if sum(k.ended_at is None for k in of_grantor(c, scheme, value)) >= MOST:
            raise Refused("keys_many", f"本主体在用的签名密钥已有 {MOST} 把；请先停用不用的，再登记新的。")
        added = c.execute(SQL["key_add"], row).fetchone()
        assert added is not None
        told = {k: row[k] for k in ("algorithm", "fingerprint", "named", "proof", "evidence")}
        audit.record(c, who, now, "grantor_key.register", str(added[0]), told)
        audit.emit(c, now, "disclosure.grantor_key", {"key": added[0], "value": value})
    return one(c, added[0])


def _proof(who: Who) -> str:
    return LOGIN if who.role == "subject" else PAPER


def _unknown(c: psycopg.Connection[Any], row: dict[str, Any]) -> None:
    """A renewed certificate with the same key is another certificate; the key must not have ended."""
    for scheme, value, fingerprint, ended in c.execute(SQL["key_same"], row).fetchall():
        if (scheme, value) != (row["scheme"], row["value"]):
            raise Refused(
                "key_others", "这把密钥已经由别的主体登记，不能两家共用；请另外生成一对密钥，登记自己的公钥。"
            )
        if ended:
            raise Refused("key_ended", "这把密钥已经停用，不能再登记；请生成一对新的密钥，登记新的公钥。")
        if fingerprint == row["fingerprint"]:
            raise Refused("key_known", "这把密钥已经登记，可以直接用来签名，不用再登记。")


def end(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    today: date,
    number: int,
    reason: str,
    evidence: str = "",
) -> GrantorKey:
    """No signature is taken from this key any more; what it has signed stays. By the subject, or a window on paper.

    NotPermitted: another's, or none. Refused: no reason, ended before.
    """
    with c.transaction():
        found = _mine(c, who, today, number, evidence)
        if not reason.strip() or len(reason) > LONGEST_REASON:
            raise Refused("no_reason", f"请写明停用的原因（不超过 {LONGEST_REASON} 字）。")
        lock(c, found.id)
        if ended_at(c, found.id):
            raise Refused("key_ended_before", "这把密钥已经停用，无须再办。")
        row = {"id": found.id, "proof": _proof(who), "evidence": evidence.strip(), "reason": reason.strip(), "at": now,
               "by": who.name, "role": who.role, "origin": who.origin}  # fmt: skip
        c.execute(SQL["key_end"], row)
        told = {"fingerprint": found.fingerprint, "reason": row["reason"], "evidence": row["evidence"]}
        audit.record(c, who, now, "grantor_key.end", str(found.id), told)
        audit.emit(c, now, "disclosure.grantor_key_ended", {"key": found.id, "value": found.value})
    return one(c, number)


def _mine(c: psycopg.Connection[Any], who: Who, today: date, number: int, evidence: str) -> GrantorKey:
    """The key, for its subject or a window; another subject's and none look the same."""
    found = find(c, number)
    if found is None or (
        who.role == "subject"
        and (not who.provider or grantor_of(who.provider, today) != (found.scheme, found.value))
    ):
        raise NotPermitted("key_unknown", "没有这把签名密钥，或者不是本主体登记的；请从列表重新打开。")
    if who.role != "subject":
        permitted(who, found.value, today, evidence)
    return found


def lock(c: psycopg.Connection[Any], number: int) -> None:
    """Of an end and a signature one is first, and the other sees it."""
    c.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, number])


def ended_at(c: psycopg.Connection[Any], number: int) -> datetime | None:
    row = c.execute(SQL["key_ended"], {"id": number}).fetchone()
    return row[0] if row else None


def of_grantor(c: psycopg.Connection[Any], scheme: str, value: str) -> list[GrantorKey]:
    """Newest first, those that have ended among them."""
    return [_key(r) for r in c.execute(SQL["keys"], {"scheme": scheme, "value": value}).fetchall()]


def by_fingerprint(found: Sequence[GrantorKey], beginning: str) -> GrantorKey | None:
    """The one whose fingerprint begins so; None: none, or several."""
    plain = "".join(beginning.split()).replace(":", "").lower()
    hits = [k for k in found if plain and k.fingerprint.startswith(plain)]
    return hits[0] if len(hits) == 1 else None


def find(c: psycopg.Connection[Any], number: int) -> GrantorKey | None:
    row = c.execute(SQL["key_one"], {"id": number}).fetchone()
    return _key(row) if row else None


def one(c: psycopg.Connection[Any], number: int) -> GrantorKey:
    found = find(c, number)
    assert found is not None
    return found


def _key(r: Sequence[Any]) -> GrantorKey:
    key = Key(r[3], base64.b64decode(r[4]), base64.b64decode(r[5]))
    return GrantorKey(r[0], r[1], r[2], key, *r[7:])


def _text(raw: bytes) -> str:
    """Binary columns come out differently by a setting of the session; a leaf must not."""
    return base64.b64encode(raw).decode()


__all__ = [
    "LOGIN", "PAPER", "PROOFS", "GrantorKey", "by_fingerprint", "end", "find", "of_grantor", "one", "register",
]  # fmt: skip
