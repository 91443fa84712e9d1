"""What is seen by whom, what search finds, what is counted late, owed and reported."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sampledistrict.codes import person_id, uscc

CODE = "91500152YY00000282"
PERSON = person_id("19800101", 1)
MOBILE = "13812345678"
TODAY = date(2026, 11, 23)  # while the penalties here are public


def search(district, text, role="public"):
    from xinyong.disclosure import queries
    from xinyong.foundation.audit import PUBLIC, Who

    who = PUBLIC if role == "public" else Who("某人", role, purpose="测试")
    q = queries.Question(who, datetime.now(UTC), date.today())
    return queries.search(district.connect(), text, q)


def public(district, **options):
    return district.archive(CODE, role="public", **{"today": TODAY, **options})


def bare(answer):
    found = answer.as_json()
    found["subject"] = {k: v for k, v in (found["subject"] or {}).items() if k != "id"}
    return found


def test_a_subject_with_a_hidden_penalty_looks_to_the_public_like_one_without(
    district, penalty, registration, write_csv
):
    district.intake(write_csv([penalty(CF_XDR_LB="4", CF_XDR_MC="重庆示例甲乙商贸")]), "XZCF")
    district.intake(write_csv([registration()], "r.csv"), "DJZC")
    with_record = bare(public(district))
    assert with_record["subject"]["kind"] == "法人及非法人组织"
    assert [n["name"] for n in with_record["names"]] == ["重庆示例甲乙商贸有限公司"]


def test_a_name_that_only_a_hidden_penalty_used_finds_nothing(district, penalty, registration, write_csv):
    district.intake(write_csv([penalty(CF_XDR_MC="重庆示例糊涂有限公司")]), "XZCF")
    district.intake(write_csv([registration()], "r.csv"), "DJZC")
    assert search(district, "糊涂") == [] and search(district, "示例糊涂") == []


def test_a_name_of_an_undone_registration_finds_nothing(district, registration, write_csv, undo):
    wrong = registration(曾用名="重庆示例糊涂有限公司")
    undo(district.intake(write_csv([wrong], "r.csv"), "DJZC"))
    district.intake(write_csv([registration()], "b.csv"), "DJZC")
    assert search(district, "示例糊涂") == []


def test_a_former_name_finds_the_subject(district, registration, write_csv):
    district.intake(write_csv([registration(曾用名="重庆示例旧名商贸有限公司")], "r.csv"), "DJZC")
    for text in ("旧名", "示例旧名", "CQSLJM"):
        assert [s["code"] for s in search(district, text)] == [CODE], text


def test_a_former_code_finds_the_subject_and_is_shown(district, registration, write_csv):
    old = uscc("91", "500223", "YY000099")
    district.intake(write_csv([registration(曾用代码=old)], "r.csv"), "DJZC")
    assert old in str(district.archive(CODE).as_json())
    assert [s["code"] for s in search(district, old)] == [CODE]


def test_a_natural_person_is_not_found_by_name_or_number(district, penalty, write_csv):
    row = penalty(CF_XDR_MC="示例某甲", CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_FRDB="",
                  CF_XDR_ZJLX="身份证", CF_XDR_ZJHM=PERSON)  # fmt: skip
    district.intake(write_csv([row]), "XZCF")
    for text in ("示例某甲", "某甲", "SLMJ", PERSON, "示例＊＊", "示*"):
        assert search(district, text, "center") == [], text


@pytest.mark.parametrize(
    "column", ["CF_XDR_MC", "CF_WSH", "CF_CFMC", "CF_NR_ZKDX", "CF_FRDB", "CF_CFJG", "KZ_WFLY", "CF_SY"]
)
def test_a_mobile_number_in_a_public_text_is_masked_for_the_public(
    district, penalty, registration, write_csv, column
):
    district.intake(write_csv([registration(曾用名=f"某店{MOBILE}")], "r.csv"), "DJZC")
    text = f"某店{MOBILE}"
    r = district.intake(write_csv([penalty(失信程度="一般", **{column: text})]), "XZCF")
    assert r.new == 1 and "XZCF" in public(district).counts
    record = next(x for x in public(district).records if x["item"] == "XZCF")
    assert MOBILE not in str(record)


def test_a_mobile_number_in_a_public_registration_text_is_masked(district, registration, write_csv):
    district.intake(
        write_csv([registration(住所=f"潼南区示例路1号，电话{MOBILE}", 类型=MOBILE)], "r.csv"), "DJZC"
    )
    assert MOBILE not in str(public(district).as_json())


def test_numbers_in_texts_that_are_not_public_are_masked_for_a_department_by_default(
    district, penalty, write_csv
):
    district.intake(write_csv([penalty(CF_XDR_SWDJ=PERSON, CF_FR_ZJLX="身份证", CF_FR_ZJHM=PERSON)]), "XZCF")
    seen = district.archive(CODE, role="department", provider="11500152YY0000239R").as_json()
    assert PERSON not in str(seen)


def test_a_revoked_decision_is_not_public(district, penalty, registration, write_csv):
    district.intake(write_csv([registration()], "r.csv"), "DJZC")
    row = penalty(失信程度="一般", KZ_CXBZ="撤销", KZ_CXYY="复议撤销")
    district.intake(write_csv([row]), "XZCF")
    assert "XZCF" not in public(district).counts


def test_a_refused_look_is_logged_too(district, penalty, write_csv):
    from xinyong.kernel.errors import NotPermitted

    district.intake(write_csv([penalty()]), "XZCF")
    with pytest.raises(NotPermitted):
        district.archive(CODE, role="subject", provider="91350100M000100Y43")
    assert district.one("SELECT count(*) FROM look") == 1


def test_correcting_an_old_row_that_came_in_time_is_not_late(district, penalty, write_csv):
    row = {"CF_JDRQ": "2026-10-12", "CF_YXQ": "2029-10-12"}
    first = district.intake(write_csv([penalty(**row)]), "XZCF", received_on=date(2026, 10, 14))
    again = district.intake(write_csv([penalty(**row, CF_NR_FK="0.3")], "b.csv"), "XZCF")
    assert (first.late, again.corrected, again.late) == (0, 1, 0)


@pytest.mark.parametrize(
    ("decided", "received", "late"),
    [
        ("2026-09-28", date(2026, 10, 13), 0),  # 9/29 9/30 10/8 10/9 10/10 (a worked Saturday) 10/12 10/13
        ("2026-09-28", date(2026, 10, 14), 1),
        ("2026-11-09", date(2026, 11, 18), 0),
        ("2026-11-09", date(2026, 11, 19), 1),
    ],
)
def test_lateness_counts_working_days(district, penalty, write_csv, decided, received, late):
    r = district.intake(write_csv([penalty(CF_JDRQ=decided)]), "XZCF", received_on=received)
    assert r.late == late


def reported(district, month="2026-11-01"):
    from xinyong.collection.ledger import reporting

    return reporting(district.connect(), "XZCF", "11500152YY0000239R", date.fromisoformat(month))


def test_an_undone_submission_is_not_reported(district, penalty, write_csv, undo):
    undo(district.intake(write_csv([penalty()]), "XZCF"))
    assert reported(district)["reported"] == 0


def test_a_withdrawn_zero_report_leaves_the_rate_unknown(district, penalty, write_csv, undo):
    from xinyong.collection.ledger import zero_report
    from xinyong.foundation.audit import Who

    c = district.connect(autocommit=False)
    at = datetime.now(UTC)
    r = zero_report(c, district.book, "XZCF", "11500152YY0000239R", "2026-11", Who("甲", "center"), at)
    undo(r)
    assert reported(district)["rate"] is None


def test_what_came_in_shows_beside_a_zero_report(district, penalty, write_csv):
    from xinyong.collection.ledger import zero_report
    from xinyong.foundation.audit import Who

    c = district.connect(autocommit=False)
    zero_report(
        c, district.book, "XZCF", "11500152YY0000239R", "2026-11", Who("甲", "center"), datetime.now(UTC)
    )
    district.intake(write_csv([penalty()]), "XZCF")
    assert reported(district)["reported"] == 1


def test_the_application_changes_and_deletes_nothing_that_is_proof(district, penalty, write_csv):
    import psycopg

    district.intake(write_csv([penalty()]), "XZCF")
    proof = ("audit_entry", "record_version", "submission", "submission_fates", "problem", "held_row", "look",
             "closure", "publication", "ledger_entry", "subject_name", "subject_confirmation",
             "credit_subject", "record_alias", "event", "vault_object")  # fmt: skip
    for table in proof:
        for sql in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                district.connect().execute(sql)


def waiting(district):
    """How many intakes wait for another's lock."""
    return district.one(
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted"
    )


