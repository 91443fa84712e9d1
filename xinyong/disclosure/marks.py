"""Marks on records: who decided what of a record, when, why and on what basis.

A mark is a row of its own, and so is its end; neither ever changes. Marks belong to the record, not to one of
its versions: a record that is corrected or handed in again keeps them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.foundation import named_sql

SQL = named_sql.load(Path(__file__).parent / "sql" / "marks.sql")
RESTS_ON = "rests_on"


def _all_open() -> str:
    """The open marks of record v as JSON, with the records that it rests on: those again with theirs, but no further."""
    marks = SQL["open_marks"]
    of_basis = marks.replace("/*basis*/", "NULL").replace("v.record_id", "b.record_id")
    return marks.replace("/*basis*/", SQL["basis"].replace("/*marks*/", of_basis))


ALL_OPEN = _all_open()  # part of other statements; wants %(marks_at)s


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of mark: its name, the action of the permission matrix it takes, and what it has to say."""

    name: str
    action: str
    shown: str  # what the mark says on a page
    needs_basis: bool = False
    needs_until: bool = False
    values: tuple[str, ...] = ("",)
    public: bool = False  # shows wherever the record shows, also to the public
    by_system: bool = False  # an upstream result or an application may set it without a person here
    several: bool = False  # a record may bear more than one


KINDS: dict[str, Kind] = {
    "degree": Kind(
        "失信程度认定", "mark.degree", "失信程度已认定", values=("轻微", "一般", "严重", "特定严重")
    ),
    "objection": Kind("异议标注", "mark.objection", "异议处理中", public=True, by_system=True, several=True),
    "repair": Kind("信用修复", "mark.repair", "已修复", by_system=True),
    "shielding": Kind("临时屏蔽", "mark.shielding", "临时屏蔽", needs_basis=True, needs_until=True),
    "withdrawn": Kind("撤回公开", "mark.withdrawn", "已撤回", needs_basis=True, by_system=True),
    "necessary": Kind("确有必要公示", "mark.publicity", "确有必要公示", needs_basis=True),
    "duties": Kind("义务履行情况", "mark.publicity", "义务履行情况", values=("met", "unmet")),
    "extension": Kind(
        "期满后继续公示", "mark.publicity", "按行业主管部门规定继续公示", needs_basis=True, needs_until=True
    ),
    RESTS_ON: Kind("所依据的决定", "mark.basis", "依据另一条记录作出", several=True),
}
STOPS = (("withdrawn", "withdrawn"), ("repair", "repaired"), ("shielding", "shielded"))  # the first counts


@dataclass(frozen=True, slots=True)
class Mark:
    id: int
    kind: str
    value: str
    at: datetime
    until: date | None
    actor: str
    role: str
    provider: str
    reason: str
    basis: str
    rests: Sequence[Any] | None = None  # of a `rests_on`: the record it names, as the statement gives it
    lost: str = ""  # and why that is no longer in force; see `disclosure.basis`

    @staticmethod
    def read(row: Sequence[Any]) -> Mark:
        number, kind, value, at, until, *rest = row
        when = at if isinstance(at, datetime) else datetime.fromisoformat(at)
        day = until if until is None or isinstance(until, date) else date.fromisoformat(until)
        return Mark(number, kind, value, when, day, *rest)

    def as_json(self) -> dict[str, Any]:
        """For staff and the subject."""
        kind = KINDS[self.kind]
        return {
            "id": self.id,
            "kind": self.kind,
            "name": kind.name,
            "value": self.value,
            "text": kind.shown,
            "at": self.at.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "by": self.actor,
            "provider": self.provider,
            "reason": self.reason,
            "basis": self.basis,
            "lost": self.lost,
        }


OPEN_OF = SQL["open_of"].replace("/*marks*/", ALL_OPEN)
Marks = tuple[Mark, ...]  # the open ones of a record, oldest first


def newest(marks: Iterable[Mark], kind: str) -> Mark | None:
    found = [m for m in marks if m.kind == kind]
    return found[-1] if found else None


def stop(marks: Marks) -> tuple[str, date | None]:
    """What ends a record's publicity, sharing and use, and until when; ("", None): nothing.

    A shielding comes last: what ends it for good counts before what ends by a date.
    """
    for kind, says in STOPS[:-1]:
        if mark := newest(marks, kind):
            return says, mark.until
    if any(m.lost for m in marks):
        return "groundless", None
    if mark := newest(marks, STOPS[-1][0]):
        return STOPS[-1][1], mark.until
    return "", None


def read_all(rows: Sequence[Sequence[Any]] | None) -> Marks:
    """The marks of one record as `ALL_OPEN` gives them."""
    return tuple(Mark.read(row) for row in rows or ())


def open_of(c: psycopg.Connection[Any], records: Iterable[str]) -> dict[str, Marks]:
    """Record id (32 hex digits) → its open marks; records without any give ()."""
    rows = c.execute(OPEN_OF, {"records": list(records), "marks_at": None}).fetchall()
    return defaultdict(tuple, {record: read_all(found) for record, found in rows})


def history(c: psycopg.Connection[Any], record: str) -> list[dict[str, Any]]:
    """Every mark a record ever had, oldest first, with who ended it when and why."""
    names = ("by", "at", "reason", "basis")
    found = []
    for *row, by, at, reason, basis in c.execute(SQL["history"], {"record": record}).fetchall():
        end = dict(zip(names, (by, at.isoformat(), reason, basis), strict=True)) if at else None
        found.append({**Mark.read(row).as_json(), "ended": end})
    return found
