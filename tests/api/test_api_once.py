"""An authorisation that serves once: no refused request uses it up, and the one answer is whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from test_api_reading import CODE, PURPOSE, problem

BANK = "91500152YY0000706H"
USES = "SELECT count(*) FROM look WHERE authorisation IS NOT NULL"
ENDED = "SELECT count(*) FROM authorisation_end WHERE kind = 'used'"


def granted(filled: Any, once: bool = True) -> str:
    """A bank's token; the subject has authorised the bank."""
    from xinyong.disclosure import authorisations
    from xinyong.disclosure.authorisations import Terms
    from xinyong.foundation.audit import Who
    from xinyong.kernel.beijing import day_of

    now = datetime.now(UTC)
    day, owner = day_of(now), Who("示例企业", "subject", CODE)
    terms = Terms(BANK, ("XZCF",), "行政审批", day, day + timedelta(days=30), once)
    authorisations.grant(filled.district.app, owner, now, day, CODE, terms, filled.district.book)
    return str(filled.token("bank", ("api.look",), provider=BANK))


def asked(filled: Any, token: str, query: str = "") -> Any:
    return filled.get(f"/subjects/{CODE}/archive?{query}", token, **PURPOSE)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("cursor=abc", "cursor"), ("limit=0", "invalid"), ("as_of=2999-01-01", "date_future"), ("item=GHOST", "item_unknown"),
        ("known_at=2026-01-01T00:00:00", "known_at_zone"),
    ],
)  # fmt: skip
def test_a_request_with_a_bad_parameter_uses_nothing_up(filled: Any, query: str, code: str) -> None:
    token = granted(filled)
    problem(asked(filled, token, query), 422, code)
    assert (filled.district.one(USES), filled.district.one(ENDED)) == (0, 0)
    assert asked(filled, token).json()["counts"] == {"XZCF": 2}


def test_the_one_answer_is_whole_however_small_a_page_was_asked_for(filled: Any) -> None:
    token = granted(filled)
    answer = asked(filled, token, "limit=1").json()
    assert len(answer["records"]) == 2 and answer["next"] is None
    assert filled.district.one("SELECT records FROM look WHERE authorisation IS NOT NULL") == 2
    assert (filled.district.one(USES), filled.district.one(ENDED)) == (1, 1)
    assert filled.district.one("SELECT count(*) FROM delivery") == 2
    assert "已使用" in problem(asked(filled, token), 403, "no_authorisation")


def test_a_cursor_of_another_answer_skips_nothing_of_the_one_answer(filled: Any) -> None:
    following = asked(filled, filled.token(), "limit=1").json()["next"]
    token = granted(filled)
    assert len(asked(filled, token, f"limit=1&cursor={following}").json()["records"]) == 2


def test_a_cursor_that_leads_nowhere_uses_nothing_up(filled: Any) -> None:
    from xinyong.website.api import paging

    token = granted(filled)
    gone = paging.page(["x", "y"], str, "", 1)[1]
    answer = asked(filled, token, f"cursor={gone}").json()
    assert len(answer["records"]) == 2


def test_an_authorisation_for_a_term_is_answered_by_pages(filled: Any) -> None:
    token = granted(filled, once=False)
    first = asked(filled, token, "limit=1").json()
    assert len(first["records"]) == 1 and first["next"]
    second = asked(filled, token, f"limit=1&cursor={first['next']}").json()
    assert len(second["records"]) == 1 and second["next"] is None


def test_that_it_was_used_up_is_no_part_of_the_printed_answer(filled: Any) -> None:
    from xinyong.disclosure.queries import Archive

    answer = Archive(True, datetime.now(UTC).date(), 1, "bank", "信用主体授权")
    assert replace(answer, used_up=True).as_json() == answer.as_json()
