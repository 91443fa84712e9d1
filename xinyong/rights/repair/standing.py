"""Which records of a case have a result, and which other case a record's repair rests on when its own is revoked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg

from xinyong.disclosure import actions as marking
from xinyong.disclosure import marks
from xinyong.foundation.audit import Who
from xinyong.rights import casework, moves
from xinyong.rights.casework import Case, Step

KIND = "repair"
GRANTS = ("granted", "upstream_granted", moves.PART_GRANTED)
RESULTS = (*GRANTS, "refused", "upstream_refused", moves.PART_REFUSED)


def of_step(step: Step, case: Case) -> dict[str, bool]:
    """Record → whether it was granted, of those that this step gave a result."""
    if step.kind not in RESULTS:
        return {}
    grants, said = step.kind in GRANTS, step.detail
    if "granted" not in said:  # all of them
        return dict.fromkeys(case.record_ids, grants)
    return dict.fromkeys(said["granted"], True) | dict.fromkeys(said.get("refused", ()), False)


def results(case: Case) -> dict[str, Step]:
    """Record → the step that gave it its result; records without one yet are left out."""
    return {record: s for s in case.steps for record in of_step(s, case)}


def waiting(case: Case) -> list[str]:
    """The records that have no result yet, in the order of the case."""
    known = results(case)
    return [r for r in case.record_ids if r not in known]


def granted(case: Case) -> tuple[str, ...]:
    """The records that the case granted, whether that still stands or not."""
    return tuple(r for r, s in results(case).items() if of_step(s, case)[r])


def end(c: psycopg.Connection[Any], who: Who, now: datetime, case: Case, reason: str, basis: str) -> None:
    """End the marks of a revoked case; where another case granted the same record, that goes on in its name.

    First the marks end: who grants meanwhile then waits, and sets its own.
    """
    there = marks.open_of(c, case.record_ids)
    mine = {r: m for r in case.record_ids for m in there[r] if _set_by(case, m)}
    for mark in mine.values():
        marking.close_mark(c, who, now, mark.id, case.says(reason), basis)
    others = [k for k in casework.about(c, list(mine), KIND) if k.state != "revoked"]  # not yet is not
    present = marking.standing(c, list(mine), gone=True)
    rests_on = {r: k for k in others for r in granted(k) if r in mine and r in present}
    for record, other in rests_on.items():
        _mark(c, who, now, record, other)


def _set_by(case: Case, mark: marks.Mark) -> bool:
    return mark.kind == KIND and mark.reason.startswith(case.says(""))


def _mark(c: psycopg.Connection[Any], who: Who, now: datetime, record: str, case: Case) -> None:
    step = results(case)[record]
    marking.mark(c, who, now, KIND, [record], case.says(step.reason), step.basis)


__all__ = ["GRANTS", "RESULTS", "end", "granted", "of_step", "results", "waiting"]
