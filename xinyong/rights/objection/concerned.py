"""利害关系人异议: who is concerned by another's public record objects to it.

To be concerned is claimed, not proved: so the record is marked when the centre has checked that and forwards the
objection, in the same transaction, and not before. The applicant is shown of the record what the public is shown; the
record's own subject is told that there is an objection, how it ended, and nowhere whose it was. A record that isn't
public, was never there or has ended is one and the same to whoever names it. One applicant's objection stands in no
other's way. Its subject is told what is claimed and may say what it thinks of that before the record is withdrawn.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.disclosure import actions as marking
from xinyong.disclosure import authorisations, identity, ids, looks, queries
from xinyong.disclosure.queries import Archive, Question
from xinyong.foundation.audit import PUBLIC, SYSTEM, Who
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import Refused
from xinyong.kernel.workdays import add_workdays
from xinyong.rights import applying, casework, limits, materials, procedure, telling
from xinyong.rights.applying import PERSON, Shown
from xinyong.rights.casework import SQL, Case, CaseRecord, Opening, Said, needs
from xinyong.rights.limits import Limit
from xinyong.rights.materials import Upload
from xinyong.rights.moves import RAISED
from xinyong.rights.notices.actions import Recipient, notify

KIND, PURPOSE = "objection", "办理利害关系人异议"
ABOUT = {
    "record": "信息的内容有错误、遗漏，影响到我方",
    "match": "这其实是我方的信息，或者误写了我方的名称",
}
CLAIMED = {  # the same in words for the record's own subject
    "record": "信息的内容有错误、遗漏，影响到他人",
    "match": "这其实是他人的信息，或者误写了他人的名称",
}
MOST_OPEN = 20  # of one applicant's at a time: the centre checks each by hand
NOT_PUBLIC = "没有公开这个编号的信息；请从信息的公开页面点“对这条信息提出异议”，或者核对编号后重试。"
OPEN = "提出人对这条信息已经提出过异议，正在处理；办结以后仍有疑问的，可以再提出。"
TOO_MANY = (
    f"提出人作为利害关系人提出的异议已有 {MOST_OPEN} 件正在处理；请等其中的办结，或者撤回不需要的以后再提出。"
)
MARKED, UPHELD, BASIS = "利害关系人提出异议，正在核查", "利害关系人的异议经核查属实", "利害关系人异议"


@dataclass(frozen=True, slots=True)
class Concern:
    """What is objected to, in what the applicant is concerned by it, and what is wrong.

    `record`: its public number; `about`: a key of ABOUT.
    """

    record: str
    about: str
    concern: str
    statement: str
    files: tuple[Upload, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """A record by its public number. `told`: as the public sees it; `owners`: values under which its subject is kept."""

    record: str
    item: Item
    told: Archive
    owners: frozenset[str]

    @property
    def document(self) -> str:
        number = self.item.by_role("doc_no")
        return str(self.told.records[0]["fields"].get(number.name, "")) if number else ""

    def of(self, code: str, today: date) -> bool:
        """Whether it is a record of the subject with this code."""
        return authorisations.grantor_of(code, today)[1] in self.owners


def named(
    c: psycopg.Connection[Any], now: datetime, today: date, number: str, book: Rulebook
) -> Named | None:
    """The record as the public sees it today; the look is logged as the public's. None: it sees nothing of it."""
    acting = replace(PUBLIC, purpose=PURPOSE)
    told = queries.record(c, number, Question(acting, now, today), book)
    record = ids.record_of(number)
    if not told.found or record is None:
        return None
    owner = identity.by_record(c, record, None).subject
    owners = frozenset({owner.value, *owner.values}) if owner else frozenset[str]()
    return Named(record, book.item(told.records[0]["item"], today), told, owners)


def submit(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, asked: Concern, book: Rulebook,
    shown: Shown | None = None,
) -> Case:  # fmt: skip
    """Object to another's record. `shown`: at a window, whose code and which documents were seen.

    Refused: a record that isn't public, one's own, one that this applicant objects to already, MOST_OPEN of its
    objections are open; no words; at a window nothing that was seen. NotPermitted: role.
    """
    channel = applying.permitted(who, "own.concern", "objection.concern", book)
    if asked.about not in ABOUT:
        raise Refused("objection_about", "没有选择异议的类型；请选择后重试。")
    said = {
        "concern": casework.sealed(needs(asked.concern, "与这条信息的利害关系")),
        "statement": casework.sealed(needs(asked.statement, "哪一项有误、正确的内容是什么")),
    }
    code = who.provider if who.role == "subject" else applying.stands_there(shown).code
    scheme, value = _applicant(code, today)
    with c.transaction():
        found = _objectionable(c, now, today, asked.record, code, book)
        _one_more(c, found.record, scheme, value)
        provider = marking.standing(c, [found.record])[found.record].provider
        version = looks.versions(c, [found.record])[found.record]
        record = CaseRecord(found.record, found.item.code, found.document, version)
        opening = Opening(
            KIND, scheme, value, _name(c, scheme, value, today), channel, provider, str(uuid.uuid4()), (record,),
            about=asked.about, detail=said,
        )  # fmt: skip
        case = casework.opened(c, who, now, opening, RAISED, Said(detail=applying.seen(shown)))
        materials.keep(c, who, now, case, asked.files, book)
        procedure.tell(c, now, case, RAISED, Said(), book)
        return case


