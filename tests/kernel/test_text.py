import sys
import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinyong.kernel import text

ODD = st.sampled_from(
    list(
        "\r\n\t\v\f \x85\xa0\u1680\u2003\u2028\u2029\u202f\u3000\u200b\u200f\ufeff\u180e\u2060aＡ１　，中\x00\x1f\x7f\x80\x9f\u202e\u2066\ufdd0\uffff\U0001ffff"
    )
    + ["\r\n"]
)
TEXTS = st.lists(ODD | st.characters(exclude_categories=["Cs"]), max_size=12).map("".join)
COLUMNS = st.lists(st.none() | TEXTS, max_size=8)


def column(values: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame({"a": pl.Series(values, dtype=pl.String)})


def every(function, values):
    return [None if value is None else function(value) for value in values]


@given(COLUMNS)
def test_a_column_is_cleaned_as_its_values_are(values):
    assert column(values).select(text.clean_expr("a"))["a"].to_list() == every(text.clean, values)


@given(COLUMNS)
def test_a_column_is_searched_for_controls_as_its_values_are(values):
    assert column(values).select(text.has_control("a"))["a"].to_list() == every(text.contains_control, values)


@given(COLUMNS)
def test_a_column_is_made_half_width_as_its_values_are(values):
    assert text.to_half_width_series(column(values)["a"]).to_list() == every(text.to_half_width, values)


@given(TEXTS)
def test_cleaning_twice_changes_nothing_more(value):
    once = text.clean(value)
    assert text.clean(once) == once


def test_the_line_breaks_of_windows_become_line_feeds_and_the_ends_are_trimmed():
    assert text.clean("\ufeff  第一行\r\n第二行\u3000\u200b") == "第一行\n第二行"


def test_a_line_break_doubled_by_two_conversions_is_one():
    assert text.clean("甲\r\r\n乙") == "甲\n乙"


def test_everything_python_strips_and_unicode_calls_white_space_is_trimmed():
    space = [chr(code) for code in range(sys.maxunicode) if chr(code).isspace() and not 0x1C <= code <= 0x1F]
    assert set(space) == set(text.WHITE_SPACE)


def test_the_information_separators_python_would_strip_are_kept_to_be_refused():
    assert text.contains_control(text.clean("\x1c甲\x1f"))


@pytest.mark.parametrize(
    "bad",
    [
        "\x00",
        "\x08",
        "\x0b",
        "\r",
        "\x1f",
        "\x7f",
        "\x85",
        "\x9f",
        "\u2028",
        "\u2029",
        "\ufdd0",
        "\ufffe",
        "\U0010ffff",
    ],
)
def test_a_control_character_inside_is_found(bad):
    assert text.contains_control(f"甲{bad}乙")


def test_tab_line_feed_and_rare_characters_are_no_controls():
    assert not text.contains_control("甲\t乙\n\xa0·𠮷\ufffd￥")


def test_every_control_of_unicode_except_tab_and_line_feed_is_found():
    controls = {chr(code) for code in range(sys.maxunicode) if unicodedata.category(chr(code)) == "Cc"}
    assert {char for char in controls if not text.contains_control(char)} == {"\t", "\n"}
