"""质疑一次查看: a subject holds a look at its archive to be wrong, and is told, with reasons, whether it was.

Who answers: the credit centre runs the platform and hears the unit that looked, so it answers — but nobody judges its
own look. Looks of the centre itself (and those the platform made) are answered by the audit administrator, who keeps
the look log and has no part in the work; and whoever looked never answers, whatever the role. What turns out unlawful
is recorded as a finding, and stays. What the subject writes is kept sealed, and in no trail.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.disclosure import looks
from xinyong.disclosure.looks import Seen
from xinyong.foundation import audit, locks, named_sql
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.rights import casework
from xinyong.rights.limits import working_days

SQL = named_sql.load(Path(__file__).parent / "sql" / "persons.sql")
LOCK = locks.LOOK_CHALLENGES
PLATFORM = ("center", "center_reviewer", "system")  # the platform looks by itself as the centre or as itself
OFFICE, AUDIT = "center", "audit"
ANSWERS = {OFFICE: "challenge.answer", AUDIT: "challenge.answer_centre"}
FINDINGS = {"lawful": "查看有依据", "unlawful": "查看没有依据，已认定为违规查看"}
MOST_TEXT = 500
MOST_CLOSED = 500  # answered ones on a list; of open ones none is ever left out
RULE, EXPLAIN_RULE = "LOOK_CHALLENGE", "LOOK_EXPLAIN"


@dataclass(frozen=True, slots=True)
class Challenge:
    """`actor`: the account that looked, for telling apart who may answer; never shown to the subject."""

    id: int
    number: str
    look: int
    subject: int
    public_id: str
    at: datetime
    reason: str
    unit: str
    handler: str
    explain_due: date
    due: date
    provisional: bool
    looked_at: datetime
    actor: str
    role: str
    what: str
    records: int
    purpose: str
    ground: str
    duty: str
    explained_at: datetime | None
    explanation: str | None
    answered_at: datetime | None
    answer: str | None
    basis: str | None
    finding: str

    @property
    def open(self) -> bool:
        return self.answered_at is None

    def state(self, today: date) -> str:
        if not self.open:
            return FINDINGS[self.finding]
        if today > self.due:
            return "答复超期"
        if self.explained_at:
            return "待答复"
        return "单位说明超期" if today > self.explain_due else "待查看单位说明"


def challenge(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    today: date,
    reference: str,
    reason: str,
    book: Rulebook,
) -> Challenge:
    """The subject challenges one look, once. `reference` as `looks.Seen.reference`.

    NotPermitted: not a subject. Refused: no such look at its own archive, its own look, no reason, challenged before.
    """
    permissions.require(book.permissions, who, "own.looks")
    seen = looks.look_of(c, who, reference, today)
    if seen is None:
        raise Refused("no_look", "没有这次查看，或者不是对本主体的查看；请从“谁看过我”重新打开。")
    if seen.own:
        raise Refused(
            "own_look", "这次是本主体自己的查看，无须质疑；不是本人操作的，请先修改密码并联系信用中心。"
        )
    text = _text(reason, "质疑要写明理由")
    answer, explain = working_days(book, RULE, today), working_days(book, EXPLAIN_RULE, today)
    values = {
        "number": uuid.uuid4(), "look": seen.id, "at": now, "actor": who.name,
        "reason": casework.sealed(text), "unit": seen.unit,
        "handler": handler(seen), "explain_due": explain.date, "due": answer.date, "provisional": answer.provisional,
    }  # fmt: skip
    with c.transaction():
        if not c.execute(SQL["challenge"], values).rowcount:
            raise Refused("challenged_before", "这次查看已经质疑过；进展和答复在“谁看过我”里。")
        told = {"look": seen.id, "unit": seen.unit, "due": answer.date.isoformat()}
        audit.record(c, who, now, "challenge.open", str(values["number"]), told)
        audit.emit(c, now, "rights.look_challenged", {"number": str(values["number"]), "unit": seen.unit})
    return one(c, str(values["number"]))


def handler(seen: Seen) -> str:
    """Who answers: see the module."""
    return AUDIT if seen.role in PLATFORM else OFFICE


def _text(text: str, lacking: str) -> str:
    plain = text.strip()
    if not plain or len(plain) > MOST_TEXT:
        raise Refused("no_reason", f"{lacking}（不超过 {MOST_TEXT} 字）；请填写后重试。")
    return plain


def explain(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    number: str,
    text: str,
    book: Rulebook,
    letter: str = "",
) -> Challenge:
    """The unit says why it looked; the centre enters what a unit without an account here wrote (`letter`).

    NotPermitted: another unit's. Refused: unknown, answered or explained before, no words.
    """
    with c.transaction():
        found = _locked(c, number)
        _may_explain(who, found, book, letter)
        if not found.open or found.explained_at:
            raise Refused("explained_before", "这项质疑已经说明或者已经答复；请刷新后核对。")
        _step(c, who, now, found, "explained", _text(text, "说明要写明查看的事由和依据"), letter.strip())
    return one(c, number)


def _may_explain(who: Who, found: Challenge, book: Rulebook, letter: str) -> None:
    if found.handler == AUDIT:
        permissions.require(book.permissions, who, "challenge.explain_own")
        return
    mine = bool(found.unit) and who.provider == found.unit
    if mine and permissions.may(book.permissions, who.role, "challenge.explain"):
        return
    permissions.require(book.permissions, who, "challenge.handle")
    if not letter.strip():
        raise Refused("no_letter", "代录单位的说明要写明其函件的文号；请补填后重试。")


def answer(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    today: date,
    number: str,
    finding: str,
    reasons: str,
    basis: str,
    book: Rulebook,
) -> Challenge:
    """Tell the subject, with reasons, whether the look was lawful. What was not is recorded as a finding.

    NotPermitted: role, one's own look. Refused: unknown, answered before, the unit not heard, no reasons or basis.
    """
    with c.transaction():
        found = _locked(c, number)
        permissions.require(book.permissions, who, ANSWERS[found.handler])
        if who.name == found.actor:
            raise NotPermitted("own_look", "不能答复对本人查看的质疑；请由另一名工作人员办理。")
        _answerable(found, today, finding, basis)
        text = _text(reasons, "答复要写明理由")
        _step(c, who, now, found, "answered", text, basis.strip(), finding)
        if finding == "unlawful":
            told = {"look": found.look, "unit": found.unit, "role": found.role, "reasons": text}
            audit.record(c, who, now, "look.unlawful", found.number, told)
            audit.emit(c, now, "rights.look_unlawful", {"number": found.number, "unit": found.unit})
    return one(c, number)


def _answerable(found: Challenge, today: date, finding: str, basis: str) -> None:
    if not found.open:
        raise Refused("answered_before", "这项质疑已经答复；请刷新后核对。")
    if finding not in FINDINGS:
        raise Refused("no_finding", "请选择查看有没有依据。")
    if not found.explained_at and today <= found.explain_due:
        raise Refused(
            "unit_not_heard",
            f"查看单位还没有说明，期限到 {found.explain_due}；请等其说明，或期满后再答复。",
        )
    if not basis.strip():
        raise Refused("no_basis", "答复要写明依据（条文、职责或授权）；请填写后重试。")


def _locked(c: psycopg.Connection[Any], number: str) -> Challenge:
    """Two deciders at once: the second reads what the first has done."""
    c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    return one(c, number)


def _step(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    found: Challenge,
    kind: str,
    text: str,
    basis: str,
    finding: str = "",
) -> None:
    values = {
        "challenge": found.id, "kind": kind, "at": now, "actor": who.name, "role": who.role,
        "provider": who.provider, "text": text, "basis": basis, "finding": finding,
    }  # fmt: skip
    c.execute(SQL["challenge_step"], values)
    told = {"text": text, "basis": basis, "finding": finding}
    audit.record(c, who, now, f"challenge.{kind}", found.number, told)
    audit.emit(c, now, f"rights.challenge_{kind}", {"number": found.number, "subject": found.public_id})


def one(c: psycopg.Connection[Any], number: str) -> Challenge:
    """Refused: there is none."""
    try:
        wanted = uuid.UUID(number.strip())
    except ValueError:
        wanted = uuid.UUID(int=0)
    found = _found(c, number=wanted)
    if not found:
        raise Refused("no_challenge", "没有这个编号的质疑；请从列表中选取。")
    return found[0]


def of_subject(c: psycopg.Connection[Any], who: Who) -> list[Challenge]:
    """The subject's own, newest first. NotPermitted: not a subject."""
    found = looks.mine(c, who)
    if found.subject is None:
        return []
    return _found(c, subjects=list(found.merged.members(found.subject.id)))


