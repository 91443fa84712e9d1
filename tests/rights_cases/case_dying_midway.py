"""`python case_dying_midway.py ACT CASE RECORD NTH`: killed as soon as the NTH thing is written that the act writes."""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta
from typing import Any


def act(name: str, c: Any, case: str, record: str) -> Any:
    """What a person does with a case, or a record."""
    from case_desk import CODE, NOW, REVIEWER, TODAY

    from xinyong.catalog.loading import load_rulebook
    from xinyong.disclosure import ids
    from xinyong.rights.objection import actions as objection
    from xinyong.rights.repair import actions as repair
    from xinyong.rights.repair import shielding

    book = load_rulebook()
    if name == "correct":
        return objection.correct(c, REVIEWER, NOW, case, "withdrawn", "不是该主体", "撤销决定书", book)
    if name == "revoke":
        return repair.revoke(c, REVIEWER, NOW, case, "收据是伪造的", "查证笔录", book, "false_materials")
    if name == "lift":
        return shielding.lift(c, REVIEWER, NOW, case, "计划执行完毕", "终结裁定", book)
    until, records = TODAY + timedelta(days=30), (ids.public_id(record),)
    ruling = shielding.Ruling("（2026）渝0152破申1号裁定", until, CODE, records, "裁定批准重整计划")
    return shielding.shield(c, REVIEWER, NOW, TODAY, ruling, book)


def die_after(nth: int) -> None:
    """Count what is written: steps, marks and their ends, notices."""
    from xinyong.disclosure import actions as marking
    from xinyong.rights import casework, procedure

    written = [0]

    def counted(real: Any) -> Any:
        def write(*given: Any, **more: Any) -> Any:
            done = real(*given, **more)
            written[0] += 1
            if written[0] == nth:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        return write

    for module, names in (
        (casework, ("take", "opened")),
        (marking, ("mark", "close_mark")),
        (procedure, ("tell",)),
    ):
        for name in names:
            setattr(module, name, counted(getattr(module, name)))


def main(name: str, case: str, record: str, nth: str) -> None:
    from xinyong.foundation import database, setup

    setup.django()
    die_after(int(nth))
    with database.connect_app(autocommit=True) as c:
        act(name, c, case, record)


if __name__ == "__main__":
    main(*sys.argv[1:])
