"""The one way to records: asks who, why and what may be seen, answers, and logs the look."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.archive import publication
from xinyong.archive.subjects import names_left
from xinyong.catalog import registry
from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.disclosure import publicity, showing
from xinyong.disclosure.asker import ground
from xinyong.foundation import keys, named_sql
from xinyong.foundation.audit import Who
from xinyong.kernel import canonical
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.kernel.identifiers import check_person_id, normalize
from xinyong.kernel.identifiers_tables import PLACEHOLDER
from xinyong.kernel.names import bigrams, fold_name


def _assembled(parts: Mapping[str, str]) -> dict[str, str]:
    """Statements with the parts they share put in."""
    there = parts["there"]
    shared = {
        "/*names*/": parts["names"],
        "/*records*/": there.replace("/*which*/", ""),
        "/*registered*/": there.replace("/*which*/", parts["registration"]),
    }
    whole = {}
    for name, statement in parts.items():
        for mark, text in shared.items():
            statement = statement.replace(mark, text)
        whole[name] = statement
    return whole


SQL = _assembled(named_sql.load(Path(__file__).parent / "sql" / "queries.sql"))
NATURAL = "自然人"
PERSON = "person"
REFUSED = "拒绝"
SOLE_TRADER = "92"  # how the unified codes of 个体工商户 begin
MAX_FOUND = 50


@dataclass(frozen=True, slots=True)
class Subject:
    id: int
    scheme: str
    value: str
    kind: str
    public_id: str
    confirmed: bool

    @property
    def natural(self) -> bool:
        return self.scheme == PERSON


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks about what, as of which day, as known at which moment. `today` is an argument, not a clock."""

    who: Who
    now: datetime
    today: date
    as_of: date | None = None
    known_at: datetime | None = None

    @property
    def day(self) -> date:
        return self.as_of or self.today


@dataclass(slots=True)
class Archive:
    """The answer. To the public, a subject that is unknown, provisional or natural looks the same: empty."""

    found: bool
    as_of: date
    known_at: int
    asked_as: str
    ground: str
    subject: dict[str, Any] | None = None
    names: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    records: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """What `xinyong archive --json` prints; the public is not told the publication number."""
        found = asdict(self)
        if self.asked_as == "public":
            del found["known_at"]
        return found


def archive(c: psycopg.Connection[Any], code: str, q: Question, book: Rulebook) -> Archive:
    """A subject's archive. The look is logged whatever the answer.

    Refused: a future `known_at`, an empty code. NotPermitted: no ground, or the public asking for the past's knowledge.
    """
    return _answer(c, q, book, lambda known_at: find(c, code, known_at))


def archive_by_public_id(c: psycopg.Connection[Any], public_id: str, q: Question, book: Rulebook) -> Archive:
    """The same answer by the number a subject has in addresses; whatever is not such a number is unknown."""
    return _answer(c, q, book, lambda known_at: find_public(c, public_id, known_at))


def _answer(
    c: psycopg.Connection[Any], q: Question, book: Rulebook, look_up: Callable[[int], Subject | None]
) -> Archive:
    with c.transaction():
        known_at = publication.known_at(c, q.known_at if q.who.role != "public" else None)
        subject = look_up(known_at)
        answer = Archive(False, q.day, known_at, q.who.role, REFUSED)
        refused = _grounded(answer, subject, q)
        if refused is None and subject is not None and _visible(subject, q.who):
            _fill(c, answer, subject, q, book)
        _log(c, q, answer, subject, "archive")
    if refused is not None:  # after the log entry is in
        raise refused
    return answer


def _grounded(answer: Archive, subject: Subject | None, q: Question) -> NotPermitted | None:
    """Notes on what ground the asker may look; else why not."""
    if q.who.role == "public" and q.known_at is not None:
        return NotPermitted(
            "known_at_public", "公众查询只按今天的公示规则回答；“所知时点”仅供本主体、认定单位与审计使用。"
        )
    owns = subject is not None and q.who.role == "subject" and q.who.provider == subject.value
    try:
        answer.ground = ground(q.who, owns)
    except NotPermitted as no:
        return no
    return None


