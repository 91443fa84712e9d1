"""The shipped items: complete, in order, recognisable by every generation's headers, and honest about doubt."""

from __future__ import annotations

from datetime import date

import pytest
from reference_tables import shared_rows

from xinyong.catalog.aliases import fold_header, header_map
from xinyong.catalog.loading import Rulebook
from xinyong.catalog.model import Field, Item

DAY = date(2026, 11, 22)
TABLES = {"行政许可": "XZXK", "行政处罚": "XZCF"}
RENAMED = {"XK_FR_SFZH": "XK_FR_ZJHM", "CF_FR_SFZH": "CF_FR_ZJHM"}  # 2018 → today
ITEMS = (
    "DJZC XZXK XZCF XZQZ XZQR XZJL XZCJ XZZS XZJF XZJC XYCN HTLY SFCP SXBZX YZSX JYYC SXJL NSXY XYPJ ZYSB "
    "SDQX ZCZY ZSCQ XFTS YBTZ"
).split()
PLAN_BOX_2 = (
    "政府性机构公共信用信息 法人和非法人组织注册登记信息 司法判决、仲裁及执行信息 行政管理信息 从业资格信息 "
    "严重失信主体信息 经营异常名录信息 弄虚作假信息 信用承诺及履行情况信息 信用评价信息 "
    "诚实守信相关荣誉的信息 市场主体自主提供的公共信用信息"
).split()
NATIONAL_2024 = (
    "登记注册基本信息 司法裁判及执行信息 行政管理信息 职称和职业信息 经营（活动）异常名录（状态）信息 "
    "严重失信主体名单信息 合同履行信息 信用承诺及履行情况信息 信用评价结果信息 遵守法律法规情况信息 "
    "诚实守信相关荣誉信息 知识产权信息 经营主体自愿提供的信用信息"
).split()


def standard_fields(item: Item) -> list[Field]:
    return [f for f in item.fields if not f.extension]


def every_field(book: Rulebook) -> list[tuple[Item, Field]]:
    return [(item, field) for item in book.current_items(DAY) for field in item.fields]


def test_all_items_of_the_plan_ship(book: Rulebook) -> None:
    assert set(ITEMS) == set(book.items)


@pytest.mark.parametrize(("code", "count"), [("XZXK", 28), ("XZCF", 30)])
def test_permit_and_penalty_have_all_fields_of_the_exchange_standard(
    book: Rulebook, code: str, count: int
) -> None:
    item = book.item(code, DAY)
    assert len(standard_fields(item)) == count
    assert item.fields[:count] == tuple(standard_fields(item))  # extensions stand after them


@pytest.mark.parametrize("table", TABLES)
def test_fields_stand_in_the_order_of_the_2018_generation(book: Rulebook, table: str) -> None:
    rows = [r for r in shared_rows("sgs/sgs_fields.csv") if (r["table"], r["generation"]) == (table, "2018")]
    fields = standard_fields(book.item(TABLES[table], DAY))
    assert [f.code for f in fields] == [RENAMED.get(r["field"], r["field"]) for r in rows]
    assert all(r["label"] in (f.name, *f.aliases) for f, r in zip(fields, rows, strict=True))


def test_columns_of_both_generations_are_recognised_by_code_and_by_label(book: Rulebook) -> None:
    for row in shared_rows("sgs/sgs_fields.csv"):
        headers = header_map(book.item(TABLES[row["table"]], DAY))
        by_code, by_label = headers.get(fold_header(row["field"])), headers.get(fold_header(row["label"]))
        assert by_code is not None and by_code == by_label, row


