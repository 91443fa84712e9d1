"""The desk at which organs register measures."""

from __future__ import annotations

from typing import Any

import pytest
from measure_desk import Desk, registered


@pytest.fixture
def desk(district: Any, write_csv: Any, penalty: Any) -> Desk:
    made = Desk(district, write_csv, penalty)
    made.take("DJZC", registered())
    return made
