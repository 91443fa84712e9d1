"""Whose row is it? A code and a current or former name must agree; otherwise it is nobody's."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import psycopg

from xinyong.archive import merges, publication
from xinyong.kernel.canonical import SEPARATOR
from xinyong.kernel.names import bigrams, initials

# The newest confirmation of subject s that stands …
NEWEST = """LEFT JOIN LATERAL (
    SELECT k.born, k.known_from FROM known_confirmation k WHERE k.subject_id = s.id AND k.known_to IS NULL
    ORDER BY k.known_from DESC LIMIT 1) f ON true"""
# … which holds while the registration that it came with is there. The newest version is fetched by its key, one
# record at a time: a join without statistics, which a fresh load has none of, reads the whole table for each.
REGISTERED = """(f.born IS NOT NULL AND EXISTS (
    SELECT 1 FROM subject_record r CROSS JOIN LATERAL (
        SELECT w.kind, w.subject FROM record_version w WHERE w.record_id = r.record_id ORDER BY w.seq DESC LIMIT 1) v
    WHERE r.subject = s.id AND r.item = (SELECT b.item FROM submission b WHERE b.id = f.born)
      AND v.subject = s.id AND v.kind <> 'R'))"""
LOOK_UP = f"""
SELECT s.id, s.scheme, s.value, n.folded, {REGISTERED} AS confirmed
FROM unnest(string_to_array(%s, %s), string_to_array(%s, %s)) AS asked (scheme, value)
JOIN credit_subject s USING (scheme, value)
{NEWEST}
JOIN known_name n ON n.subject_id = s.id AND n.known_to IS NULL AND n.known_from >= coalesce(f.known_from, 0)
"""
FORMER = f"""
SELECT s.id, asked.scheme, asked.value, n.folded, {REGISTERED}
FROM unnest(string_to_array(%s, %s), string_to_array(%s, %s)) AS asked (scheme, value)
JOIN former_code o ON o.scheme = asked.scheme AND o.value = asked.value
JOIN publication p ON p.batch = o.born AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = o.born)
JOIN credit_subject s ON s.id = o.subject_id
{NEWEST}
JOIN known_name n ON n.subject_id = s.id AND n.known_to IS NULL AND n.known_from >= coalesce(f.known_from, 0)
WHERE NOT EXISTS (SELECT 1 FROM former_code other WHERE other.scheme = o.scheme AND other.value = o.value
                  AND other.subject_id <> o.subject_id)
"""
KNOWN = """
SELECT s.id, s.scheme, s.value FROM unnest(string_to_array(%s, %s), string_to_array(%s, %s)) AS asked (scheme, value)
JOIN credit_subject s USING (scheme, value)
"""
CHANGED = """
WITH since AS MATERIALIZED (SELECT batch, undoes FROM publication WHERE seq > %s)
SELECT f.subject_id FROM subject_confirmation f JOIN since p ON f.born IN (p.batch, p.undoes)
UNION SELECT n.subject_id FROM subject_name n JOIN since p ON n.born = p.undoes
UNION SELECT m.loser FROM subject_merge m JOIN since p ON m.born IN (p.batch, p.undoes)
UNION SELECT m.winner FROM subject_merge m JOIN since p ON m.born IN (p.batch, p.undoes)
"""
STILL_KNOWN = f"""
SELECT n.subject_id, n.folded FROM known_name n JOIN credit_subject s ON s.id = n.subject_id
{NEWEST}
WHERE n.subject_id = ANY(%s) AND n.known_to IS NULL AND n.known_from >= coalesce(f.known_from, 0)
"""
NAMES_LEFT = """
SELECT DISTINCT ON (v.subject) v.subject, n.folded, n.name, n.valid_from, n.valid_to
FROM subject_record r
JOIN record_version v ON v.record_id = r.record_id AND v.subject = r.subject
JOIN publication p ON p.batch = v.born AND p.seq <= %(known_at)s
JOIN record_version l ON l.record_id = v.record_id AND l.subject = v.subject AND l.kind <> 'R' AND l.payload IS NOT NULL
JOIN publication q ON q.batch = l.born AND q.seq <= %(known_at)s
JOIN known_name n ON n.subject_id = v.subject AND NOT n.former AND n.known_from <= p.seq
WHERE r.subject = ANY(%(subjects)s) AND v.kind IN ('N', 'C')
  AND NOT EXISTS (SELECT 1 FROM record_version w JOIN publication o ON o.batch = w.born AND o.seq <= %(known_at)s
                  WHERE w.record_id = l.record_id AND w.seq > l.seq)
