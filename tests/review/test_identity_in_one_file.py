"""Whose name counts for a code, and which record has a key that another one has left."""

from __future__ import annotations

import pytest

from sampledistrict.codes import uscc

CODE = "91500152YY00000282"
DOC = "潼示罚〔2026〕1号"
WRONG = "重庆示例错名有限公司"


def fines(district, code=CODE):
    return sorted(r["fields"].get("罚款金额（万元）") for r in district.archive(code).records)


@pytest.mark.parametrize(
    "bad",
    [{"操作": "增加"}, {"操作": "新增", "原记录号": DOC}, {"操作": "撤销"}, {"CF_JDRQ": "不详"},
     {"操作": "更正", "原记录号": "没有这个号"}],
)  # fmt: skip
@pytest.mark.parametrize("order", [1, -1])
def test_a_row_that_goes_back_does_not_name_an_unknown_code(district, penalty, write_csv, bad, order):
    rows = [penalty(CF_XDR_MC=WRONG, CF_WSH="坏", **bad), penalty()][::order]
    r = district.intake(write_csv(rows), "XZCF")
    assert r.new == 1 and district.archive(CODE).subject["name"] == "重庆示例甲乙商贸有限公司", r.rules


def test_withdrawing_what_an_unknown_code_never_had_says_that_there_is_no_record(
    district, penalty, write_csv
):
    r = district.intake(write_csv([penalty(操作="撤销")]), "XZCF")
    assert r.rules == {"unknown_record": 1}


def test_a_row_that_withdraws_without_saying_whose_goes_back(district, penalty, write_csv):
    r = district.intake(write_csv([penalty(操作="撤销", CF_XDR_SHXYM="")]), "XZCF")
    assert r.rejected == 1 and "no_identity" in r.rules


def test_a_subject_whose_registration_was_withdrawn_takes_the_next_registered_name(
    district, registration, write_csv
):
    district.intake(write_csv([registration(主体名称=WRONG)], "a.csv"), "DJZC")
    district.intake(write_csv([registration(主体名称=WRONG, 操作="撤销")], "b.csv"), "DJZC")
    r = district.intake(write_csv([registration(核准日期="2019-06-01")], "c.csv"), "DJZC")
    answer = district.archive(CODE, role="public")
    assert (r.new, [n["name"] for n in answer.names]) == (1, ["重庆示例甲乙商贸有限公司"])


def test_records_under_the_withdrawn_name_are_held_when_another_is_registered(
    district, penalty, registration, write_csv
):
    district.intake(write_csv([registration(主体名称=WRONG)], "a.csv"), "DJZC")
    district.intake(write_csv([penalty(CF_XDR_MC=WRONG)], "p.csv"), "XZCF")
    district.intake(write_csv([registration(主体名称=WRONG, 操作="撤销")], "b.csv"), "DJZC")
    district.intake(write_csv([registration()], "c.csv"), "DJZC")
    assert [r["item"] for r in district.archive(CODE).records] == ["DJZC"]
    assert district.one("SELECT count(*) FROM held_row") == 1


def test_withdrawn_and_registered_again_in_one_file_it_stays_confirmed(district, registration, write_csv):
    district.intake(write_csv([registration(曾用名="重庆示例旧名有限公司")], "a.csv"), "DJZC")
    rows = [registration(操作="撤销"), registration(操作="新增", 住所="示例路2号")]
    district.intake(write_csv(rows, "b.csv"), "DJZC")
    names = [n["name"] for n in district.archive(CODE, role="public").names]
    assert names == ["重庆示例甲乙商贸有限公司", "重庆示例旧名有限公司"]


