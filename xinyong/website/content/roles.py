"""Which roles edit, review and withdraw: the permission matrix is asked, nothing is stated here."""

from __future__ import annotations

from functools import cache

from xinyong.catalog import permissions
from xinyong.catalog.book import Rulebook
from xinyong.catalog.loading import load_rulebook
from xinyong.foundation import home


@cache
def book() -> Rulebook:
    return load_rulebook(home.local_rulebook())


def may(role: str, action: str) -> bool:
    return permissions.may(book().permissions, role, action)


def may_enter(role: str) -> bool:
    """Whether a role has anything to do in the editors' office."""
    return may(role, "content.enter")
