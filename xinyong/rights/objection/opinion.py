"""说明意见: what a record's own subject says of an objection that somebody concerned raised, before the unit answers.

It is asked for by the record, not by the case: a case belongs to who raised it, and nothing here says who that is. Of
several objections to one record each gets what is said. The unit reads it; who objects sees that it was said, not what.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.disclosure import ids, looks
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused
from xinyong.rights import casework, materials, procedure
from xinyong.rights.casework import Case, Said, Step, needs
from xinyong.rights.materials import MOST, Kept, Upload
from xinyong.rights.moves import OPINION

KIND, ACTION = "objection", "own.opinion"
MOST_SAID = 5  # times in one case: each is a notice to the unit
NONE = "没有等待您说明意见的异议，或者已经办结；结果在“我的消息”里。"


def asked_of(c: psycopg.Connection[Any], who: Who, records: Sequence[str]) -> list[Case]:
    """The open objections to these records of which `who`, as their own subject, was told. NotPermitted: no subject."""
    subject = looks.mine(c, who).subject
    mine = {subject.value, *subject.values} if subject else set()
    found = casework.about(c, list(records), KIND)
    return [k for k in found if k.may(OPINION) and _whose(k) in mine]


def of_number(c: psycopg.Connection[Any], who: Who, number: str) -> list[Case]:
    """As `asked_of`, of the record with this public number."""
    record = ids.record_of(number)
    return asked_of(c, who, [record]) if record else []


def _whose(case: Case) -> str:
    forwarded = case.last("forwarded")
    return str(forwarded.detail.get("whose", "")) if forwarded else ""


def said(case: Case) -> list[Step]:
    """What was said in this case, oldest first."""
    return [s for s in case.steps if s.kind == OPINION]


def split(case: Case, kept: Sequence[Kept]) -> tuple[list[Kept], list[Kept]]:
    """The materials of who objects, and those of the record's own subject."""
    theirs = {number for s in said(case) for number in s.detail.get("kept", ())}
    return [k for k in kept if k.id not in theirs], [k for k in kept if k.id in theirs]


def state(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, text: str, files: Sequence[Upload], book: Rulebook
) -> list[Case]:  # fmt: skip
    """Say it, in every open objection to the record with this public number; each unit is told.

    Refused: no words, none that is open, said too often, materials that can't be taken. NotPermitted: role.
    """
    permissions.require(book.permissions, who, ACTION)
    words = casework.sealed(needs(text, "您的意见"))
    with c.transaction():
        cases = [casework.locked(c, k.number, KIND) for k in of_number(c, who, number)]
        if not any(k.may(OPINION) for k in cases):
            raise Refused("opinion_none", NONE)
        return [_stated(c, who, now, k, words, files, book) for k in cases if k.may(OPINION)]


def _stated(
    c: psycopg.Connection[Any], who: Who, now: datetime, case: Case, words: str, files: Sequence[Upload], book: Rulebook
) -> Case:  # fmt: skip
    if len(said(case)) >= MOST_SAID:
        raise Refused(
            "opinion_often", f"对这件异议已经说明过 {MOST_SAID} 次意见；还有补充的，请直接向提供单位说明。"
        )
    before = {k.id for k in materials.of_case(c, case)}
    materials.keep(c, who, now, case, files, book, most=2 * MOST)  # who objects can't use up its room
    kept = [k.id for k in materials.of_case(c, case) if k.id not in before]
    detail = {"statement": words, "files": len(files), "kept": kept}
    return procedure.step(c, who, now, case, OPINION, Said(detail=detail), book)


__all__ = ["MOST_SAID", "NONE", "asked_of", "of_number", "said", "split", "state"]
