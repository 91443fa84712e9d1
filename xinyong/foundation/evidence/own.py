"""Tables whose rows are leaves themselves: looks, authorisations, marks, issued reports.

Each row brings its salt and its leaf, made by the table's trigger in the statement that writes the row. So no way
into the table passes the log by, writing a row costs no second insert, and sealing takes rows up by range.

A row's number is given out before its transaction commits, so a number may appear after a higher one was sealed.
Sealing remembers the numbers it did not find for KEPT_OPEN and looks for them each time. A row that comes even later
is not lost either: `verify` finds that no sealing has it.

What a rule may have to take out of a row (a sealed text of a person) stands in its document as a hash under the row's
`secret`. Emptying such a row puts the hash in the text's place and destroys the secret: the rest of the row stays as
provable as it was, and nobody can find the text by trying, not even with the key it was sealed with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np
import psycopg

from xinyong.foundation import keys
from xinyong.foundation.evidence.pieces import Piece
from xinyong.kernel.tiles import HASH

KEPT_OPEN = timedelta(days=7)
AT_MOST = 100  # ranges in one reference: it stands in an index
Range = tuple[int, int]  # first and last number, both inclusive
PIECE = 5_000  # rows read at a time
_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")
_SALT = "pg_catalog.uuid_send(pg_catalog.gen_random_uuid())"
_HASHED = "pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.encode({0}.salt, 'hex') || {1}, 'UTF8'))"
GONE = "erased:"  # how a text begins that a rule took; its hash follows
_IS_GONE = f"^{GONE}[0-9a-f]{{64}}$"
_IS_SEALED = f"^{keys.SEALED}"


@dataclass(frozen=True, slots=True)
class Own:
    """`columns`, `times` (those with a time zone): names with spaces between. `moment`: the column that says when.

    `name`: the column by which a row is called when somebody asks for its proof, or several with dots between. `key`:
    the column that numbers rows. `sealed`: text columns of which the document has hashes only. `within`: jsonb columns
    of which the same goes for whatever text in them is sealed; the hashes stand under the column's name and `_sealed`.
    `added`: columns that the table has had only since it has leaves: rows of before have NULL in all of them, and their
    document does without, so that they keep their leaf. A row that has one can't lose it unseen, one without gain it.
    """

    kind: str
    table: str
    moment: str
    columns: str
    times: str
    name: str = "id"
    key: str = "id"
    sealed: str = ""
    within: str = ""
    added: str = ""

    def __post_init__(self) -> None:
        columns = self.columns.split()
        listed = [*self.name.split("."), *self.times.split(), *self.sealed.split(), *self.within.split()]
        named = {self.key, self.moment, *listed, *self.added.split()}
        if not all(_NAME.match(n) for n in [self.kind, self.table, *columns]) or not named <= set(columns):
            raise ValueError(
                f"{self.table}: names are lower-case identifiers, with key and moment among the columns"
            )

    @property
    def empties(self) -> bool:
        """Whether a rule may empty a row, which then has a `secret`."""
        return bool(self.sealed or self.within)

    def document(self, row: str) -> str:
        """The SQL that gives a row as JSON text: columns in their order, moments in UTC without a zone."""
        added = self.added.split()
        whole = self._object(row, self.columns.split())
        if not added:
            return whole
        before = self._object(row, [c for c in self.columns.split() if c not in added])
        lacking = " AND ".join(f'{row}."{c}" IS NULL' for c in added)
        return f"(CASE WHEN {lacking} THEN {before} ELSE {whole} END)"

    def _object(self, row: str, columns: Iterable[str]) -> str:
        pairs = (pair for c in columns for pair in self._told(row, c))
        return f"pg_catalog.json_build_object({', '.join(pairs)})::text"

    def _told(self, row: str, c: str) -> list[str]:
        value = f'{row}."{c}"'
        if c in self.times.split():
            return [f"'{c}', {value} AT TIME ZONE 'UTC'"]
        if c in self.sealed.split():
            return [f"'{c}', {_hash(row, c, value)}"]
        if c in self.within.split():
            return [f"'{c}', {_plain(row, c)}", f"'{c}_sealed', {_hashes(row, c)}"]
        return [f"'{c}', {value}"]

    def leaves(self, c: psycopg.Connection[Any], ref: str) -> bytes:
        """Of the rows a reference names, 32 bytes each."""
        return b"".join(leaf for _, leaf in c.execute(self._picked("t.leaf"), bounds(parsed(ref))))

    def pieces(self, c: psycopg.Connection[Any], ref: str) -> Iterator[Piece]:
        """The rows a reference names, each compared with its leaf. No rule takes a salt: without one a row is wrong."""
        gone = "t.secret IS NULL" if self.empties else "false"
        what = f"{self.document('t')}, t.salt, t.leaf, {gone}"
        with c.cursor(name="evidence_own", binary=True) as cursor:
            cursor.execute(self._picked(what), bounds(parsed(ref)))
            while rows := cursor.fetchmany(PIECE):
                good = [salt is not None and _leaf(salt, told) == leaf for _, told, salt, leaf, _ in rows]
                yield Piece(
                    np.array([number for number, *_ in rows], np.int64),
                    (),
                    b"".join(leaf.ljust(HASH)[:HASH] for *_, leaf, _ in rows),
                    [n for n, sound in enumerate(good) if not sound],
                    [n for n, (*_, gone) in enumerate(rows) if gone and good[n]],
                )

    def one(self, c: psycopg.Connection[Any], ref: str) -> tuple[str | None, bytes | None, bytes] | None:
        """Document, salt and leaf of the row called `ref`; without a salt no document."""
        row = c.execute(
            f'SELECT CASE WHEN t.salt IS NOT NULL THEN {self.document("t")} END, t.salt, t.leaf FROM "{self.table}" t'  # type: ignore[arg-type]
            f" WHERE {self._called()} = %s",
            [ref],
        ).fetchone()
        return (row[0], row[1], row[2]) if row else None

    def _called(self) -> str:
        columns = [f't."{n}"' for n in self.name.split(".")]
        return (
            f"{columns[0]}::text" if len(columns) == 1 else f"pg_catalog.concat_ws('.', {', '.join(columns)})"
        )

    def empty(self, c: psycopg.Connection[Any], numbers: Sequence[int]) -> list[str]:
        """Take the sealed texts out of these rows, as a rule demands; the leaves (hex) of those that had theirs still.

        For the owner's connection, in one transaction with `erasures.register`, to which the leaves are given
        (`detail["leaves"]`): a row that is empty without that was emptied behind the application's back.
        """
        texts = [f'"{n}" = {_emptied("t", n)}' for n in self.sealed.split()]
        texts += [f'"{n}" = {_emptied_within("t", n)}' for n in self.within.split()]
        change = f'UPDATE "{self.table}" t SET secret = NULL, {", ".join(texts)}'
        which = f"WHERE t.\"{self.key}\" = ANY(%s) AND t.secret IS NOT NULL RETURNING encode(t.leaf, 'hex')"
        return [leaf for (leaf,) in c.execute(f"{change} {which}", [list(numbers)])]  # type: ignore[arg-type]

    def _picked(self, what: str) -> Any:
        return (
            f'SELECT t."{self.key}", {what} FROM unnest(%(firsts)s::bigint[], %(lasts)s::bigint[]) AS r (first, last)'
            f' JOIN "{self.table}" t ON t."{self.key}" BETWEEN r.first AND r.last ORDER BY 1'
        )

    def fresh(self, c: psycopg.Connection[Any], reach: Reach, most: int) -> list[tuple[int, bytes]]:
        """(number, leaf) of up to `most` rows that no sealing has, in the order of their numbers."""
        late = c.execute(self._picked("t.leaf"), bounds(reach.open)).fetchall() if reach.open else []
        after = f'SELECT "{self.key}", leaf FROM "{self.table}" WHERE "{self.key}" > %s ORDER BY 1 LIMIT %s'
        return late + c.execute(after, [reach.to, most]).fetchall()  # type: ignore[arg-type]

    def waiting(self, c: psycopg.Connection[Any], reach: Reach) -> tuple[int, Any]:
        """How many rows no sealing has, and when the oldest of them was written."""
        late = (
            " OR EXISTS (SELECT 1 FROM unnest(%(firsts)s::bigint[], %(lasts)s::bigint[]) AS r (first, last)"
            f' WHERE t."{self.key}" BETWEEN r.first AND r.last)'
        )
        found = c.execute(
            f'SELECT count(*), min("{self.moment}") FROM "{self.table}" t WHERE t."{self.key}" > %(to)s'  # type: ignore[arg-type]
            + (late if reach.open else ""),
            {"to": reach.to, **bounds(reach.open)},
        ).fetchone()
        assert found is not None
        return found[0], found[1]

    def strangers(self, c: psycopg.Connection[Any], sealed: Sequence[Range], reach: Reach) -> list[int]:
        """Numbers up to the reach that no sealing has and that are not waiting: put in behind the application's back."""
        known = _joined([*sealed, *reach.open])
        if len(known) == 1 and known[0][0] <= 1 and known[0][1] >= reach.to:
            below = f'SELECT "{self.key}" FROM "{self.table}" WHERE "{self.key}" < %s ORDER BY 1'
            return [n for (n,) in c.execute(below, [known[0][0]])]  # type: ignore[arg-type]
        there = f'SELECT "{self.key}" FROM "{self.table}" WHERE "{self.key}" <= %s ORDER BY 1'
        return list(_outside([n for (n,) in c.execute(there, [reach.to])], known))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a table is sealed: up to the number `to`, without those in `open` (each with the day it was missed)."""

    to: int = 0
    missed: tuple[tuple[int, int, str], ...] = ()

    @property
    def open(self) -> list[Range]:
        return [(first, last) for first, last, _ in self.missed]

    def after(self, numbers: Sequence[int], today: date) -> Reach:
        """The reach once these numbers, which were fresh, are sealed."""
        late = [n for n in numbers if n <= self.to]
        new = [self.to, *(n for n in numbers if n > self.to)]
        fresh = [(a + 1, b - 1, today.isoformat()) for a, b in pairwise(new) if b > a + 1]
        oldest = (today - KEPT_OPEN).isoformat()
        kept = [
            (a, b, day)
            for first, end, day in self.missed
            if day >= oldest
            for a, b in _without((first, end), late)
        ]
        return Reach(max(new), (*kept, *fresh))

    def as_json(self) -> list[Any]:
        return [self.to, [list(m) for m in self.missed]]

    @staticmethod
    def of_json(raw: Any) -> Reach:
        return Reach(raw[0], tuple((a, b, day) for a, b, day in raw[1])) if raw else Reach()


def _hash(row: str, name: str, text: str) -> str:
    """The SQL for what a document says of a sealed text: its hash, of an emptied row's the one that it left."""
    told = f"pg_catalog.encode({row}.secret, 'hex') || ':{name}:' || {text}"
    made = f"pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to({told}, 'UTF8')), 'hex')"
    left = f"pg_catalog.substring({text}, '^{GONE}([0-9a-f]{{64}})$')"
    return f"CASE WHEN {text} = '' THEN '' WHEN {row}.secret IS NULL THEN {left} ELSE {made} END"


