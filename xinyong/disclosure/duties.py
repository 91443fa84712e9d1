"""法定职责: the other lawful ground. Registered in the rulebook with law, article, matter, items and fields."""

from __future__ import annotations

from datetime import date

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Duty
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted


def open_to(who: Who, book: Rulebook, today: date) -> tuple[Duty, ...]:
    """The duties that `who` may state on `today`, the default first."""
    provider = book.provider_by_code(who.provider)
    mine = [
        d for d in book.duties_on(today)
        if who.role in d.roles and (not d.providers or provider is not None and provider.id in d.providers)
    ]  # fmt: skip
    return tuple(sorted(mine, key=lambda d: (who.role not in d.default_for, d.id)))


def stated(who: Who, duty: str, items: tuple[str, ...], book: Rulebook, today: date) -> Duty:
    """The duty stated, or the role's default. NotPermitted: unknown or another's duty, items outside of it."""
    found = {d.id: d for d in open_to(who, book, today)}
    default = next((d for d in found.values() if who.role in d.default_for), None)
    chosen = found.get(duty) if duty else default
    if chosen is None:
        known = "、".join(found) or "无"
        raise NotPermitted(
            "no_duty",
            f"没有登记可供本角色使用的法定职责{f'“{duty}”' if duty else ''}（可用：{known}）；请核对后重试。",
        )
    outside = [code for code in items if not chosen.covers(code)]
    if outside:
        raise NotPermitted(
            "outside_duty",
            f"法定职责“{chosen.name}”不含事项 {'、'.join(outside)}；请改用相应的职责或去掉这些事项。",
        )
    return chosen


__all__ = ["open_to", "stated"]
