"""What only a day stops: whoever has the record is told that day, once, also after nights that were missed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from recall_desk import AUTHORITY, REGISTRATION, Desk, now, system

from xinyong.disclosure import basis as standing
from xinyong.disclosure import ids
from xinyong.foundation import events
from xinyong.foundation.audit import SYSTEM
from xinyong.foundation.database import connect_app
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import Fault, Refused
from xinyong.kernel.publicity import add_months
from xinyong.rights import tasks
from xinyong.rights.persons import disposal
from xinyong.rights.recall import by_day, stops

LOANS, CARDS = system("信贷系统"), system("信用卡系统")
NAME, CODE = REGISTRATION["主体名称"], REGISTRATION["统一社会信用代码"]
LASTED = 60  # months that penalties and entries of lists are kept (rulebook/retention.yaml)


def today() -> date:
    return day_of(now())


def after(days: int) -> date:
    return today() + timedelta(days=days)


def night(day: date, hour: int = 4) -> datetime:
    """In the small hours, by Beijing's clock."""
    return datetime.fromisoformat(f"{day}T{hour:02}:00:00+08:00")


def ran(desk: Desk, day: date) -> int:
    desk.work()
    return by_day.carry_out(desk.c, night(day), desk.district.book)


def told(desk: Desk, who: Any = LOANS) -> list[tuple[str, date | None]]:
    return [(r.kind, r.until) for r in desk.recalls(who)]


def abnormal(
    desk: Desk, removed: date | None, number: str = "潼示异〔2026〕1号", cause: str = "未公示年度报告"
) -> str:
    """An entry of the list of abnormal operations: its removal is the end of its validity."""
    row = {
        "YC_MC": NAME, "YC_SHXYM": CODE, "YC_LX": "经营异常名录", "YC_LRYY": cause, "YC_WSH": number,
        "YC_LRRQ": f"{today()}", "YC_YCYY": "已补报" if removed else "", "YC_YCRQ": f"{removed or ''}",
        "YC_JG": "潼南区市场监督管理局", "YC_JGDM": AUTHORITY,
    }  # fmt: skip
    return _taken(desk, "JYYC", row)


def serious(
    desk: Desk,
    removed: date | None,
    number: str = "潼示列〔2026〕1号",
    cause: str = "示例事由",
    term: int = 900,
) -> str:
    """An entry of a list of serious misconduct: its removal is written in a field of its own. `term`: days it lasts."""
    row = {
        "YZ_MC": NAME, "YZ_LB": "法人及非法人组织", "YZ_SHXYM": CODE, "YZ_MDMC": "市场监督管理严重违法失信名单",
        "YZ_YJ": "示例依据", "YZ_SY": cause, "YZ_WSH": number, "YZ_LRRQ": f"{today()}",
        "YZ_GLQX": f"{after(term)}", "YZ_YCRQ": f"{removed or ''}", "YZ_YCFS": "期满移出" if removed else "",
        "YZ_JG": "潼南区市场监督管理局", "YZ_JGDM": AUTHORITY,
    }  # fmt: skip
    return _taken(desk, "YZSX", row)


def _taken(desk: Desk, item: str, row: dict[str, str]) -> str:
    receipt = desk.district.intake(desk.write([row], f"{item}.csv"), item, mode="补录")
    assert (receipt.rejected, receipt.held) == (0, 0), receipt.rules
    desk.work()
    return str(
        desk.district.one(
            "SELECT replace(record_id::text, '-', '') FROM record_version WHERE born = %s", receipt.submission
        )
    )


@pytest.mark.parametrize("entry", [abnormal, serious])
def test_an_entry_whose_removal_lies_ahead_is_told_on_that_day_and_once(desk: Desk, entry: Any) -> None:
    record = entry(desk, after(10))
    desk.given(LOANS, record)
    assert ran(desk, after(9)) == 0 and told(desk) == []
    assert ran(desk, after(10)) == 1
    [recall] = desk.recalls(LOANS)
    assert (recall.kind, recall.records) == ("removed", (ids.public_id(record),))
    assert recall.decided == night(after(10), 0)
    for day in (10, 11, 500):
        assert ran(desk, after(day)) == 0
    assert told(desk) == [("removed", None)] and told(desk, CARDS) == []


