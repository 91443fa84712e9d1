"""授权: a subject lets a bank or agency see named items, for a purpose, once or for a term.

A natural person's key is the keyed hash, never the number. Nothing is changed: an end is a row of its own, of
which an authorisation can have one. Use and revocation take the same lock, so of two uses of a single-use
authorisation, and of a use and a revocation, one is first and the other sees it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.archive import publication
from xinyong.catalog.book import Rulebook
from xinyong.catalog.regions import load_regions
from xinyong.disclosure import signatures
from xinyong.disclosure.grantor_keys import GrantorKey
from xinyong.disclosure.grantors import PERSON, WINDOW, grantor_of, permitted
from xinyong.disclosure.signatures import Offer
from xinyong.foundation import audit, clock, locks, named_sql
from xinyong.foundation.apart import Failed, apart
from xinyong.foundation.audit import SYSTEM, Who
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.kernel.identifiers import check_uscc

SQL = named_sql.load(Path(__file__).parent / "sql" / "authorisations.sql")
LOCK = locks.AUTHORISATION
USED, REVOKED, EXPIRED = "used", "revoked", "expired"
MOST_ENDED = 20_000  # in a night; the next one goes on
LONGEST_PURPOSE = 200
MADE = {"login": "本人登录确认", "paper": "书面（窗口登记）", "signature": "电子签名"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What is granted to whom. `ends` is the last day; `evidence` names the signed paper at a window.

    `onward`: unified codes of those to whom the recipient may pass it on; nobody, unless the grant names them
    (个人信息保护法第二十三条).
    """

    recipient: str
    items: tuple[str, ...]
    purpose: str
    begins: date
    ends: date
    once: bool = False
    revocable: bool = True
    evidence: str = ""
    onward: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Authorisation:
    id: int
    number: str
    scheme: str
    value: str
    recipient: str
    items: tuple[str, ...]
    purpose: str
    once: bool
    begins: date
    ends: date
    revocable: bool
    granted_at: datetime
    end: str | None = None
    ended_at: datetime | None = None
    onward: Sequence[str] = ()
    made: str = "login"  # of MADE
    uses: int = 0

    def state(self, today: date) -> str:
        """In Chinese, computed; only that it ran out is noted as well, for a clock that is set back (`run_out`)."""
        if self.end:
            return {USED: "已使用", REVOKED: "已撤回", EXPIRED: "已到期"}[self.end]
        if today < self.begins:
            return "未生效"
        return "已到期" if today > self.ends else "有效"


def grant(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    today: date,
    grantor: str,
    terms: Terms,
    book: Rulebook,
    offer: Offer | None = None,
) -> Authorisation:
    """A subject authorises, online by itself or on paper at a window.

    `offer`: what the subject was shown, with its signature if it signed; the number is the offer's. A number serves
    once. NotPermitted: another's subject, another role. Refused: unknown recipient or item, no purpose, a term that
    is over or the wrong way round, a window without the paper; an offer that is over or was taken; a signature that
    does not hold (`signatures.proved`), or none where the items demand one.
    """
    scheme, value = permitted(who, grantor, today, terms.evidence)
    terms = _checked(terms, today, book)
    values = {
        "number": uuid.UUID(offer.number) if offer else uuid.uuid4(), "at": now, "by": who.name,
        "origin": who.origin, "scheme": scheme, "value": value, "recipient": terms.recipient,
        "items": list(terms.items), "purpose": terms.purpose, "once": terms.once, "begins": terms.begins,
        "ends": terms.ends, "revocable": terms.revocable, "evidence": terms.evidence,
    }  # fmt: skip
    told = {"number": str(values["number"]), "recipient": terms.recipient, "items": list(terms.items),
            "purpose": terms.purpose, "once": terms.once, "begins": terms.begins.isoformat(),
            "ends": terms.ends.isoformat(), "evidence": terms.evidence, "onward": list(terms.onward)}  # fmt: skip
    with c.transaction():
        signed = _signed(c, who, now, today, terms, book, offer, (scheme, value))
        number = _given(c, values)
        if terms.onward:
            c.execute(SQL["onward"], {"number": values["number"], "recipients": list(terms.onward)})
        if signed:
            told["signature"] = signatures.keep(c, number, *signed, now)
        audit.record(c, who, now, "authorisation.grant", str(values["number"]), told)
        audit.emit(c, now, "disclosure.authorised", {"number": str(values["number"])})
    return _one(c, str(values["number"]))


