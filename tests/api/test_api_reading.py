"""Reading over the API: the same rules as the pages, and answers a program can rely on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

CODE = "91500152YY00000282"
PURPOSE = {"X_Purpose": "%E8%A1%8C%E6%94%BF%E5%AE%A1%E6%89%B9"}


def problem(answer: Any, status: int, code: str) -> str:
    assert answer.status_code == status, answer.content.decode()
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["code"] == code and told["status"] == status and told["detail"]
    return str(told["detail"])


def test_the_public_finds_a_subject_by_code(filled: Any) -> None:
    answer = filled.get(f"/subjects/{CODE}")
    assert answer.status_code == 200
    assert answer.json()["code"] == CODE and answer.json()["names"][0]["former"] is False


def test_an_unknown_subject_is_a_problem_with_a_sentence(filled: Any) -> None:
    problem(filled.get("/subjects/91500152YY00000000"), 404, "no_subject")


def test_the_public_sees_no_penalty_whose_degree_is_undecided_and_a_department_does(filled: Any) -> None:
    assert "XZCF" not in filled.get(f"/subjects/{CODE}/archive").json()["counts"]
    found = filled.get(f"/subjects/{CODE}/archive", filled.token(), **PURPOSE).json()
    assert found["counts"]["XZCF"] == 2 and found["asked_as"] == "department"


def test_what_is_not_public_needs_a_purpose(filled: Any) -> None:
    problem(filled.get(f"/subjects/{CODE}/archive", filled.token()), 403, "purpose_missing")


def test_a_token_without_the_scope_sees_no_archive(filled: Any) -> None:
    token = filled.token(scopes=("api.submit",))
    problem(filled.get(f"/subjects/{CODE}/archive", token, **PURPOSE), 403, "scope")


def test_a_bank_without_authorisation_sees_nothing(filled: Any) -> None:
    token = filled.token("bank", ("api.look",), provider="91500152YY0000999X")
    assert filled.get(f"/subjects/{CODE}/archive", token, **PURPOSE).status_code == 403


def test_every_look_is_logged_with_who_and_why(filled: Any) -> None:
    filled.get(f"/subjects/{CODE}/archive", filled.token(), **PURPOSE)
    row = (
        filled.district.owner()
        .execute("SELECT actor, role, purpose FROM look ORDER BY id DESC LIMIT 1")
        .fetchone()
    )
    assert row == ("系统:示例业务系统", "department", "行政审批")


def test_what_the_matrix_says_of_a_look_is_what_is_kept_of_it(filled: Any) -> None:
    """The look log is the trail of looks; the matrix promises no second one."""
    from xinyong.website.access import matrix

    assert not matrix()["api.look"].logged and "查看日志" in matrix()["api.look"].note
    entries = "SELECT count(*) FROM audit_entry"
    looks, before = "SELECT count(*) FROM look", filled.district.one(entries)
    token = filled.token()  # noted itself
    seen = filled.district.one(looks)
    assert filled.get(f"/subjects/{CODE}/archive", token, **PURPOSE).status_code == 200
    assert (filled.district.one(looks), filled.district.one(entries)) == (seen + 1, before + 1)


def test_the_public_may_not_ask_what_was_known_in_the_past(filled: Any) -> None:
    problem(
        filled.get(f"/subjects/{CODE}/archive?known_at=2026-01-01T00:00:00%2B08:00"), 403, "known_at_public"
    )


@pytest.mark.whole
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("as_of=2026-13-01", "invalid"), ("as_of=2999-01-01", "date_future"), ("limit=0", "invalid"), ("limit=101", "invalid"),
        ("known_at=2026-01-01T00:00:00", "known_at_zone"), ("cursor=abc", "cursor"), ("known_at=yesterday", "invalid"),
        ("item=XZCF&item=GHOST", "item_unknown"), ("item=", "item_unknown"), ("item=1%F1%8A%BA%AE%00", "item_unknown"),
    ],
)  # fmt: skip
def test_a_bad_parameter_gets_a_sentence(filled: Any, query: str, code: str) -> None:
    problem(filled.get(f"/subjects/{CODE}/archive?{query}"), 422, code)


def test_pages_of_an_archive_hold_every_record_once(filled: Any) -> None:
    token, seen, cursor = filled.token(), [], ""
    for _ in range(5):
        page = filled.get(f"/subjects/{CODE}/archive?limit=1&cursor={cursor}", token, **PURPOSE).json()
        seen += [r["public_id"] for r in page["records"]]
        cursor = page["next"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 3 and cursor is None


def test_a_cursor_whose_record_has_gone_says_start_again(filled: Any) -> None:
    token = filled.token()
    first = filled.get(f"/subjects/{CODE}/archive?limit=1", token, **PURPOSE).json()["next"]
    problem(
        filled.get(f"/subjects/{CODE}/archive?item=XZCF&limit=1&cursor={first}", token, **PURPOSE),
        410,
        "cursor_gone",
    )


def test_search_finds_by_part_of_a_name(filled: Any) -> None:
    assert [f["code"] for f in filled.get("/search?q=甲乙").json()["found"]] == [CODE]


def test_an_unchanged_answer_is_not_sent_again(filled: Any) -> None:
    tag = filled.get("/catalog/items")["ETag"]
    again = filled.get("/catalog/items", If_None_Match=tag)
    assert again.status_code == 304 and again.content == b"" and again["ETag"] == tag


def test_the_catalogue_lists_items_and_their_fields(api: Any) -> None:
    assert "XZCF" in [i["code"] for i in api.get("/catalog/items").json()["items"]]
    assert len(api.get("/catalog/items/XZCF").json()["fields"]) >= 30
    problem(api.get("/catalog/items/NONE"), 404, "no_item")


def test_too_many_requests_are_told_when_to_come_back(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from xinyong.website.api import limits

    monkeypatch.setattr(limits, "ANONYMOUS", 3)
    answers = [api.get("/catalog/items") for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert int(answers[3]["Retry-After"]) > 0 and "RateLimit" in answers[0]
    problem(answers[3], 429, "too_many")


@pytest.mark.parametrize("token", ["xyt_wrong", "", "  "])
def test_a_token_that_is_none_is_refused(api: Any, token: str) -> None:
    answer = api.client.get("/api/v1/catalog/items", headers={"Authorization": f"Bearer {token}"})
    problem(answer, 401, "token_unknown")
    assert "WWW-Authenticate" in answer


def test_an_expired_and_a_revoked_token_are_refused(api: Any) -> None:
    from xinyong.foundation import tokens
    from xinyong.foundation.audit import Who

    number, secret = api.tokens()
    assert api.get("/catalog/items", secret).status_code == 200
    tokens.revoke(
        api.district.app, number, "示例原因", Who("示例安全管理员", "security_admin"), datetime.now(UTC)
    )
    problem(api.get("/catalog/items", secret), 401, "token_ended")
    ended, short = api.tokens()
    api.district.owner().execute(
        "UPDATE api_token SET expires = now() - interval '1 second' WHERE id = %s", [ended]
    )
    problem(api.get("/catalog/items", short), 401, "token_expired")


def test_a_token_s_secret_is_nowhere_in_the_database(api: Any) -> None:
    secret = api.token()
    stored = api.district.one("SELECT string_agg(t::text, ' ') FROM api_token t")
    assert secret not in stored and secret.removeprefix("xyt_") not in stored


def test_an_unknown_path_is_a_page_not_a_traceback(api: Any) -> None:
    assert api.get("/nothing").status_code == 404


def test_the_description_and_its_page_are_served_here(api: Any) -> None:
    schema = api.get("/openapi.json").json()
    assert schema["openapi"] == "3.1.0" and "/api/v1/subjects/{code}" in schema["paths"]
    page = api.get("/docs").content.decode()
    assert "/api/v1/submissions" in page and "<script>" not in page
