"""重错码 as tasks: sent to the responsible department, answered, and closed when nobody finds the defect any more.

Who says that a code was corrected is the data, not the department: a new look closes the case.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from xinyong.collection.quality.code_defects import SQL, STOCK, Defect, Found, find
from xinyong.disclosure.figures import DEPARTMENTS, Counting
from xinyong.foundation import audit, locks
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused

LOCK = locks.CODE_CASES
CENTRE = ("center", "center_reviewer")
READERS = (*CENTRE, *DEPARTMENTS, "auditor")
OPEN = ("sent", "answered")
STATES = {"sent": "待更正", "answered": "部门已答复", "corrected": "已更正", "dismissed": "经核实不是重错码"}
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Case:
    id: int
    kind: str
    key: str
    provider: str
    found_at: datetime
    detail: dict[str, Any]
    number: int  # of the last step
    state: str
    at: datetime
    by: str
    note: str

    @property
    def open(self) -> bool:
        return self.state in OPEN


@dataclass(slots=True)
class Scan:
    """What a scan found and did. `unread`: submissions whose original is gone; their cases stay as they are."""

    found: int = 0
    opened: int = 0
    corrected: int = 0
    still_open: int = 0
    counts: dict[str, int | None] = field(default_factory=dict)
    unread: list[int] = field(default_factory=list)


def scan(c: psycopg.Connection[Any], counting: Counting) -> Scan:
    """Find all defects, send the new ones to their departments, close the cases of those that are gone.

    NotPermitted: not the credit centre.
    """
    who, now = counting.who, counting.now
    if who.role not in CENTRE:
        raise NotPermitted("not_centre", "重错码的筛查与下发由信用中心办理。")
    with c.transaction():
        c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        found = find(c, counting)
        known = {_key(k): k for k in _cases(c)}  # the newest of a key
        result = Scan(len(found.defects), counts=found.counts(), unread=found.unread)
        fresh = [d for d in found.defects if _is_new(known.get((d.kind, d.key, d.provider)))]
        for defect in fresh:
            _open(c, defect, who, now)
        result.opened = len(fresh)
        result.corrected = _close_gone(c, found, known, who, now)
        result.still_open = sum(k.open for k in _cases(c))
        told = {"found": result.found, "opened": result.opened, "corrected": result.corrected}
        audit.record(c, who, now, "codes.scan", "", told)
        for provider, n in sorted(Counter(d.provider for d in fresh).items()):
            audit.emit(c, now, "collection.codes_sent", {"provider": provider, "cases": n})
    return result


def _key(case: Case) -> tuple[str, str, str]:
    return case.kind, case.key, case.provider


def _is_new(case: Case | None) -> bool:
    """A corrected defect that is back is a new case; one that the centre dismissed stays dismissed."""
    return case is None or case.state == "corrected"


def _open(c: psycopg.Connection[Any], d: Defect, who: Who, now: datetime) -> None:
    values = {"kind": d.kind, "key": d.key, "provider": d.provider, "at": now, "by": who.name}
    row = c.execute(SQL["open"], {**values, "detail": Jsonb(d.detail())}).fetchone()
    assert row is not None
    _step(c, row[0], 1, "sent", who, now, "")


def _step(
    c: psycopg.Connection[Any], case: int, number: int, kind: str, who: Who, now: datetime, note: str
) -> None:
    values = {
        "id": case,
        "number": number,
        "kind": kind,
        "at": now,
        "by": who.name,
        "role": who.role,
        "note": note,
    }
    c.execute(SQL["step"], values)


def _close_gone(
    c: psycopg.Connection[Any], found: Found, known: dict[tuple[str, str, str], Case], who: Who, now: datetime
) -> int:
    there = {(d.kind, d.key, d.provider) for d in found.defects}
    gone = [k for key, k in known.items() if k.open and key not in there and not _unsure(k, found)]
    for case in gone:
        _step(c, case.id, case.number + 1, "corrected", who, now, "复查已不再发现")
    return len(gone)


def _unsure(case: Case, found: Found) -> bool:
    return any(s in found.unread for s, _ in case.detail["places"] if s != STOCK)


def answer(c: psycopg.Connection[Any], who: Who, now: datetime, case: int, note: str) -> Case:
    """The responsible department says what it did. NotPermitted: another's. Refused: no words, closed."""
    with c.transaction():
        found = _one(c, case)
        if who.role not in DEPARTMENTS or not who.provider or who.provider != found.provider:
            raise NotPermitted("not_yours", "重错码任务只能由责任单位答复。")
        _say(c, found, "answered", who, now, note)
    return _one(c, case)


def dismiss(c: psycopg.Connection[Any], who: Who, now: datetime, case: int, reason: str) -> Case:
    """The centre finds that it is none after all. NotPermitted: not the centre. Refused: no reason, closed."""
    if who.role not in CENTRE:
        raise NotPermitted("not_centre", "认定不是重错码，由信用中心办理。")
    with c.transaction():
        _say(c, _one(c, case), "dismissed", who, now, reason)
    return _one(c, case)


def _say(c: psycopg.Connection[Any], case: Case, kind: str, who: Who, now: datetime, note: str) -> None:
    note = note.strip()
    if not note or len(note) > LONGEST_NOTE:
        raise Refused("no_reason", f"请写明处理情况（不超过 {LONGEST_NOTE} 字）后重试。")
    if not case.open:
        raise Refused("case_closed", f"这项任务已是“{STATES[case.state]}”，不能再处理。")
    try:
        with c.transaction():
            _step(c, case.id, case.number + 1, kind, who, now, note)
    except psycopg.errors.UniqueViolation:
        raise Refused("case_moved", "这项任务刚被他人处理过；请刷新后再看。") from None
    audit.record(c, who, now, f"codes.{kind}", str(case.id), {"note": note})
    audit.emit(c, now, f"collection.code_{kind}", {"case": case.id, "provider": case.provider})


def listed(c: psycopg.Connection[Any], counting: Counting) -> list[Case]:
    """The cases `counting` may see, open ones first. A department sees its own (`Counting` refuses the rest)."""
    found = _cases(c, counting.provider)
    return sorted(found, key=lambda k: (not k.open, -k.id))


def steps(c: psycopg.Connection[Any], counting: Counting, case: int) -> list[dict[str, Any]]:
    """How a case went on: number, kind, at, by, role, note. NotPermitted: another department's."""
    if counting.provider not in ("", _one(c, case).provider):
        raise NotPermitted("not_yours", "只能查看本单位的重错码任务。")
    with c.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SQL["steps"], {"id": case}).fetchall()


def tally(cases: list[Case]) -> dict[str, int]:
    """Sent, corrected, dismissed, open: 纠正率 is corrected / (sent - dismissed)."""
    states = Counter(k.state for k in cases)
    return {
        "sent": len(cases), "corrected": states["corrected"], "dismissed": states["dismissed"],
        "open": sum(states[s] for s in OPEN),
    }  # fmt: skip


def _cases(c: psycopg.Connection[Any], provider: str = "", case: int | None = None) -> list[Case]:
    return [Case(*row) for row in c.execute(SQL["cases"], {"provider": provider, "id": case})]


def _one(c: psycopg.Connection[Any], case: int) -> Case:
    found = _cases(c, case=case)
    if not found:
        raise Refused("no_case", f"没有编号为 {case} 的重错码任务；请核对编号。")
    return found[0]


__all__ = ["STATES", "Case", "Scan", "answer", "dismiss", "listed", "scan", "steps", "tally"]
