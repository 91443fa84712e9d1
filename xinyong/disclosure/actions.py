"""What people decide about records: degrees, and marks that stop, shield, withdraw or dispute them.

谁认定、谁负责: a department decides on records whose deciding authority it is; the credit centre enters what such an
authority sent it in writing, and names the letter. Several records are decided in one act, or none of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.catalog.loading import load_rulebook
from xinyong.disclosure import basis as resting
from xinyong.disclosure import marks as marking
from xinyong.disclosure import records as stored_records
from xinyong.disclosure.marks import KINDS, RESTS_ON, SQL, Kind, Mark
from xinyong.disclosure.rules import degrees_for
from xinyong.foundation import audit, clock, home, locks
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.kernel.publicity import DEGREES

LOCK = locks.MARKS  # one writer of marks at a time: two deciders see each other's work
AT_ONCE = 5_000
LATEST = date(2199, 12, 31)  # a later day is no term, but a way of writing "for ever"
DEPARTMENTS = ("department", "department_reviewer")
CENTRE = ("center", "center_reviewer")
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Standing:
    """A record as it stands. `authority`: the unified code of who decided it."""

    record: str
    item: str
    values: Mapping[str, str]
    provider: str
    authority: str
    decided: date | None


@dataclass(frozen=True, slots=True)
class Act:
    """What was done: the number of the act, and of each record's mark."""

    number: str
    marks: dict[str, int]  # record → mark
    unchanged: tuple[str, ...] = ()  # records that said so already


def decide_degree(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    records: Iterable[str],
    degree: str,
    reason: str,
    basis: str = "",
) -> Act:
    """Decide how serious records are (轻微 一般 严重 特定严重), as one act of a named person.

    An earlier decision is closed by the new one; a record that has this degree already stays as it is.
    Refused: unknown degree or record, a degree that no rule has for a decision of that day, no reason, items without
    degree. NotPermitted: role, another's records.
    """
    if degree not in DEGREES:
        raise Refused("bad_degree", f"失信程度“{degree}”不认识；请用{'、'.join(DEGREES)}之一。")
    return _act(c, who, now, "degree", records, reason, basis, degree, None)


def mark(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    kind: str,
    records: Iterable[str],
    reason: str,
    basis: str = "",
    value: str = "",
    until: date | None = None,
) -> Act:
    """Mark records; `kind` as in `marks.KINDS` (objection repair shielding withdrawn necessary duties extension rests_on).

    A record may bear several objections and rest on several others (`value`: a record); of
    the other kinds the new mark takes the place of the open one.
    Refused: unknown kind, value or record, missing reason, basis or last day, a clock set back. NotPermitted: role,
    another's records.
    """
    if kind == "degree":
        return decide_degree(c, who, now, records, value, reason, basis)
    return _act(c, who, now, kind, records, reason, basis, value, until)


def close_mark(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: int, reason: str, basis: str = ""
) -> None:
    """End a mark: an objection answered, a repair withdrawn, a shielding lifted. The mark itself stays readable.

    Refused: unknown or already ended mark, a degree (decide it anew instead), no reason. NotPermitted: as `mark`.
    """
    with c.transaction():
        c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        row = c.execute(SQL["mark"], {"id": number}).fetchone()
        if row is None or row[3]:
            raise Refused("mark_gone", f"标注 {number} 不存在或已经结束；请刷新后核对。")
        record, kind, value, _ = row
        if kind == "degree":
            raise Refused("degree_stays", "失信程度的认定不能撤空；认定有误的，请重新认定为正确的程度。")
        _require(who, KINDS[kind], reason, basis, until=LATEST)
        found = standing(c, [record], gone=True)
        _each_allowed(who, found.values(), KINDS[kind], basis)
        _not_back(c, [record], now)
        act = str(uuid.uuid4())
        _insert(c, who, now, act, record, (kind, value, reason, basis, None), closes=number)
        detail = {"mark": number, "kind": kind, "record": record, "reason": reason, "basis": basis}
        audit.record(c, who, now, "mark.close", record, detail)
        audit.emit(c, now, "record.mark_closed", detail)


