"""The public, an enterprise, a bank and the people at the counter."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from journeying import BANK, BANK_NAME, CODE, NAME, PERSON, PERSON_ID, City, aside, main, totp

Visit = Callable[..., Any]
ASK = "名称、代码、文书号或拼音首字母"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_member_of_the_public_finds_a_penalty_from_the_home_page(visit: Visit, script: bool) -> None:
    page = visit(java_script_enabled=script)
    page.goto("/")
    page.get_by_label(ASK).fill("示例甲乙")
    page.get_by_role("button", name="查询").click()
    page.get_by_role("link", name=NAME).click()
    page.get_by_role("link", name=re.compile("^行政管理信息")).click()
    page.get_by_role("link", name=re.compile("潼示罚〔2026〕1号")).first.click()
    said, record = main(page), page.url
    assert "罚款人民币2000元" in said and "最长公示至" in said
    page.go_back()
    page.get_by_role("link", name=re.compile("^行政管理信息")).wait_for()
    assert page.url != record and NAME in main(page)


def test_the_keyboard_alone_finds_a_subject(visit: Visit) -> None:
    page = visit()
    page.goto("/")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "q":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.type(CODE)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/search"))
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == NAME:
            break
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/subject/"))
    assert page.locator("h1").inner_text().startswith(NAME)


def test_a_report_is_verified_by_its_number_and_by_the_address_in_its_code(
    city: City, visit: Visit, tmp_path: Path
) -> None:
    """The address printed on the report is the one in its QR code."""
    owner = visit("subject")
    owner.goto("/report/own")
    owner.get_by_label("报告用途").select_option("政府采购")
    owner.get_by_role("button", name="出具报告").click()
    number = owner.locator("strong.code").inner_text()
    with owner.expect_download() as download:
        owner.get_by_role("link", name=re.compile("全部文件")).click()
    data = Path(download.value.path()).read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {n.split(".", 1)[1]: archive.read(n) for n in archive.namelist()}
    printed = re.search(r'https?://[^"]*?(/verify/[^"]+)"', json.dumps(json.loads(files["json"])))
    assert printed, files["json"][:500]

    page = visit(java_script_enabled=False)
    page.goto("/")
    page.goto("/verify")
    page.get_by_label("报告编号").fill(number.lower())
    page.get_by_role("button", name="核验", exact=True).click()
    assert "真实" in main(page) and NAME in main(page) and "至今没有变化" in main(page)
    by_number = page.url
    page.goto(printed[1])
    assert page.url == by_number and "真实" in main(page)
    for data, said in ((files["pdf"], "文件一致"), (files["pdf"] + b" ", "文件不一致")):
        path = tmp_path / "手上的.pdf"
        path.write_bytes(data)
        page.get_by_label("报告的 PDF 或 JSON 文件").set_input_files(path)
        page.get_by_role("button", name="核对文件").click()
        assert said in main(page)


def open_login(role: str, name: str, **given: Any) -> None:
    from signing_in import open_account

    aside(lambda: open_account(role, name, **given))


def log_in(page: Any, name: str) -> None:
    from signing_in import PASSWORD

    page.goto("/")
    page.get_by_role("link", name="登录").click()
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def enrol(page: Any) -> str:
    """Set up the app on the phone; its secret."""
    page.wait_for_url(re.compile("/account/factors/totp"))
    secret = str(page.locator("main code").inner_text()).replace(" ", "")
    page.get_by_label("应用上显示的六位数字").fill(totp(secret, -1))
    page.get_by_role("button", name="完成设置").click()
    return secret


def grant(page: Any, purpose: str) -> None:
    page.goto("/own/authorisations")
    page.get_by_role("link", name="新的授权").click()
    page.get_by_label("被授权机构的统一社会信用代码").fill(BANK)
    page.get_by_label("被授权机构的名称").fill(BANK_NAME)
    for item in page.get_by_role("group", name="允许看哪些信息").get_by_role("checkbox").all():
        item.check()
    page.get_by_label("用途").fill(purpose)
    page.get_by_label("有效期内可以多次使用").check()
    begins = page.get_by_label("从哪一天起").input_value()
    page.get_by_label("到哪一天止（含当日）").fill(begins)
    page.locator("main form").get_by_role("button").first.click()
    assert "与您填写的一致" in main(page)
    page.get_by_role("button", name="确认授权").click()


def test_an_enterprise_lets_a_bank_look_and_takes_it_back(city: City, visit: Visit) -> None:
    purpose = "流动资金贷款贷前审查"
    open_login("subject", "甲乙商贸", subject_code=CODE)
    open_login("bank", "示例行员", provider=BANK)
    owner = visit()
    log_in(owner, "甲乙商贸")
    owner.wait_for_url(re.compile("/own/"))
    assert "谁看得到，到什么时候" in main(owner) and "潼示罚〔2026〕1号" in main(owner)
    grant(owner, purpose)

    bank = visit()
    log_in(bank, "示例行员")
    bank.goto("/report/authorised")
    secret = enrol(bank)
    assert len(secret) >= 32
    said = order(bank, purpose)
    assert said.startswith("PK"), said

    owner.get_by_role("link", name="谁看过我").click()
    assert BANK_NAME in main(owner) and purpose in main(owner) and "示例行员" not in main(owner)
    owner.get_by_role("link", name="我的授权").click()
    owner.locator("article", has_text=purpose).get_by_role("link", name=re.compile("撤回这份授权")).click()
    owner.get_by_label("撤回的原因").fill("业务已办结")
    owner.locator("main form").get_by_role("button").first.click()
    assert "授权已经撤回" in main(owner)

    assert "请先取得信用主体的有效授权" in order(bank, purpose)
    owner.get_by_role("link", name="谁看过我").click()
    assert "已拒绝" in main(owner)


def order(page: Any, purpose: str) -> str:
    """Order the authorised report; what was downloaded, else what the page says."""
    page.goto("/report/authorised")
    page.get_by_label("用途").fill(purpose)
    page.get_by_role("button", name="继续").click()
    page.get_by_label("统一社会信用代码、注册号或身份证号码").fill(CODE)
    page.get_by_label("报告用途").select_option("其他")
    downloads: list[Any] = []
    page.once("download", lambda d: downloads.append(d))
    page.get_by_role("button", name="出具并下载").click()
    for _ in range(100):
        page.wait_for_timeout(100)
        if downloads:
            return str(Path(downloads[0].path()).read_bytes()[:2].decode())
        if page.get_by_role("alert").count():
            break
    return main(page)


def test_an_enterprise_downloads_its_report_on_a_phone(visit: Visit) -> None:
    page = visit("subject", "phone")
    page.goto("/own/")
    page.get_by_role("link", name="我要报告").first.click()
    page.get_by_label("报告用途").select_option("政府采购")
    page.get_by_role("button", name="出具报告").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载报告（PDF）").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


def test_an_enterprise_asks_for_an_account_and_waits_for_the_centre(city: City, visit: Visit) -> None:
    from signing_in import PASSWORD

    code, name = city.enterprise()
    page = visit(java_script_enabled=False)
    page.goto("/login/")
    page.get_by_role("link", name="申请账号").click()
    given = {"用户名": "新来的企业", "单位名称": name, "统一社会信用代码": code, "联系邮箱": "a@example.com",
             "密码": PASSWORD, "再输一次密码": PASSWORD}  # fmt: skip
    for label, value in given.items():
        page.get_by_label(label, exact=True).fill(value)
    page.locator("main form").get_by_role("button").click()
    log_in(page, "新来的企业")
    page.goto("/own/")
    assert "信用中心核验" in main(page)

    centre = visit("center")
    centre.goto("/console/verify")
    centre.get_by_role("link", name="新来的企业").click()
    centre.get_by_label("核验了什么材料").fill("营业执照原件")
    centre.locator("main form").get_by_role("button").click()
    page.goto("/own/")
    assert name in main(page)


def test_at_the_counter_a_report_is_ordered_for_who_is_there(visit: Visit) -> None:
    page = visit("counter")
    page.goto("/console/")
    page.goto("/report/counter")
    page.get_by_label("用途").fill("本人到窗口申请")
    page.get_by_role("button", name="继续").click()
    page.get_by_label("统一社会信用代码、注册号或身份证号码").fill(CODE)
    page.get_by_label("报告用途").select_option("政府采购")
    page.get_by_role("button", name="出具报告").click()
    assert "报告已出具" in main(page)


def test_the_kiosk_gives_a_person_a_report_and_forgets_it(visit: Visit) -> None:
    page = visit("counter", "phone")
    page.goto("/report/kiosk")
    page.get_by_label("姓名").fill(PERSON)
    page.get_by_label("身份证号码").fill(PERSON_ID)
    page.get_by_label("报告用途").select_option("其他")
    page.get_by_role("button", name="查询并生成报告").click()
    assert "同意" in main(page) and "报告已出具" not in main(page)  # nobody agreed yet
    page.get_by_label(re.compile("我是本人")).check()
    page.get_by_role("button", name="查询并生成报告").click()
    page.wait_for_url(re.compile("kiosk=1"))
    assert "两分钟后本页自动关闭" in main(page) and PERSON not in main(page) and PERSON_ID not in page.url
    page.get_by_role("link", name="结束").click()
    assert (
        page.get_by_label("姓名").input_value() == "" and page.get_by_label("身份证号码").input_value() == ""
    )
    page.go_back()
    assert PERSON_ID not in page.content()