ORDER BY v.subject, n.known_from DESC, n.id DESC
"""

WITHDRAWS = 2
IDENTITY = {"_scheme": pl.String, "_value": pl.String, "_folded": pl.String}
ANSWER = {**IDENTITY, "_subject": pl.Int64, "_agrees": pl.Boolean}


@dataclass(frozen=True, slots=True)
class NewSubject:
    id: int
    scheme: str
    value: str
    kind: str
    name: str  # as shown: masked for a natural person
    folded: str
    known: bool = False  # the subject is there, but every name it had was undone


@dataclass(slots=True)
class Resolver:
    """Answers for (scheme, value, folded name); remembers; collects the provisional subjects to open.

    `reader` sees what is committed. Of an unknown code the first name of this submission counts.
    """

    reader: psycopg.Connection[Any]
    registering: bool = False  # only registration asks which subjects are confirmed: a second per 100,000
    answers: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ANSWER))
    first: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ANSWER))
    names: dict[tuple[str, str], tuple[int, set[str]]] = field(default_factory=dict)
    confirmed: set[int] = field(default_factory=set)
    provisional: set[int] = field(default_factory=set)  # found, not opened here
    opened: set[int] = field(default_factory=set)
    registered: dict[int, set[str]] = field(
        default_factory=dict
    )  # provisional: by the first row of a registration
    nameless: dict[tuple[str, str], int] = field(default_factory=dict)
    merged: merges.Merges | None = None
    to_create: list[NewSubject] = field(default_factory=list)

    def resolve(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Adds `_subject` (null: none) and `_agrees`. Input: _scheme, _value, _folded, _kind, _shown, _op, _prior.

        Of an unknown code a row that withdraws opens nothing, and one that corrects only if no plain row does.
        """
        claims = rows.select(*IDENTITY, "_kind", "_shown", _rank(rows))
        found, rest = self._remembered(claims)
        if rest.any():
            slow = self._asked(claims.filter(rest))
            found = [old.scatter(rest.arg_true(), slow[old.name]) for old in found]
        return rows.with_columns(found)

    def _remembered(self, claims: pl.DataFrame) -> tuple[list[pl.Series], pl.Series]:
        """Answers where the value came with the scheme and name it first had; and which rows need more."""
        found = claims.select(*IDENTITY).join(
            self.first, on="_value", how="left", maintain_order="left", suffix="_first"
        )
        same = (found["_scheme"] == found["_scheme_first"]) & (found["_folded"] == found["_folded_first"])
        same = same.fill_null(False)
        answers = found.select(pl.when(same).then(pl.col(c)).alias(c) for c in ("_subject", "_agrees"))
        return answers.get_columns(), ~same & claims["_value"].is_not_null()

    def _asked(self, claims: pl.DataFrame) -> pl.DataFrame:
        keys = list(IDENTITY)
        if claims["_rank"].max():
            asked = claims.sort("_rank", maintain_order=True).unique(keys, keep="first", maintain_order=True)
        else:
            asked = claims.unique(keys, keep="first", maintain_order=True)
        unknown = asked.join(self.answers, on=keys, how="anti", maintain_order="left")
        if unknown.height:
            self._learn(unknown)
        return claims.select(keys).join(self.answers, on=keys, how="left", maintain_order="left")

    def _learn(self, asked: pl.DataFrame) -> None:
        self._fetch(asked)
        rows = asked.select(*IDENTITY, "_kind", "_shown", "_rank").rows()
        missing: dict[tuple[str, str], tuple[Any, ...]] = {}
        for *r, rank in rows:
            if rank < WITHDRAWS and tuple(r[:2]) not in self.names:
                missing.setdefault((r[0], r[1]), tuple(r))
        self._open(missing)
        learnt = [self._answer(*r[:3]) for r in rows if r[:2] in self.names]
        self.answers = pl.concat([self.answers, pl.DataFrame(learnt, schema=ANSWER, orient="row")])
        self.first = self.answers.unique("_value", keep="first")

    def _answer(self, scheme: str, value: str, folded: str | None) -> tuple[Any, ...]:
        subject, names = self.names[(scheme, value)]
        return scheme, value, folded, subject, folded in names

    def _fetch(self, asked: pl.DataFrame) -> None:
        pairs = asked.select("_scheme", "_value").unique().rows()
        pairs = [p for p in pairs if p not in self.names]
        if not pairs:
            return
        self._note_names(self._look_up(LOOK_UP, pairs))
        missing = [p for p in pairs if p not in self.names]
        if missing:
            self._note_nameless(missing)
            missing = [p for p in missing if p not in self.names and p not in self.nameless]
        if missing:
            self._note_names(self._look_up(FORMER, missing))
        self._note_merged([p for p in pairs if p in self.names])

    def _note_merged(self, pairs: list[tuple[str, str]]) -> None:
        """A part answers to the names of the whole, and the whole to those of its parts."""
        if self.merged is None:
            self.merged = merges.known(self.reader, publication.last(self.reader))
        groups = {p: self.merged.members(s) for p in pairs if (s := self.names[p][0]) in self.merged.all}
        if not groups:
            return
        known: dict[int, set[str]] = {}
        for subject, folded in self.reader.execute(
            STILL_KNOWN, [sorted({m for g in groups.values() for m in g})]
        ):
            known.setdefault(subject, set()).add(folded)
        for pair, group in groups.items():
            self.names[pair][1].update(*(known.get(m, ()) for m in group))

    def _note_nameless(self, pairs: list[tuple[str, str]]) -> None:
        """Every name was undone: the last one still counts while records of other batches hang on it."""
        nameless = {r[0]: r[1:] for r in self._look_up(KNOWN, pairs)}
        left = names_left(self.reader, list(nameless), publication.last(self.reader)) if nameless else []
        self._note_names([(r[0], *nameless.pop(r[0]), r[1], False) for r in left])
        self.nameless |= {key: subject for subject, key in nameless.items()}

    def _note_names(self, rows: list[tuple[Any, ...]]) -> None:
        for subject, scheme, value, folded, confirmed in rows:
            self.names.setdefault((scheme, value), (subject, set()))[1].add(folded)
            (self.confirmed if confirmed else self.provisional).add(subject)

    def _look_up(self, sql: str, pairs: list[tuple[str, str]]) -> list[tuple[Any, ...]]:
        """One text for all values: an array of them takes the driver longer than the server."""
        schemes, values = (SEPARATOR.join(column) for column in zip(*pairs, strict=True))
        sql = sql if self.registering else sql.replace(REGISTERED, "true")
        return self.reader.execute(sql, [schemes, SEPARATOR, values, SEPARATOR]).fetchall()

    def _open(self, rows: dict[tuple[str, str], tuple[Any, ...]]) -> None:
        """Rows by scheme and value: _scheme, _value, _folded, _kind, _shown."""
        if not rows:
            return
        fresh = sum(key not in self.nameless for key in rows)
        drawn = self.reader.execute(
            "SELECT nextval('credit_subject_id_seq') FROM generate_series(1, %s)", [fresh]
        )
        ids = iter(drawn.fetchall())
        for key, (*_, folded, kind, shown) in rows.items():
            known = self.nameless.pop(key, None)
            subject = next(ids)[0] if known is None else known
            self.names[key] = (subject, {folded})
            self.opened.add(subject)
            self.to_create.append(NewSubject(subject, *key, kind, shown, folded, known is not None))

    def overtaken(self, c: psycopg.Connection[Any], since: int) -> bool:
        """Has what was published after `since` ended a name that rows agreed by? Ask under the publication lock."""
        changed = [r[0] for r in c.execute(CHANGED, [since])]
        if not changed:
            return False
        relied = self.answers.filter(pl.col("_agrees") & pl.col("_subject").is_in(changed))
        merged = merges.known(c, publication.last(c))
        groups = {s: merged.members(s) for s in relied["_subject"].unique().to_list()}
        known = set(c.execute(STILL_KNOWN, [sorted({m for g in groups.values() for m in g})]).fetchall())
        pairs = relied.select("_subject", "_folded").iter_rows()
        return any(all((m, folded) not in known for m in groups[s]) for s, folded in pairs)

    def take_new(self, accepted: Iterable[int]) -> list[NewSubject]:
        """What to open now: only a subject that a row which went in belongs to."""
        if not self.to_create:
            return []
        wanted = set(accepted)
        fresh = [s for s in self.to_create if s.id in wanted]
        self.to_create = [s for s in self.to_create if s.id not in wanted]
        return fresh


