"""标注: the reviewer says of one record whether duties are met, and what it rests on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from signing_in import DEPARTMENT, as_role

AT = "/console/department/markings"
CODE, NAME, FIRST = "91500152YY00000282", "重庆示例甲乙商贸有限公司", "潼示罚〔2026〕1号"
SAID = {"reason": "已核对缴款凭证", "basis": "非税收入票据"}
LISTED = {
    "YZ_MC": NAME, "YZ_LB": "法人及非法人组织", "YZ_SHXYM": CODE, "YZ_MDMC": "市场监督管理严重违法失信名单",
    "YZ_YJ": "示例依据", "YZ_SY": "示例事由", "YZ_WSH": "潼示列〔2026〕3号", "YZ_LRRQ": "2026-07-06",
    "YZ_GLQX": "2029-07-05", "YZ_JG": "潼南区市场监督管理局", "YZ_JGDM": DEPARTMENT,
}  # fmt: skip


@pytest.fixture
def record(desk: Any, penalty: Any, write_csv: Callable[..., Path]) -> str:
    """A penalty of the department."""
    desk.intake(write_csv([penalty()]), "XZCF", provider=DEPARTMENT)
    return str(desk.one("SELECT replace(record_id::text, '-', '') FROM record_version"))


def said(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, (answer.status_code, unescape(answer.content.decode())[:3000])
    return unescape(answer.content.decode())


def clocks(desk: Any, record: str, **options: Any) -> dict[str, Any]:
    found = desk.archive(CODE, "department_reviewer", DEPARTMENT, **options).records
    return next(r["clocks"] for r in found if r["record"] == record)


def test_duties_are_entered_seen_by_the_clocks_and_ended(desk: Any, reviewer: Any, record: str) -> None:
    found = said(reviewer.get(AT, {"item": "XZCF", "number": FIRST}))
    assert f"{AT}/{record}" in found
    refused = said(reviewer.post(f"{AT}/{record}/duties", {**SAID, "value": ""}), 400)
    assert "必填" in refused or "请选择" in refused
    done = reviewer.post(f"{AT}/{record}/duties", {**SAID, "value": "met"})
    page = said(reviewer.get(done.url))
    assert "义务履行情况：已经履行" in page and "已核对缴款凭证" in page
    [mark] = clocks(desk, record)["marks"]
    assert (mark["kind"], mark["value"], mark["by"]) == ("duties", "met", "示例审核员")
    ended = reviewer.post(f"{AT}/{record}/end/{mark['id']}", {"reason": "票据有误"})
    assert ended.status_code == 302 and clocks(desk, record)["marks"] == []


REPORTER = "11500152YY0000132E"


@pytest.fixture
def reported_for(desk: Any, penalty: Any, write_csv: Callable[..., Path]) -> str:
    """A penalty of the department that another unit handed in."""
    row = penalty(CF_SJLY="潼南区城市管理局", CF_SJLYDM=REPORTER)
    desk.intake(write_csv([row]), "XZCF", provider=REPORTER)
    return str(desk.one("SELECT replace(record_id::text, '-', '') FROM record_version"))


def test_who_decided_marks_a_record_that_another_unit_handed_in(
    desk: Any, reviewer: Any, reported_for: str
) -> None:
    for number in (FIRST, reported_for):
        assert f"{AT}/{reported_for}" in said(reviewer.get(AT, {"item": "XZCF", "number": number}))
    assert "登记义务履行情况" in said(reviewer.get(f"{AT}/{reported_for}"))
    done = reviewer.post(f"{AT}/{reported_for}/duties", {**SAID, "value": "unmet"})
    page = said(reviewer.get(done.url))
    assert "义务履行情况：尚未履行" in page
    mark = desk.one("SELECT id FROM record_mark")
    ended = reviewer.post(f"{AT}/{reported_for}/end/{mark}", {"reason": "票据有误"})
    assert ended.status_code == 302


def test_who_handed_it_in_marks_nothing_and_who_decided_corrects_nothing(
    desk: Any, reviewer: Any, clerk: Any, reported_for: str
) -> None:
    reporter = as_role("department_reviewer", provider=REPORTER, name="报送单位审核员示例")
    for path in (f"{AT}/{reported_for}", f"{AT}/{reported_for}/duties"):
        assert reporter.get(path).status_code == 404
    assert reporter.post(f"{AT}/{reported_for}/duties", {**SAID, "value": "met"}).status_code == 404
    found = said(reporter.get(AT, {"item": "XZCF", "number": reported_for}))
    assert f"{AT}/{reported_for}" not in found
    mine = as_role("department", provider=REPORTER, name="报送单位信息员示例")
    change = f"/console/department/records/{reported_for}/correct"
    assert mine.get(change).status_code == 200 and clerk.get(change).status_code == 404


def test_a_list_entry_is_tied_to_the_decision_it_rests_on(
    desk: Any, reviewer: Any, record: str, write_csv: Callable[..., Path]
) -> None:
    desk.intake(write_csv([LISTED], "mingdan.csv"), "YZSX", provider=DEPARTMENT)
    entry = next(
        r["record"] for r in desk.archive(CODE, "department", DEPARTMENT).records if r["item"] == "YZSX"
    )
    form = said(reviewer.get(f"{AT}/{entry}/rests_on"))
    assert FIRST in form and f'value="{record}"' in form and f'value="{entry}"' not in form
    done = reviewer.post(f"{AT}/{entry}/rests_on", {"value": record, "reason": "因该处罚列入"})
    page = said(reviewer.get(done.url))
    assert f"依据另一条记录作出：{FIRST}" in page and record not in page
    assert reviewer.post(f"{AT}/{entry}/rests_on", {"value": "0" * 32, "reason": "试"}).status_code == 400
    from datetime import UTC, datetime

    from xinyong.disclosure import actions
    from xinyong.foundation.audit import Who

    who = Who("示例审核员", "department_reviewer", DEPARTMENT, purpose="测试")
    actions.mark(desk.app, who, datetime.now(UTC), "repair", [record], "已修复")
    assert clocks(desk, entry)["publicity"]["state"] == "groundless"
    page = said(reviewer.get(f"{AT}/{entry}"))
    assert "所依据的决定已不再有效" in page


def test_the_end_of_publicity_with_duties_unmet_waits_here_for_a_person(
    desk: Any, reviewer: Any, penalty: Any, write_csv: Callable[..., Path]
) -> None:
    old = penalty(CF_JDRQ="2023-03-05", CF_YXQ="2026-03-05", CF_WSH="潼示罚〔2023〕7号")
    desk.intake(write_csv([old], "old.csv"), "XZCF", provider=DEPARTMENT, mode="补录")
    record = desk.one("SELECT replace(record_id::text, '-', '') FROM record_version")
    from datetime import UTC, datetime

    from xinyong.disclosure import actions
    from xinyong.foundation.audit import Who

    who = Who("示例审核员", "department_reviewer", DEPARTMENT, purpose="测试")
    actions.decide_degree(desk.app, who, datetime.now(UTC), [record], "一般", "依裁量基准")
    assert "潼示罚〔2023〕7号" not in said(reviewer.get(AT))
    reviewer.post(f"{AT}/{record}/duties", {"value": "unmet", "reason": "罚款未缴"})
    page = said(reviewer.get(AT))
    assert "潼示罚〔2023〕7号" in page and f"{AT}/{record}" in page
    until = (date.today() + timedelta(days=365)).isoformat()
    no_basis = reviewer.post(f"{AT}/{record}/extension", {"until": until, "reason": "未履行"})
    assert no_basis.status_code == 400
    reviewer.post(f"{AT}/{record}/extension", {"until": until, "reason": "未履行", "basis": "示例规定"})
    assert clocks(desk, record)["publicity"]["state"] == "open"
    assert "潼示罚〔2023〕7号" not in said(reviewer.get(AT))


def test_another_departments_record_and_what_never_was_look_the_same(
    desk: Any, record: str, reviewer: Any
) -> None:
    assert reviewer.get(f"{AT}/{record}").status_code == 200
    other = as_role("department_reviewer", provider="11500152YY000001XA", name="外部门审核员示例")
    for path in (f"{AT}/{record}", f"{AT}/{record}/duties", f"{AT}/{'0' * 32}", f"{AT}/{record}/end/1"):
        assert other.get(path).status_code == 404
        assert other.post(path, {**SAID, "value": "met"}).status_code in (404, 405)
    assert desk.one("SELECT count(*) FROM record_mark") == 0
    assert reviewer.get(f"{AT}/{record}/degree").status_code == 404  # decided on its own page


def test_a_clerk_marks_nothing(desk: Any, record: str) -> None:
    clerk = as_role("department", name="示例信息员")
    assert clerk.get(AT).status_code == 403
    assert clerk.post(f"{AT}/{record}/duties", {**SAID, "value": "met"}).status_code == 403
