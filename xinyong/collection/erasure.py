"""The recorded erasure of one record, or of one kept original.

What a record says leaves the database (payload and salt of all its versions), every kept original, the held
rows and the problem lists. What stays: record id, dates, leaf hash (worth nothing without its salt) and the
8-byte digest. By that digest the same row, handed in again, counts as a duplicate and does not come back.

The owner's connection does it; the application's role has no right to. Backups made before hold the row
until they are thrown away; a restore erases it again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from xinyong.archive import publication, versions
from xinyong.catalog.book import Rulebook
from xinyong.catalog.loading import load_rulebook
from xinyong.collection import rewriting
from xinyong.collection.rewriting import Original, Place
from xinyong.disclosure import basis, listing_job
from xinyong.disclosure.sealed import SQL as SEALED
from xinyong.foundation import audit, database, erasures, home, vault
from xinyong.foundation.audit import Who
from xinyong.foundation.erasures import ORIGINAL, RECORD, Entry, Ground
from xinyong.kernel.errors import Refused

VERSIONS = "SELECT DISTINCT item FROM record_version WHERE record_id = %s"
LINES = "SELECT born, line FROM record_version WHERE record_id = %s AND payload IS NOT NULL"
FORGET = (
    "UPDATE record_version SET payload = NULL, salt = NULL"
    " WHERE record_id = %s AND (payload IS NOT NULL OR salt IS NOT NULL) RETURNING encode(leaf, 'hex')"
)
OTHERS = "SELECT born, line FROM record_version WHERE record_id = ANY(%s::uuid[])"
CANDIDATES = """
SELECT s.id, s.item_code, s.mode, s.received_on, v.name, v.wrapped_key
FROM submission s JOIN vault_object v ON v.name = s.vault_name AND length(v.wrapped_key) > 0
WHERE s.item = %(item)s AND s.outcome = 'taken'
  AND (s.id = ANY(%(born)s) OR s.duplicates > 0 OR s.rejected > 0 OR s.held > 0)
