"""合并与拆分由两人办理: one proposes with a reason, another approves; only then `subjects_actions` changes anything.

A merge is taken back by a split, a split by a merge: no record moves either way.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.collection import subjects_actions
from xinyong.foundation import audit, locks, named_sql
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused

SQL = named_sql.load(Path(__file__).parent / "sql" / "subject_proposals.sql")
LOCK = locks.SUBJECT_PROPOSALS
KINDS = {"merge": "合并", "split": "拆分", "apart": "确认为两个主体"}
OUTCOMES = {"waiting": "待批准", "approved": "已批准", "refused": "未批准", "withdrawn": "已收回"}
PROPOSE, APPROVE = "subject.merge", "subject.approve"
LONGEST = 500
Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Proposal:
    """`loser` and `winner`: public ids; without a winner it is a split."""

    id: int
    at: datetime
    by: str
    kind: str
    loser: str
    winner: str | None
    reason: str
    loser_code: str
    winner_code: str
    loser_name: str
    winner_name: str
    outcome: str
    ended: datetime | None
    ended_by: str
    note: str

    @property
    def open(self) -> bool:
        return self.outcome == "waiting"


def propose(
    c: Connection, who: Who, now: datetime, book: Rulebook, kind: str, loser: str, winner: str | None, reason: str
) -> int:  # fmt: skip
    """Its number. NotPermitted. Refused: no reason, unknown or equal subjects, one waits about this subject already."""
    permissions.require(book.permissions, who, PROPOSE)
    reason = _said(reason, f"{KINDS[kind]}要写明理由和依据")
    one, other = _number(loser), _number(winner) if kind != "split" else None
    with c.transaction():
        c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        _possible(c, kind, loser, winner)
        if _rows(c, "e.outcome IS NULL AND p.loser = %(loser)s", loser=one):
            raise Refused("proposal_waits", "这个主体已有一项合并或拆分在等批准；请等办结，或先收回那一项。")
        asked = {"at": now, "by": who.name, "kind": kind, "loser": one, "winner": other, "reason": reason}
        row = c.execute(SQL["propose"], asked).fetchone()
        assert row is not None
        told = {"kind": kind, "loser": loser, "winner": winner, "reason": reason}
        audit.record(c, who, now, "subject.propose", str(row[0]), told)
        audit.emit(c, now, "collection.subject_proposed", {"proposal": row[0], "kind": kind})
    return int(row[0])


def _possible(c: Connection, kind: str, loser: str, winner: str | None) -> None:
    """What would be refused at the approval is refused at once."""
    if kind == "split":
        subjects_actions.check_split(c, loser)
    elif kind == "merge":
        subjects_actions.check_merge(c, loser, winner or "")
    elif not any((q.loser, q.winner) == (loser, winner) for q in subjects_actions.questions(c)):
        raise Refused("no_question", "这两个主体之间没有待确认的合并；请刷新任务清单。")


def approve(c: Connection, who: Who, now: datetime, book: Rulebook, number: int, note: str) -> None:
    """A second person approves, and it takes effect. NotPermitted: no reviewer, or who proposed. Refused: closed,
    or not possible any more."""
    permissions.require(book.permissions, who, APPROVE)
    with c.transaction():
        found = _still(c, number)
        if who.name == found.by:
            raise NotPermitted("own_proposal", "自己提出的合并或拆分不能由自己批准；请另一位审核员办理。")
        _end(c, who, now, found, "approved", note.strip())
        reason = f"{found.reason}（{found.by} 提出）"
        if found.kind == "merge":
            subjects_actions.merge(c, who, now, found.loser, found.winner or "", reason)
        elif found.kind == "split":
            subjects_actions.split(c, who, now, found.loser, reason)
        else:
            subjects_actions.keep_apart(c, who, now, found.loser, found.winner or "", reason)


def refuse(c: Connection, who: Who, now: datetime, book: Rulebook, number: int, note: str) -> None:
    """Nothing changes. NotPermitted; Refused: no reason, closed."""
    permissions.require(book.permissions, who, APPROVE)
    note = _said(note, "不批准要写明理由")
    with c.transaction():
        _end(c, who, now, _still(c, number), "refused", note)


def take_back(c: Connection, who: Who, now: datetime, book: Rulebook, number: int) -> None:
    """Who proposed it takes it back. NotPermitted: somebody else's. Refused: closed."""
    permissions.require(book.permissions, who, PROPOSE)
    with c.transaction():
        found = _still(c, number)
        if who.name != found.by:
            raise NotPermitted("not_yours", "只能收回自己提出的合并或拆分。")
        _end(c, who, now, found, "withdrawn", "")


def listed(c: Connection, limit: int = 1000) -> list[Proposal]:
    """Those that wait first, then the newest."""
    return sorted(_rows(c, "true", limit), key=lambda p: (not p.open, -p.id))


def about(c: Connection, subject: str) -> list[Proposal]:
    """Proposals about a subject, newest first."""
    return _rows(c, "%(subject)s IN (p.loser, p.winner)", subject=_number(subject))


def one(c: Connection, number: int) -> Proposal:
    """Refused: there is none."""
    found = _rows(c, "p.id = %(id)s", id=number)
    if not found:
        raise Refused("no_proposal", f"没有编号为 {number} 的合并或拆分；请返回清单重新选择。")
    return found[0]


def merges_about(c: Connection, subject: str) -> list[dict[str, Any]]:
    """Merges in which the subject is either side, also those that were split again."""
    with c.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SQL["merges_about"], {"subject": _number(subject)}).fetchall()


def whole_of(c: Connection, subject: str) -> str | None:
    """The public id of the subject that this one is part of; None: it stands by itself, or there is none."""
    row = c.execute(SQL["into"], {"subject": _number(subject)}).fetchone()
    return row[0] if row else None


def _rows(c: Connection, where: str, limit: int = 1000, **values: Any) -> list[Proposal]:
    with c.cursor(row_factory=class_row(Proposal)) as cursor:
        statement = f"{SQL['proposals']} WHERE {where} ORDER BY p.id DESC LIMIT {limit}"
        return cursor.execute(statement, values).fetchall()  # type: ignore[arg-type]


def _still(c: Connection, number: int) -> Proposal:
    found = one(c, number)
    if not found.open:
        raise Refused("proposal_closed", f"这一项已是“{OUTCOMES[found.outcome]}”，不能再办理；请刷新清单。")
    return found


def _end(c: Connection, who: Who, now: datetime, p: Proposal, outcome: str, note: str) -> None:
    asked = {"proposal": p.id, "at": now, "by": who.name, "role": who.role, "outcome": outcome, "note": note}
    if not c.execute(SQL["end"], asked).rowcount:
        raise Refused("proposal_closed", "这一项刚被他人办理过；请刷新清单。")
    audit.record(c, who, now, f"subject.{outcome}", str(p.id), {"by": p.by, "kind": p.kind, "note": note})
    audit.emit(c, now, f"collection.subject_{outcome}", {"proposal": p.id})


def _said(text: str, what: str) -> str:
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise Refused("no_reason", f"{what}（不超过 {LONGEST} 字）；请补填后重试。")
    return text


def _number(public_id: str | None) -> uuid.UUID:
    try:
        return uuid.UUID(public_id or "")
    except ValueError:
        raise Refused("no_subject", "没有这个主体；请从主体查询结果中选取。") from None


__all__ = ["KINDS", "OUTCOMES", "Proposal", "about", "approve", "listed", "merges_about", "one", "propose", "refuse",
           "take_back", "whole_of"]  # fmt: skip
