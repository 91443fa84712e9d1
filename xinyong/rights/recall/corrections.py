"""What a department's file says of records that others have: corrected, stopped by what the file itself says, or back.

A file may say in a record's own fields that the decision was revoked (行政处罚法第四十八条) or repaired; that stops the
record as a decision made here does, and those who have it, and its subject, are told so. A later file may say otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.catalog.loading import load_rulebook
from xinyong.catalog.model import Item
from xinyong.disclosure import basis, identity, marks, publicity
from xinyong.disclosure import records as stored
from xinyong.disclosure.basis import Standing
from xinyong.foundation import home
from xinyong.kernel.beijing import day_of
from xinyong.rights.notices.actions import Recipient, notify
from xinyong.rights.recall import actions, stops
from xinyong.rights.recall.actions import Cause, of_batch
from xinyong.rights.recall.deliveries import SQL

AT_ONCE = 1_000
STOPPED = ("repaired", "withdrawn")
SAYS = ("revoked", "repair_state")  # the roles of fields that stop a record
Said = tuple[str, str]  # what stops by the fields, before the batch and after it: one of STOPPED or ""


def take_back(c: psycopg.Connection[Any], born: int, at: datetime, now: datetime) -> None:
    """Recall what a batch corrected: as stopped, as back, and all the rest as corrected. Subjects are told, too."""
    book, today = load_rulebook(home.local_rulebook()), day_of(now)
    records = [r[0] for r in c.execute(SQL["corrected"], {"born": born}).fetchall()]
    apart: dict[str, list[str]] = defaultdict(list)
    passing: list[str] = []  # free of what the file said, and stopped by something else that may end
    for first in range(0, len(records), AT_ONCE):
        part = records[first : first + AT_ONCE]
        said, believed = _by_file(c, born, part, today, book), stops.told(c, part, today)
        found = basis.standing(c, [r for r in part if r in believed or any(said.get(r, ()))], today, book)
        for record, one in found.items():
            if one.state in STOPPED:
                apart[one.state].append(record)
            elif one.state == "in_force" and record in believed:
                apart["resumed"].append(record)
            elif one.state in stops.PASSING and record in believed:
                passing.append(record)
        _tell(c, born, said, found, now, book)
    for kind, some in apart.items():
        actions.issue(c, Cause(of_batch(born, kind), kind, at, records=sorted(some)), now)
    stops.settle(c, of_batch(born, actions.SETTLED), at, passing, now)
    actions.issue(c, Cause(of_batch(born, "corrected"), "corrected", at, born=born), now)


def _by_file(
    c: psycopg.Connection[Any], born: int, records: Sequence[str], today: date, book: Rulebook
) -> dict[str, Said]:
    items = {i.code: i for i in book.current_items(today) if any(i.by_role(role) for role in SAYS)}
    asked = {"born": born, "records": list(records), "items": list(items)}
    found = {}
    for record, code, after, before in c.execute(SQL["by_file"], asked).fetchall():
        now, once = (_stop(c, items[code], payload, today, book) for payload in (after, before))
        found[record] = once, now
    return found


def _stop(c: psycopg.Connection[Any], item: Item, payload: str | None, today: date, book: Rulebook) -> str:
    """What stops a record by its own fields, whatever marks it bears."""
    if payload is None:
        return ""
    values = publicity.Stored(stored.unpacked(c, payload), None)
    return publicity.facts_of(item, values, (), "", book, today).stop


def _tell(
    c: psycopg.Connection[Any],
    born: int,
    said: Mapping[str, Said],
    found: Mapping[str, Standing],
    now: datetime,
    book: Rulebook,
) -> None:
    """The subjects of records that the file stopped or gave back; of a repair decided here they know already."""
    turned = {r: s for r, s in said.items() if r in found and bool(s[0]) != bool(s[1])}
    borne = marks.open_of(c, turned) if turned else {}
    known = {r for r, some in borne.items() if marks.stop(some)[0] in STOPPED}
    wanted = {r: found[r] for r, (_, after) in turned.items() if r not in known and _true(found[r], after)}
    for record, one in wanted.items():
        subject = identity.by_number(c, one.subject).subject
        if subject:  # of a person the keyed hash, by which its accounts are found
            template = "RECORD_STOPPED" if said[record][1] else "RECORD_RESUMED"
            to, about = Recipient("subject", subject.value), f"batch:{born}:{record}"
            notify(c, now, template, to, _values(one, book, now), about)


def _true(one: Standing, after: str) -> bool:
    """It may have changed again since."""
    return one.state in STOPPED if after else one.state == "in_force"


def _values(one: Standing, book: Rulebook, now: datetime) -> dict[str, str]:
    item = book.item(one.item, day_of(now))
    known = book.provider_by_code(one.authority)
    revoked = _field(one, item, "revoked")
    return {
        "authority": _field(one, item, "authority_name") or (known.name if known else "认定单位"),
        "item": item.name,
        "document": _field(one, item, "doc_no") or "无",
        "decided": one.decided.isoformat() if one.decided else "（未注明日期）",
        "what": f"被{revoked}" if revoked in publicity.REVOKED else publicity.REPAIRED,
    }


def _field(one: Standing, item: Item, role: str) -> str:
    field = item.by_role(role)
    return one.values.get(field.code, "") if field else ""


__all__ = ["take_back"]
