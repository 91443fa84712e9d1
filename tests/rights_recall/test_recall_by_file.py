"""What a department's file says of a record in its own fields reaches whoever has it, and its subject, as what it is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from recall_desk import AUTHORITY, REGISTRATION, Desk, now, system

from xinyong.disclosure import ids
from xinyong.foundation import keys
from xinyong.foundation.audit import Who
from xinyong.rights.recall import actions, deliveries

LOANS, CARDS = system("信贷系统"), system("信用卡系统")
FIRST, SECOND = "潼示罚〔2026〕1号", "潼示罚〔2026〕2号"
REVOKED = {"KZ_CXBZ": "撤销", "KZ_CXYY": "行政复议决定撤销"}
REPAIRED = {"KZ_XFZT": "已修复"}
# a field left out stays as it was
TAKEN_BACK = {"KZ_CXBZ": "正常", "KZ_CXYY": "复议决定撤回", "KZ_XFZT": "未修复"}


def again(desk: Desk, number: str = FIRST, **changes: str) -> Any:
    row = desk.rows(**{"CF_WSH": number, "CF_NR": "罚款人民币3000元", "CF_NR_FK": "0.3", **changes})
    receipt = desk.hand_in("again.csv", row, mode="补录")
    assert receipt.rejected == 0, receipt.rules
    return receipt


def told(desk: Desk, who: Who = LOANS) -> list[str]:
    desk.work()
    return [r.kind for r in desk.recalls(who)]


def notices(desk: Desk) -> list[tuple[str, str, str]]:
    """Template, for whom, words."""
    rows = desk.c.execute("SELECT template, value, body FROM notice WHERE kind = 'subject' ORDER BY id")
    return [(t, value, keys.unseal(body)) for t, value, body in rows.fetchall()]


@pytest.mark.parametrize(("said", "kind", "words"), [
    (REVOKED, "withdrawn", "已被撤销"), ({**REVOKED, "KZ_CXBZ": "确认无效"}, "withdrawn", "已被确认无效"),
    (REPAIRED, "repaired", "已修复"),
])  # fmt: skip
def test_a_file_that_says_revoked_or_repaired_stops_the_record_and_its_subject_hears_of_it(
    desk: Desk, said: dict[str, str], kind: str, words: str
) -> None:
    first, second = desk.records()
    desk.given(LOANS, first, second)
    again(desk, **said)
    assert told(desk) == [kind]
    assert desk.recalls(LOANS)[0].records == (ids.public_id(first),)
    [(template, value, body)] = notices(desk)
    assert (template, value) == ("RECORD_STOPPED", REGISTRATION["统一社会信用代码"])
    assert words in body and FIRST in body and "潼南区市场监督管理局" in body


def test_what_the_file_only_corrects_is_corrected_and_nobody_is_written_to(desk: Desk) -> None:
    first, second = desk.records()
    desk.given(LOANS, first, second)
    changed = {"KZ_CXBZ": "变更", "KZ_CXYY": "更正金额", "CF_NR_FK": "0.3"}
    rows = [
        desk.rows(CF_WSH=FIRST, CF_NR_FK="0.2", **REVOKED),
        desk.rows(CF_WSH=SECOND, **changed),
    ]
    desk.hand_in("both.csv", *rows, mode="补录")
    assert told(desk) == ["withdrawn", "corrected"]
    by_kind = {r.kind: r.records for r in desk.recalls(LOANS)}
    assert by_kind == {"withdrawn": (ids.public_id(first),), "corrected": (ids.public_id(second),)}
    assert len(notices(desk)) == 1


@pytest.mark.parametrize("said", [REVOKED, REPAIRED])
def test_a_later_file_that_takes_the_stop_back_is_told_to_all_who_were_told_of_it(
    desk: Desk, said: dict[str, str]
) -> None:
    desk.given(LOANS, desk.records()[0])
    again(desk, **said)
    stopped = told(desk)
    again(desk, **TAKEN_BACK)
    assert told(desk) == [*stopped, "resumed"]
    template, _, body = notices(desk)[-1]
    assert template == "RECORD_RESUMED" and FIRST in body and len(notices(desk)) == 2


def test_a_stop_that_is_undone_with_its_file_is_told_too(desk: Desk) -> None:
    from xinyong.collection import undo

    desk.given(LOANS, desk.records()[0])
    receipt = again(desk, **REVOKED)
    assert told(desk) == ["withdrawn"]
    c = desk.district.connect(autocommit=False)
    undo.undo(c, receipt.submission, "测试", Who("示例", "center"), now(), desk.district.book)
    assert told(desk) == ["withdrawn", "resumed"]
    assert [n[0] for n in notices(desk)] == ["RECORD_STOPPED", "RECORD_RESUMED"]


def test_what_came_and_went_before_anybody_was_told_is_a_correction_for_those_who_have_it(desk: Desk) -> None:
    desk.given(LOANS, desk.records()[0])
    again(desk, **REVOKED)
    again(desk, **TAKEN_BACK)
    assert told(desk) == ["corrected", "corrected"]
    assert [n[0] for n in notices(desk)] == ["RECORD_RESUMED"]


def test_a_record_taken_back_by_one_file_and_handed_in_again_by_another_is_back(desk: Desk) -> None:
    desk.given(LOANS, desk.records()[0])
    row = desk.rows(CF_WSH=FIRST)
    desk.hand_in("weg.csv", {**row, "操作": "撤销"}, mode="补录")
    assert told(desk) == ["ended"]
    again(desk)
    assert told(desk) == ["ended", "resumed"] and notices(desk) == []
    assert desk.recalls(LOANS)[-1].records == desk.recalls(LOANS)[0].records


def test_what_rests_on_a_record_that_was_taken_back_and_handed_in_again_is_back(desk: Desk) -> None:
    first, second = desk.records()
    desk.given(LOANS, second)
    desk.mark("rests_on", second, value=first)
    desk.hand_in("weg.csv", {**desk.rows(CF_WSH=FIRST), "操作": "撤销"}, mode="补录")
    assert told(desk) == ["ended"]
    again(desk)
    assert told(desk) == ["ended", "resumed"]


def test_of_a_repair_decided_here_the_subject_is_not_told_again_by_the_departments_file(desk: Desk) -> None:
    record = desk.records()[0]
    desk.given(LOANS, record)
    mark = desk.mark("repair", record).marks[record]
    assert told(desk) == ["repaired"]
    again(desk, **REPAIRED)
    assert told(desk) == ["repaired", "repaired"] and notices(desk) == []
    desk.close(mark)
    assert told(desk) == ["repaired", "repaired"]  # the file still says so
    again(desk, **TAKEN_BACK)
    assert told(desk)[2:] == ["resumed"] and [n[0] for n in notices(desk)] == ["RECORD_RESUMED"]


def test_a_shielded_record_that_is_corrected_is_told_as_corrected_for_the_day_it_is_back(desk: Desk) -> None:
    record = desk.records()[0]
    desk.given(LOANS, record)
    desk.mark("shielding", record, until=date(2099, 3, 1))
    again(desk)
    assert told(desk) == ["shielded", "corrected"]


@pytest.mark.parametrize("said", [REVOKED, REPAIRED])
def test_a_stop_taken_back_while_shieldings_run_is_told_with_the_day_of_each_and_as_no_correction(
    desk: Desk, said: dict[str, str]
) -> None:
    days = dict(zip(desk.records(), (date(2099, 3, 1), date(2099, 6, 1)), strict=True))
    desk.given(LOANS, *days)
    for record, until in days.items():
        desk.mark("shielding", record, until=until)
    assert told(desk) == ["shielded", "shielded"]
    for name, values in (("weg.csv", said), ("back.csv", TAKEN_BACK)):
        both = [desk.rows(CF_WSH=number, CF_NR_FK="0.3", **values) for number in (FIRST, SECOND)]
        assert desk.hand_in(name, *both, mode="补录").rejected == 0
        desk.work()
    kinds = [r.kind for r in desk.recalls(LOANS)]
    assert kinds[2] in ("withdrawn", "repaired") and kinds[3:] == ["shielded", "shielded"]
    last = {r.records: r.until for r in desk.recalls(LOANS)[-2:]}
    assert last == {(ids.public_id(record),): until for record, until in days.items()}
    assert actions.sweep(desk.c, now()) == 0


def test_a_stop_taken_back_while_what_it_rests_on_is_shielded_is_told_with_that_day(desk: Desk) -> None:
    ground, record = desk.records()
    desk.given(LOANS, record)
    desk.mark("rests_on", record, value=ground)
    desk.mark("shielding", ground, until=date(2099, 3, 1))
    assert told(desk) == ["shielded"]
    again(desk, SECOND, **REVOKED)
    assert told(desk) == ["shielded", "withdrawn"]
    again(desk, SECOND, **TAKEN_BACK)
    assert told(desk) == ["shielded", "withdrawn", "shielded"]
    assert desk.recalls(LOANS)[-1].until == date(2099, 3, 1)


def test_an_answer_under_way_while_the_file_was_taken_is_told_the_stop_and_no_correction(desk: Desk) -> None:
    record = desk.records()[0]
    other = desk.district.connect(autocommit=False)
    deliveries.given(other, CARDS, now(), [record], desk.known_at())
    again(desk, **REVOKED)
    assert told(desk, CARDS) == []
    other.commit()
    assert actions.sweep(desk.c, now()) == 1
    assert told(desk, CARDS) == ["withdrawn"]


def test_a_record_nobody_was_given_stops_silently_but_for_its_subject(desk: Desk) -> None:
    again(desk, **REVOKED)
    desk.work()
    assert desk.district.one("SELECT count(*) FROM recall") == 0
    assert [n[0] for n in notices(desk)] == ["RECORD_STOPPED"]
    assert AUTHORITY not in notices(desk)[0][2]
