"""合并与拆分: a person of the centre says that two subjects are one, or are not. Each can be taken back.

No record moves: what was stored under a subject stays there, and reads ask for all that are one.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from xinyong.archive import merges, publication
from xinyong.foundation import audit
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused

MAY = ("center", "center_reviewer")
PERSON = "person"
SUBJECT = "SELECT id, scheme, value FROM credit_subject WHERE public_id = %s"
QUESTIONS = """
SELECT q.id, l.public_id::text, l.value, ln.name, w.public_id::text, w.value, wn.name, q.why, q.born
FROM subject_question q
JOIN publication p ON p.batch = q.born
JOIN credit_subject l ON l.id = q.loser
JOIN credit_subject w ON w.id = q.winner
LEFT JOIN LATERAL (SELECT n.name FROM known_name n WHERE n.subject_id = l.id AND n.known_to IS NULL
                   ORDER BY n.known_from DESC, n.id DESC LIMIT 1) ln ON true
LEFT JOIN LATERAL (SELECT n.name FROM known_name n WHERE n.subject_id = w.id AND n.known_to IS NULL
                   ORDER BY n.known_from DESC, n.id DESC LIMIT 1) wn ON true
WHERE NOT EXISTS (SELECT 1 FROM subject_answer a WHERE a.question_id = q.id)
  AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = q.born)
  AND NOT EXISTS (SELECT 1 FROM known_merge m WHERE m.loser = q.loser AND m.winner = q.winner AND m.known_to IS NULL)
ORDER BY q.id
"""
ANSWER = """
INSERT INTO subject_answer (question_id, same, reason, by, at)
SELECT q.id, %(same)s, %(reason)s, %(by)s, %(at)s FROM subject_question q
WHERE q.loser = %(loser)s AND q.winner = %(winner)s ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Question:
    """Two subjects that registration data calls one while their names differ. Ids are public ids."""

    id: int
    loser: str
    loser_code: str
    loser_name: str | None
    winner: str
    winner_code: str
    winner_name: str | None
    why: str
    submission: int


def questions(c: psycopg.Connection[Any]) -> list[Question]:
    """Open tasks, oldest first."""
    return [Question(*row) for row in c.execute(QUESTIONS).fetchall()]


def merge(c: psycopg.Connection[Any], who: Who, now: datetime, loser: str, winner: str, reason: str) -> int:
    """`loser` is the same subject as `winner` (public ids) from now on; returns the publication.

    NotPermitted: not a clerk of the centre. Refused: no reason, unknown or equal subjects, one of them is part of
    another already, a natural person and an organisation.
    """
    reason = _allowed(who, reason)
    with c.transaction():
        merges.lock(c)
        one, other = _two(c, loser, winner)
        batch = publication.next_batch(c)
        merges.add(c, one[0], other[0], reason, merges.BY_PERSON, batch)
        answer = {
            "loser": one[0],
            "winner": other[0],
            "same": True,
            "reason": reason,
            "by": who.name,
            "at": now,
        }
        c.execute(ANSWER, answer)
        _note(c, who, now, "subject.merge", one, other, reason)
        return publication.publish(c, batch)[0]


def split(c: psycopg.Connection[Any], who: Who, now: datetime, loser: str, reason: str) -> int:
    """`loser` is a subject of its own again; returns the publication. What was answered before stays answered.

    NotPermitted: not a clerk of the centre. Refused: no reason, unknown subject, not merged.
    """
    reason = _allowed(who, reason)
    with c.transaction():
        merges.lock(c)
        one = _subject(c, loser)
        standing = _standing(c, one)
        batch = publication.next_batch(c)
        for found in standing:
            merges.add_split(c, found, reason, merges.BY_PERSON, batch)
        _note(c, who, now, "subject.split", one, None, reason)
        return publication.publish(c, batch)[0]


def keep_apart(
    c: psycopg.Connection[Any], who: Who, now: datetime, loser: str, winner: str, reason: str
) -> None:
    """Answer an open question: they are two subjects.

    NotPermitted: not a clerk of the centre. Refused: no reason, no such open question.
    """
    reason = _allowed(who, reason)
    with c.transaction():
        one, other = _subject(c, loser), _subject(c, winner)
        answer = {
            "loser": one[0],
            "winner": other[0],
            "same": False,
            "reason": reason,
            "by": who.name,
            "at": now,
        }
        if not c.execute(ANSWER, answer).rowcount:
            raise Refused("no_question", "这两个主体之间没有待确认的合并；请刷新任务清单。")
        _note(c, who, now, "subject.keep_apart", one, other, reason)


def check_merge(c: psycopg.Connection[Any], loser: str, winner: str) -> None:
    """Refused: what `merge` would refuse."""
    _two(c, loser, winner)


def check_split(c: psycopg.Connection[Any], loser: str) -> None:
    """Refused: what `split` would refuse."""
    _standing(c, _subject(c, loser))


Found = tuple[int, str, str]  # id, scheme, value


def _standing(c: psycopg.Connection[Any], one: Found) -> list[merges.Merge]:
    found = merges.merges_of(c, one[0], publication.last(c))
    if not found:
        raise Refused("not_merged", f"主体 {_code(one)} 没有并入别的主体，无须拆分。")
    return found


def _allowed(who: Who, reason: str) -> str:
    if who.role not in MAY:
        raise NotPermitted("merge_role", "合并与拆分主体由信用中心办理；请联系信用中心。")
    if not reason.strip():
        raise Refused("no_reason", "合并、拆分主体要写明理由；请补填后重试。")
    return reason.strip()


def _subject(c: psycopg.Connection[Any], public_id: str) -> Found:
    try:
        number = uuid.UUID(public_id)
    except ValueError:
        number = uuid.UUID(int=0)
    row = c.execute(SUBJECT, [number]).fetchone()
    if row is None:
        raise Refused("no_subject", "没有这个主体；请从主体查询结果中选取。")
    return int(row[0]), row[1], row[2]


def _two(c: psycopg.Connection[Any], loser: str, winner: str) -> tuple[Found, Found]:
    one, other = _subject(c, loser), _subject(c, winner)
    if one[0] == other[0]:
        raise Refused("same_subject", "这是同一个主体，无须合并。")
    if (one[1] == PERSON) != (other[1] == PERSON):
        raise Refused("merge_kinds", "自然人不能与单位合并；请核对所选的两个主体。")
    merged = merges.known(c, publication.last(c))
    for found in (one, other):
        if merged.winner(found[0]) != found[0]:
            raise Refused(
                "merged_already", f"主体 {_code(found)} 已并入别的主体；请先拆分，或改选它并入的主体。"
            )
    return one, other


def _code(found: Found) -> str:
    return "（自然人）" if found[1] == PERSON else found[2]


def _note(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    action: str,
    one: Found,
    other: Found | None,
    reason: str,
) -> None:
    detail = {"subject": one[0], "into": other[0] if other else None, "reason": reason}
    audit.record(c, who, now, action, str(one[0]), detail)
    audit.emit(c, now, action, detail)
