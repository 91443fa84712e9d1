"""Folding of column header texts, so that one spelling of a header meets every other."""

from __future__ import annotations

import re
import unicodedata

_OPENING = "([{〔【「『《<"
_CLOSING = ")]}〕】」』》>"
_BRACKETS = str.maketrans(_OPENING + _CLOSING, "(" * len(_OPENING) + ")" * len(_CLOSING))
# White space and what shows nothing: BOM, zero-width space and joiners, soft hyphen, directions.
_UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")
_MARKS = re.compile(r"^\*+|(?:\*|※|\((?:\*|必填项?|选填项?)\)|(?<=.)[:])+$")


def fold_header(text: str) -> str:
    """Fold a header text: `" 处罚 类别１（必填）* "` → `"处罚类别1"`.

    NFKC, no white space or invisible characters, every kind of bracket round, lower case, without the marks
    that templates add (leading `*`; trailing `*`, `※`, `:`, `（必填）`, `（选填）`). Folding twice changes
    nothing.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    folded = _UNSEEN.sub("", folded).translate(_BRACKETS)
    while (shorter := _MARKS.sub("", folded)) != folded:
        folded = shorter
    return unicodedata.normalize("NFKC", folded)
