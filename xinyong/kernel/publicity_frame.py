"""`kernel.publicity` for a whole frame: a million records in seconds, the same answers.

Which rule applies depends on a few texts only, so it is chosen once for each combination that occurs; the dates
are then computed by column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from xinyong.kernel.publicity import (
    Facts,
    PublicityRule,
    Ruleset,
    SharingRule,
    choose,
    kinds_in,
)
from xinyong.kernel.workdays import add_workdays

# What a frame must hold: the fields of `Facts` under the same names.
SCHEMA: dict[str, Any] = {
    "item": pl.String, "decided": pl.Date, "needs_degree": pl.Boolean, "degree": pl.String,
    "domain": pl.String, "procedure": pl.String, "kinds": pl.String, "fine": pl.Int64,
    "instrument_dated": pl.Date, "first_public": pl.Date, "valid_to": pl.Date, "removed": pl.Date, "term": pl.Date,
    "reported_until": pl.Date, "retained_until": pl.Date, "closed": pl.String, "stop": pl.String,
    "stop_until": pl.Date, "necessary": pl.Boolean, "duties": pl.String, "extended_until": pl.Date,
}  # fmt: skip
STATES = (
    "open", "unpublished", "pending", "undated", "no_rule", "ended", "overrun", "repaired", "withdrawn",
    "groundless", "shielded", "closed_item", "closed_row", "closed_person",
)  # fmt: skip
TASKS = ("", "decide_degree", "decide_overrun", "find_date")
REPORTED = ("absent", "equal", "earlier", "later", "incomparable")
BASES = ("decision_date", "instrument_date", "publicity_date")
NO = {"yes": 0, "no": 1, "if_needed": 2}
TEXTS = ("item", "degree", "domain", "procedure", "kinds")
DATED = ("decided", "instrument_dated", "first_public", "valid_to", "removed", "term", "necessary")

Days = npt.NDArray[np.int64]  # days since 1970; NONE where there is none
Flags = npt.NDArray[np.bool_]
NONE = np.iinfo(np.int64).min
EVER = np.iinfo(np.int64).max
_EPOCH = date(1970, 1, 1)


@dataclass(slots=True)
class _Effects:
    """What the rule chosen for each row would mean; rows without one have `there` False."""

    there: Flags
    publish: npt.NDArray[np.int64]
    published: Flags
    begins: Days
    assumed: Flags
    earliest: Days
    until: Days


def frame_of(records: Sequence[Facts]) -> pl.DataFrame:
    """A row for each record, as `windows` takes them."""
    return pl.DataFrame({n: pl.Series([getattr(r, n) for r in records], dtype=t) for n, t in SCHEMA.items()})


def windows(frame: pl.DataFrame, rules: Ruleset, channel: str, today: date) -> pl.DataFrame:
    """For each row of `frame` (columns as SCHEMA; texts "" where empty): the fields of its `Window`.

    Columns: state, public, rule (id of the table's line), kinder, begins, assumed_base, earliest_repair, until,
    task, task_due, reported, and for each purpose of the sharing rules share_<purpose>.
    """
    frame = frame.with_columns(pl.col(name).fill_null("") for name in (*TEXTS, "closed", "stop", "duties"))
    lines = [r for r in rules.rules if r.channel == channel]
    at, kinder = _applicable(frame, lines, rules, channel, today)
    return _answer(frame, rules, today, lines, at, kinder, _effects(frame, lines, at))


def _applicable(
    frame: pl.DataFrame, lines: Sequence[PublicityRule], rules: Ruleset, channel: str, today: date
) -> tuple[Days, Flags]:
    """Numbers of the lines that apply (-1: none), and whether each is a later one than the decision day's."""
    starts = rules.starts.get(channel, (date.min,))
    table, key = _lines_by_era(frame, lines, channel, starts)
    eras = pl.Series(starts, dtype=pl.Date)
    era = eras.search_sorted(frame["decided"].fill_null(today), side="right").to_numpy().astype(np.int64) - 1
    at, kinder = table[key, era], np.zeros(frame.height, bool)
    for n, start in enumerate(starts):
        if start > today or not (era < n).any():
            continue
        new = np.where(era < n, table[key, n], -1)
        missing = (at < 0) & (new >= 0)
        better = _kinder(frame, lines, at, new) if rules.kinder else np.zeros(frame.height, bool)
        at, kinder = np.where(missing | better, new, at), kinder | better
    return at, kinder


def _lines_by_era(
    frame: pl.DataFrame, lines: Sequence[PublicityRule], channel: str, starts: Sequence[date]
) -> tuple[Days, Days]:
    """Combination × era → number of the line, and each row's combination. Chosen once per combination."""
    keyed = _keys(frame, lines)
    distinct = keyed.unique(maintain_order=True)
    number = {id(r): n for n, r in enumerate(lines)}
    found = [
        [-1 if r is None else number[id(r)] for r in (choose(lines, channel, facts, day) for day in starts)]
        for facts in (_facts(row, lines) for row in distinct.iter_rows(named=True))
    ]
    table = np.array(found, np.int64).reshape(len(found), len(starts))
    at = keyed.join(
        distinct.with_row_index("_at"), on=keyed.columns, how="left", nulls_equal=True, maintain_order="left"
    )
    return table, at["_at"].to_numpy().astype(np.int64)


def _facts(row: dict[str, Any], lines: Sequence[PublicityRule]) -> Facts:
    return Facts(
        row["item"], None, degree=row["degree"], domain=row["domain"], procedure=row["procedure"],
        kinds=row["kinds"], fine=_fine_of(row["fine"], lines),
    )  # fmt: skip


def _keys(frame: pl.DataFrame, lines: Sequence[PublicityRule]) -> pl.DataFrame:
    """The row reduced to what the rules can tell apart."""
    words = sorted({w for r in lines for w in r.domains})
    kinds = {k for r in lines for k in (*r.kinds_only, *r.kinds_any)} | {"罚款"}
    return frame.select(
        _reduced(frame["item"], lambda t: t),
        _reduced(frame["degree"], lambda t: t),
        _reduced(frame["domain"], lambda t: "\n".join(w for w in words if w in t)),
        _reduced(frame["procedure"], lambda t: t),
        _reduced(frame["kinds"], lambda t: ";".join(sorted({k if k in kinds else "?" for k in kinds_in(t)}))),
        _fines(frame["fine"], lines),
    )


def _reduced(texts: pl.Series, rule: Callable[[str], str]) -> pl.Series:
    """Each distinct text once, as a category: joins on numbers are quick."""
    distinct = texts.unique()
    short = pl.Series([rule(t) for t in distinct], dtype=pl.String)
    return texts.replace_strict(distinct, short, return_dtype=pl.String)


def _limits(lines: Sequence[PublicityRule]) -> list[int]:
    return sorted({r.fine_at_most for r in lines if r.fine_at_most is not None})


def _fines(fines: pl.Series, lines: Sequence[PublicityRule]) -> pl.Series:
    """Between which of the rules' limits a fine lies; null stays null."""
    limits = pl.Series(_limits(lines), dtype=pl.Int64)
    return limits.search_sorted(fines.fill_null(0), side="left").set(fines.is_null(), None).alias("fine")


def _fine_of(bucket: int | None, lines: Sequence[PublicityRule]) -> int | None:
    limits = _limits(lines)
    if bucket is None:
        return None
    return limits[bucket] if bucket < len(limits) else (limits[-1] + 1 if limits else 0)


def _days(series: pl.Series) -> Days:
    return series.to_physical().cast(pl.Int64).fill_null(NONE).to_numpy()


def _attribute(lines: Sequence[PublicityRule], at: npt.NDArray[np.int64], values: Sequence[int]) -> Days:
    """A line's value for each row; the last entry stands for "no line"."""
    return np.array([*values, 0], np.int64)[at]


def _effects(frame: pl.DataFrame, lines: Sequence[PublicityRule], at: npt.NDArray[np.int64]) -> _Effects:
    publish = _attribute(lines, at, [NO[r.publish] for r in lines])
    base = _attribute(lines, at, [BASES.index(r.base) for r in lines])
    decided, first = _days(frame["decided"]), _days(frame["first_public"])
    dated = np.where(_days(frame["instrument_dated"]) == NONE, decided, _days(frame["instrument_dated"]))
    assumed = (base == 2) & (first == NONE)
    begins = np.select([base == 0, base == 1, first != NONE], [decided, dated, first], decided)
    needed = frame["necessary"].fill_null(False).to_numpy()
    return _Effects(
        there=at >= 0,
        publish=publish,
        published=(publish == 0) | ((publish == 2) & needed),
        begins=begins,
        assumed=assumed,
        earliest=_later(
            begins, _attribute(lines, at, [-1 if r.minimum is None else r.minimum for r in lines])
        ),
        until=_until(frame, lines, at, begins),
    )


def _until(frame: pl.DataFrame, lines: Sequence[PublicityRule], at: Days, begins: Days) -> Days:
    until = _later(begins, _attribute(lines, at, [-1 if r.maximum is None else r.maximum for r in lines]))
    own = _attribute(lines, at, [r.actual_term for r in lines]) == 1
    until = np.where(own & (until != NONE), np.maximum(until, _days(frame["valid_to"])), until)
    sooner = _sooner(_sooner(until, _days(frame["removed"])), _days(frame["term"]))
    lifted = (_attribute(lines, at, [r.until_removed for r in lines]) == 1) & (begins != NONE)
    return np.where(lifted, sooner, until)


def _sooner(a: Days, b: Days) -> Days:
    """The earlier of two days, where only one is there that one."""
    return np.where((a == NONE) | ((b != NONE) & (b < a)), b, a)


def _later(begins: Days, months: Days) -> Days:
    """Days `months` later, a missing day of the month becoming its last; NONE where either is missing.

    By a table of the days that occur: there are a few thousand of them, and a few periods.
    """
    there = (begins != NONE) & (months >= 0)
    if not there.any():
        return np.full(len(begins), NONE)
    first, last = int(begins[there].min()), int(begins[there].max())
    periods = np.unique(months[there])
    table = np.stack([_months_on(np.arange(first, last + 1), int(n)) for n in periods])
    row = np.minimum(np.searchsorted(periods, months), len(periods) - 1)
    found: Days = table[row, np.where(there, begins - first, 0)]
    return np.where(there, found, NONE)


def _months_on(days: Days, months: int) -> Days:
    day = days.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    target = month + months
    last = (target + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    moved: Days = np.minimum(
        target.astype("datetime64[D]") + (day - month.astype("datetime64[D]")), last
    ).astype(np.int64)
    return moved


def _kinder(frame: pl.DataFrame, lines: Sequence[PublicityRule], at: Days, new: Days) -> Flags:
    """Where line `new` is kinder than line `at`; both have to be there."""
    asked: Flags = (at >= 0) & (new >= 0) & (at != new)
    if not asked.any():
        return asked
    some, found = frame.select(DATED).filter(pl.Series(asked)), np.zeros(len(at), bool)
    first, second = _effects(some, lines, at[asked]), _effects(some, lines, new[asked])
    worse = better = np.zeros(some.height, bool)
    for a, b in ((first.until, second.until), (first.earliest, second.earliest)):
        old = np.where(first.published, np.where(a == NONE, EVER, a), NONE)
        fresh = np.where(second.published, np.where(b == NONE, EVER, b), NONE)
        worse, better = worse | (fresh > old), better | (fresh < old)
    found[asked] = ~worse & better
    return found


def _answer(
    frame: pl.DataFrame,
    rules: Ruleset,
    today: date,
    lines: Sequence[PublicityRule],
    at: Days,
    kinder: Flags,
    e: _Effects,
) -> pl.DataFrame:
    stops = _stops(frame, today)
    degree = frame["needs_degree"].fill_null(True).to_numpy()
    undecided = degree & (frame["degree"] == "").to_numpy() & ~(e.there & (e.publish == 1))
    state, task = _states(frame, lines, at, e, (stops, degree, undecided), _day(today))
    dated = e.there & ~undecided
    until = np.where(dated & e.published, e.until, NONE)
    due = np.select(
        [task == 1, (task == 2) & (state == STATES.index("no_rule")), task == 2],
        [_due(frame, rules), np.full(len(at), _day(today)), e.until],
        NONE,
    )
    ids = pl.Series([*(r.id for r in lines), ""], dtype=pl.String)
    found = pl.DataFrame(
        {
            "state": pl.Series(STATES).gather(state),
            "public": state == 0,
            "rule": ids.gather(np.where(dated, at, len(lines))),
            "kinder": kinder & dated,
            "begins": _dates(np.where(dated, e.begins, NONE)),
            "assumed_base": e.assumed & dated,
            "earliest_repair": _dates(np.where(dated, e.earliest, NONE)),
            "until": _dates(until),
            "task": pl.Series(TASKS).gather(task),
            "task_due": _dates(due),
            "reported": pl.Series(REPORTED).gather(_compared(frame, until, dated)),
        }
    )
    return found.with_columns(_shares(frame, rules.sharing, stops, today))


def _states(
    frame: pl.DataFrame,
    lines: Sequence[PublicityRule],
    at: Days,
    e: _Effects,
    marks: tuple[pl.Series, Flags, Flags],
    today: int,
) -> tuple[Days, Days]:
    """Numbers in STATES and TASKS."""
    stops, needs_degree, undecided = marks
    stopped = stops.replace_strict(list(STATES), list(range(len(STATES))), default=-1).to_numpy()
    past = (e.until != NONE) & (today > e.until)
    removed = _days(frame["removed"])
    lifted = (_attribute(lines, at, [r.until_removed for r in lines]) == 1) & (removed != NONE)
    unmet = (frame["duties"] == "unmet").to_numpy() | (
        _attribute(lines, at, [not r.auto_end for r in lines]) == 1
    )
    overrun = past & unmet & ~(lifted & (today > removed))
    extended = overrun & (_days(frame["extended_until"]) >= today)
    closed = frame["closed"].replace_strict(list(STATES), list(range(len(STATES))), default=-1).to_numpy()
    conditions = [
        closed >= 0, stopped >= 0, ~e.there & ~needs_degree, undecided, ~e.there, ~e.published,
        e.begins == NONE, extended, overrun, past,
    ]  # fmt: skip
    fixed = np.zeros(len(at), np.int64)
    states = [closed, stopped, *(fixed + n for n in (0, 2, 4, 1, 3, 0, 6, 5))]
    tasks = [fixed + n for n in (0, 0, 0, 1, 2, 0, 3, 0, 2, 0)]
    return np.select(conditions, states, 0), np.select(conditions, tasks, 0)


def _stops(frame: pl.DataFrame, today: date) -> pl.Series:
    """The stop in force today; a shield past its day is none."""
    over = (frame["stop"] == "shielded") & (frame["stop_until"] < today).fill_null(False)
    return frame["stop"].set(over, "")


def _due(frame: pl.DataFrame, rules: Ruleset) -> Days:
    """The working day by which a degree is due: each decision day once."""
    distinct = frame["decided"].drop_nulls().unique()
    due = [add_workdays(day, rules.degree_days, rules.calendar).date for day in distinct]
    found = frame["decided"].replace_strict(
        distinct, pl.Series(due, dtype=pl.Date), default=None, return_dtype=pl.Date
    )
    return _days(found)


def _compared(frame: pl.DataFrame, until: Days, dated: Flags) -> Days:
    reported = _days(frame["reported_until"])
    there = dated & (reported != NONE)
    conditions = [~there, until == NONE, reported == until, reported < until]
    return np.select(conditions, [0, 4, 1, 2], 3)


def _shares(
    frame: pl.DataFrame, sharing: Sequence[SharingRule], stops: pl.Series, today: date
) -> list[pl.Series]:
    over = (frame["retained_until"] < today).fill_null(False)
    free = (stops == "") & ~over
    rules = {r.purpose: r for r in reversed(sharing) if r.in_force(today)}
    return [
        (free & _included(frame, rules.get(purpose))).alias(f"share_{purpose}")
        for purpose in dict.fromkeys(r.purpose for r in sharing)
    ]


def _included(frame: pl.DataFrame, rule: SharingRule | None) -> pl.Series:
    if rule is None:
        return pl.repeat(False, frame.height, eager=True)
    procedures, degrees = list(rule.procedures_excluded), list(rule.degrees_excluded)
    return ~(frame["procedure"].is_in(procedures) | frame["degree"].is_in(degrees))


def _day(day: date) -> int:
    return (day - _EPOCH).days


def _dates(days: Days) -> pl.Series:
    there = days != NONE
    return pl.Series(np.where(there, days, 0)).cast(pl.Int32).cast(pl.Date).set(~pl.Series(there), None)
