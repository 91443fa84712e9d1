"""Journeys over HTTP: a look challenged and answered, a hold, a request at the window, the sealed archive."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from persons_cast import AUTHORITY, CODE, NAME, NOW, OFFICER, OTHER, PERSON, POLICE, TODAY
from signing_in import as_role, open_account, signed_in

from xinyong.foundation.audit import Who
from xinyong.rights.persons import disposal

AT = "/console/persons/"


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[:3000]
    return str(answer.content.decode())


def owner(code: str = CODE, name: str = "示例企业主") -> Any:
    return signed_in(open_account("subject", name, subject_code=code))


def test_from_the_subjects_page_to_the_answer_on_it(site):
    site.look(OFFICER)
    subject, unit = owner(), as_role("department_reviewer", provider=POLICE)
    address = re.search(r'href="(/own/looks/[0-9a-f]{32})"', text(subject.get("/own/looks")))
    assert address is not None
    page = text(subject.get(address[1]))
    assert OFFICER.purpose in page and "2026-12-07" in page and OFFICER.name not in page
    assert text(subject.post(address[1], {"reason": " "}), 400)
    assert subject.post(address[1], {"reason": "没有往来"}).status_code == 302
    assert "待查看单位说明" in text(subject.get("/own/looks"))
    number = site.one("SELECT number FROM look_challenge")
    assert "没有往来" in text(unit.get(f"{AT}explain/{number}"))
    assert unit.post(f"{AT}explain/{number}", {"text": "案卷示例甲第九号"}).status_code == 302
    center, reviewer = as_role("center"), as_role("center_reviewer")
    assert "案卷示例甲第九号" in text(center.get(f"{AT}challenges/{number}"))
    said = {"finding": "unlawful", "reasons": "查无此案", "basis": "个人信息保护法第十三条"}
    assert center.post(f"{AT}challenges/{number}/answer", said).status_code == 403
    assert reviewer.post(f"{AT}challenges/{number}/answer", said).status_code == 302
    answered = text(subject.get(address[1]))
    assert "查无此案" in answered and "已认定为违规查看" in answered and "案卷示例甲第九号" not in answered
    assert "已认定为违规查看" in text(center.get(f"{AT}challenges"))


def test_another_subject_finds_nothing_at_that_address(site):
    site.look(OFFICER)
    address = re.search(r'href="(/own/looks/[0-9a-f]{32})"', text(owner().get("/own/looks")))
    assert address is not None
    neighbour = owner(OTHER, "示例邻居")
    assert neighbour.get(address[1]).status_code == 404
    assert neighbour.post(address[1], {"reason": "冒充"}).status_code == 404
    assert site.one("SELECT count(*) FROM look_challenge") == 0


def test_another_units_challenge_is_not_there(site):
    site.look(OFFICER)
    subject = owner()
    address = re.search(r'href="(/own/looks/[0-9a-f]{32})"', text(subject.get("/own/looks")))
    assert address is not None
    subject.post(address[1], {"reason": "没有往来"})
    number = site.one("SELECT number FROM look_challenge")
    other = as_role("department_reviewer", provider=AUTHORITY)
    assert other.get(f"{AT}explain/{number}").status_code == 404
    assert other.post(f"{AT}explain/{number}", {"text": "冒充"}).status_code == 404
    assert "没有质疑" in text(other.get(f"{AT}explain"))


def test_a_hold_from_asking_to_its_effect_on_the_page(site):
    center, reviewer, subject = as_role("center"), as_role("center_reviewer"), owner()
    filled = {
        "code": CODE, "organ": POLICE, "organ_name": "示例公安局", "document": "示公函〔2026〕1号", "instrument": "PIPL",
        "article": "第十八条第一款", "reason": "侦查需要", "ends": (TODAY + timedelta(30)).isoformat(),
    }  # fmt: skip
    assert "样例" in text(center.get(f"{AT}holds/new"))
    assert text(center.post(f"{AT}holds/new", filled | {"article": ""}), 400)
    assert reviewer.post(f"{AT}holds/new", filled).status_code == 403
    assert center.post(f"{AT}holds/new", filled).status_code == 302
    number = site.one("SELECT number FROM look_hold")
    site.district.owner().execute("UPDATE look_hold SET at = %s", [NOW])
    assert center.post(f"{AT}holds/{number}", {"act": "approve", "reason": "自批"}).status_code == 400
    assert reviewer.post(f"{AT}holds/{number}", {"act": "approve", "reason": "依据充分"}).status_code == 302
    site.district.owner().execute("UPDATE look_hold_step SET at = %s", [NOW])
    site.look(OFFICER, at=NOW + timedelta(minutes=1))
    assert OFFICER.purpose not in text(subject.get("/own/looks"))
    assert "保密中" in text(as_role("auditor").get(f"{AT}holds"))
    assert reviewer.post(f"{AT}holds/{number}", {"act": "lift", "reason": "结案"}).status_code == 302
    shown = text(subject.get("/own/looks"))
    assert OFFICER.purpose in shown and "依法保密至" in shown


def test_the_subject_reads_prints_and_takes_away_everything(site):
    site.look(OFFICER)
    subject = owner()
    assert "下载 JSON" in text(subject.get("/own/information"))
    page = text(subject.get("/own/information/copy"))
    assert NAME in page and OFFICER.purpose in page and OFFICER.name not in page
    answer = subject.get("/own/information/copy.json")
    told = json.loads(answer.content)
    assert told["subject"]["code"] == CODE and "attachment" in answer.headers["Content-Disposition"]
    assert "只适用于自然人" in text(subject.get("/own/information/deletion"))


def test_the_window_hands_out_a_masked_copy_and_enters_a_deletion(site):
    window = as_role("counter")
    shown = {"code": PERSON, "evidence": "居民身份证原件", "act": "page"}
    page = text(window.post(f"{AT}counter", shown))
    assert "潼示罚〔2026〕2号" in page and PERSON not in page
    file = window.post(f"{AT}counter", shown | {"act": "file"})
    assert PERSON not in file.content.decode() and json.loads(file.content)["for"] == "counter"
    chosen = text(window.post(f"{AT}counter", shown | {"act": "deletion"}))
    [record] = re.findall(r'name="records" value="([0-9a-f]{32})"', chosen)
    asked = shown | {"act": "deletion", "records": [record], "ground": "unlawful", "reason": "不是本人"}
    assert "请求已经提出" in text(window.post(f"{AT}counter", asked))
    number = site.one("SELECT number FROM person_request WHERE kind = 'deletion'")
    center, reviewer = as_role("center"), as_role("center_reviewer")
    assert "不是本人" in text(center.get(f"{AT}requests/{number}"))
    said = {"act": "grant", "reason": "核实属实", "basis": "第四十七条"}
    assert center.post(f"{AT}requests/{number}", said).status_code == 400
    assert reviewer.post(f"{AT}requests/{number}", said).status_code == 302
    assert "同意删除" in text(reviewer.get(f"{AT}requests"))


@pytest.mark.parametrize("act", ["page", "file"])
def test_a_copy_that_could_not_be_made_is_told_stays_due_and_is_made_again(site, monkeypatch, act):
    from xinyong.rights.persons import everything, requests

    window, shown = as_role("counter"), {"code": PERSON, "evidence": "居民身份证原件", "act": act}
    with monkeypatch.context() as broken:
        broken.setattr(everything, "written", lambda copy: 1 / 0)
        failed = text(window.post(f"{AT}counter", shown), 400)
    [asked] = requests.waiting(site.c)
    assert "副本没有做成" in failed and f"编号 {asked.number}" in failed and "潼示罚〔2026〕2号" not in failed
    assert "ZeroDivisionError" in (site.district.home / "log" / "faults.log").read_text("utf-8")
    center = as_role("center")
    assert "待提供" in text(center.get(f"{AT}requests"))
    assert "再次办理" in text(center.get(f"{AT}requests/{asked.number}"))
    assert "副本没有做成" not in text(window.post(f"{AT}counter", shown))
    [made] = site.district.owner().execute("SELECT number::text FROM person_request").fetchall()
    assert made == (asked.number,) and requests.waiting(site.c) == []
    assert site.actions().count("person.copy") == site.actions().count("person.copy_again") == 1


def test_the_window_is_told_what_is_wrong_with_a_number(site):
    window = as_role("counter")
    for code in ("", "123", CODE):
        answer = window.post(f"{AT}counter", {"code": code, "evidence": "证件", "act": "page"})
        assert answer.status_code == 400
    assert site.one("SELECT count(*) FROM person_request") == 0


def test_processing_is_exported_with_a_purpose_only(site):
    auditor = as_role("auditor")
    assert "职称和职业" in text(auditor.get(f"{AT}processing"))
    assert 'name="purpose"' in text(auditor.get(f"{AT}processing?export=csv"))
    answer = auditor.get(f"{AT}processing", {"export": "csv", "purpose": "合规审计"})
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "证件号码" in body and body.startswith("事项")


def test_an_assessment_is_written_by_one_and_signed_by_another(site):
    from xinyong.rights.persons.assessments import PARTS

    center, reviewer = as_role("center"), as_role("center_reviewer")
    page = text(center.get(f"{AT}assessments/new"))
    assert all(label in page for label, _ in PARTS.values())
    filled = {"title": "示例评估", **dict.fromkeys(PARTS, "写明了")}
    made = center.post(f"{AT}assessments/new", filled)
    assert made.status_code == 302
    assert "签署" not in re.findall(r"<button[^>]*>([^<]*)", text(center.get(made.url)))
    assert reviewer.post(made.url, {"act": "agree", "reason": "同意"}).status_code == 302
    assert "已签署" in text(reviewer.get(f"{AT}assessments"))


def test_the_sealed_archive_opens_on_a_ground_and_the_subject_is_told(site):
    after = TODAY.replace(year=2031) + timedelta(days=30)
    disposal.dispose(site.book, after, Who("系统", "system"), NOW)
    reviewer, subject = as_role("center_reviewer"), owner()
    page = text(reviewer.get(f"{AT}sealed"))
    record = re.search(rf"{AT}sealed/([0-9a-f]{{32}})", page)
    assert record is not None and "潼示罚" not in page
    address = f"{AT}sealed/{record[1]}"
    ground = {"instrument": "PIPL", "article": "第十三条", "matter": "法院调阅"}
    assert text(reviewer.post(address, ground | {"matter": " "}), 400)
    assert "潼示罚〔2026〕1号" in text(reviewer.post(address, ground))
    assert as_role("auditor").get(address).status_code == 403
    shown = text(subject.get("/own/looks"))
    assert "封存档案" in shown and "法院调阅" in shown
    assert "已封存" in text(subject.get("/own/information/copy"))
    assert "没有待处置的记录" in text(reviewer.get(f"{AT}sealed/ending"))


@pytest.mark.parametrize("page", ["holds", "requests", "processing", "assessments", "sealed", "challenges"])
def test_outsiders_see_none_of_it(site, page):
    for role in ("department", "bank", "counter", "subject", "system_admin", "security_admin"):
        assert as_role(role, name=f"外人{role}").get(f"{AT}{page}").status_code == 403


def test_an_authorisation_that_may_be_passed_on_says_so_before_and_after(site):
    from sampledistrict.codes import uscc

    bank, partner, subject = uscc("91", "500152", "YY000777"), uscc("91", "500152", "YY000555"), owner()
    filled = {
        "recipient": bank, "recipient_name": "示例银行", "items": ["XZCF"], "purpose": "贷前审查", "once": "period",
        "begins": TODAY.isoformat(), "ends": (TODAY + timedelta(9)).isoformat(),
    }  # fmt: skip
    assert '转给他人</th><td role="cell">不可以' in text(subject.post("/own/authorisations/new", filled))
    assert "代码不正确" in text(subject.post("/own/authorisations/new", filled | {"onward": "123"}), 400)
    confirm = text(subject.post("/own/authorisations/new", filled | {"onward": partner}))
    assert f"只能转给：{partner}" in confirm
    done = subject.post("/own/authorisations/new", filled | {"onward": partner, "confirmed": "yes"})
    assert done.status_code == 302 and f"只能转给：{partner}" in text(subject.get("/own/authorisations"))


def test_a_subject_of_which_nothing_is_kept_is_told_so(site):
    stranger = owner(OTHER, "示例新企业")
    for page in ("", "/copy", "/deletion"):
        text(stranger.get(f"/own/information{page}"))
    assert json.loads(stranger.get("/own/information/copy.json").content)["records"] == []


def test_a_report_that_a_held_organ_had_is_not_on_the_subjects_page_either(site):
    from xinyong.disclosure import holds, queries
    from xinyong.services.creditreport import queries as reports

    now, today = datetime.now(UTC), datetime.now(UTC).date()
    owner_ = site.district.owner()
    public = queries.find(site.c, CODE, 99).public_id
    columns = {
        "number": "R1", "at": now + timedelta(minutes=1), "actor": OFFICER.name, "role": "department",
        "provider": POLICE, "origin": "", "ground": "履行法定职责", "purpose": "其他", "note": "", "profile": "p",
        "form": "f", "subject": public, "subject_key": "k", "stated": "", "as_of": today, "known_at": 1, "moment": now,
        "items": "[]", "choices": "{}", "duty": "", "site": "", "edition": "", "layout": "", "records": 1, "facts": "",
        "pdf_sha256": "", "json_sha256": "", "pdf_signatures": "[]", "json_signatures": "[]",
    }  # fmt: skip
    marks = ", ".join(f"%({name})s" for name in columns)
    owner_.execute(f"INSERT INTO report_issue ({', '.join(columns)}) VALUES ({marks})", columns)
    assert len(reports.issued_about(site.c, "k")) == 1
    asked = holds.Terms(CODE, POLICE, "示例公安局", "函1", "PIPL", "第十八条", "侦查", today + timedelta(9))
    hold = holds.ask(site.c, Who("甲", "center"), now, today, asked, site.book)
    holds.approve(site.c, Who("乙", "center_reviewer"), now, today, hold.number, "依据充分", site.book)
    assert reports.issued_about(site.c, "k") == []
