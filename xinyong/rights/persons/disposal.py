"""到期处置: what has reached the end of its retention is sealed away or deleted, by its rule, with a record of it.

One record at a time, each in a transaction of its own, and asked again inside it: a crash leaves records either whole
or disposed of, and the next run goes on where this one ended. Never earlier than the rule; nothing that a case, a mark,
a request or a confidentiality hold still needs. A request that comes in the last moment finds the record gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import Any

import psycopg

from xinyong.archive import publication
from xinyong.catalog import registry
from xinyong.catalog.book import Rulebook
from xinyong.collection import erasure
from xinyong.disclosure import actions, holds, sealed
from xinyong.disclosure.sealed import Ending
from xinyong.foundation import database
from xinyong.foundation.apart import apart, some
from xinyong.foundation.audit import Who
from xinyong.foundation.erasures import Ground
from xinyong.kernel.errors import Fault
from xinyong.rights import casework
from xinyong.rights.persons import open_cases

AT_ONCE = 5_000  # records a run disposes of; the next night goes on


@dataclass(slots=True)
class Disposed:
    """Records sealed, deleted, left because something about them is still open, and those that failed (and why)."""

    sealed: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    more: bool = False  # there were more than a run takes on

    def told(self) -> dict[str, int | bool]:
        return {
            "sealed": len(self.sealed), "deleted": len(self.deleted), "waiting": len(self.waiting), "more": self.more,
        }  # fmt: skip


def dispose(book: Rulebook, today: date, who: Who, now: datetime, limit: int = AT_ONCE) -> Disposed:
    """Everything due before `today`, up to `limit` disposed of. Idempotent; safe to kill at any moment."""
    done = Disposed()
    with database.connect_app(autocommit=True) as reading:
        for found in sealed.ending(reading, book, today, done.failed):
            if len(done.sealed) + len(done.deleted) >= limit:
                done.more = True
                break
            with apart(done.failed, found.record):  # the job tells of it
                _one(reading, found, book, today, who, now, done)
    return done


def refuse_failures(failed: Mapping[str, str]) -> None:
    """At the end of a job. Fault: some records could not be dealt with; doctor and the worker's log show it."""
    if failed:
        raise Fault(
            "not_disposed",
            f"{len(failed)} 条记录没能处置，其余的已经办完；下一次运行会再试，请按原因排除故障（{some(failed)}）。",
        )


def _one(
    reading: psycopg.Connection[Any],
    found: Ending,
    book: Rulebook,
    today: date,
    who: Who,
    now: datetime,
    done: Disposed,
) -> None:
    if kept(reading, found, today):
        done.waiting.append(found.record)
    elif found.delete:
        ground = Ground(found.rule, found.instrument, found.article)
        still = partial(_still, found=found, book=book, today=today)
        if erasure.erase_record(found.record, ground, who, now, book, still).anything:
            done.deleted.append(found.record)
    elif _sealed(found, book, today, who, now):
        done.sealed.append(found.record)


def _sealed(found: Ending, book: Rulebook, today: date, who: Who, now: datetime) -> bool:
    with database.connect_owner() as c:
        number = next(n for n, code in registry.item_codes(c).items() if code == found.item)
        publication.lock_item(c, number)
        return _still(c, found, book, today) and sealed.seal(c, found, who, now) > 0


def _still(c: psycopg.Connection[Any], found: Ending, book: Rulebook, today: date) -> bool:
    """Asked where intake of the item waits: until the end of the transaction no case, mark or hold opens either."""
    c.execute(casework.SQL["lock_applications"])
    for lock in (holds.LOCK, actions.LOCK):
        c.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
    return not kept(c, found, today) and sealed.still_ending(c, book, found, today)


def kept(c: psycopg.Connection[Any], found: Ending, today: date) -> bool:
    """Whether something still needs the record."""
    return bool(open_cases.named(c, [found.record], today)) or holds.standing_on(c, [found.subject], today)


def due(book: Rulebook, today: date, limit: int = 200) -> list[tuple[Ending, bool]]:
    """The first of those that are due, and whether something still keeps them: for the centre's page."""
    with database.connect_app(autocommit=True) as c:
        some = islice(sealed.ending(c, book, today), limit)
        return [(found, kept(c, found, today)) for found in some]


__all__ = ["Disposed", "dispose", "due", "kept", "refuse_failures"]
