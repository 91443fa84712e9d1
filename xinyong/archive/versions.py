"""Writing and fetching record versions in bulk. Nothing here updates a row: versions only follow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import psycopg
from psycopg.copy import QueuedLibpqWriter

from xinyong.archive import binary_copy
from xinyong.kernel import canonical

COLUMNS = (
    "record_id, seq, born, line, item, subject, kind, decided, valid_from, valid_to, salt, leaf, payload"
)
COPY = f"COPY record_version ({COLUMNS}) FROM STDIN (FORMAT binary)"
PIECE = 8_192  # rows made ready at a time: they stay in the cache
DATES = ("_decided", "_from", "_to")
CHUNK = 5_000
POST = "COPY subject_records (subject, item, born, records) FROM STDIN (FORMAT binary)"
POSTED = 64  # records in one row: with more, PostgreSQL would store the row elsewhere
UUID = 2950  # PostgreSQL's number for the type

Ids = npt.NDArray[np.void]  # 16 bytes each
Numbers = npt.NDArray[np.int64]


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


@dataclass(frozen=True, slots=True)
class Written:
    """Whose records a batch wrote: subject and record id, row by row."""

    subjects: Numbers
    records: Ids


def copy_new(c: psycopg.Connection[Any], rows: pl.DataFrame, batch: int, item: int, secret: str) -> Written:
    """First versions: _g _record _line _subject _decided _from _to _payload (Dates and texts).

    In the order of their ids, so that neighbours in the index are written together; sent by a thread of its own.
    """
    salts = canonical.salts(secret, int(rows["_g"].min()), rows.height)  # type: ignore[arg-type]
    records = _ids(rows["_record"])
    order = _order(records)
    rows = rows.with_columns(pl.Series("_salt", salts))[order]
    pieces = (_packed(p, batch, item) for part in _alike(rows) for p in part.iter_slices(PIECE))
    _copied(c, COPY, pieces)
    return Written(rows["_subject"].to_numpy(), records[order])


def _copied(c: psycopg.Connection[Any], statement: str, pieces: Iterable[bytes]) -> None:
    with c.cursor() as cursor, cursor.copy(statement, writer=QueuedLibpqWriter(cursor)) as copy:
        copy.write(binary_copy.HEAD)
        for piece in pieces:
            copy.write(piece)
        copy.write(binary_copy.END)


def post(c: psycopg.Connection[Any], written: Sequence[Written], batch: int, item: int) -> None:
    """Note whose records a batch wrote, in the order of subjects (see `models.SubjectRecords`)."""
    subjects = np.concatenate([w.subjects for w in written])
    order = np.argsort(subjects)
    subjects = subjects[order]
    records = np.concatenate([w.records for w in written])[order]
    fresh = np.append(True, subjects[1:] != subjects[:-1])
    places = np.arange(len(subjects))
    rank = places - np.maximum.accumulate(np.where(fresh, places, 0))
    bounds = np.append(np.flatnonzero(rank % POSTED == 0), len(subjects))
    del order, fresh, places, rank  # of a large file each is as large as a column of it
    _copied(c, POST, _posted(subjects, records, bounds, batch, item))


def _posted(subjects: Numbers, records: Ids, bounds: Numbers, batch: int, item: int) -> Iterator[bytes]:
    """Rows of `subject_records`, each from one of `bounds` to the next."""
    for at in range(0, len(bounds) - 1, PIECE):
        some = bounds[at : at + PIECE + 1]
        first, end, count = some[0], some[-1], len(some) - 1
        fixed = [
            binary_copy.numbers(subjects[some[:-1]], ">i8", count),
            binary_copy.numbers(item, ">i2", count),
            binary_copy.numbers(batch, ">i4", count),
        ]
        yield binary_copy.rows(fixed, binary_copy.arrays(records[first:end], some[:-1] - first, UUID))


def _ids(record_ids: pl.Series) -> Ids:
    return np.frombuffer(binary_copy.unhexed(record_ids), "V16")


def _order(records: Ids) -> npt.NDArray[np.int64]:
    """By the first eight bytes, which is order enough."""
    return np.argsort(records.view(">u8")[::2].astype(np.uint64))


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
    rows = rows.with_columns(pl.col("_salt").bin.encode("hex").alias("_hex"))
    leaves = rows.select(canonical.leaf_expr("_hex", "_payload")).to_series()
    return binary_copy.rows(
        [
            _ids(rows["_record"]),
            binary_copy.numbers(1, ">i2", count),
            binary_copy.numbers(batch, ">i4", count),
            binary_copy.numbers(rows["_line"].to_numpy(), ">i4", count),
            binary_copy.numbers(item, ">i2", count),
            binary_copy.numbers(rows["_subject"].to_numpy(), ">i8", count),
            binary_copy.octets(b"N" * count, 1),
            *(binary_copy.days(rows[c]) for c in DATES),
            binary_copy.octets(b"".join(rows["_salt"].to_list()), 16),
            binary_copy.octets(binary_copy.unhexed(leaves), 32),
        ],
        rows["_payload"].cast(pl.Binary).to_list(),
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
    versions = list(versions)
    with c.cursor() as cursor, cursor.copy(f"COPY record_version ({COLUMNS}) FROM STDIN") as copy:
        for v in versions:
            copy.write_row(v.row())
    _post_following(c, versions)


def _post_following(c: psycopg.Connection[Any], versions: Iterable[Following]) -> None:
    """A revocation leaves the record with its subject; whatever else follows may bring it to another one."""
    written: dict[tuple[int, int], list[Version]] = defaultdict(list)
    for f in versions:
        if f.version.kind != "R":
            written[f.version.born, f.item].append(f.version)
    for (batch, item), found in written.items():
        ids = b"".join(bytes.fromhex(v.record_id) for v in found)
        subjects = np.array([v.subject for v in found], np.int64)
        post(c, [Written(subjects, np.frombuffer(ids, "V16"))], batch, item)


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
