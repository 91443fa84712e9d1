"""What a visitor of the public site sees, and what nobody sees."""

from __future__ import annotations

import re
import uuid

import pytest
from site_rows import CODE, NAME, registered

from sampledistrict.codes import person_id, uscc

GENERAL = {"KZ_SXCD": "一般", "CF_JDRQ": "2026-06-18", "CF_YXQ": "2029-06-18"}


def test_home_offers_a_search_and_marks_fiction(confirmed, visitor):
    page = visitor.text("/")
    assert "信用中国" in page and 'action="/search"' in page
    assert "虚构" in page


def test_home_of_a_real_district_has_no_such_mark(district, visitor, write_csv):
    real = registered(name="重庆真实甲乙商贸有限公司")
    district.intake(write_csv([real]), "DJZC")
    assert "虚构" not in visitor.text("/")


def test_home_shows_the_latest_open_items_only(confirmed, visitor, penalty, write_csv):
    confirmed.intake(write_csv([penalty()]), "XZCF")
    page = visitor.text("/").partition("最近归集")[2]
    assert "登记注册基本信息" in page and "行政处罚" not in page


def test_home_forgets_a_submission_that_was_undone(confirmed, visitor):
    from datetime import UTC, datetime

    from xinyong.collection.undo import undo
    from xinyong.foundation.audit import Who

    submission = confirmed.one("SELECT max(id) FROM submission")
    undo(confirmed.connect(autocommit=False), submission, "误报", Who("甲", "center"), datetime.now(UTC))
    assert "还没有归集" in visitor.text("/")


@pytest.mark.parametrize("text", [CODE, NAME, "甲乙商贸", "甲乙", "CQSLJYSM"])
def test_a_subject_is_found_and_leads_to_its_page(confirmed, visitor, text):
    page = visitor.text("/search", q=text)
    assert f'href="{visitor.address()}"' in page
    assert visitor.get(visitor.address()).status_code == 200


def test_nothing_found_says_what_to_try_next(confirmed, visitor):
    page = visitor.text("/search", q="没有这样的名字")
    assert "没有查到" in page and "请核对用字" in page


def test_an_empty_search_asks_for_words(visitor):
    response = visitor.get("/search", q=" ")
    assert response.status_code == 200 and "请输入" in response.content.decode()


@pytest.mark.parametrize("text", ["甲" * 101, "甲\x00乙", "甲\n乙"])
def test_a_search_that_cannot_be_meant_is_refused_in_words(visitor, text):
    response = visitor.get("/search", q=text)
    assert response.status_code == 400 and "不超过 100 字" in response.content.decode()


def test_what_was_typed_is_escaped(visitor):
    assert "<script>alert" not in visitor.text("/search", q="<script>alert(1)</script>")


def test_a_page_groups_records_by_class_with_dates_and_units(confirmed, visitor, penalty, write_csv):
    confirmed.intake(write_csv([penalty(**GENERAL)]), "XZCF")
    page = visitor.text(visitor.address())
    assert re.search(r"<h3[^>]*>行政管理信息</h3>\s*<h4>行政处罚（1 条）</h4>", page)
    assert '<time datetime="2026-06-18">2026年6月18日</time>' in page
    assert "0.2 万元" in page and "罚款金额（万元）" not in page


def test_a_page_with_a_violation_is_kept_out_of_search_engines(confirmed, visitor, penalty, write_csv):
    clean = visitor.get(visitor.address())
    assert "X-Robots-Tag" not in clean.headers and b"noindex" not in clean.content
    confirmed.intake(write_csv([penalty(**GENERAL)]), "XZCF")
    page = visitor.get(visitor.address())
    assert "noindex" in page.headers["X-Robots-Tag"] and b'content="noindex' in page.content


def test_nobody_sees_a_penalty_whose_degree_is_undecided(confirmed, visitor, penalty, write_csv):
    confirmed.intake(write_csv([penalty()]), "XZCF")
    assert "潼示罚" not in visitor.text(visitor.address())