def test_an_entry_that_nobody_removed_is_told_the_day_after_its_own_term_and_once(desk: Desk) -> None:
    record = serious(desk, None, term=10)
    desk.given(LOANS, record)
    assert ran(desk, after(10)) == 0 and told(desk) == []
    assert ran(desk, after(11)) == 1
    [recall] = desk.recalls(LOANS)
    assert (recall.kind, recall.records, recall.decided) == (
        "removed",
        (ids.public_id(record),),
        night(after(11), 0),
    )
    assert ran(desk, after(12)) == ran(desk, after(500)) == 0


def test_with_duties_unmet_the_end_of_the_term_takes_nothing_back_until_they_are_met(desk: Desk) -> None:
    record = serious(desk, None, term=10)
    desk.given(LOANS, record)
    desk.mark("duties", record, value="unmet")
    assert ran(desk, after(11)) == 0 and told(desk) == []
    desk.mark("duties", record, value="met")
    events.run(desk.c, night(after(12)))
    assert told(desk) == [("removed", None)]
    desk.mark("duties", record, value="unmet")
    events.run(desk.c, night(after(12)))
    assert told(desk) == [("removed", None), ("resumed", None)]


def test_what_has_no_such_day_or_a_later_one_is_left_in_peace(desk: Desk) -> None:
    desk.given(LOANS, *desk.records(), abnormal(desk, None), serious(desk, after(400)))
    assert ran(desk, after(300)) == 0 and told(desk) == []


def test_a_record_that_was_given_to_nobody_takes_back_nothing(desk: Desk) -> None:
    abnormal(desk, after(10))
    assert ran(desk, after(10)) == 0
    assert desk.district.one("SELECT count(*) FROM recall_cause") == 0


def test_the_end_of_publicity_alone_is_no_recall(desk: Desk) -> None:
    record = desk.records()[0]
    desk.given(LOANS, record)
    day = add_months(
        today(), 37
    )  # past the longest publicity of any penalty, before the end of its retention
    assert ran(desk, day) == 0 and told(desk) == []
    assert standing.standing(desk.c, [record], day, desk.district.book)[record].state == "in_force"


def test_nights_that_were_missed_are_caught_up_with_the_days_they_were(desk: Desk) -> None:
    first = abnormal(desk, after(3))
    second = serious(desk, after(5))
    desk.given(LOANS, first, second)
    assert ran(desk, after(1)) == 0
    assert ran(desk, after(30)) == 2
    assert [r.decided for r in desk.recalls(LOANS)] == [night(after(3), 0), night(after(5), 0)]


def test_the_first_night_looks_at_all_days_since_anything_was_given(desk: Desk) -> None:
    record = serious(desk, after(3))
    desk.given(LOANS, record)
    assert ran(desk, after(700)) == 1


def test_days_that_came_before_it_was_given_are_known_to_whoever_has_it(desk: Desk) -> None:
    record = serious(desk, after(0))
    assert ran(desk, after(0)) == 0
    desk.given(LOANS, record)
    assert ran(desk, after(1)) == 0 and told(desk) == []


def test_what_rests_on_an_entry_stops_with_its_removal_though_nobody_has_the_entry(desk: Desk) -> None:
    entry, resting = serious(desk, after(10)), desk.records()[0]
    desk.given(LOANS, resting)
    desk.mark("rests_on", resting, value=entry)
    assert ran(desk, after(9)) == 0
    assert ran(desk, after(10)) == 1
    assert told(desk) == [("ended", None)]
    assert ran(desk, after(11)) == 0


def test_a_removal_under_a_shielding_is_told_when_the_shielding_has_run_out(desk: Desk) -> None:
    """Of the entry, and of what rests on it; the end of a shielding by itself is known from the day it was told with."""
    entry, resting = serious(desk, after(10)), desk.records()[0]
    desk.given(LOANS, entry, resting)
    desk.mark("rests_on", resting, value=entry)
    desk.mark("shielding", entry, until=after(20))
    desk.work()
    shielded = ("shielded", after(20))
    assert told(desk) == [shielded, shielded]
    for day in (10, 20):
        assert ran(desk, after(day)) == 0
    assert ran(desk, after(21)) == 2
    assert sorted(told(desk)[2:]) == [("ended", None), ("removed", None)]


def test_a_shielding_that_ran_out_is_not_told_again(desk: Desk) -> None:
    record = desk.records()[0]
    desk.given(LOANS, record)
    desk.mark("shielding", record, until=after(5))
    assert ran(desk, after(5)) == 0 and ran(desk, after(6)) == 0
    assert told(desk) == [("shielded", after(5))]
    assert stops.told(desk.c, [record], after(6)) == {}


