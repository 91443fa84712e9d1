"""The centre's desk on a test's own database and with a local rulebook of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from centre_desk import Counted
from signing_in import as_role


@pytest.fixture
def desk(web: Any) -> Any:
    return web


@pytest.fixture
def rules(desk: Any) -> Iterator[Path]:
    """The local rulebook; empty before, and emptied afterwards: the home is shared by all tests of a run."""
    from xinyong.foundation import home

    folder = home.local_rulebook()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def clerk(desk: Any) -> Any:
    return as_role("center", name="示例业务员")


@pytest.fixture
def reviewer(desk: Any) -> Any:
    return as_role("center_reviewer", name="示例审核员")


@pytest.fixture
def counted(desk: Any, monkeypatch: pytest.MonkeyPatch) -> Counted:
    from xinyong.foundation import database

    seen = Counted()

    class Cursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, *given: Any, **options: Any) -> Any:
            seen.statements.append(str(query))
            return super().execute(query, *given, **options)

    connect = database.connect_app

    def connect_counted(**options: Any) -> Any:
        c = connect(**options)
        c.cursor_factory = Cursor
        return c

    monkeypatch.setattr(database, "connect_app", connect_counted)
    return seen
