"""Brings `public_listing` up to date: after publications, marks and changes of rules, and when the day changes.

Idempotent, and the same whether done step by step or from nothing. Run every minute by the worker, and by the
commands that take records in; a run that finds another one at work leaves it to that one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

import psycopg
from psycopg.types.json import Jsonb

from xinyong.archive import publication
from xinyong.catalog import registry
from xinyong.catalog.book import Rulebook, in_force
from xinyong.disclosure import listing_live
from xinyong.disclosure.listing import LISTED, SQL
from xinyong.foundation import database, locks

LOCK = locks.LISTING
CHUNK = 5_000
MARKS_AGAIN = 1_000  # marks are numbered before they are committed: look at the last ones again
FIGURES_EVERY = timedelta(minutes=10)
DEPARTMENTS = 8
MONTHS = 12
COPY = (
    "COPY public_listing (record_id, version, col, subject, decided, authority, classes, document,"
    " shown_from, shown_until) FROM STDIN"
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class State:
    """Up to where the listing was brought, and when; the first time: nowhere."""

    at: datetime | None = None
    day: date | None = None
    publication: int = 0
    mark: int = 0
    rules: str = ""
    figures: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did: how many records it looked at again, and whether it began from nothing."""

    looked_at: int
    rebuilt: bool = False
    busy: bool = False  # another run was at it


def catch_up(book: Rulebook, today: date, now: datetime) -> Done:
    """On a connection of its own."""
    with database.connect_app(autocommit=True) as c:
        return refresh(c, book, today, now)


def refresh(c: psycopg.Connection[Any], book: Rulebook, today: date, now: datetime) -> Done:
    """`c` must be in autocommit: the run is one transaction, begun after the publications it covers."""
    upto, mark = _newest(c)
    with c.transaction():
        if not c.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK]).fetchone()[0]:  # type: ignore[index]
            return Done(0, busy=True)
        was = state(c)
        rules = fingerprint(book, today)
        if was.at is None or was.rules != rules:
            done = Done(_rebuild(c, book, today, upto), rebuilt=True)
        else:
            done = Done(_follow(c, was, book, today, upto, mark))
        of = [today.isoformat(), upto, mark, rules]
        if not was.figures or was.figures["of"] != of:
            _keep(c, State(now, today, upto, mark, rules, _figures(c, was, book, today, now, of)))
    return done


def rebuild(c: psycopg.Connection[Any], book: Rulebook, today: date, now: datetime) -> Done:
    """From nothing."""
    with c.transaction():
        c.execute(SQL["forget_state"])
    return refresh(c, book, today, now)


def forget(c: psycopg.Connection[Any], records: Iterable[str]) -> None:
    """Take records out at once; for an erasure, in its transaction."""
    c.execute(SQL["forget"], {"records": list(records)})


def state(c: psycopg.Connection[Any]) -> State:
    row = c.execute(SQL["state"]).fetchone()
    return State(*row) if row else State()


def _newest(c: psycopg.Connection[Any]) -> tuple[int, int]:
    """Committed before the run begins; short, because who asks what is known holds up who publishes."""
    with c.transaction():
        row = c.execute("SELECT coalesce(max(id), 0) FROM record_mark").fetchone()
        assert row is not None
        return publication.known_at(c), int(row[0])


def fingerprint(book: Rulebook, today: date) -> str:
    """Changes whenever a rule or an item that decides on publication changes, or begins or ends to be in force."""
    items = [(i.code, i.digest) for i in book.current_items(today)]
    rules = [repr(rule) for versions in book.rules.values() if (rule := in_force(versions, today))]
    degrees = [repr(rule) for rule in book.degrees if in_force((rule,), today)]
    text = repr((book.edition.id, items, sorted(rules), book.publicity, degrees, listing_live.FORM))
    return hashlib.sha256(text.encode()).hexdigest()


