"""Subjects that are one: which at a publication, and the rows that say so. A merge never moves a record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg

from xinyong.foundation import locks

KNOWN = """
SELECT id, loser, winner, reason, basis, known_from FROM known_merge
WHERE known_from <= %(known_at)s AND (known_to IS NULL OR known_to > %(known_at)s) {}
ORDER BY known_from, id
"""
LOCK = locks.MERGES
BY_REGISTRATION, BY_PERSON = "registration", "person"


@dataclass(frozen=True, slots=True)
class Merge:
    id: int
    loser: int
    winner: int
    reason: str
    basis: str
    publication: int


@dataclass(frozen=True, slots=True)
class Merges:
    """All merges known at a publication. Chains are followed: A into B into C is A into C."""

    into: dict[int, int]

    def winner(self, subject: int) -> int:
        """The subject that this one is part of; itself, if it was not merged."""
        while subject in self.into:
            subject = self.into[subject]
        return subject

    @property
    def all(self) -> set[int]:
        """Subjects that any merge is about."""
        return {*self.into, *self.into.values()}

    def winners(self, subjects: Iterable[int]) -> list[int]:
        """Each once, in order."""
        return list(dict.fromkeys(self.winner(s) for s in subjects))

    def members(self, subject: int) -> list[int]:
        """The winner first, then every subject that is part of it."""
        first = self.winner(subject)
        return [first, *sorted(s for s in self.into if self.winner(s) == first)]


def known(c: psycopg.Connection[Any], known_at: int) -> Merges:
    """Few rows: one query answers for every subject of a request."""
    rows = c.execute(KNOWN.format(""), {"known_at": known_at})
    return Merges({r[1]: r[2] for r in rows})


def merges_of(c: psycopg.Connection[Any], loser: int, known_at: int) -> list[Merge]:
    """The merges that stand at a publication: more than one only if several files said the same."""
    rows = c.execute(KNOWN.format("AND loser = %(loser)s"), {"known_at": known_at, "loser": loser})
    return [Merge(*row) for row in rows]


def lock(c: psycopg.Connection[Any]) -> None:
    """Until this transaction ends nobody else merges or splits: no two make a circle."""
    c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def merges_into(c: psycopg.Connection[Any], winners: Iterable[int], known_at: int, basis: str) -> list[Merge]:
    """Standing merges on one basis into any of these."""
    values = {"winners": list(winners), "known_at": known_at, "basis": basis}
    rows = c.execute(KNOWN.format("AND winner = ANY(%(winners)s) AND basis = %(basis)s"), values)
    return [Merge(*row) for row in rows]


def add(c: psycopg.Connection[Any], loser: int, winner: int, reason: str, basis: str, batch: int) -> None:
    """Visible with the publication of `batch`."""
    c.execute(
        "INSERT INTO subject_merge (loser, winner, reason, basis, born) VALUES (%s, %s, %s, %s, %s)",
        [loser, winner, reason, basis, batch],
    )


def add_split(c: psycopg.Connection[Any], merge: Merge, reason: str, basis: str, batch: int) -> None:
    """Ends a merge with the publication of `batch`."""
    c.execute(
        "INSERT INTO subject_merge (loser, winner, splits, reason, basis, born) VALUES (%s, %s, %s, %s, %s, %s)",
        [merge.loser, merge.winner, merge.id, reason, basis, batch],
    )
