"""kill -9 of the worker: the job it was at stays `doing`, is given to the next worker, and is done."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from fault_runs import finish, first_line

# A worker with one more task: it notes each run in a file, and the first run never ends.
WORKER = """
import sys, time
from pathlib import Path
from xinyong.foundation import setup
setup.django()
from procrastinate.contrib.django import app
log = Path(sys.argv[1])
@app.task(name="fault:work")
def work(number):
    with open(log, "a") as f:
        f.write(f"{number}\\n")
    if log.read_text().count("\\n") == 1:
        sys.stdout.write("working\\n"); sys.stdout.flush()
        time.sleep(3600)
app.with_connector(app.connector.get_worker_connector()).run_worker(
    wait=sys.argv[2] == "wait", install_signal_handlers=False, update_heartbeat_interval=0.2, stalled_worker_timeout=3600)
"""


@pytest.fixture
def app(district):
    """The job queue on this test's database."""
    from django.db import connections
    from procrastinate.contrib.django import app as current

    before = {alias: connections[alias].settings_dict["NAME"] for alias in connections}
    connections.close_all()
    for alias in before:
        connections[alias].settings_dict["NAME"] = district.database
    yield current
    connections.close_all()
    for alias, name in before.items():
        connections[alias].settings_dict["NAME"] = name


def status(district) -> list[tuple]:
    sql = "SELECT status::text, attempts FROM procrastinate_jobs WHERE task_name = 'fault:work'"
    return district.owner().execute(sql).fetchall()


def retry_stalled(app, monkeypatch, after: float) -> int:
    """The periodic task itself, with a threshold that fits a worker that beats five times a second."""
    from xinyong.foundation import jobs

    monkeypatch.setattr(jobs, "STALLED_AFTER", after)

    class Context:
        pass

    async def run() -> int:
        worker_app = app.with_connector(app.connector.get_worker_connector())
        async with worker_app.open_async():
            Context.app = worker_app
            return await jobs.retry_stalled(Context, 0)

    return asyncio.run(run())


def test_a_killed_workers_job_is_given_to_the_next_worker_and_done(district, app, runner, monkeypatch):
    log = runner.folder / "log"
    runner.environment["XINYONG_DATABASE_NAME"] = district.database
    app.configure_task("fault:work", allow_unknown=True).defer(number=7)
    first = runner.start([sys.executable, "-c", WORKER, str(log), "wait"])
    assert first_line(first) == "working"
    assert status(district) == [("doing", 0)]
    assert retry_stalled(app, monkeypatch, 30) == 0  # it lives: nobody takes its job away
    first.kill()
    first.communicate()
    while_without_a_beat(district, 1)
    assert retry_stalled(app, monkeypatch, 1) == 1
    assert [s for s, _ in status(district)] == ["todo"]
    second = finish(runner.start([sys.executable, "-c", WORKER, str(log), "once"]))
    assert second.status == 0, second.err
    assert [s for s, _ in status(district)] == ["succeeded"] and Path(log).read_text() == "7\n7\n"


def while_without_a_beat(district, seconds: float) -> None:
    """Wait until the server itself sees that the last heartbeat is that old."""
    import time

    sql = "SELECT coalesce(min(now() - last_heartbeat) > make_interval(secs => %s), true) FROM procrastinate_workers"
    while not district.one(sql, seconds):
        time.sleep(0.05)


def test_the_threshold_is_longer_than_a_few_heartbeats():
    from xinyong.foundation import jobs

    assert jobs.STALLED_AFTER >= 3 * 10
