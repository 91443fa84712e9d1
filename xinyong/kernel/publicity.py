"""The three clocks of a record: publicity 公示期, sharing and use 共享使用期, a measure's own term 措施期.

Everything is computed from dated rules and never stored. A record's publicity follows the rule in force on the
day it was decided, unless one that came later is kinder (从旧兼从轻, a switch of the rulebook): no worse in its
end or in the day repair becomes possible, and better in one of them. One that came and went counts too: else what
it ended would be public again after it.

The end of publicity stops publication only; sharing and use go on until repair, withdrawal or the end of
retention. At the maximum a record whose duties are known to be unmet is not "ended" (发改委令第36号: 到期仍未
纠正、未履行的，按行业主管部门规定): it becomes a task for a person. Until that person names the sector's rule
(`Facts.extended_until`) it isn't published either — no text allows publication beyond the maximum by default,
and what was copied from the web can't be called back — while sharing and use do not end.

Periods of months end on the day of the same number, or the month's last; that day is within the period.
`xinyong.kernel.publicity_frame` is the same for a whole frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal, NamedTuple

from xinyong.kernel.workdays import WorkCalendar, add_workdays

Base = Literal["decision_date", "instrument_date", "publicity_date"]
Publish = Literal["yes", "no", "if_needed"]  # if_needed: not by default (36号: 轻微原则上不予公示)
State = Literal[
    "open", "unpublished", "pending", "undated", "no_rule", "ended", "overrun",
    "repaired", "withdrawn", "groundless", "shielded", "closed_item", "closed_row", "closed_person",
]  # fmt: skip
Task = Literal["", "decide_degree", "decide_overrun", "find_date"]
Reported = Literal["absent", "equal", "earlier", "later", "incomparable"]

SEPARATORS = ";；、|"
DEGREES = ("轻微", "一般", "严重", "特定严重")


@dataclass(frozen=True, slots=True)
class PublicityRule:
    """One line of the table of windows; months for periods, empty tuples match everything.

    `domains` are found anywhere in the record's domain text. `kinds_only`: every kind of penalty is one of
    these; `kinds_any`: at least one is. `minimum` None: no early end; `maximum` None: no end by time.
    """

    id: str  # of the line
    rule: str  # of the dated rule that gives the periods
    name: str
    channel: str
    instrument: str
    article: str
    confidence: str
    publish: Publish = "yes"
    minimum: int | None = None
    maximum: int | None = None
    base: Base = "instrument_date"
    auto_end: bool = True
    actual_term: bool = False  # not before the penalty's own end (总局令第45号第十三条: 限制类)
    until_removed: bool = False  # ends with removal from the list, or with its own term
    in_force_from: date | None = None
    in_force_to: date | None = None
    items: tuple[str, ...] = ()
    degrees: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    kinds_only: tuple[str, ...] = ()
    kinds_any: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    fine_at_most: int | None = None  # fen; and nothing but a fine
    note: str = ""

    def in_force(self, day: date) -> bool:
        begun = self.in_force_from is None or self.in_force_from <= day
        return begun and (self.in_force_to is None or day <= self.in_force_to)


@dataclass(frozen=True, slots=True)
class SharingRule:
    """For which purpose a record may be shared and used, and what is left out of it."""

    id: str
    purpose: str
    name: str
    instrument: str
    article: str
    confidence: str
    in_force_from: date | None = None
    in_force_to: date | None = None
    procedures_excluded: tuple[str, ...] = ()
    degrees_excluded: tuple[str, ...] = ()
    note: str = ""

    def in_force(self, day: date) -> bool:
        begun = self.in_force_from is None or self.in_force_from <= day
        return begun and (self.in_force_to is None or day <= self.in_force_to)


@dataclass(frozen=True)
class Ruleset:
    """The rules of one rulebook, compiled. `rules` in the order in which they are tried."""

    rules: tuple[PublicityRule, ...]
    sharing: tuple[SharingRule, ...]
    calendar: WorkCalendar
    degree_days: int  # working days from the decision within which the degree is to be decided
    kinder: bool  # whether a later rule applies where it is kinder

    @cached_property
    def starts(self) -> Mapping[str, tuple[date, ...]]:
        """Channel → the days on which the rules in force on it change, the first of all days included."""
        found: dict[str, set[date]] = {}
        for r in self.rules:
            days = found.setdefault(r.channel, {date.min})
            days |= {r.in_force_from or date.min}
            days |= {r.in_force_to + timedelta(days=1)} if r.in_force_to else set()
        return {channel: tuple(sorted(days)) for channel, days in found.items()}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the clocks need to know of one record. Dates are None where the record doesn't say.

    `closed`: why the catalogue keeps it from the public ("" if it doesn't): closed_item, closed_row or
    closed_person. `stop`: what ends it: repaired, withdrawn, groundless (a decision it rests on has
    ended) or shielded (the last until `stop_until`, inclusive; None: until it is closed). `duties`: met, unmet or "" (not known).
    """

    item: str
    decided: date | None
    needs_degree: bool = True
    degree: str = ""
    domain: str = ""
    procedure: str = ""
    kinds: str = ""
    fine: int | None = None  # fen
    instrument_dated: date | None = None
    first_public: date | None = None
    valid_to: date | None = None
    removed: date | None = None
    term: date | None = None  # the last day of a list's own term, which ends its entry
    reported_until: date | None = None
    retained_until: date | None = None
    closed: str = ""
    stop: str = ""
    stop_until: date | None = None
    necessary: bool = False
    duties: str = ""
    extended_until: date | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The publicity of one record on one channel on one day; dates inclusive."""

    channel: str
    state: State
    public: bool
    rule: PublicityRule | None = None
    kinder: bool = False  # a later rule instead of the decision day's
    begins: date | None = None  # the day the periods run from
    assumed_base: bool = False  # the rule's base date is missing; the document's or decision's day stands in
    earliest_repair: date | None = None
    until: date | None = None
    task: Task = ""
    task_due: date | None = None
    provisional: bool = False  # the due day lies in a year whose calendar isn't known yet
    reported: Reported = "absent"


@dataclass(frozen=True, slots=True)
class Use:
    """Whether a record may be shared and used for one purpose on one day, and until when."""

    purpose: str
    shared: bool
    reason: str  # "" | excluded | repaired | withdrawn | groundless | shielded | retention_over | no_rule
    until: date | None
    rule: SharingRule | None


class Outcome(NamedTuple):
    """What a rule would mean for a record: None is "for ever" or "never"."""

    published: bool
    begins: date | None
    assumed: bool
    earliest: date | None
    until: date | None


def add_months(day: date, months: int) -> date:
    """The day of the same number `months` later; where that month lacks it, the month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, _days_in(year, month + 1)))


