"""Inbox and recall pages in a browser, on a desk and on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import browser, serving, violations
from recall_desk import BANK, Desk, now, system
from signing_in import SUBJECT, as_role

from xinyong.rights.notices.actions import Recipient, notify

SIZES = {"desk": (1280, 900), "phone": (390, 844)}
PAGES = {
    "subject": ("/own/inbox", "/own/inbox/4", "/own/inbox/phone"),
    "center": (
        "/console/centre/recalls", "/console/centre/recalls/receivers", "/console/inbox", "/console/inbox/5",
        "/console/centre/recalls/1/push",
    ),
    "bank": ("/console/recalls", "/console/recalls/1", "/console/recalls/2"),
}  # fmt: skip
REFUSED = {
    "case": "XF-2026-17",
    "reason": "义务履行证明与处罚决定书的文号不一致，请向作出决定的单位核对后重新申请",
    "basis": "国家发展改革委令第36号第三章",
}


@pytest.fixture
def site(desk: Desk) -> Iterator[tuple[str, dict[str, str]]]:
    """The site's address, and a session for each role."""
    from xinyong.website import lending

    first, second = desk.records()
    desk.given(system("信贷系统"), first, second)
    desk.given(system("信用卡审批与贷后管理系统"), first)
    desk.mark("repair", first)
    desk.mark("objection", second)
    desk.work()
    with desk.c.transaction():
        assert notify(desk.c, now(), "REPAIR_REFUSED", Recipient("subject", SUBJECT), REFUSED, "") == 4
        late = {"receiver": "示例银行（信贷系统）", "number": "2", "days": "3"}
        assert notify(desk.c, now(), "RECALL_LATE", Recipient("role", "center"), late, "") == 5
    clients = {role: as_role(role, email="owner@enterprise.example.cn") for role in PAGES}
    clients["bank"].post("/console/recalls/1")
    assert BANK == SUBJECT
    with serving() as address:
        yield address, {role: client.cookies["sessionid"].value for role, client in clients.items()}
    lending.close_all()


def kept(page: Any, name: str) -> None:
    """A picture to look at, where a folder for pictures is named."""
    if folder := os.environ.get("XINYONG_TEST_PICTURES", ""):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.verify
def test_axe_finds_nothing_and_no_page_scrolls_sideways(site: Any) -> None:
    address, sessions = site
    found: list[str] = []
    with browser() as chromium:
        for size, (width, height) in SIZES.items():
            for role, paths in PAGES.items():
                context = chromium.new_context(
                    base_url=address, locale="zh-CN", viewport={"width": width, "height": height}
                )
                context.add_cookies([{"name": "sessionid", "value": sessions[role], "url": address}])
                page = context.new_page()
                for n, path in enumerate(paths):
                    answer = page.goto(path)
                    assert answer.status == 200, path
                    found += [f"{path} {size}: {v}" for v in violations(page)]
                    wide = page.evaluate("document.documentElement.scrollWidth")
                    found += [f"{path} {size}: {wide} wide"] if wide > width else []
                    kept(page, f"{role}-{n}-{size}")
                context.close()
    assert found == []
