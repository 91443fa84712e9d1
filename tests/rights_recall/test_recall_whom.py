"""From whom a record is taken back: everyone who was given it, and nobody else."""

from __future__ import annotations

import threading
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recall_desk import BANK, OTHER, Desk, now, system

from xinyong.disclosure import ids
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused
from xinyong.rights.recall import actions, deliveries

LOANS, CARDS = system("信贷系统"), system("信用卡系统")


def test_a_repair_recalls_the_record_from_each_system_that_got_it_and_from_no_other(desk: Desk) -> None:
    first, second = desk.records()
    desk.given(LOANS, first, second)
    desk.given(CARDS, second)
    act = desk.mark("repair", first)
    desk.work()
    [recall] = desk.recalls(LOANS)
    assert (recall.kind, recall.records, recall.confirmed) == ("repaired", (ids.public_id(first),), None)
    assert desk.recalls(CARDS) == []
    assert desk.district.one("SELECT cause FROM recall") == f"mark:{act.number}"


def test_a_shielding_tells_its_last_day(desk: Desk) -> None:
    record = desk.records()[0]
    desk.given(LOANS, record)
    desk.mark("shielding", record, until=date(2099, 3, 1))
    desk.work()
    [recall] = desk.recalls(LOANS)
    assert (recall.kind, recall.until) == ("shielded", date(2099, 3, 1))


@pytest.mark.parametrize(("kind", "told", "after"), [
    ("withdrawn", "withdrawn", "resumed"), ("repair", "repaired", "resumed"), ("objection", "disputed", "answered"),
])  # fmt: skip
def test_the_end_of_a_mark_is_told_to_the_same(desk: Desk, kind: str, told: str, after: str) -> None:
    record = desk.records()[0]
    desk.given(LOANS, record)
    act = desk.mark(kind, record)
    desk.work()
    desk.close(act.marks[record])
    desk.work()
    assert [r.kind for r in desk.recalls(LOANS)] == [told, after]


def test_a_degree_is_no_recall(desk: Desk) -> None:
    record = desk.records()[0]
    desk.given(LOANS, record)
    desk.mark("degree", record, value="轻微")
    desk.work()
    assert desk.recalls(LOANS) == []


def test_a_correction_is_told_to_whoever_has_the_earlier_version_only(desk: Desk) -> None:
    first, second = desk.records()
    desk.given(LOANS, first, second)
    desk.hand_in("again.csv", desk.rows(CF_WSH="潼示罚〔2026〕1号", CF_NR="罚款人民币3000元", CF_NR_FK="0.3"))
    desk.given(CARDS, first)
    desk.work()
    assert [(r.kind, r.records) for r in desk.recalls(LOANS)] == [("corrected", (ids.public_id(first),))]
    assert desk.recalls(CARDS) == []


def test_an_undone_correction_is_told_to_whoever_was_given_it(desk: Desk) -> None:
    from xinyong.collection import undo

    record = desk.records()[0]
    changed = desk.rows(CF_WSH="潼示罚〔2026〕1号", CF_NR="罚款人民币3000元", CF_NR_FK="0.3")
    receipt = desk.hand_in("again.csv", changed)
    desk.given(LOANS, record)
    desk.work()
    c = desk.district.connect(autocommit=False)
    undo.undo(c, receipt.submission, "测试", Who("示例", "center"), now(), desk.district.book)
    desk.work()
    assert [r.kind for r in desk.recalls(LOANS)] == ["corrected"]


def test_a_record_whose_only_batch_is_undone_has_ended(desk: Desk) -> None:
    from xinyong.collection import undo

    receipt = desk.hand_in("third.csv", desk.rows(CF_WSH="潼示罚〔2026〕3号"))
    record = desk.records()[-1]
    desk.given(LOANS, record)
    c = desk.district.connect(autocommit=False)
    undo.undo(c, receipt.submission, "测试", Who("示例", "center"), now(), desk.district.book)
    desk.work()
    assert [(r.kind, r.records) for r in desk.recalls(LOANS)] == [("ended", (ids.public_id(record),))]


