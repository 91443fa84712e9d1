"""New, known, or to be looked at: by digests alone, a whole batch at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import psycopg

from xinyong.archive import digest_store
from xinyong.archive.digest_store import DOCUMENTS, RECORDS
from xinyong.collection.settle import NEW, OPERATIONS
from xinyong.kernel.digests import U64, Block, Known, digest_expr, repeated, split_id

Fates = npt.NDArray[np.uint8]
SUSPECT = ord("s")
WORKING = ("_g", "_line", "_sheet", "_op", "_prior", "_payload", "_record", "_key8", "_row8", "_doc8",
           "_prior8", "_subject", "_decided", "_from", "_to", "_reason")  # fmt: skip
TO_WRITE = ("_g", "_line", "_payload", "_record", "_subject", "_decided", "_from", "_to")
COMPARED = ("_key8", "_row8", "_doc8", "_op", "_prior")

CURRENT_OF = """
SELECT replace(v.record_id::text, '-', '') FROM record_version v
JOIN submission s ON s.id = v.born AND s.id <> %s AND s.provider = %s AND s.item_code = %s
WHERE v.kind <> 'R' AND v.payload IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM record_version n WHERE n.record_id = v.record_id AND n.seq > v.seq)
"""


@dataclass(slots=True)
class Sorted:
    """A batch sorted: a fate byte per row, the new rows, the suspects, the held rows, reasons by rule."""

    fates: Fates
    new: pl.DataFrame
    suspects: pl.DataFrame
    held: pl.DataFrame
    reasons: list[tuple[str, str, str, npt.NDArray[np.int64]]]  # rule, field, level, rows of the batch


class Classifier:
    """Keeps what is known of one item: what the database holds and what this submission brought."""

    def __init__(self, reader: psycopg.Connection[Any], item: int, batch: int, name_field: str) -> None:
        self.reader, self.item, self.batch, self.name_field = reader, item, batch, name_field
        self.stored = digest_store.load(reader, item, RECORDS)
        self.records = Known(1, list(self.stored.blocks))
        self._documents: Known | None = None
        self.seen: list[U64] = []

    def documents(self) -> Known:
        """Loaded only when some row is not known."""
        if self._documents is None:
            self.stored_documents = digest_store.load(self.reader, self.item, DOCUMENTS)
            self._documents = Known(2, list(self.stored_documents.blocks))
        return self._documents

    def sort(self, frame: pl.DataFrame, errors: npt.NDArray[np.bool_]) -> Sorted:
        fates = np.full(frame.height, ord("n"), np.uint8)
        self.seen.append(frame["_key8"].to_numpy())
        reasons = self._judge(frame, errors, fates)
        usable = np.flatnonzero(fates == ord("n"))
        self._compare(frame, usable, fates)
        self._remember(frame, np.flatnonzero(fates == ord("n")))
        pick = frame.select(c for c in WORKING if c in frame.columns)
        return Sorted(
            fates,
            new=frame.select(TO_WRITE).filter(fates == ord("n")),
            suspects=pick.filter(fates == SUSPECT),
            held=frame.select("_g", "_line", "_sheet", "_payload").filter(fates == ord("h")),
            reasons=reasons,
        )

    def _judge(
        self, frame: pl.DataFrame, errors: npt.NDArray[np.bool_], fates: Fates
    ) -> list[tuple[str, str, str, npt.NDArray[np.int64]]]:
        """Rejected for errors or without identity; held where code and name disagree."""
        operation = ~frame["_op"].is_in(OPERATIONS).fill_null(True).to_numpy()
        by_record = (
            frame["_prior"].is_not_null().to_numpy() & (frame["_op"] == "撤销").fill_null(False).to_numpy()
        )
        nobody = frame["_subject"].is_null().to_numpy() & ~errors & ~by_record
        disagrees = ~frame["_agrees"].fill_null(True).to_numpy() & ~errors
        fates[errors | operation | nobody] = ord("x")
        fates[disagrees & (fates == ord("n"))] = ord("h")
        held = fates == ord("h")
        return [
            ("operation", "_op", "error", np.flatnonzero(operation)),
            ("no_identity", self.name_field, "error", np.flatnonzero(nobody)),
            ("R14_name_code", self.name_field, "held", np.flatnonzero(held)),
        ]

    def _compare(self, frame: pl.DataFrame, usable: npt.NDArray[np.int64], fates: Fates) -> None:
        if not len(usable):
            return
        rows = frame.select(COMPARED)
        rows = rows[usable] if len(usable) < rows.height else rows
        keys, mine = rows["_key8"].to_numpy(), rows["_row8"].to_numpy()
        known, values = self.records.look_up(keys)
        instructed = self._instructed(rows)
        same = known & (values[:, 0] == mine) & ~instructed
        suspect = (known & ~same) | instructed
        again = repeated(keys)
        unknown = ~(known | instructed | again)
        suspect |= again & ~same
        if unknown.any():
            suspect |= self._documented(rows, unknown)
        fates[usable[same]] = ord("d")
        fates[usable[suspect]] = SUSPECT

    @staticmethod
    def _instructed(rows: pl.DataFrame) -> npt.NDArray[np.bool_]:
        if rows["_op"].null_count() == rows.height and rows["_prior"].null_count() == rows.height:
            return np.zeros(rows.height, bool)
        told = rows["_op"].is_in(["更正", "撤销"]).fill_null(False) | rows["_prior"].is_not_null()
        return told.to_numpy()

    def _documented(self, rows: pl.DataFrame, unknown: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Unknown rows whose document is known under another subject or date, and are not marked 新增."""
        has = rows["_doc8"].is_not_null().to_numpy() & unknown
        if not has.any():
            return has
        documents = rows["_doc8"].fill_null(0).to_numpy()
        found, _ = self.documents().look_up(documents)
        twice = repeated(np.where(has, documents, np.arange(len(documents), dtype=np.uint64)))
        marked = (rows["_op"] == NEW).fill_null(False).to_numpy()
        return has & (found | twice) & ~marked

    def _remember(self, frame: pl.DataFrame, new: npt.NDArray[np.int64]) -> None:
        if not len(new):
            return
        rows = frame.select("_key8", "_row8", "_doc8", "_record")
        rows = rows[new] if len(new) < rows.height else rows
        values = rows["_row8"].to_numpy().reshape(-1, 1)
        self.records.add(Block.build(self.batch, rows["_key8"].to_numpy(), values))
        documented = rows.filter(pl.col("_doc8").is_not_null())
        if documented.height:
            ids = split_id(documented["_record"])
            self.documents().add(Block.build(self.batch, documented["_doc8"].to_numpy(), ids))

    def missing(self, c: psycopg.Connection[Any], provider: str, item_code: str) -> int:
        """Of a full submission: current records of this provider that were not in it."""
        ids = [r[0] for r in c.execute(CURRENT_OF, [self.batch, provider, item_code])]
        if not ids:
            return 0
        keys = pl.DataFrame({"r": ids}).select(digest_expr("r")).to_series().to_numpy()
        brought = np.concatenate(self.seen)
        seen = Known(1, [Block.build(self.batch, brought, np.zeros((len(brought), 1), np.uint64))])
        return int((~seen.look_up(keys)[0]).sum())

    def save(self, c: psycopg.Connection[Any], later: tuple[U64, U64], documents: tuple[U64, U64]) -> None:
        """Store this submission's digests; `later` are the settled rows', which speak last."""
        blocks = self.records.blocks[len(self.stored.blocks) :]
        block = _joined(self.batch, blocks, later)
        if block is not None:
            digest_store.add(c, self.item, RECORDS, self.stored, block)
        if self._documents is None and not len(documents[0]):
            return
        blocks = self.documents().blocks[len(self.stored_documents.blocks) :]
        block = _joined(self.batch, blocks, documents)
        if block is not None:
            digest_store.add(c, self.item, DOCUMENTS, self.stored_documents, block)


def _joined(batch: int, blocks: list[Block], later: tuple[U64, U64]) -> Block | None:
    keys = [b.keys for b in blocks] + ([later[0]] if len(later[0]) else [])
    values = [b.values for b in blocks] + ([later[1]] if len(later[0]) else [])
    return Block.build(batch, np.concatenate(keys), np.concatenate(values)) if keys else None
