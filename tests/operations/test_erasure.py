"""What a record says goes everywhere it was kept; that it was, and why it went, stays."""

from __future__ import annotations

import json

import openpyxl
import psycopg
import pytest
from grounds import GROUND, NOW, REVIEWER

from xinyong.collection import erasure, tasks
from xinyong.foundation import erasures, vault
from xinyong.foundation.erasures import Ground
from xinyong.kernel.errors import Refused

CODE = "91500152YY00000282"


def test_payload_and_salt_go_and_the_leaf_stays(district, three, write_csv, record_of, erase):
    district.intake(write_csv(three), "XZCF")
    before = district.owner().execute("SELECT record_id, leaf FROM record_version ORDER BY line").fetchall()
    erase(record_of(3))
    rows = district.owner().execute("SELECT payload IS NULL, salt IS NULL FROM record_version ORDER BY line")
    assert rows.fetchall() == [(False, False), (True, True), (False, False)]
    after = district.owner().execute("SELECT record_id, leaf FROM record_version ORDER BY line").fetchall()
    assert after == before


def test_every_version_of_the_record_is_forgotten(district, penalty, write_csv, record_of, erase):
    district.intake(write_csv([penalty()]), "XZCF")
    district.intake(write_csv([penalty(CF_NR_FK="0.3")], "second.csv"), "XZCF")
    assert erase(record_of(2)).versions == 2
    assert district.one("SELECT count(*) FROM record_version WHERE payload IS NOT NULL") == 0


def test_the_archive_no_longer_shows_it(district, three, write_csv, record_of, erase):
    district.intake(write_csv(three), "XZCF")
    erase(record_of(3))
    numbers = [r["fields"]["行政处罚决定书文号"] for r in district.archive(CODE).records]
    assert sorted(numbers) == ["潼示罚〔2026〕1号", "潼示罚〔2026〕3号"]


def test_the_original_loses_the_row_and_keeps_its_line_numbers(
    district, three, write_csv, record_of, erase, kept
):
    path = write_csv(three)
    receipt = district.intake(path, "XZCF")
    assert erase(record_of(3)).rewritten == [receipt.submission]
    lines = path.read_bytes().split(b"\r\n")
    lines[2] = b""
    assert kept(receipt.submission) == b"\r\n".join(lines)


def test_the_old_file_and_its_key_are_gone(district, three, write_csv, record_of, erase):
    receipt = district.intake(write_csv(three), "XZCF")
    erase(record_of(3))
    assert not vault.path_of(receipt.vault_name).exists()
    assert (
        district.one("SELECT length(wrapped_key) FROM vault_object WHERE name = %s", receipt.vault_name) == 0
    )


def test_a_row_over_several_physical_lines_leaves_one_empty_line(
    district, three, write_csv, record_of, erase, kept
):
    three[1]["CF_SY"] = '经查\n当事人"未公示"\n年度报告'
    receipt = district.intake(write_csv(three), "XZCF")
    erase(record_of(3))
    text = kept(receipt.submission)
    assert "未公示" not in text.decode() and text.count(b"\n") == 4
    assert text.split(b"\n")[2] == b"\r"


def test_a_gb18030_file_is_rewritten_in_gb18030(district, three, write_csv, record_of, erase, kept):
    path = write_csv(three)
    path.write_bytes(path.read_text("utf-8").encode("gb18030"))
    receipt = district.intake(path, "XZCF")
    erase(record_of(2))
    text = kept(receipt.submission).decode("gb18030")
    assert "2026〕1号" not in text and "2026〕2号" in text


def test_title_rows_and_another_separator_do_not_confuse_it(
    district, three, tmp_path, record_of, erase, kept
):
    path = tmp_path / "titled.csv"
    rows = [";".join(three[0]), *(";".join(r.values()) for r in three)]
    path.write_text("\n".join(["潼南区示例处罚,共三条", "", *rows]) + "\n", "utf-8")
    receipt = district.intake(path, "XZCF")
    assert receipt.new == 3
    erase(record_of(5))
    assert kept(receipt.submission).decode() == path.read_text("utf-8").replace(rows[2] + "\n", "\n")


def test_json_lines_lose_the_line(district, three, tmp_path, record_of, erase, kept):
    path = tmp_path / "file.jsonl"
    lines = [json.dumps(r, ensure_ascii=False) for r in three]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    receipt = district.intake(path, "XZCF")
    assert erase(record_of(1)).rewritten == [receipt.submission]
    assert kept(receipt.submission).decode() == "\n".join(["", *lines[1:]]) + "\n"


def test_of_a_workbook_the_whole_key_is_destroyed_and_the_entry_says_so(
    district, three, tmp_path, record_of, erase
):
    book = openpyxl.Workbook()
    for row in [list(three[0]), *(list(r.values()) for r in three)]:
        book.active.append(row)
    book.save(tmp_path / "file.xlsx")
    receipt = district.intake(tmp_path / "file.xlsx", "XZCF")
    done = erase(record_of(3))
    assert (done.rewritten, done.destroyed) == ([], [receipt.submission])
    assert not vault.path_of(receipt.vault_name).exists()
    assert "整份原件" in district.one("SELECT detail ->> 'why' FROM erasure")


