"""New, known, or to be looked at: by digests alone, a whole batch at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import psycopg

from xinyong.archive import digest_store, versions
from xinyong.archive.digest_store import DOCUMENTS, RECORDS
from xinyong.archive.documents import Documents
from xinyong.collection.settle import NEW, OPERATIONS, documents_of, record_digests, record_ids_among
from xinyong.kernel.digests import U64, Block, Known, repeated, split_id

Fates = npt.NDArray[np.uint8]
SUSPECT = ord("s")
WORKING = ("_g", "_line", "_sheet", "_op", "_prior", "_payload", "_record", "_key8", "_row8", "_doc8",
           "_prior8", "_subject", "_decided", "_from", "_to", "_reason")  # fmt: skip
TO_WRITE = ("_g", "_line", "_payload", "_record", "_subject", "_decided", "_from", "_to")
COMPARED = ("_key8", "_row8", "_doc8", "_op", "_prior", "_prior8")

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

    def __init__(
        self, reader: psycopg.Connection[Any], item: int, batch: int, name_field: str, whole: bool = False
    ) -> None:
        """`whole`: the submission says that it is all there is, so `missing` will be asked."""
        self.whole, self.reader, self.item, self.batch, self.name_field = (
            whole,
            reader,
            item,
            batch,
            name_field,
        )
        self.stored = digest_store.load(reader, item, RECORDS)
        self.records = Known(1, list(self.stored.blocks))
        self._documents: Known | None = None
        self.seen: list[U64] = []
        self.doubted = np.zeros(0, np.uint64)  # keys that rows further up are suspects of
        self.doubted_documents = np.zeros(0, np.uint64)

    def documents(self) -> Known:
        """Loaded only when some row is not known."""
        if self._documents is None:
            self.stored_documents = digest_store.load(self.reader, self.item, DOCUMENTS)
            self._documents = Known(2, list(self.stored_documents.blocks))
        return self._documents

    def sort(self, frame: pl.DataFrame, errors: npt.NDArray[np.bool_]) -> Sorted:
        fates = np.full(frame.height, ord("n"), np.uint8)
        if self.whole:
            self.seen.append(frame["_key8"].to_numpy())
        reasons = self._judge(frame, errors, fates)
        usable = np.flatnonzero(fates == ord("n"))
        self._compare(frame, usable, fates)
        self._remember(frame, np.flatnonzero(fates == ord("n")))
        pick = frame.select(c for c in WORKING if c in frame.columns)
        return Sorted(
            fates,
            new=frame.select(TO_WRITE).filter(fates == ord("n")),
            suspects=_let_go(pick.filter(fates == SUSPECT)),
            held=_let_go(frame.select("_g", "_line", "_sheet", "_payload").filter(fates == ord("h"))),
            reasons=reasons,
        )

    def _judge(
        self, frame: pl.DataFrame, errors: npt.NDArray[np.bool_], fates: Fates
    ) -> list[tuple[str, str, str, npt.NDArray[np.int64]]]:
        """Rejected for errors or without identity; held where code and name disagree."""
        operation, both = self_contradicting(frame)
        named = (frame["_prior"].is_not_null() | frame["_value"].is_not_null()).to_numpy()
        by_record = named & (frame["_op"] == "撤销").fill_null(False).to_numpy()
        unasked = (operation | both) & frame["_scheme"].is_not_null().to_numpy()
        nobody = frame["_subject"].is_null().to_numpy() & ~errors & ~by_record & ~unasked
        disagrees = ~frame["_agrees"].fill_null(True).to_numpy() & ~errors
        fates[errors | operation | nobody | both] = ord("x")
        fates[disagrees & (fates == ord("n"))] = ord("h")
        held = fates == ord("h")
        return [
            ("operation", "_op", "error", np.flatnonzero(operation)),
            ("new_with_prior", "_op", "error", np.flatnonzero(both)),
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
        if suspect.any():
            self._doubt(rows.filter(suspect))
        if len(self.doubted):
            suspect |= self._doubtful(rows, unknown)
        fates[usable[same]] = ord("d")
        fates[usable[suspect]] = SUSPECT

    def _doubt(self, suspects: pl.DataFrame) -> None:
        """Remember whom suspects speak of: their own keys, and the records they name."""
        keys, documents = suspects["_key8"].to_numpy(), documents_of(suspects)
        if suspects["_prior"].null_count() < suspects.height:
            keys = np.concatenate([keys, self._named(suspects)])
        self.doubted = np.union1d(self.doubted, keys)
        self.doubted_documents = np.union1d(self.doubted_documents, documents)

    def _named(self, suspects: pl.DataFrame) -> U64:
        named = Documents(self.documents())
        named.read(suspects["_prior8"].drop_nulls().to_numpy().astype(np.uint64))
        under = [r for records in named.records.values() for r in records]
        ids = [*record_ids_among(suspects["_prior"]), *under]
        return record_digests([*ids, *versions.aliases_of(self.reader, ids)])

    def _doubtful(self, rows: pl.DataFrame, unknown: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Rows of a doubted key or document: what the file says last can only be told in the order of lines."""
        documents = np.isin(rows["_doc8"].fill_null(0).to_numpy(), self.doubted_documents)
        return np.isin(rows["_key8"].to_numpy(), self.doubted) | (documents & unknown)

    @staticmethod
    def _instructed(rows: pl.DataFrame) -> npt.NDArray[np.bool_]:
        if rows["_op"].null_count() == rows.height and rows["_prior"].null_count() == rows.height:
            return np.zeros(rows.height, bool)
        told = rows["_op"].is_in(["更正", "撤销"]).fill_null(False) | rows["_prior"].is_not_null()
        return told.to_numpy()

    def _documented(self, rows: pl.DataFrame, unknown: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Unknown rows whose document is known under another subject or date. Even where 新增 marks them:

        the first record of a document is found by the document's digest, further ones are chained to it.
        """
        has = rows["_doc8"].is_not_null().to_numpy() & unknown
        if not has.any():
            return has
        documents = rows["_doc8"].fill_null(0).to_numpy()
        found, _ = self.documents().look_up(documents)
        twice = repeated(np.where(has, documents, np.arange(len(documents), dtype=np.uint64)))
        return has & (found | twice)

    def _remember(self, frame: pl.DataFrame, new: npt.NDArray[np.int64]) -> None:
        if not len(new):
            return
        rows = frame.select("_key8", "_row8", "_doc8", "_record")
        rows = rows[new] if len(new) < rows.height else rows
        values = rows["_row8"].to_numpy().reshape(-1, 1)
        self.records.grow(Block.build(self.batch, rows["_key8"].to_numpy(), values))
        documented = rows.filter(pl.col("_doc8").is_not_null())
        if documented.height:
            ids = split_id(documented["_record"])
            self.documents().grow(Block.build(self.batch, documented["_doc8"].to_numpy(), ids))

    def missing(self, c: psycopg.Connection[Any], provider: str, item_code: str) -> int:
        """Of a full submission: current records of this provider that were not in it."""
        ids = [r[0] for r in c.execute(CURRENT_OF, [self.batch, provider, item_code])]
        if not ids:
            return 0
        aliases = versions.aliases_of(c, ids)
        brought = np.concatenate(self.seen)
        absent = {r for r, there in zip(ids, np.isin(record_digests(ids), brought), strict=True) if not there}
        under = np.isin(record_digests(list(aliases)), brought)
        return len(absent - {r for r, there in zip(aliases.values(), under, strict=True) if there})

    def save(self, c: psycopg.Connection[Any], later: tuple[U64, U64], documents: tuple[U64, U64]) -> None:
        """Store this submission's digests; `later` are the settled rows', which speak last."""
        block = _joined(self.batch, _taken(self.records, self.stored), later)
        if block is not None:
            digest_store.add(c, self.item, RECORDS, self.stored, block)
        if self._documents is None and not len(documents[0]):
            return
        block = _joined(self.batch, _taken(self.documents(), self.stored_documents), documents)
        if block is not None:
            digest_store.add(c, self.item, DOCUMENTS, self.stored_documents, block)


def self_contradicting(frame: pl.DataFrame) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Rows with an operation that does not exist, and new rows that name a prior record: rejected at sight."""
    operation = ~frame["_op"].is_in(OPERATIONS).fill_null(True).to_numpy()
    both = ((frame["_op"] == NEW) & frame["_prior"].is_not_null()).fill_null(False).to_numpy()
    return operation, both


def _taken(known: Known, stored: Known) -> list[Block]:
    """This submission's own blocks, which `known` gives up: of a large file they are not to be held twice."""
    own = known.blocks[len(stored.blocks) :]
    del known.blocks[len(stored.blocks) :]
    return own


def _joined(batch: int, blocks: list[Block], later: tuple[U64, U64]) -> Block | None:
    """One block of them all; they are given up on the way, because of a large file each is large."""
    parts = [(b.keys, b.values) for b in blocks] + ([later] if len(later[0]) else [])
    blocks.clear()
    if not parts:
        return None
    keys, values = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    parts.clear()
    return Block.build(batch, keys, values)


def _let_go(frame: pl.DataFrame) -> pl.DataFrame:
    """The same rows in memory of their own: filtered texts would keep the whole batch's alive until the end."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    return frame.with_columns(pl.concat_str(pl.col(name), pl.lit("")).alias(name) for name in texts)
