"""Figures over all records, for those whose duty is the whole: counts, numbers of documents, codes.

No record leaves here, but whoever counts looks: each question is logged with its ground, as any look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.archive import publication
from xinyong.catalog import registry
from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.disclosure import duties
from xinyong.disclosure.asker import STAFF, unit_of
from xinyong.foundation import named_sql
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted

SQL = named_sql.load(Path(__file__).parent / "sql" / "figures.sql")
DEPARTMENTS = ("department", "department_reviewer")
LOOK = """
INSERT INTO look (at, actor, role, purpose, ground, subject, what, as_of, known_at, records, duty, provider)
VALUES (%s, %s, %s, %s, '履行法定职责', NULL, %s, %s, %s, 0, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class Counting:
    """Who counts, when. `provider` bounds the answer; a department may count its own only."""

    who: Who
    now: datetime
    today: date
    book: Rulebook
    provider: str = ""

    def __post_init__(self) -> None:
        if self.who.role not in STAFF:
            raise NotPermitted("no_figures", "归集质量数据只供部门、信用中心和审计使用。")
        if self.who.role in DEPARTMENTS and (not self.who.provider or self.provider != self.who.provider):
            raise NotPermitted("not_yours", "部门只能查看本单位的归集质量；全区数据请向信用中心了解。")


def log(c: psycopg.Connection[Any], counting: Counting, what: str) -> None:
    """Once for each question about the whole."""
    who = counting.who
    duty = duties.stated(who, "", (), counting.book, counting.today)
    known_at = publication.last(c)
    whose = [who.name, who.role, who.purpose]
    told = [f"figures:{what}", counting.today, known_at, duty.id, unit_of(who)]
    c.execute(LOOK, [counting.now, *whose, *told])


def reported(c: psycopg.Connection[Any], first: date, following: date) -> dict[tuple[str, str], int]:
    """(provider, item) → records there now that were decided from `first` to before `following`."""
    rows = c.execute(SQL["reported"], {"first": first, "next": following})
    return {(provider, item): n for provider, item, n in rows}


def linked(c: psycopg.Connection[Any], batches: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Batch → its new records, and those linked to a confirmed subject or a natural person."""
    rows = c.execute(SQL["linked"], {"batches": list(batches)})
    return {born: (n, linked) for born, n, linked in rows}


def archives(c: psycopg.Connection[Any], book: Rulebook, today: date) -> tuple[int, int]:
    """Confirmed subjects, and those with a record besides their registration."""
    kinds = {n: book.item(code, today).kind for n, code in registry.item_codes(c).items()}
    own = [n for n, kind in kinds.items() if kind != "records"]
    row = c.execute(SQL["archives"], {"registrations": own}).fetchone()
    assert row is not None
    return row[0], row[1]


def documents(
    c: psycopg.Connection[Any], item: Item, layouts: Mapping[str, list[str]], first: date, last: date
) -> list[tuple[str, str, str]]:
    """(provider, authority, number) of the documents of `item` decided in these days. Empty: it has no numbers."""
    number, authority = item.by_role("doc_no"), item.by_role("authority_code")
    known = {code: n for n, code in registry.item_codes(c).items()}
    if number is None or authority is None or item.code not in known:
        return []
    found: list[tuple[str, str, str]] = []
    for layout, fields in layouts.items():
        if layout.startswith(f"{item.code}:") and number.code in fields and authority.code in fields:
            place = {"document": fields.index(number.code) + 2, "authority": fields.index(authority.code) + 2}
            asked = {"item": known[item.code], "layout": layout, "first": first, "last": last, **place}
            found += c.execute(SQL["documents"], asked).fetchall()
    return found


def codes(c: psycopg.Connection[Any]) -> list[tuple[str, str, str]]:
    """(code, who reported it first, a name) of every unified code in stock."""
    return c.execute(SQL["codes"]).fetchall()


def shared_codes(c: psycopg.Connection[Any]) -> list[tuple[str, list[str], str]]:
    """(code, names of its subjects, who reported it)."""
    return c.execute(SQL["shared_codes"]).fetchall()


def several_codes(c: psycopg.Connection[Any]) -> list[tuple[str, str, list[str], str]]:
    """(folded name, name, codes, who reported it)."""
    return c.execute(SQL["several_codes"]).fetchall()


__all__ = [
    "Counting",
    "archives",
    "codes",
    "documents",
    "linked",
    "log",
    "reported",
    "several_codes",
    "shared_codes",
]
