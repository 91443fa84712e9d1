"""What a case granted, and which other case a record's repair rests on when the one that set its mark is revoked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg

from xinyong.disclosure import actions as marking
from xinyong.disclosure import marks
from xinyong.foundation.audit import Who
from xinyong.rights import casework
from xinyong.rights.casework import Case

KIND = "repair"
STANDS = ("granted", "revoke_noticed", "revoke_defended")  # what may be revoked is not revoked yet


def granted(case: Case) -> tuple[str, ...]:
    """The records that the case granted, whether that still stands or not."""
    step = case.last("granted", "upstream_granted")
    return tuple(step.detail.get("granted", case.record_ids)) if step else ()


def end(c: psycopg.Connection[Any], who: Who, now: datetime, case: Case, reason: str, basis: str) -> None:
    """End the marks of a revoked case; where another case granted the same record, that goes on in its name.

    First the marks end: who grants meanwhile then waits, and sets its own.
    """
    there = marks.open_of(c, case.record_ids)
    mine = {r: m for r in case.record_ids for m in there[r] if _set_by(case, m)}
    for mark in mine.values():
        marking.close_mark(c, who, now, mark.id, case.says(reason), basis)
    others = [k for k in casework.about(c, list(mine), KIND) if k.state in STANDS]
    present = marking.standing(c, list(mine), gone=True)
    rests_on = {r: k for k in others for r in granted(k) if r in mine and r in present}
    for record, other in rests_on.items():
        _mark(c, who, now, record, other)


def _set_by(case: Case, mark: marks.Mark) -> bool:
    return mark.kind == KIND and mark.reason.startswith(case.says(""))


def _mark(c: psycopg.Connection[Any], who: Who, now: datetime, record: str, case: Case) -> None:
    step = case.last("granted", "upstream_granted")
    assert step is not None
    marking.mark(c, who, now, KIND, [record], case.says(step.reason), step.basis)


__all__ = ["end", "granted"]
