"""The record of processing follows the rulebook; an impact assessment has two authors and three years at least."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import psycopg
import pytest
from persons_cast import CENTRE, CODE, NOW, OUTSIDERS, SECOND, TODAY

from xinyong.catalog.loading import load_rulebook
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.rights.persons import assessments, processing

PARTS = dict.fromkeys(assessments.PARTS, "写明了")


def test_every_item_with_personal_data_is_in_the_record_and_no_other():
    book = load_rulebook()
    told = {a.item: a for a in processing.activities(book, TODAY)}
    wanted = {
        i.code for i in book.current_items(TODAY)
        if "自然人" in i.subject_kinds or any(f.personal for f in i.fields)
    }  # fmt: skip
    assert set(told) == wanted and {"ZCZY", "XZCF"} <= wanted
    assert told["ZCZY"].at_end == "删除" and "证件号码" in told["ZCZY"].sensitive
    assert told["XZCF"].at_end == "自然人的删除，单位的转入封存档案"
    assert all(a.purposes and a.basis and a.recipients and a.retention for a in told.values())


def test_it_follows_the_rulebook():
    book = load_rulebook()
    shorter = {**book.retention, "REC_PERSONAL": replace(book.retention["REC_PERSONAL"], months=1)}
    told = {a.item: a for a in processing.activities(replace(book, retention=shorter), TODAY)}
    assert "1 个月" in told["ZCZY"].retention


def written(hall, who=CENTRE, title="示例评估", parts=None):
    return assessments.write(hall.c, who, NOW, TODAY, title, PARTS if parts is None else parts, hall.book)


def test_one_writes_another_signs_and_it_is_kept_three_years(hall):
    a = written(hall)
    assert (a.state, a.kept_until) == ("待签署", date(2029, 11, 23))
    signed = assessments.sign(hall.c, SECOND, NOW, a.number, True, "同意", hall.book)
    assert (signed.state, signed.signed_by) == ("已签署", SECOND.name)
    assert [x.number for x in assessments.listed(hall.c, 500)] == [a.number]


def test_a_local_rule_cannot_make_it_less_than_three_years(hall):
    short = {**hall.book.retention, "REP_PIA": replace(hall.book.retention["REP_PIA"], months=6)}
    assert assessments.kept_until(TODAY, replace(hall.book, retention=short)) == date(2029, 11, 23)
    long = {**hall.book.retention, "REP_PIA": replace(hall.book.retention["REP_PIA"], months=60)}
    assert assessments.kept_until(TODAY, replace(hall.book, retention=long)) == date(2031, 11, 23)


def test_four_eyes_and_once(hall):
    a = written(hall)
    with pytest.raises(NotPermitted, match="不能自己签署"):
        assessments.sign(hall.c, Who(CENTRE.name, "center_reviewer"), NOW, a.number, True, "同意", hall.book)
    assessments.sign(hall.c, SECOND, NOW, a.number, False, "风险没有写", hall.book)
    with pytest.raises(Refused, match="已经签署"):
        assessments.sign(hall.c, SECOND, NOW, a.number, True, "算了", hall.book)


@pytest.mark.parametrize("role", [*OUTSIDERS, "department", "auditor"])
def test_nobody_else_writes_or_signs(hall, role):
    who = Who("某人", role, CODE)
    a = written(hall)
    with pytest.raises(NotPermitted):
        written(hall, who)
    with pytest.raises(NotPermitted):
        assessments.sign(hall.c, who, NOW, a.number, True, "同意", hall.book)


@pytest.mark.parametrize("missing", list(assessments.PARTS))
def test_every_part_the_law_asks_for_is_written(hall, missing):
    with pytest.raises(Refused, match="五个部分"):
        written(hall, parts={**PARTS, missing: " "})


def test_it_is_never_changed_or_thrown_away(hall):
    written(hall)
    for statement in ("UPDATE impact_assessment SET title = 'x'", "DELETE FROM impact_assessment"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            hall.c.execute(statement)
