"""Who is it? Subjects by code, public number or record, as known at a publication, with their names."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from xinyong.archive import merges, publication
from xinyong.archive.merges import Merges
from xinyong.archive.subjects import names_left
from xinyong.disclosure import marks
from xinyong.foundation import keys, named_sql
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused
from xinyong.kernel.identifiers import check_person_id, normalize
from xinyong.kernel.identifiers_tables import PLACEHOLDER

NATURAL = "自然人"
PERSON = "person"
SOLE_TRADER = "92"  # how the unified codes of 个体工商户 begin
NOBODY = "0" * 32  # nobody's number
FINDS = ("find_subject", "find_public", "find_by_record")
THEIRS = (
    "v.subject = ANY(%(subjects)s) AND v.record_id = ANY(ARRAY("  # an array is planned in half the time of IN
    "SELECT r.record_id FROM subject_record r WHERE r.subject = ANY(%(subjects)s)"
    " AND (%(codes)s::text[] = '{}' OR r.item = ANY(ARRAY("
    "SELECT i.id FROM catalog_item i WHERE i.code = ANY(%(codes)s::text[]))))))"
)
WHOSE = {
    "archive_of_subject": THEIRS,
    "archive_of_record": "v.subject = ANY(%(subjects)s) AND v.record_id = %(record)s::uuid",
    "archive_of_records": "v.record_id = ANY(%(records)s::uuid[])",
}


def _assembled(parts: Mapping[str, str]) -> dict[str, str]:
    """Statements with the parts they share put in; and those that find a subject also as of now."""
    there = parts["there"]
    shared = {
        "/*names*/": parts["names"],
        "/*records*/": there.replace("/*which*/", ""),
        "/*registered*/": there.replace("/*which*/", parts["registration"]),
        "/*marks*/": marks.ALL_OPEN,
    }
    whole = {}
    for name, statement in parts.items():
        for mark, text in shared.items():
            statement = statement.replace(mark, text)
        whole[name] = statement
    for name, whose in WHOSE.items():
        whole[name] = whole["archive"].replace("/*whose*/", whose)
    return whole | {f"{name}_now": _now(whole[name], whole) for name in FINDS}


def _now(statement: str, parts: Mapping[str, str]) -> str:
    """The same as of the newest publication, with its merges and with names and former codes, in one snapshot.

    So who publishes needn't be waited for, and one round trip tells all of the subject itself.
    """
    found = statement.replace("%(known_at)s", "newest_.seq")
    names, former = (_of_found(parts[name]) for name in ("names_of", "former_codes_of"))
    merged = (
        "(SELECT json_agg(json_build_array(g.loser, g.winner) ORDER BY g.known_from, g.id) FROM known_merge g"
        " WHERE g.known_from <= newest_.seq AND (g.known_to IS NULL OR g.known_to > newest_.seq))"
    )
    newest = "(SELECT coalesce(max(seq), 0) AS seq FROM publication) newest_"
    return f"SELECT newest_.seq, {merged}, {names}, {former}, found_.* FROM {newest} LEFT JOIN LATERAL ({found}) found_ ON true"


def _of_found(statement: str) -> str:
    for name, value in (
        ("subjects", "ARRAY[found_.id]"),
        ("subject", "found_.id"),
        ("known_at", "newest_.seq"),
    ):
        statement = statement.replace(f"%({name})s", value)
    return f"(SELECT json_agg(x) FROM ({statement}) x)"


SQL = _assembled(named_sql.load(Path(__file__).parent / "sql" / "queries.sql"))


@dataclass(frozen=True, slots=True)
class Subject:
    id: int
    scheme: str
    value: str
    kind: str
    public_id: str
    confirmed: bool
    values: frozenset[str] = frozenset()  # of the subjects that are part of it

    @property
    def natural(self) -> bool:
        return self.scheme == PERSON

    def is_of(self, code: str) -> bool:
        """Whether this is the subject with that code. A person's is kept under a keyed hash of the number."""
        return bool(code) and bool({code, keys.hmac_hex("person", code.upper())} & {self.value, *self.values})


class Located(NamedTuple):
    """The publication that counts, the merges known then, and who was found; its names and former codes, if at hand."""

    known_at: int
    merged: Merges
    subject: Subject | None
    names: list[list[Any]] | None = None  # name, former, from, to
    former: list[str] | None = None


def visible(subject: Subject, who: Who) -> bool:
    return who.role != "public" or (subject.confirmed and not subject.natural)


