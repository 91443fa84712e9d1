"""What every reader offers, whatever the format."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Literal, Self

import polars as pl

from xinyong.collection.reading.header import REJECT_COLUMNS
from xinyong.collection.reading.limits import Header
from xinyong.kernel.errors import Refused

Format = Literal["csv", "xlsx", "jsonl"]
Cells = tuple[int, str | None, list[str]]  # line, sheet, the department's own cells in order
_LINK = REJECT_COLUMNS.index("原批次")
_RISKY = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class Source:
    """An opened department file: a context manager. Subclasses read one format each.

    `batches` may raise `Refused` part way (a GB18030 file is decoded as it is read): callers take in
    nothing for good before it has ended.
    """

    format: Format
    encoding: str | None = None
    headers: tuple[Header, ...] = ()
    skipped_sheets: tuple[str, ...] = ()
    skipped_texts: tuple[str, ...] = ()  # what may be headers there: short texts of their first lines
    linked_submission: str | None = None

    @property
    def is_rejects_file(self) -> bool:
        """Is this one of our own rejects files, mended and handed in again?"""
        return any(header.own for header in self.headers)

    def batches(self, size: int = 65536) -> Iterator[pl.DataFrame]:
        """Data rows in file order, at most `size` a frame.

        Columns: `_line` UInt32 (as a spreadsheet shows it), `_sheet` String (XLSX only), `_extra_cells`
        Boolean (the row has more cells than the header, so a separator may stand unquoted inside one),
        `_tidy` Boolean (CSV only: no cell needs trimming or can hold a control character),
        `_orig_line` UInt32 (rejects file only), then the mapped fields, all String; an empty cell is null,
        nothing is trimmed.
        """
        raise NotImplementedError

    def rows_at(self, lines: set[int]) -> Iterator[Cells]:
        """The original cells of the given lines, in file order, one for each of `Header.original_columns`.

        A row with more cells than that has them at its end.
        """
        raise NotImplementedError

    def independent_count(self) -> int:
        """Number of data rows, counted by other means than `batches`."""
        raise NotImplementedError

    def close(self) -> None:
        """Give back files."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def unescaped(cell: str) -> str:
    """A cell of our own rejects file without the apostrophe that kept it from being a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _RISKY and len(cell) > 1 else cell


def unescape_frame(frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """`unescaped` for whole columns."""
    guarded = [pl.col(n).str.contains(r"^'[=+\-@\t\r＝＋－＠]") for n in names]
    return frame.with_columns(
        pl.when(g).then(pl.col(n).str.slice(1)).otherwise(pl.col(n)).alias(n)
        for g, n in zip(guarded, names, strict=True)
    )


def submission_of(values: list[str | None]) -> str | None:
    """The one submission that the rows of a rejects file name. Raises `Refused` where they name several."""
    named = sorted({unescaped(v.strip()) for v in values if v and v.strip()})
    if len(named) > 1:
        raise Refused(
            "reading.several_submissions",
            f"退回文件的“{REJECT_COLUMNS[_LINK]}”一列里有不同的批次（{named[0]}、{named[1]}），不能一次改交。"
            "请按批次拆成几个文件分别递交。",
        )
    return named[0] if named else None
