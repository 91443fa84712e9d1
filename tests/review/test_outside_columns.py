"""Columns that the catalogue does not know: nothing of them is taken in, but a person is told what stands there."""

from __future__ import annotations

import pytest


def reviewed(district):
    rows = district.owner().execute(
        "SELECT line, sheet, suggestion FROM problem WHERE rule = 'prohibited_content' ORDER BY id"
    )
    return rows.fetchall()


def test_prohibited_content_in_an_unknown_column_of_a_mixed_item_is_flagged(district, penalty, write_csv):
    rows = [penalty(补充说明="一切正常"), penalty(CF_WSH="乙", 补充说明="当事人患有艾滋病")]
    r = district.intake(write_csv(rows), "XZCF")
    assert (r.new, r.warnings, r.rules["prohibited_content"]) == (2, 1, 1)
    ((line, sheet, suggestion),) = reviewed(district)
    assert (line, sheet) == (3, "") and "补充说明" in suggestion


@pytest.mark.parametrize("headers", [("补充说明", "补充说明"), ("", "说明")])
def test_it_is_found_under_a_header_that_stands_twice_or_is_missing(district, penalty, tmp_path, headers):
    import csv

    row = penalty()
    path = tmp_path / "m.csv"
    with open(path, "w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f)
        writer.writerow([*row, *headers])
        writer.writerow([*row.values(), "患有艾滋病", "无"])
    r = district.intake(path, "XZCF")
    assert r.new == 1 and [line for line, _, _ in reviewed(district)] == [2], r.rules


def test_it_is_found_on_the_sheet_where_it_stands(district, penalty, tmp_path):
    import xlsxwriter

    path = tmp_path / "m.xlsx"
    sheets = {"一": penalty(), "二": penalty(CF_WSH="乙", 情况="患有艾滋病")}
    with xlsxwriter.Workbook(str(path)) as book:
        for title, row in sheets.items():
            page = book.add_worksheet(title)
            for at, (header, value) in enumerate(row.items()):
                page.write(0, at, header)
                page.write(1, at, value)
    r = district.intake(path, "XZCF")
    assert r.new == 2 and [found[:2] for found in reviewed(district)] == [(2, "二")]


def test_a_file_of_known_columns_is_not_read_a_second_time(district, penalty, write_csv, monkeypatch):
    from xinyong.collection import outside

    monkeypatch.setattr(outside, "_parts", lambda *a: 1 / 0)
    assert district.intake(write_csv([penalty()]), "XZCF").new == 1