def _within(row: str, name: str) -> tuple[str, str]:
    """The SQL for the members of a jsonb column, and for whether one is sealed."""
    text = "(e.value #>> '{}')"
    pattern = f"CASE WHEN {row}.secret IS NULL THEN '{_IS_GONE}' ELSE '{_IS_SEALED}' END"
    members = f"""CASE WHEN pg_catalog.jsonb_typeof({row}."{name}") = 'object' THEN {row}."{name}" ELSE '{{}}' END"""
    is_sealed = f"(pg_catalog.jsonb_typeof(e.value) = 'string' AND {text} ~ {pattern})"
    return f"FROM pg_catalog.jsonb_each({members}) e", is_sealed


def _plain(row: str, name: str) -> str:
    members, is_sealed = _within(row, name)
    found = f"pg_catalog.jsonb_object_agg(e.key, e.value) FILTER (WHERE NOT {is_sealed})"
    inner = f"(SELECT coalesce({found}, '{{}}') {members})"
    return f"""CASE WHEN pg_catalog.jsonb_typeof({row}."{name}") = 'object' THEN {inner} ELSE {row}."{name}" END"""


def _hashes(row: str, name: str) -> str:
    members, is_sealed = _within(row, name)
    one = _hash(row, name, "(e.value #>> '{}')")
    return f"(SELECT coalesce(pg_catalog.jsonb_object_agg(e.key, {one}) FILTER (WHERE {is_sealed}), '{{}}') {members})"


