"""The windows of a frame are those of its rows one by one."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from publicity_rules import RULES

from xinyong.kernel.publicity import Facts, sharing, window
from xinyong.kernel.publicity_frame import SCHEMA, frame_of, windows

EDGES = [
    date(2019, 6, 30), date(2019, 7, 1), date(2023, 4, 30), date(2023, 5, 1), date(2025, 12, 25), date(2026, 3, 31),
    date(2026, 4, 1), date(2024, 2, 29), date(2025, 8, 31), date(2025, 11, 30), date(2027, 4, 1), date(2028, 4, 1),
]  # fmt: skip
DAYS = st.sampled_from(EDGES) | st.dates(date(2017, 1, 1), date(2030, 12, 31))  # so that days meet
MAYBE = st.none() | DAYS
KINDS = ["", "警告", "罚款", "警告；通报批评", "通报批评", "限制从业;罚款", "吊销许可证件", "其他-训诫"]

FACTS = st.builds(
    Facts,
    item=st.sampled_from(["XZCF", "YZSX", "JYYC", "XZXK"]),
    decided=MAYBE,
    needs_degree=st.booleans(),
    degree=st.sampled_from(["", "轻微", "一般", "严重", "特定严重"]),
    domain=st.sampled_from(["", "食品安全", "消防", "税务"]),
    procedure=st.sampled_from(["", "简易程序", "普通程序"]),
    kinds=st.sampled_from(KINDS),
    fine=st.none() | st.sampled_from([0, 1, 4_999_999, 5_000_000, 5_000_001, 10**9]),
    instrument_dated=MAYBE,
    first_public=MAYBE,
    valid_to=MAYBE,
    removed=MAYBE,
    term=MAYBE,
    reported_until=MAYBE,
    retained_until=MAYBE,
    closed=st.sampled_from(["", "", "", "closed_item", "closed_row", "closed_person"]),
    stop=st.sampled_from(["", "", "", "repaired", "withdrawn", "shielded"]),
    stop_until=MAYBE,
    necessary=st.booleans(),
    duties=st.sampled_from(["", "met", "unmet"]),
    extended_until=MAYBE,
)


def test_a_frame_holds_every_fact() -> None:
    assert set(SCHEMA) == {f.name for f in fields(Facts)}


def one_by_one(record: Facts, channel: str, today: date) -> dict[str, Any]:
    w = window(record, RULES, channel, today)
    shares = {f"share_{p}": sharing(record, RULES, p, today).shared for p in ("evaluation", "certificate_cq")}
    names = ("state", "public", "kinder", "begins", "assumed_base", "earliest_repair", "until", "task",
             "task_due", "reported")  # fmt: skip
    return {**{n: getattr(w, n) for n in names}, "rule": w.rule.id if w.rule else "", **shares}


@settings(max_examples=100)
@given(
    records=st.lists(FACTS, min_size=1, max_size=30),
    today=DAYS,
    channel=st.sampled_from(["credit_china", "gsxt"]),
)
def test_a_frame_gives_what_its_rows_give(records: list[Facts], today: date, channel: str) -> None:
    found = windows(frame_of(records), RULES, channel, today).to_dicts()
    for record, row in zip(records, found, strict=True):
        expected = one_by_one(record, channel, today)
        assert {k: row[k] for k in expected} == expected, record


def test_a_rule_that_ends_sooner_but_lets_repair_begin_later_is_no_kinder() -> None:
    record = Facts("XZCF", date(2025, 10, 10), degree="严重", first_public=date(2025, 10, 20))
    today = date(2026, 11, 23)  # 36号 would end on 2028-10-10, but allow repair only from 2026-10-10
    [row] = windows(frame_of([record]), RULES, "credit_china", today).to_dicts()
    assert (row["rule"], row["until"], row["kinder"]) == ("T_58_GENERAL", date(2028, 10, 20), False)
    assert window(record, RULES, "credit_china", today).until == row["until"]


def test_both_forms_agree_on_the_very_day_of_a_removal() -> None:
    entry = Facts("YZSX", date(2022, 1, 10), needs_degree=False, removed=date(2026, 1, 10), duties="unmet")
    for today in (date(2026, 1, 9), date(2026, 1, 10), date(2026, 1, 11)):
        [row] = windows(frame_of([entry]), RULES, "credit_china", today).to_dicts()
        assert row["state"] == window(entry, RULES, "credit_china", today).state


def test_both_forms_agree_on_the_end_of_a_lists_own_term() -> None:
    for duties, states in (("", ["open", "ended"]), ("unmet", ["open", "overrun"])):
        entry = Facts("YZSX", date(2025, 1, 10), needs_degree=False, term=date(2026, 1, 10), duties=duties)
        days = [date(2026, 1, 10), date(2026, 1, 11)]
        one = [window(entry, RULES, "credit_china", day).state for day in days]
        rows = [windows(frame_of([entry]), RULES, "credit_china", day)["state"][0] for day in days]
        assert one == rows == states


@given(start=DAYS, months=st.integers(0, 60))
def test_months_end_on_the_same_number_or_the_last_day(start: date, months: int) -> None:
    import calendar

    from xinyong.kernel.publicity import add_months

    end = add_months(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == min(start.day, calendar.monthrange(end.year, end.month)[1])


def test_an_empty_frame_has_no_windows() -> None:
    assert windows(frame_of([]), RULES, "credit_china", date(2026, 5, 1)).height == 0


def test_the_day_after_the_end_is_no_longer_public() -> None:
    record = Facts("XZCF", date(2026, 5, 31), degree="一般")
    last = window(record, RULES, "credit_china", date(2026, 6, 1)).until
    assert last == date(2027, 5, 31)
    found = [
        windows(frame_of([record]), RULES, "credit_china", d)["public"][0]
        for d in (last, last + timedelta(1))
    ]
    assert found == [True, False]
