"""What people are told of the end of publicity: that sharing goes on, that repair still ends it, that a sector's rule prolonged it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from enterprises import CODE, NOW, REVIEWER, Case

from xinyong.disclosure import actions, explaining
from xinyong.foundation.audit import Who

OWNER = Who("示例企业", "subject", CODE)
LAST, AFTER, EXTENDED = date(2027, 5, 18), date(2027, 5, 19), date(2027, 12, 31)


@pytest.fixture(autouse=True)
def _home(home: Any) -> None:
    """Numbers need this installation's keys."""


@pytest.fixture
def record(case: Case) -> str:
    """Decided on 18 May 2026, ordinary: public for a year at the longest."""
    found = case.penalty(CF_JDRQ="2026-05-18", KZ_SXCD="一般")
    assert case.clocks(found)["publicity"]["until"] == LAST.isoformat()
    return found


def prolonged(case: Case, record: str) -> None:
    for kind, more in (("duties", {"value": "unmet"}), ("extension", {"until": EXTENDED})):
        actions.mark(
            case.district.app, REVIEWER, NOW, kind, [record], "罚款没有缴清", "行业主管部门的规定", **more
        )


def owned(case: Case, today: date) -> Any:
    from xinyong.website.own import telling

    [found] = [
        e
        for e in telling.entries(case.archive(who=OWNER, today=today), case.district.book, today)
        if e.negative
    ]
    return found


def test_once_publicity_has_ended_repair_can_still_be_applied_for_because_sharing_goes_on(
    case: Case, record: str
) -> None:
    found = owned(case, AFTER)
    assert not found.public and found.repairable and found.shared
    assert "已经可以申请" in found.repair
    assert not any("提前" in said for said in found.ends)


def test_what_is_shielded_for_a_time_is_neither_public_nor_shared_so_there_is_nothing_to_end(
    case: Case, record: str
) -> None:
    actions.mark(
        case.district.app, REVIEWER, NOW, "shielding", [record], "裁定", "（2026）渝示例破1号", until=EXTENDED
    )
    assert owned(case, date(2026, 12, 1)).repairable is False


def test_the_subject_is_told_that_the_end_of_publicity_ends_no_sharing(case: Case, record: str) -> None:
    said = "".join(owned(case, date(2026, 12, 1)).ends)
    assert f"{LAST} 以后，公示自动停止；共享和使用不因此停止，要停止的仍须申请修复" in said
    assert "仍有义务没有履行的，由认定单位按行业主管部门的规定处理" in said
    assert "不用申请" not in said and "不需要申请" not in said


def test_no_page_says_that_nothing_has_to_be_applied_for() -> None:
    from pathlib import Path

    import xinyong

    home = Path(xinyong.__file__).parent
    texts = [
        p for end in ("html", "py", "yaml") for p in home.rglob(f"*.{end}") if "node_modules" not in p.parts
    ]
    told = ("公示，不用申请", "公示，不需要申请")
    assert [p.name for p in texts if any(t in p.read_text("utf-8") for t in told)] == []


def test_where_there_is_no_way_of_repair_none_is_promised() -> None:
    assert explaining.at_end(repairable=False) == "到最长公示期，公示自动停止；共享和使用不因此停止。"


def test_before_the_maximum_an_extension_changes_no_end(case: Case, record: str) -> None:
    prolonged(case, record)
    assert case.clocks(record, today=LAST)["publicity"]["until"] == LAST.isoformat()
    [shown] = [r for r in case.public(today=LAST).records if r["item"] == "XZCF"]
    assert (shown["publicity"]["until"], shown["publicity"]["extended"]) == (LAST.isoformat(), "")


def test_an_extended_record_shows_the_end_of_its_extension_and_says_what_prolonged_it(
    case: Case, record: str
) -> None:
    prolonged(case, record)
    window = case.clocks(record, today=AFTER)["publicity"]
    assert (window["state"], window["until"]) == ("open", EXTENDED.isoformat())
    assert f"最长公示期已于 {LAST} 届满，按行业主管部门规定继续公示至 {EXTENDED}" in window["sentence"]
    [shown] = [r for r in case.public(today=AFTER).records if r["item"] == "XZCF"]
    told = shown["publicity"]
    assert (told["until"], told["extended"]) == (EXTENDED.isoformat(), "按行业主管部门规定继续公示")


def test_when_the_extension_is_over_the_record_is_told_as_before(case: Case, record: str) -> None:
    prolonged(case, record)
    window = case.clocks(record, today=date(2028, 1, 1))["publicity"]
    assert (window["state"], window["until"]) == ("overrun", LAST.isoformat())


def test_an_entry_whose_ground_has_fallen_is_told_to_have_ended(case: Case, record: str) -> None:
    from test_basis import DOCUMENT, entry, rest

    from xinyong.website.own import telling

    rest(case, entry(case), record)
    actions.mark(case.district.app, REVIEWER, NOW, "withdrawn", [record], "决定撤销", "复议决定")
    today = date(2026, 12, 1)
    found = telling.entries(case.archive(who=OWNER, today=today), case.district.book, today)
    [listed] = [e for e in found if DOCUMENT in str(e.record)]
    assert (listed.state, listed.stopped, listed.repairable) == ("所依据的决定已不再有效", True, False)