def test_a_wait_for_the_item_does_not_let_a_wrong_name_survive_registration(
    district, penalty, registration, write_csv
):
    """Batch numbers are given before the wait for the item's lock, publication comes after it."""
    import threading

    from processes import until

    from xinyong.archive import publication
    from xinyong.catalog import registry

    item = district.book.item("DJZC", date.today())
    blocker = district.connect(autocommit=False)
    registry.register(district.connect(), [item])
    publication.lock_item(blocker, registry.item_number(blocker, "DJZC"))
    path = write_csv([registration(主体名称="重庆示例真名有限公司")], "r.csv")
    done = []
    thread = threading.Thread(target=lambda: done.append(district.intake(path, "DJZC")))
    thread.start()
    until(lambda: waiting(district))
    district.intake(write_csv([penalty()]), "XZCF")
    blocker.rollback()
    thread.join()
    assert done[0].new == 1
    names = [n["name"] for n in district.archive(CODE).names]
    assert names == ["重庆示例真名有限公司"]
    assert [r["item"] for r in district.archive(CODE).records] == ["DJZC"]


def test_a_registration_taken_in_during_an_intake_still_keeps_the_wrong_name_out(
    district, penalty, registration, write_csv
):
    import threading

    from processes import until

    from xinyong.collection.intake import Request, intake
    from xinyong.foundation.audit import Who

    district.intake(write_csv([penalty(CF_WSH="甲0号")], "a.csv"), "XZCF")  # opens the subject
    district.intake(write_csv([penalty(CF_WSH="甲0号", 操作="撤销")], "a2.csv"), "XZCF")
    path = write_csv([registration(主体名称="重庆示例真名有限公司")], "r.csv")
    thread = threading.Thread(target=lambda: district.intake(path, "DJZC"))

    def meanwhile(stage, rows):
        if not thread.ident:
            thread.start()
            until(lambda: not thread.is_alive() or waiting(district))

    who = Who("信用中心业务员", "center")
    intake(Request(write_csv([penalty()], "b.csv"), "XZCF", who, datetime.now(UTC)), district.book, meanwhile)
    thread.join(20)
    assert [r["item"] for r in district.archive(CODE).records] == ["DJZC"]


def test_as_of_a_day_a_name_not_yet_taken_is_not_a_former_name(district, registration, write_csv):
    new = registration(
        主体名称="重庆示例新名有限公司", 曾用名="重庆示例甲乙商贸有限公司", 核准日期="2024-01-02"
    )
    district.intake(write_csv([registration()], "a.csv"), "DJZC")
    district.intake(write_csv([new], "b.csv"), "DJZC")
    then = public(district, as_of=date(2021, 1, 1))
    assert [n["name"] for n in then.names] == ["重庆示例甲乙商贸有限公司"]
    assert [r["fields"]["主体名称"] for r in then.records] == ["重庆示例甲乙商贸有限公司"]