def test_an_erased_record_has_to_be_erased_elsewhere_too(desk: Desk) -> None:
    from xinyong.collection.erasure import erase_record
    from xinyong.foundation.erasures import Ground

    record = desk.records()[0]
    desk.given(LOANS, record)
    ground = Ground("REC_PENALTY", "PIPL", "第四十七条")
    erase_record(record, ground, Who("示例", "center"), now(), desk.district.book)
    desk.work()
    assert [(r.kind, r.records) for r in desk.recalls(LOANS)] == [("erased", (ids.public_id(record),))]


def test_a_report_names_the_report(desk: Desk) -> None:
    clerk = Who("示例客户经理", "bank", BANK)
    record = desk.records()[0]
    desk.given(clerk, record, reference="XY-1")
    desk.given(clerk, record, reference="XY-2")
    desk.mark("repair", record)
    desk.work()
    [recall] = desk.recalls(Who("", "bank", BANK))
    assert recall.reports == ("XY-1", "XY-2")


def test_subjects_counters_and_the_public_are_no_receivers(desk: Desk) -> None:
    record = desk.records()[0]
    for role in ("subject", "counter", "public", "center"):
        desk.given(Who("某人", role, BANK), record)
    assert desk.district.one("SELECT count(*) FROM delivery") == 0


def test_handled_twice_it_is_one_recall(desk: Desk) -> None:
    record = desk.records()[0]
    desk.given(LOANS, record)
    why = actions.Cause("mark:x", "repaired", now(), records=[record])
    for _ in range(2):
        with desk.c.transaction():
            actions.issue(desk.c, why, now())
    assert len(desk.recalls(LOANS)) == 1


def test_an_answer_under_way_while_the_record_was_stopped_is_found_by_the_sweep(desk: Desk) -> None:
    record = desk.records()[0]
    other = desk.district.connect(autocommit=False)
    deliveries.given(other, LOANS, now(), [record], desk.known_at())
    desk.mark("repair", record)
    desk.work()
    assert desk.recalls(LOANS) == []
    other.commit()
    assert actions.sweep(desk.c, now()) == 1
    assert actions.sweep(desk.c, now()) == 0
    assert [r.kind for r in desk.recalls(LOANS)] == ["repaired"]


def test_the_sweep_leaves_in_peace_who_got_the_record_with_its_mark(desk: Desk) -> None:
    record = desk.records()[0]
    desk.mark("repair", record)
    desk.work()
    desk.given(LOANS, record)
    assert actions.sweep(desk.c, now()) == 0


def test_a_clock_set_back_loses_no_recall(desk: Desk) -> None:
    record = desk.records()[0]
    deliveries.given(desk.c, LOANS, now() + timedelta(days=1), [record], desk.known_at())
    desk.mark("repair", record)
    desk.work()
    assert len(desk.recalls(LOANS)) == 1


def test_numbers_become_visible_in_their_order(desk: Desk) -> None:
    """Whoever follows the numbers misses none: while one recall is being written, the next one waits."""
    first, second = desk.records()
    desk.given(LOANS, first, second)
    slow = desk.district.connect(autocommit=False)
    actions.issue(slow, actions.Cause("a", "repaired", now(), records=[first]), now())
    fast = desk.district.connect()
    done = threading.Event()

    def issue() -> None:
        with fast.transaction():
            actions.issue(fast, actions.Cause("b", "repaired", now(), records=[second]), now())
        done.set()

    thread = threading.Thread(target=issue)
    thread.start()
    assert not done.wait(0.3)
    slow.commit()
    thread.join(10)
    assert [r.records for r in desk.recalls(LOANS)] == [(ids.public_id(first),), (ids.public_id(second),)]


def test_many_records_come_in_several_recalls_and_each_once(desk: Desk, monkeypatch: Any) -> None:
    monkeypatch.setattr(actions, "PART", 2)
    numbers = [f"{n:032x}" for n in range(5)]
    desk.given(LOANS, *numbers)
    with desk.c.transaction():
        actions.issue(desk.c, actions.Cause("a", "repaired", now(), records=numbers), now())
    found = desk.recalls(LOANS)
    assert [len(r.records) for r in found] == [2, 2, 1]
    assert sorted(x for r in found for x in r.records) == sorted(map(ids.public_id, numbers))


