"""信用修复: applied for, checked, pushed to who decided, accepted or not, decided; each step one action.

谁认定、谁修复. What is granted takes effect in the same transaction: the mark `repair` ends publicity, sharing and use.
Refusing and withdrawing a repair are adverse: first a notice with reasons, then the subject's say, then the decision.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.disclosure import actions as marking
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.rights import applying, casework, materials, procedure, routes
from xinyong.rights.applying import Applicant, Chosen, Shown
from xinyong.rights.casework import Case, Opening, Said, needs
from xinyong.rights.materials import Upload
from xinyong.rights.repair import adverse, conditions, service, standing
from xinyong.rights.repair.conditions import Condition

KIND = "repair"
PURPOSE = "办理信用修复"
CENTRE = ("center", "center_reviewer")
STOPPED = ("repaired", "withdrawn")
CONSENT = "同意公开信用承诺"
PROMISE = ("信用修复承诺书", CONSENT)


@dataclass(frozen=True, slots=True)
class Application:
    """What is applied for. `records`: public numbers; `public`: the commitment may be published."""

    records: tuple[str, ...]
    statement: str = ""
    contact: str = ""
    public: bool = False
    files: tuple[Upload, ...] = ()


def apply(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    today: date,
    code: str,
    asked: Application,
    book: Rulebook,
) -> list[Case]:
    """Apply for the repair of records: one case for each deciding authority and route.

    `code`: whose application, where a window enters it; a subject applies for itself alone. Refused: a record that
    isn't the applicant's, needs no repair or is in an open case; materials that can't be taken. NotPermitted: role.
    """
    channel = applying.permitted(who, "own.repair", "repair.enter", book)
    with c.transaction():
        found = applying.applicant(c, who, now, today, code, asked.records, channel, book, PURPOSE)
        _repairable(c, found)
        application = str(uuid.uuid4())
        groups = applying.grouped(found.chosen, "authority")
        return [
            _opened(c, who, now, found, application, authority, route, some, asked, book)
            for (authority, route), some in groups.items()
        ]


def _repairable(c: psycopg.Connection[Any], found: Applicant) -> None:
    for one in found.chosen:
        if one.item.polarity != "negative" or one.item.repair_route == "none":
            raise Refused("not_repairable", f"“{one.item.name}”没有修复程序；请去掉这一条后重试。")
        if one.told["clocks"]["publicity"]["state"] in STOPPED:
            raise Refused(
                "already_ended", f"“{_title(one)}”已经停止公示、共享和使用，不需要再申请；请去掉这一条。"
            )
    busy = casework.busy(c, KIND, [one.record.record for one in found.chosen])
    if busy:
        raise Refused(
            "repair_open", f"所选信息有 {len(busy)} 条已经在申请修复；请在“我要修复”查看进度，不要重复申请。"
        )


def _title(one: Chosen) -> str:
    return one.record.document or one.item.name


def _opened(
    c: psycopg.Connection[Any], who: Who, now: datetime, found: Applicant, application: str, authority: str,
    route: str, some: Sequence[Chosen], asked: Application, book: Rulebook,
) -> Case:  # fmt: skip
    detail = {
        "statement": casework.sealed(asked.statement.strip()[: casework.LONGEST]),
        "contact": casework.sealed(asked.contact.strip()[:100]),
        "public": asked.public,
    }
    opening = Opening(
        KIND, found.scheme, found.value, found.name, found.channel, authority, application,
        tuple(one.record for one in some), route, detail=detail,
    )  # fmt: skip
    case = casework.opened(c, who, now, opening, "submitted", Said())
    materials.keep(c, who, now, case, asked.files, book)
    procedure.tell(c, now, case, "submitted", Said(), book)
    return case


# the applicant; at a window with what it showed there


def supplement(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    number: str,
    files: Sequence[Upload],
    public: bool,
    book: Rulebook,
    shown: Shown | None = None,
) -> Case:
    """Add what was missing. Refused: nothing added. NotPermitted: another's application."""
    applying.permitted(who, "own.repair", "repair.enter", book)
    with c.transaction():
        case = procedure.for_applicant(c, who, now, number, KIND, shown)
        if not files and not public:
            raise Refused("nothing_added", "没有选择要补充的材料；请选择文件后提交。")
        said = Said(detail={"files": len(files), "public": public, **applying.seen(shown)})
        case = procedure.step(c, who, now, case, "supplemented", said, book)
        materials.keep(c, who, now, case, files, book)
    return case


