"""Results from outside: 信用中国, 企业信用信息公示系统, courts and tax offices decide too, with the same effects as here.

A result says of each record that it is granted or refused, or says nothing of it: nobody refused that one, it waits on
in its case, with the same limits, until another result or a decision. The case ends when no record waits.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.disclosure import actions as marking
from xinyong.disclosure import ids
from xinyong.disclosure.grantors import grantor_of
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused
from xinyong.rights import applying, casework, limits, moves, procedure, routes
from xinyong.rights.applying import Applicant
from xinyong.rights.casework import Case, Opening, Said, needs
from xinyong.rights.repair import standing
from xinyong.rights.repair.actions import KIND, PURPOSE, another_than_accepted
from xinyong.rights.repair.standing import GRANTS, RESULTS

OURS = (
    "这类信息由作出决定的单位在本平台修复，其他渠道的“不予修复”不能登记；"
    "不予修复要先告知理由、听取陈述申辩，请由认定单位在修复申请里作出决定。"
)


@dataclass(frozen=True, slots=True)
class Result:
    """What an outside office decided. `upstream`: its number, which counts once; `day`: when it decided, if known.

    `case`: the number of ours that it is about; without one, whose records (`code`, public numbers) it is about.
    `granted`: what it says of every record that has no result yet; or, where it doesn't say the same of all,
    `named`: record id → whether granted. What that leaves out has no result yet.
    """

    upstream: str
    granted: bool
    reason: str
    case: str = ""
    code: str = ""
    records: tuple[str, ...] = ()
    named: Mapping[str, bool] = field(default_factory=dict)
    day: date | None = None

    def says(self, waiting: Sequence[str]) -> dict[str, bool]:
        """Record → whether granted. `waiting`: those without a result yet."""
        return dict(self.named) or dict.fromkeys(waiting, self.granted)


def take_result(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, result: Result, book: Rulebook
) -> Case:
    """Enter a result; what it grants takes effect at once. The same number again changes nothing and gives the same case.

    Refused: no number or reason, a day that is still to come, another case, subject, records or result under this
    number, records that aren't the subject's or the case's, have a result or are in an open case (which takes the
    result), a refusal of what is ours to decide. NotPermitted: role, who accepted the case.
    """
    permissions.require(book.permissions, who, "repair.upstream")
    number, text = needs(result.upstream, "上级渠道的编号"), needs(result.reason, "结果的说明")
    if result.day and result.day > today:
        raise Refused("upstream_day", f"对方作出结果的日期 {result.day} 还没有到；请核对后重填。")
    with c.transaction():
        c.execute(casework.SQL["lock_applications"])
        known = _known(c, number)
        if known is not None:
            return _same(known, result, today)
        said = Said(text, f"上级渠道编号 {number}", number)
        enter = _in_case if result.case else _of_records
        case = enter(c, who, now, today, result, said, book)
        _takes_effect(c, who, now, case, said, book)
    return case


def _takes_effect(
    c: psycopg.Connection[Any], who: Who, now: datetime, case: Case, said: Said, book: Rulebook
) -> None:
    """Of what the last step says; its subject is told of what was granted and of what was refused."""
    detail, rest = case.steps[-1].detail, len(standing.waiting(case))
    if detail["granted"]:
        marking.mark(c, who, now, KIND, detail["granted"], case.says(said.reason), said.basis)
    for what, part in (("granted", moves.PART_GRANTED), ("refused", moves.PART_REFUSED)):
        if some := detail[what]:
            documents = "、".join(r.document or r.item for r in case.records if r.record in some)
            values = {"records": str(len(some)), "documents": documents, "rest": str(rest)}
            procedure.tell(c, now, case, part if rest else f"upstream_{what}", said, book, **values)


def _known(c: psycopg.Connection[Any], number: str) -> Case | None:
    row = c.execute(casework.SQL["upstream"], {"upstream": number}).fetchone()
    return casework.load(c, row[0], KIND) if row else None


def _same(known: Case, result: Result, today: date) -> Case:
    """The same again. Refused: something else of what it says was entered under this number."""
    at = next(
        n for n, s in enumerate(known.steps) if s.kind in RESULTS and s.upstream == result.upstream.strip()
    )
    said = result.says(standing.waiting(limits.before(known, at)))
    about = result.case == known.number if result.case else _about(known, result, today)
    if not about or said != standing.of_step(known.steps[at], known):
        raise Refused(
            "upstream_differs",
            f"上级渠道编号 {result.upstream.strip()} 已登记过另一结果，或者另一主体、另一些信息的结果（{known.shown}）；请核对编号。",
        )
    return known


def _about(known: Case, result: Result, today: date) -> bool:
    """Whether it is of the same subject and the same records."""
    records = {ids.public_id(r) for r in known.record_ids}
    return grantor_of(result.code, today) == (known.scheme, known.value) and records == set(result.records)


def _step(result: Result, records: Sequence[str], waiting: Sequence[str], said: Said) -> tuple[str, Said]:
    """The step, and what it keeps: which records were granted and which refused. Refused: others than wait."""
    told = result.says(waiting)
    if set(told) - set(records):
        raise Refused("not_in_case", "所选信息不在这件申请里；请刷新后重新选择。")
    if set(told) - set(waiting):
        raise Refused("result_known", "所选信息里有已经登记过结果的；请刷新后重新选择。")
    parted = {key: [r for r in records if told.get(r) is key] for key in (True, False)}
    detail: dict[str, Any] = {"granted": parted[True], "refused": parted[False]}
    kept = replace(said, detail=detail | ({"day": result.day.isoformat()} if result.day else {}))
    granted, part = ("granted" if parted[True] else "refused"), ("_part" if set(waiting) - set(told) else "")
    return f"upstream_{granted}{part}", kept


def _in_case(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, result: Result, said: Said, book: Rulebook
) -> Case:  # fmt: skip
    case = casework.locked(c, result.case, KIND)
    another_than_accepted(case, who)
    waiting = standing.waiting(case)
    if not waiting:
        raise Refused("case_state", f"{case.shown} 的每一条信息都有结果了，不能再登记；请刷新后核对。")
    step, kept = _step(result, case.record_ids, waiting, said)
    if step in GRANTS and kept.detail["refused"] and not case.may("upstream_refused"):
        raise Refused("our_refusal", OURS)
    return casework.take(c, who, now, case, step, kept)


def _of_records(
    c: psycopg.Connection[Any], who: Who, now: datetime, today: date, result: Result, said: Said, book: Rulebook
) -> Case:  # fmt: skip
    found = applying.applicant(c, who, now, today, result.code, result.records, "upstream", book, PURPOSE)
    _not_in_hand(c, found)
    groups = applying.grouped(found.chosen, "authority")
    if len(groups) > 1:
        raise Refused("several_authorities", "所选信息由不止一个单位作出决定；请按单位分别登记。")
    [((authority, route), some)] = groups.items()
    records = tuple(one.record for one in some)
    every = [r.record for r in records]
    step, kept = _step(result, every, every, said)
    if step in moves.PARTS:
        raise Refused("upstream_silent", "所选信息里有没有写明结果的；请只选对方已经作出结果的信息。")
    if kept.detail["refused"] and routes.ours(book, route, today):
        raise Refused("our_refusal", OURS)
    opening = Opening(
        KIND, found.scheme, found.value, found.name, "upstream", authority, str(uuid.uuid4()), records, route
    )
    return casework.opened(c, who, now, opening, step, kept)


def _not_in_hand(c: psycopg.Connection[Any], found: Applicant) -> None:
    if open_ := casework.busy(c, KIND, [one.record.record for one in found.chosen]):
        shown = {k.shown for number in open_.values() if (k := casework.load(c, number, KIND))}
        raise Refused(
            "upstream_busy",
            f"所选信息正在本平台申请修复（{'、'.join(sorted(shown))}）；请在那一件里登记其他渠道的结果。",
        )


__all__ = ["Result", "take_result"]
