"""The pages of repair and objection in a real browser, on a desk and on a phone: what axe finds, and what is too wide."""

from __future__ import annotations

import os
from typing import Any

import pytest
from browsing import browser, serving, violations
from case_desk import BY_MARKET, CENTRE, CENTRE_REVIEWER, CODE, NOW, REVIEWER, TODAY, Desk
from signing_in import open_account, signed_in

from xinyong.rights.repair import upstream

SIZES = {"desk": (1280, 900), "phone": (390, 844)}
PICTURES = os.environ.get("XINYONG_TEST_PICTURES", "")  # a folder, for who wants to look


def session(role: str, **given: Any) -> str:
    return str(signed_in(open_account(role, **given)).cookies["sessionid"].value)


def stocked(desk: Desk) -> dict[str, list[str]]:
    """Cases in several states; the addresses of each role."""
    first = desk.penalty()
    others = [desk.penalty(f"潼示罚〔2026〕{n}号") for n in range(2, 6)]
    granted = desk.granted(others[0])
    noticed = desk.do(
        "notice", REVIEWER, desk.accepted(others[1]), "罚款没有缴清", "国家发展改革委令第36号第三章"
    )
    pushed = desk.pushed(others[2])
    submitted = desk.apply(others[3], files=(), public=False)
    regulated = [desk.penalty(f"潼示罚〔2026〕{n}号", **BY_MARKET) for n in (6, 7, 8)]
    forwarded = desk.do("forward", CENTRE, desk.apply(*regulated), "公示系统 7")
    part = upstream.Result("公示系统 8", True, "先准予一条", forwarded.number, named={regulated[0]: True})
    upstream.take_result(desk.c, CENTRE_REVIEWER, NOW, TODAY, part, desk.book)
    objection = desk.answer("forward", CENTRE, desk.object(first), "平台存储的内容与报送一致")
    return {
        "subject": [
            "/own/repairs", f"/own/repairs/new?record={desk.address(first)}", f"/own/repairs/{granted.number}",
            f"/own/repairs/{noticed.number}", f"/own/repairs/{noticed.number}/defend", "/own/objections",
            "/own/objections/new", f"/own/objections/{objection.number}", f"/own/repairs/{noticed.number}/withdraw",
            f"/own/repairs/{forwarded.number}",
        ],
        "department_reviewer": [
            "/console/department/repairs", f"/console/repairs/{noticed.number}", f"/console/repairs/{noticed.number}/decide/decide",
            f"/console/repairs/{noticed.number}/serve/serve",
            f"/console/repairs/{pushed.number}/accept/decline", "/console/department/objections",
            f"/console/objections/{objection.number}", f"/console/objections/{objection.number}/answer/correct",
            "/console/shieldings/new", "/console/department/letters", "/console/department/letters/new",
        ],
        "center": [
            "/console/centre/repairs", f"/console/repairs/{submitted.number}", "/console/centre/objections",
            f"/console/repairs/{submitted.number}/centre/incomplete", "/console/centre/repairs/timeliness",
            "/console/centre/shieldings", "/console/centre/repairs/support", "/console/centre/degrees",
            "/console/centre/repairs/enter?purpose=到场", "/console/centre/objections/enter?purpose=到场",
        ],
        "center_reviewer": [
            f"/console/repairs/{noticed.number}", f"/console/repairs/{noticed.number}/result/enter",
            f"/console/repairs/{forwarded.number}/result/enter", f"/console/repairs/{forwarded.number}",
            "/console/centre/repairs/upstream",
        ],
        "counter": [f"/console/centre/cases/window?purpose=到场&number={noticed.shown}"],
        "public": ["/services/repair", "/services/objection", "/services/repair/commitments"],
    }  # fmt: skip


def looked_over(page: Any, path: str, width: int, name: str) -> list[str]:
    """What is wrong with the page as it stands."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)
    return [f"{path}: {v}" for v in violations(page)] + ([f"{path}: {wide} wide"] if wide > width else [])


@pytest.mark.verify
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_and_no_page_scrolls_sideways(site: Desk, size: str) -> None:
    pages = stocked(site)
    keys = {role: session(role) for role in pages if role != "public"}
    found = []
    with serving() as address, browser() as chromium:
        for role, paths in pages.items():
            width, height = SIZES[size]
            context = chromium.new_context(
                base_url=address, locale="zh-CN", viewport={"width": width, "height": height}
            )
            if role in keys:
                context.add_cookies([{"name": "sessionid", "value": keys[role], "url": address}])
            page = context.new_page()
            for n, path in enumerate(paths):
                answer = page.goto(path)
                found += [] if answer and answer.ok else [f"{path}: {answer and answer.status}"]
                found += looked_over(page, path, width, f"{size}-{role}-{n}")
                if page.locator("input[name=step]").count():
                    page.locator("input[name=code]").fill(CODE)
                    page.locator("form:has(input[name=step]) button[type=submit]").click()
                    page.wait_for_selector("fieldset.department-choice")
                    found += looked_over(page, f"{path}, second step", width, f"{size}-{role}-{n}-second")
                if role == "counter":
                    page.locator("input[name=code]").fill(CODE)
                    for step, button in (("case", "下一步"), ("act", "陈述、申辩"), ("sent", "陈述、申辩")):
                        page.get_by_role("button", name=button).click()
                        page.wait_for_load_state()
                        found += looked_over(page, f"{path}, {step}", width, f"{size}-{role}-{n}-{step}")
            context.close()
    assert found == []
