"""One small district for all tests that only read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sample_files import District, read

import sampledistrict


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> District:
    out = tmp_path_factory.mktemp("district")
    return read(out, sampledistrict.generate(out, subjects=1500, seed=7))


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> District:
    out = tmp_path_factory.mktemp("stock")
    return read(out, sampledistrict.legacy(out, records=4000, seed=7))


@pytest.fixture(scope="session")
def spoken() -> Callable[[dict[str, Any], str, str], Any]:
    """A cell by the column's code, whatever this file calls the column."""
    from sampledistrict.layouts import LAYOUTS

    def cell(row: dict[str, Any], item: str, code: str) -> Any:
        layout = LAYOUTS[item]
        column = layout.columns[layout.index(code)]
        names = (column.label, column.alias, column.code, column.old_label, column.old_code)
        return next(row[name] for name in names if name and name in row)

    return cell
