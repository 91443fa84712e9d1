"""Corrections hit the record that was meant; a row attaches to nobody it should not."""

from __future__ import annotations

import pytest

from sampledistrict.codes import person_id, regno, uscc

CODE = "91500152YY00000282"
B = {"CF_XDR_MC": "重庆示例丙丁餐饮有限公司", "CF_XDR_SHXYM": uscc("91", "500152", "YY000010")}
DOC = "潼示罚〔2026〕1号"
PERSON = person_id("19800101", 1)


def fines(district, code=CODE):
    return [
        r["fields"].get("罚款金额（万元）") for r in district.archive(code).records if r["item"] != "DJZC"
    ]


def natural(penalty, **more):
    who = {"CF_XDR_MC": "示例某甲", "CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_FRDB": "",
           "CF_XDR_ZJLX": "身份证", "CF_XDR_ZJHM": PERSON}  # fmt: skip
    return penalty(**{**who, **more})


def test_a_correction_by_document_number_of_two_parties_hits_the_row_s_own_party(
    district, penalty, write_csv
):
    district.intake(write_csv([penalty(), penalty(**B, 操作="新增")]), "XZCF")
    fixed = penalty(CF_NR_FK="0.7", 操作="更正", 原记录号=DOC)
    district.intake(write_csv([fixed], "b.csv"), "XZCF")
    assert (fines(district), fines(district, B["CF_XDR_SHXYM"])) == (["0.7"], ["0.2"])


def test_a_document_number_that_names_two_records_is_not_guessed_at(district, penalty, write_csv):
    district.intake(write_csv([penalty(), penalty(**B, 操作="新增")]), "XZCF")
    c = {"CF_XDR_MC": "重庆示例戊己有限公司", "CF_XDR_SHXYM": uscc("91", "500152", "YY000011")}
    r = district.intake(write_csv([penalty(**c, 操作="更正", 原记录号=DOC)], "b.csv"), "XZCF")
    assert r.corrected == 0 and (fines(district), fines(district, B["CF_XDR_SHXYM"])) == (["0.2"], ["0.2"])


def test_withdrawing_by_document_number_of_two_parties_hits_the_row_s_own_party(district, penalty, write_csv):
    district.intake(write_csv([penalty(), penalty(**B, 操作="新增")]), "XZCF")
    district.intake(write_csv([penalty(操作="撤销", 原记录号=DOC)], "b.csv"), "XZCF")
    assert (fines(district), fines(district, B["CF_XDR_SHXYM"])) == ([], ["0.2"])


def test_a_third_party_of_a_document_is_held_though_the_second_was_withdrawn(district, penalty, write_csv):
    district.intake(write_csv([penalty(), penalty(**B, 操作="新增")]), "XZCF")
    district.intake(write_csv([penalty(**B, 操作="撤销")], "b.csv"), "XZCF")
    c = {"CF_XDR_MC": "重庆示例戊己有限公司", "CF_XDR_SHXYM": uscc("91", "500152", "YY000011")}
    assert district.intake(write_csv([penalty(**c)], "c.csv"), "XZCF").held == 1


def test_a_correction_onto_another_record_s_key_makes_no_double(district, penalty, write_csv):
    district.intake(write_csv([penalty(), penalty(CF_WSH="乙2号", CF_NR_FK="0.5")]), "XZCF")
    moved = penalty(CF_WSH="乙2号", CF_NR_FK="0.6", 操作="更正", 原记录号=DOC)
    r = district.intake(write_csv([moved], "b.csv"), "XZCF")
    numbers = [x["fields"]["行政处罚决定书文号"] for x in district.archive(CODE).records]
    assert sorted(numbers) == sorted(set(numbers)), r.as_json()


