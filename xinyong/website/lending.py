"""Database connections of a web process: kept open, lent to one request at a time.

Opening one per request would cost most of the request. There are never more than the server has threads, of each
kind.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg

from xinyong.foundation import database

T = TypeVar("T")
_idle: deque[psycopg.Connection[Any]] = deque()
_one_subject: deque[psycopg.Connection[Any]] = deque()
PLANNED_ONCE = "SET plan_cache_mode = force_generic_plan"


def ask(work: Callable[[psycopg.Connection[Any]], T]) -> T:
    """Do `work` on a connection in autocommit. A connection lost to a restart is replaced, once.

    `work` may run twice, so it reads; a look it logs may then stand in the log twice.
    """
    return _twice(work, _idle)


def ask_one(work: Callable[[psycopg.Connection[Any]], T]) -> T:
    """`ask` about one subject or one record: statements whose plan is the same whoever is meant.

    They are planned once per connection. Planning them takes several times what running them does, and PostgreSQL
    would plan them anew each time, because it holds a plan for a list of unknown length to be worse.
    """
    return _twice(work, _one_subject, PLANNED_ONCE)


def _twice(
    work: Callable[[psycopg.Connection[Any]], T], idle: deque[psycopg.Connection[Any]], first: str = ""
) -> T:
    try:
        return _once(work, idle, first)
    except psycopg.OperationalError:
        close_all()  # the others were lost with it
        return _once(work, idle, first)


def act(work: Callable[[psycopg.Connection[Any]], T]) -> T:
    """Do `work` in one transaction, never twice: what it changes may have been done when the answer is lost."""

    def whole(c: psycopg.Connection[Any]) -> T:
        with c.transaction():
            return work(c)

    return _once(whole, _idle)


def _once(
    work: Callable[[psycopg.Connection[Any]], T], idle: deque[psycopg.Connection[Any]], first: str = ""
) -> T:
    c = idle.pop() if idle else _opened(first)
    try:
        return work(c)
    finally:
        if c.closed or c.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            c.close()
        else:
            idle.append(c)


def _opened(first: str) -> psycopg.Connection[Any]:
    c = database.connect_app(autocommit=True)
    if first:
        c.execute(first)
    return c


def close_all() -> None:
    for idle in (_idle, _one_subject):
        while idle:
            idle.pop().close()
