"""The desk at which repairs and objections are dealt with, and the browsers that stand before it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from case_desk import DECIDED_BY, NOW, Desk, registered


@pytest.fixture
def desk(district: Any, write_csv: Any, penalty: Any) -> Desk:
    made = Desk(district, write_csv, partial(penalty, **DECIDED_BY))
    made.take("DJZC", registered())
    return made


@pytest.fixture
def site(desk: Desk, monkeypatch: pytest.MonkeyPatch, web: Any) -> Desk:
    """The website over the desk's database, its clock at NOW."""
    from xinyong.website.public import asking

    monkeypatch.setattr(asking, "clock", lambda: NOW)
    return desk
