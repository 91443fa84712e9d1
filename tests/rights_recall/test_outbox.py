"""The outbox's hands: each event once by each handler, in order, whatever fails or is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from typing import Any

import pytest
from recall_desk import Desk, now

from xinyong.foundation import audit, doctor, events
from xinyong.foundation.events import Event, Handler

KIND = "test.happened"


def told(name: str, seen: list[Any], fail: tuple[int, ...] = ()) -> Handler:
    def handle(c: Any, event: Event, at: Any) -> None:
        c.execute("INSERT INTO api_nonce (token, nonce, at) VALUES (0, %s, now())", [f"{name}{event.id}"])
        seen.append(event.body["n"])
        if event.body["n"] in fail:
            raise ValueError("接不住")

    return Handler(name, (KIND,), handle)


def wanted(desk: Desk, *handlers: Handler) -> dict[str, Handler]:
    for h in handlers:
        desk.c.execute(events.SQL["register"], {"name": h.name, "kind": KIND})
    return {h.name: h for h in handlers}


def emit(desk: Desk, *numbers: int) -> None:
    for n in numbers:
        with desk.c.transaction():
            audit.emit(desk.c, now(), KIND, {"n": n})


def waiting(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.c.execute("SELECT event_id, handler, attempts FROM event_todo ORDER BY 1, 2").fetchall()


def test_each_handler_gets_each_event_once_and_in_order(desk: Desk) -> None:
    first, second = [], []
    known = wanted(desk, told("甲", first), told("乙", second))
    emit(desk, 1, 2, 3)
    assert events.run(desk.c, now(), known).handled == 6
    assert events.run(desk.c, now(), known).handled == 0
    assert first == second == [1, 2, 3]
    handled = "SELECT count(*) FROM event_handled h JOIN event e ON e.id = h.event_id WHERE e.kind = %s"
    assert desk.district.one(handled, KIND) == 3


def test_what_nobody_wants_waits_for_nobody(desk: Desk) -> None:
    with desk.c.transaction():
        audit.emit(desk.c, now(), "test.nobody", {})
    assert waiting(desk) == []


def test_what_happened_before_a_handler_came_is_not_its_business(desk: Desk) -> None:
    emit(desk, 1)
    seen: list[Any] = []
    known = wanted(desk, told("甲", seen))
    emit(desk, 2)
    events.run(desk.c, now(), known)
    assert seen == [2]


def test_an_event_of_a_transaction_that_never_commits_is_not_handled(desk: Desk) -> None:
    seen: list[Any] = []
    known = wanted(desk, told("甲", seen))
    other = desk.district.connect(autocommit=False)
    audit.emit(other, now(), KIND, {"n": 1})
    emit(desk, 2)
    events.run(desk.c, now(), known)
    other.rollback()
    events.run(desk.c, now(), known)
    assert seen == [2]


def test_an_event_that_commits_late_is_handled_though_later_ones_were(desk: Desk) -> None:
    seen: list[Any] = []
    known = wanted(desk, told("甲", seen))
    other = desk.district.connect(autocommit=False)
    audit.emit(other, now(), KIND, {"n": 1})
    emit(desk, 2)
    events.run(desk.c, now(), known)
    other.commit()
    events.run(desk.c, now(), known)
    assert seen == [2, 1]


def test_a_poisoned_event_holds_up_no_other_is_tried_later_and_later_and_seen(desk: Desk) -> None:
    seen: list[Any] = []
    known = wanted(desk, told("甲", seen, fail=(1,)))
    emit(desk, 1, 2)
    [(event, name, error)] = events.run(desk.c, at := now(), known).failures
    assert (name, str(error), seen) == ("甲", "接不住", [1, 2])
    assert desk.district.one("SELECT count(*) FROM api_nonce WHERE nonce = %s", f"甲{event}") == 0
    assert events.run(desk.c, at + timedelta(seconds=59), known).failures == []
    assert len(events.run(desk.c, at + timedelta(seconds=61), known).failures) == 1
    assert events.run(desk.c, at + timedelta(seconds=179), known).failures == []
    [row] = events.troubled(desk.c)
    assert (row["event_id"], row["attempts"], row["error"]) == (event, 2, "ValueError：接不住")
    check = doctor._events(desk.c)
    assert check.ok is False and check.level == "warning" and "test.happened" in check.sentence


def test_what_fails_for_half_a_day_is_a_fault_and_still_tried(desk: Desk) -> None:
    seen: list[Any] = []
    known = wanted(desk, told("甲", seen, fail=(1,)))
    emit(desk, 1)
    at = now()
    for _ in range(events.OFTEN):
        assert len(events.run(desk.c, at, known).failures) == 1
        at += timedelta(hours=7)
    assert doctor._events(desk.c).level == "fault"
    mended = wanted(desk, told("甲", seen))
    assert events.run(desk.c, at, mended).handled == 1 and waiting(desk) == []
    assert doctor._events(desk.c).ok


def test_a_handler_that_is_no_more_holds_nothing_up(desk: Desk) -> None:
    wanted(desk, told("甲", []))
    emit(desk, 1)
    assert events.run(desk.c, now(), {}).handled == 1 and waiting(desk) == []


def test_the_worker_is_woken_with_the_transaction_and_once_only(desk: Desk) -> None:
    wanted(desk, told("甲", []))
    count = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'foundation:handle_events'"
    before = desk.district.one(count)
    other = desk.district.connect(autocommit=False)
    audit.emit(other, now(), KIND, {"n": 1})
    audit.emit(other, now(), KIND, {"n": 2})
    assert desk.district.one(count) == before
    other.commit()
    assert desk.district.one(count) == before + 1


def test_two_runs_at_once_handle_nothing_twice_and_miss_nothing(desk: Desk) -> None:
    seen: list[Any] = []
    known = wanted(desk, told("甲", seen))
    emit(desk, *range(30))
    connections = [desk.district.connect() for _ in range(4)]
    runs = [threading.Thread(target=events.run, args=(c, now(), known)) for c in connections]
    for t in runs:
        t.start()
    for t in runs:
        t.join()
    assert seen == list(range(30))


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from xinyong.foundation import setup
setup.django()
from xinyong.foundation import database, events
from xinyong.foundation.events import Handler
def handle(c, event, now):
    c.execute("INSERT INTO api_nonce (token, nonce, at) VALUES (0, %s, now())", [f"k{event.id}"])
    with open(sys.argv[1], "a") as f:
        f.write(f"{event.id}\\n")
    if sys.argv[2] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
with database.connect_app(autocommit=True) as c:
    events.run(c, datetime.now(UTC), {"丙": Handler("丙", ("test.happened",), handle)})
"""


