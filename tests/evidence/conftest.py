from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

CODE, BANK = "91500152YY00000282", "91500152YY0000706H"
ORGAN = "11500152YY0000239R"


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
        from xinyong.foundation.evidence import checking, notes
        from xinyong.kernel.checkpoints import parse

        witnessed = [(algorithm, parse(note)[0]) for algorithm, note in kept]
        return checking.verify(self.district.app, notes.ours(self.district.app, datetime.now(UTC)), witnessed)

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

    def growth(self, old: int, size: int | None = None) -> dict[str, list[str]]:
        from xinyong.foundation.evidence import proofs

        found = proofs.growth(self.district.app, old, size)
        return {a: [h.hex() for h in path] for a, path in found.items()}

    def proof(self, kind: str, ref: Any, size: int | None = None) -> dict[str, Any]:
        """With document and salt, as it is handed to whoever may see it."""
        from xinyong.archive import evidence
        from xinyong.foundation.evidence import proofs

        c = self.district.app
        if kind == "record":
            found, (document, salt) = (
                proofs.of_leaf(c, kind, evidence.leaf_of(c, ref), size),
                evidence.told(c, ref),
            )
        else:
            found, (document, salt) = proofs.of_entry(c, kind, ref, size), proofs.told(c, kind, str(ref))
        return replace(found, document=document, salt=salt).as_json()

    def record(self, line: int) -> str:
        """The id of the record that came in on this line."""
        return str(
            self.district.one("SELECT record_id FROM record_version WHERE line = %s LIMIT 1", line).hex
        )


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


@dataclass
class Life:
    """What happens to a subject's records: authorised, looked at, marked, reported."""

    log: Log
    now: datetime

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def c(self) -> Any:
        return self.log.district.app

    def grant(self, once: bool = False, ends: date | None = None, onward: tuple[str, ...] = ()) -> Any:
        from xinyong.disclosure import authorisations
        from xinyong.disclosure.authorisations import Terms
        from xinyong.foundation.audit import Who

        last = ends or self.today + timedelta(days=30)
        terms = Terms(BANK, ("XZCF",), "贷前审查", self.today, last, once, onward=onward)
        owner = Who("示例甲", "subject", CODE)
        return authorisations.grant(self.c, owner, self.now, self.today, CODE, terms, self.log.district.book)

    def look(self, role: str = "bank", today: date | None = None, number: str = "") -> Any:
        from xinyong.disclosure import queries
        from xinyong.foundation.audit import PUBLIC, Who

        who = PUBLIC if role == "public" else Who("示例行员", role, BANK, purpose="贷前审查")
        q = queries.Question(who, self.now, today or self.today, authorisation=number)
        return queries.archive(self.c, CODE, q, self.log.district.book)

    def revoke(self, number: str) -> None:
        from xinyong.disclosure import authorisations
        from xinyong.foundation.audit import Who

        authorisations.revoke(self.c, Who("示例甲", "subject", CODE), self.now, self.today, number)

    def mark(self) -> None:
        from xinyong.disclosure import actions
        from xinyong.foundation.audit import Who

        records = [self.log.record(n) for n in (2, 3, 4)]
        department = Who("部门审核员", "department_reviewer", "11500152YY0000239R")
        actions.decide_degree(self.c, department, self.now, records, "一般", "情节一般", "裁量基准第三条")

    def hold(self) -> None:
        from xinyong.disclosure import holds
        from xinyong.foundation.audit import Who

        last, book = self.today + timedelta(days=30), self.log.district.book
        terms = holds.Terms(
            CODE, ORGAN, "示例机关", "示函〔2026〕1号", "PIPL", "第三十五条", "妨碍履行职责", last
        )
        asked = holds.ask(self.c, Who("示例业务员", "center"), self.now, self.today, terms, book)
        reviewer = Who("示例审核员", "center_reviewer")
        holds.approve(self.c, reviewer, self.now, self.today, asked.number, "依据充分", book)

    def report(self) -> Any:
        from xinyong.foundation.audit import Who
        from xinyong.services.creditreport.actions import Order, issue

        who = Who("示例企业", "subject", CODE, "web", "")
        return issue(self.c, who, Order(CODE, "政府采购"), self.now, self.today, self.log.district.book)


@pytest.fixture
def life(filled: Log) -> Life:
    return Life(filled, datetime.now(UTC) + timedelta(seconds=2))


@pytest.fixture
def lived(life: Life) -> Life:
    """Each kind of leaf is there and sealed: an authorisation used, one used up, one revoked, one to be passed on, a mark,
    a hold that was approved, a report."""
    life.grant()
    life.look()
    life.look("public")
    single = life.grant(once=True)
    life.look(number=single.number)
    life.revoke(life.grant().number)
    life.grant(onward=(ORGAN,))
    life.mark()
    life.hold()
    life.report()
    life.log.sealed = life.log.seal()
    return life


@pytest.fixture
def site(log: Log, web: Any) -> Log:
    """The district, ready to be browsed."""
    return log


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "stranger"
    path.mkdir()
    return path


@pytest.fixture
def desk(life: Life) -> Any:
    """A case, a challenged look, a person's request, a recall, an assessment and an opened notice, all sealed."""
    from case_day import Desk

    made = Desk(life)
    made.whole_day()
    return made
