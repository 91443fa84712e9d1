"""Who reads the register: the organ its own, centre and auditor everything, a subject what concerns itself; on a duty
departments read of a subject what is current, whoever decided it, and of what is over only their own organ's.

Opening one measure, or all of a subject, is a look at that subject's archive and is logged as one; a list of many
subjects is noted in the audit trail by the page that shows it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.disclosure import identity, looks, queries
from xinyong.disclosure.identity import Located
from xinyong.disclosure.queries import Question
from xinyong.foundation.audit import Who
from xinyong.regulation.measures import kept
from xinyong.regulation.measures.standing import Registered, one_snapshot, states

SEE, READ, CASE, OWN = "measure.see", "measure.read", "measure.case", "own.measures"
WHAT = "measures"  # as the look log has it
PURPOSE = "查看措施登记"
DEPARTMENTS = ("department", "department_reviewer")
MOST = kept.MOST_LISTED


def of_organ(c: psycopg.Connection[Any], who: Who, today: date, book: Rulebook) -> list[Registered]:
    """What `who`'s organ registered, newest first, each as it stands today; `MOST` at most. NotPermitted: role."""
    permissions.require(book.permissions, who, SEE)
    with one_snapshot(c):
        return states(c, kept.of_organ(c, who.provider), today, book)


def everything(c: psycopg.Connection[Any], who: Who, today: date, book: Rulebook) -> list[Registered]:
    """The whole register, newest first; `MOST` at most. NotPermitted: role."""
    permissions.require(book.permissions, who, READ)
    with one_snapshot(c):
        return states(c, kept.everything(c), today, book)


def one(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, number: str, book: Rulebook
) -> Registered | None:
    """One measure; the look at its subject is logged. None: there is none, or it is another organ's.

    NotPermitted: role, no ground to look.
    """
    permissions.require(book.permissions, who, CASE)
    with one_snapshot(c):
        m = kept.load(c, number)
        if m is None or (who.role in DEPARTMENTS and (not who.provider or m.organ != who.provider)):
            return None
        [found] = states(c, [m], today, book)
    queries.looked(c, identity.by_number(c, m.subject), _question(who, now, today), book, WHAT, 1)
    return found


def of_subject(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, public_id: str, book: Rulebook
) -> list[Registered]:
    """What is registered against the subject with this number in addresses, newest first; the look is logged.

    Centre and auditor see all of it. A department sees what is in force, not begun or waits for a decision, and of what
    is over what its own organ decided.

    NotPermitted: role, no ground to look.
    """
    permissions.require(book.permissions, who, CASE)
    return _of(c, identity.by_public_id(c, public_id, None), who, now, today, book)


def mine(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, book: Rulebook
) -> list[Registered]:
    """What was registered against the subject that `who` logs in for, newest first. NotPermitted: no subject."""
    permissions.require(book.permissions, who, OWN)
    return _of(c, looks.mine(c, who), who, now, today, book)


def _of(
    c: psycopg.Connection[Any], located: Located, who: Who, now: datetime, today: date, book: Rulebook
) -> list[Registered]:
    if located.subject is None:
        return []
    with one_snapshot(c):
        found = states(c, kept.of_subjects(c, located.merged.members(located.subject.id)), today, book)
    if who.role in DEPARTMENTS:  # what is over is shared with nobody but who decided it
        found = [r for r in found if r.current or (who.provider and r.measure.organ == who.provider)]
    queries.looked(c, located, _question(who, now, today), book, WHAT, len(found))
    return found


def _question(who: Who, now: datetime, today: date) -> Question:
    return Question(replace(who, purpose=who.purpose or PURPOSE), now, today)


__all__ = ["CASE", "OWN", "READ", "SEE", "everything", "mine", "of_organ", "of_subject", "one"]
