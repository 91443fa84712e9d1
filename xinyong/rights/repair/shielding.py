"""破产重整、和解：临时屏蔽 on a court's ruling, until its day or until it is lifted. A case of its own, so that it can be found."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.disclosure import actions as marking
from xinyong.disclosure import marks
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused
from xinyong.rights import applying, casework
from xinyong.rights.casework import Case, Opening, Said, needs

KIND = "shielding"
PURPOSE = "凭法院裁定临时屏蔽"


@dataclass(frozen=True, slots=True)
class Ruling:
    """`number`: of the court's ruling; `until`: the last day, inclusive; `records`: public numbers."""

    number: str
    until: date
    code: str
    records: tuple[str, ...]
    reason: str


def shield(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, ruling: Ruling, book: Rulebook
) -> list[Case]:
    """Shield a subject's records: one case for each deciding authority. Publicity, sharing and use stop at once.

    Refused: no ruling, a day that is past, records that aren't the subject's. NotPermitted: role, another's records.
    """
    permissions.require(book.permissions, who, "mark.shielding")
    law, text = needs(ruling.number, "裁定书文号"), needs(ruling.reason, "屏蔽的理由")
    if ruling.until < today:
        raise Refused("shield_past", f"屏蔽截止日 {ruling.until} 已经过去；请按裁定书填写今天或以后的日期。")
    with c.transaction():
        found = applying.applicant(c, who, now, today, ruling.code, ruling.records, "office", book, PURPOSE)
        application, cases = str(uuid.uuid4()), []
        for (authority, route), some in applying.grouped(found.chosen, "authority").items():
            records = tuple(one.record for one in some)
            opening = Opening(
                KIND, found.scheme, found.value, found.name, "office", authority, application, records, route
            )
            said = Said(text, law, detail={"until": ruling.until.isoformat()})
            case = casework.opened(c, who, now, opening, "shielded", said)
            marking.mark(c, who, now, KIND, case.record_ids, f"{case.shown}：{text}", law, until=ruling.until)
            cases.append(case)
    return cases


def lift(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, reason: str, basis: str, book: Rulebook
) -> Case:
    """End a shielding before its day: the plan was carried out, or failed."""
    permissions.require(book.permissions, who, "mark.shielding")
    text, law = needs(reason, "解除的理由"), needs(basis, "依据（文书或条文）")
    with c.transaction():
        case = casework.locked(c, number, KIND)
        casework.of_the_authority(who, case)
        case = casework.take(c, who, now, case, "lifted", Said(text, law))
        found = marks.open_of(c, case.record_ids)
        for mark in (m for record in case.record_ids for m in found[record] if m.kind == KIND):
            marking.close_mark(c, who, now, mark.id, f"{case.shown}：{text}", law)
    return case


__all__ = ["Ruling", "lift", "shield"]
