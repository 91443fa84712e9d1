"""What goes back: the problems of a submission, and the rows that are nobody's yet."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import psycopg

from xinyong.collection.checks import Finding
from xinyong.collection.settle import Settled

FATES = {"n": "new", "d": "duplicates", "c": "corrected", "r": "revoked", "h": "held", "x": "rejected"}
KEPT_WARNINGS = 200_000  # row by row; beyond, only the counts, and the receipt says so
COLUMNS = ("submission", "line", "sheet", "field", "rule", "level", "value", "suggestion")
# Control characters serve as quote and delimiter: no text needs escaping.
COPY = f"COPY problem ({', '.join(COLUMNS)}) FROM STDIN (FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01')"
OUTSIDE = "prohibited_content"
PIECE = 50_000
SCHEMA = {
    "_g": pl.Int64, "line": pl.Int64, "sheet": pl.String, "field": pl.String, "rule": pl.String,
    "level": pl.String, "suggestion": pl.String,
}  # fmt: skip


@dataclass
class Problems:
    """Collects findings batch by batch; counts every one, keeps all errors and a bounded number of warnings."""

    counts: dict[str, int] = field(default_factory=dict)
    parts: list[pl.DataFrame] = field(default_factory=list)
    warned: list[npt.NDArray[np.int64]] = field(default_factory=list)
    kept_warnings: int = 0
    dropped: int = 0

    def add(self, findings: Sequence[Finding], raw: pl.DataFrame) -> None:
        for f in findings:
            self.add_rows([(f.rule, f.field, f.level, f.rows.astype(np.int64))], raw, f.suggestion)

    def add_rows(
        self,
        reasons: Sequence[tuple[str, str, str, npt.NDArray[np.int64]]],
        raw: pl.DataFrame,
        suggestion: str = "",
    ) -> None:
        for rule, code, level, rows in reasons:
            if not len(rows):
                continue
            self.counts[rule] = self.counts.get(rule, 0) + len(rows)
            if level in ("warning", "review"):
                self.warned.append(raw["_g"].to_numpy()[rows])
                rows = self._bounded(rows)
            picked = raw.select("_g", pl.col("_line").alias("line"), pl.col("_sheet").alias("sheet"))[rows]
            self.parts.append(_described(picked, code, rule, level, suggestion))

    def add_settled(self, settled: Settled, places: pl.DataFrame) -> None:
        for g, (rule, suggestion) in settled.reasons.items():
            level = "held" if settled.fates[g] == "h" else "error"
            self.counts[rule] = self.counts.get(rule, 0) + 1
            at = places.row(by_predicate=pl.col("_g") == g, named=True)
            picked = pl.DataFrame([{"_g": g, "line": at["_line"], "sheet": at["_sheet"]}])
            self.parts.append(_described(picked, "", rule, level, suggestion))

    def add_outside(self, found: pl.DataFrame) -> None:
        """Content outside the catalogue's columns that a person must look at: rows of `outside.FOUND`."""
        if not found.height:
            return
        self.counts[OUTSIDE] = self.counts.get(OUTSIDE, 0) + found.height
        self.warned.append(found["_g"].to_numpy())
        kept = self._bounded(np.arange(found.height))
        words = {"field": "", "rule": OUTSIDE, "level": "review"}
        described = found[kept].with_columns(pl.lit(v).alias(k) for k, v in words.items())
        self.parts.append(described.select(pl.col(k).cast(v) for k, v in SCHEMA.items()))

    def _bounded(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        room = max(0, KEPT_WARNINGS - self.kept_warnings)
        self.dropped += max(0, len(rows) - room)
        self.kept_warnings += min(room, len(rows))
        return rows[:room]

    def warned_rows(self, fates: npt.NDArray[np.uint8]) -> int:
        """Rows that went in with a warning."""
        if not self.warned:
            return 0
        rows = np.unique(np.concatenate(self.warned))
        return int(np.isin(fates[rows], [ord(f) for f in "ncdr"]).sum())

    def save(self, c: psycopg.Connection[Any], submission: int) -> None:
        if not self.parts:
            return
        table = pl.concat(self.parts).sort("_g", maintain_order=True).drop("_g")
        rows = table.with_columns(pl.lit(submission).alias("submission"), pl.lit("").alias("value"))
        with c.cursor() as cursor, cursor.copy(COPY) as copy:
            for piece in rows.select(COLUMNS).iter_slices(PIECE):
                text = io.BytesIO()
                piece.write_csv(
                    text, include_header=False, separator="\x02", quote_char="\x01", quote_style="non_numeric"
                )
                copy.write(text.getvalue())


def _described(picked: pl.DataFrame, code: str, rule: str, level: str, suggestion: str) -> pl.DataFrame:
    words = {"field": code, "rule": rule, "level": level, "suggestion": suggestion}
    return picked.with_columns(pl.lit(v).alias(k) for k, v in words.items()).select(
        pl.col(k).cast(v) for k, v in SCHEMA.items()
    )


def save_held(c: psycopg.Connection[Any], rows: pl.DataFrame, submission: int, item: int) -> None:
    """Held rows: _line _sheet _payload reason."""
    with (
        c.cursor() as cursor,
        cursor.copy("COPY held_row (submission, line, sheet, item, reason, payload) FROM STDIN") as copy,
    ):
        for r in rows.iter_rows(named=True):
            copy.write_row((submission, r["_line"], r["_sheet"], item, r["reason"], r["_payload"]))


def close_decided(
    c: psycopg.Connection[Any], place: tuple[int, int, str], later: int, line: int, fate: str
) -> None:
    """A held row that a person accepted."""
    c.execute(
        "INSERT INTO closure (submission, line, sheet, closed_by, outcome, later_line)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [*place, later, fate, line],
    )


def close_earlier(
    c: psycopg.Connection[Any], earlier: int, later: int, places: pl.DataFrame, fates: npt.NDArray[np.uint8]
) -> int:
    """Rows of our own rejects file leave the first submission: taken now, or gone back once more with this one.

    Returns how many were taken.
    """
    settled, seen = 0, set()
    with (
        c.cursor() as cursor,
        cursor.copy(
            "COPY closure (submission, line, sheet, closed_by, outcome, later_line) FROM STDIN"
        ) as copy,
    ):
        for g, line, at in places.select("_g", "_orig_line", "_line").drop_nulls().iter_rows():
            if line in seen:
                continue
            seen.add(line)
            fate = chr(fates[g])
            copy.write_row((earlier, line, "", later, fate, at))
            settled += fate in "ncdr"
    return settled


OPEN = """
SELECT s.id, s.item_code, s.filename, s.received_on,
       count(*) FILTER (WHERE p.wrong) AS rejected, count(*) FILTER (WHERE NOT p.wrong) AS held
FROM (SELECT submission, line, sheet, bool_or(wrong) AS wrong, max(born) AS born
      FROM (SELECT submission, line, sheet, level = 'error' AS wrong, 0 AS born
            FROM problem WHERE level IN ('error', 'held')
            UNION ALL SELECT submission, line, sheet, false, born FROM held_row h
            WHERE NOT EXISTS (SELECT 1 FROM submission u WHERE u.undoes = h.born)) owed
      GROUP BY submission, line, sheet) p
JOIN submission s ON s.id = p.submission
WHERE (%(provider)s = '' OR s.provider = %(provider)s) AND s.outcome = 'taken'
  AND NOT EXISTS (SELECT 1 FROM submission u WHERE u.undoes = s.id)
  AND NOT EXISTS (SELECT 1 FROM closure x WHERE x.submission = p.submission AND x.line = p.line
                  AND x.closed_by > p.born AND (x.sheet = '' OR x.sheet = p.sheet) AND NOT EXISTS (SELECT 1 FROM submission u WHERE u.undoes = x.closed_by))
GROUP BY s.id ORDER BY s.id
"""


def open_batches(c: psycopg.Connection[Any], provider: str) -> list[dict[str, Any]]:
    """Submissions with rejected or held rows that nothing has settled yet."""
    names = ("submission", "item", "filename", "received_on", "rejected", "held")
    rows = c.execute(OPEN, {"provider": provider}).fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]
