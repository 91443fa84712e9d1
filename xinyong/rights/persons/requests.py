"""自然人的请求: a copy of all that is kept about oneself, and deletion (个人信息保护法第四十四条至第四十七条).

A natural person has no account here, so it is known by its document: at the window, where the clerk answers for having
seen it, or by an account bound to its number where the platform has one. Kept is the keyed hash of the number, never
the number. Correction goes the way of objections. A deletion is decided by a person with reasons; what was granted is
carried out by a job that can be killed and run again, and every record deleted leaves an `erased` leaf. Reasons and
which documents were seen are kept sealed, and in no trail.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.collection import erasure
from xinyong.disclosure import identity, ids, queries
from xinyong.disclosure.authorisations import PERSON, grantor_of
from xinyong.disclosure.queries import Question
from xinyong.foundation import audit, database, erasures, locks, named_sql
from xinyong.foundation.apart import apart
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.rights import casework
from xinyong.rights.limits import working_days
from xinyong.rights.persons.disposal import refuse_failures

SQL = named_sql.load(Path(__file__).parent / "sql" / "persons.sql")
LOCK = locks.PERSON_REQUESTS
KINDS = {"copy": "查阅、复制", "deletion": "删除"}
GROUNDS = {
    "purpose": ("第四十七条第一款第一项", "处理目的已实现、无法实现或者不再必要"),
    "ended": ("第四十七条第一款第二项", "停止提供产品或者服务，或者保存期限已届满"),
    "consent": ("第四十七条第一款第三项", "撤回同意"),
    "unlawful": ("第四十七条第一款第四项", "违反法律、行政法规或者约定处理个人信息"),
    "other": ("第四十七条第一款第五项", "法律、行政法规规定的其他情形"),
}
MOST_TEXT, MOST_RECORDS = 500, 200
MOST_CLOSED = 500  # finished ones on a list; of open ones none is ever left out
RULE = "PERSON_REQUEST"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. `records`: public numbers. `evidence`: at the window, which document was seen."""

    kind: str
    code: str
    evidence: str = ""
    ground: str = ""
    reason: str = ""
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    id: int
    number: str
    at: datetime
    kind: str
    value: str
    subject: int | None
    channel: str
    evidence: str
    ground: str
    reason: str
    records: tuple[str, ...]
    due: date
    provisional: bool
    actor: str
    decision: str | None
    decided_at: datetime | None
    decided_by: str | None
    said: str | None
    basis: str | None
    done_at: datetime | None

    @property
    def waiting(self) -> bool:
        """Nobody has decided on it, or handed over the copy."""
        return self.decision is None and self.done_at is None

    @property
    def open(self) -> bool:
        """As long as what was granted is not carried out, too."""
        return self.done_at is None and self.decision != "refused"

    def state(self, today: date) -> str:
        if self.decision == "refused":
            return "不予删除"
        if self.done_at:
            return "已提供" if self.kind == "copy" else "已删除"
        if self.decision == "granted":
            return "同意删除，正在执行"
        if today > self.due:
            return "办理超期"
        return "待提供" if self.kind == "copy" else "待决定"


def ask(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, wish: Wish, book: Rulebook
) -> Request:
    """A person asks, itself or at the window.

    A copy that was asked for and could not be made is asked for again under its own number. NotPermitted: another's
    data, another role. Refused: no natural person, no document seen, no ground, records that are not this person's.
    """
    value = _whose(who, wish, today, book)
    evidence, reason = wish.evidence.strip(), wish.reason.strip()
    if wish.kind not in KINDS or len(evidence) > MOST_TEXT or len(reason) > MOST_TEXT:
        raise Refused("bad_request", f"请求的种类不认识，或者文字超过 {MOST_TEXT} 字；请核对后重试。")
    found = identity.by_code(c, wish.code, None).subject
    records = _records(c, who, now, today, wish, book)
    limit = working_days(book, RULE, today)
    values = {
        "number": uuid.uuid4(), "at": now, "kind": wish.kind, "value": value,
        "subject": found.id if found else None, "channel": "online" if who.role == "subject" else "counter",
        "evidence": casework.sealed(evidence), "ground": wish.ground, "reason": casework.sealed(reason),
        "records": records, "due": limit.date, "provisional": limit.provisional, "actor": who.name, "role": who.role,
    }  # fmt: skip
    with c.transaction():
        if again := _copy_again(c, who, now, wish, value):
            return again
        c.execute(SQL["request"], values)
        told = {"kind": wish.kind, "ground": wish.ground, "records": records}
        audit.record(c, who, now, f"person.{wish.kind}", str(values["number"]), told)
        audit.emit(c, now, "rights.person_asked", {"number": str(values["number"]), "kind": wish.kind})
    return one(c, str(values["number"]))


