"""A record is shared for a purpose only as far as the dated rule of that purpose lets it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from enterprises import AUDITOR, AUTHORITY, CODE, OUTSIDER, REVIEWER, Case

from xinyong.foundation.audit import Who

OWNER, CENTRE = Who("示例企业", "subject", CODE), Who("业务员示例", "center", purpose="核查")
BEGINS = date(2026, 11, 20)


@pytest.fixture
def record(case: Case) -> str:
    """Decided in the simple procedure."""
    return case.penalty(KZ_CXLB="简易程序", KZ_SXCD="一般")


def excluded(case: Case, purpose: str = "screening") -> None:
    """From BEGINS on, what was decided in the simple procedure is not for `purpose`."""
    case.district.book = replace(
        case.district.book,
        sharing=tuple(
            new
            for line in case.district.book.sharing
            for new in (
                [replace(line, procedures_excluded=("简易程序",), in_force_from=BEGINS)]
                if line.purpose == purpose
                else [line]
            )
        ),
    )


def seen(case: Case, who: Who, **options: object) -> set[str]:
    return {r["record"] for r in case.archive(who=who, **options).records}


def test_what_is_excluded_from_screening_no_department_is_told_that_screens(case: Case, record: str) -> None:
    assert record in seen(case, OUTSIDER)
    excluded(case)
    assert record not in seen(case, OUTSIDER)
    assert record not in seen(case, replace(OUTSIDER, role="department"), duty="DUTY_LICENSE")


def test_its_subject_who_decided_it_the_centre_and_the_auditor_keep_it(case: Case, record: str) -> None:
    excluded(case)
    for who in (OWNER, REVIEWER, CENTRE, AUDITOR):
        assert record in seen(case, who), who
    assert REVIEWER.provider == AUTHORITY


def test_excluded_from_another_purpose_it_is_screened_all_the_same(case: Case, record: str) -> None:
    excluded(case, "certificate")
    assert record in seen(case, OUTSIDER)


def test_before_any_rule_of_the_purpose_is_in_force_nothing_is_shared_for_it(case: Case, record: str) -> None:
    excluded(case)
    later = tuple(replace(line, in_force_from=date(2026, 12, 1)) for line in case.district.book.sharing)
    case.district.book = replace(case.district.book, sharing=later)
    assert record not in seen(case, OUTSIDER) and record in seen(case, OWNER)
