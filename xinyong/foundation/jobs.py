"""Background jobs on the database's own queue (procrastinate). Every task is idempotent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from django.conf import settings
from procrastinate import App, JobContext, RetryStrategy
from procrastinate.blueprints import Blueprint
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from xinyong.foundation import database

STALLED_AFTER = 60  # seconds without a heartbeat (one every 10): anything shorter runs live jobs twice
KEEP_DAYS = 30

tasks = Blueprint()
retry = RetryStrategy(max_attempts=3, exponential_wait=2)


def on_app_ready(app: App) -> None:
    app.add_tasks_from(tasks, namespace="foundation")
    for name, module in _task_modules():
        app.add_tasks_from(module.tasks, namespace=name)


def _task_modules() -> Iterator[tuple[str, ModuleType]]:
    """Each installed floor's `tasks` module, found by name: the foundation imports nothing above it."""
    for name in settings.INSTALLED_APPS:
        if name.startswith("xinyong.") and find_spec(f"{name}.tasks"):
            yield name.rpartition(".")[2], import_module(f"{name}.tasks")


@tasks.periodic(cron="* * * * *")
@tasks.task(name="retry_stalled", queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> int:
    """A killed worker's job stays `doing`; give it to the next worker, unless its like waits already."""
    manager = context.app.job_manager
    count = 0
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
        try:
            await manager.retry_job(job)
            count += 1
        except UniqueViolation:
            await manager.finish_job(job, Status.ABORTED, delete_job=False)
    return count


@tasks.periodic(cron="7 3 * * *")
@tasks.task(name="forget_sessions", queueing_lock="forget_sessions")
def forget_sessions(timestamp: int) -> None:
    """Sessions that have ended, and tries at logging in that count no more; the audit trail keeps what happened."""
    with database.connect_app() as c:
        c.execute("DELETE FROM account_session WHERE expire_date < now()")
        c.execute("DELETE FROM account_attempt WHERE at < now() - interval '30 days'")


@tasks.periodic(cron="17 3 * * *")
@tasks.task(name="prune", queueing_lock="prune", pass_context=True)
async def prune(context: JobContext, timestamp: int) -> None:
    """Finished jobs are deleted after a month."""
    await context.app.job_manager.delete_old_jobs(nb_hours=24 * KEEP_DAYS, include_failed=False)


@tasks.periodic(cron="* * * * *")
@tasks.task(name="seal", queueing_lock="seal")
def seal(timestamp: int) -> int:
    """What was written in the last minute goes into the evidence log. Returns how many leaves it has."""
    from xinyong.foundation.evidence import anchoring, notes, sealing

    now = datetime.fromtimestamp(timestamp, UTC)
    with database.connect_app(autocommit=True) as c:
        done = sealing.seal(c, now, notes.origin(), notes.signer(c, now))
        failed = anchoring.anchor(c, now)
        if failed:
            raise failed[0]  # seen among the failed jobs; tried again in a minute
        return (done or sealing.last(c)).size


@tasks.periodic(cron="* * * * *")
@tasks.task(name="handle_events", queueing_lock="handle_events")
def handle_events(timestamp: int) -> int:
    """What happened is handled by the floors above; how many. Also woken by each event that somebody wants."""
    from xinyong.foundation import events

    with database.connect_app(autocommit=True) as c:
        done = events.run(c, datetime.now(UTC))
    if done.failures:
        raise done.failures[0][2]  # seen among the failed jobs; each is tried again later
    return done.handled


@tasks.task(name="verify_evidence")
def verify_evidence(check: int) -> bool | None:
    """A verification of the evidence log that somebody asked for on a page."""
    from xinyong.foundation.evidence import watching

    return watching.run(check, lambda: datetime.now(UTC))


@tasks.periodic(cron="*/5 * * * *")
@tasks.task(name="prune_tokens", queueing_lock="prune_tokens")
def prune_tokens(timestamp: int) -> None:
    """What the API needs to remember for minutes or a day only."""
    from xinyong.foundation import tokens

    with database.connect_app(autocommit=True) as c:
        tokens.prune(c, datetime.fromtimestamp(timestamp, UTC))
