"""Cases: opened once, carried on by steps, never changed. State, limits and what may come next follow from the steps.

Repair, objection and shielding share all of this; what each may do is in `moves`. Whoever takes a step holds the
case's lock until the transaction ends, so of two deciders one is first and the other sees it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from xinyong.disclosure import marks
from xinyong.disclosure.marks import Mark
from xinyong.foundation import audit, keys, named_sql
from xinyong.foundation.audit import Who
from xinyong.foundation.evidence.own import GONE
from xinyong.kernel.beijing import BEIJING, day_of
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.rights import moves

SQL = named_sql.load(Path(__file__).parent / "sql" / "casework.sql")
MOST_LISTED = 5_000
LONGEST = 2_000  # characters of a reason or a statement
DEPARTMENTS = ("department", "department_reviewer")
WHICH = {
    "number": "k.number = %(number)s::uuid",
    "id": "k.id = %(id)s",
    "subject": "k.scheme = %(scheme)s AND k.value = %(value)s",
    "authority": "k.authority = %(authority)s",
    "records": "k.id IN (SELECT case_id FROM rights_case_record WHERE record_id = ANY(%(records)s::uuid[]))",
    "all": "true",
    "open": "NOT EXISTS (SELECT 1 FROM rights_case_step e WHERE e.case_id = k.id AND e.kind = ANY(%(closing)s)"
    " AND NOT EXISTS (SELECT 1 FROM rights_case_step a"
    " WHERE a.case_id = k.id AND a.kind = ANY(%(reopening)s) AND a.seq > e.seq))",
    "between": "k.at < %(until)s AND NOT EXISTS (SELECT 1 FROM rights_case_step e"
    " WHERE e.case_id = k.id AND e.kind = ANY(%(closing)s) AND e.at < %(since)s)",
}


@dataclass(frozen=True, slots=True)
class Step:
    seq: int
    kind: str
    at: datetime
    actor: str
    role: str
    provider: str
    reason: str
    basis: str
    upstream: str
    detail: Mapping[str, Any]

    @property
    def day(self) -> date:
        return day_of(self.at)


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """`version`: in which it stood when the case was opened; `mark`: the objection mark it was given then."""

    record: str
    item: str
    document: str
    version: int
    mark: int | None = None


@dataclass(frozen=True)
class Case:
    """A case as it stands. `value`: the subject's code, of a person a keyed hash."""

    id: int
    number: str
    kind: str
    at: datetime
    scheme: str
    value: str
    name: str
    channel: str
    authority: str
    route: str
    about: str
    application: str
    detail: Mapping[str, Any]
    records: tuple[CaseRecord, ...]
    steps: tuple[Step, ...]

    @cached_property
    def state(self) -> str:
        return moves.follow(self.kind, (s.kind for s in self.steps))

    @property
    def state_name(self) -> str:
        return moves.STATES[self.kind][self.state]

    def state_on(self, today: date) -> str:
        """The name of the state; a shielding ends by its day without a step."""
        until = self.steps[0].detail.get("until", "")
        over = self.state == "shielded" and until and until < today.isoformat()
        return moves.SHIELD_OVER if over else self.state_name

    @property
    def closed(self) -> bool:
        return moves.over(s.kind for s in self.steps)

    @property
    def shown(self) -> str:
        """The short number that people use."""
        return f"{moves.LABELS[self.kind]}{self.at.astimezone(BEIJING).year}{self.id:06d}"

    @property
    def record_ids(self) -> list[str]:
        return [r.record for r in self.records]

    def says(self, text: str) -> str:
        """The reason of a mark that this case sets; by it the case knows its marks again."""
        return f"{self.shown}：{text}"

    def may(self, step: str) -> bool:
        return moves.allowed(self.kind, self.state, step)

    @property
    def concerned(self) -> bool:
        """Whether it is an objection to another's record, by somebody who says to be concerned by it."""
        return bool(self.steps) and self.steps[0].kind == moves.RAISED

    @property
    def objection_marks(self) -> dict[str, int]:
        """Record → its objection mark: set when the case was opened, or, once standing was checked, by a step."""
        first = {r.record: r.mark for r in self.records if r.mark is not None}
        forwarded = self.last("forwarded")
        return first | dict(forwarded.detail.get("marks", {}) if forwarded else {})

    def last(self, *kinds: str) -> Step | None:
        """The newest step of one of these kinds."""
        return next((s for s in reversed(self.steps) if s.kind in kinds), None)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a case begins with."""

    kind: str
    scheme: str
    value: str
    name: str
    channel: str
    authority: str
    application: str
    records: tuple[CaseRecord, ...]
    route: str = ""
    about: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says with a step. `detail` is kept, `told` goes into audit trail and event as well."""

    reason: str = ""
    basis: str = ""
    upstream: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


