"""A file that lacks a column says nothing of it; a column that is there and empty says that there is nothing."""

from __future__ import annotations

from datetime import date

from sampledistrict.codes import uscc

CODE = "91500152YY00000282"
B = {"CF_XDR_MC": "重庆示例丙丁餐饮有限公司", "CF_XDR_SHXYM": uscc("91", "500152", "YY000010")}
DOC = "潼示罚〔2026〕1号"


def fields(district, code=CODE):
    return district.archive(code).records[0]["fields"]


def without(row, *codes):
    return {k: v for k, v in row.items() if k not in codes}


def test_a_column_that_is_there_and_empty_empties_the_field(district, penalty, write_csv):
    district.intake(write_csv([penalty(失信程度="一般", BZ="有")]), "XZCF")
    r = district.intake(write_csv([penalty(失信程度="", BZ="有")], "b.csv"), "XZCF")
    assert r.corrected == 1 and "失信程度" not in fields(district)


def test_an_equal_row_from_a_file_that_lacks_columns_is_a_duplicate(district, penalty, write_csv):
    district.intake(write_csv([penalty(失信程度="一般", BZ="有")]), "XZCF")
    r = district.intake(write_csv([penalty()], "b.csv"), "XZCF")
    assert (r.corrected, r.duplicates) == (0, 1)


def test_the_leaf_is_that_of_the_row_with_what_was_carried_over(district, penalty, write_csv):
    from hashlib import sha256

    district.intake(write_csv([penalty(失信程度="一般")]), "XZCF")
    district.intake(write_csv([penalty(CF_NR_FK="0.3")], "b.csv"), "XZCF")
    row = district.owner().execute("SELECT salt, leaf, payload FROM record_version WHERE seq = 2").fetchone()
    assert "一般" in row[2] and sha256(row[0].hex().encode() + row[2].encode()).digest() == row[1]


def test_what_was_carried_over_is_known_again_in_a_whole_file(district, penalty, write_csv):
    district.intake(write_csv([penalty(失信程度="一般")]), "XZCF")
    district.intake(write_csv([penalty(CF_NR_FK="0.3")], "b.csv"), "XZCF")
    r = district.intake(write_csv([penalty(CF_NR_FK="0.3", 失信程度="一般")], "c.csv"), "XZCF")
    assert (r.corrected, r.duplicates) == (0, 1)


def test_a_named_correction_carries_over_too(district, penalty, write_csv):
    district.intake(write_csv([penalty(失信程度="一般")]), "XZCF")
    moved = penalty(CF_JDRQ="2026-11-17", 操作="更正", 原记录号=DOC)
    district.intake(write_csv([moved], "b.csv"), "XZCF")
    assert (fields(district)["失信程度"], fields(district)["处罚决定日期"]) == ("一般", "2026-11-17")


def test_a_date_that_is_carried_over_still_bounds_the_record(district, penalty, write_csv):
    old = penalty(CF_JDRQ="2024-01-08", CF_YXQ="2025-01-08")
    district.intake(write_csv([old]), "XZCF", mode="补录")
    changed = without({**old, "CF_NR_FK": "0.3"}, "CF_YXQ")
    r = district.intake(write_csv([changed], "b.csv"), "XZCF", mode="补录")
    assert r.corrected == 1
    assert district.one("SELECT valid_to FROM record_version WHERE seq = 2") == date(2025, 1, 8)


def test_another_subject_does_not_inherit_who_stood_for_the_first(district, penalty, write_csv):
    district.intake(write_csv([penalty(CF_XDR_SYDW="示例证1", 失信程度="一般")]), "XZCF")
    moved = penalty(**B, 操作="更正", 原记录号=DOC)
    assert district.intake(write_csv([moved], "b.csv"), "XZCF").corrected == 1
    found = fields(district, B["CF_XDR_SHXYM"])
    assert found["失信程度"] == "一般" and "示例证1" not in found.values()


def test_a_revoked_record_given_again_is_what_the_new_file_says(district, penalty, write_csv):
    district.intake(write_csv([penalty(失信程度="一般")]), "XZCF")
    district.intake(write_csv([penalty(操作="撤销")], "b.csv"), "XZCF")
    district.intake(write_csv([penalty()], "c.csv"), "XZCF")
    assert "失信程度" not in fields(district)


def test_sheets_with_different_columns_each_speak_for_theirs(district, penalty, tmp_path):
    import xlsxwriter

    def book(name, sheets):
        path = tmp_path / name
        with xlsxwriter.Workbook(str(path)) as made:
            for title, row in sheets.items():
                page = made.add_worksheet(title)
                for at, (header, value) in enumerate(row.items()):
                    page.write(0, at, header)
                    page.write(1, at, value)
        return path

    both = {"一": penalty(失信程度="一般"), "二": penalty(CF_WSH="乙2号", 失信程度="一般")}
    district.intake(book("a.xlsx", both), "XZCF")
    later = {"一": penalty(CF_NR_FK="0.3"), "二": penalty(CF_WSH="乙2号", CF_NR_FK="0.3", 失信程度="")}
    r = district.intake(book("b.xlsx", later), "XZCF")
    degrees = {x["fields"]["行政处罚决定书文号"]: x["fields"].get("失信程度")
               for x in district.archive(CODE).records}  # fmt: skip
    assert (r.corrected, degrees) == (2, {DOC: "一般", "乙2号": None})


def test_a_file_of_another_generation_does_not_contradict_itself_by_what_it_carries_over():
    """Unit: what must be empty beside what the row says is not carried over."""
    from xinyong.catalog.loading import load_rulebook
    from xinyong.collection.carrying import Reading
    from xinyong.kernel import canonical

    item = load_rulebook().item("XZCF", date(2026, 11, 1))
    codes = [f.code for f in item.fields]
    layout = canonical.layout_id(item.code, codes)
    mine = {"CF_XDR_LB": "自然人", "CF_WSH": "甲"}
    row = {"_sheet": "", "_payload": canonical.pack(layout, codes, mine)}
    known = {"CF_FRDB": "示例甲", "BZ": "有", "CF_XDR_LB": "法人及非法人组织"}
    reading = Reading(item, {"": frozenset({"CF_FRDB", "BZ"})})
    carried = reading.carried(row, known, {layout: codes}, same_subject=True)
    assert canonical.unpack(carried["_payload"], {layout: codes}) == {**mine, "BZ": "有"}
