"""What an organ does with measures: it registers what it decided, lifts, extends at the maximum, says what was a mistake.

The register decides nothing and imposes nothing. It takes a measure only from the organ that decided it, only where a
confirmed rule in force on that day allows it, and only on records that stand.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.catalog.windows import MeasureLine
from xinyong.disclosure import basis, identity, ids, queries
from xinyong.disclosure.basis import Standing
from xinyong.disclosure.queries import Question
from xinyong.foundation import audit
from xinyong.foundation.audit import Who
from xinyong.kernel.documents import fold_document
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.kernel.measures import Imposed, term_ends
from xinyong.regulation.measures import allowed, kept
from xinyong.regulation.measures.kept import EXTENDED, LIFTED, MISTAKEN, SQL, Measure
from xinyong.regulation.measures.standing import Registered, states

REGISTER, CHANGE = "measure.register", "measure.change"
PURPOSE = "登记措施"
EVENT = "regulation.measure"
RECORD = re.compile(r"[0-9a-f]{32}")
MOST_RECORDS = 20
LONGEST, LONGEST_NUMBER = 1_000, 100  # characters
LAST = date(2199, 12, 31)  # a later day is no term, but a way of writing "for ever"
LATEST = timedelta(days=366)  # a measure that begins later than that after its decision is a slip of the pen


@dataclass(frozen=True, slots=True)
class Terms:
    """What the decision says. `subject`: the unified code on it; `records`: what it rests on (32 hex digits each).

    `competent`: the organ states that the law names it for this measure. `months`, `ends`: the term it fixed.
    `notified_on`, `heard`: 告知 and 陈述、申辩 before the decision.
    """

    rule: str
    subject: str
    records: tuple[str, ...]
    organ: str
    document: str
    notified_on: date | None
    heard: str
    decided: date | None
    begins: date | None
    months: int | None = None
    ends: date | None = None
    reason: str = ""
    competent: bool = False


def register(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, terms: Terms, book: Rulebook
) -> Measure:
    """Enter a measure that `who`'s own organ decided; the look at each record is logged.

    It is kept under the subject that the (first) record is kept under, not under what that was merged into: if the two
    are split again, it stays with its record.

    NotPermitted: role, another organ. Refused: rule unknown, not in force or unconfirmed; no record, or one that does
    not bear it; a natural person; 告知 missing or too late; a term the law does not allow; registered already.
    """
    permissions.require(book.permissions, who, REGISTER)
    _own(who, terms.organ)
    given = _complete(terms, today)
    with c.transaction():
        c.execute(SQL["lock_organ"], {"organ": given.organ})
        subject, members = _subject(c, given)
        records = _records(c, who, now, today, given, subject, book)
        line = allowed.line_of(given.rule, book)
        allowed.of_all(line, records, _day(given.decided), book)
        _term(line, given, book)
        _fixed(line, given, records)
        _once(c, given, members)
        holder = next(s.holder for s in records if s.record == given.records[0])
        number = _insert(c, who, now, given, holder, line, records, book)
        return _told(c, who, now, number, "registered", {"reason": given.reason})


def lift(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, number: str, reason: str, basis: str,
    book: Rulebook,
) -> Measure:  # fmt: skip
    """The organ ends a measure before its time. NotPermitted: role, another's. Refused: none such, ended, no reason."""
    return _end(c, who, now, today, number, LIFTED, reason, basis, book)


def mistaken(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, number: str, reason: str, book: Rulebook
) -> Measure:
    """It was registered by mistake, and never counted. As `lift`."""
    return _end(c, who, now, today, number, MISTAKEN, reason, "", book)


def extend(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, number: str, until: date | None, reason: str,
    basis: str, book: Rulebook,
) -> Measure:  # fmt: skip
    """At the maximum with duties unmet: carried on until a day, by a rule of the sector that `basis` names.

    Refused: not at its maximum, no such rule, a day that is past. As `lift` for the rest.
    """
    permissions.require(book.permissions, who, CHANGE)
    said = _needs(reason, "延续的理由"), _needs(basis, "行业主管部门的规定（文件和条款）")
    if until is None or not today < until <= LAST:
        raise Refused(
            "measure_until", "延续到的日期要晚于今天，并且是一个确定的期限；请按行业主管部门的规定填写。"
        )
    with c.transaction():
        found = _mine(c, who, now, today, number, book)
        if found.window.task != "decide_overrun":
            raise Refused(
                "measure_not_overrun",
                "只有最长期限已满、义务仍未履行的措施才能延续；这一项现在不是，没有办理。",
            )
        _act(c, who, now, found.measure, EXTENDED, said, until)
        return _told(
            c, who, now, number, EXTENDED, {"until": until.isoformat(), "reason": said[0], "basis": said[1]}
        )


def _own(who: Who, organ: str) -> None:
    if not who.provider or organ != who.provider:
        raise NotPermitted(
            "measure_not_organ", "谁作出决定、谁登记：只能登记本单位作出的措施；请由作出决定的单位登记。"
        )


