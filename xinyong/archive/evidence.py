"""Record versions as leaves: those of a batch, in the order of their lines; and a leaf that closes the batch.

A record's leaf is of what the record says. Whose it is, of which kind, under which dates and in which line stands beside
it, in columns: the leaf that closes a batch is of all those, and of the subjects they name.

A batch may hold millions, so rows are read by binary COPY, in the order in which they lie, and put in order here.
"""

from __future__ import annotations

import uuid
from binascii import hexlify
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg.pq import ExecStatus

from xinyong.archive import posted
from xinyong.foundation.evidence.entries import Closing
from xinyong.foundation.evidence.own import Own
from xinyong.foundation.evidence.pieces import Piece, in_order
from xinyong.kernel.errors import Refused
from xinyong.kernel.tiles import HASH

NEWEST = "SELECT leaf FROM record_version WHERE record_id = %s ORDER BY seq DESC LIMIT 1"
VERSIONS = """
SELECT v.record_id, v.seq, v.leaf, v.salt, v.payload FROM unnest(%s::uuid[], %s::int[]) AS a (record, seq)
JOIN record_version v ON v.record_id = a.record AND v.seq = a.seq"""
TOLD = "SELECT payload, salt FROM record_version WHERE record_id = %s ORDER BY seq DESC LIMIT 1"
# A day as four bytes, whatever it is: none is -infinity, which no intake writes, and -infinity is told as infinity.
DAY = "CASE WHEN {0} IS NULL THEN '-infinity'::date WHEN {0} = '-infinity'::date THEN 'infinity'::date ELSE {0} END"
BESIDE = ", ".join(
    [
        "line, record_id, seq, item, subject, ascii(kind)",
        *map(DAY.format, ("decided", "valid_from", "valid_to")),
    ]
)
LEAVES = f"SELECT {BESIDE}, leaf FROM record_version WHERE born = {{batch}}"
WHOLE = f"SELECT {BESIDE}, leaf, salt, payload FROM record_version WHERE born = {{batch}}"
SUBJECTS = "SELECT id, public_id, scheme, kind, value FROM credit_subject"
KEEP = "INSERT INTO evidence_rows (batch, rows, subjects) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
KEPT = "SELECT rows, subjects FROM evidence_rows WHERE batch = %s"
STRANGERS = {
    # Batches that wrote records and have no entry, or whose number nothing bears: found by steps through the index.
    "record": """
WITH RECURSIVE batches (born) AS (
    SELECT min(born) FROM record_version
    UNION ALL SELECT (SELECT min(v.born) FROM record_version v WHERE v.born > b.born) FROM batches b WHERE b.born IS NOT NULL)
SELECT born::text FROM batches b WHERE born IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM evidence_entry e WHERE e.kind = 'record' AND e.ref = b.born::text) LIMIT 10
""",
    # `at` rises with `seq`: a publication that says otherwise was dated back.
    "publication": """
SELECT seq::text FROM (SELECT seq, at, lag(at) OVER (ORDER BY seq) AS before FROM publication) p
WHERE at <= before ORDER BY seq LIMIT 10
""",
}
# Intake publishes in the transaction that writes the receipt, unless it refused the file.
MISSING = {
    "publication": """
SELECT s.id::text FROM submission s WHERE s.outcome <> 'refused'
  AND NOT EXISTS (SELECT 1 FROM publication p WHERE p.batch = s.id) ORDER BY s.id LIMIT 10
"""
}
PUBLICATION = Own("publication", "publication", "at", "seq batch at undoes", "at", "seq", "seq")
MERGE = Own("subject_merge", "subject_merge", "at", "id loser winner splits reason basis born at", "at")
OWN = (PUBLICATION, MERGE)
PIECE = 20_000
START = 19  # bytes before the first row: signature, flags, length of what follows
KEY = [("n", ">i2"), ("s0", ">i4"), ("line", ">i4"), ("s1", ">i4"), ("high", ">u8"), ("low", ">u8"), ("s2", ">i4"),
       ("seq", ">i2"), ("s3", ">i4"), ("item", ">i2"), ("s4", ">i4"), ("subject", ">i8"), ("s5", ">i4"), ("kind", ">i4"),
       ("s6", ">i4"), ("decided", ">i4"), ("s7", ">i4"), ("from", ">i4"), ("s8", ">i4"), ("to", ">i4"),
       ("size", ">i4"), ("leaf", "V32")]  # fmt: skip
