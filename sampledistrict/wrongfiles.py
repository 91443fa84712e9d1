"""Files that are wrong as a whole, and files with nothing in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sampledistrict.layouts import LAYOUTS
from sampledistrict.providers import PROVIDERS
from sampledistrict.rows import Batch, Row, Style

_PLAIN = Style("csv", "label", ("iso",))
FILE_DEFECTS = (
    "column_twice", "other_item", "empty_file", "header_only", "not_a_table", "nul_byte", "mixed_encodings",
    "prohibited_column", "prohibited_content", "zero_report", "extra_column", "full_again",
)  # fmt: skip


def wrong_files(penalties: list[Row], permits: list[Row], titles: list[Row]) -> list[Batch]:
    """One of each kind. The rows given are copied from no taken file."""
    return [
        _refused("column_twice", "XZCF", penalties, date(2022, 3, 1), replace(_PLAIN, twice="CF_XDR_SHXYM")),
        _other_item(permits),
        _bytes("empty_file", b"", date(2022, 8, 1)),
        _refused("header_only", "XZXK", [], date(2022, 9, 1), _PLAIN),
        _bytes("not_a_table", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, date(2023, 2, 1)),
        _bytes(
            "nul_byte",
            "行政相对人名称,行政相对人类别\r\n示例\0某店,个体工商户\r\n".encode(),
            date(2023, 6, 1),
        ),
        _mixed(),
        _refused("prohibited_column", "ZCZY", titles, date(2023, 11, 1), replace(_PLAIN, extra=("血型",))),
        _prohibited_content(titles),
        _zero_report(),
    ]


def _batch(kind: str, item: str, rows: list[Row], day: date, style: Style) -> Batch:
    return Batch(item, LAYOUTS[item], PROVIDERS[0], day, "增量", style, rows, features=[kind])


def _refused(kind: str, item: str, rows: list[Row], day: date, style: Style) -> Batch:
    batch = _batch(kind, item, rows, day, style)
    batch.expect = f"refused:{kind}"
    return batch


def _other_item(permits: list[Row]) -> Batch:
    batch = _refused("other_item", "XZXK", permits, date(2022, 5, 3), _PLAIN)
    batch.item, batch.note = "XZCF", "行政许可的表，以行政处罚的名义报送"
    return batch


def _bytes(kind: str, content: bytes, day: date) -> Batch:
    batch = _refused(kind, "XZCF", [], day, _PLAIN)
    batch.content = content
    return batch


def _mixed() -> Batch:
    """The first half in UTF-8, the second in GB18030, glued together by hand."""
    head = "行政相对人名称,行政相对人类别\r\n重庆示例甲商贸有限公司,法人及非法人组织\r\n".encode()
    tail = "重庆示例乙商贸有限公司,法人及非法人组织\r\n".encode("gb18030")
    return _bytes("mixed_encodings", head + tail, date(2023, 9, 1))


def _prohibited_content(titles: list[Row]) -> Batch:
    rows = [replace(row, raw=dict(row.raw)) for row in titles]
    rows[0].raw[LAYOUTS["ZCZY"].index("BZ")] = "体检报告：有高血压病史"
    return _refused("prohibited_content", "ZCZY", rows, date(2023, 12, 1), _PLAIN)


def _zero_report() -> Batch:
    batch = _batch("zero_report", "XZCF", [], date(2024, 2, 5), _PLAIN)
    batch.mode, batch.note = "零报告", "当月没有应报的决定；文件只有标题行"
    return batch
