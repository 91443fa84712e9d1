"""Killed in the middle of an answer, a revocation, a shielding or its end: nothing is half done, and it can be done again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import case_dying_midway
import pytest
from case_desk import CENTRE, OWNER, REVIEWER, Desk

DRIVER = Path(__file__).with_name("case_dying_midway.py")
TABLES = (
    "rights_case",
    "rights_case_step",
    "rights_case_record",
    "record_mark",
    "notice",
    "audit_entry",
    "event",
)


def objected(desk: Desk, record: str) -> str:
    case = desk.object(record)
    return str(desk.answer("forward", CENTRE, case, "平台存储与报送一致").number)


def to_be_revoked(desk: Desk, record: str) -> str:
    """A repair whose subject has answered to what is held against it."""
    case = desk.do("notice", REVIEWER, desk.granted(record), "收据涉嫌伪造", "查证笔录")
    return str(desk.do("defend", OWNER, case, "不知情", ()).number)


def nothing_yet(desk: Desk, record: str) -> str:
    return "-"


def shielded(desk: Desk, record: str) -> str:
    [case] = case_dying_midway.act("shield", desk.c, "", record)
    return str(case.number)


def written(desk: Desk) -> dict[str, int]:
    return {name: desk.district.one(f"SELECT count(*) FROM {name}") for name in TABLES}


def killed(act: str, case: str, record: str, nth: int) -> None:
    asked = [sys.executable, str(DRIVER), act, case, record, str(nth)]
    died = subprocess.run(asked, env=dict(os.environ), capture_output=True, timeout=60)
    assert died.returncode == -9, died.stderr.decode()


def state(desk: Desk, record: str) -> tuple[str, list[str]]:
    """What the record is to the public and to the centre, and its open marks."""
    told = desk.told()[record]
    window = told["clocks"]["publicity"]
    return window["state"], sorted(m["kind"] for m in told["clocks"]["marks"]) + ["public"] * len(
        desk.public()
    )


@pytest.mark.parametrize(("act", "prepare", "writes", "after"), [
    ("correct", objected, 4, ("withdrawn", ["withdrawn"])), ("revoke", to_be_revoked, 3, ("open", ["public"])),
    ("shield", nothing_yet, 3, ("shielded", ["shielding"])), ("lift", shielded, 3, ("open", ["public"])),
])  # fmt: skip
def test_killed_after_any_write_nothing_is_done_and_it_can_be_done_again(
    desk: Desk, act: str, prepare: Any, writes: int, after: tuple[str, list[str]]
) -> None:
    """Steps, marks, their ends and notices are written one after another; the last one is not committed either."""
    record = desk.penalty()
    case = prepare(desk, record)
    before, stood = written(desk), state(desk, record)
    for nth in range(1, writes + 1):
        killed(act, case, record, nth)
        assert (nth, written(desk), state(desk, record)) == (nth, before, stood)
    case_dying_midway.act(act, desk.c, case, record)
    assert state(desk, record) == after != stood
