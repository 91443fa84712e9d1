"""Reports on the web: the verification page for everybody, the rest for those who may."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest
from report_desk import CODE, COUNTER, NAME, OTHER, OWNER, PERSON, PERSON_ID, Office, registration

from tests.signing_in import as_role, browser


@pytest.fixture
def site(known: Office, web: Any) -> Office:
    """The office's district, ready to be browsed."""
    from xinyong.website.report import verifying

    verifying.limiter._asked.clear()
    return known


def text(response: Any) -> str:
    return str(response.content.decode())


def order(**more: str) -> dict[str, str]:
    return {"code": CODE, "use": "政府采购", "purpose": "本人申请", **more}


# verification


def test_anybody_verifies_a_report_by_its_number(site: Office) -> None:
    from xinyong.services.creditreport import numbers

    number = site.issue().number
    shown = browser().get("/verify", {"number": numbers.shown(number).lower()}, follow=True)
    said = text(shown)
    assert shown.status_code == 200 and ">真实</strong>" in said and "至今没有变化" in said and NAME in said
    assert shown.headers["X-Robots-Tag"] == "noindex, noarchive"


def test_of_a_persons_report_the_page_shows_nothing_but_genuine_and_current(
    site: Office, penalty: Any, write_csv: Any
) -> None:
    number = site.issue(COUNTER, PERSON_ID, name=PERSON).number
    said = text(browser().get(f"/verify/{number}"))
    assert ">真实</strong>" in said and PERSON not in said and "自然人（不显示内容）" in said


def test_a_slip_and_an_unknown_number_say_different_things_and_neither_shows_anything(site: Office) -> None:
    number = site.issue().number
    slip = number[:-1] + ("0" if number[-1] != "0" else "1")
    assert "写法不对" in text(browser().get(f"/verify/{slip}"))
    unknown = browser().get("/verify/500152202611230000000000000")
    assert unknown.status_code == 404


def test_a_file_is_held_against_what_was_issued(site: Office) -> None:
    issued = site.issue()
    client = browser()

    def handed(data: bytes) -> str:
        return text(client.post(f"/verify/{issued.number}", {"file": io.BytesIO(data)}))

    assert "一字不差" in handed(issued.pdf) and "一字不差" in handed(issued.json)
    assert "文件不一致" in handed(issued.pdf + b"\n")


def test_too_many_questions_from_one_place_have_to_wait(site: Office) -> None:
    number = site.issue().number
    client = browser()
    answers = [client.get(f"/verify/{number}").status_code for _ in range(31)]
    assert answers[0] == 200 and answers[-1] == 429


def test_the_limiter_forgets_with_time() -> None:
    from xinyong.website.report.limiting import Limiter

    limiter = Limiter(2, 60)
    assert [limiter.allows("a", t) for t in (0, 1, 2, 61)] == [True, True, False, True]
    assert limiter.allows("b", 2)


def test_the_public_keys_are_there_for_everybody(site: Office) -> None:
    raw = browser().get("/verify/public-keys.json").json()
    assert [k["algorithm"] for k in raw["keys"]] == ["Ed25519", "SM2-SM3"]


# ordering


def test_the_start_page_says_what_is_needed(site: Office) -> None:
    said = text(browser().get("/report/start"))
    assert "不评分、不评级" in said and "有效身份证件" in said and "不收取任何费用" in said


def test_an_enterprise_orders_and_fetches_its_own_report(site: Office) -> None:
    client = as_role("subject", subject_code=CODE)
    asked = client.post("/report/own", {"use": "政府采购", "profile": "ZX_565"}, follow=True)
    assert "报告已出具" in text(asked)
    address = re.search(r'href="(/report/file/[^"]+/zip)"', text(asked))
    assert address
    with zipfile.ZipFile(io.BytesIO(client.get(address[1]).content)) as archive:
        assert sorted(n.split(".", 1)[1] for n in archive.namelist()) == [
            "json",
            "json.sig",
            "pdf",
            "pdf.sig",
        ]
    assert "本人查询" in text(client.get("/report/own"))


def test_nobody_fetches_anothers_report(site: Office) -> None:
    number = site.issue(OWNER).number
    other = as_role("subject", subject_code=OTHER)
    for address in (f"/report/done/{number}", f"/report/file/{number}/pdf"):
        assert other.get(address).status_code == 404
        assert browser().get(address).status_code == 302


