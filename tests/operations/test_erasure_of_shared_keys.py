"""Two records may have had one key: erasing one leaves the other's rows in the originals."""

from __future__ import annotations

DOC = "潼示罚〔2026〕1号"
CODE = "91500152YY00000282"


def numbers(district):
    return {r["fields"]["罚款金额（万元）"]: r["record"] for r in district.archive(CODE).records}


def test_the_record_that_took_over_a_key_keeps_its_row(district, penalty, write_csv, erase, kept):
    district.intake(write_csv([penalty(), penalty(CF_WSH="别")]), "XZCF")
    moved = penalty(CF_JDRQ="2026-11-17", 操作="更正", 原记录号=DOC)
    district.intake(write_csv([moved, penalty(CF_WSH="丙")], "b.csv"), "XZCF")
    fresh = penalty(CF_NR_FK="0.5", 操作="新增")
    third = district.intake(write_csv([fresh, penalty(CF_WSH="丁")], "c.csv"), "XZCF")
    gone = next(r["record"] for r in district.archive(CODE).records if r["decided"] == "2026-11-17")
    done = erase(gone)
    assert done.versions == 2 and third.submission not in done.rewritten
    assert "0.5" in kept(third.submission).decode() and "0.5" in numbers(district)


def test_the_record_that_took_over_a_key_is_erased_itself_by_its_number(
    district, penalty, write_csv, erase, kept
):
    first = district.intake(write_csv([penalty(), penalty(CF_WSH="别")]), "XZCF")
    moved = penalty(CF_JDRQ="2026-11-17", 操作="更正", 原记录号=DOC)
    district.intake(write_csv([moved, penalty(CF_WSH="丙")], "b.csv"), "XZCF")
    third = district.intake(
        write_csv([penalty(CF_NR_FK="0.5", 操作="新增"), penalty(CF_WSH="丁")], "c.csv"), "XZCF"
    )
    done = erase(numbers(district)["0.5"])
    assert done.rewritten == [third.submission] and DOC in kept(first.submission).decode()
    assert any(r["decided"] == "2026-11-17" for r in district.archive(CODE).records)


def test_a_key_that_an_undone_correction_gave_leads_to_the_record_no_longer(
    district, penalty, write_csv, erase, kept
):
    from datetime import UTC, datetime

    from xinyong.collection.undo import undo
    from xinyong.foundation.audit import Who

    district.intake(write_csv([penalty(), penalty(CF_WSH="别")]), "XZCF")
    moved = penalty(CF_JDRQ="2026-11-17", 操作="更正", 原记录号=DOC)
    second = district.intake(write_csv([moved, penalty(CF_WSH="丙")], "b.csv"), "XZCF")
    undo(
        district.connect(autocommit=False), second.submission, "误报", Who("甲", "center"), datetime.now(UTC)
    )
    fresh = penalty(CF_JDRQ="2026-11-17", CF_NR_FK="0.5", 操作="新增")
    other = district.intake(write_csv([fresh, penalty(CF_WSH="丁")], "c.csv"), "XZCF")
    first = next(
        r["record"]
        for r in district.archive(CODE).records
        if r["decided"] == "2026-11-18" and r["fields"]["行政处罚决定书文号"] == DOC
    )
    assert other.submission not in erase(first).rewritten
    assert "0.5" in kept(other.submission).decode()
