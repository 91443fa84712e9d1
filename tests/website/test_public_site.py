"""Lists, details and the subject page over HTTP: what ended leaves no trace, and no page costs more than another."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from site_rows import CODE, registered

from sampledistrict.codes import person_id, uscc

GENERAL = {"KZ_SXCD": "一般", "CF_JDRQ": "2026-06-18", "CF_YXQ": "2029-06-18"}
TWIN, TWIN_NAME = uscc("91", "500152", "YY000010"), "重庆示例丙丁餐饮有限公司"
LISTS = ("permits", "penalties", "serious", "incentives", "commitments", "abnormal", "voluntary")
WARNED = "/publicity/penalties?kind=警告"
DAYS = ("", "2026-06-17", "2026-06-18", "2026-11-22")


def first_record(visitor: Any, column: str = "penalties") -> str:
    found = re.search(r'href="(/record/[0-9a-f]{32})"', visitor.text(f"/publicity/{column}"))
    assert found
    return found[1]


@pytest.mark.parametrize("column", LISTS)
def test_every_column_opens_and_says_what_it_holds(visitor, column):
    response = visitor.get(f"/publicity/{column}")
    assert response.status_code == 200 and "没有符合条件" in response.content.decode()


def test_an_unknown_column_is_no_page(visitor):
    assert visitor.get("/publicity/blacklist").status_code == 404


def test_violations_are_kept_out_of_search_engines_and_permits_are_not(stocked, visitor):
    for column, hidden in (("penalties", True), ("abnormal", True), ("permits", False)):
        for address in (f"/publicity/{column}", first_record(visitor, column)):
            response = visitor.get(address)
            assert response.status_code == 200
            assert ("noindex" in response.headers.get("X-Robots-Tag", "")) is hidden, address


def test_a_detail_page_says_until_when_and_on_what_ground(stocked, visitor):
    page = visitor.text(first_record(visitor))
    assert "最长公示至" in page and "2027年6月18日" in page and "第36号" in page
    assert "我要修复" in page and "证件号码" not in page


def test_ended_unknown_malformed_and_natural_records_look_the_same(
    stocked, visitor, noon, penalty, write_csv
):
    from xinyong.disclosure import ids

    person = penalty(CF_XDR_MC="示例丁", CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_FRDB="", CF_XDR_ZJLX="身份证",
                     CF_XDR_ZJHM=person_id("19800101", 1), CF_WSH="丙1号", **GENERAL)  # fmt: skip
    undecided = penalty(CF_WSH="丁1号", KZ_SXCD="", CF_JDRQ="2026-06-18", CF_YXQ="2029-06-18")
    assert stocked.intake(write_csv([person, undecided], "p.csv"), "XZCF").new == 2
    internal = stocked.owner().execute(
        "SELECT replace(record_id::text, '-', '') FROM record_version WHERE born = (SELECT max(id) FROM submission)"
    )
    live = first_record(visitor)
    noon(date(2027, 6, 19))
    asked = [live, f"/record/{'0' * 32}", "/record/", "/record/1", "/record/a/b", live.upper().lower() + "/"]
    asked += [f"/record/{ids.public_id(r[0])}" for r in internal] + [live.replace("/record/", "/record/0")]
    answers = [visitor.get(path) for path in asked]
    assert {a.status_code for a in answers} == {404} and len({a.content for a in answers}) == 1
    assert len({tuple(sorted(a.headers.items())) for a in answers}) == 1


def test_internal_numbers_of_records_are_no_addresses(stocked, visitor):
    internal = stocked.one("SELECT replace(record_id::text, '-', '') FROM public_listing LIMIT 1")
    assert visitor.get(f"/record/{internal}").status_code == 404
    assert internal not in visitor.text("/publicity/penalties")


def answers(visitor: Any, address: str) -> dict[str, bytes]:
    """Everything the public can ask about a subject, on any day."""
    asked = [f"{address}?date={day}" if day else address for day in DAYS]
    asked += [
        f"{address}?class=行政管理信息&page=2",
        "/search?q=丙丁餐饮",
        f"/search?q={TWIN}",
        "/search?q=戊1号",
    ]
    asked += [f"/publicity/{column}?q={text}" for column in LISTS for text in ("丙丁", "戊1号", "")]
    asked += [
        "/publicity/penalties?kind=罚款",
        WARNED,
        "/publicity/penalties?since=2026-06-18&until=2026-06-18",
    ]
    return {path: visitor.get(path).content for path in asked}


ENDS = {
    "repair": lambda act: act("repair"),
    "withdrawn": lambda act: act("withdrawn"),
    "shielding": lambda act: act("shielding", until=date(2027, 1, 31)),
}


@pytest.mark.parametrize(("end", "worker"), [("repair", True), ("withdrawn", False), ("shielding", False)])
def test_after_its_end_a_record_is_as_if_it_had_never_been(
    stocked, visitor, relisted, penalty, write_csv, end, worker
):
    """The same subject before it had the record and after the record ended: every answer, byte for byte."""
    from xinyong.disclosure import actions
    from xinyong.foundation.audit import Who

    stocked.intake(write_csv([registered(TWIN_NAME, TWIN)], "twin.csv"), "DJZC")
    relisted()
    address = visitor.address(TWIN)
    never = answers(visitor, address)
    row = penalty(**GENERAL, CF_XDR_MC=TWIN_NAME, CF_XDR_SHXYM=TWIN, CF_WSH="戊1号", CF_CFLB="警告;罚款")
    stocked.intake(write_csv([row], "one.csv"), "XZCF")
    relisted()
    had = answers(visitor, address)
    assert had != never and "戊1号".encode() in had[WARNED]
    record = stocked.one(
        "SELECT replace(record_id::text, '-', '') FROM public_listing WHERE document = '戊1号'"
    )

    def act(kind: str, **said: Any) -> None:
        who = Who("示例审核员", "center_reviewer", purpose="测试")
        c, now = stocked.connect(), datetime.now(UTC)
        actions.mark(c, who, now, kind, [record], "测试", basis="潼示函〔2026〕1号", **said)

    ENDS[end](act)
    if worker:
        relisted()
    after = answers(visitor, address)
    assert [path for path in never if after[path] != never[path]] == []


def test_after_its_time_a_record_is_as_if_it_had_never_been(
    stocked, visitor, noon, relisted, penalty, write_csv
):
    stocked.intake(write_csv([registered(TWIN_NAME, TWIN)], "twin.csv"), "DJZC")
    relisted()
    later = date(2027, 1, 4)
    noon(later)
    never = answers(visitor, visitor.address(TWIN))
    minor = {"CF_JDRQ": "2026-01-03", "CF_YXQ": "2028-01-03", "KZ_SXCD": "一般"}
    row = penalty(**minor, CF_XDR_MC=TWIN_NAME, CF_XDR_SHXYM=TWIN, CF_WSH="戊1号")
    noon(date(2026, 11, 23))
    stocked.intake(write_csv([row], "one.csv"), "XZCF")
    relisted()
    assert "戊1号" in visitor.text(visitor.address(TWIN))
    noon(later)
    after = answers(visitor, visitor.address(TWIN))
    assert [path for path in never if after[path] != never[path]] == []


def test_htmx_gets_the_part_and_everybody_else_the_page(stocked, visitor):
    for address in ("/publicity/penalties", visitor.address()):
        whole = visitor.get(address)
        part = visitor.client.get(address, headers={"HX-Request": "true"})
        restored = visitor.client.get(
            address, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
        )
        assert part.content.strip().startswith(b'<div id="records">') and b"<html" not in part.content
        assert part.content.strip() in whole.content and restored.content == whole.content
        assert {r.headers["Vary"] for r in (whole, part)} >= {"HX-Request"} or "HX-Request" in whole.headers[
            "Vary"
        ]
        assert "HX-Request" in part.headers["Vary"]


def test_a_list_page_costs_the_same_however_many_records_and_subjects_it_shows(
    confirmed, visitor, counted, relisted, penalty, write_csv
):
    def cost() -> int:
        counted.statements.clear()
        visitor.text("/publicity/penalties", kind="罚款")
        return len(counted.statements)

    confirmed.intake(write_csv([penalty(**GENERAL)], "one.csv"), "XZCF")
    relisted()
    cost()  # layouts are read once per process
    one = cost()
    companies = [(f"重庆示例甲乙{n}号商贸有限公司", uscc("91", "500152", f"YY01{n:04d}")) for n in range(19)]
    confirmed.intake(write_csv([registered(*c) for c in companies], "companies.csv"), "DJZC")
    rows = [penalty(**GENERAL, CF_XDR_MC=n, CF_XDR_SHXYM=c, CF_WSH=f"乙{c}号") for n, c in companies]
    confirmed.intake(write_csv(rows, "many.csv"), "XZCF")
    relisted()
    assert cost() == one <= 10 and visitor.text("/publicity/penalties").count("/record/") == 20


def test_home_and_detail_have_a_fixed_price(stocked, visitor, counted):
    record = first_record(visitor)
    for address, price in (("/", 6), (record, 9), (visitor.address(), 9)):
        visitor.get(address)
        counted.statements.clear()
        assert visitor.get(address).status_code == 200
        assert len(counted.statements) <= price, (address, counted.statements)


def test_the_subject_page_pages_a_class_and_counts_the_whole(stocked, visitor):
    address = visitor.address()
    page = visitor.text(address, **{"class": "行政管理信息", "page": "4"})
    assert "行政处罚（30 条）" in page or "行政许可（1 条）" in page
    assert "第 4 页，共 4 页" in page and page.count('class="record"') == 2  # registration and the last one
    assert visitor.text(address, **{"class": "行政管理信息", "page": "99"}) == page
    assert visitor.text(address, **{"class": "没有的类别"}) == visitor.text(address)


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"since": "昨天"}, "日期不能识别"), ({"since": "2026-06-02", "until": "2026-06-01"}, "开始日期晚于结束日期"),
     ({"department": "XX"}, "没有这个部门"), ({"kind": "流放"}, "没有这个类别"), ({"at": "1"}, "翻页的位置"),
     ({"q": "甲\n乙"}, "不能识别的字符"), ({"q": "甲" * 101}, "不超过 100 字")],
)  # fmt: skip
def test_a_filter_that_cannot_be_meant_is_refused_in_words(visitor, asked, said):
    response = visitor.get("/publicity/penalties", **asked)
    assert response.status_code == 400 and said in response.content.decode()


def test_guides_lead_to_where_it_is_done_and_to_the_window(visitor):
    for path, done in (("/services/objection", "/own/objections"), ("/services/repair", "/own/repairs")):
        page = visitor.text(path)
        assert done in page and "政务服务大厅" in page and "<form" not in page.partition("<main")[2]


def test_large_type_is_a_cookie_that_says_nothing_else_and_leads_back(visitor):
    back = {"referer": "http://localhost/services?x=1"}
    response = visitor.client.post("/display", {"mode": "elder"}, headers=back)
    assert (response.status_code, response.headers["Location"]) == (303, "/services?x=1")
    assert (
        visitor.client.cookies["display"].value == "elder" and visitor.client.cookies["display"]["httponly"]
    )
    assert 'class="elder"' in visitor.text("/services")
    visitor.client.post("/display", {"mode": "usual"}, headers=back)
    assert 'class="elder"' not in visitor.text("/services")


@pytest.mark.parametrize(
    "referer", ["", "http://evil.example/x", "http://localhost//evil.example", "nonsense"]
)
def test_large_type_never_leads_to_another_site(visitor, referer):
    response = visitor.client.post("/display", {"mode": "elder"}, headers={"referer": referer})
    assert response.headers["Location"] == "/"


def test_visits_are_counted_by_day_and_kind_and_nothing_else(visitor, look, monkeypatch):
    from xinyong.website.public import answering, visits

    monkeypatch.setattr(answering, "gathering", visits.Gathering())
    for _ in range(visits.AT_ONCE):
        visitor.get("/services")
    assert look("SELECT array_agg(day || kind || visits) FROM page_visit") == ["2026-11-23service20"]
    visitor.get("/nothing")
    visitor.client.get("/publicity/penalties", headers={"HX-Request": "true"})
    assert answering.gathering.note(date(2026, 11, 23), "x") == []
    assert look("SELECT sum(visits) FROM page_visit") == visits.AT_ONCE


def test_home_tells_the_visits_up_to_yesterday(stocked, visitor):
    from xinyong.website.public import visits

    visits.add(stocked.app, [(date(2026, 11, 22), "home", 1234), (date(2026, 11, 23), "home", 99)])
    visits.add(stocked.app, [(date(2026, 11, 22), "home", 1)])
    page = visitor.text("/")
    assert "1,235<small>次" in page and "页面浏览（截至昨日）" in page


def test_home_shows_figures_with_their_tables(stocked, visitor):
    page = visitor.text("/")
    assert "32<small>条" in page  # on show: thirty penalties, a permit, an entry among the abnormal
    assert re.search(r'<th scope="row">2026-06</th><td class="number">0</td><td class="number">30</td>', page)
    assert page.count('class="chart"') == page.count("<details open>") == 2


def test_a_document_number_finds_its_document(stocked, visitor):
    page = visitor.text("/search", q="潼示罚[2026]7号")
    assert "1 份文书号相同" in page and re.search(r'href="/record/[0-9a-f]{32}">潼示罚〔2026〕7号</a>', page)


def test_a_subject_that_is_a_stranger_to_the_register_appears_in_no_list(
    stocked, visitor, relisted, penalty, write_csv
):
    row = penalty(**GENERAL, CF_XDR_MC=TWIN_NAME, CF_XDR_SHXYM=TWIN, CF_WSH="戊1号")
    stocked.intake(write_csv([row], "one.csv"), "XZCF")
    relisted()
    assert "丙丁" not in visitor.text("/publicity/penalties", q="戊1号").partition('id="records"')[2]
    assert CODE not in visitor.text("/publicity/penalties", q=TWIN).partition('id="records"')[2]
