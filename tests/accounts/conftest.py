"""The site on a test's own database, with a password hash that costs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def site(district: Any) -> Iterator[Any]:
    """The district, ready to be browsed."""
    from django.test import override_settings

    from xinyong.foundation import home, setup

    home.folder("static")
    setup.django(whole=True)
    from xinyong.website import lending

    lending.close_all()
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield district
    lending.close_all()


@pytest.fixture
def trail(site: Any) -> Any:
    """The audit trail's newest entries: (action, actor, target)."""

    def read(action: str = "%") -> list[tuple[str, str, str]]:
        rows = site.owner().execute(
            "SELECT action, actor, target FROM audit_entry WHERE action LIKE %s ORDER BY id DESC", [action]
        )
        return [tuple(r) for r in rows.fetchall()]

    return read