def _objectionable(
    c: psycopg.Connection[Any], now: datetime, today: date, number: str, code: str, book: Rulebook
) -> Named:
    found = named(c, now, today, number, book)
    c.execute(SQL["durable"])  # the public's look waits for no disk, the objection does
    if found is None:
        raise Refused("concern_unknown", NOT_PUBLIC)
    if found.of(code, today):
        raise Refused("concern_own", "这条信息属于申请人自己；请从“我要异议”选择信息提出，当时即标注。")
    return found


def _one_more(c: psycopg.Connection[Any], record: str, scheme: str, value: str) -> None:
    if casework.busy(c, KIND, [record], (scheme, value)):
        raise Refused("objection_open", OPEN)
    theirs = casework.of_subject(c, scheme, value, KIND)
    if sum(k.concerned and not k.closed for k in theirs) >= MOST_OPEN:
        raise Refused("concern_many", TOO_MANY)


def _applicant(code: str, today: date) -> tuple[str, str]:
    try:
        return authorisations.grantor_of(code, today)
    except Refused as no:
        raise Refused(
            "concern_code", "提出人的代码不正确；请对照证件填写统一社会信用代码、工商注册号或身份证号码。"
        ) from no


def _name(c: psycopg.Connection[Any], scheme: str, value: str, today: date) -> str:
    """Empty for a natural person; the code for who isn't registered here."""
    return "" if scheme == PERSON else looks.called(c, [value], today).get(value, value)


def forward(
    c: psycopg.Connection[Any], who: Who, now: datetime, case: Case, note: str, book: Rulebook
) -> Case:
    """Of a locked case: the centre found the applicant concerned. Marked, handed on, and all three are told.

    Refused: nothing said of how that was checked; the record is gone.
    """
    text, detail = needs(note, "怎样核对了利害关系"), {}
    if case.may("forwarded"):
        act = marking.mark(c, marker(who), now, KIND, case.record_ids, case.says(MARKED), BASIS)
        detail = {"marks": act.marks, "whose": _owner(c, case)}
    case = procedure.step(c, who, now, case, "forwarded", Said(text, detail=detail), book)
    due, until = telling.due(limits.current(case, book)), telling.due(views_until(case, book))
    telling.tell(c, now, "subject", "OBJECTION_FORWARDED", case, due=due)
    _tell_owner(c, now, case, "RECORD_DISPUTED", book, due=due, about=CLAIMED[case.about], until=until)
    return case


def views_until(case: Case, book: Rulebook) -> Limit | None:
    """Until when the record's own subject may say what it thinks; as long as in a repair. None: nobody was told."""
    told = case.last("forwarded")
    if told is None or not told.detail.get("whose"):
        return None
    line = limits.line_of(book, "repair", "defence", told.day, case.authority)
    if line is None:
        return None
    days = limits.days_of(book, "repair", "defence", told.day, case.authority)
    end = add_workdays(told.day, days, limits.calendar(book))
    return Limit("defence", line.name, told.day, end.date, end.provisional, line.confidence)


def heard(case: Case, today: date, book: Rulebook) -> None:
    """Before the record is withdrawn by an answer. Refused: its subject may still say what it thinks."""
    limit = views_until(case, book)
    if limit and not limit.overdue(today):
        raise Refused(
            "concern_not_heard",
            f"信息所属主体可以说明意见到 {limit.due}（含当日），在此以前不能直接撤回公开；请听取意见，次日起再办理，"
            "来不及的可以延长一次。",
        )


def unnamed(case: Case, *texts: str) -> None:
    """The record's own subject reads these. Refused: they name who objects, as far as name and code tell."""
    names = (case.name, case.value) if case.concerned else ()
    if any(name and name in text for name in names for text in texts):
        raise Refused(
            "concern_named",
            "依据和撤回公开的理由会告知信息所属主体，不能写提出人的名称或者代码；请改为“提出人”后重试。",
        )


def ended(c: psycopg.Connection[Any], now: datetime, case: Case, book: Rulebook) -> None:
    """What was marked is so no more: its own subject is told how it ended, on what basis, and why it was withdrawn."""
    last = case.steps[-1]
    gone = last.detail.get("way") == "withdrawn"
    result = "核查属实，已撤回公开（停止公示、共享和使用）" if gone else case.state_name
    basis = f"依据：{last.basis}。" if last.basis else ""
    why = {"because": "撤回公开的理由：", "reason": last.reason} if gone else {"because": "", "reason": ""}
    _tell_owner(c, now, case, "RECORD_DISPUTE_ENDED", book, result=result, basis=basis, **why)


def marker(who: Who) -> Who:
    """A record's own subject reads who marked it: not the applicant, nor a person."""
    return replace(SYSTEM, origin=who.origin)


def _owner(c: psycopg.Connection[Any], case: Case) -> str:
    """Kept with the step: a correction may hand the record to another, and who was told first is told of the end."""
    subject = identity.by_record(c, case.record_ids[0], None).subject
    return subject.value if subject else ""


def _tell_owner(
    c: psycopg.Connection[Any], now: datetime, case: Case, template: str, book: Rulebook, **values: str
) -> None:
    forwarded = case.last("forwarded")
    whose = str(forwarded.detail.get("whose", "")) if forwarded else ""
    if whose:
        [r] = case.records
        item = book.item(r.item, day_of(now))
        unit = book.provider_by_code(case.authority)
        of = {"item": f"{item.name} {r.document}".strip(), "unit": unit.name if unit else case.authority}
        notify(c, now, template, Recipient("subject", whose), of | values, f"case:{case.number}")


__all__ = [
    "ABOUT", "NOT_PUBLIC", "PURPOSE", "UPHELD", "Concern", "Named", "ended", "forward", "heard", "marker", "named", "submit",
    "unnamed", "views_until",
]  # fmt: skip
