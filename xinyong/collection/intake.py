"""归集: a department file in, records and returned rows out, in one transaction.

Threads that keep two cores busy: reading (Polars), checking, keying (here), writing (a COPY per batch).
Killed anywhere, nothing is visible and nothing is left but an orphaned original, which `sweep` removes.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psycopg

from xinyong.archive import publication, subjects, versions
from xinyong.catalog import registry
from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.collection import carrying, deciding, door, ledger, outside, receipts, registration, returned
from xinyong.collection.checks import Checked, Checker
from xinyong.collection.classify import Classifier, Sorted, self_contradicting
from xinyong.collection.deciding import Decided
from xinyong.collection.keying import Keyer
from xinyong.collection.pipeline import Writer, prefetched, regrouped
from xinyong.collection.reading import Source
from xinyong.collection.receipts import Receipt
from xinyong.collection.settle import Settled, Settler, as_pairs
from xinyong.foundation import audit, database, vault
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import day_of
from xinyong.kernel.digests import split_id
from xinyong.kernel.errors import Fault, Refused

BATCH = 120_000
TRIES = 4
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What a department hands in. `received_at` is the moment of receipt, an argument everywhere below."""

    path: Path
    item: str
    who: Who
    received_at: datetime
    provider: str = ""
    mode: str = "增量"
    received_on: date | None = None  # the day the department handed it in, if not today (take-on)
    decided: Decided | None = None  # the file is one held row
    filename: str = ""  # as its sender named it, if the path is named otherwise
    whole: bool = False  # all of it or nothing: a row that would go back is told to the sender, and not kept
    rehearsal: bool = False  # find out what would become of it, and keep nothing
    also: Callable[[psycopg.Connection[Any], int], None] | None = None  # done in the same transaction

    @property
    def day(self) -> date:
        return self.received_on or day_of(self.received_at)


