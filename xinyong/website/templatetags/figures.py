"""Numbers as people read them, and sentences that stand on several pages."""

from __future__ import annotations

from django import template

from xinyong.disclosure import explaining

register = template.Library()


@register.filter
def thousands(number: int) -> str:
    """1234567 → 1,234,567."""
    return f"{number:,}"


@register.simple_tag
def at_end(route: str = "") -> str:
    """What the end of publicity ends. `route`: the item's way of repair; "none" if it has none."""
    return explaining.at_end(repairable=route != "none")
