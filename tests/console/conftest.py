"""The desk of a department, over its website."""

from __future__ import annotations

from typing import Any

import pytest
from signing_in import as_role


@pytest.fixture
def desk(web: Any) -> Any:
    return web


@pytest.fixture
def clerk(desk: Any) -> Any:
    return as_role("department", name="示例信息员")


@pytest.fixture
def reviewer(desk: Any) -> Any:
    return as_role("department_reviewer", name="示例审核员")
