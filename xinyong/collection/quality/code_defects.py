"""重错码: wrong and doubled unified codes, in stock and in what was handed in, with repair candidates.

Wrong: does not pass GB 32100. Shared: one code, several subjects. Several: one subject, several codes.
What looks like a person's number in a code column is kept masked, under a keyed hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import psycopg

from xinyong.catalog import registry
from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.catalog.regions import load_regions
from xinyong.collection import door, receipts, rejects
from xinyong.collection.rejects import REPAIRABLE
from xinyong.disclosure import figures
from xinyong.disclosure.figures import Counting
from xinyong.foundation import home, keys, named_sql
from xinyong.kernel import canonical
from xinyong.kernel.errors import Refused
from xinyong.kernel.identifiers_batch import candidates_batch, check_uscc_batch
from xinyong.kernel.identifiers_sums import birth_date, is_digits
from xinyong.kernel.masking import mask_person_id

_PARTS = named_sql.load(Path(__file__).parent / "sql" / "code_defects.sql")
SQL = {name: text.replace("/*undone*/", _PARTS["undone"]) for name, text in _PARTS.items()}
WRONG, SHARED, SEVERAL = "wrong", "shared", "several"
KINDS = {WRONG: "错码", SHARED: "重码（一码多主体）", SEVERAL: "重码（一主体多码）"}
STOCK = 0  # found in the archive, in no submission
MOST_PLACES = 20
MOST_CANDIDATES = 5


@dataclass(slots=True)
class Defect:
    """`key` tells it from others: the code, or the folded name several codes stand under."""

    kind: str
    key: str
    provider: str
    code: str
    names: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    candidates: list[str] = field(default_factory=list)
    places: list[list[int]] = field(default_factory=list)  # submission and line; submission 0: in stock

    def detail(self) -> dict[str, Any]:
        return {
            "code": self.code, "names": self.names, "codes": self.codes, "candidates": self.candidates,
            "places": self.places[:MOST_PLACES], "found_in": len(self.places),
        }  # fmt: skip


@dataclass(slots=True)
class Found:
    """`unread`: submissions whose original is gone: what was wrong in them can't be looked up."""

    defects: list[Defect]
    codes: int
    unread: list[int]

    def counts(self) -> dict[str, int | None]:
        wrong = {d.key for d in self.defects if d.kind == WRONG}
        doubled = {(d.kind, d.key) for d in self.defects if d.kind != WRONG}
        return {"codes": self.codes, "codes_wrong": len(wrong), "codes_shared": len(doubled)}


def find(c: psycopg.Connection[Any], counting: Counting) -> Found:
    """Every defect there is now; the look is logged."""
    with c.transaction():
        figures.log(c, counting, "codes")
        stock = figures.codes(c)
        rows, unread = _handed_in(c, counting)
        defects = [*_wrong([*_stock_rows(stock), *rows]), *_doubted(c, stock, counting.book), *_doubled(c)]
    mine = [d for d in defects if counting.provider in ("", d.provider)]
    return Found(sorted(mine, key=lambda d: (d.kind, d.provider, d.key)), len(stock), unread)


Claim = tuple[str, str, str, int, int]  # code as written, name, provider, submission, line


def _stock_rows(stock: Iterable[tuple[str, str, str]]) -> Iterator[Claim]:
    for code, provider, name in stock:
        yield code, name, provider, STOCK, 0


def _handed_in(c: psycopg.Connection[Any], counting: Counting) -> tuple[list[Claim], list[int]]:
    rows: list[Claim] = []
    unread = []
    asked = {"rules": sorted(REPAIRABLE)}
    for submission, provider, lines in c.execute(SQL["wrong_rows"], asked).fetchall():
        try:
            rows += _cells(c, counting, submission, provider, set(lines))
        except Refused:  # its retention has ended
            unread.append(submission)
    return rows, unread


