"""What every procedure does alike: whose case it is, one step with what is told of it, extension, withdrawal.

What a step is told by stands in one table, so that none is forgotten. The decisions themselves are each procedure's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import Refused
from xinyong.rights import applying, casework, limits, moves, telling
from xinyong.rights.applying import Shown
from xinyong.rights.casework import Case, Said, needs
from xinyong.rights.telling import To


@dataclass(frozen=True, slots=True)
class Tell:
    """Who is told of a step, by which template. `stage`: the limit it names; "": the one that ends first."""

    to: To
    template: str
    stage: str = ""


def _subject(template: str, stage: str = "", *others: Tell) -> tuple[Tell, ...]:
    return (Tell("subject", template, stage), *others)


def _unit(template: str, stage: str = "") -> Tell:
    return Tell("authority", template, stage)


def _centre(template: str, stage: str) -> Tell:
    return Tell("centre", template, stage)


NOBODY = ()  # of whom the alarm reminds, the alarm itself has told
TELLS: Mapping[str, Mapping[str, tuple[Tell, ...]]] = {
    "repair": {
        "submitted": _subject("REPAIR_RECEIVED", "result", _centre("REPAIR_SUBMITTED_CENTRE", "check")),
        "incomplete": _subject("REPAIR_INCOMPLETE"),
        "supplemented": _subject(
            "REPAIR_SUPPLEMENTED", "result", _centre("REPAIR_SUPPLEMENTED_CENTRE", "check")
        ),
        "pushed": (_unit("REPAIR_ASSIGNED", "accept"),),
        "forwarded": _subject("REPAIR_FORWARDED"),
        "accepted": _subject("REPAIR_ACCEPTED"),
        "declined": _subject("REPAIR_NOT_ACCEPTED"),
        "extended": _subject("REPAIR_EXTENDED"),
        "noticed": _subject("REPAIR_REFUSAL_NOTICED"),
        "served": _subject("REPAIR_SERVED", "", _unit("REPAIR_SERVED_UNIT")),
        "defended": _subject("REPAIR_DEFENDED", "", _unit("REPAIR_DEFENDED_UNIT")),
        "granted": _subject("REPAIR_GRANTED"),
        "refused": _subject("REPAIR_REFUSED"),
        "withdrawn": _subject("REPAIR_WITHDRAWN", "", Tell("holder", "REPAIR_WITHDRAWN_UNIT")),
        "upstream_granted": _subject("REPAIR_GRANTED"),
        "upstream_refused": _subject("REPAIR_REFUSED_ELSEWHERE"),
        moves.PART_GRANTED: _subject("REPAIR_PART_GRANTED"),
        moves.PART_REFUSED: _subject("REPAIR_PART_REFUSED"),
        "revoke_noticed": _subject("REPAIR_REFUSAL_NOTICED"),
        "revoke_defended": _subject("REPAIR_DEFENDED", "", _unit("REPAIR_DEFENDED_UNIT")),
        "revoke_dropped": _subject("REPAIR_STAYS"),
        "revoked": _subject("REPAIR_REVOKED"),
        "warned": NOBODY,
    },
    "objection": {
        "submitted": _subject(
            "OBJECTION_RECEIVED", "result", _centre("OBJECTION_SUBMITTED_CENTRE", "forward")
        ),
        moves.RAISED: _subject("OBJECTION_RAISED", "result", _centre("OBJECTION_SUBMITTED_CENTRE", "mark")),
        "forwarded": (_unit("OBJECTION_ASSIGNED"),),
        "dismissed": _subject("OBJECTION_ANSWERED"),
        "extended": _subject("OBJECTION_EXTENDED"),
        moves.OPINION: (_unit("OBJECTION_OPINION_UNIT"),),
        "corrected": _subject("OBJECTION_ANSWERED"),
        "kept": _subject("OBJECTION_ANSWERED"),
        "withdrawn": _subject("OBJECTION_WITHDRAWN", "", Tell("holder", "OBJECTION_WITHDRAWN_UNIT")),
        "warned": NOBODY,
    },
    "shielding": {"shielded": _subject("SHIELDING_BEGUN"), "lifted": _subject("SHIELDING_LIFTED")},
}


def step(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    case: Case,
    kind: str,
    said: Said,
    book: Rulebook,
    **values: str,
) -> Case:
    """The next step of a locked case, and whoever the table names is told. Refused: see `casework.take`."""
    case = casework.take(c, who, now, case, kind, said)
    tell(c, now, case, kind, said, book, **values)
    return case


def tell(
    c: psycopg.Connection[Any],
    now: datetime,
    case: Case,
    kind: str,
    said: Said,
    book: Rulebook,
    **values: str,
) -> None:
    """Of a step that was taken. `values`: for places of the template beside the usual ones, or instead of them."""
    usual = {
        "reason": said.reason, "basis": said.basis, "upstream": said.upstream, "records": str(len(case.records)),
        "result": moves.STEPS[case.kind][kind],
    }  # fmt: skip
    for told in TELLS[case.kind][kind]:
        if told.to == "authority" and case.steps[-1].provider == case.authority:
            continue  # nobody is told of what they did themselves
        limit = limits.limit_of(case, told.stage, book) if told.stage else limits.current(case, book)
        telling.tell(c, now, told.to, told.template, case, **usual | {"due": telling.due(limit)} | values)


def for_authority(c: psycopg.Connection[Any], who: Who, number: str, kind: str) -> Case:
    """The case, locked, for the unit that has to decide or to answer. NotPermitted: another's."""
    case = casework.locked(c, number, kind)
    casework.of_the_authority(who, case)
    return case


def for_applicant(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, kind: str, shown: Shown | None
) -> Case:
    """The case, locked, for who applied, or for the window it stands at. Errors: see `applying.own_only`, `at_window`."""
    case = casework.locked(c, number, kind)
    today = day_of(now)
    if who.role == "subject":
        applying.own_only(who, case, today)
    else:
        applying.at_window(case, shown, today)
    return case


def withdraw(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    number: str,
    kind: str,
    reason: str,
    book: Rulebook,
    shown: Shown | None,
) -> Case:
    """The applicant takes it back, any time before it is decided."""
    applying.permitted(who, f"own.{kind}", f"{kind}.enter", book)
    text = casework.sealed(needs(reason, "撤回的原因"))
    with c.transaction():
        case = for_applicant(c, who, now, number, kind, shown)
        said = Said(detail={"statement": text, **applying.seen(shown)})
        return step(c, who, now, case, "withdrawn", said, book)


def extend(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    number: str,
    kind: str,
    action: str,
    reason: str,
    book: Rulebook,
) -> Case:
    """Once, with a reason, by as many working days as the rulebook says. Refused: extended already, the limit is over."""
    permissions.require(book.permissions, who, action)
    text, today = needs(reason, "延长的理由"), day_of(now)
    with c.transaction():
        case = for_authority(c, who, number, kind)
        if case.last("extended"):
            raise Refused("extended_already", f"{case.shown} 已经延长过一次，不能再延长；请在期限内办结。")
        limit = limits.current(case, book) if case.may("extended") else None
        if limit and limit.overdue(today):
            raise Refused(
                "extended_late", f"{case.shown} 的办理期限（{limit.due}）已经过了，不能再延长；请尽快办结。"
            )
        days = limits.days_of(book, kind, "extend", today)
        return step(c, who, now, case, "extended", Said(text, detail={"workdays": days}), book)


__all__ = ["TELLS", "Tell", "extend", "for_applicant", "for_authority", "step", "tell", "withdraw"]
