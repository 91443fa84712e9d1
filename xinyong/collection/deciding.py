"""What waits to be decided, and what a person's decision on one held row asks of the intake that takes it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import psycopg

from xinyong.collection.settle import Settled
from xinyong.foundation import audit
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused

WAITING = """
SELECT h.submission, h.line, h.sheet, h.born, h.reason, h.payload, s.item_code, s.item, s.filename, s.received_on,
       s.provider, coalesce((SELECT p.suggestion FROM problem p WHERE p.submission = h.submission AND p.line = h.line
                             AND p.sheet = h.sheet AND p.level = 'held' AND h.born = 0 ORDER BY p.id LIMIT 1), '')
FROM held_row h JOIN submission s ON s.id = h.submission
WHERE (%(provider)s = '' OR s.provider = %(provider)s)
  AND (%(submission)s::integer IS NULL
       OR h.submission = %(submission)s AND h.line = %(line)s AND h.sheet = %(sheet)s)
  AND h.payload <> ''
  AND NOT EXISTS (SELECT 1 FROM submission u WHERE u.undoes IN (h.submission, h.born))
  AND NOT EXISTS (
    SELECT 1 FROM closure k
    WHERE k.submission = h.submission AND k.line = h.line AND k.closed_by > h.born
      AND NOT EXISTS (SELECT 1 FROM submission u WHERE u.undoes = k.closed_by)
      AND (k.sheet = h.sheet OR k.sheet = '' AND NOT EXISTS (
        SELECT 1 FROM held_row o WHERE o.submission = h.submission AND o.line = h.line AND o.sheet <> h.sheet)))
ORDER BY h.submission, h.id
LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class HeldRow:
    """As it is stored. `born`: of the registration data that took it out of the archive; 0: none."""

    submission: int
    line: int
    sheet: str
    born: int
    reason: str
    payload: str
    item_code: str
    item: int
    filename: str
    received_on: date
    provider: str
    suggestion: str


@dataclass(frozen=True, slots=True)
class Decided:
    """A person accepted this held row: whose it is and that it is a decision of its own is settled."""

    submission: int
    line: int
    sheet: str
    rule: str
    reason: str

    @property
    def place(self) -> tuple[int, int, str]:
        return self.submission, self.line, self.sheet

    def note(self, c: psycopg.Connection[Any], who: Who, at: datetime, batch: int) -> None:
        """In the transaction that takes the row in."""
        audit.record(c, who, at, "held.accept", str(self.submission), asdict(self) | {"batch": batch})


def waiting(
    c: psycopg.Connection[Any],
    provider: str = "",
    place: tuple[int, int, str] | None = None,
    limit: int = 1_000,
) -> list[HeldRow]:
    """Rows that nobody has decided: of a provider (empty: of all), or the one at a place."""
    submission, line, sheet = place or (None, None, None)
    asked = {"provider": provider, "submission": submission, "line": line, "sheet": sheet, "limit": limit}
    return [HeldRow(*row) for row in c.execute(WAITING, asked)]


def refuse_if_settled(c: psycopg.Connection[Any], decided: Decided | None) -> None:
    """Ask under the item's lock. Refused: somebody else decided the row, or it was undone, meanwhile."""
    if decided is not None and not waiting(c, place=decided.place):
        raise Refused("not_held", f"批次 {decided.submission} 第 {decided.line} 行已经办结；请刷新待核清单。")


def refuse_if_undecided(
    decided: Decided | None, fates: npt.NDArray[np.uint8], rules: Mapping[str, int], settled: Settled
) -> None:
    """Refused: the row would go back or wait once more, or change a record where it claims to be another one."""
    if decided is None:
        return
    fate = chr(fates[0]) if len(fates) else "x"
    if fate in "hx":
        told = next((s for _, s in settled.reasons.values() if s), "") or "、".join(sorted(rules))
        raise Refused("held_again", f"这一行现在还不能入库：{told}。请改正后重新报送，本次没有任何改动。")
    if fate == "c" and decided.rule == "correction_of":
        raise Refused(
            "several_decisions",
            "同一编号已有一条内容不同的记录，不能再入一条：是一文多项请并为一行，是更正请填“操作=更正”后重新报送。",
        )


Told = tuple[str, str, str]  # field code (empty: the whole row), rule, suggestion


class GoesBack(Refused):
    """A row typed in or mended one by one would go back; nothing was changed. `told`: why, field by field."""

    def __init__(self, told: Sequence[Told]) -> None:
        super().__init__("goes_back", "有内容还不符合要求，没有入库；请按提示改正后重新提交。")
        self.told = tuple(told)


def refuse_if_returned(fates: npt.NDArray[np.uint8], parts: Sequence[pl.DataFrame], settled: Settled) -> None:
    """GoesBack: some row is rejected. `parts`: findings as `returned.SCHEMA` has them."""
    rows = set(np.flatnonzero(fates == ord("x")).tolist())
    if not rows:
        return
    found = [
        r for part in parts for r in part.iter_rows(named=True) if r["_g"] in rows and r["level"] == "error"
    ]
    told = [(r["field"], r["rule"], r["suggestion"]) for r in found]
    told += [("", rule, suggestion) for g, (rule, suggestion) in settled.reasons.items() if g in rows]
    raise GoesBack(told)
