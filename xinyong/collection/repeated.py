"""Rows counted as duplicates leave no version: which submissions repeated a record is read from their originals.

Asked only when something is undone. What a standing file repeated stays, and what the undone batch said of
its subject (names, confirmation, former codes, other keys) goes on as the repeating file's own word.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import psycopg

from xinyong.catalog.book import Rulebook
from xinyong.collection import door, rewriting
from xinyong.collection.checks import Checker
from xinyong.collection.keying import Keyer
from xinyong.collection.rewriting import Original
from xinyong.kernel.errors import Refused

BATCH = 60_000
REPEATING = """
SELECT s.id, p.seq, s.item_code, s.mode, s.received_on, v.name, v.wrapped_key, f.fates
FROM submission s
JOIN publication p ON p.batch = s.id
JOIN submission_fates f ON f.submission_id = s.id
LEFT JOIN vault_object v ON v.name = s.vault_name AND length(v.wrapped_key) > 0
WHERE s.item = %(item)s AND s.outcome = 'taken' AND s.duplicates > 0 AND p.seq > %(after)s
  AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = s.id)
ORDER BY p.seq
"""
UNDONE = """
SELECT DISTINCT replace(v.record_id::text, '-', '') FROM record_version v
JOIN publication u ON u.undoes = v.born WHERE v.item = %s
"""
ALIASES = """
SELECT replace(a.alias::text, '-', ''), replace(a.record_id::text, '-', ''), p.seq, u.seq
FROM record_alias a JOIN publication p ON p.batch = a.born LEFT JOIN publication u ON u.undoes = a.born
WHERE a.alias = ANY(%(ids)s::uuid[]) OR a.record_id = ANY(%(ids)s::uuid[])
ORDER BY a.born
"""
# What an undone batch said of a subject goes on as the word of whoever still says it.
OVERTAKEN = (
    """
INSERT INTO subject_name (subject_id, name, folded, initials, bigrams, former, valid_from, valid_to, born)
SELECT subject_id, name, folded, initials, bigrams, former, valid_from, valid_to, %(to)s FROM subject_name
WHERE born = %(from)s AND subject_id = ANY(%(subjects)s) ON CONFLICT DO NOTHING""",
    """
INSERT INTO subject_confirmation (subject_id, born) SELECT subject_id, %(to)s FROM subject_confirmation
WHERE born = %(from)s AND subject_id = ANY(%(subjects)s) ON CONFLICT DO NOTHING""",
    """
INSERT INTO former_code (subject_id, scheme, value, born) SELECT subject_id, scheme, value, %(to)s FROM former_code
WHERE born = %(from)s AND subject_id = ANY(%(subjects)s) ON CONFLICT DO NOTHING""",
    """
INSERT INTO subject_merge (loser, winner, reason, basis, born)
SELECT loser, winner, reason, basis, %(to)s FROM subject_merge
WHERE born = %(from)s AND splits IS NULL AND winner = ANY(%(subjects)s) ON CONFLICT DO NOTHING""",
)
KEPT = (
    *OVERTAKEN,
    """
INSERT INTO record_alias (alias, record_id, born) SELECT alias, record_id, %(to)s FROM record_alias
WHERE born = %(from)s AND record_id = ANY(%(records)s::uuid[]) ON CONFLICT DO NOTHING""",
    """
INSERT INTO ledger_entry (provider, item_code, month, decided, born, line)
SELECT provider, item_code, month, decided, %(to)s, line FROM ledger_entry
WHERE born = %(from)s AND line = ANY(%(lines)s)""",
)


@dataclass(frozen=True, slots=True)
class File:
    """A standing submission with duplicates; `original` is None if its bytes are gone."""

    submission: int
    seq: int
    fates: bytes
    original: Original | None


@dataclass(slots=True)
class Keys:
    """Which record a business key meant at a publication."""

    rows: dict[str, list[tuple[str, int, int | None]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, c: psycopg.Connection[Any], ids: Collection[str]) -> None:
        for alias, record, start, end in c.execute(ALIASES, {"ids": list(ids)}):
            self.rows[alias].append((record, start, end))

    def record(self, key: str, at: int) -> str:
        known = [r for r, start, end in self.rows.get(key, ()) if start <= at and (end is None or at < end)]
        return known[-1] if known else key


def files(c: psycopg.Connection[Any], item: int, after: int, book: Rulebook) -> list[File]:
    """Standing submissions of the item published after `after` that have rows counted as duplicates."""
    found = []
    for number, seq, code, mode, day, name, key, fates in c.execute(
        REPEATING, {"item": item, "after": after}
    ).fetchall():
        original = _original(book, number, code, mode, day, name, key)
        found.append(File(number, seq, bytes(fates), original))
    return found


def _original(
    book: Rulebook, number: int, code: str, mode: str, day: date, name: str | None, key: bytes | None
) -> Original | None:
    if not name or not key:
        return None
    return Original(number, name, bytes(key), book.item(code, day), mode, day)


def keys_of(file: File, book: Rulebook, wanted: Collection[str] | None = None) -> set[str]:
    """Business keys (as record numbers) of the rows counted as duplicates. Refused: the original can't be read."""
    if file.original is None:
        raise Refused("original_gone", f"批次 {file.submission} 的原始文件已不在。")
    only = None if wanted is None else pl.Series(list(wanted), dtype=pl.String).implode()
    found: set[str] = set()
    for keys in _duplicates(file, file.original, book):
        found |= set((keys if only is None else keys.filter(keys.is_in(only))).to_list())
    return found


def _duplicates(file: File, original: Original, book: Rulebook) -> Iterator[pl.Series]:
    fates, at, keyer = np.frombuffer(file.fates, np.uint8), 0, Keyer(original.item)
    with (
        rewriting.decrypted(original) as path,
        door.open_file(path, original.item, book, original.day) as source,
    ):
        checker = Checker(original.item, door.settings(book, original.day, original.mode, source))
        for raw in source.batches(BATCH):
            frame = checker.run(door.with_working_columns(raw, at)).frame
            here = fates[at : at + raw.height] == ord("d")
            at += raw.height
            if here.any():
                rows = keyer.sealed(keyer.identity(frame.filter(pl.Series(here))))
                yield keyer.keyed(rows)["_record"]


def supported(c: psycopg.Connection[Any], file: File, book: Rulebook, item: int) -> set[str]:
    """Records of undone batches that this file repeated: with the file they may lose their last support."""
    undone = {r[0] for r in c.execute(UNDONE, [item])}
    if not undone:
        return set()
    keys = Keys()
    keys.add(c, undone)
    wanted = undone | set(keys.rows)
    return {r for k in keys_of(file, book, wanted) if (r := keys.record(k, file.seq)) in undone}


def version_at(published: list[int], seq: int) -> int:
    """Index of the version that was the newest at a publication, of versions with these; -1: none."""
    return bisect_right(published, seq) - 1
