"""Background jobs on the database's own queue (procrastinate). Every task is idempotent."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from django.conf import settings
from procrastinate import App, JobContext, RetryStrategy
from procrastinate.blueprints import Blueprint

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
    """A killed worker's job stays `doing`; give it to the next worker."""
    manager = context.app.job_manager
    stalled = await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER)
    count = 0
    for job in stalled:
        await manager.retry_job(job)
        count += 1
    return count


@tasks.periodic(cron="17 3 * * *")
@tasks.task(name="prune", queueing_lock="prune", pass_context=True)
async def prune(context: JobContext, timestamp: int) -> None:
    """Finished jobs are deleted after a month."""
    await context.app.job_manager.delete_old_jobs(nb_hours=24 * KEEP_DAYS, include_failed=False)