def load(c: psycopg.Connection[Any], number: str, *kinds: str) -> Case | None:
    """The case with this number, if it is of one of these kinds (none given: of any)."""
    try:
        text = str(uuid.UUID(number))
    except ValueError:
        return None
    found = _cases(c, "number", kinds, {"number": text}, 1)
    return found[0] if found else None


def by_shown(c: psycopg.Connection[Any], shown: str) -> Case | None:
    """The case that people call by this short number."""
    text = shown.strip().upper()
    number = int(text[6:]) if text[6:].isascii() and text[6:].isdigit() and len(text) < 25 else 0
    found = _cases(c, "id", (), {"id": number}, 1)
    return found[0] if found and found[0].shown == text else None


def of_subject(c: psycopg.Connection[Any], scheme: str, value: str, *kinds: str) -> list[Case]:
    """A subject's cases, newest first."""
    return _cases(c, "subject", kinds, {"scheme": scheme, "value": value}, MOST_LISTED)


def of_authority(c: psycopg.Connection[Any], authority: str, *kinds: str) -> list[Case]:
    """The cases a unit has to decide, or to answer, newest first."""
    return _cases(c, "authority", kinds, {"authority": authority}, MOST_LISTED) if authority else []


def about(c: psycopg.Connection[Any], records: Sequence[str], *kinds: str) -> list[Case]:
    """Every one about one of these records, newest first."""
    return _cases(c, "records", kinds, {"records": list(records)}, None)


def listed(c: psycopg.Connection[Any], *kinds: str) -> list[Case]:
    """Everybody's, newest first, as many as a list shows (MOST_LISTED)."""
    return _cases(c, "all", kinds, {}, MOST_LISTED)


def still_open(c: psycopg.Connection[Any], *kinds: str) -> list[Case]:
    """Every one that is not closed, newest first."""
    return _cases(
        c, "open", kinds, {"closing": list(moves.CLOSING), "reopening": list(moves.REOPENING)}, None
    )


def between(c: psycopg.Connection[Any], first: date, last: date, *kinds: str) -> list[Case]:
    """Every one that was open on one of these days (inclusive), newest first."""
    since, after = (datetime.combine(d, time(), BEIJING) for d in (first, last + timedelta(days=1)))
    return _cases(c, "between", kinds, {"closing": list(moves.CLOSING), "since": since, "until": after}, None)


def _cases(
    c: psycopg.Connection[Any],
    which: str,
    kinds: Sequence[str],
    asked: Mapping[str, Any],
    most: int | None,
) -> list[Case]:
    statement = SQL["cases"].replace("/*which*/", WHICH[which])
    wanted = list(kinds or moves.MACHINES)
    rows = c.execute(statement, {**asked, "kinds": wanted, "limit": most}).fetchall()  # type: ignore[arg-type]
    return [_case(row) for row in rows]


def _case(row: Sequence[Any]) -> Case:
    *head, records, steps = row
    head[1], head[11] = str(head[1]), str(head[11])
    made = tuple(_step(s) for s in steps or ())
    return Case(*head, tuple(CaseRecord(*r) for r in records or ()), made)


def _step(row: Sequence[Any]) -> Step:
    seq, kind, at, *rest = row
    return Step(seq, kind, datetime.fromisoformat(at), *rest)


def locked(c: psycopg.Connection[Any], number: str, *kinds: str) -> Case:
    """The case, locked until the transaction ends. Refused: there is none."""
    if load(c, number, *kinds) is not None:
        c.execute(SQL["lock"], {"number": number})
    found = load(c, number, *kinds)  # again: somebody may have gone on with it meanwhile
    if found is None:
        raise Refused("no_case", "没有这件申请或异议；请返回列表重新选择。")
    return found


def opened(
    c: psycopg.Connection[Any], who: Who, now: datetime, given: Opening, step: str, said: Said
) -> Case:
    """Open a case with its first step, audit entry and event, in the caller's transaction."""
    number = str(uuid.uuid4())
    values = {
        "number": number, "kind": given.kind, "at": now, "scheme": given.scheme, "value": given.value,
        "name": given.name, "channel": given.channel, "authority": given.authority, "route": given.route,
        "about": given.about, "application": given.application, "detail": Jsonb(dict(given.detail)),
    }  # fmt: skip
    row = c.execute(SQL["open"], values).fetchone()
    assert row is not None
    for r in given.records:
        told = {
            "record": r.record,
            "item": r.item,
            "document": r.document,
            "version": r.version,
            "mark": r.mark,
        }
        c.execute(SQL["record"], {"case": row[0], **told})
    _add(c, who, now, row[0], 1, step, said)
    case = load(c, number)
    assert case is not None
    _tell(c, who, now, case, step, said)
    return case


