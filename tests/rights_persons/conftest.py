"""One enterprise and one natural person in the archive, and those who look, ask, approve and decide."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from persons_cast import CLERK, CODE, NOW, OFFICER, OWNER, PERSON, TODAY, registered


@dataclass(repr=False)
class Hall:
    """`look` and `looks` as others and the subject; `reference` of the newest look by a purpose."""

    district: Any
    today: date = TODAY
    now: datetime = NOW
    records: dict[str, str] = field(default_factory=dict)

    @property
    def c(self) -> Any:
        return self.district.app

    @property
    def book(self) -> Any:
        return self.district.book

    def look(
        self, who: Any = OFFICER, code: str = CODE, at: datetime | None = None, today: date | None = None
    ) -> Any:
        from xinyong.disclosure import queries

        q = queries.Question(who, at or self.now, today or self.today)
        return queries.archive(self.c, code, q, self.book)

    def looks(self, today: date | None = None, who: Any = OWNER) -> Any:
        from xinyong.disclosure import looks

        return looks.looks_of(self.c, who, others=True, today=today or self.today)

    def one(self, sql: str, *values: Any) -> Any:
        return self.district.one(sql, *values)

    def actions(self) -> list[str]:
        return [r[0] for r in self.district.owner().execute("SELECT action FROM audit_entry ORDER BY id")]


@pytest.fixture(autouse=True)
def only_this_tests_files(home: Path) -> None:
    for name in ("originals", "tmp", "rulebook"):
        shutil.rmtree(home / name, ignore_errors=True)
    (home / "erasures.jsonl").unlink(missing_ok=True)


@pytest.fixture
def hall(district: Any, penalty: Callable[..., dict[str, str]], write_csv: Any) -> Hall:
    from signing_in import open_account

    district.intake(write_csv([registered()], "known.csv"), "DJZC")
    rows = [
        penalty(CF_WSH="潼示罚〔2026〕1号"),
        penalty(
            CF_WSH="潼示罚〔2026〕2号", CF_XDR_MC="示例某", CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_FRDB="",
            CF_XDR_ZJLX="身份证", CF_XDR_ZJHM=PERSON,
        ),
    ]  # fmt: skip
    receipt = district.intake(write_csv(rows, "penalties.csv"), "XZCF")
    assert receipt.rejected == 0, receipt.rules
    for who in (OFFICER, CLERK):
        open_account(who.role, who.name, provider=who.provider)
    return Hall(district)


@pytest.fixture
def site(hall: Hall, monkeypatch: pytest.MonkeyPatch, web: Any) -> Hall:
    """The hall with its website; every page is told it is TODAY."""
    from xinyong.website.console.centre import made
    from xinyong.website.console.department import parts
    from xinyong.website.public import asking

    for module, name in ((asking, "clock"), (parts, "now"), (made, "now")):
        monkeypatch.setattr(module, name, lambda: NOW)
    return hall
