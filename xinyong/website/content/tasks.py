"""What the worker does for editors: publish what is due. Idempotent.

This module loads with the worker only, and what is slow to import is imported inside.
"""

from __future__ import annotations

from procrastinate.blueprints import Blueprint

tasks = Blueprint()


@tasks.periodic(cron="* * * * *")
@tasks.task(name="publish_scheduled", queueing_lock="publish_scheduled")
def publish_scheduled(timestamp: int) -> None:
    """Put reviewed articles online, and take others off, at the time their reviewed text says."""
    from django.core.management import call_command
    from django.db import close_old_connections

    try:
        call_command("publish_scheduled")
    finally:
        close_old_connections()
