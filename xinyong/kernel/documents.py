"""Numbers of documents (潼市监罚〔2026〕8号), folded so that one number in two spellings is one number."""

from __future__ import annotations

import unicodedata

import polars as pl

from xinyong.kernel.text import TRIMMED, flags, replace_where

_OPENING = "([{<〈《【〖〘〚「『"
_CLOSING = ")]}>〉》】〗〙〛」』"
_UNSEEN = TRIMMED + "\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
_FOLDS = str.maketrans(
    dict.fromkeys(_OPENING, "〔") | dict.fromkeys(_CLOSING, "〕") | dict.fromkeys(_UNSEEN, "")
)
# What needs nothing: nearly every number that comes in.
_FOLDED_RUST = r"\A[0-9A-Za-z〔〕/.\-\x{4e00}-\x{9fa5}]*\z"
_COMMON = dict.fromkeys("([【（［", "〔") | dict.fromkeys(")]】）］", "〕") | {" ": "", "\u3000": ""}


def fold_document(number: str) -> str:
    """The form in which two spellings of one number are equal: `" 潼罚[２０２６] 8号"` → `"潼罚〔2026〕8号"`.

    Compatibility forms become plain (NFKC), brackets of every kind become 〔 and 〕, white space goes; letters
    keep their case. Folding twice changes nothing more.
    """
    folded = unicodedata.normalize("NFKC", number).translate(_FOLDS)
    return folded if folded == number else fold_document(folded)


def fold_document_series(series: pl.Series) -> pl.Series:
    """`fold_document` for a String series; null stays null."""
    odd = ~flags(series, _FOLDED_RUST) & series.is_not_null()
    if not odd.any():
        return series
    return replace_where(series, odd, _odd(series.filter(odd)))


def _odd(series: pl.Series) -> pl.Series:
    """Other brackets and spaces at once, whatever is odder one by one."""
    easy = series.str.replace_many(list(_COMMON), list(_COMMON.values()))
    hard = ~flags(easy, _FOLDED_RUST)
    if not hard.any():
        return easy
    folded = pl.Series([fold_document(n) for n in easy.filter(hard).to_list()], dtype=pl.String)
    return replace_where(easy, hard, folded)


def fold_document_expr(column: pl.Expr) -> pl.Expr:
    """`fold_document` for a String column."""
    return column.map_batches(fold_document_series, return_dtype=pl.String, is_elementwise=True)
