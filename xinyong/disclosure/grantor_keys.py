"""签名密钥: the public keys with which subjects sign their authorisations.

A key is registered by the subject itself on-line or by a window on paper, and ended by either; an end is a row of its
own. The same key never serves two subjects, and one that has ended never comes back, in whatever certificate.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg

from xinyong.disclosure import public_keys
from xinyong.disclosure.grantors import grantor_of, permitted
from xinyong.disclosure.public_keys import Key
from xinyong.foundation import audit, locks, named_sql
from xinyong.foundation.audit import Who
from xinyong.kernel import key_text
from xinyong.kernel.errors import NotPermitted, Refused

SQL = named_sql.load(Path(__file__).parent / "sql" / "signatures.sql")
LOCK, OF_KEYS = locks.GRANTOR_KEY, locks.GRANTOR_KEYS
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
    signature: bytes,
    evidence: str = "",
) -> GrantorKey:
    """The subject's public key or certificate, from itself or, with the paper's number, from a window.

    `signature`: by this key, under the text that `text_of` gives for the subject, of today or yesterday: who hasn't got
    the private key registers nothing. It serves once, since no key is registered twice.
    Whether the subject has used its second factor the page must ask. NotPermitted: another's subject, another role.
    Refused: as `public_keys.read`, `check_holder` and `check_valid`; not signed by it; registered before.
    """
    scheme, value = permitted(who, grantor, today, evidence)
    key = public_keys.read(given)
    named = public_keys.check_holder(key, scheme, value, today)
    public_keys.check_valid(key, now)
    proof = _possession(key, scheme, value, today, signature)
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
        audit.record(c, who, now, "grantor_key.register", str(added[0]), {**told, "possession": proof})
        audit.emit(c, now, "disclosure.grantor_key", {"key": added[0], "value": value})
    return one(c, added[0])


def text_of(scheme: str, value: str, day: date) -> bytes:
    """What is to be signed by a key that is registered for this subject on that day, or the day after."""
    return key_text.written(scheme, value, day)


def _possession(key: Key, scheme: str, value: str, today: date, given: bytes) -> dict[str, str]:
    """For the audit trail: which text it was, and the signature. Refused: not signed by this key."""
    signature = public_keys.bare(given, AGAIN)
    for day in (today, today - timedelta(1)):
        text = text_of(scheme, value, day)
        if found := public_keys.signed_by(key, text, signature):
            return {"day": f"{day}", "text_sha256": sha256(text).hexdigest(), "signature": _text(found)}
    raise Refused(
        "key_unproved",
        f"签名核验不通过：不是要登记的这把密钥对今天的登记书作的，不能证明私钥在本主体手里。{AGAIN}",
    )


AGAIN = "请重新下载登记书文本，不要打开另存，用要登记的密钥签名后，连同公钥或者证书一起交。"


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
) -> list[GrantorKey]:
    """No signature is taken from this key any more; what it has signed stays. By the subject, or a window on paper.

    The same pair in other certificates ends with it. Returns what ended, the key that was named first.
    NotPermitted: another's, or none. Refused: no reason, ended before.
    """
    with c.transaction():
        found = _mine(c, who, today, number, evidence)
        if not reason.strip() or len(reason) > LONGEST_REASON:
            raise Refused("no_reason", f"请写明停用的原因（不超过 {LONGEST_REASON} 字）。")
        c.execute("SELECT pg_advisory_xact_lock(%s, 0)", [OF_KEYS])  # nobody registers its pair meanwhile
        rest = same_pair(of_grantor(c, found.scheme, found.value), found)
        for key in sorted((found, *rest), key=lambda k: k.id):
            lock(c, key.id)
        if ended_at(c, found.id):
            raise Refused("key_ended_before", "这把密钥已经停用，无须再办。")
        for key in (found, *rest):
            _end(c, who, now, key, reason.strip(), evidence.strip())
    return [one(c, k.id) for k in (found, *rest)]


def same_pair(keys: Sequence[GrantorKey], key: GrantorKey) -> list[GrantorKey]:
    """Of these, the others in use with the same public key: older or renewed certificates, or the bare key."""
    return [k for k in keys if k.id != key.id and k.key.public == key.key.public and not k.ended_at]


def _end(
    c: psycopg.Connection[Any], who: Who, now: datetime, key: GrantorKey, reason: str, evidence: str
) -> None:
    row = {"id": key.id, "proof": _proof(who), "evidence": evidence, "reason": reason, "at": now,
           "by": who.name, "role": who.role, "origin": who.origin}  # fmt: skip
    c.execute(SQL["key_end"], row)
    told = {"fingerprint": key.fingerprint, "reason": reason, "evidence": evidence}
    audit.record(c, who, now, "grantor_key.end", str(key.id), told)
    audit.emit(c, now, "disclosure.grantor_key_ended", {"key": key.id, "value": key.value})


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


def pair_ended(c: psycopg.Connection[Any], number: int) -> datetime | None:
    """As `ended_at`, of the same public key in any certificate: what was lost serves in none."""
    row = c.execute(SQL["pair_ended"], {"id": number}).fetchone()
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
    "same_pair", "text_of",
]  # fmt: skip
