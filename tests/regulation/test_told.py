"""Who is told: of a registration its subject, of a ground that fell away or came back both; events only make us look."""

from __future__ import annotations

from datetime import date
from typing import Any

import measure_desk as m
import pytest
from measure_desk import Desk

from xinyong.foundation import events
from xinyong.rights.notices import imposed, inbox


@pytest.fixture
def desk(desk: Desk, web: Any) -> Desk:
    """Accounts can be opened."""
    return desk


def work(desk: Desk, at: Any = m.NOW) -> None:
    assert events.run(desk.c, at).failures == []


def told(desk: Desk, who: Any = m.OWNER) -> list[str]:
    """Templates about measures, oldest first."""
    found = [x.template for x in reversed(inbox.listed(desk.c, who, size=100))]
    return [t for t in found if t.startswith("MEASURE")]


def body(desk: Desk, who: Any = m.OWNER) -> str:
    return next(x.body for x in inbox.listed(desk.c, who, size=100) if x.template.startswith("MEASURE"))


def test_the_subject_is_told_what_was_registered_by_whom_and_what_it_can_do(desk: Desk) -> None:
    desk.barred()
    work(desk)
    assert told(desk) == ["MEASURE_REGISTERED"]
    for said in (m.FINANCE_NAME, "潼财采〔2026〕8号", "2026-07-01", "第七十七条", "行政复议"):
        assert said in body(desk)
    assert told(desk, m.NEIGHBOUR) == []


@pytest.mark.parametrize(
    ("act", "given", "says"),
    [("lift", ("已整改", ""), "已由作出机关解除"), ("mistaken", ("写错",), "登记有误")],
)
def test_the_subject_is_told_when_the_organ_ends_it(desk: Desk, act: str, given: Any, says: str) -> None:
    made = desk.barred()
    desk.do(act, m.FINANCE_REVIEWER, made.number, *given)
    work(desk)
    assert told(desk) == ["MEASURE_REGISTERED", "MEASURE_CHANGED"] and says in body(desk)


def test_a_repair_that_lifts_a_measure_is_told_to_subject_and_organ_once(desk: Desk) -> None:
    made = desk.followed()
    work(desk)
    desk.mark("repair", *made.records, organ=m.LABOUR)
    work(desk)
    imposed.settle(desk.c, [made.number], m.NOW, m.TODAY, desk.book)
    assert told(desk) == ["MEASURE_REGISTERED", "MEASURE_LIFTED"] and "已经修复" in body(desk)
    assert told(desk, m.LABOUR_REVIEWER) == ["MEASURE_LIFTED_ORGAN"]
    assert told(desk, m.FINANCE_REVIEWER) == []


def test_a_repair_that_lifts_nothing_is_told_to_nobody(desk: Desk) -> None:
    made = desk.barred()
    desk.mark("repair", *made.records)
    work(desk)
    assert told(desk) == ["MEASURE_REGISTERED"] and told(desk, m.FINANCE_REVIEWER) == []


def test_a_repair_taken_back_brings_the_measure_back_and_both_are_told(desk: Desk) -> None:
    made = desk.followed()
    act = desk.mark("repair", *made.records, organ=m.LABOUR)
    work(desk)
    desk.unmark(act, m.LABOUR)
    work(desk)
    assert told(desk)[-2:] == ["MEASURE_LIFTED", "MEASURE_RESUMED"]
    assert told(desk, m.LABOUR_REVIEWER) == ["MEASURE_LIFTED_ORGAN", "MEASURE_RESUMED_ORGAN"]


def test_a_file_that_ends_the_record_tells_them_too(desk: Desk) -> None:
    desk.followed()
    work(desk)
    desk.listing(YZ_YCRQ="2026-11-20", YZ_YCFS="提前移出", YZ_YCYJ="信用修复")
    work(desk)
    assert told(desk) == ["MEASURE_REGISTERED", "MEASURE_LIFTED"] and "移出名单" in body(desk)


