"""The fill-in workbook: read back column by column, drop-downs that hold, words a person understands."""

from __future__ import annotations

import stat
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from xinyong.catalog.aliases import header_map
from xinyong.catalog.loading import load_rulebook
from xinyong.catalog.model import Condition, Item
from xinyong.collection import reading
from xinyong.collection.template import basis_of, in_words, requirement, sheet_name, template, values_of
from xinyong.kernel.errors import Refused

BOOK = load_rulebook()
ITEMS = [item for versions in BOOK.items.values() for item in versions]
PENALTY = BOOK.items["XZCF"][-1]


def named(item: Item) -> str:
    return f"{item.code}-{item.version}"


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("templates")
    for item in ITEMS:
        template(item, BOOK, folder / f"{named(item)}.xlsx")
    return {named(item): folder / f"{named(item)}.xlsx" for item in ITEMS}


@pytest.fixture
def penalty_book(written) -> openpyxl.Workbook:
    return openpyxl.load_workbook(written[named(PENALTY)])


def filled(path: Path, target: Path, item: Item) -> Path:
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    for column in range(1, len(item.fields) + 3):
        page.cell(4, column, f"值{column}")
    book.save(target)
    return target


@pytest.mark.parametrize("item", ITEMS, ids=named)
def test_every_field_of_a_filled_template_is_read_back(item, written, tmp_path):
    others = {i.name: header_map(i) for i in ITEMS if i.code != item.code}
    required = [f.code for f in item.fields if f.required is True]
    path = filled(written[named(item)], tmp_path / "filled.xlsx", item)
    with reading.open_source(
        path, header_map=header_map(item), required=required, other_items=others
    ) as source:
        [header] = source.headers
        assert source.skipped_sheets == ("填报说明", "取值")
        assert (header.line, header.unknown, header.missing) == (3, (), ())
        assert list(header.fields.values()) == [*(f.code for f in item.fields), "_op", "_prior"]
        [frame] = source.batches()
        assert frame["_line"].to_list() == [4] and frame["_prior"].to_list() == [f"值{len(item.fields) + 2}"]


def test_an_empty_template_handed_in_is_told_that_it_has_no_data(written):
    with pytest.raises(Refused, match="没有数据"):
        reading.open_source(written[named(PENALTY)], header_map=header_map(PENALTY), required=[])


def test_the_title_names_item_version_and_date(penalty_book):
    assert (
        penalty_book.worksheets[0]["A1"].value
        == "行政处罚（XZCF）填报模板　版本 2018.1　自 2018-07-25 起施行"
    )


@pytest.mark.parametrize("item", ITEMS, ids=named)
def test_only_items_that_are_samples_say_so_in_the_title(item, written):
    title = openpyxl.load_workbook(written[named(item)], read_only=True).worksheets[0]["A1"].value
    assert title.endswith("【样例，待确认】") == (item.confidence == "sample")


def test_required_columns_are_marked_and_coloured(penalty_book):
    head = {c.value: c.fill.fgColor.rgb for c in penalty_book.worksheets[0][3]}
    assert head["行政相对人名称*"] == "FFF8CBAD"
    assert head["罚款金额（万元）※"] == "FFFFE699"
    assert head["备注"] == "FFE2EFDA"
    assert head["失信程度"] == "FFEDEDED"


def validations(book: openpyxl.Workbook) -> dict[str, object]:
    page = book.worksheets[0]
    found = {str(v.sqref).split(":")[0].rstrip("0123456789"): v for v in page.data_validations.dataValidation}
    return {str(c.value).rstrip("*※"): found[c.column_letter] for c in page[3]}


@pytest.mark.parametrize("item", ITEMS, ids=named)
def test_every_drop_down_lists_the_values_of_its_code_set(item, written):
    book = openpyxl.load_workbook(written[named(item)])
    rules = validations(book)
    for field in item.fields:
        rule = rules[field.name]
        assert (rule.type == "list") == (field.code_set is not None and not field.multiple)
        if rule.type == "list":
            place = rule.formula1.split("!")[1].replace("$", "")
            first, last = place.split(":")
            values = tuple(row[0].value for row in book["取值"][first:last])
            assert values == BOOK.code_sets[field.code_set].values
    assert rules["操作"].type == "list"


def test_a_drop_down_that_takes_other_spellings_only_asks(penalty_book):
    rules = validations(penalty_book)
    assert rules["法定代表人证件类型"].errorStyle == "warning"
    assert rules["处罚程序类别"].errorStyle == "warning"
    assert rules["修复状态"].errorStyle in (None, "stop")


def test_the_lists_behind_the_drop_downs_are_hidden(penalty_book):
    assert penalty_book["取值"].sheet_state == "hidden"