WHO = [system("甲"), system("乙"), system("甲", OTHER), Who("示例", "bank", OTHER)]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(receipts=st.sets(st.tuples(st.integers(0, 3), st.integers(0, 4))), stopped=st.sets(st.integers(0, 4)))
def test_recalled_are_exactly_the_pairs_that_were_given_and_stopped(
    desk: Desk, receipts: set[tuple[int, int]], stopped: set[int]
) -> None:
    fresh = [uuid.uuid4().hex for _ in range(5)]
    for who, record in sorted(receipts):
        desk.given(WHO[who], fresh[record], known_at=1)
    (before,) = desk.c.execute("SELECT coalesce(max(id), 0) FROM recall").fetchone()
    if stopped:
        records = [fresh[n] for n in sorted(stopped)]
        with desk.c.transaction():
            actions.issue(desk.c, actions.Cause(f"t{fresh[0]}", "repaired", now(), records=records), now())
    rows = desk.c.execute(
        "SELECT v.provider, v.system, replace(unnest(r.records)::text, '-', '') FROM recall r"
        " JOIN recall_receiver v ON v.id = r.receiver WHERE r.id > %s", [before]
    ).fetchall()  # fmt: skip
    named = {
        (w.provider, w.name.removeprefix("系统:") if w.name.startswith("系统:") else ""): i
        for i, w in enumerate(WHO)
    }
    assert sorted((named[p, s], fresh.index(r)) for p, s, r in rows) == sorted(
        pair for pair in receipts if pair[1] in stopped
    )


def test_a_confirmation_of_anothers_recall_is_refused_and_a_repeated_one_changes_nothing(desk: Desk) -> None:
    record = desk.records()[0]
    desk.given(LOANS, record)
    desk.given(CARDS, record)
    desk.mark("repair", record)
    desk.work()
    [recall] = desk.recalls(LOANS)
    theirs = deliveries.receivers(desk.c, BANK, "信用卡系统")
    with pytest.raises(Refused) as refused:
        actions.confirm(desk.c, CARDS, now(), recall.id, theirs, "api")
    assert refused.value.code == "no_recall"
    mine = deliveries.receivers(desk.c, BANK, "信贷系统")
    first = actions.confirm(desk.c, LOANS, now(), recall.id, mine, "api")
    assert actions.confirm(desk.c, LOANS, now() + timedelta(days=1), recall.id, mine, "api") == first
    assert desk.district.one("SELECT count(*) FROM recall_confirmation") == 1
    assert desk.district.one("SELECT count(*) FROM audit_entry WHERE action = 'recall.confirm'") == 1


def test_what_rests_on_a_record_is_taken_back_with_it_and_given_back_with_it(desk: Desk) -> None:
    first, second = desk.records()
    desk.given(LOANS, second)
    desk.mark("rests_on", second, value=first)
    desk.work()
    assert desk.recalls(LOANS) == []
    repair = desk.mark("repair", first).marks[first]
    desk.work()
    [told] = desk.recalls(LOANS)
    assert (told.kind, told.records) == ("ended", (ids.public_id(second),))
    desk.close(repair)
    desk.work()
    assert [r.kind for r in desk.recalls(LOANS)] == ["ended", "resumed"]


def test_what_stands_on_its_own_is_not_given_back_because_something_else_is(desk: Desk) -> None:
    first, second = desk.records()
    desk.given(LOANS, second)
    desk.mark("rests_on", second, value=first)
    desk.mark("duties", first, value="met")
    number = desk.mark("objection", first).marks[first]
    desk.close(number)
    desk.work()
    assert desk.recalls(LOANS) == []


def test_a_ground_taken_back_by_file_takes_back_what_rests_on_it(desk: Desk) -> None:
    first, second = desk.records()
    desk.given(LOANS, second)
    desk.mark("rests_on", second, value=first)
    desk.hand_in("weg.csv", {**desk.rows(CF_WSH="潼示罚〔2026〕1号"), "操作": "撤销"}, mode="补录")
    desk.work()
    assert [r.kind for r in desk.recalls(LOANS)] == ["ended"]
