"""Reading of department files: CSV, XLSX and JSON lines become frames of text, and are counted twice.

Reading only: no value is checked here. `open_source` finds out what a file is by its content, refuses what
can't be read whole, and hands over a `Source`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from xinyong.collection.reading.header import REJECT_COLUMNS, HeaderMap
from xinyong.collection.reading.limits import Header, Limits
from xinyong.collection.reading.opening import open_file
from xinyong.collection.reading.source import Source
from xinyong.kernel.headers import fold_header

__all__ = ["REJECT_COLUMNS", "Header", "Limits", "Source", "fold_header", "open_source"]


def open_source(
    path: Path,
    *,
    header_map: Mapping[str, str],
    required: Sequence[str],
    other_items: Mapping[str, Mapping[str, str]] | None = None,
    limits: Limits | None = None,
    temp_dir: Path | None = None,
) -> Source:
    """Open a department file for reading; use it as a context manager.

    `header_map`: folded header text (`fold_header`) → field code; `required`: codes that `Header.missing`
    is about; `other_items`: name of another item → its header map, to tell a file of another item;
    `temp_dir`: where the UTF-8 copy of a UTF-16 file goes (deleted on close). Raises `Refused` for whatever
    can't be read whole.
    """
    known = HeaderMap(header_map, required, other_items or {})
    return open_file(path, known, limits or Limits(), temp_dir)
