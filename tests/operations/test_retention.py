"""Originals go when their time is over, with an entry that says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from grounds import NOW

from xinyong.foundation import erasures, retention, vault
from xinyong.foundation.audit import SYSTEM
from xinyong.kernel.errors import Fault


@pytest.fixture
def taken(district, three, write_csv):
    return district.intake(write_csv(three), "XZCF", at=datetime(2026, 11, 20, 4, tzinfo=UTC))


LAST_DAY = date(2029, 11, 20)  # 36 months after receipt: SRC_FILE


def test_on_its_last_day_an_original_is_still_kept(district, taken):
    assert retention.due(district.connect(), district.book, LAST_DAY) == []


def test_the_day_after_it_is_due_under_the_rule_it_was_stored_with(district, taken):
    (found,) = retention.due(district.connect(), district.book, LAST_DAY + timedelta(1))
    assert (found.name, found.rule, found.until) == (taken.vault_name, "SRC_FILE", LAST_DAY)
    assert found.ground == erasures.Ground("SRC_FILE", "PIPL", "第四十七条")


def test_enforcing_destroys_key_and_file_and_says_why(district, taken):
    wrapped = bytes(district.one("SELECT wrapped_key FROM vault_object"))
    done = retention.enforce(district.book, LAST_DAY + timedelta(1), SYSTEM, NOW)
    assert done.erased == [taken.vault_name]
    assert district.one("SELECT length(wrapped_key) FROM vault_object") == 0
    with pytest.raises(Fault):
        list(vault.read(taken.vault_name, wrapped))
    row = district.owner().execute("SELECT target, rule, article, actor FROM erasure").fetchone()
    assert row == (f"original:{taken.vault_name}", "SRC_FILE", "第四十七条", "系统")


def test_enforcing_again_changes_nothing(district, taken):
    for _ in range(2):
        done = retention.enforce(district.book, LAST_DAY + timedelta(1), SYSTEM, NOW)
    assert done.erased == [] and len(erasures.read()) == 1


def test_without_its_rule_an_original_is_left_and_named(district, taken):
    book = replace(district.book, retention={})
    done = retention.enforce(book, LAST_DAY + timedelta(1), SYSTEM, NOW)
    assert (done.erased, [d.name for d in done.left]) == ([], [taken.vault_name])
    assert vault.path_of(taken.vault_name).exists()


def test_the_records_outlive_the_original(district, taken):
    retention.enforce(district.book, LAST_DAY + timedelta(1), SYSTEM, NOW)
    assert len(district.archive("91500152YY00000282").records) == 3


def test_the_worker_runs_it_daily_and_sweeps_hourly(home):
    from procrastinate.contrib.django import app

    crons = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert crons["collection:end_retention"] == "41 2 * * *"
    assert crons["collection:sweep"] == "23 * * * *"
    assert crons["collection:finish_erasures"] == "*/10 * * * *"


def test_the_task_enforces_as_of_its_own_day(district, taken):
    from xinyong.collection import tasks

    midnight = datetime(2029, 11, 20, 16, 30, tzinfo=UTC)  # half past midnight on the 21st here
    assert tasks.end_retention.func(timestamp=int((midnight - timedelta(hours=1)).timestamp())) == 0
    assert tasks.end_retention.func(timestamp=int(midnight.timestamp())) == 1