def moved(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    fixed = penalty(CF_JDRQ="2026-11-17", 操作="更正", 原记录号=DOC)
    district.intake(write_csv([fixed], "moved.csv"), "XZCF")


def test_a_row_under_a_key_that_was_left_is_held_with_the_ways_out(district, penalty, write_csv):
    moved(district, penalty, write_csv)
    r = district.intake(write_csv([penalty(CF_NR_FK="0.5")], "c.csv"), "XZCF")
    suggestion = district.one("SELECT suggestion FROM problem WHERE level = 'held'")
    assert r.held == 1 and "后已更正为别的编号" in suggestion and "操作=新增" in suggestion


def test_a_new_decision_under_a_key_that_was_left_is_a_record_of_its_own(district, penalty, write_csv):
    moved(district, penalty, write_csv)
    fresh = penalty(CF_NR_FK="0.5", 操作="新增")
    assert district.intake(write_csv([fresh], "c.csv"), "XZCF").new == 1
    assert fines(district) == ["0.2", "0.5"]
    again = district.intake(write_csv([penalty(CF_NR_FK="0.5", BZ=" ")], "d.csv"), "XZCF")
    changed = district.intake(write_csv([penalty(CF_NR_FK="0.6")], "e.csv"), "XZCF")
    other = district.intake(write_csv([penalty(CF_JDRQ="2026-11-17", CF_NR_FK="0.7")], "f.csv"), "XZCF")
    assert (again.duplicates, changed.corrected, other.corrected) == (1, 1, 1)
    assert fines(district) == ["0.6", "0.7"]


def test_each_of_two_records_of_a_key_is_reached_by_its_own_number(district, penalty, write_csv):
    moved(district, penalty, write_csv)
    district.intake(write_csv([penalty(CF_NR_FK="0.5", 操作="新增")], "c.csv"), "XZCF")
    numbers = {r["fields"]["罚款金额（万元）"]: r["record"] for r in district.archive(CODE).records}
    assert len(set(numbers.values())) == 2
    for fine, number in numbers.items():
        row = penalty(CF_WSH="随便", 操作="撤销", 原记录号=number)
        assert district.intake(write_csv([row], f"{fine}.csv"), "XZCF").revoked == 1
        numbers[fine] = ""
    assert fines(district) == []


def test_undoing_the_new_one_frees_its_number_for_the_next(district, penalty, write_csv, undo):
    moved(district, penalty, write_csv)
    fresh = penalty(CF_NR_FK="0.5", 操作="新增")
    undo(district.intake(write_csv([fresh], "c.csv"), "XZCF"))
    assert fines(district) == ["0.2"]
    assert district.intake(write_csv([{**fresh, "CF_NR_FK": "0.6"}], "d.csv"), "XZCF").new == 1
    assert fines(district) == ["0.2", "0.6"]


def test_a_key_left_twice_has_three_records(district, penalty, write_csv):
    moved(district, penalty, write_csv)
    district.intake(write_csv([penalty(CF_NR_FK="0.5", 操作="新增")], "c.csv"), "XZCF")
    second = next(
        r["record"] for r in district.archive(CODE).records if r["fields"]["罚款金额（万元）"] == "0.5"
    )
    away = penalty(CF_NR_FK="0.5", CF_JDRQ="2026-11-16", 操作="更正", 原记录号=second)
    assert district.intake(write_csv([away], "d.csv"), "XZCF").corrected == 1
    assert district.intake(write_csv([penalty(CF_NR_FK="0.8", 操作="新增")], "e.csv"), "XZCF").new == 1
    assert fines(district) == ["0.2", "0.5", "0.8"]


@pytest.mark.parametrize("code", ["CF_SY", "CF_NR", "CF_WFXW"])
def test_rows_of_one_key_and_file_that_say_another_thing_do_not_correct_one_another(
    district, penalty, write_csv, code
):
    r = district.intake(write_csv([penalty(), penalty(**{code: "另一违法行为"})]), "XZCF")
    assert (r.new, r.corrected, r.held) == (1, 0, 1)


@pytest.fixture
def inspection():
    def make(**more):
        row = {"行政相对人名称": "重庆示例甲乙商贸有限公司", "行政相对人类别": "法人及非法人组织",
               "统一社会信用代码": CODE, "法定代表人": "示例甲"}  # fmt: skip
        return {**row, **more}

    return make


def test_matters_of_one_inspection_stand_beside_one_another(district, inspection, write_csv):
    item = district.book.item("XZJC", __import__("datetime").date(2026, 11, 1))
    base = inspection()
    for f in item.fields:
        if f.required is True and f.name not in base and not any(a in base for a in f.aliases):
            base[f.name] = _filled(f, district.book)
    matter = next(f.name for f in item.fields if f.code == "JC_SX")
    first = district.intake(write_csv([{**base, matter: "消防"}], "a.csv"), "XZJC")
    rows = [{**base, matter: "消防"}, {**base, matter: "卫生"}, {**base, matter: "用电"}]
    second = district.intake(write_csv(rows, "b.csv"), "XZJC")
    assert (first.new, second.new, second.duplicates, second.held) == (1, 2, 1, 0), (
        first.rules,
        second.rules,
    )
    other = {**base, matter: "环保", "行政相对人名称": "重庆示例丙丁餐饮有限公司",
             "统一社会信用代码": uscc("91", "500152", "YY000010")}  # fmt: skip
    assert district.intake(write_csv([other], "c.csv"), "XZJC").held == 1


def _filled(f, book):
    if f.type == "date":
        return "2026-11-17"
    if f.check == "uscc":
        return "11500152YY0000239R"
    if f.code_set:
        return book.code_sets[f.code_set].values[0]
    return "示例"
