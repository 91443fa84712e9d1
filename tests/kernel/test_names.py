import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style, lazy_pinyin

from xinyong.kernel.names import bigrams, fold_name, fold_name_expr, initials

PIECES = st.sampled_from(
    [
        "重庆",
        "示例",
        "集团",
        "有限公司",
        "银行",
        "长江",
        "行",
        "（",
        "）",
        "(",
        ")",
        "〔",
        "】",
        "《",
        "＞",
        "·",
        "・",
        "•",
        "．",
        ".",
        "“",
        "'",
        "＂",
        " ",
        "\u3000",
        "\u200b",
        "\xa0",
        "ＡＢ",
        "ab",
        "ß",
        "㈱",
        "①",
        "ﬁ",
        "Ω",
        "𠮷",
        "㖞",
        "⼀",
        "é",
        "e\u0301",
        "ŉ",
        "İ",
        "-",
        "—",
        "1",
        "２",
    ]
)
NAMES = st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=8)


@given(st.lists(st.none() | NAMES, max_size=10))
def test_a_column_is_folded_as_its_values_are(values):
    frame = pl.DataFrame({"n": pl.Series(values, dtype=pl.String)})
    alone = [None if value is None else fold_name(value) for value in values]
    assert frame.select(fold_name_expr("n"))["n"].to_list() == alone


@given(NAMES)
def test_folding_twice_changes_nothing_more(name):
    assert fold_name(fold_name(name)) == fold_name(name)


@given(NAMES)
def test_a_folded_name_is_the_same_for_every_normal_form_of_unicode(name):
    assert {fold_name(unicodedata.normalize(form, name)) for form in ("NFC", "NFD", "NFKC", "NFKD")} == {
        fold_name(name)
    }


@pytest.mark.parametrize(
    "spelling",
    [
        "重庆示例（集团）有限公司",
        "重庆示例(集团)有限公司",
        "重庆示例〔集团〕有限公司",
        "重庆示例【集团】有限公司",
        "重庆示例《集团》有限公司",
        "重庆示例<集团>有限公司",
        " 重庆 示例\u3000（集团） 有限公司\ufeff",
        "“重庆示例”（集团）有限公司",
        "重庆·示例（集团）有限公司",
        "重庆・示例［集团］有限公司",
        "重庆•示例（集团）有限公司",
    ],
)
def test_spellings_of_one_name_fold_alike(spelling):
    assert fold_name(spelling) == "重庆示例(集团)有限公司"


def test_width_and_case_of_letters_make_no_difference():
    assert fold_name("示例ａｂｃ Ｃｏ．") == fold_name("示例ABC co.") == "示例ABCCO"


@pytest.mark.parametrize(
    ("one", "other"), [("示例一", "示例二"), ("示例（一）", "示例一"), ("示例-1", "示例1")]
)
def test_different_names_stay_different(one, other):
    assert fold_name(one) != fold_name(other)


def test_what_stands_side_by_side_once_a_dot_is_gone_is_folded_too():
    assert fold_name("e.\u0301") == fold_name("é") == "É"


def test_soft_hyphens_and_direction_marks_are_dropped():
    assert fold_name("示\u00ad例\u200e集\u202d团") == "示例集团"


def test_bigrams_are_the_distinct_pairs_of_the_folded_name():
    assert bigrams("示例示例（集团）") == ["示例", "例示", "例集", "集团"]


@given(NAMES, NAMES)
def test_a_part_of_a_name_is_found_by_its_bigrams(before, after):
    parts = bigrams("示例")
    assert (
        set(parts) <= set(bigrams(before + "示例" + after))
        or fold_name(before + "示例" + after).find("示例") < 0
    )


def test_one_character_is_its_own_term_and_none_has_none():
    assert (bigrams("示"), bigrams(" （） ")) == (["示"], [])


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("重庆示例有限公司", "CQSLYXGS"),
        ("潼南区示例（集团）A1", "TNQSLJTA1"),
        ("示例银行", "SLYH"),
        ("重要示例", "ZYSL"),
        ("长江示例", "CJSL"),
        ("", ""),
        ("—？", ""),
    ],
)
def test_initials_are_the_first_letters_of_the_pinyin(name, letters):
    assert initials(name) == letters


CHINESE = st.lists(
    st.sampled_from(
        [
            "重庆",
            "示例",
            "银行",
            "行",
            "长",
            "会计",
            "会",
            "乐",
            "单",
            "厦门",
            "朝阳",
            "潼南",
            "有限公司",
            "1",
            "A",
            "（",
            "）",
        ]
    ),
    max_size=8,
)


@given(CHINESE.map("".join))
def test_initials_agree_with_pypinyin_reading_the_whole_name(name):
    whole = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).upper()
    assert initials(name) == "".join(char for char in whole if char.isascii() and char.isalnum())
