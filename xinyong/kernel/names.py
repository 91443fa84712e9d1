"""Names of subjects, folded for comparison and cut up for search."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from xinyong.kernel.text import TRIMMED, as_expr, flags, replace_where

if TYPE_CHECKING:
    from pypinyin.seg.mmseg import Seg

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
_BRACKETS_RUST = r"\A[0-9A-Z()（）\x{4e00}-\x{9fa5}]*\z"
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
    half = series.str.replace_all("（", "(", literal=True).str.replace_all("）", ")", literal=True)
    odd = ~flags(series, _BRACKETS_RUST)
    return replace_where(half, odd, _odd(series.filter(odd))) if odd.any() else half


def _odd(series: pl.Series) -> pl.Series:
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


_RUN = re.compile(r"[0-9A-Z]+|[^\x00-\x7f]+")


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
    runs = _RUN.findall(fold_name(name))
    return "".join(run if run.isascii() else _run_initials(run) for run in runs)


def _run_initials(run: str) -> str:
    return "".join(_word_initials(word) for word in _segmenter().cut(run))


@lru_cache(maxsize=1)
def _segmenter() -> Seg:
    # Loading the phrase table takes a third of a second, which a command that needs no pinyin shouldn't pay.
    from pypinyin.seg.mmseg import seg

    return seg


@lru_cache(maxsize=1 << 16)
def _word_initials(word: str) -> str:
    """Names repeat their words, and pypinyin takes eight times as long to convert a word as to cut it off."""
    from pypinyin import Style, lazy_pinyin

    letters = "".join(lazy_pinyin([word], style=Style.FIRST_LETTER, strict=False)).upper()
    return "".join(char for char in letters if char.isascii() and char.isalnum())