def _emptied(row: str, name: str) -> str:
    text = f'{row}."{name}"'
    return f"CASE WHEN {text} = '' THEN '' ELSE '{GONE}' || ({_hash(row, name, text)}) END"


def _emptied_within(row: str, name: str) -> str:
    members, is_sealed = _within(row, name)
    one = _hash(row, name, "(e.value #>> '{}')")
    value = f"CASE WHEN {is_sealed} THEN pg_catalog.to_jsonb('{GONE}' || ({one})) ELSE e.value END"
    return f"(SELECT coalesce(pg_catalog.jsonb_object_agg(e.key, {value}), '{{}}') {members})"


def _leaf(salt: bytes, document: str) -> bytes:
    return sha256(salt.hex().encode() + document.encode()).digest()


def _without(whole: Range, taken: Iterable[int]) -> Iterator[Range]:
    first, last = whole
    for n in sorted(n for n in taken if first <= n <= last):
        if n > first:
            yield first, n - 1
        first = n + 1
    if first <= last:
        yield first, last


def ranges(numbers: Sequence[int]) -> list[Range]:
    """Ascending numbers as the ranges they make up."""
    found: list[Range] = []
    for n in numbers:
        if found and found[-1][1] == n - 1:
            found[-1] = (found[-1][0], n)
        else:
            found.append((n, n))
    return found