def _rank(rows: pl.DataFrame) -> pl.Series:
    """0: a plain row; then those whose name counts for an unknown code only if no plain row has one."""
    plain = rows["_op"].null_count() == rows.height and rows["_prior"].null_count() == rows.height
    if plain:
        return pl.Series("_rank", [0], pl.Int8).new_from_index(0, rows.height)
    told = pl.col("_prior").is_not_null() | (pl.col("_op") == "更正").fill_null(False)
    rank = pl.when(pl.col("_op") == "撤销").then(WITHDRAWS).when(told).then(1).otherwise(0)
    return rows.select(rank.cast(pl.Int8).alias("_rank")).to_series()


def names_left(c: psycopg.Connection[Any], subjects: list[int], known_at: int) -> list[tuple[Any, ...]]:
    """Subject, folded, name, from, to: the last name, undone or not, that a record still there came in under."""
    return c.execute(NAMES_LEFT, {"subjects": subjects, "known_at": known_at}).fetchall()


def create(
    c: psycopg.Connection[Any], subjects: Iterable[NewSubject], batch: int, *, named: bool = True
) -> None:
    """Open subjects, each with the name it came with; registration data brings dated names itself."""
    subjects = list(subjects)
    with (
        c.cursor() as cur,
        cur.copy("COPY credit_subject (id, scheme, value, kind, public_id, born) FROM STDIN") as copy,
    ):
        for s in subjects:
            if s.known:
                continue
            copy.write_row((s.id, s.scheme, s.value, s.kind, uuid.uuid4(), batch))
    if named:
        add_names(c, ((s.id, s.scheme, s.name, s.folded, False, None, None) for s in subjects), batch)


