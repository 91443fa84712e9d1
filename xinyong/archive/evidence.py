"""Record versions as leaves: those of a batch, in the order of their lines.

A batch may hold millions, so they are read by binary COPY, in the order in which they lie, and put in order here.
"""

from __future__ import annotations

import uuid
from binascii import hexlify
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg.pq import ExecStatus

from xinyong.foundation.evidence.pieces import Piece, in_order
from xinyong.kernel.errors import Refused
from xinyong.kernel.tiles import HASH

NEWEST = "SELECT leaf FROM record_version WHERE record_id = %s ORDER BY seq DESC LIMIT 1"
TOLD = "SELECT payload, salt FROM record_version WHERE record_id = %s ORDER BY seq DESC LIMIT 1"
LEAVES = "SELECT line, record_id, seq, leaf FROM record_version WHERE born = {batch}"
WHOLE = "SELECT line, record_id, seq, leaf, salt, payload FROM record_version WHERE born = {batch}"
# Batches that wrote records and have no entry, or whose number nothing bears: found by steps through the index.
STRANGERS = {
    "record": """
WITH RECURSIVE batches (born) AS (
    SELECT min(born) FROM record_version
    UNION ALL SELECT (SELECT min(v.born) FROM record_version v WHERE v.born > b.born) FROM batches b WHERE b.born IS NOT NULL)
SELECT born::text FROM batches b WHERE born IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM evidence_entry e WHERE e.kind = 'record' AND e.ref = b.born::text) LIMIT 10
"""
}
PIECE = 20_000
START = 19  # bytes before the first row: signature, flags, length of what follows
KEY = [("n", ">i2"), ("s0", ">i4"), ("line", ">i4"), ("s1", ">i4"), ("high", ">u8"), ("low", ">u8"), ("s2", ">i4"),
       ("seq", ">i2"), ("s3", ">i4"), ("leaf", "V32")]  # fmt: skip
SHORT = np.dtype(KEY)
LONG = np.dtype([*KEY, ("salted", ">i4"), ("salt", "V16"), ("size", ">i4")])  # the payload follows
SALT = 16
KEYS = ("high", "low", "seq")  # of one line
Heads = npt.NDArray[np.void]


def leaves(c: psycopg.Connection[Any], batch: str) -> bytes:
    """Of a batch's rows, 32 bytes each, in the order of the trees."""
    rows = [m for piece in _copied(c, LEAVES.format(batch=int(batch))) for m in piece]
    heads = np.frombuffer(b"".join(map(_fixed, rows)), SHORT)
    order = in_order(heads["line"], [heads[k] for k in KEYS])
    return (heads["leaf"] if order is None else heads["leaf"][order]).tobytes()


def checked(c: psycopg.Connection[Any], batch: str) -> Iterator[Piece]:
    """All rows of a batch, as they lie, each compared with its leaf."""
    for rows in _copied(c, WHOLE.format(batch=int(batch))):
        heads = _heads(rows)
        yield _one_by_one(rows) if heads is None else _piece(heads, _unlike(heads, rows))


def _piece(heads: Heads, wrong: list[int], erased: int = 0) -> Piece:
    return Piece(heads["line"], tuple(heads[k] for k in KEYS), heads["leaf"].tobytes(), wrong, erased)


def _heads(rows: list[bytes]) -> Heads | None:
    """None: not every row has a salt and a payload."""
    joined = b"".join([row[: LONG.itemsize] for row in rows])
    if len(joined) != len(rows) * LONG.itemsize:
        return None
    heads = np.frombuffer(joined, LONG)
    whole = (heads["s3"] == HASH).all() and (heads["salted"] == SALT).all() and (heads["size"] >= 0).all()
    return heads if whole else None