def find(c: psycopg.Connection[Any], code: str, known_at: int) -> Subject | None:
    """By unified code, registration number, or a natural person's ID number."""
    return by_code(c, code, known_at).subject


def by_code(c: psycopg.Connection[Any], code: str, known_at: int | None) -> Located:
    """`find` as of a publication, or (None) of the newest."""
    plain, values = keys_of(code)
    asked = {"schemes": ["uscc", "regno", PERSON], "values": values}
    found = _located(c, "find_subject", asked, known_at)
    if found.subject is None:
        found = Located(found.known_at, found.merged, _by_former_code(c, plain, found))
    return _whole(c, found)


def _located(
    c: psycopg.Connection[Any], statement: str, values: Mapping[str, Any], known_at: int | None
) -> Located:
    if known_at is not None:
        merged = merges.known(c, known_at)
        row = c.execute(SQL[statement], {**values, "known_at": known_at}).fetchone()
        return Located(known_at, merged, subject_of(row))
    row = c.execute(SQL[f"{statement}_now"], values).fetchone()
    assert row is not None
    seq, pairs, names, former, *found = row
    at_hand = [[n["name"], n["former"], _day(n["valid_from"]), _day(n["valid_to"])] for n in names or ()]
    codes = [o["value"] for o in former or ()]
    return Located(seq, Merges(dict(pairs or ())), subject_of(found) if found[0] else None, at_hand, codes)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _whole(c: psycopg.Connection[Any], found: Located) -> Located:
    """The subject that this one is part of, as known then; nearly always itself."""
    if found.subject is None or found.subject.id not in found.merged.all:
        return found
    members = found.merged.members(found.subject.id)
    row = c.execute(SQL["listing"], {"subjects": members[:1], "known_at": found.known_at}).fetchone()
    values = frozenset(r[0] for r in c.execute(SQL["values_of"], {"subjects": members}))
    subject = subject_of(row)
    return Located(found.known_at, found.merged, replace(subject, values=values) if subject else None)


def keys_of(code: str) -> tuple[str, list[str]]:
    """The code in plain writing, and the values under which a subject with it may be kept."""
    plain, _ = normalize(code)
    if not plain:
        raise Refused("no_code", "没有给出代码；请提供统一社会信用代码、工商注册号或证件号码。")
    if plain == PLACEHOLDER:
        raise Refused("placeholder", "这是无代码占位码，不指向任何主体；请改用工商注册号。")
    person = check_person_id(plain, as_of=date.max).normalized if len(plain) == 15 else plain
    return plain, [plain, *(keys.hmac_hex("person", number.upper()) for number in {plain, person})]


def _by_former_code(c: psycopg.Connection[Any], code: str, found: Located) -> Subject | None:
    """Only if one subject alone had the code."""
    rows = c.execute(SQL["find_by_former_code"], {"code": code, "known_at": found.known_at}).fetchall()
    ids = found.merged.winners(r[0] for r in rows)
    if len(ids) != 1:
        return None
    return subject_of(c.execute(SQL["listing"], {"subjects": ids, "known_at": found.known_at}).fetchone())


def find_public(c: psycopg.Connection[Any], public_id: str, known_at: int) -> Subject | None:
    """By the random number that addresses carry, in its one canonical spelling. Not one that was merged."""
    return by_public_id(c, public_id, known_at).subject


def by_public_id(c: psycopg.Connection[Any], public_id: str, known_at: int | None) -> Located:
    """`find_public` as of a publication, or (None) of the newest."""
    found = _located(c, "find_public", {"public_id": _number(public_id)}, known_at)
    whole = _whole(c, found)
    same = found.subject is not None and whole.subject is not None and found.subject.id == whole.subject.id
    return whole if same else whole._replace(subject=None)


def _number(public_id: str) -> uuid.UUID:
    """Nobody's where it isn't one: the same questions are asked then."""
    try:
        number = uuid.UUID(public_id)
    except ValueError:
        return uuid.UUID(NOBODY)
    return number if str(number) == public_id else uuid.UUID(NOBODY)


def by_record(c: psycopg.Connection[Any], record: str | None, known_at: int | None) -> Located:
    """Whose record it is."""
    return _whole(c, _located(c, "find_by_record", {"record": record or NOBODY}, known_at))


def by_number(c: psycopg.Connection[Any], number: int) -> Located:
    """The subject that the archive's number belongs to now; None in it: there is none."""
    known_at = publication.last(c)
    merged = merges.known(c, known_at)
    asked = {"subjects": [merged.winner(number)], "known_at": known_at}
    row = c.execute(SQL["listing"], asked).fetchone()
    return Located(known_at, merged, subject_of(row))


