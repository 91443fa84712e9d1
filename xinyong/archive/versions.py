"""Writing and fetching record versions in bulk. Nothing here updates a row: versions only follow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import psycopg

from xinyong.archive import binary_copy
from xinyong.kernel import canonical

COLUMNS = (
    "record_id, seq, born, line, item, subject, kind, decided, valid_from, valid_to, salt, leaf, payload"
)
COPY = f"COPY record_version ({COLUMNS}) FROM STDIN (FORMAT binary)"
PIECE = 8_192  # rows made ready at a time: they stay in the cache
DATES = ("_decided", "_from", "_to")
CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Version:
    record_id: str
    seq: int
    born: int
    subject: int
    kind: str
    decided: date | None
    valid_from: date | None
    valid_to: date | None
    payload: str | None  # None: erased


def copy_new(c: psycopg.Connection[Any], rows: pl.DataFrame, batch: int, item: int, secret: str) -> None:
    """First versions: _g _record _line _subject _decided _from _to _payload (Dates and texts).

    In the order of their ids, so that neighbours in the index are written together.
    """
    salts = canonical.salts(secret, int(rows["_g"].min()), rows.height)  # type: ignore[arg-type]
    rows = rows.with_columns(pl.Series("_salt", salts).bin.encode("hex"))
    rows = rows.with_columns(canonical.leaf_expr("_salt", "_payload").alias("_leaf"))
    rows = rows[_order(rows["_record"])]
    with c.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.write(binary_copy.HEAD)
        for part in _alike(rows):
            for piece in part.iter_slices(PIECE):
                copy.write(_packed(piece, batch, item))
        copy.write(binary_copy.END)


def _order(record_ids: pl.Series) -> npt.NDArray[np.int64]:
    """By the first eight bytes, which is order enough."""
    return np.argsort(np.frombuffer(binary_copy.unhexed(record_ids), ">u8")[::2].astype(np.uint64))


def _alike(rows: pl.DataFrame) -> list[pl.DataFrame]:
    """Parts in which each date is either given or absent in all rows."""
    mixed = [c for c in DATES if 0 < rows[c].null_count() < rows.height]
    if not mixed:
        return [rows]
    parts = rows.with_columns(pl.col(c).is_null().alias(f"{c}?") for c in mixed)
    return parts.partition_by([f"{c}?" for c in mixed], maintain_order=True)


def _packed(rows: pl.DataFrame, batch: int, item: int) -> bytes:
    """In the order of COLUMNS."""
    count = rows.height
    return binary_copy.rows(
        [
            binary_copy.octets(binary_copy.unhexed(rows["_record"]), 16),
            binary_copy.numbers(1, ">i2", count),
            binary_copy.numbers(batch, ">i4", count),
            binary_copy.numbers(rows["_line"].to_numpy(), ">i4", count),
            binary_copy.numbers(item, ">i2", count),
            binary_copy.numbers(rows["_subject"].to_numpy(), ">i8", count),
            binary_copy.octets(b"N" * count, 1),
            *(binary_copy.days(rows[c]) for c in DATES),
            binary_copy.octets(binary_copy.unhexed(rows["_salt"]), 16),
            binary_copy.octets(binary_copy.unhexed(rows["_leaf"]), 32),
        ],
        rows["_payload"],
    )


@dataclass(frozen=True, slots=True)
class Following:
    """A version to add after another one."""

    version: Version
    line: int
    item: int
    salt: bytes

    def row(self) -> tuple[Any, ...]:
        v = self.version
        leaf = canonical.leaf(self.salt, v.payload)
        head = (v.record_id, v.seq, v.born, self.line, self.item, v.subject, v.kind)
        return (*head, v.decided, v.valid_from, v.valid_to, self.salt, leaf, v.payload)


def add_following(c: psycopg.Connection[Any], versions: Iterable[Following]) -> None:
    with c.cursor() as cursor, cursor.copy(f"COPY record_version ({COLUMNS}) FROM STDIN") as copy:
        for v in versions:
            copy.write_row(v.row())


LATEST = """
SELECT DISTINCT ON (v.record_id) replace(v.record_id::text, '-', ''), v.seq, v.born, v.subject, v.kind,
       v.decided, v.valid_from, v.valid_to, v.payload
FROM record_version v WHERE v.record_id = ANY(%s::uuid[]) AND v.item = %s
ORDER BY v.record_id, v.seq DESC
"""


def latest(c: psycopg.Connection[Any], record_ids: Iterable[str], item: int) -> dict[str, Version]:
    """The newest version of each record of the item, own uncommitted ones included; unknown ids are left out."""
    wanted = list(dict.fromkeys(record_ids))
    found: dict[str, Version] = {}
    for at in range(0, len(wanted), CHUNK):
        for row in c.execute(LATEST, [wanted[at : at + CHUNK], item]):
            found[row[0]] = Version(*row)
    return found


ALIASES = """
SELECT DISTINCT ON (a.alias) replace(a.alias::text, '-', ''), replace(a.record_id::text, '-', '')
FROM record_alias a WHERE a.{} = ANY(%s::uuid[])
  AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = a.born)
ORDER BY a.alias, a.born DESC
"""


def aliases(c: psycopg.Connection[Any], record_ids: Iterable[str]) -> dict[str, str]:
    """Record ids computed from a corrected key → the record they are versions of; an undone batch's ended."""
    return dict(c.execute(ALIASES.format("alias"), [list(record_ids)]).fetchall())


def aliases_of(c: psycopg.Connection[Any], record_ids: Iterable[str]) -> dict[str, str]:
    """The same, asked from the other side: the aliases of these records."""
    return dict(c.execute(ALIASES.format("record_id"), [list(record_ids)]).fetchall())