def _rebuild(c: psycopg.Connection[Any], book: Rulebook, today: date, upto: int) -> int:
    c.execute(SQL["forget_all"])
    count = 0
    with c.cursor("every_record") as cursor:
        cursor.itersize = CHUNK
        cursor.execute(SQL["every"], {"items": _numbers(c, LISTED)})
        for ids in _chunks(r[0].hex for r in cursor):
            count += len(ids)
            _list(c, ids, book, today, upto)
    return count


def _follow(c: psycopg.Connection[Any], was: State, book: Rulebook, today: date, upto: int, mark: int) -> int:
    if was.day != today:
        c.execute(SQL["forget_ended"], {"today": today})
    changed = {r.hex for r in _changed(c, was, book, today, upto, mark)}
    for ids in _chunks(sorted(changed)):
        forget(c, ids)
        _list(c, ids, book, today, upto)
    return len(changed)


def _changed(
    c: psycopg.Connection[Any], was: State, book: Rulebook, today: date, upto: int, mark: int
) -> Iterator[Any]:
    if upto > was.publication:
        registrations = [i.code for i in book.current_items(today) if i.kind == "registration"]
        values = {"since": was.publication, "upto": upto, "items": _numbers(c, LISTED)}
        values["registrations"] = _numbers(c, registrations)
        yield from (r[0] for r in c.execute(SQL["touched"], values).fetchall())
    at = {"all": was.day != today, "since": was.publication, "upto": upto, "mark": was.mark - MARKS_AGAIN}
    yield from (r[0] for r in c.execute(SQL["resting"], at).fetchall())
    if mark > was.mark:
        yield from (r[0] for r in c.execute(SQL["marked"], {"since": was.mark - MARKS_AGAIN}).fetchall())


def _numbers(c: psycopg.Connection[Any], codes: Iterable[str]) -> list[int]:
    wanted = set(codes)
    return [n for n, code in registry.item_codes(c).items() if code in wanted]


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while some := list(islice(rest, CHUNK)):
        yield some


def _list(c: psycopg.Connection[Any], ids: list[str], book: Rulebook, today: date, upto: int) -> None:
    rows = list(listing_live.listed(c, ids, LISTED, book, today, upto))
    with c.cursor() as cursor, cursor.copy(COPY) as copy:
        for row in rows:
            copy.write_row(row)


def _keep(c: psycopg.Connection[Any], s: State) -> None:
    c.execute(SQL["forget_state"])
    values = {"at": s.at, "day": s.day, "publication": s.publication, "mark": s.mark, "rules": s.rules}
    c.execute(SQL["keep_state"], {**values, "figures": Jsonb(s.figures)})


def _figures(
    c: psycopg.Connection[Any], was: State, book: Rulebook, today: date, now: datetime, of: list[Any]
) -> dict[str, Any]:
    """Counted anew when they are some minutes old: at ten million records that takes seconds. `of`: of what state."""
    old = was.figures
    if old and was.day == today and now - datetime.fromisoformat(old["at"]) < FIGURES_EVERY:
        return old
    months = c.execute(SQL["months"], {"today": today}).fetchall()
    departments = c.execute(SQL["departments"], {"today": today, "limit": DEPARTMENTS}).fetchall()
    subjects, records = c.execute(SQL["collected"]).fetchone() or (0, 0)
    return {
        "at": now.isoformat(),
        "of": of,
        "subjects": int(subjects),
        "records": int(records),
        "shown": sum(n for _, _, n in months),
        "months": _by_month(months, today),
        "departments": [{"name": _called(code, book), "shown": n} for code, n in departments],
    }


def _by_month(counts: list[tuple[str, str, int]], today: date) -> list[dict[str, Any]]:
    found = {(col, month): n for col, month, n in counts}
    last = today.year * 12 + today.month - 1
    months = [f"{n // 12}-{n % 12 + 1:02}" for n in range(last - MONTHS + 1, last + 1)]
    return [{"month": m, **{col: found.get((col, m), 0) for col in ("permits", "penalties")}} for m in months]


def _called(code: str, book: Rulebook) -> str:
    provider = book.provider_by_code(code)
    return provider.name if provider else code
