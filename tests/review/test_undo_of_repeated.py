"""What a standing file repeated stays when the first file is undone, and goes when the last one is."""

from __future__ import annotations

from datetime import UTC, datetime

CODE = "91500152YY00000282"
DOC = "潼示罚〔2026〕1号"


def fines(district, **options):
    records = district.archive(CODE, **options).records
    return sorted(r["fields"].get("罚款金额（万元）") for r in records if r["item"] == "XZCF")


def hand_in(district, write_csv, name, *rows, item="XZCF"):
    return district.intake(write_csv(list(rows), f"{name}.csv"), item)


def test_once_the_last_file_that_said_so_is_undone_it_is_gone(district, penalty, write_csv, undo):
    files = [hand_in(district, write_csv, n, penalty(BZ=" " * n)) for n in range(3)]
    assert [f.duplicates for f in files] == [0, 1, 1]
    seen = []
    for receipt in (files[0], files[1], files[2]):
        undo(receipt)
        seen.append(fines(district))
    assert seen == [["0.2"], ["0.2"], []]


def test_a_file_that_came_after_the_undo_and_repeated_it_counts_too(district, penalty, write_csv, undo):
    first = hand_in(district, write_csv, "a", penalty())
    second = hand_in(district, write_csv, "b", penalty(BZ=" "))
    undo(first)
    hand_in(district, write_csv, "c", penalty(BZ="  "))
    undo(second)
    assert fines(district) == ["0.2"]


def test_an_undone_correction_goes_back_to_what_a_standing_file_repeated(district, penalty, write_csv, undo):
    first = hand_in(district, write_csv, "a", penalty())
    hand_in(district, write_csv, "b", penalty(BZ=" "))
    third = hand_in(district, write_csv, "c", penalty(CF_NR_FK="0.9"))
    undo(first)
    assert fines(district) == ["0.9"]
    undo(third)
    assert fines(district) == ["0.2"]


def test_a_repeated_correction_stays_corrected(district, penalty, write_csv, undo):
    hand_in(district, write_csv, "a", penalty())
    second = hand_in(district, write_csv, "b", penalty(CF_NR_FK="0.9"))
    third = hand_in(district, write_csv, "c", penalty(CF_NR_FK="0.9", BZ=" "))
    undo(second)
    assert fines(district) == ["0.9"]
    undo(third)
    assert fines(district) == ["0.2"]


def test_only_the_rows_that_were_repeated_stay(district, penalty, write_csv, undo):
    rows = [penalty(CF_WSH=f"{n}号", CF_NR_FK=f"0.{n}") for n in range(1, 6)]
    first = hand_in(district, write_csv, "a", *rows)
    hand_in(district, write_csv, "b", rows[1], rows[3], penalty(CF_WSH="九号", CF_NR_FK="0.9"))
    receipt = undo(first)
    assert (receipt.revoked, fines(district)) == (3, ["0.2", "0.4", "0.9"])


def test_past_answers_stay_through_it_all(district, penalty, write_csv, undo):
    moments, expected = [], []

    def note():
        moments.append(datetime.now(UTC))
        expected.append(fines(district))

    note()
    files = [hand_in(district, write_csv, n, penalty(BZ=" " * n)) for n in range(2)]
    for receipt in files:
        note()
        undo(receipt)
    note()
    assert [fines(district, known_at=m) for m in moments] == expected == [[], ["0.2"], ["0.2"], []]


def test_a_repeated_key_correction_keeps_its_key(district, penalty, write_csv, undo):
    hand_in(district, write_csv, "a", penalty())
    moved = penalty(CF_JDRQ="2026-11-17")
    second = hand_in(district, write_csv, "b", {**moved, "操作": "更正", "原记录号": DOC})
    third = hand_in(district, write_csv, "c", moved)
    assert third.duplicates == 1
    undo(second)
    later = hand_in(district, write_csv, "d", {**moved, "CF_NR_FK": "0.4"})
    assert (later.corrected, later.held, fines(district)) == (1, 0, ["0.4"])


def test_a_repeated_registration_still_confirms_and_names(district, registration, write_csv, undo):
    first = hand_in(district, write_csv, "a", registration(曾用名="重庆示例旧名有限公司"), item="DJZC")
    second = hand_in(district, write_csv, "b", registration(曾用名="重庆示例旧名有限公司 "), item="DJZC")
    assert second.duplicates == 1
    moment, before = datetime.now(UTC), district.archive(CODE).names
    undo(first)
    answer = district.archive(CODE, role="public")
    assert answer.found and [n["name"] for n in answer.names] == [n["name"] for n in before]
    assert district.archive(CODE, known_at=moment).names == before
    undo(second)
    assert not district.archive(CODE, role="public").found and not district.archive(CODE).found


def test_a_registration_corrected_since_still_confirms_when_the_first_is_undone(
    district, registration, write_csv, undo
):
    first = hand_in(district, write_csv, "a", registration(), item="DJZC")
    hand_in(district, write_csv, "b", registration(住所="示例路2号"), item="DJZC")
    undo(first)
    answer = district.archive(CODE, role="public")
    assert answer.found and answer.subject["name"] == "重庆示例甲乙商贸有限公司"


def test_a_repeated_ledger_row_still_says_what_is_owed(district, write_csv, undo):
    from datetime import date

    from xinyong.collection.ledger import reporting

    TZ = district.book.code_sets["TZLX"].values[0]
    row = {"部门统一社会信用代码": "11500152YY0000239R", "部门名称": "潼南区市场监督管理局", "事项代码": "XZCF",
           "月份": "2026-11", "应报数": "3", "零报告": "否", "台账来源": TZ, "填报日期": "2026-11-20"}  # fmt: skip
    first = hand_in(district, write_csv, "a", row, item="YBTZ")
    second = hand_in(district, write_csv, "b", {**row, "备注": ""}, item="YBTZ")
    assert (first.new, second.duplicates) == (1, 1)
    ask = lambda: reporting(district.connect(), "XZCF", "11500152YY0000239R", date(2026, 11, 1))["owed"]  # noqa: E731
    undo(first)
    assert ask() == 3
    undo(second)
    assert ask() is None


def test_a_file_whose_original_is_gone_is_named_in_the_receipt(district, penalty, write_csv, undo):
    first = hand_in(district, write_csv, "a", penalty())
    second = hand_in(district, write_csv, "b", penalty(BZ=" "))
    district.owner().execute(
        "UPDATE vault_object SET wrapped_key = '' WHERE name ="
        " (SELECT vault_name FROM submission WHERE id = %s)", [second.submission],
    )  # fmt: skip
    receipt = undo(first)
    assert fines(district) == [] and any(
        f"批次 {second.submission} 也有计为重复的行" in n for n in receipt.notes
    )


def test_a_file_handed_in_without_duplicates_is_not_read_again(
    district, penalty, write_csv, undo, monkeypatch
):
    from xinyong.collection import repeated

    first = hand_in(district, write_csv, "a", penalty())
    hand_in(district, write_csv, "b", penalty(CF_WSH="乙"))
    monkeypatch.setattr(repeated, "keys_of", lambda *a: 1 / 0)
    undo(first)
    assert len(fines(district)) == 1
