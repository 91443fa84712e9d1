"""封存档案: where a record goes at the end of its retention, out of every answer; and which have reached that end.

Its versions leave `record_version` (id, dates and leaf stay there) and are kept encrypted, under a key of their own.
So no page, report, export or interface has to know of it: there is nothing left to show. Only `read` opens one, for a
named role, on a named legal ground, and the look is logged and shown to the subject as any look.

The owner's connection seals; the application's role has no right to change a version.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from xinyong.archive import publication
from xinyong.catalog import permissions, registry
from xinyong.catalog.book import Rulebook
from xinyong.catalog.loading import load_rulebook
from xinyong.catalog.model import Item, RetentionRule
from xinyong.disclosure import basis, identity, ids, listing_job, marks, publicity, records, showing
from xinyong.disclosure.asker import unit_of
from xinyong.disclosure.publicity import Stored
from xinyong.foundation import audit, erasures, home, keys, named_sql
from xinyong.foundation.apart import Failed, apart
from xinyong.foundation.audit import Who
from xinyong.kernel import canonical
from xinyong.kernel.errors import Fault, Refused
from xinyong.kernel.publicity import add_months

SQL = named_sql.load(Path(__file__).parent / "sql" / "sealed.sql")
FIRST = "0" * 32
PAGE = 500
PERSON = "person"
SALT = 16
MOST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Ending:
    """A record past its retention. `delete`: by its rule, or because it is a natural person's (个人信息保护法第四十七条)."""

    record: str
    item: str
    subject: int
    until: date
    rule: str
    instrument: str
    article: str
    delete: bool


@dataclass(frozen=True, slots=True)
class Sealed:
    """That something is sealed, without what it says."""

    record: str
    subject: int
    item: str
    at: datetime
    rule: str
    until: date
    instrument: str
    article: str

    @property
    def public_id(self) -> str:
        return ids.public_id(self.record)


@dataclass(frozen=True, slots=True)
class Ground:
    """Why somebody may open the sealed archive: an instrument of the rulebook, an article, the matter at hand."""

    instrument: str
    article: str
    matter: str


def ending(
    c: psycopg.Connection[Any], book: Rulebook, today: date, failed: Failed | None = None
) -> Iterator[Ending]:
    """Records whose last day of retention is before `today`, by item; read page by page, so rows may be disposed of meanwhile.

    `failed`: where records that can't be read are noted; None: the first of them is raised.
    """
    numbers = {code: number for number, code in registry.item_codes(c).items()}
    for code, versions in sorted(book.items.items()):
        rule = book.retention[versions[-1].retention]
        if code in numbers and rule.months is not None:
            yield from _of_item(c, book, versions[-1], rule, numbers[code], today, failed)


def still_ending(c: psycopg.Connection[Any], book: Rulebook, wanted: Ending, today: date) -> bool:
    """The same question again, for one record, in the transaction that disposes of it."""
    item = book.items[wanted.item][-1]
    number = next((n for n, code in registry.item_codes(c).items() if code == wanted.item), None)
    if number is None:
        return False
    asked = _asked(number, book.retention[item.retention], today) | {"record": wanted.record, "limit": 1}
    rows = c.execute(SQL["candidates"], asked).fetchall()
    return any(_ending(c, row, item, book, today) for row in rows)


def _of_item(
    c: psycopg.Connection[Any],
    book: Rulebook,
    item: Item,
    rule: RetentionRule,
    number: int,
    today: date,
    failed: Failed | None,
) -> Iterator[Ending]:
    asked = _asked(number, rule, today)
    while rows := c.execute(SQL["candidates"], asked).fetchall():
        for row in rows:
            with apart(failed, row[0]):
                if found := _ending(c, row, item, book, today):
                    yield found
        asked["after"] = rows[-1][0]


def _asked(number: int, rule: RetentionRule, today: date) -> dict[str, Any]:
    before = add_months(today, -(rule.months or 0))
    return {"item": number, "after": FIRST, "record": None, "before": before, "limit": PAGE}


