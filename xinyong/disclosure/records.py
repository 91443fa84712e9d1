"""One record as an asker sees it: fields, clocks, marks. `queries` finds them and logs the look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from xinyong.catalog import registry
from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.disclosure import explaining, ids, measures, publicity, showing
from xinyong.disclosure.asker import Ground
from xinyong.disclosure.marks import Marks
from xinyong.disclosure.publicity import Stored
from xinyong.foundation.audit import Who
from xinyong.kernel import canonical

DEPARTMENTS = ("department", "department_reviewer")
UNTIL_THE_END = ("subject", "center", "center_reviewer", "auditor")
_layouts: dict[str, list[str]] = {}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the statement `archive`."""

    record: str
    seq: int
    born: int
    line: int
    item: str
    decided: date | None
    valid_from: date | None
    valid_to: date | None
    payload: str
    publication: int
    provider: str
    subject: int
    received: date
    marks: list[list[Any]] | None


def unpacked(c: psycopg.Connection[Any], payload: str) -> dict[str, str]:
    """Field code → value. A layout is named by its content, so once known it is known for ever."""
    try:
        return canonical.unpack(payload, _layouts)
    except KeyError:
        _layouts.update(registry.layouts(c))
        return canonical.unpack(payload, _layouts)


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks at whose records on which day, on what ground. `past`: as known at an earlier moment."""

    who: Who
    today: date
    day: date
    why: Ground
    natural: bool
    past: bool = False


def shown(
    row: Row, values: Mapping[str, str], opened: Marks, look: Look, book: Rulebook
) -> dict[str, Any] | None:
    """The record with its open marks, or None when this asker may not see it. Disclosure follows today's edition and today's rules."""
    item = book.item(row.item, look.today)
    if not look.why.covers(item.code) or not _within_reach(row, values, item, look):
        return None
    stored = Stored(values, row.decided, row.valid_to, look.natural, row.provider, row.received)
    if look.who.role == "public":
        w = publicity.our_window(item, stored, opened, look.today, book)
        if _over(publicity.retained_until(item, stored, publicity.ended(item, stored), book), look):
            return None
        return (
            {**_plain(row, values, item, look, opened), **explaining.for_the_public(w, opened, look.today)}
            if w.public
            else None
        )
    clocks = publicity.clocks(item, stored, opened, look.today, book)
    if _over(clocks.facts.retained_until, look):
        return None
    if not clocks.shared_for(look.why.use) and not _sees_unshared(row, values, item, look):
        return None
    record = _plain(row, values, item, look, opened)
    third = measures.of_record(row.record, row.publication, item, stored, clocks.facts, look.today, book)
    state = measures.state_of(item, clocks.facts, look.today)
    said = explaining.for_insiders(clocks, look.today, measures.told(third, state))
    origin = {"record": row.record, "version": row.seq, "submission": row.born, "line": row.line}
    origin |= {"publication": row.publication, "provider": row.provider}
    reason = said["publicity"]["sentence"]
    return record | origin | {"public": clocks.public, "public_reason": reason, "clocks": said}


def _over(retained_until: date | None, look: Look) -> bool:
    """Past its retention a record is for nobody but its subject and the centre, which see to its end."""
    return retained_until is not None and look.today > retained_until and look.who.role not in UNTIL_THE_END


def _sees_unshared(row: Row, values: Mapping[str, str], item: Item, look: Look) -> bool:
    """What is stopped, or not for this use, is not shared: who decided it, the centre and its subject keep it.

    第36号令第三条: 修复后停止公示、共享和使用.
    """
    return look.who.role in UNTIL_THE_END or _its_own(row, values, item, look)


def _within_reach(row: Row, values: Mapping[str, str], item: Item, look: Look) -> bool:
    """What was known earlier is for the subject, the auditor, the centre, and the department whose record it is."""
    return not look.past or look.who.role not in DEPARTMENTS or _its_own(row, values, item, look)


def _its_own(row: Row, values: Mapping[str, str], item: Item, look: Look) -> bool:
    """Whether a department decided the record or handed it in."""
    if look.who.role not in DEPARTMENTS or not look.who.provider:
        return False
    f = item.by_role("authority_code")
    return look.who.provider in (row.provider, values.get(f.code) if f else None)


def _plain(row: Row, values: Mapping[str, str], item: Item, look: Look, opened: Marks) -> dict[str, Any]:
    fields = showing.told(item, values, look.who.role, natural=look.natural)
    return {
        "public_id": ids.public_id(row.record),
        "item": item.code,
        "item_name": item.name,
        "decided": _iso(row.decided),
        "valid_from": _iso(row.valid_from),
        "valid_to": _iso(row.valid_to),
        "in_force": row.valid_to is None or row.valid_to >= look.day,
        "fields": {name: text for _, name, text, f in fields if look.why.shows(f)},
        "objected": any(m.kind == "objection" for m in opened),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
