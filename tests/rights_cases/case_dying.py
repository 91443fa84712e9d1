"""`python case_dying.py CASE RECORD before|after`: decides, and is killed before or after the mark is written."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any


def main(case: str, record: str, where: str) -> None:
    from xinyong.foundation import database, setup

    setup.django()
    from case_desk import NOW, REVIEWER

    from xinyong.catalog.loading import load_rulebook
    from xinyong.disclosure import actions as marking
    from xinyong.rights.repair import actions

    real = marking.mark

    def dying(*args: Any, **options: Any) -> Any:
        if where == "after":
            real(*args, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    marking.mark = dying  # type: ignore[assignment]
    with database.connect_app(autocommit=True) as c:
        said = actions.Decision((record,), "义务已全部履行")
        actions.decide(c, REVIEWER, NOW, case, said, load_rulebook())


if __name__ == "__main__":
    main(*sys.argv[1:])