def test_a_file_that_held_only_this_row_is_destroyed(district, penalty, write_csv, record_of, erase):
    receipt = district.intake(write_csv([penalty()]), "XZCF")
    assert erase(record_of(2)).destroyed == [receipt.submission]


def test_duplicates_of_the_row_in_other_files_go_too(district, three, write_csv, record_of, erase, kept):
    district.intake(write_csv(three), "XZCF")
    again = district.intake(write_csv([three[0], three[1] | {"BZ": " "}], "again.csv"), "XZCF")
    assert again.duplicates == 2
    done = erase(record_of(3))
    assert again.submission in done.rewritten and len(done.rewritten) == 2
    assert "2026〕2号" not in kept(again.submission).decode()
    assert "2026〕1号" in kept(again.submission).decode()


def test_a_returned_row_of_the_same_decision_goes_too(district, three, write_csv, record_of, erase, kept):
    wrong = district.intake(write_csv([three[0], three[1] | {"CF_NR_FK": "不详"}], "wrong.csv"), "XZCF")
    assert wrong.rejected == 1
    district.intake(write_csv(three), "XZCF")
    record = district.one("SELECT record_id FROM record_version WHERE payload LIKE %s", "%2026〕2号%").hex
    assert wrong.submission in erase(record).rewritten
    assert "不详" not in kept(wrong.submission).decode()


def test_a_held_rows_payload_is_blanked(district, three, write_csv, record_of, erase):
    district.intake(write_csv(three), "XZCF")
    held = district.intake(
        write_csv([three[1] | {"CF_XDR_MC": "重庆示例丙丁餐饮有限公司"}], "held.csv"), "XZCF"
    )
    assert held.held == 1
    assert erase(record_of(3)).held_rows == 1
    assert district.one("SELECT payload FROM held_row WHERE submission = %s", held.submission) == ""


def test_another_record_and_its_originals_are_untouched(district, three, write_csv, record_of, erase, kept):
    district.intake(write_csv(three[:2]), "XZCF")
    path = write_csv(three[2:], "other.csv")
    other = district.intake(path, "XZCF")
    erase(record_of(3))
    assert kept(other.submission) == path.read_bytes()


def test_the_same_row_again_is_a_duplicate_and_does_not_come_back(
    district, three, write_csv, record_of, erase
):
    district.intake(write_csv(three), "XZCF")
    erase(record_of(3))
    again = district.intake(write_csv([three[1]], "again.csv"), "XZCF")
    assert (again.duplicates, again.new) == (1, 0)
    assert district.one("SELECT count(*) FROM record_version WHERE payload IS NOT NULL") == 2


@pytest.mark.parametrize(
    "change", [{"CF_NR_FK": "0.3"}, {"操作": "更正"}, {"操作": "新增", "CF_NR_FK": "0.3"}]
)
def test_a_changed_row_of_an_erased_record_goes_back_to_the_department(
    district, three, write_csv, record_of, erase, change
):
    district.intake(write_csv(three), "XZCF")
    erase(record_of(3))
    again = district.intake(write_csv([three[1] | change], "again.csv"), "XZCF")
    assert (again.rejected, again.accepted) == (1, 0) and again.rules == {"erased_record": 1}


def test_a_row_that_was_revoked_and_then_erased_does_not_come_back(
    district, three, write_csv, record_of, erase
):
    district.intake(write_csv(three), "XZCF")
    revoked = three[1] | {"操作": "撤销", "撤销或更正原因": "示例"}
    assert district.intake(write_csv([revoked], "revoked.csv"), "XZCF").revoked == 1
    erase(record_of(3))
    again = district.intake(write_csv([three[1]], "again.csv"), "XZCF")
    assert (again.rejected, again.accepted) == (1, 0)


def test_the_entry_names_rule_and_article_and_the_trail_and_the_log_have_it(
    district, three, write_csv, record_of, erase
):
    district.intake(write_csv(three), "XZCF")
    record = record_of(3)
    erase(record)
    row = district.owner().execute("SELECT target, rule, instrument, article, actor FROM erasure").fetchall()
    assert row == [(f"record:{record}", "REC_PENALTY", "PIPL", "第四十七条", "信用中心审核员")]
    trail = "SELECT count(*) FROM audit_entry WHERE action = 'erase' AND target = %s"
    assert district.one(trail, f"record:{record}") == 1
    (logged,) = erasures.read()
    assert (logged.target, logged.ground, logged.at) == (record, GROUND, NOW)


def test_neither_entry_nor_log_says_what_was_erased(district, three, write_csv, record_of, erase):
    district.intake(write_csv(three), "XZCF")
    erase(record_of(3))
    told = erasures.log_path().read_text("utf-8") + str(district.one("SELECT detail::text FROM erasure"))
    for secret in (CODE, "示例甲", "潼示罚"):
        assert secret not in told


