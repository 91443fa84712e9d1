"""措施的通知: a subject is told what was registered against it, and subject and organ when its ground fell away or came back.

An event only makes us look. Whether a measure is in force is computed from the register and the records as they are
now, and told if it differs from what was told last; so events may come twice, late, or in another order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.catalog.loading import load_rulebook
from xinyong.disclosure import basis, identity
from xinyong.foundation import home, named_sql
from xinyong.foundation.apart import Failed, apart
from xinyong.foundation.events import Event, Handler
from xinyong.kernel.beijing import day_of
from xinyong.regulation.measures import actions, kept, words
from xinyong.regulation.measures.standing import Registered, states
from xinyong.rights.notices.actions import SQL as NOTICES
from xinyong.rights.notices.actions import Recipient, notify

SQL = named_sql.load(Path(__file__).parent / "sql" / "imposed.sql")
MARKS = ("repair", "withdrawn", "shielding", "rests_on", "duties")
REGISTERED, LIFTED, RESUMED = "MEASURE_REGISTERED", "MEASURE_LIFTED", "MEASURE_RESUMED"
CHANGES = {
    "lifted": "已由作出机关解除",
    "mistaken": "的登记有误，已更正",
    "extended": "已按行业主管部门规定延续",
}
AT_ONCE = 500


def handle(c: psycopg.Connection[Any], event: Event, now: datetime) -> None:
    book, today = load_rulebook(home.local_rulebook()), day_of(now)
    if event.kind == actions.EVENT:
        _acted(c, event, now, today, book)
        return
    records = _records(c, event)
    if records:
        wanted = [*records, *basis.resting_on(c, records)]
        rows = c.execute(SQL["resting"], {"records": wanted}).fetchall()
        settle(c, [r[0] for r in rows], now, today, book)


def _records(c: psycopg.Connection[Any], event: Event) -> list[str]:
    """Records whose state the event may have changed, as far as anything rests on them."""
    body = event.body
    if event.kind == "record.mark":
        return sorted(body["marks"]) if body["kind"] in MARKS else []
    if event.kind == "record.mark_closed":
        return [body["record"]] if body["kind"] in MARKS else []
    if event.kind in ("record.erased", "record.sealed"):
        return [body["record"]]
    born = body["batch"] if event.kind == "collection.undone" else body["submission"]
    return [r[0] for r in c.execute(SQL["changed"], {"born": born}).fetchall()]


def _acted(c: psycopg.Connection[Any], event: Event, now: datetime, today: date, book: Rulebook) -> None:
    m = kept.load(c, event.body["measure"])
    if m is None:
        return
    [r] = states(c, [m], today, book)
    kind = event.body["kind"]
    if kind == "registered":
        law = words.law(m.rule)
        _tell(c, now, REGISTERED, r, today, book, {"decided": f"{m.decided}", "law": law})
        _settled(c, now, r, today, book)
    else:
        _tell(c, now, "MEASURE_CHANGED", r, today, book, {"change": CHANGES[kind]})


def settle(
    c: psycopg.Connection[Any], numbers: Sequence[str], now: datetime, today: date, book: Rulebook
) -> int:
    """Tell of each of these measures what is not as it was told last; how many were told of. In the caller's transaction."""
    return sum(
        _settled(c, now, r, today, book)
        for part in _parts(numbers)
        for r in states(c, kept.numbered(c, part), today, book)
    )


def _settled(c: psycopg.Connection[Any], now: datetime, r: Registered, today: date, book: Rulebook) -> bool:
    asked = {"about": _about(r), "templates": [REGISTERED, LIFTED, RESUMED]}
    row = c.execute(SQL["last"], asked).fetchone()
    if row is None:  # its registration is told first, and then how it stands
        return False
    told = row[0]
    until, unmet = r.window.until, any(s.duties == "unmet" for s in r.bases)
    if until is not None and until < today and not unmet and not r.measure.extended_until:
        return False  # its time was over before its ground was
    if r.state == "lifted" and told != LIFTED:
        return _both(c, now, LIFTED, r, today, book)
    if r.current and told == LIFTED:
        return _both(c, now, RESUMED, r, today, book)
    return r.state == "overrun" and _overrun(c, now, r, book)


def _both(
    c: psycopg.Connection[Any], now: datetime, template: str, r: Registered, today: date, book: Rulebook
) -> bool:
    _tell(c, now, template, r, today, book)
    notify(c, now, f"{template}_ORGAN", Recipient("provider", r.measure.organ), _values(r, book), _about(r))
    return True


def _overrun(c: psycopg.Connection[Any], now: datetime, r: Registered, book: Rulebook) -> bool:
    """Once for each last day: an extension makes a new one."""
    to, about = Recipient("provider", r.measure.organ), f"{_about(r)}:{r.window.until}"
    asked = {"about": about, "kind": to.kind, "value": to.value, "template": "MEASURE_OVERRUN"}
    if c.execute(NOTICES["told"], asked).fetchone():
        return False
    notify(c, now, "MEASURE_OVERRUN", to, _values(r, book), about)
    return True


def _tell(
    c: psycopg.Connection[Any], now: datetime, template: str, r: Registered, today: date, book: Rulebook,
    more: dict[str, str] | None = None,
) -> None:  # fmt: skip
    """The subject, under the code it has now."""
    found = identity.titles(c, [r.measure.subject], today).get(r.measure.subject)
    if found and found["code"]:
        to = Recipient("subject", found["code"])
        notify(c, now, template, to, {**_values(r, book), **(more or {})}, _about(r))


def _values(r: Registered, book: Rulebook) -> dict[str, str]:
    m = r.measure
    return {
        "measure": m.rule.name,
        "organ": m.organ_name,
        "document": m.document,
        "state": words.sentence(r, book),
    }


def _about(r: Registered) -> str:
    return f"measure:{r.measure.number}"


def sweep(c: psycopg.Connection[Any], now: datetime, book: Rulebook, failed: Failed | None = None) -> int:
    """What days changed without an event: a shielding that ended, a removal that came, a maximum reached.

    `failed`: where measures that can't be read or told are noted; None: the first of them ends it.
    """
    today = day_of(now)
    return sum(_part(c, part, now, today, book, failed) for part in _parts(kept.live(c)))


def _parts(numbers: Sequence[str]) -> Iterable[Sequence[str]]:
    return (numbers[at : at + AT_ONCE] for at in range(0, len(numbers), AT_ONCE))


def _part(
    c: psycopg.Connection[Any], numbers: Sequence[str], now: datetime, today: date, book: Rulebook,
    failed: Failed | None,
) -> int:  # fmt: skip
    """All at once, for they are many; where that fails, by halves, down to the one that can't be told."""
    mine = Failed() if failed is not None else None
    with apart(mine, f"measure:{numbers[0]}"), c.transaction():
        return settle(c, numbers, now, today, book)
    if len(numbers) == 1 and failed is not None:
        failed |= mine or {}
        return 0
    half = len(numbers) // 2
    return sum(_part(c, some, now, today, book, failed) for some in (numbers[:half], numbers[half:]))


HANDLER = Handler(
    "measures",
    (
        actions.EVENT, "record.mark", "record.mark_closed", "collection.submission", "collection.undone",
        "record.erased", "record.sealed",
    ),
    handle,
)  # fmt: skip

__all__ = ["HANDLER", "handle", "settle", "sweep"]
