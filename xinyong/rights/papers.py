"""书面授权的登记: a subject authorised on paper, and the window enters it.

Nobody registers a grant in its own favour: an institution brings the subject, or its paper, to the window
(`disclosure.authorisations` takes paper from a window alone). What guards the subject against a forged paper is that
it is told at once, sees the authorisation among its own and can take it back.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.collection.door import after_months
from xinyong.disclosure import authorisations, looks
from xinyong.disclosure.authorisations import Authorisation, Terms
from xinyong.foundation import audit, named_sql, vault
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused
from xinyong.rights import casework, materials
from xinyong.rights.notices.actions import Recipient, notify

SQL = named_sql.load(Path(__file__).parent / "sql" / "papers.sql")
ACTION, RECEIVED, READ = "authorisation.register", "authorisation.received", "authorisation.read"
RETENTION = "AUTH_PAPER"
LONGEST_PAPER = 60  # shorter than a vault name, so that no number can stand for a scan
SCAN = re.compile(r"扫描件 (pdf|jpg|png) ([0-9a-f]{64})$")
Row = dict[str, Any]


def register(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    today: date,
    grantor: str,
    terms: Terms,
    paper: str,
    scan: bytes | None,
    book: Rulebook,
) -> Authorisation:
    """Enter an authorisation given on paper; the subject is told in the same transaction.

    `paper`: the paper's number, `scan`: its picture or PDF; one of them at least. NotPermitted: not a window.
    Refused: neither, a file of another type or size, and as `authorisations.grant`.
    """
    permissions.require(book.permissions, who, ACTION)
    paper = " ".join(paper.split())
    if not (paper or scan) or len(paper) > LONGEST_PAPER:
        raise Refused(
            "no_paper",
            f"登记线下授权要上传授权书的扫描件，或者写明授权书的编号（不超过 {LONGEST_PAPER} 字）。",
        )
    kind = type_of(scan) if scan is not None else ""
    with c.transaction():
        kept = _kept(c, now, terms.ends, scan, kind, book) if scan is not None else ""
        evidence = "；".join(part for part in (paper, kept) if part)
        made = authorisations.grant(c, who, now, today, grantor, replace(terms, evidence=evidence), book)
        _tell(c, now, today, made, book)
    return made


def type_of(scan: bytes) -> str:
    """Refused: empty, too large, or not what may be kept, told by the content."""
    if not 0 < len(scan) <= materials.LARGEST:
        raise Refused("paper_size", f"扫描件是空的或超过 {materials.LARGEST >> 20} MB；请压缩后重新选择。")
    if not (kind := materials.type_of(scan)):
        raise Refused(
            "paper_type", "扫描件的内容不是完整的 PDF、JPG 或 PNG（不看文件名，只看内容）；请另存后重新选择。"
        )
    return kind


def _kept(
    c: psycopg.Connection[Any], now: datetime, ends: date, scan: bytes, kind: str, book: Rulebook
) -> str:
    """Into the vault under a name of its own, until some time after the authorisation's last day."""
    stored = materials.into_vault(scan, sha256(scan).hexdigest(), uuid.uuid4().int)
    rule = book.retention[RETENTION]
    until = after_months(ends, rule.months)
    kept = {"name": stored.name, "key": stored.wrapped_key, "size": stored.size, "at": now, "until": until}
    c.execute(casework.SQL["keep"], {**kept, "rule": rule.id})
    return f"扫描件 {kind} {stored.name}"


def _tell(
    c: psycopg.Connection[Any], now: datetime, today: date, made: Authorisation, book: Rulebook
) -> None:
    items = {i.code: i.name for i in book.current_items(today)}
    values = {
        "recipient": named(c, [made.recipient], today, book)[made.recipient],
        "items": "、".join(items.get(code, code) for code in made.items),
        "purpose": made.purpose,
        "times": "只能用一次" if made.once else "有效期内可以多次使用",
        "begins": made.begins.isoformat(),
        "ends": made.ends.isoformat(),
    }
    to = Recipient("subject", made.value)
    notify(c, now, "AUTHORISATION_REGISTERED", to, values, f"authorisation:{made.number}")


def named(c: psycopg.Connection[Any], codes: list[str], today: date, book: Rulebook) -> Mapping[str, str]:
    """Unified code → the office of the rulebook, else the registered name, else the code; one look-up for all."""
    known = looks.called(c, set(codes), today)
    offices = {code: book.provider_by_code(code) for code in codes}
    return {code: p.name if (p := offices[code]) else known.get(code, code) for code in codes}


def one(c: psycopg.Connection[Any], who: Who, today: date, number: str, which: str) -> Row | None:
    """One of the list `which` (registered, received, every) of `who`'s institution; None: another's, or none at all."""
    asked = {"provider": who.provider, "today": today, "number": number}
    statement = f"SELECT * FROM ({SQL[which]}) mine WHERE number = %(number)s"
    with c.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, asked).fetchone()  # type: ignore[call-overload,no-any-return]


def scan_of(evidence: str) -> tuple[str, str] | None:
    """Type and vault name of the scan that the evidence names."""
    found = SCAN.search(evidence)
    return (found[1], found[2]) if found else None


def paper_of(evidence: str) -> str:
    """The evidence as a page says it."""
    return SCAN.sub("扫描件", evidence)


def read(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, number: str, book: Rulebook
) -> tuple[str, Iterator[bytes]]:
    """The scan's type and bytes, for the institution that registered it; that it was read is noted.

    NotPermitted: role. Refused: there is none, it is another's, its retention is over.
    """
    permissions.require(book.permissions, who, ACTION)
    row = one(c, who, today, number, "registered")
    found = scan_of(row["evidence"]) if row else None
    key = c.execute(casework.SQL["vault_key"], {"name": found[1]}).fetchone() if found else None
    if found is None or key is None:
        raise Refused("paper_gone", "没有这份扫描件，或者已到保存期限并删除；请返回核对。")
    audit.record(c, who, now, "authorisation.paper", number, {})
    return found[0], vault.read(found[1], bytes(key[0]))


__all__ = [
    "ACTION", "LONGEST_PAPER", "READ", "RECEIVED", "SQL", "named", "one", "paper_of", "read", "register", "scan_of",
    "type_of",
]  # fmt: skip