def _complete(terms: Terms, today: date) -> Terms:
    """With its texts trimmed. Refused: something is missing, or the days are not in an order that can be."""
    if not terms.competent:
        raise Refused(
            "measure_not_competent",
            "措施只能由法律规定的机关作出；请核对本单位是不是规则写明的作出机关，并勾选确认。",
        )
    if not 0 < len(terms.records) <= MOST_RECORDS:
        raise Refused(
            "measure_no_basis", f"措施要写明依据的记录，1 至 {MOST_RECORDS} 条；请从记录打开登记页面。"
        )
    text = {
        "document": _needs(terms.document, "决定书文号", LONGEST_NUMBER),
        "heard": _needs(terms.heard, "陈述、申辩的情况（没有提出的，写“未提出”）"),
        "reason": _needs(terms.reason, "事由"),
    }
    _days(terms, today)
    return replace(terms, **text, records=tuple(dict.fromkeys(terms.records)))


def _days(terms: Terms, today: date) -> None:
    if terms.notified_on is None or terms.decided is None or terms.begins is None:
        raise Refused(
            "measure_days", "告知日期、决定日期和起始日期都要填写；作出不利决定以前应当告知并听取陈述、申辩。"
        )
    if terms.notified_on > terms.decided:
        raise Refused(
            "measure_notified_late",
            f"告知日期 {terms.notified_on} 晚于决定日期 {terms.decided}；作出不利决定以前应当告知并听取陈述、申辩，请核对。",
        )
    if terms.decided > today:
        raise Refused("measure_future", f"决定日期 {terms.decided} 还没有到；作出决定以后再登记。")
    if not terms.decided <= terms.begins <= terms.decided + LATEST:
        raise Refused(
            "measure_begins",
            f"起始日期 {terms.begins} 早于决定日期，或者晚于决定日期一年以上；请按决定书核对。",
        )


def _day(day: date | None) -> date:
    assert day is not None
    return day


def _needs(text: str, what: str, most: int = LONGEST) -> str:
    text = text.strip()
    if not text or len(text) > most:
        raise Refused("measure_text", f"请写明{what}，不超过 {most} 字。")
    return text


def _subject(c: psycopg.Connection[Any], terms: Terms) -> tuple[int, list[int]]:
    """The subject with this code, and all that are part of it."""
    located = identity.by_code(c, terms.subject, None)
    s = located.subject
    if s is None:
        raise Refused("measure_subject", "没有这个代码的信用主体；请核对决定书上的统一社会信用代码。")
    allowed.not_of_a_person(s.natural)
    return s.id, located.merged.members(s.id)


def _records(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    today: date,
    terms: Terms,
    subject: int,
    book: Rulebook,
) -> list[Standing]:
    """As they stand. Refused: another subject's, or not to be seen by `who`: unknown and stopped look the same."""
    q = Question(replace(who, purpose=who.purpose or PURPOSE), now, today)
    if not all(RECORD.fullmatch(r) for r in terms.records):
        raise Refused("measure_no_record", "所依据的记录不存在、已经撤回或者不能查看；请从记录重新打开。")
    found = basis.standing(c, terms.records, today, book)
    for s in found.values():
        if not queries.record(c, ids.public_id(s.record), q, book).records or not s.item:
            raise Refused("measure_no_record", "所依据的记录不存在、已经撤回或者不能查看；请从记录重新打开。")
        if s.subject != subject:
            raise Refused(
                "measure_other_subject", "所依据的记录不是这个主体的；请核对决定书上的统一社会信用代码。"
            )
    return list(found.values())


def _term(line: MeasureLine, terms: Terms, book: Rulebook) -> None:
    """Refused: a term that the law does not allow, or none where the law leaves it to the decision."""
    rule = allowed.law_of(line, book)
    if rule.follows == "own_term" and terms.ends is not None:
        raise Refused("measure_ends", "这项措施的期限按月计算；请填写月数，不填截止日期。")
    if rule.follows == "own_term" and terms.months is None and rule.least != rule.most:
        raise Refused("measure_months", f"请填写决定书写明的期限（{rule.least} 至 {rule.most} 个月）。")
    if terms.ends is not None and terms.ends < _day(terms.begins):
        raise Refused("measure_ends_early", "截止日期早于起始日期；请按决定书核对。")
    try:
        term_ends(rule, Imposed(terms.begins, terms.months, terms.ends))
    except ValueError:
        lawful = "没有以月计算的期限" if rule.least is None else f"期限是 {rule.least} 至 {rule.most} 个月"
        raise Refused(
            "measure_term",
            f"{terms.months} 个月不在法律规定的期限内：{rule.instrument}{rule.article}规定的{lawful}；请核对决定书。",
        ) from None


def _fixed(line: MeasureLine, terms: Terms, records: list[Standing]) -> None:
    """A term that the law itself fixes runs from the decision it rests on: beginning later would make it longer."""
    latest = max((s.decided for s in records if s.decided), default=None)
    fixed = line.follows == "own_term" and line.least is not None and line.least == line.most
    if fixed and latest and _day(terms.begins) > latest:
        raise Refused(
            "measure_begins_law",
            f"法律写定的期限自所依据的决定（{latest}）起算，晚于这一天会超过法律规定的期限；请按决定书核对起始日期。",
        )


