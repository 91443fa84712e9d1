from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest


@dataclass
class Log:
    """The evidence log of a fresh district, and the hands that seal and check it."""

    district: Any
    sign: Callable[[Any], str] | None = None
    sealed: Any = None
    begun: int = 0

    def seal(self) -> Any:
        from xinyong.foundation.evidence import notes, sealing

        now = datetime.now(UTC)
        return sealing.seal(
            self.district.app, now, notes.origin(), self.sign or notes.signer(self.district.app, now)
        )

    def verify(self, *kept: tuple[str, str]) -> Any:
        from xinyong.foundation import signing
        from xinyong.foundation.evidence import checking, notes
        from xinyong.kernel.checkpoints import parse

        known = signing.signer(self.district.app, datetime.now(UTC)).public_keys()
        witnessed = [(algorithm, parse(note)[0]) for algorithm, note in kept]
        return checking.verify(self.district.app, lambda note, _: notes.genuine(note, known), witnessed)

    def behind(self, sql: str, *values: Any) -> None:
        """As a database administrator, past the application and past what it may do."""
        changed = self.district.owner().execute(sql, values or None).rowcount
        assert changed > 0, "nothing was changed, so nothing is tested"

    def audited(self, n: int = 1) -> None:
        from xinyong.foundation import audit

        for i in range(n):
            audit.record(
                self.district.app,
                audit.SYSTEM,
                datetime.now(UTC),
                "test",
                f"第 {i} 件",
                {"n": i, "half": 0.5},
            )

    def public_keys(self) -> str:
        from xinyong.foundation.evidence import notes

        return "".join(f"{v}\n" for v in notes.verifiers(self.district.app, datetime.now(UTC)))


@pytest.fixture
def log(district: Any) -> Log:
    shutil.rmtree(district.home / "evidence", ignore_errors=True)
    made = Log(district)
    begun = made.seal()  # what the installation itself noted
    made.begun = begun.size if begun else 0
    return made


@pytest.fixture
def filled(log: Log, penalty: Any, write_csv: Any) -> Log:
    """Three penalties are in and sealed."""
    rows = [penalty(CF_WSH=f"潼示罚〔2026〕{n}号") for n in range(1, 4)]
    receipt = log.district.intake(write_csv(rows), "XZCF")
    assert receipt.new == 3
    log.sealed = log.seal()
    return log
