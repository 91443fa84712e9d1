"""The outbox's hands: what happened below is handled above, each event once by each handler.

A floor that wants events has a module `handlers` with `HANDLERS`, found by name as tasks are. A trigger notes with
each event who has yet to handle it, and wakes the worker when the event's transaction commits. Handling takes the
note away in the handler's own transaction: killed in between, nothing of it happened and it is done again. A
handler that fails is tried again later and later, the others go on; events come in order as long as none fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg.rows import dict_row

from xinyong.foundation import locks, named_sql
from xinyong.kernel.errors import Fault

SQL = named_sql.load(Path(__file__).parent / "sql" / "events.sql")
RUNNING, WAITING = locks.EVENTS_RUNNING, locks.EVENTS_WAITING
OFTEN = 10  # failures in a row, over half a day: a person has to look; it is tried on all the same
AT_ONCE = 200
LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True)
class Event:
    id: int
    at: datetime
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Handler:
    """`handle(c, event, now)` works in one transaction on `c`; it may begin again from nothing, never by halves."""

    name: str
    kinds: tuple[str, ...]
    handle: Callable[[psycopg.Connection[Any], Event, datetime], None]


@dataclass(slots=True)
class Done:
    """What a run did. `failures`: event, handler and what was raised."""

    handled: int = 0
    failures: list[tuple[int, str, Exception]] = field(default_factory=list)


def handlers() -> dict[str, Handler]:
    """Every handler of the installed floors by name. Fault: two of one name."""
    found: dict[str, Handler] = {}
    for module in _modules():
        for handler in import_module(module).HANDLERS:
            if handler.name in found:
                raise Fault("event_handler", f"两个处理程序同名“{handler.name}”；请联系平台维护人员。")
            found[handler.name] = handler
    return found


def _modules() -> Iterator[str]:
    for name in settings.INSTALLED_APPS:
        if name.startswith("xinyong.") and find_spec(f"{name}.handlers"):
            yield f"{name}.handlers"


def register(c: psycopg.Connection[Any]) -> None:
    """Make known to the database who wants what; with the installation and each upgrade. Idempotent."""
    for handler in handlers().values():
        for kind in handler.kinds:
            c.execute(SQL["register"], {"name": handler.name, "kind": kind})


def run(c: psycopg.Connection[Any], now: datetime, known: Mapping[str, Handler] | None = None) -> Done:
    """Handle everything that is due. `c` in autocommit. One run at a time; a second one waits, a third leaves."""
    done = Done()
    with _alone(c) as mine:
        if mine:
            _run(c, now, handlers() if known is None else known, done)
    return done


@contextmanager
def _alone(c: psycopg.Connection[Any]) -> Iterator[bool]:
    """Whoever leaves at once knows of one who has still to begin, and who will see what this one came for."""
    if not _ask(c, "SELECT pg_try_advisory_lock(%s)", WAITING):
        yield False
        return
    try:
        c.execute("SELECT pg_advisory_lock(%s)", [RUNNING])
    finally:
        _ask(c, "SELECT pg_advisory_unlock(%s)", WAITING)
    try:
        yield True
    finally:
        if not c.closed:
            _ask(c, "SELECT pg_advisory_unlock(%s)", RUNNING)


def _ask(c: psycopg.Connection[Any], statement: str, number: int) -> bool:
    row = c.execute(statement, [number]).fetchone()
    return bool(row and row[0])


def _run(c: psycopg.Connection[Any], now: datetime, known: Mapping[str, Handler], done: Done) -> None:
    asked = {"now": now, "limit": AT_ONCE}
    while due := c.execute(SQL["due"], asked).fetchall():
        for event, name in due:
            _handle(c, event, name, now, known, done)


def _handle(
    c: psycopg.Connection[Any], event: int, name: str, now: datetime, known: Mapping[str, Handler], done: Done
) -> None:
    which = {"event": event, "handler": name, "now": now}
    try:
        with c.transaction():
            if c.execute(SQL["take"], which).fetchone() is None:
                return
            row = c.execute(SQL["event"], which).fetchone()
            if row is not None and name in known:  # a handler that is no more has nothing to say
                known[name].handle(c, Event(*row), now)
            c.execute(SQL["handled"], which)
        done.handled += 1
    except Exception as e:
        if c.closed:
            raise
        c.execute(SQL["failed"], which | {"error": _told(e)})
        done.failures.append((event, name, e))


def _told(e: Exception) -> str:
    """Its first line: what a database adds below may show values."""
    lines = str(e).strip().splitlines() or [""]
    return f"{type(e).__name__}：{lines[0]}"[:LONGEST_ERROR]


def wake(c: psycopg.Connection[Any], task: str, at: datetime | None = None) -> None:
    """Let the worker run a periodic task when this transaction commits; however often asked, once in it.

    `at`: not before. Outside a transaction the job stands at once.
    """
    mark = "xinyong.woken_" + task.replace(":", "_") + ("_later" if at else "")
    c.execute(SQL["wake"], {"task": task, "at": at, "mark": mark})


def standing(c: psycopg.Connection[Any]) -> tuple[int, int, int]:
    """How many wait, of these how many failed at least once, of these how many OFTEN."""
    row = c.execute(SQL["standing"], {"most": OFTEN}).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])


def troubled(c: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """Events that failed, with their last error, oldest first; 200 at most."""
    with c.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SQL["troubled"]).fetchall()


__all__ = ["Done", "Event", "Handler", "handlers", "register", "run", "standing", "troubled", "wake"]