def _copy_again(
    c: psycopg.Connection[Any], who: Who, now: datetime, wish: Wish, value: str
) -> Request | None:
    """The oldest copy that this person was not handed yet; its day does not begin anew."""
    if wish.kind != "copy":
        return None
    c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    found = [r for r in _by_due(_found(c, value=value, open=True)) if r.kind == "copy"]
    if not found:
        return None
    audit.record(c, who, now, "person.copy_again", found[0].number, {"kind": wish.kind})
    return found[0]


def _whose(who: Who, wish: Wish, today: date, book: Rulebook) -> str:
    scheme, value = grantor_of(wish.code, today)
    if scheme != PERSON:
        raise Refused("not_natural", "查阅、复制、删除个人信息只适用于自然人；单位的信息有误的，请提出异议。")
    if who.role == "subject":
        if not who.provider or grantor_of(who.provider, today) != (scheme, value):
            raise NotPermitted("not_yours", "只能就本人的个人信息提出请求；请用本人的账号办理。")
        return value
    permissions.require(book.permissions, who, "person.enter")
    if not wish.evidence.strip():
        raise Refused("no_evidence", "窗口代办要写明核对了本人的什么证件；请补填后重试。")
    return value


def _records(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, wish: Wish, book: Rulebook
) -> list[str]:
    """Internal ids of the records named; looked up as whoever asks, so the look is logged. A copy names none."""
    if wish.kind != "deletion":
        return []
    if wish.ground not in GROUNDS or not wish.reason.strip():
        raise Refused("no_ground_named", "请求删除要选择法定情形并说明理由；请补填后重试。")
    wanted = dict.fromkeys(wish.records)
    if not 0 < len(wanted) <= MOST_RECORDS:
        raise Refused("no_records", f"请选择要删除的信息（一次 1 至 {MOST_RECORDS} 条）。")
    acting = Who(who.name, who.role, who.provider, who.origin, who.purpose or "办理本人的删除请求")
    theirs: dict[str, str] = {}
    if identity.by_code(c, wish.code, None).subject is not None:
        answer = queries.archive(c, wish.code, Question(acting, now, today), book)
        theirs = {r["public_id"]: r["record"] for r in answer.records}
    if set(wanted) - set(theirs):
        raise Refused("not_theirs", "所选信息中有的不在本人名下，或者已经不在；请刷新后重新选择。")
    return [theirs[public] for public in wanted]


def decide(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    number: str,
    granted: bool,
    reasons: str,
    basis: str,
    book: Rulebook,
) -> Request:
    """A person of the centre decides on a deletion; who entered the request does not.

    NotPermitted: role, own request. Refused: unknown, decided, no reasons, no basis.
    """
    permissions.require(book.permissions, who, "person.decide")
    if not reasons.strip() or not basis.strip() or len(reasons) > MOST_TEXT:
        raise Refused("no_reason", f"决定要写明理由和依据（不超过 {MOST_TEXT} 字）；请填写后重试。")
    with c.transaction():
        c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        found = one(c, number)
        if who.name == found.actor:
            raise NotPermitted("four_eyes", "录入请求的人不能自己决定；请由另一名工作人员办理。")
        if found.kind != "deletion" or found.decision:
            raise Refused("request_decided", "这项请求已经办结，或者不需要决定；请刷新后核对。")
        _step(c, who, now, found, "granted" if granted else "refused", reasons.strip(), basis.strip())
    return one(c, number)


