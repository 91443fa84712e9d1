"""Departments are told of degrees to decide and of duties to find out, before the day and after, once for each record."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from case_desk import AUTHORITY, NOW, OUTSIDER, REVIEWER, Desk, days

from xinyong.foundation import keys
from xinyong.foundation.audit import Who
from xinyong.rights.reminders import degrees, duties

UNDECIDED = {"KZ_SXCD": "", "CF_JDRQ": "2026-11-18"}  # a Wednesday; to be decided by Friday 2026-11-27
ENDING = {
    "CF_JDRQ": "2025-12-03",
    "CF_YXQ": "2028-12-03",
}  # 一般: public until 2026-12-03, eight working days from NOW
LATE = 5  # days after NOW: the 28th
BUREAU = OUTSIDER.provider  # has no account
BY_BUREAU = {"CF_CFJG": "潼南区发展和改革委员会", "CF_CFJGDM": BUREAU}


def staff(desk: Desk, provider: str) -> None:
    from xinyong.foundation import accounts

    new = accounts.Opening(f"审核员{provider[-4:]}", role="department_reviewer", provider=provider)
    accounts.create(desk.c, new, Who("测试", "system"), NOW)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Whoever hands in has an account."""
    staff(desk, AUTHORITY)
    return desk


def told(desk: Desk, prefix: str) -> list[tuple[str, str, str]]:
    rows = desk.c.execute(
        "SELECT template, value, body FROM notice WHERE template LIKE %s ORDER BY id", [f"{prefix}%"]
    ).fetchall()
    return [(template, value, keys.unseal(body)) for template, value, body in rows]


def listed(desk: Desk, at: int = 0) -> None:
    from xinyong.disclosure import listing_job

    listing_job.refresh(desk.c, desk.book, days(at).date(), days(at))


def mark(desk: Desk, record: str, value: str) -> None:
    from xinyong.disclosure import actions

    actions.mark(desk.c, REVIEWER, NOW, "duties", [record], "已核对", value=value)


# degrees


def test_a_department_is_told_once_before_a_degree_is_due_and_with_the_centre_once_after(desk: Desk) -> None:
    desk.penalty(**UNDECIDED)
    assert [degrees.remind(desk.c, days(n), desk.book) for n in (0, 1, 2, 3)] == [0, 0, 1, 0]
    [(template, unit, body)] = told(desk, "DEGREE")
    assert (template, unit) == ("DEGREE_DUE_SOON", AUTHORITY) and "1 条" in body and "2026-11-27" in body
    assert [degrees.remind(desk.c, days(n), desk.book) for n in (LATE, LATE + 1, LATE + 30)] == [1, 0, 0]
    _, own, centre = told(desk, "DEGREE")
    assert own[:2] == ("DEGREE_OVERDUE", AUTHORITY)
    assert centre[:2] == ("DEGREE_OVERDUE_CENTRE", "center")
    assert desk.book.provider_by_code(AUTHORITY).name in centre[2] and "1 条" in centre[2]


def test_many_degrees_of_one_department_are_one_notice_and_late_comers_are_told_too(desk: Desk) -> None:
    for n in range(3):
        desk.penalty(f"潼示罚〔2026〕{n}号", **UNDECIDED)
    assert degrees.remind(desk.c, days(LATE), desk.book) == 3
    assert ["3 条" in body for _, _, body in told(desk, "DEGREE")] == [True, True]
    desk.penalty("潼示罚〔2025〕8号", KZ_SXCD="", CF_JDRQ="2025-11-18", CF_YXQ="2028-11-18")
    assert degrees.remind(desk.c, days(LATE + 1), desk.book) == 1


def test_a_degree_that_was_decided_is_told_to_nobody(desk: Desk) -> None:
    from xinyong.disclosure import actions

    record = desk.penalty(**UNDECIDED)
    actions.decide_degree(desk.c, REVIEWER, NOW, [record], "一般", "依裁量基准")
    assert degrees.remind(desk.c, days(LATE), desk.book) == 0 and told(desk, "DEGREE") == []


def test_two_workers_at_once_tell_it_once(desk: Desk) -> None:
    desk.penalty(**UNDECIDED)
    connections = [desk.district.connect() for _ in range(2)]
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda c=c: found.append(degrees.remind(c, days(LATE), desk.book)))
        for c in connections
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(found) == [0, 1] and len(told(desk, "DEGREE")) == 2


