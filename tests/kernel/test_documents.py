"""Numbers of documents: two spellings of one number fold to one text, two numbers never do."""

from __future__ import annotations

import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xinyong.kernel.documents import fold_document, fold_document_expr, fold_document_series

SPELLINGS = st.text(
    alphabet=st.sampled_from(
        "潼罚字第号0129AZaz〔〕[](){}【】（）《》「」『』〖〗〈〉 \t\u3000\u00a0\ufeff\u200b２０Ａ－-/.～①㈠"
    ),
    max_size=24,
)


@pytest.mark.parametrize(
    "spelling",
    ["潼罚〔2026〕8号", "潼罚[2026]8号", "潼罚（2026）8号", "潼罚【2026】8号", "潼罚〖2026〗8号", "潼罚《2026》8号",
     "潼罚「2026」8号", "潼罚<2026>8号", "潼罚{2026}8号", " 潼罚〔２０２６〕 8号 ", "潼罚〔2026〕8\u200b号", "\ufeff潼罚〔2026〕8号",
     "潼罚〚2026〛8号", "潼罚\u3000〔2026〕\u00a08号"],
)  # fmt: skip
def test_brackets_width_and_spaces_make_no_other_number(spelling):
    assert fold_document(spelling) == "潼罚〔2026〕8号"


@pytest.mark.parametrize(
    ("one", "other"),
    [("潼罚〔2026〕8号", "潼罚〔2026〕18号"), ("潼罚〔2026〕8号", "潼罚字〔2026〕8号"), ("A1", "a1"),
     ("潼罚〔2026〕8号", "潼罚2026-8号"), ("8-1", "81"), ("8/1", "81"), ("8.1", "81")],
)  # fmt: skip
def test_what_tells_two_numbers_apart_is_kept(one, other):
    assert fold_document(one) != fold_document(other)


@settings(max_examples=100)
@given(SPELLINGS)
def test_folding_twice_changes_nothing_more(text):
    once = fold_document(text)
    assert fold_document(once) == once == unicodedata.normalize("NFKC", once)


@settings(max_examples=100)
@given(st.lists(st.none() | SPELLINGS | st.text(max_size=8), max_size=30))
def test_a_column_folds_as_its_values_do(values):
    series = pl.Series("n", values, dtype=pl.String)
    expected = [None if v is None else fold_document(v) for v in values]
    assert fold_document_series(series).to_list() == expected
    assert pl.DataFrame({"n": series}).select(fold_document_expr(pl.col("n")))["n"].to_list() == expected


def test_an_empty_column_and_one_of_nulls_stay_what_they_are():
    for values in ([], [None, None]):
        series = pl.Series(values, dtype=pl.String)
        assert fold_document_series(series).to_list() == values