def test_past_its_retention_a_record_that_something_keeps_is_told_to_have_ended(desk: Desk) -> None:
    """What is sealed or deleted in the same night is told by that."""
    kept, other = desk.records()
    desk.given(LOANS, kept, other)
    desk.mark("objection", kept)
    desk.work()
    before = len(told(desk))
    end = _decided(desk, kept)
    last = add_months(end, LASTED)
    assert ran(desk, last) == 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(disposal, "kept", lambda c, found, today: found.record == kept)
        done = disposal.dispose(desk.district.book, last + timedelta(days=1), SYSTEM, now())
    assert done.sealed == [other] and done.waiting == [kept]
    assert ran(desk, last + timedelta(days=1)) == 1
    assert sorted(told(desk)[before:]) == [("ended", None), ("sealed", None)]
    ended = next(r for r in desk.recalls(LOANS) if r.kind == "ended")
    assert ended.records == (ids.public_id(kept),) and ended.decided == night(last + timedelta(days=1), 0)
    assert ran(desk, last + timedelta(days=2)) == 0


def _decided(desk: Desk, record: str) -> date:
    sql = "SELECT decided FROM record_version WHERE record_id = %s::uuid ORDER BY seq DESC LIMIT 1"
    found: date = desk.district.one(sql, record)
    return found


def test_what_rests_on_a_record_past_its_retention_ends_with_it(desk: Desk) -> None:
    ground, resting = desk.records()
    desk.given(LOANS, resting)
    desk.mark("rests_on", resting, value=ground)
    later = add_months(_decided(desk, ground), LASTED) + timedelta(days=1)
    desk.district.owner().execute(  # so that it is the ground whose day comes
        "UPDATE record_version SET decided = decided + 400 WHERE record_id = %s::uuid", [resting]
    )
    assert ran(desk, later) == 1 and told(desk) == [("ended", None)]


def test_what_was_repaired_before_its_day_came_is_not_told_again(desk: Desk) -> None:
    record = serious(desk, after(10))
    desk.given(LOANS, record)
    desk.mark("repair", record)
    assert ran(desk, after(10)) == 0 and told(desk) == [("repaired", None)]


def test_a_repair_that_is_withdrawn_after_the_removal_is_told_as_removed(desk: Desk) -> None:
    record = serious(desk, after(0))
    desk.given(LOANS, record)
    mark = desk.mark("repair", record).marks[record]
    desk.work()
    desk.close(mark)
    desk.work()
    assert told(desk) == [("repaired", None), ("removed", None)]


def test_an_entry_that_a_file_puts_back_on_the_list_is_told_to_be_back(desk: Desk) -> None:
    record = serious(desk, after(10))
    desk.given(LOANS, record)
    assert ran(desk, after(10)) == 1
    assert serious(desk, after(600)) == record
    assert told(desk) == [("removed", None), ("resumed", None)]
    assert ran(desk, after(11)) == 0
    assert ran(desk, after(600)) == 1 and told(desk)[2:] == [("removed", None)]


@pytest.mark.parametrize("entry", [abnormal, serious])
def test_a_file_that_says_an_entry_is_off_the_list_is_told_as_that_and_what_comes_later_as_a_correction(
    desk: Desk, entry: Any
) -> None:
    record = entry(desk, None)
    desk.given(LOANS, record)
    assert entry(desk, after(0)) == record
    assert told(desk) == [("removed", None)]
    assert entry(desk, after(0), cause="示例事由，已补正") == record
    assert told(desk) == [("removed", None), ("corrected", None)]
    assert ran(desk, after(1)) == 0
    assert desk.district.one("SELECT count(*) FROM notice WHERE kind = 'subject'") == 0


def test_a_clock_that_was_fast_for_a_night_is_made_good_and_the_day_is_told_when_it_comes(desk: Desk) -> None:
    record = serious(desk, after(10))
    desk.given(LOANS, record)
    assert ran(desk, after(1)) == 0
    assert ran(desk, after(50)) == 1
    assert ran(desk, after(2)) == 1
    assert ran(desk, after(50)) == 1
    assert [kind for kind, _ in told(desk)] == ["removed", "resumed", "removed"]


