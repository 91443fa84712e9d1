"""修复后帮扶: who was repaired within the last year and still is, to read and to take away."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from case_desk import (
    CENTRE,
    CLERK,
    NAME,
    NOW,
    OTHER,
    OTHER_NAME,
    OWNER,
    REVIEWER,
    WINDOW,
    Desk,
    registered,
)  # fmt: skip
from signing_in import open_account, signed_in

PAGE = "/console/centre/repairs/support"


def person(role: str) -> Any:
    return signed_in(open_account(role))


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[:2000]
    return unescape(answer.content.decode())


def two_repaired(desk: Desk) -> tuple[Any, Any]:
    """Of two subjects one repair each."""
    desk.take("DJZC", registered(OTHER, OTHER_NAME))
    first = desk.granted(desk.penalty())
    theirs = desk.penalty("潼示罚〔2026〕2号", CF_XDR_MC=OTHER_NAME, CF_XDR_SHXYM=OTHER)
    pushed = desk.do("push", CENTRE, desk.apply(theirs, who=WINDOW, code=OTHER))
    second = desk.decide(desk.do("accept", CLERK, pushed), theirs)
    return first, second


def revoked(desk: Desk, case: Any) -> Any:
    case = desk.do("notice", REVIEWER, case, "收据是伪造的", "查证笔录")
    case = desk.do("defend", OWNER, case, "不知情", ())
    return desk.do("revoke", REVIEWER, case, "收据是伪造的", "查证笔录")


def test_who_was_repaired_is_on_the_list_and_whose_repair_was_revoked_is_not(site: Desk) -> None:
    first, second = two_repaired(site)
    centre = person("center")
    said = text(centre.get(PAGE))
    assert first.shown in said and second.shown in said and NAME in said and OTHER_NAME in said
    revoked(site, first)
    said = text(centre.get(PAGE))
    assert first.shown not in said and NAME not in said and second.shown in said


@pytest.mark.parametrize(("days", "there"), [(364, True), (365, False)])
def test_after_a_year_a_subject_is_no_longer_on_the_list(
    site: Desk, monkeypatch: pytest.MonkeyPatch, days: int, there: bool
) -> None:
    from xinyong.website.public import asking

    case = site.granted(site.penalty())
    monkeypatch.setattr(asking, "clock", lambda: NOW + timedelta(days=days))
    assert (case.shown in text(person("center").get(PAGE))) is there


def test_it_is_taken_away_as_a_table_for_a_purpose_that_is_noted(site: Desk) -> None:
    first, second = two_repaired(site)
    revoked(site, first)
    auditor = person("auditor")
    assert "用途" in text(auditor.get(PAGE, {"export": "csv"}))
    answer = auditor.get(PAGE, {"export": "csv", "purpose": "安排培训"})
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [(r["修复编号"], r["信用主体"], r["准予日期"]) for r in rows] == [
        (second.shown, OTHER_NAME, "2026-11-23")
    ]
    noted = site.c.execute(
        "SELECT actor, purpose FROM audit_entry WHERE target = %s AND detail ->> 'format' = 'csv'", [PAGE]
    ).fetchall()
    assert noted == [("示例auditor", "安排培训")]


def test_others_neither_read_nor_take_it(site: Desk) -> None:
    for role in ("department_reviewer", "counter", "bank", "subject"):
        client = person(role)
        for asked in ({}, {"export": "csv", "purpose": "看看"}):
            assert client.get(PAGE, asked).status_code == 403, role
