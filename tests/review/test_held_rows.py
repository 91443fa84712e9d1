"""Held rows, decided one by one in place: accepted by the path of every file, or returned."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sampledistrict.codes import person_id, uscc
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused

CODE = "91500152YY00000282"
B = {"CF_XDR_MC": "重庆示例丙丁餐饮有限公司", "CF_XDR_SHXYM": uscc("91", "500152", "YY000010")}
PROVIDER = "11500152YY0000239R"
OWN = Who("信息员甲", "department", PROVIDER, origin="web")
DOC = "潼示罚〔2026〕1号"


def fines(district, code=CODE, **options):
    records = district.archive(code, **options).records
    return sorted(r["fields"].get("罚款金额（万元）") for r in records if r["item"] == "XZCF")


def listed(district, provider=PROVIDER):
    from xinyong.collection.held import list_held

    return list_held(district.connect(), provider, district.book)


def decide(district, row, accept, who=OWN, reason="与原件核对无误"):
    from xinyong.collection.held import decide

    place = (row.submission, row.line, row.sheet)
    return decide(district.connect(), who, datetime.now(UTC), *place, accept, reason, district.book)


@pytest.fixture
def named_otherwise(district, penalty, write_csv):
    """A row held because its code belongs to another name."""
    district.intake(write_csv([penalty()]), "XZCF", provider=PROVIDER)
    row = penalty(CF_XDR_MC="重庆示例甲乙商贸公司", CF_WSH="乙2号", CF_NR_FK="0.5", 失信程度="一般")
    district.intake(write_csv([row], "b.csv"), "XZCF", provider=PROVIDER)
    return listed(district)[0]


def test_a_held_row_is_listed_with_its_reason_and_what_it_says(district, named_otherwise):
    row = named_otherwise
    assert (row.line, row.sheet, row.rule, row.item, row.taken_away) == (
        2,
        "",
        "R14_name_code",
        "XZCF",
        False,
    )
    assert row.values["行政处罚决定书文号"] == "乙2号" and "另一名称" in row.problem and row.suggestion
    assert [r.submission for r in listed(district, "")] == [row.submission]
    assert listed(district, "11500152YY0000060M") == []


def test_accepted_it_goes_in_as_its_code_says_and_waits_no_longer(district, named_otherwise):
    moment = datetime.now(UTC)
    receipt = decide(district, named_otherwise, True)
    assert (receipt.rows, receipt.new, receipt.follows) == (1, 1, named_otherwise.submission)
    assert fines(district) == ["0.2", "0.5"] and fines(district, known_at=moment) == ["0.2"]
    assert listed(district) == []
    names = [n["name"] for n in district.archive(CODE).names]
    assert names == ["重庆示例甲乙商贸有限公司"], "the row's spelling is no name of the subject"
    detail = district.one("SELECT detail FROM audit_entry WHERE action = 'held.accept'")
    assert (detail["reason"], detail["batch"]) == ("与原件核对无误", receipt.submission)


def test_undoing_the_acceptance_makes_it_wait_again(district, named_otherwise, undo):
    receipt = decide(district, named_otherwise, True)
    undo(receipt)
    assert fines(district) == ["0.2"] and [r.line for r in listed(district)] == [named_otherwise.line]
    assert decide(district, listed(district)[0], True).new == 1


def test_returned_it_waits_no_longer_and_is_in_nobody_s_archive(district, named_otherwise):
    from xinyong.collection.returned import open_batches

    assert decide(district, named_otherwise, False) is None
    assert listed(district) == [] == open_batches(district.connect(), "") and fines(district) == ["0.2"]
    assert district.one("SELECT detail ->> 'reason' FROM audit_entry WHERE action = 'held.return'")
    assert district.one("SELECT count(*) FROM event WHERE kind = 'collection.held_returned'") == 1


@pytest.mark.parametrize("accept", [True, False])
def test_a_row_is_decided_once(district, named_otherwise, accept):
    decide(district, named_otherwise, accept)
    for again in (True, False):
        with pytest.raises(Refused) as told:
            decide(district, named_otherwise, again)
        assert told.value.code == "not_held"
    assert len(fines(district)) == (2 if accept else 1)


def test_two_people_at_once_decide_it_once(district, named_otherwise):
    import threading

    outcomes = []

    def run():
        try:
            outcomes.append(decide(district, named_otherwise, True).new)
        except Refused as no:
            outcomes.append(no.code)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(map(str, outcomes)) == ["1", "not_held"] and fines(district) == ["0.2", "0.5"]


@pytest.mark.parametrize(
    "who",
    [Who("外人", "department", "11500152YY0000060M"), Who("外人", "bank", PROVIDER), Who("外人", "auditor"),
     Who("外人", "subject", CODE)],
)  # fmt: skip
@pytest.mark.parametrize("accept", [True, False])
def test_nobody_else_decides(district, named_otherwise, who, accept):
    with pytest.raises(NotPermitted):
        decide(district, named_otherwise, accept, who=who)
    assert len(listed(district)) == 1


def test_a_reason_is_asked_for(district, named_otherwise):
    with pytest.raises(Refused) as told:
        decide(district, named_otherwise, True, reason="  ")
    assert told.value.code == "no_reason"


def test_another_party_of_a_document_is_accepted_as_a_record_of_its_own(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF", provider=PROVIDER)
    district.intake(write_csv([penalty(**B, CF_NR_FK="0.6")], "b.csv"), "XZCF", provider=PROVIDER)
    (row,) = listed(district)
    assert row.rule == "correction_of" and "操作=更正" in row.suggestion
    assert decide(district, row, True).new == 1
    assert (fines(district), fines(district, B["CF_XDR_SHXYM"])) == (["0.2"], ["0.6"])


def test_what_would_only_change_the_other_record_is_not_accepted_as_another(district, penalty, write_csv):
    rows = [penalty(), penalty(CF_SY="另一违法行为", CF_NR_FK="0.6")]
    district.intake(write_csv(rows), "XZCF", provider=PROVIDER)
    with pytest.raises(Refused) as told:
        decide(district, listed(district)[0], True)
    assert told.value.code == "several_decisions"
    assert fines(district) == ["0.2"] and len(listed(district)) == 1
    assert decide(district, listed(district)[0], False) is None


def test_what_would_wait_again_changes_nothing_and_says_why(district, penalty, write_csv):
    district.intake(write_csv([penalty(), penalty(**B, 操作="新增")]), "XZCF", provider=PROVIDER)
    c = {"CF_XDR_MC": "重庆示例戊己有限公司", "CF_XDR_SHXYM": uscc("91", "500152", "YY000011")}
    district.intake(write_csv([penalty(**c, 操作="更正", 原记录号=DOC)], "b.csv"), "XZCF", provider=PROVIDER)
    before = district.one("SELECT count(*) FROM submission")
    with pytest.raises(Refused) as told:
        decide(district, listed(district)[0], True)
    assert told.value.code == "held_again" and "原记录号" in told.value.sentence
    assert district.one("SELECT count(*) FROM submission") == before and len(listed(district)) == 1


def test_a_correction_that_was_held_by_its_name_corrects_and_carries_over(district, penalty, write_csv):
    district.intake(write_csv([penalty(失信程度="一般")]), "XZCF", provider=PROVIDER)
    row = penalty(CF_XDR_MC="重庆示例甲乙商贸公司", CF_JDRQ="2026-11-17", 操作="更正", 原记录号=DOC)
    district.intake(write_csv([row], "b.csv"), "XZCF", provider=PROVIDER)
    assert decide(district, listed(district)[0], True).corrected == 1
    (record,) = district.archive(CODE).records
    assert (record["decided"], record["fields"]["失信程度"]) == ("2026-11-17", "一般")


def test_a_record_taken_away_by_a_registration_is_accepted_back(
    district, penalty, registration, write_csv, undo
):
    row = penalty(CF_FR_ZJLX="身份证", CF_FR_ZJHM=person_id("19800101", 3))
    district.intake(write_csv([row]), "XZCF", provider=PROVIDER)
    wrong = registration(主体名称="重庆示例真名有限公司")
    district.intake(write_csv([wrong], "r.csv"), "DJZC", provider=PROVIDER)
    (held,) = listed(district)
    assert held.taken_away and person_id("19800101", 3) not in str(held.as_json())
    receipt = decide(district, held, True)
    assert (receipt.new, fines(district), listed(district)) == (1, ["0.2"], [])
    payloads = district.owner().execute("SELECT DISTINCT payload FROM record_version WHERE kind = 'N' AND item ="
                                        " (SELECT item FROM submission WHERE id = %s)", [receipt.submission])  # fmt: skip
    assert len(payloads.fetchall()) == 1, "it says what it said before"


def test_undoing_the_registration_that_took_it_away_ends_the_waiting(
    district, penalty, registration, write_csv, undo
):
    from xinyong.collection.returned import open_batches

    district.intake(write_csv([penalty()]), "XZCF", provider=PROVIDER)
    wrong = registration(主体名称="重庆示例真名有限公司")
    undo(district.intake(write_csv([wrong], "r.csv"), "DJZC"))
    assert fines(district) == ["0.2"]
    assert listed(district) == [] == open_batches(district.connect(), "")


def test_on_a_workbook_the_sheet_tells_which_row(district, penalty, tmp_path, write_csv):
    import xlsxwriter

    district.intake(write_csv([penalty()]), "XZCF", provider=PROVIDER)
    path = tmp_path / "m.xlsx"
    odd = {"CF_XDR_MC": "重庆示例甲乙商贸公司"}
    sheets = {
        "一": penalty(**odd, CF_WSH="甲", CF_NR_FK="0.3"),
        "二": penalty(**odd, CF_WSH="乙", CF_NR_FK="0.4"),
    }
    with xlsxwriter.Workbook(str(path)) as book:
        for title, row in sheets.items():
            page = book.add_worksheet(title)
            for at, (header, value) in enumerate(row.items()):
                page.write(0, at, header)
                page.write(1, at, value)
    district.intake(path, "XZCF", provider=PROVIDER)
    rows = {r.sheet: r for r in listed(district)}
    assert set(rows) == {"一", "二"}
    decide(district, rows["二"], True)
    assert fines(district) == ["0.2", "0.4"] and [r.sheet for r in listed(district)] == ["一"]


def test_it_can_still_be_accepted_when_the_original_is_gone(district, named_otherwise):
    district.owner().execute("UPDATE vault_object SET wrapped_key = ''")
    assert decide(district, named_otherwise, True).new == 1
    assert fines(district) == ["0.2", "0.5"]


def test_nothing_is_left_of_the_row_outside_the_vault(district, named_otherwise, home):
    decide(district, named_otherwise, True)
    assert not any((home / "tmp").glob("held-*"))