def _signed(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    today: date,
    terms: Terms,
    book: Rulebook,
    offer: Offer | None,
    grantor: tuple[str, str],
) -> tuple[GrantorKey, bytes, bytes] | None:
    """Key, signature and text of a signature that holds; None: none was given, and none is demanded."""
    if offer is not None:
        signatures.check_fresh(offer, now)
    if offer is not None and offer.signature:
        text = signatures.text_of(offer, *grantor, terms, book)
        return *signatures.proved(c, *grantor, text, offer.signature, now), text
    if who.role == "subject" and (items := signatures.demanded(terms.items, book, today)):
        raise Refused(
            "signature_demanded",
            f"信息事项 {'、'.join(sorted(items))} 要用电子签名授权；请下载授权书文本，签名后提交，或到窗口书面办理。",
        )
    return None


def _given(c: psycopg.Connection[Any], values: dict[str, Any]) -> int:
    """The row's number in the table. Refused: the authorisation's own number has been used."""
    try:
        with c.transaction():
            row = c.execute(SQL["give"], values).fetchone()
    except psycopg.errors.UniqueViolation:
        raise Refused("granted_before", "这份授权已经作出，不用再交一次；请在“我的授权”里查看。") from None
    assert row is not None
    return int(row[0])


def _checked(terms: Terms, today: date, book: Rulebook) -> Terms:
    recipient = check_uscc(terms.recipient, regions=load_regions())
    if not recipient.valid:
        raise Refused("recipient", f"被授权机构的代码“{terms.recipient}”不正确；请用其统一社会信用代码。")
    for code in terms.items:
        book.item(code, today)
    purpose = terms.purpose.strip()
    if not terms.items or not purpose or len(purpose) > LONGEST_PURPOSE:
        raise Refused(
            "no_terms", f"授权要写明信息事项和用途（用途不超过 {LONGEST_PURPOSE} 字）；请补填后重试。"
        )
    if terms.ends < max(terms.begins, today):
        raise Refused("bad_term", f"授权截止日 {terms.ends} 早于起始日或今天；请核对期限。")
    items = tuple(sorted(set(terms.items)))
    return Terms(recipient.normalized, items, purpose, terms.begins, terms.ends, terms.once, terms.revocable,
                 terms.evidence.strip(), _onward(terms, recipient.normalized))  # fmt: skip


def _onward(terms: Terms, recipient: str) -> tuple[str, ...]:
    """Each by its code: nobody is granted anything under a name that others may bear."""
    found = [check_uscc(code.strip(), regions=load_regions()) for code in terms.onward]
    bad = [code for code, checked in zip(terms.onward, found, strict=True) if not checked.valid]
    if bad:
        raise Refused("recipient", f"可以转给的机构的代码“{bad[0]}”不正确；请用其统一社会信用代码。")
    return tuple(sorted({checked.normalized for checked in found} - {recipient}))


def revoke(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, number: str, reason: str = ""
) -> Authorisation:
    """The grantor takes it back; a window does so with a reason (the paper's number).

    NotPermitted: another's. Refused: unknown, not revocable, ended before.
    """
    with c.transaction():
        found = _one(c, number)
        _may_revoke(who, found, today, reason)
        _lock(c, found.id)
        if (ended := c.execute(SQL["ended"], {"id": found.id}).fetchone()) is not None:
            raise Refused("ended_before", f"这份授权{_ended(ended[0])}，无须再撤回。")
        _end(c, found, REVOKED, who, now, reason.strip())
    return _one(c, number)


def _may_revoke(who: Who, found: Authorisation, today: date, reason: str) -> None:
    mine = (
        who.role == "subject"
        and who.provider
        and grantor_of(who.provider, today) == (found.scheme, found.value)
    )
    if not mine and who.role not in WINDOW:
        raise NotPermitted("not_yours", "只能由授权人本人撤回授权，或由窗口凭其书面申请办理。")
    if not mine and not reason.strip():
        raise Refused("no_reason", "窗口代办撤回要写明书面申请的编号；请补填后重试。")
    if not found.revocable:
        raise Refused("irrevocable", f"这份授权约定不可撤回，到 {found.ends} 为止；有异议请向信用中心提出。")


def _end(
    c: psycopg.Connection[Any], found: Authorisation, kind: str, who: Who, now: datetime, reason: str
) -> None:
    c.execute(SQL["end"], {"id": found.id, "kind": kind, "at": now, "by": who.name, "reason": reason})
    audit.record(c, who, now, f"authorisation.{kind}", found.number, {"reason": reason} if reason else {})
    audit.emit(c, now, "disclosure.authorisation_ended", {"number": found.number, "kind": kind})