def defend(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    number: str,
    statement: str,
    files: Sequence[Upload],
    book: Rulebook,
    shown: Shown | None = None,
) -> Case:
    """State a defence against an intended refusal or withdrawal; it is heard before the decision."""
    applying.permitted(who, "own.repair", "repair.enter", book)
    text = casework.sealed(needs(statement, "陈述、申辩的内容"))
    with c.transaction():
        case = procedure.for_applicant(c, who, now, number, KIND, shown)
        step = "revoke_defended" if case.state == "revoke_noticed" else "defended"
        said = Said(detail={"statement": text, "files": len(files), **applying.seen(shown)})
        case = procedure.step(c, who, now, case, step, said, book)
        materials.keep(c, who, now, case, files, book)
    return case


def withdraw(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    number: str,
    reason: str,
    book: Rulebook,
    shown: Shown | None = None,
) -> Case:
    """Take the application back, any time before it is decided."""
    return procedure.withdraw(c, who, now, number, KIND, reason, book, shown)


# the credit centre


def ask_more(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, missing: Sequence[str], book: Rulebook
) -> Case:
    """Tell the applicant everything that is missing, at once and only once (一次告知). Who asks late was late all the
    same, see `timeliness`. Refused: told before, something named that is there and nothing said of what is wrong with it.
    """
    permissions.require(book.permissions, who, "repair.handle")
    named = [m.strip() for m in missing if m.strip()]
    text = needs("；".join(named), "缺少的材料")
    with c.transaction():
        case = casework.locked(c, number, KIND)
        _really_missing(c, case, named, book, day_of(now))
        if case.last("incomplete"):
            raise Refused(
                "asked_already",
                f"{case.shown} 已经一次告知过要补正的材料，不能再要求补正；请转认定单位，由它决定是否受理。",
            )
        return procedure.step(c, who, now, case, "incomplete", Said(text), book, missing=text)


def _really_missing(
    c: psycopg.Connection[Any], case: Case, named: Sequence[str], book: Rulebook, today: date
) -> None:
    """Refused: a material is named that was handed in, without a word on what it lacks."""
    there = {*materials.missing((), case, book, today), CONSENT} - set(missing(c, case, book, today))
    if found := [line for line in named if {*re.split("[、，；,;。 ]+", line)} - {""} <= there]:
        raise Refused(
            "not_missing",
            f"{case.shown} 已有{'、'.join(found)}，不能作为缺少的材料；内容不合要求的，请写明哪里不合要求。",
        )


def missing(c: psycopg.Connection[Any], case: Case, book: Rulebook, today: date) -> list[str]:
    """All that the application lacks, by the rulebook's list."""
    found = materials.missing(materials.of_case(c, case), case, book, today)
    return found if commitment_public(case) else [*found, CONSENT]


def commitment_public(case: Case) -> bool:
    return bool(case.detail.get("public")) or any(s.detail.get("public") for s in case.steps)


def push(c: psycopg.Connection[Any], who: Who, now: datetime, number: str, book: Rulebook) -> Case:
    """Hand an application to the department that decided: a complete one, or one that was asked to be completed before.

    Refused: something is missing and nobody asked for it (all of it is named), a route that isn't ours.
    """
    permissions.require(book.permissions, who, "repair.handle")
    with c.transaction():
        case = casework.locked(c, number, KIND)
        if not ours(case, book, now):
            raise Refused(
                "not_our_route", "这类信息由其他渠道修复；请转办并登记对方的受理号，不要转认定单位。"
            )
        lacking = missing(c, case, book, day_of(now))
        if lacking and not case.last("incomplete"):
            raise Refused(
                "repair_incomplete", f"还缺：{'、'.join(lacking)}；请一次告知申请人补正，齐全后再转。"
            )
        return procedure.step(c, who, now, case, "pushed", Said(), book)


def ours(case: Case, book: Rulebook, now: datetime) -> bool:
    """Whether such records are repaired here, by the department that decided."""
    return routes.ours(book, case.route, day_of(now))


def forward(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, upstream: str, book: Rulebook
) -> Case:
    """Hand an application to the route it belongs to; under which number they have it there is kept."""
    permissions.require(book.permissions, who, "repair.handle")
    said = Said(upstream=needs(upstream, "对方的受理号"))
    with c.transaction():
        case = casework.locked(c, number, KIND)
        if ours(case, book, now):
            raise Refused("our_route", "这类信息由作出决定的单位在本平台修复；请转认定单位。")
        lines = book.case_rules("route", day_of(now))
        channel = next((line.name for line in lines if line.route == case.route), case.route)
        return procedure.step(c, who, now, case, "forwarded", said, book, channel=channel)


