"""A subject reads what is on it, who looked and whom it lets look — and nobody else reads any of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from signing_in import open_account, signed_in

from sampledistrict.codes import uscc
from xinyong.foundation.audit import PUBLIC, Who
from xinyong.kernel.errors import NotPermitted

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
TODAY = NOW.date()
CODE, NAME = "91500152YY00000282", "重庆示例甲乙商贸有限公司"
OTHER, OTHER_NAME = uscc("91", "500152", "YY000088"), "重庆示例丙丁餐饮有限公司"
BANK, BANK_NAME = uscc("91", "500152", "YY000777"), "重庆示例银行有限公司"
STRANGER = uscc("91", "500152", "YY000778")
AUTHORITY, AUTHORITY_NAME = "11500152YY0000239R", "重庆市潼南区市场监督管理局"
MINE, THEIRS, UNDECIDED = "潼示罚〔2026〕1号", "潼示罚〔2026〕99号", "潼示罚〔2026〕2号"
CLERK = "示例行员姓名"
PAGES = ("", "looks", "notices", "authorisations", "authorisations/new", "objections", "repairs")
OWNER, NEIGHBOUR = Who("示例企业", "subject", CODE), Who("示例邻居", "subject", OTHER)


def registered(name: str, code: str) -> dict[str, str]:
    return {
        "主体名称": name, "主体类别": "法人及非法人组织", "登记主体类型": "企业法人", "统一社会信用代码": code,
        "成立日期": "2019-03-05", "核准日期": "2020-01-02", "经营状态": "存续", "登记机关": "潼南区市场监督管理局",
    }  # fmt: skip


@dataclass
class Centre:
    """Two enterprises and a bank in the archive, and how others look at them."""

    district: Any

    def look(self, who: Who, code: str = CODE, at: datetime = NOW) -> Any:
        from xinyong.disclosure import queries

        return queries.archive(
            self.district.app, code, queries.Question(who, at, at.date()), self.district.book
        )

    def looks(self, who: Who = OWNER, **options: Any) -> Any:
        from xinyong.disclosure import looks

        return looks.looks_of(self.district.app, who, **options)

    def grant(self, who: Who = OWNER, **changes: Any) -> Any:
        from xinyong.disclosure.authorisations import Terms, grant

        usual = {"recipient": BANK, "items": ("XZCF",), "purpose": "贷前审查", "begins": TODAY,
                 "ends": TODAY + timedelta(days=30)}  # fmt: skip
        terms = Terms(**{**usual, **changes})
        return grant(self.district.app, who, NOW, TODAY, who.provider, terms, self.district.book)


@pytest.fixture
def centre(district: Any, monkeypatch: pytest.MonkeyPatch, web: Any) -> Centre:
    from xinyong.website.public import asking

    monkeypatch.setattr(asking, "clock", lambda: NOW)
    return Centre(district)


@pytest.fixture
def stocked(centre: Centre, penalty: Any, write_csv: Any) -> Centre:
    known = [registered(NAME, CODE), registered(OTHER_NAME, OTHER), registered(BANK_NAME, BANK)]
    centre.district.intake(write_csv(known, "known.csv"), "DJZC")
    general = {"KZ_SXCD": "一般", "CF_JDRQ": "2026-06-18", "CF_YXQ": "2029-06-18"}
    other = {"CF_XDR_MC": OTHER_NAME, "CF_XDR_SHXYM": OTHER}
    rows = [
        penalty(CF_WSH=MINE, **general),
        penalty(CF_WSH=UNDECIDED),
        penalty(CF_WSH=THEIRS, **general, **other),
    ]
    receipt = centre.district.intake(write_csv(rows, "penalties.csv"), "XZCF")
    assert receipt.rejected == 0, receipt.rules
    return centre


def subject(code: str = CODE, name: str = "示例企业") -> Any:
    return signed_in(open_account("subject", name, subject_code=code))


def text(response: Any) -> str:
    assert response.status_code == 200, response.content.decode()[:2000]
    return str(response.content.decode())


def filled(**changes: Any) -> dict[str, Any]:
    usual = {"recipient": BANK, "recipient_name": BANK_NAME, "items": ["XZCF", "DJZC"], "purpose": "贷前审查",
             "once": "period", "begins": "2026-11-23", "ends": "2026-12-23"}  # fmt: skip
    return {**usual, **changes}


# 我的信用


def test_the_page_says_what_is_there_who_sees_it_until_when_and_what_ends_it(stocked: Centre) -> None:
    said = text(subject().get("/own/"))
    [record] = [r for r in stocked.look(OWNER).records if MINE in r["fields"].values()]
    window = record["clocks"]["publicity"]
    assert record["public"] and window["until"] and window["earliest_repair"] <= TODAY.isoformat()
    for part in (
        MINE,
        NAME,
        window["sentence"],
        f"{window['until']} 以后，公示自动停止；共享和使用不因此停止，要停止的仍须申请修复",
        window["article"],
    ):
        assert part in said
    assert f"自 {window['earliest_repair']} 起已经可以申请" in said and "公共信用综合评价" in said


def test_adverse_records_come_first_and_are_counted(stocked: Centre) -> None:
    said = text(subject().get("/own/"))
    assert said.index(MINE) < said.index(UNDECIDED) < said.index("登记信息</h2>")
    figures = re.findall(r"<dd>(\d+)<small>", said)
    assert figures == ["2", "1", "1", "0", "0"]
    assert "程度待认定，未公示" in said


def test_the_name_of_who_decided_a_degree_stays_out(stocked: Centre) -> None:
    from xinyong.disclosure import actions

    reviewer = Who("审核员示例姓名", "department_reviewer", AUTHORITY, purpose="认定")
    [record] = [r["record"] for r in stocked.look(OWNER).records if UNDECIDED in r["fields"].values()]
    actions.decide_degree(stocked.district.app, reviewer, NOW, [record], "一般", "依裁量基准")
    said = text(subject().get("/own/"))
    assert (
        "由人认定" in said
        and "依裁量基准" in said
        and AUTHORITY_NAME in said
        and "审核员示例姓名" not in said
    )


def test_a_subject_about_which_nothing_was_collected_is_told_so(stocked: Centre) -> None:
    client = subject(STRANGER)
    assert "还没有归集到本主体的信息" in text(client.get("/own/"))
    for page in PAGES:
        text(client.get(f"/own/{page}"))


def test_an_account_not_yet_verified_sees_the_explanation_and_nothing_else(stocked: Centre) -> None:
    from xinyong.website.access import UNVERIFIED

    client = signed_in(open_account("subject", claimed_code=CODE))
    for page in PAGES:
        answer = client.get(f"/own/{page}")
        said = answer.content.decode()
        assert answer.status_code == 403 and UNVERIFIED in said and MINE not in said


def test_each_look_at_ones_own_page_is_logged_as_such(stocked: Centre) -> None:
    subject().get("/own/")
    [seen] = stocked.looks()
    assert seen.own and seen.purpose == "本主体查看“我的信用”" and seen.records == 3
    assert stocked.looks(others=True) == []


def test_many_records_stand_on_several_pages(stocked: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    from xinyong.website.own import views

    monkeypatch.setattr(views, "RECORDS", 1)
    client = subject()
    first, second = text(client.get("/own/")), text(client.get("/own/", {"page": "2"}))
    assert MINE in first and UNDECIDED not in first and UNDECIDED in second and MINE not in second
    assert "page=3" in second and 'rel="next"' not in text(client.get("/own/", {"page": "999"}))


# outsiders


def test_another_subject_sees_nothing_of_this_one_whatever_it_asks_for(stocked: Centre) -> None:
    granted = stocked.grant(recipient=STRANGER)
    stocked.look(Who("部门员示例", "department", AUTHORITY, purpose="只此一次的用途"))
    public_id = stocked.look(OWNER).subject["id"]
    client = subject(OTHER, "示例邻居")
    secrets = (MINE, UNDECIDED, NAME, CODE, granted.number, STRANGER, public_id, "只此一次的用途")
    names = ("code", "subject", "provider", "subject_code", "id", "number", "who", "public_id", "purpose")
    for page in PAGES:
        for value in (CODE, public_id, granted.number, NAME):
            said = text(client.get(f"/own/{page}", dict.fromkeys(names, value)))
            assert [s for s in secrets if s in said] == [], (page, value)
    assert THEIRS in text(client.get("/own/", {"code": CODE}))


def test_anothers_authorisation_is_not_there_to_be_taken_back(stocked: Centre) -> None:
    granted = stocked.grant()
    client = subject(OTHER, "示例邻居")
    address = f"/own/authorisations/{granted.number}/revoke"
    nobodys = "/own/authorisations/00000000-0000-4000-8000-000000000000/revoke"
    answers = [client.get(address), client.post(address, {"reason": "冒充"}), client.get(nobodys)]
    assert [a.status_code for a in answers] == [404, 404, 404]
    assert answers[0].content == answers[2].content
    assert stocked.district.one("SELECT count(*) FROM authorisation_end") == 0


def test_staff_have_no_pages_here(centre: Centre) -> None:
    for role in ("center", "department", "bank", "auditor", "system_admin"):
        client = signed_in(open_account(role))
        assert {client.get(f"/own/{page}").status_code for page in PAGES} == {403}


def test_the_log_is_read_by_nobody_but_its_subject(centre: Centre) -> None:
    for who in (PUBLIC, Who("甲", "center"), Who("乙", "auditor"), Who("丙", "subject", "")):
        with pytest.raises(NotPermitted):
            centre.looks(who)


# 谁看过我


def test_offices_and_roles_are_shown_and_the_people_who_work_there_are_not(stocked: Centre) -> None:
    open_account("department", CLERK)
    stocked.look(Who(CLERK, "department", AUTHORITY, purpose="行政审批核查"))
    stocked.look(Who("中心员示例姓名", "center", purpose="接待来访"))
    said = text(subject().get("/own/looks"))
    assert f"{AUTHORITY_NAME}（部门信息员）" in said and "行政审批核查" in said and "履行法定职责" in said
    assert "区信用中心（信用中心业务员）" in said
    assert CLERK not in said and "中心员示例姓名" not in said


def test_a_banks_look_stands_with_its_name_and_the_authorisation(stocked: Centre) -> None:
    granted = stocked.grant()
    stocked.look(Who(CLERK, "bank", BANK, purpose="贷前审查"))
    said = text(subject().get("/own/looks"))
    assert (
        BANK_NAME in said and "信用主体授权" in said and f"#a-{granted.number}" in said and CLERK not in said
    )


def test_an_attempt_that_was_refused_is_shown_too(stocked: Centre) -> None:
    with pytest.raises(NotPermitted):
        stocked.look(NEIGHBOUR)
    said = text(subject().get("/own/looks"))
    assert "其他信用主体" in said and "没有取得依据，已拒绝" in said
    assert OTHER not in said and OTHER_NAME not in said and "示例邻居" not in said


def test_what_the_platform_did_for_a_clerk_does_not_name_the_clerk(stocked: Centre) -> None:
    from xinyong.services.creditreport.actions import REMAKER

    stocked.look(Who(REMAKER, "center", purpose=f"为{CLERK}再次出具报告 1"))
    said = text(subject().get("/own/looks"))
    assert "本平台自动办理" in said and "再次出具已出具过的信用报告" in said and CLERK not in said


def test_the_public_is_counted_by_day_and_never_listed(stocked: Centre) -> None:
    for _ in range(3):
        stocked.look(PUBLIC)
    stocked.look(PUBLIC, at=NOW - timedelta(days=2))
    stocked.look(PUBLIC, at=NOW - timedelta(days=200))
    said = text(subject().get("/own/looks"))
    assert "被查看 4 次" in said and "这里还没有可以显示的查看" in said
    days = re.findall(r'<td>(2026-11-\d\d)</td><td class="number">(\d+)</td>', said)
    assert days == [("2026-11-23", "3"), ("2026-11-21", "1")]


def test_looks_are_newest_first_by_pages(stocked: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    from xinyong.website.own import views

    monkeypatch.setattr(views, "LOOKS", 2)
    for n in range(5):
        stocked.look(Who("甲", "center", purpose=f"第{n}次"), at=NOW + timedelta(minutes=n))
    client = subject()
    shown = [re.findall("第[0-4]次", text(client.get("/own/looks", {"page": str(p)}))) for p in (1, 2, 3)]
    assert shown == [["第4次", "第3次"], ["第2次", "第1次"], ["第0次"]]


def test_looks_at_a_subject_merged_into_this_one_count(district: Any, centre: Centre, penalty: Any,
                                                       write_csv: Any) -> None:  # fmt: skip
    from xinyong.collection import subjects_actions

    other = penalty(CF_XDR_SHXYM=OTHER, CF_XDR_MC=OTHER_NAME, CF_WSH=THEIRS)
    district.intake(write_csv([penalty(), other]), "XZCF")
    ids = [str(centre.look(Who("甲", "center"), code).subject["id"]) for code in (CODE, OTHER)]
    assert len(centre.looks()) == 1
    subjects_actions.merge(district.connect(), Who("甲", "center"), NOW, ids[1], ids[0], "同一企业")
    assert len(centre.looks()) == 2


def test_the_log_is_asked_by_its_index(stocked: Centre) -> None:
    from xinyong.disclosure import looks

    c = stocked.district.owner()
    c.execute("SET enable_seqscan = off")
    asked = {"subjects": [1], "others": True, "own": "本人查询", "upto": 51, "limit": 51, "skip": 0,
             "since": NOW, "refused": "拒绝", "only": None, "today": TODAY}  # fmt: skip
    for name in ("looks_of", "public_looks"):
        plan = "\n".join(r[0] for r in c.execute("EXPLAIN " + looks.SQL[name], asked).fetchall())
        assert "look_subject" in plan, plan
    plan = c.execute("EXPLAIN " + looks.SQL["uses"], {"ids": [1], "limit": 9}).fetchall()
    assert "look_authorised" in str(plan)


def test_the_number_of_statements_does_not_grow_with_the_looks(
    stocked: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    from xinyong.website import lending

    client, counted = subject(), []
    client.get("/own/looks")
    execute = psycopg.Cursor.execute

    def counting(self: Any, query: Any, *given: Any, **options: Any) -> Any:
        counted.append(str(query))
        return execute(self, query, *given, **options)

    def statements() -> int:
        with monkeypatch.context() as m:
            m.setattr(psycopg.Cursor, "execute", counting)
            lending.close_all()
            counted.clear()
            client.get("/own/looks")
            return len([q for q in counted if "look" in q or "name" in q])

    stocked.look(Who("甲", "center", purpose="一"))
    few = statements()
    for n in range(20):
        stocked.look(Who("甲", "department", AUTHORITY, purpose=f"{n}"))
    assert few > 0 and statements() == few


# 我的授权


def test_a_grant_is_read_again_before_it_is_made(stocked: Centre) -> None:
    client = subject()
    shown = text(client.post("/own/authorisations/new", filled()))
    assert "确认授权" in shown and BANK_NAME in shown and "与您填写的一致" in shown
    assert stocked.district.one("SELECT count(*) FROM authorisation") == 0
    done = text(client.post("/own/authorisations/new", filled(confirmed="yes"), follow=True))
    assert "授权已经作出" in done and BANK_NAME in done and BANK in done and "还没有用过" in done
    row = (
        stocked.district.owner().execute("SELECT value, recipient, items, once FROM authorisation").fetchall()
    )
    assert row == [(CODE, BANK, ["DJZC", "XZCF"], False)]


def test_the_form_begins_with_today_in_the_writing_a_date_field_reads(stocked: Centre) -> None:
    assert 'value="2026-11-23"' in text(subject().get("/own/authorisations/new"))


def test_changing_ones_mind_keeps_what_was_filled_in(stocked: Centre) -> None:
    said = text(subject().post("/own/authorisations/new", filled(change="yes")))
    assert f'value="{BANK}"' in said and re.search(r'value="XZCF"[^>]*checked', said)
    assert stocked.district.one("SELECT count(*) FROM authorisation") == 0


def test_a_grant_that_will_not_do_is_refused_in_words(stocked: Centre) -> None:
    wrong_digit = BANK[:-1] + ("0" if BANK[-1] != "0" else "1")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"recipient": wrong_digit}, "代码不正确"),
        ({"recipient_name": "重庆示例别家银行有限公司"}, f"登记的名称是“{BANK_NAME}”，与填写的不一致"),
        ({"items": []}, "请填写“允许看哪些信息”"),
        ({"items": ["没有"]}, "没有"),
        ({"begins": "2026-11-22"}, "不能早于今天"),
        ({"ends": "2026-11-22"}, "截止日早于起始日"),
        ({"ends": "明年"}, "“到哪一天止（含当日）”不能识别"),
        ({"purpose": " "}, "请填写“用途”"),
    ]
    client = subject()
    for changes, why in cases:
        for confirmed in ({}, {"confirmed": "yes"}):
            answer = client.post("/own/authorisations/new", filled(**changes, **confirmed))
            said = answer.content.decode().replace("&quot;", '"')
            assert answer.status_code == 400 and why in said, (changes, confirmed)
    assert stocked.district.one("SELECT count(*) FROM authorisation") == 0


def test_a_recipient_the_platform_does_not_know_is_said_to_be_unknown(stocked: Centre) -> None:
    shown = text(subject().post("/own/authorisations/new", filled(recipient=STRANGER)))
    assert "不能替您核对名称" in shown


def test_each_use_is_listed_and_taking_it_back_with_a_reason_ends_it(stocked: Centre) -> None:
    granted, bank = stocked.grant(), Who(CLERK, "bank", BANK, purpose="贷前审查")
    stocked.look(bank)
    client = subject()
    before = text(client.get("/own/authorisations"))
    assert "1 次" in before and "看了 2 条，用途：贷前审查" in before
    address = f"/own/authorisations/{granted.number}/revoke"
    after = text(client.post(address, {"reason": "业务已办结"}, follow=True))
    assert "授权已经撤回" in after and "现在没有有效的授权" in after and "已撤回" in after
    assert stocked.district.one("SELECT reason FROM authorisation_end") == "业务已办结"
    with pytest.raises(NotPermitted):
        stocked.look(bank)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("given", [{}, {"reason": " "}])
def test_taking_it_back_needs_no_reason(stocked: Centre, given: dict[str, str]) -> None:
    granted, client = stocked.grant(), subject()
    address = f"/own/authorisations/{granted.number}/revoke"
    assert "撤回的原因（选填）" in text(client.get(address))
    assert "授权已经撤回" in text(client.post(address, given, follow=True))
    assert stocked.district.one("SELECT kind || ':' || reason FROM authorisation_end") == "revoked:"


def test_a_forged_form_does_nothing(stocked: Centre) -> None:
    granted, client = stocked.grant(), subject()
    client.handler.enforce_csrf_checks = True
    for address, data in (
        ("/own/authorisations/new", filled(confirmed="yes")),
        (f"/own/authorisations/{granted.number}/revoke", {"reason": "冒充"}),
    ):
        assert client.post(address, data).status_code == 403
    assert stocked.district.one("SELECT count(*) FROM authorisation") == 1
    assert stocked.district.one("SELECT count(*) FROM authorisation_end") == 0


# 失信提醒, 异议, 修复, 报告


def test_a_notice_says_when_it_came_how_to_object_and_when_repair_is_possible(stocked: Centre) -> None:
    said = text(subject().get("/own/notices"))
    came = stocked.district.one("SELECT max(at) FROM publication").astimezone(UTC) + timedelta(hours=8)
    assert f"{came:%Y-%m-%d %H:%M}</time>" in said and "共 2 条" in said
    assert MINE in said and "/own/objections" in said and "起已经可以申请" in said and THEIRS not in said


def test_repairs_and_objections_say_what_can_be_done(stocked: Centre) -> None:
    client = subject()
    repairs, objections = text(client.get("/own/repairs")), text(client.get("/own/objections"))
    assert "/own/repairs/new?record=" in repairs and repairs.index(MINE) < repairs.index(UNDECIDED)
    assert "/own/objections/new" in objections and "没有标注“异议处理中”的信息" in objections


def test_an_objection_that_is_open_is_shown(stocked: Centre) -> None:
    from xinyong.disclosure import actions

    [record] = [r["record"] for r in stocked.look(OWNER).records if MINE in r["fields"].values()]
    who = Who("中心审核员示例", "center_reviewer", purpose="代录")
    actions.mark(stocked.district.app, who, NOW, "objection", [record], reason="金额有误", basis="申请书1号")
    client = subject()
    assert MINE in text(client.get("/own/objections")) and "异议处理中" in text(client.get("/own/"))


def test_every_page_leads_to_the_others_and_to_the_reports(stocked: Centre) -> None:
    said = text(subject().get("/own/notices"))
    for address in (
        "/own/",
        "/own/looks",
        "/own/authorisations",
        "/own/objections",
        "/own/repairs",
        "/report/own",
    ):
        assert f'href="{address}"' in said
    assert 'href="/own/notices" aria-current="page"' in said
