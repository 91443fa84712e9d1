"""Issuing a report, and making an issued one again.

Who may: the subject its own; a window or kiosk for the person who stands there; a bank or agency with the
subject's live authorisation; staff for a registered duty. The disclosure floor decides and logs the look.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any, TypeVar

import psycopg
from psycopg.types.json import Jsonb

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.disclosure import authorisations, duties, identity
from xinyong.disclosure import queries as disclosure
from xinyong.disclosure.identity import Subject
from xinyong.disclosure.queries import Archive, Question
from xinyong.foundation import audit, keys, signing
from xinyong.foundation.accounts import ROLES
from xinyong.foundation.audit import Who
from xinyong.foundation.signing import Signature
from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.kernel.identifiers import check_person_id
from xinyong.kernel.masking import mask_person_id
from xinyong.rights.recall import deliveries
from xinyong.services.creditreport import (
    contents,
    document,
    json_form,
    numbers,
    place,
    profiles,
    queries,
)
from xinyong.services.creditreport import signing as files
from xinyong.services.creditreport.contents import Content, Frame
from xinyong.services.creditreport.profiles import Choices, Form

T = TypeVar("T")
ACTIONS = {  # role → what the permission matrix has to allow
    "subject": "own.report",
    "counter": "report.counter",
    "bank": "report.authorised",
    "agency": "report.authorised",
}
DUTY = "report.issue"
AUTHORISED = ("bank", "agency")
REMAKER = "报告补制"
LONGEST_NOTE, LONGEST_NAME = 100, 100
PUBLIC_ID_LENGTH = 36


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for. `code`: unified code, registration number, ID number, or a subject's public id.

    `purpose`: one of the fifteen. `name`: of a natural person, as on the ID card. `authorisation`, `duty`: which
    one, where there are several; empty: the one that fits.
    """

    code: str
    purpose: str
    profile: str = ""
    choices: Choices = Choices()
    note: str = ""
    name: str = ""
    authorisation: str = ""
    duty: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """A report's files: what was handed out, and what verifies it off-line."""

    number: str
    pdf: bytes
    json: bytes
    pdf_signatures: bytes
    json_signatures: bytes
    records: int = 0

    def files(self) -> dict[str, bytes]:
        """File name → bytes."""
        name = numbers.shown(self.number)
        return {
            f"{name}.pdf": self.pdf,
            f"{name}.pdf.sig": self.pdf_signatures,
            f"{name}.json": self.json,
            f"{name}.json.sig": self.json_signatures,
        }


def _with_looks(c: psycopg.Connection[Any], work: Callable[[], T]) -> T:
    """All in one transaction; of a look that is not permitted, the entry in the look log stays."""
    refused: NotPermitted | None = None
    with c.transaction():
        try:
            return work()
        except NotPermitted as no:
            refused = no
    raise refused


def issue(
    c: psycopg.Connection[Any],
    who: Who,
    order: Order,
    now: datetime,
    today: date,
    book: Rulebook,
    batch: int | None = None,
) -> Issued:
    """Issue a report. NotPermitted: role, no authorisation, another's. Refused: unknown subject, purpose, choice."""
    permissions.require(book.permissions, who, ACTIONS.get(who.role, DUTY))
    order = _checked(order, book)
    acting = who if who.purpose.strip() else replace(who, purpose=order.purpose)
    return _with_looks(c, lambda: _issue(c, acting, order, now, today, book, batch))


def _checked(order: Order, book: Rulebook) -> Order:
    note, name = (" ".join(t.split()) for t in (order.note, order.name))
    if len(note) > LONGEST_NOTE or len(name) > LONGEST_NAME:
        raise Refused("report_text", f"姓名或用途说明过长（不超过 {LONGEST_NOTE} 字）；请缩短后重试。")
    return replace(order, purpose=profiles.purpose(book, order.purpose), note=note, name=name)


