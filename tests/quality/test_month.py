"""Counts of a month from real submissions: every one by hand, a mended row once, totals as on the receipts."""

from __future__ import annotations

from datetime import date

import pytest
from quality_hands import CENTRE, CZJ, NOVEMBER, NOW, SCJG, TODAY, earlier, hand_in, mend, month

from xinyong.collection.quality import queries, scorecard
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted


def line(district, provider=SCJG, item="XZCF", **options):
    found = month(district, **options)
    return next(x for x in found.lines if (x.provider, x.item) == (provider, item))


def rates(counts, district):
    found = queries.figures_of(counts, district.book, TODAY)
    return {f.id: f.rate and (f.numerator, f.denominator) for f in found}


@pytest.fixture
def rows(penalty):
    """Six rows: three good, one late, one without its required type, one with a wrong code."""

    def number(n, **changes):
        return penalty(CF_WSH=f"潼示罚〔2026〕{n}号", **changes)

    return [
        number(1), number(2), number(3),
        number(5, CF_JDRQ="2026-10-08", CF_YXQ="2029-10-08"),
        number(6, CF_WFXW=""),
        number(7, CF_XDR_SHXYM="91500152YY00000283"),
    ]  # fmt: skip


@pytest.fixture
def registration(write_csv):
    row = {
        "主体名称": "重庆示例甲乙商贸有限公司", "主体类别": "法人及非法人组织", "登记主体类型": "企业法人",
        "统一社会信用代码": "91500152YY00000282", "成立日期": "2019-03-05", "核准日期": "2020-01-02",
        "经营状态": "存续", "登记机关": "潼南区市场监督管理局",
    }  # fmt: skip
    return write_csv([row], "r.csv")


def test_every_count_of_one_file_by_hand(district, rows, write_csv):
    hand_in(district, write_csv(rows))
    counts = line(district).counts
    expected = {
        "submissions": 1, "received": 6, "submitted": 6, "first_passed": 4, "finally_passed": 4, "passed": 4,
        "taken": 4, "rejected": 2, "held": 0, "open_rows": 2, "timed": 4, "late": 1, "cells_missing": 1,
        "numbers_expected": 5, "numbers_present": 4, "owed": 1, "answered": 1, "linkable": 4, "linked": 0,
    }  # fmt: skip
    assert {k: counts[k] for k in expected} == expected
    required = sum(f.required is True for f in district.book.item("XZCF", TODAY).fields)
    assert counts["cells_required"] == 6 * required
    assert "ledger_owed" not in counts


def test_the_figures_that_follow(district, rows, registration, write_csv):
    hand_in(district, registration, item="DJZC")
    hand_in(district, write_csv(rows))
    found = rates(line(district).counts, district)
    assert found["DQ_COMPLIANCE"] == (4, 6) and found["DQ_TIMELINESS"] == (3, 4)
    assert found["DQ_CONTINUITY"] == (4, 5) and found["DQ_LINKAGE"] == (4, 4)
    assert found["DQ_REPORTING"] is None


def test_a_mended_row_is_counted_once_and_with_the_month_that_first_handed_it_in(
    district, rows, write_csv, tmp_path
):
    first = hand_in(district, write_csv(earlier(rows)), "2026-10-30")
    good = {"CF_WFXW": "未按规定公示年度报告", "CF_XDR_SHXYM": "91500152YY00000282"}
    second = hand_in(district, mend(district, first.submission, tmp_path, lambda row: good), "2026-11-10")
    assert (second.follows, second.new) == (first.submission, 2)
    october = line(district, first=date(2026, 10, 1)).counts
    assert (october["submitted"], october["first_passed"], october["finally_passed"]) == (6, 4, 6)
    november = line(district).counts
    assert (november["submitted"], november["first_passed"], november["finally_passed"]) == (0, 0, 0)
    assert november["taken"] == 2 and october["open_rows"] == 0


def test_a_row_that_goes_back_twice_is_still_one_row(district, rows, write_csv, tmp_path):
    first = hand_in(district, write_csv(rows[:4] + rows[4:5]))
    again = mend(district, first.submission, tmp_path, lambda row: {}, "again.csv")
    second = hand_in(district, again)
    assert (second.rejected, second.rows) == (1, 1)
    counts = line(district).counts
    assert (counts["submitted"], counts["first_passed"], counts["finally_passed"]) == (5, 4, 4)
    good = {"CF_WFXW": "未按规定公示年度报告"}
    hand_in(district, mend(district, second.submission, tmp_path, lambda row: good, "good.csv"))
    counts = line(district).counts
    assert (counts["submitted"], counts["first_passed"], counts["finally_passed"]) == (5, 4, 5)
    assert (counts["open_rows"], counts["cells_missing"]) == (0, 1)


