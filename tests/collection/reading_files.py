"""Files and header maps that the reading tests share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from xinyong.collection.reading import Limits, Source, fold_header, open_source
from xinyong.kernel.errors import Refused

NAMES = {
    "行政相对人名称": "name",
    "统一社会信用代码": "uscc",
    "行政处罚决定书文号": "doc_no",
    "处罚类别": "kind",
    "罚款金额（万元）": "fine",
    "处罚决定日期": "decided",
    "备注": "remark",
}
CODES = list(NAMES.values())
PENALTY = {fold_header(text): code for text, code in NAMES.items()} | {code: code for code in CODES}
PERMIT = {
    fold_header(text): text
    for text in (
        "行政相对人名称",
        "统一社会信用代码",
        "许可编号",
        "许可类别",
        "许可内容",
        "有效期自",
        "有效期至",
    )
}
HEAD = ",".join(NAMES) + "\n"
ROW = "示例建材有限公司,91500152YY0000001X,渝罚〔2026〕1号,罚款,1.500000,2026/3/5,无\n"


def opened(path: Path, **more: Any) -> Source:
    """The file opened as one of administrative penalties."""
    options = {
        "header_map": PENALTY,
        "required": ["name", "uscc"],
        "other_items": {"行政许可": PERMIT},
    } | more
    return open_source(path, **options)


def file_of(tmp_path: Path, content: str | bytes, name: str = "处罚.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def frame_of(path: Path, size: int = 65536, **more: Any) -> pl.DataFrame:
    """All batches as one frame; the independent count must agree."""
    with opened(path, **more) as source:
        frame = pl.concat(source.batches(size))
        assert frame.height == source.independent_count()
        return frame


def refusal(path: Path, **more: Any) -> Refused:
    """The refusal that opening and reading the file ends in."""
    with pytest.raises(Refused) as caught, opened(path, **more) as source:
        list(source.batches())
    assert "请" in caught.value.sentence, "a sentence says what to do next"
    return caught.value


def workbook_of(
    tmp_path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]], name: str = "处罚.xlsx"
) -> Path:
    """A workbook with these sheets, written by openpyxl."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    path = tmp_path / name
    book.save(path)
    return path


__all__ = [
    "CODES", "HEAD", "NAMES", "PENALTY", "PERMIT", "ROW", "Limits",
    "file_of", "frame_of", "opened", "refusal", "workbook_of",
]  # fmt: skip