def test_a_decision_on_which_the_list_entry_rests_tells_them_too(desk: Desk) -> None:
    labour = {
        "CF_CFJG": m.LABOUR_NAME,
        "CF_CFJGDM": m.LABOUR,
        "CF_SJLY": m.LABOUR_NAME,
        "CF_SJLYDM": m.LABOUR,
    }
    penalty, made = desk.penalty(**labour), desk.followed()
    desk.mark("rests_on", *made.records, organ=m.LABOUR, value=penalty)
    work(desk)
    desk.mark("withdrawn", penalty, organ=m.LABOUR)
    work(desk)
    assert told(desk) == ["MEASURE_REGISTERED", "MEASURE_LIFTED"]


def test_what_a_day_changed_is_told_by_the_daily_task(desk: Desk) -> None:
    made = desk.followed()
    desk.mark("shielding", *made.records, organ=m.LABOUR, until=date(2026, 12, 31))
    work(desk)
    later = m.days(40)
    assert imposed.sweep(desk.c, later, desk.book) == 1 and imposed.sweep(desk.c, later, desk.book) == 0
    assert told(desk)[-1] == "MEASURE_RESUMED"


def test_a_maximum_with_duties_unmet_is_a_task_of_which_the_organ_is_told_once(desk: Desk) -> None:
    entry = desk.listing(YZ_GLQX="2026-10-31")
    desk.mark("duties", entry, organ=m.LABOUR, value="unmet")
    desk.followed(entry)
    work(desk)
    imposed.sweep(desk.c, m.days(1), desk.book)
    assert told(desk, m.LABOUR_REVIEWER) == ["MEASURE_OVERRUN"]


def test_a_measure_that_its_organ_ended_is_not_spoken_of_again(desk: Desk) -> None:
    made = desk.followed()
    desk.do("lift", m.LABOUR_REVIEWER, made.number, "已支付", "")
    work(desk)
    desk.mark("repair", *made.records, organ=m.LABOUR)
    work(desk)
    assert told(desk) == ["MEASURE_REGISTERED", "MEASURE_CHANGED"]


def test_a_notice_lost_with_its_worker_is_written_by_the_next_one(desk: Desk, monkeypatch: Any) -> None:
    """Killed in the handler's transaction: nothing of it stands, and it is done again."""
    made = desk.followed()
    work(desk)
    desk.mark("repair", *made.records, organ=m.LABOUR)
    whole = imposed._tell

    def dies(*given: Any) -> None:
        whole(*given)
        raise RuntimeError("killed")

    monkeypatch.setattr(imposed, "_tell", dies)
    assert len(events.run(desk.c, m.NOW).failures) == 1 and told(desk) == ["MEASURE_REGISTERED"]
    monkeypatch.setattr(imposed, "_tell", whole)
    work(desk, m.days(2))
    assert told(desk) == ["MEASURE_REGISTERED", "MEASURE_LIFTED"]


def test_a_measure_that_cannot_be_told_holds_up_no_other_and_is_named(desk: Desk, monkeypatch: Any) -> None:
    listings = [desk.listing(f"潼人社列〔2025〕{n}号") for n in (1, 2, 3)]
    made = [desk.followed(record, document=f"潼人社惩〔2025〕{n}号") for n, record in enumerate(listings)]
    desk.mark("shielding", *listings, organ=m.LABOUR, until=date(2026, 12, 31))
    work(desk)
    real, broken = imposed._settled, made[1].number

    def failing(c: Any, now: Any, r: Any, *given: Any) -> bool:
        if r.measure.number == broken:
            raise ValueError("读不出")
        return real(c, now, r, *given)

    with monkeypatch.context() as patch:
        patch.setattr(imposed, "_settled", failing)
        failed: dict[str, str] = {}
        assert imposed.sweep(desk.c, m.days(40), desk.book, failed) == 2
    assert failed == {f"measure:{broken}": "ValueError：读不出"}
    assert told(desk).count("MEASURE_RESUMED") == 2
    assert imposed.sweep(desk.c, m.days(41), desk.book, {}) == 1
    assert told(desk).count("MEASURE_RESUMED") == 3
