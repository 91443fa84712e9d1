"""`python disposal_driver.py DAY N`: the disposal job in a process of its own, that kills itself at the Nth point.

Points: before and after every commit, every sealing, and every line that reaches the disk. N = 0: run to the end.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

passed = 0


def point(at: int) -> None:
    global passed
    passed += 1
    if passed == at:
        os.kill(os.getpid(), signal.SIGKILL)


def around(owner: Any, name: str, at: int) -> None:
    real: Callable[..., Any] = getattr(owner, name)

    def counted(*given: Any, **options: Any) -> Any:
        point(at)
        answer = real(*given, **options)
        point(at)
        return answer

    setattr(owner, name, counted)


def main(day: date, at: int) -> None:
    from xinyong.foundation import setup

    setup.ready()
    import psycopg

    from xinyong.catalog.loading import load_rulebook
    from xinyong.disclosure import sealed
    from xinyong.foundation.audit import SYSTEM
    from xinyong.rights.persons import disposal

    around(psycopg.Connection, "commit", at)
    around(sealed, "seal", at)
    around(os, "fsync", at)
    disposal.dispose(load_rulebook(), day, SYSTEM, datetime(day.year, day.month, day.day, 3, tzinfo=UTC))
    sys.stdout.write(str(passed))


if __name__ == "__main__":
    main(date.fromisoformat(sys.argv[1]), int(sys.argv[2]))