def of_subjects(c: psycopg.Connection[Any], subjects: Iterable[int]) -> list[Challenge]:
    """Of subjects the caller has made sure of."""
    return _found(c, subjects=list(subjects))


def for_staff(c: psycopg.Connection[Any], who: Who, book: Rulebook) -> list[Challenge]:
    """Those `who` has to do with: every open one, the next due first; then the newest MOST_CLOSED of the others."""
    theirs = _theirs(who, book)
    return [] if theirs is None else waiting(c, **theirs) + _found(c, open=False, limit=MOST_CLOSED, **theirs)


def seen_by(c: psycopg.Connection[Any], who: Who, number: str, book: Rulebook) -> Challenge | None:
    """One that `who` has to do with, listed or not; another unit's and none at all look the same."""
    theirs = _theirs(who, book)
    return next(iter(_found(c, number=uuid.UUID(number), **theirs)), None) if theirs is not None else None


def waiting(c: psycopg.Connection[Any], **theirs: Any) -> list[Challenge]:
    """Every open one, the next due first."""
    return sorted(_found(c, open=True, **theirs), key=lambda k: (k.due, k.id))


def _theirs(who: Who, book: Rulebook) -> dict[str, Any] | None:
    """The centre's and the auditor's are all, the audit administrator's the centre's looks, a unit's its own; None: none."""
    if permissions.may(book.permissions, who.role, "challenge.read"):
        return {}
    if permissions.may(book.permissions, who.role, ANSWERS[AUDIT]):
        return {"handler": AUDIT}
    permissions.require(book.permissions, who, "challenge.explain")
    return {"unit": who.provider, "handler": OFFICE} if who.provider else None


def _found(c: psycopg.Connection[Any], **asked: Any) -> list[Challenge]:
    values = dict.fromkeys(("number", "subjects", "unit", "handler", "open", "limit")) | asked
    rows = c.execute(SQL["challenges"], values).fetchall()
    return [Challenge(row[0], str(row[1]), *row[2:6], casework.unsealed(row[6]), *row[7:]) for row in rows]


__all__ = [
    "FINDINGS", "Challenge", "answer", "challenge", "explain", "for_staff", "handler", "of_subject", "of_subjects",
    "one", "seen_by", "waiting",
]  # fmt: skip
