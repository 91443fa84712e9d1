"""更正与撤回由两人办理: 信息员 proposes, 审核员 confirms, and only then does anything change.

Handing in stays with one person, and so does taking one's own submission of the day back: nobody has relied on it
yet, and a wrong file does more harm the longer it stands. A correction or withdrawal changes what others may have
seen, so it takes two.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import class_row

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.collection import door, mending
from xinyong.collection.mending import CORRECT, WITHDRAW, How
from xinyong.collection.receipts import Receipt
from xinyong.disclosure.own import Own
from xinyong.foundation import audit, keys, locks, named_sql
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.kernel.workdays import add_workdays

SQL = named_sql.load(Path(__file__).parent / "sql" / "changes.sql")
LOCK = locks.CHANGES
OUTCOMES = {"waiting": "待审核", "confirmed": "已确认", "refused": "已退回", "withdrawn": "已收回"}
PROPOSE, CONFIRM = "record.withdraw", "record.confirm"
PENALTY, REVOKED_RULE = "XZCF", "REVOKE_T1"
LONGEST_NOTE = 300
Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A proposal. `due`: by when it should be in effect, where a law says so. `submission`: what came of it."""

    id: int
    at: datetime
    by: str
    provider: str
    item: str
    record: str
    kind: str
    state_then: str
    reason: str
    due: date | None
    ended: datetime | None
    ended_by: str
    outcome: str
    note: str
    submission: int | None

    @property
    def open(self) -> bool:
        return self.outcome == "waiting"


def propose(
    c: Connection, who: Who, now: datetime, own: Own, values: Mapping[str, str] | None, reason: str, book: Rulebook
) -> int:  # fmt: skip
    """Propose a correction (`values` by field code) or, with None, a withdrawal; its number.

    GoesBack: it would not be taken in. NotPermitted. Refused: no reason, nothing changed, one waits already.
    """
    permissions.require(book.permissions, who, PROPOSE)
    _rehearse(who, now, own, values, reason, book)
    changed = {} if values is None else _changed(own, values)
    kind = WITHDRAW if values is None else CORRECT
    told = {"item": own.item.code, "record": own.record, "kind": kind, "reason": reason.strip()}
    due = due_of(own.item.code, kind, now, book)
    with c.transaction():
        c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if any(k.open for k in _of_record(c, own.record)):
            raise Refused("change_waits", "这条记录已有一项更正或撤回在等审核；请等办结，或先收回那一项。")
        asked = {
            **told,
            "at": now,
            "by": who.name,
            "provider": who.provider,
            "state": _state(own),
            "due": due,
        }
        row = c.execute(SQL["propose"], asked).fetchone()
        assert row is not None
        c.execute(SQL["cells"], [row[0], keys.seal(json.dumps(changed, ensure_ascii=False))])
        audit.record(c, who, now, "record.propose", str(row[0]), {**told, "fields": sorted(changed)})
        audit.emit(c, now, "collection.change_proposed", {"change": row[0], "provider": who.provider})
    return int(row[0])


def _rehearse(
    who: Who, now: datetime, own: Own, values: Mapping[str, str] | None, reason: str, book: Rulebook
) -> None:
    how = How(rehearsal=True)
    if values is None:
        mending.withdraw(who, now, own, reason, book, how)
    elif not _changed(own, values) or mending.correct(who, now, own, values, reason, book, how).duplicates:
        raise Refused("nothing_changed", "内容与在库的记录相同，没有需要更正的；请改动后再提交。")


def _changed(own: Own, values: Mapping[str, str]) -> dict[str, str]:
    """Only what differs: what is not shown and was left empty stays as it is."""
    given = {f.code: (values.get(f.code) or "").strip() for f in own.item.fields}
    return {
        code: text for code, text in given.items()
        if text != own.shown.get(code, "") and not (code in own.hidden and not text)
    }  # fmt: skip


def due_of(item: str, kind: str, now: datetime, book: Rulebook) -> date | None:
    """A penalty that was revoked is off the web within three days (行政处罚法第四十八条), counted from the proposal."""
    if item != PENALTY or kind != WITHDRAW:
        return None
    today = day_of(now)
    rule = book.rule(REVOKED_RULE, today)
    days = int(str(rule.value))
    if rule.unit == "workday":
        return add_workdays(today, days, door.calendar_of(book)).date
    return today + timedelta(days=days)


def _state(own: Own) -> str:
    """Equal as long as the record says the same."""
    return keys.hmac_hex("record-state", json.dumps(dict(own.stored), sort_keys=True))


def listed(c: Connection, provider: str) -> list[Change]:
    """A department's proposals, those that wait first."""
    if not provider:
        return []
    found = _rows(c, "r.provider = %(provider)s", provider=provider)
    return sorted(found, key=lambda k: (not k.open, k.due or date.max if k.open else date.max, -k.id))