class Rehearsed(Exception):
    """The receipt that would have been."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__()
        self.receipt = receipt


class Overtaken(Exception):
    """Registration or an undo, published meanwhile, ended a name that this attempt relied on."""


RETRYABLE = (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected, Overtaken)


def silent(stage: str, done: int) -> None:
    """No progress wanted."""


def intake(request: Request, book: Rulebook, progress: Progress = silent) -> Receipt:
    """Take one file in. Refused: the file as a whole cannot be taken; nothing was changed."""
    started = time.monotonic()
    if request.mode == ledger.ZERO:
        return _zero(request, book)
    door.refuse_future(request.day, day_of(request.received_at))
    item = door.item_of(request.item, request.mode, book, request.day)
    with ExitStack() as stack:
        hashing = stack.enter_context(ThreadPoolExecutor(1)).submit(vault.digest, request.path)
        source = stack.enter_context(door.open_file(request.path, item, book, request.day))
        reader = stack.enter_context(database.connect_app(autocommit=True))
        registry.register(reader, [item])
        job = _Job(request, book, item, source, reader, progress, *hashing.result())
        job.refuse_prohibited_columns()
        receipt = job.already() or _attempts(job)
    receipt.seconds = time.monotonic() - started
    return receipt


def _zero(request: Request, book: Rulebook) -> Receipt:
    """A 零报告 may come as a file without data rows; it is about the month before it was handed in."""
    door.refuse_rows(request.path, request.item, book, request.day)
    month = (request.day.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    with database.connect_app() as c:
        return ledger.zero_report(
            c, book, request.item, request.provider, month, request.who, request.received_at
        )


def _attempts(job: _Job) -> Receipt:
    for _ in range(TRIES):
        try:
            return _Run(job).run()
        except RETRYABLE:
            continue  # another one was first: what it opened or ended is known now
    raise Refused("busy", "同一批主体正被别的报送占用；本次没有任何改动，请稍后重新报送。")


class _Job:
    """What stays the same over attempts."""

    def __init__(
        self,
        request: Request,
        book: Rulebook,
        item: Item,
        source: Source,
        reader: psycopg.Connection[Any],
        progress: Progress,
        content: str,
        size: int,
    ) -> None:
        self.request, self.book, self.item, self.source = request, book, item, source
        self.reader, self.progress, self.content, self.size = reader, progress, content, size
        self.provider = door.provider_of(request.provider, book)
        self.number = registry.item_number(reader, item.code)

    def already(self) -> Receipt | None:
        if self.request.decided or self.request.whole:
            return None
        return receipts.already(self.reader, self.content, self.item.code, self.provider, self.request.mode)

    def receipt(self, batch: int) -> Receipt:
        r = self.request
        return Receipt(
            submission=batch,
            item=self.item.code,
            item_digest=self.item.digest,
            edition=self.book.edition.id,
            provider=self.provider,
            mode=r.mode,
            filename=r.filename or r.path.name,
            sha256=self.content,
            size=self.size,
            received_at=r.received_at,
            received_on=r.day,
            received_by=r.who.name,
            follows=self._follows(),
            columns=self._columns(),
        )

    def _follows(self) -> int | None:
        """The submission whose rejects file this is, if it was this provider's and of this item."""
        if self.request.decided:
            return self.request.decided.submission
        linked = self.source.linked_submission
        if not linked or not linked.isdigit():
            return None
        row = self.reader.execute(
            "SELECT 1 FROM submission WHERE id = %s AND item_code = %s AND (provider = %s OR %s = '')",
            [int(linked), self.item.code, self.provider, self.provider],
        ).fetchone()
        return int(linked) if row else None

    def _columns(self) -> dict[str, Any]:
        unknown = [t for h in self.source.headers for t in h.unknown]
        missing = sorted({t for h in self.source.headers for t in h.missing})
        skipped = list(self.source.skipped_sheets)
        flagged = door.flagged_columns(self.item, self.book, self.source)
        found = {"unknown": unknown, "missing": missing, "skipped_sheets": skipped, "flagged": flagged}
        return {k: v for k, v in found.items() if v}

    def refuse_prohibited_columns(self) -> None:
        found = door.prohibited_columns(self.item, self.book, self.source)
        if found:
            named = "、".join(found)
            raise self.refused(
                dict.fromkeys(found.values(), 1),
                {"prohibited": list(found)},
                f"文件含有禁止采集的个人信息列：{named}；请删除这些列后重新报送，原文件未保存。",
            )
        r = self.request
        hits = door.prohibited_outside(r.path, self.item, self.book, r.day, self.source)
        if hits:
            raise self.refused(
                {"prohibited_content": hits},
                {},
                f"文件中有禁止采集的个人信息（含目录以外的列），共 {hits} 行；请删除后重新报送，原文件未保存。",
            )

    def refused(self, rules: dict[str, int], columns: dict[str, Any], sentence: str) -> Refused:
        """Keep a receipt with counts, columns and rule; the file itself is not kept."""
        receipt = self.receipt(publication.next_batch(self.reader))
        receipt.outcome, receipt.rules, receipt.reason = "refused", rules, sentence
        receipt.columns |= columns
        with self.reader.transaction():
            receipts.save(self.reader, receipt, self.number)
            who, at = self.request.who, self.request.received_at
            audit.record(self.reader, who, at, "intake.refused", str(receipt.submission), rules)
        return Refused("prohibited_data", sentence)


