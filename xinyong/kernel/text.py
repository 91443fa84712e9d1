"""Text as departments send it: trimming, control characters, width.

Each check has a scalar form for one value and a Polars form for a column; both give the same answer.
"""

import re

import numpy as np
import numpy.typing as npt
import polars as pl

# Unicode White_Space (15.0), then the byte-order mark and the invisible joiners that copying leaves behind.
WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
)
ZERO_WIDTH = "\u180e\u200b\u200c\u200d\u2060\ufeff"
TRIMMED = WHITE_SPACE + ZERO_WIDTH

_TRIMMED_CLASS = "[" + "".join(f"\\x{{{ord(char):x}}}" for char in TRIMMED) + "]"
_LEADING = rf"\A{_TRIMMED_CLASS}"
_TRAILING = rf"{_TRIMMED_CLASS}\z"

# A file written twice in text mode has \r\r\n.
_BREAK = re.compile(r"\r+\n")

# The noncharacters of every plane are xFFFE and xFFFF; FDD0–FDEF are the rest of them.
_PLANES = "".join(f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(1, 17))
_CONTROL_BODY = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\ufffe\uffff" + _PLANES
_CONTROL = re.compile(f"[{_CONTROL_BODY}]")
_CONTROL_RUST = "[" + re.sub(r"\\[uU]([0-9a-f]+)", r"\\x{\1}", _CONTROL_BODY) + "]"

Bytes = npt.NDArray[np.uint8]

