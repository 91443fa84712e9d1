"""送达: when the subject got the notice of an adverse decision that is intended, and until when it may answer.

Written isn't served: the time for 陈述、申辩 runs from the day on which the subject first opened the notice, or was
given it on paper as somebody entered with the proof. Who has answered has got it. A later entry replaces an earlier one.

An entry is only somebody's word: the platform's own proof of reading stands above it. Where there is none, the time
runs from the day of the entry, however long before it the service was, and who entered it doesn't decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.rights import applying, casework, limits, procedure
from xinyong.rights.applying import Shown
from xinyong.rights.casework import Case, Said, Step, needs

KIND = "repair"
NOTICES = ("noticed", "revoke_noticed")
ANSWERS = ("defended", "revoke_defended")
WAITING = (*NOTICES, *ANSWERS)  # states in which the notice counts
READ, ANSWERED, HANDED = "网上查看", "已陈述、申辩", "直接送达"
WAYS = (HANDED, "留置送达", "邮寄送达", "电子送达", "公告送达")


@dataclass(frozen=True, slots=True)
class Served:
    """`on`: the day in Beijing; `way`: READ, ANSWERED or one of WAYS; of these, on which day it was entered `by` whom."""

    on: date
    way: str
    entered: date | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What is entered of a service outside the platform. `evidence`: who signed, number of the receipt."""

    way: str
    on: date
    evidence: str


def of(c: psycopg.Connection[Any], case: Case, entry: Served | None = None) -> Served | None:
    """How the newest notice of the case was served; None: not at all yet, or there is none.

    `entry`: one that is being made, in place of the newest that stands.
    """
    told = case.last(*NOTICES)
    if told is None:
        return None
    given = _read(c, case, told) or entry or _entered(case, told)
    found = [x for x in (given, _answered(case, told)) if x]
    return min(found, key=lambda x: x.on, default=None)


def _read(c: psycopg.Connection[Any], case: Case, told: Step) -> Served | None:
    template = next(t.template for t in procedure.TELLS[KIND][told.kind] if t.to == "subject")
    row = c.execute(casework.SQL["read"], {"about": f"case:{case.number}", "template": template}).fetchone()
    return Served(day_of(row[0]), READ) if row and row[0] else None


def _entered(case: Case, told: Step) -> Served | None:
    step = case.last("served")
    if step is None or step.seq < told.seq:
        return None
    return Served(date.fromisoformat(step.detail["on"]), step.detail["way"], step.day, step.actor)


def _answered(case: Case, told: Step) -> Served | None:
    step = case.last(*ANSWERS)
    return Served(step.day, ANSWERED) if step and step.seq > told.seq else None


def days(case: Case, book: Rulebook, day: date) -> int:
    """Working days for an answer to a notice of this day."""
    return limits.days_of(book, KIND, "defence", day, case.authority)


def until(case: Case, served: Served, book: Rulebook) -> date:
    """The last day on which the subject may answer the newest notice; of an entry, counted from the day it was made."""
    told = case.last(*NOTICES)
    begins = max(served.on, served.entered or served.on)
    return limits.within(begins, days(case, book, told.day if told else served.on), book)


def heard(
    c: psycopg.Connection[Any], who: Who, case: Case, today: date, book: Rulebook, what: str
) -> dict[str, Any]:
    """What a decision keeps of the hearing before it. `who` decides, `what`: the adverse decision.

    Refused: the subject was not told, didn't get the notice yet, or may still answer. NotPermitted: that the time to
    answer is over rests on nothing but what `who` entered.
    """
    not_yet = Refused(
        "not_heard",
        f"{what}是不利决定：要先告知拟{what}的理由，等申请人陈述、申辩，或者自告知送达起的期限届满以后，才能作出。",
    )
    if case.state not in WAITING:
        raise not_yet
    served = of(c, case)
    if served is None:
        raise Refused(
            "not_served",
            f"拟{what}的告知还没有送达：申请人没有在网上查看，也没有登记送达，陈述、申辩的期限没有起算；"
            "请书面送达并登记方式和日期，期限届满后再作出决定。",
        )
    if case.state in NOTICES:
        _entered_by_another(served, who, what)
        if today <= until(case, served, book):
            raise not_yet
    return {"served": {"on": served.on.isoformat(), "way": served.way}}