def test_asking_for_an_earlier_day_leaves_later_records_out(confirmed, visitor, penalty, write_csv):
    confirmed.intake(write_csv([penalty(**GENERAL)]), "XZCF")
    assert "潼示罚" in visitor.text(visitor.address(), date="2026-06-18")
    before = visitor.get(visitor.address(), date="2026年6月17日")
    assert "潼示罚" not in before.content.decode() and "noindex" in before.headers["X-Robots-Tag"]


def test_a_day_before_everything_explains_why_the_page_is_empty(confirmed, visitor):
    page = visitor.text(visitor.address(), date="1999-01-01")
    assert "没有可以公开的信用信息" in page and "不是信用状况的评价" in page


@pytest.mark.parametrize("day", ["昨天", "2026-13-01", "2098-01-01"])
def test_a_day_that_cannot_be_is_refused_alike_for_known_and_unknown(confirmed, visitor, day):
    known = visitor.get(visitor.address(), date=day)
    unknown = visitor.get(f"/subject/{uuid.uuid4()}", date=day)
    assert known.status_code == unknown.status_code == 400
    assert known.content == unknown.content


def test_unknown_provisional_natural_and_malformed_look_the_same(confirmed, visitor, penalty, write_csv):
    stranger = uscc("91", "500152", "YY000010")
    provisional = penalty(
        CF_XDR_MC="重庆示例丙丁餐饮有限公司", CF_XDR_SHXYM=stranger, CF_WSH="乙1号", **GENERAL
    )
    person = penalty(
        CF_XDR_MC="示例丁", CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_FRDB="", CF_XDR_ZJLX="身份证",
        CF_XDR_ZJHM=person_id("19800101", 1), CF_WSH="丙1号", **GENERAL,
    )  # fmt: skip
    assert confirmed.intake(write_csv([provisional, person]), "XZCF").new == 2
    natural = confirmed.one("SELECT public_id FROM credit_subject WHERE scheme = 'person'")
    known = visitor.address()
    asked = [
        visitor.address(stranger), f"/subject/{natural}", f"/subject/{uuid.uuid4()}", "/subject/", "/subject/1",
        f"/subject/{CODE}", "/subject/a/b", "/subject/%00", known.upper().replace("/SUBJECT", "/subject"),
        known.replace("-", ""), known + "/",
    ]  # fmt: skip
    answers = [visitor.get(path) for path in asked]
    assert {a.status_code for a in answers} == {404}
    assert len({a.content for a in answers}) == 1
    assert len({tuple(sorted(a.headers.items())) for a in answers}) == 1


def test_neither_is_found_by_search(confirmed, visitor, penalty, write_csv):
    other = penalty(CF_XDR_MC="重庆示例丙丁餐饮有限公司", CF_XDR_SHXYM=uscc("91", "500152", "YY000010"))
    confirmed.intake(write_csv([other]), "XZCF")
    assert "没有查到" in visitor.text("/search", q="丙丁餐饮")


def test_every_look_is_logged(confirmed, visitor):
    visitor.get(visitor.address())
    visitor.get("/search", q="甲乙")
    visitor.get(f"/subject/{uuid.uuid4()}")
    looks = confirmed.owner().execute("SELECT role, what, records FROM look ORDER BY id").fetchall()
    assert looks == [("public", "archive", 1), ("public", "search", 1), ("public", "archive", 0)]


def test_a_search_costs_the_same_however_much_it_finds(district, visitor, counted, write_csv):
    rows = [
        registered(f"重庆示例甲乙{n}号商贸有限公司", uscc("91", "500152", f"YY00{n:04d}")) for n in range(12)
    ]
    district.intake(write_csv(rows), "DJZC")
    counted.statements.clear()
    assert visitor.text("/search", q="甲乙").count("/subject/") == 12
    assert len(counted.statements) <= 10


def test_a_page_costs_the_same_however_long_it_is(confirmed, visitor, counted, penalty, write_csv):
    rows = [penalty(**GENERAL, CF_WSH=f"潼示罚〔2026〕{n}号") for n in range(30)]
    confirmed.intake(write_csv(rows), "XZCF")
    address = visitor.address()
    counted.statements.clear()
    assert "行政处罚（30 条）" in visitor.text(address)
    assert len(counted.statements) <= 9
