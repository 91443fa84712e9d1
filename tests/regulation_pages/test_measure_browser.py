"""The pages of the register in a real browser, on a desk and on a phone: what axe finds, and what is too wide."""

from __future__ import annotations

import os
from typing import Any

import measure_desk as m
import pytest
from browsing import browser, serving, violations
from measure_desk import Desk
from signing_in import open_account, signed_in

SIZES = {"desk": (1280, 900), "phone": (390, 844)}
PICTURES = os.environ.get("XINYONG_TEST_PICTURES", "")  # a folder, for who wants to look


def session(role: str, **given: Any) -> str:
    return str(signed_in(open_account(role, **given)).cookies["sessionid"].value)


def stocked(site: Desk) -> dict[str, list[str]]:
    """Measures in several states, all of the labour bureau; the addresses of each role."""
    from xinyong.disclosure import ids

    site.barred()
    lifted = site.followed()
    site.mark("repair", *lifted.records, organ=m.LABOUR)
    entry = site.listing("潼人社列〔2024〕9号", YZ_GLQX="2026-10-31")
    site.mark("duties", entry, organ=m.LABOUR, value="unmet")
    late = site.followed(entry, document="潼人社惩〔2025〕3号")
    first = site.listing("潼人社列〔2025〕5号")
    site.listing("潼人社列〔2025〕6号")
    whose = site.district.one("SELECT public_id::text FROM credit_subject WHERE value = %s", m.CODE)
    new = f"/console/department/measures/new?record={ids.public_id(first)}"
    return {
        "department_reviewer": [
            "/console/department/measures", "/console/department/measures/find?item=YZSX&number=潼人社列〔2025〕5号", new,
            f"{new}&rule={m.WAGES}", f"/console/measures/{lifted.number}", f"/console/measures/{late.number}",
            f"/console/measures/{late.number}/extend", f"/console/measures/{late.number}/lift",
        ],
        "auditor": ["/console/centre/measures", f"/console/measures/{late.number}", f"/console/look/{whose}/measures?purpose=核对"],
        "subject": ["/own/measures"],
    }  # fmt: skip


def looked_over(page: Any, path: str, width: int, name: str) -> list[str]:
    """What is wrong with the page as it stands."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)
    return [f"{path}: {v}" for v in violations(page)] + ([f"{path}: {wide} wide"] if wide > width else [])


@pytest.mark.verify
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_and_no_measure_page_scrolls_sideways(site: Desk, size: str) -> None:
    pages, (width, height) = stocked(site), SIZES[size]
    keys = {
        role: session(role, **({"provider": m.LABOUR} if role == "department_reviewer" else {}))
        for role in pages
    }
    found = []
    with serving() as address, browser() as chromium:
        for role, paths in pages.items():
            context = chromium.new_context(
                base_url=address, locale="zh-CN", viewport={"width": width, "height": height}
            )
            context.add_cookies([{"name": "sessionid", "value": keys[role], "url": address}])
            page = context.new_page()
            for n, path in enumerate(paths):
                answer = page.goto(path)
                found += [] if answer and answer.ok else [f"{path}: {answer and answer.status}"]
                found += looked_over(page, path, width, f"{size}-{role}-{n}")
            context.close()
    assert found == []
