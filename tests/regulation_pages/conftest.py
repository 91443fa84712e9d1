"""The website over a district in which measures are registered."""

from __future__ import annotations

from typing import Any

import pytest
from measure_desk import NOW, Desk, registered


@pytest.fixture
def site(district: Any, write_csv: Any, penalty: Any, monkeypatch: pytest.MonkeyPatch, web: Any) -> Desk:
    """The website, its clock at NOW."""
    from xinyong.website.console.department import parts
    from xinyong.website.public import asking

    for module, name in ((asking, "clock"), (parts, "now")):
        monkeypatch.setattr(module, name, lambda: NOW)
    made = Desk(district, write_csv, penalty)
    made.take("DJZC", registered())
    return made
