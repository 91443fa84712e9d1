"""Which reader a file needs, told by its content and not by its name."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO

from xinyong.collection.reading import encoding, guard
from xinyong.collection.reading.csv import CsvSource
from xinyong.collection.reading.header import HeaderMap
from xinyong.collection.reading.jsonl import JsonlSource
from xinyong.collection.reading.limits import Limits
from xinyong.collection.reading.source import Source
from xinyong.collection.reading.xlsx import XlsxSource
from xinyong.kernel.errors import Refused

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def open_file(path: Path, known: HeaderMap, limits: Limits, temp_dir: Path | None) -> Source:
    """The reader for the file at `path`; raises `Refused` where there is none."""
    file = _opened(path)
    try:
        return _reader(file, path, known, limits, temp_dir)
    except BaseException:
        file.close()
        raise


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        raise Refused("reading.no_such_file", f"找不到文件“{path}”。请检查路径和文件名后重试。") from None
    except IsADirectoryError:
        raise Refused(
            "reading.directory", f"“{path}”是文件夹，不是文件。请指定其中的一个数据文件。"
        ) from None
    except OSError as error:
        raise Refused(
            "reading.unreadable",
            f"文件“{path}”打不开（{error.strerror}）。请检查是否有读取权限、是否被占用。",
        ) from None


def _reader(file: IO[bytes], path: Path, known: HeaderMap, limits: Limits, temp_dir: Path | None) -> Source:
    head = file.read(4096)
    if head.startswith(b"PK\x03\x04"):
        return XlsxSource(file, known, limits)
    if head.startswith(_OLE):
        raise guard.refuse_ole(file)
    encoding.refuse_binary(head)
    if encoding.utf16_of(head):
        file = _spooled(file, path, temp_dir)
        head = file.read(4096)
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if first == b"[":
        raise Refused(
            "reading.json_array", "这个文件是一个 JSON 数组。请改成每行一个 JSON 对象（JSON Lines）后再交。"
        )
    return (JsonlSource if first == b"{" else CsvSource)(file, known, limits)


def _spooled(file: IO[bytes], path: Path, temp_dir: Path | None) -> IO[bytes]:
    file.close()
    spool: IO[bytes] = tempfile.TemporaryFile(dir=temp_dir)
    encoding.spool_utf16(path, spool)
    spool.seek(0)
    return spool
