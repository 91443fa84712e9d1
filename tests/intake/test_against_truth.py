"""Intake held against the truth file of the sample district, row by row."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

import sampledistrict
from xinyong.collection import takeon
from xinyong.foundation.audit import Who

CENTER = Who("信用中心业务员", "center")


def run(district, folder):
    outcome = takeon.take_on(folder, district.book, CENTER, lambda: datetime.now(UTC))
    return outcome, takeon.against_truth(district.app, folder, outcome)


def check(district, folder):
    """Every file taken or refused as it should be, every row with its fate, every problem at its line."""
    outcome, scores = run(district, folder)
    assert outcome.mismatches == []
    assert scores.wrong == []
    assert scores.right == sum(1 for _ in open(folder / "truth.jsonl", encoding="utf-8")) - refused_rows(
        folder, outcome
    )
    lines = {}
    for line in open(folder / "truth.jsonl", encoding="utf-8"):
        row = json.loads(line)
        lines.setdefault(row["file"], {"rejected": set(), "held": set()}).get(row["fate"], set()).add(
            row["line"]
        )
    for path in lines.keys() & outcome.receipts.keys():
        receipt = outcome.receipts[path]
        if receipt.already_received:
            continue
        assert problem_lines(district, receipt.submission, "error") == lines[path]["rejected"], path
        assert problem_lines(district, receipt.submission, "held") == lines[path]["held"], path
    return outcome


def refused_rows(folder, outcome):
    refused = {r["path"] for r in outcome.refused}
    return sum(json.loads(x)["file"] in refused for x in open(folder / "truth.jsonl", encoding="utf-8"))


def problem_lines(district, submission, level):
    sql = "SELECT DISTINCT line FROM problem WHERE submission = %s AND level = %s"
    return {r[0] for r in district.app.execute(sql, [submission, level])}


def test_every_row_of_the_district_has_the_fate_its_truth_says(district, tmp_path):
    sampledistrict.generate(tmp_path, subjects=500, seed=7)
    check(district, tmp_path)


@pytest.mark.verify
def test_a_second_hand_in_of_everything_changes_nothing(district, tmp_path):
    sampledistrict.generate(tmp_path, subjects=300, seed=3)
    run(district, tmp_path)
    before = (
        district.one("SELECT count(*) FROM record_version"),
        district.one("SELECT max(seq) FROM publication"),
    )
    again, _ = run(district, tmp_path)
    after = (
        district.one("SELECT count(*) FROM record_version"),
        district.one("SELECT max(seq) FROM publication"),
    )
    taken = [r for r in again.receipts.values() if r.mode != "零报告"]
    assert all(r.already_received for r in taken) and before[0] == after[0]


def test_a_legacy_stock_is_taken_on_and_every_record_explained(district, tmp_path):
    sampledistrict.legacy(tmp_path, records=2_000, seed=5)
    outcome, scores = run(district, tmp_path)
    assert scores.wrong == [] and outcome.mismatches == []
    assert all(line.explained for line in takeon.reconcile(tmp_path, outcome))


@pytest.mark.verify
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_larger_districts_of_several_seeds(district, tmp_path, seed):
    sampledistrict.generate(tmp_path, subjects=4_000, seed=seed)
    check(district, tmp_path)


@pytest.mark.verify
def test_the_whole_legacy_stock(district, tmp_path):
    sampledistrict.legacy(tmp_path, records=127_900, seed=1)
    outcome, scores = run(district, tmp_path)
    assert scores.wrong == [] and outcome.rows >= 127_900
    assert all(line.explained for line in takeon.reconcile(tmp_path, outcome))


def test_the_reporting_rate_follows_the_ledger_and_is_never_guessed(district, tmp_path):
    from datetime import date

    from xinyong.collection import ledger

    sampledistrict.generate(tmp_path, subjects=300, seed=11)
    run(district, tmp_path)
    with_ledger = [r for r in json.load(open(tmp_path / "reporting.json", encoding="utf-8")) if r["owed"]]
    assert with_ledger
    for r in with_ledger:
        month = date.fromisoformat(r["month"] + "-01")
        found = ledger.reporting(district.app, r["item"], r["provider"], month)
        assert found["owed"] == r["owed"]
        assert found["reported"] <= r["handed_in"], "rejected and held rows are not reported"
    some_forgotten = [r for r in with_ledger if r["forgotten"]]
    for r in some_forgotten:
        found = ledger.reporting(
            district.app, r["item"], r["provider"], date.fromisoformat(r["month"] + "-01")
        )
        assert found["rate"] < 1.0
    nobody = ledger.reporting(district.app, "XZCF", "91500152YY00000282", date(2024, 3, 1))
    assert nobody == {"owed": None, "reported": 0, "rate": None}
