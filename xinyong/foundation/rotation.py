"""A new generation of the wrapping key: every data key is wrapped anew, no original is touched.

Earlier generations stay in the keyring, since older backups hold keys wrapped under them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from xinyong.foundation import database, home, keys

STEP = 1_000
PAGE = (
    "SELECT name, wrapped_key FROM vault_object"
    " WHERE name > %s AND length(wrapped_key) > 0 ORDER BY name LIMIT %s"
)


@dataclass(frozen=True, slots=True)
class Rotation:
    """`generation` now in use; data keys wrapped anew; whether an interrupted rotation was finished."""

    generation: int
    rewrapped: int
    resumed: bool


def _mark() -> Path:
    return home.folder("keys") / "rotation.unfinished"


def rotate() -> Rotation:
    """Add a generation and wrap all data keys under it; after a crash: finish what was begun."""
    mark = _mark()
    resumed = mark.exists()
    generation = int(mark.read_text()) if resumed else keys.provider().rotate()
    if not resumed:
        _write(mark, str(generation))
    rewrapped = rewrap()
    mark.unlink(missing_ok=True)
    return Rotation(generation, rewrapped, resumed)


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(f".{os.getpid()}.new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
        f.write(text)
        f.flush()
        os.fsync(f.fileno())
    fresh.rename(path)


def rewrap() -> int:
    """Wrap every data key under the current generation; returns how many. As the application's role."""
    count, last = 0, ""
    with database.connect_app() as c:
        while page := c.execute(PAGE, [last, STEP]).fetchall():
            count += sum(_rewrap_one(c, name, bytes(wrapped)) for name, wrapped in page)
            last = page[-1][0]
            c.commit()
    return count


def _rewrap_one(c: psycopg.Connection[Any], name: str, wrapped: bytes) -> int:
    """Only if it still is what was read: a key destroyed meanwhile stays destroyed."""
    fresh = keys.provider().wrap(keys.provider().unwrap(wrapped))
    done = c.execute(
        "UPDATE vault_object SET wrapped_key = %b WHERE name = %s AND wrapped_key = %b",
        [fresh, name, wrapped],
    )
    return done.rowcount
