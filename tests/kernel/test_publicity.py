"""The clocks, example by example: every period below stands in facts researched from the texts themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from publicity_rules import RULES

from xinyong.kernel.publicity import Facts, sharing, window

D = date.fromisoformat


def penalty(decided: str, degree: str = "一般", **more: Any) -> Facts:
    dates = {
        k: D(v)
        for k, v in more.items()
        if isinstance(v, str) and k.endswith(("dated", "public", "_to", "until"))
    }
    return Facts("XZCF", D(decided), degree=degree, **(more | dates))


def seen(facts: Facts, today: str, channel: str = "credit_china", rules: Any = RULES) -> tuple[Any, ...]:
    """Rule, first day of repair, last day of publicity."""
    w = window(facts, rules, channel, D(today))
    return (w.rule.rule if w.rule else "", str(w.earliest_repair), str(w.until))


@pytest.mark.parametrize(
    ("facts", "today", "expected"),
    [
        # 发改办财金〔2019〕527号: from the decision
        (penalty("2020-05-10"), "2020-06-01", ("PUB_527_GENERAL", "2020-08-10", "2021-05-10")),
        (penalty("2020-05-10", "严重"), "2020-06-01", ("PUB_527_SERIOUS", "2020-11-10", "2023-05-10")),
        (penalty("2020-05-10", "特定严重"), "2020-06-01", ("PUB_527_SPECIAL", "None", "2023-05-10")),
        (penalty("2023-04-30"), "2023-05-01", ("PUB_527_GENERAL", "2023-07-30", "2024-04-30")),
        # 发改委令第58号: from the first day of publicity
        (penalty("2023-05-01", first_public="2023-05-08"), "2023-06-01", ("PUB_58_GENERAL", "2023-08-08", "2026-05-08")),
        (penalty("2024-01-10", first_public="2024-01-20", domain="食品安全"), "2024-02-01",
         ("PUB_58_SPECIAL_FIELDS", "2025-01-20", "2027-01-20")),
        # 发改委令第36号: from the document's day
        (penalty("2026-04-01"), "2026-05-01", ("PUB_36_GENERAL", "2026-07-01", "2027-04-01")),
        (penalty("2026-04-01", instrument_dated="2026-03-30"), "2026-05-01", ("PUB_36_GENERAL", "2026-06-30", "2027-03-30")),
        (penalty("2026-04-01", "严重"), "2026-05-01", ("PUB_36_SERIOUS", "2027-04-01", "2029-04-01")),
        (penalty("2026-04-01", "轻微", necessary=True), "2026-05-01", ("PUB_36_MINOR", "2026-04-01", "2026-07-01")),
    ],
)  # fmt: skip
def test_each_generation_gives_its_own_periods(facts: Facts, today: str, expected: tuple[str, ...]) -> None:
    assert seen(facts, today) == expected


@pytest.mark.parametrize(
    ("facts", "today", "expected"),
    [
        # 总局令第45号: from the first day of publicity
        (penalty("2022-03-01", kinds="通报批评", first_public="2022-03-10"), "2022-04-01", ("PUB_45_GENERAL", "None", "2022-06-10")),
        (penalty("2022-03-01", kinds="罚款", fine=5_000_000, first_public="2022-03-10"), "2022-04-01",
         ("PUB_45_GENERAL", "None", "2022-06-10")),
        (penalty("2022-03-01", kinds="罚款", fine=5_000_001, first_public="2022-03-10"), "2022-04-01",
         ("PUB_45_OTHER", "2022-03-10", "2025-03-10")),
        (penalty("2022-03-01", kinds="罚款;限制从业", first_public="2022-03-10", valid_to="2027-03-01"), "2022-04-01",
         ("PUB_45_RESTRICTION", "None", "2027-03-01")),
        (penalty("2022-03-01", kinds="限制从业", first_public="2022-03-10", valid_to="2023-03-01"), "2022-04-01",
         ("PUB_45_RESTRICTION", "None", "2025-03-10")),
        # 总局令第107号
        (penalty("2025-12-25", "轻微", kinds="罚款"), "2026-01-01", ("PUB_107_MINOR", "None", "2026-03-25")),
        (penalty("2025-12-25"), "2026-01-01", ("PUB_107_GENERAL", "2026-03-25", "2026-12-25")),
        (penalty("2025-12-25", "严重"), "2026-01-01", ("PUB_107_SERIOUS", "2026-12-25", "2028-12-25")),
    ],
)  # fmt: skip
def test_the_market_regulators_channel_has_rules_of_its_own(
    facts: Facts, today: str, expected: tuple[str, ...]
) -> None:
    assert seen(facts, today, "gsxt") == expected


@pytest.mark.parametrize(
    ("facts", "channel"),
    [
        (penalty("2024-01-10", kinds="警告"), "credit_china"),
        (penalty("2024-01-10", kinds="警告；通报批评"), "credit_china"),
        (penalty("2024-01-10", procedure="简易程序"), "credit_china"),
        (penalty("2022-01-10", kinds="警告"), "gsxt"),
        (penalty("2026-01-10", "轻微", kinds="警告"), "gsxt"),
        (penalty("2026-05-10", "轻微"), "credit_china"),
    ],
)
def test_what_a_rule_does_not_publish_is_unpublished(facts: Facts, channel: str) -> None:
    w = window(facts, RULES, channel, D("2026-05-20"))
    assert (w.state, w.public, w.until) == ("unpublished", False, None)


def test_the_later_rule_applies_where_it_is_kinder_and_only_there() -> None:
    general = penalty("2024-01-10", first_public="2024-01-20")
    assert seen(general, "2026-03-31") == ("PUB_58_GENERAL", "2024-04-20", "2027-01-20")
    assert seen(general, "2026-04-01") == ("PUB_36_GENERAL", "2024-04-10", "2025-01-10")
    serious = penalty(
        "2024-01-10", "严重", first_public="2024-01-20"
    )  # 36号: ends sooner, but repair much later
    assert seen(serious, "2026-04-01") == ("PUB_58_GENERAL", "2024-04-20", "2027-01-20")


def test_a_kinder_rule_is_not_looked_for_when_the_switch_is_off() -> None:
    general = penalty("2024-01-10", first_public="2024-01-20")
    assert seen(general, "2026-04-01", rules=replace(RULES, kinder=False))[0] == "PUB_58_GENERAL"


@pytest.mark.parametrize(
    ("day", "public"), [("2027-05-30", True), ("2027-05-31", True), ("2027-06-01", False)]
)
def test_publicity_ends_by_itself_after_its_last_day(day: str, public: bool) -> None:
    w = window(penalty("2026-05-31"), RULES, "credit_china", D(day))
    assert (w.public, w.state) == (public, "open" if public else "ended")


@pytest.mark.parametrize(
    ("decided", "until"),
    [
        ("2026-05-31", "2026-08-31"),
        ("2026-08-31", "2026-11-30"),
        ("2026-11-30", "2027-02-28"),
        ("2027-11-29", "2028-02-29"),
    ],
)
def test_a_period_of_months_ends_on_the_same_number_or_the_months_last(decided: str, until: str) -> None:
    assert seen(penalty(decided, "轻微", necessary=True), decided)[2] == until


def test_without_a_degree_nothing_is_public_and_a_person_has_seven_working_days() -> None:
    w = window(penalty("2026-09-30", ""), RULES, "credit_china", D("2026-10-01"))
    # the holiday takes 1 to 7 October, and 10 October is worked
    assert (w.state, w.public, w.task, w.task_due) == ("pending", False, "decide_degree", D("2026-10-15"))


def test_a_missing_first_day_of_publicity_never_makes_the_period_longer() -> None:
    told = window(penalty("2024-01-10", first_public="2024-01-20"), RULES, "credit_china", D("2024-02-01"))
    untold = window(penalty("2024-01-10"), RULES, "credit_china", D("2024-02-01"))
    assert untold.assumed_base and untold.until and told.until and untold.until < told.until


def test_without_any_day_to_run_from_it_is_not_public() -> None:
    w = window(Facts("XZCF", None, degree="一般"), RULES, "credit_china", D("2026-05-01"))
    assert (w.state, w.public, w.task) == ("undated", False, "find_date")


def test_an_entry_of_a_list_ends_with_its_removal() -> None:
    entry = Facts("YZSX", D("2026-01-10"), needs_degree=False, removed=D("2026-09-01"))
    days = ["2026-09-01", "2026-09-02"]
    assert [window(entry, RULES, "credit_china", D(d)).public for d in days] == [True, False]


def test_a_permit_is_public_without_end() -> None:
    w = window(Facts("XZXK", D("2010-01-10"), needs_degree=False), RULES, "credit_china", D("2026-05-01"))
    assert (w.public, w.until, w.rule) == (True, None, None)


def test_the_end_of_publicity_ends_no_sharing() -> None:
    record = penalty("2026-05-10", retained_until="2031-05-10")
    assert not window(record, RULES, "credit_china", D("2028-01-01")).public
    assert [sharing(record, RULES, "evaluation", D(d)).shared for d in ("2028-01-01", "2031-05-10", "2031-05-11")] == [
        True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize("stop", ["repaired", "withdrawn", "shielded"])
def test_repair_withdrawal_and_shielding_stop_both(stop: str) -> None:
    record = penalty("2026-05-10", stop=stop)
    assert not window(record, RULES, "credit_china", D("2026-06-01")).public
    assert not sharing(record, RULES, "report", D("2026-06-01")).shared


def test_simple_procedure_is_in_the_national_certificate_and_not_in_the_citys() -> None:
    record = penalty("2026-05-10", "轻微", procedure="简易程序")
    found = {p: sharing(record, RULES, p, D("2026-06-01")).shared for p in ("certificate", "certificate_cq")}
    assert found == {"certificate": True, "certificate_cq": False}


DAYS = st.dates(D("2019-07-01"), D("2027-12-31"))


@given(decided=DAYS, later=st.integers(0, 2000), degree=st.sampled_from(["轻微", "一般", "严重", "特定严重"]),
       kinds=st.sampled_from(["罚款", "警告", "吊销许可证件"]), domain=st.sampled_from(["", "食品"]))  # fmt: skip
def test_the_switch_never_makes_it_worse_for_the_subject(
    decided: date, later: int, degree: str, kinds: str, domain: str
) -> None:
    today = min(date.fromordinal(decided.toordinal() + later), D("2032-12-31"))
    facts = Facts("XZCF", decided, degree=degree, kinds=kinds, domain=domain)
    switched = window(facts, RULES, "credit_china", today)
    plain = window(facts, replace(RULES, kinder=False), "credit_china", today)
    assert not (switched.public and not plain.public)
    if plain.until and switched.until:
        assert switched.until <= plain.until
        assert (switched.earliest_repair or date.max) <= (plain.earliest_repair or date.max)


@given(
    decided=DAYS,
    degree=st.sampled_from(["", "轻微", "一般", "严重"]),
    procedure=st.sampled_from(["", "简易程序"]),
)
def test_once_ended_publicity_never_comes_back_by_itself(decided: date, degree: str, procedure: str) -> None:
    facts = Facts("XZCF", decided, degree=degree, procedure=procedure)
    days = [date.fromordinal(decided.toordinal() + n) for n in range(0, 1300, 9)]
    public = [window(facts, RULES, "credit_china", day).public for day in days]
    assert public == sorted(public, reverse=True)
