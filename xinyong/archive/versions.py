"""Writing and fetching record versions in bulk. Nothing here updates a row: versions only follow."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
import psycopg

from xinyong.kernel import canonical

COLUMNS = (
    "record_id, seq, born, line, item, subject, kind, decided, valid_from, valid_to, salt, leaf, payload"
)
# Refused control characters serve as quote and delimiter: no text needs escaping.
COPY = f"COPY record_version ({COLUMNS}) FROM STDIN (FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01')"
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
    payload: str


def copy_new(c: psycopg.Connection[Any], rows: pl.DataFrame, batch: int, item: int, secret: str) -> None:
    """First versions: _record _line _subject _decided _from _to _payload (Dates and texts)."""
    out = rows.with_columns(canonical.salt_expr(secret, pl.col("_g")).alias("_salt"))
    out = out.with_columns(canonical.leaf_expr("_salt", "_payload").alias("_leaf"))
    out = out.select(
        "_record",
        pl.lit(1).alias("seq"),
        pl.lit(batch).alias("born"),
        "_line",
        pl.lit(item).alias("item"),
        "_subject",
        pl.lit("N").alias("kind"),
        "_decided",
        "_from",
        "_to",
        pl.concat_str([pl.lit("\\x"), "_salt"]).alias("salt"),
        pl.concat_str([pl.lit("\\x"), "_leaf"]).alias("leaf"),
        "_payload",
    )
    text = io.BytesIO()
    out.write_csv(text, include_header=False, separator="\x02", quote_char="\x01")
    with c.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.write(text.getbuffer())


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
FROM record_version v WHERE v.record_id = ANY(%s::uuid[])
ORDER BY v.record_id, v.seq DESC
"""


def latest(c: psycopg.Connection[Any], record_ids: Iterable[str]) -> dict[str, Version]:
    """The newest version of each record, own uncommitted ones included; unknown ids are left out."""
    wanted = list(dict.fromkeys(record_ids))
    found: dict[str, Version] = {}
    for at in range(0, len(wanted), CHUNK):
        for row in c.execute(LATEST, [wanted[at : at + CHUNK]]):
            found[row[0]] = Version(*row)
    return found


def aliases(c: psycopg.Connection[Any], record_ids: Iterable[str]) -> dict[str, str]:
    """Record ids computed from a corrected key → the record they are versions of."""
    sql = (
        "SELECT replace(alias::text, '-', ''), replace(record_id::text, '-', '')"
        " FROM record_alias WHERE alias = ANY(%s::uuid[])"
    )
    return dict(c.execute(sql, [list(record_ids)]).fetchall())
