"""失信提醒: who logs in for a subject is told of each adverse record the day it comes in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from signing_in import SUBJECT, open_account

from xinyong.foundation import events
from xinyong.foundation.audit import Who
from xinyong.rights.notices import inbox

OWNER = Who("示例subject", "subject", SUBJECT)
REGISTRATION = {
    "主体名称": "重庆示例甲乙商贸有限公司", "主体类别": "法人及非法人组织", "登记主体类型": "企业法人",
    "统一社会信用代码": SUBJECT, "成立日期": "2019-03-05", "核准日期": "2020-01-02", "经营状态": "存续",
    "登记机关": "潼南区市场监督管理局",
}  # fmt: skip


@pytest.fixture
def arrive(outside: Any, penalty: Callable[..., Any], write_csv: Callable[..., Any]) -> Callable[..., None]:
    """Penalties come in under these numbers, and the outbox is worked off."""
    outside.intake(write_csv([REGISTRATION], "dj.csv"), "DJZC")

    def come(*numbers: int, **changes: str) -> None:
        rows = [penalty(CF_WSH=f"潼示罚〔2026〕{n}号", **changes) for n in numbers]
        assert outside.intake(write_csv(rows, f"{numbers}.csv"), "XZCF").accepted == len(rows)
        assert events.run(outside.app, datetime.now(UTC)).failures == []

    return come


def told(district: Any, who: Who = OWNER) -> list[inbox.Message]:
    return inbox.listed(district.app, who)


def test_a_subject_with_an_account_is_told_what_it_is_and_what_can_be_done(outside: Any, arrive: Any) -> None:
    open_account("subject")
    arrive(1)
    [message] = told(outside)
    assert message.template == "MISCONDUCT" and message.page == "own-notices"
    for said in ("潼南区市场监督管理局", "2026-11-18", "潼示罚〔2026〕1号", "异议", "修复"):
        assert said in message.body


def test_without_an_account_nothing_is_written(outside: Any, arrive: Any) -> None:
    open_account("subject", subject_code="91500152YY0000714C")
    open_account("bank")
    arrive(1)
    assert outside.one("SELECT count(*) FROM notice") == 0


def test_many_at_once_are_one_notice(outside: Any, arrive: Any) -> None:
    open_account("subject")
    arrive(1, 2, 3, 4)
    [message] = told(outside)
    assert message.template == "MISCONDUCT_MANY" and "4条" in message.body


def test_a_registration_and_a_correction_are_no_misconduct(outside: Any, arrive: Any) -> None:
    open_account("subject")
    arrive(1)
    arrive(1, CF_NR="罚款人民币3000元", CF_NR_FK="0.3")
    assert len(told(outside)) == 1


def test_the_same_event_handled_again_tells_nothing_twice(outside: Any, arrive: Any) -> None:
    from xinyong.rights.notices import misconduct

    open_account("subject")
    arrive(1)
    row = outside.app.execute(
        "SELECT id, at, kind, body FROM event WHERE kind = 'collection.submission' ORDER BY id DESC"
    ).fetchone()
    with outside.app.transaction():
        misconduct.handle(outside.app, events.Event(*row), datetime.now(UTC))
    assert len(told(outside)) == 1


def test_the_look_is_logged_under_the_platforms_own_name(outside: Any, arrive: Any) -> None:
    open_account("subject")
    arrive(1)
    assert outside.one("SELECT role FROM look WHERE actor = '失信提醒' AND subject IS NOT NULL") == "center"


def test_a_reminder_goes_out_with_it(outside: Any, arrive: Any, mail: Any) -> None:
    from xinyong.rights.notices import sending

    open_account("subject", email="owner@enterprise.example.cn")
    arrive(1)
    assert sending.run(outside.app, lambda: datetime.now(UTC), outside.book) == 1
    assert "潼示罚" not in mail.got[0][1].get_content()
