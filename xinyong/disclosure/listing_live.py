"""Records of the lists as they are now: by which keys they are found, and what the public may see of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg

from xinyong.archive import merges
from xinyong.catalog import registry
from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import SEPARATORS, CodeSet, Item
from xinyong.disclosure import basis, identity, publicity, records
from xinyong.disclosure.marks import Marks
from xinyong.disclosure.rules import ruleset
from xinyong.foundation import named_sql
from xinyong.kernel import publicity_frame
from xinyong.kernel.documents import fold_document
from xinyong.kernel.publicity import Facts

SQL = named_sql.load(Path(__file__).parent / "sql" / "listing.sql")
LONG_AGO = date(1900, 1, 1)  # stands for no date of decision
KIND_FIELDS = {"XZXK": "XK_XKLB", "XZCF": "CF_CFLB"}  # what the filter by class goes by
FORM = 1  # of what is kept: rises with every change below, so that the listing is made anew


@dataclass(frozen=True, slots=True)
class Row:
    """A record's newest version, as the statement `live` gives it."""

    record: str
    seq: int
    born: int
    line: int
    item: int
    decided: date | None
    valid_from: date | None
    valid_to: date | None
    payload: str
    publication: int
    provider: str
    subject: int
    received: date


@dataclass(frozen=True, slots=True)
class Keys:
    """By what a record is found."""

    decided: date
    authority: str
    classes: tuple[str, ...]
    document: str


def keys_of(item: Item, values: Mapping[str, str], decided: date | None, book: Rulebook) -> Keys:
    """`values` by field code."""
    number, authority = item.by_role("doc_no"), item.by_role("authority_code")
    return Keys(
        decided or LONG_AGO,
        values.get(authority.code, "") if authority else "",
        _classes(item, values, book),
        fold_document(values.get(number.code, "")) if number else "",
    )


def _classes(item: Item, values: Mapping[str, str], book: Rulebook) -> tuple[str, ...]:
    """As the code set spells them; what it doesn't know, and what follows “其他-”, is 其他."""
    codes = code_set(item, book)
    if codes is None:
        return ()
    text = values.get(KIND_FIELDS[item.code], "")
    for mark in SEPARATORS[1:]:
        text = text.replace(mark, SEPARATORS[0])
    parts = (part.strip() for part in text.split(SEPARATORS[0]))
    return tuple(dict.fromkeys(_spelled(part, codes) for part in parts if part))


def _spelled(part: str, codes: CodeSet) -> str:
    part = codes.old_values.get(part, part)
    return part if part in codes.values else "其他"


def code_set(item: Item, book: Rulebook) -> CodeSet | None:
    name = KIND_FIELDS.get(item.code)
    field = next((f for f in item.fields if f.code == name), None)
    return book.code_sets[field.code_set] if field and field.code_set else None


Listed = tuple[str, int, str, int, date, str, list[str], str, date | None, date | None]  # a row of the table


def listed(
    c: psycopg.Connection[Any],
    ids: list[str],
    columns: Mapping[str, str],
    book: Rulebook,
    today: date,
    known_at: int,
) -> Iterator[Listed]:
    """Rows for those of the records that are public today or will be by themselves. `columns`: item → column."""
    asked = {"records": ids, "known_at": known_at}
    rows = [Row(*r) for r in c.execute(SQL["live"], asked).fetchall()]
    visible, codes = _visible(c, {r.subject for r in rows}, known_at), registry.item_codes(c)
    marked, found = basis.open_of(c, ids, today, book), []
    for row in rows:
        item = book.item(codes[row.item], today)
        if row.subject in visible and item.code in columns:
            values = records.unpacked(c, row.payload)
            k = keys_of(item, values, row.decided, book)
            found.append(
                (row, columns[item.code], k, _facts(item, row, values, marked[row.record], today, book))
            )
    spans = _spans([(row, facts) for row, _, _, facts in found], today, book)
    for (row, column, k, _), span in zip(found, spans, strict=True):
        if span is not None:
            head = (row.record, row.seq, column, row.subject, k.decided, k.authority)
            yield (*head, list(k.classes), k.document, *span)


def _visible(c: psycopg.Connection[Any], subjects: set[int], known_at: int) -> set[int]:
    """Those the public may see: confirmed, and no natural person; of what was merged the whole counts."""
    whole = merges.known(c, known_at)
    winners = {s: whole.winner(s) for s in subjects}
    asked = {"subjects": list(set(winners.values())), "known_at": known_at}
    found = c.execute(identity.SQL["listing"], asked).fetchall()
    seen = {r[0] for r in found if r[1] != identity.PERSON and r[5]}
    return {s for s, winner in winners.items() if winner in seen}


def _facts(
    item: Item, row: Row, values: Mapping[str, str], marked: Marks, today: date, book: Rulebook
) -> Facts:
    stored = publicity.Stored(values, row.decided, row.valid_to, False, row.provider, row.received)
    return publicity.facts(item, stored, marked, today, book)


Span = tuple[date | None, date | None]


def _spans(found: list[tuple[Row, Facts]], today: date, book: Rulebook) -> Iterator[Span | None]:
    """From when to when each can be public by what is known today; None: not before something happens to it."""
    frame = publicity_frame.frame_of([facts for _, facts in found])
    frame = publicity_frame.windows(frame, ruleset(book, today), publicity.OURS, today)
    for (row, facts), window in zip(found, frame.select("state", "public", "until").iter_rows(), strict=True):
        yield _span(row, facts, *window, today)


def _span(row: Row, facts: Facts, state: str, public: bool, until: date | None, today: date) -> Span | None:
    begins = row.valid_from or row.decided
    later = begins if begins and begins > today else None
    if state == "shielded":
        stop = facts.stop_until
        day = stop + timedelta(days=1) if stop and stop < date.max else None
        return (max(day, later) if later else day, until) if day else None
    if not public:
        return None
    day = facts.extended_until
    return later, max(until, day) if until and day else until
