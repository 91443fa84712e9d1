"""The fault log: what went wrong stands here and on no page."""

from __future__ import annotations

import sys
import traceback
from datetime import UTC, datetime

from xinyong.foundation import home


def note_fault(where: str) -> None:
    """Append the exception being handled to `log/faults.log`."""
    with open(home.folder("log") / "faults.log", "a", encoding="utf-8") as f:
        f.write(f"{datetime.now(UTC).isoformat()} {where}\n")
        f.write("".join(traceback.format_exception(*sys.exc_info())) + "\n")
