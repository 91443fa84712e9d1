from datetime import date

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric, uscc

from xinyong.kernel import detect
from xinyong.kernel.detect import (
    find_personal,
    find_prohibited,
    mask_personal,
    prohibited_series,
    suspicious_series,
)

# All made up, mostly by hypothesis.
BODIES = st.tuples(
    st.sampled_from(["500152", "500223", "110101", "820000"]),
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.integers(0, 999),
)
IDS = BODIES.map(lambda parts: f"{parts[0]}{parts[1]:%Y%m%d}{parts[2]:03}").map(
    lambda body: body + ric.calc_check_digit(body + "0")
)
OLD_IDS = BODIES.map(lambda parts: f"{parts[0]}{parts[1]:%y%m%d}{parts[2]:03}")
MOBILES = st.from_regex(r"\A1[3-9][0-9]{9}\Z")
CARDS = st.from_regex(r"\A(?:62|4[0-9]|5[1-5]|95)[0-9]{13,16}\Z").map(
    lambda body: body + luhn.calc_check_digit(body)
)
USCCS = st.from_regex(r"\A(?:91|92|93|11|12|51)(?:500152|500223)[0-9A-HJ-NPQRTUWXY]{9}\Z").map(
    lambda body: body + uscc.calc_check_digit(body)
)
NUMBERS = IDS | OLD_IDS | MOBILES | CARDS
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
SPACED = st.tuples(
    st.integers(4, 6), st.integers(8, 9), st.sampled_from([" ", "-", "\u3000", "－", "\xa0", "–"])
)


def spaced(number: str, cut: tuple[int, int, str]) -> str:
    first, second, mark = cut
    return number[:first] + mark + number[first:second] + mark + number[second:]


WRITTEN = NUMBERS | NUMBERS.map(lambda text: text.translate(WIDE)) | st.builds(spaced, NUMBERS, SPACED)
PLACES = st.sampled_from(
    [
        "示例路12号3幢2单元5-1室",
        "示例村3组12号",
        "示例花园3栋5-1",
        "示例路1号附2号501室",
        "Ａ座１２０１室",
        "二单元三楼5号",
        "3号楼2单元402",
        "示例村二社7号",
    ]
)
NOISE = st.sampled_from(
    [
        "当事人",
        "，",
        "。",
        " ",
        "电话",
        "身份证号：",
        "第",
        "号",
        "字",
        "〔2024〕",
        "室",
        "组",
        "社",
        "办公室",
        "社会信用代码",
        "2024-03-05",
        "0.2万元",
        "1",
        "86",
        "X",
        "〕",
        "\n",
        "－",
        "单元",
        "栋",
        "９",
    ]
)
TEXTS = st.lists(
    WRITTEN | PLACES | USCCS | NOISE | st.text(alphabet="0123456789 -Xx０１号室栋组", max_size=24), max_size=6
).map("".join)


def kinds(text: str) -> list[str]:
    return [finding.kind for finding in find_personal(text)]


def flagged(texts: list[str | None]) -> list[bool]:
    return suspicious_series(pl.Series(texts, dtype=pl.String)).to_list()


@settings(max_examples=100)
@given(st.lists(TEXTS, min_size=10, max_size=20))
def test_no_text_with_a_finding_escapes_the_fast_search(texts):
    escaped = [
        text for text, hit in zip(texts, flagged(texts), strict=True) if not hit and find_personal(text)
    ]
    assert escaped == []


ONE_MARK = st.sampled_from(" -－　\xa0–—‑−\u200b")


@given(MOBILES, ONE_MARK, st.integers(3, 10))
def test_one_mark_between_digits_hides_a_number_from_neither_search(number, mark, at):
    text = f"电话{number[:at]}{mark}{number[at:]}"
    assert ("mobile" in kinds(text), flagged([text])) == (True, [True])


@pytest.mark.parametrize("sign", [chr(code) for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))])
def test_a_building_named_by_a_full_width_letter_is_found_by_both_searches(sign):
    text = f"示例花园{sign}座{sign}室"
    assert (kinds(text), flagged([text])) == (["address"], [True])


@pytest.mark.parametrize("number", [*"123456789一二三四五六七八九十"])
def test_a_village_group_of_any_number_is_found_by_both_searches(number):
    texts = [f"示例村{number}{group}{door}号" for group in "社组" for door in ("1", number)]
    assert ([kinds(text) for text in texts], flagged(texts)) == ([["address"]] * 4, [True] * 4)


def test_a_country_code_without_a_plus_hides_a_number_from_neither_search():
    texts = ["8613800000000", "008613800000000"]
    assert ([kinds(text) for text in texts], flagged(texts)) == ([["mobile"]] * 2, [True] * 2)


@pytest.mark.parametrize("body", ["13500152380000A", "52500152000000000"[:16]])
def test_digits_inside_a_unified_code_are_no_number_of_their_own(body):
    for tail in range(200):
        code = f"{body[:13]}{tail:04}" if body.isdigit() else f"{body[:14]}A{tail % 100:02}"
        code += uscc.calc_check_digit(code)
        assert find_personal(code) == [] or ric.is_valid(code)


