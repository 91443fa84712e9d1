"""Which events take records back from those who were given them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from xinyong.catalog.loading import load_rulebook
from xinyong.disclosure import basis
from xinyong.disclosure.marks import RESTS_ON
from xinyong.foundation import home
from xinyong.foundation.events import Event, Handler
from xinyong.rights.recall import actions
from xinyong.rights.recall.actions import Cause
from xinyong.rights.recall.deliveries import SQL

ZONE = ZoneInfo("Asia/Shanghai")
STOPS = {"repair": "repaired", "withdrawn": "withdrawn", "shielding": "shielded", "objection": "disputed"}
ENDS = {"repair": "resumed", "withdrawn": "resumed", "shielding": "resumed", "objection": "answered"}


def handle(c: psycopg.Connection[Any], event: Event, now: datetime) -> None:
    _HANDLERS[event.kind](c, event, now)


def _marked(c: psycopg.Connection[Any], event: Event, now: datetime) -> None:
    body = event.body
    if body["kind"] in STOPS and body["marks"]:
        until = date.fromisoformat(body["until"]) if body["until"] else None
        kind, records = STOPS[body["kind"]], sorted(body["marks"])
        actions.issue(c, Cause(f"mark:{body['act']}", kind, event.at, until, records), now)
        _resting(c, f"mark:{body['act']}", event.at, records, now, until)
    if body["kind"] == RESTS_ON:
        _ungrounded(c, f"mark:{body['act']}", event.at, sorted(body["marks"]), now)


def _closed(c: psycopg.Connection[Any], event: Event, now: datetime) -> None:
    body = event.body
    if body["kind"] == RESTS_ON:
        _ungrounded(c, f"closed:{body['mark']}", event.at, [body["record"]], now)
    if body["kind"] in ENDS:
        why = Cause(f"closed:{body['mark']}", ENDS[body["kind"]], event.at, None, [body["record"]])
        if body["kind"] == "objection" or _in_force(c, body["record"], now):
            actions.issue(c, why, now)
        _resting(c, f"closed:{body['mark']}", event.at, [body["record"]], now)


def _in_force(c: psycopg.Connection[Any], record: str, now: datetime) -> bool:
    """Whether nothing else keeps it from being used."""
    today, book = now.astimezone(ZONE).date(), load_rulebook(home.local_rulebook())
    return basis.standing(c, [record], today, book)[record].state == "in_force"


def _submitted(c: psycopg.Connection[Any], event: Event, now: datetime) -> None:
    """A batch that corrected or ended records; one that was not taken published nothing."""
    born = event.body["batch"] if event.kind == "collection.undone" else event.body["submission"]
    published = c.execute(SQL["published"], {"born": born}).fetchone()
    ended, corrected = c.execute(SQL["changes"], {"born": born}).fetchone() or (False, False)
    if published is None:
        return
    for kind, wanted in (("ended", ended), ("corrected", corrected)):
        if wanted:
            actions.issue(c, Cause(f"batch:{born}:{kind}", kind, published[0], born=born), now)
    changed = [r[0] for r in c.execute(SQL["resting_on_changed"], {"born": born}).fetchall()]
    _ungrounded(c, f"batch:{born}", published[0], changed, now)


def _resting(
    c: psycopg.Connection[Any],
    cause: str,
    at: datetime,
    records: list[str],
    now: datetime,
    until: date | None = None,
) -> None:
    """What rests on these records ends with them, `until` a day where they do, and is back when they are."""
    _ungrounded(c, cause, at, basis.resting_on(c, records), now, until)


def _ungrounded(
    c: psycopg.Connection[Any],
    cause: str,
    at: datetime,
    records: list[str],
    now: datetime,
    until: date | None = None,
) -> None:
    """Of records that rest on others: those without ground are used by nobody; the rest may be used again."""
    if not records:
        return
    today, book = now.astimezone(ZONE).date(), load_rulebook(home.local_rulebook())
    found = basis.standing(c, records, today, book)
    stopped = {
        r[0] for r in c.execute(SQL["stopped_resting"], {"records": records, "today": today}).fetchall()
    }
    ended = [r for r, s in found.items() if s.state == "groundless" and r not in stopped]
    back = [r for r, s in found.items() if s.state == "in_force" and r in stopped]
    for kind, some, day in (("shielded" if until else "ended", ended, until), ("resumed", back, None)):
        if some:
            actions.issue(c, Cause(f"{cause}:resting:{kind}", kind, at, day, sorted(some)), now)


def _erased(c: psycopg.Connection[Any], event: Event, now: datetime) -> None:
    """The record's number is all that is left; who had it has to let go of it, too."""
    why = Cause(f"erased:{event.body['entry']}", "erased", event.at, None, [event.body["record"]])
    actions.issue(c, why, now)
    _resting(c, why.cause, event.at, [event.body["record"]], now)


def _sealed(c: psycopg.Connection[Any], event: Event, now: datetime) -> None:
    """Past its retention a record is used by nobody any more, wherever it was given to; it is sealed once and for all."""
    record = event.body["record"]
    actions.issue(c, Cause(f"sealed:{record}", "sealed", event.at, None, [record]), now)
    _resting(c, f"sealed:{record}", event.at, [record], now)


_HANDLERS = {
    "record.mark": _marked,
    "record.mark_closed": _closed,
    "collection.submission": _submitted,
    "collection.undone": _submitted,
    "record.erased": _erased,
    "record.sealed": _sealed,
}
HANDLER = Handler("recall", tuple(_HANDLERS), handle)

__all__ = ["HANDLER", "handle"]
