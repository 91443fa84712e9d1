"""Rows that mean a record by its number or document, and what an undo leaves of them."""

from __future__ import annotations

from sampledistrict.codes import uscc

CODE = "91500152YY00000282"
DOC = "潼示罚〔2026〕1号"
PARTIES = [
    {"CF_XDR_MC": f"重庆示例{name}有限公司", "CF_XDR_SHXYM": uscc("91", "500152", body)}
    for name, body in (("丙丁餐饮", "YY000010"), ("戊己", "YY000011"), ("庚辛", "YY000012"))
]


def fines(district, code=CODE):
    return [r["fields"].get("罚款金额（万元）") for r in district.archive(code).records]


def undo(district, receipt):
    from datetime import UTC, datetime

    from xinyong.collection.undo import undo as reverse
    from xinyong.foundation.audit import Who

    c = district.connect(autocommit=False)
    return reverse(c, receipt.submission, "误报", Who("甲", "center"), datetime.now(UTC))


def test_each_of_four_parties_of_a_document_is_reached_by_its_number(district, penalty, write_csv):
    rows = [penalty(), *(penalty(**p, 操作="新增") for p in PARTIES)]
    district.intake(write_csv(rows[:2]), "XZCF")
    assert district.intake(write_csv(rows, "b.csv"), "XZCF").new == 2
    for at, party in enumerate(PARTIES):
        fixed = penalty(**party, CF_NR_FK=f"0.{at + 5}", 操作="更正", 原记录号=DOC)
        assert district.intake(write_csv([fixed], f"c{at}.csv"), "XZCF").corrected == 1
    assert [fines(district, p["CF_XDR_SHXYM"]) for p in PARTIES] == [["0.5"], ["0.6"], ["0.7"]]


def test_a_row_withdrawn_by_its_document_and_given_again_in_one_file_is_there(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    withdrawn = penalty(CF_JDRQ="2026-11-17", 操作="撤销", 原记录号=DOC)
    r = district.intake(write_csv([withdrawn, penalty()], "b.csv"), "XZCF")
    assert (r.revoked, r.new, fines(district)) == (1, 1, ["0.2"])


def test_new_together_with_a_record_number_goes_back_with_its_own_rule(district, penalty, write_csv):
    r = district.intake(write_csv([penalty(操作="新增", 原记录号=DOC)]), "XZCF")
    assert (r.rejected, r.rules) == (1, {"new_with_prior": 1})


def test_another_provider_s_record_goes_back_with_its_own_rule(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF", provider="SCJG")
    record = district.archive(CODE).records[0]["record"]
    row = penalty(操作="撤销", 原记录号=record)
    assert district.intake(write_csv([row], "b.csv"), "XZCF", provider="MZJ").rules == {"not_your_record": 1}
    assert district.intake(write_csv([row], "c.csv"), "XZCF", provider="SCJG").revoked == 1


def test_a_row_under_the_corrected_key_of_a_withdrawn_record_is_no_duplicate(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    record = district.archive(CODE).records[0]["record"]
    moved = penalty(CF_JDRQ="2026-11-17", 操作="更正", 原记录号=DOC)
    district.intake(write_csv([moved], "b.csv"), "XZCF")
    district.intake(write_csv([penalty(CF_WSH="别", 操作="撤销", 原记录号=record)], "c.csv"), "XZCF")
    assert fines(district) == []
    again = district.intake(write_csv([penalty(CF_JDRQ="2026-11-17")], "d.csv"), "XZCF")
    assert (again.duplicates, again.new) == (0, 1)


def test_a_change_under_the_corrected_key_keeps_that_key_when_the_first_is_undone(
    district, penalty, write_csv
):
    district.intake(write_csv([penalty()]), "XZCF")
    moved = penalty(CF_JDRQ="2026-11-17", 操作="更正", 原记录号=DOC)
    first = district.intake(write_csv([moved], "b.csv"), "XZCF")
    district.intake(write_csv([penalty(CF_JDRQ="2026-11-17", CF_NR_FK="0.4")], "c.csv"), "XZCF")
    undo(district, first)
    r = district.intake(write_csv([penalty(CF_JDRQ="2026-11-17", CF_NR_FK="0.5")], "d.csv"), "XZCF")
    assert (r.corrected, fines(district)) == (1, ["0.5"])


def test_an_undo_leaves_what_a_later_file_repeated_and_says_so(district, penalty, write_csv):
    first = district.intake(write_csv([penalty()]), "XZCF")
    path = write_csv([penalty(), penalty(CF_WSH="乙")], "b.csv")
    second = district.intake(path, "XZCF")
    undone = undo(district, first)
    assert (undone.revoked, len(fines(district))) == (0, 2)
    assert any(f"1 条记录别的报送（批次 {second.submission}）" in note for note in undone.notes)
    again = district.intake(path, "XZCF")
    assert (again.new, again.duplicates) == (0, 2)


def test_a_record_goes_back_past_an_undone_correction(district, penalty, write_csv):
    taken = [
        district.intake(write_csv([penalty(CF_NR_FK=fine)], f"{fine}.csv"), "XZCF")
        for fine in ("0.1", "0.2", "0.3", "0.4")
    ]
    undo(district, taken[2])
    assert fines(district) == ["0.4"]
    undo(district, taken[3])
    assert fines(district) == ["0.2"]
    undo(district, taken[1])
    assert fines(district) == ["0.1"]


def test_another_kind_of_penalty_under_one_key_in_one_file_is_held_unless_marked(
    district, penalty, write_csv
):
    other = {"CF_CFLB": "没收违法所得", "CF_NR": "没收违法所得", "CF_NR_FK": "", "CF_NR_WFFF": "1"}
    r = district.intake(write_csv([penalty(), penalty(**other)]), "XZCF")
    assert (r.new, r.held, r.rules) == (1, 1, {"correction_of": 1})
    marked = [penalty(CF_WSH="乙"), penalty(CF_WSH="乙", **other, 操作="更正")]
    assert district.intake(write_csv(marked, "b.csv"), "XZCF").corrected == 1
    later = district.intake(write_csv([penalty(**other)], "c.csv"), "XZCF")
    assert later.corrected == 1
