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
from xinyong.disclosure import basis, identity, marks, measures, publicity
from xinyong.disclosure import records as stored
from xinyong.disclosure.basis import Standing
from xinyong.foundation import home
from xinyong.kernel.beijing import day_of
from xinyong.rights.notices.actions import Recipient, notify
from xinyong.rights.recall import actions, stops, wording
from xinyong.rights.recall.actions import Cause, of_batch
from xinyong.rights.recall.deliveries import SQL

AT_ONCE = 1_000
STOPPED = ("repaired", "withdrawn")
SAYS = ("revoked", "repair_state")  # the roles of fields that stop a record
Said = tuple[
    str, str
]  # what stops by the fields, before the batch and after it: one of STOPPED, stops.OFF or ""


def take_back(c: psycopg.Connection[Any], born: int, at: datetime, now: datetime) -> None:
    """Recall what a batch corrected: as stopped, as back, and all the rest as corrected. Subjects are told, too."""
    book, today = load_rulebook(home.local_rulebook()), day_of(now)
    records = [r[0] for r in c.execute(SQL["corrected"], {"born": born}).fetchall()]
    apart: dict[str, list[str]] = defaultdict(list)
    passing: list[
        str
    ] = []  # removed by the file, or free of what it said and stopped by something else that may end
    for first in range(0, len(records), AT_ONCE):
        part = records[first : first + AT_ONCE]
        said, believed = _by_file(c, born, part, today, book), stops.told(c, part, today)
        found = basis.standing(c, [r for r in part if r in believed or any(said.get(r, ()))], today, book)
        for record, one in found.items():
            if one.state in STOPPED:
                apart[one.state].append(record)
            elif one.state == "in_force" and record in believed:
                apart["resumed"].append(record)
            elif one.state in stops.UNSAID and (record in believed or _removed(said.get(record))):
                passing.append(record)
        _tell(c, born, said, found, now, book)
    for kind, some in apart.items():
        actions.issue(c, Cause(of_batch(born, kind), kind, at, records=sorted(some)), now)
    stops.settle(c, of_batch(born, actions.SETTLED), at, passing, now)
    actions.issue(c, Cause(of_batch(born, "corrected"), "corrected", at, born=born), now)


def _by_file(
    c: psycopg.Connection[Any], born: int, records: Sequence[str], today: date, book: Rulebook
) -> dict[str, Said]:
    items = {i.code: i for i in book.current_items(today) if _may_stop(i)}
    asked = {"born": born, "records": list(records), "items": list(items)}
    found = {}
    for record, code, after, before in c.execute(SQL["by_file"], asked).fetchall():
        now, once = (_stop(c, items[code], payload, today, book) for payload in (after, before))
        found[record] = once, now
    return found


def _may_stop(item: Item) -> bool:
    return any(item.by_role(role) for role in SAYS) or measures.ends_by_removal(item)


def _removed(said: Said | None) -> bool:
    """By this batch: a later correction of an entry that was removed is a correction."""
    return said is not None and said[1] == stops.OFF != said[0]


def _stop(c: psycopg.Connection[Any], item: Item, payload: str | None, today: date, book: Rulebook) -> str:
    """What stops a record, or takes it off its list, by its own fields, whatever marks it bears."""
    if payload is None:
        return ""
    values = stored.unpacked(c, payload)
    facts = publicity.facts_of(item, publicity.Stored(values, None, _last(item, values)), (), "", book, today)
    return facts.stop or (stops.OFF if measures.state_of(item, facts, today) == stops.OFF else "")


def _last(item: Item, values: Mapping[str, str]) -> date | None:
    """The end of its validity, which is the removal from some lists."""
    field = item.by_role("valid_to")
    try:
        return date.fromisoformat(values.get(field.code, "")) if field else None
    except ValueError:
        return None


def _tell(
    c: psycopg.Connection[Any],
    born: int,
    said: Mapping[str, Said],
    found: Mapping[str, Standing],
    now: datetime,
    book: Rulebook,
) -> None:
    """The subjects of records that the file stopped or gave back; of a repair decided here they know already."""
    turned = {r: s for r, s in said.items() if r in found and (s[0] in STOPPED) != (s[1] in STOPPED)}
    borne = marks.open_of(c, turned) if turned else {}
    known = {r for r, some in borne.items() if marks.stop(some)[0] in STOPPED}
    wanted = {
        r: found[r]
        for r, (_, after) in turned.items()
        if r not in known and _true(found[r], after in STOPPED)
    }
    for record, one in wanted.items():
        subject = identity.by_number(c, one.subject).subject
        if subject:  # of a person the keyed hash, by which its accounts are found
            template = "RECORD_STOPPED" if said[record][1] in STOPPED else "RECORD_RESUMED"
            to, about = Recipient("subject", subject.value), f"batch:{born}:{record}"
            notify(c, now, template, to, _values(one, book, now), about)


def _true(one: Standing, stopped: bool) -> bool:
    """It may have changed again since."""
    return one.state in STOPPED if stopped else one.state == "in_force"


def _values(one: Standing, book: Rulebook, now: datetime) -> dict[str, str]:
    today = day_of(now)
    revoked = wording.field(one, book.item(one.item, today), "revoked")
    what = f"被{revoked}" if revoked in publicity.REVOKED else publicity.REPAIRED
    return wording.named(one, book, today) | {"what": what}


__all__ = ["take_back"]
