"""Statutory limits of a case, computed from its steps, the dated rules and the published calendar; never stored.

So no worker that died can lose one. A limit runs in working days after the day of the step that began it, by the rule
in force on that day; where the calendar of a year on the way isn't published yet, it says that it is provisional.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from xinyong.catalog.book import Rulebook
from xinyong.catalog.casework import CaseRule
from xinyong.disclosure.rules import ruleset, setting
from xinyong.kernel.workdays import Deadline, WorkCalendar, add_workdays
from xinyong.rights.casework import Case
from xinyong.rights.moves import RAISED

RUNNING = {
    "repair": {
        "submitted": ("check", "result"), "pushed": ("accept", "result"), "forwarded": ("result",),
        **dict.fromkeys(("accepted", "noticed", "defended"), ("decide", "result")),
        **dict.fromkeys(("revoke_noticed", "revoke_defended"), ("revoke",)),
    },
    "objection": {
        "submitted": ("forward", "result"), RAISED: ("mark", "forward", "result"), "forwarded": ("verify", "result"),
    },
    "shielding": {},
}  # fmt: skip
BEGINS = {
    "check": ("submitted", "supplemented"), "result": ("submitted", "supplemented", RAISED), "accept": ("pushed",),
    "decide": ("accepted",), "revoke": ("revoke_noticed",), "mark": (RAISED,), "forward": ("submitted", RAISED), "verify": ("forwarded",),
}  # fmt: skip
EXTENDED = ("decide", "verify", "result")  # what an extension makes longer


@dataclass(frozen=True, slots=True)
class Limit:
    """The last day of a stage. `provisional`: the calendar isn't published for all of it."""

    stage: str
    name: str
    begins: date
    due: date
    provisional: bool
    confidence: str

    def overdue(self, today: date) -> bool:
        return today > self.due


def calendar(book: Rulebook) -> WorkCalendar:
    return ruleset(book).calendar


def line_of(book: Rulebook, case: str, stage: str, day: date, authority: str = "") -> CaseRule | None:
    """The line made for this authority (its code), else everybody's."""
    found = [x for x in book.case_rules("limit", day) if (x.case, x.stage) == (case, stage)]
    own = (x for x in found if _made_for(x, authority, book, day))
    return next(own, None) or next((x for x in found if "authority" not in x.parameters), None)


def _made_for(line: CaseRule, authority: str, book: Rulebook, day: date) -> bool:
    rule = line.parameters.get("authority")
    unit = book.provider_by_code(authority) if rule and authority else None
    return unit is not None and str(setting(book, str(rule), day)) in unit.name


def days_of(book: Rulebook, case: str, stage: str, day: date, authority: str = "") -> int:
    """Working days of a stage by the rule in force on `day`; 0 where no rule gives any."""
    line = line_of(book, case, stage, day, authority)
    value = book.value(line.rule, day) if line else 0
    return value if isinstance(value, int) else 0


def limit_of(case: Case, stage: str, book: Rulebook) -> Limit | None:
    """The limit of one stage; None: it has not begun."""
    began = case.last(*BEGINS[stage])
    line = line_of(book, case.kind, stage, began.day, case.authority) if began else None
    if began is None or line is None:
        return None
    days = days_of(book, case.kind, stage, began.day, case.authority)
    longer = case.last("extended") if stage in EXTENDED else None
    days += int(longer.detail.get("workdays", 0)) if longer else 0
    end = add_workdays(began.day, days, calendar(book))
    return Limit(stage, line.name, began.day, end.date, end.provisional, line.confidence)


def all_of(case: Case, book: Rulebook) -> list[Limit]:
    """Every limit that has begun, in the order of the procedure."""
    stages = dict.fromkeys(stage for running in RUNNING[case.kind].values() for stage in running)
    found = (limit_of(case, stage, book) for stage in stages)
    return [limit for limit in found if limit]


def running(case: Case) -> tuple[str, ...]:
    """The stages whose limits run now."""
    return RUNNING[case.kind].get(case.state, ())


def current(case: Case, book: Rulebook) -> Limit | None:
    """The limit that comes first of those that run now; None: nothing is due."""
    found = [x for stage in running(case) if (x := limit_of(case, stage, book))]
    return min(found, key=lambda x: x.due) if found else None


def at_closing(case: Case, book: Rulebook) -> Limit | None:
    """The limit that held when the case was closed; None: it isn't closed, or none ran."""
    closing = next((n for n, s in enumerate(case.steps) if s.kind in CLOSED_BY_UNIT), None)
    return current(before(case, closing), book) if closing else None


def before(case: Case, steps: int) -> Case:
    """The case as it stood after its first `steps` steps."""
    return replace(case, steps=case.steps[:steps])


def within(today: date, days: int, book: Rulebook) -> date:
    """The last day of so many working days after `today`."""
    return add_workdays(today, days, calendar(book)).date


def working_days(book: Rulebook, rule: str, today: date) -> Deadline:
    """The last day of a dated limit in working days that begins today."""
    value = book.value(rule, today)
    return add_workdays(today, value if isinstance(value, int) else 0, calendar(book))


CLOSED_BY_UNIT = ("declined", "granted", "refused", "corrected", "kept")


__all__ = [
    "CLOSED_BY_UNIT",
    "Limit",
    "all_of",
    "at_closing",
    "before",
    "calendar",
    "current",
    "days_of",
    "limit_of",
    "running",
    "within",
    "working_days",
]
