"""kill -9 at counted points of an intake: after handing in again the database is that of an undisturbed run."""

from __future__ import annotations

import json
import random
import shutil
import sys
import time

import fault_dump
import psycopg
import pytest
from fault_runs import PATIENCE, Runner, Undisturbed, differences, finish

SEED = 20261120
# Points where half of something is done; every other one comes by chance.
TELLING = [
    "> rename",
    "copy",
    "< publishing commit",
    "> INSERT INTO publication",
    "> publishing commit",
    "progress",
]


def connect(runner: Runner) -> psycopg.Connection:
    from xinyong.foundation import cluster

    return psycopg.connect(
        cluster.conninfo(cluster.SUPERUSER, runner.environment["XINYONG_DATABASE_NAME"]), autocommit=True
    )


def server_noticed(c: psycopg.Connection) -> None:
    """Wait until the killed process's sessions are gone."""
    end = time.monotonic() + PATIENCE
    sql = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    while c.execute(sql).fetchone() != (0,):
        assert time.monotonic() < end, "the server still works for a process that is dead"
        time.sleep(0.02)


def nothing_half_done(runner: Runner, done: int) -> None:
    """What can be seen after the kill: the steps that ended, and at most the one that was just committed."""
    with connect(runner) as c:
        server_noticed(c)
        assert fault_dump.unpublished(c) == {} and fault_dump.orphans(c) == []
        (visible,) = c.execute("SELECT count(*) FROM publication").fetchone() or (0,)
        assert visible in (done, done + 1)


def chain(runner: Runner, steps: list, undisturbed: Undisturbed, picks: list[list]) -> list[list]:
    """Kill at every pick in turn, handing in again in between; returns the picks that struck."""
    todo, struck = list(steps), []
    for step, label, n in picks:
        first = len(steps) - len(todo)
        if step < first:
            continue
        ended, todo = runner.resumed(todo, die=[step - first, label, n])
        assert ended.status in (-9, 0), ended.err
        if ended.killed:
            struck.append([step, label, n])
        nothing_half_done(runner, len(steps) - len(todo))
    dump = runner.dumped(todo)
    assert dump == undisturbed.dump, f"killed at {struck}\n{differences(dump, undisturbed.dump)}"
    return struck


def telling(undisturbed: Undisturbed, step: int, hint: str, rng: random.Random) -> list:
    named = [x for x in undisturbed.labels[step] if x == hint or (hint == "copy" and "copy" in x)]
    return undisturbed.pick(rng, step, rng.choice(sorted(named)) if named else None)


def test_killed_again_and_again_and_handed_in_again_the_database_is_that_of_an_undisturbed_run(
    runner, steps, undisturbed
):
    rng = random.Random(SEED)
    picks = []
    for step in range(len(steps)):
        picks += [telling(undisturbed, step, TELLING[step], rng)]
    picks += [undisturbed.pick(rng, step) for step in (1, 2)]
    assert len(chain(runner, steps, undisturbed, sorted(picks, key=lambda p: p[0]))) >= len(steps) - 1


def test_killed_on_either_side_of_the_commit_the_same_file_again_changes_nothing_or_is_taken(
    runner, steps, undisturbed
):
    picks = [[1, "<"], [2, ">"], [4, "<"], [5, ">"]]
    assert len(chain(runner, steps, undisturbed, [[n, f"{s} publishing commit", 1] for n, s in picks])) == 4


def test_before_its_publication_nothing_of_a_killed_intake_can_be_asked_for(runner, steps, undisturbed):
    ended, todo = runner.resumed(steps, die=[1, "> INSERT INTO publication", 1])
    assert ended.killed and len(todo) == len(steps) - 1
    with connect(runner) as c:
        server_noticed(c)
        assert c.execute("SELECT count(*) FROM submission").fetchone() == (1,)
        assert c.execute("SELECT count(*) FROM record_version v JOIN catalog_item i ON i.id = v.item"
                         " WHERE i.code = 'XZCF'").fetchone() == (0,)  # fmt: skip


SWEEP = """
import json, sys, time
from xinyong.foundation import cluster, sweep
swept = sweep.sweep(time.time() + 7200)
sys.stdout.write(json.dumps([swept.temporary, swept.orphans, swept.waited]))
cluster.release()
"""


def swept(runner: Runner) -> tuple[list[str], list[str], bool]:
    ended = finish(runner.start([sys.executable, "-c", SWEEP]))
    assert ended.status == 0, ended.err
    temporary, orphans, waited = json.loads(ended.out)
    return temporary, orphans, waited


def test_the_sweep_removes_what_killed_intakes_left_and_nothing_else(runner, home, steps, undisturbed):
    # A folder of originals of its own, with the keys of the others.
    runner.environment |= {
        "XINYONG_HOME": str(runner.folder / "home"),
        "XINYONG_APP_ROLE": "",
        "DATABASE_URL": f"host={home}/postgres/run user=xinyong_owner dbname={runner.environment['XINYONG_DATABASE_NAME']}",
    }
    shutil.copytree(home / "keys", runner.folder / "home" / "keys")
    ended, todo = runner.resumed(steps, die=[1, "< rename", 1])  # written, not yet under its name
    assert ended.killed
    ended, todo = runner.resumed(todo, die=[0, "< publishing commit", 1])
    assert ended.killed
    temporary, orphans, waited = swept(runner)
    assert (len(temporary), len(orphans), waited) == (1, 1, False)
    assert swept(runner) == ([], [], False)
    assert runner.dumped(todo) == undisturbed.dump


@pytest.mark.verify
@pytest.mark.parametrize("number", range(60))
def test_one_kill_anywhere(runner, steps, undisturbed, number):
    rng = random.Random(SEED + number)
    chain(runner, steps, undisturbed, [undisturbed.pick(rng, number % len(steps))])


@pytest.mark.verify
@pytest.mark.parametrize("number", range(20))
def test_one_kill_from_outside_at_a_random_moment(runner, steps, undisturbed, number):
    rng = random.Random(SEED + number)
    done = runner.folder / "done.txt"
    process = runner.started(steps, done=str(done))
    time.sleep(rng.uniform(0.6, 2.5))
    process.kill()
    process.communicate(timeout=PATIENCE)
    finished = len(done.read_text().splitlines()) if done.exists() else 0
    nothing_half_done(runner, finished)
    dump = runner.dumped(steps[finished:])
    assert dump == undisturbed.dump, differences(dump, undisturbed.dump)
