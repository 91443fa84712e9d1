"""Which reader a file needs, told by its content and not by its name."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO

from xinyong.collection.reading import encoding
from xinyong.collection.reading.csv import CsvSource
from xinyong.collection.reading.header import HeaderMap
from xinyong.collection.reading.limits import Limits
from xinyong.collection.reading.source import Source
from xinyong.kernel.errors import Refused


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
        return path.open("rb")
    except FileNotFoundError:
        raise Refused("reading.no_such_file", f"找不到文件“{path}”。请检查路径和文件名后重试。") from None
    except IsADirectoryError:
        raise Refused("reading.directory", f"“{path}”是文件夹，不是文件。请指定其中的一个数据文件。") from None
    except OSError as error:
        raise Refused(
            "reading.unreadable", f"文件“{path}”打不开（{error.strerror}）。请检查是否有读取权限、是否被占用。"
        ) from None


def _reader(file: IO[bytes], path: Path, known: HeaderMap, limits: Limits, temp_dir: Path | None) -> Source:
    head = file.read(4096)
    encoding.refuse_binary(head)
    if encoding.utf16_of(head):
        file = _spooled(file, path, temp_dir)
    return CsvSource(file, known, limits)


def _spooled(file: IO[bytes], path: Path, temp_dir: Path | None) -> IO[bytes]:
    file.close()
    spool = tempfile.TemporaryFile(dir=temp_dir)  # noqa: SIM115 - closed by the source
    encoding.spool_utf16(path, spool)
    return spool