def refs(numbers: Sequence[int]) -> Iterator[tuple[str, int]]:
    """References that name these numbers, each with how many it names."""
    made = ranges(numbers)
    for at in range(0, len(made), AT_MOST):
        part = made[at : at + AT_MOST]
        yield ",".join(f"{a}-{b}" for a, b in part), sum(b - a + 1 for a, b in part)


def parsed(ref: str) -> list[Range]:
    """ValueError: not a reference."""
    pairs = (part.split("-") for part in ref.split(","))
    return [(int(a), int(b)) for a, b in pairs]


def bounds(found: Sequence[Range]) -> dict[str, list[int]]:
    return {"firsts": [a for a, _ in found], "lasts": [b for _, b in found]}


def _joined(found: Iterable[Range]) -> list[Range]:
    joined: list[Range] = []
    for a, b in sorted(found):
        if joined and a <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return joined


def _outside(numbers: Iterable[int], known: Sequence[Range]) -> Iterator[int]:
    """Those of the ascending numbers that are in none of the ascending ranges."""
    at = 0
    for n in numbers:
        while at < len(known) and known[at][1] < n:
            at += 1
        if at == len(known) or n < known[at][0]:
            yield n


def installed(own: Own) -> str:
    """Columns and trigger for a table; rows that are there already get their leaf. For a migration.

    Part of the log's format: a row's document is made here and in `Own.pieces`, never differently.
    """
    name, hidden = f"{own.table}_leaf", own.empties
    return f"""
ALTER TABLE "{own.table}" ADD COLUMN salt bytea, ADD COLUMN leaf bytea{", ADD COLUMN secret bytea" if hidden else ""};
UPDATE "{own.table}" SET salt = {_SALT}{f", secret = {_SALT}" if hidden else ""};
UPDATE "{own.table}" t SET leaf = {_HASHED.format("t", own.document("t"))};
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE "{own.table}" ALTER COLUMN leaf SET NOT NULL;
CREATE {_function(own)}
CREATE TRIGGER {name} BEFORE INSERT ON "{own.table}" FOR EACH ROW WHEN (NEW.leaf IS NULL) EXECUTE FUNCTION {name}();
"""


def _function(own: Own) -> str:
    return f"""FUNCTION {own.table}_leaf() RETURNS trigger LANGUAGE plpgsql AS $made$
BEGIN
    NEW.salt := {_SALT};{f"{chr(10)}    NEW.secret := {_SALT};" if own.empties else ""}
    NEW.leaf := {_HASHED.format("NEW", own.document("NEW"))};
    RETURN NEW;
END
$made$;"""


def extended(own: Own) -> str:
    """The table's trigger makes leaves of these columns from now on. For the migration that adds `own.added`."""
    return f"CREATE OR REPLACE {_function(own)}"


def removed(own: Own) -> str:
    name = f"{own.table}_leaf"
    return f"""
DROP TRIGGER {name} ON "{own.table}";
DROP FUNCTION {name}();
ALTER TABLE "{own.table}" DROP COLUMN salt, DROP COLUMN leaf{", DROP COLUMN secret" if own.empties else ""};
"""