# the department that decided


def accept(c: psycopg.Connection[Any], who: Who, now: datetime, number: str, book: Rulebook) -> Case:
    permissions.require(book.permissions, who, "repair.accept")
    with c.transaction():
        case = procedure.for_authority(c, who, number, KIND)
        return procedure.step(c, who, now, case, "accepted", Said(), book)


def decline(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, reason: str, basis: str, book: Rulebook
) -> Case:
    """Not take it on, with reasons and on what basis. It decides nothing: the subject may apply again."""
    permissions.require(book.permissions, who, "repair.accept")
    said = Said(needs(reason, "不予受理的理由"), needs(basis, adverse.BASIS))
    with c.transaction():
        case = procedure.for_authority(c, who, number, KIND)
        return procedure.step(c, who, now, case, "declined", said, book)


def extend(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, reason: str, book: Rulebook
) -> Case:
    """See `procedure.extend`."""
    return procedure.extend(c, who, now, number, KIND, "repair.decide", reason, book)


def notice(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, reason: str, basis: str, book: Rulebook,
    ground: str = "",
) -> Case:  # fmt: skip
    """Tell the subject that refusal, or withdrawal of a repair, is intended, why, and how long it may answer.

    The time runs from the day of service, see `service`. `ground`: of a withdrawal, one of `adverse.GROUNDS`; no other
    can be decided then. Refused: a withdrawal without one.
    """
    permissions.require(book.permissions, who, "repair.decide")
    text, law, today = needs(reason, "拟作出决定的理由"), needs(basis, adverse.BASIS), day_of(now)
    with c.transaction():
        case = procedure.for_authority(c, who, number, KIND)
        revoking, days = case.state == "granted", service.days(case, book, today)
        step, what = ("revoke_noticed", "") if revoking else ("noticed", "不予修复")
        said = Said(text, law, detail={"ground": adverse.known(ground)} if revoking else {})
        what = what or adverse.intended(ground, book, today)
        return procedure.step(c, who, now, case, step, said, book, decision=what, days=str(days))


@dataclass(frozen=True, slots=True)
class Decision:
    """`granted`: record ids; the others of the case that have no result yet are refused, on a `basis`.

    `despite`: who decides is sure of granting although the machine found a condition not to be met.
    """

    granted: tuple[str, ...]
    reason: str
    basis: str = ""
    despite: bool = False


def decide(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, decision: Decision, book: Rulebook
) -> Case:
    """Grant or refuse, by a named person other than who accepted, with reasons; what is granted takes effect at once.

    The conditions as the machine found them are kept with the decision. Refused: refusing anything without a basis, or
    without notice and a chance to answer, granting against a condition without saying so, a case decided or withdrawn
    already, a record that isn't of this case or is gone.
    NotPermitted: role, another department, who accepted it.
    """
    permissions.require(book.permissions, who, "repair.decide")
    text = needs(decision.reason, "决定的理由")
    with c.transaction():
        case = procedure.for_authority(c, who, number, KIND)
        step, refused = _verdict(case, who, decision)
        hearing, found = _hearing(c, who, case, refused, now, book), _found(c, who, now, case, book)
        sure = decision.despite or not case.may(step)
        detail = {
            **hearing,
            "granted": list(decision.granted),
            "refused": refused,
            "despite": adverse.against(case, decision.granted, found, sure),
            "rulebook": book.edition.id,
            "conditions": {record: [asdict(k) for k in known] for record, known in found.items()},
        }
        said, records = Said(text, decision.basis.strip(), detail=detail), str(len(decision.granted))
        case = procedure.step(c, who, now, case, step, said, book, records=records)
        if decision.granted:
            marking.mark(c, who, now, "repair", decision.granted, case.says(text), said.basis)
            if refused:
                procedure.tell(c, now, case, "refused", said, book)
    return case


def _hearing(
    c: psycopg.Connection[Any], who: Who, case: Case, refused: Sequence[str], now: datetime, book: Rulebook
) -> dict[str, Any]:
    """What is kept of it where something is refused; what was decided already, the next step refuses."""
    undecided = case.may("withdrawn")
    today = day_of(now)
    return service.heard(c, who, case, today, book, "不予修复") if refused and undecided else {}


