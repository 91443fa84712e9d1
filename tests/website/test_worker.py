"""`xinyong worker` as a process, on real jobs."""

from __future__ import annotations

import time
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


def test_a_job_whose_end_could_not_be_written_is_given_to_the_next_worker(district, enqueue, launch, look):
    from xinyong.foundation import cluster

    worker = launch("worker")
    first = until(lambda: look("SELECT id FROM procrastinate_workers"))
    connect = partial(psycopg.connect, cluster.conninfo(cluster.SUPERUSER, district.database))
    with connect() as body, connect() as end, connect(autocommit=True) as c:
        body.execute("LOCK TABLE api_nonce")
        enqueue("foundation:prune_tokens", timestamp=int(time.time()))
        job = until(lambda: look(DOING, "foundation:prune_tokens"))
        end.execute("SELECT 1 FROM procrastinate_jobs WHERE id = %s FOR UPDATE", [job])
        body.rollback()
        until(lambda: c.execute(END_WRITING).fetchone())
        end.rollback()
    until(lambda: look("SELECT count(*) FROM procrastinate_workers WHERE id <> %s", first))
    enqueue("foundation:retry_stalled", timestamp=int(time.time()))
    until(lambda: look("SELECT status::text FROM procrastinate_jobs WHERE id = %s", job) == "succeeded")
    worker.terminate()
    _, err = worker.communicate(timeout=300)
    assert worker.returncode == 0 and "Traceback" not in err
