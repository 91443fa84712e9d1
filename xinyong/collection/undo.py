"""Undo a whole submission within the day: a revoking batch with a reason. Nothing is deleted."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import psycopg

from xinyong.archive import digest_store, publication, versions
from xinyong.archive.versions import Following, Version
from xinyong.catalog import registry
from xinyong.collection import receipts
from xinyong.collection.intake import ZONE
from xinyong.collection.receipts import Receipt
from xinyong.collection.settle import record_digests, row_digests
from xinyong.foundation import audit
from xinyong.foundation.audit import Who
from xinyong.kernel import canonical
from xinyong.kernel.digests import Block
from xinyong.kernel.errors import Refused

HISTORY = """
SELECT replace(v.record_id::text, '-', ''), v.seq, v.born, v.subject, v.kind, v.decided, v.valid_from, v.valid_to,
       v.payload, v.line, v.item, p.undoes IS NULL AND u.batch IS NULL AND v.born <> %(batch)s AS counts
FROM record_version v JOIN publication p ON p.batch = v.born LEFT JOIN publication u ON u.undoes = v.born
WHERE v.record_id IN (SELECT record_id FROM record_version WHERE born = %(batch)s) AND v.payload IS NOT NULL
ORDER BY v.record_id, v.seq
"""
RELIED = """
SELECT count(*) FROM submission s WHERE s.item = %s AND s.id > %s AND s.outcome = 'taken' AND s.duplicates > 0
  AND NOT EXISTS (SELECT 1 FROM submission u WHERE u.undoes = s.id)
"""


@dataclass(slots=True)
class Course:
    """A record's history, told in order: what stands now, the undone batch's own, the newest that counts."""

    now: Version
    line: int
    item: int
    own: int = 0  # newest seq of the undone batch
    counting: Version | None = None  # neither of an undone batch nor of an undoing one

    @property
    def overtaken(self) -> bool:
        return self.counting is not None and self.counting.seq > self.own

    @property
    def stays(self) -> bool:
        """It is where it would go back to: corrected since, or ended and nothing before."""
        ended = self.counting is None or self.counting.kind == "R"
        return self.overtaken or (ended and self.now.kind == "R")


def undo(c: psycopg.Connection[Any], submission: int, reason: str, who: Who, at: datetime) -> Receipt:
    """Refused: no reason, another day, undone before, not a taken submission, not the asker's own."""
    first = receipts.load(c, submission)
    number = registry.item_number(c, first.item)
    _lock_items(c, submission, number)
    _allowed(c, first, reason, who, at)
    batch = publication.next_batch(c)
    receipt = _receipt(first, batch, reason, who, at)
    _reverse(c, receipt, number)
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
    if first.received_at.astimezone(ZONE).date() != at.astimezone(ZONE).date():
        raise Refused(
            "undo_too_late",
            f"批次 {first.submission} 不是今天报送的，不能整批撤销；请用“操作=撤销”逐条撤销，并写明原因。",
        )
    if c.execute("SELECT 1 FROM submission WHERE undoes = %s", [first.submission]).fetchone():
        raise Refused("undone", f"批次 {first.submission} 已经撤销过。")


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
        received_on=at.astimezone(ZONE).date(),
        received_by=who.name,
        outcome="undo",
        undoes=first.submission,
        reason=reason,
    )


def _reverse(c: psycopg.Connection[Any], receipt: Receipt, item: int) -> None:
    """Each record goes back to what it was before the batch; later corrections by others stay."""
    assert receipt.undoes is not None
    courses = _courses(c, receipt.undoes)
    back = [course for course in courses if not course.stays]
    for number in sorted({course.item for course in back} | {item}):
        mine = [course for course in back if course.item == number]
        _add(c, [(_back(x.now, x.counting, receipt), x.line) for x in mine], number, receipt)
    _doubt_aliases(c, courses, receipt.submission)
    overtaken = sum(course.overtaken for course in courses)
    if overtaken:
        receipt.notes.append(f"{overtaken} 条记录已被后来的报送更正，未受本次撤销影响。")
    _tell_relying(c, receipt, item)


def _courses(c: psycopg.Connection[Any], batch: int) -> list[Course]:
    found: dict[str, Course] = {}
    for row in c.execute(HISTORY, {"batch": batch}):
        version = Version(*row[:9])
        course = found.setdefault(row[0], Course(version, row[9], row[10]))
        course.now = version
        if version.born == batch:
            course.own, course.line = version.seq, row[9]
        if row[11]:
            course.counting = version
    return list(found.values())


def _doubt_aliases(c: psycopg.Connection[Any], courses: list[Course], batch: int) -> None:
    """Keys that led to these records, the undone batch's among them, say nothing of them any more."""
    for item in sorted({course.item for course in courses}):
        ids = [course.now.record_id for course in courses if course.item == item]
        keys = record_digests(list(versions.aliases_of(c, ids)))
        _store(c, item, Block.build(batch, keys, np.zeros((len(keys), 1), np.uint64)))


def _tell_relying(c: psycopg.Connection[Any], receipt: Receipt, item: int) -> None:
    row = c.execute(RELIED, [item, receipt.undoes]).fetchone()
    if row and row[0]:
        receipt.notes.append(
            f"此后有 {row[0]} 次本事项的报送含计为重复的行；其中与被撤销的行相同的，请把那些文件重新报送一次。"
        )


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
