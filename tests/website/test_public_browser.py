"""The public site in a browser: with and without script, on a desk and on a phone, for eyes and for screen readers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from browsing import browser, main, serving, violations
from playwright.sync_api import expect

SIZES = {"desk": (1280, 900), "phone": (390, 844)}


@pytest.fixture
def site(stocked: Any, visitor: Any) -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
def opened(site: str) -> Iterator[Callable[..., Any]]:
    """A page of a new visitor; give what is special about the browser."""
    with browser() as chromium:

        def new(size: str = "desk", **options: Any) -> Any:
            width, height = SIZES[size]
            context = chromium.new_context(
                base_url=site, locale="zh-CN", viewport={"width": width, "height": height}, **options
            )
            return context.new_page()

        yield new


def addresses(page: Any, visitor: Any) -> list[str]:
    """Every kind of public page, with content and without."""
    page.goto("/publicity/penalties")
    record = page.locator("table.list th a").first.get_attribute("href")
    subject = visitor.address()
    return [
        "/", "/search", "/search?q=甲乙", "/search?q=没有这样的", "/search?q=潼示罚〔2026〕1号", subject,
        f"{subject}?date=2020-01-02", f"{subject}?class=行政管理信息&page=2", "/subject/nobody", "/publicity",
        "/publicity/penalties", "/publicity/penalties?kind=罚款&q=甲乙", "/publicity/permits", "/publicity/abnormal",
        "/publicity/commitments", "/publicity/penalties?at=x", record, "/services", "/services/report",
        "/services/objection", "/services/repair", "/accessibility", "/nothing",
    ]  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_and_no_page_scrolls_sideways(opened, visitor, size):
    page = opened(size)
    found = []
    for address in addresses(page, visitor):
        page.goto(address)
        page.wait_for_load_state("load")
        found += [f"{address}: {v}" for v in violations(page)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        found += [f"{address}: {wide} wide"] if wide > SIZES[size][0] else []
    assert found == []


def test_large_type_for_the_old_has_no_violation_either_and_is_remembered(opened, visitor):
    page = opened("phone")
    page.goto("/publicity/penalties?kind=罚款")
    usual = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    page.get_by_role("button", name="长辈模式").click()
    expect(page.get_by_role("button", name="返回标准版")).to_be_visible()
    page.wait_for_load_state()
    assert page.url.endswith("/publicity/penalties?kind=%E7%BD%9A%E6%AC%BE")
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") > 1.25 * usual
    found = []
    for address in ("/", visitor.address(), "/publicity/penalties"):
        page.goto(address)
        found += [f"{address}: {v}" for v in violations(page)]
        found += ["wide"] if page.evaluate("document.documentElement.scrollWidth") > 390 else []
    assert found == []
    cookies = page.context.cookies()
    assert [(c["name"], c["value"], c["httpOnly"]) for c in cookies] == [("display", "elder", True)]
    page.get_by_role("button", name="返回标准版").click()
    expect(page.get_by_role("button", name="长辈模式")).to_be_visible()
    assert page.context.cookies() == []


def test_nothing_is_asked_of_another_site_and_no_policy_is_broken(opened, visitor, site):
    page = opened()
    asked, said = [], []
    page.on("request", lambda r: asked.append(r.url))
    page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: said.append(str(e)))
    pages = addresses(page, visitor)
    for address in pages:
        page.goto(address)
        page.wait_for_load_state("networkidle")
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(site).netloc}
    assert len([url for url in asked if "/static/" in url]) > len(pages)
    assert [
        s for s in said if "status of 4" not in s
    ] == []  # the pages that say no, say it with their status


def test_a_journey_without_script(opened):
    page = opened(java_script_enabled=False)
    page.goto("/")
    assert page.locator("table#months").is_visible()
    page.get_by_label("名称、代码、文书号或拼音首字母").fill("甲乙商贸")
    page.get_by_role("button", name="查询").click()
    page.get_by_role("link", name="重庆示例甲乙商贸有限公司").click()
    page.get_by_role("link", name="行政管理信息31 条").click()
    page.get_by_role("link", name="第 2 页").click()
    assert "第 2 页，共 4 页" in main(page)
    page.get_by_role("link", name="潼示罚").first.click()
    assert "最长公示至" in main(page) and "2027年6月18日" in main(page)
    page.get_by_role("link", name="行政处罚").click()
    page.get_by_label("类别").select_option("罚款")
    page.get_by_role("button", name="筛选").click()
    rows = page.locator("table.list tbody tr")
    expect(rows).to_have_count(20)
    assert "kind=" in page.url
    page.get_by_role("link", name="下一页").click()
    expect(rows).to_have_count(10)
    page.get_by_role("link", name="上一页").click()
    expect(rows).to_have_count(20)


def test_with_script_only_the_records_are_replaced(opened):
    page = opened()
    page.goto("/publicity/penalties")
    page.evaluate("document.querySelector('h1').dataset.kept = 'yes'")
    page.get_by_role("link", name="下一页").click()
    expect(page.locator("table.list tbody tr")).to_have_count(10)
    expect(page).to_have_url(re.compile("at="))
    assert page.evaluate("document.querySelector('h1').dataset.kept") == "yes"
    page.reload()
    assert page.locator("table.list tbody tr").count() == 10
    page.get_by_label("名称、代码或文书号开头").fill("没有这样的")
    page.get_by_role("button", name="筛选").click()
    page.get_by_text("没有符合条件").wait_for()


def test_charts_are_drawn_from_the_tables_beside_them(opened):
    page = opened()
    page.goto("/")
    page.locator(".chart canvas").first.wait_for()
    expect(page.locator(".chart canvas")).to_have_count(2)
    assert page.locator("table#months").is_hidden()
    page.get_by_text("数据表").first.click()
    row = page.locator("table#months tr", has_text="2026-06")
    assert row.locator("td").all_inner_texts() == ["0", "30"]


def test_the_keyboard_alone_skips_to_the_content_and_shows_where_it_is(opened):
    page = opened()
    page.goto("/services")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_on_paper_only_the_content_remains(opened, visitor):
    page = opened()
    page.goto(visitor.address())
    page.emulate_media(media="print")
    assert page.locator("h1").is_visible() and page.locator("table.record").first.is_visible()
    for gone in ("nav.sections", ".strip", "form.asof", "ul.acts", "nav.toc"):
        assert page.locator(gone).is_hidden(), gone
