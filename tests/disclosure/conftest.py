"""An enterprise in the archive, for tests of what is shown of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from enterprises import Case


@pytest.fixture
def case(district: Any, write_csv: Callable[..., Path], penalty: Callable[..., dict[str, str]]) -> Case:
    made = Case(district, write_csv, penalty)
    made.register()
    return made
