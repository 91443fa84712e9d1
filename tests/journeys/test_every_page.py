"""Every page of the site, as a role that may open it, on a desk and on a phone: axe finds nothing, nothing hangs over.

Addresses are collected from the URLconf, so new pages are looked at too. A sample in the usual suite, all in verify.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from zlib import crc32

import pytest
from abused import OWNED
from journeying import SIZES, City, browsing
from walking import OFFICE, PARAMETER, ROLES, Address, addresses

Visit = Callable[..., Any]
NOT_PAGES = ("rss.xml", ".json", "healthz", "/codes/file", "scores/report", "/download", "report/file", "rejects.",
             "templates/XZCF", "/c/files/", "/c/media/", "/c/templates", "/login/oidc", "/logout", "/display")  # fmt: skip
ONE_IN = 8  # of the ordinary run; the public site is looked over whole beside it


def known(city: City, address: Address) -> str:
    """The address with the number of something that is there, where the city has one."""
    if address.name in OWNED:
        kind, query = OWNED[address.name]
        return "/" + PARAMETER.sub(city.town.owned[kind], address.route) + query
    if address.name == "subject":
        return f"/subject/{city.town.public_id()}"
    if address.name == "department-entry-item":
        return "/console/department/entry/XZCF"
    return address.path


def walk(city: City) -> Iterator[tuple[str, str]]:
    """(path, role): each page as the first and as the last role that may open it."""
    from xinyong.website.access import matrix

    for address in {a.key: a for a in addresses()}.values():
        path = known(city, address)
        if address.route.startswith(OFFICE) or any(part in path for part in NOT_PAGES):
            continue
        allowed = [r for r in ROLES if r in matrix()[address.action].roles]
        for role in dict.fromkeys([*allowed[:1], *allowed[-1:]]):
            asked = "" if not matrix()[address.action].purpose or "purpose" in path else "?purpose=核对"
            yield path + asked, role


def troubles(page: Any, path: str) -> list[str]:
    """What axe finds, and what is wider than the screen, at each size."""
    answer = page.goto(path)
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return []
    page.wait_for_load_state("load")
    found = []
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{path} {size}: {v}" for v in browsing.violations(page)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        found += [f"{path} {size}: {wide} wide"] if wide > width else []
    return found


def walked(city: City, visit: Visit, chosen: Callable[[str], bool]) -> tuple[int, list[str]]:
    pages: dict[str, Any] = {}
    seen, found = 0, []
    for path, role in walk(city):
        if chosen(path + role):
            page = pages[role] = pages.get(role) or visit(role)
            found += [f"{role} {t}" for t in troubles(page, path)]
            seen += 1
    return seen, found


def test_a_sample_of_all_pages_has_no_barrier(city: City, visit: Visit) -> None:
    seen, found = walked(city, visit, lambda key: crc32(key.encode()) % ONE_IN == 0)
    assert not found, "\n".join(found)
    assert seen > 10


@pytest.mark.verify
def test_no_page_has_a_barrier(city: City, visit: Visit) -> None:
    seen, found = walked(city, visit, lambda key: True)
    assert not found, "\n".join(found)
    assert seen > 100


@pytest.mark.verify
@pytest.mark.parametrize("role", ["public", "subject", "department", "center"])
def test_nor_in_large_type_for_the_old(city: City, visit: Visit, role: str) -> None:
    page = visit(role)
    page.context.add_cookies([{"name": "display", "value": "elder", "url": city.address}])
    found = [t for path, r in walk(city) if r == role for t in troubles(page, path)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("role", "path"),
    [("subject", "/own/"), ("department", "/console/department/submit"), ("center", "/console/centre/"),
     ("system_admin", "/console/admin/accounts")],
)  # fmt: skip
def test_inside_too_the_keyboard_skips_to_the_content_and_shows_where_it_is(
    visit: Visit, role: str, path: str
) -> None:
    page = visit(role)
    page.goto(path)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