def _cells(
    c: psycopg.Connection[Any], counting: Counting, submission: int, provider: str, lines: set[int]
) -> list[Claim]:
    """The subjects' codes in these lines of the original."""
    receipt = receipts.load(c, submission)
    item = counting.book.item(receipt.item, receipt.received_on)
    code, name = item.by_role("uscc"), item.by_role("subject_name")
    if code is None:
        return []
    with ExitStack() as stack:
        source = stack.enter_context(rejects._original(c, receipt, item, counting.book, counting.today))
        columns = rejects.Columns(item, source)
        found = rejects._Found(c, submission, columns).rows
        wrong = [
            r for r in found
            if r.line in lines and any(h.field == code.code and h.rule in REPAIRABLE for h in r.hits)
        ]  # fmt: skip
        named = name.code if name else ""
        return [
            (columns.value(r, code.code), columns.value(r, named), provider, submission, r.line)
            for r in wrong
        ]


def _wrong(rows: list[Claim]) -> list[Defect]:
    """Those of the codes that do not pass, one defect for each code and department."""
    regions = load_regions()
    given = pl.Series([r[0] for r in rows], dtype=pl.String)
    answer = check_uscc_batch(given, regions=regions, exceptions=door.exceptions(home.local_rulebook()))
    bad = (~answer["valid"].fill_null(True) & ~answer["is_placeholder"]).arg_true().to_list()
    plain = answer["normalized"].gather(bad)
    repairs = candidates_batch(plain, regions=regions).to_list()
    merged: dict[tuple[str, str], Defect] = {}
    for place, code, candidates in zip(bad, plain.to_list(), repairs, strict=True):
        _, name, provider, submission, line = rows[place]
        key, shown = _private(code)
        defect = merged.setdefault(
            (key, provider), Defect(WRONG, key, provider, shown, candidates=candidates[:MOST_CANDIDATES])
        )
        defect.places.append([submission, line])
        if name and name not in defect.names and key == shown:
            defect.names.append(name)
    return list(merged.values())


def _private(code: str) -> tuple[str, str]:
    """Key and shown form: a code, or what looks like somebody's ID number."""
    if len(code) in (15, 18) and is_digits(code[:14]) and birth_date(code[6:14]) is not None:
        return "person:" + keys.hmac_hex("person", code.upper()), mask_person_id(code)
    return code, code


def _doubted(
    c: psycopg.Connection[Any], stock: Iterable[tuple[str, str, str]], book: Rulebook
) -> list[Defect]:
    """Codes that a held row claims for a name which is not its subject's."""
    known = {code: name for code, _, name in stock}
    layouts = registry.layouts(c)
    merged: dict[tuple[str, str], Defect] = {}
    for submission, line, item, payload, provider in c.execute(SQL["doubted_rows"]):
        code, name = _claim(book.items[item][-1], canonical.unpack(payload, layouts))
        if not code:  # a natural person's row
            continue
        defect = merged.setdefault((code, provider), Defect(SHARED, code, provider, code))
        defect.places.append([submission, line])
        for n in (known.get(code, ""), name):
            if n and n not in defect.names:
                defect.names.append(n)
    return list(merged.values())


def _claim(item: Item, values: dict[str, str]) -> tuple[str, str]:
    """The unified code and the name that a row states."""
    code, name = item.by_role("uscc"), item.by_role("subject_name")
    return values.get(code.code, "") if code else "", values.get(name.code, "") if name else ""


def _doubled(c: psycopg.Connection[Any]) -> list[Defect]:
    shared = [
        Defect(SHARED, code, provider, code, names=names, places=[[STOCK, 0]])
        for code, names, provider in figures.shared_codes(c)
    ]
    several = [
        Defect(SEVERAL, folded, provider, codes[0], names=[name], codes=codes, places=[[STOCK, 0]])
        for folded, name, codes, provider in figures.several_codes(c)
    ]
    return shared + several


__all__ = ["KINDS", "Defect", "Found", "find"]