def _ending(
    c: psycopg.Connection[Any], row: Sequence[Any], item: Item, book: Rulebook, today: date
) -> Ending | None:
    record, payload, decided, valid_to, subject, scheme, provider, received = row
    natural = scheme == PERSON
    stored = Stored(records.unpacked(c, payload), decided, valid_to, natural, provider, received)
    until = publicity.retained_until(item, stored, _ended(c, record, item, stored, book, today), book)
    if until is None or today <= until:
        return None
    rule = book.retention[item.retention]
    basis = ("PIPL", "第四十七条") if natural else (rule.basis.instrument, rule.basis.article)
    return Ending(record, item.code, subject, until, rule.id, *basis, natural or rule.at_end == "delete")


def _ended(
    c: psycopg.Connection[Any], record: str, item: Item, stored: Stored, book: Rulebook, today: date
) -> date | None:
    """The end of a list's term ends an entry, unless its duties are unmet."""
    term = publicity.list_term(item, stored, book, today)
    duties = marks.newest(marks.open_of(c, [record])[record], "duties") if term else None
    return publicity.ended(item, stored, None if duties and duties.value == "unmet" else term)


def seal(c: psycopg.Connection[Any], found: Ending, who: Who, now: datetime) -> int:
    """Move every version of the record into the sealed archive; how many. 0: nothing was left of it.

    As the owner, in the caller's transaction. Idempotent: after a crash either all of it happened or nothing.
    """
    basis.keep_withdrawal(c, found.record, who, now, load_rulebook(home.local_rulebook()))
    versions = c.execute(SQL["versions"], {"record": found.record}).fetchall()
    for seq, subject, item, salt, payload in versions:
        nonce = secrets.token_bytes(12)
        body = _aead().encrypt(nonce, bytes(salt) + payload.encode(), _bound(found.record, seq))
        told = {
            "record": found.record, "seq": seq, "at": now, "subject": subject, "item": item, "rule": found.rule,
            "until": found.until, "instrument": found.instrument, "article": found.article, "nonce": nonce,
            "body": body,
        }  # fmt: skip
        c.execute(SQL["keep"], told)
    if not versions:
        return 0
    leaves = sorted(leaf for (leaf,) in c.execute(SQL["forget"], {"record": found.record}).fetchall())
    listing_job.forget(c, [str(uuid.UUID(found.record))])
    register(c, now, who.name, found, leaves)
    _note(c, found, who, now, len(versions))
    return len(versions)


def keep_withdrawals(
    c: psycopg.Connection[Any], wanted: Iterable[str], who: Who, now: datetime, book: Rulebook
) -> int:
    """What `seal` keeps of a withdrawal, for those of these records that an older version sealed; how many.

    In the caller's transaction; idempotent. What no longer opens is passed over: the verification tells of it.
    """
    kept = 0
    for record, seq, code, nonce, body, leaf in c.execute(
        SQL["unsaid"], {"records": list(wanted)}
    ).fetchall():
        try:
            payload = _decrypted(record, seq, bytes(nonce), bytes(body), bytes(leaf))
        except Fault:
            continue
        if basis.says_withdrawn(c, code, payload, now.date(), book):
            basis.mark_withdrawal(c, record, who, now)
            kept += 1
    return kept


def register(
    c: psycopg.Connection[Any], at: datetime, actor: str, found: Ending | Sealed, leaves: list[str]
) -> None:
    """In the evidence log, so that whoever has a proof of it can tell sealing by rule from tampering."""
    ground = erasures.Ground(found.rule, found.instrument, found.article)
    detail = {"sealed": True, "item": found.item, "until": found.until.isoformat(), "leaves": leaves}
    erasures.register(c, at, actor, f"sealed:{found.record}", ground, detail)


def _note(c: psycopg.Connection[Any], found: Ending, who: Who, now: datetime, versions: int) -> None:
    detail = {
        "record": found.record, "item": found.item, "rule": found.rule, "until": found.until.isoformat(),
        "instrument": found.instrument, "article": found.article, "versions": versions,
    }  # fmt: skip
    audit.record(c, who, now, "record.sealed", found.record, detail)
    audit.emit(c, now, "record.sealed", {"record": found.record})


def _aead() -> AESGCM:
    return AESGCM(keys.derived("sealed-archive"))  # of the index key, which never rotates