def test_an_undone_mending_leaves_the_row_open_again(district, rows, write_csv, tmp_path):
    from xinyong.collection.undo import undo

    first = hand_in(district, write_csv(rows[4:5]))
    path = mend(district, first.submission, tmp_path, lambda row: {"CF_WFXW": "未按规定公示年度报告"})
    second = hand_in(district, path)
    assert line(district).counts["finally_passed"] == 1
    undo(district.connect(autocommit=False), second.submission, "误报", CENTRE, NOW)
    counts = line(district).counts
    assert (counts["finally_passed"], counts["submitted"], counts["open_rows"]) == (0, 1, 1)


def test_a_row_whose_first_submission_was_undone_is_the_second_ones(district, rows, write_csv, tmp_path):
    from xinyong.collection.undo import undo

    first = hand_in(district, write_csv(rows[4:5]))
    second = hand_in(district, mend(district, first.submission, tmp_path, lambda row: {}, "again.csv"))
    good = mend(
        district, second.submission, tmp_path, lambda row: {"CF_WFXW": "未按规定公示年度报告"}, "good.csv"
    )
    undo(district.connect(autocommit=False), first.submission, "误报", CENTRE, NOW)
    hand_in(district, good)
    counts = line(district).counts
    assert (counts["submitted"], counts["first_passed"], counts["finally_passed"]) == (1, 0, 1)


def test_an_undone_submission_counts_nowhere(district, rows, write_csv):
    from xinyong.collection.undo import undo

    receipt = hand_in(district, write_csv(rows))
    undo(district.connect(autocommit=False), receipt.submission, "误报", CENTRE, NOW)
    assert month(district).total().get("received") is None


def test_handing_the_same_in_again_makes_no_figure_better(district, rows, write_csv):
    hand_in(district, write_csv(rows))
    before = rates(line(district).counts, district)
    again = hand_in(district, write_csv([*rows[:4], rows[0]], "again.csv"))
    assert again.duplicates == 5
    after = rates(line(district).counts, district)
    assert {k: after[k] for k in before if k != "DQ_NORMALITY"} == {
        k: before[k] for k in before if k != "DQ_NORMALITY"
    }


def ledger_row(n, item="XZCF", month="2026-11"):
    return {
        "部门名称": "潼南区市场监督管理局", "部门统一社会信用代码": SCJG, "事项代码": item, "月份": month,
        "应报数": str(n), "零报告": "否" if n else "是", "台账来源": "决定台账", "填报日期": "2026-11-30",
    }  # fmt: skip


@pytest.mark.parametrize(("owed", "rate"), [(4, (3, 4)), (3, (3, 3)), (2, None)])
def test_the_reporting_rate_is_that_of_the_ledger(district, rows, write_csv, owed, rate):
    from xinyong.collection import ledger

    hand_in(district, write_csv(rows))
    taken = hand_in(district, write_csv([ledger_row(owed)], "l.csv"), "2026-11-30", item="YBTZ")
    assert taken.new == 1, taken.rules
    counts = line(district).counts
    said = ledger.reporting(district.app, "XZCF", SCJG, NOVEMBER)
    assert (counts["ledger_owed"], counts["reported"]) == (said["owed"], said["reported"])
    assert rates(counts, district)["DQ_REPORTING"] == rate
    assert rates(month(district).total(), district)["DQ_REPORTING"] == rate


def test_the_ledger_itself_is_no_item_that_is_measured(district, write_csv):
    hand_in(district, write_csv([ledger_row(3)], "l.csv"), item="YBTZ")
    assert {x.item for x in month(district).lines} & {"YBTZ"} == set()


def test_who_owes_and_did_not_answer_is_missing(district, rows, write_csv):
    hand_in(district, write_csv(earlier(rows)), "2026-10-20")
    found = line(district)
    assert found.missing and found.last == date(2026, 10, 20) and scorecard.status(found) == "缺报"


def test_a_zero_report_answers_for_its_month(district, rows, write_csv):
    from xinyong.collection.ledger import zero_report

    hand_in(district, write_csv(earlier(rows)), "2026-10-20")
    zero_report(district.connect(autocommit=False), district.book, "XZCF", "SCJG", "2026-11", CENTRE, NOW)
    found = line(district)
    assert not found.missing and scorecard.status(found) == "零报告"
    assert line(district, first=date(2026, 12, 1)).missing


