"""What a record rests on: the decisions that a list entry, or any decision that follows another, is founded on.

Who decided the entry says so by a mark (`rests_on`, its value is the other record). Nothing more is stored: the entry
is in force only while every record it rests on is, and both are read in one statement, so in one snapshot. A record
that something rests on rests on nothing itself: there are no chains.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.archive import merges
from xinyong.catalog.book import Rulebook
from xinyong.disclosure import marks as marking
from xinyong.disclosure import measures, publicity, records
from xinyong.disclosure.marks import RESTS_ON, SQL, Marks
from xinyong.disclosure.publicity import Stored
from xinyong.foundation import audit
from xinyong.foundation.audit import Who
from xinyong.kernel.measures import BasisState
from xinyong.kernel.publicity import Facts

PERSON, WITHDRAWN = "person", "withdrawn"
KEPT_REASON = "记录内容封存或者删除以前写明已经撤销；内容不在了，撤销的事实留下。"
KEPT_BASIS = "记录内容"
STANDING = SQL["as_basis"].replace("/*marks*/", marking.ALL_OPEN)


@dataclass(frozen=True, slots=True)
class Standing:
    """A record as something to rest on, at publication `known_at`. `item` "": there is no such record (any more).

    `subject`: the archive's number, merged ones as what they were merged into; `holder`: the one the record itself is
    kept under, which stays its own after a split. `duties`: met, unmet or "".
    """

    record: str
    item: str
    values: Mapping[str, str]
    state: BasisState
    known_at: int
    duties: str = ""
    subject: int = 0
    natural: bool = False
    authority: str = ""
    decided: date | None = None
    rests_on: tuple[str, ...] = ()
    holder: int = 0


def standing(
    c: psycopg.Connection[Any], wanted: Iterable[str], today: date, book: Rulebook
) -> dict[str, Standing]:
    """Record (32 hex digits) → how it stands now; all of one snapshot, and none is left out."""
    asked = {"records": list(wanted), "marks_at": None}
    rows = c.execute(STANDING, asked).fetchall()
    merged = merges.known(c, rows[0][1]) if rows else None
    found = {}
    for row in rows:
        one = _standing(c, row, today, book)
        found[one.record] = replace(one, subject=merged.winner(one.subject)) if merged and one.item else one
    return found


def _standing(c: psycopg.Connection[Any], row: Sequence[Any], today: date, book: Rulebook) -> Standing:
    record, known_at, code, kind, payload, decided, valid_to, provider, received, subject, scheme, opened = (
        row
    )
    if code is None or kind == "R":
        return Standing(record, "", {}, "withdrawn", known_at)
    if payload is None:
        return Standing(record, "", {}, _forgotten(opened), known_at)
    values, item = records.unpacked(c, payload), book.item(code, today)
    found = settled(c, marking.read_all(opened), today, book)
    stored = Stored(values, decided, valid_to, scheme == PERSON, provider, received)
    facts = publicity.facts_of(item, stored, found, "", book, today)
    field = item.by_role("authority_code")
    authority = (values.get(field.code, "") if field else "") or provider
    return Standing(
        record, code, values, measures.state_of(item, facts, today), known_at, facts.duties, subject,
        scheme == PERSON, authority, decided, tuple(m.value for m in found if m.kind == RESTS_ON),
        subject,
    )  # fmt: skip


def _forgotten(opened: Sequence[Sequence[Any]] | None) -> BasisState:
    """Of a record sealed away or erased: a withdrawal outlasts what the record said, and so does what it lifted."""
    return "withdrawn" if marking.newest(marking.read_all(opened), WITHDRAWN) else "gone"


def keep_withdrawal(c: psycopg.Connection[Any], record: str, who: Who, now: datetime, book: Rulebook) -> None:
    """Before a record's words are forgotten: if they say that it was withdrawn, a mark says so from now on.

    Otherwise a bar lifted by that would be in force again. As whoever forgets, in that transaction; idempotent. No
    event: for nobody does anything change. Words that can't be read say nothing: they may be forgotten all the same.
    """
    row = c.execute(STANDING, {"records": [record], "marks_at": None}).fetchone()
    if row is None or row[3] == "R" or row[4] is None or marking.newest(marking.read_all(row[-1]), WITHDRAWN):
        return
    if says_withdrawn(c, row[2], row[4], now.date(), book):
        mark_withdrawal(c, record, who, now)


def says_withdrawn(c: psycopg.Connection[Any], code: str, payload: str, today: date, book: Rulebook) -> bool:
    """By its own fields; by the item's newest version, which may have ended: its records are forgotten all the same."""
    if code not in book.items:
        return False
    try:
        stored = Stored(records.unpacked(c, payload), None)
    except (KeyError, ValueError):
        return False
    return publicity.facts_of(book.items[code][-1], stored, (), "", book, today).stop == WITHDRAWN


def mark_withdrawal(c: psycopg.Connection[Any], record: str, who: Who, now: datetime) -> None:
    """What a record's words said of its withdrawal, as a mark. `keep_withdrawal` says when."""
    act = str(uuid.uuid4())
    c.execute(
        SQL["insert"],
        {
            "record": record, "kind": WITHDRAWN, "value": "", "at": now, "until": None, "actor": who.name,
            "role": who.role, "provider": who.provider, "reason": KEPT_REASON, "basis": KEPT_BASIS, "act": act,
            "closes": None,
        },
    )  # fmt: skip
    audit.record(c, who, now, "mark.withdrawn", act, {"record": record, "reason": KEPT_REASON})


def settled(c: psycopg.Connection[Any], found: Marks, today: date, book: Rulebook) -> Marks:
    """The marks with, of each record rested on, whether it still stands (`Mark.lost`)."""
    if not any(m.kind == RESTS_ON for m in found):
        return found
    return tuple(replace(m, lost=_lost(c, m.rests, today, book)) if m.kind == RESTS_ON else m for m in found)


def _lost(c: psycopg.Connection[Any], stored: Sequence[Any] | None, today: date, book: Rulebook) -> str:
    """The state of a record rested on; "" while it is in force."""
    if stored is None or stored[1] == "R":
        return "withdrawn"
    code, _, payload, *days, provider, opened = stored
    if payload is None:
        return _forgotten(opened)
    decided, valid_to, received = (date.fromisoformat(d) if d else None for d in days)
    item = book.item(code, today)
    kept = Stored(records.unpacked(c, payload), decided, valid_to, False, provider, received)
    facts: Facts = publicity.facts_of(item, kept, marking.read_all(opened), "", book, today)
    state = measures.state_of(item, facts, today)
    return "" if state == "in_force" else state


def open_of(
    c: psycopg.Connection[Any], wanted: Iterable[str], today: date, book: Rulebook
) -> Mapping[str, Marks]:
    """As `marks.open_of`, settled."""
    found = marking.open_of(c, wanted)
    for record, marks in list(found.items()):
        found[record] = settled(c, marks, today, book)
    return found


def resting_on(c: psycopg.Connection[Any], wanted: Iterable[str]) -> list[str]:
    """The records that rest on one of these."""
    return [r[0] for r in c.execute(SQL["resting_on"], {"records": list(wanted)}).fetchall()]


__all__ = [
    "Standing", "keep_withdrawal", "mark_withdrawal", "open_of", "resting_on", "says_withdrawn", "settled", "standing",
]  # fmt: skip
