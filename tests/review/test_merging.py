"""Two subjects that are one: joined by registration data or by a person, and taken apart again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sampledistrict.codes import regno, uscc
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import NotPermitted, Refused

CODE = "91500152YY00000282"
OTHER = uscc("91", "500152", "YY000010")
NUMBER = regno("500152", 77)
CLERK = Who("中心甲", "center", origin="web")


def fines(district, code=CODE, **options):
    records = district.archive(code, **options).records
    return sorted(r["fields"].get("罚款金额（万元）") for r in records if r["item"] == "XZCF")


@pytest.fixture
def placeholder(penalty):
    def make(**more):
        base = {"CF_XDR_LB": "个体工商户", "CF_XDR_SHXYM": "0" * 17 + "X", "CF_XDR_GSZC": NUMBER}
        return penalty(**{**base, **more})

    return make


@pytest.fixture
def two(district, penalty, write_csv):
    """Two provisional subjects with a penalty each; gives their public ids."""
    other = penalty(CF_XDR_SHXYM=OTHER, CF_XDR_MC="重庆示例丙丁餐饮有限公司", CF_WSH="乙2号", CF_NR_FK="0.5")
    district.intake(write_csv([penalty(), other]), "XZCF")
    return [str(district.archive(code).subject["id"]) for code in (CODE, OTHER)]


def act(district, name, *arguments, who=CLERK):
    from xinyong.collection import subjects_actions

    c = district.connect()
    return getattr(subjects_actions, name)(c, who, datetime.now(UTC), *arguments)


def questions(district):
    from xinyong.collection.subjects_actions import questions

    return questions(district.connect())


def test_before_the_registration_the_code_is_not_known_to_have_the_records(
    district, placeholder, registration, write_csv
):
    district.intake(write_csv([placeholder()]), "XZCF")
    moment = datetime.now(UTC)
    district.intake(write_csv([registration(注册号=NUMBER)], "r.csv"), "DJZC")
    assert fines(district) == fines(district, NUMBER) == ["0.2"]
    assert not district.archive(CODE, known_at=moment).found
    assert district.archive(NUMBER, known_at=moment).subject["code"] == NUMBER


def test_another_name_under_the_number_is_asked_about_and_not_joined(
    district, placeholder, registration, write_csv
):
    district.intake(write_csv([placeholder(CF_XDR_MC="示例小吃店")]), "XZCF")
    district.intake(write_csv([registration(注册号=NUMBER)], "r.csv"), "DJZC")
    assert fines(district) == [] and fines(district, NUMBER) == ["0.2"]
    (question,) = questions(district)
    assert (question.loser_code, question.winner_code) == (NUMBER, CODE)
    act(district, "keep_apart", question.loser, question.winner, "两家店")
    assert questions(district) == []
    district.intake(write_csv([registration(注册号=NUMBER, 住所="示例路2号")], "r2.csv"), "DJZC")
    assert questions(district) == []


def test_a_former_name_joins_as_well(district, placeholder, registration, write_csv):
    district.intake(write_csv([placeholder(CF_XDR_MC="示例小吃店")]), "XZCF")
    district.intake(write_csv([registration(注册号=NUMBER, 曾用名="示例小吃店")], "r.csv"), "DJZC")
    assert fines(district) == ["0.2"] and questions(district) == []


def test_a_number_that_two_subjects_claim_is_asked_about(district, placeholder, registration, write_csv):
    district.intake(write_csv([placeholder()]), "XZCF")
    rows = [registration(注册号=NUMBER), registration(统一社会信用代码=OTHER, 注册号=NUMBER)]
    district.intake(write_csv(rows, "r.csv"), "DJZC")
    assert fines(district) == [] and len(questions(district)) == 2


def test_undoing_the_registration_takes_them_apart(district, placeholder, registration, write_csv, undo):
    district.intake(write_csv([placeholder()]), "XZCF")
    undo(district.intake(write_csv([registration(注册号=NUMBER)], "r.csv"), "DJZC"))
    assert not district.archive(CODE).found and fines(district, NUMBER) == ["0.2"]


def test_withdrawing_the_registration_takes_them_apart_and_undoing_that_joins_them_again(
    district, placeholder, registration, write_csv, undo
):
    district.intake(write_csv([placeholder()]), "XZCF")
    district.intake(write_csv([registration(注册号=NUMBER)], "r.csv"), "DJZC")
    withdrawn = district.intake(write_csv([registration(操作="撤销")], "w.csv"), "DJZC")
    moment = datetime.now(UTC)
    assert fines(district) == [] and fines(district, NUMBER) == ["0.2"]
    undo(withdrawn)
    assert fines(district) == ["0.2"]
    assert fines(district, known_at=moment) == []


def test_what_comes_in_under_the_old_number_later_is_the_whole_subject_s(
    district, placeholder, registration, write_csv
):
    district.intake(write_csv([placeholder()]), "XZCF")
    district.intake(write_csv([registration(注册号=NUMBER)], "r.csv"), "DJZC")
    renamed = registration(主体名称="重庆示例新名有限公司", 曾用名="重庆示例甲乙商贸有限公司", 核准日期="2026-01-02",
                           注册号=NUMBER)  # fmt: skip
    district.intake(write_csv([renamed], "r2.csv"), "DJZC")
    rows = [placeholder(CF_WSH="丙", CF_NR_FK="0.3"),
            placeholder(CF_WSH="丁", CF_NR_FK="0.4", CF_XDR_MC="重庆示例新名有限公司")]  # fmt: skip
    r = district.intake(write_csv(rows, "b.csv"), "XZCF")
    assert (r.new, fines(district)) == (2, ["0.2", "0.3", "0.4"])


def test_the_public_page_of_the_part_gives_the_neutral_answer(district, placeholder, registration, write_csv):
    from xinyong.disclosure import queries
    from xinyong.foundation.audit import PUBLIC

    district.intake(write_csv([placeholder()]), "XZCF")
    part = str(district.archive(NUMBER).subject["id"])
    district.intake(write_csv([registration(注册号=NUMBER)], "r.csv"), "DJZC")
    whole = str(district.archive(CODE).subject["id"])
    q = queries.Question(PUBLIC, datetime.now(UTC), datetime.now(UTC).date())
    c = district.connect()
    assert not queries.archive_by_public_id(c, part, q, district.book).found
    assert queries.archive_by_public_id(c, whole, q, district.book).found
    assert [s["code"] for s in queries.search(c, NUMBER, q)] == [CODE]


def test_a_clerk_merges_and_splits_with_reasons_and_past_answers_stay(district, two):
    moments = [datetime.now(UTC)]
    first = act(district, "merge", two[1], two[0], "同一企业两次报送")
    moments.append(datetime.now(UTC))
    assert fines(district) == fines(district, OTHER) == ["0.2", "0.5"]
    assert district.archive(OTHER).subject["code"] == CODE
    assert act(district, "split", two[1], "核实为两家") > first
    assert (fines(district), fines(district, OTHER)) == (["0.2"], ["0.5"])
    assert [fines(district, known_at=m) for m in moments] == [["0.2"], ["0.2", "0.5"]]
    actions = district.owner().execute(
        "SELECT action FROM audit_entry WHERE action LIKE 'subject.%' ORDER BY id"
    )
    events = district.owner().execute("SELECT kind FROM event WHERE kind LIKE 'subject.%' ORDER BY id")
    assert actions.fetchall() == events.fetchall() == [("subject.merge",), ("subject.split",)]


def test_the_names_of_a_part_find_the_whole_and_are_its_former_names(district, two):
    from xinyong.disclosure import queries

    act(district, "merge", two[1], two[0], "同一企业")
    q = queries.Question(Who("某人", "center", purpose="核查"), datetime.now(UTC), datetime.now(UTC).date())
    found = queries.search(district.connect(), "示例丙丁", q)
    assert [(s["code"], s["former_names"]) for s in found] == [(CODE, ["重庆示例丙丁餐饮有限公司"])]
    assert OTHER in district.archive(CODE).subject["former_codes"]


def test_parts_of_a_part_are_parts_of_the_whole(district, two, penalty, write_csv):
    third = uscc("91", "500152", "YY000011")
    row = penalty(CF_XDR_SHXYM=third, CF_XDR_MC="重庆示例戊己有限公司", CF_WSH="丙3号", CF_NR_FK="0.9")
    district.intake(write_csv([row], "c.csv"), "XZCF")
    last = str(district.archive(third).subject["id"])
    act(district, "merge", two[0], two[1], "甲")
    act(district, "merge", two[1], last, "乙")
    assert fines(district) == fines(district, third) == ["0.2", "0.5", "0.9"]
    act(district, "split", two[1], "丙")
    assert (fines(district), fines(district, third)) == (["0.2", "0.5"], ["0.9"])


@pytest.mark.parametrize("role", ["department", "department_reviewer", "auditor", "system_admin", "bank"])
def test_nobody_but_the_centre_merges_or_splits(district, two, role):
    who = Who("外人", role, "11500152YY0000239R")
    for name, *arguments in (("merge", two[1], two[0], "x"), ("split", two[1], "x"),
                             ("keep_apart", two[1], two[0], "x")):  # fmt: skip
        with pytest.raises(NotPermitted):
            act(district, name, *arguments, who=who)
    assert district.one("SELECT count(*) FROM subject_merge") == 0


def test_what_cannot_be_merged_or_split_is_refused_in_words(district, two):
    refusals = [
        ("no_reason", "merge", two[1], two[0], " "),
        ("same_subject", "merge", two[0], two[0], "x"),
        ("no_subject", "merge", "没有", two[0], "x"),
        ("not_merged", "split", two[1], "x"),
        ("no_question", "keep_apart", two[1], two[0], "x"),
    ]
    for code, name, *arguments in refusals:
        with pytest.raises(Refused) as told:
            act(district, name, *arguments)
        assert told.value.code == code
    act(district, "merge", two[1], two[0], "x")
    for loser, winner in ((two[1], two[0]), (two[0], two[1])):
        with pytest.raises(Refused) as told:
            act(district, "merge", loser, winner, "x")
        assert told.value.code == "merged_already"


def test_two_clerks_at_once_make_no_circle(district, two):
    import threading

    outcomes = []

    def merge(loser, winner):
        try:
            outcomes.append(act(district, "merge", loser, winner, "同时"))
        except Refused as no:
            outcomes.append(no.code)

    threads = [threading.Thread(target=merge, args=pair) for pair in ((two[0], two[1]), (two[1], two[0]))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(map(str, outcomes))[1] == "merged_already" and fines(district) == ["0.2", "0.5"]


def test_a_natural_person_and_a_company_are_not_merged(district, two, penalty, write_csv):
    from sampledistrict.codes import person_id

    number = person_id("19800101", 1)
    row = penalty(CF_XDR_MC="示例某甲", CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_FRDB="",
                  CF_XDR_ZJLX="身份证", CF_XDR_ZJHM=number, CF_WSH="丁")  # fmt: skip
    district.intake(write_csv([row], "p.csv"), "XZCF")
    person = str(district.archive(number).subject["id"])
    with pytest.raises(Refused) as told:
        act(district, "merge", person, two[0], "x")
    assert told.value.code == "merge_kinds"
