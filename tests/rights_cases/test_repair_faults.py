"""Two deciders at once, a clock set back, a death between decision and effects: nothing half done."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from case_desk import CODE, NOW, OWNER, REVIEWER, TODAY, Desk, days

from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused

SECOND_REVIEWER = Who("另一审核员示例", "department_reviewer", REVIEWER.provider, purpose="办理")
DRIVER = Path(__file__).with_name("case_dying.py")


def both(works: list[Any]) -> tuple[list[Any], list[Exception]]:
    """Run at once; what came back and what was refused."""
    gate, answers, refused = threading.Barrier(len(works)), [], []

    def run(work: Any) -> None:
        gate.wait()
        try:
            answers.append(work())
        except Refused as e:
            refused.append(e)

    threads = [threading.Thread(target=run, args=(w,)) for w in works]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return answers, refused


def test_of_two_deciders_at_once_one_decides_and_the_other_is_told(desk: Desk) -> None:
    record = desk.penalty()
    case = desk.accepted(record)
    works = [
        partial(desk.decide, case, record, who=who, c=desk.district.connect())
        for who in (REVIEWER, SECOND_REVIEWER)
    ]
    answers, refused = both(works)
    assert len(answers) == 1 and [e.code for e in refused] == ["case_state"]  # type: ignore[attr-defined]
    assert desk.district.one("SELECT count(*) FROM record_mark WHERE kind = 'repair'") == 1
    assert len(desk.load(case).steps) == 4


def test_a_decision_and_a_withdrawal_at_once_leave_one_of_them(desk: Desk) -> None:
    from xinyong.rights.repair import actions

    record = desk.penalty()
    case = desk.accepted(record)
    mine, theirs = desk.district.connect(), desk.district.connect()
    answers, refused = both([
        lambda: desk.decide(case, record, c=mine),
        lambda: actions.withdraw(theirs, OWNER, NOW, case.number, "不要了", desk.book),
    ])  # fmt: skip
    assert len(answers) == len(refused) == 1
    state, marks = desk.load(case).state, desk.district.one("SELECT count(*) FROM record_mark")
    assert (state, marks) in (("granted", 1), ("withdrawn", 0))


def test_two_applications_for_one_record_at_once_become_one_case(desk: Desk) -> None:
    from xinyong.rights.repair import actions

    address = desk.address(desk.penalty())
    asked = actions.Application((address,), "理由")
    works = [
        partial(actions.apply, desk.district.connect(), OWNER, NOW, NOW.date(), "", asked, desk.book)
        for _ in range(2)
    ]
    answers, refused = both(works)
    assert len(answers) == 1 and [e.code for e in refused] == ["repair_open"]  # type: ignore[attr-defined]
    assert desk.district.one("SELECT count(*) FROM rights_case") == 1


def test_of_two_rulings_at_once_the_second_sees_the_first(desk: Desk) -> None:
    from xinyong.rights.repair import shielding

    address = desk.address(desk.penalty())
    one, two = desk.district.connect(), desk.district.connect()
    refused: list[str] = []

    def shield(c: Any, number: str, until: date) -> None:
        ruling = shielding.Ruling(
            f"（2026）渝0152破申{number}号裁定", until, CODE, (address,), "裁定批准重整计划"
        )
        try:
            shielding.shield(c, REVIEWER, NOW, TODAY, ruling, desk.book)
        except Refused as e:
            refused.append(e.code)

    with one.transaction():
        shield(one, "1", days(30).date())
        later = threading.Thread(target=shield, args=(two, "9", days(90).date()))
        later.start()
        later.join(1)  # it waits for the first; were it not to, it would have looked for its mark by now
    later.join()
    assert refused == ["shielded_already"]
    assert desk.district.one("SELECT count(*) FROM record_mark WHERE kind = 'shielding'") == 1


def test_with_the_clock_set_back_no_step_is_taken(desk: Desk) -> None:
    record = desk.penalty()
    case = desk.accepted(record)
    with pytest.raises(Refused, match="请系统管理员校准时钟"):
        desk.decide(case, record, at=days(-1))
    assert desk.load(case).state == "accepted" and len(desk.public()) == 1
    assert desk.decide(case, record).state == "granted"


@pytest.mark.parametrize("where", ["before", "after"])
def test_killed_between_decision_and_effects_nothing_is_decided_and_it_can_be_done_again(
    desk: Desk, where: str
) -> None:
    record = desk.penalty()
    case = desk.accepted(record)
    died = subprocess.run(
        [sys.executable, str(DRIVER), case.number, record, where], env=dict(os.environ), capture_output=True, timeout=60
    )  # fmt: skip
    assert died.returncode == -9, died.stderr.decode()
    assert desk.load(case).state == "accepted" and len(desk.public()) == 1
    assert desk.district.one("SELECT count(*) FROM record_mark") == 0
    assert desk.decide(case, record).state == "granted" and desk.public() == []


def test_a_step_once_taken_can_be_neither_changed_nor_removed(desk: Desk) -> None:
    import psycopg

    desk.apply(desk.penalty())
    for sql in (
        "UPDATE rights_case_step SET kind = 'granted'", "DELETE FROM rights_case_step", "DELETE FROM rights_case",
        "UPDATE rights_case SET authority = ''", "UPDATE rights_case_file SET vault = ''",
    ):  # fmt: skip
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            desk.c.execute(sql)