def _issue(
    c: psycopg.Connection[Any],
    who: Who,
    order: Order,
    now: datetime,
    today: date,
    book: Rulebook,
    batch: int | None,
) -> Issued:
    known = _known(c, order.code)
    form = _form(known, order.code, today)
    profile = profiles.chosen(book, order.profile, form, today)
    choices = profiles.checked(order.choices, profile)
    every = profiles.items(profile, form, book.current_items(today))
    wanted = tuple(i.code for i in every)
    q = Question(who, now, today, items=wanted, duty=order.duty, authorisation=order.authorisation)
    try:
        items, duty = _within_ground(c, who, order, today, book, wanted)
    except NotPermitted:
        _look(c, order.code, q, book)  # refused too, and noted in the look log
        raise
    answer = _look(c, order.code, replace(q, items=items, duty=duty), book)
    stated = _stated(c, known, answer, order, form, today)
    at = now.astimezone(BEIJING).replace(microsecond=0)
    frame = Frame(
        numbers.number(at.date(), secrets.token_bytes(numbers.RANDOM_BYTES)), at, profile, form, order.purpose,
        order.note, answer.ground, choices, items, place.site(), today,
        queries.updated(c, items, answer.known_at), queries.checkpoint(c),
    )  # fmt: skip
    found = answer if answer.found else None
    content = contents.compose(
        frame, queries.person(found, stated), queries.entries(found, book, today, duty), book
    )
    issued, signatures = _made(c, content, at)
    row = _row(frame, who, order, answer, content, stated, book, batch) | signatures
    row |= {"subject_key": _key(known, order.code), "duty": duty,
            "pdf_sha256": _digest(issued.pdf), "json_sha256": _digest(issued.json),
            "moment": queries.moment_of(c, answer.known_at, now)}  # fmt: skip
    _note(c, row, who, now)
    deliveries.given(c, who, now, content.records, answer.known_at, numbers.shown(issued.number))
    return issued


def _note(c: psycopg.Connection[Any], row: Mapping[str, Any], who: Who, now: datetime) -> None:
    c.execute(queries.SQL["add"], row)
    told = {k: row[k] for k in ("purpose", "profile", "ground", "records")}
    audit.record(c, who, now, "report.issue", row["number"], told)
    audit.emit(c, now, "services.report_issued", {"number": row["number"]})


def _known(c: psycopg.Connection[Any], code: str) -> Subject | None:
    """Who is meant: only the number of the subject, no record is read for it."""
    find = identity.by_public_id if len(code) == PUBLIC_ID_LENGTH else identity.by_code
    return find(c, code, None).subject


def _form(known: Subject | None, code: str, today: date) -> Form:
    if known is not None:
        return "natural" if known.natural else "legal"
    return "natural" if check_person_id(code, as_of=today).valid else "legal"


def _look(c: psycopg.Connection[Any], code: str, q: Question, book: Rulebook) -> Archive:
    if len(code) == PUBLIC_ID_LENGTH:
        return disclosure.archive_by_public_id(c, code, q, book)
    return disclosure.archive(c, code, q, book)


def _within_ground(
    c: psycopg.Connection[Any], who: Who, order: Order, today: date, book: Rulebook, wanted: tuple[str, ...]
) -> tuple[tuple[str, ...], str]:
    """The profile's items that the ground reaches, and the duty acted on. NotPermitted: none, or no ground at all."""
    reached, duty = wanted, ""
    if who.role in AUTHORISED:
        _, value = authorisations.grantor_of(order.code, today)
        granted = authorisations.live(c, who.provider, [value], who.purpose, (), today, order.authorisation)
        reached = tuple(code for code in wanted if code in granted.items)
    elif who.role not in ACTIONS:
        acted_on = duties.stated(who, order.duty, (), book, today)
        reached, duty = tuple(code for code in wanted if acted_on.covers(code)), acted_on.id
    if not reached:
        raise NotPermitted(
            "report_no_items", "授权或职责不含这种报告的任何事项；请取得含相应事项的授权，或改用其他职责。"
        )
    return reached, duty


def _stated(
    c: psycopg.Connection[Any], known: Subject | None, answer: Archive, order: Order, form: Form, today: date
) -> str:
    """Sealed: a natural person's name and masked number. Refused: not known here and not stated, or not the name."""
    if form == "legal":
        if not answer.found:
            raise Refused(
                "report_unknown", "没有归集到这个主体的信息，不能出具报告；请核对统一社会信用代码。"
            )
        return ""
    if known is not None and order.name and not queries.is_called(c, known, order.name):
        raise Refused("report_name", "姓名与证件号码对不上，不能出具报告；请核对本人证件后重试。")
    if not answer.found and not order.name:
        raise Refused("report_name", "请填写姓名（与身份证一致）；没有归集到记录的，也可以出具报告。")
    person = check_person_id(order.code, as_of=today)
    code = person.normalized if person.valid else _number_in(answer)
    return keys.seal(json.dumps({"name": order.name, "code": mask_person_id(code) if code else ""}))


def _number_in(answer: Archive) -> str:
    """A person's number from the person's own archive, where it was not typed in."""
    names = ("自然人证件号码", "证件号码")
    found = (r["fields"].get(name) for r in answer.records for name in names)
    return next((n for n in found if n), "")


def _made(c: psycopg.Connection[Any], content: Content, at: datetime) -> tuple[Issued, dict[str, Jsonb]]:
    pdf, data = document.render(content.body), json_form.encode(content.body)
    signer = signing.signer(c, at)
    by_pdf, by_json = signer.sign(pdf), signer.sign(data)
    issued = _files(content, pdf, data, by_pdf, by_json)
    stored = {"pdf_signatures": Jsonb(files.stored(by_pdf)), "json_signatures": Jsonb(files.stored(by_json))}
    return issued, stored


