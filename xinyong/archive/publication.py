"""System time: a batch becomes visible by one entry in a strictly rising sequence.

The lock is taken last and held to the commit, so `seq` and `at` rise in commit order and a reader
who asks for a moment waits for whoever is publishing: a past answer never changes. Nor does it where the clock
is set back: nothing is published at or before a moment that somebody was given an answer for.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg

from xinyong.foundation import locks
from xinyong.kernel.errors import Refused

LOCK = locks.PUBLICATION
ITEM_LOCK = locks.ITEM

INSERT = """
INSERT INTO publication (seq, batch, at, undoes)
SELECT coalesce(max(seq), 0) + 1, %(batch)s,
       greatest(clock_timestamp(), max(at) + interval '1 microsecond',
                (SELECT max(at) + interval '1 microsecond' FROM answered_moment)), %(undoes)s::integer
FROM publication
RETURNING seq, at
"""
KNOWN_AT = """
SELECT max(seq) FILTER (WHERE at <= %(t)s), %(t)s > clock_timestamp(),
       %(t)s > coalesce(greatest(max(at), (SELECT max(at) FROM answered_moment)), '-infinity')
FROM publication
"""


def next_batch(c: psycopg.Connection[Any]) -> int:
    row = c.execute("SELECT nextval('batch_id')").fetchone()
    assert row is not None
    return int(row[0])


def lock_item(c: psycopg.Connection[Any], item: int) -> None:
    """One intake per item at a time; other items go on."""
    c.execute("SELECT pg_advisory_xact_lock(%s, %s)", [ITEM_LOCK, item])


def last(c: psycopg.Connection[Any]) -> int:
    """The newest publication that is committed; 0 before the first."""
    row = c.execute("SELECT coalesce(max(seq), 0) FROM publication").fetchone()
    assert row is not None
    return int(row[0])


def last_at(c: psycopg.Connection[Any]) -> datetime | None:
    """The moment of the newest publication, in a sequence that never goes back; None before the first."""
    row = c.execute("SELECT max(at) FROM publication").fetchone()
    return row[0] if row else None


def lock(c: psycopg.Connection[Any]) -> None:
    """Until this transaction ends nobody else publishes, and who asks what is known waits."""
    c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def publish(c: psycopg.Connection[Any], batch: int, undoes: int | None = None) -> tuple[int, datetime]:
    """Make the batch visible with the commit that follows at once. Returns seq and moment."""
    lock(c)
    row = c.execute(INSERT, {"batch": batch, "undoes": undoes}).fetchone()
    assert row is not None
    return int(row[0]), row[1]


def known_at(c: psycopg.Connection[Any], moment: datetime | None = None) -> int:
    """The publication that was the last one at `moment` (None: the newest, whatever the clock says); 0 before the first.

    Refused: a moment in the future, whose answer could still change.
    """
    c.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])
    if moment is None:
        return last(c)
    row = c.execute(KNOWN_AT, {"t": moment}).fetchone()
    assert row is not None
    if row[1]:
        raise Refused(
            "known_at_future",
            f"“所知时点” {moment:%Y-%m-%d %H:%M:%S} 在将来，答案还可能改变；请给出已过去的时刻。",
        )
    if row[2]:
        c.execute("INSERT INTO answered_moment (at) VALUES (%s) ON CONFLICT DO NOTHING", [moment])
    return int(row[0] or 0)