def _visible(subject: Subject, who: Who) -> bool:
    return who.role != "public" or (subject.confirmed and not subject.natural)


def find(c: psycopg.Connection[Any], code: str, known_at: int) -> Subject | None:
    """By unified code, registration number, or a natural person's ID number."""
    plain, _ = normalize(code)
    if not plain:
        raise Refused("no_code", "没有给出代码；请提供统一社会信用代码、工商注册号或证件号码。")
    if plain == PLACEHOLDER:
        raise Refused("placeholder", "这是无代码占位码，不指向任何主体；请改用工商注册号。")
    person = check_person_id(plain, as_of=date.max).normalized if len(plain) == 15 else plain
    values = [plain, *(keys.hmac_hex("person", number.upper()) for number in {plain, person})]
    asked = {"schemes": ["uscc", "regno", PERSON], "values": values, "known_at": known_at}
    found = _subject(c.execute(SQL["find_subject"], asked).fetchone())
    return found or _by_former_code(c, plain, known_at)


def _by_former_code(c: psycopg.Connection[Any], code: str, known_at: int) -> Subject | None:
    """Only if one subject alone had the code."""
    ids = c.execute(SQL["find_by_former_code"], {"code": code, "known_at": known_at}).fetchall()
    if len(ids) != 1:
        return None
    return _subject(c.execute(SQL["listing"], {"subjects": [ids[0][0]], "known_at": known_at}).fetchone())


def find_public(c: psycopg.Connection[Any], public_id: str, known_at: int) -> Subject | None:
    """By the random number that addresses carry, in its one canonical spelling."""
    try:
        number = uuid.UUID(public_id)
    except ValueError:
        return None
    if str(number) != public_id:
        return None
    values = {"public_id": number, "known_at": known_at}
    return _subject(c.execute(SQL["find_public"], values).fetchone())


def _subject(row: tuple[Any, ...] | None) -> Subject | None:
    if row is None:
        return None
    number, scheme, value, kind, public_id, confirmed = row
    return Subject(number, scheme, value, _kind(scheme, value, kind), str(public_id), confirmed)


def _kind(scheme: str, value: str, stated: str) -> str:
    """As the unified code says: what the first row that named the subject said may be hidden, or wrong."""
    if scheme != "uscc":
        return stated
    return "个体工商户" if value.startswith(SOLE_TRADER) else "法人及非法人组织"


def _fill(c: psycopg.Connection[Any], answer: Archive, s: Subject, q: Question, book: Rulebook) -> None:
    answer.found = True
    answer.names = _names(c, s, answer.known_at, q.day)
    answer.subject = _described(s, answer.names)
    former = c.execute(SQL["former_codes_of"], {"subject": s.id, "known_at": answer.known_at}).fetchall()
    answer.subject["former_codes"] = [r[0] for r in former]
    codes, layouts = registry.item_codes(c), registry.layouts(c)
    values = {"subject": s.id, "as_of": q.day, "known_at": answer.known_at}
    values["registrations"] = [
        n for n, code in codes.items() if book.item(code, q.today).kind == "registration"
    ]
    for row in c.execute(SQL["archive"], values).fetchall():
        item = _item(book, codes[row[4]], row[5], q.today)
        record = _record(row, item, canonical.unpack(row[8], layouts), s, q, book)
        if record is not None:
            answer.records.append(record)
            answer.counts[item.code] = answer.counts.get(item.code, 0) + 1


def _item(book: Rulebook, code: str, decided: date | None, today: date) -> Item:
    """Disclosure follows today's edition."""
    return book.item(code, today)