ORDER BY s.id
"""
BLANK_HELD = """
UPDATE held_row SET payload = '' WHERE submission = %s AND line = %s AND sheet = %s AND payload <> ''
"""
BLANK_PROBLEMS = """
UPDATE problem SET suggestion = '' WHERE submission = %s AND line = %s AND sheet = %s AND suggestion <> ''
"""
LEFTOVERS = """
WITH gone AS (
  SELECT s.id FROM submission s JOIN vault_object v ON v.name = s.vault_name
  WHERE length(v.wrapped_key) = 0
    AND (v.retained_until < %(today)s
         OR EXISTS (SELECT 1 FROM erasure e WHERE e.target = 'original:' || v.name))
), held AS (
  UPDATE held_row h SET payload = '' FROM gone
  WHERE h.submission = gone.id AND h.payload <> '' RETURNING 1
), told AS (
  UPDATE problem p SET suggestion = '' FROM gone
  WHERE p.submission = gone.id AND p.suggestion <> '' RETURNING 1
)
SELECT (SELECT count(*) FROM held), (SELECT count(*) FROM told)
"""
MOVE_OBJECT = """
INSERT INTO vault_object (name, wrapped_key, size, stored, retained_until, retention_rule)
SELECT %(new)s, %(key)s, %(size)s, stored, retained_until, retention_rule FROM vault_object WHERE name = %(old)s
ON CONFLICT (name) DO UPDATE SET wrapped_key = excluded.wrapped_key, size = excluded.size
"""
BLANK_KEY = "UPDATE vault_object SET wrapped_key = ''::bytea WHERE name = %s"


Still = Callable[[psycopg.Connection[Any]], bool]


class _NotAnyMore(Exception):
    """Meanwhile something needs the record: the transaction is undone."""


@dataclass(slots=True)
class Erased:
    """What an erasure changed. All zero and empty: nothing was left of the record."""

    record_id: str
    versions: int = 0
    leaves: list[str] = field(
        default_factory=list
    )  # of those versions, so that a stranger can tell what was erased
    held_rows: int = 0
    problems: int = 0
    rewritten: list[int] = field(default_factory=list)  # submissions whose file now lacks the row
    destroyed: list[int] = field(default_factory=list)  # submissions whose whole file is gone
    unread: list[int] = field(default_factory=list)  # submissions whose file today's rules can't read
    discarded: list[str] = field(default_factory=list)  # names of files to remove after the commit

    @property
    def anything(self) -> bool:
        return bool(self.versions or self.held_rows or self.problems or self.rewritten or self.destroyed)

    def detail(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "versions": self.versions,
            "leaves": self.leaves,
            "held_rows": self.held_rows,
            "rewritten": self.rewritten,
        }
        if self.destroyed:
            told |= {
                "destroyed": self.destroyed,
                "why": "这些原件无法逐行删除（如工作簿），已销毁整份原件的密钥",
            }
        if self.unread:
            told |= {
                "unread": self.unread,
                "why_unread": "这些原件按现行目录读不出，未能核对其中是否还有该行",
            }
        return told


def erase_record(
    record_id: str, ground: Ground, who: Who, at: datetime, book: Rulebook, still: Still | None = None
) -> Erased:
    """Erase all versions of a record, and its rows in the originals. Idempotent.

    `still`: asked at the very end, on the transaction that erases, where intake of the item waits (and whoever else
    `still` makes wait); where it says no, nothing is erased.
    Refused: not a record's id, an instrument that the rulebook does not know, no such record.
    """
    record = _record(record_id)
    if ground.instrument not in book.instruments:
        raise Refused(
            "instrument_unknown",
            f"规则库中没有编号为“{ground.instrument}”的法律文件；请核对编号，或先在 instruments.yaml 中登记。",
        )
    try:
        return _erase(erasures.entry(RECORD, record.hex, ground, who, at), book, still)
    except _NotAnyMore:
        return Erased(record.hex)


def erase_original(submission: int, ground: Ground, who: Who, at: datetime) -> bool:
    """Destroy the key and the file of a submission's original. False: it was gone already.

    Refused: no such submission. The records taken from it stay.
    """
    with database.connect_owner() as c:
        row = c.execute("SELECT vault_name FROM submission WHERE id = %s", [submission]).fetchone()
    if row is None:
        raise Refused("no_submission", f"没有批次 {submission}；请用回执上的批次号重试。")
    entry = erasures.entry(ORIGINAL, row[0], ground, who, at)
    return bool(row[0]) and erasures.destroy_original(entry, {"submission": submission})


def forget_leftovers(today: date, who: Who, at: datetime) -> tuple[int, int]:
    """Blank the held rows and problem lists of originals that are gone: they quote what was in them. Idempotent.

    Gone is an original whose retention has ended, or that was erased as a whole; not one that had to go because a
    single row of it was erased: its other rows still wait for their department. Returns (held rows, problems).
    """
    with database.connect_owner() as c:
        row = c.execute(LEFTOVERS, {"today": today}).fetchone()
        assert row is not None
        held, told = row
        if held or told:
            audit.record(c, who, at, "erase.leftovers", "", {"held_rows": held, "problems": told})
    return held, told


def again(entry: Entry) -> None:
    """Do what a line of the log says: after a restore or a crash. A record this database never had is noted."""
    if entry.kind == ORIGINAL:
        erasures.destroy_original(entry, {"again": True})
        return
    _erase(entry, load_rulebook(home.local_rulebook()))


def _record(record_id: str) -> uuid.UUID:
    try:
        return uuid.UUID(record_id)
    except ValueError:
        raise Refused(
            "record_id", f"“{record_id}”不是记录号；请用 xinyong archive 查到的 32 位记录号重试。"
        ) from None


def _erase(entry: Entry, book: Rulebook, still: Still | None = None) -> Erased:
    done = Erased(entry.target)
    with database.connect_owner() as c:
        record = _known(c, entry)
        for (item,) in c.execute(VERSIONS, [record]).fetchall():
            publication.lock_item(c, item)  # an intake under way ends first, so that its file is seen
            _originals(c, record, item, book, done)
        if still is not None and not still(c):
            raise _NotAnyMore  # files written anew are nobody's then, and go with the next sweep
        basis.keep_withdrawal(c, record.hex, entry.who, entry.at, book)
        done.leaves = sorted(leaf for (leaf,) in c.execute(FORGET, [record]).fetchall())
        done.versions = len(done.leaves)
        done.versions += c.execute(SEALED["destroy"], {"record": record}).rowcount
        listing_job.forget(c, [str(record)])
        if done.anything or entry.logged:
            erasures.note(c, entry, done.detail())
    for name in done.discarded:
        vault.discard(name)
    return done


def _known(c: psycopg.Connection[Any], entry: Entry) -> uuid.UUID:
    record = uuid.UUID(entry.target)
    if not c.execute(VERSIONS, [record]).fetchone():
        record = uuid.UUID(versions.aliases(c, [record.hex]).get(record.hex, record.hex))
    if not entry.logged and not c.execute(VERSIONS, [record]).fetchone():
        raise Refused("no_record", f"没有记录 {entry.target}；请用 xinyong archive 查到的记录号重试。")
    return record


def _originals(
    c: psycopg.Connection[Any], record: uuid.UUID, item: int, book: Rulebook, done: Erased
) -> None:
    """Every kept file of the item that may hold the row: its versions' files, and those with other fates."""
    ids = {record.hex, *versions.aliases_of(c, [record.hex])}
    others = _lines_of_others(c, record, ids)
    lines: dict[int, set[int]] = {}
    for born, line in c.execute(LINES, [record]):
        lines.setdefault(born, set()).add(line)
    for original in _candidates(c, item, list(lines), book):
        with rewriting.decrypted(original) as path:
            known = lines.get(original.submission, set())
            places = _places(path, original, ids, book, done, known)
            places = {p for p in places if (original.submission, p.line) not in others}
            _blank(c, original.submission, places, done)
            wanted = {p.line for p in places} | known
            if wanted:
                with rewriting.without(path, original, wanted, book) as rewritten:
                    _replace(c, original, rewritten, done)