def test_killed_between_handling_and_noting_it_the_event_is_done_again_and_its_effect_stands_once(
    desk: Desk, tmp_path: Any
) -> None:
    wanted(desk, told("丙", []))
    emit(desk, 1)
    log = tmp_path / "log"
    for end in ("die", "live", "live"):
        run = subprocess.run([sys.executable, "-c", KILLED, str(log), end], env=dict(os.environ), timeout=60)
        assert run.returncode == (-signal.SIGKILL if end == "die" else 0)
    tries = log.read_text().split()
    assert len(tries) == 2 and len(set(tries)) == 1
    assert desk.district.one("SELECT count(*) FROM api_nonce WHERE nonce LIKE %s", "k%") == 1


def test_the_application_cannot_change_or_remove_an_event(desk: Desk) -> None:
    import psycopg

    for statement in (
        "DELETE FROM event",
        "UPDATE event SET kind = ''",
        "UPDATE event_todo SET handler = ''",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            desk.c.execute(statement)


def test_a_home_from_before_the_tables_were_the_foundations_keeps_what_waits_in_them(desk: Desk) -> None:
    from django.core.management import call_command

    from xinyong.foundation import setup

    wanted(desk, told("丁", []))
    emit(desk, 1)
    before, owner = waiting(desk), desk.district.owner()
    with setup._default_is_owner():
        call_command("migrate", "rights", "0005_events", verbosity=0, interactive=False)
    owner.execute("DELETE FROM django_migrations WHERE (app, name) IN (VALUES ('foundation', '0008_events'),"
                  " ('rights', '0005_events'))")  # fmt: skip
    setup.initialise()
    assert waiting(desk) == before != []
    tables = owner.execute(
        "SELECT tablename FROM pg_tables WHERE tablename IN ('event_todo', 'event_handler')"
    )
    assert len(tables.fetchall()) == 2
