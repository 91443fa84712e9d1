"""Originals go when their time is over, with an entry that says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
from grounds import GROUND, NOW

from xinyong.collection import erasure, tasks, uploads
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


OVER = datetime(2029, 11, 20, 16, 30, tzinfo=UTC)  # half past midnight on the 21st, here


@pytest.fixture
def held(district, three, taken, write_csv):
    """A held row, and a returned one whose problem quotes what it may have meant; of the same day as `taken`."""
    rows = [
        three[1] | {"CF_XDR_MC": "重庆示例丙丁餐饮有限公司"},
        three[2] | {"CF_WSH": "潼示罚〔2026〕9号", "CF_CFLB": "罚钱"},
    ]
    receipt = district.intake(write_csv(rows, "held.csv"), "XZCF", at=datetime(2026, 11, 20, 5, tzinfo=UTC))
    assert (receipt.held, receipt.rejected) == (1, 1)
    return receipt


def quoted(district, receipt):
    """Held rows that still have a payload, and problems that still have a suggestion."""
    held = "SELECT count(*) FROM held_row WHERE submission = %s AND payload <> ''"
    told = "SELECT count(*) FROM problem WHERE submission = %s AND suggestion <> ''"
    return district.one(held, receipt.submission), district.one(told, receipt.submission)


def run(district, at):
    from xinyong.collection import tasks

    return tasks.end_retention.func(timestamp=int(at.timestamp()))


def test_with_an_original_goes_what_quotes_it_and_not_a_day_earlier(district, held):
    before = quoted(district, held)
    assert before[0] == 1 and before[1] > 0
    assert run(district, OVER - timedelta(hours=1)) == 0 and quoted(district, held) == before
    assert run(district, OVER) == 2 and quoted(district, held) == (0, 0)
    row = "SELECT actor, detail FROM audit_entry WHERE action = 'erase.leftovers'"
    [(actor, told)] = district.owner().execute(row).fetchall()
    assert actor == "系统" and told["held_rows"] == 1 and told["problems"] >= before[1]
    assert run(district, OVER) == 0
    assert len(district.owner().execute(row).fetchall()) == 1


def test_an_original_erased_by_hand_takes_its_held_rows_with_it_the_next_night(district, held):
    erasure.erase_original(held.submission, GROUND, SYSTEM, NOW)
    assert quoted(district, held)[0] == 1
    run(district, NOW)
    assert quoted(district, held) == (0, 0)


def test_a_workbook_that_went_for_one_row_keeps_its_other_rows_until_they_are_decided(
    district, three, taken, tmp_path, erase, record_of
):
    book = openpyxl.Workbook()
    rows = [three[0], three[1] | {"CF_XDR_MC": "重庆示例丙丁餐饮有限公司"}]
    for row in [list(rows[0]), *(list(r.values()) for r in rows)]:
        book.active.append(row)
    book.save(tmp_path / "held.xlsx")
    receipt = district.intake(tmp_path / "held.xlsx", "XZCF", at=datetime(2026, 11, 20, 5, tzinfo=UTC))
    assert (receipt.duplicates, receipt.held) == (1, 1)
    assert receipt.submission in erase(record_of(2)).destroyed
    run(district, NOW)
    assert quoted(district, receipt)[0] == 1
    run(district, OVER)
    assert quoted(district, receipt)[0] == 0


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


def test_an_original_that_cannot_be_erased_holds_up_neither_the_others_nor_what_quotes_them(
    district, three, taken, write_csv, monkeypatch
):
    at = datetime(2026, 11, 20, 5, tzinfo=UTC)
    other = district.intake(
        write_csv(three[:1] + [{**three[1], "CF_WSH": "潼示罚〔2026〕9号"}], "other.csv"), "XZCF", at=at
    )
    real, after = erasures.destroy_original, []

    def failing(entry, detail):
        if entry.target == taken.vault_name:
            raise OSError("读不出")
        return real(entry, detail)

    monkeypatch.setattr(erasures, "destroy_original", failing)
    monkeypatch.setattr(erasure, "forget_leftovers", lambda *given: after.append(given))
    with pytest.raises(Fault, match=f"{taken.vault_name}：OSError") as fault:
        tasks.end_retention.func(timestamp=int(OVER.timestamp()))
    assert fault.value.code == "not_all_done" and after
    assert [e.target for e in erasures.read()] == [other.vault_name]


def test_an_erasure_that_cannot_be_done_again_holds_up_no_other(district, monkeypatch):
    entries = [
        erasures.entry(erasures.RECORD, target, GROUND, SYSTEM, NOW) for target in ("a" * 32, "b" * 32)
    ]
    erasures.adopt(entries)
    done = []

    def failing(entry):
        if entry.target == "a" * 32:
            raise OSError("读不出")
        done.append(entry.target)

    monkeypatch.setattr(erasure, "again", failing)
    with pytest.raises(Fault, match=f"record:{'a' * 32}"):
        tasks.finish_erasures.func(timestamp=0)
    assert done == ["b" * 32]


def test_a_waiting_upload_that_cannot_be_taken_holds_up_no_other(district, monkeypatch):
    taken = []

    def take(number):
        taken.append(number)
        if number == "first":
            raise OSError("读不出")

    monkeypatch.setattr(uploads, "waiting", lambda c, since: ["first", "second"])
    monkeypatch.setattr(uploads, "take", take)
    with pytest.raises(Fault, match="upload:first"):
        tasks.take_waiting.func(timestamp=0)
    assert taken == ["first", "second"]
