"""到期处置: sealed or deleted by rule, never earlier, never while something is open, and whole whatever kills the job."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from persons_cast import CENTRE, CODE, NOW, OFFICER, OTHER, OUTSIDERS, OWNER, PERSON, POLICE, SECOND, TODAY
from test_look_holds import standing

from xinyong.disclosure import actions, looks, queries, sealed
from xinyong.disclosure.queries import Question
from xinyong.disclosure.sealed import Ground
from xinyong.foundation import erasures
from xinyong.foundation.audit import PUBLIC, SYSTEM, Who
from xinyong.kernel.errors import Fault, NotPermitted, Refused
from xinyong.rights.persons import disposal

LAST = date(2031, 11, 18)  # sixty months after the decision of the 18th of November 2026
AFTER = LAST + timedelta(1)
ROOT = Path(__file__).parents[2]
LAWFUL = Ground("PIPL", "第十三条第一款第三项", "法院调阅，示法函〔2031〕1号")
READER = replace(SECOND, purpose="协助调阅")


def dispose(hall: Any, day: date = AFTER, **more: Any) -> disposal.Disposed:
    return disposal.dispose(
        hall.book, day, SYSTEM, datetime(day.year, day.month, day.day, 3, tzinfo=UTC), **more
    )


def record_of(hall: Any, code: str = CODE) -> str:
    who = Who("某人", "center", purpose="测试")
    [found] = [r["record"] for r in hall.look(who, code).records if r["item"] == "XZCF"]
    return str(found)


def penalties(hall: Any, who: Who, day: date, code: str = CODE) -> int:
    answer = queries.archive(hall.c, code, Question(who, NOW, day), hall.book)
    return answer.counts.get("XZCF", 0)


def test_on_the_last_day_nothing_is_due(hall):
    assert disposal.due(hall.book, LAST) == [] and dispose(hall, LAST).told() == {
        "sealed": 0, "deleted": 0, "waiting": 0, "more": False,
    }  # fmt: skip
    assert penalties(hall, CENTRE, LAST) == 1


def test_the_day_after_an_organisations_is_sealed_and_a_persons_deleted(hall):
    theirs, hers = record_of(hall), record_of(hall, PERSON)
    done = dispose(hall)
    assert (done.sealed, done.deleted, done.waiting) == ([theirs], [hers], [])
    assert hall.one("SELECT count(*) FROM record_version WHERE payload IS NOT NULL AND item = "
                    "(SELECT id FROM catalog_item WHERE code = 'XZCF')") == 0  # fmt: skip
    rows = hall.district.owner().execute("SELECT target, rule, instrument, article FROM erasure").fetchall()
    assert (f"record:{hers}", "REC_PENALTY", "PIPL", "第四十七条") in rows
    assert f"sealed:{theirs}" in [target for target, *_ in rows] and len(rows) == 2
    assert hall.one("SELECT count(*) FROM evidence_entry WHERE kind = 'erased'") == 2
    assert "record.sealed" in hall.actions()


@pytest.mark.parametrize("role", ["public", "department", "bank", "agency"])
def test_past_its_retention_a_record_is_out_of_every_outside_answer_before_any_job_ran(hall, role):
    who = PUBLIC if role == "public" else Who("某人", role, POLICE, purpose="贷前审查")
    if role in ("bank", "agency"):
        from xinyong.disclosure.authorisations import Terms, grant

        terms = Terms(POLICE, ("XZCF",), "贷前审查", TODAY, AFTER)
        grant(hall.c, OWNER, NOW, TODAY, CODE, terms, hall.book)
    assert penalties(hall, who, AFTER) == 0
    assert role == "public" or penalties(hall, who, LAST) == 1


def test_sealed_it_is_out_of_every_answer(hall):
    record = record_of(hall)
    dispose(hall)
    for who in (
        replace(OWNER, purpose="自查"),
        replace(CENTRE, purpose="核查"),
        Who("审", "auditor", purpose="审计"),
    ):
        for day in (TODAY, LAST, AFTER):
            assert penalties(hall, who, day) == 0
    with pytest.raises(Refused, match="不存在"):
        actions.mark(hall.c, SECOND, NOW, "objection", [record], "查无此记录")
    assert "潼示罚〔2026〕1号" not in str(hall.one("SELECT string_agg(z::text, '') FROM sealed_record z"))


def test_a_second_run_changes_nothing(hall):
    dispose(hall)
    before = hall.one("SELECT count(*) FROM audit_entry")
    assert dispose(hall).told() == {"sealed": 0, "deleted": 0, "waiting": 0, "more": False}
    assert hall.one("SELECT count(*) FROM audit_entry") == before


def test_a_run_takes_on_only_so_many_and_says_that_there_are_more(hall):
    assert dispose(hall, limit=1).more  # of two
    assert not dispose(hall, limit=1).more


def test_a_record_that_can_not_be_deleted_holds_up_no_other_and_is_told(hall, monkeypatch):
    from xinyong.foundation import vault
    from xinyong.rights import tasks

    theirs, hers = record_of(hall), record_of(hall, PERSON)
    stored = (
        "SELECT s.vault_name FROM submission s JOIN record_version v ON v.born = s.id WHERE v.record_id = %s"
    )
    name = hall.one(stored, hers)
    aside = hall.district.home / "aside"
    vault.path_of(name).rename(aside)
    real = sealed.ending
    first = {"key": lambda e: e.record != hers}
    monkeypatch.setattr(sealed, "ending", lambda *given: sorted(real(*given), **first))
    at = int(datetime(AFTER.year, AFTER.month, AFTER.day, 3, tzinfo=UTC).timestamp())
    with pytest.raises(Fault, match=f"1 条记录没能处置.*{hers}"):
        tasks.dispose_ended.func(timestamp=at)
    assert hall.one("SELECT count(*) FROM sealed_record WHERE record_id = %s", theirs) == 1
    aside.rename(vault.path_of(name))
    assert tasks.dispose_ended.func(timestamp=at)["deleted"] == 1


def test_registration_data_without_a_limit_stay(hall):
    dispose(hall, date(2099, 1, 1))
    assert hall.look(CENTRE).counts == {"DJZC": 1}


# nothing that is still needed


def test_what_is_under_an_objection_waits_and_goes_when_that_is_answered(hall):
    record = record_of(hall)
    act = actions.mark(hall.c, SECOND, NOW, "objection", [record], "金额有误")
    assert dispose(hall).waiting == [record] and penalties(hall, CENTRE, AFTER) == 1
    actions.close_mark(hall.c, SECOND, NOW, act.marks[record], "已答复")
    assert dispose(hall).sealed == [record]


def test_nothing_of_a_subject_under_a_confidentiality_hold_is_disposed_of(hall):
    record = record_of(hall)
    hold = standing(hall)
    assert dispose(hall, hold.ends).told()["waiting"] == 0  # not due yet
    hall.district.owner().execute("UPDATE look_hold SET ends = %s", [AFTER])
    assert dispose(hall).waiting == [record]
    assert dispose(hall, AFTER + timedelta(1)).sealed == [record]


@pytest.mark.parametrize("ended", [False, True])
def test_a_case_that_has_not_ended_keeps_its_records(hall, ended):
    record = record_of(hall)
    owner = hall.district.owner()
    owner.execute(
        "INSERT INTO rights_case (number, kind, at, scheme, value, channel, authority, application, detail)"
        " VALUES (gen_random_uuid(), 'repair', now(), 'uscc', %s, 'online', %s, gen_random_uuid(), '{}')", [CODE, POLICE],
    )  # fmt: skip
    owner.execute(
        "INSERT INTO rights_case_record (case_id, record_id, item, version) SELECT id, %s, 'XZCF', 1 FROM rights_case",
        [record],
    )
    from xinyong.rights.moves import CLOSING

    owner.execute(
        "INSERT INTO rights_case_step (case_id, seq, kind, at, actor, role, detail)"
        " SELECT id, 1, %s, now(), '甲', 'center', '{}' FROM rights_case",
        [sorted(CLOSING)[0] if ended else "applied"],
    )
    done = dispose(hall)
    assert (done.sealed, done.waiting) == (([record], []) if ended else ([], [record]))


def shielded(hall: Any, record: str, until: date) -> None:
    from xinyong.disclosure import ids
    from xinyong.rights.repair import shielding

    reviewer = replace(SECOND, purpose="凭法院裁定")
    ruling = shielding.Ruling("（2026）渝0152破申1号", until, CODE, (ids.public_id(record),), "重整")
    shielding.shield(hall.c, reviewer, NOW, TODAY, ruling, hall.book)


def test_a_shielding_keeps_its_record_until_its_day_and_no_longer(hall):
    record = record_of(hall)
    shielded(hall, record, AFTER)
    assert dispose(hall).waiting == [record]
    assert dispose(hall, AFTER + timedelta(1)).sealed == [record]


@pytest.mark.parametrize("what", ["objection", "hold"])
def test_what_opens_while_a_persons_record_is_being_deleted_keeps_it(hall, monkeypatch, what):
    """Rewriting the kept files takes its time; the question is asked again at the end of it."""
    from xinyong.collection import erasure

    record, real, original = record_of(hall, PERSON), erasure._originals, files(hall)
    mine = hall.district.connect()

    def meanwhile(*given: Any) -> None:
        real(*given)
        if what == "objection":
            actions.mark(mine, SECOND, NOW, "objection", [record], "不是本人的")
        else:
            standing(hall, code=PERSON)
            hall.district.owner().execute("UPDATE look_hold SET ends = %s", [AFTER])

    with monkeypatch.context() as busy:
        busy.setattr(erasure, "_originals", meanwhile)
        assert dispose(hall).deleted == []
    assert penalties(hall, CENTRE, TODAY, PERSON) == 1 and files(hall) == original
    assert hall.one("SELECT count(*) FROM erasure WHERE target = %s", f"record:{record}") == 0
    assert not erasures.log_path().exists()
    assert record in dispose(hall).waiting


def files(hall: Any) -> list[tuple[Any, ...]]:
    rows = hall.district.owner().execute("SELECT name, wrapped_key FROM vault_object ORDER BY 1").fetchall()
    return list(rows)


def test_a_correction_that_arrives_late_restarts_nothing_it_should_not(hall, penalty, write_csv):
    """A rule that runs from the decision is not lengthened by handing the record in again."""
    hall.district.intake(
        write_csv([penalty(CF_WSH="潼示罚〔2026〕1号", CF_NR_FK="0.3")], "again.csv"), "XZCF"
    )
    assert len(dispose(hall).sealed) == 1
    assert hall.one("SELECT count(*) FROM sealed_record") == 2


def test_the_same_row_handed_in_again_does_not_bring_it_back(hall, penalty, write_csv):
    dispose(hall)
    receipt = hall.district.intake(write_csv([penalty(CF_WSH="潼示罚〔2026〕1号")], "again.csv"), "XZCF")
    assert (receipt.new, receipt.duplicates) == (0, 1)
    assert penalties(hall, CENTRE, TODAY) == 0


# reading what is sealed


def test_a_named_role_on_a_named_ground_reads_it_and_the_subject_sees_that(hall):
    record = record_of(hall)
    dispose(hall)
    [version] = sealed.read(hall.c, READER, NOW, AFTER, record, LAWFUL, hall.book)
    assert version["fields"]["行政处罚决定书文号"] == "潼示罚〔2026〕1号"
    [seen] = [s for s in looks.looks_of(hall.c, OWNER, others=True, today=AFTER) if s.what == "sealed"]
    assert seen.ground == "查阅封存档案：PIPL第十三条第一款第三项" and seen.purpose == LAWFUL.matter
    assert hall.actions()[-1] == "sealed.read"


@pytest.mark.parametrize(
    "role", [*OUTSIDERS, "department", "department_reviewer", "center", "auditor", "audit_admin"]
)
def test_nobody_else_reads_it(hall, role):
    record = record_of(hall)
    dispose(hall)
    with pytest.raises(NotPermitted):
        sealed.read(hall.c, Who("某人", role, CODE, purpose="x"), NOW, AFTER, record, LAWFUL, hall.book)


@pytest.mark.parametrize("ground", [
    Ground("NONE", "第一条", "事"), Ground("PIPL", " ", "事"), Ground("PIPL", "第一条", ""),
])  # fmt: skip
def test_without_a_legal_ground_it_stays_closed(hall, ground):
    record = record_of(hall)
    dispose(hall)
    with pytest.raises(Refused):
        sealed.read(hall.c, READER, NOW, AFTER, record, ground, hall.book)
    assert hall.one("SELECT count(*) FROM look WHERE what = 'sealed'") == 0


def test_a_byte_changed_in_the_sealed_archive_is_noticed(hall):
    record = record_of(hall)
    dispose(hall)
    hall.district.owner().execute(
        "UPDATE sealed_record SET body = set_byte(body, 20, get_byte(body, 20) # 1)"
    )
    with pytest.raises(Fault, match="不一致"):
        sealed.read(hall.c, READER, NOW, AFTER, record, LAWFUL, hall.book)


def test_the_application_itself_can_neither_seal_nor_change_what_is_sealed(hall):
    dispose(hall)
    for statement in ("UPDATE record_version SET payload = NULL", "DELETE FROM sealed_record",
                      "UPDATE sealed_record SET body = ''::bytea"):  # fmt: skip
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            hall.c.execute(statement)


def test_an_erasure_takes_what_is_sealed_too(hall):
    from xinyong.collection import erasure

    record = record_of(hall)
    dispose(hall)
    erasure.erase_record(record, erasures.Ground("REC_PENALTY", "PIPL", "第四十七条"), SYSTEM, NOW, hall.book)
    assert hall.one("SELECT count(*) FROM sealed_record") == 0


# kill -9


def run(hall: Any, at: int) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "XINYONG_DATABASE_NAME": hall.district.database, "PYTHONPATH": str(ROOT)}
    driver = str(Path(__file__).with_name("disposal_driver.py"))
    return subprocess.run(
        [sys.executable, driver, AFTER.isoformat(), str(at)], env=env, capture_output=True, text=True
    )


def state(hall: Any) -> dict[str, Any]:
    """Which records are live, sealed, erased; and what the trail says of them."""
    rows = hall.district.owner().execute(
        "SELECT DISTINCT v.record_id::text, v.payload IS NOT NULL, EXISTS (SELECT 1 FROM sealed_record z WHERE"
        " z.record_id = v.record_id) FROM record_version v JOIN catalog_item i ON i.id = v.item WHERE i.code = 'XZCF'"
    ).fetchall()  # fmt: skip
    trail = [a for a in hall.actions() if a in ("record.sealed", "erase")]
    return {"rows": sorted(rows), "trail": sorted(trail)}


def test_killed_at_any_point_the_job_leaves_records_whole_and_the_next_run_finishes(hall, penalty, write_csv):
    more = [penalty(CF_WSH=f"潼示罚〔2026〕{n}号") for n in (3, 4)]
    hall.district.intake(write_csv(more, "more.csv"), "XZCF")
    ended = run(hall, 10_000)
    assert ended.returncode == 0, ended.stderr
    points, whole = int(ended.stdout), state(hall)
    assert [live for _, live, _ in whole["rows"]] == [False] * 4 and len(whole["trail"]) == 4
    for n, at in enumerate(sorted({1, 2, 3, points // 3, points // 2, points - 2}), 2):
        four_more(hall, n, penalty, write_csv)
        killed = run(hall, at)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        for _, live, kept in state(hall)["rows"]:
            assert not (live and kept)  # in one place or in the other, never in both
        from xinyong.collection import erasure

        erasures.catch_up(erasure.again)
        dispose(hall)
        found = state(hall)
        assert [live for _, live, _ in found["rows"]] == [False] * 4 * n
        assert sum(kept for _, _, kept in found["rows"]) == found["trail"].count("record.sealed") == 3 * n
        assert found["trail"].count("erase") == n
    assert verified(hall) == []


def verified(hall: Any) -> list[str]:
    """What the evidence log has to say against the database, once everything is sealed into it."""
    from xinyong.foundation.evidence import checking, notes, sealing

    c, now = hall.district.app, datetime.now(UTC)
    shutil.rmtree(hall.district.home / "evidence", ignore_errors=True)
    sealing.seal(c, now, notes.origin(), notes.signer(c, now))
    found = checking.verify(c, notes.ours(c, now))
    assert found.checked > 0 and found.unsealed == 0
    return [f.sentence for f in found.findings]


def four_more(hall: Any, n: int, penalty: Any, write_csv: Any) -> None:
    """Three of an organisation and one of a person, under numbers of their own."""
    rows = [penalty(CF_WSH=f"潼示罚〔2026〕{n}{k}号") for k in (1, 2, 3)]
    rows.append(
        penalty(CF_WSH=f"潼示罚〔2026〕{n}9号", CF_XDR_MC="示例某", CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_FRDB="",
                CF_XDR_ZJLX="身份证", CF_XDR_ZJHM=PERSON)
    )  # fmt: skip
    assert hall.district.intake(write_csv(rows, f"again{n}.csv"), "XZCF").new == 4


def test_the_worker_runs_it_every_night_and_deletions_every_five_minutes(home):
    from procrastinate.contrib.django import app

    crons = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert crons["rights:dispose_ended"] == "11 3 * * *"
    assert crons["rights:carry_out_deletions"] == "*/5 * * * *"


def test_another_subjects_records_are_not_touched_by_a_look_hold_elsewhere(hall):
    assert OTHER not in CODE and OFFICER.provider == POLICE
    hall.look()
    assert len(dispose(hall).sealed) == 1
