"""The side navigation: one entry per page that the permission matrix opens to the role."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from xinyong.website.access import matrix, who

ABOUT_ITSELF = "本人账户"  # an area of the matrix


@dataclass(frozen=True, slots=True)
class Entry:
    label: str
    address: str


@dataclass(slots=True)
class Area:
    name: str
    entries: list[Entry] = field(default_factory=list)


@cache
def areas(role: str) -> tuple[Area, ...]:
    """In the order of the matrix; a page that several actions share stands once, one not built yet nowhere."""
    found: dict[str, Area] = {}
    seen: set[str] = set()
    for action in matrix().values():
        if role not in action.roles or not action.page or action.page in seen:
            continue
        seen.add(action.page)
        try:
            address = reverse(action.page)
        except NoReverseMatch:
            continue
        found.setdefault(action.area, Area(action.area)).entries.append(
            Entry(action.label or action.name, address)
        )
    return tuple(found.values())


def context(request: HttpRequest) -> dict[str, Any]:
    """For the templates; worked out only where one shows it."""
    return {"areas": SimpleLazyObject(lambda: areas(who(request).role))}


def first(role: str) -> str:
    """Where the role begins its work, before what is about itself; empty: nowhere yet."""
    work_first = sorted(areas(role), key=lambda area: area.name == ABOUT_ITSELF)
    return next((entry.address for area in work_first for entry in area.entries), "")
