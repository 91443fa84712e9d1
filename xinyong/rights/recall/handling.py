"""Which events take records back from those who were given them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.catalog.loading import load_rulebook
from xinyong.disclosure import basis
from xinyong.disclosure.marks import RESTS_ON
from xinyong.foundation import home
from xinyong.foundation.events import Event, Handler
from xinyong.kernel.beijing import day_of
from xinyong.rights.recall import actions, corrections, stops
from xinyong.rights.recall.actions import Cause, of_batch
from xinyong.rights.recall.deliveries import SQL
from xinyong.rights.recall.stops import Stop

STOPS = {"repair": "repaired", "withdrawn": "withdrawn", "shielding": "shielded", "objection": "disputed"}
DUTIES = "duties"
ENDS = {"repair": "resumed", "withdrawn": "resumed", "shielding": "resumed", "objection": "answered"}


def handle(c: psycopg.Connection[Any], event: Event, now: datetime) -> None:
    _HANDLERS[event.kind](c, event, now)


def _marked(c: psycopg.Connection[Any], event: Event, now: datetime) -> None:
    body = event.body
    cause, records = f"mark:{body['act']}", sorted(body["marks"])
    if body["kind"] == RESTS_ON:
        stops.settle(c, f"{cause}:resting", event.at, records, now)
    if body["kind"] in STOPS and records:
        until = date.fromisoformat(body["until"]) if body["until"] else None
        told = _only_until(c, records, until, now) if until and body["kind"] == "shielding" else records
        if told:
            actions.issue(c, Cause(cause, STOPS[body["kind"]], event.at, until, told), now)
        stops.settle(c, cause, event.at, sorted(set(records) - set(told)), now)
        _resting(c, cause, event.at, records, now)
    if body["kind"] == DUTIES:
        _carried_on(c, cause, event.at, records, now)


def _carried_on(
    c: psycopg.Connection[Any], cause: str, at: datetime, records: Sequence[str], now: datetime
) -> None:
    """Past the end of its list's own term an entry with duties unmet is in force, and ends once they are met."""
    stops.settle(c, cause, at, records, now)
    _resting(c, cause, at, records, now)


def _only_until(c: psycopg.Connection[Any], records: Sequence[str], until: date, now: datetime) -> list[str]:
    """Of shielded records those that nothing stops for longer; of the others this day would say too little."""
    found = stops.standing(c, records, _today(now), load_rulebook(home.local_rulebook()))
    return [r for r in records if found[r].stop == Stop(until)]


def _closed(c: psycopg.Connection[Any], event: Event, now: datetime) -> None:
    body = event.body
    cause, record = f"closed:{body['mark']}", body["record"]
    if body["kind"] == RESTS_ON:
        stops.settle(c, f"{cause}:resting", event.at, [record], now)
    if body["kind"] in ENDS:
        if body["kind"] == "objection" or _in_force(c, record, now):
            actions.issue(c, Cause(cause, ENDS[body["kind"]], event.at, None, [record]), now)
        else:  # something else stops it still, maybe not for as long
            stops.settle(c, cause, event.at, [record], now)
        _resting(c, cause, event.at, [record], now)
    if body["kind"] == DUTIES:
        _carried_on(c, cause, event.at, [record], now)


def _in_force(c: psycopg.Connection[Any], record: str, now: datetime) -> bool:
    """Whether nothing else keeps it from being used."""
    today, book = _today(now), load_rulebook(home.local_rulebook())
    return basis.standing(c, [record], today, book)[record].state == "in_force"


def _today(now: datetime) -> date:
    return day_of(now)


def _submitted(c: psycopg.Connection[Any], event: Event, now: datetime) -> None:
    """A batch that corrected or ended records; one that was not taken published nothing."""
    born = event.body["batch"] if event.kind == "collection.undone" else event.body["submission"]
    published = c.execute(SQL["published"], {"born": born}).fetchone()
    ended, corrected = c.execute(SQL["changes"], {"born": born}).fetchone() or (False, False)
    if published is None:
        return
    if ended:
        actions.issue(c, Cause(of_batch(born, "ended"), "ended", published[0], born=born), now)
    if corrected:
        corrections.take_back(c, born, published[0], now)
    changed = [r[0] for r in c.execute(SQL["resting_on_changed"], {"born": born}).fetchall()]
    stops.settle(c, f"batch:{born}:resting", published[0], changed, now)


def _resting(
    c: psycopg.Connection[Any], cause: str, at: datetime, records: Sequence[str], now: datetime
) -> None:
    """What rests on these records stops with them, as long as they are stopped, and is back when they are."""
    stops.settle(c, f"{cause}:resting", at, basis.resting_on(c, records), now)


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
