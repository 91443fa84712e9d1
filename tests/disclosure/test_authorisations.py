"""A bank sees what a live authorisation names and nothing else; staff act on a registered duty."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sampledistrict.codes import person_id, uscc
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused

CODE = "91500152YY00000282"
OTHER = uscc("91", "500152", "YY000088")
BANK = uscc("91", "500152", "YY000777")
PERSON = person_id("19800101", 1)
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
SELF = Who("示例甲", "subject", CODE)
CLERK = Who("示例行员", "bank", BANK, purpose="贷前调查")


@pytest.fixture
def penalised(district, penalty, write_csv):
    """One subject with a penalty, one field of which is not public."""
    district.intake(write_csv([penalty(BZ="内部备注")]), "XZCF")
    return district


def terms(**changes):
    from xinyong.disclosure.authorisations import Terms

    usual = {
        "recipient": BANK, "items": ("XZCF",), "purpose": "贷前调查", "begins": TODAY,
        "ends": TODAY + timedelta(days=30),
    }  # fmt: skip
    return Terms(**{**usual, **changes})


def grant(district, who=SELF, grantor=CODE, **changes):
    from xinyong.disclosure import authorisations

    return authorisations.grant(district.app, who, NOW, TODAY, grantor, terms(**changes), district.book)


def look(district, who=CLERK, code=CODE, c=None, today=TODAY, **options):
    from xinyong.disclosure import queries

    q = queries.Question(who, NOW, today, **options)
    return queries.archive(c or district.app, code, q, district.book)


def last_look(district):
    return (
        district.owner()
        .execute("SELECT ground, duty, authorisation, records, purpose FROM look ORDER BY id DESC LIMIT 1")
        .fetchone()
    )


def refusal(district, **options):
    with pytest.raises(NotPermitted) as no:
        look(district, **options)
    ground, duty, authorisation, records, _ = last_look(district)
    assert (ground, duty, authorisation, records) == ("拒绝", "", None, 0)
    return no.value.sentence


# the authorisation


def test_a_bank_with_a_live_authorisation_sees_the_record_and_the_look_is_logged_against_it(penalised):
    granted = grant(penalised)
    answer = look(penalised)
    assert [r["item"] for r in answer.records] == ["XZCF"] and answer.ground == "信用主体授权"
    assert last_look(penalised) == ("信用主体授权", "", granted.id, 1, "贷前调查")


def test_a_bank_without_authorisation_is_refused_and_the_refusal_logged(penalised):
    assert "没有该主体给本机构的授权" in refusal(penalised)


@pytest.mark.parametrize(
    ("changes", "asked", "why"),
    [
        ({"purpose": "贷后管理"}, {}, "用途"),
        ({"items": ("NSXY",)}, {"items": ("XZCF",)}, "不含 XZCF"),
        ({"begins": TODAY + timedelta(days=1)}, {}, "起才生效"),
        ({}, {"today": TODAY + timedelta(days=31)}, "到期"),
        ({}, {"authorisation": "00000000-0000-4000-8000-000000000000"}, "没有这个编号"),
        ({}, {"authorisation": "不是编号"}, "没有这个编号"),
        ({"recipient": OTHER}, {}, "没有该主体给本机构的授权"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(penalised, changes, asked, why):
    grant(penalised, **changes)
    assert why in refusal(penalised, **asked)


def test_the_last_day_of_the_term_still_counts(penalised):
    grant(penalised)
    assert look(penalised, today=TODAY + timedelta(days=30)).records


def test_only_the_items_named_are_answered(penalised):
    grant(penalised, items=("NSXY",))
    assert look(penalised).records == []


def test_another_banks_number_is_as_good_as_none(penalised):
    theirs = grant(penalised, recipient=OTHER)
    assert "没有这个编号" in refusal(penalised, authorisation=theirs.number)


def test_an_authorisation_of_another_subject_opens_nothing(penalised):
    mine = grant(penalised, who=Who("示例乙", "subject", OTHER), grantor=OTHER)
    assert "没有这个编号" in refusal(penalised, authorisation=mine.number)


def test_an_authorised_subject_without_records_answers_that_there_are_none(penalised):
    grant(penalised, who=Who("示例丙", "subject", PERSON), grantor=PERSON)
    answer = look(penalised, code=PERSON)
    assert not answer.found and answer.ground == "信用主体授权"


def test_a_natural_persons_number_is_nowhere_in_the_authorisation(penalised):
    granted = grant(penalised, who=Who("示例丙", "subject", PERSON), grantor=PERSON)
    row = penalised.owner().execute("SELECT a::text, (SELECT string_agg(e::text, '') FROM audit_entry e)"
                                    " FROM authorisation a").fetchone()  # fmt: skip
    assert granted.scheme == "person" and PERSON not in row[0] + row[1]


# once


def test_a_single_use_authorisation_serves_once(penalised):
    granted = grant(penalised, once=True)
    assert look(penalised).records
    assert "已使用" in refusal(penalised)
    assert penalised.one("SELECT count(*) FROM look WHERE authorisation = %s", granted.id) == 1


def test_of_two_uses_at_once_exactly_one_wins(penalised):
    grant(penalised, once=True)
    outcomes, start = [], threading.Barrier(2)

    def try_it(c):
        start.wait()
        try:
            outcomes.append(len(look(penalised, c=c).records))
        except NotPermitted as no:
            outcomes.append(no.sentence)

    threads = [threading.Thread(target=try_it, args=[penalised.connect()]) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(map(str, outcomes))[0] == "1" and sum("已使用" in str(o) for o in outcomes) == 1
    assert penalised.one("SELECT count(*) FROM look WHERE authorisation IS NOT NULL") == 1


def test_a_waiting_use_sees_the_one_before_it(penalised):
    """Deterministic: the first transaction is held open until the second waits for its lock."""
    from xinyong.disclosure import authorisations

    granted = grant(penalised, once=True)
    first, second, got = penalised.connect(autocommit=False), penalised.connect(), []
    args = (BANK, [CODE], "贷前调查", (), TODAY)
    found = authorisations.live(first, *args)
    authorisations.use(first, found, CLERK, NOW)

    def wait():
        try:
            got.append(look(penalised, c=second))
        except NotPermitted as no:
            got.append(no.sentence)

    t = threading.Thread(target=wait)
    t.start()
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    while not penalised.one(waits):
        assert t.is_alive(), got
    first.commit()
    t.join()
    assert "已使用" in got[0] and granted.once


def test_an_unanswered_look_does_not_use_it_up(penalised):
    grant(penalised, once=True)
    refusal(penalised, items=("NSXY",))
    assert look(penalised).records


def test_a_term_authorisation_is_used_before_a_single_use_one(penalised):
    grant(penalised)
    once = grant(penalised, once=True)
    look(penalised)
    assert penalised.one("SELECT count(*) FROM authorisation_end WHERE authorisation = %s", once.id) == 0


# revocation


def test_a_revoked_authorisation_opens_nothing_more(penalised):
    from xinyong.disclosure import authorisations

    granted = grant(penalised)
    ended = authorisations.revoke(penalised.app, SELF, NOW, TODAY, granted.number)
    assert ended.state(TODAY) == "已撤回"
    assert "撤回" in refusal(penalised)
    with pytest.raises(Refused, match="无须再撤回"):
        authorisations.revoke(penalised.app, SELF, NOW, TODAY, granted.number)


def test_an_irrevocable_authorisation_stays(penalised):
    from xinyong.disclosure import authorisations

    granted = grant(penalised, revocable=False)
    with pytest.raises(Refused, match="不可撤回"):
        authorisations.revoke(penalised.app, SELF, NOW, TODAY, granted.number)
    assert look(penalised).records


@pytest.mark.parametrize(
    "who", [CLERK, Who("示例乙", "subject", OTHER), Who("部门", "department", "11500152YY0000239R")]
)
def test_nobody_else_grants_or_revokes(penalised, who):
    from xinyong.disclosure import authorisations

    with pytest.raises(NotPermitted):
        grant(penalised, who=who)
    granted = grant(penalised)
    with pytest.raises(NotPermitted):
        authorisations.revoke(penalised.app, who, NOW, TODAY, granted.number, "理由")


def test_a_window_acts_on_paper_only(penalised):
    from xinyong.disclosure import authorisations

    window = Who("窗口甲", "counter", purpose="代办")
    with pytest.raises(Refused, match="书面授权"):
        grant(penalised, who=window)
    granted = grant(penalised, who=window, evidence="窗口〔2026〕1号")
    with pytest.raises(Refused, match="书面申请"):
        authorisations.revoke(penalised.app, window, NOW, TODAY, granted.number)
    assert (
        authorisations.revoke(penalised.app, window, NOW, TODAY, granted.number, "窗口〔2026〕2号").end
        == "revoked"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"items": ()}, {"items": ("没有",)}, {"purpose": " "}, {"purpose": "长" * 201}, {"recipient": "123"},
        {"ends": TODAY - timedelta(days=1), "begins": TODAY - timedelta(days=9)},
        {"begins": TODAY + timedelta(days=40)},
    ],
)  # fmt: skip
def test_senseless_terms_are_refused(penalised, changes):
    with pytest.raises(Refused):
        grant(penalised, **changes)
    assert penalised.one("SELECT count(*) FROM authorisation") == 0


def test_every_step_is_in_the_audit_trail_and_told_upstairs(penalised):
    from xinyong.disclosure import authorisations

    granted = grant(penalised)
    authorisations.revoke(penalised.app, SELF, NOW, TODAY, granted.number)
    owner = penalised.owner()
    steps = [
        r[0]
        for r in owner.execute(
            "SELECT action FROM audit_entry WHERE target = %s ORDER BY id", [granted.number]
        )
    ]
    assert steps == ["authorisation.grant", "authorisation.revoked"]
    kinds = {r[0] for r in owner.execute("SELECT kind FROM event")}
    assert {"disclosure.authorised", "disclosure.authorisation_ended"} <= kinds


def test_neither_an_authorisation_nor_its_end_can_be_changed_by_the_application(penalised):
    import psycopg

    granted = grant(penalised, once=True)
    look(penalised)
    for sql in (
        "UPDATE authorisation SET ends = '2099-01-01'", "DELETE FROM authorisation",
        "DELETE FROM authorisation_end", "UPDATE look SET authorisation = NULL",
    ):  # fmt: skip
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            penalised.connect().execute(sql)
    with pytest.raises(psycopg.errors.UniqueViolation):
        penalised.connect().execute(
            "INSERT INTO authorisation_end (authorisation, kind, at, by) VALUES (%s, 'used', now(), '甲')",
            [granted.id],
        )


def test_a_subject_sees_what_it_authorised_and_how_often_it_was_used(penalised):
    from xinyong.disclosure import authorisations

    grant(penalised)
    look(penalised), look(penalised)
    mine = authorisations.of_grantor(penalised.app, *authorisations.grantor_of(CODE, TODAY))
    assert [(a.uses, a.state(TODAY), a.state(TODAY + timedelta(days=99))) for a in mine] == [
        (2, "有效", "已到期")
    ]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    begins=st.integers(-5, 5), length=st.integers(0, 8), day=st.integers(0, 15), revoked=st.booleans(),
    items=st.sets(st.sampled_from(["XZCF", "NSXY"]), min_size=1), asked=st.sets(st.sampled_from(["XZCF", "NSXY"])),
)  # fmt: skip
def test_a_bank_gets_an_answer_exactly_while_all_terms_hold(
    penalised, begins, length, day, revoked, items, asked
):
    from xinyong.disclosure import authorisations

    start = TODAY + timedelta(days=begins)
    ends = max(start + timedelta(days=length), TODAY)
    granted = grant(penalised, begins=start, ends=ends, items=tuple(items))
    if revoked:
        authorisations.revoke(penalised.app, SELF, NOW, TODAY, granted.number)
    then = TODAY + timedelta(days=day)
    lawful = start <= then <= ends and asked <= items and not revoked
    try:
        answer = look(penalised, today=then, items=tuple(asked), authorisation=granted.number)
    except NotPermitted:
        assert not lawful
    else:
        assert lawful and {r["item"] for r in answer.records} <= items


# duties


def test_staff_act_on_their_roles_default_duty_and_the_log_says_which(penalised):
    who = Who("某人", "department", "11500152YY0000239R", purpose="核查")
    assert look(penalised, who=who).records
    assert last_look(penalised)[:2] == ("履行法定职责", "DUTY_ADMINISTER")


def test_a_stated_duty_bounds_items_and_fields(penalised):
    who = Who("某人", "department", "11500152YY0000087D", purpose="采购")
    all_fields = look(penalised, who=who).records[0]["fields"]
    bounded = look(penalised, who=who, duty="DUTY_PROCUREMENT").records[0]["fields"]
    assert set(all_fields) - set(bounded) == {"备注"}
    assert last_look(penalised)[1] == "DUTY_PROCUREMENT"


def test_a_duty_without_the_item_answers_nothing_of_it(penalised, registration_row, write_csv):
    penalised.intake(write_csv([registration_row], "r.csv"), "DJZC")
    who = Who("某人", "department", "11500152YY0000239R", purpose="公示")
    assert {r["item"] for r in look(penalised, who=who).records} == {"XZCF", "DJZC"}
    assert {r["item"] for r in look(penalised, who=who, duty="DUTY_PENALTY_PUBLICITY").records} == {"XZCF"}
    with pytest.raises(NotPermitted, match="不含事项 DJZC"):
        look(penalised, who=who, duty="DUTY_PENALTY_PUBLICITY", items=("DJZC",))


@pytest.fixture
def registration_row():
    return {
        "主体名称": "重庆示例甲乙商贸有限公司", "主体类别": "法人及非法人组织", "登记主体类型": "企业法人",
        "统一社会信用代码": CODE, "成立日期": "2019-03-05", "核准日期": "2020-01-02", "经营状态": "存续",
        "登记机关": "潼南区市场监督管理局",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("role", "provider", "duty"),
    [
        ("department", "11500152YY0000239R", "DUTY_PROCUREMENT"),  # 财政局、公共资源交易中心 only
        ("center", "", "DUTY_PENALTY_PUBLICITY"),
        ("auditor", "", "DUTY_CREDIT_MANAGE"),
        ("department", "11500152YY0000239R", "我觉得可以"),
    ],
)
def test_a_duty_is_not_anybodys_nor_free_text(penalised, role, provider, duty):
    who = Who("某人", role, provider, purpose="核查")
    assert "没有登记可供本角色使用的法定职责" in refusal(penalised, who=who, duty=duty)


@pytest.mark.parametrize("role", ["system_admin", "security_admin", "audit_admin"])
def test_administrators_see_no_archive(penalised, role):
    assert "不含查询信用档案" in refusal(penalised, who=Who("某管理员", role, purpose="看看"))


def test_a_window_looks_for_the_person_present_and_states_the_purpose(penalised):
    assert look(penalised, who=Who("窗口甲", "counter", purpose="打印本单位报告")).ground == "本人到场"
    assert last_look(penalised)[0] == "本人到场"
    assert "说明用途" in refusal(penalised, who=Who("窗口甲", "counter"))


def test_a_bank_does_not_search_by_name(penalised):
    from xinyong.disclosure import queries

    with pytest.raises(NotPermitted):
        queries.search(penalised.app, "示例", queries.Question(CLERK, NOW, TODAY))


def test_a_search_by_staff_is_logged_with_its_duty(penalised):
    from xinyong.disclosure import queries

    who = Who("某人", "center", purpose="核查")
    queries.search(penalised.app, "示例", queries.Question(who, NOW, TODAY))
    assert last_look(penalised)[:2] == ("履行法定职责", "DUTY_CREDIT_MANAGE")
