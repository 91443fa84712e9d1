"""Undo a whole submission within the day: a revoking batch with a reason. Nothing is deleted."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
import psycopg

from xinyong.archive import digest_store, publication, versions
from xinyong.archive.versions import Following, Version
from xinyong.catalog import registry
from xinyong.catalog.book import Rulebook
from xinyong.catalog.loading import load_rulebook
from xinyong.collection import joining, receipts, repeated
from xinyong.collection.receipts import Receipt
from xinyong.collection.repeated import File, Keys
from xinyong.collection.settle import record_digests, row_digests
from xinyong.foundation import audit, home
from xinyong.foundation.audit import Who
from xinyong.kernel import canonical
from xinyong.kernel.beijing import day_of
from xinyong.kernel.digests import Block
from xinyong.kernel.errors import Refused

HISTORY = """
SELECT replace(v.record_id::text, '-', ''), v.seq, v.born, v.subject, v.kind, v.decided, v.valid_from, v.valid_to,
       v.payload, v.line, v.item, p.seq, p.undoes IS NULL AND u.batch IS NULL AND v.born <> %(batch)s AS counts
FROM record_version v JOIN publication p ON p.batch = v.born LEFT JOIN publication u ON u.undoes = v.born
WHERE v.record_id IN (SELECT record_id FROM record_version WHERE born = %(batch)s
                      UNION SELECT unnest(%(others)s::uuid[])) AND v.payload IS NOT NULL
