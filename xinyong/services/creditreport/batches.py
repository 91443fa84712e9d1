"""Reports for a list of subjects, in the background: progress, cancel, one archive, refused lines listed.

Each line is a transaction of its own, with its report in it: a job that died goes on where it was. The archive
is made at the end from the reports as they can be made again, encrypted, and kept as long as REP_BATCH says.
"""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.foundation import audit, home, keys, named_sql, vault
from xinyong.foundation.apart import Failed, apart
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.kernel.publicity import add_months
from xinyong.services.creditreport import actions, numbers, profiles
from xinyong.services.creditreport.actions import Order
from xinyong.services.creditreport.profiles import Choices

SQL = named_sql.load(Path(__file__).parent / "sql" / "batches.sql")
ACTION = "report.batch"
RETENTION = "REP_BATCH"
LARGEST = 2_000  # lines
FORMULA = ("=", "+", "-", "@", "\t", "\r")
CANCELLED, DONE = "cancelled", "done"


@dataclass(frozen=True, slots=True)
class Progress:
    id: int
    at: datetime
    total: int
    lines: int
    issued: int
    refused: int
    cancelled: bool
    done: bool


def order(
    c: psycopg.Connection[Any], who: Who, orders: Sequence[Order], now: datetime, book: Rulebook
) -> int:
    """Take a list on; returns the batch's number. NotPermitted: role, no purpose. Refused: empty, too long, purpose."""
    permissions.require(book.permissions, who, ACTION)
    if not 0 < len(orders) <= LARGEST:
        raise Refused(
            "report_batch_size", f"名单应有 1 至 {LARGEST} 行，现有 {len(orders)} 行；请拆分后重试。"
        )
    for one in orders:
        profiles.purpose(book, one.purpose)
    sealed = keys.seal(json.dumps([_packed(o) for o in orders], ensure_ascii=False))
    values = {"at": now, "actor": who.name, "role": who.role, "provider": who.provider, "origin": who.origin,
              "reason": who.purpose, "orders": sealed, "total": len(orders)}  # fmt: skip
    with c.transaction():
        row = c.execute(SQL["add"], values).fetchone()
        assert row is not None
        audit.record(c, who, now, "report.batch", str(row[0]), {"total": len(orders)})
        audit.emit(c, now, "services.report_batch_ordered", {"batch": row[0]})
    return int(row[0])


def _packed(o: Order) -> dict[str, Any]:
    return {"code": o.code, "purpose": o.purpose, "profile": o.profile, "choices": o.choices.as_json(),
            "note": o.note, "name": o.name, "duty": o.duty}  # fmt: skip


def _unpacked(raw: dict[str, Any]) -> Order:
    return Order(**(raw | {"choices": Choices.of_json(raw["choices"])}))


def waiting(c: psycopg.Connection[Any]) -> list[int]:
    """Batches to do, the oldest first."""
    return [r[0] for r in c.execute(SQL["waiting"])]


def progress(c: psycopg.Connection[Any], who: Who, batch: int | None = None) -> list[Progress]:
    """How far the asker's batches are, newest first."""
    rows = c.execute(SQL["mine"], {"actor": who.name, "batch": batch}).fetchall()
    return [Progress(*r) for r in rows]


def cancel(c: psycopg.Connection[Any], batch: int, who: Who, now: datetime) -> None:
    """What is issued stays issued. NotPermitted: another's batch. Refused: done already."""
    found = _own(c, batch, who)
    if found.done:
        raise Refused("report_batch_done", "这一批已经办完，不能取消；不需要的报告不下载即可。")
    with c.transaction():
        c.execute(SQL["end"], {"batch": batch, "kind": CANCELLED, "at": now, "actor": who.name, "file": ""})
        audit.record(c, who, now, "report.batch_cancel", str(batch), {})


def _own(c: psycopg.Connection[Any], batch: int, who: Who) -> Progress:
    found = progress(c, who, batch)
    if not found:
        raise NotPermitted("report_batch_not_yours", "没有这一批，或这一批不是由您办理的；请核对批次号。")
    return found[0]