def _days_in(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def months_of(period: str) -> int:
    """`3M` → 3, `1Y` → 12. ValueError: any other writing."""
    number, unit = period[:-1], period[-1:]
    if unit not in ("M", "Y") or not (number.isascii() and number.isdigit()):
        raise ValueError(f"not a period: {period!r}")
    return int(number) * (12 if unit == "Y" else 1)


def kinds_in(text: str) -> tuple[str, ...]:
    """The kinds of penalty in a field of several values."""
    for mark in SEPARATORS[1:]:
        text = text.replace(mark, SEPARATORS[0])
    return tuple(part.strip() for part in text.split(SEPARATORS[0]) if part.strip())


def matches(rule: PublicityRule, facts: Facts, kinds: tuple[str, ...]) -> bool:
    """Whether a line of the table speaks of such a record (with these kinds of penalty), whenever decided."""
    return (
        (not rule.items or facts.item in rule.items)
        and (not rule.degrees or facts.degree in rule.degrees)
        and (not rule.domains or any(word in facts.domain for word in rule.domains))
        and (not rule.procedures or facts.procedure in rule.procedures)
        and (not rule.kinds_only or bool(kinds) and all(k in rule.kinds_only for k in kinds))
        and (not rule.kinds_any or any(k in rule.kinds_any for k in kinds))
        and (rule.fine_at_most is None or kinds == ("罚款",) and _small(facts.fine, rule.fine_at_most))
    )


def _small(fine: int | None, limit: int) -> bool:
    return fine is not None and fine <= limit


def choose(rules: Sequence[PublicityRule], channel: str, facts: Facts, day: date) -> PublicityRule | None:
    """The first line of the channel in force on `day` that speaks of such a record."""
    kinds = kinds_in(facts.kinds)
    fit = (r for r in rules if r.channel == channel and r.in_force(day) and matches(r, facts, kinds))
    return next(fit, None)


def outcome(rule: PublicityRule, facts: Facts) -> Outcome:
    """What `rule` means for the record, whatever day it is."""
    published = rule.publish == "yes" or (rule.publish == "if_needed" and facts.necessary)
    begins, assumed = _begins(rule.base, facts)
    if begins is None:
        return Outcome(published, None, assumed, None, None)
    earliest = None if rule.minimum is None else add_months(begins, rule.minimum)
    until = None if rule.maximum is None else add_months(begins, rule.maximum)
    if rule.actual_term and until and facts.valid_to:
        until = max(until, facts.valid_to)
    if rule.until_removed:
        until = min((d for d in (until, facts.removed, facts.term) if d), default=None)
    return Outcome(published, begins, assumed, earliest, until)


def _begins(base: Base, facts: Facts) -> tuple[date | None, bool]:
    """The day the periods run from. A missing one gives way to an earlier day, which never lengthens them."""
    named = {"decision_date": facts.decided, "instrument_date": facts.instrument_dated or facts.decided}
    if base == "publicity_date":
        return (facts.first_public, False) if facts.first_public else (facts.decided, True)
    return named[base], False


def is_kinder(later: Outcome, earlier: Outcome) -> bool:
    """No worse in publication, end and first day of repair, and better in one of them."""
    a, b = _weight(later), _weight(earlier)
    return all(x <= y for x, y in zip(a, b, strict=True)) and a != b


def _weight(o: Outcome) -> tuple[date, date]:
    if not o.published:
        return date.min, date.min
    return o.until or date.max, o.earliest or date.max


def window(facts: Facts, rules: Ruleset, channel: str, today: date) -> Window:
    """Publicity on `channel` as of `today`; see the module for what the states mean."""
    stopped = facts.closed or _stopped(facts, today)
    rule, kinder = applicable(facts, rules, channel, today)
    if stopped:
        return _with_dates(Window(channel, _state(stopped), False), rule, kinder, facts)
    if rule is None and not facts.needs_degree:
        return Window(channel, "open", True)
    if facts.needs_degree and not facts.degree and not (rule and rule.publish == "no"):
        return _pending(channel, facts, rules)
    if rule is None:
        return Window(channel, "no_rule", False, task="decide_overrun", task_due=today)
    return _timed(_with_dates(Window(channel, "open", False), rule, kinder, facts), facts, today)


def _state(text: str) -> State:
    found: dict[str, State] = {
        "closed_item": "closed_item", "closed_row": "closed_row", "closed_person": "closed_person",
        "repaired": "repaired", "withdrawn": "withdrawn", "groundless": "groundless", "shielded": "shielded",
    }  # fmt: skip
    return found[text]


def _stopped(facts: Facts, today: date) -> str:
    if facts.stop == "shielded" and facts.stop_until and today > facts.stop_until:
        return ""
    return facts.stop


def applicable(facts: Facts, rules: Ruleset, channel: str, today: date) -> tuple[PublicityRule | None, bool]:
    """The line of the decision day, or the kindest that came since; and whether it is a later one.

    Where none was in force on that day, the first that came.
    """
    day = facts.decided or today
    found, later = choose(rules.rules, channel, facts, day), False
    for start in rules.starts.get(channel, ()):
        if not day < start <= today:
            continue
        new = choose(rules.rules, channel, facts, start)
        if new is None or found is None:
            found = found or new
        elif rules.kinder and is_kinder(outcome(new, facts), outcome(found, facts)):
            found, later = new, True
    return found, later


def _pending(channel: str, facts: Facts, rules: Ruleset) -> Window:
    if facts.decided is None:
        return Window(channel, "pending", False, task="decide_degree")
    due = add_workdays(facts.decided, rules.degree_days, rules.calendar)
    return Window(
        channel, "pending", False, task="decide_degree", task_due=due.date, provisional=due.provisional
    )


def _with_dates(w: Window, rule: PublicityRule | None, kinder: bool, facts: Facts) -> Window:
    if rule is None or (facts.needs_degree and not facts.degree and rule.publish != "no"):
        return w
    o = outcome(rule, facts)
    until = o.until if o.published else None
    compared = _compared(facts.reported_until, until if o.published else None)
    return Window(
        w.channel, w.state, w.public, rule, kinder, o.begins, o.assumed, o.earliest, until, reported=compared
    )


def _compared(reported: date | None, computed: date | None) -> Reported:
    if reported is None:
        return "absent"
    if computed is None:
        return "incomparable"
    return "equal" if reported == computed else "earlier" if reported < computed else "later"


def _timed(w: Window, facts: Facts, today: date) -> Window:
    state, task, due = _at(w, facts, today)
    return Window(
        w.channel, state, state == "open", w.rule, w.kinder, w.begins, w.assumed_base, w.earliest_repair,
        w.until, task, due, reported=w.reported,
    )  # fmt: skip


def _at(w: Window, facts: Facts, today: date) -> tuple[State, Task, date | None]:
    assert w.rule is not None
    if w.rule.publish == "no" or (w.rule.publish == "if_needed" and not facts.necessary):
        return "unpublished", "", None
    if w.begins is None:
        return "undated", "find_date", None
    if w.until is None or today <= w.until:
        return "open", "", None
    if facts.removed and w.rule.until_removed and today > facts.removed:
        return "ended", "", None
    if facts.duties == "unmet" or not w.rule.auto_end:
        if facts.extended_until and today <= facts.extended_until:
            return "open", "", None
        return "overrun", "decide_overrun", w.until
    return "ended", "", None


def sharing(facts: Facts, rules: Ruleset, purpose: str, today: date) -> Use:
    """Whether the record may be shared and used for `purpose`: publicity plays no part in it."""
    rule = next((r for r in rules.sharing if r.purpose == purpose and r.in_force(today)), None)
    reason = _unshared(rule, facts, today)
    return Use(purpose, not reason, reason, facts.retained_until, rule)


def _unshared(rule: SharingRule | None, facts: Facts, today: date) -> str:
    if rule is None:
        return "no_rule"
    if stopped := _stopped(facts, today):
        return stopped
    if facts.retained_until and today > facts.retained_until:
        return "retention_over"
    if facts.procedure in rule.procedures_excluded or facts.degree in rule.degrees_excluded:
        return "excluded"
    return ""
