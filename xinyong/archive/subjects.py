"""Whose row is it? A code and a current or former name must agree; otherwise it is nobody's."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import psycopg

from xinyong.kernel.names import bigrams, initials

LOOK_UP = """
SELECT s.id, s.scheme, s.value, n.folded, f.born IS NOT NULL AS confirmed
FROM unnest(%s::text[], %s::text[]) AS asked (scheme, value)
JOIN credit_subject s USING (scheme, value)
LEFT JOIN known_confirmation f ON f.subject_id = s.id AND f.known_to IS NULL
JOIN known_name n ON n.subject_id = s.id AND n.known_to IS NULL AND n.born >= coalesce(f.born, 0)
"""
KNOWN = """
SELECT s.id, s.scheme, s.value FROM unnest(%s::text[], %s::text[]) AS asked (scheme, value)
JOIN credit_subject s USING (scheme, value)
"""

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
    answers: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ANSWER))
    names: dict[tuple[str, str], tuple[int, set[str]]] = field(default_factory=dict)
    confirmed: set[int] = field(default_factory=set)
    opened: set[int] = field(default_factory=set)
    nameless: dict[tuple[str, str], int] = field(default_factory=dict)
    to_create: list[NewSubject] = field(default_factory=list)

    def resolve(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Adds `_subject` (null: none) and `_agrees`. Input: _scheme, _value, _folded, _kind, _shown."""
        keys = list(IDENTITY)
        claims = rows.select(*keys, "_kind", "_shown")
        asked = claims.filter(pl.col("_value").is_not_null()).unique(keys, keep="first", maintain_order=True)
        unknown = asked.join(self.answers, on=keys, how="anti", maintain_order="left")
        if unknown.height:
            self._learn(unknown)
        found = claims.select(keys).join(self.answers, on=keys, how="left", maintain_order="left")
        return rows.with_columns(found["_subject"], found["_agrees"])

    def _learn(self, asked: pl.DataFrame) -> None:
        self._fetch(asked)
        missing = [
            r
            for r in asked.unique(["_scheme", "_value"], keep="first", maintain_order=True).iter_rows(
                named=True
            )
            if (r["_scheme"], r["_value"]) not in self.names
        ]
        self._open(missing)
        learnt = [self._answer(r["_scheme"], r["_value"], r["_folded"]) for r in asked.iter_rows(named=True)]
        self.answers = pl.concat([self.answers, pl.DataFrame(learnt, schema=ANSWER, orient="row")])

    def _answer(self, scheme: str, value: str, folded: str | None) -> tuple[Any, ...]:
        subject, names = self.names[(scheme, value)]
        return scheme, value, folded, subject, folded in names

    def _fetch(self, asked: pl.DataFrame) -> None:
        pairs = {(s, v) for s, v in asked.select("_scheme", "_value").iter_rows()} - self.names.keys()
        if not pairs:
            return
        schemes, values = [p[0] for p in pairs], [p[1] for p in pairs]
        for subject, scheme, value, folded, confirmed in self.reader.execute(LOOK_UP, [schemes, values]):
            self.names.setdefault((scheme, value), (subject, set()))[1].add(folded)
            if confirmed:
                self.confirmed.add(subject)
        for subject, scheme, value in self.reader.execute(KNOWN, [schemes, values]):
            if (scheme, value) not in self.names:
                self.nameless[(scheme, value)] = subject

    def _open(self, rows: list[dict[str, Any]]) -> None:
        fresh = sum((r["_scheme"], r["_value"]) not in self.nameless for r in rows)
        ids = iter(
            self.reader.execute(
                "SELECT nextval('credit_subject_id_seq') FROM generate_series(1, %s)", [fresh]
            ).fetchall()
        )
        for r in rows:
            key = (r["_scheme"], r["_value"])
            known = self.nameless.pop(key, None)
            subject = next(ids)[0] if known is None else known
            self.names[key] = (subject, {r["_folded"]})
            self.opened.add(subject)
            shown = (r["_kind"], r["_shown"], r["_folded"], known is not None)
            self.to_create.append(NewSubject(subject, *key, *shown))

    def take_new(self) -> list[NewSubject]:
        fresh, self.to_create = self.to_create, []
        return fresh


def create(c: psycopg.Connection[Any], subjects: Iterable[NewSubject], batch: int) -> None:
    """Open subjects, each with the name it came with."""
    subjects = list(subjects)
    with (
        c.cursor() as cur,
        cur.copy("COPY credit_subject (id, scheme, value, kind, public_id, born) FROM STDIN") as copy,
    ):
        for s in subjects:
            if s.known:
                continue
            copy.write_row((s.id, s.scheme, s.value, s.kind, uuid.uuid4(), batch))
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
