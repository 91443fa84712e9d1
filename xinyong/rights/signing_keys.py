"""签名密钥的登记与停用, with the subject told in the same transaction: what guards it against a key in its name."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.disclosure import grantor_keys
from xinyong.disclosure.grantor_keys import GrantorKey
from xinyong.disclosure.grantors import grantor_of
from xinyong.foundation import named_sql
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused
from xinyong.rights.notices.actions import Recipient, notify

SQL = named_sql.load(Path(__file__).parent / "sql" / "signing_keys.sql")
OWN, WINDOW = "own.signing", "signing.enter"
LONGEST_PAPER = 60
SHORTEST = 16  # hex digits of a fingerprint by which a window names a key
BY_ITSELF, AT_WINDOW = "用本主体的账号", "政务大厅窗口凭您的书面材料"
Connection = psycopg.Connection  # type: ignore[type-arg]


def register(
    c: Connection, who: Who, now: datetime, today: date, code: str, given: bytes, signature: bytes, paper: str,
    book: Rulebook,
) -> GrantorKey:  # fmt: skip
    """By the subject of the account, or by a window that names the paper. Errors as `grantor_keys.register`."""
    permissions.require(book.permissions, who, _action(who))
    with c.transaction():
        made = grantor_keys.register(c, who, now, today, code, given, signature, _paper(paper))
        values = {"way": _way(who), "algorithm": made.key.algorithm, "fingerprint": made.fingerprint}
        _tell(c, now, made, "SIGNING_KEY_REGISTERED", values)
    return made


def end(
    c: Connection, who: Who, now: datetime, today: date, number: int, reason: str, paper: str, book: Rulebook
) -> list[GrantorKey]:
    """By the subject, or by a window that names the paper; told of each that ended. As `grantor_keys.end`."""
    permissions.require(book.permissions, who, _action(who))
    with c.transaction():
        ended = grantor_keys.end(c, who, now, today, number, reason, _paper(paper))
        for key in ended:
            values = {"way": _way(who), "fingerprint": key.fingerprint, "reason": key.reason}
            _tell(c, now, key, "SIGNING_KEY_ENDED", values)
    return ended


def end_named(
    c: Connection,
    who: Who,
    now: datetime,
    today: date,
    code: str,
    fingerprint: str,
    reason: str,
    paper: str,
    book: Rulebook,
) -> list[GrantorKey]:
    """At a window the key is named by its subject and the beginning of its fingerprint. Refused: none such."""
    permissions.require(book.permissions, who, WINDOW)
    plain = "".join(fingerprint.split()).replace(":", "")
    found = grantor_keys.of_grantor(c, *grantor_of(code, today))
    key = grantor_keys.by_fingerprint(found, plain) if len(plain) >= SHORTEST else None
    if key is None:
        raise Refused(
            "key_unnamed",
            f"该主体没有指纹以此开头的签名密钥；请核对代码，指纹至少写前 {SHORTEST} 位。",
        )
    return end(c, who, now, today, key.id, reason, paper, book)


def _action(who: Who) -> str:
    return OWN if who.role == "subject" else WINDOW


def _way(who: Who) -> str:
    return BY_ITSELF if who.role == "subject" else AT_WINDOW


def _paper(paper: str) -> str:
    paper = " ".join(paper.split())
    if len(paper) > LONGEST_PAPER:
        raise Refused("paper_long", f"书面材料的编号不超过 {LONGEST_PAPER} 字；请写短一些。")
    return paper


def _tell(c: Connection, now: datetime, key: GrantorKey, template: str, values: dict[str, str]) -> None:
    notify(c, now, template, Recipient("subject", key.value), values, f"signing_key:{key.id}:{template}")


__all__ = ["LONGEST_PAPER", "OWN", "SHORTEST", "SQL", "WINDOW", "end", "end_named", "register"]