def _found(
    c: psycopg.Connection[Any], who: Who, now: datetime, case: Case, book: Rulebook
) -> dict[str, list[Condition]]:
    """The conditions and their rules, as the machine finds them now."""
    today = day_of(now)
    told = applying.told(c, who, now, today, case, book, PURPOSE)
    return conditions_of(c, case, told, book, today)


def conditions_kept(case: Case) -> dict[str, list[Condition]]:
    """As they were found when the case was decided; {}: it isn't, or not here."""
    decided = case.last("granted", "refused")
    kept = decided.detail.get("conditions", {}) if decided else {}
    return {record: [Condition(**k) for k in known] for record, known in kept.items()}


def _verdict(case: Case, who: Who, decision: Decision) -> tuple[str, list[str]]:
    waiting = standing.waiting(case)
    if case.may("withdrawn") and set(decision.granted) - set(waiting):
        raise Refused("not_in_case", "所选信息不在这件申请里，或者已经有结果；请刷新后重新选择。")
    another_than_accepted(case, who)
    if who.role in CENTRE and not decision.basis.strip():
        raise Refused("no_letter", "信用中心代为登记决定要写明认定单位的函件；请在依据中填写后重试。")
    refused = [r for r in waiting if r not in decision.granted]
    if refused:
        needs(decision.basis, adverse.BASIS)
    return "granted" if decision.granted else "refused", refused


def another_than_accepted(case: Case, who: Who) -> None:
    """NotPermitted: who accepted the case also decides it."""
    accepted = case.last("accepted")
    if accepted and accepted.actor == who.name:
        raise NotPermitted("accepted_it", "受理和决定要由两个人办理；请由本单位其他审核员作出决定。")


def conditions_of(
    c: psycopg.Connection[Any], case: Case, told: Mapping[str, Mapping[str, Any]], book: Rulebook, today: date
) -> dict[str, list[Condition]]:
    """Record → its conditions as the machine finds them today. `told`: see `applying.told`."""
    promised = not set(PROMISE) & set(missing(c, case, book, today))
    known = conditions.Known(today, promised, revoked_on(c, case.scheme, case.value))
    return {record: conditions.of_record(there["clocks"], known, book) for record, there in told.items()}


def revoke(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, reason: str, basis: str, book: Rulebook,
    ground: str,
) -> Case:  # fmt: skip
    """Withdraw what this case granted: after notice and a chance to answer, on that ground. Its marks end at once.

    `ground`: one of `adverse.GROUNDS`. Refused: none, or another than was noticed.
    A record that another case granted as well stays repaired, by that one; of two revoked at a time one is first.
    """
    permissions.require(book.permissions, who, "repair.decide")
    text, law = needs(reason, "撤销的理由"), needs(basis, adverse.BASIS)
    with c.transaction():
        c.execute(casework.SQL["lock_applications"])
        case = procedure.for_authority(c, who, number, KIND)
        today, may = day_of(now), case.may("revoked")
        heard = service.heard(c, who, case, today, book, "撤销修复") if may else {}
        kept = {"ground": adverse.as_heard(case, ground)} if may else {}
        said, named = Said(text, law, detail=kept | heard), adverse.decided(ground, book, today)
        case = procedure.step(c, who, now, case, "revoked", said, book, ground=named)
        standing.end(c, who, now, case, text, law)
    return case


def drop_revocation(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, reason: str, book: Rulebook
) -> Case:
    """The defence holds: the repair stays."""
    permissions.require(book.permissions, who, "repair.decide")
    said = Said(needs(reason, "不撤销的理由"))
    with c.transaction():
        case = procedure.for_authority(c, who, number, KIND)
        return procedure.step(c, who, now, case, "revoke_dropped", said, book)


def revoked_on(c: psycopg.Connection[Any], scheme: str, value: str) -> date | None:
    """The day on which a repair of this subject was last withdrawn for false materials, as a person decided."""
    asked = {"scheme": scheme, "value": value, "ground": adverse.FALSE}
    row = c.execute(casework.SQL["revoked_on"], asked).fetchone()
    return day_of(row[0]) if row and row[0] else None


__all__ = [
    "Application", "Decision", "accept", "another_than_accepted", "apply", "ask_more", "commitment_public",
    "conditions_kept", "conditions_of", "decide", "decline", "defend", "drop_revocation", "extend", "forward", "missing", "notice",
    "ours", "push", "revoke", "revoked_on", "supplement", "withdraw",
]  # fmt: skip
