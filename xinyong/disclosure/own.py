"""A department's own records, found by document number: corrected or withdrawn by who handed them in, marked by who decided."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psycopg

from xinyong.archive import digest_store
from xinyong.archive.digest_store import DOCUMENTS
from xinyong.archive.documents import Documents
from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.disclosure import actions, ids, queries
from xinyong.disclosure.queries import Question
from xinyong.foundation import keys, named_sql
from xinyong.kernel import canonical
from xinyong.kernel.digests import digest_expr
from xinyong.kernel.documents import fold_document

SQL = named_sql.load(Path(__file__).parent / "sql" / "own.sql")
MOST = 50
RECORD = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Own:
    """A record of the asker's department. `shown`: field code → text; `hidden`: filled in, but not shown whole.

    `clocks`: as `disclosure.explaining` says them.
    `stored` has every field in clear, for handing the record in again; never show it.
    """

    record: str
    item: Item
    subject: str
    decided: str
    document: str
    shown: Mapping[str, str]
    hidden: frozenset[str]
    stored: Mapping[str, str]
    clocks: Mapping[str, Any]
    subject_id: str  # the subject's number in addresses


def by_document(
    c: psycopg.Connection[Any], q: Question, item: Item, number: str, book: Rulebook, *, decided: bool = False
) -> list[Own]:
    """The asker's records of `item` under a document number of its own, or under a record number; each look logged.

    `decided`: as in `load`.
    """
    text = number.strip()
    plain = text.replace("-", "").lower()
    wanted = [plain] if RECORD.fullmatch(plain) else _under(c, q.who.provider, item, text)
    found = [load(c, q, record, book, decided=decided) for record in wanted[:MOST]]
    return [own for own in found if own is not None and own.item.code == item.code]


def _under(c: psycopg.Connection[Any], provider: str, item: Item, number: str) -> list[str]:
    document = canonical.SEPARATOR.join([provider, fold_document(number)])
    digests = pl.DataFrame({"d": [document]}).select(digest_expr("d"))
    at = digests.to_series().to_numpy().astype(np.uint64)
    row = c.execute(SQL["item"], [item.code]).fetchone()
    if row is None:
        return []
    documents = Documents(digest_store.load(c, row[0], DOCUMENTS))
    documents.read(at)
    return documents.under(int(at[0]))


def load(
    c: psycopg.Connection[Any], q: Question, record: str, book: Rulebook, *, decided: bool = False
) -> Own | None:
    """One record; None: there is none, it has ended, or it is another department's. The look is logged.

    Whose it is: who handed it in (谁提供谁更正); `decided`: who decided it, whoever handed it in (谁认定、谁负责).
    """
    if not RECORD.fullmatch(record) or not q.who.provider:
        return None
    answer = queries.record(c, ids.public_id(record), q, book)
    standing = actions.standing(c, [record], gone=True).get(record)
    if not answer.records or standing is None or q.who.provider != _whose(standing, decided):
        return None
    told = answer.records[0]
    item = book.item(told["item"], q.today)
    stored = {f.code: keys.unseal(standing.values.get(f.code, "")) for f in item.fields}
    said = {f.code: told["fields"].get(f.name, "") for f in item.fields}
    shown = {code: text for code, text in said.items() if text and text == stored[code]}
    hidden = frozenset(code for code, text in stored.items() if text and code not in shown)
    number = item.by_role("doc_no")
    names = [n["name"] for n in answer.names][:1]
    document = stored[number.code] if number else ""
    return Own(record, item, "".join(names), told["decided"] or "", document, shown, hidden, stored,
               told["clocks"], answer.subject["id"] if answer.subject else "")  # fmt: skip


def documents(
    c: psycopg.Connection[Any], records: Sequence[str], book: Rulebook, today: date
) -> dict[str, str]:
    """What the records that marks of one's own name are called: the document number, else the item."""
    found = actions.standing(c, records, gone=True) if records else {}
    named = {}
    for record, s in found.items():
        item = book.item(s.item, today)
        number = item.by_role("doc_no")
        named[record] = (s.values.get(number.code, "") if number else "") or item.name
    return named


def _whose(s: actions.Standing, decided: bool) -> str:
    return s.authority or s.provider if decided else s.provider


__all__ = ["Own", "by_document", "documents", "load"]