def one(c: Connection, who: Who, number: int) -> Change:
    """Refused: there is none, or it is another department's; both look the same."""
    found = _rows(c, "r.id = %(id)s", id=number)
    if not found or not who.provider or found[0].provider != who.provider:
        raise Refused("no_change", f"没有编号为 {number} 的更正或撤回；请返回清单重新选择。")
    return found[0]


def waiting(c: Connection, provider: str, today: date) -> tuple[int, int]:
    """How many wait, and how many of them are overdue."""
    row = c.execute(SQL["waiting"], {"provider": provider, "today": today}).fetchone()
    assert row is not None
    return row[0], row[1]


def proposed(c: Connection, number: int) -> dict[str, str]:
    """What was filled in, by field code. Empty: nothing, or not kept any more."""
    row = c.execute(SQL["sealed"], [number]).fetchone()
    found: dict[str, str] = json.loads(keys.unseal(row[0])) if row else {}
    return found


def _rows(c: Connection, where: str, **values: Any) -> list[Change]:
    with c.cursor(row_factory=class_row(Change)) as cursor:
        return cursor.execute(
            f"{SQL['changes']} WHERE {where} ORDER BY r.id DESC LIMIT 2000", values
        ).fetchall()


def _of_record(c: Connection, record: str) -> list[Change]:
    return _rows(c, "r.record = %(record)s", record=record)


def stale(change: Change, own: Own | None) -> bool:
    """The record was changed, or ended, since it was proposed."""
    return own is None or _state(own) != change.state_then


def confirm(
    c: Connection, who: Who, now: datetime, number: int, own: Own | None, note: str, book: Rulebook
) -> Receipt:
    """The second person confirms; the change takes effect with this, all in one transaction.

    `own`: the record as it stands. NotPermitted: no reviewer of the department, or who proposed it. Refused: closed,
    or the record changed meanwhile. GoesBack: it would not be taken in any more.
    """
    permissions.require(book.permissions, who, CONFIRM)
    change = one(c, who, number)
    if who.name == change.by:
        raise NotPermitted("own_change", "自己提出的更正和撤回不能由自己审核；请本部门另一位审核员办理。")
    _still(change)
    if own is None or stale(change, own):
        raise Refused(
            "change_stale", "这条记录在提出以后又有变动，或已不再有效；请退回，由信息员核对后重新提出。"
        )
    how = How(also=partial(_end, who=who, now=now, change=change, outcome="confirmed", note=note.strip()))
    if change.kind == WITHDRAW:
        return mending.withdraw(who, now, own, change.reason, book, how)
    values = {**own.shown, **proposed(c, number)}
    return mending.correct(who, now, own, values, change.reason, book, how)


def refuse(c: Connection, who: Who, now: datetime, number: int, note: str, book: Rulebook) -> None:
    """The second person sends it back; nothing changes. NotPermitted; Refused: no reason, closed."""
    permissions.require(book.permissions, who, CONFIRM)
    change = one(c, who, number)
    if not note.strip() or len(note) > LONGEST_NOTE:
        raise Refused("no_reason", f"退回要写明理由（不超过 {LONGEST_NOTE} 字）；请补填后重试。")
    _still(change)
    with c.transaction():
        _end(c, None, who, now, change, "refused", note.strip())


def take_back(c: Connection, who: Who, now: datetime, number: int, book: Rulebook) -> None:
    """Who proposed it takes it back. NotPermitted: somebody else's; Refused: closed."""
    permissions.require(book.permissions, who, PROPOSE)
    change = one(c, who, number)
    if who.name != change.by:
        raise NotPermitted("not_yours", "只能收回自己提出的更正或撤回。")
    _still(change)
    with c.transaction():
        _end(c, None, who, now, change, "withdrawn", "")


def _still(change: Change) -> None:
    if not change.open:
        raise Refused("change_closed", f"这一项已是“{OUTCOMES[change.outcome]}”，不能再办理；请刷新清单。")


def _end(
    c: Connection, submission: int | None, who: Who, now: datetime, change: Change, outcome: str, note: str
) -> None:
    asked = {
        "change": change.id,
        "at": now,
        "by": who.name,
        "role": who.role,
        "outcome": outcome,
        "note": note,
    }
    if not c.execute(SQL["end"], {**asked, "submission": submission}).rowcount:
        raise Refused("change_closed", "这一项刚被他人办理过；请刷新清单。")
    c.execute(SQL["forget"], [change.id])
    told = {
        "by": change.by,
        "kind": change.kind,
        "record": change.record,
        "submission": submission,
        "note": note,
    }
    audit.record(c, who, now, f"record.{outcome}", str(change.id), told)
    audit.emit(c, now, f"collection.change_{outcome}", {"change": change.id, "submission": submission})


__all__ = ["OUTCOMES", "SQL", "Change", "confirm", "due_of", "listed", "one", "propose", "proposed", "refuse", "stale",
           "take_back", "waiting"]  # fmt: skip