def live(
    c: psycopg.Connection[Any],
    recipient: str,
    values: Iterable[str],
    purpose: str,
    items: Iterable[str],
    today: date,
    number: str = "",
) -> Authorisation:
    """The authorisation by which `recipient` may look at the subject with one of these key values.

    Locked until the transaction ends: call it in that of the look. NotPermitted, with the nearest reason: there
    is none, another purpose, other items, not yet, over, revoked, used up, an unknown number.
    """
    wanted = frozenset(items)
    found = [
        _authorisation(r)
        for r in c.execute(SQL["to_recipient"], {"recipient": recipient, "values": list(values)})
    ]
    if number:
        found = [a for a in found if a.number == number.strip().lower()]
    refusals: list[str] = []
    for a in found:
        why = _unfit(a, purpose, wanted, today) or _locked(c, a)
        if why is None:
            return a
        refusals.append(why)
    absent = "没有这个编号的授权" if number else "没有该主体给本机构的授权"
    # the nearest miss is the newest one that fits in most respects
    raise NotPermitted(
        "no_authorisation", f"{max(refusals, key=_nearness, default=absent)}；请先取得信用主体的有效授权。"
    )


NEARNESS = ("授权的用途", "授权的信息事项", "授权自", "授权已于", "授权已")


def _nearness(sentence: str) -> int:
    return next(n for n, head in enumerate(NEARNESS) if sentence.startswith(head))


def _unfit(a: Authorisation, purpose: str, items: frozenset[str], today: date) -> str | None:
    if a.purpose != purpose.strip():
        return f"授权的用途是“{a.purpose}”，与本次查询的用途不符"
    if not items <= set(a.items):
        return f"授权的信息事项不含 {'、'.join(sorted(items - set(a.items)))}"
    if today < a.begins:
        return f"授权自 {a.begins} 起才生效"
    if today > a.ends:
        return f"授权已于 {a.ends} 到期"
    return None


def _locked(c: psycopg.Connection[Any], a: Authorisation) -> str | None:
    """Whoever waited here reads what the one before has committed."""
    _lock(c, a.id)
    ended = c.execute(SQL["ended"], {"id": a.id}).fetchone()
    return None if ended is None else f"授权{_ended(ended[0])}"


def _lock(c: psycopg.Connection[Any], number: int) -> None:
    c.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, number])


def _ended(kind: str) -> str:
    return {USED: "已使用（一次有效）", REVOKED: "已由授权人撤回", EXPIRED: "已到期"}[kind]


def use(c: psycopg.Connection[Any], a: Authorisation, who: Who, now: datetime) -> None:
    """The look has been answered: a single-use authorisation ends with it, in the same transaction.

    Refused: it was granted or used at a moment that has not come yet by this clock, so it may be over.
    """
    row = c.execute(SQL["last_used"], {"id": a.id}).fetchone()
    clock.not_back(now, row[0] if row else None, "这份授权")
    if a.once:
        _end(c, a, USED, who, now, "")


def run_out(c: psycopg.Connection[Any], now: datetime, failed: Failed | None = None) -> int:
    """Note of those past their last day that they have ended, so that no clock set back makes them hold again; how many.

    Two moments have to say that the day is past, this one and that at which records last came in: a clock that is fast
    for a night ends nothing. `c` in autocommit; idempotent. `failed`: where those that could not be ended are noted.
    """
    newest = publication.last_at(c)
    before = min(day_of(now), day_of(newest)) if newest else date.min
    number = 0
    for (which,) in c.execute(SQL["over"], {"before": before, "limit": MOST_ENDED}).fetchall():
        with apart(failed, str(which)), c.transaction():
            found = _one(c, str(which))
            if _locked(c, found) is None:
                _end(c, found, EXPIRED, SYSTEM, now, "")
                number += 1
    return number


def of_grantor(c: psycopg.Connection[Any], scheme: str, value: str) -> list[Authorisation]:
    """What a subject has authorised, newest first, with its uses: for the subject's own page."""
    rows = c.execute(SQL["of_grantor"], {"scheme": scheme, "value": value}).fetchall()
    return [_authorisation(r) for r in rows]


def _one(c: psycopg.Connection[Any], number: str) -> Authorisation:
    row = None
    try:
        row = c.execute(SQL["by_number"], {"number": uuid.UUID(number.strip())}).fetchone()
    except ValueError:
        pass
    if row is None:
        raise Refused("no_authorisation", "没有这个编号的授权；请核对编号。")
    return _authorisation(row)


def _authorisation(row: tuple[Any, ...]) -> Authorisation:
    number, items = str(row[1]), tuple(row[5])
    return Authorisation(row[0], number, *row[2:5], items, *row[6:])


__all__ = [
    "MADE", "PERSON", "Authorisation", "Offer", "Terms", "grant", "grantor_of", "live", "of_grantor", "revoke", "run_out",
    "use",
]  # fmt: skip