SHORT = np.dtype(KEY)
LONG = np.dtype([*KEY, ("salted", ">i4"), ("salt", "V16"), ("told", ">i4")])  # the payload follows
AT = SHORT.itemsize - HASH  # of the leaf
SALT = 16
KEYS = ("high", "low", "seq")  # of one line
WIDTH = AT - 4 - 2  # of what stands beside a leaf: from the line to the last day, each with its length
RECORD, ITEM, SUBJECT, AT_KIND = 12, 38, 44, 59  # where in that they begin; of the kind its last byte
NAMED = 100  # records named one by one
ODD = np.arange(1, 2 * (WIDTH // 4), 2, dtype=np.uint32) * np.uint32(2_654_435_761)  # no two alike, all odd
Heads = npt.NDArray[np.void]
Rows = npt.NDArray[np.uint8]  # WIDTH bytes each
Prints = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.int64]


def leaves(c: psycopg.Connection[Any], batch: str) -> bytes:
    """Of a batch's rows, 32 bytes each, in the order of the trees."""
    heads = _ordered(c, batch)
    return heads["leaf"].tobytes()


def _ordered(c: psycopg.Connection[Any], batch: str) -> Heads:
    rows = [m for piece in _copied(c, LEAVES.format(batch=int(batch))) for m in piece]
    heads = np.frombuffer(b"".join(map(_fixed, rows)), SHORT)
    order = in_order(heads["line"], [heads[k] for k in KEYS])
    return heads if order is None else heads[order]


def _beside(heads: Heads) -> Rows:
    """From the line to the last day, as they came: of one width, since none of them is NULL."""
    raw = np.ascontiguousarray(heads).view(np.uint8).reshape(len(heads), heads.dtype.itemsize)
    return np.ascontiguousarray(raw[:, 2 : 2 + WIDTH])


def checked(c: psycopg.Connection[Any], batch: str) -> Iterator[Piece]:
    """All rows of a batch, as they lie, each compared with its leaf."""
    for rows in _copied(c, WHOLE.format(batch=int(batch))):
        heads = _heads(rows)
        yield _one_by_one(rows) if heads is None else _piece(heads, _unlike(heads, rows))


def _piece(heads: Heads, wrong: list[int], empty: Sequence[int] = ()) -> Piece:
    keys = tuple(heads[k] for k in KEYS)
    return Piece(heads["line"], keys, heads["leaf"].tobytes(), wrong, empty, _beside(heads))


def _heads(rows: list[bytes]) -> Heads | None:
    """None: not every row has a salt and a payload."""
    joined = b"".join([row[: LONG.itemsize] for row in rows])
    if len(joined) != len(rows) * LONG.itemsize:
        return None
    heads = np.frombuffer(joined, LONG)
    whole = (heads["size"] == HASH).all() and (heads["salted"] == SALT).all() and (heads["told"] >= 0).all()
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
    """One by one: emptied rows have neither salt nor payload."""
    rows = [_fixed(row) for row in rows]
    heads = np.frombuffer(b"".join([row[: SHORT.itemsize] for row in rows]), SHORT)
    wrong, empty = [], []
    for n, row in enumerate(rows):
        salt, rest = _field(row[SHORT.itemsize :])
        payload, _ = _field(rest)
        if salt is None and payload is None:
            empty.append(n)
        elif (
            salt is None
            or payload is None
            or sha256(hexlify(salt) + payload).digest() != bytes(heads["leaf"][n])
        ):
            wrong.append(n)
    return _piece(heads, wrong, empty)


def _fixed(row: bytes) -> bytes:
    """With a leaf of 32 bytes, whatever somebody made of it: it is no row's leaf then, and the others stay readable."""
    size = int.from_bytes(row[AT - 4 : AT], "big")
    if size == HASH:
        return row
    return row[: AT - 4] + HASH.to_bytes(4, "big") + row[AT : AT + size].ljust(HASH)[:HASH] + row[AT + size :]


def _field(data: bytes) -> tuple[bytes | None, bytes]:
    size = int.from_bytes(data[:4], "big", signed=True)
    return (None, data[4:]) if size < 0 else (data[4 : 4 + size], data[4 + size :])


def _copied(c: psycopg.Connection[Any], select: str) -> Iterator[list[bytes]]:
    """The rows as COPY sends them, PIECE at a time: one message of libpq is one row."""
    pg = c.pgconn
    result = pg.exec_(f"COPY ({select}) TO STDOUT (FORMAT binary)".encode())
    if result.status != ExecStatus.COPY_OUT:
        raise psycopg.OperationalError(result.error_message.decode(errors="replace"))
    take = pg.get_copy_data
    try:
        size, row = take(0)
        rows = [bytes(row[START:])] if size > 0 else []
        while size > 0:
            for _ in range(PIECE):
                size, row = take(0)
                if size < 0:
                    break
                rows.append(bytes(row))
            if rows[:-1]:
                yield rows[:-1]
            rows = rows[-1:]  # the last message of all is the end mark, which is no row
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


# what closes a batch


def _sealed(c: psycopg.Connection[Any], batch: str) -> tuple[bytes, dict[str, Any]]:
    """Leaves and closing document; a print of each row is kept, to find those that are changed later."""
    heads = _ordered(c, batch)
    beside = _beside(heads)
    subjects, told = _subjects(c, beside)
    c.execute(KEEP, [int(batch), _prints(beside).tobytes(), _prints_of(told).tobytes()])
    return heads["leaf"].tobytes(), _said(batch, beside, subjects, told)


def _document(c: psycopg.Connection[Any], batch: str, beside: Rows, memo: dict[str, Any]) -> dict[str, Any]:
    if len(beside):
        told = beside[(beside[:, AT_KIND] != posted.REVOKED) & beside[:, SUBJECT : SUBJECT + 8].any(axis=1)]
        way = memo.setdefault("posted", posted.Posted())
        way.add(told[:, RECORD : RECORD + 16], told[:, ITEM : ITEM + 2], told[:, SUBJECT : SUBJECT + 8])
    return _said(batch, beside, *_subjects(c, beside))


def _end(c: psycopg.Connection[Any], memo: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Records that their subject's archive does not show any more, since the way to them was taken away."""
    way: posted.Posted | None = memo.get("posted")
    if way is None or way.whole(_copied(c, posted.SELECT)):
        return
    for born, line, record in posted.hidden(c, NAMED):
        where = f"批次 {born} 第 {line} 行的记录（{record}）"
        yield (
            "missing",
            f"record {born}:{line}",
            f"{where}在主体名下的索引里没有：它被藏起来了，查档案看不到。",
        )


def _said(batch: str, beside: Rows, subjects: Numbers, told: list[bytes]) -> dict[str, Any]:
    """Part of the log's format. What is told of a subject is a row as COPY sends it, which says where it ends."""
    return {
        "batch": batch,
        "rows": len(beside),
        "sha256": sha256(beside.tobytes()).hexdigest(),
        "subjects": sha256(subjects.astype(">i8").tobytes() + b"".join(told)).hexdigest(),
    }


def _subjects(c: psycopg.Connection[Any], beside: Rows) -> tuple[Numbers, list[bytes]]:
    """The subjects that rows name, ascending, and what each is; nothing of one that is not there."""
    if not len(beside):
        return np.empty(0, np.int64), []
    raw = np.ascontiguousarray(beside[:, SUBJECT : SUBJECT + 8])
    numbers = _distinct(raw.view(">i8").reshape(-1).astype(np.int64))
    told = [b""] * len(numbers)
    for rows in _copied(c, f"{SUBJECTS} WHERE {_among(numbers)}"):
        ids = np.frombuffer(b"".join([row[6:14] for row in rows]), ">i8")
        places = np.minimum(np.searchsorted(numbers, ids), len(numbers) - 1)
        named = np.flatnonzero(numbers[places] == ids)
        for at, n in zip(places[named].tolist(), named.tolist(), strict=True):
            told[at] = rows[n]
    return numbers, told


def _distinct(numbers: Numbers) -> Numbers:
    """Ascending. Subjects' numbers lie close together, so a flag for each is less work than sorting."""
    first, span = numbers.min(), int(numbers.max()) - int(numbers.min())
    if span > 16 * len(numbers) + 1_000_000:
        return np.unique(numbers)
    there = np.zeros(span + 1, bool)
    there[numbers - first] = True
    return np.flatnonzero(there) + first


def _among(numbers: Numbers) -> str:
    """Close together they are read in one sweep, with some between that nobody asked for."""
    first, last = int(numbers[0]), int(numbers[-1])
    if last - first < 4 * len(numbers):
        return f"id BETWEEN {first} AND {last}"
    return f"id IN ({','.join(map(str, numbers.tolist()))})"


def _prints(rows: Rows) -> Prints:
    """Four bytes a row, which tell where a change is; that there is one the leaf proves."""
    with np.errstate(over="ignore"):
        return (rows.view("<u4") * ODD).sum(axis=1, dtype="<u4")


def _prints_of(told: list[bytes]) -> Prints:
    return np.fromiter(map(crc32, told), "<u4", len(told))


def _where(c: psycopg.Connection[Any], batch: str) -> list[str]:
    """Which rows and subjects are no longer as they were sealed."""
    row = c.execute(KEPT, [int(batch)]).fetchone()
    if row is None:
        return []
    heads = _ordered(c, batch)
    subjects, told = _subjects(c, _beside(heads))
    lines = _differing(heads["line"], _prints(_beside(heads)), row[0])
    codes = _differing(subjects, _prints_of(told), row[1])
    return [f"第 {n} 行" for n in lines] + [f"主体 {n}" for n in codes]


def _differing(numbers: npt.NDArray[Any], now: Prints, kept: bytes) -> list[int]:
    then = np.frombuffer(kept, "<u4")
    return [int(n) for n in numbers[then != now]] if len(then) == len(now) else []


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


def versions(
    c: psycopg.Connection[Any], wanted: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], tuple[bytes, bytes | None, str | None]]:
    """(record id in 32 hex digits, version) → leaf, salt and canonical row, the last two None if it was erased."""
    rows = c.execute(VERSIONS, [[r for r, _ in wanted], [n for _, n in wanted]]).fetchall()
    return {(record.hex, seq): (bytes(leaf), salt, row) for record, seq, leaf, salt, row in rows}


SOURCES = {"record": leaves, "records": checked}
CLOSINGS = {"record": Closing("batch", _sealed, _document, _end, _where)}
