"""The third clock 措施期: how long a measure that rests on records may last.

Two kinds. One *follows its basis* (公布、限制等惩戒措施): it stands while every record it rests on stands, and repair,
revocation, removal or shielding of any of them lifts it (国家发展和改革委员会令第36号第三条：依法解除). The other is a bar
with a *term of its own* (政府采购法第七十七条, 食品安全法第一百三十五条, 行政许可法第七十八条、第七十九条): it runs that term
out, whatever becomes of the record's publicity, sharing or repair. What lifts a measure before its time is named in the
rule (`lifted_by`): a bar whose decision was withdrawn has lost its ground (法无授权不可为), so the shipped rules name that.

At the maximum of a measure that follows its basis, with duties known to be unmet, nothing ends by itself: it becomes a
task for a person (到期仍未纠正、未履行的，按行业主管部门规定), who ends it or names the day until which the sector's rule
carries it on (`Imposed.extended_until`). Nothing here imposes anything: a measure begins with an act of the organ the law
names, and that act is an argument.

States of basis records are values of one snapshot; mixing snapshots raises ValueError, since "in force" would then
mean a moment that never was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from xinyong.kernel.publicity import add_months

Follows = Literal["basis", "own_term"]
BasisState = Literal[
    "in_force", "repaired", "withdrawn", "groundless", "shielded", "removed", "expired", "gone",
]  # fmt: skip
State = Literal["not_begun", "in_force", "lifted", "ran_out", "overrun", "no_basis", "undated"]
Task = Literal["", "decide_overrun", "find_date"]

LIFTING: tuple[BasisState, ...] = ("repaired", "withdrawn", "groundless", "shielded", "removed", "gone")
"""What ends a measure that follows its record: every other state but `expired`, the end of a list's own term, which its
measures have for their own last day.

`groundless`: a decision it rests on is itself no longer in force; `gone`: sealed away or erased at the end of its
retention.
"""


@dataclass(frozen=True, slots=True)
class MeasureRule:
    """A measure as a law allows it, in force between two days (inclusive).

    `least`, `most`: months of its term, equal where the law fixes one; None and None: no term in months — for a
    measure that follows its basis "as long as that stands", for a bar "for life". `lifted_by`: states of a basis
    record that end it early.
    """

    id: str
    name: str
    follows: Follows
    instrument: str
    article: str
    confidence: str
    least: int | None = None
    most: int | None = None
    lifted_by: tuple[BasisState, ...] = LIFTING
    in_force_from: date | None = None
    in_force_to: date | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if (self.least is None) != (self.most is None) or (self.least or 0) > (self.most or 0):
            raise ValueError(f"a term needs its least and its most, in this order: {self.id}")
        if "in_force" in self.lifted_by:
            raise ValueError(f"a record in force lifts nothing: {self.id}")

    def in_force(self, day: date) -> bool:
        begun = self.in_force_from is None or self.in_force_from <= day
        return begun and (self.in_force_to is None or day <= self.in_force_to)


@dataclass(frozen=True, slots=True)
class Basis:
    """A record that a measure rests on, as one snapshot has it. `duties`: met, unmet or "" (not known).

    `known_at`: the publication that the state was read at. `since`: the day its state began, where known.
    """

    record: str
    state: BasisState
    known_at: int
    duties: str = ""
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Imposed:
    """The act that imposed a measure.

    `months`: the term it fixed within the law's; None: the law's longest. `ends`: the last day it named itself (as
    a list's 管理期限), which counts where it is earlier.
    """

    begins: date | None
    months: int | None = None
    ends: date | None = None
    extended_until: date | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A measure on one day; days inclusive. `lifted_by`: the records whose state lifted it."""

    rule: MeasureRule
    state: State
    in_force: bool
    begins: date | None = None
    until: date | None = None
    lifted_by: tuple[str, ...] = ()
    task: Task = ""
    task_due: date | None = None


def term_ends(rule: MeasureRule, imposed: Imposed) -> date | None:
    """The last day by the term alone; None: no term, or no first day. ValueError: a term the law does not allow."""
    months = rule.most if imposed.months is None else imposed.months
    if imposed.months is not None and not _allowed(rule, imposed.months):
        raise ValueError(f"{rule.id} allows {rule.least} to {rule.most} months, not {imposed.months}")
    if imposed.begins is None:
        return None
    longest = None if months is None else add_months(imposed.begins, months)
    return min((day for day in (longest, imposed.ends) if day), default=None)


def _allowed(rule: MeasureRule, months: int) -> bool:
    return rule.least is not None and rule.most is not None and rule.least <= months <= rule.most


def window(rule: MeasureRule, imposed: Imposed, basis: Sequence[Basis], today: date) -> Window:
    """Whether the measure is in force on `today`, until when, and what ended it.

    ValueError: basis records of several snapshots, a term outside the law's.
    """
    if len({b.known_at for b in basis}) > 1:
        raise ValueError("the basis records are of several snapshots")
    until = term_ends(rule, imposed)
    if not basis:
        return Window(rule, "no_basis", False, imposed.begins, until)
    lifting = tuple(b.record for b in basis if b.state in rule.lifted_by)
    if lifting:
        return Window(rule, "lifted", False, imposed.begins, until, lifting)
    if imposed.begins is None:
        return Window(rule, "undated", False, task="find_date")
    return _timed(rule, imposed, basis, until, today)


def _timed(
    rule: MeasureRule, imposed: Imposed, basis: Sequence[Basis], until: date | None, today: date
) -> Window:
    begins = imposed.begins
    assert begins is not None
    if today < begins:
        return Window(rule, "not_begun", False, begins, until)
    if until is None or today <= until:
        return Window(rule, "in_force", True, begins, until)
    if rule.follows == "basis" and any(b.duties == "unmet" for b in basis):
        if imposed.extended_until and today <= imposed.extended_until:
            return Window(rule, "in_force", True, begins, imposed.extended_until)
        return Window(rule, "overrun", True, begins, until, task="decide_overrun", task_due=until)
    return Window(rule, "ran_out", False, begins, until)