def test_another_item_s_record_number_withdraws_nothing(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    record = district.archive(CODE).records[0]["record"]
    licence = {"行政相对人名称": "x", "操作": "撤销", "原记录号": record, "许可决定文书号": "y",
               "许可内容": "", "许可机关": ""}  # fmt: skip
    r = district.intake(write_csv([licence], "b.csv"), "XZXK")
    assert (r.revoked, r.rejected, fines(district)) == (0, 1, ["0.2"])


def test_another_provider_s_record_is_not_withdrawn_by_its_number(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF", provider="SCJG")
    record = district.archive(CODE).records[0]["record"]
    r = district.intake(
        write_csv([{"行政相对人名称": "x", "文书号": "", "行政处罚决定书文号": "y", "处罚内容": "z",
                    "操作": "撤销", "原记录号": record}], "b.csv"), "XZCF", provider="MZJ",
    )  # fmt: skip
    assert (r.revoked, fines(district)) == (0, ["0.2"])


def test_new_with_a_prior_record_number_is_not_taken_for_a_correction(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    both = penalty(CF_WSH="乙2号", 操作="新增", 原记录号=DOC)
    assert district.intake(write_csv([both], "b.csv"), "XZCF").corrected == 0


def test_a_correction_by_record_number_that_changes_the_subject_moves_the_record(
    district, penalty, write_csv
):
    district.intake(write_csv([penalty()]), "XZCF")
    record = district.archive(CODE).records[0]["record"]
    r = district.intake(write_csv([penalty(**B, 操作="更正", 原记录号=record)], "b.csv"), "XZCF")
    assert (r.corrected, fines(district), fines(district, B["CF_XDR_SHXYM"])) == (1, [], ["0.2"])


def test_a_full_submission_does_not_miss_a_record_whose_key_was_corrected(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF", provider="SCJG")
    fixed = penalty(CF_JDRQ="2026-11-17", 操作="更正", 原记录号=DOC)
    district.intake(write_csv([fixed], "b.csv"), "XZCF", provider="SCJG")
    whole = district.intake(
        write_csv([penalty(CF_JDRQ="2026-11-17")], "c.csv"), "XZCF", provider="SCJG", mode="全量"
    )
    assert (whole.duplicates, whole.missing) == (1, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"操作": "增加"},
        {"操作": "撤销"},
        {"操作": "更正", "原记录号": "没有这个号"},
    ],
)
def test_a_row_that_goes_back_opens_no_subject(district, penalty, write_csv, changes):
    assert district.intake(write_csv([penalty(**changes)]), "XZCF").rejected == 1
    assert not district.archive(CODE).found
    other = penalty(CF_XDR_MC="重庆示例真名有限公司")
    assert district.intake(write_csv([other], "b.csv"), "XZCF").new == 1


def test_a_held_row_opens_no_subject(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    assert district.intake(write_csv([penalty(**B)], "b.csv"), "XZCF").held == 1
    other = {"CF_XDR_SHXYM": B["CF_XDR_SHXYM"], "CF_XDR_MC": "重庆示例真名有限公司", "CF_WSH": "丁4号"}
    assert district.intake(write_csv([penalty(**other)], "c.csv"), "XZCF").new == 1


@pytest.mark.parametrize("kind", ["个人", "2"])
def test_an_old_spelling_of_natural_person_means_a_natural_person(district, penalty, write_csv, kind):
    r = district.intake(write_csv([natural(penalty, CF_XDR_LB=kind)]), "XZCF")
    assert r.new == 1, r.rules


@pytest.mark.parametrize("kind", ["法人", "1", "个体户"])
def test_an_old_spelling_of_the_kind_is_bound_by_the_same_rules(district, penalty, write_csv, kind):
    bare = penalty(CF_XDR_LB=kind, CF_XDR_SHXYM="", CF_XDR_GSZC=regno("500152", 77), CF_FRDB="")
    r = district.intake(write_csv([bare]), "XZCF")
    assert r.rejected == 1 and "required_when" in r.rules, r.rules


@pytest.mark.parametrize("kind", ["居民身份证", "01", "111"])
def test_an_old_spelling_of_identity_card_has_its_check_digit_checked(district, penalty, write_csv, kind):
    wrong = PERSON[:-1] + ("1" if PERSON[-1] != "1" else "2")
    r = district.intake(write_csv([natural(penalty, CF_XDR_ZJLX=kind, CF_XDR_ZJHM=wrong)]), "XZCF")
    assert "person_id_invalid" in r.rules


def test_fifteen_and_eighteen_digits_of_one_person_are_one_subject(district, penalty, write_csv):
    short = PERSON[:6] + PERSON[8:17]
    district.intake(write_csv([natural(penalty)]), "XZCF")
    r = district.intake(write_csv([natural(penalty, CF_XDR_ZJHM=short, CF_WSH="乙")], "b.csv"), "XZCF")
    assert r.new == 1 and len(district.archive(PERSON).records) == 2
    assert len(district.archive(short).records) == 2


def test_a_passport_identifies_a_person(district, penalty, write_csv):
    r = district.intake(write_csv([natural(penalty, CF_XDR_ZJLX="护照", CF_XDR_ZJHM="e12345678")]), "XZCF")
    assert r.new == 1 and "E12345678" not in str(district.archive("E12345678").as_json())
    assert len(district.archive("E12345678").records) == 1


def test_a_placeholder_with_another_name_for_a_known_registration_number_is_held(
    district, penalty, write_csv
):
    base = {"CF_XDR_LB": "个体工商户", "CF_XDR_SHXYM": "0" * 17 + "X", "CF_XDR_GSZC": regno("500152", 77)}
    assert district.intake(write_csv([penalty(**base)]), "XZCF").new == 1
    other = penalty(**base, CF_XDR_MC="示例小吃店", CF_WSH="乙")
    assert district.intake(write_csv([other], "b.csv"), "XZCF").held == 1


def test_two_names_for_one_code_in_a_registration_file_do_not_both_stand(
    district, penalty, registration, write_csv
):
    district.intake(write_csv([penalty()]), "XZCF")  # provisional
    rows = [registration(), registration(主体名称="重庆示例真名有限公司")]
    r = district.intake(write_csv(rows, "r.csv"), "DJZC")
    assert (r.new, r.held) == (1, 1)


def test_an_older_registration_does_not_change_the_name_back(district, registration, write_csv):
    new = registration(主体名称="重庆示例新名有限公司", 曾用名="重庆示例旧名有限公司", 核准日期="2024-01-02")
    district.intake(write_csv([new], "r.csv"), "DJZC")
    old = registration(主体名称="重庆示例旧名有限公司", 核准日期="2020-01-02")
    district.intake(write_csv([old], "old.csv"), "DJZC", mode="补录")
    assert district.archive(CODE).subject["name"] == "重庆示例新名有限公司"


def test_a_name_change_without_the_former_name_is_held(district, registration, write_csv):
    district.intake(write_csv([registration()], "r.csv"), "DJZC")
    r = district.intake(write_csv([registration(主体名称="重庆示例新名有限公司")], "b.csv"), "DJZC")
    assert r.held == 1


def test_records_taken_away_by_a_registration_are_a_task_of_their_provider(
    district, penalty, registration, write_csv
):
    from xinyong.collection.returned import open_batches

    first = district.intake(write_csv([penalty()]), "XZCF", provider="SCJG")
    district.intake(write_csv([registration(主体名称="重庆示例真名有限公司")], "r.csv"), "DJZC")
    assert [b["submission"] for b in open_batches(district.connect(), "")] == [first.submission]


def test_a_withdrawn_registration_no_longer_confirms(district, registration, write_csv):
    district.intake(write_csv([registration()], "r.csv"), "DJZC")
    district.intake(write_csv([registration(操作="撤销")], "b.csv"), "DJZC")
    assert not district.archive(CODE, role="public").found


def test_registration_joins_the_old_registration_number_to_the_code(
    district, penalty, registration, write_csv
):
    number = regno("500152", 77)
    row = penalty(CF_XDR_LB="个体工商户", CF_XDR_SHXYM="0" * 17 + "X", CF_XDR_GSZC=number)
    district.intake(write_csv([row]), "XZCF")
    district.intake(write_csv([registration(注册号=number)], "r.csv"), "DJZC")
    assert fines(district) == ["0.2"] and len(fines(district, number)) == 1


def test_two_decisions_in_one_document_about_one_subject_are_both_kept(district, penalty, write_csv):
    rows = [penalty(), penalty(CF_CFLB="没收违法所得", CF_NR="没收违法所得", CF_NR_FK="", CF_NR_WFFF="1")]
    r = district.intake(write_csv(rows), "XZCF")
    assert len(district.archive(CODE).records) == 2 or r.held == 1, r.as_json()


def test_a_code_with_spaces_or_hyphens_in_it_is_normalised(district, penalty, write_csv):
    rows = [
        penalty(CF_XDR_SHXYM="９１５００１５２ｙｙ００００ 0282"),
        penalty(CF_XDR_SHXYM=" 91500152-YY0000028-2", CF_WSH="乙"),
    ]
    r = district.intake(write_csv(rows), "XZCF")
    assert r.new == 2, r.rules