def test_a_clock_set_back_takes_back_no_stop(desk: Desk) -> None:
    """It is behind what came in last: not a clock that was fast and has been set right."""
    desk.given(LOANS, serious(desk, after(1)))
    assert ran(desk, after(1)) == 1
    with pytest.raises(Refused, match="时钟早于档案上一次变动"):
        ran(desk, after(-3))
    assert told(desk) == [("removed", None)]
    assert ran(desk, after(2)) == 0


def test_many_are_told_together(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_day, "AT_ONCE", 2)
    records = [serious(desk, after(10), f"潼示列〔2026〕{n}号") for n in range(3)]
    desk.given(LOANS, *records)
    assert ran(desk, after(10)) == 3
    assert sorted(len(r.records) for r in desk.recalls(LOANS)) == [1, 2]
    assert {n for r in desk.recalls(LOANS) for n in r.records} == {ids.public_id(r) for r in records}


def test_a_record_that_can_not_be_read_holds_up_no_other_and_is_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = (serious(desk, after(10), f"潼示列〔2026〕{n}号") for n in (1, 2))
    desk.given(LOANS, bad, good)
    whole = stops.basis.standing

    def broken(c: Any, records: Any, *more: Any) -> Any:
        assert bad not in records, "unreadable"
        return whole(c, records, *more)

    at = int(night(after(10)).timestamp())
    with monkeypatch.context() as patched, pytest.raises(Fault, match=f"1 项没能办理.*{bad}.*unreadable"):
        patched.setattr(stops.basis, "standing", broken)
        tasks.tell_by_day.func(timestamp=at)
    assert [r.records for r in desk.recalls(LOANS)] == [(ids.public_id(good),)]
    assert tasks.tell_by_day.func(timestamp=int(night(after(11)).timestamp())) == 1
    assert [r.records for r in desk.recalls(LOANS)][1:] == [(ids.public_id(bad),)]
    assert tasks.tell_by_day.func(timestamp=int(night(after(12)).timestamp())) == 0


def test_where_hardly_anything_could_be_told_the_days_are_gone_through_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = serious(desk, after(10))
    desk.given(LOANS, record)
    with monkeypatch.context() as patched, pytest.raises(Fault):
        patched.setattr(by_day, "MOST_AGAIN", 0)
        patched.setattr(stops.basis, "standing", lambda *_: 1 / 0)
        tasks.tell_by_day.func(timestamp=int(night(after(10)).timestamp()))
    assert ran(desk, after(11)) == 1 and told(desk) == [("removed", None)]


def test_killed_in_the_middle_it_goes_on_and_tells_nobody_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [serious(desk, after(10), f"潼示列〔2026〕{n}号") for n in (1, 2)]
    desk.given(LOANS, *records)
    monkeypatch.setattr(by_day, "AT_ONCE", 1)
    whole, seen = stops.settle, []

    def killed(*given: Any) -> int:
        seen.append(given)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return whole(*given)

    with (
        monkeypatch.context() as patched,
        pytest.raises(KeyboardInterrupt),
        connect_app(autocommit=True) as c,
    ):
        patched.setattr(stops, "settle", killed)
        by_day.carry_out(c, night(after(10)), desk.district.book)
    assert len(told(desk)) == 1
    assert ran(desk, after(10)) == 1 and len(told(desk)) == 2


def test_a_mark_that_is_set_meanwhile_and_the_night_do_not_both_tell(desk: Desk) -> None:
    """Whoever comes second reads what the first one told."""
    record, resting = serious(desk, after(10)), desk.records()[0]
    desk.given(LOANS, resting)
    desk.mark("rests_on", resting, value=record)
    desk.work()
    slow = desk.district.connect(autocommit=False)
    stops.settle(slow, "test", now(), [resting], night(after(10)))
    import threading

    done = threading.Event()

    def other() -> None:
        with connect_app(autocommit=True) as c:
            by_day.carry_out(c, night(after(10)), desk.district.book)
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    assert not done.wait(0.5)
    slow.commit()
    thread.join(20)
    assert done.is_set() and told(desk) == [("ended", None)]


def test_each_night_leaves_a_trace_of_what_it_did(desk: Desk) -> None:
    desk.given(LOANS, serious(desk, after(10)))
    ran(desk, after(10))
    ran(desk, after(10))
    rows = desk.c.execute("SELECT target, detail FROM audit_entry WHERE action = 'recall.day' ORDER BY id")
    assert rows.fetchall() == [(f"{after(10)}", {"records": 1, "told": 1, "again": []})]