def test_codes_are_text_and_dates_and_amounts_have_their_formats(penalty_book):
    page = penalty_book.worksheets[0]
    ranges = [(d.min, d.max, d.number_format) for d in page.column_dimensions.values()]
    by_name = {
        str(c.value).rstrip("*※"): shown
        for c in page[3]
        for low, high, shown in ranges
        if low <= c.column <= high
    }
    assert by_name["行政相对人代码_1(统一社会信用代码)"] == "@"
    assert by_name["处罚决定日期"] == "yyyy-mm-dd"
    assert by_name["罚款金额（万元）"] == "#,##0.00####"


@pytest.mark.parametrize("item", ITEMS, ids=named)
def test_every_column_has_a_note_that_excel_can_show(item, written):
    rules = validations(openpyxl.load_workbook(written[named(item)]))
    for field in item.fields:
        assert rules[field.name].prompt
        assert len(rules[field.name].prompt) <= 255 and len(rules[field.name].promptTitle) <= 32
        sample = field.confidence == "sample"
        if len(rules[field.name].prompt) < 255:
            assert ("字段样例，待确认" in rules[field.name].prompt) == sample


@pytest.mark.parametrize("item", ITEMS, ids=named)
def test_the_guide_has_a_row_for_every_field(item, written):
    rows = [[c or "" for c in r] for r in openpyxl.load_workbook(written[named(item)])["填报说明"].values]
    head = next(i for i, r in enumerate(rows) if r[0] == "序号")
    assert [r[1] for r in rows[head + 1 :]] == [f.code for f in item.fields]
    assert [r[2] for r in rows[head + 1 :]] == [f.name for f in item.fields]
    assert {r[8] for r in rows[head + 1 :]} <= {"社会公开", "政务共享", "授权查询"}
    told = "".join(r[0] for r in rows[:head])
    for basis in item.basis:
        assert BOOK.instruments[basis.instrument].number in told and basis.article in told


@pytest.mark.parametrize("item", ITEMS, ids=named)
def test_the_same_item_gives_the_same_bytes(item, written, tmp_path):
    template(item, BOOK, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == written[named(item)].read_bytes()


def test_the_workbook_tells_nothing_of_when_and_by_whom_it_was_written(written):
    with zipfile.ZipFile(written[named(PENALTY)]) as archive:
        assert b"2018-07-25T00:00:00Z" in archive.read("docProps/core.xml")
        assert {part.date_time[0] for part in archive.infolist()} == {1980}


def test_anybody_may_read_a_template(written):
    assert stat.S_IMODE(written[named(PENALTY)].stat().st_mode) & 0o400


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(Refused, match="xlsx"):
        template(PENALTY, BOOK, tmp_path / "x.csv")


# words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Condition("CF_XDR_LB", equals="自然人"), "行政相对人类别为 自然人"),
        (Condition("CF_XDR_LB", one_of=("自然人", "个体工商户")), "行政相对人类别为 自然人 或 个体工商户"),
        (Condition("CF_CFLB", contains_any=("暂扣", "吊销")), "处罚类别含 暂扣 或 吊销"),
        (Condition("CF_WSH", starts_with=("潼",)), "行政处罚决定书文号以 潼 开头"),
        (Condition("BZ", present=True), "填写了备注"),
        (Condition("BZ", present=False), "备注为空"),
        (
            Condition(all=(Condition("BZ", present=True), Condition("CF_XDR_LB", equals="自然人"))),
            "填写了备注，且行政相对人类别为 自然人",
        ),
        (
            Condition(
                any=(
                    Condition("BZ", present=True),
                    Condition(all=(Condition("BZ", present=False), Condition("CF_SY", present=True))),
                )
            ),
            "填写了备注，或（备注为空，且填写了违法事实）",
        ),
    ],
)
def test_a_condition_is_told_in_words(condition, words):
    assert in_words(condition, PENALTY) == words


def test_a_conditional_field_says_when_it_is_required_and_when_it_must_be_empty():
    words = requirement(PENALTY.field("CF_XDR_ZJHM"), PENALTY)
    assert words == "行政相对人类别为 自然人 时必填；行政相对人类别为 法人及非法人组织 或 个体工商户 时须为空"


def test_allowed_values_tell_of_free_spellings_and_of_several_values():
    words = values_of(PENALTY.field("CF_CFLB"), BOOK)
    assert words.startswith("警告、通报批评、罚款")
    assert words.endswith("；其他情形写作“其他-具体内容”。可填多个，用分号隔开")


def test_a_legal_basis_has_number_title_and_article():
    words = basis_of(PENALTY.basis[1], BOOK)
    assert words == "《中华人民共和国行政处罚法（2021年修订）》（主席令第七十号） 第九条、第四十八条"


def test_a_sheet_name_has_no_sign_that_excel_forbids():
    assert sheet_name("甲/乙[丙]:*?" + "丁" * 40) == "甲_乙_丙____" + "丁" * 22


def test_every_template_can_be_written_on_any_day():
    assert {i.code for i in BOOK.current_items(date(2026, 11, 23))} == {i.code for i in ITEMS}
