"""异议: a subject says that a record is wrong or not its own. Marked at once, forwarded, answered with reasons.

The mark shows wherever the record shows. "Corrected" can't be said without a correction: the record has a newer version,
is gone, or is withdrawn by the answer itself. Others who are concerned by a record begin in `concerned` and are marked
when forwarded; all that follows is the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.disclosure import actions as marking
from xinyong.disclosure import ids, queries
from xinyong.disclosure.queries import Question
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import Refused
from xinyong.rights import applying, casework, materials, procedure
from xinyong.rights.applying import Chosen, Shown
from xinyong.rights.casework import Case, CaseRecord, Opening, Said, needs
from xinyong.rights.materials import Upload
from xinyong.rights.objection import concerned

KIND = "objection"
PURPOSE = "办理异议"
ABOUT = {"record": "信息有错误、遗漏，或者不该公示", "match": "这不是本主体的信息"}
Way = Literal["correction", "withdrawn"]
WAYS = {"correction": "已由本单位更正或撤回这条记录", "withdrawn": "现在撤回公开（停止公示、共享和使用）"}


@dataclass(frozen=True, slots=True)
class Objecting:
    """What is objected to and why. `records`: public numbers; `about`: a key of ABOUT."""

    records: tuple[str, ...]
    about: str
    statement: str
    files: tuple[Upload, ...] = ()


def submit(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    today: date,
    code: str,
    asked: Objecting,
    book: Rulebook,
) -> list[Case]:
    """Object: one case for each unit that provided the records; each record is marked in the same transaction.

    Refused: a record that isn't the applicant's, one that is objected to already, no words. NotPermitted: role.
    """
    channel = applying.permitted(who, "own.objection", "objection.enter", book)
    if asked.about not in ABOUT:
        raise Refused("objection_about", "没有选择异议的类型；请选择后重试。")
    text = needs(asked.statement, "哪一项有误、正确的内容是什么")
    with c.transaction():
        found = applying.applicant(c, who, now, today, code, asked.records, channel, book, PURPOSE)
        if casework.busy(c, KIND, [one.record.record for one in found.chosen]):
            raise Refused(
                "objection_open", "所选信息已经有异议正在处理；请在“我要异议”查看进度，不要重复提出。"
            )
        application, groups = str(uuid.uuid4()), applying.grouped(found.chosen, "provider")
        by_provider: dict[str, list[Chosen]] = {}
        for (provider, _), some in groups.items():
            by_provider.setdefault(provider, []).extend(some)
        return [
            _opened(c, who, now, found, application, provider, some, replace(asked, statement=text), book)
            for provider, some in by_provider.items()
        ]


def _opened(
    c: psycopg.Connection[Any], who: Who, now: datetime, found: applying.Applicant, application: str, provider: str,
    some: Sequence[Chosen], asked: Objecting, book: Rulebook,
) -> Case:  # fmt: skip
    acting, ids_ = by_procedure(who), [one.record.record for one in some]
    act = marking.mark(c, acting, now, KIND, ids_, "信用主体提出异议，正在核查", "异议申请")
    records = tuple(replace(one.record, mark=act.marks[one.record.record]) for one in some)
    opening = Opening(
        KIND, found.scheme, found.value, found.name, found.channel, provider, application, records,
        about=asked.about, detail={"statement": casework.sealed(asked.statement)},
    )  # fmt: skip
    case = casework.opened(c, who, now, opening, "submitted", Said())
    materials.keep(c, who, now, case, asked.files, book)
    procedure.tell(c, now, case, "submitted", Said(), book)
    return case


def by_procedure(who: Who) -> Who:
    """The mark is the procedure's: set by every objection, ended by every answer, whoever's record it is."""
    return replace(who, role=marking.SYSTEM, provider="" if who.role == "subject" else who.provider)


def withdraw(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    number: str,
    reason: str,
    book: Rulebook,
    shown: Shown | None = None,
) -> Case:
    """Take the objection back; the mark ends at once."""
    with c.transaction():
        case = procedure.withdraw(c, who, now, number, KIND, reason, book, shown)
        _unmark(c, who, now, case, "异议由申请人撤回", book)
    return case


def forward(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, note: str, book: Rulebook
) -> Case:
    """Checked by the platform and handed to the unit that provided the record; see `concerned.forward`."""
    permissions.require(book.permissions, who, "objection.handle")
    with c.transaction():
        case = casework.locked(c, number, KIND)
        if case.concerned:
            return concerned.forward(c, who, now, case, note, book)
        return procedure.step(c, who, now, case, "forwarded", Said(note.strip()[: casework.LONGEST]), book)


def dismiss(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, reason: str, book: Rulebook
) -> Case:
    """What isn't an objection (about nothing in the record, by nobody concerned) isn't taken on, with reasons."""
    permissions.require(book.permissions, who, "objection.handle")
    said = Said(needs(reason, "不予受理的理由"))
    with c.transaction():
        return _ended(c, who, now, casework.locked(c, number, KIND), "dismissed", said, book)


def extend(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, reason: str, book: Rulebook
) -> Case:
    """See `procedure.extend`."""
    return procedure.extend(c, who, now, number, KIND, "objection.answer", reason, book)


def keep(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, reason: str, basis: str, book: Rulebook
) -> Case:
    """The record is right: it stays as it is, with reasons, and the mark ends."""
    permissions.require(book.permissions, who, "objection.answer")
    said = Said(needs(reason, "维持的理由"), basis.strip())
    with c.transaction():
        case = procedure.for_authority(c, who, number, KIND)
        concerned.unnamed(case, said.basis)
        return _ended(c, who, now, case, "kept", said, book)


def correct(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    number: str,
    way: Way,
    reason: str,
    basis: str,
    book: Rulebook,
) -> Case:
    """The subject is right. `way`: the record was corrected or withdrawn by a submission, or is withdrawn hereby.

    Refused: nothing was corrected, no basis for withdrawing, another's record is withdrawn before its subject could say
    what it thinks, or with the applicant's name in what it reads. NotPermitted: role, another unit's record.
    """
    permissions.require(book.permissions, who, "objection.answer")
    text, law = needs(reason, "更正的说明"), basis.strip()
    with c.transaction():
        case = procedure.for_authority(c, who, number, KIND)
        concerned.unnamed(case, law, text if way == "withdrawn" else "")
        if case.may("corrected"):
            _effects(c, who, now, case, way, text, law, book)
        return _ended(c, who, now, case, "corrected", Said(text, law, detail={"way": way}), book)


def _effects(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    case: Case,
    way: Way,
    text: str,
    law: str,
    book: Rulebook,
) -> None:
    if way == "withdrawn":
        if case.concerned:
            concerned.heard(case, day_of(now), book)
        reason = concerned.UPHELD if case.concerned else text  # a mark outlives what was written
        marking.mark(c, who, now, "withdrawn", case.record_ids, case.says(reason), needs(law, "撤回的依据"))
        return
    untouched = [r for r in case.records if not _corrected(c, who, now, r, book)]
    if untouched:
        named = untouched[0].document or untouched[0].record
        raise Refused(
            "nothing_corrected",
            f"有 {len(untouched)} 条记录（如 {named}）自提出异议以来没有更正或撤回；"
            "请先在“更正与撤回”改正，或者选择撤回公开，或者答复维持。",
        )


def _corrected(c: psycopg.Connection[Any], who: Who, now: datetime, r: CaseRecord, book: Rulebook) -> bool:
    acting = replace(who, purpose=who.purpose or PURPOSE)
    q = Question(acting, now, day_of(now))
    found = queries.record(c, ids.public_id(r.record), q, book)
    there = next((told for told in found.records if told.get("record") == r.record), None)
    return there is None or int(there["version"]) > r.version


def _ended(
    c: psycopg.Connection[Any], who: Who, now: datetime, case: Case, step: str, said: Said, book: Rulebook
) -> Case:
    case = procedure.step(c, who, now, case, step, said, book)
    _unmark(c, who, now, case, said.reason, book)
    return case


def _unmark(
    c: psycopg.Connection[Any], who: Who, now: datetime, case: Case, reason: str, book: Rulebook
) -> None:
    acting = concerned.marker(who) if case.concerned else by_procedure(who)
    why = case.says(case.state_name if case.concerned else reason)[:500]
    for mark in case.objection_marks.values():
        marking.close_mark(c, acting, now, mark, why, "异议办结")
    if case.concerned:
        concerned.ended(c, now, case, book)


__all__ = [
    "ABOUT", "WAYS", "Objecting", "by_procedure", "correct", "dismiss", "extend", "forward", "keep", "submit", "withdraw",
]  # fmt: skip