def _once(c: psycopg.Connection[Any], terms: Terms, members: list[int]) -> None:
    asked = {"organ": terms.organ, "rule": terms.rule, "subjects": members}
    rows = c.execute(SQL["same"], asked).fetchall()
    if any(fold_document(document) == fold_document(terms.document) for (document,) in rows):
        raise Refused(
            "measure_twice", f"文号“{terms.document}”的这项措施已经登记过；请在“措施登记”列表里打开核对。"
        )


def _insert(
    c: psycopg.Connection[Any], who: Who, now: datetime, terms: Terms, subject: int, line: MeasureLine,
    records: list[Standing], book: Rulebook,
) -> str:  # fmt: skip
    rule, number = allowed.law_of(line, book), str(uuid.uuid4())
    organ = book.provider_by_code(terms.organ)
    row = c.execute(SQL["add"], {
        "number": number, "at": now, "rule": rule.id, "name": rule.name, "instrument": rule.instrument,
        "article": rule.article, "confidence": rule.confidence, "follows": rule.follows, "least": rule.least,
        "most": rule.most, "lifted_by": list(rule.lifted_by), "edition": book.edition.id, "subject": subject,
        "organ": terms.organ, "organ_name": organ.name if organ else terms.organ, "document": terms.document,
        "notified_on": terms.notified_on, "heard": terms.heard, "decided": terms.decided, "begins": terms.begins,
        "months": terms.months, "ends": terms.ends, "by": who.name, "role": who.role, "provider": who.provider,
        "reason": terms.reason,
    }).fetchone()  # fmt: skip
    assert row is not None
    for s in records:
        said = {
            "measure": row[0],
            "record": s.record,
            "item": s.item,
            "document": _document(s, book),
            "at": now,
        }
        c.execute(SQL["add_basis"], said)
    return number


def _document(s: Standing, book: Rulebook) -> str:
    field = book.items[s.item][-1].by_role("doc_no")
    return s.values.get(field.code, "") if field else ""


def _end(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, number: str, kind: str, reason: str, basis: str,
    book: Rulebook,
) -> Measure:  # fmt: skip
    permissions.require(book.permissions, who, CHANGE)
    said = _needs(reason, "理由"), basis.strip()[:LONGEST]
    with c.transaction():
        found = _mine(c, who, now, today, number, book)
        _act(c, who, now, found.measure, kind, said)
        return _told(c, who, now, number, kind, {"reason": said[0], "basis": said[1]})


def _mine(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, number: str, book: Rulebook
) -> Registered:
    """The organ's own measure, locked until the transaction ends. Another's and none at all look the same."""
    seen = kept.load(c, number)
    if seen is None or not who.provider or seen.organ != who.provider:
        raise NotPermitted("measure_not_yours", "没有这项措施，或者不是本单位登记的；请返回本单位的列表。")
    c.execute(SQL["lock"], {"number": seen.number})
    found = kept.load(c, number)  # again: somebody may have ended it meanwhile
    assert found is not None
    if found.end is not None:
        raise _ended(found)
    if now < found.newest:
        raise Refused("clock_back", "服务器的时钟早于这项措施上一次办理的时间；请系统管理员校准时钟后重试。")
    return states(c, [found], today, book)[0]


def _ended(m: Measure) -> Refused:
    end = m.end
    assert end is not None
    how = "作为登记有误更正" if end.kind == MISTAKEN else "解除"
    return Refused("measure_ended", f"这项措施已由{end.by}{how}，不能再办理；请刷新后核对。")


def _act(
    c: psycopg.Connection[Any], who: Who, now: datetime, m: Measure, kind: str, said: tuple[str, str],
    until: date | None = None,
) -> None:  # fmt: skip
    row = c.execute(SQL["act"], {
        "measure": m.id, "kind": kind, "until": until, "at": now, "by": who.name, "role": who.role,
        "provider": who.provider, "reason": said[0], "basis": said[1],
    }).fetchone()  # fmt: skip
    if row is None:
        raise Refused("measure_ended", "这项措施刚刚已由他人办理结束；请刷新后核对，本次没有办理。")


def _told(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, kind: str, said: Mapping[str, Any]
) -> Measure:
    """Audit entry and event; what was decided stands in the register, not in the event."""
    m = kept.load(c, number)
    assert m is not None
    detail = {
        "measure": m.number, "kind": kind, "rule": m.rule.id, "organ": m.organ, "document": m.document,
        "subject": m.subject, "records": list(m.records),
    }  # fmt: skip
    audit.record(c, who, now, f"measure.{kind}", m.number, {**detail, **said})
    audit.emit(c, now, EVENT, detail)
    return m


__all__ = ["CHANGE", "EVENT", "PURPOSE", "REGISTER", "Terms", "extend", "lift", "mistaken", "register"]
