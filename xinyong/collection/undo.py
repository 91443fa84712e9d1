"""Undo a whole submission within the day: a revoking batch with a reason. Nothing is deleted."""

from __future__ import annotations

import secrets
from dataclasses import replace
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

BORN_IN = """
SELECT replace(v.record_id::text, '-', ''), v.seq, v.born, v.subject, v.kind, v.decided, v.valid_from, v.valid_to,
       v.payload, v.line, v.item,
       EXISTS (SELECT 1 FROM record_version n WHERE n.record_id = v.record_id AND n.seq > v.seq AND n.born <> v.born)
FROM record_version v WHERE v.born = %s AND v.payload IS NOT NULL ORDER BY v.record_id, v.seq
"""
BEFORE = """
SELECT DISTINCT ON (v.record_id) replace(v.record_id::text, '-', ''), v.seq, v.born, v.subject, v.kind, v.decided,
       v.valid_from, v.valid_to, v.payload
FROM record_version v WHERE v.record_id = ANY(%s::uuid[]) AND v.born <> %s
ORDER BY v.record_id, v.seq DESC
"""


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
    newest: dict[str, tuple[Version, int, int]] = {}
    overtaken = set()
    for row in c.execute(BORN_IN, [receipt.undoes]):
        newest[row[0]] = (Version(*row[:9]), row[9], row[10])
        if row[11]:
            overtaken.add(row[0])
    ids = [r for r in newest if r not in overtaken]
    before = {row[0]: Version(*row) for row in c.execute(BEFORE, [ids, receipt.undoes])}
    for number in sorted({newest[r][2] for r in ids} | {item}):
        mine = [r for r in ids if newest[r][2] == number]
        _add(c, [(_back(newest[r][0], before.get(r), receipt), newest[r][1]) for r in mine], number, receipt)
    if overtaken:
        receipt.notes.append(f"{len(overtaken)} 条记录已被后来的报送更正，未受本次撤销影响。")


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
    rows = row_digests([v.payload for v in reversed_])
    rows[[v.kind == "R" for v in reversed_]] = 0
    known = digest_store.load(c, item, digest_store.RECORDS)
    block = Block.build(batch, keys, rows.reshape(-1, 1).astype(np.uint64))
    digest_store.add(c, item, digest_store.RECORDS, known, block)
