"""Counts of a month by department and item, from receipts, problems, closures, the ledger and the archive.

A row that went back and was mended is one row: it counts with the submission that first handed it in.
A submission that was taken back counts nowhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from xinyong.catalog import registry
from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.collection.quality import formulas
from xinyong.collection.quality.formulas import Figure, Sequence
from xinyong.disclosure import figures
from xinyong.disclosure.figures import Counting
from xinyong.foundation import named_sql
from xinyong.kernel.documents import fold_document

_PARTS = named_sql.load(Path(__file__).parent / "sql" / "quality.sql")
SQL = {name: text.replace("/*undone*/", _PARTS["undone"]) for name, text in _PARTS.items()}
REGULAR = ("每日", "每月")  # who hands in an item this often owes it every month
PASSED = ("n", "c", "r")
BACK_ENTRY = "补录"

Pair = tuple[str, str]  # provider's code ("": not stated), item
Row = Mapping[str, Any]


@dataclass(slots=True)
class Line:
    """One department and item in one month."""

    provider: str
    item: str
    counts: dict[str, int | None]
    last: date | None = None  # when anything of it last came in, up to the month's end

    @property
    def missing(self) -> bool:
        return bool(self.counts.get("owed")) and not self.counts.get("answered")


@dataclass(frozen=True, slots=True)
class Gaps:
    """The document numbers of one authority, 字号 and year."""

    provider: str
    item: str
    authority: str
    prefix: str
    year: int
    sequence: Sequence


@dataclass(slots=True)
class Month:
    """`month` is its first day. `whole` holds what belongs to no department: archives, codes."""

    month: date
    provider: str
    lines: list[Line]
    gaps: list[Gaps] = field(default_factory=list)
    unnumbered: int = 0  # documents numbered in no sequence
    whole: dict[str, int | None] = field(default_factory=dict)

    @property
    def last(self) -> date:
        return following(self.month) - timedelta(days=1)

    def total(self) -> dict[str, int | None]:
        return formulas.total(line.counts for line in self.lines) | self.whole

    def by(self, key: str) -> dict[str, dict[str, int | None]]:
        """Totals by `provider` or `item`."""
        parts: dict[str, list[dict[str, int | None]]] = defaultdict(list)
        for line in self.lines:
            parts[getattr(line, key)].append(line.counts)
        return {k: formulas.total(v) for k, v in sorted(parts.items())}


def following(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def figures_of(counts: formulas.Counts, book: Rulebook, day: date) -> list[Figure]:
    """Every figure by the formulas in force on `day`, in the rulebook's order."""
    return [formulas.evaluate(f, counts, threshold(f, book, day)) for f in book.quality_on(day)]


def threshold(formula: Any, book: Rulebook, day: date) -> str:
    return str(formula.threshold or book.value(formula.threshold_rule, day))


def month(c: psycopg.Connection[Any], counting: Counting, first: date) -> Month:
    """All counts of the month that begins on `first`; the look is logged.

    NotPermitted: a department that asks for another's or the whole district's.
    """
    with c.transaction():
        figures.log(c, counting, f"quality:{first:%Y-%m}")
        return _Reading(c, counting, first).run()


def months(c: psycopg.Connection[Any]) -> list[date]:
    return [row[0] for row in c.execute(SQL["months"])]


