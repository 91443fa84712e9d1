from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinyong.kernel.amounts import LIMIT, amount_text, normalise_amount, parse_amount, parse_amount_series

AMOUNTS = st.decimals(0, LIMIT - 1, places=6, allow_nan=False)
GROUPED = AMOUNTS.map(lambda value: f"{value:,}")
PADDED = AMOUNTS.map(lambda value: f"00{value}0000")
EXPONENT = AMOUNTS.map(lambda value: f"{value:E}")
JUNK = st.text(alphabet="0123456789.,-+eE元万 １２．，－¥贰", max_size=20)
LONG = st.decimals(0, 10**14, places=9, allow_nan=False).map(str)
FLOATS = st.floats(0, 1e9).map(repr)
VALUES = st.none() | AMOUNTS.map(str) | GROUPED | PADDED | EXPONENT | JUNK | LONG | FLOATS


@given(st.lists(VALUES, max_size=12))
def test_a_column_is_read_as_its_values_are(values):
    amounts, errors = parse_amount_series(pl.Series("CF_NR_FK", values, dtype=pl.String))
    alone = [(None, None) if value is None else normalise_amount(value) for value in values]
    assert list(zip(amounts, errors, strict=True)) == alone


@given(AMOUNTS, st.sampled_from(["{}", "{:,}", "00{}", "{}000", "{:E}", " {}\u3000"]))
def test_every_amount_is_read_in_every_spelling(value, shape):
    assert parse_amount(shape.format(value)) == (value, None)


@given(VALUES.filter(bool))
def test_the_normal_form_is_plain_and_its_own_normal_form(text):
    normal, error = normalise_amount(text)
    assert normal is None or (
        normalise_amount(normal) == (normal, None) and set(normal) <= set("0123456789.")
    )
    assert normal is None or error is None


@given(JUNK)
def test_nothing_is_an_amount_that_python_does_not_call_a_number(text):
    value, _ = parse_amount(text)
    if value is not None:
        assert (
            Decimal(text.strip().replace(",", "").replace("，", "").replace("．", ".").replace("－", "-"))
            == value
        )


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_what_a_computed_excel_cell_shows_is_the_amount_that_was_meant(a, b):
    total = a / 1000 + b / 1000
    assert parse_amount(repr(total)) == (Decimal(a + b) / 1000, None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2000元", "unit_in_text"), ("0.2万元", "unit_in_text"), ("￥2000", "unit_in_text"), ("RMB 5", "unit_in_text"),
        ("贰仟", "not_a_number"), ("无", "not_a_number"), ("1,2", "not_a_number"), ("1.2.3", "not_a_number"), (".", "not_a_number"),
        ("-", "not_a_number"), ("nan", "not_a_number"), ("Infinity", "not_a_number"), ("1_000", "not_a_number"), ("٣", "not_a_number"),
        ("1E99999", "not_a_number"), ("9" * 5000, "not_a_number"), ("-0.1", "negative"), ("－1", "negative"), ("\u22121", "negative"), ("1000000000000", "too_large"),
        ("1E9999", "too_large"), ("0.1234567", "too_many_decimals"), ("1E-7", "too_many_decimals"), ("123456789012.12345678", "too_many_decimals"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused_with_its_reason(text, code):
    assert parse_amount(text) == (None, code)


@pytest.mark.parametrize(
    ("text", "normal"),
    [("0.2", "0.2"), ("1,234.5", "1234.5"), ("２０．５", "20.5"), ("0.20000000", "0.2"), ("2E-1", "0.2"), ("1e3", "1000"), ("-0.00", "0"), ("000", "0"), ("100", "100"), (".5", "0.5"), ("5.", "5"), ("0.30000000000000004", "0.3"), ("999999999999.999999", "999999999999.999999")],
)  # fmt: skip
def test_an_amount_has_one_normal_form(text, normal):
    assert normalise_amount(text) == (normal, None)


@pytest.mark.parametrize("text", ["", " ", "\u3000\ufeff"])
def test_a_blank_is_neither_amount_nor_error(text):
    assert parse_amount(text) == (None, None)


def test_a_normal_form_has_no_exponent():
    assert [amount_text(Decimal(text)) for text in ("1E+11", "1E-6", "0E-6", "10")] == [
        "100000000000",
        "0.000001",
        "0",
        "10",
    ]