def test_erasing_twice_changes_nothing(district, three, write_csv, record_of, erase):
    district.intake(write_csv(three), "XZCF")
    erase(record_of(3))
    assert not erase(record_of(3)).anything
    assert district.one("SELECT count(*) FROM erasure") == 1
    assert len(erasures.read()) == 1


def test_a_second_erasure_finds_the_row_in_a_file_that_came_later(
    district, three, write_csv, record_of, erase, kept
):
    district.intake(write_csv(three), "XZCF")
    erase(record_of(3))
    later = district.intake(write_csv(three[:2], "later.csv"), "XZCF")
    assert erase(record_of(3)).rewritten == [later.submission]
    assert "2026〕2号" not in kept(later.submission).decode()


class Killed(BaseException):
    pass


def test_killed_before_the_commit_it_is_done_on_the_next_occasion(
    district, three, write_csv, record_of, erase, kept, monkeypatch
):
    receipt = district.intake(write_csv(three), "XZCF")
    real = erasures.note

    def killed(*given):
        real(*given)
        raise Killed

    with monkeypatch.context() as m, pytest.raises(Killed):
        m.setattr(erasures, "note", killed)
        erase(record_of(3))
    assert district.one("SELECT count(*) FROM record_version WHERE payload IS NULL") == 0
    assert "2026〕2号" in kept(receipt.submission).decode()
    assert tasks.finish_erasures.func(timestamp=0) == 1
    assert district.one("SELECT count(*) FROM record_version WHERE payload IS NULL") == 1
    assert "2026〕2号" not in kept(receipt.submission).decode()
    assert erasures.catch_up(erasure.again) == 0 and len(erasures.read()) == 1


def test_a_torn_line_in_the_log_is_passed_over_and_hides_no_later_one(
    district, three, write_csv, record_of, erase
):
    district.intake(write_csv(three), "XZCF")
    erase(record_of(2))
    with open(erasures.log_path(), "ab") as f:
        f.write('{"kind": "record", "target": "示'.encode()[:-1])
    erase(record_of(3))
    assert len(erasures.read()) == 2


def test_the_line_is_forced_to_disk(district, three, write_csv, record_of, erase, monkeypatch):
    district.intake(write_csv(three), "XZCF")
    forced, real = [], erasures.os.fsync
    monkeypatch.setattr(erasures.os, "fsync", lambda f: (forced.append(erasures.os.fstat(f).st_ino), real(f)))
    erase(record_of(3))
    assert {erasures.log_path().stat().st_ino, district.home.stat().st_ino} <= set(forced)


def test_it_waits_for_an_intake_of_the_same_item(district, three, write_csv, record_of, erase, monkeypatch):
    district.intake(write_csv(three), "XZCF")
    record, number = record_of(3), district.one("SELECT item FROM record_version LIMIT 1")
    intake = district.connect(autocommit=False)
    intake.execute("SELECT pg_advisory_xact_lock(7201, %s)", [number])
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=200ms")
    with pytest.raises(psycopg.errors.LockNotAvailable):
        erase(record)
    intake.rollback()
    assert erase(record).versions == 1


def test_an_unknown_record_is_refused(district, erase):
    with pytest.raises(Refused, match="没有记录 0000"):
        erase("0" * 32)


def test_what_is_no_record_id_is_refused(district, erase):
    with pytest.raises(Refused, match="不是记录号"):
        erase("潼示罚〔2026〕1号")


def test_an_unknown_instrument_is_refused(district, three, write_csv, record_of):
    district.intake(write_csv(three), "XZCF")
    with pytest.raises(Refused, match="没有编号为“某条例”的法律文件"):
        erasure.erase_record(record_of(3), Ground("R", "某条例", "第一条"), REVIEWER, NOW, district.book)


def test_a_ground_without_an_article_is_refused():
    with pytest.raises(Refused, match="规则、法律文件和条款三项"):
        Ground("REC_PENALTY", "PIPL", " ")


def test_an_original_is_erased_as_a_whole_and_its_records_stay(district, three, write_csv):
    receipt = district.intake(write_csv(three), "XZCF")
    assert erasure.erase_original(receipt.submission, GROUND, REVIEWER, NOW)
    assert not erasure.erase_original(receipt.submission, GROUND, REVIEWER, NOW)
    assert not vault.path_of(receipt.vault_name).exists()
    assert len(district.archive(CODE).records) == 3
    assert district.one("SELECT count(*) FROM erasure") == 1


def test_an_original_of_an_unknown_submission_is_refused(district):
    with pytest.raises(Refused, match="没有批次 99"):
        erasure.erase_original(99, GROUND, REVIEWER, NOW)


def test_no_plain_text_is_left_in_the_home(district, three, write_csv, record_of, erase):
    district.intake(write_csv(three), "XZCF")
    erase(record_of(3))
    assert list((district.home / "tmp").glob("*")) == []
