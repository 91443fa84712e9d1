"""Batches of reports, made in the background: begun at once, and again by whoever comes next after a crash."""

from __future__ import annotations

from datetime import datetime

from procrastinate.blueprints import Blueprint

from xinyong.foundation import database, home
from xinyong.foundation.apart import Failed, apart, refuse
from xinyong.kernel.beijing import BEIJING

tasks = Blueprint()


@tasks.periodic(cron="* * * * *")
@tasks.task(name="report_batches", queueing_lock="report_batches", lock="report_batches")
def report_batches(timestamp: int) -> int:
    """Do every batch that is not done; returns how many. Idempotent: a line done stays done."""
    from xinyong.catalog.loading import load_rulebook
    from xinyong.services.creditreport import batches

    book, failed = load_rulebook(home.local_rulebook()), Failed()
    with database.connect_app(autocommit=True) as c:
        waiting = batches.waiting(c)
        for batch in waiting:
            with apart(failed, f"report_batch:{batch}"):
                batches.run(c, batch, lambda: datetime.now(BEIJING), book, failed)
    refuse(failed)
    return len(waiting)
