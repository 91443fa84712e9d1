"""The recorded erasure: a row in `erasure`, an audit entry, and a line in `<home>/erasures.jsonl`.

The line is on disk before the database commits. So a crash in between leaves a line without its row, which
`unfinished` finds, and a restored backup learns what was erased after it was made. Lines name records by
hash and originals by HMAC: the log itself tells nothing about anybody.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from xinyong.foundation import audit, database, home, vault
from xinyong.foundation.apart import Failed, apart
from xinyong.foundation.audit import Who
from xinyong.foundation.evidence import audited, entries
from xinyong.kernel.errors import Refused

RECORD, ORIGINAL = "record", "original"


@dataclass(frozen=True, slots=True)
class Ground:
    """Why something is erased: the rule that asks for it, and the instrument and article behind the rule."""

    rule: str
    instrument: str
    article: str

    def __post_init__(self) -> None:
        if not (self.rule.strip() and self.instrument.strip() and self.article.strip()):
            raise Refused("no_ground", "删除必须写明依据：规则、法律文件和条款三项都要填写。")


@dataclass(frozen=True, slots=True)
class Entry:
    """One erasure as the log keeps it. `target`: a record's id (32 hex digits) or an original's name."""

    kind: str
    target: str
    ground: Ground
    actor: str
    role: str
    origin: str
    at: datetime
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    logged: bool = field(default=False, compare=False)  # comes from the log, to be done again

    @property
    def who(self) -> Who:
        return Who(self.actor, self.role, origin=self.origin)

    def line(self) -> str:
        told = {**asdict(self), "at": self.at.isoformat()}
        del told["logged"]
        return json.dumps(told, ensure_ascii=False)


Again = Callable[[Entry], None]


def entry(kind: str, target: str, ground: Ground, who: Who, at: datetime) -> Entry:
    return Entry(kind, target, ground, who.name, who.role, who.origin, at)


def log_path() -> Path:
    return home.home() / "erasures.jsonl"


def note(c: psycopg.Connection[Any], entry: Entry, detail: dict[str, Any]) -> None:
    """Write row, audit entry and line, each once. Call it last before the commit."""
    if entry.logged and _stands(c, entry):
        return
    ground, told = entry.ground, {**detail, "entry": entry.id}
    register(c, entry.at, entry.actor, f"{entry.kind}:{entry.target}", ground, told)
    audit.record(c, entry.who, entry.at, "erase", f"{entry.kind}:{entry.target}", asdict(ground) | told)
    if entry.kind == RECORD:
        audit.emit(c, entry.at, "record.erased", {"record": entry.target, "entry": entry.id})
    if not entry.logged:
        _append([entry])


def register(
    c: psycopg.Connection[Any], at: datetime, actor: str, target: str, ground: Ground, detail: dict[str, Any]
) -> int:
    """That something left the tables by rule, with its leaf; its number. `detail["leaves"]`: those of what left."""
    row = c.execute(
        "INSERT INTO erasure (at, actor, target, rule, instrument, article, detail)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id",
        [at, actor, target, *asdict(ground).values(), Jsonb(detail)],
    ).fetchone()
    assert row is not None
    entries.enter(c, at, "erased", row[0], audited.document("erased", c, row[0]) or {})
    return int(row[0])


def _stands(c: psycopg.Connection[Any], entry: Entry) -> bool:
    return c.execute("SELECT 1 FROM erasure WHERE detail ->> 'entry' = %s", [entry.id]).fetchone() is not None


def _append(entries: Iterable[Entry]) -> None:
    path = log_path()
    fresh = not path.exists()
    with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as f:
        f.write(_after_torn_line(f) + "".join(e.line() + "\n" for e in entries).encode())
        f.flush()
        os.fsync(f.fileno())
    if fresh:
        _sync_folder(path.parent)


def _after_torn_line(f: Any) -> bytes:
    """A crash can leave half a line; what follows begins on its own line."""
    if f.seek(0, os.SEEK_END) == 0:
        return b""
    f.seek(-1, os.SEEK_END)
    return b"" if f.read(1) == b"\n" else b"\n"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(path: Path | None = None) -> list[Entry]:
    """Every erasure of the log, oldest first. A torn line never reached its commit and is passed over."""
    path = path or log_path()
    if not path.exists():
        return []
    found = (_parsed(line) for line in path.read_text("utf-8", errors="replace").splitlines())
    return [e for e in found if e]


def _parsed(line: str) -> Entry | None:
    try:
        raw = json.loads(line)
        ground, at = Ground(**raw.pop("ground")), datetime.fromisoformat(raw.pop("at"))
        return Entry(ground=ground, at=at, logged=True, **raw)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def adopt(entries: Iterable[Entry]) -> int:
    """Add lines of another log that this one lacks; returns how many."""
    known = {e.id for e in read()}
    fresh = [e for e in entries if e.id not in known]
    if fresh:
        _append(fresh)
    return len(fresh)


def unfinished(c: psycopg.Connection[Any]) -> list[Entry]:
    """Erasures that the log has and the database has not: a crash, or a backup older than they are."""
    done = {r[0] for r in c.execute("SELECT detail ->> 'entry' FROM erasure")}
    return [e for e in read() if e.id not in done]


def catch_up(again: Again, failed: Failed | None = None) -> int:
    """Do every unfinished erasure again, in order; returns how many. Idempotent.

    `failed`: where those that could not be done are noted; None: the first of them ends it.
    """
    with database.connect_owner() as c:
        waiting = unfinished(c)
    done = 0
    for e in waiting:
        with apart(failed, f"{e.kind}:{e.target}"):
            again(e)
            done += 1
    return done


def destroy_original(entry: Entry, detail: dict[str, Any]) -> bool:
    """Destroy the key of the original `entry` names, then its file. False: it was gone already."""
    with database.connect_owner() as c:
        gone = c.execute(
            "UPDATE vault_object SET wrapped_key = ''::bytea WHERE name = %s AND length(wrapped_key) > 0",
            [entry.target],
        )
        if gone.rowcount or entry.logged:
            note(c, entry, detail)
    vault.discard(entry.target)
    return gone.rowcount > 0