def test_an_item_that_the_catalogue_gives_to_a_department_is_owed_from_the_start(district):
    missing = {(x.provider, x.item) for x in month(district).lines if x.missing}
    assert (SCJG, "JYYC") in missing and (CZJ, "HTLY") in missing
    assert not any(item == "NSXY" for _, item in missing)  # once a year


def test_the_whole_is_the_sum_over_departments_and_agrees_with_the_receipts(
    district, rows, write_csv, penalty
):
    receipts = [
        hand_in(district, write_csv(rows, "a.csv")),
        hand_in(district, write_csv([penalty(CF_WSH="潼财罚〔2026〕3号")], "b.csv"), provider="CZJ"),
        hand_in(district, write_csv(rows[:2] + [penalty(CF_WSH="潼示罚〔2026〕9号")], "c.csv")),
    ]
    whole = month(district)
    total = whole.total()
    for name, field in (
        ("received", "rows"),
        ("rejected", "rejected"),
        ("held", "held"),
        ("late", "late"),
        ("warned", "warnings"),
    ):
        assert total[name] == sum(getattr(r, field) for r in receipts), name
    assert total["taken"] == sum(r.accepted for r in receipts)
    assert total["linkable"] == sum(r.new for r in receipts)
    apart = [month(district, provider=p).total() for p in sorted({x.provider for x in whole.lines})]
    for name in total.keys() - {"subjects_registered", "subjects_with_records"}:
        assert (total[name] or 0) == sum(p.get(name) or 0 for p in apart), name
    by_item = whole.by("item").values()
    assert sum(p.get("submitted") or 0 for p in by_item) == total["submitted"]


def test_subjects_with_an_archive_are_counted_among_the_registered(district, rows, registration, write_csv):
    hand_in(district, registration, item="DJZC")
    assert month(district).whole == {"subjects_registered": 1, "subjects_with_records": 0}
    hand_in(district, write_csv(rows))
    assert month(district).whole == {"subjects_registered": 1, "subjects_with_records": 1}


def test_gaps_in_document_numbers_are_listed_by_authority_and_year(district, rows, write_csv, penalty):
    odd = penalty(CF_WSH="无顺序文号", CF_NR="另一决定")
    hand_in(district, write_csv([*rows, odd, penalty(CF_WSH="潼示罚［2026］ 12 号")]))
    found = month(district)
    (gap,) = found.gaps
    assert (gap.provider, gap.prefix, gap.year, gap.sequence.gaps) == (SCJG, "潼示罚", 2026, "4、6–11")
    assert found.unnumbered == 1


def test_a_revoked_submission_uses_no_numbers(district, rows, write_csv):
    from xinyong.collection.undo import undo

    receipt = hand_in(district, write_csv(rows))
    undo(district.connect(autocommit=False), receipt.submission, "误报", CENTRE, NOW)
    assert month(district).gaps == []


@pytest.mark.parametrize(
    ("who", "provider"),
    [
        (Who("甲", "department", SCJG), ""),
        (Who("甲", "department", SCJG), CZJ),
        (Who("甲", "department"), ""),
        (Who("甲", "bank", SCJG), SCJG),
        (Who("公众", "public"), ""),
        (Who("甲", "system_admin"), ""),
        (Who("甲", "subject", SCJG), SCJG),
    ],
)
def test_nobody_else_sees_the_figures(district, who, provider):
    with pytest.raises(NotPermitted):
        month(district, provider=provider, who=who)


def test_a_department_sees_its_own_and_the_look_is_logged(district, rows, write_csv):
    hand_in(district, write_csv(rows))
    hand_in(district, write_csv(rows[:1], "other.csv"), provider="CZJ")
    own = month(district, provider=SCJG, who=Who("甲", "department", SCJG, purpose="自查"))
    assert {x.provider for x in own.lines} == {SCJG}
    row = district.owner().execute("SELECT what, duty, purpose FROM look ORDER BY id DESC LIMIT 1").fetchone()
    assert row == ("figures:quality:2026-11", "DUTY_ADMINISTER", "自查")


def test_cards_rank_by_points_and_equal_points_share_a_rank(district, rows, write_csv, penalty):
    hand_in(district, write_csv(rows))
    hand_in(district, write_csv([penalty(CF_WSH="潼财罚〔2026〕1号")], "b.csv"), provider="CZJ")
    cards = scorecard.cards(month(district), district.book)
    ranks = {c.provider: c.rank for c in cards}
    points = {c.provider: c.score.points for c in cards}
    assert points[CZJ] > points[SCJG] and ranks[CZJ] < ranks[SCJG]
    for c in cards:
        better = sum(
            1
            for o in cards
            if o.score.points is not None and c.score.points is not None and o.score.points > c.score.points
        )
        assert c.rank is None or c.rank == better + 1
