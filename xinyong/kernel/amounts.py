"""Amounts of money in 万元 (ten thousand yuan), decimal(18,6) as in the 行政处罚 table."""

import re
from decimal import ROUND_HALF_EVEN, Decimal

import polars as pl

from xinyong.kernel.distinct import few_distinct, handed_out
from xinyong.kernel.text import TRIMMED, flags, replace_where, to_half_width

DECIMALS = 6
LIMIT = Decimal(10) ** 12

_LONGEST = 100
_PLUS_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})
_NUMBER = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d*)?(?:[eE][+-]?\d{1,4})?", re.ASCII)
_UNIT = re.compile(r"[元圆块万亿千百仟佰拾角分¥￥$]|RMB|CNY", re.IGNORECASE)
_STEP = Decimal("0.000001")
# A computed Excel cell reads 0.30000000000000004: a few steps of a double beside the amount that was meant.
_NOISE_SHARE, _NOISE_MOST = Decimal(2) ** -50, Decimal("1E-9")

_NORMAL_RUST = r"\A(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{0,5}[1-9])?\z"
_PADDED_RUST = r"\A[0-9]{1,12}\.[0-9]{1,6}\z"


def parse_amount(text: str) -> tuple[Decimal | None, str | None]:
    """The amount in 万元 a text gives, or an error code: exactly one of the two, for a blank text neither.

    Codes: `not_a_number`, `too_many_decimals` (more than six that are not zero), `negative`, `too_large`
    (10^12 万元 and more), `unit_in_text` (元, 万元, ¥: the sender may have meant another unit).
    """
    if len(text) > _LONGEST and len(text.strip(TRIMMED)) > _LONGEST:
        return None, "not_a_number"
    plain = to_half_width(text).translate(_PLUS_MINUS).strip(TRIMMED)
    if not plain:
        return None, None
    if not _NUMBER.fullmatch(plain) or not re.match(r"-?\.?\d", plain, re.ASCII):
        return None, "unit_in_text" if _has_unit(plain) else "not_a_number"
    return _checked(Decimal(plain.replace(",", "")))


def _has_unit(text: str) -> bool:
    return any(char in "0123456789" for char in text) and _UNIT.search(text) is not None


def _checked(value: Decimal) -> tuple[Decimal | None, str | None]:
    if not value:
        return Decimal(0), None
    if value < 0:
        return None, "negative"
    if value >= LIMIT:
        return None, "too_large"
    if _decimals(value) > DECIMALS:
        nearest = value.quantize(_STEP, ROUND_HALF_EVEN)
        if abs(value - nearest) > min(value * _NOISE_SHARE, _NOISE_MOST):
            return None, "too_many_decimals"
        value = nearest
    return value, None


def _decimals(value: Decimal) -> int:
    """Digits after the point that matter; trailing zeros don't."""
    digits, exponent = value.as_tuple().digits, value.as_tuple().exponent
    assert isinstance(exponent, int)
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return -(exponent + zeros)


def amount_text(value: Decimal) -> str:
    """The normal form of an amount: plain decimal, no exponent, no trailing zeros, such as 0.2 or 1234.5."""
    plain = format(value, "f")
    return (plain.rstrip("0").rstrip(".") if "." in plain else plain) or "0"


def normalise_amount(text: str) -> tuple[str | None, str | None]:
    """`parse_amount` with the amount in its normal form."""
    value, error = parse_amount(text)
    return (None if value is None else amount_text(value)), error


def parse_amount_series(series: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`normalise_amount` for a String series: (normal forms, error codes), both String, null where none.

    Values in normal form pass as they are, padded decimals are cut at column speed, each other spelling is
    parsed once per distinct value; where values repeat, once per value at all.
    """
    values = few_distinct(series)
    if values is None:
        return _parsed(series)
    fixed, errors = _parsed(values)
    same = bool((fixed == values).fill_null(False).all())
    return (
        series if same else handed_out(series, values, fixed),
        handed_out(series, values, errors) if errors.null_count() < len(errors) else _nothing(series),
    )


def _nothing(series: pl.Series) -> pl.Series:
    return pl.Series(series.name, [None], dtype=pl.String).new_from_index(0, len(series))


def _parsed(series: pl.Series) -> tuple[pl.Series, pl.Series]:
    none = _nothing(series)
    rest = ~flags(series, _NORMAL_RUST) & series.is_not_null()
    if not rest.any():
        return series, none
    fixed, errors = _rest(series.filter(rest))
    return replace_where(series, rest, fixed), replace_where(none, rest, errors)


def _rest(series: pl.Series) -> tuple[pl.Series, pl.Series]:
    none = pl.Series([None], dtype=pl.String).new_from_index(0, len(series))
    odd = ~flags(series, _PADDED_RUST)
    cut = series.str.strip_chars_end("0").str.strip_chars_end(".").str.strip_chars_start("0")
    cut = cut.str.replace(r"\A(?:\.|\z)", "0$0")
    if not odd.any():
        return cut, none
    fixed, errors = _distinct(series.filter(odd))
    return replace_where(cut, odd, fixed), replace_where(none, odd, errors)


def _distinct(series: pl.Series) -> tuple[pl.Series, pl.Series]:
    texts = series.unique()
    pairs = [normalise_amount(text) for text in texts]
    fixed = pl.Series([value for value, _ in pairs], dtype=pl.String)
    errors = pl.Series([error for _, error in pairs], dtype=pl.String)
    return (
        series.replace_strict(texts, fixed, return_dtype=pl.String),
        series.replace_strict(texts, errors, return_dtype=pl.String),
    )
