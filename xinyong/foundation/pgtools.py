"""pg_dump and pg_restore: which binary fits the server, and how it gets the connection."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from xinyong.foundation import cluster, database
from xinyong.kernel.errors import Fault

DEBIAN = "/usr/lib/postgresql/{}/bin"


def find(tool: str, server: int) -> Path:
    """The tool of the server's own major version, else a newer one. Fault: there is none.

    `server` is the version as libpq gives it, such as 180006.
    """
    major = server // 10_000
    found = {path: _major(path) for path in _candidates(tool, major)}
    fit = sorted((version, path) for path, version in found.items() if version >= major)
    if not fit:
        raise Fault(
            "pg_tools",
            f"找不到不低于 PostgreSQL {major} 的 {tool}；请安装 postgresql-client-{major} 并确认它在 PATH 中，然后重试。",
        )
    return fit[0][1]


def _candidates(tool: str, major: int) -> list[Path]:
    if database.embedded():
        return [cluster.binaries() / tool]
    named = [shutil.which(tool), shutil.which(tool, path=DEBIAN.format(major))]
    return [Path(p) for p in named if p]


def _major(path: Path) -> int:
    """0 where the program doesn't run."""
    try:
        told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    number = re.search(r"(\d+)", told)
    return int(number[1]) if number else 0


def run(tool: Path, arguments: list[str], failed: Fault) -> None:
    """Run against the owner's database. The password goes by the environment, not by the process list."""
    parameters: dict[str, Any] = dict(conninfo_to_dict(database.owner_conninfo()))
    password = parameters.pop("password", None)
    env = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    command = [str(tool), "--no-password", f"--dbname={make_conninfo(**parameters)}", *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, errors="replace")
    if done.returncode:
        reason = next(iter(done.stderr.strip().splitlines()), "")
        raise Fault(failed.code, f"{failed.sentence}（{reason}）")