class _Reading:
    """One month read from the tables; every statement once, whatever the number of departments."""

    def __init__(self, c: psycopg.Connection[Any], counting: Counting, first: date) -> None:
        self.c, self.counting, self.book, self.first = c, counting, counting.book, first
        self.items = {i.code: i for i in self.book.current_items(following(first) - timedelta(days=1))}
        self.asked: dict[str, Any] = {
            "first": first, "next": following(first), "provider": counting.provider,
            "ledgers": [i.code for i in self.items.values() if i.kind == "ledger"],
        }  # fmt: skip
        self.counts: dict[Pair, dict[str, int | None]] = defaultdict(dict)

    def run(self) -> Month:
        rows = self._rows("submissions")
        self._handed_in(rows)
        last = {(p, i): day for p, i, day in self.c.execute(SQL["pairs"], self.asked)}
        ledger = {(p, i): n for p, i, n in self.c.execute(SQL["ledger"], self.asked)}
        self._owed(set(last), {(r["provider"], r["item_code"]) for r in rows}, ledger)
        self._reported(ledger)
        gaps, unnumbered = self._continuity()
        lines = [Line(p, i, counts, last.get((p, i))) for (p, i), counts in sorted(self.counts.items())]
        return Month(self.first, self.counting.provider, lines, gaps, unnumbered, self._whole())

    def _rows(self, name: str) -> list[dict[str, Any]]:
        with self.c.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(SQL[name], self.asked).fetchall()

    def _by_submission(self, name: str, rows: Iterable[Row]) -> dict[int, tuple[Any, ...]]:
        found = self.c.execute(SQL[name], {"submissions": [r["id"] for r in rows]})
        return {row[0]: row[1:] for row in found}

    def _handed_in(self, rows: list[dict[str, Any]]) -> None:
        mended: dict[int, dict[str, int]] = defaultdict(dict)
        for later, fate, n in self.c.execute(SQL["mending"], {"submissions": [r["id"] for r in rows]}):
            mended[later][fate] = n
        settled, missing = self._by_submission("settled", rows), self._by_submission("missing_cells", rows)
        waiting = self._by_submission("open_rows", rows)
        linked = figures.linked(self.c, [r["id"] for r in rows])
        for r in rows:
            open_rows, held = waiting.get(r["id"], (0, 0))
            counts = _first_hand(r, mended[r["id"]], settled.get(r["id"], (0,))[0])
            counts |= self._cells(r, counts["submitted"], missing.get(r["id"], (0,))[0])
            counts |= self._times(r)
            new, joined = linked.get(r["id"], (0, 0))
            counts |= {"linkable": new + held, "linked": joined, "open_rows": open_rows}
            self._add((r["provider"], r["item_code"]), counts)

    def _add(self, pair: Pair, counts: Mapping[str, int]) -> None:
        mine = self.counts[pair]
        for name, n in counts.items():
            mine[name] = (mine.get(name) or 0) + n

    def _cells(self, r: Row, submitted: int, missing: int) -> dict[str, int]:
        versions = self.book.items.get(r["item_code"], ())
        item = next((v for v in versions if v.digest == r["item_digest"]), None)
        item = item or self.book.item(r["item_code"], r["received_on"])
        required = submitted * sum(f.required is True for f in item.fields)
        return {"cells_required": required, "cells_missing": min(missing, required)}

    def _times(self, r: Row) -> dict[str, int]:
        item = self.items.get(r["item_code"])
        timed = item is not None and item.late_after_workdays is not None and r["mode"] != BACK_ENTRY
        return {"timed": r["new"] if timed else 0, "late": r["late"] if timed else 0}

    def _owed(self, known: set[Pair], handed_in: set[Pair], ledger: Mapping[Pair, int]) -> None:
        """Who owes what: as the catalogue, the ledger and the past say; who answered, if only that there was nothing."""
        pairs = {p for p in known | set(self._named()) | set(ledger) if self._regular(p[1])}
        for pair in sorted(pairs):
            answered = pair in handed_in or ledger.get(pair) == 0
            self._add(pair, {"owed": 1, "answered": int(answered)})

    def _regular(self, item: str) -> bool:
        return item in self.items and self.items[item].frequency in REGULAR

    def _named(self) -> Iterable[Pair]:
        for item in self.items.values():
            for provider in item.providers:
                code = self.book.providers[provider].code
                if item.kind != "ledger" and self.counting.provider in ("", code):
                    yield code, item.code

    def _reported(self, ledger: Mapping[Pair, int]) -> None:
        """Only items with a time limit are owed by a ledger; of others it counts where there is one."""
        found = figures.reported(self.c, self.first, following(self.first))
        for pair in sorted(ledger):
            self._add(pair, {"ledger_owed": ledger[pair], "reported": found.get(pair, 0)})
        for (_, item), counts in self.counts.items():
            if "ledger_owed" not in counts and not self._limited(item):
                counts |= {"without_ledger": 0, "wrong_ledger": 0}

    def _limited(self, item: str) -> bool:
        return item in self.items and self.items[item].late_after_workdays is not None

    def _continuity(self) -> tuple[list[Gaps], int]:
        last = following(self.first) - timedelta(days=1)
        formula = next((f for f in self.book.quality_on(last) if f.id == "DQ_CONTINUITY"), None)
        starts_at = formula.parameters.get("starts_at") if formula else 1
        numbers, unnumbered = self._numbers(last)
        found = []
        for (provider, authority, prefix, year), used in sorted(numbers.items()):
            if self.counting.provider not in ("", provider):
                continue
            item = min(used, key=lambda code: (-len(used[code]), code))
            run = formulas.sequence(
                set().union(*used.values()), int(starts_at) if isinstance(starts_at, int) else None
            )
            found.append(Gaps(provider, item, authority, prefix, year, run))
            self._add((provider, item), {"numbers_expected": run.expected, "numbers_present": run.present})
        return found, unnumbered

    def _numbers(self, last: date) -> tuple[dict[tuple[str, str, str, int], dict[str, set[int]]], int]:
        """(provider, authority, 字号, year) → item → numbers: an authority may number two items in one run."""
        layouts = registry.layouts(self.c)
        numbers: dict[tuple[str, str, str, int], dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        unnumbered = 0
        for item in self._records():
            rows = figures.documents(self.c, item, layouts, self.first.replace(month=1), last)
            for provider, authority, text in rows:
                parsed = formulas.document_number(fold_document(text))
                if parsed is None:
                    unnumbered += self.counting.provider in ("", provider)
                elif parsed[1] == last.year:
                    numbers[(provider, authority, *parsed[:2])][item.code].add(parsed[2])
        return numbers, unnumbered

    def _records(self) -> list[Item]:
        return [i for i in self.items.values() if i.kind == "records"]

    def _whole(self) -> dict[str, int | None]:
        if self.counting.provider:
            return {}
        registered, with_records = figures.archives(
            self.c, self.book, following(self.first) - timedelta(days=1)
        )
        return {"subjects_registered": registered, "subjects_with_records": with_records}


def _first_hand(r: Row, mended: Mapping[str, int], settled: int) -> dict[str, int]:
    """What a submission handed in first; rows that mend an earlier one are that one's."""
    fates = {"n": r["new"], "c": r["corrected"], "r": r["revoked"], "h": r["held"], "x": r["rejected"]}
    own = {fate: n - mended.get(fate, 0) for fate, n in fates.items()}
    passed = sum(own[fate] for fate in PASSED)
    return {
        "submissions": 1,
        "received": r["rows"],
        "rejected": r["rejected"],
        "held": r["held"],
        "submitted": sum(own.values()),
        "first_passed": passed,
        "finally_passed": passed + settled,
        "passed": r["new"] + r["corrected"] + r["revoked"] + r["duplicates"],
        "taken": r["new"] + r["corrected"] + r["revoked"],
        "warned": r["warnings"],
    }


__all__ = ["Gaps", "Line", "Month", "figures_of", "following", "month", "months", "threshold"]
