"""公示专栏: lists of public records, filtered and paged, fast at any size.

A narrow derived table (`public_listing`, brought up to date by `listing_job`) says by which keys a record can be
found. It decides nothing: each record found is read live, in the same snapshot, and shown only if disclosure
allows it today. What was revoked, repaired, shielded, undone or erased since is passed over without a trace.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from xinyong.archive import merges, publication
from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.disclosure import ids, queries
from xinyong.disclosure.listing_live import LONG_AGO, code_set, keys_of
from xinyong.disclosure.queries import Question
from xinyong.foundation import named_sql
from xinyong.kernel.dates import parse_date
from xinyong.kernel.documents import fold_document
from xinyong.kernel.errors import Refused

SQL = named_sql.load(Path(__file__).parent / "sql" / "listing.sql")
MOST_NAMED = 500  # subjects a text may stand for
PLACE = re.compile(r"([ab])([0-9]{8})([0-9a-f]{32})")
FIRST_ROUND = 2  # times the page's size are fetched at first; then twice as many each time


@dataclass(frozen=True, slots=True)
class Column:
    slug: str
    name: str
    items: tuple[str, ...]
    about: str


COLUMNS = {
    c.slug: c
    for c in (
        Column("permits", "行政许可", ("XZXK",), "双公示：行政机关作出的许可决定"),
        Column("penalties", "行政处罚", ("XZCF",), "双公示：公示期内的处罚决定"),
        Column("serious", "严重失信主体名单", ("YZSX", "SXBZX"), "依法列入名单和失信被执行人的单位"),
        Column("incentives", "守信激励名单", ("SXJL", "NSXY"), "守信激励对象、纳税信用 A 级纳税人"),
        Column("commitments", "信用承诺", ("XYCN",), "主体公开作出的承诺和履行情况"),
        Column("abnormal", "经营异常", ("JYYC",), "列入经营（活动）异常名录的主体"),
        Column("voluntary", "自愿注册", ("ZYSB",), "主体自愿注册并经验证的信息"),
    )
}
LISTED = {code: c.slug for c in COLUMNS.values() for code in c.items}


@dataclass(frozen=True, slots=True)
class Filter:
    """What a visitor asks of a column; empty: everything."""

    column: Column
    authority: str = ""  # unified code
    since: date | None = None
    until: date | None = None
    kind: str = ""
    text: str = ""  # part of a name, a code, or the beginning of a document number


@dataclass(frozen=True, slots=True)
class Place:
    """Between which records a page begins: after one of them, or (backwards) before it."""

    decided: date
    record: str
    backwards: bool = False

    def __str__(self) -> str:
        """As addresses carry it: with the record's public number."""
        return f"{'b' if self.backwards else 'a'}{self.decided:%Y%m%d}{ids.public_id(self.record)}"


@dataclass(slots=True)
class Page:
    """Records as `queries` shows them to the public, each with its subject; and the places before and after."""

    records: list[dict[str, Any]] = field(default_factory=list)
    previous: Place | None = None
    following: Place | None = None
    capped: bool = False  # the text stands for more subjects than were looked at


def place(text: str) -> Place | None:
    """Read back what `Place` writes. Refused: anything else."""
    if not text:
        return None
    found = PLACE.fullmatch(text)
    day = parse_date(found[2]) if found else None
    if found is None or day is None:
        raise Refused("bad_place", "翻页的位置不能识别；请从列表第一页重新查看。")
    return Place(day, ids.record_of(found[3]) or "", found[1] == "b")


def page(
    c: psycopg.Connection[Any],
    f: Filter,
    q: Question,
    book: Rulebook,
    at: Place | None = None,
    size: int = 20,
) -> Page:
    """One page of a column as the public sees it today; the look is logged."""
    with c.transaction():
        known_at = publication.last(c)
        answer = Page()
        statement, values = _asked(c, f, q, known_at, at, answer)
        found = _gathered(c, statement, values, q, book, known_at, f, size + 1)
        queries.log_list(c, q, known_at, f"list:{f.column.slug}", len(found[:size]))
    _cut(answer, found, at, size)
    return answer


def _cut(answer: Page, found: list[dict[str, Any]], at: Place | None, size: int) -> None:
    """One more than the page was asked for, to know whether it goes on."""
    more, found = len(found) > size, found[:size]
    backwards = at is not None and at.backwards
    if backwards:
        found.reverse()
    answer.records = found
    if not found:
        return
    if more if backwards else at is not None:
        answer.previous = _place(found[0], backwards=True)
    if backwards or more:
        answer.following = _place(found[-1], backwards=False)


def _place(record: dict[str, Any], *, backwards: bool) -> Place:
    return Place(_decided(record) or LONG_AGO, record["record"], backwards)


