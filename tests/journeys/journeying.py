"""A city with a server: two enterprises, a bank, a department's files, and people of every role."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import abused
import browsing
import processes
import pytest
from abused import AUTHORITY, BANK, CODE, NAME, OTHER, PERSON, PERSON_ID, lately, penal, registered
from browsing import main

SIZES = {"desk": (1280, 900), "phone": (390, 844)}
BANK_NAME = "重庆示例银行有限公司"
_numbers = itertools.count(1)
T = TypeVar("T")
GIVEN: dict[str, dict[str, Any]] = {
    "department": {"provider": AUTHORITY}, "department_reviewer": {"provider": AUTHORITY},
    "bank": {"provider": BANK}, "agency": {"provider": BANK}, "subject": {"subject_code": CODE},
}  # fmt: skip


def aside(work: Callable[[], T]) -> T:
    """In a thread of its own: beside the browser's event loop Django's ORM refuses, and mixes its connections up."""

    def done() -> T:
        from django.db import connections

        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(done).result()


@dataclass
class City:
    """Where the site is, and the hands that work behind it."""

    district: Any
    address: str
    folder: Path
    town: Any
    sessions: dict[str, str] = field(default_factory=dict)

    def session(self, role: str) -> str:
        """The key of a session in which somebody of `role` has logged in, second factor used."""
        from signing_in import open_account, signed_in

        def begin() -> str:
            account = open_account(role, f"示例{role}", **GIVEN.get(role, {}))
            return str(signed_in(account).cookies["sessionid"].value)

        if role not in self.sessions:
            self.sessions[role] = aside(begin)
        return self.sessions[role]

    def write(self, rows: list[dict[str, str]], name: str) -> Path:
        return Path(self.town.write_csv(rows, name))

    def work(self) -> None:
        """What the worker does with the files that wait."""
        from xinyong.collection import uploads

        for number in uploads.waiting(self.district.app, datetime.now(UTC)):
            uploads.take(number)

    def enterprise(self) -> tuple[str, str]:
        """A newly registered enterprise: its code and its name."""
        from sampledistrict.codes import uscc

        number = next(_numbers)
        code, name = uscc("91", "500152", f"YY{number + 4000:06}"), f"重庆示例第{number}商贸有限公司"
        self.town.hand_in([registered(name, code)], f"登记{number}.csv", "DJZC")
        return code, name


@contextmanager
def founded(folder: Path) -> Iterator[City]:
    """A town of its own, with the real server before it."""
    with pytest.MonkeyPatch.context() as m:
        m.setenv("XINYONG_API_ANONYMOUS_PER_MINUTE", "100000")
        with abused.founded() as district:
            town = abused.Town(district, folder)
            town.fill()
            town.hand_in([registered(BANK_NAME, BANK)], "银行.csv", "DJZC")
            person = penal(CF_XDR_MC=PERSON, CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_FRDB="", CF_XDR_ZJLX="身份证",
                           CF_XDR_ZJHM=PERSON_ID, CF_WSH="潼示罚〔2026〕9号", KZ_SXCD="一般")  # fmt: skip
            assert town.hand_in([person], "个人.csv").new == 1
            town.relist()
            with _served() as server, browsing.line(server) as address:
                yield City(district, address, folder, town)


@contextmanager
def _served() -> Iterator[str]:
    port = processes.free_port()
    server = processes.start("serve", "--port", str(port), "--workers", "1")
    try:
        processes.until(lambda: processes.body(f"http://127.0.0.1:{port}/healthz"))
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.communicate(timeout=30)


def totp(secret: str, step: int = 0) -> str:
    """What the app on a phone shows."""
    import time

    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return str(format_hotp_value(hotp_value(secret, int(time.time() // 30) + step)))


__all__ = ["AUTHORITY", "BANK", "BANK_NAME", "CODE", "NAME", "OTHER", "PERSON", "PERSON_ID", "SIZES", "City", "aside", "browsing",
           "founded", "lately", "main", "penal", "registered", "totp"]  # fmt: skip
