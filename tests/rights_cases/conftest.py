"""The desk at which repairs and objections are dealt with, and the browsers that stand before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from case_desk import NOW, Desk, registered


@pytest.fixture
def desk(district: Any, write_csv: Any, penalty: Any) -> Desk:
    made = Desk(district, write_csv, penalty)
    made.take("DJZC", registered())
    return made


@pytest.fixture
def site(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The website over the desk's database, its clock at NOW."""
    from django.test import override_settings

    from xinyong.foundation import home, setup

    home.folder("static")
    setup.django(whole=True)
    from xinyong.website import lending
    from xinyong.website.public import asking

    monkeypatch.setattr(asking, "clock", lambda: NOW)
    lending.close_all()
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield desk
    lending.close_all()
