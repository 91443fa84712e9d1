"""The site on a test's own database, with a password hash that costs nothing."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def site(district: Any, web: Any) -> Any:
    """The district, ready to be browsed."""
    return district


@pytest.fixture
def trail(site: Any) -> Any:
    """The audit trail's newest entries: (action, actor, target)."""

    def read(action: str = "%") -> list[tuple[str, str, str]]:
        rows = site.owner().execute(
            "SELECT action, actor, target FROM audit_entry WHERE action LIKE %s ORDER BY id DESC", [action]
        )
        return [tuple(r) for r in rows.fetchall()]

    return read
