"""信用修复及时率: what was decided in time out of what was due, by department and for the district.

The plan fixes the aim (《规划》专栏一, 2025 年 90 %), not the formula. Ours: cases whose limit ended or that were closed in
the period; in time is what was closed on or before its last day, both of acceptance and of the decision. What is
overdue and still open counts as not in time. Withdrawn and forwarded cases don't count. What still lies with the
centre counts for the district alone, by the limit of the result: no department has it yet. Where the centre asked for
more after its limit was over, the case isn't in time for the district, however soon it goes on: asking begins the
limits anew and can't make up for one that was missed. The department, that had no part in it, is counted by its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.foundation.audit import Who
from xinyong.rights import casework, limits
from xinyong.rights.casework import Case
from xinyong.rights.limits import Limit

TARGET = "REPAIR_TARGET"
ALL = ""
COUNTED = ("granted", "refused", "declined", "revoke_noticed", "revoke_defended", "revoked")
WAITING = ("pushed", "accepted", "noticed", "defended")
WITH_CENTRE, WITH_APPLICANT = "submitted", "incomplete"


@dataclass(frozen=True, slots=True)
class Line:
    """`authority` "": the whole district. `rate` None: nothing was due."""

    authority: str
    due: int
    in_time: int
    late: int  # closed after its limit
    overdue: int  # still open after its limit
    waiting: int  # open, within its limit; not counted

    @property
    def rate(self) -> Decimal | None:
        return Decimal(self.in_time) / self.due if self.due else None


def by_department(
    c: psycopg.Connection[Any], who: Who, today: date, first: date, last: date, book: Rulebook
) -> list[Line]:
    """The district first, then each department by code, for what was due from `first` to `last` (inclusive).

    NotPermitted: who may not see it.
    """
    permissions.require(book.permissions, who, "repair.timeliness")
    return lines(casework.between(c, first, last, "repair"), today, first, last, book)


def lines(cases: Iterable[Case], today: date, first: date, last: date, book: Rulebook) -> list[Line]:
    counts: dict[str, dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(("in_time", "late", "overdue", "waiting"), 0)
    )
    counts[ALL]["in_time"] += 0
    for case in cases:
        if whole := fate_for_district(case, today, first, last, book):
            counts[ALL][whole] += 1
        fate = fate_of(case, today, first, last, book)
        if fate and case.state != WITH_CENTRE:
            counts[case.authority][fate] += 1
    return [_line(unit, n) for unit, n in sorted(counts.items())]


def _line(unit: str, n: dict[str, int]) -> Line:
    return Line(
        unit, n["in_time"] + n["late"] + n["overdue"], n["in_time"], n["late"], n["overdue"], n["waiting"]
    )


def fate_for_district(case: Case, today: date, first: date, last: date, book: Rulebook) -> str:
    """As `fate_of`, with what the centre asked for too late: such a case is in time never more."""
    fate, missed = fate_of(case, today, first, last, book), _asked_late(case, book)
    if missed is None or fate in ("late", "overdue"):
        return fate
    if fate == "in_time":
        return "late"
    still_open = case.state in (*WAITING, WITH_CENTRE, WITH_APPLICANT)
    return "overdue" if still_open and first <= missed.due <= last else fate


def _asked_late(case: Case, book: Rulebook) -> Limit | None:
    """The limit that was over when more was asked for; None: it was asked in time, or not at all."""
    asked = next((n for n, s in enumerate(case.steps) if s.kind == "incomplete"), None)
    limit = limits.current(limits.before(case, asked), book) if asked else None
    return limit if limit and asked and limit.overdue(case.steps[asked].day) else None


def fate_of(case: Case, today: date, first: date, last: date, book: Rulebook) -> str:
    """in_time, late, overdue or waiting; "": it doesn't count in this period."""
    if case.state in COUNTED:
        return _closed(case, first, last, book)
    if case.state not in (*WAITING, WITH_CENTRE):
        return ""
    at_centre = case.state == WITH_CENTRE
    limit = limits.limit_of(case, "result", book) if at_centre else limits.current(case, book)
    if limit is None or limit.due >= today:
        return "waiting" if first <= today <= last else ""
    return "overdue" if first <= limit.due <= last else ""


def _closed(case: Case, first: date, last: date, book: Rulebook) -> str:
    limit = limits.at_closing(case, book)
    closing = next((s for s in case.steps if s.kind in limits.CLOSED_BY_UNIT), None)
    if limit is None or closing is None or not first <= min(closing.day, limit.due) <= last:
        return ""
    return "in_time" if closing.day <= limit.due and _accepted_in_time(case, book) else "late"


def _accepted_in_time(case: Case, book: Rulebook) -> bool:
    accepted, limit = case.last("accepted"), limits.limit_of(case, "accept", book)
    return accepted is None or limit is None or accepted.day <= limit.due


def target(book: Rulebook, day: date) -> Decimal:
    return Decimal(str(book.value(TARGET, day)))


__all__ = ["Line", "by_department", "fate_for_district", "fate_of", "lines", "target"]