def run(
    c: psycopg.Connection[Any], batch: int, clock: Callable[[], datetime], book: Rulebook,
    failed: Failed | None = None,
) -> None:  # fmt: skip
    """Do the lines that are not done yet, then pack. `c` in autocommit; `clock` tells the moment of each line.

    `failed`: where lines that failed are noted; their batch is packed by a later run. None: the first ends it.
    """
    with c.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(SQL["one"], {"batch": batch}).fetchone()
    assert row is not None
    who = Who(row["actor"], row["role"], row["provider"], row["origin"], row["reason"])
    orders = [_unpacked(o) for o in json.loads(keys.unseal(row["orders"]))]
    known = {r[0] for r in c.execute(SQL["lines"], {"batch": batch})}
    mine = None if failed is None else Failed()
    for line, one in enumerate(orders, 1):
        if line in known:
            continue
        if CANCELLED in _ends(c, batch):
            break
        with apart(mine, f"report_batch:{batch}:{line}"):
            _line(c, batch, line, who, one, clock(), book)
    if mine and failed is not None:
        failed |= mine
    else:
        _pack(c, batch, who, orders, clock(), book)


def _ends(c: psycopg.Connection[Any], batch: int) -> dict[str, str]:
    return {kind: file for kind, _, file in c.execute(SQL["ends"], {"batch": batch})}


def _line(
    c: psycopg.Connection[Any], batch: int, line: int, who: Who, one: Order, now: datetime, book: Rulebook
) -> None:
    told = {"batch": batch, "line": line, "at": now, "number": "", "refusal": ""}
    try:
        with c.transaction():
            issued = actions.issue(c, who, one, now, day_of(now), book, batch)
            c.execute(SQL["line"], told | {"number": issued.number})
    except Refused as e:
        c.execute(SQL["line"], told | {"refusal": e.sentence})


def _pack(
    c: psycopg.Connection[Any], batch: int, who: Who, orders: list[Order], now: datetime, book: Rulebook
) -> None:
    """The archive into the vault, and the batch is done: in one transaction."""
    today = day_of(now)
    place = home.folder("reports") / f"batch-{batch}.{os.getpid()}.new"
    try:
        with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as f:
            with zipfile.ZipFile(f, "w", zipfile.ZIP_DEFLATED) as archive:
                _fill(archive, c, batch, who, orders, now, today, book)
        digest, _ = vault.digest(place)
        stored = vault.store(place, digest, -batch)
    finally:
        place.unlink(missing_ok=True)
    rule = book.retention[RETENTION]
    until = add_months(today, rule.months or 1)
    with c.transaction():
        kept = {"name": stored.name, "wrapped_key": stored.wrapped_key, "size": stored.size, "at": now}
        c.execute(SQL["keep"], kept | {"until": until, "rule": rule.id})
        c.execute(
            SQL["end"], {"batch": batch, "kind": DONE, "at": now, "actor": who.name, "file": stored.name}
        )
        audit.record(c, who, now, "report.batch_done", str(batch), {"file": stored.name})


def _fill(
    archive: zipfile.ZipFile, c: psycopg.Connection[Any], batch: int, who: Who, orders: list[Order],
    now: datetime, today: date, book: Rulebook,
) -> None:  # fmt: skip
    listed = io.StringIO(newline="")
    writer = csv.writer(listed)
    writer.writerow(["行号", "代码", "姓名", "报告编号", "未出具的原因"])
    for line, number, refusal in c.execute(SQL["lines"], {"batch": batch}).fetchall():
        if number:
            try:
                for name, data in actions.remake(c, number, who, now, today, book).files().items():
                    archive.writestr(name, data)
            except Refused as e:
                refusal = e.sentence
        one = orders[line - 1]
        cells = [str(line), one.code, one.name, numbers.shown(number) if number else "", refusal]
        writer.writerow([_safe(cell) for cell in cells])
    archive.writestr("清单.csv", "\ufeff" + listed.getvalue())


def _safe(cell: str) -> str:
    """Text that a spreadsheet would take for a formula is told to be text."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def archive_of(c: psycopg.Connection[Any], batch: int, who: Who, now: datetime) -> Iterator[bytes]:
    """The finished archive's bytes. NotPermitted: another's. Refused: not done yet, or its retention is over."""
    if not _own(c, batch, who).done:
        raise Refused("report_batch_open", "这一批还没有办完；请稍后再下载。")
    name = _ends(c, batch)[DONE]
    row = c.execute(SQL["stored"], {"name": name}).fetchone()
    if row is None:
        raise Refused("report_batch_gone", "这一批的打包文件已到保存期限并删除；请重新办理。")
    audit.record(c, who, now, "report.batch_download", str(batch), {})
    return vault.read(name, bytes(row[0]))
