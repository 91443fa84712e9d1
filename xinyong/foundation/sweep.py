"""What killed processes left behind: half-written files, and originals whose submission never came about."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from xinyong.foundation import database, home, locks

DAY, HOUR = 86_400.0, 3_600.0
INTAKE_LOCK = locks.ITEM  # held by every running intake
_PID = re.compile(r"\.(\d+)\.new$")


@dataclass(frozen=True, slots=True)
class Swept:
    """Paths removed, relative to the home. `waited`: an intake was running, so originals were left alone."""

    temporary: list[str]
    orphans: list[str]
    waited: bool


def sweep(now: float | None = None) -> Swept:
    """Remove leftovers. `now` in seconds since 1970, for file ages. Safe beside running intakes."""
    now = time.time() if now is None else now
    temporary = [p for p in _temporary() if _dead(p, now)]
    orphans, waited = _orphans(now)
    return Swept(_removed(temporary), _removed(orphans), waited)


def _temporary() -> Iterator[Path]:
    yield from home.folder("originals").glob("*.new")
    yield from home.folder("keys").glob("*.new")
    yield from (p for p in home.folder("tmp").rglob("*") if p.is_file())


def _dead(path: Path, now: float) -> bool:
    """Its process is gone, or it is older than a day (process numbers come round again)."""
    if _age(path, now) > DAY:
        return True
    pid = _PID.search(path.name)
    return pid is not None and not _alive(int(pid[1]))


def _age(path: Path, now: float) -> float:
    try:
        return now - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def stored_files() -> dict[str, Path]:
    """Originals on disk: name → path."""
    folder = home.folder("originals")
    return {p.name: p for p in folder.glob("??/*") if p.is_file()}


def _orphans(now: float) -> tuple[list[Path], bool]:
    """Files are listed first: whatever is committed after that is newer than an hour."""
    files = stored_files()
    with database.connect_app(autocommit=True) as c:
        running = c.execute(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [INTAKE_LOCK],
        ).fetchone()
        rows = c.execute("SELECT name, length(wrapped_key) > 0 FROM vault_object").fetchall()
    known = dict(rows)
    without_key = [p for n, p in files.items() if known.get(n) is False]
    if running:
        return without_key, True
    unknown = [p for n, p in files.items() if n not in known and _age(p, now) > HOUR]
    return without_key + unknown, False


def _removed(paths: list[Path]) -> list[str]:
    for path in paths:
        path.unlink(missing_ok=True)
    return sorted(str(p.relative_to(home.home())) for p in paths)
