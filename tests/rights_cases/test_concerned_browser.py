"""The pages of an objection to another's record in a real browser: what axe finds, and what is too wide."""

from __future__ import annotations

import pytest
from browsing import browser, serving
from case_desk import CENTRE, CODE, NEIGHBOUR, NOW, OTHER, OTHER_NAME, OWNER, TODAY, Desk, registered
from test_repair_browser import SIZES, looked_over, session

from xinyong.rights.objection import actions, concerned, opinion


def stocked(desk: Desk) -> dict[str, list[str]]:
    """One that waits for the centre, one that was forwarded; the addresses of each role."""
    desk.take("DJZC", registered(OTHER, OTHER_NAME))
    first, second = desk.address(desk.penalty()), desk.address(desk.penalty("潼示罚〔2026〕2号"))
    cases = [
        concerned.submit(
            desk.c, NEIGHBOUR, NOW, TODAY, concerned.Concern(n, "match", "误写了我单位的名称", "不是该主体"), desk.book
        )
        for n in (first, second)
    ]  # fmt: skip
    actions.forward(desk.c, CENTRE, NOW, cases[1].number, "核对了合同", desk.book)
    opinion.state(
        desk.c, OWNER, NOW, second, "信息属实，见决定书", desk.uploads("MATERIAL_EVIDENCE"), desk.book
    )
    form, console = "/own/objections/concerned", "/console/objections"
    return {
        "subject": [
            f"{form}?record={second}", form, f"{form}?record={'0' * 32}", "/own/objections",
            f"/own/objections/{cases[0].number}", f"/own/objections/{cases[1].number}",
        ],
        "owner": ["/own/objections", f"/own/objections/opinion/{second}"],
        "center": [
            f"{console}/{cases[0].number}", f"{console}/{cases[0].number}/centre/forward",
            f"{console}/{cases[1].number}", "/console/centre/objections/concerned?purpose=本人到场",
        ],
        "public": [f"/record/{first}", "/services/objection"],
    }  # fmt: skip


@pytest.mark.verify
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_and_no_page_scrolls_sideways(site: Desk, size: str) -> None:
    pages = stocked(site)
    keys = {
        "subject": session("subject", subject_code=OTHER), "center": session("center"),
        "owner": session("subject", name="示例企业", subject_code=CODE),
    }  # fmt: skip
    width, height = SIZES[size]
    found = []
    with serving() as address, browser() as chromium:
        for role, paths in pages.items():
            view = {"width": width, "height": height}
            context = chromium.new_context(base_url=address, locale="zh-CN", viewport=view)
            if role in keys:
                context.add_cookies([{"name": "sessionid", "value": keys[role], "url": address}])
            page = context.new_page()
            for n, path in enumerate(paths):
                answer = page.goto(path)
                found += [] if answer and answer.ok else [f"{path}: {answer and answer.status}"]
                found += looked_over(page, path, width, f"{size}-{role}-{n}")
            context.close()
    assert found == []
