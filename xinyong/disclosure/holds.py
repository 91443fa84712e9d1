"""查询记录依法保密: a look that its subject is not told of yet (个人信息保护法第十八条、第三十五条).

A hold is asked for by one person of the centre on an organ's letter, approved by another, and always ends. It covers
looks of that organ at that subject made after the approval and up to its last day. They are logged as any look; the
subject's own answers leave them out while the hold stands, and show them, with who asked and on what basis, from the
day after. Holds are rows, and so is what becomes of them; nothing is changed.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.catalog.regions import load_regions
from xinyong.disclosure import identity
from xinyong.foundation import audit, locks, named_sql
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.kernel.identifiers import check_uscc
from xinyong.kernel.publicity import add_months, months_of

SQL = named_sql.load(Path(__file__).parent / "sql" / "holds.sql")
LOCK = locks.LOOK_HOLDS
LONGEST = "LOOK_HOLD_MAX"
ORGAN = "1"  # how the unified codes of organs and institutions begin
MOST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked for. `document`: the organ's letter; `instrument`, `article`: the law that says so; `ends`: last day."""

    code: str
    organ: str
    organ_name: str
    document: str
    instrument: str
    article: str
    reason: str
    ends: date


@dataclass(frozen=True, slots=True)
class Hold:
    id: int
    number: str
    at: datetime
    subject: int
    public_id: str
    organ: str
    organ_name: str
    document: str
    instrument: str
    article: str
    reason: str
    begins: date
    ends: date
    actor: str
    approved_at: datetime | None
    approved_by: str | None
    refused_at: datetime | None
    lifted_at: datetime | None
    said: str

    def state(self, today: date) -> str:
        """In Chinese, computed: nothing is stored that a date decides."""
        if self.refused_at:
            return "未批准"
        if self.lifted_at:
            return "已提前解除"
        if today > self.ends:
            return "已到期" if self.approved_at else "未批准，已过期"
        return "保密中" if self.approved_at else "待批准"

    def covered(self, unit: str, at: datetime) -> bool:
        """Whether it ever kept such a look from the subject."""
        if self.approved_at is None or unit != self.organ:
            return False
        return self.approved_at <= at and day_of(at) <= self.ends


def of_look(statement: str) -> str:
    """A statement with what tells whose look `l` or `k` was, `by_token` (of token `x`) and `given`, put in its place."""
    for look in ("k", "l"):
        for name in ("by_token", "given"):
            statement = statement.replace(f"/*{name} {look}*/", SQL[name].replace("k.", f"{look}."))
    return statement


def ask(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, terms: Terms, book: Rulebook
) -> Hold:
    """Ask for a hold; it holds nothing before another person approves it.

    NotPermitted: role. Refused: unknown subject, organ or law; no letter, reason or article; no end, or one too late.
    """
    permissions.require(book.permissions, who, "hold.ask")
    terms = _checked(terms, today, book)
    number = uuid.uuid4()
    with c.transaction():
        found = identity.by_code(c, terms.code, None).subject
        if found is None:
            raise Refused("no_subject", "没有这个代码的信用主体；请核对代码。")
        told = {
            "subject": found.id, "organ": terms.organ, "organ_name": terms.organ_name, "document": terms.document,
            "instrument": terms.instrument, "article": terms.article, "reason": terms.reason, "begins": today,
            "ends": terms.ends,
        }  # fmt: skip
        c.execute(SQL["ask"], {**told, "number": number, "at": now, "actor": who.name, "role": who.role})
        shown = told | {"begins": today.isoformat(), "ends": terms.ends.isoformat()}
        audit.record(c, who, now, "hold.ask", str(number), shown)
        audit.emit(c, now, "disclosure.hold_asked", {"number": str(number)})
    return one(c, str(number))


def _checked(terms: Terms, today: date, book: Rulebook) -> Terms:
    organ = check_uscc(terms.organ, regions=load_regions())
    if not organ.valid or not organ.normalized.startswith(ORGAN):
        raise Refused("not_organ", "要求保密的须是国家机关；请填写其统一社会信用代码（以 1 开头）。")
    stated = {
        "organ_name": terms.organ_name, "document": terms.document, "article": terms.article, "reason": terms.reason,
    }  # fmt: skip
    clean = {name: text.strip() for name, text in stated.items()}
    if not all(clean.values()) or any(len(text) > MOST_TEXT for text in clean.values()):
        raise Refused(
            "no_hold_basis",
            f"依法保密要写明机关名称、函件文号、法律条款和理由（各不超过 {MOST_TEXT} 字）；请补填后重试。",
        )
    if terms.instrument not in book.instruments:
        raise Refused(
            "instrument_unknown", f"规则库中没有编号为“{terms.instrument}”的法律文件；请从列表中选取。"
        )
    last = latest_end(today, book)
    if not today <= terms.ends <= last:
        raise Refused(
            "hold_too_long", f"保密截止日应在 {today} 至 {last} 之间（最长期限由规则 {LONGEST} 规定）。"
        )
    return Terms(
        terms.code, organ.normalized, clean["organ_name"], clean["document"], terms.instrument, clean["article"],
        clean["reason"], terms.ends,
    )  # fmt: skip