def _act(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    kind: str,
    records: Iterable[str],
    reason: str,
    basis: str,
    value: str,
    until: date | None,
) -> Act:
    described = _kind(kind, value)
    _require(who, described, reason, basis, until)
    wanted = _wanted(records)
    with c.transaction():
        c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        found = standing(c, wanted)
        _each_allowed(who, found.values(), described, basis)
        _not_back(c, wanted, now)
        if kind == "degree":
            _need_degrees(found.values(), value, now)
        if kind == RESTS_ON:
            _need_basis(c, wanted, value, now)
        number = str(uuid.uuid4())
        act = Act(number, *_set(c, who, now, number, wanted, (kind, value, reason, basis, until)))
        if act.marks:
            _tell(c, who, now, act, kind, value, reason, basis, until)
    return act


def _kind(kind: str, value: str) -> Kind:
    if kind not in KINDS:
        raise Refused("bad_mark", f"没有“{kind}”这种标注；请用 {'、'.join(KINDS)} 之一。")
    if kind != RESTS_ON and value not in KINDS[kind].values:
        raise Refused("bad_mark_value", f"“{KINDS[kind].name}”不能取“{value}”；请核对后重试。")
    return KINDS[kind]


def _require(who: Who, kind: Kind, reason: str, basis: str, until: date | None) -> None:
    """Role first, so that nobody learns anything from the other refusals."""
    if not (who.role == SYSTEM and kind.by_system):
        permissions.require(load_rulebook(home.local_rulebook()).permissions, who, kind.action)
    if not reason.strip():
        raise Refused("no_reason", f"“{kind.name}”要写明理由；请填写后重试。")
    if kind.needs_basis and not basis.strip():
        raise Refused("no_basis", f"“{kind.name}”要写明依据（文书或条文）；请填写后重试。")
    if kind.needs_until and until is None:
        raise Refused("no_until", f"“{kind.name}”要写明截止日期；请填写后重试。")
    if until is not None and until > LATEST:
        raise Refused("until_far", f"“{kind.name}”的截止日期 {until} 太远，不是一个期限；请核对年份。")


def _wanted(records: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(records))
    for record in wanted:
        if len(record) != 32 or not set(record) <= set("0123456789abcdef"):
            raise Refused("bad_record", f"“{record[:40]}”不是记录编号；请从档案或待办列表中选择记录。")
    if not 0 < len(wanted) <= AT_ONCE:
        raise Refused("bad_batch", f"一次可办理 1 至 {AT_ONCE} 条记录，现有 {len(wanted)} 条；请分批办理。")
    return wanted


def standing(c: psycopg.Connection[Any], wanted: Sequence[str], *, gone: bool = False) -> dict[str, Standing]:
    """Records as they stand. Refused: one that isn't there (any more), unless `gone` allows it."""
    book = load_rulebook(home.local_rulebook())
    found = {}
    for row in c.execute(SQL["standing"], {"records": list(wanted)}).fetchall():
        found[row[0]] = read(c, row, book)
    missing = [r for r in wanted if r not in found]
    if missing and not gone:
        raise Refused(
            "record_gone",
            f"有 {len(missing)} 条记录不存在或已被撤回（如 {missing[0]}）；请刷新列表后重新选择，本次没有办理。",
        )
    return found


def read(c: psycopg.Connection[Any], row: Sequence[Any], book: Rulebook) -> Standing:
    record, code, payload, provider, decided, *_ = row
    values = stored_records.unpacked(c, payload)
    authority = next((f.code for f in book.items[code][-1].fields if f.role == "authority_code"), "")
    return Standing(record, code, values, provider, values.get(authority, ""), decided)


def _each_allowed(who: Who, found: Iterable[Standing], kind: Kind, basis: str) -> None:
    """A department for its own decisions; the centre on an authority's letter."""
    if who.role in DEPARTMENTS:
        others = [s for s in found if who.provider not in (s.authority or s.provider,) or not who.provider]
        if others:
            raise NotPermitted(
                "not_your_record",
                f"有 {len(others)} 条记录不是本部门作出的决定（谁认定、谁负责）；请去掉这些记录后重试。",
            )
    elif who.role in CENTRE and kind.name != KINDS["objection"].name and not basis.strip():
        raise Refused("no_letter", f"信用中心代录“{kind.name}”要写明认定单位的函件；请在依据中填写后重试。")


