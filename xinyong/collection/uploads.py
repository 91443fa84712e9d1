"""Files handed in over the web: received at once, taken in by the worker, watched and cancelled meanwhile.

The page may be closed; a killed worker's upload is taken up again, and taking the same bytes in twice changes nothing.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from xinyong.foundation import audit, database, home, named_sql
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Fault, NotPermitted, Refused, XinyongError

SQL = named_sql.load(Path(__file__).parent / "sql" / "uploads.sql")
SUFFIXES = (".csv", ".xlsx", ".jsonl", ".json", ".txt")
LARGEST = int(os.environ.get("XINYONG_LARGEST_UPLOAD_MB", "2048")) << 20
LONGEST_NAME = 200
EACH = 20_000  # rows between two notes of progress
WHOSE = ("center", "center_reviewer", "auditor")  # see everybody's


class Cancelled(Exception):
    """Somebody asked for it to be stopped; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in. `outcome` empty: under way; else taken | refused | cancelled | failed."""

    id: str
    who: Who
    at: datetime
    item: str
    mode: str
    filename: str
    size: int
    sha256: str
    stage: str
    done: int
    cancelled: bool
    ended: datetime | None = None
    outcome: str = ""
    submission: int | None = None
    already: bool = False
    code: str = ""
    sentence: str = ""

    def as_json(self) -> dict[str, Any]:
        told = {
            "id": self.id,
            "item": self.item,
            "mode": self.mode,
            "filename": self.filename,
            "size": self.size,
        }
        told |= {
            "received_at": self.at,
            "stage": self.stage,
            "rows_done": self.done,
            "outcome": self.outcome or "running",
        }
        told |= {"submission": self.submission, "already_received": self.already}
        return told | ({"code": self.code, "detail": self.sentence} if self.sentence else {})


def receive(
    c: psycopg.Connection[Any],
    who: Who,
    at: datetime,
    chunks: Iterable[bytes],
    filename: str,
    item: str,
    mode: str = "增量",
) -> str:
    """Keep the file and note that it waits; returns its number. Refused: too large, empty, not a kind we read."""
    number, name = uuid.uuid4(), Path(filename.replace("\\", "/")).name.strip()[-LONGEST_NAME:]
    if not name.isprintable() or not name.lower().endswith(SUFFIXES):
        raise Refused(
            "upload_kind",
            f"不认识“{name[:60]}”这种文件；请交 CSV、XLSX 或 JSON 行文件（{'、'.join(SUFFIXES)}）。",
        )
    size, digest = _keep(path_of(str(number), name), chunks)
    values = {
        "id": number,
        "at": at,
        "actor": who.name,
        "role": who.role,
        "provider": who.provider,
        "origin": who.origin,
    }
    values |= {
        "purpose": who.purpose,
        "item": item,
        "mode": mode,
        "filename": name,
        "size": size,
        "sha256": digest,
    }
    with c.transaction():
        c.execute(SQL["add"], values)
        c.execute(SQL["begin_state"], [number, at])
        audit.record(c, who, at, "upload.receive", str(number), {"item": item, "mode": mode, "size": size})
    return str(number)


def path_of(number: str, filename: str) -> Path:
    return home.folder("inbox") / f"{number}{Path(filename).suffix.lower()}"


def _keep(path: Path, chunks: Iterable[bytes]) -> tuple[int, str]:
    h, size = sha256(), 0
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            for block in chunks:
                h.update(block)
                size += len(block)
                if size > LARGEST:
                    raise Refused("upload_large", f"文件超过 {LARGEST >> 20} MB；请分成几个文件再报送。")
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
        if not size:
            raise Refused("upload_empty", "收到的文件是空的；请确认选对了文件后重新报送。")
    except OSError as e:
        path.unlink(missing_ok=True)
        raise Fault(
            "upload_write", f"文件没能保存（{e.strerror}）；请联系管理员检查磁盘空间后重新报送。"
        ) from e
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return size, h.hexdigest()


def load(c: psycopg.Connection[Any], number: str, who: Who | None = None) -> Upload:
    """Refused: there is none, or it is not the asker's to see (the same sentence)."""
    with c.cursor(row_factory=dict_row) as cursor:
        try:
            row = cursor.execute(SQL["one"], [uuid.UUID(number)]).fetchone()
        except ValueError:
            row = None
    if row is None or (who is not None and not _may_see(row, who)):
        raise Refused("no_upload", "没有这次报送，或者不是本单位的；请从报送记录里打开。")
    return _upload(row)


