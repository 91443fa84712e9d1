"""破产重整、和解：临时屏蔽 on a court's ruling, until its day or until it is lifted. A case of its own, so that it can be found."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
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
from xinyong.rights import applying, casework, procedure
from xinyong.rights.applying import Chosen
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

    Refused: no ruling, a day that is past, records that aren't the subject's or are shielded by another ruling.
    NotPermitted: role, another's records.
    """
    permissions.require(book.permissions, who, "mark.shielding")
    law, text = needs(ruling.number, "裁定书文号"), needs(ruling.reason, "屏蔽的理由")
    if ruling.until < today:
        raise Refused("shield_past", f"屏蔽截止日 {ruling.until} 已经过去；请按裁定书填写今天或以后的日期。")
    with c.transaction():
        found = applying.applicant(c, who, now, today, ruling.code, ruling.records, "office", book, PURPOSE)
        _not_shielded(c, found.chosen, today)
        application, cases = str(uuid.uuid4()), []
        for (authority, route), some in applying.grouped(found.chosen, "authority").items():
            records = tuple(one.record for one in some)
            opening = Opening(
                KIND, found.scheme, found.value, found.name, "office", authority, application, records, route
            )
            said = Said(text, law, detail={"until": ruling.until.isoformat()})
            case = casework.opened(c, who, now, opening, "shielded", said)
            marking.mark(c, who, now, KIND, case.record_ids, case.says(text), law, until=ruling.until)
            procedure.tell(c, now, case, "shielded", said, book, until=ruling.until.isoformat())
            cases.append(case)
    return cases


def _not_shielded(c: psycopg.Connection[Any], chosen: Sequence[Chosen], today: date) -> None:
    """Of two rulings about a record one would end the other's shielding; who marks waits until this transaction ends."""
    c.execute("SELECT pg_advisory_xact_lock(%s)", [marking.LOCK])
    standing = marks.open_of(c, [one.record.record for one in chosen])
    live = (
        m for borne in standing.values() for m in borne if m.kind == KIND and m.until and m.until >= today
    )
    if there := next(live, None):
        raise Refused(
            "shielded_already",
            f"所选信息有的已凭“{there.basis}”屏蔽到 {there.until}；要改用新的裁定，请先在“重整屏蔽”解除原来的屏蔽。",
        )


def lift(
    c: psycopg.Connection[Any], who: Who, now: datetime, number: str, reason: str, basis: str, book: Rulebook
) -> Case:
    """End what this case shielded before its day: the plan was carried out, or failed."""
    permissions.require(book.permissions, who, "mark.shielding")
    text, law = needs(reason, "解除的理由"), needs(basis, "依据（文书或条文）")
    with c.transaction():
        case = procedure.for_authority(c, who, number, KIND)
        case = procedure.step(c, who, now, case, "lifted", Said(text, law), book)
        for mark in casework.marks_set(c, case, KIND):
            marking.close_mark(c, who, now, mark.id, case.says(text), law)
    return case


__all__ = ["Ruling", "lift", "shield"]
