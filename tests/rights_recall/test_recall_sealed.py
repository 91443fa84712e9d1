"""A record that went to the sealed archive is taken back from whoever was given it."""

from __future__ import annotations

from datetime import date
from typing import Any

from recall_desk import Desk, now, system

from xinyong.disclosure import ids
from xinyong.foundation.audit import SYSTEM
from xinyong.rights.persons import disposal

LOANS, CARDS = system("信贷系统"), system("信用卡系统")


def test_a_sealed_record_is_recalled_once_from_those_who_have_it(desk: Desk) -> None:
    first, second = desk.records()
    desk.given(LOANS, first, second)
    desk.given(CARDS, second)
    done = disposal.dispose(desk.district.book, date(2031, 11, 19), SYSTEM, now())
    assert sorted(done.sealed) == sorted([first, second])
    desk.work()
    told: Any = sorted((r.kind, r.records) for r in desk.recalls(LOANS))
    assert told == sorted(("sealed", (ids.public_id(r),)) for r in (first, second))
    assert [(r.kind, r.records) for r in desk.recalls(CARDS)] == [("sealed", (ids.public_id(second),))]
    assert "封存" in desk.recalls(CARDS)[0].as_json()["text"]
    assert desk.district.one("SELECT count(*) FROM recall_cause WHERE cause = %s", f"sealed:{first}") == 1