def _unlike(heads: Heads, rows: list[bytes]) -> list[int]:
    salts = hexlify(heads["salt"].tobytes())
    at, step = LONG.itemsize, 2 * SALT
    made = b"".join(
        [
            sha256(salts[i : i + step] + row[at:]).digest()
            for i, row in zip(range(0, len(salts), step), rows, strict=True)
        ]
    )
    if made == heads["leaf"].tobytes():
        return []
    return np.flatnonzero(np.frombuffer(made, "V32") != heads["leaf"]).tolist()


def _one_by_one(rows: list[bytes]) -> Piece:
    """One by one: erased rows have neither salt nor payload."""
    rows = [_fixed(row) for row in rows]
    heads = np.frombuffer(b"".join([row[: SHORT.itemsize] for row in rows]), SHORT)
    wrong, erased = [], 0
    for n, row in enumerate(rows):
        salt, rest = _field(row[SHORT.itemsize :])
        payload, _ = _field(rest)
        if salt is None and payload is None:
            erased += 1
        elif (
            salt is None
            or payload is None
            or sha256(hexlify(salt) + payload).digest() != bytes(heads["leaf"][n])
        ):
            wrong.append(n)
    return _piece(heads, wrong, erased)


def _fixed(row: bytes) -> bytes:
    """With a leaf of 32 bytes, whatever somebody made of it: it is no row's leaf then, and the others stay readable."""
    at = SHORT.itemsize - HASH
    size = int.from_bytes(row[at - 4 : at], "big")
    if size == HASH:
        return row
    return row[: at - 4] + HASH.to_bytes(4, "big") + row[at : at + size].ljust(HASH)[:HASH] + row[at + size :]


def _field(data: bytes) -> tuple[bytes | None, bytes]:
    size = int.from_bytes(data[:4], "big", signed=True)
    return (None, data[4:]) if size < 0 else (data[4 : 4 + size], data[4 + size :])


def _copied(c: psycopg.Connection[Any], select: str) -> Iterator[list[bytes]]:
    """The rows as COPY sends them, PIECE at a time: one message of libpq is one row."""
    pg = c.pgconn
    result = pg.exec_(f"COPY ({select}) TO STDOUT (FORMAT binary)".encode())
    if result.status != ExecStatus.COPY_OUT:
        raise psycopg.OperationalError(result.error_message.decode(errors="replace"))
    rows: list[bytes] = []
    try:
        head = START
        while True:
            size, row = pg.get_copy_data(0)
            if size < 0:
                break
            rows.append(bytes(row[head:]) if head else bytes(row))
            head = 0
            if len(rows) > PIECE:  # the last message may be the end mark, which is no row
                yield rows[:PIECE]
                rows = rows[PIECE:]
        if rows[:-1]:
            yield rows[:-1]
    finally:
        _drained(pg)


def _drained(pg: Any) -> None:
    """Nothing of the COPY is left on the connection; OperationalError: it did not end well."""
    failed = b""
    while True:
        result = pg.get_result()
        if result is None:
            break
        if result.status == ExecStatus.COPY_OUT:
            while pg.get_copy_data(0)[0] >= 0:
                pass
        elif result.status != ExecStatus.COMMAND_OK:
            failed = result.error_message
    if failed:
        raise psycopg.OperationalError(failed.decode(errors="replace"))


def leaf_of(c: psycopg.Connection[Any], record: str) -> bytes:
    """The leaf of a record's newest version. Refused: there is no such record."""
    try:
        row = c.execute(NEWEST, [uuid.UUID(record)]).fetchone()
    except ValueError:
        row = None
    if row is None:
        raise Refused("no_record", f"没有编号为“{record[:40]}”的记录；请用档案里 record 一栏的编号。")
    return bytes(row[0])


def told(c: psycopg.Connection[Any], record: str) -> tuple[str | None, bytes | None]:
    """Canonical row and salt of a record's newest version; both None if it was erased."""
    row = c.execute(TOLD, [uuid.UUID(record)]).fetchone()
    return (row[0], row[1]) if row else (None, None)


SOURCES = {"record": leaves, "records": checked}
