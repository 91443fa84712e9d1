"""The files of the district, their manifest and their truth."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import chinese_calendar
import pytest
from sample_files import District
from stdnum.cn import uscc

import sampledistrict
from sampledistrict import codes
from sampledistrict.defects import DEFECTS
from sampledistrict.layouts import LAYOUTS
from sampledistrict.tangles import TANGLES
from sampledistrict.wrongfiles import FILE_DEFECTS

Cell = Callable[[dict[str, Any], str, str], Any]
SECOND_ROWS = {tangle.kind for tangle in TANGLES}


def digests(out: Path) -> dict[str, str]:
    found = sorted(path for path in out.rglob("*") if path.is_file())
    return {str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}


def test_the_same_seed_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    sampledistrict.generate(here, subjects=150, seed=5)
    command = [sys.executable, "-m", "sampledistrict", "--out", there, "--subjects", "150", "--seed", "5"]
    subprocess.run(command, check=True, capture_output=True)
    assert digests(here) == digests(there)


def test_another_seed_gives_other_files(tmp_path: Path) -> None:
    sampledistrict.generate(tmp_path / "a", subjects=150, seed=5)
    sampledistrict.generate(tmp_path / "b", subjects=150, seed=6)
    a, b = digests(tmp_path / "a"), digests(tmp_path / "b")
    same = {path for path in a if b.get(path) == a[path]}
    assert all(path == "README.txt" or _says_nothing(tmp_path / "a" / path) for path in same)


def _says_nothing(path: Path) -> bool:
    """Files of a few hundred bytes that are wrong as a whole, or header only."""
    return path.stat().st_size < 3000


def test_a_handful_of_subjects_is_no_district(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="100"):
        sampledistrict.generate(tmp_path, subjects=99)


def test_progress_reaches_the_end_of_every_stage(tmp_path: Path) -> None:
    seen: dict[str, tuple[int, int]] = {}
    sampledistrict.generate(
        tmp_path, subjects=150, progress=lambda stage, done, total: seen.__setitem__(stage, (done, total))
    )
    assert len(seen) >= len(LAYOUTS)
    assert all(done == total for done, total in seen.values())


def test_every_declared_defect_occurs(district: District) -> None:
    declared = {d.kind for d in DEFECTS} | SECOND_ROWS | set(FILE_DEFECTS) | {"late", "org_check_wrong"}
    rows = {kind for t in district.truth for kind in t["defects"]}
    files = {kind for e in district.manifest for kind in e["features"]}
    assert declared - rows - files == set()


def test_every_item_has_files(district: District) -> None:
    assert {entry["item"] for entry in district.taken()} == set(LAYOUTS)


def test_files_come_in_every_container_and_mode(district: District) -> None:
    assert {e["container"] for e in district.manifest} == {"csv", "csv-bom", "csv-gb18030", "xlsx", "jsonl"}
    assert {e["mode"] for e in district.manifest} == {"增量", "全量", "补录", "零报告"}


def test_the_manifest_describes_the_files_as_they_lie(district: District) -> None:
    for entry in district.manifest:
        content = (district.out / entry["path"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert len({e["path"] for e in district.manifest}) == len(district.manifest)


def test_files_are_listed_in_order_of_receipt_with_registrations_first(district: District) -> None:
    days = [entry["received"] for entry in district.manifest]
    assert days == sorted(days)
    assert district.manifest[0]["item"] == "DJZC"


def test_rows_fates_and_truth_add_up(district: District) -> None:
    rows = sum(entry["rows"] for entry in district.taken())
    fates = Counter(t["fate"] for t in district.truth)
    assert rows == len(district.truth) == district.summary.rows == sum(district.summary.items.values())
    assert fates == district.summary.fates
    assert set(fates) == {"new", "duplicate", "corrected", "revoked", "held", "rejected"}


def test_refused_files_have_no_truth(district: District) -> None:
    refused = {e["path"] for e in district.manifest if e["expect"] != "taken"}
    assert refused and not refused & {t["file"] for t in district.truth}


def test_every_line_of_the_truth_is_a_line_of_the_file(district: District) -> None:
    for entry in district.taken():
        table = district.table(entry)
        assert [t["line"] for t in district.truth_of(entry)] == sorted(table), entry["path"]


@pytest.mark.parametrize("container", ["csv", "csv-bom", "csv-gb18030", "xlsx", "jsonl"])
def test_a_line_of_the_truth_names_the_subject_of_that_row(
    district: District, spoken: Cell, container: str
) -> None:
    checked = 0
    for entry in [e for e in district.taken("XZCF", "XZXK") if e["container"] == container]:
        code = LAYOUTS[entry["item"]].columns[2].code
        table = district.table(entry)
        for t in district.truth_of(entry):
            if t["subject"].isalnum() and not _about_the_code(t["defects"]):
                assert spoken(table[t["line"]], entry["item"], code) == t["subject"]
                checked += 1
    assert checked > 20


def _about_the_code(defects: list[str]) -> bool:
    return any(d.startswith(("code_", "placeholder", "regno")) for d in defects)


def test_a_copied_code_is_perfect_and_somebody_elses(district: District, spoken: Cell) -> None:
    for entry, t in _rows_with(district, "code_copied", "XZCF", "XZXK"):
        row = district.table(entry)[t["line"]]
        code = spoken(row, entry["item"], LAYOUTS[entry["item"]].columns[2].code)
        assert codes.uscc_check(code[:17]) == code[17]
        assert code != t["subject"] and t["fate"] == "held"


@pytest.mark.parametrize("kind", ["code_substituted", "code_swapped", "code_look_alike", "code_short"])
def test_a_wrong_code_fails_the_library(district: District, spoken: Cell, kind: str) -> None:
    for entry, t in _rows_with(district, kind, "XZCF", "XZXK"):
        row = district.table(entry)[t["line"]]
        code = spoken(row, entry["item"], LAYOUTS[entry["item"]].columns[2].code)
        assert code[0] not in "159" or not uscc.is_valid(code)
        assert t["fate"] == "rejected"


@pytest.mark.parametrize("kind", ["code_lower_case", "code_full_width", "code_padded"])
def test_a_carelessly_typed_code_is_the_right_one_underneath(
    district: District, spoken: Cell, kind: str
) -> None:
    for entry, t in _rows_with(district, kind, "XZCF", "XZXK"):
        row = district.table(entry)[t["line"]]
        typed = spoken(row, entry["item"], LAYOUTS[entry["item"]].columns[2].code)
        plain = "".join(chr(ord(c) - 0xFEE0) if ord(c) > 0xFF00 else c for c in typed).strip().upper()
        assert typed != plain == t["subject"]
        assert t["fate"] == "new"


def _rows_with(district: District, kind: str, *items: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    found = [
        (entry, t)
        for entry in district.taken(*items)
        for t in district.truth_of(entry)
        if kind in t["defects"]
    ]
    assert found
    return found


def test_a_row_is_late_exactly_when_more_than_seven_working_days_passed(
    district: District, spoken: Cell
) -> None:
    late = 0
    for entry in [e for e in district.taken("XZCF", "XZXK") if e["mode"] == "增量"]:
        table, received = district.table(entry), date.fromisoformat(entry["received"])
        decided = "CF_JDRQ" if entry["item"] == "XZCF" else "XK_JDRQ"
        for t in district.truth_of(entry):
            day = _day(spoken(table[t["line"]], entry["item"], decided))
            if day and not {"date_impossible", "date_in_future"} & set(t["defects"]):
                assert (working_days(day, received) > 7) == ("late" in t["defects"]), (entry["path"], t)
                late += "late" in t["defects"]
    assert late > 50


def working_days(decided: date, received: date) -> int:
    days = ((decided + timedelta(days=n + 1)) for n in range((received - decided).days))
    return sum(chinese_calendar.is_workday(day) for day in days)


def _day(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if str(cell).isdigit():
        return date(1899, 12, 30) + timedelta(days=int(cell))
    parts = str(cell).replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-").split("-")
    try:
        return date(*map(int, parts))
    except (ValueError, TypeError):
        return None


def test_ledgers_count_what_was_decided_handed_in_or_not(district: District, spoken: Cell) -> None:
    listed = json.loads((district.out / "reporting.json").read_text("utf-8"))
    owed = {(r["provider"], r["item"], r["month"]): r["owed"] for r in listed}
    told: Counter[tuple[str, str, str]] = Counter()
    for entry in district.taken("YBTZ"):
        for row in district.table(entry).values():
            key = tuple(spoken(row, "YBTZ", code) for code in ("YB_BMDM", "YB_SX", "YB_YF"))
            told[key] += int(float(spoken(row, "YBTZ", "YB_YBS")))
    assert {key: count for key, count in told.items() if count} == owed
    assert sum(r["forgotten"] for r in listed) > 0


def test_ledgers_agree_with_the_decisions_in_the_files(district: District) -> None:
    listed = json.loads((district.out / "reporting.json").read_text("utf-8"))
    for item in ("XZXK", "XZCF"):
        first = sum(
            not SECOND_ROWS & set(t["defects"])
            for entry in district.taken(item)
            for t in district.truth_of(entry)
        )
        assert first == sum(r["handed_in"] for r in listed if r["item"] == item)


def test_the_second_full_file_leaves_some_subjects_out(district: District) -> None:
    again = next(e for e in district.manifest if "full_again" in e["features"])
    first = next(e for e in district.manifest if e["mode"] == "全量" and e["provider"] == again["provider"])
    known = {t["subject"] for t in district.truth_of(first)}
    assert known - {t["subject"] for t in district.truth_of(again)}
    assert "duplicate" in {t["fate"] for t in district.truth_of(again)}


def test_the_readme_says_that_all_is_fiction(district: District) -> None:
    assert "虚构" in (district.out / "README.txt").read_text("utf-8")
