"""A department hands files in, mends what came back, decides, and the public sees it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from journeying import City, main, penal
from playwright.sync_api import expect

Visit = Callable[..., Any]


def hand_in(page: Any, path: Path, item: str = "XZCF") -> None:
    page.goto("/console/department/submit")
    page.get_by_label("事项").select_option(item)
    page.get_by_label("文件", exact=True).set_input_files(path)
    page.get_by_role("button", name="报送", exact=True).click()
    page.wait_for_url(re.compile(r"/submit/[0-9a-f-]{36}$"))


def rows(city: City, years: str) -> tuple[list[dict[str, str]], str]:
    """One right row and two whose code lacks a digit's rightness, of a new enterprise."""
    code, name = city.enterprise()
    wrong = code[:-1] + ("1" if code[-1] != "1" else "2")
    given = [(1, code), (2, wrong), (3, wrong)]
    return [penal(CF_XDR_MC=name, CF_XDR_SHXYM=c, CF_WSH=f"潼示罚〔{years}〕{n}号") for n, c in given], code


def mended(book: Path, code: str) -> Path:
    """The workbook that came back, with the right code typed into it in a spreadsheet program."""
    work = openpyxl.load_workbook(book)
    sheet = work.worksheets[0]
    head = [cell.value for cell in sheet[1]]
    for line in range(2, sheet.max_row + 1):
        sheet.cell(line, head.index("CF_XDR_SHXYM") + 1).value = code
    target = book.with_name("改好的.xlsx")
    work.save(target)
    return target


def test_from_a_file_with_errors_to_records_in_public(city: City, visit: Visit, tmp_path: Path) -> None:
    given, code = rows(city, "2031")
    page = visit("department")
    page.goto("/console/")
    page.get_by_role("link", name="报送文件").first.click()
    hand_in(page, city.write(given, "三条处罚.csv"))
    assert "三条处罚.csv" in main(page)
    expect(page.get_by_role("link", name="取消报送")).to_be_visible()
    city.work()
    expect(page.get_by_text("处理完毕")).to_be_visible()  # by itself: the page asks every two seconds
    cells = page.locator("table.department-verdict tr")
    assert cells.filter(has_text="新入库").locator("td").nth(1).inner_text() == "1"
    assert cells.filter(has_text="退回").first.locator("td").nth(1).inner_text() == "2"

    page.get_by_role("link", name="在网页上改正").click()
    page.get_by_role("link", name=re.compile(r"改正\s*第 3 行")).click()
    assert "校验位" in main(page)
    page.locator("[name=CF_XDR_SHXYM]").fill(code)
    page.get_by_role("button", name="改好了，重新报送").click()
    expect(page.get_by_text(re.compile("第 3 行已入库"))).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("link", name="下载表格（Excel）").click()
    book = tmp_path / "退回.xlsx"
    download.value.save_as(book)
    hand_in(page, mended(book, code))
    city.work()
    expect(page.get_by_text("处理完毕")).to_be_visible()
    page.goto("/console/department/mend")
    assert "三条处罚.csv" not in main(page)

    reviewer = visit("department_reviewer")
    reviewer.goto("/console/department/review")
    for box in reviewer.get_by_role("checkbox", name=re.compile("2031")).all():
        box.check()
    reviewer.get_by_label("失信程度").select_option("一般")
    reviewer.get_by_label("理由").fill("按本部门裁量基准属一般情形")
    reviewer.get_by_role("button", name="认定").click()
    expect(reviewer.get_by_text(re.compile("已认定 3 条"))).to_be_visible()

    city.town.relist()
    public = visit()
    public.goto("/")
    public.get_by_label("名称、代码、文书号或拼音首字母").fill("潼示罚〔2031〕2号")
    public.get_by_role("button", name="查询").click()
    public.get_by_role("link", name="潼示罚〔2031〕2号").click()
    assert "最长公示至" in main(public) and "罚款人民币2000元" in main(public)


def test_without_script_a_file_is_handed_in_and_its_verdict_read(city: City, visit: Visit) -> None:
    given, _ = rows(city, "2032")
    page = visit("department", java_script_enabled=False)
    hand_in(page, city.write(given, "无脚本.csv"))
    city.work()
    page.get_by_role("link", name="刷新").click()
    assert "处理完毕" in main(page)
    page.get_by_role("link", name="在网页上改正").click()
    expect(page.get_by_role("link", name=re.compile(r"改正\s*第 4 行"))).to_be_visible()
    page.goto("/console/department/submissions")
    page.get_by_label("文件名或报送人").fill("无脚本")
    page.get_by_role("button", name="筛选").click()
    assert "共 1 条" in main(page)


def test_a_file_is_dropped_on_the_page_and_cancelled_in_time(city: City, visit: Visit) -> None:
    given, _ = rows(city, "2033")
    page = visit("department")
    page.goto("/console/department/submit")
    text = city.write(given, "拖放.csv").read_text("utf-8")
    data = page.evaluate_handle(
        "text => { const d = new DataTransfer(); d.items.add(new File([text], '拖放.csv', {type: 'text/csv'})); return d }", text
    )  # fmt: skip
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": data})
    expect(page.locator("[data-dropped]")).to_contain_text("拖放.csv")
    page.get_by_label("事项").select_option("XZCF")
    page.get_by_role("button", name="报送", exact=True).click()
    page.get_by_role("link", name="取消报送").click()
    page.get_by_role("button", name="确认取消").click()
    city.work()
    expect(page.get_by_text("已取消，没有任何改动")).to_be_visible()


def test_one_record_is_typed_in_on_a_phone_and_what_is_wrong_is_said_at_its_field(
    city: City, visit: Visit
) -> None:
    code, name = city.enterprise()
    page = visit("department", "phone")
    page.goto("/console/department/entry/XZCF")
    row = penal(CF_XDR_MC=name, CF_XDR_SHXYM=code[:-1], CF_WSH="潼示罚〔2034〕1号")
    for key, value in row.items():
        field = page.locator(f"[name={key}]")
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.get_by_role("button", name="提交入库").click()
    wrong = page.locator("#id_CF_XDR_SHXYM_error")
    expect(wrong).to_be_visible()
    assert page.locator("[name=CF_NR]").input_value() == row["CF_NR"]
    page.locator("[name=CF_XDR_SHXYM]").fill(code)
    page.get_by_role("button", name="提交入库").click()
    assert "已入库" in main(page)


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_desk_leads_to_each_kind_of_work(visit: Visit, size: str) -> None:
    page = visit("department", size)
    page.goto("/console/department/")
    links = page.locator("nav.console-nav a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert len(links) >= 8
    for link in links:
        answer = page.goto(link)
        assert answer.status == 200, link
        assert page.locator("h1").count() == 1
