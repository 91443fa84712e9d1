"""Files for the benches: fast, large, and each row a function of seed and place."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sample_files import District

from sampledistrict import big_registration, big_xzcf, codes, legacy

CODE, NUMBER, CONTENT = 2, 13, 18


def lines(path: Path, encoding: str = "utf-8") -> list[list[str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("big") / "plain.csv"
    big_xzcf(path, rows=6000, seed=4, subjects=500)
    return path


def test_a_row_has_thirty_columns_and_about_five_hundred_bytes(plain: Path) -> None:
    table = lines(plain)
    assert {len(row) for row in table} == {30} and len(table) == 6001
    assert 450 < plain.stat().st_size / 6000 < 560


def test_neighbouring_starts_are_parts_of_one_stock(plain: Path, tmp_path: Path) -> None:
    parts = []
    for start, rows in ((0, 2500), (2500, 3500)):
        big_xzcf(tmp_path / "part.csv", rows=rows, seed=4, subjects=500, start=start)
        parts += lines(tmp_path / "part.csv")[1:]
    assert parts == lines(plain)[1:]


def test_small_chunks_give_the_same_file(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sampledistrict.big.CHUNK", 700)
    big_xzcf(tmp_path / "c.csv", rows=1500, seed=4, subjects=500, start=1000)
    assert lines(tmp_path / "c.csv")[1:] == lines(plain)[1001:2501]


def test_keys_are_distinct(plain: Path) -> None:
    numbers = [row[NUMBER] for row in lines(plain)[1:]]
    assert len(set(numbers)) == 6000


def test_changed_rows_keep_their_key(plain: Path, tmp_path: Path) -> None:
    summary = big_xzcf(tmp_path / "b.csv", rows=6000, seed=4, subjects=500, change_fraction=0.05)
    pairs = list(zip(lines(plain)[1:], lines(tmp_path / "b.csv")[1:], strict=True))
    changed = [(a, b) for a, b in pairs if a != b]
    assert len(changed) == summary.changed and 200 < summary.changed < 400
    assert all(a[:CONTENT] == b[:CONTENT] and a[CONTENT] != b[CONTENT] for a, b in changed)


def test_the_summary_counts_rows_bytes_and_defects(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    summary = big_xzcf(path, rows=20_000, seed=9, subjects=500)
    wrong = [r for r in lines(path)[1:] if codes.uscc_check(r[CODE].upper()[:17]) != r[CODE].upper()[17]]
    assert summary.bytes == path.stat().st_size and summary.rows == 20_000
    assert len(wrong) == summary.defects["code_substituted"] + summary.defects["code_swapped"]
    assert 100 < sum(summary.defects.values()) < 300
    assert sum(summary.expected.values()) == 20_000


def test_the_registration_names_every_subject_by_the_code_in_the_penalties(
    plain: Path, tmp_path: Path
) -> None:
    path = tmp_path / "registration.csv"
    summary = big_registration(path, subjects=500, seed=4)
    names = {row[3]: row[0] for row in lines(path)[1:]}
    rows = lines(plain)[1:]
    agree = sum(names.get(row[CODE]) == row[0] for row in rows)
    assert summary.rows == len(names) == 500
    assert agree > 0.985 * len(rows)
    assert all(code[8:10] == "YY" and "示例" in name for code, name in names.items())


def test_another_encoding_says_the_same(plain: Path, tmp_path: Path) -> None:
    big_xzcf(tmp_path / "g.csv", rows=6000, seed=4, subjects=500, encoding="gb18030")
    assert lines(tmp_path / "g.csv", "gb18030") == lines(plain)


def test_decisions_lie_within_the_years_asked_for(tmp_path: Path) -> None:
    big_xzcf(tmp_path / "y.csv", rows=500, subjects=50, year_range=(2022, 2023), defect_fraction=0.0)
    assert {row[22][:4] for row in lines(tmp_path / "y.csv")[1:]} == {"2022", "2023"}


def test_a_legacy_stock_has_exactly_the_records_asked_for(stock: District) -> None:
    assert sum(e["rows"] for e in stock.manifest) == stock.summary.rows == len(stock.truth) == 4000
    assert {e["mode"] for e in stock.manifest} == {"补录"}


def test_control_totals_are_the_rows_of_the_files(stock: District) -> None:
    table = lines(stock.out / "control-totals.csv")[1:]
    by_item: dict[str, int] = {}
    for item, _, count in table:
        by_item[item] = by_item.get(item, 0) + int(count)
    assert by_item == {e["item"]: e["rows"] for e in stock.manifest}


def test_a_legacy_file_uses_the_column_names_of_2016(stock: District) -> None:
    head = lines(stock.out / "files" / "XZCF.csv")[0]
    assert {"CF_XDR_ZDM", "CF_XDR_GSDJ", "CF_XDR_SFZ", "CF_FR", "CF_JG", "CF_XZJG", "DFBM", "SJC"} <= set(
        head
    )


def test_truth_of_a_legacy_stock_points_at_its_lines(stock: District) -> None:
    for entry in stock.manifest:
        assert [t["line"] for t in stock.truth_of(entry)] == sorted(stock.table(entry))


def test_a_legacy_stock_is_deterministic(stock: District, tmp_path: Path) -> None:
    legacy(tmp_path, records=4000, seed=7)
    assert (tmp_path / "manifest.json").read_bytes() == (stock.out / "manifest.json").read_bytes()
    assert (tmp_path / "truth.jsonl").read_bytes() == (stock.out / "truth.jsonl").read_bytes()
