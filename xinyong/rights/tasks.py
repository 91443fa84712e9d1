"""The rights floor's background tasks, where the queue looks for them."""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate.blueprints import Blueprint

from xinyong.kernel.beijing import BEIJING

tasks = Blueprint()


@tasks.periodic(cron="10 0,6 * * *")
@tasks.task(name="warn_cases", queueing_lock="warn_cases")
def warn_cases(timestamp: int) -> int:
    """Before limits of repairs and objections end, whoever is waited for is told; idempotent."""
    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import database, home
    from xinyong.foundation.apart import Failed, refuse
    from xinyong.rights import alarms

    now, book, failed = datetime.fromtimestamp(timestamp, UTC), load_rulebook(home.local_rulebook()), Failed()
    with database.connect_app(autocommit=True) as c:
        told = alarms.warn(c, now, book, failed)
    refuse(failed)
    return told


@tasks.periodic(cron="11 3 * * *")
@tasks.task(name="dispose_ended", queueing_lock="dispose_ended")
def dispose_ended(timestamp: int) -> dict[str, int | bool]:
    """Records past their retention are sealed away or deleted, by rule, and texts emptied; idempotent."""

    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import home
    from xinyong.foundation.apart import Failed, apart
    from xinyong.foundation.audit import SYSTEM
    from xinyong.rights.persons import disposal, texts

    now = datetime.fromtimestamp(timestamp, BEIJING)
    book = load_rulebook(home.local_rulebook())
    failed = Failed()
    emptied = texts.dispose(book, now.date(), SYSTEM, now, failed)
    done = disposal.Disposed()
    with apart(failed, "records"):
        done = disposal.dispose(book, now.date(), SYSTEM, now)
    disposal.refuse_failures(failed | done.failed)
    return {**done.told(), "texts": sum(emptied.values())}


@tasks.periodic(cron="*/5 * * * *")
@tasks.task(name="carry_out_deletions", queueing_lock="carry_out_deletions")
def carry_out_deletions(timestamp: int) -> int:
    """Deletions that a person granted; idempotent."""
    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import home
    from xinyong.foundation.audit import SYSTEM
    from xinyong.rights.persons import requests

    now = datetime.fromtimestamp(timestamp, UTC)
    return requests.carry_out(SYSTEM, now, load_rulebook(home.local_rulebook()))


@tasks.periodic(cron="* * * * *")
@tasks.task(name="send_notices", queueing_lock="send_notices")
def send_notices(timestamp: int) -> int:
    """Reminders by e-mail and SMS that are due; how many were delivered. Also woken when a notice is written."""
    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import database, home
    from xinyong.foundation.apart import Failed, refuse
    from xinyong.rights.notices import sending

    failed = Failed()
    with database.connect_app(autocommit=True) as c:
        sent = sending.run(c, lambda: datetime.now(UTC), load_rulebook(home.local_rulebook()), failed)
    refuse(failed)
    return sent


@tasks.periodic(cron="* * * * *")
@tasks.task(name="push_recalls", queueing_lock="push_recalls")
def push_recalls(timestamp: int) -> int:
    """Recalls that are due at subscribers; how many were taken. Also woken when a recall is issued."""
    from xinyong.foundation import database
    from xinyong.foundation.apart import Failed, refuse
    from xinyong.rights.recall import actions, push

    failed = Failed()
    with database.connect_app(autocommit=True) as c:
        actions.sweep(c, datetime.now(UTC), failed)
    taken = push.run(lambda: datetime.now(UTC), failed)
    refuse(failed)
    return taken


@tasks.periodic(cron="40 0,6 * * *")
@tasks.task(name="chase_recalls", queueing_lock="chase_recalls")
def chase_recalls(timestamp: int) -> int:
    """What was taken and not confirmed is sent once more; the centre is told who has not confirmed for days."""
    from xinyong.foundation import database
    from xinyong.foundation.apart import Failed, refuse
    from xinyong.rights.recall import chasing

    failed = Failed()
    with database.connect_app(autocommit=True) as c:
        reminded = chasing.chase(c, datetime.now(UTC), failed)
    refuse(failed)
    return reminded


@tasks.periodic(cron="41 3,6 * * *")  # after `dispose_ended`: what that takes away is told by that
@tasks.task(name="tell_by_day", queueing_lock="tell_by_day")
def tell_by_day(timestamp: int) -> int:
    """Whoever has a record that only a day ended is told; each once, however often it runs, missed nights too."""
    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import database, home
    from xinyong.foundation.apart import Failed, refuse
    from xinyong.rights.recall import by_day

    now, book, failed = datetime.fromtimestamp(timestamp, UTC), load_rulebook(home.local_rulebook()), Failed()
    with database.connect_app(autocommit=True) as c:
        told = by_day.carry_out(c, now, book, failed)
    refuse(failed)
    return told


@tasks.periodic(cron="20 0 * * *")
@tasks.task(name="remind_deciders", queueing_lock="remind_deciders")
def remind_deciders(timestamp: int) -> int:
    """Who has degrees to decide, or is to say whether duties are met, is told before the day and after; idempotent."""
    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import database, home
    from xinyong.foundation.apart import Failed, apart, refuse
    from xinyong.rights.reminders import degrees, duties

    now, book, failed = datetime.fromtimestamp(timestamp, UTC), load_rulebook(home.local_rulebook()), Failed()
    number = 0
    with database.connect_app(autocommit=True) as c:
        for what, remind in (("degrees", degrees.remind), ("duties", duties.remind)):
            with apart(failed, what):
                number += remind(c, now, book, failed)
    refuse(failed)
    return number


@tasks.periodic(cron="40 0 * * *")
@tasks.task(name="remind_repairable", queueing_lock="remind_repairable")
def remind_repairable(timestamp: int) -> int:
    """Who may apply for a repair is told so, once for each record; a run that did not reach all is gone on with."""
    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import database, home
    from xinyong.foundation.apart import Failed, refuse
    from xinyong.rights.repair import reminding

    now, book, failed = datetime.fromtimestamp(timestamp, UTC), load_rulebook(home.local_rulebook()), Failed()
    with database.connect_app(autocommit=True) as c:
        number = reminding.remind(c, now, book, failed=failed)
    refuse(failed)
    return number


@tasks.periodic(cron="50 0 * * *")
@tasks.task(name="tell_measures", queueing_lock="tell_measures")
def tell_measures(timestamp: int) -> int:
    """Measures that a day, not an event, ended or brought to their maximum are told; once each, however often it runs."""
    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import database, home
    from xinyong.foundation.apart import Failed, refuse
    from xinyong.rights.notices import imposed

    now, book, failed = datetime.fromtimestamp(timestamp, UTC), load_rulebook(home.local_rulebook()), Failed()
    with database.connect_app(autocommit=True) as c:
        told = imposed.sweep(c, now, book, failed)
    refuse(failed)
    return told
