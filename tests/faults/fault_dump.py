"""The whole database as text that two runs can be compared by: no batch number, no salt, no time of publication.

Batches are named by their place in the publication order. Salts are random, so a leaf is shown as its content
and whether it is indeed the hash of its salt and that content.
"""

from __future__ import annotations

import os
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg

SUBJECT = "(SELECT s.scheme || ':' || s.value FROM credit_subject s WHERE s.id = {})"
RECORDS = f"""
SELECT i.code, v.record_id::text, v.seq, v.kind, v.decided, v.valid_from, v.valid_to, v.payload, v.line,
       {SUBJECT.format("v.subject")}, v.born, v.salt, v.leaf
FROM record_version v JOIN catalog_item i ON i.id = v.item ORDER BY 1, 2, 3
"""
SUBMISSIONS = """
SELECT p.batch, s.item_code, s.mode, s.outcome, s.filename, s.sha256, s.received_on, s.rows, s.new, s.duplicates,
       s.corrected, s.revoked, s.held, s.rejected, s.warnings, s.late, s.missing, s.rules::text, s.columns::text,
       s.undoes, s.follows, convert_from(f.fates, 'UTF8')
FROM publication p JOIN submission s ON s.id = p.batch LEFT JOIN submission_fates f ON f.submission_id = s.id
ORDER BY p.seq
"""
TABLES = {
    "held": "SELECT submission, line, sheet, reason, payload FROM held_row",
    "problems": "SELECT submission, line, sheet, field, rule, level FROM problem",
    "subjects": "SELECT born, scheme, value, kind FROM credit_subject",
    "names": f"SELECT born, {SUBJECT.format('subject_id')}, name, folded, former, valid_from, valid_to FROM subject_name",
    "confirmed": f"SELECT born, {SUBJECT.format('subject_id')} FROM subject_confirmation",
    "aliases": "SELECT born, alias::text, record_id::text FROM record_alias",
    "closed": "SELECT closed_by, submission, line, sheet, outcome FROM closure",
    "ledger": "SELECT born, provider, item_code, month, decided FROM ledger_entry",
    "told": "SELECT (body->>'submission')::int, kind FROM event",
}
BORN = {
    "record_version": "born", "subject_records": "born", "credit_subject": "born", "subject_name": "born", "subject_confirmation": "born",
    "record_alias": "born", "digest_block": "born", "submission": "id", "submission_fates": "submission_id",
    "problem": "submission", "held_row": "submission", "closure": "closed_by", "ledger_entry": "born",
}  # fmt: skip
UNPUBLISHED = "SELECT count(*) FROM {} t WHERE NOT EXISTS (SELECT 1 FROM publication p WHERE p.batch = t.{})"


def dump(c: psycopg.Connection[Any]) -> list[str]:
    """One line per fact, in a fixed order."""
    place = dict(c.execute("SELECT batch, seq FROM publication"))
    lines = [_line("submission", _placed(r, place, (0, 19, 20))) for r in c.execute(SUBMISSIONS)]
    lines += [_record(r, place) for r in c.execute(RECORDS)]
    for title, sql in TABLES.items():
        columns = (0, 1) if title == "closed" else (0,)
        lines += sorted(_line(title, _placed(r, place, columns)) for r in c.execute(sql))
    return lines + _digests(c) + _originals(c, place)


def _placed(row: tuple[Any, ...], place: dict[int, int], columns: tuple[int, ...]) -> list[Any]:
    return [place[v] if i in columns and v is not None else v for i, v in enumerate(row)]


def _line(title: str, values: Any) -> str:
    return "\t".join([title, *map(str, values)])


def _record(row: tuple[Any, ...], place: dict[int, int]) -> str:
    *shown, born, salt, leaf = row
    sound = sha256(bytes(salt).hex().encode() + shown[7].encode()).digest() == bytes(leaf)
    if shown[3] == "R":  # a revocation names the batch that revoked
        word, batch, why = shown[7].split("\x1f")
        shown[7] = "\x1f".join([word, str(place[int(batch)]), why])
    return _line("record", [*shown, place[born], "leaf sound" if sound else "LEAF WRONG"])


def _digests(c: psycopg.Connection[Any]) -> list[str]:
    from xinyong.archive import digest_store
    from xinyong.kernel.digests import merge

    lines = []
    for item, code in c.execute("SELECT id, code FROM catalog_item ORDER BY code").fetchall():
        for kind in (digest_store.RECORDS, digest_store.DOCUMENTS):
            blocks = digest_store.load(c, item, kind).blocks
            if blocks:
                lines.append(_line("digests", [code, kind, sha256(merge(blocks).to_bytes()).hexdigest()]))
    return lines


def _originals(c: psycopg.Connection[Any], place: dict[int, int]) -> list[str]:
    """Every kept original is there and opens to the bytes its receipt names."""
    from xinyong.foundation import vault

    lines = []
    sql = "SELECT s.id, v.name, v.wrapped_key, s.sha256 FROM submission s JOIN vault_object v ON v.name = s.vault_name"
    for batch, name, key, content in c.execute(sql).fetchall():
        handle, path = tempfile.mkstemp()
        os.close(handle)
        vault.restore_to(name, key, Path(path))
        same = vault.digest(Path(path))[0] == content
        os.unlink(path)
        lines.append(_line("original", [place[batch], "whole" if same else "BROKEN"]))
    return sorted(lines)


def unpublished(c: psycopg.Connection[Any]) -> dict[str, int]:
    """Rows of batches that were never published, by table: none may exist, ever."""
    counted = {t: c.execute(UNPUBLISHED.format(t, column)).fetchone() for t, column in BORN.items()}
    return {t: row[0] for t, row in counted.items() if row and row[0]}


def orphans(c: psycopg.Connection[Any]) -> list[str]:
    """Kept originals whose file is gone."""
    from xinyong.foundation import vault

    return [n for (n,) in c.execute("SELECT name FROM vault_object") if not vault.path_of(n).exists()]
