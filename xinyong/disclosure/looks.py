"""谁看过我: the look log as its subject may read it, and what a subject is told of its own records and grants.

A person who looked is not named: the office is, and the role. The public's looks are counted, never listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.archive import merges, publication
from xinyong.disclosure import identity
from xinyong.disclosure.identity import Located
from xinyong.foundation import named_sql
from xinyong.foundation.audit import PUBLIC, Who
from xinyong.kernel.errors import NotPermitted

SQL = named_sql.load(Path(__file__).parent / "sql" / "looks.sql")
OWN, REFUSED = "本人查询", "拒绝"  # grounds, as the log has them


@dataclass(frozen=True, slots=True)
class Seen:
    """One look. `unit`: unified code of who looked, empty if none is known.

    `machine`: the name under which the platform looked by itself (no account bears it); show it to nobody as it
    stands, it only tells which work it was. `authorisation`: its number, if that was the ground.
    """

    at: datetime
    role: str
    unit: str
    machine: str
    what: str
    records: int
    purpose: str
    ground: str
    duty: str
    authorisation: str

    @property
    def own(self) -> bool:
        return self.role == "subject" and self.ground == OWN

    @property
    def refused(self) -> bool:
        return self.ground == REFUSED


@dataclass(frozen=True, slots=True)
class Use:
    """One look by an authorisation."""

    at: datetime
    what: str
    records: int
    purpose: str


def mine(c: psycopg.Connection[Any], who: Who) -> Located:
    """The subject that `who` logs in for; `.subject` is None while nothing was collected about it.

    NotPermitted: whoever is not a subject with a code. Whoever has now what was once this code is another.
    """
    if who.role != "subject" or not who.provider:
        raise NotPermitted("not_yours", "只有信用主体本人能查看这些内容；请用本主体的账号登录。")
    found = identity.by_code(c, who.provider, None)
    if found.subject is None or not found.subject.is_of(who.provider):
        return found._replace(subject=None)
    return found


def looks_of(
    c: psycopg.Connection[Any], who: Who, *, page: int = 1, size: int = 50, others: bool = False
) -> list[Seen]:
    """Looks at `who`'s own archive and at the subjects merged into it, newest first; refused ones too.

    Up to `size` + 1 rows of the page (from 1), so that one more tells of a next page. `others`: without its own.
    NotPermitted: see `mine`.
    """
    subjects = _members(mine(c, who))
    skip = (page - 1) * size
    asked = {"subjects": subjects, "others": others, "own": OWN, "upto": skip + size + 1}
    rows = c.execute(SQL["looks_of"], {**asked, "limit": size + 1, "skip": skip}).fetchall()
    return [Seen(*row) for row in rows]


def public_looks(c: psycopg.Connection[Any], who: Who, since: datetime) -> list[tuple[date, int]]:
    """Days on which the public was shown `who`'s own archive, and how often, newest first. NotPermitted: see `mine`."""
    asked = {"subjects": _members(mine(c, who)), "since": since, "refused": REFUSED}
    return [(day, number) for day, number in c.execute(SQL["public_looks"], asked).fetchall()]


def _members(found: Located) -> list[int]:
    return list(found.merged.members(found.subject.id)) if found.subject else []


def uses(c: psycopg.Connection[Any], numbers: Iterable[int], limit: int = 20) -> Mapping[int, list[Use]]:
    """Internal number of an authorisation → the newest `limit` looks by it. The caller has made sure whose they are."""
    found: dict[int, list[Use]] = defaultdict(list)
    for number, *row in c.execute(SQL["uses"], {"ids": list(numbers), "limit": limit}).fetchall():
        found[number].append(Use(*row))
    return found


def called(c: psycopg.Connection[Any], codes: Iterable[str], today: date) -> dict[str, str]:
    """Unified code → current name, of those that the public may know (registered, no natural person)."""
    known_at = publication.last(c)
    rows = c.execute(SQL["numbers_of"], {"codes": list(codes)}).fetchall()
    merged = merges.known(c, known_at)
    asked = {"subjects": merged.winners(r[0] for r in rows), "known_at": known_at}
    listed = c.execute(identity.SQL["listing"], asked).fetchall()
    subjects = {s.id: s for r in listed if (s := identity.subject_of(r)) and identity.visible(s, PUBLIC)}
    names = identity.names_of(c, subjects.values(), known_at, merged, today)
    whole = {code: merged.winner(number) for number, code in rows}
    return {code: names[s][0]["name"] for code, s in whole.items() if s in subjects and names[s]}


def arrivals(c: psycopg.Connection[Any], records: Iterable[str]) -> dict[str, datetime]:
    """Record id (32 hex digits) → when it first became known. Of records the asker has just been shown."""
    return dict(c.execute(SQL["arrivals"], {"records": list(records)}).fetchall())


__all__ = ["Seen", "Use", "arrivals", "called", "looks_of", "mine", "public_looks", "uses"]