def _asked(
    c: psycopg.Connection[Any], f: Filter, q: Question, known_at: int, at: Place | None, answer: Page
) -> tuple[str, dict[str, Any]]:
    """The statement for candidates with the parts this filter needs, and its values."""
    values: dict[str, Any] = {"col": f.column.slug, "today": q.today}
    values |= {"authority": f.authority, "since": f.since, "until": f.until, "kind": f.kind}
    parts = [SQL[name] for name in ("authority", "since", "until", "kind") if values[name]]
    table = "public_listing"
    if f.text:
        table = SQL["named"]
        values |= _named(c, f.text, known_at, answer)
    if at is not None:
        parts.append(SQL["before" if at.backwards else "after"])
        values |= {"decided": at.decided, "record": at.record}
    return _statement(table, parts, backwards=at is not None and at.backwards), values


def _statement(table: str, parts: Iterable[str], *, backwards: bool) -> str:
    direction = "ASC" if backwards else "DESC"
    whole = SQL["candidates"].replace("/*from*/", table).replace("/*and*/", "\n".join(parts))
    return whole.replace("/*down*/", direction)


def _named(c: psycopg.Connection[Any], text: str, known_at: int, answer: Page) -> dict[str, Any]:
    seen = {"known_at": known_at, "public": False}  # whose records may show is asked of each record, live
    found = queries.candidates(c, text, MOST_NAMED, seen)
    answer.capped = len(found) >= MOST_NAMED
    whole = merges.known(c, known_at)
    subjects = [part for s in whole.winners(found) for part in (whole.members(s) if s in whole.all else (s,))]
    return {"subjects": subjects, "document": queries.literal(fold_document(text)) + "%"}


def _gathered(
    c: psycopg.Connection[Any],
    statement: str,
    values: dict[str, Any],
    q: Question,
    book: Rulebook,
    known_at: int,
    f: Filter,
    wanted: int,
) -> list[dict[str, Any]]:
    """Records that may be shown, `wanted` of them if there are so many. Usually one round."""
    found: list[dict[str, Any]] = []
    fetched, limit = 0, wanted * FIRST_ROUND
    while len(found) < wanted:
        rows = c.execute(statement, {**values, "limit": fetched + limit}).fetchall()[fetched:]
        live = queries.public_records(c, [r[0] for r in rows], q, book, known_at)
        found += [
            r
            for number, decided in rows
            if (r := live.get(number.hex)) and _belongs(r, decided, f, book, q.today)
        ]
        if len(rows) < limit:
            break
        fetched, limit = fetched + limit, limit * 2
    return found


def _belongs(record: dict[str, Any], decided: date, f: Filter, book: Rulebook, today: date) -> bool:
    """A record corrected since it was listed may no longer be what was asked for, or not stand in this place."""
    item = book.item(record["item"], today)
    keys = keys_of(item, _values(record, item), _decided(record), book)
    return (
        keys.decided == decided
        and LISTED.get(item.code) == f.column.slug
        and f.authority in ("", keys.authority)
        and (not f.kind or f.kind in keys.classes)
    )


def _values(record: dict[str, Any], item: Item) -> dict[str, str]:
    """What the record shows, by field code."""
    return {f.code: record["fields"][f.name] for f in item.fields if f.name in record["fields"]}


def _decided(record: dict[str, Any]) -> date | None:
    return date.fromisoformat(record["decided"]) if record["decided"] else None


def classes_of(record: dict[str, Any], item: Item, book: Rulebook) -> tuple[str, ...]:
    """The classes of permit or penalty a record shows, as the filter spells them."""
    return keys_of(item, _values(record, item), None, book).classes


def kinds(column: Column, book: Rulebook, today: date) -> tuple[str, ...]:
    """The classes a column can be filtered by."""
    sets = (code_set(book.item(code, today), book) for code in column.items)
    return tuple(dict.fromkeys(value for s in sets if s for value in s.values))


def by_document(
    c: psycopg.Connection[Any], number: str, q: Question, book: Rulebook, limit: int = 20
) -> list[dict[str, Any]]:
    """Public records under this number of a document, in whatever spelling; the look is logged."""
    with c.transaction():
        known_at = publication.last(c)
        asked = {"document": fold_document(number), "today": q.today, "limit": limit}
        rows = c.execute(SQL["numbered"], asked).fetchall()
        live = queries.public_records(c, [r[0] for r in rows], q, book, known_at) if rows else {}
        found = [live[r[0].hex] for r in rows if r[0].hex in live]
        queries.log_list(c, q, known_at, "document", len(found))
    return [r for r in found if fold_document(_number(r, book, q.today)) == asked["document"]]


def _number(record: dict[str, Any], book: Rulebook, today: date) -> str:
    f = book.item(record["item"], today).by_role("doc_no")
    return str(record["fields"].get(f.name, "")) if f else ""
