"""Names of subjects, folded for comparison and cut up for search."""

import re
import unicodedata

import polars as pl

from xinyong.kernel.text import TRIMMED, as_expr, flags, replace_where

_OPENING = "([{<〈《【〔〖〘〚⟨⟪⦅❨❲"
_CLOSING = ")]}>〉》】〕〗〙〛⟩⟫⦆❩❳"
_DOTS = "·・•.‧∙⋅●・᛫"
_QUOTES = "\"'`‘’‚‛“”„‟«»‹›「」『』〝〞〟′″"
_INVISIBLE = TRIMMED + "\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_FOLDS = str.maketrans(
    dict.fromkeys(_OPENING, "(")
    | dict.fromkeys(_CLOSING, ")")
    | dict.fromkeys(_DOTS + _QUOTES + _INVISIBLE, "")
)

# In front of the slow path: what needs nothing, and what a replacement table settles.
_FOLDED_RUST = r"\A[0-9A-Z()\x{4e00}-\x{9fa5}]*\z"
_COMMON = "（）［］｛｝＜＞【】〔〕《》〈〉〖〗[]{}<>“”‘’\"'·・•. \u3000"
_EASY_RUST = r"\A[0-9A-Za-z()" + re.escape(_COMMON) + r"\x{4e00}-\x{9fa5}]*\z"


def fold_name(name: str) -> str:
    """The form in which two spellings of one name are equal; empty if nothing readable is in it.

    Compatibility forms become plain (NFKC: width, ㈱, ①), letters upper case; brackets of every kind become
    ( and ); white space, invisible characters, middle dots, full stops and quotation marks go. Folding twice
    changes nothing more.
    """
    folded = name
    while (once := _fold_once(folded)) != folded:
        folded = once
    return folded


def _fold_once(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).upper()).translate(_FOLDS)


_COMMON_TO = [fold_name(char) for char in _COMMON]


def fold_name_series(series: pl.Series) -> pl.Series:
    """`fold_name` for a String series."""
    rest = ~flags(series, _FOLDED_RUST) & series.is_not_null()
    return replace_where(series, rest, _rest(series.filter(rest))) if rest.any() else series


def _rest(series: pl.Series) -> pl.Series:
    hard = ~flags(series, _EASY_RUST)
    easy = series.str.replace_many(list(_COMMON), _COMMON_TO).str.to_uppercase()
    if not hard.any():
        return easy
    names = series.filter(hard)
    distinct = names.unique()
    folded = pl.Series([fold_name(name) for name in distinct], dtype=pl.String)
    return replace_where(easy, hard, names.replace_strict(distinct, folded, return_dtype=pl.String))


def fold_name_expr(col: pl.Expr | str) -> pl.Expr:
    """`fold_name` for a String column."""
    return as_expr(col).map_batches(fold_name_series, return_dtype=pl.String, is_elementwise=True)


def bigrams(text: str) -> list[str]:
    """The distinct two-character terms of a folded name in order, brackets left out.

    A single character is its own term, so that a query of one character finds nothing rather than everything.
    """
    plain = fold_name(text).replace("(", "").replace(")", "")
    if len(plain) == 1:
        return [plain]
    return list(dict.fromkeys(plain[at : at + 2] for at in range(len(plain) - 1)))


def initials(name: str) -> str:
    """The first letters of a name's pinyin in upper case, Latin letters and digits kept, all else left out.

    Characters with several readings are read by the phrase they stand in: 重庆 is CQ.
    """
    # Loading the phrase table takes a third of a second, which a command that needs no pinyin shouldn't pay.
    from pypinyin import Style, lazy_pinyin

    letters = "".join(lazy_pinyin(fold_name(name), style=Style.FIRST_LETTER, errors="default", strict=False))
    return "".join(char for char in letters.upper() if char.isascii() and char.isalnum())
