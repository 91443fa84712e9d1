"""Alarms before the limits of challenges and of persons' requests end: whoever is waited for is told once for each limit.

That it was told, the notice itself says; a run that comes too late still tells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.foundation import named_sql
from xinyong.foundation.apart import Failed, apart
from xinyong.kernel.beijing import day_of
from xinyong.rights import limits
from xinyong.rights.notices.actions import SQL as NOTICES
from xinyong.rights.notices.actions import Recipient, notify
from xinyong.rights.persons import challenges, dues, requests
from xinyong.rights.persons.challenges import AUDIT, Challenge
from xinyong.rights.persons.requests import Request
from xinyong.rights.persons.telling import SHORT, about_challenge, about_request, explainer

SQL = named_sql.load(Path(__file__).parent / "sql" / "alarms.sql")
RULE = "CASE_WARN"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Whom to tell of what. `said`: the last day in words."""

    due: date
    said: str
    template: str
    to: Recipient
    about: str


def warn(c: psycopg.Connection[Any], now: datetime, book: Rulebook, failed: Failed | None = None) -> int:
    """Each in a transaction of its own; how many were told. `failed`: as of `rights.alarms.warn`.

    Only their numbers are read for all at once: a text that can't be read is a failure of one, not of everybody.
    """
    today = day_of(now)
    days = book.value(RULE, today)
    until = limits.within(today, days if isinstance(days, int) else 0, book)
    told = 0
    for kind, lock, one in KINDS:
        for (number,) in c.execute(SQL[kind]).fetchall():
            with apart(failed, f"{kind}:{number}"):
                told += _warn(c, now, until, lock, partial(one, c, number, book))
    return told


def _challenge(c: psycopg.Connection[Any], number: str, book: Rulebook) -> list[Alarm]:
    return of_challenge(c, challenges.one(c, number), book)


def _request(c: psycopg.Connection[Any], number: str, book: Rulebook) -> list[Alarm]:
    return of_request(requests.one(c, number), book)


KINDS = (("challenges", challenges.LOCK, _challenge), ("requests", requests.LOCK, _request))


def _warn(
    c: psycopg.Connection[Any], now: datetime, until: date, lock: int, again: Callable[[], list[Alarm]]
) -> int:
    """Asked under the lock of those who decide: what was answered meanwhile alarms nobody."""
    with c.transaction():
        c.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
        return sum(_tell(c, now, alarm) for alarm in again() if alarm.due <= until)


def _tell(c: psycopg.Connection[Any], now: datetime, alarm: Alarm) -> bool:
    to = alarm.to
    asked = {"about": alarm.about, "kind": to.kind, "value": to.value, "template": alarm.template}
    if c.execute(NOTICES["told"], asked).fetchone():
        return False
    values = {"case": alarm.about.partition(":")[2][:SHORT], "due": alarm.said}
    notify(c, now, alarm.template, to, values, alarm.about)
    return True


def of_challenge(c: psycopg.Connection[Any], k: Challenge, book: Rulebook) -> list[Alarm]:
    """Who explains, as long as nobody has; who answers."""
    if not k.open:
        return []
    about, audit, explains = about_challenge(k), k.handler == AUDIT, explainer(c, k)
    answers = Recipient("role", "audit_admin" if audit else "center_reviewer")
    template = "LOOK_ANSWER_DUE_SOON" + ("_AUDIT" if audit else "")
    found = [Alarm(k.due, dues.of_answer(k, book), template, answers, about)]
    if not k.explained_at:
        template = "LOOK_EXPLAIN_DUE_SOON" + ("" if explains.kind == "provider" else "_CENTRE")
        found.append(Alarm(k.explain_due, dues.of_explanation(k, book), template, explains, about))
    return found


def of_request(r: Request, book: Rulebook) -> list[Alarm]:
    """Who decides."""
    if not r.waiting:
        return []
    to = Recipient("role", "center_reviewer")
    return [Alarm(r.due, dues.of_request(r, book), "PERSON_DUE_SOON", to, about_request(r))]


__all__ = ["Alarm", "of_challenge", "of_request", "warn"]
