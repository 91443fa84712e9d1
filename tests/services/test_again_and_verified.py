"""The same report once more, byte for byte; and what a number tells once something has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from report_desk import CENTER, CODE, COUNTER, NAME, OTHER, OWNER, PERSON, PERSON_ID, Office

from xinyong.kernel.errors import NotPermitted, Refused


def now_again(office: Office) -> Office:
    """A moment after what was just handed in became known."""
    return replace(office, now=datetime.now(UTC).replace(microsecond=0)).later(seconds=2)


def revoke(office: Office, write_csv: Callable[..., Any], penalty: Callable[..., Any]) -> None:
    """The authority withdraws the first penalty: the submission that brought it is undone."""
    from xinyong.collection.undo import undo
    from xinyong.foundation import database

    number = office.district.one("SELECT max(id) FROM submission WHERE item_code = 'XZCF'")
    with database.connect_app() as c:
        undo(c, number, "误报", replace(CENTER, provider=""), office.now)


def test_a_report_can_be_made_again_byte_for_byte(known: Office) -> None:
    first = known.issue()
    assert known.later(days=3).remake(first.number) == first


def test_it_can_still_be_made_again_when_something_was_added(
    known: Office, write_csv: Callable[..., Any], penalty: Callable[..., Any]
) -> None:
    first = known.issue()
    known.district.intake(write_csv([penalty(CF_WSH="潼示罚〔2026〕3号")], "more.csv"), "XZCF")
    assert now_again(known).remake(first.number) == first


def test_once_something_in_it_has_ended_it_is_not_made_again(
    known: Office, write_csv: Callable[..., Any], penalty: Callable[..., Any]
) -> None:
    first = known.issue()
    revoke(known, write_csv, penalty)
    with pytest.raises(Refused, match="不能再次出具") as refused:
        now_again(known).remake(first.number)
    assert refused.value.code == "report_ended"


def test_once_a_term_in_it_is_over_it_is_not_made_again(known: Office) -> None:
    first = known.issue()
    with pytest.raises(Refused) as refused:
        known.later(days=365 * 4).remake(first.number)
    assert refused.value.code == "report_ended"


def test_a_corrected_record_ends_the_earlier_report(
    known: Office, write_csv: Callable[..., Any], penalty: Callable[..., Any]
) -> None:
    first = known.issue()
    row = penalty(KZ_CXLB="普通程序", KZ_SXCD="一般", CF_NR="罚款人民币3000元", CF_NR_FK="0.3")
    assert known.district.intake(write_csv([row], "corrected.csv"), "XZCF").accepted == 1
    with pytest.raises(Refused, match="更正"):
        now_again(known).remake(first.number)


def test_another_layout_does_not_pass_for_the_same_report(
    known: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinyong.services.creditreport import document

    first = known.issue()
    monkeypatch.setattr(document, "PLATFORM", "别的平台")
    with pytest.raises(Refused) as refused:
        known.remake(first.number)
    assert refused.value.code == "report_changed"


@pytest.mark.parametrize(
    "who", [COUNTER, CENTER, replace(OWNER, provider=OTHER), replace(OWNER, role="public")]
)
def test_nobody_else_can_have_it_made_again(known: Office, who: Any) -> None:
    first = known.issue()
    with pytest.raises(NotPermitted, match="不是由您申领的"):
        known.remake(first.number, who)


def test_making_it_again_counts_as_no_new_report_but_is_noted(known: Office) -> None:
    first = known.issue()
    known.remake(first.number)
    assert known.district.one("SELECT count(*) FROM report_issue") == 1
    assert known.district.one("SELECT target FROM audit_entry WHERE action = 'report.remake'") == first.number


def test_a_persons_report_can_be_made_again(person: Office) -> None:
    first = person.issue(COUNTER, PERSON_ID, name=PERSON)
    assert person.later(days=1).remake(first.number, COUNTER) == first


def test_an_empty_persons_report_can_be_made_again(office: Office) -> None:
    first = office.issue(COUNTER, PERSON_ID, name=PERSON)
    assert office.later(days=1).remake(first.number, COUNTER) == first


# what a number tells


def test_a_number_tells_genuine_issued_on_and_current(known: Office) -> None:
    first = known.issue()
    found = known.later(days=2).verify(first.number)
    assert (found.standing, found.issued_on, found.name, found.code) == ("current", known.today, NAME, CODE)


def test_an_ended_report_is_genuine_but_no_longer_current(
    known: Office, write_csv: Callable[..., Any], penalty: Callable[..., Any]
) -> None:
    first = known.issue()
    revoke(known, write_csv, penalty)
    found = now_again(known).verify(first.number)
    assert found.standing == "changed" and found.issued_on == known.today


def test_something_new_makes_it_no_longer_current(
    known: Office, write_csv: Callable[..., Any], penalty: Callable[..., Any]
) -> None:
    first = known.issue()
    known.district.intake(write_csv([penalty(CF_WSH="潼示罚〔2026〕3号")], "more.csv"), "XZCF")
    assert now_again(known).verify(first.number).standing == "changed"


def test_what_lies_outside_a_special_report_leaves_it_current(
    known: Office, write_csv: Callable[..., Any], penalty: Callable[..., Any]
) -> None:
    first = known.issue(profile="ZX_89")
    row = penalty(CF_WSH="潼示罚〔2026〕3号", KZ_CXLB="简易程序")
    assert known.district.intake(write_csv([row], "more.csv"), "XZCF").accepted == 1
    assert now_again(known).verify(first.number).standing == "current"


def test_of_a_persons_report_nothing_but_its_standing_is_told(person: Office) -> None:
    first = person.issue(COUNTER, PERSON_ID, name=PERSON)
    found = person.verify(first.number)
    assert (found.standing, found.name, found.code) == ("current", "", "")


def test_an_empty_persons_report_is_no_longer_current_once_something_is_kept(
    office: Office, penalty: Callable[..., Any], write_csv: Callable[..., Any]
) -> None:
    first = office.issue(COUNTER, PERSON_ID, name=PERSON)
    assert office.verify(first.number).standing == "current"
    row = penalty(
        CF_XDR_MC=PERSON,
        CF_XDR_LB="自然人",
        CF_XDR_SHXYM="",
        CF_FRDB="",
        CF_XDR_ZJLX="身份证",
        CF_XDR_ZJHM=PERSON_ID,
    )
    assert office.district.intake(write_csv([row], "person.csv"), "XZCF").accepted == 1
    assert now_again(office).verify(first.number).standing == "changed"


def test_an_unknown_number_tells_nothing(known: Office) -> None:
    known.issue()
    assert known.verify("500152202611230000000000000") is None


def test_a_verification_is_in_the_look_log(known: Office) -> None:
    first = known.issue()
    known.verify(first.number)
    rows = (
        known.district.owner().execute("SELECT actor, purpose FROM look ORDER BY id DESC LIMIT 1").fetchone()
    )
    assert rows[0] == "报告核验" and first.number in rows[1]
