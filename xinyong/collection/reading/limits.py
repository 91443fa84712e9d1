"""How much of a department's file is read at all, and what a reader hands over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds; what is above is refused with a sentence, never cut.

    `max_cell` is in characters, `max_record` and the workbook sizes are in bytes. The workbook bounds cap
    memory, for a workbook cannot be read in parts: about 1 GB is needed at the bounds. CSV and JSON lines
    have no bound on rows.
    """

    max_columns: int = 300
    max_cell: int = 100_000
    max_record: int = 4 * 1024 * 1024
    header_lines: int = 30  # the header stands in the first so many rows
    max_workbook_rows: int = 200_000  # of all sheets together
    max_workbook_xml: int = 300 * 1024 * 1024  # of all parts, unpacked
    max_workbook_parts: int = 2_000
    max_workbook_cells: int = 8_000_000

    def __post_init__(self) -> None:
        if self.max_cell > 131_072:
            raise ValueError("max_cell must not exceed 131072, the field limit of Python's csv module")


@dataclass(frozen=True, slots=True)
class Header:
    """A header row as it was found. Columns count from 0, lines and rows from 1.

    `mapped` gives each known column its field code, `_op` (操作), `_prior` (原记录号), or `_ignored:…` for
    a column of our own rejects file. `own` is how many leading columns are the rejects file's.
    """

    columns: tuple[str, ...]
    mapped: dict[int, str]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]
    line: int
    sheet: str | None
    own: int = 0

    @property
    def original_columns(self) -> tuple[str, ...]:
        """The department's own columns, in order: what `Source.rows_at` gives the cells of."""
        return self.columns[self.own :]

    @property
    def fields(self) -> dict[int, str]:
        """Columns that go into the frame: field codes, `_op` and `_prior`."""
        return {i: code for i, code in self.mapped.items() if not code.startswith("_ignored:")}