def test_no_two_columns_of_one_generation_meet_in_one_field(book: Rulebook) -> None:
    found: dict[tuple[str, str, str], str] = {}
    for row in shared_rows("sgs/sgs_fields.csv"):
        field = header_map(book.item(TABLES[row["table"]], DAY))[fold_header(row["field"])]
        assert found.setdefault((row["table"], row["generation"], field), row["field"]) == row["field"]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("行政相对人代码_1（统一社会信用代码）", "CF_XDR_SHXYM"),
        (" 统一社会信用代码*", "CF_XDR_SHXYM"),
        ("cf_xdr_shxym", "CF_XDR_SHXYM"),
        ("ＣＦ＿ＷＳＨ", "CF_WSH"),
        ("罚款金额(万元)", "CF_NR_FK"),
        ("处罚 事由", "CF_SY"),
        ("【证件号码】", None),
    ],
)
def test_headers_are_recognised_however_they_are_written(
    book: Rulebook, header: str, code: str | None
) -> None:
    assert header_map(book.item("XZCF", DAY)).get(fold_header(header)) == code


def test_local_extension_fields_are_optional_marked_and_unconfirmed(book: Rulebook) -> None:
    for code in ("XZXK", "XZCF"):
        extensions = [f for f in book.item(code, DAY).fields if f.extension]
        assert extensions and all(f.confidence == "sample" and f.required is not True for f in extensions)
    names = {f.name for f in book.item("XZCF", DAY).fields if f.extension}
    assert {
        "处罚程序类别", "失信程度", "违法领域", "认定文书日期", "首次公示日期", "最短公示期截止", "最长公示期截止",
        "规则版本", "修复状态", "撤销或变更标志", "撤销或变更原因", "公开范围", "脱敏规则",
    } <= names  # fmt: skip


def test_penalty_types_follow_the_law_of_2021_and_old_ones_map_to_them(book: Rulebook) -> None:
    types = book.code_sets["CFLB"]
    law = [types.old_values.get(r["name"], r["name"]) for r in shared_rows("sgs/penalty_types.csv")]
    assert list(types.values[: len(law)]) == law
    assert set(types.values[len(law) :]) == {"暂扣或者吊销许可证", "暂扣或者吊销执照"}  # can't tell which
    assert types.other_prefix == "其他-"
    assert types.old_values["吊销营业执照"] == "吊销许可证件"


def test_kinds_of_id_document_are_the_published_labels(book: Rulebook) -> None:
    labels = [r["label"] for r in shared_rows("sgs/id_document_types.csv")]
    assert [*book.code_sets["ZJLX"].values, "其他-（注明具体类型）"] == labels


def test_an_old_permit_status_is_mapped_only_where_it_is_unambiguous(book: Rulebook) -> None:
    status = book.code_sets["XK_ZT"]
    assert status.values == ("1", "2") and status.old_values["0"] == "1"
    assert not {"1", "2", "3"} & set(status.old_values)
    assert book.code_sets["XK_ZT_2016"].values == ("0", "1", "2", "3")


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        ("XZXK", {"R05", "R07", "R15"}),
        ("XZCF", {"R05", "R07", "R08", "R09", "R15"}),
    ],
)
def test_row_rules_of_the_standard_are_there_as_data(book: Rulebook, code: str, rules: set[str]) -> None:
    assert rules <= {check.rule[:3] for check in book.item(code, DAY).row_checks}


def test_natural_persons_leave_codes_empty_and_others_leave_id_numbers_empty(book: Rulebook) -> None:
    for code in ("XZXK", "XZCF"):
        fields = standard_fields(book.item(code, DAY))
        assert all(f.empty_when and f.empty_when.equals == "自然人" for f in fields[2:9])
        assert all(f.empty_when and "个体工商户" in f.empty_when.one_of for f in fields[11:13])


def test_id_numbers_are_never_public_always_personal_and_masked(book: Rulebook) -> None:
    numbers = [
        f for _, f in every_field(book) if f.role in {"person_id", "legal_rep_id"} or "证件号码" in f.name
    ]
    assert len(numbers) > 20
    assert all(f.disclosure == "authorised" and f.personal and f.mask for f in numbers)


