"""Reading what a report is made of, what was issued, and whether it still is how things stand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from xinyong.catalog.book import Rulebook
from xinyong.disclosure import identity
from xinyong.disclosure import queries as disclosure
from xinyong.disclosure.identity import Subject
from xinyong.disclosure.queries import Archive, Question
from xinyong.foundation import keys, named_sql
from xinyong.foundation.audit import Who
from xinyong.foundation.evidence import sealing
from xinyong.kernel.beijing import BEIJING, day_of
from xinyong.kernel.errors import NotPermitted
from xinyong.kernel.names import fold_name
from xinyong.services.creditreport import contents, profiles
from xinyong.services.creditreport.contents import Entry, Frame, Person
from xinyong.services.creditreport.profiles import Choices

SQL = named_sql.load(Path(__file__).parent / "sql" / "report.sql")
VERIFIER = "报告核验"
CURRENT, CHANGED, UNCLEAR = "current", "changed", "unclear"


@dataclass(frozen=True, slots=True)
class Verification:
    """The answer about a number. `standing`: current, changed, or unclear (can't be told today).

    Of a natural person's report nothing is said but this; `name` and `code` stay empty.
    """

    number: str
    issued_on: date
    title: str
    issuer: str
    standing: str
    name: str = ""
    code: str = ""
    pdf_sha256: str = ""
    json_sha256: str = ""


def find(c: psycopg.Connection[Any], number: str) -> dict[str, Any] | None:
    """The row of an issued report."""
    with c.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SQL["one"], {"number": number}).fetchone()


def moment_of(c: psycopg.Connection[Any], seq: int, default: datetime) -> datetime:
    """When a publication became visible; before the first: `default`."""
    row = c.execute(SQL["moment"], {"seq": seq}).fetchone()
    return row[0] if row else default


def updated(c: psycopg.Connection[Any], items: tuple[str, ...], seq: int) -> dict[str, date]:
    """The day of each item's newest submission that publication `seq` had made visible."""
    rows = c.execute(SQL["updated"], {"items": list(items), "seq": seq}).fetchall()
    return {code: day_of(at) for code, at in rows}


def checkpoint(c: psycopg.Connection[Any], size: int | None = None) -> dict[str, Any] | None:
    """The evidence log's newest checkpoint, or the one of `size`, as a report carries it; None: nothing was sealed yet."""
    sealed = sealing.last(c) if size is None else sealing.of_size(c, size)
    if sealed is None or sealed.at is None:
        return None
    return {
        "number": sealed.number,
        "size": sealed.size,
        "at": sealed.at.astimezone(BEIJING).isoformat(timespec="seconds"),
        "roots": {a: root.hex() for a, root in sealed.roots.items()},
        "notes": dict(sealed.notes),
    }


def read(
    c: psycopg.Connection[Any], row: Mapping[str, Any], who: Who, now: datetime, book: Rulebook
) -> Archive | None:
    """The archive as it was answered when the report was issued; None: nothing was kept about the person."""
    if row["subject"] is None:
        return None
    q = Question(who, now, row["as_of"], known_at=row["moment"], items=tuple(row["items"]))
    return disclosure.archive_by_public_id(c, str(row["subject"]), q, book)


def frame(c: psycopg.Connection[Any], row: Mapping[str, Any], book: Rulebook) -> Frame:
    """What decided the report's content beside the records, from its row."""
    items = tuple(row["items"])
    return Frame(
        number=row["number"],
        at=row["at"].astimezone(BEIJING),
        profile=profiles.chosen(book, row["profile"], row["form"], row["as_of"]),
        form=row["form"],
        purpose=row["purpose"],
        note=row["note"],
        ground=row["ground"],
        choices=Choices.of_json(row["choices"]),
        items=items,
        site=row["site"],
        as_of=row["as_of"],
        updated=updated(c, items, row["known_at"]),
        checkpoint=checkpoint(c, row["checkpoint"]) if row["checkpoint"] is not None else None,
    )


def person(answer: Archive | None, stated: str) -> Person:
    """Who the report is about: from the archive, and what is only stated of a natural person."""
    told = json.loads(keys.unseal(stated)) if stated else {"name": "", "code": ""}
    if answer is None or answer.subject is None:
        return Person(told["name"], told["code"], "自然人")
    s = answer.subject
    former = tuple(n["name"] for n in answer.names[1:])
    if s["code"] is None:
        return Person(told["name"] or s["name"], told["code"], "自然人")
    return Person(s["name"], s["code"], s["kind"], former)


def entries(answer: Archive | None, book: Rulebook, day: date, duty: str = "") -> list[Entry]:
    """The answer's records; only the fields that `duty` shows, whoever looked."""
    found = contents.entries(answer.records, book, day) if answer else []
    bound = next((d for d in book.duties_on(day) if d.id == duty), None)
    return [e.within(bound) for e in found] if bound else found


def marks_now(
    c: psycopg.Connection[Any], row: Mapping[str, Any], now: datetime, today: date, book: Rulebook
) -> tuple[str, frozenset[str]]:
    """Name and records of the same report if it were made today. NotPermitted: the check has no ground."""
    who = Who(VERIFIER, "center", origin="verify", purpose=f"核验报告 {row['number']} 是否仍为现状")
    public_id = row["subject"] or _since(c, row["subject_key"])
    if public_id is None:
        return person(None, row["stated"]).name, frozenset()
    q = Question(who, now, today, items=tuple(row["items"]))
    answer = disclosure.archive_by_public_id(c, str(public_id), q, book)
    taken = contents.belonging(entries(answer, book, today), frame(c, row, book), book)
    return person(answer, row["stated"]).name, frozenset(e.mark for e in taken)


def _since(c: psycopg.Connection[Any], key: str) -> Any:
    """A person nothing was kept about then may be known by now."""
    found = c.execute(SQL["own_number"], {"value": key}).fetchall()
    return found[0][0] if len(found) == 1 else None


def is_called(c: psycopg.Connection[Any], subject: Subject, name: str) -> bool:
    """Whether a natural person came in under this name; only its keyed hash is kept."""
    folded = keys.hmac_hex("person-name", fold_name(name))
    return c.execute(SQL["called"], {"subject": subject.id, "folded": folded}).fetchone() is not None


def own(c: psycopg.Connection[Any], provider: str) -> tuple[str, str]:
    """Public number and key of the subject a login stands for; without one: what the login says."""
    known = identity.by_code(c, provider, None).subject if provider else None
    if known is not None:
        return known.public_id, known.value
    found = _since(c, provider)
    return (str(found) if found else provider), provider


def verify(
    c: psycopg.Connection[Any], number: str, now: datetime, today: date, book: Rulebook
) -> Verification | None:
    """What anybody may know who holds a report's number; None: there is no such report."""
    row = find(c, number)
    if row is None:
        return None
    profile = profiles.chosen(book, row["profile"], row["form"], row["as_of"])
    natural = row["form"] == "natural"
    name, standing = _standing(c, row, now, today, book)
    return Verification(
        number,
        day_of(row["at"]),
        profile.title,
        profile.issuer,
        standing,
        "" if natural else name,
        "" if natural else row["subject_key"],
        row["pdf_sha256"],
        row["json_sha256"],
    )


def _standing(
    c: psycopg.Connection[Any], row: Mapping[str, Any], now: datetime, today: date, book: Rulebook
) -> tuple[str, str]:
    try:
        name, marks = marks_now(c, row, now, today, book)
    except NotPermitted:
        return "", UNCLEAR
    return name, CURRENT if contents.facts(name, marks) == row["facts"] else CHANGED


def issued_about(c: psycopg.Connection[Any], key: str, limit: int = 50) -> list[dict[str, Any]]:
    """Reports about a subject (its code, or a person's keyed hash), newest first: for its own page."""
    with c.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SQL["of_subject"], {"key": key, "limit": limit}).fetchall()


def issue_counts(c: psycopg.Connection[Any], begins: date, ends: date, book: Rulebook) -> dict[str, Any]:
    """Reports issued from `begins` to `ends` (both inclusive): in all, and by purpose, role and profile.

    The plan counts them as 信用报告查询量; each of the fifteen purposes stands there, if only with 0.
    """
    days = {"begins": _midnight(begins), "ends": _midnight(ends + timedelta(days=1))}
    rows = c.execute(SQL["counts"], days).fetchall()
    counts: dict[str, dict[str, int]] = {
        "by_purpose": dict.fromkeys(book.code_sets[profiles.PURPOSES].values, 0),
        "by_role": {},
        "by_profile": {},
    }
    for purpose, role, profile, _, number in rows:
        for kind, key in (("by_purpose", purpose), ("by_role", role), ("by_profile", profile)):
            counts[kind][key] = counts[kind].get(key, 0) + number
    return {"total": sum(r[4] for r in rows), **counts}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)
