"""The centre at its figures, the three administrators, and those who see who looked."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from journeying import CODE, NAME, City, main, totp

Visit = Callable[..., Any]


READING = {"开始核验"}  # buttons that change nothing: the log is checked again


def downloaded(page: Any, click: Callable[[], Any]) -> bytes:
    with page.expect_download() as download:
        click()
    return Path(download.value.path()).read_bytes()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_the_centre_goes_from_the_overview_to_quality_and_score_cards(visit: Visit, script: bool) -> None:
    page = visit("center", java_script_enabled=script)
    page.goto("/console/")
    page.goto("/console/centre/")
    page.get_by_label("部门").fill("市场监督")
    page.get_by_label("事项").fill("行政处罚")
    page.get_by_role("button", name="筛选").click()
    page.get_by_text("共 1 条", exact=True).wait_for()
    assert "重庆市潼南区市场监督管理局" in main(page) and "有未办结" in main(page)
    page.get_by_role("main").get_by_role("link", name="数据质量").click()
    said = main(page)
    for dimension in ("合规性", "及时性", "规范性", "完整性", "连续性", "覆盖率", "关联率"):
        assert dimension in said
    assert "无法计算" in said
    page.get_by_role("navigation", name="功能").get_by_role("link", name="部门评分").click()
    page.get_by_role("main").get_by_role("link", name="下载月报（Excel）").click()
    page.get_by_label("用途").fill("月度通报")
    data = downloaded(page, lambda: page.get_by_role("button", name="继续").click())
    assert openpyxl.load_workbook(io.BytesIO(data)).sheetnames[0] == "总览"


def test_wrong_codes_are_found_sent_and_one_is_dismissed(visit: Visit) -> None:
    page = visit("center")
    page.goto("/console/centre/codes")
    page.get_by_role("link", name="筛查并下发").click()
    page.get_by_role("button", name="筛查并下发").click()
    assert "新下发" in main(page)
    page.get_by_role("main").get_by_role("link", name="返回清单").click()
    page.get_by_role("row", name=re.compile("91500152YY00000283")).get_by_role("link").first.click()
    assert CODE in main(page) and "待更正" in main(page)
    page.get_by_role("link", name="认定不是重错码").click()
    page.get_by_label("理由").fill("登记机关已确认此码有效")
    page.get_by_role("button", name="认定", exact=True).click()
    assert "经核实不是重错码" in main(page)


def test_the_audit_administrator_finds_who_looked_and_takes_the_list_away(city: City, visit: Visit) -> None:
    look_as_department(city)
    page = visit("audit_admin")
    page.goto("/console/")
    page.get_by_role("navigation", name="功能").get_by_role("link", name="查询日志").click()
    page.get_by_label("主体代码").fill(CODE)
    page.get_by_label("角色").select_option("department")
    page.get_by_role("button", name="筛选").click()
    page.wait_for_url("**role=department**")
    page.get_by_role("cell", name="行政审批核查").first.wait_for()
    page.get_by_role("link", name="导出 CSV").click()
    page.get_by_label("用途").fill("年度审计")
    data = downloaded(page, lambda: page.get_by_role("button", name="继续").click())
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert lines[0][:3] == ["时间", "谁", "角色"] and {line[2] for line in lines[1:]} == {"部门信息员"}
    page.goto("/console/admin/audit?act=audit.looks.export")
    assert "年度审计" in main(page)


def look_as_department(city: City) -> None:
    from datetime import UTC, datetime

    from journeying import AUTHORITY

    from xinyong.disclosure import queries
    from xinyong.foundation.audit import Who

    who, now = Who("示例信息员", "department", AUTHORITY, "", "行政审批核查"), datetime.now(UTC)
    queries.archive(city.district.app, CODE, queries.Question(who, now, now.date()), city.district.book)


def test_the_auditor_reads_what_the_centre_reads_and_changes_nothing(visit: Visit) -> None:
    page = visit("auditor")
    page.goto("/console/centre/")
    assert page.get_by_role("cell", name="重庆市潼南区市场监督管理局").count() > 0
    links = page.locator("nav.console-nav a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    for link in links:
        assert page.goto(link).status == 200, link
        buttons = page.locator("main form[method=post] button").all_inner_texts()
        assert set(buttons) <= READING, (link, buttons)
    assert page.goto("/console/centre/codes/scan").status == 403


def test_three_administrators_open_grant_and_watch_and_the_new_one_gets_in(visit: Visit) -> None:
    system, security = visit("system_admin"), visit("security_admin")
    system.goto("/console/admin/accounts")
    system.get_by_role("link", name="开立账户").click()
    given = {"用户名": "李示例", "姓名": "李示例"}
    for label, value in given.items():
        system.get_by_label(label, exact=True).fill(value)
    system.get_by_label("拟授予的角色").select_option("center")
    system.get_by_role("button", name="开立").click()
    password = system.locator("code.console-secret").inner_text()

    newcomer = visit()
    log_in(newcomer, "李示例", password)
    assert newcomer.url.endswith("/login/inactive")

    security.goto("/console/admin/roles")
    security.get_by_role("link", name="李示例").click()
    assert security.get_by_label("授予的角色").input_value() == "center"
    security.get_by_role("button", name="授予").click()

    log_in(newcomer, "李示例", password)
    newcomer.wait_for_url(re.compile("/account/password"))
    newcomer.get_by_label("当前密码").fill(password)
    for label in ("新密码", "再输一次新密码"):
        newcomer.get_by_label(label, exact=True).fill("Better-staple-7")
    newcomer.locator("main form").get_by_role("button").first.click()
    newcomer.wait_for_url(re.compile("/account/factors/totp"))
    secret = newcomer.locator("main code").inner_text().replace(" ", "")
    newcomer.get_by_label("应用上显示的六位数字").fill(totp(secret, -1))
    newcomer.get_by_role("button", name="完成设置").click()
    newcomer.wait_for_load_state("load")
    assert newcomer.goto("/console/").status == 200
    assert newcomer.goto("/console/centre/").status == 200

    audit = visit("audit_admin")
    audit.goto("/console/admin/audit?target=李示例")
    said = main(audit)
    assert "示例system_admin" in said and "示例security_admin" in said and password not in said


def log_in(page: Any, name: str, password: str) -> None:
    page.goto("/login/")
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_load_state("load")


@pytest.mark.parametrize("role", ["system_admin", "security_admin", "audit_admin"])
def test_no_administrator_sees_or_opens_another_s_work(visit: Visit, role: str) -> None:
    areas = {"system_admin": "/console/admin/accounts", "security_admin": "/console/admin/roles",
             "audit_admin": "/console/admin/audit"}  # fmt: skip
    page = visit(role)
    page.goto("/console/")
    shown = page.locator("nav.console-nav a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert areas[role] in shown
    for other, address in areas.items():
        if other != role:
            assert address not in shown
            assert page.goto(address).status == 403
    for address in ("/console/centre/", "/own/", "/console/department/", "/report/own"):
        assert page.goto(address).status == 403, address
    assert NAME not in page.content()