def _files(
    content: Content, pdf: bytes, data: bytes, by_pdf: list[Signature], by_json: list[Signature]
) -> Issued:
    signed = files.signature_file(by_pdf), files.signature_file(by_json)
    return Issued(content.body["number"], pdf, data, *signed, len(content.marks))


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def _row(
    f: Frame, who: Who, order: Order, answer: Archive, content: Content, stated: str, book: Rulebook,
    batch: int | None,
) -> dict[str, Any]:  # fmt: skip
    subject = answer.subject or {}
    return {
        "number": f.number, "at": f.at, "actor": who.name, "role": who.role, "provider": who.provider,
        "origin": who.origin, "ground": answer.ground, "purpose": order.purpose, "note": order.note,
        "profile": f.profile.id, "form": f.form, "subject": subject.get("id"),
        "stated": stated, "as_of": f.as_of,
        "known_at": answer.known_at, "items": Jsonb(list(f.items)), "choices": Jsonb(f.choices.as_json()),
        "duty": order.duty, "site": f.site, "edition": edition(book), "layout": document.layout(),
        "records": len(content.marks), "facts": content.facts, "batch": batch,
        "checkpoint": f.checkpoint["size"] if f.checkpoint else None,
    }  # fmt: skip


def _key(known: Subject | None, code: str) -> str:
    """A code, or a person's keyed hash: also of a person about whom nothing is kept."""
    if known is not None:
        return known.value
    return keys.hmac_hex("person", check_person_id(code, as_of=date.max).normalized.upper())


def edition(book: Rulebook) -> str:
    """Which rules spoke: the shipped edition, and whether local ones lie over it."""
    local = any(i.source == "local" for versions in book.items.values() for i in versions)
    return book.edition.id + ("+local" if local else "")


def remake(
    c: psycopg.Connection[Any], number: str, who: Who, now: datetime, today: date, book: Rulebook
) -> Issued:
    """The same report once more, byte for byte. NotPermitted: whoever neither issued it nor is its subject.

    Refused: unknown; something in it has ended or was corrected; rules, template or fonts are others by now.
    """
    row = queries.find(c, number)
    if row is None or not may_have(who, row):
        raise NotPermitted("report_not_yours", "没有这份报告，或这份报告不是由您申领的；请核对报告编号。")
    acting = who if who.purpose.strip() else replace(who, purpose=row["purpose"])
    return _with_looks(c, lambda: _remake(c, row, acting, now, today, book))


def may_have(who: Who, row: Mapping[str, Any]) -> bool:
    if who.role == "subject" and who.provider:
        return str(row["subject_key"]) in (who.provider, keys.hmac_hex("person", who.provider.upper()))
    return who.role == row["role"] and who.name == row["actor"]


def _remake(
    c: psycopg.Connection[Any], row: Mapping[str, Any], who: Who, now: datetime, today: date, book: Rulebook
) -> Issued:
    if who.role in AUTHORISED:
        authorisations.live(c, who.provider, [row["subject_key"]], who.purpose, tuple(row["items"]), today)
    content = _content_then(c, row, _remaking(who, row), now, book)
    _, current = queries.marks_now(c, row, now, today, book)
    if not current.issuperset(content.marks):
        raise Refused(
            "report_ended",
            f"报告 {numbers.shown(row['number'])} 中有信息已经结束、更正或停止使用，不能再次出具；请重新申请一份。",
        )
    pdf, data = document.render(content.body), json_form.encode(content.body)
    if (_digest(pdf), _digest(data)) != (row["pdf_sha256"], row["json_sha256"]):
        raise Refused(
            "report_changed",
            f"报告 {numbers.shown(row['number'])} 出具后规则、版式或数据有变化，不能逐字节再次出具；请重新申请一份。",
        )
    audit.record(c, who, now, "report.remake", row["number"], {"records": len(content.marks)})
    signed = (files.restored(row[k]) for k in ("pdf_signatures", "json_signatures"))
    return _files(content, pdf, data, *signed)


def _remaking(who: Who, row: Mapping[str, Any]) -> Who:
    """The subject looks for itself; for anybody else the centre looks, and says for whom."""
    if who.role == "subject":
        return who
    why = f"为{ROLES[who.role]}再次出具报告 {row['number']}"  # the person's name is in the audit trail
    return Who(REMAKER, "center", origin=who.origin, purpose=why)


def _content_then(
    c: psycopg.Connection[Any], row: Mapping[str, Any], who: Who, now: datetime, book: Rulebook
) -> Content:
    answer = queries.read(c, row, who, now, book)
    found = answer if answer is not None and answer.found else None
    entries = queries.entries(found, book, row["as_of"], row["duty"])
    return contents.compose(queries.frame(c, row, book), queries.person(found, row["stated"]), entries, book)
