"""Results from outside: 信用中国, 企业信用信息公示系统, courts and tax offices decide too, with the same effects as here."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.disclosure import actions as marking
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused
from xinyong.rights import applying, casework, procedure
from xinyong.rights.casework import Case, Opening, Said, needs
from xinyong.rights.repair.actions import KIND, PURPOSE, another_than_accepted


@dataclass(frozen=True, slots=True)
class Result:
    """What an outside office decided. `upstream`: its number, which counts once.

    `case`: the number of ours that was forwarded; without one, whose records (`code`, public numbers) it is about.
    """

    upstream: str
    granted: bool
    reason: str
    case: str = ""
    code: str = ""
    records: tuple[str, ...] = ()


def take_result(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, result: Result, book: Rulebook
) -> Case:
    """Enter a result; what it grants takes effect at once. The same number again changes nothing and gives the same case.

    Refused: no number or reason, another case or result under this number, records that aren't the subject's or are in
    an open case (which takes the result), a refusal of what is ours to decide. NotPermitted: role, who accepted the case.
    """
    permissions.require(book.permissions, who, "repair.upstream")
    number, text = needs(result.upstream, "上级渠道的编号"), needs(result.reason, "结果的说明")
    with c.transaction():
        c.execute(casework.SQL["lock_applications"])
        known = _known(c, number)
        if known is not None:
            return _same(known, result)
        step = "upstream_granted" if result.granted else "upstream_refused"
        said = Said(text, f"上级渠道编号 {number}", number)
        case = _entered(c, who, now, today, result, step, said, book)
        if result.granted:
            marking.mark(c, who, now, KIND, case.record_ids, case.says(text), said.basis)
        procedure.tell(c, now, case, step, said, book)
    return case


def _known(c: psycopg.Connection[Any], number: str) -> Case | None:
    row = c.execute(casework.SQL["upstream"], {"upstream": number}).fetchone()
    return casework.load(c, row[0], KIND) if row else None


def _same(known: Case, result: Result) -> Case:
    said = known.last("upstream_granted", "upstream_refused")
    granted = said is not None and said.kind == "upstream_granted"
    if granted != result.granted or (result.case and result.case != known.number):
        raise Refused(
            "upstream_differs",
            f"上级渠道编号 {result.upstream.strip()} 已登记过另一结果（{known.shown}）；请核对编号。",
        )
    return known


def _entered(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    today: date,
    result: Result,
    step: str,
    said: Said,
    book: Rulebook,
) -> Case:
    if result.case:
        case = casework.locked(c, result.case, KIND)
        another_than_accepted(case, who)
        return casework.take(c, who, now, case, step, said)
    found = applying.applicant(c, who, now, today, result.code, result.records, "upstream", book, PURPOSE)
    if open_ := casework.busy(c, KIND, [one.record.record for one in found.chosen]):
        shown = {k.shown for number in open_.values() if (k := casework.load(c, number, KIND))}
        raise Refused(
            "upstream_busy",
            f"所选信息正在本平台申请修复（{'、'.join(sorted(shown))}）；请在那一件里登记其他渠道的结果。",
        )
    groups = applying.grouped(found.chosen, "authority")
    if len(groups) > 1:
        raise Refused("several_authorities", "所选信息由不止一个单位作出决定；请按单位分别登记。")
    [((authority, route), some)] = groups.items()
    records = tuple(one.record for one in some)
    opening = Opening(
        KIND, found.scheme, found.value, found.name, "upstream", authority, str(uuid.uuid4()), records, route
    )
    return casework.opened(c, who, now, opening, step, said)


__all__ = ["Result", "take_result"]
