"""A workbook is looked over before it is opened: unpacked here a window at a time, never whole.

A workbook is a zip of XML parts, so a few kilobytes can unpack to gigabytes, or claim to unpack to less
than they do. The directory is checked first, then every part is inflated through a counter and thrown away.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

from xinyong.collection.reading.limits import Limits
from xinyong.kernel.errors import Refused

_WINDOW = 1 << 18
_STORED, _DEFLATED = 0, 8
_DECLARATION = re.compile(
    rb"<!(?:DOCTYPE|ENTITY)|<\0!\0(?:D\0O\0C|E\0N\0T)|\0<\0!\0(?:D\0O|E\0N)", re.IGNORECASE
)
_ODS = "application/vnd.oasis.opendocument"


def look_over(file: IO[bytes], limits: Limits) -> None:
    """Refuse a workbook that is broken, locked, of another format, or unpacks to more than the limits."""
    try:
        with zipfile.ZipFile(file) as archive:
            _check_directory(archive, limits)
            _check_kind(archive)
            _check_parts(archive, file, limits)
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        EOFError,
        ValueError,
        NotImplementedError,
        OSError,
    ) as error:
        raise refused_broken(type(error).__name__) from error


def refused_broken(detail: str) -> Refused:
    """The refusal of a workbook that can't be read."""
    return Refused(
        "reading.broken_workbook",
        f"这个 Excel 工作簿已损坏，读不出来（{detail}）。请用表格软件打开后另存为 xlsx 再交；"
        "打不开时请从原系统重新导出。",
    )


def refused_hostile(why: str) -> Refused:
    """The refusal of a workbook that is not what a spreadsheet program writes."""
    return Refused(
        "reading.hostile_workbook",
        f"这个 Excel 工作簿不正常：{why}。出于安全没有打开它。请用表格软件把数据复制到新工作簿，"
        "另存为 xlsx 后再交。",
    )


def refused_too_big(limits: Limits) -> Refused:
    """The refusal of a workbook over the stated cap."""
    megabytes = limits.max_workbook_xml // (1024 * 1024)
    return Refused(
        "reading.workbook_too_big",
        f"这个 Excel 工作簿解压后超过 {megabytes} MB，没有打开它。"
        f"一个工作簿最多 {limits.max_workbook_rows} 行；数据更多时请另存为 CSV，或拆成几个文件后再交。",
    )


def refuse_ole(file: IO[bytes]) -> Refused:
    """The refusal of an OLE container: an `.xls`, or a workbook with a password."""
    file.seek(0)
    if "EncryptedPackage".encode("utf-16-le") in file.read(8 << 20):
        return Refused(
            "reading.encrypted_workbook",
            "这个 Excel 工作簿设有打开密码，读不了。请在表格软件里去掉密码、另存为 xlsx 后再交。",
        )
    return Refused(
        "reading.old_excel",
        "这是旧版 Office 文件（如 .xls），不能直接读取。请用表格软件打开，另存为 xlsx 后再交。",
    )


def _check_directory(archive: zipfile.ZipFile, limits: Limits) -> None:
    parts = archive.infolist()
    names = [part.filename for part in parts]
    if len(parts) > limits.max_workbook_parts:
        raise refused_hostile(f"里面有 {len(parts)} 个部件")
    if len({name.lower() for name in names}) != len(names):
        raise refused_hostile("里面有同名的部件")
    if any(name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name for name in names):
        raise refused_hostile("部件名指向工作簿之外")
    if any(part.flag_bits & 1 for part in parts):
        raise refused_hostile("部件带有密码")
    if any(part.compress_type not in (_STORED, _DEFLATED) for part in parts):
        raise refused_hostile("压缩方法不是 Excel 使用的")
    if sum(part.file_size for part in parts) > limits.max_workbook_xml:
        raise refused_too_big(limits)


def _check_kind(archive: zipfile.ZipFile) -> None:
    names = set(archive.namelist())
    if "mimetype" in names and archive.read("mimetype")[:64].decode("ascii", "replace").startswith(_ODS):
        raise Refused(
            "reading.opendocument", "这是 OpenDocument（.ods）文件，不能直接读取。请另存为 xlsx 后再交。"
        )
    if "xl/vbaProject.bin" in names:
        raise Refused("reading.macros", "这个工作簿带有宏（.xlsm）。请另存为不带宏的 xlsx 后再交。")
    if "xl/workbook.bin" in names:
        raise Refused("reading.binary_workbook", "这是二进制工作簿（.xlsb）。请另存为 xlsx 后再交。")
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        raise Refused(
            "reading.other_archive",
            "这是压缩包或其他 Office 文档，不是 Excel 工作簿。请解压后逐个递交其中的 CSV 或 xlsx 文件。",
        )


def _check_parts(archive: zipfile.ZipFile, file: IO[bytes], limits: Limits) -> None:
    total = 0
    for part in archive.infolist():
        size, tail = 0, b""
        parser = expat.ParserCreate() if part.filename.lower().endswith((".xml", ".rels")) else None
        for chunk in _inflated(file, part):
            size += len(chunk)
            if total + size > limits.max_workbook_xml:
                raise refused_too_big(limits)
            if size > part.file_size:
                raise refused_hostile(f"部件 {part.filename} 的实际大小超过它声明的大小")
            if parser and _DECLARATION.search(tail + chunk):
                raise refused_hostile(f"部件 {part.filename} 含有实体声明")
            if parser:  # the workbook reader itself passes over broken XML without a word
                parser.Parse(chunk)
            tail = chunk[-16:]
        if parser:
            parser.Parse(b"", True)
        if size != part.file_size:
            raise refused_broken(f"部件 {part.filename} 不完整")
        total += size


def _inflated(file: IO[bytes], part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part's bytes in windows, from the raw stream: `zipfile` would stop at the declared size."""
    file.seek(part.header_offset)
    local = file.read(30)
    if local[:4] != b"PK\x03\x04":
        raise zipfile.BadZipFile(part.filename)
    file.seek(int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little"), 1)
    left = part.compress_size
    unpack = zlib.decompressobj(-15)
    while left > 0 and (raw := file.read(min(_WINDOW, left))):
        left -= len(raw)
        if part.compress_type == _STORED:
            yield raw
            continue
        while raw and not unpack.eof:
            yield unpack.decompress(raw, _WINDOW)
            raw = unpack.unconsumed_tail
    while part.compress_type == _DEFLATED and not unpack.eof:
        rest = unpack.decompress(b"", _WINDOW)
        if not rest:
            break
        yield rest
