"""What may not come in at all, and spellings that must not make two records of one."""

from __future__ import annotations

from datetime import date

import pytest

from sampledistrict.codes import person_id
from xinyong.kernel.errors import Refused

CODE = "91500152YY00000282"


@pytest.fixture
def title():
    def make(**more):
        row = {
            "姓名": "示例某乙", "证件类型": "身份证", "证件号码": person_id("19800101", 7),
            "职称职业类别": "专业技术职称", "职称或职业资格名称": "工程师", "证书编号": "ZS1",
            "批准日期": "2026-10-08", "发证机关": "人社局", "发证机关统一社会信用代码": "11500152YY0000239R",
        }  # fmt: skip
        return {**row, **more}

    return make


@pytest.mark.parametrize("header", ["血型", "血 型", "血\u3000型", "血\n型", "ＤＮＡ", "血型（ABO）"])
def test_a_prohibited_column_is_refused_however_it_is_spelt(district, penalty, write_csv, header):
    with pytest.raises(Refused):
        district.intake(write_csv([penalty(**{header: "A"})]), "XZCF")


@pytest.mark.parametrize("column", ["专业", "备注", "情况说明", "撤销或更正原因"])
def test_prohibited_content_about_a_person_is_refused_wherever_it_stands(district, title, write_csv, column):
    district.intake(write_csv([title()], "a.csv"), "ZCZY")
    more = {column: "患有艾滋病"} | ({"操作": "撤销"} if column == "撤销或更正原因" else {})
    with pytest.raises(Refused):
        district.intake(write_csv([title(**more)], "b.csv"), "ZCZY")


def test_a_workbook_with_a_prohibited_column_on_another_sheet_is_not_kept(district, penalty, tmp_path):
    import xlsxwriter

    path = tmp_path / "m.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        first, second = book.add_worksheet("处罚"), book.add_worksheet("人员")
        for at, (header, value) in enumerate(penalty().items()):
            first.write(0, at, header)
            first.write(1, at, value)
        for at, header in enumerate(("姓名", "血型", "病史")):
            second.write(0, at, header)
            second.write(1, at, "A型血")
    with pytest.raises(Refused):
        district.intake(path, "XZCF")
    assert district.one("SELECT count(*) FROM vault_object") == 0


def test_brackets_and_width_in_a_document_number_make_no_second_record(district, penalty, write_csv):
    numbers = ["潼示罚〔2026〕8号", "潼示罚[2026]8号", "潼示罚（2026）8号", "潼示罚〔２０２６〕 8号"]
    district.intake(write_csv([penalty(CF_WSH=n) for n in numbers]), "XZCF")
    assert len(district.archive(CODE).records) == 1


def test_a_file_without_a_column_does_not_empty_what_is_known(district, penalty, write_csv):
    district.intake(write_csv([penalty(失信程度="一般", 备注="有")]), "XZCF")
    district.intake(write_csv([penalty()], "b.csv"), "XZCF")
    assert district.archive(CODE).records[0]["fields"].get("失信程度") == "一般"


def test_a_day_of_receipt_in_the_future_is_refused(district, penalty, write_csv):
    with pytest.raises(Refused):
        district.intake(
            write_csv([penalty(CF_JDRQ="2099-01-01", CF_YXQ="2099-12-31")]), "XZCF",
            received_on=date(2099, 1, 2),
        )  # fmt: skip


def test_another_provider_s_rejects_file_closes_nothing(district, penalty, write_csv, tmp_path):
    from xinyong.collection.rejects import rejects
    from xinyong.collection.returned import open_batches

    first = district.intake(write_csv([penalty(CF_JDRQ="不详")]), "XZCF", provider="SCJG")
    out = tmp_path / "back.csv"
    rejects(district.connect(), first.submission, district.book, out)
    text = out.read_text("utf-8-sig").replace("不详", "2026-11-18").replace("潼示罚", "别的号")
    out.write_text(text, "utf-8")
    district.intake(out, "XZCF", provider="MZJ")
    assert [b["submission"] for b in open_batches(district.connect(), "")] == [first.submission]


def test_the_last_of_three_versions_counts_across_batches(district, penalty, write_csv, monkeypatch):
    from xinyong.collection import intake

    monkeypatch.setattr(intake, "BATCH", 2)
    rows = [penalty(), penalty(CF_NR_FK="0.9"), penalty(), penalty(CF_WSH="别")]
    district.intake(write_csv(rows), "XZCF")
    known = {
        r["fields"]["行政处罚决定书文号"]: r["fields"]["罚款金额（万元）"]
        for r in district.archive(CODE).records
    }
    assert known["潼示罚〔2026〕1号"] == "0.2"


def test_many_held_rows_do_not_cost_their_square(district, penalty, write_csv):
    import time

    rows = [penalty(CF_WSH=f"{n}号") for n in range(6000)]
    district.intake(write_csv(rows), "XZCF")
    started = time.monotonic()
    moved = [{**r, "CF_JDRQ": "2026-11-17"} for r in rows]
    r = district.intake(write_csv(moved, "b.csv"), "XZCF")
    assert r.held == 6000
    assert time.monotonic() - started < 6


def test_a_full_submission_of_nobody_in_particular_says_that_nothing_was_compared(
    district, penalty, write_csv
):
    both = [penalty(CF_WSH="甲"), penalty(CF_WSH="乙")]
    district.intake(write_csv(both), "XZCF", provider="SCJG")
    mixed = [penalty(CF_WSH="甲"), penalty(CF_WSH="丙", CF_SJLYDM="11500152YY0000060M")]
    try:
        r = district.intake(write_csv(mixed, "b.csv"), "XZCF", mode="全量")
    except Refused:
        return
    assert r.missing == 1 or any("全量" in n for n in r.notes)


def test_a_code_added_to_the_register_of_exceptions_counts_without_a_restart(
    district, penalty, write_csv, home
):
    odd = "91500152YY00000283"
    assert district.intake(write_csv([penalty(CF_XDR_SHXYM=odd)]), "XZCF").rejected == 1
    register = home / "rulebook" / "code_exceptions.txt"
    register.parent.mkdir(exist_ok=True)
    register.write_text(f"{odd}  # 登记机关确认\n", "utf-8")
    try:
        assert district.intake(write_csv([penalty(CF_XDR_SHXYM=odd, BZ="再报")], "b.csv"), "XZCF").new == 1
    finally:
        register.unlink()