def _lines_of_others(c: psycopg.Connection[Any], record: uuid.UUID, ids: set[str]) -> set[tuple[int, int]]:
    """Rows under one of these keys that another record came from: it had the key before, or has it now."""
    related = {*ids, *versions.aliases(c, ids).values()} - {record.hex}
    return set(c.execute(OTHERS, [sorted(related)]).fetchall())


def _candidates(c: psycopg.Connection[Any], item: int, born: list[int], book: Rulebook) -> Iterator[Original]:
    rows = c.execute(CANDIDATES, {"item": item, "born": born}).fetchall()
    for submission, code, mode, day, name, key in rows:
        yield Original(submission, name, bytes(key), book.item(code, day), mode, day)


def _places(
    path: Path, original: Original, ids: set[str], book: Rulebook, done: Erased, known: set[int]
) -> set[Place]:
    try:
        return rewriting.places(path, original, ids, book)
    except Refused:
        if not known:
            done.unread.append(original.submission)
        return set()


def _blank(c: psycopg.Connection[Any], submission: int, places: set[Place], done: Erased) -> None:
    for place in places:
        where = [submission, place.line, place.sheet]
        done.held_rows += c.execute(BLANK_HELD, where).rowcount
        done.problems += c.execute(BLANK_PROBLEMS, where).rowcount


def _replace(c: psycopg.Connection[Any], original: Original, rewritten: Path | None, done: Erased) -> None:
    """The new file has a name and a key of its own, so a crash leaves one whole file or the other."""
    if rewritten is None:
        done.destroyed.append(original.submission)
    else:
        stored = vault.store(rewritten, vault.digest(rewritten)[0], original.submission)
        c.execute(
            MOVE_OBJECT,
            {"new": stored.name, "key": stored.wrapped_key, "size": stored.size, "old": original.name},
        )
        c.execute("UPDATE submission SET vault_name = %s WHERE id = %s", [stored.name, original.submission])
        done.rewritten.append(original.submission)
    c.execute(BLANK_KEY, [original.name])
    done.discarded.append(original.name)
