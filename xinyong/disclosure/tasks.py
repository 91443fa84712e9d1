"""What the worker does by itself for disclosure. Every task is idempotent.

Every command loads this module with Django, so what is slow to import is imported inside.
"""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate.blueprints import Blueprint

from xinyong.kernel.beijing import BEIJING

tasks = Blueprint()


@tasks.periodic(cron="* * * * *")
@tasks.task(name="refresh_listing", queueing_lock="refresh_listing")
def refresh_listing(timestamp: int) -> int:
    """Bring the public's lists up to date with publications, marks, rules and the day; how many records it took."""
    from xinyong.catalog.loading import load_rulebook
    from xinyong.disclosure import listing_job
    from xinyong.foundation import home

    now = datetime.fromtimestamp(timestamp, BEIJING)
    return listing_job.catch_up(load_rulebook(home.local_rulebook()), now.date(), now).looked_at


@tasks.periodic(cron="25 3 * * *")
@tasks.task(name="end_authorisations", queueing_lock="end_authorisations")
def end_authorisations(timestamp: int) -> int:
    """Authorisations whose last day is past are noted as ended; idempotent."""
    from xinyong.disclosure import authorisations
    from xinyong.foundation import database
    from xinyong.foundation.apart import Failed, refuse

    failed = Failed()
    with database.connect_app(autocommit=True) as c:
        number = authorisations.run_out(c, datetime.fromtimestamp(timestamp, UTC), failed)
    refuse(failed)
    return number
