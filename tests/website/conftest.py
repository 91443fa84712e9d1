"""The public site on a test's own database, and the visitor who reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from subprocess import Popen
from typing import Any

import processes
import psycopg
import pytest
from site_rows import CODE, abnormal, permit, registered

# Windows open and close by the calendar, not by the day of the test run.
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
TODAY = NOW.date()


@dataclass
class Visitor:
    """Opens pages as anybody may."""

    client: Any
    district: Any

    def get(self, path: str, **query: str) -> Any:
        return self.client.get(path, query)

    def text(self, path: str, **query: str) -> str:
        return self.get(path, **query).content.decode()

    def address(self, code: str = CODE) -> str:
        public = self.district.one("SELECT public_id FROM credit_subject WHERE value = %s", code)
        return f"/subject/{public}"


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    """Sets the site's clock; it stands at NOW until then."""
    from xinyong.website.public import asking

    def at(day: date) -> None:
        monkeypatch.setattr(asking, "clock", lambda: datetime(day.year, day.month, day.day, 4, tzinfo=UTC))

    at(TODAY)
    return at


@pytest.fixture
def visitor(district: Any, noon: Callable[[date], None], web: Any) -> Visitor:
    from django.test import Client

    return Visitor(
        Client(raise_request_exception=False, enforce_csrf_checks=True, headers={"host": "localhost"}),
        district,
    )


@pytest.fixture
def confirmed(district: Any, write_csv: Callable[..., Any]) -> Any:
    """One registered subject without anything against it."""
    district.intake(write_csv([registered()], "registered.csv"), "DJZC")
    return district


@pytest.fixture
def relisted(district: Any) -> Callable[..., None]:
    """Brings the public's lists up to date, as the worker does every minute."""
    from xinyong.disclosure import listing_job

    def refresh(day: date = TODAY) -> None:
        listing_job.refresh(district.app, district.book, day, datetime.now(UTC))

    return refresh


@pytest.fixture
def stocked(confirmed: Any, penalty: Any, write_csv: Any, relisted: Any) -> Any:
    """The subject with thirty penalties, a permit and an entry among the abnormal: every kind of page has content."""
    general = {"KZ_SXCD": "一般", "CF_JDRQ": "2026-06-18", "CF_YXQ": "2029-06-18"}
    rows = [penalty(**general, CF_WSH=f"潼示罚〔2026〕{n}号") for n in range(1, 31)]
    confirmed.intake(write_csv(rows, "penalties.csv"), "XZCF")
    confirmed.intake(write_csv([permit()], "permits.csv"), "XZXK")
    confirmed.intake(write_csv([abnormal()], "abnormal.csv"), "JYYC")
    relisted()
    return confirmed


@pytest.fixture
def launch() -> Iterator[Callable[..., Popen[str]]]:
    """Start the command; what a failed test leaves running is ended."""
    started: list[Popen[str]] = []

    def start_one(*arguments: str) -> Popen[str]:
        started.append(processes.start(*arguments))
        return started[-1]

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def look(district: Any) -> Callable[..., Any]:
    """One value from the test's database, over one connection however often it is asked."""
    c = district.owner()

    def value(sql: str, *values: Any) -> Any:
        row = c.execute(sql, values or None).fetchone()
        return row[0] if row else None

    return value


@dataclass
class Counted:
    statements: list[str] = field(default_factory=list)


@pytest.fixture
def counted(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Every statement the site sends."""
    from xinyong.foundation import database

    seen = Counted()

    class Cursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, *given: Any, **options: Any) -> Any:
            if "page_visit" not in str(query):  # written now and then, for many pages at once
                seen.statements.append(str(query))
            return super().execute(query, *given, **options)

    connect = database.connect_app

    def connect_counted(**options: Any) -> Any:
        c = connect(**options)
        c.cursor_factory = Cursor
        return c

    monkeypatch.setattr(database, "connect_app", connect_counted)
    return seen
