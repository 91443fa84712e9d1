"""Every list of the desk sends the same number of statements however many rows it has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from centre_desk import AT, Counted, rows_of, said
from signing_in import DEPARTMENT, as_role

NOW = datetime.now(UTC)
MOST = 9  # statements: the page's own, the visitor's session and account, the audit entry and its leaf


def who(role: str, name: str = "某人", provider: str = "") -> Any:
    from xinyong.foundation.audit import Who

    return Who(name, role, provider, purpose="测试")


def grown(counted: Counted, client: Any, address: str, add: Callable[[int], Any], **query: str) -> None:
    """One row, then four: the same number of statements."""
    add(1)
    client.get(address, query)  # whatever is asked once in a process
    one = counted.during(lambda: client.get(address, query))
    rows = len(rows_of(said(client.get(address, query))))
    for n in (2, 3, 4):
        add(n)
    more = counted.during(lambda: client.get(address, query))
    assert len(rows_of(said(client.get(address, query)))) > rows
    assert one == more <= MOST + 4


def unified(n: int) -> str:
    """A fictitious unified code that passes both checks."""
    from xinyong.kernel.identifiers_sums import org_check_passes, uscc_check_passes

    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    bodies = (f"91500152YY{n:06d}{sign}" for sign in signs)
    body = next(b for b in bodies if org_check_passes(b[8:17]))
    return next(body + sign for sign in signs if uscc_check_passes(body + sign))


@pytest.fixture
def new_draft(desk: Any, rules: Path) -> Callable[[int], Any]:
    from xinyong.catalog import drafts
    from xinyong.website.console.centre.catalogue_forms import skeleton

    def add(n: int) -> int:
        content = skeleton(f"CSS{n}", f"示例事项{n}", date(2026, 1, 1), desk.book)
        return drafts.open_item(desk.app, who("center"), NOW, desk.book, content)

    return add


def test_drafts(counted: Counted, clerk: Any, new_draft: Callable[[int], Any]) -> None:
    grown(counted, clerk, AT + "drafts", new_draft)


def test_the_catalogue(
    counted: Counted, clerk: Any, desk: Any, rules: Path, new_draft: Callable[[int], int]
) -> None:
    from xinyong.catalog import drafts

    def add(n: int) -> None:
        number = new_draft(n)
        drafts.submit(desk.app, who("center"), NOW, desk.book, rules, number, "新立")
        drafts.publish(desk.app, who("center_reviewer", "审"), NOW, desk.book, rules, number)

    grown(counted, clerk, AT + "catalogue", add)


def test_code_sets_and_years(counted: Counted, clerk: Any, desk: Any, rules: Path) -> None:
    from xinyong.catalog import drafts

    def add_set(n: int) -> None:
        content = {"id": f"CS{n}X", "name": f"示例{n}", "values": ["甲"], "confidence": "sample"}
        drafts.put(desk.app, who("center"), NOW, desk.book, rules, "code_set", content, "试")

    def add_year(n: int) -> None:
        content = {"year": 2030 + n, "basis": "示例通知", "days_off": [], "workdays": []}
        drafts.put(desk.app, who("center"), NOW, desk.book, rules, "calendar", content, "试")

    grown(counted, clerk, AT + "codesets", add_set)
    grown(counted, clerk, AT + "calendar", add_year)


def test_subjects_and_proposals(
    counted: Counted, clerk: Any, desk: Any, penalty: Any, write_csv: Any
) -> None:
    codes = [unified(n) for n in range(5)]

    def add(n: int) -> None:
        row = penalty(
            CF_XDR_SHXYM=codes[n],
            CF_XDR_MC=f"重庆示例第{'甲乙丙丁戊'[n]}商贸有限公司",
            CF_WSH=f"潼示罚〔2026〕{n}号",
        )
        desk.intake(write_csv([row], f"{n}.csv"), "XZCF")

    grown(counted, clerk, AT + "subjects", add, q="示例第")


def test_merges(counted: Counted, clerk: Any, desk: Any) -> None:
    owner = desk.owner()
    owner.execute(
        "INSERT INTO credit_subject (id, scheme, value, kind, public_id, born)"
        " SELECT 900000 + n, 'regno', n::text, '', gen_random_uuid(), 1 FROM generate_series(1, 4) n"
    )

    def add(n: int) -> None:
        owner.execute(
            "INSERT INTO subject_proposal (at, by, kind, loser, reason)"
            " SELECT now(), '甲', 'split', public_id, '试' FROM credit_subject WHERE id = %s",
            [900_000 + n],
        )

    grown(counted, clerk, AT + "merges", add)


def test_tokens_and_approvals(counted: Counted, desk: Any) -> None:
    from datetime import timedelta

    from xinyong.foundation import tokens

    def add(n: int) -> None:
        new = tokens.NewToken(f"系统{n}", "center", "", ("api.look",), NOW + timedelta(days=9))
        tokens.create(desk.app, new, who("system_admin"), NOW, reason="试")

    grown(counted, as_role("system_admin"), "/console/admin/tokens", add)
    grown(counted, as_role("security_admin"), "/console/admin/approvals", add)


def test_changes_of_a_department(counted: Counted, desk: Any) -> None:
    owner = desk.owner()

    def add(n: int) -> None:
        owner.execute(
            "INSERT INTO record_change (at, by, provider, item, record, kind, state, reason)"
            " VALUES (now(), '甲', %s, 'XZCF', %s, '更正', '', '试')",
            [DEPARTMENT, f"{n:032x}"],
        )

    grown(counted, as_role("department"), "/console/department/changes", add)
    grown(counted, as_role("department_reviewer"), "/console/department/review/changes", add)


def test_codes_of_a_department_and_their_progress(counted: Counted, desk: Any, clerk: Any) -> None:
    owner = desk.owner()

    def add(n: int) -> None:
        owner.execute(
            "WITH k AS (INSERT INTO code_case (kind, key, provider, found_at, found_by, detail) VALUES"
            " ('wrong', %(key)s, %(provider)s, now(), '甲', %(detail)s::jsonb) RETURNING id)"
            " INSERT INTO code_case_step (case_id, number, kind, at, by, role, note) SELECT id, 1, 'sent', now(), '甲', 'center', '' FROM k",
            {"key": str(n), "provider": DEPARTMENT,
             "detail": '{"code": "x", "names": [], "candidates": [], "codes": [], "found_in": 1, "places": []}'},
        )  # fmt: skip

    grown(counted, as_role("department"), "/console/department/codes", add)
    once = counted.during(lambda: clerk.get(AT + "codes/progress"))
    add(9)
    assert counted.during(lambda: clerk.get(AT + "codes/progress")) == once


def test_issued_reports(counted: Counted, desk: Any, clerk: Any) -> None:
    owner = desk.owner()

    def add(n: int) -> None:
        owner.execute(
            "INSERT INTO monthly_issue (month, at, by, note, pdf, xlsx, cards, pdf_sha256, xlsx_sha256)"
            " VALUES ('2026-10-01', now(), '甲', '试', '', '', '{}', '', '')"
        )

    grown(counted, clerk, AT + "monthly", add)


def test_the_auditors_rows(counted: Counted, desk: Any, penalty: Any, write_csv: Any) -> None:
    def add(n: int) -> None:
        rows = [penalty(CF_WSH=f"潼示罚〔2026〕{n}号")]
        desk.intake(write_csv(rows, f"{n}.csv"), "XZCF", provider=("SCJG", "CZJ", "FGW", "JW", "KJJ")[n])

    grown(counted, as_role("auditor"), "/console/auditor/rows", add)
