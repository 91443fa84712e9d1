"""`xinyong worker` as a process, on real jobs."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
import pytest
from processes import until

STATUS = "SELECT status::text FROM procrastinate_jobs WHERE task_name = %s ORDER BY id LIMIT 1"

DOING = "SELECT id FROM procrastinate_jobs WHERE task_name = %s AND status = 'doing'"
END_WRITING = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND query LIKE '%finish_job%' AND wait_event_type = 'Lock'"
)


@pytest.fixture
def enqueue(district) -> Any:
    """Put a job into the queue of the test's database."""
    from procrastinate import App, SyncPsycopgConnector

    from xinyong.foundation import database

    app = App(connector=SyncPsycopgConnector(conninfo=database.app_conninfo()))

    def put(name: str, **arguments: Any) -> None:
        with app.open():
            app.configure_task(name).defer(**arguments)

    return put


def test_once_does_what_is_queued_and_ends(enqueue, launch, look):
    enqueue("foundation:prune", timestamp=int(time.time()))
    worker = launch("worker", "--once")
    out, err = worker.communicate(timeout=300)
    assert (worker.returncode, out) == (0, "") and "失败 0 次" in err
    assert look(STATUS, "foundation:prune") == "succeeded"


def test_a_failed_job_is_told_without_a_traceback_and_logged(enqueue, launch, look, home):
    enqueue("nobody:knows")
    worker = launch("worker", "--once")
    _, err = worker.communicate(timeout=300)
    assert worker.returncode == 1 and "失败 1 次" in err and "Traceback" not in err
    assert look(STATUS, "nobody:knows") == "failed"
    assert "nobody:knows" in (home / "log" / "worker.log").read_text("utf-8")


def test_a_waiting_worker_takes_new_jobs_and_ends_in_order(enqueue, launch, look):
    worker = launch("worker")
    until(lambda: look("SELECT count(*) FROM procrastinate_workers"))
    enqueue("foundation:prune", timestamp=int(time.time()))
    until(lambda: look(STATUS, "foundation:prune") == "succeeded")
    worker.terminate()
    _, err = worker.communicate(timeout=300)
    assert worker.returncode == 0 and "后台任务进程已停止" in err and "Traceback" not in err
    assert look("SELECT count(*) FROM procrastinate_workers") == 0


def test_a_worker_outlives_the_loss_of_its_connections(district, enqueue, launch, look):
    from xinyong.foundation import cluster

    worker = launch("worker")
    until(lambda: look("SELECT count(*) FROM procrastinate_workers"))
    with psycopg.connect(cluster.conninfo(cluster.SUPERUSER, district.database)) as c:
        c.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = 'xinyong_app'"
        )
    enqueue("foundation:prune", timestamp=int(time.time()))
    until(lambda: look(STATUS, "foundation:prune") == "succeeded")
    worker.terminate()
    _, err = worker.communicate(timeout=300)
    assert worker.returncode == 0 and "Traceback" not in err


@pytest.fixture
def end_lost(district, enqueue, look):
    """A job is begun, done, and the writing of its end is cut off; its number. `launched`: starts the worker."""
    from xinyong.foundation import cluster

    connect = partial(psycopg.connect, cluster.conninfo(cluster.SUPERUSER, district.database))

    def happen(launched: Callable[[], Any]) -> tuple[int, Any]:
        with connect() as body, connect() as end, connect(autocommit=True) as c:
            body.execute("LOCK TABLE api_nonce")
            enqueue("foundation:prune_tokens", timestamp=int(time.time()))
            worker = launched()
            job = until(lambda: look(DOING, "foundation:prune_tokens"))
            end.execute("SELECT 1 FROM procrastinate_jobs WHERE id = %s FOR UPDATE", [job])
            body.rollback()
            until(lambda: c.execute(END_WRITING).fetchone())
            end.rollback()
        return job, worker

    return happen


def test_a_job_whose_end_could_not_be_written_is_given_to_the_next_worker(end_lost, enqueue, launch, look):
    worker = launch("worker")
    first = until(lambda: look("SELECT id FROM procrastinate_workers"))
    job, _ = end_lost(lambda: worker)
    until(lambda: look("SELECT count(*) FROM procrastinate_workers WHERE id <> %s", first))
    enqueue("foundation:retry_stalled", timestamp=int(time.time()))
    until(lambda: look("SELECT status::text FROM procrastinate_jobs WHERE id = %s", job) == "succeeded")
    worker.terminate()
    _, err = worker.communicate(timeout=300)
    assert worker.returncode == 0 and "Traceback" not in err


def test_once_says_that_the_end_of_a_job_could_not_be_written(end_lost, launch, look):
    job, worker = end_lost(lambda: launch("worker", "--once"))
    _, err = worker.communicate(timeout=300)
    assert worker.returncode != 0 and "Traceback" not in err, err
    assert look("SELECT status::text FROM procrastinate_jobs WHERE id = %s", job) == "doing"


def test_of_two_alike_the_waiting_one_is_done_and_no_other_job_waits_for_that(
    enqueue, launch, look, district
):
    for name in ("foundation:prune_tokens", "foundation:prune_tokens", "foundation:prune"):
        enqueue(name, timestamp=int(time.time()))
    first, second, third = (
        n for (n,) in district.owner().execute("SELECT id FROM procrastinate_jobs ORDER BY id")
    )
    district.owner().execute(
        "UPDATE procrastinate_jobs SET status = 'doing' WHERE id = ANY(%s)", [[first, third]]
    )
    district.owner().execute(
        "UPDATE procrastinate_jobs SET queueing_lock = 'alike' WHERE id = ANY(%s)", [[first, second]]
    )
    district.owner().execute(
        "UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 day' WHERE id = %s", [second]
    )
    enqueue("foundation:retry_stalled", timestamp=int(time.time()))
    worker = launch("worker", "--once")
    _, err = worker.communicate(timeout=300)
    assert worker.returncode == 0 and "失败 0 次" in err
    state = "SELECT status::text FROM procrastinate_jobs WHERE id = %s"
    assert [look(state, n) for n in (first, second, third)] == ["aborted", "todo", "succeeded"]
