"""The one way to records: asks who, why and what may be seen, answers, and logs the look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

import psycopg

from xinyong.archive import merges, publication
from xinyong.catalog.book import Rulebook
from xinyong.disclosure import authorisations, basis, identity, ids, marks, records
from xinyong.disclosure.asker import NO_GROUND, STAFF, Asked, Ground, ground, may_search, unit_of
from xinyong.disclosure.identity import NOBODY, SQL, Located, Subject, find, find_public, keys_of, visible
from xinyong.disclosure.records import Look, Row
from xinyong.foundation.audit import PUBLIC, Who
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.kernel.identifiers import normalize
from xinyong.kernel.names import bigrams, fold_name

__all__ = [
    "Archive", "Question", "Subject", "archive", "archive_by_public_id", "candidates", "find", "find_public",
    "literal", "log_list", "looked", "public_records", "record", "search",
]  # fmt: skip

REFUSED = "拒绝"
OPEN = Ground("依法公开")
MAX_FOUND = 50
ALONE = ("public", "subject", *STAFF)  # no authorisation is used up
PAST = ("subject", "department", "department_reviewer", "center", "center_reviewer", "auditor")


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks about what, as of which day, as known at which moment. `today` is an argument, not a clock."""

    who: Who
    now: datetime
    today: date
    as_of: date | None = None
    known_at: datetime | None = None
    items: tuple[str, ...] = ()  # item codes; empty: all that the ground allows
    duty: str = ""  # a registered statutory duty; empty: the role's default
    authorisation: str = ""  # its number; empty: any live one that fits

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
    used_up: bool = False  # its ground was an authorisation that serves once

    def as_json(self) -> dict[str, Any]:
        """What `xinyong archive --json` prints; the public is not told the publication number."""
        found = asdict(self)
        del found["used_up"]
        if self.asked_as == "public":
            del found["known_at"]
        return found


def archive(c: psycopg.Connection[Any], code: str, q: Question, book: Rulebook) -> Archive:
    """A subject's archive. The look is logged whatever the answer.

    Refused: a future `known_at`, an empty code. NotPermitted: no ground, or the public asking for the past's knowledge.
    """
    return _answer(
        c, q, book, lambda known_at: identity.by_code(c, code, known_at), lambda: frozenset(keys_of(code)[1])
    )


def archive_by_public_id(c: psycopg.Connection[Any], public_id: str, q: Question, book: Rulebook) -> Archive:
    """The same answer by the number a subject has in addresses; whatever is not such a number is unknown."""
    return _answer(c, q, book, lambda known_at: identity.by_public_id(c, public_id, known_at))


def record(c: psycopg.Connection[Any], public_record_id: str, q: Question, book: Rulebook) -> Archive:
    """One record by its public number, with its subject.

    What this asker may not see, what never was and what has ended give one and the same answer: nothing found.
    """
    number = ids.record_of(public_record_id)
    return _answer(
        c, q, book, lambda known_at: identity.by_record(c, number, known_at), only=number or NOBODY
    )


def _answer(
    c: psycopg.Connection[Any],
    q: Question,
    book: Rulebook,
    look_up: Callable[[int | None], Located],
    keys_asked: Callable[[], frozenset[str]] = frozenset,
    only: str = "",
) -> Archive:
    """In three statements: who is it, what is there, and the log entry."""
    answer = Archive(False, q.day, 0, q.who.role, REFUSED)
    subject, why, refused = None, NO_GROUND, None
    with _together(c, q):
        try:
            _past_allowed(q)
            located = look_up(None if q.known_at is None else publication.known_at(c, q.known_at))
            answer.known_at, subject = located.known_at, located.subject
            why = _grounded(c, subject, q, book, keys_asked())
            answer.ground = why.text
        except Refused as no:
            refused = no
        if refused is None and subject is not None and visible(subject, q.who):
            _fill(c, answer, located, q, book, why, only)
        _log(c, q, answer, subject, "record" if only else "archive", why)
        if why.authorisation is not None:
            authorisations.use(c, why.authorisation, q.who, q.now)
            answer.used_up = why.authorisation.once
    if refused is not None:  # after the log entry is in
        raise refused
    return answer


def _together(c: psycopg.Connection[Any], q: Question) -> AbstractContextManager[Any]:
    """A transaction, where statements have to hold together: an authorisation is used, a past moment asked for.

    Else each statement stands for itself: the first one says as of which publication the second is asked, and
    without the log entry there is no answer.
    """
    alone = c.autocommit and q.known_at is None and q.who.role in ALONE
    return nullcontext() if alone else c.transaction()


