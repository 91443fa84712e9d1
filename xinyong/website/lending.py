"""Database connections of a web process: kept open, lent to one request at a time.

Opening one per request would cost most of the request. There are never more than the server has threads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg

from xinyong.foundation import database

T = TypeVar("T")
_idle: deque[psycopg.Connection[Any]] = deque()


def ask(work: Callable[[psycopg.Connection[Any]], T]) -> T:
    """Do `work` on a connection in autocommit. A connection lost to a restart is replaced, once.

    `work` may run twice, so it reads; a look it logs may then stand in the log twice.
    """
    try:
        return _once(work)
    except psycopg.OperationalError:
        close_all()  # the others were lost with it
        return _once(work)


def act(work: Callable[[psycopg.Connection[Any]], T]) -> T:
    """Do `work` in one transaction, never twice: what it changes may have been done when the answer is lost."""

    def whole(c: psycopg.Connection[Any]) -> T:
        with c.transaction():
            return work(c)

    return _once(whole)


def _once(work: Callable[[psycopg.Connection[Any]], T]) -> T:
    c = _idle.pop() if _idle else database.connect_app(autocommit=True)
    try:
        return work(c)
    finally:
        if c.closed or c.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            c.close()
        else:
            _idle.append(c)


def close_all() -> None:
    while _idle:
        _idle.pop().close()
