"""Counting through what could be counted through: codes, public ids, record numbers, pages, names, tokens."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from abused import CODE, NAME, OTHER, PERSON, PERSON_ID, Town, penal
from signing_in import browser


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture(scope="module")
def listed(town: Town) -> Town:
    """A penalty in public, and a natural person of whom something is kept."""
    person = penal(
        CF_XDR_MC=PERSON, CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_FRDB="", CF_XDR_ZJLX="身份证",
        CF_XDR_ZJHM=PERSON_ID, CF_WSH="潼示罚〔2026〕9号", KZ_SXCD="一般",
    )  # fmt: skip
    assert town.hand_in([person], "个人.csv").new == 1
    town.relist()
    return town


def test_public_ids_are_random_and_none_leads_to_the_next(listed: Town) -> None:
    ids = [UUID(listed.public_id(c)) for c in (CODE, OTHER)]
    assert {i.version for i in ids} == {4} and abs(ids[0].int - ids[1].int) > 2**64
    client = browser()
    for step in (1, -1, 2**64):
        assert client.get(f"/subject/{UUID(int=ids[0].int + step)}").status_code == 404


def test_unknown_subjects_and_records_give_one_answer_whatever_is_tried(listed: Town) -> None:
    client = browser()
    nobody = client.get("/subject/00000000-0000-4000-8000-000000000000")
    for tried in (CODE, OTHER, "1", "2", "0", "-1", PERSON_ID, PERSON, "%00", "..", "a" * 3000, "record"):
        answer = client.get(f"/subject/{tried}")
        assert (answer.status_code, answer.content) == (404, nobody.content), tried
    nothing = client.get("/record/00000000-0000-4000-8000-000000000000")
    inner = listed.owned["record"]
    for tried in ("1", inner, UUID(inner), "a" * 3000):
        answer = client.get(f"/record/{tried}")
        assert (answer.status_code, answer.content) == (404, nothing.content), tried


def test_the_number_that_a_department_s_record_has_inside_opens_nothing_outside(listed: Town) -> None:
    page = text(browser().get("/publicity/penalties"))
    found = re.findall(r'href="/record/([^"]+)"', page)
    assert found and listed.owned["record"] not in page
    assert all(UUID(f).hex != listed.owned["record"] for f in found)


def test_a_search_has_no_second_page_and_never_more_than_it_says(town: Town) -> None:
    from abused import registered

    from sampledistrict.codes import uscc

    rows = [
        registered(f"重庆示例枚举{n:03}有限公司", uscc("91", "500152", f"YY0{n + 3000:05}"))
        for n in range(60)
    ]
    town.hand_in(rows, "许多.csv", "DJZC")
    client = browser()
    first = text(client.get("/search", {"q": "示例枚举"}))
    assert first.count('href="/subject/') == 20 and "显示前 20 个主体" in first
    for more in ({"page": "2"}, {"at": "x"}, {"offset": "20"}, {"limit": "500"}, {"cursor": "20"}):
        assert text(client.get("/search", {"q": "示例枚举", **more})) == first
    api = client.get("/api/v1/search", {"q": "示例枚举", "limit": "50"}).json()
    assert len(api["found"]) == 50 and set(api) == {"found"}
    assert client.get("/api/v1/search", {"q": "示例枚举", "limit": "51"}).status_code == 422


@pytest.mark.parametrize("sought", ["%", "_", "*", "%示例%", "_" * 18, "9%", "'", "\\", "?", ".."])
def test_a_search_for_signs_is_not_a_search_for_everything(town: Town, sought: str) -> None:
    page = browser().get("/search", {"q": sought})
    assert page.status_code < 500 and OTHER not in text(page) and CODE not in text(page)


@pytest.mark.parametrize("sought", [CODE[:10], CODE[:17], CODE[8:], "91500152"])
def test_a_part_of_a_code_finds_nobody(town: Town, sought: str) -> None:
    assert CODE not in text(browser().get("/search", {"q": sought}))
    assert browser().get("/api/v1/search", {"q": sought}).json()["found"] == []


@pytest.mark.parametrize("sought", [PERSON, PERSON_ID, PERSON[:2], PERSON_ID[:6]])
def test_nobody_finds_a_natural_person_by_any_public_way(listed: Town, sought: str) -> None:
    client = browser()
    for path, name in (
        ("/search", "q"),
        ("/publicity/penalties", "q"),
        ("/api/v1/search", "q"),
        ("/c/search", "q"),
    ):
        said = text(client.get(path, {name: sought}))
        assert f"{PERSON}</a>" not in said and "潼示罚〔2026〕9号" not in said, path
    for path in (f"/api/v1/subjects/{sought}", f"/api/v1/subjects/{sought}/archive"):
        nobody = client.get(path.replace(sought, "110105199003077737"))
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == (404, nobody.json()), path


def test_an_enterprise_never_registered_and_one_only_named_in_a_penalty_answer_alike(town: Town) -> None:
    from sampledistrict.codes import uscc

    named, never = uscc("91", "500152", "YY000555"), uscc("91", "500152", "YY000556")
    row = penal(CF_XDR_SHXYM=named, CF_XDR_MC="重庆示例只在处罚里有限公司", CF_WSH="潼示罚〔2026〕55号")
    assert town.hand_in([row], "只在处罚里.csv").new == 1
    for path in ("/search?q={}", "/api/v1/subjects/{}", "/api/v1/subjects/{}/archive"):
        a, b = (browser().get(path.format(code)) for code in (named, never))
        assert a.status_code == b.status_code
        assert text(a).replace(named, "") == text(b).replace(never, ""), path


def test_who_asks_too_often_waits_whatever_token_or_address_it_invents(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinyong.website.api import limits

    monkeypatch.setattr(limits, "ANONYMOUS", 5)
    client = browser()
    answers = []
    for n in range(8):
        invented = {
            "Authorization": f"Bearer xyt_{n}",
            "X-Forwarded-For": f"192.0.2.{n}",
            "X-Real-Ip": f"192.0.2.{n}",
        }
        answers.append(client.get(f"/api/v1/subjects/{CODE}", headers=invented).status_code)
    assert answers == [401] * 5 + [429] * 3


def test_numbers_of_reports_can_not_be_counted_through(town: Town) -> None:
    from xinyong.services.creditreport import numbers

    mine, client = town.owned["report"], browser()
    near = [mine[:-6] + f"{n:06}" for n in range(20)]
    right = [
        n
        for n in near
        if numbers.canonical(n) and client.get(f"/verify/{n}").status_code == 200 and n != mine
    ]
    assert right == [] and NAME not in text(client.get(f"/verify/{near[0]}"))


def test_logging_in_and_registering_do_not_tell_which_names_exist(town: Town) -> None:
    from signing_in import open_account

    open_account("center", "示例存在")
    client = browser()
    said = []
    for name in ("示例存在", "示例不在"):
        page = text(client.post("/login/", {"login": name, "password": "Wrong-horse-9"}))
        said.append(re.sub(r'value="[^"]*"', "", page))
    assert said[0] == said[1]