def test_null_and_ordinary_texts_are_not_suspicious():
    plain = [
        "罚款0.2万元，渝潼市监处罚〔2024〕12号，2024年3月5日",
        "办公室第三会议室",
        "统一社会信用代码915001526912345678",
        None,
        "",
    ]
    assert flagged(plain) == [False] * 5


@given(IDS)
def test_an_id_number_is_found_where_it_stands(number):
    assert find_personal(f"当事人（{number}）") == [("person_id", 4, 22)]


@given(IDS, st.sampled_from("0123456789X"))
def test_an_id_number_with_a_wrong_check_character_is_none(number, check):
    found = kinds(f"码{number[:17]}{check}")
    assert ("person_id" in found) == (check == number[17])


@given(MOBILES, st.sampled_from(["电话{}。", "+86{}", "0086 {}", "{}", "2024-03-05 {}"]))
def test_a_mobile_number_is_found_in_all_surroundings(number, shape):
    assert "mobile" in kinds(shape.format(number))


@given(CARDS)
def test_a_bank_card_is_found_by_its_check_digit(number):
    assert kinds(f"账号{number}") == ["bank_card"] or ric.is_valid(number) or uscc.is_valid(number)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert "bank_card" not in kinds(f"账号{wrong}")


@given(NUMBERS, SPACED)
def test_spaces_and_full_width_hide_nothing(number, cut):
    assert kinds(f"号{spaced(number, cut)}。")
    assert kinds(f"号{number.translate(WIDE)}。") == kinds(f"号{number}。")


@given(USCCS)
def test_a_unified_code_is_no_personal_data(code):
    assert find_personal(f"统一社会信用代码：{code}，") == [] or ric.is_valid(code)


@pytest.mark.parametrize(
    "text",
    [
        "213800000000",
        "1380000000012",
        "0.12万元",
        "渝潼罚字第13800000000号",
        "〔2024〕13800000000号",
        "注册号：500152900307123",
        "12800000000",
        "500152199002300017",
        "第三会议室",
        "示例路12号",
        "1栋厂房",
        "办公室",
        "2024-01-15 2024-02-15",
        "15-2024-02-15-1",
        "62-22020000000000000",
    ],
)
def test_what_only_resembles_personal_data_is_left_alone(text):
    assert find_personal(text) == []


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话13800000000。", "电话138＊＊＊＊0000。"),
        ("电话１３８ ００００ ００００", "电话１３８ ＊＊＊＊ ００００"),
        ("卡6222020000000000000。", "卡" + "＊" * 15 + "0000。"),
        ("住示例路12号3幢2单元5-1室。", "住示例路" + "＊" * 12 + "。"),
        ("住示例村3组12号", "住示例村" + "＊" * 5),
        ("旧证500152900307123。", "旧证500" + "＊" * 10 + "23。"),
    ],
)
def test_findings_are_masked_and_the_rest_stays(text, masked):
    assert mask_personal(text) == masked


@given(TEXTS)
def test_a_masked_text_has_its_old_length_and_no_findings(text):
    masked = mask_personal(text)
    assert len(masked) == len(text)
    assert find_personal(masked) == []
    assert mask_personal(masked) == masked


@given(TEXTS)
def test_findings_are_in_order_and_apart(text):
    spans = [(finding.start, finding.end) for finding in find_personal(text)]
    assert spans == sorted(spans)
    assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:], strict=False))
    assert all(0 <= start < end <= len(text) for start, end in spans)


def test_a_hundred_thousand_digits_are_read_in_a_moment():
    assert kinds("1" * 100_000) == []
    assert len(kinds("1 " * 50_000)) == 0


PATTERNS = ["宗教信仰", "血型", "病史|疾病"]


@given(
    st.lists(
        st.none()
        | st.lists(st.sampled_from(["宗教", "信仰", "血", "型", "病史", "甲"]), max_size=4).map("".join),
        max_size=8,
    )
)
@example([None, ""])
def test_a_column_is_searched_for_prohibited_content_as_its_values_are(values):
    column = pl.Series(values, dtype=pl.String)
    alone = [value is not None and bool(find_prohibited(value, PATTERNS)) for value in values]
    assert prohibited_series(column, PATTERNS).to_list() == alone
    assert prohibited_series(column, []).to_list() == [False] * len(values)


def test_prohibited_wordings_are_listed_once_and_in_order():
    assert find_prohibited("病史：血型A，病史", PATTERNS) == ["病史", "血型"]
    assert find_prohibited("病史", []) == []


def test_the_first_digits_stay_within_what_the_engine_searches_fast():
    literals = 9 + 3 + 7 + 40 + 1 + 3
    assert literals <= 64
    assert detect._STARTS == "1[1-9]|2[1-3]|3[1-7]|[4-69][0-9]|71|8[1-3]"