ORDER BY v.record_id, v.seq
"""


@dataclass(slots=True)
class Course:
    """A record's history, told in order, and the newest version that counts once the batch is gone.

    A version counts if its batch stands and undoes none, or if a standing file repeated it.
    """

    item: int
    versions: list[Version] = field(default_factory=list)
    published: list[int] = field(default_factory=list)
    own: int = 0  # newest seq of the undone batch
    line: int = 0
    counting: Version | None = None
    repeated_by: int = 0  # the first file that repeated what counts, if it counts by that alone

    @property
    def now(self) -> Version:
        return self.versions[-1]

    @property
    def overtaken(self) -> bool:
        return self.counting is not None and not self.repeated_by and self.counting.seq > self.own > 0

    @property
    def overtaker(self) -> int:
        return self.counting.born if self.counting else 0

    @property
    def kept(self) -> bool:
        return bool(self.repeated_by) and self.stays

    @property
    def stays(self) -> bool:
        """It is where it would go back to."""
        if self.counting is None or self.counting.kind == "R":
            return self.now.kind == "R"
        same = (self.counting.payload, self.counting.subject) == (self.now.payload, self.now.subject)
        return self.now.kind != "R" and same

    def repeat(self, file: File) -> None:
        """A file said the same as the version that was the newest when it came."""
        at = repeated.version_at(self.published, file.seq)
        if at < 0 or (version := self.versions[at]).kind == "R":
            return
        if self.counting is None or version.seq > self.counting.seq:
            self.counting, self.repeated_by = version, file.submission


def undo(
    c: psycopg.Connection[Any],
    submission: int,
    reason: str,
    who: Who,
    at: datetime,
    book: Rulebook | None = None,
) -> Receipt:
    """Refused: no reason, another day, undone before, not a taken submission, not the asker's own.

    `book` (default: the one in force here) is needed to read what other files repeated.
    """
    try:
        return _undo(c, submission, reason, who, at, book)
    except BaseException:
        c.rollback()  # a refusal keeps no locks
        raise


def _undo(
    c: psycopg.Connection[Any], submission: int, reason: str, who: Who, at: datetime, book: Rulebook | None
) -> Receipt:
    first = receipts.load(c, submission)
    number = registry.item_number(c, first.item)
    _lock_items(c, submission, number)
    _allowed(c, first, reason, who, at)
    batch = publication.next_batch(c)
    receipt = _receipt(first, batch, reason, who, at)
    _Reversal(c, receipt, number, book).run()
    receipts.save(c, receipt, number)
    audit.record(c, who, at, "intake.undo", str(submission), {"batch": batch, "reason": reason})
    audit.emit(c, at, "collection.undone", {"submission": submission, "batch": batch})
    publication.publish(c, batch, undoes=submission)
    c.commit()
    return receipt


def _lock_items(c: psycopg.Connection[Any], submission: int, number: int) -> None:
    """Before anything is looked at: a running intake of these items may still change what is newest."""
    rows = c.execute("SELECT DISTINCT item FROM record_version WHERE born = %s", [submission]).fetchall()
    for item in sorted({r[0] for r in rows} | {number}):
        publication.lock_item(c, item)


def _allowed(c: psycopg.Connection[Any], first: Receipt, reason: str, who: Who, at: datetime) -> None:
    if not reason.strip():
        raise Refused("no_reason", "撤销整批要写明原因；请用 --reason 说明后重试。")
    if first.outcome != "taken":
        raise Refused("not_undoable", f"批次 {first.submission} 不是已入库的报送，不能撤销。")
    if who.role.startswith("department") and who.provider != first.provider:
        raise Refused("not_yours", f"批次 {first.submission} 不是本单位报送的，不能撤销。")
    if day_of(first.received_at) != day_of(at):
        raise Refused(
            "undo_too_late",
            f"批次 {first.submission} 不是今天报送的，不能整批撤销；请用“操作=撤销”逐条撤销，并写明原因。",
        )
    if c.execute("SELECT 1 FROM submission WHERE undoes = %s", [first.submission]).fetchone():
        raise Refused("undone", f"批次 {first.submission} 已经撤销过。")
    if c.execute("SELECT 1 FROM record_change_end WHERE submission = %s", [first.submission]).fetchone():
        raise Refused(
            "confirmed_by_two",
            f"批次 {first.submission} 是经两人确认的更正或撤回，不能由一人整批撤销；请重新提出更正，由审核员确认。",
        )


def _receipt(first: Receipt, batch: int, reason: str, who: Who, at: datetime) -> Receipt:
    return Receipt(
        submission=batch,
        item=first.item,
        item_digest=first.item_digest,
        edition=first.edition,
        provider=first.provider,
        mode="撤销",
        filename=first.filename,
        sha256=first.sha256,
        size=0,
        received_at=at,
        received_on=day_of(at),
        received_by=who.name,
        outcome="undo",
        undoes=first.submission,
        reason=reason,
    )


class _Reversal:
    """Each record goes back to what it was before the batch; what others corrected or repeated stays."""

    def __init__(
        self, c: psycopg.Connection[Any], receipt: Receipt, item: int, book: Rulebook | None
    ) -> None:
        assert receipt.undoes is not None
        self.c, self.receipt, self.item, self.undone = c, receipt, item, receipt.undoes
        self._book = book
        self.unread: list[int] = []

    @property
    def book(self) -> Rulebook:
        self._book = self._book or load_rulebook(home.local_rulebook())
        return self._book

    def run(self) -> None:
        courses = self._courses(self._leaning())
        for item in sorted({x.item for x in courses if not x.stays}):
            self._look_for_repetitions(item, [x for x in courses if x.item == item and not x.stays])
        self._go_back([x for x in courses if not x.stays])
        _doubt_aliases(self.c, courses, self.receipt.submission)
        self._hand_on([x for x in courses if x.kept], lambda x: x.repeated_by, repeated.KEPT)
        self._hand_on([x for x in courses if x.overtaken], lambda x: x.overtaker, repeated.OVERTAKEN)
        joining.revive(self.c, self.undone, self.receipt.submission)
        self._tell(courses)

    def _leaning(self) -> set[str]:
        """Records of batches undone before that stay only because files like this one repeated them."""
        first = receipts.load(self.c, self.undone)
        if not first.duplicates:
            return set()
        found: set[str] = set()
        for file in repeated.files(self.c, self.item, 0, self.book):
            if file.submission == self.undone:
                found = self._read(partial(repeated.supported, self.c, file, self.book, self.item), file)
        return found

    def _read(self, reading: Callable[[], set[str]], file: File) -> set[str]:
        try:
            return reading()
        except Refused:
            self.unread.append(file.submission)
            return set()

    def _courses(self, others: set[str]) -> list[Course]:
        found: dict[str, Course] = {}
        for row in self.c.execute(HISTORY, {"batch": self.undone, "others": list(others)}):
            version = Version(*row[:9])
            course = found.setdefault(row[0], Course(row[10]))
            course.versions.append(version)
            course.published.append(row[11])
            if version.born == self.undone or not course.own:
                course.line = row[9]
            if version.born == self.undone:
                course.own = version.seq
            if row[12]:
                course.counting = version
        return list(found.values())

    def _look_for_repetitions(self, item: int, courses: list[Course]) -> None:
        """Files that came after the oldest version which no longer counts by itself."""
        records = {x.now.record_id: x for x in courses}
        keys = Keys()
        keys.add(self.c, records)
        wanted = {*records, *keys.rows}
        for file in repeated.files(self.c, item, min(_doubtful_since(x) for x in courses) - 1, self.book):
            if file.submission == self.undone:
                continue
            for key in self._read(partial(repeated.keys_of, file, self.book, wanted), file):
                if (course := records.get(keys.record(key, file.seq))) is not None:
                    course.repeat(file)

    def _go_back(self, courses: list[Course]) -> None:
        for number in sorted({x.item for x in courses} | {self.item}):
            mine = [x for x in courses if x.item == number]
            _add(
                self.c, [(_back(x.now, x.counting, self.receipt), x.line) for x in mine], number, self.receipt
            )

    def _hand_on(self, courses: list[Course], to: Callable[[Course], int], what: Sequence[str]) -> None:
        """What the undone batch said of their subjects is the word of those who still say it."""
        for heir in sorted({to(x) for x in courses}):
            mine = [x for x in courses if to(x) == heir]
            values = {
                "records": [x.now.record_id for x in mine],
                "lines": [x.line for x in mine],
                "subjects": sorted({x.counting.subject for x in mine if x.counting}),
            }
            for statement in what:
                self.c.execute(statement, {"from": self.undone, "to": heir, **values})

    def _tell(self, courses: list[Course]) -> None:
        notes = self.receipt.notes
        overtaken = sum(x.overtaken for x in courses)
        if overtaken:
            notes.append(f"{overtaken} 条记录已被后来的报送更正，未受本次撤销影响。")
        kept = [x for x in courses if x.kept]
        if kept:
            files = "、".join(str(f) for f in sorted({x.repeated_by for x in kept})[:10])
            notes.append(
                f"{len(kept)} 条记录别的报送（批次 {files}）也报过、计为重复，这些报送仍然有效，记录保留。"
            )
        for submission in dict.fromkeys(self.unread):
            notes.append(
                f"批次 {submission} 也有计为重复的行，但其原始文件已读不出，未能核对；"
                "其中与被撤销的行相同的，请把那份文件重新报送一次。"
            )


def _doubtful_since(course: Course) -> int:
    """Publication of the oldest version after the one that counts."""
    known = course.counting.seq if course.counting else 0
    return next(p for v, p in zip(course.versions, course.published, strict=True) if v.seq > known)


def _doubt_aliases(c: psycopg.Connection[Any], courses: list[Course], batch: int) -> None:
    """Keys that led to these records, the undone batch's among them, say nothing of them any more."""
    for item in sorted({course.item for course in courses}):
        ids = [course.now.record_id for course in courses if course.item == item]
        keys = record_digests(list(versions.aliases_of(c, ids)))
        _store(c, item, Block.build(batch, keys, np.zeros((len(keys), 1), np.uint64)))