def take(c: psycopg.Connection[Any], who: Who, now: datetime, case: Case, step: str, said: Said) -> Case:
    """The next step of a locked case, with audit entry and event, in the caller's transaction.

    Refused: the case is in a state in which this can't be done (any more), or the clock stands before the last step.
    """
    if not case.may(step):
        name = moves.STEPS[case.kind][step]
        raise Refused(
            "case_state", f"{case.shown} 现在是“{case.state_name}”，不能办理“{name}”；请刷新后核对。"
        )
    last = case.steps[-1]
    if now < last.at:
        raise Refused(
            "clock_back",
            f"服务器的时钟早于 {case.shown} 的上一步（{last.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}）；"
            "请系统管理员校准时钟后重试，本次没有办理。",
        )
    _add(c, who, now, case.id, last.seq + 1, step, said)
    _tell(c, who, now, case, step, said)
    found = load(c, case.number)
    assert found is not None
    return found


def _add(
    c: psycopg.Connection[Any], who: Who, now: datetime, case: int, seq: int, kind: str, said: Said
) -> None:
    values = {
        "case": case, "seq": seq, "kind": kind, "at": now, "actor": who.name, "role": who.role,
        "provider": "" if who.role == "subject" else who.provider,  # a person's code is the number of an ID card
        "reason": said.reason, "basis": said.basis, "upstream": said.upstream,
        "detail": Jsonb(dict(said.detail)),
    }  # fmt: skip
    c.execute(SQL["step"], values)


def _tell(c: psycopg.Connection[Any], who: Who, now: datetime, case: Case, step: str, said: Said) -> None:
    """Nothing of what the subject wrote goes into the trail: it is sealed in the case."""
    told = {
        "case": case.number, "kind": case.kind, "step": step, "authority": case.authority,
        "records": case.record_ids, "basis": said.basis, "upstream": said.upstream,
    }  # fmt: skip
    audit.record(c, who, now, f"{case.kind}.{step}", case.number, told | {"reason": said.reason})
    audit.emit(c, now, f"rights.{case.kind}", told)


def busy(
    c: psycopg.Connection[Any], kind: str, records: Sequence[str], raised_by: tuple[str, str] | None = None
) -> dict[str, str]:
    """Record → number of the open case of this kind about it; new applications wait until this transaction ends.

    `raised_by`: those that this applicant (scheme, value) raised as concerned by another's record. They stand in nobody
    else's way, neither the subject's nor another applicant's, and show to none of them.
    """
    c.execute(SQL["lock_applications"])
    return open_about(c, kind, records, raised_by)


def open_about(
    c: psycopg.Connection[Any], kind: str, records: Sequence[str], raised_by: tuple[str, str] | None = None
) -> dict[str, str]:
    """As `busy`, only to show it: nobody waits."""
    scheme, value = raised_by or ("", "")
    asked = {
        "kind": kind, "records": list(records), "closing": list(moves.CLOSING), "raised": raised_by is not None,
        "scheme": scheme, "value": value, "parts": list(moves.PARTS),
    }  # fmt: skip
    return dict(c.execute(SQL["busy"], asked).fetchall())


def marks_set(c: psycopg.Connection[Any], case: Case, kind: str) -> list[Mark]:
    """The open marks of a kind that this case set; those of other cases about its records stay."""
    found = marks.open_of(c, case.record_ids)
    return [
        m for r in case.record_ids for m in found[r] if m.kind == kind and m.reason.startswith(case.says(""))
    ]


def of_the_authority(who: Who, case: Case) -> None:
    """NotPermitted: another department's case. The centre acts for an authority on its letter."""
    if who.role in DEPARTMENTS and (not who.provider or who.provider != case.authority):
        raise NotPermitted(
            "not_your_case", "这件不归本部门办理（谁认定、谁修复；谁提供、谁核查）；请返回本部门的列表。"
        )


def needs(text: str, what: str) -> str:
    """The text, trimmed. Refused: there is none, or too much of it."""
    text = text.strip()
    if not text:
        raise Refused("case_text_missing", f"请写明{what}。")
    if len(text) > LONGEST:
        raise Refused("case_text_long", f"{what}超过 {LONGEST} 字；请缩短后重试。")
    return text


def sealed(text: str) -> str:
    """What the subject writes may be about persons: kept encrypted."""
    return keys.seal(text) if text else ""


def unsealed(text: str) -> str:
    if text.startswith(GONE):
        return "（保存期满，已依规则删除）"
    return keys.unseal(text) if text else ""


__all__ = [
    "MOST_LISTED", "Case", "CaseRecord", "Opening", "Said", "Step", "about", "between", "busy", "by_shown", "listed",
    "load", "locked", "marks_set", "needs", "of_authority", "of_subject", "of_the_authority", "open_about", "opened", "sealed",
    "still_open", "take", "unsealed",
]  # fmt: skip