def _past_allowed(q: Question) -> None:
    if q.known_at is not None and q.who.role not in PAST:
        raise NotPermitted(
            "known_at_public", "公众查询只按今天的公示规则回答；“所知时点”仅供本主体、认定单位与审计使用。"
        )


def _grounded(
    c: psycopg.Connection[Any],
    subject: Subject | None,
    q: Question,
    book: Rulebook,
    keys_asked: frozenset[str],
) -> Ground:
    """On what ground the asker may look. NotPermitted: none."""
    owns = subject is not None and q.who.role == "subject" and subject.is_of(q.who.provider)
    values = keys_asked | ({subject.value} if subject else set())
    return ground(c, q.who, owns, Asked(frozenset(values), q.items, q.duty, q.authorisation), book, q.today)


def _fill(
    c: psycopg.Connection[Any],
    answer: Archive,
    located: Located,
    q: Question,
    book: Rulebook,
    why: Ground,
    only: str,
) -> None:
    s = located.subject
    assert s is not None
    asked = {"subjects": located.merged.members(s.id), "known_at": answer.known_at, "record": only or None}
    asked["codes"] = list(q.items)
    statement = SQL["archive_of_record" if only else "archive_of_subject"]
    look = Look(q.who, q.today, q.day, why, s.natural, q.known_at is not None)
    for row in (Row(*r) for r in c.execute(statement, {**asked, **_as_of(q, book)}).fetchall()):
        shown = _shown(c, row, look, book)
        if shown is not None:
            answer.records.append(shown)
            answer.counts[row.item] = answer.counts.get(row.item, 0) + 1
    if only and not answer.records:
        return
    answer.found = True
    answer.names, former = identity.named(c, located, q.day)
    answer.subject = {**identity.described(s, answer.names), "former_codes": former}


def _shown(c: psycopg.Connection[Any], row: Row, look: Look, book: Rulebook) -> dict[str, Any] | None:
    opened = basis.settled(c, marks.read_all(row.marks), look.today, book)
    return records.shown(row, records.unpacked(c, row.payload), opened, look, book)


def _as_of(q: Question, book: Rulebook) -> dict[str, Any]:
    """Valid time asked for; registration data follow it too. Marks are those of now, or of the moment asked for."""
    items = book.current_items(q.today)
    registrations = [item.code for item in items if item.kind == "registration"]
    return {"as_of": q.day, "registrations": registrations, "marks_at": q.known_at}


def public_records(
    c: psycopg.Connection[Any], wanted: Iterable[Any], q: Question, book: Rulebook, known_at: int
) -> dict[str, dict[str, Any]]:
    """Record id (32 hex digits) → the record as the public sees it now, with its subject; others are left out.

    The caller logs the look (`log_list`). `record` in the answer is the internal id: never show it.
    """
    asked = {"records": [str(i) for i in wanted], "known_at": known_at, **_as_of(q, book)}
    rows = [Row(*r) for r in c.execute(SQL["archive_of_records"], asked).fetchall()]
    merged = merges.known(c, known_at)
    subjects, names = _subjects(c, merged.winners(r.subject for r in rows), known_at, merged, q.day)
    look = Look(PUBLIC, q.today, q.day, OPEN, natural=False)
    found = {}
    for row in rows:
        if s := subjects.get(merged.winner(row.subject)):
            shown = _shown(c, row, look, book)
            if shown is not None:
                found[row.record] = shown | {
                    "record": row.record,
                    "subject": identity.described(s, names[s.id]),
                }
    return found


def _subjects(
    c: psycopg.Connection[Any], wanted: list[int], known_at: int, merged: merges.Merges, day: date
) -> tuple[dict[int, Subject], dict[int, list[dict[str, Any]]]]:
    """Those of the subjects that the public may see, with their names."""
    listed = c.execute(SQL["listing"], {"subjects": wanted, "known_at": known_at}).fetchall()
    subjects = {s.id: s for r in listed if (s := identity.subject_of(r)) and visible(s, PUBLIC)}
    return subjects, identity.names_of(c, subjects.values(), known_at, merged, day)


