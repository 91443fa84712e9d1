"""How often pages are opened: a number for each day and kind of page, and nothing of who opened them.

A process gathers its counts and adds them to the table now and then; what it had gathered dies with it.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import date
from threading import Lock
from typing import Any

import psycopg

AT_ONCE = 20  # gathered before they are written
AT_LATEST = 10.0  # seconds after the last writing, when another page is opened

ADD = """
INSERT INTO page_visit (day, kind, visits) VALUES (%s, %s, %s)
ON CONFLICT (day, kind) DO UPDATE SET visits = page_visit.visits + excluded.visits
"""
BEFORE = "SELECT coalesce(sum(visits), 0) FROM page_visit WHERE day < %s"


class Gathering:
    """Counts of one process; many threads share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[tuple[date, str]] = Counter()
        self._written = time.monotonic()

    def note(self, day: date, kind: str) -> list[tuple[date, str, int]]:
        """Count one page; returns what is to be written now, usually nothing."""
        with self._lock:
            self._counts[(day, kind)] += 1
            waited = time.monotonic() - self._written
            if self._counts.total() < AT_ONCE and waited < AT_LATEST:
                return []
            return self._take()

    def _take(self) -> list[tuple[date, str, int]]:
        taken = [(*key, n) for key, n in sorted(self._counts.items())]
        self._counts.clear()
        self._written = time.monotonic()
        return taken


def add(c: psycopg.Connection[Any], counts: list[tuple[date, str, int]]) -> None:
    """In order of day and kind, so that two processes never wait for each other crosswise."""
    with c.transaction():
        for row in counts:
            c.execute(ADD, row)


def before(c: psycopg.Connection[Any], day: date) -> int:
    """All visits of earlier days: a number that stays the same throughout the day."""
    row = c.execute(BEFORE, [day]).fetchone()
    assert row is not None
    return int(row[0])
