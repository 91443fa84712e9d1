"""What a file says last counts, and a submission that is undone leaves nothing behind."""

from __future__ import annotations

CODE = "91500152YY00000282"


def fines(district, **options):
    return [
        r["fields"].get("罚款金额（万元）")
        for r in district.archive(CODE, **options).records
        if r["item"] == "XZCF"
    ]


def test_of_two_versions_in_one_file_the_lower_row_counts_even_if_it_is_what_is_known(
    district, penalty, write_csv
):
    district.intake(write_csv([penalty()]), "XZCF")
    r = district.intake(write_csv([penalty(CF_NR_FK="0.9"), penalty()], "b.csv"), "XZCF")
    assert (fines(district), r.corrected) == (["0.2"], 2)


def test_three_versions_in_one_new_file_leave_the_last(district, penalty, write_csv):
    rows = [penalty(), penalty(CF_NR_FK="0.9"), penalty()]
    r = district.intake(write_csv(rows), "XZCF")
    assert (fines(district), r.new, r.corrected) == (["0.2"], 1, 2)


def test_a_row_withdrawn_and_added_again_in_one_file_is_there(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    r = district.intake(write_csv([penalty(操作="撤销"), penalty(操作="新增")], "b.csv"), "XZCF")
    assert fines(district) == ["0.2"], r.as_json()


def test_a_chain_of_corrections_back_to_the_first_value(district, penalty, write_csv):
    for at, fine in enumerate(("0.2", "0.3", "0.2")):
        district.intake(write_csv([penalty(CF_NR_FK=fine, SJC=str(at))], f"{at}.csv"), "XZCF")
    assert fines(district) == ["0.2"]


def test_undoing_the_later_then_the_earlier_submission_leaves_nothing(district, penalty, write_csv, undo):
    first = district.intake(write_csv([penalty()]), "XZCF")
    second = district.intake(write_csv([penalty(CF_NR_FK="0.9")], "b.csv"), "XZCF")
    undo(second)
    undo(first)
    assert fines(district) == []


def test_undoing_the_earlier_then_the_later_submission_leaves_nothing(district, penalty, write_csv, undo):
    first = district.intake(write_csv([penalty()]), "XZCF")
    second = district.intake(write_csv([penalty(CF_NR_FK="0.9")], "b.csv"), "XZCF")
    undo(first)
    undo(second)
    assert fines(district) == []


def test_undone_and_handed_in_again_it_is_new_and_known_at_answers_do_not_change(
    district, penalty, write_csv, undo
):
    from datetime import UTC, datetime

    path = write_csv([penalty()])
    moments = [datetime.now(UTC)]
    first = district.intake(path, "XZCF")
    moments.append(datetime.now(UTC))
    undo(first)
    moments.append(datetime.now(UTC))
    again = district.intake(path, "XZCF")
    moments.append(datetime.now(UTC))
    assert again.new == 1 and not again.already_received
    assert [fines(district, known_at=m) for m in moments] == [[], ["0.2"], [], ["0.2"]]


def test_a_subject_opened_by_an_undone_submission_keeps_its_name_for_the_others(
    district, penalty, write_csv, undo
):
    first = district.intake(write_csv([penalty()]), "XZCF")
    district.intake(write_csv([penalty(CF_WSH="乙2号")], "b.csv"), "XZCF")
    undo(first)
    answer = district.archive(CODE)
    assert len(answer.records) == 1 and answer.subject["name"] == "重庆示例甲乙商贸有限公司"


def test_another_name_does_not_take_over_a_subject_whose_opening_submission_was_undone(
    district, penalty, write_csv, undo
):
    first = district.intake(write_csv([penalty()]), "XZCF")
    district.intake(write_csv([penalty(CF_WSH="乙2号")], "b.csv"), "XZCF")
    undo(first)
    other = penalty(CF_WSH="丙3号", CF_XDR_MC="重庆示例丙丁餐饮有限公司")
    assert district.intake(write_csv([other], "c.csv"), "XZCF").held == 1


def test_a_subject_opened_only_by_an_undone_submission_is_not_found(district, penalty, write_csv, undo):
    undo(district.intake(write_csv([penalty()]), "XZCF"))
    assert not district.archive(CODE).found


def test_undoing_a_key_correction_frees_the_corrected_key(district, penalty, write_csv, undo):
    district.intake(write_csv([penalty()]), "XZCF")
    fixed = penalty(CF_JDRQ="2026-11-17", 操作="更正", 原记录号="潼示罚〔2026〕1号")
    undo(district.intake(write_csv([fixed], "b.csv"), "XZCF"))
    unmarked = district.intake(write_csv([penalty(CF_JDRQ="2026-11-17")], "c.csv"), "XZCF")
    assert (unmarked.duplicates, unmarked.held) == (0, 1), "the archive has no such row"
    marked = penalty(CF_JDRQ="2026-11-17", 操作="新增")
    assert district.intake(write_csv([marked], "d.csv"), "XZCF").new == 1


def test_an_undone_file_counted_as_duplicate_elsewhere_is_not_lost(district, penalty, write_csv, undo):
    first = district.intake(write_csv([penalty()]), "XZCF", provider="SCJG")
    same = district.intake(write_csv([penalty(BZ=" ")], "b.csv"), "XZCF", provider="SCJG")
    assert same.duplicates == 1
    undo(first)
    assert fines(district) == ["0.2"], "the second submission still stands and says it is in"


def test_undoing_what_a_registration_disowned_does_not_bring_an_undone_record_back(
    district, penalty, registration, write_csv, undo
):
    first = district.intake(write_csv([penalty()]), "XZCF")
    second = district.intake(write_csv([registration(主体名称="重庆示例真名有限公司")], "r.csv"), "DJZC")
    undo(first)
    undo(second)
    assert fines(district) == []


def test_undoing_a_submission_that_mended_problems_opens_them_again(
    district, penalty, write_csv, tmp_path, undo
):
    from xinyong.collection.rejects import rejects
    from xinyong.collection.returned import open_batches

    first = district.intake(write_csv([penalty(CF_JDRQ="不详")]), "XZCF", provider="SCJG")
    out = tmp_path / "back.csv"
    rejects(district.connect(), first.submission, district.book, out)
    out.write_text(out.read_text("utf-8-sig").replace("不详", "2026-11-18"), "utf-8")
    second = district.intake(out, "XZCF", provider="SCJG")
    assert second.new == 1 and open_batches(district.connect(), "") == []
    undo(second)
    assert [b["submission"] for b in open_batches(district.connect(), "")] == [first.submission]