def _add(
    c: psycopg.Connection[Any], following: list[tuple[Version, int]], item: int, receipt: Receipt
) -> None:
    versions.add_following(c, [Following(v, line, item, secrets.token_bytes(16)) for v, line in following])
    _digests(c, [v for v, _ in following], item, receipt.submission)
    revoked = sum(v.kind == "R" for v, _ in following)
    receipt.revoked += revoked
    receipt.corrected += len(following) - revoked
    receipt.rows += len(following)


def _back(now: Version, before: Version | None, receipt: Receipt) -> Version:
    if before is None or before.kind == "R":
        payload = canonical.revocation(receipt.reason, receipt.submission)
        return replace(now, seq=now.seq + 1, born=receipt.submission, kind="R", payload=payload)
    return replace(before, seq=now.seq + 1, born=receipt.submission, kind="U")


def _digests(c: psycopg.Connection[Any], reversed_: list[Version], item: int, batch: int) -> None:
    if not reversed_:
        return
    keys = record_digests([v.record_id for v in reversed_])
    rows = row_digests([v.payload or "" for v in reversed_])
    rows[[v.kind == "R" for v in reversed_]] = 0
    _store(c, item, Block.build(batch, keys, rows.reshape(-1, 1).astype(np.uint64)))


def _store(c: psycopg.Connection[Any], item: int, block: Block) -> None:
    known = digest_store.load(c, item, digest_store.RECORDS)
    digest_store.add(c, item, digest_store.RECORDS, known, block)
