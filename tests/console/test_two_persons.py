"""更正与撤回由两人办理: proposed by one, confirmed by another of the department; nothing changes in between."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from signing_in import DEPARTMENT, as_role

AT = "/console/department/"
CODE, FIRST = "91500152YY00000282", "潼示罚〔2026〕1号"
CHANGED = {"CF_NR": "罚款人民币3000元", "CF_NR_FK": "0.3"}


@pytest.fixture
def record(desk: Any, penalty: Any, write_csv: Callable[..., Path]) -> str:
    """The address of a record of the department, without its last part."""
    desk.intake(write_csv([penalty()]), "XZCF", provider=DEPARTMENT)
    number = desk.one("SELECT replace(record_id::text, '-', '') FROM record_version")
    return f"{AT}records/{number}"


def said(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, (answer.status_code, unescape(answer.content.decode())[:3000])
    return unescape(answer.content.decode())


def live(desk: Any) -> list[dict[str, str]]:
    """The penalties under the first number, as the department sees them."""
    records = desk.archive(CODE, "department", DEPARTMENT).records
    return [r["fields"] for r in records if r["fields"].get("行政处罚决定书文号") == FIRST]


def corrected(clerk: Any, record: str, penalty: Any, **more: str) -> str:
    answer = clerk.post(record + "/correct", {**penalty(**CHANGED, **more), "reason": "金额录错"})
    assert answer.status_code == 302, said(answer, 400)
    return str(answer.url)


def withdrawn(clerk: Any, record: str) -> str:
    return str(clerk.post(record + "/withdraw", {"reason": "处罚决定被撤销"}).url)


def reviewed(address: str) -> str:
    return address.replace("/changes/", "/review/changes/")


def test_a_correction_takes_effect_when_a_second_person_confirms_it(
    desk: Any, clerk: Any, reviewer: Any, record: str, penalty: Any
) -> None:
    change = corrected(clerk, record, penalty)
    assert live(desk)[0]["处罚内容"] == "罚款人民币2000元" and "待审核" in said(clerk.get(change))
    assert desk.one("SELECT count(*) FROM submission") == 1
    page = said(reviewer.get(reviewed(change)))
    assert "罚款人民币2000元" in page and "罚款人民币3000元" in page and "金额录错" in page
    done = reviewer.post(reviewed(change) + "/confirm", {"note": "核对无误"})
    assert done.status_code == 302 and "已按更正入库" in said(reviewer.get(done.url))
    assert live(desk)[0]["处罚内容"] == "罚款人民币3000元"
    trail = desk.owner().execute(
        "SELECT actor FROM audit_entry WHERE action IN ('record.propose', 'record.confirmed') ORDER BY id"
    )
    assert [r[0] for r in trail] == ["示例信息员", "示例审核员"]
    assert "查看回执" in said(clerk.get(change))


def test_a_withdrawal_takes_effect_when_a_second_person_confirms_it(
    desk: Any, clerk: Any, reviewer: Any, record: str
) -> None:
    change = withdrawn(clerk, record)
    assert live(desk)
    assert "要撤回的内容" in said(reviewer.get(reviewed(change)))
    assert reviewer.post(reviewed(change) + "/confirm").status_code == 302
    assert live(desk) == []


def test_nobody_confirms_what_they_proposed(desk: Any, clerk: Any, record: str) -> None:
    from xinyong.collection import changes
    from xinyong.disclosure import own as owned
    from xinyong.disclosure.queries import Question
    from xinyong.foundation.audit import Who
    from xinyong.kernel.errors import NotPermitted

    change = withdrawn(clerk, record)
    same = Who("示例信息员", "department_reviewer", DEPARTMENT, purpose="审核")
    now = datetime.now(UTC)
    own = owned.load(desk.app, Question(same, now, date.today()), record.rpartition("/")[2], desk.book)
    with pytest.raises(NotPermitted) as refused:
        changes.confirm(desk.app, same, now, int(change.rpartition("/")[2]), own, "", desk.book)
    assert refused.value.code == "own_change" and live(desk)
    assert clerk.post(reviewed(change) + "/confirm").status_code == 403


def test_a_revoked_penalty_is_due_within_three_days_of_the_proposal(
    desk: Any, clerk: Any, reviewer: Any, record: str
) -> None:
    change = withdrawn(clerk, record)
    due = desk.one("SELECT due FROM record_change")
    proposed = desk.one("SELECT (at AT TIME ZONE 'Asia/Shanghai')::date FROM record_change")
    assert due == proposed + timedelta(days=3)
    page = said(reviewer.get(AT + "review/changes"))
    assert f"{due:%Y-%m-%d}" in page and "第四十八条" in said(reviewer.get(reviewed(change)))
    desk.owner().execute("UPDATE record_change SET due = due - 9, at = at - interval '9 days'")
    assert "已逾期" in said(reviewer.get(AT + "review/changes"))
    assert "已逾期 1 项" in said(reviewer.get(AT))


def test_a_correction_of_a_penalty_has_no_such_term(desk: Any, clerk: Any, record: str, penalty: Any) -> None:
    corrected(clerk, record, penalty)
    assert desk.one("SELECT due FROM record_change") is None


def test_a_change_is_sent_back_with_a_reason_or_taken_back(
    desk: Any, clerk: Any, reviewer: Any, record: str, penalty: Any
) -> None:
    first = withdrawn(clerk, record)
    assert 'id="id_note_error"' in said(reviewer.post(reviewed(first) + "/refuse", {"note": ""}), 400)
    assert reviewer.post(reviewed(first) + "/refuse", {"note": "没有撤销决定书"}).status_code == 302
    assert "没有撤销决定书" in said(clerk.get(first))
    assert "不能再办理" in said(reviewer.post(reviewed(first) + "/confirm"), 400)
    second = corrected(clerk, record, penalty)
    other = as_role("department", name="另一信息员")
    assert "只能收回自己提出的" in said(other.post(second + "/take-back"), 400)
    assert clerk.post(second + "/take-back").status_code == 302
    assert live(desk)[0]["处罚内容"] == "罚款人民币2000元"
    assert desk.one("SELECT count(*) FROM record_change_cells") == 0  # what was filled in is kept no longer
    rows = re.findall(r'console-tag (?:bad|plain|warn|good)">(\S+?)</span>', said(clerk.get(AT + "changes")))
    assert [r for r in rows if r.startswith("已")] == ["已收回", "已退回"]


def test_one_change_of_a_record_at_a_time(clerk: Any, record: str, penalty: Any) -> None:
    withdrawn(clerk, record)
    page = said(clerk.post(record + "/correct", {**penalty(**CHANGED), "reason": "再改"}), 400)
    assert "已有一项更正或撤回在等审核" in page


def test_what_would_not_be_taken_in_is_told_to_the_clerk_at_once(
    desk: Any, clerk: Any, record: str, penalty: Any
) -> None:
    wrong = said(clerk.post(record + "/correct", {**penalty(CF_NR_FK="贰仟元"), "reason": "试"}), 400)
    assert 'id="id_CF_NR_FK_error"' in wrong
    same = said(clerk.post(record + "/correct", {**penalty(), "reason": "试"}), 400)
    assert "没有需要更正的" in same
    assert (
        desk.one("SELECT count(*) FROM record_change") == 0
        and desk.one("SELECT count(*) FROM submission") == 1
    )


def test_a_record_that_changed_meanwhile_is_not_overwritten(
    desk: Any, clerk: Any, reviewer: Any, record: str, penalty: Any, write_csv: Any
) -> None:
    change = corrected(clerk, record, penalty)
    desk.intake(write_csv([{**penalty(CF_NR="罚款人民币2500元", CF_NR_FK="0.25"), "操作": "更正",
                            "原记录号": record.rpartition("/")[2], "撤销或更正原因": "案卷更正"}], "更正.csv"),
                "XZCF", provider=DEPARTMENT)  # fmt: skip
    assert "又有变动" in said(reviewer.get(reviewed(change)))
    assert "又有变动" in said(reviewer.post(reviewed(change) + "/confirm"), 400)
    assert live(desk)[0]["处罚内容"] == "罚款人民币2500元"
    assert reviewer.post(reviewed(change) + "/refuse", {"note": "案卷已更正"}).status_code == 302


def test_personal_fields_are_sealed_while_they_wait_and_masked_for_the_reviewer(
    desk: Any, clerk: Any, reviewer: Any, record: str, penalty: Any
) -> None:
    person = {"CF_FR_ZJLX": "身份证", "CF_FR_ZJHM": "11010519491231002X"}
    change = corrected(clerk, record, penalty, **person)
    assert "1949" not in desk.one("SELECT sealed FROM record_change_cells")
    page = said(reviewer.get(reviewed(change)))
    assert "110＊" in page and "11010519491231002X" not in page
    assert reviewer.post(reviewed(change) + "/confirm").status_code == 302
    stored = desk.one("SELECT payload FROM record_version ORDER BY seq DESC LIMIT 1")
    assert "11010519491231002X" not in stored and live(desk)[0]["处罚内容"] == "罚款人民币3000元"


def test_it_takes_effect_once_however_often_it_is_confirmed(
    desk: Any, clerk: Any, record: str, reviewer: Any
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from xinyong.collection import changes
    from xinyong.disclosure import own as owned
    from xinyong.disclosure.queries import Question
    from xinyong.foundation import database
    from xinyong.foundation.audit import Who
    from xinyong.kernel.errors import Refused

    number = int(withdrawn(clerk, record).rpartition("/")[2])
    now = datetime.now(UTC)

    def confirm(name: str) -> str:
        who = Who(name, "department_reviewer", DEPARTMENT, purpose="审核")
        with database.connect_app(autocommit=True) as c:
            own = owned.load(c, Question(who, now, date.today()), record.rpartition("/")[2], desk.book)
            try:
                return str(changes.confirm(c, who, now, number, own, "", desk.book).revoked)
            except Refused as e:
                return e.code

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(confirm, ("甲", "乙")))
    assert found[0] == "1" and found[1] in ("change_closed", "change_stale", "goes_back")
    assert desk.one("SELECT count(*) FROM record_change_end") == 1
    assert (
        desk.one("SELECT count(*) FROM submission WHERE id = (SELECT submission FROM record_change_end)") == 1
    )


def test_another_department_sees_nothing_of_it(desk: Any, clerk: Any, record: str) -> None:
    change = withdrawn(clerk, record)
    other = {"provider": desk.book.providers["CZJ"].code}
    stranger = as_role("department_reviewer", name="别的审核员", **other)
    assert "共 0 条" in said(stranger.get(AT + "review/changes"))
    for page in ("", "/confirm", "/refuse"):
        assert stranger.get(reviewed(change) + page).status_code == 404
        assert stranger.post(reviewed(change) + page, {"note": "试"}).status_code in (404, 405)
    assert as_role("department", name="别的信息员", **other).get(change).status_code == 404
    assert live(desk)


@pytest.mark.parametrize("role", ["center", "center_reviewer", "auditor", "bank", "subject", "system_admin"])
def test_others_do_not_get_in(desk: Any, role: str) -> None:
    client = as_role(role)
    for page in ("changes", "changes/1", "review/changes", "review/changes/1", "review/changes/1/confirm"):
        assert client.get(AT + page).status_code == 403, page


def test_taking_back_the_days_own_submission_stays_with_one_person_and_says_why(
    desk: Any, clerk: Any, record: str
) -> None:
    number = desk.one("SELECT max(id) FROM submission")
    address = f"{AT}submissions/{number}/undo"
    assert "由报送人一人办理" in said(clerk.get(address))
    assert clerk.post(address, {"reason": "选错文件"}).status_code == 302 and live(desk) == []


def test_what_two_persons_confirmed_is_not_undone_by_one(
    desk: Any, clerk: Any, reviewer: Any, record: str
) -> None:
    change = withdrawn(clerk, record)
    reviewer.post(reviewed(change) + "/confirm")
    number = desk.one("SELECT submission FROM record_change_end")
    page = said(clerk.post(f"{AT}submissions/{number}/undo", {"reason": "反悔"}), 400)
    assert "经两人确认" in page and live(desk) == []
