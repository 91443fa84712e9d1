"""依据失效: the firm and the unit that decided are told once, whoever has the record."""

from __future__ import annotations

from recall_desk import AUTHORITY, Desk, system

from xinyong.foundation import keys

LOANS = system("信贷系统")
FIRM = "91500152YY00000282"


def notices(desk: Desk, kind: str, to: str) -> list[tuple[str, str]]:
    sql = (
        "SELECT template, body FROM notice WHERE kind = %s AND value = %s"
        " AND template LIKE 'ENTRY_%%' ORDER BY id"
    )
    return [(t, keys.unseal(body)) for t, body in desk.c.execute(sql, [kind, to])]


def tied(desk: Desk) -> tuple[str, str]:
    """A record and the one that it rests on."""
    ground, entry = desk.records()
    desk.mark("rests_on", entry, value=ground)
    desk.work()
    return ground, entry


def number(desk: Desk, record: str) -> str:
    found = desk.c.execute(
        "SELECT payload FROM record_version WHERE record_id = %s::uuid ORDER BY seq DESC LIMIT 1", [record]
    ).fetchone()
    return next(part for part in found[0].split(chr(31)) if "罚〔" in part)


def test_who_bears_it_and_who_decided_are_told_once_and_by_its_document(desk: Desk) -> None:
    ground, entry = tied(desk)
    desk.given(LOANS, entry)
    desk.mark("withdrawn", ground)
    desk.work()
    desk.work()
    [(template, body)] = notices(desk, "subject", FIRM)
    assert template == "ENTRY_GROUNDLESS"
    assert number(desk, entry) in body and number(desk, ground) in body and "决定已撤回或撤销" in body
    assert ground not in body and entry not in body
    assert [t for t, _ in notices(desk, "role", "center")] == ["ENTRY_GROUNDLESS_UNIT"]


def test_a_unit_with_an_account_is_told_itself_and_not_what_became_of_the_other(desk: Desk) -> None:
    from signing_in import open_account

    open_account("department_reviewer", provider=AUTHORITY)
    ground, entry = tied(desk)  # nobody has either
    desk.mark("repair", ground)
    desk.work()
    [(template, body)] = notices(desk, "provider", AUTHORITY)
    assert template == "ENTRY_GROUNDLESS_UNIT" and number(desk, ground) in body and "修复" not in body
    assert len(notices(desk, "subject", FIRM)) == 1 and notices(desk, "role", "center") == []


def test_a_stop_of_its_own_and_a_resumption_are_no_such_news(desk: Desk) -> None:
    ground, entry = tied(desk)
    number = desk.mark("repair", entry).marks[entry]
    desk.work()
    desk.close(number)
    desk.work()
    assert notices(desk, "subject", FIRM) == []
    number = desk.mark("repair", ground).marks[ground]
    desk.work()
    desk.close(number)
    desk.work()
    assert len(notices(desk, "subject", FIRM)) == 1