NameRow = tuple[int, str, str, str, bool, Any, Any]  # subject, scheme, name, folded, former, from, to


def add_names(c: psycopg.Connection[Any], rows: Iterable[NameRow], batch: int) -> None:
    """A natural person's name is not searchable: no initials, no bigrams."""
    sql = (
        "COPY subject_name (subject_id, name, folded, initials, bigrams, former, valid_from, valid_to, born)"
        " FROM STDIN"
    )
    with c.cursor() as cur, cur.copy(sql) as copy:
        for subject, scheme, name, folded, former, start, end in rows:
            searchable = scheme != "person"
            copy.write_row(
                (
                    subject,
                    name,
                    folded,
                    initials(name) if searchable else "",
                    bigrams(name) if searchable else [],
                    former,
                    start,
                    end,
                    batch,
                )
            )


def add_former_codes(c: psycopg.Connection[Any], rows: Iterable[tuple[int, str, str]], batch: int) -> None:
    """Codes subjects had before: (subject, scheme, value). Known ones are left alone."""
    for subject, scheme, value in rows:
        c.execute(
            "INSERT INTO former_code (subject_id, scheme, value, born) SELECT %(s)s, %(k)s, %(v)s, %(b)s"
            " WHERE NOT EXISTS (SELECT 1 FROM former_code WHERE subject_id = %(s)s AND scheme = %(k)s"
            " AND value = %(v)s AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = former_code.born))",
            {"s": subject, "k": scheme, "v": value, "b": batch},
        )
