"""Which encoding a text file is in, and the refusal of what is no text.

UTF-8 (with or without BOM) is tried strictly; what is not UTF-8 is GB18030, strictly; UTF-16 with its BOM
is read through a temporary UTF-8 copy. A file with lines of both kinds is refused, for either reading would
garble some names.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl

from xinyong.kernel.errors import Refused

UTF8, GB18030 = "utf-8", "gb18030"
_BINARY = {
    b"%PDF": "PDF 文档",
    b"\x89PNG": "PNG 图片",
    b"\xff\xd8\xff": "JPEG 图片",
    b"GIF8": "GIF 图片",
    b"MZ": "Windows 程序",
    b"\x7fELF": "程序",
    b"Rar!": "RAR 压缩包",
    b"7z\xbc\xaf": "7z 压缩包",
    b"\x1f\x8b": "gzip 压缩包",
    b"BZh": "bzip2 压缩包",
    b"\xfd7zXZ": "xz 压缩包",
    b"SQLite format 3": "SQLite 数据库",
}
_LINE_END = re.compile(rb"\r\n|\n|\r")
_RUN = 3  # so many Chinese characters in UTF-8 in a row, in a line of nothing but UTF-8, are no accident


def refuse_binary(head: bytes) -> None:
    """Refuse a file that is of another kind by its first bytes, whatever its name says."""
    for magic, name in _BINARY.items():
        if head.startswith(magic):
            raise Refused(
                "reading.binary",
                f"这个文件的内容是{name}，不是数据表格。请交 CSV、XLSX 或每行一个 JSON 对象的文件。",
            )
    if re.match(
        rb"\s*<(?:!doctype|html|\?xml|table|meta)", head.removeprefix(codecs.BOM_UTF8), re.IGNORECASE
    ):
        raise Refused(
            "reading.markup",
            "这个文件的内容是网页或 XML（有的系统把网页导出成“.xls”）。请用表格软件打开，"
            "另存为 xlsx 后再交。",
        )


def refuse_nul(data: bytes, first_line: int) -> None:
    """Refuse a NUL byte, naming its line; `data` begins on `first_line`."""
    place = data.find(b"\0")
    if place >= 0:
        raise Refused(
            "reading.nul",
            f"第 {first_line + line_breaks(data[:place])} 行含有空字符（NUL 字节），"
            "文件可能已损坏或不是文本。"
            "请从原系统重新导出后再交。",
        )


def line_breaks(data: bytes) -> int:
    """Number of line ends (LF, CRLF or CR alone)."""
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def is_utf8(data: bytes) -> bool:
    """Strict UTF-8? `data` must end at a character's end."""
    if data.isascii():
        return True
    try:  # Polars validates several times faster than Python decodes
        pl.Series([data], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True


def settle(data: bytes, first_line: int, so_far: str | None) -> str | None:
    """The encoding after these whole lines, given the one before them; None while all is ASCII.

    Raises `Refused` naming the first line that does not fit.
    """
    if so_far == GB18030 or data.isascii():
        return so_far
    if is_utf8(data):
        return UTF8
    lines = _LINE_END.split(data)
    bad = next(i for i, text in enumerate(lines) if not is_utf8(text))
    if so_far == UTF8 or any(not text.isascii() for text in lines[:bad]):
        raise refused_mixed(first_line + bad, UTF8)
    return GB18030


def to_utf8(data: bytes, first_line: int) -> bytes:
    """Whole lines of GB18030 as UTF-8; refuses, by line, what is not GB18030 or is UTF-8 after all."""
    if data.isascii():
        return data
    try:
        text = data.decode(GB18030)
    except UnicodeDecodeError as error:
        raise refused_mixed(first_line + line_breaks(data[: error.start]), GB18030) from None
    _refuse_hidden_utf8(data, first_line)
    return text.encode(UTF8)


def _refuse_hidden_utf8(data: bytes, first_line: int) -> None:
    array = np.frombuffer(data, dtype=np.uint8)
    if len(array) < 3 * _RUN:
        return
    tail = (array & 0xC0) == 0x80
    heads = np.flatnonzero((array[:-2] >= 0xE3) & (array[:-2] <= 0xE9) & tail[1:-1] & tail[2:])
    if len(heads) < _RUN:
        return
    runs = heads[: 1 - _RUN][heads[_RUN - 1 :] - heads[: 1 - _RUN] == 3 * (_RUN - 1)]
    for place in runs.tolist():
        start = max(data.rfind(b"\n", 0, place), data.rfind(b"\r", 0, place)) + 1
        match = _LINE_END.search(data, place)
        if is_utf8(data[start : match.start() if match else len(data)]):
            raise refused_mixed(first_line + line_breaks(data[:start]), GB18030)


def refused_mixed(line: int, rest: str) -> Refused:
    """The refusal of a line that is not in the encoding of the lines before it."""
    names = {UTF8: "UTF-8", GB18030: "GB18030（GBK）"}
    return Refused(
        "reading.mixed_encoding",
        f"第 {line} 行的文字编码与其他行不一致（其他行是 {names[rest]}），无法正确识别。"
        "文件可能由两个来源拼接而成，请用表格软件统一另存为 UTF-8 编码的 CSV 或 xlsx 后再交。",
    )


def utf16_of(head: bytes) -> str | None:
    """`utf-16` where the file begins with a UTF-16 byte order mark."""
    if head.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        raise Refused("reading.utf32", "这个文件是 UTF-32 编码。请另存为 UTF-8 编码的 CSV 或 xlsx 后再交。")
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None


def spool_utf16(path: Path, out: IO[bytes]) -> None:
    """Write the file at `path` as UTF-8 to `out`, without the BOM."""
    decoder = codecs.getincrementaldecoder("utf-16")()
    line = 1
    with path.open("rb") as file:
        while True:
            data = file.read(1 << 20)
            try:
                encoded = decoder.decode(data, final=not data).encode(UTF8)
            except UnicodeError:
                raise Refused(
                    "reading.broken_utf16",
                    f"文件声明为 UTF-16 编码，但第 {line} 行附近的内容不完整。请从原系统重新导出后再交。",
                ) from None
            out.write(encoded)
            line += line_breaks(encoded)
            if not data:
                return