def _not_back(c: psycopg.Connection[Any], records: Sequence[str], now: datetime) -> None:
    row = c.execute(SQL["last_marked"], {"records": list(records)}).fetchone()
    clock.not_back(now, row[0] if row else None, "所选记录的标注")


def _need_degrees(found: Iterable[Standing], degree: str, now: datetime) -> None:
    book, today = load_rulebook(home.local_rulebook()), day_of(now)
    for s in found:
        item = book.item(s.item, today)
        if item.publicity != "by_degree":
            raise Refused(
                "no_degree_here", f"“{item.name}”不按失信程度公示，无需认定；请去掉这类记录后重试。"
            )
        if degree not in (known := degrees_for(book, s.decided, today)):
            raise Refused(
                "bad_degree",
                f"“{degree}”只用于有规则这样规定的日期，{s.decided or '决定日期不明'}的决定不在其中；"
                f"请改用{'、'.join(known)}之一，或者去掉这类记录。",
            )


def _need_basis(c: psycopg.Connection[Any], wanted: Sequence[str], on: str, now: datetime) -> None:
    """The other record is there and in force, of the same subject, and neither makes a chain."""
    book, today = load_rulebook(home.local_rulebook()), day_of(now)
    _wanted([on])
    found = resting.standing(c, [*wanted, on], today, book)
    other = found[on]
    if other.state != "in_force" or on in wanted:
        raise Refused(
            "no_such_basis", "所依据的记录不存在，或者已不再有效；请选择本主体现行有效的另一条记录。"
        )
    if any(found[record].subject != other.subject for record in wanted):
        raise Refused("other_subject", "所依据的记录是另一主体的；请选择同一主体的记录。")
    if other.rests_on or resting.resting_on(c, wanted):
        raise Refused(
            "basis_chain", "所依据的记录自身又依据别的记录，或者已有记录依据本条；请直接写明最初的决定。"
        )


Said = tuple[str, str, str, str, date | None]  # kind, value, reason, basis, until


def _set(
    c: psycopg.Connection[Any], who: Who, now: datetime, act: str, wanted: Sequence[str], said: Said
) -> tuple[dict[str, int], tuple[str, ...]]:
    kind, value, *_, until = said
    open_marks = marking.open_of(c, wanted)
    made: dict[str, int] = {}
    unchanged: list[str] = []
    for record in wanted:
        borne = [m for m in open_marks[record] if not KINDS[kind].several or m.value == value]
        old = marking.newest(borne, kind) if kind != "objection" else None
        if old and (old.value, old.until) == (value, until):
            unchanged.append(record)
            continue
        if old:
            _insert(c, who, now, act, record, _closing(old, said), closes=old.id)
        made[record] = _insert(c, who, now, act, record, said)
    return made, tuple(unchanged)


def _closing(old: Mark, said: Said) -> Said:
    return old.kind, old.value, said[2], said[3], None


def _insert(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    act: str,
    record: str,
    said: Said,
    closes: int | None = None,
) -> int:
    kind, value, reason, basis, until = said
    row = c.execute(
        SQL["insert"] + " RETURNING id",
        {
            "record": record, "kind": kind, "value": value, "at": now, "until": until, "actor": who.name,
            "role": who.role, "provider": who.provider, "reason": reason, "basis": basis, "act": act,
            "closes": closes,
        },
    ).fetchone()  # fmt: skip
    assert row is not None
    return int(row[0])


def _tell(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    act: Act,
    kind: str,
    value: str,
    reason: str,
    basis: str,
    until: date | None,
) -> None:
    body = {
        "act": act.number, "kind": kind, "value": value, "marks": act.marks, "reason": reason, "basis": basis,
        "until": until.isoformat() if until else None,
    }  # fmt: skip
    audit.record(c, who, now, f"mark.{kind}", act.number, body)
    audit.emit(c, now, "record.degree" if kind == "degree" else "record.mark", body)
