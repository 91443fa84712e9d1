"""`python -m tests.other_postgres [folders] [pytest options]`: the database tests again on Debian's PostgreSQL 15.

Where it is not installed, says so and ends well: the private PostgreSQL was tested already.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
FOLDERS = (
    "tests/intake",
    "tests/faults",
    "tests/operations",
    "tests/website",
    "tests/rights_cases",
    "tests/rights_recall",
)


def main() -> int:
    if not (PROGRAMS / "postgres").exists():
        sys.stdout.write(f"PostgreSQL 15 ({PROGRAMS}) is not installed: its run is left out.\n")
        return 0
    sys.stdout.write("The database tests again, on PostgreSQL 15:\n")
    sys.stdout.flush()
    env = {**os.environ, "XINYONG_PG_BIN": str(PROGRAMS)}
    folders = [] if any(Path(a).is_dir() for a in sys.argv[1:]) else FOLDERS
    return subprocess.run([sys.executable, "-m", "pytest", *folders, *sys.argv[1:]], env=env).returncode


if __name__ == "__main__":
    sys.exit(main())
