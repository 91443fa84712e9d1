"""What a market regulator decided is repaired through its own system (总局令第107号), whatever item it is of."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html import unescape
from typing import Any

import pytest
from case_desk import (
    AUTHORITY,
    BY_MARKET,
    CENTRE,
    CENTRE_REVIEWER,
    CODE,
    FIRST,
    MARKET,
    NOW,
    OWNER,
    TODAY,
    Desk,
)
from case_rows import serious
from signing_in import as_role

from sampledistrict.codes import uscc
from xinyong.catalog.loading import load_rulebook
from xinyong.kernel.errors import Refused
from xinyong.rights import routes
from xinyong.rights.repair import upstream

SECOND, HERE = "潼示罚〔2026〕2号", "在本平台申请，由作出决定的单位审核"
THERE = "通过国家企业信用信息公示系统申请；在本平台提交的，由信用中心代为转办"


@pytest.fixture(scope="module")
def book() -> Any:
    return load_rulebook()


@pytest.mark.parametrize(
    ("route", "authority", "day", "code"),
    [
        ("credit_china", "重庆市市场监督管理局", TODAY, "gsxt"),
        ("credit_china", "潼南区城市管理局", TODAY, "credit_china"),
        ("credit_china", "", TODAY, "credit_china"),
        ("credit_china", "潼南区市场监督管理局", date(2025, 12, 24), "credit_china"),
        ("credit_china", "潼南区市场监督管理局", date(2025, 12, 25), "gsxt"),
        ("court", "潼南区市场监督管理局", TODAY, "court"),
        ("none", "潼南区市场监督管理局", TODAY, "none"),
    ],
)
def test_the_route_follows_item_authority_and_day(
    book: Any, route: str, authority: str, day: date, code: str
) -> None:
    assert routes.code_of(book, route, authority, day) == code


def test_only_the_route_to_the_deciding_department_is_ours(book: Any) -> None:
    ways = ("credit_china", "gsxt", "court", "tax", "none")
    assert [way for way in ways if routes.ours(book, way, TODAY)] == ["credit_china"]


def test_the_line_for_market_regulators_shows_that_it_is_a_sample(book: Any) -> None:
    line = routes.line_of(book, "credit_china", "潼南区市场监督管理局", TODAY)
    assert line is not None and (line.id, line.confidence) == ("ROUTE_GSXT_SAMR", "sample")


def test_an_authority_that_no_rule_names_has_everybodys_route(book: Any) -> None:
    nobody = replace(book.rules["PUB_GSXT_AUTHORITY"][0], value="")
    changed = replace(book, rules={**book.rules, "PUB_GSXT_AUTHORITY": (nobody,)})
    assert routes.code_of(changed, "credit_china", "潼南区市场监督管理局", TODAY) == "credit_china"


def test_a_market_regulators_penalty_is_forwarded_and_not_decided_here(desk: Desk) -> None:
    record = desk.penalty(**BY_MARKET)
    case = desk.apply(record)
    assert (case.route, case.authority) == ("gsxt", MARKET)
    with pytest.raises(Refused, match="由其他渠道修复"):
        desk.do("push", CENTRE, case)
    case = desk.do("forward", CENTRE, case, "公示系统 7")
    result = upstream.Result("公示系统 7", True, "准予", case.number)
    case = upstream.take_result(desk.c, CENTRE_REVIEWER, NOW, TODAY, result, desk.book)
    assert case.state == "granted" and desk.public() == []


def test_its_entry_on_a_list_of_serious_misconduct_goes_there_too(desk: Desk) -> None:
    desk.take("YZSX", serious())
    [record] = [k for k, r in desk.told().items() if r["item"] == "YZSX"]
    assert desk.apply(record).route == "gsxt"


def test_its_refusal_of_its_own_penalty_is_entered(desk: Desk) -> None:
    address = desk.address(desk.penalty(**BY_MARKET))
    result = upstream.Result("公示系统 7", False, "不予", code=CODE, records=(address,))
    case = upstream.take_result(desk.c, CENTRE_REVIEWER, NOW, TODAY, result, desk.book)
    assert (case.state, case.route) == ("refused", "gsxt") and len(desk.public()) == 1


def test_a_penalty_in_the_name_of_a_regulator_that_is_no_provider_goes_there_by_that_name(desk: Desk) -> None:
    elsewhere = {"CF_CFJG": "重庆市市场监督管理局", "CF_CFJGDM": uscc("11", "500000", "YY000001")}
    record = desk.penalty(**elsewhere)
    assert desk.apply(record).route == "gsxt"


def test_one_application_to_a_market_regulator_and_another_authority_becomes_two_cases(desk: Desk) -> None:
    records = desk.penalty(), desk.penalty(SECOND, **BY_MARKET)
    cases = desk.apply_all(*records)
    assert {(k.authority, k.route) for k in cases} == {(AUTHORITY, "credit_china"), (MARKET, "gsxt")}


def test_a_case_keeps_the_route_with_which_it_was_opened(desk: Desk) -> None:
    before = replace(desk.book, repair={k: v for k, v in desk.book.repair.items() if k != "ROUTE_GSXT_SAMR"})
    from xinyong.rights.repair import actions

    asked = actions.Application((desk.address(desk.penalty(**BY_MARKET)),), "理由", "", True, desk.uploads())
    [case] = actions.apply(desk.c, OWNER, NOW, TODAY, CODE, asked, before)
    assert case.route == "credit_china"
    assert desk.do("push", CENTRE, case).state == "pushed"  # by the rules of today


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_the_subject_reads_where_to_apply_for_each_record(site: Desk) -> None:
    ours, theirs = site.penalty(), site.penalty(SECOND, **BY_MARKET)
    articles = text(as_role("subject", subject_code=CODE).get("/own/repairs")).split("<article")
    told = {r: next(a for a in articles if f"r-{site.address(r)}" in a) for r in (ours, theirs)}
    assert HERE in told[ours] and THERE not in told[ours]
    assert THERE in told[theirs] and "（样例，待确认）" in told[theirs] and HERE not in told[theirs]


def test_the_archive_of_the_subject_says_so_as_well(site: Desk) -> None:
    from xinyong.disclosure.queries import Question, archive
    from xinyong.website.own import telling

    site.penalty()
    site.penalty(SECOND, **BY_MARKET)
    answer = archive(site.c, CODE, Question(OWNER, NOW, TODAY), site.book)
    told = {e.by: e.repair for e in telling.entries(answer, site.book, TODAY) if e.negative}
    assert (
        "由信用中心转办" in told["潼南区市场监督管理局"] and "由信用中心转办" not in told["潼南区城市管理局"]
    )


@pytest.mark.parametrize(("by", "says"), [({}, HERE), (BY_MARKET, THERE)], ids=["ours", "theirs"])
def test_the_letter_that_goes_with_a_penalty_says_where(site: Desk, by: dict[str, str], says: str) -> None:
    unit = by.get("CF_CFJGDM", AUTHORITY)
    site.take("XZCF", site.make(CF_WSH=FIRST, KZ_SXCD="一般", **by), provider=unit)
    clerk = as_role("department", provider=unit)
    page = text(clerk.get("/console/department/letters", {"item": "XZCF", "number": FIRST}))
    [address] = re.findall(r'href="(/console/department/letters/[0-9a-f]{32})"', page)
    assert says in text(clerk.get(address))
