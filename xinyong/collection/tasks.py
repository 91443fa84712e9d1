"""The day's housekeeping, run by the worker. Every task is idempotent.

Every command loads this module with Django, so what is slow to import is imported inside.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from procrastinate.blueprints import Blueprint

from xinyong.foundation import erasures, home, retention, sweep
from xinyong.foundation.apart import Failed, apart, refuse
from xinyong.foundation.audit import SYSTEM
from xinyong.foundation.jobs import retry
from xinyong.kernel.beijing import BEIJING

tasks = Blueprint()


@tasks.periodic(cron="41 2 * * *")
@tasks.task(name="end_retention", queueing_lock="end_retention")
def end_retention(timestamp: int) -> int:
    """Erase the originals whose retention has ended, and what quotes them; returns how many originals."""
    from xinyong.catalog.loading import load_rulebook
    from xinyong.collection import erasure

    now, failed = datetime.fromtimestamp(timestamp, BEIJING), Failed()
    done = retention.enforce(load_rulebook(home.local_rulebook()), now.date(), SYSTEM, now, failed)
    with apart(failed, "leftovers"):
        erasure.forget_leftovers(now.date(), SYSTEM, now)
    refuse(failed)
    return len(done.erased)


@tasks.periodic(cron="*/10 * * * *")
@tasks.task(name="finish_erasures", queueing_lock="finish_erasures")
def finish_erasures(timestamp: int) -> int:
    """Do again what the log of erasures has and the database has not; returns how many."""
    from xinyong.collection import erasure

    failed = Failed()
    done = erasures.catch_up(erasure.again, failed)
    refuse(failed)
    return done


@tasks.periodic(cron="23 * * * *")
@tasks.task(name="sweep", queueing_lock="sweep")
def sweep_leftovers(timestamp: int) -> dict[str, Any]:
    """Remove what killed processes left behind."""
    return asdict(sweep.sweep())


@tasks.task(name="take_upload", retry=retry)
def take_upload(upload: str) -> str:
    """Take in a file that was handed in over the web; returns how it ended."""
    from xinyong.collection import uploads

    return uploads.take(upload).outcome


@tasks.periodic(cron="* * * * *")
@tasks.task(name="take_waiting", queueing_lock="take_waiting")
def take_waiting(timestamp: int) -> int:
    """Files whose own job got lost. Taking in what another job is at changes nothing."""
    from xinyong.collection import uploads
    from xinyong.foundation import database

    with database.connect_app(autocommit=True) as c:
        lost = uploads.waiting(c, datetime.fromtimestamp(timestamp, BEIJING) - timedelta(minutes=10))
    failed = Failed()
    for number in lost:
        with apart(failed, f"upload:{number}"):
            uploads.take(number)
    refuse(failed)
    return len(lost)
