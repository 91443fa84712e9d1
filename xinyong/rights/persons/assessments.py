"""个人信息保护影响评估 (个人信息保护法第五十五条、第五十六条): written by one person, signed by another, kept three years.

The three parts are those the law asks for. An assessment is never changed: what is not agreed is written anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.foundation import audit, locks, named_sql
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.kernel.publicity import add_months

SQL = named_sql.load(Path(__file__).parent / "sql" / "persons.sql")
LOCK = locks.ASSESSMENTS
RULE, LEAST = "REP_PIA", 36  # months (个人信息保护法第五十六条: 至少保存三年)
PARTS = {
    "activity": ("处理活动", "处理什么信息、涉及哪些人、由谁处理、提供给谁；属于第五十五条的哪种情形"),
    "lawful": ("目的和方式", "处理目的、处理方式等是否合法、正当、必要（第五十六条第一项）"),
    "risks": ("影响和风险", "对个人权益的影响及安全风险（第五十六条第二项）"),
    "measures": ("保护措施", "所采取的保护措施是否合法、有效并与风险程度相适应（第五十六条第三项）"),
    "conclusion": ("结论", "能不能处理，有什么条件，什么时候再评估"),
}
MOST_TITLE, MOST_TEXT = 100, 5_000


@dataclass(frozen=True, slots=True)
class Assessment:
    id: int
    number: str
    at: datetime
    actor: str
    title: str
    parts: Mapping[str, str]
    kept_until: date
    signed_at: datetime | None
    signed_by: str | None
    agreed: bool | None
    note: str | None

    @property
    def state(self) -> str:
        return {None: "待签署", True: "已签署", False: "未通过"}[self.agreed]


def write(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    today: date,
    title: str,
    parts: Mapping[str, str],
    book: Rulebook,
) -> Assessment:
    """NotPermitted: role. Refused: a part is missing or too long."""
    permissions.require(book.permissions, who, "pia.write")
    title, clean = title.strip(), {key: parts.get(key, "").strip() for key in PARTS}
    if not 0 < len(title) <= MOST_TITLE or any(not 0 < len(text) <= MOST_TEXT for text in clean.values()):
        raise Refused("pia_incomplete", "评估要写明标题和全部五个部分；请补填后重试。")
    number, until = uuid.uuid4(), kept_until(today, book)
    values = {
        "number": number, "at": now, "actor": who.name, "title": title, "parts": Jsonb(clean), "replaces": None,
        "kept_until": until,
    }  # fmt: skip
    with c.transaction():
        c.execute(SQL["assessment"], values)
        told = {"title": title, "kept_until": until.isoformat()}
        audit.record(c, who, now, "pia.write", str(number), told)
        audit.emit(c, now, "rights.pia_written", {"number": str(number)})
    return one(c, str(number))


def kept_until(today: date, book: Rulebook) -> date:
    """By the rule, but never less than the law's three years."""
    return add_months(today, max(book.retention[RULE].months or LEAST, LEAST))


def sign(
    c: psycopg.Connection[Any],
    who: Who,
    now: datetime,
    number: str,
    agreed: bool,
    note: str,
    book: Rulebook,
) -> Assessment:
    """The second person. NotPermitted: role, the author. Refused: unknown, signed before, no words."""
    permissions.require(book.permissions, who, "pia.sign")
    if not note.strip():
        raise Refused("no_reason", "签署要写明意见；请填写后重试。")
    with c.transaction():
        c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        found = one(c, number)
        if found.actor == who.name:
            raise NotPermitted("four_eyes", "起草评估的人不能自己签署；请由另一名工作人员办理。")
        if found.agreed is not None:
            raise Refused("pia_signed", "这份评估已经签署过；需要修改的，请另写一份。")
        values = {"assessment": found.id, "at": now, "actor": who.name, "role": who.role, "agreed": agreed}
        c.execute(SQL["signature"], {**values, "note": note.strip()[:MOST_TEXT]})
        audit.record(c, who, now, "pia.sign", number, {"agreed": agreed, "note": note.strip()})
        audit.emit(c, now, "rights.pia_signed", {"number": number, "agreed": agreed})
    return one(c, number)


def one(c: psycopg.Connection[Any], number: str) -> Assessment:
    """Refused: there is none."""
    try:
        wanted = uuid.UUID(number.strip())
    except ValueError:
        wanted = uuid.UUID(int=0)
    row = c.execute(SQL["assessments"], {"number": wanted, "limit": 1}).fetchone()
    if row is None:
        raise Refused("no_pia", "没有这个编号的影响评估；请从列表中选取。")
    return _assessment(row)


def listed(c: psycopg.Connection[Any], limit: int) -> list[Assessment]:
    """Newest first."""
    return [_assessment(r) for r in c.execute(SQL["assessments"], {"number": None, "limit": limit})]


def _assessment(row: tuple[Any, ...]) -> Assessment:
    return Assessment(row[0], str(row[1]), *row[2:])


__all__ = ["PARTS", "Assessment", "kept_until", "listed", "one", "sign", "write"]
