"""Who gets a report, and what stands in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from report_desk import (
    AUDITOR,
    BANK,
    CENTER,
    CODE,
    COUNTER,
    DEPARTMENT,
    NAME,
    OTHER,
    OWNER,
    PERSON,
    PERSON_ID,
    Office,
    registration,
)

from xinyong.kernel.errors import NotPermitted, Refused

COUNTS = ["行政管理", "诚实守信", "严重失信", "经营异常", "信用承诺", "信用评价", "司法判决", "其他"]
SECTIONS = [
    "一、登记注册基础信息", "二、行政管理信息", "三、诚实守信相关荣誉信息", "四、严重失信主体名单信息",
    "五、经营（活动）异常名录（状态）信息", "六、信用承诺信息", "七、信用评价信息", "八、司法判决及执行信息", "九、其他信息",
]  # fmt: skip


def looks(office: Office) -> list[tuple[str, str]]:
    rows = office.district.owner().execute("SELECT role, ground FROM look ORDER BY id").fetchall()
    return [tuple(r) for r in rows]


def authorise(office: Office, *, once: bool = False, items: tuple[str, ...] = ("DJZC", "XZCF")) -> Any:
    from xinyong.disclosure.authorisations import Terms, grant

    ends = office.today + timedelta(days=30)
    terms = Terms(BANK.provider, items, BANK.purpose, office.today, ends, once=once)
    return grant(office.connection, OWNER, office.now, office.today, CODE, terms, office.district.book)


def texts(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)


# what stands in it


def test_a_general_report_has_the_eight_counts_and_the_ten_sections(known: Office) -> None:
    body = known.body()
    assert [c["name"] for c in body["counts"]] == COUNTS
    assert [s["title"] for s in body["sections"]] == SECTIONS
    assert body["advice_title"] == "信用状况提升建议" and body["advice"]


def test_the_head_says_number_time_issuer_version_and_what_for(known: Office) -> None:
    body = known.body(note="2026 年第一批")
    assert body["subject"]["name"] == NAME and body["subject"]["code"] == CODE
    assert body["version"].startswith("V2.0") and body["issuer"] and body["purpose"] == "政府采购"
    assert body["number"].startswith("500152") and body["verify"].endswith(f"/verify/{body['number']}")
    assert body["purpose_note"] == "2026 年第一批" and body["subject"]["tags"] == ["存续"]


def test_records_stand_in_their_section_with_their_count(known: Office) -> None:
    body = known.body()
    penalties = body["sections"][1]["items"][0]["records"]
    assert body["counts"][0]["count"] == 2 == body["sections"][1]["count"]
    assert {r["title"] for r in penalties} == {"潼示罚〔2026〕1号", "潼示罚〔2026〕2号"}
    assert ["罚款金额", "0.2 万元"] in penalties[1]["fields"]


def test_an_empty_section_says_that_nothing_was_found_in_the_range(known: Office) -> None:
    assert known.body()["sections"][2]["empty"] == "在查询范围内未查询到此类信息。"


def test_it_says_what_was_and_what_was_not_queried(known: Office) -> None:
    body = known.body()
    asked = {q["code"]: q for q in body["queried"]}
    assert asked["XZCF"]["count"] == 2 and asked["XZCF"]["updated"] == known.today.isoformat()
    assert asked["YZSX"]["updated"] == "" and "ZCZY" not in asked
    assert any("征信系统" in x for x in body["not_queried"])


def test_it_scores_nothing(known: Office) -> None:
    body = known.body()
    said = texts({k: v for k, v in body.items() if k != "notes"})
    assert not [word for word in ("评分", "得分", "等级", "分值") if word in said]
    assert any("不评分、不评级" in note for note in body["notes"])


def test_numbers_of_persons_are_masked_whoever_asks(
    office: Office, write_csv: Callable[..., Any], penalty: Callable[..., Any]
) -> None:
    row = penalty(CF_FR_ZJLX="身份证", CF_FR_ZJHM=PERSON_ID)
    office.district.intake(write_csv([registration()], "dj.csv"), "DJZC")
    assert office.district.intake(write_csv([row], "cf.csv"), "XZCF").accepted == 1
    assert PERSON_ID not in texts(office.body())


def test_a_persons_report_shows_the_name_and_a_masked_number(person: Office) -> None:
    body = person.body(who=COUNTER, code=PERSON_ID, name=PERSON)
    assert body["form"] == "natural" and body["subject"]["name"] == PERSON
    assert body["subject"]["code"] == "110" + "＊" * 13 + "10"
    assert PERSON_ID not in texts(body) and body["counts"][0]["count"] == 1


def test_a_person_of_whom_nothing_is_kept_gets_a_report_that_says_so(office: Office) -> None:
    body = office.body(who=COUNTER, code=PERSON_ID, name=PERSON, profile="ZX_565")
    assert body["subject"]["name"] == PERSON and all(c["count"] == 0 for c in body["counts"])
    assert {s["empty"] for s in body["sections"]} == {"在查询范围内未查询到违法违规记录。"}


def test_a_name_that_is_not_the_numbers_gets_nothing(person: Office) -> None:
    with pytest.raises(Refused, match="姓名与证件号码对不上"):
        person.issue(COUNTER, PERSON_ID, name="示例别人")


def test_the_national_special_report_has_simple_procedure_penalties_the_city_one_has_not(
    known: Office,
) -> None:
    def titles(profile: str) -> set[str]:
        sections = known.body(profile=profile)["sections"]
        return {r["title"] for s in sections for i in s["items"] for r in i["records"]}

    assert titles("ZX_565") == {"潼示罚〔2026〕1号", "潼示罚〔2026〕2号"}
    assert titles("ZX_89") == {"潼示罚〔2026〕1号"}


def test_a_special_report_can_be_limited_to_a_time(known: Office) -> None:
    from xinyong.services.creditreport.profiles import Choices

    choice = Choices(begins=date(2026, 11, 19))
    assert known.body(profile="ZX_565", choices=choice)["counts"][0]["count"] == 0
    assert known.body(profile="ZX_565", choices=Choices(ends=date(2026, 11, 18)))["counts"][0]["count"] == 2


def test_a_special_report_can_be_limited_to_domains(known: Office) -> None:
    from xinyong.services.creditreport.profiles import Choices

    def count(domain: str) -> int:
        return int(known.body(profile="ZX_565", choices=Choices((domain,)))["counts"][0]["count"])

    provider = known.district.one("SELECT provider FROM submission WHERE item_code = 'XZCF'")
    assert provider and count("市场监管") == 2 and count("税务") == 0


@pytest.mark.parametrize(
    "options, code",
    [
        ({"profile": "ZX_999"}, "report_profile"),
        ({"purpose": "随便看看"}, "report_purpose"),
        ({"note": "说" * 101}, "report_text"),
    ],
)
def test_what_is_not_on_offer_is_refused(known: Office, options: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        known.issue(**options)
    assert refused.value.code == code


def test_choices_that_a_report_does_not_offer_are_refused(known: Office) -> None:
    from xinyong.services.creditreport.profiles import Choices

    for choice, code in (
        (Choices(("航天",)), "report_domain"),
        (Choices(begins=date(2026, 1, 1)), "report_period"),
    ):
        with pytest.raises(Refused) as refused:
            known.issue(choices=choice)
        assert refused.value.code == code


def test_what_is_repaired_is_no_longer_in_a_report(
    known: Office, write_csv: Callable[..., Any], penalty: Callable[..., Any]
) -> None:
    repaired = penalty(CF_WSH="潼示罚〔2026〕8号", KZ_CXLB="普通程序", KZ_XFZT="已修复")
    assert known.district.intake(write_csv([repaired], "repaired.csv"), "XZCF").accepted == 1
    body = known.later(seconds=5).body()
    assert body["counts"][0]["count"] == 2 and "潼示罚〔2026〕8号" not in texts(body)


def test_an_unknown_organisation_gets_no_report(known: Office) -> None:
    with pytest.raises(Refused) as refused:
        known.issue(CENTER, OTHER)
    assert refused.value.code == "report_unknown"


# who gets one


@pytest.mark.parametrize("who, ground", [
    (OWNER, "本人查询"), (COUNTER, "本人到场"), (CENTER, "履行法定职责"), (DEPARTMENT, "履行法定职责"),
])  # fmt: skip
def test_those_with_a_ground_get_a_report_and_the_look_is_logged(
    known: Office, who: Any, ground: str
) -> None:
    assert known.body(who=who)["ground"] == ground
    assert looks(known) == [(who.role, ground)]


def test_nobody_gets_anothers_report(known: Office) -> None:
    with pytest.raises(NotPermitted):
        known.issue(replace(OWNER, provider=OTHER))
    assert looks(known) == [("subject", "拒绝")]
    assert known.district.one("SELECT count(*) FROM report_issue") == 0


@pytest.mark.parametrize("who", [AUDITOR, replace(CENTER, role="center_reviewer"), replace(OWNER, role="public"),
                                 replace(CENTER, role="system_admin"), replace(CENTER, purpose="")])  # fmt: skip
def test_others_get_none(known: Office, who: Any) -> None:
    with pytest.raises(NotPermitted):
        known.issue(who)


def test_a_bank_gets_none_without_an_authorisation_and_its_try_is_logged(known: Office) -> None:
    with pytest.raises(NotPermitted, match="请先取得信用主体的有效授权"):
        known.issue(BANK)
    assert looks(known) == [("bank", "拒绝")]


def test_an_authorisation_that_does_not_fit_the_report_is_not_used_up(known: Office) -> None:
    authorise(known, once=True, items=("SDQX",))
    with pytest.raises(NotPermitted):
        known.issue(BANK, profile="ZX_565")
    assert known.district.one("SELECT count(*) FROM authorisation_end") == 0


def test_a_bank_gets_what_is_authorised_and_is_told_what_was_left_out(known: Office) -> None:
    authorise(known)
    body = known.body(who=BANK)
    assert {q["code"] for q in body["queried"]} == {"DJZC", "XZCF"}
    assert any("不在本次查询依据之内" in x and "严重失信主体名单" in x for x in body["not_queried"])


def test_an_authorisation_for_another_purpose_gives_none(known: Office) -> None:
    authorise(known)
    with pytest.raises(NotPermitted, match="用途"):
        known.issue(replace(BANK, purpose="营销"))


def test_an_authorisation_for_one_look_gives_one_report(known: Office) -> None:
    authorise(known, once=True)
    known.issue(BANK)
    with pytest.raises(NotPermitted):
        known.issue(BANK)
    assert known.district.one("SELECT count(*) FROM report_issue") == 1


def test_each_report_is_in_the_audit_trail_and_in_the_outbox(known: Office) -> None:
    number = known.issue(CENTER).number
    row = (
        known.district.owner()
        .execute("SELECT actor, target, detail FROM audit_entry WHERE action = 'report.issue'")
        .fetchone()
    )
    assert row[:2] == (CENTER.name, number) and row[2]["purpose"] == "政府采购"
    assert (
        known.district.one("SELECT body ->> 'number' FROM event WHERE kind = 'services.report_issued'")
        == number
    )


def test_reports_are_counted_by_purpose(known: Office) -> None:
    from xinyong.services.creditreport.queries import issue_counts

    for purpose in ("政府采购", "1", "其他"):
        known.issue(purpose=purpose)
    day = known.today
    counts = issue_counts(known.connection, day, day, known.district.book)
    assert counts["total"] == 3 and len(counts["by_purpose"]) == 15
    assert (counts["by_purpose"]["政府采购"], counts["by_purpose"]["税收优惠"]) == (2, 0)
    before = day - timedelta(days=1)
    assert issue_counts(known.connection, before, before, known.district.book)["total"] == 0


def test_the_application_cannot_change_an_issued_report(known: Office) -> None:
    import psycopg

    known.issue()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        known.connection.execute("UPDATE report_issue SET facts = ''")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        known.connection.execute("DELETE FROM report_issue")
