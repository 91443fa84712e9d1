"""Reminders sent outside, by a job: with retries, and what came of each attempt noted (送达).

At least once: killed between the sending and its note, a reminder goes out once more when the lease (ten
minutes) has run out, under the same message number. So one person gets at most one reminder more than there were crashes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.foundation import keys
from xinyong.foundation.apart import Failed, apart
from xinyong.rights.notices import channels
from xinyong.rights.notices.actions import SQL, template_of
from xinyong.rights.notices.channels import Result

AT_ONCE = 10  # claimed together: what a lease has to be enough for
IN_A_RUN = 500
MOST = 14  # attempts, over about two and a half days
LONGEST_WAIT = timedelta(hours=6)
NOBODY = Result("refused", "账户已停用或没有登记地址")


@dataclass(frozen=True, slots=True)
class Due:
    sending: int
    channel: str
    account: str
    attempts: int


def run(
    c: psycopg.Connection[Any], clock: Callable[[], datetime], book: Rulebook, failed: Failed | None = None
) -> int:
    """Send what is due, IN_A_RUN at most; returns how many were delivered. `c` in autocommit.

    `failed`: where reminders that can't even be tried are noted, until their lease runs out; None: the first is raised.
    """
    delivered = 0
    for _ in range(IN_A_RUN // AT_ONCE):
        rows = c.execute(SQL["claim"], {"now": clock(), "limit": AT_ONCE}).fetchall()
        for due in sorted((Due(*row) for row in rows), key=lambda d: d.sending):
            with apart(failed, f"sending:{due.sending}"):
                delivered += _send(c, due, clock, book)
        if len(rows) < AT_ONCE:
            break
    return delivered


def _send(c: psycopg.Connection[Any], due: Due, clock: Callable[[], datetime], book: Rulebook) -> bool:
    name, send = channels.CHANNELS[due.channel]
    template = template_of(book, name, clock())
    to = _address(c, due) if channels.configured(due.channel) else ""
    result = send(to, template, due.sending) if to else NOBODY
    _note(c, due, result, template.version, clock())
    return result.outcome == "delivered"


def _address(c: psycopg.Connection[Any], due: Due) -> str:
    row = c.execute(SQL[due.channel], {"account": due.account}).fetchone()
    return keys.unseal(str(row[0])) if row and row[0] else ""


def _note(c: psycopg.Connection[Any], due: Due, result: Result, version: str, now: datetime) -> None:
    given_up = result.outcome == "failed" and due.attempts + 1 >= MOST
    outcome = "given_up" if given_up else result.outcome
    told = {
        "sending": due.sending,
        "at": now,
        "outcome": outcome,
        "reason": result.reason,
        "version": version,
    }
    with c.transaction():
        c.execute(SQL["result"], told)
        if outcome == "failed":
            c.execute(SQL["later"], {"sending": due.sending, "next": now + wait(due.attempts)})
        else:
            c.execute(SQL["settled"], told)


def wait(attempts: int) -> timedelta:
    """After the (attempts + 1)th failure: a minute, two, four, and so on up to six hours."""
    return min(timedelta(minutes=2 ** min(attempts, 12)), LONGEST_WAIT)


__all__ = ["run", "wait"]