def latest_end(today: date, book: Rulebook) -> date:
    """The last day that a hold asked for or approved on `today` may have."""
    return add_months(today, months_of(str(book.value(LONGEST, today))))


def approve(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    today: date,
    number: str,
    reason: str,
    book: Rulebook,
) -> Hold:
    """The second pair of eyes. NotPermitted: role, the person who asked. Refused: unknown, decided, over."""
    return _decide(c, who, now, today, number, "approved", reason, book)


def refuse(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    today: date,
    number: str,
    reason: str,
    book: Rulebook,
) -> Hold:
    """As `approve`, with the other answer."""
    return _decide(c, who, now, today, number, "refused", reason, book)


def _decide(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    today: date,
    number: str,
    kind: str,
    reason: str,
    book: Rulebook,
) -> Hold:
    permissions.require(book.permissions, who, "hold.approve")
    with c.transaction():
        found = _locked(c, number)
        if who.name == found.actor:
            raise NotPermitted("four_eyes", "提出保密的人不能自己批准；请由另一名审核员办理。")
        if found.state(today) != "待批准":
            raise Refused("hold_decided", f"这项保密已是“{found.state(today)}”；请刷新后核对。")
        _step(c, who, now, found, kind, _reason(reason))
    return one(c, number)


def lift(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, number: str, reason: str, book: Rulebook
) -> Hold:
    """End it before its time: the looks show at once. NotPermitted: role. Refused: unknown, or it does not stand."""
    if not permissions.may(book.permissions, who.role, "hold.ask"):
        permissions.require(book.permissions, who, "hold.approve")
    with c.transaction():
        found = _locked(c, number)
        if found.state(today) != "保密中":
            raise Refused("hold_not_standing", f"这项保密是“{found.state(today)}”，无须解除。")
        _step(c, who, now, found, "lifted", _reason(reason))
    return one(c, number)


def _reason(text: str) -> str:
    if not text.strip():
        raise Refused("no_reason", "要写明理由；请填写后重试。")
    return text.strip()[:MOST_TEXT]


def _locked(c: psycopg.Connection[Any], number: str) -> Hold:
    """Two deciders at once: the second reads what the first has done."""
    c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    return one(c, number)


def _step(c: psycopg.Connection[Any], who: Who, now: datetime, hold: Hold, kind: str, reason: str) -> None:
    values = {"hold": hold.id, "kind": kind, "at": now, "actor": who.name, "role": who.role, "reason": reason}
    c.execute(SQL["step"], values)
    audit.record(c, who, now, f"hold.{kind}", hold.number, {"reason": reason})
    audit.emit(c, now, f"disclosure.hold_{kind}", {"number": hold.number})


def one(c: psycopg.Connection[Any], number: str) -> Hold:
    """Refused: there is none."""
    try:
        wanted = uuid.UUID(number.strip())
    except ValueError:
        wanted = uuid.UUID(int=0)
    row = c.execute(SQL["holds"], {"number": wanted, "subjects": None, "limit": 1}).fetchone()
    if row is None:
        raise Refused("no_hold", "没有这个编号的保密；请从列表中选取。")
    return _hold(row)


def listed(c: psycopg.Connection[Any], limit: int = 500) -> list[Hold]:
    """Newest first, for those who may read them: never for the subject."""
    return [_hold(r) for r in c.execute(SQL["holds"], {"number": None, "subjects": None, "limit": limit})]


def of_subjects(c: psycopg.Connection[Any], subjects: Iterable[int]) -> list[Hold]:
    """All holds ever asked for on these subjects."""
    asked = {"number": None, "subjects": list(subjects), "limit": 1_000}
    return [_hold(r) for r in c.execute(SQL["holds"], asked)]


def standing_on(c: psycopg.Connection[Any], subjects: Iterable[int], today: date) -> bool:
    """Whether one stands: nothing of such a subject is disposed of meanwhile."""
    return any(h.state(today) == "保密中" for h in of_subjects(c, subjects))


def _hold(row: tuple[Any, ...]) -> Hold:
    return Hold(row[0], str(row[1]), *row[2:])


__all__ = [
    "Hold", "Terms", "approve", "ask", "latest_end", "lift", "listed", "of_subjects", "one", "refuse", "standing_on",
]  # fmt: skip