def test_a_window_orders_for_the_person_who_is_there(site: Office) -> None:
    client = as_role("counter")
    assert "写明用途" in text(client.get("/report/counter"))
    shown = client.get("/report/counter", {"purpose": "本人申请"})
    assert 'value="本人申请"' in text(shown)
    done = client.post("/report/counter", order(), follow=True)
    pdf = client.get(re.search(r'href="(/report/file/[^"]+/pdf)"', text(done))[1])  # type: ignore[index]
    assert pdf.content.startswith(b"%PDF") and pdf.headers["Cache-Control"] == "no-store"


def test_the_kiosk_gives_a_person_a_report_and_leaves_the_number_in_no_address(site: Office) -> None:
    client = as_role("counter")
    given = {"name": PERSON, "code": PERSON_ID, "use": "其他", "agreed": "on"}
    done = client.post("/report/kiosk", given, follow=True)
    assert "两分钟后本页自动关闭" in text(done)
    assert PERSON_ID not in str(done.redirect_chain) and PERSON not in text(done)


def test_the_kiosk_needs_consent(site: Office) -> None:
    client = as_role("counter")
    asked = client.post("/report/kiosk", {"name": PERSON, "code": PERSON_ID, "use": "其他"})
    assert asked.status_code == 400 and site.district.one("SELECT count(*) FROM report_issue") == 0


def test_a_bank_without_an_authorisation_is_refused_and_the_look_is_kept(site: Office) -> None:
    client = as_role("bank", provider="91500152YY0000706H")
    asked = client.post("/report/authorised", order(purpose="贷前审查"))
    assert asked.status_code == 403 and "请先取得信用主体的有效授权" in text(asked)


def test_a_bank_with_an_authorisation_gets_the_files_at_once(site: Office) -> None:
    from datetime import timedelta

    from xinyong.disclosure.authorisations import Terms, grant

    terms = Terms(
        "91500152YY0000706H",
        ("DJZC", "XZCF"),
        "贷前审查",
        site.today,
        site.today + timedelta(days=9),
        once=True,
    )
    grant(site.connection, OWNER, site.now, site.today, CODE, terms, site.district.book)
    client = as_role("bank", provider="91500152YY0000706H")
    given = client.post("/report/authorised", order(purpose="贷前审查"))
    assert given.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(given.content)) as archive:
        assert len(archive.namelist()) == 4


@pytest.mark.parametrize("role", ["auditor", "system_admin", "department_reviewer"])
@pytest.mark.parametrize("page", ["own", "counter", "kiosk", "authorised", "issue", "batch"])
def test_others_order_nothing(site: Office, role: str, page: str) -> None:
    assert as_role(role).get(f"/report/{page}", {"purpose": "看看"}).status_code == 403


def test_the_centre_sees_counts_by_purpose_and_the_layouts(site: Office) -> None:
    site.issue()
    centre = as_role("center")
    counted = text(centre.get("/report/statistics"))
    assert "共出具 <strong>1</strong> 份" in counted and counted.count("<tr>") >= 16
    assert "渝府办发〔2024〕89号" in text(as_role("center_reviewer").get("/report/profiles"))


def test_a_batch_is_ordered_watched_and_fetched(site: Office) -> None:
    from xinyong.services.creditreport import batches

    centre = as_role("center")
    given = {"listed": f"{CODE}\n\n{OTHER}", "use": "其他", "purpose": "年度核查"}
    page = centre.post("/report/batch", given, follow=True)
    assert "办理中" in text(page)
    number = batches.waiting(site.connection)[0]
    batches.run(site.connection, number, lambda: site.now, site.district.book)
    watched = {"purpose": "查看"}
    assert "已出具 1 份，未出具 1 份" in text(centre.get(f"/report/batch/{number}", watched))
    packed = b"".join(centre.get(f"/report/batch/{number}/download", watched).streaming_content)
    assert packed.startswith(b"PK")
    assert as_role("center", name="另一位").get(f"/report/batch/{number}", watched).status_code == 404


def test_hostile_names_stay_text_on_the_page(site: Office, write_csv: Any) -> None:
    name = "重庆示例<script>alert(1)</script>有限公司"
    row = registration(DJ_MC=name, DJ_SHXYM=OTHER)
    site.district.intake(write_csv([row], "other.csv"), "DJZC")
    later = site.later(seconds=5)
    number = later.issue(OWNER.__class__("它", "subject", OTHER), OTHER).number
    assert "<script>alert" not in text(browser().get(f"/verify/{number}"))