_WIDE = {0x3000: 0x20} | {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_WIDE_RUST = r"[\x{3000}\x{ff01}-\x{ff5e}]"
_WIDE_FROM = [chr(code) for code in _WIDE]
_WIDE_TO = [chr(code) for code in _WIDE.values()]


def as_expr(col: pl.Expr | str) -> pl.Expr:
    """Take a column by name or as an expression."""
    return pl.col(col) if isinstance(col, str) else col


def flags(series: pl.Series, pattern: str) -> pl.Series:
    """Boolean series: which values match a Rust regular expression; a null does not."""
    return series.str.contains(pattern).fill_null(False)


def replace_where(series: pl.Series, mask: pl.Series, fixed: pl.Series) -> pl.Series:
    """The series with the values under `mask` replaced, in order, by those of `fixed` (one per true bit)."""
    index = np.arange(len(series), dtype=np.uint32)
    index[mask.to_numpy()] = np.arange(len(series), len(series) + len(fixed), dtype=np.uint32)
    return pl.concat([series, fixed], rechunk=False).gather(pl.Series(index)).alias(series.name)


def clean(text: str) -> str:
    """Trim white space and invisible characters at both ends; a line break inside becomes one line feed."""
    return _BREAK.sub("\n", text).strip(TRIMMED) if "\r" in text else text.strip(TRIMMED)


def clean_series(series: pl.Series) -> pl.Series:
    """`clean` for a String series; values that need nothing are not copied."""
    trim = flags(series, _LEADING) | flags(series, _TRAILING)
    broken = series.str.contains("\r\n", literal=True).fill_null(False)
    mask = trim | broken
    if not mask.any():
        return series
    some = series.filter(mask).str.replace_all(_BREAK.pattern, "\n").str.strip_chars(TRIMMED)
    return replace_where(series, mask, some)


def clean_expr(col: pl.Expr | str) -> pl.Expr:
    """`clean` for a String column."""
    return as_expr(col).map_batches(clean_series, return_dtype=pl.String, is_elementwise=True)


def contains_control(text: str) -> bool:
    """Whether a cleaned text holds a character no field may hold.

    Forbidden are C0 controls except tab and line feed, DEL, C1 controls, the line and paragraph separators
    U+2028/2029 (they break lines in some readers only, so a file would count its rows two ways) and
    noncharacters.
    """
    return _CONTROL.search(text) is not None


def has_control(col: pl.Expr | str) -> pl.Expr:
    """`contains_control` for a String column, to be used after `clean_expr`; null stays null."""
    return as_expr(col).str.contains(_CONTROL_RUST)


_CHUNK = 1 << 17  # bytes: stays in the processor's cache


def block_is_tidy(block: bytes, separator: int) -> bool:
    """Whether no cell of these lines can hold a forbidden control character or change under `clean`.

    For whole lines of UTF-8 with `separator` between cells and no line end within a cell, quoted or not. It
    never says yes wrongly; asked of a file's blocks it spares the two checks on every column.
    """
    if b"\x7f" in block or b"\xe1" in block or block.startswith(_BLANKS) or block.endswith(b"\r"):
        return False
    if not block.endswith(b"\n"):
        block += b"\n"
    edges = np.zeros(256, dtype=np.bool_)
    edges[[0x0A, 0x0D, 0x22, separator]] = True
    data = np.frombuffer(block, dtype=np.uint8)
    leads = [lead for lead in _ODD if bytes([lead]) in block]  # a search for one byte is nearly free
    starts = range(0, len(data), _CHUNK)
    return all(_chunk_is_tidy(data[max(at - 3, 0) : at + _CHUNK + 3], leads, edges) for at in starts)


def column_is_tidy(series: pl.Series) -> bool:
    """`block_is_tidy` for a String series: nothing in it can hold a control character or change under `clean`."""
    lines: bytes = series.str.join("\n").cast(pl.Binary).item()
    between = max(len(series) - series.null_count() - 1, 0)
    return b"\r" not in lines and lines.count(b"\n") == between and block_is_tidy(lines, 0x0A)


_BLANKS = (b" ", "\u3000".encode())


def _chunk_is_tidy(data: npt.NDArray[np.uint8], leads: list[int], edges: npt.NDArray[np.bool_]) -> bool:
    if int(data.max()) >= 0xF0:  # planes 1 to 16 are rare enough not to be told apart here
        return False
    at = np.flatnonzero(data < 0x20)
    low = data[at]
    returns = at[low == 0x0D]
    lone = data[returns[returns < len(data) - 1] + 1] != 0x0A
    if lone.any() or not edges[low].all():
        return False
    return not any(_ODD[lead](data, edges) for lead in leads)


def _followers(data: npt.NDArray[np.uint8], lead: int) -> tuple[npt.NDArray[np.int64], Bytes, Bytes]:
    """Places of a leading byte, and the two bytes behind each."""
    at = np.flatnonzero(data[:-2] == lead)
    return at, data[at + 1], data[at + 2]


def _odd_in_c2(data: Bytes, edges: npt.NDArray[np.bool_]) -> bool:
    return bool((_followers(data, 0xC2)[1] <= 0xA0).any())


def _odd_in_e2(data: Bytes, edges: npt.NDArray[np.bool_]) -> bool:
    _, second, third = _followers(data, 0xE2)
    spaces = (third <= 0x8D) | ((third >= 0xA8) & (third <= 0xAF))
    return bool(((second == 0x80) & spaces | (second == 0x81)).any())


def _odd_in_ef(data: Bytes, edges: npt.NDArray[np.bool_]) -> bool:
    second = data[1:-1]
    perhaps = (second == 0xB7) | (second == 0xBB) | (second == 0xBF)
    if not ((data[:-2] == 0xEF) & perhaps).any():  # full-width punctuation is everywhere: no look at each
        return False
    _, second, third = _followers(data, 0xEF)
    return bool(((second == 0xB7) | (second == 0xBB) | ((second == 0xBF) & (third >= 0xBE))).any())


def _space_at_an_edge(data: Bytes, edges: npt.NDArray[np.bool_]) -> bool:
    at = np.flatnonzero(data[1:-1] == 0x20)
    return bool((edges[data[at]] | edges[data[at + 2]]).any())


def _wide_space_at_an_edge(data: Bytes, edges: npt.NDArray[np.bool_]) -> bool:
    if not ((data[:-2] == 0xE3) & (data[1:-1] == 0x80) & (data[2:] == 0x80)).any():
        return False
    at, second, third = _followers(data, 0xE3)
    at = at[(second == 0x80) & (third == 0x80)]
    at = at[(at > 0) & (at + 3 < len(data))]
    return bool((edges[data[at - 1]] | edges[data[at + 3]]).any())


_ODD = {
    0x20: _space_at_an_edge,
    0xC2: _odd_in_c2,
    0xE2: _odd_in_e2,
    0xE3: _wide_space_at_an_edge,
    0xEF: _odd_in_ef,
}


def to_half_width(text: str) -> str:
    """Full-width ASCII and the ideographic space in their half-width form, character by character.

    The length never changes, so positions found in the result hold in the original.
    """
    return text.translate(_WIDE)


def to_half_width_series(series: pl.Series) -> pl.Series:
    """`to_half_width` for a String series; values without full-width characters are not copied."""
    mask = flags(series, _WIDE_RUST)
    if not mask.any():
        return series
    return replace_where(series, mask, series.filter(mask).str.replace_many(_WIDE_FROM, _WIDE_TO))