def hand_over(c: psycopg.Connection[Any], who: Who, now: datetime, number: str, digest: str) -> None:
    """Note that a copy was given out, by the digest of its bytes. Refused: unknown. A second copy notes nothing more."""
    with c.transaction():
        c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        found = one(c, number)
        if found.kind == "copy" and found.done_at is None:
            _step(c, who, now, found, "handed", digest, "")


def carry_out(who: Who, now: datetime, book: Rulebook) -> int:
    """Delete what was granted; how many requests were finished. Idempotent: a killed run is done again.

    Fault, at the end: some records could not be deleted; their requests stay open, all others are finished.
    """
    failed: dict[str, str] = {}
    finished = 0
    with database.connect_app(autocommit=True) as c:
        waiting = [one(c, number) for (number,) in c.execute(SQL["granted"]).fetchall()]
        for found in waiting:
            article, _ = GROUNDS[found.ground]
            if left := _deleted(found, article, who, now, book):
                failed |= left
                continue
            with c.transaction():
                _step(c, who, now, found, "done", f"删除 {len(found.records)} 条", article)
            finished += 1
    refuse_failures(failed)
    return finished


def _deleted(found: Request, article: str, who: Who, now: datetime, book: Rulebook) -> dict[str, str]:
    """Every record of a request, each for itself; those that failed, and why."""
    ground = erasures.Ground(f"请求 {found.number}", "PIPL", article)
    failed: dict[str, str] = {}
    for record in found.records:
        with apart(failed, record):
            erasure.erase_record(record, ground, who, now, book)
    return failed


def _step(
    c: psycopg.Connection[Any], who: Who, now: datetime, found: Request, kind: str, text: str, basis: str
) -> None:
    values = {"request": found.id, "kind": kind, "at": now, "actor": who.name, "role": who.role, "text": text}
    c.execute(SQL["request_step"], {**values, "basis": basis})
    audit.record(c, who, now, f"person.{kind}", found.number, {"text": text, "basis": basis})
    audit.emit(c, now, f"rights.person_{kind}", {"number": found.number})


def one(c: psycopg.Connection[Any], number: str) -> Request:
    """Refused: there is none."""
    try:
        wanted = uuid.UUID(number.strip())
    except ValueError:
        wanted = uuid.UUID(int=0)
    found = _found(c, number=wanted)
    if not found:
        raise Refused("no_request", "没有这个编号的请求；请从列表中选取。")
    return found[0]


def of_person(c: psycopg.Connection[Any], who: Who, today: date) -> list[Request]:
    """A subject's own, newest first; an organisation has none."""
    scheme, value = grantor_of(who.provider, today)
    return _found(c, value=value) if scheme == PERSON else []


def of_value(c: psycopg.Connection[Any], value: str) -> list[Request]:
    """Of a person the caller has made sure of, by the hash of its number."""
    return _found(c, value=value)


def listed(c: psycopg.Connection[Any]) -> list[Request]:
    """For those who may read them: every open one, the next due first; then the newest MOST_CLOSED of the others."""
    return _by_due(_found(c, open=True)) + _found(c, open=False, limit=MOST_CLOSED)


def waiting(c: psycopg.Connection[Any]) -> list[Request]:
    """Every one that nobody has answered, the next due first."""
    return [r for r in _by_due(_found(c, open=True)) if r.waiting]


def _by_due(found: list[Request]) -> list[Request]:
    return sorted(found, key=lambda r: (r.due, r.id))


def public_ids(found: Request) -> Sequence[str]:
    return [ids.public_id(record) for record in found.records]


def _found(c: psycopg.Connection[Any], **asked: Any) -> list[Request]:
    values = {"number": None, "value": None, "open": None, "limit": None, **asked}
    rows = c.execute(SQL["requests"], values).fetchall()
    return [_request(*row) for row in rows]


def _request(number: int, public: uuid.UUID, *row: Any) -> Request:
    *head, evidence, ground, reason, records = row[:9]
    said = casework.unsealed(evidence), ground, casework.unsealed(reason)
    return Request(number, str(public), *head, *said, tuple(records), *row[9:])


__all__ = [
    "GROUNDS", "KINDS", "Request", "Wish", "ask", "carry_out", "decide", "hand_over", "listed", "of_person", "of_value",
    "one", "public_ids", "waiting",
]  # fmt: skip
