"""Which registered measures are in force: computed each time from the register and from the records they rest on.

The states of all records, of all measures asked about, come from one statement (`disclosure.basis.standing`), so from
one snapshot: a transaction that ends two of them is seen whole or not at all. `kernel.measures.window` decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import basis
from xinyong.disclosure.basis import Standing
from xinyong.kernel.dates import parse_date
from xinyong.kernel.measures import Basis, Imposed, Window, window
from xinyong.regulation.measures.kept import MISTAKEN, Measure

CURRENT = ("in_force", "not_begun", "overrun")


@dataclass(frozen=True, slots=True)
class Registered:
    """A measure and how it stands today. `bases`: the records it rests on, in the order of its grounds."""

    measure: Measure
    window: Window
    bases: tuple[Standing, ...]

    @property
    def state(self) -> str:
        """mistaken and ended (by its organ) before what the clock says (`kernel.measures.State`)."""
        end = self.measure.end
        if end is not None:
            return "mistaken" if end.kind == MISTAKEN else "ended"
        return self.window.state

    @property
    def in_force(self) -> bool:
        return self.measure.end is None and self.window.in_force

    @property
    def current(self) -> bool:
        """In force, about to be, or at its maximum with somebody having to decide."""
        return self.state in CURRENT

    @property
    def task(self) -> str:
        return self.window.task if self.measure.end is None else ""

    @property
    def lifting(self) -> tuple[Standing, ...]:
        """The records whose state lifted it."""
        return tuple(s for s in self.bases if s.record in self.window.lifted_by)


@contextmanager
def one_snapshot(c: psycopg.Connection[Any]) -> Iterator[None]:
    """Register and records as of one moment, for who only reads; within a transaction its own rules hold."""
    if c.info.transaction_status != TransactionStatus.IDLE:
        yield
        return
    with c.transaction():
        c.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def states(
    c: psycopg.Connection[Any], measures: Sequence[Measure], today: date, book: Rulebook
) -> list[Registered]:
    """Each measure with its state on `today`, in their order. One statement for all records."""
    wanted = list(dict.fromkeys(r for m in measures for r in m.records))
    found = basis.standing(c, wanted, today, book) if wanted else {}
    return [_state(m, tuple(found[r] for r in m.records), today, book) for m in measures]


def _state(m: Measure, bases: tuple[Standing, ...], today: date, book: Rulebook) -> Registered:
    days = [m.ends, *(_list_ends(s, today, book) for s in bases)] if m.rule.follows == "basis" else [m.ends]
    ends = min((day for day in days if day), default=None)
    imposed = Imposed(m.begins, m.months, ends, m.extended_until)
    over = m.ends is not None and m.ends < today  # the last day of the decision itself: nobody carries it on
    told = [Basis(s.record, s.state, s.known_at, "" if over else s.duties) for s in bases]
    return Registered(m, window(m.rule, imposed, told, today), bases)


def _list_ends(s: Standing, today: date, book: Rulebook) -> date | None:
    """The last day of a list's own term (管理期限), which bounds what follows the list."""
    if not s.item:
        return None
    item = book.item(s.item, today)
    term = item.by_role("valid_to") if item.by_role("removed") else None
    return parse_date(s.values.get(term.code, "")) if term else None


__all__ = ["Registered", "one_snapshot", "states"]
