"""A server's clock that was set back: nothing is decided, shielded or looked at "before" what was done last."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from enterprises import CODE, NOW, REVIEWER, TODAY, Case

from sampledistrict.codes import uscc
from xinyong.disclosure import actions, authorisations, queries, tasks
from xinyong.foundation import clock
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import Fault, NotPermitted, Refused

SUBJECT = Who("示例甲", "subject", CODE)
BANK = Who("示例行员", "bank", uscc("91", "500152", "YY000777"), purpose="贷前调查")
RULING = "（2026）渝0152破申1号裁定"


def days(n: float) -> datetime:
    return NOW + timedelta(days=n)


def mark(case: Case, record: str, kind: str, at: datetime, **more: Any) -> int:
    said = {"reason": "测试理由", "basis": RULING} | more
    return actions.mark(case.district.app, REVIEWER, at, kind, [record], **said).marks[record]


def clock_back(work: Any, *given: Any, **more: Any) -> None:
    with pytest.raises(Refused, match="请系统管理员校准时钟") as refused:
        work(*given, **more)
    assert refused.value.code == "clock_back"


def test_a_shielding_that_ran_out_is_neither_renewed_nor_lifted_nor_followed_by_a_mark_of_an_earlier_day(
    case: Case,
) -> None:
    record, other = case.penalty(), case.penalty(CF_WSH="潼示罚〔2026〕2号")
    shielding = mark(case, record, "shielding", NOW, until=TODAY + timedelta(days=1))
    met = mark(case, record, "duties", days(5), value="met")
    before = case.district.one("SELECT count(*) FROM record_mark")
    clock_back(mark, case, record, "shielding", days(1), until=TODAY + timedelta(days=30))
    clock_back(mark, case, record, "repair", days(4.99))
    clock_back(actions.close_mark, case.district.app, REVIEWER, days(1), shielding, "理由", RULING)
    assert case.district.one("SELECT count(*) FROM record_mark") == before
    assert mark(case, other, "duties", days(1), value="met") > met  # nothing was done about this one later
    actions.close_mark(case.district.app, REVIEWER, days(5), shielding, "理由", RULING)


def test_of_several_records_one_that_was_marked_later_holds_up_all(case: Case) -> None:
    one, other = case.penalty(), case.penalty(CF_WSH="潼示罚〔2026〕2号")
    mark(case, other, "duties", days(2), value="met")
    more = {"reason": "测试理由", "basis": RULING}
    clock_back(actions.mark, case.district.app, REVIEWER, NOW, "repair", [one, other], **more)
    assert case.district.one("SELECT count(*) FROM record_mark WHERE kind = 'repair'") == 0


def test_who_waited_a_moment_for_another_is_no_clock_set_back(case: Case) -> None:
    record = case.penalty()
    mark(case, record, "duties", NOW, value="met")
    assert mark(case, record, "repair", NOW - clock.WAITED)


def granted(case: Case, ends: date) -> authorisations.Authorisation:
    terms = authorisations.Terms(BANK.provider, ("XZCF",), "贷前调查", TODAY, ends)
    return authorisations.grant(case.district.app, SUBJECT, NOW, TODAY, CODE, terms, case.district.book)


def look(case: Case, at: datetime) -> Any:
    return queries.archive(case.district.app, CODE, queries.Question(BANK, at, at.date()), case.district.book)


def test_an_authorisation_that_ended_does_not_serve_again_before_its_last_use(case: Case) -> None:
    case.penalty()
    granted(case, TODAY + timedelta(days=9))
    assert len(look(case, days(9)).records) == 1
    clock_back(look, case, days(8))
    assert case.district.one("SELECT count(*) FROM look WHERE authorisation IS NOT NULL") == 1
    assert len(look(case, days(9.1)).records) == 1


def test_an_authorisation_does_not_serve_before_it_was_granted_and_can_be_revoked_by_any_clock(
    case: Case,
) -> None:
    case.penalty()
    number = granted(case, TODAY + timedelta(days=9)).number
    clock_back(look, case, NOW - timedelta(minutes=2))
    c = case.district.app
    assert authorisations.revoke(c, SUBJECT, days(-3), TODAY, number).end == "revoked"


# an authorisation that ran out unused; when the records came in is the database's own clock, so days count from it


def real(n: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=n)


def given(case: Case, begins: int, ends: int, **more: Any) -> authorisations.Authorisation:
    """Granted on its first day; days from today."""
    first, last = day_of(real(begins)), day_of(real(ends))
    terms = authorisations.Terms(BANK.provider, ("XZCF",), "贷前调查", first, last, **more)
    return authorisations.grant(
        case.district.app, SUBJECT, real(begins), first, CODE, terms, case.district.book
    )


def looked(case: Case, n: float) -> int:
    at = real(n)
    q = queries.Question(BANK, at, day_of(at))
    return len(queries.archive(case.district.app, CODE, q, case.district.book).records)


def end_them(n: float) -> int:
    return tasks.end_authorisations.func(timestamp=int(real(n).timestamp()))  # type: ignore[no-any-return]


def ended(case: Case) -> list[tuple[int, str]]:
    rows = case.district.app.execute("SELECT authorisation, kind FROM authorisation_end ORDER BY id")
    return rows.fetchall()  # type: ignore[no-any-return]


def test_an_authorisation_that_ran_out_unused_does_not_serve_again_when_the_clock_is_set_back(
    case: Case,
) -> None:
    case.penalty()
    over = given(case, -30, -20)
    looked(case, -25)  # what the clock says is all there is, until the night after
    other = given(case, -30, -20, once=True)
    assert end_them(0) == 2 and end_them(0.5) == 0
    assert ended(case) == [(over.id, "expired"), (other.id, "expired")]
    for n in (-25, -19, 0):
        with pytest.raises(NotPermitted, match="授权已.*到期"):
            looked(case, n)
    states = {a.state(day_of(real(-25))) for a in authorisations.of_grantor(case.district.app, "uscc", CODE)}
    assert states == {"已到期"}
    with pytest.raises(Refused, match="已到期，无须再撤回"):
        authorisations.revoke(case.district.app, SUBJECT, real(0), day_of(real(0)), over.number)


def test_what_holds_and_what_ended_otherwise_is_left_as_it_is(case: Case) -> None:
    case.penalty()
    holds, revoked = given(case, -3, 0), given(case, -30, -20)
    authorisations.revoke(case.district.app, SUBJECT, real(-25), day_of(real(-25)), revoked.number)
    assert end_them(0) == 0
    assert ended(case) == [(revoked.id, "revoked")] and looked(case, 0) == 1
    assert holds.state(day_of(real(0))) == "有效"


def test_a_clock_that_is_fast_for_a_night_ends_no_authorisation(case: Case) -> None:
    """Only what was over when records last came in: a second moment has to say so."""
    case.penalty()
    given(case, -3, 20)
    assert end_them(400) == 0 and looked(case, 1) == 1


def test_one_that_can_not_be_ended_holds_up_no_other(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.penalty()
    bad, good = given(case, -30, -20), given(case, -30, -19)
    whole = authorisations.audit.record

    def broken(c: Any, who: Who, at: datetime, action: str, target: str, detail: Any) -> None:
        assert target != bad.number, "full"
        whole(c, who, at, action, target, detail)

    with monkeypatch.context() as patched, pytest.raises(Fault, match=f"1 项没能办理.*{bad.number}.*full"):
        patched.setattr(authorisations.audit, "record", broken)
        end_them(0)
    assert ended(case) == [(good.id, "expired")]
    assert end_them(0) == 1
