"""Marks on records: who decided what of a record, when, why and on what basis.

A mark is a row of its own, and so is its end; neither ever changes. Marks belong to the record, not to one of
its versions: a record that is corrected or handed in again keeps them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.foundation import named_sql

SQL = named_sql.load(Path(__file__).parent / "sql" / "marks.sql")
ALL_OPEN = SQL["open_marks"]  # of record v, as JSON: part of other statements; wants %(marks_at)s


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


KINDS: dict[str, Kind] = {
    "degree": Kind(
        "失信程度认定", "mark.degree", "失信程度已认定", values=("轻微", "一般", "严重", "特定严重")
    ),
    "objection": Kind("异议标注", "mark.objection", "异议处理中", public=True, by_system=True),
    "repair": Kind("信用修复", "mark.repair", "已修复", by_system=True),
    "shielding": Kind("临时屏蔽", "mark.shielding", "临时屏蔽", needs_basis=True, needs_until=True),
    "withdrawn": Kind("撤回公开", "mark.withdrawn", "已撤回", needs_basis=True, by_system=True),
    "necessary": Kind("确有必要公示", "mark.publicity", "确有必要公示", needs_basis=True),
    "duties": Kind("义务履行情况", "mark.publicity", "义务履行情况", values=("met", "unmet")),
    "extension": Kind(
        "期满后继续公示", "mark.publicity", "按行业主管部门规定继续公示", needs_basis=True, needs_until=True
    ),
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
        }


Marks = tuple[Mark, ...]  # the open ones of a record, oldest first


def newest(marks: Iterable[Mark], kind: str) -> Mark | None:
    found = [m for m in marks if m.kind == kind]
    return found[-1] if found else None


def stop(marks: Marks) -> tuple[str, date | None]:
    """What ends a record's publicity, sharing and use, and until when; ("", None): nothing."""
    for kind, says in STOPS:
        if mark := newest(marks, kind):
            return says, mark.until
    return "", None


def read_all(rows: Sequence[Sequence[Any]] | None) -> Marks:
    """The marks of one record as `ALL_OPEN` gives them."""
    return tuple(Mark.read(row) for row in rows or ())


def open_of(c: psycopg.Connection[Any], records: Iterable[str]) -> Mapping[str, Marks]:
    """Record id (32 hex digits) → its open marks; records without any give ()."""
    found: dict[str, list[Mark]] = defaultdict(list)
    for record, *row in c.execute(SQL["open_of"], {"records": list(records)}).fetchall():
        found[record].append(Mark.read(row))
    return defaultdict(tuple, {record: tuple(rows) for record, rows in found.items()})


def history(c: psycopg.Connection[Any], record: str) -> list[dict[str, Any]]:
    """Every mark a record ever had, oldest first, with who ended it when and why."""
    names = ("by", "at", "reason", "basis")
    found = []
    for *row, by, at, reason, basis in c.execute(SQL["history"], {"record": record}).fetchall():
        end = dict(zip(names, (by, at.isoformat(), reason, basis), strict=True)) if at else None
        found.append({**Mark.read(row).as_json(), "ended": end})
    return found
