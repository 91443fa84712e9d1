"""Wrong and doubled codes: found, sent, answered, closed only when the data is right, exported."""

from __future__ import annotations

from datetime import UTC, date, datetime

import openpyxl
import pytest
from quality_hands import SCJG, TODAY, hand_in, mend, month

from sampledistrict.codes import PLACEHOLDER, person_id, uscc
from xinyong.collection import erasure
from xinyong.collection.quality import cases, code_defects, monthly
from xinyong.disclosure.figures import Counting
from xinyong.foundation.audit import Who
from xinyong.foundation.erasures import Ground
from xinyong.kernel.errors import NotPermitted, Refused

NOW = datetime(2026, 11, 30, 2, tzinfo=UTC)
CENTRE = Who("中心甲", "center", purpose="重错码治理")
STAFF = Who("市监甲", "department", SCJG, purpose="重错码治理")
GOOD, WRONG = "91500152YY00000282", "91500152YY00000283"


def counting(district, who=CENTRE, provider=""):
    return Counting(who, NOW, TODAY, district.book, provider)


def scan(district, who=CENTRE):
    return cases.scan(district.app, counting(district, who))


def listed(district):
    return cases.listed(district.app, counting(district))


@pytest.fixture
def wrong(district, penalty, write_csv):
    """One good penalty, two under one wrong code."""
    rows = [penalty(), *(penalty(CF_WSH=f"潼示罚〔2026〕{n}号", CF_XDR_SHXYM=WRONG) for n in (2, 3))]
    return hand_in(district, write_csv(rows))


def found(district):
    return code_defects.find(district.app, counting(district))


def test_a_wrong_code_is_found_once_with_its_places_and_the_right_one_among_the_candidates(district, wrong):
    (defect,) = found(district).defects
    assert (defect.kind, defect.code, defect.provider) == ("wrong", WRONG, SCJG)
    assert GOOD in defect.candidates and defect.places == [[wrong.submission, 3], [wrong.submission, 4]]


def test_the_rate_is_that_of_the_stock(district, wrong):
    assert found(district).counts() == {"codes": 1, "codes_wrong": 1, "codes_shared": 0}


def test_a_placeholder_is_no_wrong_code(district, penalty, write_csv):
    row = penalty(CF_XDR_LB="个体工商户", CF_XDR_SHXYM=PLACEHOLDER, CF_XDR_GSZC="500152600000011")
    hand_in(district, write_csv([row]))
    assert [d for d in found(district).defects if d.kind == "wrong"] == []


def test_a_wrong_code_of_the_authority_is_not_the_subjects(district, penalty, write_csv):
    hand_in(district, write_csv([penalty(CF_CFJGDM=WRONG)]))
    assert found(district).defects == []


def test_a_persons_number_in_a_code_column_is_shown_to_nobody(district, penalty, write_csv):
    number = person_id("19800101", 7)
    hand_in(district, write_csv([penalty(CF_XDR_SHXYM=number, CF_XDR_MC="示例某乙")]))
    scan(district)
    text = district.one("SELECT string_agg(k::text, '') FROM code_case k")
    assert number not in text and "示例某乙" not in text and "person:" in text


def test_a_code_under_another_name_is_a_doubled_one(district, penalty, write_csv):
    hand_in(district, write_csv([penalty()]))
    held = hand_in(
        district, write_csv([penalty(CF_WSH="潼示罚〔2026〕2号", CF_XDR_MC="重庆示例丙丁有限公司")], "b.csv")
    )
    assert held.held == 1
    (defect,) = found(district).defects
    assert defect.kind == "shared" and set(defect.names) == {
        "重庆示例甲乙商贸有限公司",
        "重庆示例丙丁有限公司",
    }


def test_a_held_row_that_was_erased_says_nothing_and_stops_no_scan(district, penalty, write_csv):
    hand_in(district, write_csv([penalty()]))
    held = hand_in(district, write_csv([penalty(CF_XDR_MC="重庆示例丙丁有限公司")], "b.csv"))
    assert held.held == 1 and [d.kind for d in found(district).defects] == ["shared"]
    record = district.one("SELECT record_id FROM record_version LIMIT 1").hex
    ground = Ground("REC_PENALTY", "PIPL", "第四十七条")
    assert erasure.erase_record(record, ground, CENTRE, NOW, district.book).held_rows == 1
    assert found(district).defects == [] and scan(district).opened == 0