def test_a_run_that_ends_before_the_notice_is_written_notes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.penalty(**UNDECIDED)
    with monkeypatch.context() as broken:
        broken.setattr(degrees, "notify", lambda *a: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            degrees.remind(desk.c, days(LATE), desk.book)
    assert degrees.remind(desk.c, days(LATE), desk.book) == 1


def hand_in(desk: Desk, provider: str, **changes: str) -> None:
    usual = {"CF_WSH": "潼示罚〔2026〕1号", "KZ_SXCD": "一般", "CF_YXQ": "2029-06-18", **BY_BUREAU}
    desk.take("XZCF", desk.make(**{**usual, **changes}), provider=provider)


NOBODYS = "11500152YY0000239R"  # hands in, and has no account either


@pytest.mark.parametrize(("provider", "told_is"), [(AUTHORITY, AUTHORITY), (NOBODYS, "center")])
def test_of_a_unit_without_an_account_who_handed_in_is_told_or_else_the_centre(
    desk: Desk, provider: str, told_is: str
) -> None:
    hand_in(desk, provider, **UNDECIDED)
    assert [degrees.remind(desk.c, days(n), desk.book) for n in (2, 3)] == [1, 0]
    [(template, unit, body)] = told(desk, "DEGREE")
    assert (template, unit) == ("DEGREE_UNREACHED", told_is)
    assert "1 条记录的失信程度即将到认定期限" in body and desk.book.provider_by_code(BUREAU).name in body
    assert [degrees.remind(desk.c, days(n), desk.book) for n in (LATE, LATE + 1)] == [1, 0]
    late = told(desk, "DEGREE")[1:]
    assert {(template, unit) for template, unit, _ in late} == {
        ("DEGREE_UNREACHED", told_is),
        ("DEGREE_UNREACHED", "center"),  # and not: it was reminded
    }
    assert len(late) == len({unit for _, unit, _ in late})
    assert all("1 条记录的失信程度过了认定期限" in body for _, _, body in late)


def test_a_closed_account_is_none_and_a_new_one_is_told_of_what_follows(desk: Desk) -> None:
    staff(desk, BUREAU)
    desk.c.execute("UPDATE account SET is_active = false WHERE provider = %s", [BUREAU])
    hand_in(desk, AUTHORITY, **UNDECIDED)
    assert degrees.remind(desk.c, days(2), desk.book) == 1
    desk.c.execute("UPDATE account SET is_active = true WHERE provider = %s", [BUREAU])
    assert degrees.remind(desk.c, days(LATE), desk.book) == 1
    assert [(template, unit) for template, unit, _ in told(desk, "DEGREE")] == [
        ("DEGREE_UNREACHED", AUTHORITY),
        ("DEGREE_OVERDUE", BUREAU),
        ("DEGREE_OVERDUE_CENTRE", "center"),
    ]


# duties


@pytest.mark.parametrize(("provider", "told_is"), [(AUTHORITY, AUTHORITY), (NOBODYS, "center")])
def test_duties_of_a_unit_without_an_account_are_asked_of_who_handed_in_or_else_of_the_centre(
    desk: Desk, provider: str, told_is: str
) -> None:
    from xinyong.disclosure import actions

    hand_in(desk, provider, **ENDING)
    actions.decide_degree(desk.c, OUTSIDER, NOW, [desk.record("潼示罚〔2026〕1号")], "一般", "依裁量基准")
    listed(desk)
    assert [duties.remind(desk.c, days(n), desk.book) for n in (0, 1)] == [1, 0]
    [(template, unit, body)] = told(desk, "DUTIES")
    assert (template, unit) == ("DUTIES_UNREACHED", told_is)
    assert "2026-12-03" in body and desk.book.provider_by_code(BUREAU).name in body


def test_duties_are_asked_once_some_working_days_before_the_longest_publicity_ends(desk: Desk) -> None:
    desk.penalty(**ENDING)
    listed(desk, -7)
    assert [duties.remind(desk.c, days(n), desk.book) for n in (-7, 0, 1)] == [0, 1, 0]
    [(template, unit, body)] = told(desk, "DUTIES")
    assert (template, unit) == ("DUTIES_ASKED", AUTHORITY) and "2026-12-03" in body


@pytest.mark.parametrize("value", ["met", "unmet"])
def test_duties_that_are_known_are_not_asked(desk: Desk, value: str) -> None:
    mark(desk, desk.penalty(**ENDING), value)
    listed(desk)
    assert duties.remind(desk.c, NOW, desk.book) == 0


def test_what_has_ended_or_was_repaired_is_not_asked_about(desk: Desk) -> None:
    desk.granted(desk.penalty(**ENDING))
    desk.penalty("潼示罚〔2025〕2号", **ENDING)
    listed(desk)
    assert duties.remind(desk.c, days(11), desk.book) == 0  # the day after its end
    assert duties.remind(desk.c, days(10), desk.book) == 1  # its last day


def test_whose_decision_it_is_sees_it_and_nobody_else(desk: Desk) -> None:
    from xinyong.disclosure import ending

    record = desk.penalty(**ENDING)
    listed(desk)
    [found] = ending.ending(desk.c, desk.book, NOW.date(), AUTHORITY)
    assert (found.record, found.until) == (record, date(2026, 12, 3))
    assert ending.ending(desk.c, desk.book, NOW.date(), OUTSIDER.provider) == []
    assert [e.record for e in ending.ending(desk.c, desk.book, NOW.date())] == [record]
    mark(desk, record, "unmet")
    assert ending.ending(desk.c, desk.book, NOW.date(), AUTHORITY) == []
    assert desk.public(date(2026, 12, 3)) and not desk.public(date(2026, 12, 4))


def test_what_ends_soon_is_found_by_its_day_and_only_so_many_are_worked_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinyong.disclosure import ending

    for n in range(3):
        desk.penalty(f"潼示罚〔2025〕{n}号", **ENDING)
    listed(desk)
    worked_out: list[str] = []
    one = ending._ending
    monkeypatch.setattr(
        ending, "_ending", lambda c, row, *rest: worked_out.append(row[0]) or one(c, row, *rest)
    )
    assert len(ending.ending(desk.c, desk.book, NOW.date(), AUTHORITY, 2)) == len(worked_out) == 2
    asked = {"items": ["XZCF"], "provider": "", "today": NOW, "last": NOW, "marks_at": None}
    with desk.c.transaction():
        desk.c.execute("SET LOCAL enable_seqscan = off")
        plan = desk.c.execute("EXPLAIN " + ending.STATEMENT, asked).fetchall()
    assert any("listing_ends" in line for (line,) in plan)


# the pages


def test_the_reviewer_finds_the_records_under_markings_until_the_duties_are_entered(site: Desk) -> None:
    from signing_in import as_role

    reviewer = as_role("department_reviewer", provider=AUTHORITY, name="示例审核员")
    record = site.penalty(**ENDING)
    listed(site)
    page = reviewer.get("/console/department/markings").content.decode()
    assert "请登记义务是否履行" in page and f"/markings/{record}" in page and "2026-12-03" in page
    mark(site, record, "met")
    assert "请登记义务是否履行" not in reviewer.get("/console/department/markings").content.decode()


def test_the_centre_sees_each_department_with_its_overdue_degrees_and_the_look_is_logged(site: Desk) -> None:
    from signing_in import as_role

    site.penalty(KZ_SXCD="", CF_JDRQ="2026-11-02")
    site.penalty("潼示罚〔2026〕2号", **UNDECIDED)
    auditor = as_role("auditor", name="示例审计员")
    assert "还没有统计过，不等于没有" in auditor.get("/console/centre/degrees").content.decode()
    degrees.remind(site.c, NOW, site.book)
    site.penalty("潼示罚〔2026〕3号", **UNDECIDED)  # counted the next night
    page = auditor.get("/console/centre/degrees")
    said = page.content.decode()
    assert "每天统计一次，截至 2026-11-23 10:00。" in said
    taken = auditor.get("/console/centre/degrees", {"export": "csv", "purpose": "归档"})
    last = b"".join(taken.streaming_content).decode("utf-8-sig").strip().splitlines()[-1]
    assert last == "每天统计一次，截至 2026-11-23 10:00。"
    assert page.status_code == 200 and site.book.provider_by_code(AUTHORITY).name in said
    assert 'href="/console/centre/degrees"' in said  # in the side bar
    row = said[said.index("<tbody>") :]
    assert ">2<" in row and ">1<" in row and "2026-11-11" in row
    assert site.c.execute("SELECT count(*) FROM look WHERE what = 'figures:undecided'").fetchone()[0] == 3
    assert (
        as_role("department_reviewer", provider=AUTHORITY).get("/console/centre/degrees").status_code == 403
    )