def _may_see(row: dict[str, Any], who: Who) -> bool:
    """Names are not enough: two departments may call their systems alike."""
    mine = row["provider"] if who.provider else row["actor"]
    return who.role in WHOSE or mine == (who.provider or who.name)


def _upload(row: dict[str, Any]) -> Upload:
    who = Who(row.pop("actor"), row.pop("role"), row.pop("provider"), row.pop("origin"), row.pop("purpose"))
    told = {k: v for k, v in row.items() if v is not None}
    return Upload(**{**told, "id": str(row["id"]), "who": who})


def cancel(c: psycopg.Connection[Any], number: str, who: Who, at: datetime) -> None:
    """Ask for it to be stopped; nothing is changed by an upload that stops. Refused: not one's own, or ended."""
    upload = load(c, number, who)
    if who.role in WHOSE[1:]:
        raise NotPermitted("read_only", "这个角色只能查看报送，不能取消。")
    with c.transaction():
        if upload.outcome or not c.execute(SQL["cancel"], [number, number]).rowcount:
            raise Refused("upload_ended", "这次报送已经处理完，不能取消；当天的可以在报送记录里整批撤销。")
        audit.record(c, who, at, "upload.cancel", number, {})


def waiting(c: psycopg.Connection[Any], quiet_since: datetime) -> list[str]:
    """Uploads that have not ended and of which nothing was heard since then."""
    return [str(r[0]) for r in c.execute(SQL["waiting"], [quiet_since]).fetchall()]


def take(number: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Upload:
    """Take a waiting file in and say how it ended. Done before: only says so. Its copy is gone afterwards."""
    with database.connect_app(autocommit=True) as c:
        upload = load(c, number)
        if not upload.outcome:
            path = path_of(number, upload.filename)
            c.execute(SQL["end"], {"upload": number, "at": now(), **_taken(c, upload, path, now)})
            path.unlink(missing_ok=True)
        return load(c, number)


def _taken(
    c: psycopg.Connection[Any], upload: Upload, path: Path, now: Callable[[], datetime]
) -> dict[str, Any]:
    """How it ended, as `upload_end` has it."""
    from xinyong.catalog.loading import load_rulebook
    from xinyong.collection.intake import Request, intake

    ended: dict[str, Any] = {"submission": None, "already": False, "code": "", "sentence": ""}
    request = Request(path, upload.item, upload.who, upload.at, upload.who.provider, upload.mode,
                      filename=upload.filename)  # fmt: skip
    try:
        _note(c, upload.id, "打开文件", 0, now())
        receipt = intake(request, load_rulebook(home.local_rulebook()), _Watch(c, upload.id, now))
    except Cancelled:
        return ended | {"outcome": "cancelled", "code": "cancelled", "sentence": "已取消，没有任何改动。"}
    except Refused as e:
        return ended | {"outcome": "refused", "code": e.code, "sentence": _named(e, path, upload.filename)}
    except XinyongError as e:
        return ended | {"outcome": "failed", "code": e.code, "sentence": e.sentence}
    return ended | {"outcome": "taken", "submission": receipt.submission, "already": receipt.already_received}


def _named(e: XinyongError, path: Path, filename: str) -> str:
    """The sentence speaks of the file by the name its sender knows."""
    return e.sentence.replace(path.name, filename)


class _Watch:
    """Notes progress now and then, and stops the intake when that was asked for."""

    def __init__(self, c: psycopg.Connection[Any], upload: str, now: Callable[[], datetime]) -> None:
        self.c, self.upload, self.now, self.stage, self.done = c, upload, now, "", 0

    def __call__(self, stage: str, done: int) -> None:
        if stage != self.stage or done >= self.done + EACH:
            self.stage, self.done = stage, done
            if _note(self.c, self.upload, stage, done, self.now()):
                raise Cancelled


def _note(c: psycopg.Connection[Any], upload: str, stage: str, done: int, at: datetime) -> bool:
    """Whether somebody asked to stop."""
    row = c.execute(SQL["progress"], {"upload": upload, "stage": stage, "done": done, "at": at}).fetchone()
    return bool(row and row[0])