def test_one_name_under_two_codes_is_found_and_two_sole_traders_of_one_name_are_not(
    district, penalty, write_csv
):
    other = uscc("91", "500152", "YY000051")
    traders = [uscc("92", "500152", f"YY0000{n}") for n in (61, 62)]
    rows = [penalty(), penalty(CF_WSH="潼示罚〔2026〕2号", CF_XDR_SHXYM=other)]
    rows += [penalty(CF_WSH=f"潼示罚〔2026〕{n}号", CF_XDR_SHXYM=code, CF_XDR_LB="个体工商户", CF_XDR_MC="示例小面馆")
             for n, code in enumerate(traders, 3)]  # fmt: skip
    assert hand_in(district, write_csv(rows)).new == 4
    (defect,) = found(district).defects
    assert defect.kind == "several" and defect.codes == sorted([GOOD, other])


# tasks


def test_a_scan_sends_each_defect_once(district, wrong):
    first, second = scan(district), scan(district)
    assert (first.opened, second.opened, second.still_open) == (1, 0, 1)
    (case,) = listed(district)
    assert (case.provider, case.state) == (SCJG, "sent")
    body = district.one("SELECT body FROM event WHERE kind = 'collection.codes_sent'")
    assert body == {"provider": SCJG, "cases": 1}


def test_a_case_closes_when_the_row_is_mended_and_not_because_somebody_says_so(district, wrong, tmp_path):
    scan(district)
    (case,) = listed(district)
    assert cases.answer(district.app, STAFF, NOW, case.id, "已与登记机关核对").state == "answered"
    assert scan(district).corrected == 0
    hand_in(district, mend(district, wrong.submission, tmp_path, lambda row: {"CF_XDR_SHXYM": GOOD}))
    assert scan(district).corrected == 1
    (case,) = listed(district)
    assert case.state == "corrected" and cases.tally([case])["corrected"] == 1
    kinds = [s["kind"] for s in cases.steps(district.app, counting(district), case.id)]
    assert kinds == ["sent", "answered", "corrected"]


def test_a_defect_that_comes_back_is_a_new_case(district, wrong, tmp_path, penalty, write_csv):
    scan(district)
    hand_in(district, mend(district, wrong.submission, tmp_path, lambda row: {"CF_XDR_SHXYM": GOOD}))
    scan(district)
    hand_in(district, write_csv([penalty(CF_WSH="潼示罚〔2026〕9号", CF_XDR_SHXYM=WRONG)], "again.csv"))
    assert scan(district).opened == 1
    assert [c.state for c in listed(district)] == ["sent", "corrected"]


def test_what_the_centre_dismissed_stays_dismissed(district, wrong):
    scan(district)
    (case,) = listed(district)
    cases.dismiss(district.app, CENTRE, NOW, case.id, "登记机关已确认此码有效")
    assert scan(district).opened == 0
    with pytest.raises(Refused, match="不能再处理"):
        cases.answer(district.app, STAFF, NOW, case.id, "好")


def test_of_two_people_at_one_case_the_second_is_told(district, wrong):
    scan(district)
    (case,) = listed(district)
    cases.answer(district.app, STAFF, NOW, case.id, "核对中")
    with pytest.raises(Refused, match="刚被他人处理"):
        cases._say(district.app, case, "dismissed", CENTRE, NOW, "不是")


@pytest.mark.parametrize(
    "who",
    [Who("财政", "department", "11500152YY0000087D"), Who("甲", "auditor"), CENTRE, Who("甲", "department")],
)
def test_only_the_responsible_department_answers(district, wrong, who):
    scan(district)
    with pytest.raises(NotPermitted):
        cases.answer(district.app, who, NOW, listed(district)[0].id, "好")


@pytest.mark.parametrize("who", [STAFF, Who("甲", "auditor"), Who("甲", "security_admin")])
def test_only_the_centre_scans_and_dismisses(district, wrong, who):
    scan(district)
    with pytest.raises(NotPermitted):
        cases.dismiss(district.app, who, NOW, listed(district)[0].id, "好")
    with pytest.raises(NotPermitted):
        cases.scan(district.app, counting(district, who, who.provider))


