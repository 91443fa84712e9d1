"""两书同达: the repair letter goes with a decision that is served, reported already or not; each one handed out is noted."""

from __future__ import annotations

import re
from hashlib import sha256
from html import unescape
from typing import Any

import pytest
from case_desk import AUTHORITY, CODE, NAME, Desk
from signing_in import as_role

from sampledistrict.codes import person_id

AT = "/console/department/letters"
NUMBER = "潼示罚〔2026〕7号"
PERSON = person_id("19900307", 2)  # made up
TYPED = {
    "item": "XZCF", "name": NAME, "code": CODE, "document": NUMBER, "decided": "2026-11-20",
    "what": "未按规定公示年度报告，罚款“2000”元", "degree": "一般",
}  # fmt: skip


@pytest.fixture
def clerk(site: Desk) -> Any:
    return as_role("department", provider=AUTHORITY, name="示例信息员")


def said(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, unescape(answer.content.decode())[-3000:]
    return unescape(answer.content.decode())


def noted(site: Desk) -> list[tuple[str, dict[str, Any]]]:
    rows = site.c.execute("SELECT target, detail FROM audit_entry WHERE action = 'repair.letter' ORDER BY id")
    return [(target, detail) for target, detail in rows.fetchall()]


def printed(page: str) -> str:
    """The letter as it is read on paper, without blanks and its last line."""
    article = page[page.index("<article") : page.index("</article>")]
    text = re.sub(r"<[^>]*>", "", article[article.index(">") + 1 :])
    return "".join(text[: text.rindex("校验值")].split())


def test_a_letter_is_made_of_what_is_typed_before_the_decision_is_reported(site: Desk, clerk: Any) -> None:
    assert f'href="{AT}/new"' in said(clerk.get(AT))
    assert said(clerk.get(f"{AT}/new")) and noted(site) == []
    page = said(clerk.post(f"{AT}/new", TYPED))
    for part in (NAME, CODE, NUMBER, "罚款“2000”元", "一般", "自 2027-02-20 起", "10 个工作日"):
        assert part in page, part
    [(target, detail)] = noted(site)
    assert target == NUMBER and detail["typed"] and detail["rulebook"] == site.book.edition.id
    assert detail["digest"] == sha256(printed(page).encode()).hexdigest() and detail["digest"] in page
    assert site.told() and NUMBER not in str(site.told())  # it is not in the archive


def test_of_a_person_neither_number_nor_name_is_kept(site: Desk, clerk: Any) -> None:
    page = said(clerk.post(f"{AT}/new", {**TYPED, "name": "示例某", "code": PERSON}))
    assert PERSON not in page and "示例某" in page and "自然人的信息只归集、转报，不公示" in page
    [(_, detail)] = noted(site)
    assert PERSON not in str(detail) and "示例某" not in str(detail)
    assert "natural" not in detail and detail["code"] == ""


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"code": "91500152YY00000283"}, "代码不对"),
        ({"decided": "2026-11-24"}, "不能晚于今天"),
        ({"item": "XZXK"}, "选"),
        ({"what": ""}, "必填"),
        ({"degree": "特定严重"}, "特定严重"),  # of the rules of 2019
    ],
)
def test_what_is_typed_wrong_is_told_and_nothing_is_handed_out(
    site: Desk, clerk: Any, wrong: dict[str, str], why: str
) -> None:
    assert why in said(clerk.post(f"{AT}/new", {**TYPED, **wrong}), 400)
    assert noted(site) == []


def test_of_a_record_it_is_shown_first_and_noted_when_it_is_handed_out(site: Desk, clerk: Any) -> None:
    site.take("XZCF", site.make(CF_WSH=NUMBER, KZ_SXCD="一般"), provider=AUTHORITY)
    record = site.record(NUMBER)
    shown = said(clerk.get(f"{AT}/{record}"))
    assert NUMBER in shown and "校验值" not in shown and noted(site) == []
    page = said(clerk.post(f"{AT}/{record}"))
    [(target, detail)] = noted(site)
    assert target == record and not detail["typed"]
    assert detail["digest"] == sha256(printed(page).encode()).hexdigest()


def test_others_hand_out_none(site: Desk) -> None:
    site.take("XZCF", site.make(CF_WSH=NUMBER, KZ_SXCD="一般"), provider=AUTHORITY)
    other = as_role("department", provider=site.book.providers["CZJ"].code, name="别的部门")
    assert other.post(f"{AT}/{site.record(NUMBER)}").status_code == 404
    centre = as_role("center", name="示例业务员")
    assert [centre.get(f"{AT}/new").status_code, centre.post(f"{AT}/new", TYPED).status_code] == [403, 403]
    assert noted(site) == []


def test_a_letter_of_a_decision_of_their_days_may_name_the_degree_of_the_rules_of_2019(
    site: Desk, clerk: Any
) -> None:
    assert "特定严重" not in said(clerk.get(f"{AT}/new"))
    page = said(clerk.post(f"{AT}/new", {**TYPED, "decided": "2023-04-30", "degree": "特定严重"}))
    assert "失信程度：特定严重" in page


def test_the_paper_names_the_site_and_its_address(
    site: Desk, clerk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XINYONG_SITE_URL", "https://credit.example.gov.cn")
    page = printed(said(clerk.post(f"{AT}/new", TYPED)))
    assert "“信用中国（重庆潼南）”网站，网址https://credit.example.gov.cn，" in page and "在这里" not in page


def test_the_paper_of_what_can_not_be_repaired_says_so_and_by_which_rule(
    site: Desk, clerk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinyong.rights.repair import conditions

    monkeypatch.setattr(conditions, "barring", lambda window, book: "发改办财金〔2019〕527号 条文")
    page = printed(said(clerk.post(f"{AT}/new", {**TYPED, "degree": ""})))
    assert "适用的规则不许提前停止公示，不能修复。依据：发改办财金〔2019〕527号条文。" in page
    assert "还算不出" not in page and "仍须申请修复" not in page.partition("二、条件")[0]