@dataclass
class _Run:
    """One attempt: everything in one transaction."""

    job: _Job
    found: returned.Problems = field(default_factory=returned.Problems)
    fates: list[Any] = field(default_factory=list)
    late: list[Any] = field(default_factory=list)
    suspects: list[pl.DataFrame] = field(default_factory=list)
    held: list[pl.DataFrame] = field(default_factory=list)
    origins: list[pl.DataFrame] = field(default_factory=list)
    registered: list[pl.DataFrame] = field(default_factory=list)
    ledgers: list[pl.DataFrame] = field(default_factory=list)
    written: list[versions.Written] = field(default_factory=list)
    rows: int = 0
    provisional: bool = False
    prohibited: dict[str, int] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)  # codes in 数据来源单位统一社会信用代码
    doubtful: list[int] = field(default_factory=list)  # subjects that registration took records away from
    committing: bool = False

    def run(self) -> Receipt:
        job = self.job
        self.secret = secrets.token_hex(32)
        with database.connect_app() as c, ThreadPoolExecutor(1) as pool:
            publication.lock_item(c, job.number)
            if (same := job.already()) is not None:  # the same bytes at the same time
                return same
            deciding.refuse_if_settled(c, job.request.decided)
            self.batch = publication.next_batch(job.reader)  # after the wait: the order of publications
            self._prepare()
            counted = job.source.independent_count()  # before reading: a reader may share its file handle
            stored = pool.submit(vault.store, job.request.path, job.content, self.batch)
            try:
                self._stream(c)
                self._compare(counted)
                self._look_outside()
                return self._finish(c, stored.result())
            except BaseException:
                if not self.committing and stored.exception() is None:
                    vault.discard(stored.result().name)
                raise

    def _prepare(self) -> None:
        job = self.job
        self.keyer = Keyer(job.item)
        self.checker = Checker(
            job.item, door.settings(job.book, job.request.day, job.request.mode, job.source)
        )
        self.since = publication.last(job.reader)
        self.resolver = subjects.Resolver(job.reader, job.item.kind == "registration")
        name = job.item.by_role("subject_name")
        whole = job.request.mode == "全量"
        self.classifier = Classifier(job.reader, job.number, self.batch, name.code if name else "", whole)

    # every batch

    def _stream(self, c: psycopg.Connection[Any]) -> None:
        raws = prefetched(regrouped(self.job.source.batches(BATCH), BATCH))
        with Writer(lambda work: self._write(c, *work)) as writer:
            for raw, checked in prefetched(self._checked(raws)):
                writer.put(self._batch(raw, checked))
                self.job.progress("检查入库", self.rows)
        if self.prohibited:
            self._refuse_content()

    def _checked(self, raws: Iterable[pl.DataFrame]) -> Iterator[tuple[pl.DataFrame, Checked]]:
        read = 0
        for raw in raws:
            raw = door.with_working_columns(raw, read)
            read += raw.height
            yield raw, self.checker.run(raw)

    def _batch(self, raw: pl.DataFrame, checked: Checked) -> tuple[list[subjects.NewSubject], pl.DataFrame]:
        self.rows += raw.height
        for code, count in checked.prohibited.items():
            self.prohibited[code] = self.prohibited.get(code, 0) + count
        self.found.add(checked.findings, raw)
        self._note_sources(checked)
        frame = self._keyed(checked)
        outcome = self.classifier.sort(frame, checked.errors())
        self._note(outcome, checked, frame, raw)
        return self.resolver.take_new(outcome.new["_subject"]), outcome.new

    def _note_sources(self, checked: Checked) -> None:
        f = self.job.item.by_role("source_code")
        if not self.job.provider and f is not None and len(self.sources) < 2:
            clean = checked.frame[f.code].filter(pl.Series(~checked.errors()))
            self.sources |= set(clean.drop_nulls().unique().to_list()[:2])

    def _keyed(self, checked: Checked) -> pl.DataFrame:
        frame = self.keyer.sealed(self.keyer.identity(checked.frame))
        frame = door.prior_digest(self.keyer.keyed(frame), self.job.item)
        if self.job.item.kind == "ledger":
            return ledger.without_subject(frame)
        errors = np.logical_or.reduce([checked.errors(), *self_contradicting(frame)])
        if errors.any():  # a row that goes back opens no subject
            frame = frame.with_columns(pl.when(~pl.Series(errors)).then(pl.col("_value")).alias("_value"))
        frame = registration.judged(self.resolver.resolve(frame), self.job.item, self.resolver)
        return frame.with_columns(_agrees=pl.lit(True)) if self.job.request.decided else frame

    def _note(self, outcome: Sorted, checked: Checked, frame: pl.DataFrame, raw: pl.DataFrame) -> None:
        self.fates.append(outcome.fates)
        self.late.append(checked.late)
        self.provisional |= checked.provisional
        self.suspects.append(outcome.suspects)
        self.held.append(outcome.held)
        self.found.add_rows(outcome.reasons, raw)
        if "_orig_line" in raw.columns:
            self.origins.append(raw.select("_g", "_sheet", "_line", "_orig_line"))
        if self.job.item.kind == "registration":
            self.registered.append(frame.select(registration.COLUMNS))
        if self.job.item.kind == "ledger":
            self.ledgers.append(frame)

    def _write(
        self, c: psycopg.Connection[Any], opened: list[subjects.NewSubject], new: pl.DataFrame
    ) -> None:
        if opened:
            self._open(c, opened)
        if new.height:
            self.written.append(versions.copy_new(c, new, self.batch, self.job.number, self.secret))

    def _open(self, c: psycopg.Connection[Any], opened: list[subjects.NewSubject]) -> None:
        subjects.create(c, opened, self.batch, named=self.job.item.kind != "registration")

    # the whole

    def _compare(self, counted: int) -> None:
        if counted != self.rows:
            raise Refused(
                "row_count",
                f"文件按两种方法数出的行数不同（{counted} 与 {self.rows}），可能有没配对的引号；"
                "请检查含引号的单元格后重新报送，本次没有任何改动。",
            )

    def _look_outside(self) -> None:
        job = self.job
        self.found.add_outside(
            outside.prohibited(job.request.path, job.item, job.book, job.request.day, job.source)
        )

    def _refuse_content(self) -> None:
        names = "、".join(door.column_name(self.job.item, code) for code in self.prohibited)
        raise self.job.refused(
            {"prohibited_content": sum(self.prohibited.values())},
            {"prohibited": list(self.prohibited)},
            f"文件的“{names}”列中有禁止采集的个人信息，共 {sum(self.prohibited.values())} 处；"
            "请删除后重新报送，原文件未保存。",
        )

    def _finish(self, c: psycopg.Connection[Any], original: vault.Stored) -> Receipt:
        fates = np.concatenate(self.fates) if self.fates else np.zeros(0, np.uint8)
        settled = self._settle(c)
        for row, fate in settled.fates.items():
            fates[row] = ord(fate)
        deciding.refuse_if_undecided(self.job.request.decided, fates, self.found.counts, settled)
        if self.job.request.whole:
            deciding.refuse_if_returned(fates, self.found.parts, settled)
        settled_on = [f.version.subject for f in settled.versions if f.version.kind != "R"]
        self._open(c, self.resolver.take_new(settled_on))
        versions.add_following(c, settled.versions)
        self._post(c)
        self._save_aliases(c, settled)
        self._save_digests(c, settled)
        receipt = self._receipt(c, fates, original)
        self._save_returned(c, settled, fates, receipt)
        self._special_items(c, fates, receipt)
        receipt.check()
        receipts.save(c, receipt, self.job.number)
        door.keep_original(c, original, self.job.request.received_at, self.job.request.day, self.job.book)
        self._tell(c, receipt)
        if self.job.request.rehearsal:
            raise Rehearsed(receipt)
        self._publish(c)
        return receipt

    def _publish(self, c: psycopg.Connection[Any]) -> None:
        """Once the commit is under way the original stays: if it failed, `sweep` removes it."""
        publication.lock(c)
        if self.resolver.overtaken(c, self.since) or registration.more_records(
            c, self.doubtful, self.job.number
        ):
            raise Overtaken
        publication.publish(c, self.batch)
        self.committing = True
        try:
            c.commit()
        except psycopg.OperationalError as e:
            if not c.broken:
                raise
            raise Fault(
                "commit_unknown",
                "与数据库的连接在提交时中断，还不知道本次是否已入库；请确认数据库在运行后重新报送同一文件，"
                "已入库的不会重复。",
            ) from e

    def _settle(self, c: psycopg.Connection[Any]) -> Settled:
        parts = [s for s in self.suspects if s.height]
        if not parts:
            return Settled()
        settler = Settler(
            c,
            self.batch,
            self.job.number,
            registry.layouts(c),
            self.classifier.documents(),
            carrying.reading(self.job.item, self.job.source),
            self._provider(),
        )
        return settler.settle(pl.concat(parts))

    def _provider(self) -> str:
        """As stated; if not, what the file says."""
        said = next(iter(self.sources)) if len(self.sources) == 1 else ""
        return self.job.provider or said

    def _post(self, c: psycopg.Connection[Any]) -> None:
        """Ledger rows are in no subject's archive."""
        if self.written and self.job.item.kind != "ledger":
            versions.post(c, self.written, self.batch, self.job.number)
        self.written.clear()  # of a large file the digests need the room

    def _save_aliases(self, c: psycopg.Connection[Any], settled: Settled) -> None:
        for alias, record_id in settled.aliases.items():
            c.execute(
                "INSERT INTO record_alias (alias, record_id, born) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [alias, record_id, self.batch],
            )

    def _save_digests(self, c: psycopg.Connection[Any], settled: Settled) -> None:
        added = [d for d in settled.documents if d[0] is not None]
        ids = split_id(pl.Series([d[1] for d in added], dtype=pl.String))
        documents = np.array([d[0] for d in added], np.uint64), ids
        self.classifier.save(c, as_pairs(settled.digests), documents)

    def _receipt(self, c: psycopg.Connection[Any], fates: Any, original: vault.Stored) -> Receipt:
        receipt = self.job.receipt(self.batch)
        receipt.vault_name = original.name
        receipt.provider = self._provider()
        receipt.rows = self.rows
        for fate, name in returned.FATES.items():
            setattr(receipt, name, int((fates == ord(fate)).sum()))
        taken = fates == ord("n")  # correcting a row that came in time is not late
        receipt.late = int((np.concatenate(self.late) & taken).sum()) if self.late else 0
        if self.provisional:
            receipt.notes.append("部分年份的放假安排尚未公布，迟报按周末推算，为暂定结果。")
        if receipt.columns.get("unknown"):
            receipt.notes.append("未识别的列没有入库：" + "、".join(receipt.columns["unknown"][:10]))
        receipt.notes += door.remarks(receipt, self.job.item, self.job.source)
        if self.job.request.mode == "全量":
            receipt.missing = self.classifier.missing(c, receipt.provider, self.job.item.code)
            if receipt.missing:
                receipt.notes.append(f"上次在库而本次全量未含的记录 {receipt.missing} 条，仅作提示，未撤销。")
        return receipt

    def _save_returned(
        self, c: psycopg.Connection[Any], settled: Settled, fates: Any, receipt: Receipt
    ) -> None:
        suspects = pl.concat(self.suspects) if self.suspects else pl.DataFrame()
        self.found.add_settled(settled, suspects)
        self.found.save(c, self.batch)
        receipt.rules = dict(sorted(self.found.counts.items()))
        receipt.warnings = self.found.warned_rows(fates)
        if self.found.dropped:
            receipt.notes.append(f"提示过多，逐行明细只保留前 {returned.KEPT_WARNINGS} 条，合计数完整。")
        returned.save_held(c, self._held_rows(suspects, settled), self.batch, self.job.number)
        c.execute(
            "INSERT INTO submission_fates (submission_id, fates) VALUES (%s, %b)",
            [self.batch, fates.tobytes()],
        )
        if decided := self.job.request.decided:
            returned.close_decided(c, decided.place, self.batch, 2, chr(fates[0]))
        elif receipt.follows and self.origins:
            closed = returned.close_earlier(c, receipt.follows, self.batch, pl.concat(self.origins), fates)
            receipt.notes.append(f"这是批次 {receipt.follows} 退回与待核表的更正，办结其中 {closed} 行。")

    def _held_rows(self, suspects: pl.DataFrame, settled: Settled) -> pl.DataFrame:
        held = [h for h in self.held if h.height]
        by_name = (
            [pl.concat(held).with_columns(pl.lit("R14_name_code").alias("reason")).drop("_g")] if held else []
        )
        rows = [g for g, fate in settled.fates.items() if fate == "h"]
        columns = ["_line", "_sheet", "_payload"]
        if rows:
            other = suspects.filter(pl.col("_g").is_in(rows)).select(columns)
            by_name.append(other.with_columns(pl.lit("correction_of").alias("reason")))
        empty = pl.DataFrame(
            schema={"_line": pl.UInt32, "_sheet": pl.String, "_payload": pl.String, "reason": pl.String}
        )
        return pl.concat(by_name, how="vertical_relaxed") if by_name else empty

    def _special_items(self, c: psycopg.Connection[Any], fates: Any, receipt: Receipt) -> None:
        if self.registered:
            self.doubtful = registration.apply(c, pl.concat(self.registered), fates, self.batch)
            ended = registration.disown(c, self.doubtful, self.batch, self.job.number)
            if ended:
                receipt.notes.append(f"登记信息与 {ended} 条已挂接记录的名称不符，这些记录已转为待核。")
        if self.ledgers:
            ledger.apply(c, self.job.item, pl.concat(self.ledgers), fates, self.batch)

    def _tell(self, c: psycopg.Connection[Any], receipt: Receipt) -> None:
        request = self.job.request
        facts = {k: v for k, v in receipt.as_json().items() if k not in ("notes", "columns", "seconds")}
        audit.record(c, request.who, request.received_at, "intake", str(self.batch), facts)
        audit.emit(c, request.received_at, "collection.submission", {"submission": self.batch})
        if request.decided:
            request.decided.note(c, request.who, request.received_at, self.batch)
        if request.also:
            request.also(c, self.batch)


__all__ = ["Rehearsed", "Request", "Receipt", "intake", "silent"]