def test_masks_hide_most_of_even_a_short_passport_number(book: Rulebook) -> None:
    for _, field in every_field(book):
        assert field.mask is None or sum(field.mask) <= 5


def test_long_public_text_passes_the_detector(book: Rulebook) -> None:
    narratives = {f.code for _, f in every_field(book) if f.free_text and f.disclosure == "public"}
    assert {"XK_NR", "CF_WFXW", "CF_SY", "CF_YJ", "CF_NR"} <= narratives


def test_natural_persons_are_published_by_no_item(book: Rulebook) -> None:
    assert not any(item.natural_persons_public for item in book.current_items(DAY))
    assert book.item("ZCZY", DAY).subject_kinds == ("自然人",)
    assert book.item("ZCZY", DAY).disclosure == "authorised"


def test_penalties_wait_for_a_degree_and_permits_are_open(book: Rulebook) -> None:
    assert book.item("XZCF", DAY).publicity == "by_degree"
    assert book.item("XZXK", DAY).publicity == "open"


def test_business_keys_know_joint_parties_and_several_matters(book: Rulebook) -> None:
    assert book.item("XZCF", DAY).business_key == ("authority_code", "doc_no", "subject", "decided")
    assert book.item("SFCP", DAY).multi_party and "subject" in book.item("SFCP", DAY).business_key
    assert book.item("XZJC", DAY).multi_item and "JC_SX" in book.item("XZJC", DAY).business_key


def test_the_ledger_counts_what_is_owed_per_department_item_and_month(book: Rulebook) -> None:
    ledger = book.item("YBTZ", DAY)
    assert (ledger.kind, ledger.subject_kinds) == ("ledger", ())
    assert ledger.business_key == ("source_code", "YB_SX", "YB_YF")
    assert ledger.field("YB_LBG").name == "零报告"


def test_registration_keeps_former_names_with_their_dates(book: Rulebook) -> None:
    item = book.item("DJZC", DAY)
    assert item.kind == "registration"
    assert item.field("DJ_CYM").multiple and item.field("DJ_CYMRQ").multiple


@pytest.mark.parametrize(("scheme", "names"), [("plan_box_2", PLAN_BOX_2), ("national_2024", NATIONAL_2024)])
def test_every_class_of_plan_and_national_catalogue_has_items(
    book: Rulebook, scheme: str, names: list[str]
) -> None:
    classes = [c for c in book.classes.values() if c.scheme == scheme]
    assert [c.name for c in classes] == names
    assert all(c.items for c in classes)


def test_items_and_classes_agree_about_each_other(book: Rulebook) -> None:
    by_name = {(c.scheme == "plan_box_2", c.name): c.items for c in book.classes.values()}
    for item in book.current_items(DAY):
        assert item.code in by_name[False, item.category]
        assert {n for (plan, n), codes in by_name.items() if plan and item.code in codes} == set(
            item.plan_classes
        )


def test_what_is_unconfirmed_says_so(book: Rulebook) -> None:
    seen_in_report = {"XZXK", "XZCF", "XYCN", "HTLY", "SXBZX", "JYYC", "NSXY"}
    for item in book.current_items(DAY):
        assert item.confidence == ("seen_in_report" if item.code in seen_in_report else "sample")
        if item.confidence == "sample":
            assert all(f.confidence == "sample" for f in item.fields)
        assert all(f.rule_confidence == "sample" for f in item.fields)
        assert all(check.confidence == "sample" for check in item.row_checks)


def test_what_rests_on_unread_law_is_a_sample(book: Rulebook) -> None:
    unread = {"CQ_SHXY", "BXT_SD", "WD_YL"}
    resting = [e for periods in book.rules.values() for e in periods if e.basis.instrument in unread]
    resting += [r for r in book.retention.values() if r.basis.instrument in unread]  # type: ignore[misc]
    assert resting and all(entry.confidence == "sample" for entry in resting)
    assert all(provider.confidence == "sample" for provider in book.providers.values())
