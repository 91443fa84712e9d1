"""The register as it is stored: measures with the records they rest on and what was done with them, and nothing judged."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.foundation import named_sql
from xinyong.kernel.measures import MeasureRule

SQL = named_sql.load(Path(__file__).parent.parent / "sql" / "measures.sql")
MOST_LISTED = 5_000
LIFTED, MISTAKEN, EXTENDED = "lifted", "mistaken", "extended"
ENDS = (LIFTED, MISTAKEN)
WHICH = {
    "number": "m.number = %(number)s::uuid",
    "numbers": "m.number = ANY(%(numbers)s::uuid[])",
    "subject": "m.subject = ANY(%(subjects)s::bigint[])",
    "organ": "m.organ = %(organ)s",
    "all": "true",
}


@dataclass(frozen=True, slots=True)
class Act:
    """What the organ did with a measure after registering it. `until`: of an extension, its last day."""

    kind: str
    until: date | None
    at: datetime
    by: str
    role: str
    provider: str
    reason: str
    basis: str


@dataclass(frozen=True, slots=True)
class Ground:
    """A record that a measure rests on (32 hex digits), with item and document number as they were then."""

    record: str
    item: str
    document: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure as its organ registered it. `rule` is the law's as of then; `months` its term, None: as the law says."""

    id: int
    number: str
    at: datetime
    rule: MeasureRule
    edition: str
    subject: int
    organ: str
    organ_name: str
    document: str
    notified_on: date
    heard: str
    decided: date
    begins: date
    months: int | None
    ends: date | None
    by: str
    role: str
    provider: str
    reason: str
    grounds: tuple[Ground, ...]
    acts: tuple[Act, ...]

    @property
    def records(self) -> tuple[str, ...]:
        return tuple(g.record for g in self.grounds)

    @property
    def end(self) -> Act | None:
        """The organ's own act that ended it: it was lifted, or registered by mistake."""
        return next((a for a in self.acts if a.kind in ENDS), None)

    @property
    def extended_until(self) -> date | None:
        """As the newest extension says."""
        return next((a.until for a in reversed(self.acts) if a.kind == EXTENDED), None)

    @property
    def newest(self) -> datetime:
        """When anything was last done with it."""
        return max(self.at, *(a.at for a in self.acts)) if self.acts else self.at


def load(c: psycopg.Connection[Any], number: str) -> Measure | None:
    """The measure with this number."""
    try:
        text = str(uuid.UUID(number))
    except ValueError:
        return None
    return next(iter(_read(c, "number", {"number": text}, 1)), None)


def numbered(c: psycopg.Connection[Any], numbers: Sequence[str]) -> list[Measure]:
    """The measures with these numbers, newest first."""
    return _read(c, "numbers", {"numbers": list(numbers)})


def of_subjects(c: psycopg.Connection[Any], subjects: Sequence[int]) -> list[Measure]:
    """All of them, newest first. The caller names the subjects that were merged, too."""
    return _read(c, "subject", {"subjects": list(subjects)})


def of_organ(c: psycopg.Connection[Any], organ: str) -> list[Measure]:
    """What an organ registered, newest first, the newest `MOST_LISTED` of them; of no organ: none."""
    return _read(c, "organ", {"organ": organ}, MOST_LISTED) if organ else []


def everything(c: psycopg.Connection[Any]) -> list[Measure]:
    """The newest `MOST_LISTED` of the register."""
    return _read(c, "all", {}, MOST_LISTED)


def live(c: psycopg.Connection[Any]) -> list[str]:
    """Numbers of those that their organ has not ended, oldest first, however many."""
    return [number for (number,) in c.execute(SQL["live"]).fetchall()]


def _read(
    c: psycopg.Connection[Any], which: str, asked: Mapping[str, Any], most: int | None = None
) -> list[Measure]:
    statement = SQL["measures"].replace("/*which*/", WHICH[which])
    return [_measure(row) for row in c.execute(statement, {**asked, "limit": most}).fetchall()]  # type: ignore[arg-type]


def _measure(row: Sequence[Any]) -> Measure:
    number, public, at, rule, name, instrument, article, confidence, follows, least, most, lifted, *rest = row
    *rest, grounds, acts = rest
    law = MeasureRule(
        rule, name, follows, instrument, article, confidence, least, most, tuple(lifted)
    )  # what it was then; the days between which the rule holds were asked when it was registered
    kept = (tuple(Ground(*g) for g in grounds or ()), tuple(_act(a) for a in acts or ()))
    return Measure(number, public, at, law, *rest, *kept)


def _act(row: Sequence[Any]) -> Act:
    kind, until, at, *rest = row
    day = date.fromisoformat(until) if until else None
    return Act(kind, day, datetime.fromisoformat(at), *rest)


__all__ = [
    "ENDS", "EXTENDED", "LIFTED", "MISTAKEN", "MOST_LISTED", "SQL", "Act", "Ground", "Measure", "everything", "live", "load", "numbered",
    "of_organ", "of_subjects",
]  # fmt: skip
