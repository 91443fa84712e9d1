"""What is registered, by whom, and what is refused: 法无授权不可为."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import measure_desk as m
import pytest
from measure_desk import Desk
from processes import PATIENCE, until

from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.regulation.measures import allowed, kept


def refused(desk: Desk, terms: Any, code: str, says: str, who: Any = m.FINANCE_REVIEWER) -> None:
    """Nothing is written, and the sentence is one that helps."""
    with pytest.raises(Refused, match=says) as no:
        desk.register(terms, who)
    assert no.value.code == code and no.value.sentence.endswith("。")
    assert desk.district.one("SELECT count(*) FROM measure") == 0
    assert desk.district.one("SELECT count(*) FROM event WHERE kind = 'regulation.measure'") == 0


def test_a_measure_is_registered_as_its_organ_decided_it(desk: Desk) -> None:
    record = desk.penalty()
    made = desk.register(desk.terms(record))
    assert (made.organ, made.organ_name, made.document) == (m.FINANCE, m.FINANCE_NAME, "潼财采〔2026〕8号")
    assert (made.rule.id, made.rule.article, made.rule.least, made.rule.most) == (
        m.PROCUREMENT, "第七十七条", 12, 36,
    )  # fmt: skip
    assert made.edition == desk.book.edition.id and made.by == "财政审核员示例"
    assert [(g.record, g.item, g.document) for g in made.grounds] == [(record, "XZCF", "潼财罚〔2026〕1号")]
    r = desk.state(made)
    assert (r.state, r.in_force, r.window.until) == ("in_force", True, date(2028, 7, 1))


def test_registering_is_in_the_trail_and_told_by_an_event(desk: Desk) -> None:
    made = desk.barred()
    trail = desk.c.execute("SELECT actor, target FROM audit_entry WHERE action = 'measure.registered'")
    assert trail.fetchall() == [("财政审核员示例", made.number)]
    body = desk.district.one("SELECT body FROM event WHERE kind = 'regulation.measure'")
    assert (body["measure"], body["kind"], body["records"]) == (made.number, "registered", list(made.records))


def test_the_records_are_looked_at_on_a_duty_and_the_subject_can_see_it(desk: Desk) -> None:
    desk.barred()
    row = desk.c.execute("SELECT ground, purpose FROM look WHERE actor = '财政审核员示例'").fetchone()
    assert row == ("履行法定职责", "办理")


# who


@pytest.mark.parametrize("who", [m.FINANCE_CLERK, m.CENTRE, m.AUDITOR, m.BANK, m.OWNER], ids=lambda w: w.role)
def test_nobody_but_a_departments_reviewer_registers(desk: Desk, who: Any) -> None:
    with pytest.raises(NotPermitted, match="没有“登记本部门作出的措施”的权限"):
        desk.register(desk.terms("0" * 32), who)


@pytest.mark.parametrize("who", [m.LABOUR_REVIEWER, m.HOMELESS], ids=["another", "none"])
def test_an_organ_registers_its_own_measures_alone(desk: Desk, who: Any) -> None:
    refused(desk, desk.terms(desk.penalty()), "measure_not_organ", "只能登记本单位作出的措施", who)


def test_an_organ_that_does_not_say_that_the_law_names_it_registers_nothing(desk: Desk) -> None:
    refused(desk, desk.terms(desk.penalty(), competent=False), "measure_not_competent", "法律规定的机关")


# by what law


def test_an_unknown_measure_is_no_measure(desk: Desk) -> None:
    refused(desk, desk.terms(desk.penalty(), rule="MEA_INVENTED"), "measure_unknown", "规则库里没有措施")


def test_a_sample_is_no_legal_basis(desk: Desk) -> None:
    terms = desk.wages(desk.listing(), rule=m.LISTED)
    refused(desk, terms, "measure_sample", "还是样例", m.LABOUR_REVIEWER)


def test_a_law_that_was_not_in_force_on_the_day_of_the_decision_allows_nothing(
    desk: Desk, monkeypatch: Any
) -> None:
    from dataclasses import replace

    later = tuple(
        replace(x, in_force_from=date(2026, 7, 2)) if x.id == m.PROCUREMENT else x for x in desk.book.measures
    )
    monkeypatch.setattr(desk.district, "book", replace(desk.book, measures=later))
    refused(desk, desk.terms(desk.penalty()), "measure_rule_day", "没有施行")


def test_what_the_catalogue_cannot_tell_is_not_registered_here(desk: Desk, monkeypatch: Any) -> None:
    from dataclasses import replace

    hidden = tuple(replace(x, shown=False) if x.id == m.PROCUREMENT else x for x in desk.book.measures)
    monkeypatch.setattr(desk.district, "book", replace(desk.book, measures=hidden))
    refused(desk, desk.terms(desk.penalty()), "measure_untold", "不在这里登记")


# on what records


def test_a_measure_rests_on_something(desk: Desk) -> None:
    refused(desk, desk.terms(), "measure_no_basis", "依据的记录")


def test_a_record_of_another_item_bears_no_such_measure(desk: Desk) -> None:
    refused(desk, desk.terms(desk.listing()), "measure_item", "不能以这类信息为依据")


def test_a_record_that_does_not_meet_the_condition_bears_no_such_measure(desk: Desk) -> None:
    record = desk.penalty(CF_YJ="《企业信息公示暂行条例》第十八条")
    refused(desk, desk.terms(record), "measure_when", "不符合.*的条件")


def test_a_record_of_another_subject_bears_no_measure_against_this_one(desk: Desk) -> None:
    desk.take("DJZC", m.registered(m.OTHER, m.OTHER_NAME))
    record = desk.penalty(CF_XDR_MC=m.OTHER_NAME, CF_XDR_SHXYM=m.OTHER)
    refused(desk, desk.terms(record), "measure_other_subject", "不是这个主体的")


@pytest.mark.parametrize("kind", ["repair", "withdrawn"])
def test_a_record_that_ended_bears_nothing_any_more(desk: Desk, kind: str) -> None:
    record = desk.penalty()
    desk.mark(kind, record)
    refused(desk, desk.terms(record), "measure_basis_ended", "不能再作为措施的依据")


def test_one_ended_record_among_several_is_enough(desk: Desk) -> None:
    first, second = desk.penalty("潼财罚〔2026〕1号"), desk.penalty("潼财罚〔2026〕2号")
    desk.mark("repair", second)
    refused(desk, desk.terms(first, second), "measure_basis_ended", "已经修复")


@pytest.mark.parametrize("record", ["0" * 31 + "1", "x", "' OR 1"])
def test_a_record_that_never_was_bears_nothing(desk: Desk, record: str) -> None:
    refused(desk, desk.terms(record), "measure_no_record", "不存在")


def test_of_a_repaired_record_another_organ_learns_nothing(desk: Desk) -> None:
    record = desk.listing(YZ_JG=m.FINANCE_NAME, YZ_JGDM=m.FINANCE)
    desk.mark("repair", record)
    refused(desk, desk.wages(record), "measure_no_record", "不存在", m.LABOUR_REVIEWER)


def test_what_was_decided_earlier_than_its_ground_rests_on_nothing(desk: Desk) -> None:
    early = {"notified_on": date(2026, 6, 1), "decided": date(2026, 6, 10), "begins": date(2026, 7, 1)}
    refused(desk, desk.terms(desk.penalty(), **early), "measure_before_basis", "早于所依据的决定")


def test_measures_against_natural_persons_are_not_kept_here(desk: Desk) -> None:
    desk.take("XZCF", desk.make(
        CF_XDR_MC="示例丁", CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_FRDB="", CF_XDR_ZJLX="身份证", CF_XDR_ZJHM=m.PERSON,
        CF_WSH="潼财罚〔2026〕9号", CF_JDRQ="2026-06-18", CF_YJ="《中华人民共和国政府采购法》第七十七条",
    ))  # fmt: skip
    record = desk.record("潼财罚〔2026〕9号")
    refused(desk, desk.terms(record, subject=m.PERSON), "measure_person", "对自然人的措施不在这里登记")


def test_a_code_that_nobody_has_is_no_subject(desk: Desk) -> None:
    refused(desk, desk.terms(desk.penalty(), subject=m.OTHER), "measure_subject", "没有这个代码")


# how it was decided


DAY = date(2026, 7, 1)


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"notified_on": None}, "measure_days", "告知并听取陈述、申辩"),
        ({"notified_on": date(2026, 7, 2)}, "measure_notified_late", "告知日期.*晚于决定日期"),
        ({"decided": None}, "measure_days", "都要填写"),
        ({"decided": date(2026, 11, 24), "begins": date(2026, 11, 24)}, "measure_future", "还没有到"),
        ({"begins": date(2026, 6, 30)}, "measure_begins", "早于决定日期"),
        ({"begins": date(2027, 12, 1)}, "measure_begins", "一年以上"),
        ({"document": " "}, "measure_text", "决定书文号"),
        ({"heard": ""}, "measure_text", "陈述、申辩的情况"),
        ({"reason": ""}, "measure_text", "事由"),
        ({"months": 48}, "measure_term", "48 个月不在法律规定的期限内"),
        ({"months": 6}, "measure_term", "12 至 36 个月"),
        ({"months": None}, "measure_months", "12 至 36 个月"),
        ({"ends": date(2026, 9, 1)}, "measure_ends", "按月计算"),
    ],
)
def test_a_decision_that_cannot_be_as_it_is_written_is_refused(
    desk: Desk, changes: dict[str, Any], code: str, says: str
) -> None:
    refused(desk, desk.terms(desk.penalty(), **changes), code, says)


def test_a_measure_without_a_term_in_months_takes_none(desk: Desk) -> None:
    refused(
        desk, desk.wages(desk.listing(), months=12), "measure_term", "没有以月计算的期限", m.LABOUR_REVIEWER
    )


def test_a_last_day_before_the_first_is_a_slip(desk: Desk) -> None:
    terms = desk.wages(desk.listing(), ends=date(2025, 7, 1))
    refused(desk, terms, "measure_ends_early", "早于起始日期", m.LABOUR_REVIEWER)


# once


def test_the_same_decision_is_registered_once_however_its_number_is_written(desk: Desk) -> None:
    made = desk.barred()
    with pytest.raises(Refused, match="已经登记过"):
        desk.register(desk.terms(*made.records, document="潼财采[２０２６] 8号"))
    assert len(kept.everything(desk.c)) == 1


def test_what_was_registered_by_mistake_may_be_registered_again(desk: Desk) -> None:
    made = desk.barred()
    desk.do("mistaken", m.FINANCE_REVIEWER, made.number, "文号写错")
    desk.register(desk.terms(*made.records))
    assert len(kept.everything(desk.c)) == 2


def test_of_two_who_register_the_same_at_once_one_is_told(desk: Desk) -> None:
    """The second waits until the first has committed, and then sees it."""
    terms, first, second = desk.terms(desk.penalty()), desk.district.connect(), desk.district.connect()
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
    with ThreadPoolExecutor(1) as pool:
        with first.transaction():
            desk.register(terms, c=first)
            late = pool.submit(desk.register, terms, c=second)
            until(lambda: late.done() or desk.district.one(waiting))
            assert not late.done()
        with pytest.raises(Refused, match="已经登记过"):
            late.result(PATIENCE)
    assert len(kept.everything(desk.c)) == 1


# what the page offers


def test_of_a_record_the_possible_measures_are_named_and_of_the_others_why_not(desk: Desk) -> None:
    from xinyong.disclosure import basis

    [s] = basis.standing(desk.c, [desk.penalty()], m.TODAY, desk.book).values()
    found = allowed.options(s, m.TODAY, desk.book)
    assert [o.line.id for o in found if o.no is None] == [m.PROCUREMENT]
    assert {o.line.item for o in found} == {"XZCF"} and len(found) > 3
    assert all(re.search("不符合|样例|不在这里", o.no.sentence) for o in found if o.no)
