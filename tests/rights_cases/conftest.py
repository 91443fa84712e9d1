"""The desk at which repairs and objections are dealt with, and the browsers that stand before it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from case_desk import AUTHORITY, DECIDED_BY, NOW, Desk, registered


@pytest.fixture
def desk(district: Any, write_csv: Any, penalty: Any) -> Desk:
    made = Desk(district, write_csv, partial(penalty, **DECIDED_BY))
    made.take("DJZC", registered())
    return made


@pytest.fixture
def site(desk: Desk, monkeypatch: pytest.MonkeyPatch, web: Any) -> Desk:
    """The website over the desk's database, its clock at NOW; a department's people are of the one that decided."""
    import signing_in

    from xinyong.website.public import asking

    for role in ("department", "department_reviewer"):
        monkeypatch.setitem(signing_in.BODIES, role, AUTHORITY)

    monkeypatch.setattr(asking, "clock", lambda: NOW)
    return desk
