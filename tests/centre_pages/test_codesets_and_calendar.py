"""Code sets and calendars: put in force locally, with a reason, checked as the loader checks them."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from centre_desk import AT, exported, rows_of, said
from signing_in import as_role

CHECKS = {"id": "JCLX", "name": "检查类型", "values": "双随机\n日常\n专项\n飞行\n其他", "old_values": "",
          "other_prefix": "其他-", "confidence": "sample", "reason": "按示例文件增加飞行检查"}  # fmt: skip
YEAR = {
    "basis": "示例通知〔2027〕1号",
    "days_off": "01-01..01-03",
    "workdays": "01-09",
    "reason": "国务院办公厅已公布",
}


def book() -> Any:
    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import home

    return load_rulebook(home.local_rulebook())


def test_the_code_sets_are_listed_filtered_and_exported(desk: Any, clerk: Any) -> None:
    rows = rows_of(said(clerk.get(AT + "codesets")))
    found = next(r for r in rows if r[0] == "XDR_LB")
    assert found[2] == "3" and found[6] == "随产品" and int(found[5]) > 5
    assert [r[0] for r in rows_of(said(clerk.get(AT + "codesets", {"id": "BGYT"})))] == ["BGYT"]
    lines = exported(clerk.get(AT + "codesets", {"export": "csv", "purpose": "核对"})).splitlines()
    assert len(lines) == len(rows) + 1


def test_a_local_code_set_is_in_force_at_once_beside_the_shipped_one(
    rules: Path, desk: Any, clerk: Any
) -> None:
    assert clerk.post(AT + "codesets/JCLX/edit", CHECKS).url == AT + "codesets/JCLX"
    assert book().code_sets["JCLX"].values == ("双随机", "日常", "专项", "飞行", "其他")
    assert book().conflicts == ()  # it says on which shipped text it stands
    page = said(clerk.get(AT + "codesets/JCLX"))
    assert "飞行" in page and "按示例文件增加飞行检查" in page and "示例业务员" in page
    assert next(r for r in rows_of(page.partition("对比")[2]) if r[1] == "取值")[2] == "修改"
    told = desk.one("SELECT detail->>'note' FROM audit_entry WHERE action = 'catalogue.published'")
    assert told == "按示例文件增加飞行检查"


def test_a_second_one_leaves_the_first_in_its_file(rules: Path, clerk: Any) -> None:
    clerk.post(AT + "codesets/JCLX/edit", CHECKS)
    new = {
        **CHECKS,
        "id": "CSLX",
        "name": "示例类型",
        "values": "甲\n乙",
        "old_values": "1 → 甲\n2=乙",
        "other_prefix": "",
    }
    assert clerk.post(AT + "codesets/new", new).status_code == 302
    assert book().code_sets["CSLX"].old_values == {"1": "甲", "2": "乙"}
    assert "飞行" in book().code_sets["JCLX"].values
    assert "已经有了" in said(clerk.post(AT + "codesets/new", new), 400)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"values": "甲\n甲"}, "有重复的值"),
        ({"values": "甲", "old_values": "01 → 丙"}, "不在现行取值之中"),
        ({"old_values": "01 身份证"}, "每行写“旧写法 → 现行取值”"),
        ({"old_values": "01 → 日常\n01 → 专项"}, "写了两次"),
        ({"reason": ""}, 'id="id_reason_error"'),
    ],
)
def test_a_code_set_that_makes_no_sense_is_refused_in_one_sentence(
    rules: Path, clerk: Any, changed: dict[str, str], sentence: str
) -> None:
    assert sentence in said(clerk.post(AT + "codesets/JCLX/edit", {**CHECKS, **changed}), 400)
    assert not (rules / "code_sets.yaml").exists()


def test_years_without_a_calendar_are_flagged_as_provisional(desk: Any, clerk: Any) -> None:
    rows = {r[0]: r for r in rows_of(said(clerk.get(AT + "calendar")))}
    assert rows["2026"][1] == "已公布" and rows["2027"][1].startswith("未公布")
    assert "都是暂定的" in said(clerk.get(AT + "calendar/2027"))
    page = said(clerk.get(AT + "calendar/2026"))
    assert "国务院办公厅关于2026年部分节假日安排的通知" in page and page.count("<small>班</small>") == 6


def test_a_year_is_entered_and_deadlines_follow_it(rules: Path, clerk: Any) -> None:
    from xinyong.collection.door import calendar_of
    from xinyong.kernel.workdays import add_workdays

    before = add_workdays(date(2026, 12, 31), 3, calendar_of(book()))
    assert before == (date(2027, 1, 5), True)
    assert clerk.post(AT + "calendar/2027/edit", YEAR).url == AT + "calendar/2027"
    after = add_workdays(date(2026, 12, 31), 3, calendar_of(book()))
    assert after == (date(2027, 1, 6), False)  # Friday the 1st is off; the 4th, 5th and 6th are worked
    assert "国务院办公厅已公布" in said(clerk.get(AT + "calendar/2027"))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_year_comes_as_a_small_csv(rules: Path, clerk: Any, encoding: str) -> None:
    lines = ["日期,类型", *(f"2027-01-0{n},放假" for n in (1, 2, 3)), "2027/1/9,上班", ""]
    file = BytesIO("\r\n".join(lines).encode(encoding))
    file.name = "2027.csv"
    assert (
        clerk.post(
            AT + "calendar/2027/edit", {**YEAR, "days_off": "", "workdays": "", "file": file}
        ).status_code
        == 302
    )
    year = book().calendar[2027]
    assert (len(year.days_off), year.workdays) == (3, {date(2027, 1, 9)})
    assert "01-01..01-03" in (rules / "calendar/2027.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("2026-01-01,放假", "第 1 行看不懂"),
        ("日期,类型\n2027-01-01,休假", "第 2 行看不懂"),
        ("日期,类型\n2027-13-01,放假", "第 2 行看不懂"),
        ("日期\n", "没有一天"),
        ("x" * 70_000, "文件太大"),
    ],
)
def test_a_file_that_is_no_calendar_is_refused_in_one_sentence(
    rules: Path, clerk: Any, content: str, sentence: str
) -> None:
    file = BytesIO(content.encode())
    file.name = "2027.csv"
    assert sentence in said(clerk.post(AT + "calendar/2027/edit", {**YEAR, "file": file}), 400)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"workdays": "01-02"}, "既在放假又在上班"),
        ({"days_off": "02-30"}, "没有这一天"),
        ({"days_off": "元旦"}, "写法不对"),
    ],
)
def test_days_that_make_no_sense_are_refused(
    rules: Path, clerk: Any, changed: dict[str, str], sentence: str
) -> None:
    assert sentence in said(clerk.post(AT + "calendar/2027/edit", {**YEAR, **changed}), 400)
    assert clerk.post(AT + "calendar/1999/edit", YEAR).status_code == 404


def test_a_shipped_year_that_is_corrected_shows_no_conflict(rules: Path, clerk: Any) -> None:
    assert clerk.post(AT + "calendar/2026/edit", YEAR).status_code == 302
    assert book().calendar[2026].source == "local" and book().conflicts == ()


@pytest.mark.parametrize("role", ["auditor", "center_reviewer"])
def test_readers_see_and_change_nothing(rules: Path, role: str) -> None:
    reader = as_role(role)
    assert (
        "修改" not in said(reader.get(AT + "codesets/JCLX")).partition("<main")[2].partition("</h1>")[2][:200]
    )
    assert reader.post(AT + "codesets/JCLX/edit", CHECKS).status_code == 403
    assert reader.post(AT + "calendar/2027/edit", YEAR).status_code == 403


@pytest.mark.parametrize("role", ["department", "bank", "subject", "system_admin", "security_admin"])
def test_others_do_not_get_in(desk: Any, role: str) -> None:
    client = as_role(role)
    for page in (
        "codesets",
        "codesets/JCLX",
        "codesets/new",
        "calendar",
        "calendar/2026",
        "calendar/2027/edit",
    ):
        assert client.get(AT + page).status_code == 403, page
