"""A department's file becomes a credit archive that can be asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sampledistrict.codes import person_id, uscc
from xinyong.kernel.errors import NotPermitted, Refused

PERSON = person_id("19800101", 1)
CODE = "91500152YY00000282"


def registered(name="重庆示例甲乙商贸有限公司", code=CODE, **more):
    row = {
        "主体名称": name, "主体类别": "法人及非法人组织", "登记主体类型": "企业法人", "统一社会信用代码": code,
        "成立日期": "2019-03-05", "核准日期": "2020-01-02", "经营状态": "存续", "登记机关": "潼南区市场监督管理局",
    }  # fmt: skip
    return {**row, **more}


def test_a_clean_row_is_new_and_stands_in_the_archive(district, penalty, write_csv):
    receipt = district.intake(write_csv([penalty()]), "XZCF")
    assert (receipt.rows, receipt.new, receipt.accepted) == (1, 1, 1)
    records = district.archive(CODE).records
    assert [r["item"] for r in records] == ["XZCF"]
    assert records[0]["fields"]["罚款金额（万元）"] == "0.2"


def test_the_same_bytes_again_change_nothing_and_say_so(district, penalty, write_csv):
    path = write_csv([penalty()])
    first = district.intake(path, "XZCF")
    again = district.intake(path, "XZCF")
    assert again.already_received and again.submission == first.submission
    assert district.one("SELECT count(*) FROM record_version") == 1
    assert district.one("SELECT count(*) FROM publication") == 1


def test_the_same_row_in_other_bytes_is_a_duplicate(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    receipt = district.intake(write_csv([penalty(BZ=" ")], "other.csv"), "XZCF")
    assert (receipt.duplicates, receipt.new) == (1, 0)


def test_a_changed_row_is_a_correction_and_the_old_one_is_kept(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    receipt = district.intake(write_csv([penalty(CF_NR_FK="0.3")], "other.csv"), "XZCF")
    assert receipt.corrected == 1
    assert [r["fields"]["罚款金额（万元）"] for r in district.archive(CODE).records] == ["0.3"]
    assert district.one("SELECT count(*) FROM record_version") == 2


def test_known_at_answers_as_before_the_correction(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    moment = datetime.now(UTC)
    district.intake(write_csv([penalty(CF_NR_FK="0.3")], "other.csv"), "XZCF")
    before = district.archive(CODE, known_at=moment).records
    assert [r["fields"]["罚款金额（万元）"] for r in before] == ["0.2"]


def test_as_of_moves_valid_time(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    assert district.archive(CODE, as_of=date(2026, 11, 17)).records == []
    assert len(district.archive(CODE, as_of=date(2026, 11, 18)).records) == 1


def test_a_row_whose_name_belongs_to_another_code_is_nobodys(district, penalty, write_csv):
    district.intake(write_csv([registered()], "reg.csv"), "DJZC")
    receipt = district.intake(write_csv([penalty(CF_XDR_MC="重庆示例丙丁餐饮有限公司")]), "XZCF")
    assert receipt.held == 1 and receipt.rules["R14_name_code"] == 1
    assert [r["item"] for r in district.archive(CODE).records] == ["DJZC"]
    assert district.one("SELECT count(*) FROM held_row") == 1


def test_a_former_name_agrees_too(district, penalty, write_csv):
    district.intake(write_csv([registered(曾用名="重庆示例旧名商贸有限公司")], "reg.csv"), "DJZC")
    receipt = district.intake(write_csv([penalty(CF_XDR_MC="重庆示例旧名商贸有限公司")]), "XZCF")
    assert receipt.new == 1


def test_width_brackets_and_spaces_do_not_matter_in_a_name(district, penalty, write_csv):
    district.intake(write_csv([registered("重庆示例（潼南）商贸有限公司")], "reg.csv"), "DJZC")
    receipt = district.intake(write_csv([penalty(CF_XDR_MC="重庆示例 (潼南)商贸有限公司")]), "XZCF")
    assert receipt.new == 1


def test_an_unknown_code_opens_a_provisional_subject_outside_the_public_site(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    assert district.archive(CODE).subject["status"].startswith("暂存")
    assert not district.archive(CODE, role="public").found


def test_registration_under_another_name_takes_the_records_away_again(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    receipt = district.intake(write_csv([registered("重庆示例真名有限公司")], "reg.csv"), "DJZC")
    assert receipt.new == 1
    assert [r["item"] for r in district.archive(CODE).records] == ["DJZC"]
    assert district.one("SELECT reason FROM held_row") == "R14_name_code"


def test_after_that_the_disowned_name_no_longer_agrees(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    district.intake(write_csv([registered("重庆示例真名有限公司")], "reg.csv"), "DJZC")
    receipt = district.intake(write_csv([penalty(CF_WSH="潼示罚〔2026〕9号")], "b.csv"), "XZCF")
    assert receipt.held == 1


def test_same_document_with_another_subject_is_held_unless_marked(district, penalty, write_csv):
    other = {"CF_XDR_MC": "重庆示例丙丁餐饮有限公司", "CF_XDR_SHXYM": uscc("91", "500152", "YY000010")}
    district.intake(write_csv([penalty()]), "XZCF")
    assert district.intake(write_csv([penalty(**other)], "b.csv"), "XZCF").held == 1
    marked = district.intake(write_csv([penalty(**other, 操作="新增")], "c.csv"), "XZCF")
    assert marked.new == 1


def test_a_marked_correction_of_the_key_keeps_one_record(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    fixed = penalty(CF_JDRQ="2026-11-17", 操作="更正", 原记录号="潼示罚〔2026〕1号")
    assert district.intake(write_csv([fixed], "b.csv"), "XZCF").corrected == 1
    assert [r["decided"] for r in district.archive(CODE).records] == ["2026-11-17"]
    again = district.intake(write_csv([penalty(CF_JDRQ="2026-11-17")], "c.csv"), "XZCF")
    assert again.duplicates == 1


def test_a_withdrawal_ends_the_record_and_later_the_row_may_come_anew(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    gone = district.intake(write_csv([penalty(操作="撤销")], "b.csv"), "XZCF")
    assert gone.revoked == 1 and district.archive(CODE).records == []
    assert district.intake(write_csv([penalty(BZ="重新作出")], "c.csv"), "XZCF").new == 1


def test_undo_within_the_day_takes_a_submission_back(district, penalty, write_csv):
    from xinyong.collection.undo import undo
    from xinyong.foundation.audit import Who

    district.intake(write_csv([penalty()]), "XZCF")
    second = district.intake(write_csv([penalty(CF_NR_FK="0.5"), penalty(CF_WSH="乙2号")], "b.csv"), "XZCF")
    undone = undo(
        district.connect(autocommit=False), second.submission, "误报", Who("甲", "center"), datetime.now(UTC)
    )
    assert (undone.revoked, undone.corrected) == (1, 1)
    assert [r["fields"]["罚款金额（万元）"] for r in district.archive(CODE).records] == ["0.2"]


def test_undo_is_refused_the_day_after(district, penalty, write_csv):
    from xinyong.collection.undo import undo
    from xinyong.foundation.audit import Who

    receipt = district.intake(write_csv([penalty()]), "XZCF")
    later = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises(Refused, match="不是今天报送的"):
        undo(district.connect(autocommit=False), receipt.submission, "误报", Who("甲", "center"), later)


def test_undoing_a_registration_ends_its_names_and_its_confirmation(district, penalty, write_csv):
    from xinyong.collection.undo import undo
    from xinyong.foundation.audit import Who

    district.intake(write_csv([penalty()]), "XZCF")
    registration = district.intake(write_csv([registered("重庆示例真名有限公司")], "reg.csv"), "DJZC")
    undo(
        district.connect(autocommit=False),
        registration.submission,
        "误报",
        Who("甲", "center"),
        datetime.now(UTC),
    )
    answer = district.archive(CODE)
    assert answer.subject["name"] == "重庆示例甲乙商贸有限公司"
    assert answer.subject["status"].startswith("暂存")
    assert [r["item"] for r in answer.records] == ["XZCF"]


def test_every_row_tells_all_of_its_problems(district, penalty, write_csv):
    bad = penalty(CF_NR_FK="2000元", CF_JDRQ="2026-02-30", CF_CFLB="打手心", CF_WSH="")
    receipt = district.intake(write_csv([bad]), "XZCF")
    assert receipt.rejected == 1
    assert {"amount_unit_in_text", "bad_date", "code_set", "required"} <= receipt.rules.keys()


def test_a_natural_person_is_known_by_a_hash_and_shown_masked(district, penalty, write_csv):
    person = penalty(
        CF_XDR_MC="示例某甲", CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_FRDB="",
        CF_XDR_ZJLX="身份证", CF_XDR_ZJHM=PERSON,
    )  # fmt: skip
    assert district.intake(write_csv([person]), "XZCF").new == 1
    stored = district.one("SELECT payload FROM record_version")
    assert PERSON not in stored
    answer = district.archive(PERSON)
    assert answer.subject["code"] is None and "某甲" not in str(answer.as_json())
    assert PERSON not in str(answer.as_json())
    assert not district.archive(PERSON, role="public").found


def test_the_public_sees_a_penalty_only_once_its_degree_is_decided(district, penalty, write_csv):
    district.intake(write_csv([registered()], "reg.csv"), "DJZC")
    district.intake(write_csv([penalty()]), "XZCF")
    assert [r["item"] for r in district.archive(CODE, role="public").records] == ["DJZC"]
    district.intake(write_csv([penalty(失信程度="一般")], "b.csv"), "XZCF")
    seen = district.archive(CODE, role="public", today=date(2026, 11, 23)).records
    assert sorted(r["item"] for r in seen) == ["DJZC", "XZCF"]
    after = district.archive(CODE, role="public", today=date(2027, 11, 19)).records
    assert [r["item"] for r in after] == ["DJZC"]


def test_the_public_may_not_ask_what_was_known(district, penalty, write_csv):
    district.intake(write_csv([penalty()]), "XZCF")
    with pytest.raises(NotPermitted):
        district.archive(CODE, role="public", known_at=datetime.now(UTC))


def test_every_look_is_logged_even_at_nobody(district):
    district.archive("91350100M000100Y43", role="public")
    assert district.one("SELECT count(*) FROM look WHERE subject IS NULL AND role = 'public'") == 1


def test_leaf_hashes_can_be_recomputed_by_a_stranger(district, penalty, write_csv):
    from hashlib import sha256

    district.intake(write_csv([penalty()]), "XZCF")
    salt, leaf, payload = (
        district.owner().execute("SELECT salt, leaf, payload FROM record_version").fetchone()
    )
    assert sha256(bytes(salt).hex().encode() + payload.encode()).digest() == bytes(leaf)


def test_totals_add_up_over_a_mixed_file(district, penalty, write_csv):
    rows = [
        penalty(),
        penalty(),
        penalty(CF_WSH="乙"),
        penalty(CF_WSH="丙", CF_JDRQ="不详"),
        penalty(CF_NR_FK="9"),
    ]
    r = district.intake(write_csv(rows), "XZCF")
    assert r.rows == 5 == r.new + r.duplicates + r.corrected + r.revoked + r.held + r.rejected
    assert (r.new, r.duplicates, r.corrected, r.rejected) == (2, 1, 1, 1)


def test_a_full_submission_reports_what_is_missing_and_revokes_nothing(district, penalty, write_csv):
    both = [penalty(), penalty(CF_WSH="乙")]
    district.intake(write_csv(both), "XZCF", provider="SCJG")
    r = district.intake(write_csv(both[:1], "b.csv"), "XZCF", provider="SCJG", mode="全量")
    assert r.missing == 1 and len(district.archive(CODE).records) == 2


def test_back_filled_rows_are_not_counted_late(district, penalty, write_csv):
    old = penalty(CF_JDRQ="2025-01-06")
    assert district.intake(write_csv([old]), "XZCF", mode="补录").late == 0
    assert district.intake(write_csv([penalty(CF_JDRQ="2025-01-07", CF_WSH="b")], "b.csv"), "XZCF").late == 1


def test_the_original_is_kept_encrypted_and_named_by_an_hmac(district, penalty, write_csv):
    from xinyong.foundation import vault

    path = write_csv([penalty()])
    r = district.intake(path, "XZCF")
    stored = vault.path_of(r.vault_name)
    assert "甲乙商贸".encode() not in stored.read_bytes() and r.sha256 not in stored.name
    name, key = district.owner().execute("SELECT name, wrapped_key FROM vault_object").fetchone()
    assert b"".join(vault.read(name, bytes(key))) == path.read_bytes()


def test_search_finds_by_code_part_two_characters_and_initials(district, write_csv):
    from xinyong.disclosure import queries
    from xinyong.foundation.audit import PUBLIC

    district.intake(write_csv([registered()], "reg.csv"), "DJZC")
    q = queries.Question(PUBLIC, datetime.now(UTC), date.today())
    for text in (CODE, CODE.lower(), "示例甲乙商贸", "甲乙", "CQSLJY"):
        assert [s["code"] for s in queries.search(district.connect(), text, q)] == [CODE], text


def test_a_provider_not_stated_is_read_from_the_file(district, penalty, write_csv):
    path = write_csv([penalty()])
    assert district.intake(path, "XZCF").provider == "11500152YY0000239R"
    assert district.intake(path, "XZCF").already_received


def test_a_code_it_had_before_leads_to_the_subject(district, penalty, write_csv):
    old = uscc("91", "500223", "YY000077")
    row = registered(曾用代码=old, 注册号="500223000000017")
    district.intake(write_csv([row], "reg.csv"), "DJZC")
    receipt = district.intake(write_csv([penalty(CF_XDR_SHXYM=old)]), "XZCF")
    assert receipt.new == 1
    answer = district.archive(old)
    assert answer.subject["code"] == CODE and old in answer.subject["former_codes"]
    assert sorted(r["item"] for r in answer.records) == ["DJZC", "XZCF"]


def test_a_former_code_that_two_subjects_claim_leads_to_neither(district, penalty, write_csv):
    old, other = uscc("91", "500223", "YY000077"), uscc("91", "500152", "YY000078")
    rows = [registered(曾用代码=old), registered("重庆示例另家有限公司", other, 曾用代码=old)]
    district.intake(write_csv(rows, "reg.csv"), "DJZC")
    assert not district.archive(old).found