def _entered_by_another(served: Served, who: Who, what: str) -> None:
    if served.by == who.name:
        raise NotPermitted(
            "served_it",
            f"拟{what}的告知只有您登记的送达，申请人没有在网上查看；登记送达和作出不利决定要由两个人办理，"
            "请由本单位其他审核员作出决定。",
        )


def serve(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, proof: Proof, book: Rulebook
) -> Case:
    """Enter that the notice was served outside the platform; the subject is told. NotPermitted: role, another's case.

    Refused: nothing was told that would have to be served, an unknown way, a day before the notice or to come, no proof.
    """
    permissions.require(book.permissions, who, "repair.serve")
    text = casework.sealed(needs(proof.evidence, "送达的凭证"))
    with c.transaction():
        case = procedure.for_authority(c, who, number, KIND)
        return _taken(c, who, now, case, proof, {"evidence": text}, book)


def hand(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, book: Rulebook, shown: Shown | None
) -> Case:
    """At a window: who stands there is given the notice, today. Errors: see `procedure.for_applicant`."""
    permissions.require(book.permissions, who, "repair.enter")
    with c.transaction():
        case = procedure.for_applicant(c, who, now, number, KIND, shown)
        proof = Proof(HANDED, day_of(now), "")
        return _taken(c, who, now, case, proof, applying.seen(shown), book)


def _taken(
    c: psycopg.Connection[Any], who: Who, now: datetime, case: Case, proof: Proof, kept: Mapping[str, str],
    book: Rulebook,
) -> Case:  # fmt: skip
    due, on, today = "", proof.on.isoformat(), day_of(now)
    if case.may("served"):  # else the step is refused
        _possible(case, proof, today)
        entry = Served(proof.on, proof.way, today, who.name)
        due = until(case, of(c, case, entry) or entry, book).isoformat()
    said = Said(detail={"way": proof.way, "on": on, **kept})
    return procedure.step(c, who, now, case, "served", said, book, way=proof.way, on=on, due=due)


def _possible(case: Case, proof: Proof, today: date) -> None:
    told = case.last(*NOTICES)
    assert told is not None
    if proof.way not in WAYS:
        raise Refused("service_way", f"送达的方式应为{'、'.join(WAYS)}之一；请重新选择。")
    if not told.day <= proof.on <= today:
        raise Refused(
            "service_day",
            f"送达的日期应在告知当天（{told.day}）以后、今天（{today}）以前，现为 {proof.on}；请核对后重填。",
        )


def _how(served: Served) -> str:
    late = served.entered if served.entered and served.entered > served.on else None
    return f"{served.way}，{late} 登记" if late else served.way


def sentence(c: psycopg.Connection[Any], case: Case, book: Rulebook) -> str:
    """For staff: when the notice was served and until when the subject may answer; "": nothing waits for an answer."""
    if case.kind != KIND or case.state not in WAITING:
        return ""
    served = of(c, case)
    if served is None:
        return "尚未送达；送达以后才起算陈述、申辩的期限"
    end = "" if case.state in ANSWERS else f"，陈述、申辩到 {until(case, served, book)}"
    return f"{served.on}（{_how(served)}）{end}"


def answering(c: psycopg.Connection[Any], case: Case, book: Rulebook) -> str:
    """For the subject: until when it may answer; "": nothing is asked of it."""
    told = case.last(*NOTICES)
    if told is None or case.kind != KIND or case.state not in NOTICES:
        return ""
    served = of(c, case)
    if served is None:
        return f"自打开“我的消息”里的告知，或者书面送达之日起 {days(case, book, told.day)} 个工作日内"
    return f"到 {until(case, served, book)}（告知于 {served.on} 送达：{_how(served)}）"


__all__ = [
    "HANDED", "READ", "WAYS", "Proof", "Served", "answering", "days", "hand", "heard", "of", "sentence", "serve", "until",
]  # fmt: skip
