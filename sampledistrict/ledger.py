"""What must become of every row, found by playing the files through in order of receipt."""

from __future__ import annotations

from collections.abc import Iterable

from sampledistrict.rows import Batch, Fate, Row

Key = tuple[str, ...]


class Ledger:
    """The records of one item as they stand after the files seen so far."""

    def __init__(self) -> None:
        self._current: dict[Key, int] = {}

    def play(self, batches: Iterable[Batch]) -> None:
        for batch in batches:
            if batch.expect == "taken":
                for row in batch.rows:
                    row.fate = self._fate(batch, row)

    def _fate(self, batch: Batch, row: Row) -> Fate:
        if row.verdict != "ok":
            return row.verdict
        key, content = key_of(batch, row), hash(tuple(row.values))
        if row.operation == "撤销":
            self._current.pop(key)
            return "revoked"
        if row.original:
            self._current.pop(key_of(batch, row, row.original))
            self._current[key] = content
            return "corrected"
        known = self._current.get(key)
        self._current[key] = content
        if known is None:
            return "new"
        return "duplicate" if known == content else "corrected"


def key_of(batch: Batch, row: Row, doc_no: str = "") -> Key:
    """The business key, of the record itself or of the one that a correction refers to."""
    layout = batch.layout
    parts = [
        row.subject.truth if code == "subject" else row.values[layout.index(code)] for code in layout.key
    ]
    if doc_no:
        parts[layout.key.index(layout.doc_no)] = doc_no
    return tuple(parts)