def titles(c: psycopg.Connection[Any], numbers: Iterable[int], day: date) -> dict[int, dict[str, Any]]:
    """Archive's number → id, code, name … of the subject it belongs to now, for staff; few statements for all."""
    known_at = publication.last(c)
    merged = merges.known(c, known_at)
    wanted = {n: merged.winner(n) for n in numbers}
    rows = c.execute(SQL["listing"], {"subjects": list(set(wanted.values())), "known_at": known_at})
    found = {s.id: s for row in rows.fetchall() if (s := subject_of(row))}
    names = names_of(c, found.values(), known_at, merged, day)
    return {n: described(found[w], names[w]) for n, w in wanted.items() if w in found}


def subject_of(row: Any) -> Subject | None:
    """The subject of a row that the statements above give."""
    if row is None:
        return None
    number, scheme, value, kind, public_id, confirmed = row
    return Subject(number, scheme, value, _kind(scheme, value, kind), str(public_id), confirmed)


def _kind(scheme: str, value: str, stated: str) -> str:
    """As the unified code says: what the first row that named the subject said may be hidden, or wrong."""
    if scheme != "uscc":
        return stated
    return "个体工商户" if value.startswith(SOLE_TRADER) else "法人及非法人组织"


def named(c: psycopg.Connection[Any], found: Located, as_of: date) -> tuple[list[dict[str, Any]], list[str]]:
    """Names (that of the day first) and former codes of the subject found."""
    s = found.subject
    assert s is not None
    if found.names and found.former is not None:
        return _ordered(found.names, as_of), found.former
    asked = {"subject": s.id, "subjects": found.merged.members(s.id), "known_at": found.known_at}
    former = c.execute(SQL["former_codes_of"], asked).fetchall()
    return names_of(c, [s], found.known_at, found.merged, as_of)[s.id], [r[0] for r in former]


def names_of(
    c: psycopg.Connection[Any], subjects: Iterable[Subject], known_at: int, merged: Merges, as_of: date
) -> dict[int, list[dict[str, Any]]]:
    """Subject → names, in one query for all of them. Of a part, names that count are former ones of the whole."""
    confirmed = {s.id: s.confirmed for s in subjects}
    rows: dict[int, list[Any]] = defaultdict(list)
    whole = {part: s for s in confirmed for part in (merged.members(s) if s in merged.all else (s,))}
    asked = {"subjects": list(whole), "known_at": known_at}
    for subject, *name, counts in c.execute(SQL["names_of"], asked).fetchall():
        if subject == whole[subject]:
            rows[subject].append(name)
        elif counts or not confirmed[whole[subject]]:
            rows[whole[subject]].append([name[0], True, *name[2:]])
    undone = [i for i in confirmed if i not in rows]
    for subject, _, name, start, end in names_left(c, undone, known_at) if undone else ():
        rows[subject].append([name, False, start, end])
    return defaultdict(list, {subject: _ordered(found, as_of) for subject, found in rows.items()})


def _ordered(rows: list[Any], as_of: date) -> list[dict[str, Any]]:
    """The name of that day first; those it had before are former; those taken later are not there yet."""
    past = [r for r in rows if r[2] is None or r[2] <= as_of] or rows[:1]
    usual = sorted((r for r in past if not r[1]), key=lambda r: r[2] or date.min)
    then = [r for r in past if r[1] and r[3] is not None and r[3] > as_of]
    current = usual[-1] if usual else (then or past)[-1]
    ordered = [current, *(r for r in past if r is not current)]
    seen: dict[str, dict[str, Any]] = {}
    for r in ordered:
        seen.setdefault(
            r[0], {"name": r[0], "former": r is not current, "from": _iso(r[2]), "to": _iso(r[3])}
        )
    return list(seen.values())


def described(s: Subject, names: list[dict[str, Any]]) -> dict[str, Any]:
    """What every answer says of a subject itself."""
    return {
        "id": s.public_id,
        "code": None if s.natural else s.value,
        "scheme": s.scheme,
        "kind": s.kind,
        "name": names[0]["name"] if names else "",
        "status": _status(s),
    }


def _status(s: Subject) -> str:
    """No registration data ever confirms a natural person."""
    if s.natural:
        return NATURAL
    return "已确认" if s.confirmed else "暂存（待登记信息确认）"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