def _bound(record: str, seq: int) -> bytes:
    return bytes.fromhex(record) + seq.to_bytes(2, "big")


def of_subjects(c: psycopg.Connection[Any], subjects: Iterable[int]) -> list[Sealed]:
    """What is sealed of these subjects, without what it says."""
    return [Sealed(*row) for row in c.execute(SQL["listed"], {"subjects": list(subjects)})]


def recent(c: psycopg.Connection[Any], limit: int = 500) -> list[Sealed]:
    """What was sealed last, without what it says."""
    return [Sealed(*row) for row in c.execute(SQL["recent"], {"limit": limit})]


def read(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    today: date,
    record: str,
    ground: Ground,
    book: Rulebook,
) -> list[dict[str, Any]]:
    """The sealed versions of a record, oldest first: {seq, item, fields}, personal numbers masked. The look is logged.

    NotPermitted: role. Refused: no legal ground, nothing sealed under this number.
    """
    permissions.require(book.permissions, who, "sealed.read")
    ground = _checked(ground, book)
    with c.transaction():
        found = c.execute(SQL["body"], {"record": _record(record)}).fetchall()
        if not found:
            raise Refused("not_sealed", "封存档案里没有这条记录；请从列表中选取。")
        _log(c, who, now, today, found[0][1], len(found), ground)
        told = {
            "record": record,
            "instrument": ground.instrument,
            "article": ground.article,
            "matter": ground.matter,
        }
        audit.record(c, who, now, "sealed.read", record, told)
    return [_opened(c, record, row, who, book) for row in found]


def _checked(ground: Ground, book: Rulebook) -> Ground:
    if ground.instrument not in book.instruments:
        raise Refused(
            "instrument_unknown", f"规则库中没有编号为“{ground.instrument}”的法律文件；请从列表中选取。"
        )
    article, matter = ground.article.strip()[:MOST_TEXT], ground.matter.strip()[:MOST_TEXT]
    if not article or not matter:
        raise Refused("no_legal_ground", "查阅封存档案要写明法律条款和所办事项；请补填后重试。")
    return Ground(ground.instrument, article, matter)


def _record(text: str) -> str:
    plain = text.strip().lower()
    return plain if len(plain) == 32 and set(plain) <= set("0123456789abcdef") else identity.NOBODY


def _log(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, subject: int, count: int, ground: Ground
) -> None:
    c.execute(
        identity.SQL["look"],
        {
            "commit": "on", "at": now, "actor": who.name, "role": who.role, "purpose": ground.matter,
            "ground": f"查阅封存档案：{ground.instrument}{ground.article}", "subject": subject, "what": "sealed",
            "as_of": today, "known_at": publication.last(c), "records": count, "duty": "", "authorisation": None,
            "provider": unit_of(who),
        },
    )  # fmt: skip


def _opened(
    c: psycopg.Connection[Any], record: str, row: Sequence[Any], who: Who, book: Rulebook
) -> dict[str, Any]:
    seq, _, code, nonce, body, natural, leaf = row
    payload = _decrypted(record, seq, bytes(nonce), bytes(body), bytes(leaf))
    item = book.items[code][-1]
    values = records.unpacked(c, payload)
    fields = {name: text for _, name, text, _ in showing.told(item, values, who.role, natural=natural)}
    return {"seq": seq, "item": item.name, "fields": fields}


def _decrypted(record: str, seq: int, nonce: bytes, body: bytes, leaf: bytes) -> str:
    """The row, held against the leaf that was entered when it first came."""
    try:
        whole = _aead().decrypt(nonce, body, _bound(record, seq))
        payload = whole[SALT:].decode()
        if canonical.leaf(whole[:SALT], payload) != leaf:
            raise InvalidTag
    except InvalidTag:
        raise Fault(
            "sealed_tampered", "封存档案与封存时不一致，或密钥与数据不配套；请从备份恢复并查明原因。"
        ) from None
    return payload


__all__ = [
    "Ending", "Ground", "Sealed", "ending", "keep_withdrawals", "of_subjects", "read", "recent", "seal", "still_ending",
]  # fmt: skip