def test_another_department_sees_neither_the_case_nor_its_steps(district, wrong):
    scan(district)
    other = Counting(
        Who("财政", "department", "11500152YY0000087D"), NOW, TODAY, district.book, "11500152YY0000087D"
    )
    assert cases.listed(district.app, other) == []
    with pytest.raises(NotPermitted):
        cases.steps(district.app, other, listed(district)[0].id)


def test_an_answer_without_words_and_an_unknown_case_are_refused(district, wrong):
    scan(district)
    with pytest.raises(Refused, match="写明"):
        cases.answer(district.app, STAFF, NOW, listed(district)[0].id, " ")
    with pytest.raises(Refused, match="没有编号"):
        cases.answer(district.app, STAFF, NOW, 999, "好")


def test_cases_only_grow(district, wrong):
    import psycopg

    scan(district)
    for sql in ("DELETE FROM code_case", "UPDATE code_case SET provider = ''", "DELETE FROM code_case_step"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            district.connect().execute(sql)


# what is handed out


def cells(path, sheet):
    return [[c.value for c in row] for row in openpyxl.load_workbook(path)[sheet].iter_rows()]


def test_the_list_of_cases_is_exported_and_the_export_logged(district, wrong, tmp_path):
    scan(district)
    assert monthly.write_cases(district.app, counting(district), tmp_path / "c.xlsx") == 1
    rows = cells(tmp_path / "c.xlsx", "重错码")
    assert rows[2][2] == "代码" and rows[3][2] == WRONG and GOOD in rows[3][4]
    assert district.one("SELECT count(*) FROM audit_entry WHERE action = 'codes.export'") == 1


def test_the_monthly_report_says_what_the_figures_say(district, wrong, tmp_path):
    scan(district)
    told = monthly.write(district.app, counting(district), date(2026, 11, 1), tmp_path / "m.xlsx")
    rows = {r[0]: r for r in cells(tmp_path / "m.xlsx", "总览")[3:]}
    assert rows["合规率（首次）"][1:6] == [0.333, "≥ 95%", "否", 1, 3]
    assert rows["上报率"][1] == "无法计算" and rows["重错码率"][3] == "否"
    assert rows["收到的行"][1] == 3 == told.total()["received"]
    names = openpyxl.load_workbook(tmp_path / "m.xlsx").sheetnames
    assert names == ["总览", "部门得分", "部门事项明细", "缺报", "文号连续", "重错码", "口径说明"]
    assert district.one("SELECT count(*) FROM audit_entry WHERE action = 'quality.export'") == 1


def test_the_report_of_a_department_holds_nothing_of_others(district, wrong, penalty, write_csv, tmp_path):
    hand_in(district, write_csv([penalty(CF_WSH="潼财罚〔2026〕1号")], "b.csv"), provider="CZJ")
    scan(district)
    monthly.write(district.app, counting(district, STAFF, SCJG), date(2026, 11, 1), tmp_path / "m.xlsx")
    book = openpyxl.load_workbook(tmp_path / "m.xlsx")
    text = str([[c.value for c in r] for s in book for r in s.iter_rows()])
    assert "财政局" not in text and "潼财罚" not in text and "市场监督管理局" in text


def test_a_cell_that_looks_like_a_formula_is_text(district, penalty, write_csv, tmp_path):
    hand_in(district, write_csv([penalty(CF_XDR_SHXYM=WRONG, CF_XDR_MC="=HYPERLINK(示例)")]))
    scan(district)
    monthly.write_cases(district.app, counting(district), tmp_path / "c.xlsx")
    page = openpyxl.load_workbook(tmp_path / "c.xlsx")["重错码"]
    assert all(c.data_type != "f" for row in page.iter_rows() for c in row)
    assert page.cell(4, 4).value.startswith("'=")


def test_another_suffix_is_refused(district, tmp_path):
    with pytest.raises(Refused, match="xlsx"):
        monthly.write_cases(district.app, counting(district), tmp_path / "c.pdf")
    assert month(district).lines