def _record(
    row: tuple[Any, ...], item: Item, values: dict[str, str], s: Subject, q: Question, book: Rulebook
) -> dict[str, Any] | None:
    verdict = publicity.verdict(item, values, row[5], q.today, book)
    if q.who.role == "public" and (not verdict.public or (s.natural and not item.natural_persons_public)):
        return None
    fields = showing.shown(item, values, q.who.role, natural=s.natural)
    record = {
        "record": row[0],
        "item": item.code,
        "item_name": item.name,
        "decided": _iso(row[5]),
        "valid_from": _iso(row[6]),
        "valid_to": _iso(row[7]),
        "in_force": row[7] is None or row[7] >= q.day,
        "fields": {item.field(k).name: v for k, v in fields.items()},
    }
    if q.who.role != "public":
        origin = {"version": row[1], "submission": row[2], "line": row[3], "publication": row[9]}
        record |= {**origin, "provider": row[10], "public": verdict.public, "public_reason": verdict.reason}
    return record


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _names(c: psycopg.Connection[Any], s: Subject, known_at: int, as_of: date) -> list[dict[str, Any]]:
    return _names_of(c, [s], known_at, as_of)[s.id]


def _names_of(
    c: psycopg.Connection[Any], subjects: Iterable[Subject], known_at: int, as_of: date
) -> dict[int, list[dict[str, Any]]]:
    """Subject → names, in one query for all of them."""
    rows = defaultdict(list)
    ids = [s.id for s in subjects]
    for subject, *name in c.execute(SQL["names_of"], {"subjects": ids, "known_at": known_at}).fetchall():
        rows[subject].append(name)
    undone = [i for i in ids if i not in rows]
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


def _described(s: Subject, names: list[dict[str, Any]]) -> dict[str, Any]:
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


def _log(c: psycopg.Connection[Any], q: Question, answer: Archive, s: Subject | None, what: str) -> None:
    c.execute(
        "INSERT INTO look (at, actor, role, purpose, ground, subject, what, as_of, known_at, records)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            q.now,
            q.who.name,
            q.who.role,
            q.who.purpose,
            answer.ground,
            s.id if s else None,
            what,
            answer.as_of,
            answer.known_at,
            len(answer.records),
        ],
    )


def search(c: psycopg.Connection[Any], text: str, q: Question, limit: int = 20) -> list[dict[str, Any]]:
    """Subjects by code, full or part name, or pinyin initials. Natural persons are never found by name."""
    ground(q.who, owns=True)
    limit = max(1, min(limit, MAX_FOUND))
    with c.transaction():
        known_at = publication.known_at(c, None)
        seen = {"known_at": known_at, "public": q.who.role == "public"}
        ids = _candidates(c, text, limit * 4, seen)
        found = _listed(c, ids, q, known_at)[:limit]
        answer = Archive(
            bool(found), q.day, known_at, q.who.role, "依法公开" if q.who.role == "public" else "履行法定职责"
        )
        _log(c, q, answer, None, "search")
    return found


def _candidates(c: psycopg.Connection[Any], text: str, limit: int, seen: Mapping[str, Any]) -> list[int]:
    folded = fold_name(text)
    if not folded:
        raise Refused("no_text", "没有检索内容；请输入名称、代码或拼音首字母。")
    code, _ = normalize(text)
    queries = [("search_code", {"text": code})]
    if len(folded) == 2:
        queries.append(("search_pair", {"text": bigrams(folded)[0] if bigrams(folded) else folded}))
    queries.append(
        (
            "search_name",
            {"pattern": f"%{_literal(folded)}%"} if len(folded) > 2 else {"pattern": _literal(folded)},
        )
    )
    if folded.isascii() and folded.isalnum():
        queries.append(("search_initials", {"pattern": f"{_literal(folded.upper())}%"}))
    ids: dict[int, None] = {}
    for name, values in queries:
        if len(ids) < limit:
            rows = c.execute(SQL[name], {**seen, **values, "limit": limit}).fetchall()
            ids |= dict.fromkeys(r[0] for r in rows)
    return list(ids)


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _listed(c: psycopg.Connection[Any], ids: list[int], q: Question, known_at: int) -> list[dict[str, Any]]:
    rows = c.execute(SQL["listing"], {"subjects": ids, "known_at": known_at}).fetchall()
    subjects = [s for row in rows if (s := _subject(row)) and _visible(s, q.who) and not s.natural]
    names = _names_of(c, subjects, known_at, q.day)
    return [
        {**_described(s, names[s.id]), "former_names": [n["name"] for n in names[s.id][1:]]}
        for s in subjects
        if names[s.id]
    ]