def _log(
    c: psycopg.Connection[Any],
    q: Question,
    answer: Archive,
    s: Subject | None,
    what: str,
    why: Ground,
    count: int | None = None,
) -> None:
    """`count`: of what was shown, where that isn't records of one subject."""
    c.execute(
        SQL["look"],
        {
            # open data seen by nobody known: a crash of the machine may cost the last entries
            "commit": "off" if q.who.role == "public" else "on",
            "at": q.now,
            "actor": q.who.name,
            "role": q.who.role,
            "purpose": q.who.purpose,
            "ground": answer.ground,
            "subject": s.id if s else None,
            "what": what,
            "as_of": answer.as_of,
            "known_at": answer.known_at,
            "records": len(answer.records) if count is None else count,
            "duty": why.duty.id if why.duty else "",
            "authorisation": why.authorisation.id if why.authorisation else None,
            "provider": unit_of(q.who),
        },
    )


def log_list(c: psycopg.Connection[Any], q: Question, known_at: int, what: str, count: int) -> None:
    """Note that the public looked at a list, and how many records it showed."""
    _log(c, q, Archive(bool(count), q.day, known_at, q.who.role, OPEN.text), None, what, OPEN, count)


def looked(
    c: psycopg.Connection[Any], located: Located, q: Question, book: Rulebook, what: str, count: int
) -> Ground:
    """Note a look at what a floor above keeps of a subject, `count` things, before it is shown.

    Returns the ground. NotPermitted: none (the refused look is noted all the same); by authorisation nothing is shown.
    """
    answer = Archive(False, q.day, located.known_at, q.who.role, REFUSED)
    why, refused = NO_GROUND, None
    try:
        if q.who.role not in ("subject", "counter", *STAFF):
            raise NotPermitted("no_ground", "本角色没有查看这些内容的职责；有需要的，请信用主体自己提供。")
        why = _grounded(c, located.subject, q, book, frozenset())
        answer.ground = why.text
    except Refused as no:
        refused = no
    _log(c, q, answer, located.subject, what, why, 0 if refused else count)
    if refused is not None:
        raise refused
    return why


def search(c: psycopg.Connection[Any], text: str, q: Question, limit: int = 20) -> list[dict[str, Any]]:
    """Subjects by code, full or part name, or pinyin initials. Natural persons are never found by name.

    The look is logged with how many were found, also when it is refused.
    """
    limit = max(1, min(limit, MAX_FOUND))
    found: list[dict[str, Any]] = []
    why, refused = NO_GROUND, None
    with c.transaction():
        known_at = publication.last(c)
        try:
            why = may_search(q.who, q.duty, q.today)
            merged = merges.known(c, known_at)
            seen = {"known_at": known_at, "public": q.who.role == "public"}
            some = merged.winners(candidates(c, text, limit * 4, seen))
            found = _listed(c, some, q, known_at, merged)[:limit]
        except Refused as no:
            refused = no
        answer = Archive(bool(found), q.day, known_at, q.who.role, REFUSED if refused else why.text)
        _log(c, q, answer, None, "search", why, len(found))
    if refused is not None:
        raise refused
    return found


def candidates(c: psycopg.Connection[Any], text: str, limit: int, seen: Mapping[str, Any]) -> list[int]:
    """Numbers of subjects that a text may stand for; `seen`: known_at, and whether the public asks."""
    folded = fold_name(text)
    if not folded:
        raise Refused("no_text", "没有检索内容；请输入名称、代码或拼音首字母。")
    code, _ = normalize(text)
    asked = [("search_code", {"text": code})]
    if len(folded) == 2:
        asked.append(("search_pair", {"text": bigrams(folded)[0] if bigrams(folded) else folded}))
    whole = f"%{literal(folded)}%" if len(folded) > 2 else literal(folded)
    asked.append(("search_name", {"pattern": whole}))
    if folded.isascii() and folded.isalnum():
        asked.append(("search_initials", {"pattern": f"{literal(folded.upper())}%"}))
    found: dict[int, None] = {}
    for name, values in asked:
        if len(found) < limit:
            rows = c.execute(SQL[name], {**seen, **values, "limit": limit}).fetchall()
            found |= dict.fromkeys(r[0] for r in rows)
    return list(found)


def literal(text: str) -> str:
    """A text that stands for itself in LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _listed(
    c: psycopg.Connection[Any], some: list[int], q: Question, known_at: int, merged: merges.Merges
) -> list[dict[str, Any]]:
    rows = c.execute(SQL["listing"], {"subjects": some, "known_at": known_at}).fetchall()
    subjects = [s for r in rows if (s := identity.subject_of(r)) and visible(s, q.who) and not s.natural]
    names = identity.names_of(c, subjects, known_at, merged, q.day)
    return [
        {**identity.described(s, names[s.id]), "former_names": [n["name"] for n in names[s.id][1:]]}
        for s in subjects
        if names[s.id]
    ]
