"""措施登记 as each role sees it: the organ registers from a record and ends; centre and auditor read; the subject is told."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import measure_desk as m
import pytest
from measure_desk import Desk
from signing_in import as_role

NEW, LIST, WHOLE, OWN = (
    "/console/department/measures/new", "/console/department/measures", "/console/centre/measures", "/own/measures",
)  # fmt: skip


def said(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, (answer.status_code, unescape(answer.content.decode())[:3000])
    return unescape(answer.content.decode())


@pytest.fixture
def finance(site: Desk) -> Any:
    return as_role("department_reviewer", name="财政审核员示例", provider=m.FINANCE)


@pytest.fixture
def labour(site: Desk) -> Any:
    return as_role("department_reviewer", name="人社审核员示例", provider=m.LABOUR)


def address(record: str) -> str:
    from xinyong.disclosure import ids

    return ids.public_id(record)


def filled(**changes: Any) -> dict[str, Any]:
    usual = {
        "document": "潼财采〔2026〕8号", "reason": "提供虚假材料谋取中标", "notified_on": "2026-06-20", "heard": "未提出",
        "decided": "2026-07-01", "begins": "2026-07-01", "months": "24", "competent": "yes",
    }  # fmt: skip
    return {**usual, **changes}


def test_from_the_document_number_to_the_record_to_the_measure_to_the_list(site: Desk, finance: Any) -> None:
    record = site.penalty()
    found = said(finance.get(f"{LIST}/find", {"item": "XZCF", "number": "潼财罚〔2026〕1号"}))
    link = re.search(r'href="(/console/department/measures/new\?record=[0-9a-f]{32})"', found)[1]
    assert link == f"{NEW}?record={address(record)}"
    page = said(finance.get(link))
    assert "登记这一项" in page and "不能登记：" in page and "12 至 36 个月" in page and "第七十七条" in page
    form = f"{link}&rule={m.PROCUREMENT}"
    assert "法律规定 12 至 36 个月" in said(finance.get(form))
    sent = finance.post(form, filled())
    one = said(finance.get(sent.url))
    for text in (
        "正在执行",
        "财政局",
        "潼财采〔2026〕8号",
        "2028-07-01",
        "潼财罚〔2026〕1号",
        "有效",
        "财政审核员示例",
    ):
        assert text in one, text
    assert "潼财采〔2026〕8号" in said(finance.get(LIST)) and "已登记" in one


def test_a_refusal_stands_on_the_form(site: Desk, finance: Any) -> None:
    form = f"{NEW}?record={address(site.penalty())}&rule={m.PROCUREMENT}"
    assert "不在法律规定的期限内" in said(finance.post(form, filled(months="48")), 400)
    unsure = {k: v for k, v in filled().items() if k != "competent"}
    assert "请核对后勾选确认" in said(finance.post(form, unsure), 400)
    assert "晚于决定日期" in said(finance.post(form, filled(notified_on="2026-07-02")), 400)
    assert site.district.one("SELECT count(*) FROM measure") == 0


def test_a_measure_that_is_not_possible_has_no_form(site: Desk, labour: Any) -> None:
    form = f"{NEW}?record={address(site.listing())}&rule={m.LISTED}"
    page = said(labour.get(form))
    assert "还是样例" in page and 'name="document"' not in page
    said(labour.post(form, filled()), 400)


def test_several_records_of_one_subject_may_be_its_ground(site: Desk, labour: Any) -> None:
    first, second = site.listing("潼人社列〔2025〕1号"), site.listing("潼人社列〔2025〕2号")
    form = f"{NEW}?record={address(first)}&rule={m.WAGES}"
    page = said(labour.get(form))
    assert "潼人社列〔2025〕2号" in page and 'name="months"' not in page
    given = filled(
        more=[second], notified_on="2025-07-08", decided="2025-07-20", begins="2025-07-20", ends=""
    )
    made = labour.post(form, given)
    assert made.status_code == 302
    site.mark("repair", second, organ=m.LABOUR)
    one = said(labour.get(made.url))
    assert "依据失效，已解除" in one and "措施因此解除" in one and "潼人社列〔2025〕2号）已经修复" in one


def test_a_record_that_ended_says_so_and_offers_nothing(site: Desk, finance: Any) -> None:
    record = site.penalty()
    site.mark("repair", record)
    page = said(finance.get(f"{NEW}?record={address(record)}&rule={m.PROCUREMENT}"))
    assert (
        "已经修复，不能再作为措施的依据" in page
        and "登记这一项" not in page
        and 'name="document"' not in page
    )


@pytest.mark.parametrize("record", ["", "x", "0" * 32])
def test_a_record_that_never_was_is_not_found(site: Desk, finance: Any, record: str) -> None:
    said(finance.get(NEW, {"record": record}), 404)


def test_from_the_archive_a_reviewer_comes_to_the_form_and_others_do_not(site: Desk, labour: Any) -> None:
    record = site.penalty()
    public_id = site.district.one("SELECT public_id::text FROM credit_subject WHERE value = %s", m.CODE)
    look = f"/console/look/{public_id}?purpose=核查&duty="
    assert f"{NEW}?record={address(record)}" in said(labour.get(look))
    assert NEW not in said(as_role("center").get(look))


def test_the_organ_lifts_and_the_page_says_so(site: Desk, finance: Any) -> None:
    made = site.barred()
    one = f"/console/measures/{made.number}"
    assert "解除这项措施" in said(finance.get(one)) and "延续这项措施" not in said(finance.get(one))
    said(finance.post(f"{one}/lift", {"reason": ""}), 400)
    assert finance.post(f"{one}/lift", {"reason": "已经整改完毕", "basis": ""}).status_code == 302
    page = said(finance.get(one))
    assert "已由机关解除" in page and "已经整改完毕" in page and "解除这项措施" not in page
    assert "已由财政审核员示例解除" in said(finance.post(f"{one}/mistaken", {"reason": "再次"}), 400)


def test_at_the_maximum_the_list_says_what_is_to_be_decided(site: Desk, labour: Any) -> None:
    entry = site.listing(YZ_GLQX="2026-10-31")
    site.mark("duties", entry, organ=m.LABOUR, value="unmet")
    made = site.followed(entry)
    assert "待处理" in said(labour.get(LIST, {"todo": "待处理"}))
    one = f"/console/measures/{made.number}"
    given = {"until": "2027-04-30", "reason": "仍未支付", "basis": "《示例办法》第十条"}
    assert labour.post(f"{one}/extend", given).status_code == 302
    assert "《示例办法》第十条" in said(labour.get(one)) and "2027-04-30" in said(labour.get(one))


def test_lists_are_filtered_by_state_and_name(site: Desk, finance: Any) -> None:
    made = site.barred()
    site.do("lift", m.FINANCE_REVIEWER, made.number, "已整改", "")
    assert made.document in said(finance.get(LIST, {"group": "已结束"}))
    assert made.document not in said(finance.get(LIST, {"group": "在执行"}))
    assert made.document in said(finance.get(LIST, {"subject": "甲乙"}))
    assert made.document not in said(finance.get(LIST, {"document": "没有这个文号"}))


def test_a_list_that_was_cut_says_so(site: Desk, finance: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from xinyong.regulation.measures import kept, queries

    older = site.barred()
    newer = site.register(site.terms(*older.records, document="潼财采〔2026〕9号"))
    cut = "只列出最近提交的 1 项，更早的没有列出"
    for reader, address in ((finance, LIST), (as_role("auditor"), WHOLE)):
        assert "更早的没有列出" not in said(reader.get(address))
    for module, name in ((kept, "MOST_LISTED"), (queries, "MOST")):
        monkeypatch.setattr(module, name, 1)
    for reader, address in ((finance, LIST), (as_role("auditor", name="示例审计二"), WHOLE)):
        page = said(reader.get(address))
        assert cut in page and newer.document in page and older.document not in page
    assert older.document in said(as_role("subject").get(OWN)), "of one subject everything is listed"


# others


def test_on_a_duty_the_measures_of_a_subject_are_read_and_the_subject_sees_who_did(
    site: Desk, labour: Any
) -> None:
    made = site.barred()
    public_id = site.district.one("SELECT public_id::text FROM credit_subject WHERE value = %s", m.CODE)
    look = f"/console/look/{public_id}"
    assert f"{look}/measures?purpose=" in said(labour.get(f"{look}?purpose=资格审查&duty="))
    page = said(labour.get(f"{look}/measures?purpose=资格审查"))
    assert (
        made.document in page
        and "到 2028-07-01（含当日）为止" in page
        and f"/console/measures/{made.number}" not in page
    )
    assert "登记的措施，1 条" in said(as_role("subject").get("/own/looks"))
    without = said(labour.get(f"{look}/measures"))
    assert "写明用途" in without
    assert made.document not in without and len(site.looks()) == 1
    said(labour.get("/console/look/00000000-0000-4000-8000-000000000000/measures?purpose=资格审查"), 404)
    said(as_role("bank").get(f"{look}/measures?purpose=资格审查"), 403)


def test_another_department_sees_nothing_of_it(site: Desk, labour: Any) -> None:
    made = site.barred()
    one = f"/console/measures/{made.number}"
    assert made.document not in said(labour.get(LIST))
    said(labour.get(one), 404)
    said(labour.get(f"{one}/lift"), 404)
    said(labour.post(f"{one}/lift", {"reason": "理由", "basis": ""}), 404)
    assert site.state(made).in_force


def test_the_departments_clerk_reads_and_registers_nothing(site: Desk) -> None:
    made, clerk = site.barred(), as_role("department", provider=m.FINANCE)
    assert made.document in said(clerk.get(LIST)) and "登记一项措施" not in said(clerk.get(LIST))
    assert "解除这项措施" not in said(clerk.get(f"/console/measures/{made.number}"))
    for path in (f"{LIST}/find", NEW, f"/console/measures/{made.number}/lift"):
        said(clerk.get(path), 403)


@pytest.mark.parametrize("role", ["center", "center_reviewer", "auditor"])
def test_centre_and_auditor_read_the_whole_register_and_change_nothing(site: Desk, role: str) -> None:
    made, reader = site.barred(), as_role(role)
    page, one = said(reader.get(WHOLE)), said(reader.get(f"/console/measures/{made.number}"))
    assert made.document in page and m.FINANCE_NAME in page and "解除这项措施" not in one
    said(reader.post(f"/console/measures/{made.number}/lift", {"reason": "理由"}), 403)
    assert site.district.one("SELECT count(*) FROM audit_entry WHERE action = 'measure.read'") == 1


@pytest.mark.parametrize(
    "role", ["bank", "agency", "counter", "system_admin", "security_admin", "audit_admin", "subject"]
)
def test_nobody_else_comes_near(site: Desk, role: str) -> None:
    made, other = site.barred(), as_role(role)
    for path in (LIST, f"{LIST}/find", NEW, WHOLE, f"/console/measures/{made.number}"):
        said(other.get(path), 403)


# the subject


def test_the_subject_reads_by_whom_by_which_law_until_when_and_what_it_can_do(site: Desk) -> None:
    record = site.penalty()
    site.register(site.terms(record))
    page = said(as_role("subject").get(OWN))
    for text in ("正在执行", m.FINANCE_NAME, "潼财采〔2026〕8号", "第七十七条", "2028-07-01", "行政复议", "行政诉讼",
                 "信用修复都不缩短它", f"/own/repairs/new?record={address(record)}",
                 f"/own/objections/new?record={address(record)}"):  # fmt: skip
        assert text in page, text
    assert "财政审核员示例" not in page, "who works there is not named"


def test_after_the_repair_the_subject_reads_that_it_is_lifted_and_why(site: Desk) -> None:
    made, owner = site.followed(), as_role("subject")
    assert "正在执行" in said(owner.get(OWN))
    site.mark("repair", *made.records, organ=m.LABOUR)
    page = said(owner.get(OWN))
    assert "依据失效，已解除" in page and "（潼人社列〔2025〕1号）已经修复，这项措施随之依法解除" in page
    assert "/own/repairs/new?record=" not in page


def test_after_the_repair_other_departments_learn_nothing_of_it(
    site: Desk, finance: Any, labour: Any
) -> None:
    made = site.followed()
    public_id = site.district.one("SELECT public_id::text FROM credit_subject WHERE value = %s", m.CODE)
    page = f"/console/look/{public_id}/measures?purpose=资格审查"
    assert made.document in said(finance.get(page))
    site.mark("repair", *made.records, organ=m.LABOUR)
    assert made.document not in said(finance.get(page)) and made.document in said(labour.get(page))


def test_a_neighbour_reads_nothing_of_it_and_the_public_neither(site: Desk) -> None:
    made = site.barred()
    site.take("DJZC", m.registered(m.OTHER, m.OTHER_NAME))
    page = said(as_role("subject", name="示例邻居", subject_code=m.OTHER).get(OWN))
    assert "没有登记过对本主体的措施" in page and made.document not in page
    public_id = site.district.one("SELECT public_id::text FROM credit_subject WHERE value = %s", m.CODE)
    public = said(as_role("public").get(f"/subject/{public_id}"))
    assert made.document not in public and made.rule.name not in public


def test_each_opening_shows_among_who_looked_at_me(site: Desk) -> None:
    made = site.barred()
    as_role("auditor").get(f"/console/measures/{made.number}")
    page = said(as_role("subject").get("/own/looks"))
    assert "登记的措施，1 条" in page and "查看措施登记" in page
