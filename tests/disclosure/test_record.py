"""One record by its public number; who may look at what; and that every look is in the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from enterprises import AUDITOR, AUTHORITY, CODE, NAME, OUTSIDER, REVIEWER, TODAY, Case
from hypothesis import given
from hypothesis import strategies as st

from xinyong.disclosure import ids, queries
from xinyong.foundation.audit import PUBLIC, Who
from xinyong.kernel.errors import NotPermitted, Refused

GENERAL = {"KZ_SXCD": "一般"}
OWNER = Who("示例企业", "subject", CODE)
OTHER = Who("别的企业", "subject", "91500152YY0001012M")


@pytest.fixture(autouse=True)
def _home(home: Any) -> None:
    """Numbers need this installation's keys."""


@given(raw=st.binary(min_size=16, max_size=16))
def test_a_public_number_leads_back_to_its_record_and_to_no_other(raw: bytes) -> None:
    assert ids.record_of(ids.public_id(raw.hex())) == raw.hex()
    assert ids.public_id(raw.hex()) != raw.hex()


def test_records_of_one_day_have_nothing_in_common_in_their_numbers() -> None:
    numbers = [ids.public_id(f"00086050{n:024x}") for n in range(2000)]
    assert len({n[:8] for n in numbers}) == len({n[-8:] for n in numbers}) == 2000


NO_NUMBERS = ("", "x", "F" * 32, "f" * 31, "f" * 33, "０" * 32, " " + "f" * 31, "../etc", "%00" * 10)


def test_what_is_no_number_is_answered_like_an_unknown_one(case: Case) -> None:
    unknown = case.record("f" * 32).as_json()
    assert [text for text in NO_NUMBERS if case.record(text).as_json() != unknown] == []


def test_a_public_record_is_shown_by_itself_with_its_subject(case: Case) -> None:
    case.take("XZCF", case.make(**GENERAL))
    [shown] = [r for r in case.public().records if r["item"] == "XZCF"]
    answer = case.record(shown["public_id"])
    assert answer.records == [shown] and answer.subject["name"] == NAME and answer.counts == {"XZCF": 1}


def test_no_public_answer_carries_an_internal_number(case: Case) -> None:
    record = case.penalty(**GENERAL)
    [shown] = [r for r in case.public().records if r["item"] == "XZCF"]
    assert not {"record", "version", "submission", "provider", "clocks"} & set(shown)
    assert record not in str(case.public().as_json())


def test_the_subject_sees_its_own_unpublished_record_with_its_clocks(case: Case) -> None:
    record = case.penalty()
    answer = case.record(ids.public_id(record), OWNER)
    assert "失信程度尚未认定" in answer.records[0]["clocks"]["publicity"]["sentence"]


def test_another_subject_sees_nobody_elses_record(case: Case) -> None:
    record = case.penalty(**GENERAL)
    with pytest.raises(NotPermitted):
        case.record(ids.public_id(record), OTHER)


def test_a_bank_without_authorisation_sees_no_record(case: Case) -> None:
    record = case.penalty(**GENERAL)
    with pytest.raises(NotPermitted):
        case.record(ids.public_id(record), Who("示例银行", "bank", "91500152YY0001020G", purpose="贷前"))


def looks(case: Case) -> list[tuple[Any, ...]]:
    return case.district.app.execute("SELECT role, what, ground, records FROM look ORDER BY id").fetchall()


def test_a_search_is_logged_with_how_many_it_found(case: Case) -> None:
    queries.search(case.district.app, NAME, case.question())
    queries.search(case.district.app, "查无此名的公司", case.question())
    assert looks(case)[-2:] == [("public", "search", "依法公开", 1), ("public", "search", "依法公开", 0)]


@pytest.mark.parametrize(
    ("who", "text"),
    [(Who("示例银行", "bank", "91500152YY0001020G", purpose="贷前"), NAME), (PUBLIC, " "), (AUDITOR, "")],
)
def test_a_refused_search_is_logged_too(case: Case, who: Who, text: str) -> None:
    with pytest.raises(Refused):
        queries.search(case.district.app, text, case.question(who))
    assert looks(case)[-1] == (who.role, "search", "拒绝", 0)


@pytest.mark.parametrize(
    ("who", "code", "more"),
    [(OTHER, CODE, {}), (PUBLIC, "", {}), (PUBLIC, CODE, {"known_at": datetime(2026, 1, 1, tzinfo=UTC)}),
     (AUDITOR, CODE, {"known_at": datetime.now(UTC) + timedelta(days=3)})],
)  # fmt: skip
def test_a_refused_look_is_logged_whatever_the_reason(
    case: Case, who: Who, code: str, more: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        case.archive(code, who, **more)
    assert looks(case)[-1][:3] == (who.role, "archive", "拒绝")


def test_a_look_at_one_record_is_logged_with_its_subject(case: Case) -> None:
    record = case.penalty(**GENERAL)
    case.record(ids.public_id(record))
    assert looks(case)[-1] == ("public", "record", "依法公开", 1)
    assert case.district.one("SELECT subject FROM look ORDER BY id DESC LIMIT 1") is not None


def test_the_past_is_not_for_others(case: Case) -> None:
    for role in ("public", "bank", "agency", "counter", "system_admin"):
        with pytest.raises(NotPermitted):
            case.archive(
                CODE, Who("外人", role, AUTHORITY, purpose="试"), known_at=datetime(2026, 1, 1, tzinfo=UTC)
            )


def test_a_department_knows_the_past_of_what_it_decided_only(case: Case) -> None:
    case.penalty(**GENERAL)
    moment = datetime.now(UTC)

    def seen(who: Who) -> list[str]:
        return [r["item"] for r in case.archive(CODE, who, known_at=moment).records]

    assert (seen(REVIEWER), seen(OUTSIDER)) == (["XZCF"], [])
    assert sorted(seen(AUDITOR)) == sorted(seen(OWNER)) == ["DJZC", "XZCF"]


def test_an_archive_takes_as_many_questions_with_ten_records_as_with_one(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = case.district.app
    asked: list[str] = []
    execute = type(app).execute
    monkeypatch.setattr(
        type(app), "execute", lambda c, sql, *a, **k: (asked.append(sql), execute(c, sql, *a, **k))[1]
    )

    def count() -> int:
        case.public()  # once, so that layouts are known
        asked.clear()
        case.public()
        return len(asked)

    case.penalty(**GENERAL)
    one = count()
    for n in range(2, 12):
        case.take("XZCF", case.make(**GENERAL, CF_WSH=f"潼示罚〔2026〕{n}号"))
    assert count() == one == 3
    assert len(case.documents()) == 11


def test_a_reported_degree_of_anothers_data_is_only_a_proposal(case: Case) -> None:
    record = case.penalty(**GENERAL, CF_SJLYDM="11500152YY000001XA", CF_SJLY="潼南区发展改革委")
    assert case.documents() == []
    degree = case.clocks(record)["degree"]
    assert (degree["value"], degree["proposed"]) == ("", "一般")


def test_today_is_an_argument(case: Case) -> None:
    case.penalty(**GENERAL)
    assert case.documents(today=TODAY) and not case.documents(today=TODAY + timedelta(days=366))
