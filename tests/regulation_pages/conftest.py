"""The website over a district in which measures are registered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from measure_desk import NOW, Desk, registered


@pytest.fixture
def site(district: Any, write_csv: Any, penalty: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The website, its clock at NOW."""
    from django.test import override_settings

    from xinyong.foundation import home, setup

    home.folder("static")
    setup.django(whole=True)
    from xinyong.website import lending
    from xinyong.website.console.department import parts
    from xinyong.website.public import asking

    for module, name in ((asking, "clock"), (parts, "now")):
        monkeypatch.setattr(module, name, lambda: NOW)
    lending.close_all()
    made = Desk(district, write_csv, penalty)
    made.take("DJZC", registered())
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield made
    lending.close_all()
