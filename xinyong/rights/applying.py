"""What every application begins with: who may file it, for whom, about which records of that subject."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.disclosure import actions as marking
from xinyong.disclosure import authorisations, ids, queries
from xinyong.disclosure.queries import Archive, Question
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.rights import casework, routes
from xinyong.rights.casework import Case, CaseRecord

AT_ONCE = 20  # records of one application
PERSON = "person"
LONGEST_EVIDENCE = 200


@dataclass(frozen=True, slots=True)
class Chosen:
    """A record of the applicant's, as stored and as told. `authority`: who decided; `provider`: who handed it in;
    `route`: through which channel it is repaired."""

    record: CaseRecord
    item: Item
    authority: str
    provider: str
    told: Mapping[str, Any]
    route: str


@dataclass(frozen=True, slots=True)
class Applicant:
    """Whose application it is, in whose hand (`channel`), and what it chose."""

    scheme: str
    value: str
    name: str
    channel: str
    chosen: tuple[Chosen, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the applicant showed at a window: its code, and which documents the window saw."""

    code: str
    evidence: str


def permitted(who: Who, own: str, others: str, book: Rulebook) -> str:
    """The channel of `who`. NotPermitted: neither a subject nor a window that may enter for one."""
    if who.role == "subject":
        permissions.require(book.permissions, who, own)
        return "online"
    permissions.require(book.permissions, who, others)
    return "counter"


def archive_of(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, code: str, book: Rulebook, what: str
) -> Archive:
    """The applicant's archive; the look is logged. NotPermitted: another's than the subject's own."""
    acting = replace(who, purpose=who.purpose or what)
    if who.role == "subject":
        return queries.archive(c, who.provider, Question(acting, now, today), book)
    return queries.archive(c, code, Question(acting, now, today), book)


def applicant(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, code: str, chosen: Sequence[str],
    channel: str, book: Rulebook, what: str,
) -> Applicant:  # fmt: skip
    """Who applies, and the records chosen by their public numbers.

    Refused: none or too many, one that isn't in the applicant's archive: another's, ended and unknown look the same.
    """
    mine = who.provider if who.role == "subject" else code
    wanted = list(dict.fromkeys(chosen))
    if not 0 < len(wanted) <= AT_ONCE:
        raise Refused(
            "case_records", f"一次可以选 1 至 {AT_ONCE} 条信息，现有 {len(wanted)} 条；请重新选择。"
        )
    found = archive_of(c, who, now, today, mine, book, what)
    there = {r["public_id"]: r for r in found.records}
    if found.subject is None or any(number not in there for number in wanted):
        raise Refused(
            "case_not_own", "所选信息不在申请人名下，或者已经结束；请刷新后重新选择，本次没有提交。"
        )
    scheme, value = authorisations.grantor_of(mine, today)
    name = "" if scheme == PERSON else found.subject["name"]
    told = [there[number] for number in wanted]
    standing = marking.standing(c, [t["record"] for t in told])
    return Applicant(scheme, value, name, channel, tuple(_chosen(t, standing, book, today) for t in told))


def _chosen(
    told: Mapping[str, Any], standing: Mapping[str, marking.Standing], book: Rulebook, today: date
) -> Chosen:
    item = book.item(told["item"], today)
    s = standing[told["record"]]
    record = CaseRecord(told["record"], item.code, _by_role(item, s, "doc_no"), told["version"])
    authority = s.authority or s.provider
    unit = book.provider_by_code(authority)
    name = _by_role(item, s, "authority_name") or (unit.name if unit else "")
    route = routes.code_of(book, item.repair_route, name, today)
    return Chosen(record, item, authority, s.provider, told, route)


def _by_role(item: Item, s: marking.Standing, role: str) -> str:
    f = item.by_role(role)
    return s.values.get(f.code, "") if f else ""


def grouped(chosen: Sequence[Chosen], by: str) -> dict[tuple[str, str], list[Chosen]]:
    """By who has to deal with them (`by`: authority or provider) and by route."""
    found: dict[tuple[str, str], list[Chosen]] = defaultdict(list)
    for one in chosen:
        found[(getattr(one, by), one.route)].append(one)
    return dict(found)


def owns(who: Who, case: Case, today: date) -> bool:
    """Whether the case is this subject's own."""
    if who.role != "subject" or not who.provider:
        return False
    return authorisations.grantor_of(who.provider, today) == (case.scheme, case.value)


def told(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, case: Case, book: Rulebook, what: str
) -> dict[str, Mapping[str, Any]]:
    """Record → as disclosure tells it to `who`, each look logged; records that are gone are left out."""
    q = Question(replace(who, purpose=who.purpose or what), now, today)
    found = {}
    for record in case.record_ids:
        answer = queries.record(c, ids.public_id(record), q, book)
        found |= {r["record"]: r for r in answer.records if r["record"] == record}
    return found


def own_only(who: Who, case: Case, today: date) -> None:
    if not owns(who, case, today):
        raise NotPermitted("not_your_application", "这件申请不是本主体提出的；请从自己的列表打开。")


def at_window(case: Case, shown: Shown | None, today: date) -> None:
    """Refused: no documents were seen, or they are not the applicant's."""
    shown = stands_there(shown)
    if authorisations.grantor_of(shown.code, today) != (case.scheme, case.value):
        raise Refused("window_other", "这一件不是所填代码的主体提出的；请对照证件核对代码和编号后重试。")


def stands_there(shown: Shown | None) -> Shown:
    """Refused: the window saw no documents."""
    if shown is None or not 0 < len(shown.evidence.strip()) <= LONGEST_EVIDENCE:
        raise Refused(
            "window_unseen",
            f"窗口代办要写明核对了申请人或者代办人的什么证件（不超过 {LONGEST_EVIDENCE} 字）；请填写后重试。",
        )
    return shown


def seen(shown: Shown | None) -> dict[str, str]:
    """What a step keeps of it, sealed: it may name persons."""
    return {"evidence": casework.sealed(shown.evidence.strip())} if shown else {}


__all__ = [
    "Applicant", "Chosen", "Shown", "applicant", "archive_of", "at_window", "grouped", "own_only", "owns", "permitted",
    "seen", "stands_there", "told",
]  # fmt: skip
