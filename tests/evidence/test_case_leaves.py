"""Cases, what persons ask, recalls, assessments and openings of notices are leaves, and none can be changed unseen."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from case_day import (
    BANK,
    CENTRE,
    CODE,
    DEFENCE,
    DOUBT,
    OWNER,
    PERSON,
    SEEN,
    STATEMENT,
    TABLES,
    TELLER,
    TOOK,
    Desk,
)
from psycopg.types.json import Jsonb

TOOL = Path(__file__).parents[2] / "tools" / "verify.py"
SEALED = {"case": "detail", "case_step": "detail", "case_file": "name", "look_challenge": "reason",
          "person_request": "reason"}  # fmt: skip
WORDS = {"notice": ["body", "title"]}  # what a notice says is no leaf
CHANGES = {
    "text": "overlay({0} || ' ' placing '§' from 1 for 1)",
    "timestamp with time zone": "{0} + interval '1 microsecond'",
    "date": "coalesce({0}, DATE '2020-01-01') + 1",
    "bigint": "coalesce({0}, 0) + 1000",
    "integer": "coalesce({0}, 0) + 1000",
    "boolean": "NOT {0}",
    "uuid": "gen_random_uuid()",
    "jsonb": "jsonb_build_array({0})",
    "ARRAY": "array_append({0}, {0}[1])",
    "bytea": "set_byte({0}, 0, (get_byte({0}, 0) + 1) % 256)",
}


def test_every_row_of_these_tables_is_in_the_log_and_all_is_sound(desk: Desk) -> None:
    result = desk.log.verify()
    assert result.sound and result.unsealed == 0, result.findings
    counts = {kind: desk.log.district.one(f"SELECT count(*) FROM {t}") for kind, t in TABLES.items()}
    assert {kind: result.kinds[kind] for kind in TABLES} == counts and all(counts.values())
    assert counts["case_step"] == 6


def test_every_kind_has_a_name_people_can_read(desk: Desk) -> None:
    from xinyong.foundation.evidence import entries
    from xinyong.foundation.evidence.checking import named

    assert set(TABLES) <= set(entries.own())
    assert [kind for kind in entries.own() if named(kind) == kind] == []


def test_a_decision_dated_back_is_found_and_the_step_is_named(desk: Desk) -> None:
    """Limits and timeliness are computed from these moments."""
    desk.log.behind("UPDATE rights_case_step SET at = at - interval '9 days' WHERE kind = 'granted'")
    number = desk.log.district.one("SELECT id FROM rights_case_step WHERE kind = 'granted'")
    assert desk.found() == [("changed", "case_step")]
    assert f"办件的步骤第 {number} 号" in desk.said()


@pytest.mark.parametrize(
    "change",
    [
        "detail = jsonb_set(detail, '{granted}', '[]') WHERE kind = 'granted'",
        "detail = detail - 'until' WHERE kind = 'noticed'",
        "detail = detail || '{\"days\": 30}' WHERE kind = 'granted'",
        "kind = 'refused' WHERE kind = 'granted'",
        "seq = seq + 1 WHERE kind = 'granted'",
    ],
)
def test_what_a_decision_says_cannot_be_changed_unseen(desk: Desk, change: str) -> None:
    desk.log.behind(f"UPDATE rights_case_step SET {change}")
    assert desk.found() == [("changed", "case_step")]


@pytest.mark.parametrize(
    ("kind", "which"),
    [
        ("case_step", "kind = 'noticed'"), ("case_record", "true"), ("look_challenge_step", "kind = 'answered'"),
        ("person_request_step", "kind = 'handed'"), ("recall", "true"), ("recall_confirmation", "true"),
        ("impact_signature", "true"), ("notice_read", "true"), ("case_file", "true"), ("case", "true"),
        ("notice", "true"), ("recall_receiver", "true"),
    ],
)  # fmt: skip
def test_what_is_removed_is_missed(desk: Desk, kind: str, which: str) -> None:
    desk.log.behind(f"DELETE FROM {TABLES[kind]} WHERE {which}")
    assert ("missing", kind) in desk.found()


def test_a_step_put_in_afterwards_under_an_old_number_is_found(desk: Desk) -> None:
    columns = "kind, at, actor, role, provider, reason, basis, upstream, detail"
    desk.log.behind(
        f"INSERT INTO rights_case_step (id, case_id, seq, {columns}) SELECT 0, case_id, 99, {columns}"
        " FROM rights_case_step WHERE kind = 'accepted'"
    )
    assert desk.found() == [("surplus", "case_step")]


@pytest.mark.parametrize("kind", TABLES)
def test_any_column_changed_behind_the_application_s_back_is_found(desk: Desk, kind: str) -> None:
    table, owner = TABLES[kind], desk.log.district.owner()
    _without_rules(owner, table)
    sql = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s ORDER BY 1"
    columns = [(c, t) for c, t in owner.execute(sql, [table]).fetchall() if c != "id"]
    number = owner.execute(f"SELECT max(id) FROM {table}").fetchone()[0]
    if kind == "case_step":  # one that has a sealed text
        number = desk.log.district.one("SELECT id FROM rights_case_step WHERE kind = 'defended'")
    unseen = []
    for column, type_ in columns:
        before = owner.execute(f'SELECT "{column}" FROM {table} WHERE id = %s', [number]).fetchone()[0]
        change = CHANGES[type_].format(f'"{column}"')
        desk.log.behind(f'UPDATE {table} SET "{column}" = {change} WHERE id = {number}')
        if ("changed", kind) not in desk.found():
            unseen.append(column)
        back = Jsonb(before) if type_ == "jsonb" else before
        owner.execute(f'UPDATE {table} SET "{column}" = %s WHERE id = %s', [back, number])
    assert unseen == WORDS.get(kind, []) and len(columns) > 3
    assert desk.log.verify().sound, "everything was put back"


def _read(desk: Desk, template: str) -> Any:
    from xinyong.rights import casework

    asked = {"about": f"case:{desk.case.number}", "template": template}
    return desk.c.execute(casework.SQL["read"], asked).fetchone()[0]


def test_another_notice_cannot_be_passed_off_as_the_one_that_was_opened(desk: Desk) -> None:
    """The days in which a subject may answer an adverse notice begin when that very notice was opened."""
    from xinyong.rights.notices import inbox

    adverse = desk.noticed("示例拟不予", "subject", CODE, f"case:{desk.case.number}")
    harmless = desk.noticed("示例受理", "subject", CODE, "case:另一件")
    assert inbox.opened(desk.c, OWNER, desk.at(23), harmless) and _read(desk, "示例拟不予") is None
    desk.seal()
    assert desk.found() == []
    desk.log.behind(
        "UPDATE notice n SET about = o.about, template = o.template FROM notice o WHERE (n.id, o.id) IN ((%s, %s), (%s, %s))",
        adverse, harmless, harmless, adverse,
    )  # fmt: skip
    assert _read(desk, "示例拟不予") == desk.at(23), "the platform takes it for served"
    assert desk.found() == [("changed", "notice")] * 2
    assert f"通知第 {adverse} 号" in desk.said()


def test_a_recall_cannot_be_made_out_to_have_gone_to_somebody_else(desk: Desk) -> None:
    desk.log.behind("UPDATE recall_receiver SET provider = %s", CODE)
    assert desk.found() == [("changed", "recall_receiver")]


def test_what_a_notice_says_goes_by_rule_and_the_rest_of_it_stays_provable(desk: Desk) -> None:
    from xinyong.foundation.evidence.own import GONE
    from xinyong.rights.persons import texts

    number = desk.log.district.one("SELECT max(id) FROM notice")
    before, at_that_time = desk.log.proof("notice", number), desk.log.sealed.size
    asked = {"before": desk.at(60), "gone": GONE, "limit": 10}
    emptied_now = desk.log.district.owner().execute(texts.SQL["notice"], asked).rowcount
    assert emptied_now == desk.log.district.one("SELECT count(*) FROM notice") > 0
    desk.seal()
    assert desk.log.verify().sound
    assert desk.log.proof("notice", number, size=at_that_time) == before
    assert "示例事项" in before["document"] and "sealed:" not in before["document"]
    desk.log.behind("UPDATE notice SET about = '别的事项' WHERE id = %s", number)
    assert desk.found() == [("changed", "notice")]


def test_what_is_opened_or_confirmed_again_uses_up_no_number(desk: Desk) -> None:
    """Each number that is used up for nothing stands as missed in a week's checkpoints."""
    from xinyong.rights.notices import inbox
    from xinyong.rights.recall import actions, deliveries

    used = (
        "SELECT pg_sequence_last_value(pg_get_serial_sequence('notice_read', 'id')::regclass),"
        " pg_sequence_last_value(pg_get_serial_sequence('recall_confirmation', 'id')::regclass)"
    )
    owner, one = desk.log.district.owner(), desk.log.district.one
    notice, recall = one("SELECT max(notice) FROM notice_read"), one("SELECT max(id) FROM recall")
    receivers, before = deliveries.receivers(desk.c, BANK, "示例系统"), owner.execute(used).fetchone()
    for n in (30, 31):
        again = inbox.opened(desk.c, TELLER, desk.at(n), notice)
        assert again is not None and again.read_at == desk.at(22)
        assert actions.confirm(desk.c, TOOK, desk.at(n), recall, receivers, "api") == desk.at(18)
    assert owner.execute(used).fetchone() == before
    assert inbox.opened(desk.c, TELLER, desk.at(32), desk.noticed("X", "provider", BANK, ""))
    desk.seal()
    assert desk.log.sealed.reach["notice_read"].open == []


def _without_rules(owner: Any, table: str) -> None:
    """An administrator can drop what stands in the way, too."""
    sql = "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'"
    for (name,) in owner.execute(sql, [table]).fetchall():
        owner.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


# what a subject wrote


def test_no_document_holds_what_a_subject_wrote(desk: Desk) -> None:
    from xinyong.foundation.evidence import entries

    for kind, table in entries.own().items():
        if kind not in TABLES:
            continue
        sql = f"SELECT {table.document('t')} FROM {table.table} t"
        told = "".join(row[0] for row in desk.c.execute(sql).fetchall())
        stored = "".join(str(r) for r in desk.c.execute(f"SELECT t::text FROM {table.table} t").fetchall())
        assert "sealed:" not in told and PERSON not in told, kind
        assert not any(
            text in told for text in (STATEMENT, DEFENCE, DOUBT, SEEN, "示例某缴款书", "13900000000")
        ), kind
        if kind in SEALED and kind != "case_file":
            assert "sealed:" in stored, kind


@pytest.mark.parametrize("kind", SEALED)
def test_a_sealed_text_that_is_changed_swapped_or_replaced_by_its_hash_is_found(
    desk: Desk, kind: str
) -> None:
    from xinyong.foundation.evidence import entries

    own, owner = entries.own()[kind], desk.log.district.owner()
    column, number = SEALED[kind], desk.log.district.one(f"SELECT min(id) FROM {TABLES[kind]}")
    if kind == "case_step":
        number = desk.log.district.one("SELECT id FROM rights_case_step WHERE kind = 'defended'")
    row = owner.execute(f"SELECT {own.document('t')} FROM {own.table} t WHERE id = %s", [number]).fetchone()
    document = json.loads(row[0])
    before = owner.execute(f'SELECT "{column}" FROM {own.table} WHERE id = %s', [number]).fetchone()[0]
    if column == "detail":
        told = document["detail_sealed"]["statement"]
        forged = [before | {"statement": text} for text in ("sealed:AAAA", told, "erased:" + told, "")]
        forged.append({k: v for k, v in before.items() if k != "statement"})
    else:
        told = document[column]
        forged = ["sealed:AAAA", told, "erased:" + told, ""]
    _without_rules(owner, own.table)
    assert len(told) == 64
    for text in forged:
        value = Jsonb(text) if column == "detail" else text
        owner.execute(f'UPDATE {own.table} SET "{column}" = %s WHERE id = %s', [value, number])
        assert desk.found() == [("changed", kind)], text
        value = Jsonb(before) if column == "detail" else before
        owner.execute(f'UPDATE {own.table} SET "{column}" = %s WHERE id = %s', [value, number])
    assert desk.log.verify().sound


def emptied(desk: Desk, kind: str, registered: bool = True) -> list[str]:
    """As a disposal by rule does it."""
    from xinyong.foundation import erasures
    from xinyong.foundation.evidence import entries

    own, owner = entries.own()[kind], desk.log.district.owner()
    numbers = [n for (n,) in owner.execute(f"SELECT id FROM {own.table} ORDER BY id").fetchall()]
    with owner.transaction():
        leaves: list[str] = own.empty(owner, numbers)
        if registered:
            ground = erasures.Ground("CASE_TEXTS", "示例依据", "第一条")
            erasures.register(owner, datetime.now(UTC), "系统", f"{kind}:示例", ground, {"leaves": leaves})
    return leaves


@pytest.mark.parametrize("kind", SEALED)
def test_a_rule_takes_the_text_and_the_rest_stays_as_provable_as_it_was(desk: Desk, kind: str) -> None:
    from xinyong.foundation.evidence import entries

    table = TABLES[kind]
    before = desk.log.proof(kind, _called(desk, kind))
    sealed_before = desk.log.sealed
    count = len(emptied(desk, kind))
    assert count == desk.log.district.one(f"SELECT count(*) FROM {table}")
    desk.seal()
    result = desk.log.verify()
    assert result.sound and result.erased == count, result.findings
    after = desk.log.proof(kind, _called(desk, kind), size=sealed_before.size)
    assert (after["document"], after["leaf"]) == (before["document"], before["leaf"])
    row = desk.log.district.one(f"SELECT string_agg(t::text, '') FROM {table} t")
    assert "sealed:" not in row and "erased:" in row
    assert desk.log.district.one(f"SELECT count(*) FROM {table} WHERE secret IS NOT NULL") == 0
    assert emptied(desk, kind, registered=False) == [], "a second time takes nothing"
    owner = desk.log.district.owner()
    owner.execute(f"UPDATE {table} SET at = at - interval '1 day' WHERE id = (SELECT max(id) FROM {table})")
    assert ("changed", kind) in desk.found(), f"{entries.own()[kind].table} is still covered"


def _called(desk: Desk, kind: str) -> str:
    if kind == "case_step":
        return f"{desk.case.id}.5"
    column = {"case_file": "id"}.get(kind, "number")
    return str(desk.log.district.one(f"SELECT {column} FROM {TABLES[kind]} ORDER BY id LIMIT 1"))


@pytest.mark.parametrize("kind", SEALED)
def test_a_text_taken_without_an_entry_is_found(desk: Desk, kind: str) -> None:
    leaves = emptied(desk, kind, registered=False)
    assert desk.found() == [("changed", kind)] * len(leaves)
    assert "删除登记里也没有它" in desk.said()


def test_a_text_that_was_taken_cannot_be_put_back_as_another(desk: Desk) -> None:
    emptied(desk, "look_challenge")
    desk.seal()
    desk.log.behind("UPDATE look_challenge SET reason = 'sealed:AAAA', secret = '\\x00'")
    assert desk.found() == [("changed", "look_challenge")]


def test_people_read_that_a_text_was_taken_and_not_its_hash(desk: Desk) -> None:
    from xinyong.rights import casework
    from xinyong.rights.persons import challenges

    emptied(desk, "case")
    emptied(desk, "look_challenge")
    case = casework.load(desk.c, desk.case.number)
    assert case is not None
    assert casework.unsealed(case.detail["statement"]) == "（保存期满，已依规则删除）"
    assert challenges.for_staff(desk.c, CENTRE, desk.book)[0].reason == "（保存期满，已依规则删除）"


# proofs


def test_a_stranger_checks_a_decision_by_case_and_step(desk: Desk) -> None:
    p = desk.log.proof("case_step", f"{desk.case.id}.6")
    document = json.loads(p["document"])
    assert (document["kind"], document["detail"]["days"], document["reason"]) == ("granted", 3, "已经履行")
    assert sha256(p["salt"].encode() + p["document"].encode()).hexdigest() == p["leaf"]
    case = desk.log.proof("case", desk.case.number)
    assert json.loads(case["document"])["id"] == document["case_id"]
    confirmed = desk.log.proof("recall_confirmation", desk.log.district.one("SELECT max(id) FROM recall"))
    assert json.loads(confirmed["document"])["by"] == TOOK.name


def test_a_stranger_checks_a_decision_with_the_one_script_and_one_day_more_is_refused(
    desk: Desk, tmp_path: Path
) -> None:
    def run(p: dict[str, Any]) -> tuple[int, str]:
        (tmp_path / "p.json").write_text(json.dumps(p), "utf-8")
        command = [sys.executable, "-I", str(TOOL), "proof", "p.json", "--key", "keys"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    (tmp_path / "keys").write_text(desk.log.public_keys(), "utf-8")
    p = desk.log.proof("case_step", f"{desk.case.id}.6")
    code, said = run(p)
    assert code == 0 and "原文与封存的摘要值相符" in said
    forged = p["document"].replace('"days": 3', '"days": 4')
    assert forged != p["document"]
    code, said = run(p | {"document": forged})
    assert code == 1 and "核验不通过" in said


def test_equal_texts_do_not_show_as_equal(desk: Desk) -> None:
    """Else whoever holds the key that seals could find out a text that was taken, by trying."""
    from xinyong.foundation.evidence import entries

    columns = "kind, at, actor, role, provider, reason, basis, upstream, detail"
    desk.c.execute(
        f"INSERT INTO rights_case_step (case_id, seq, {columns}) SELECT 1001, 1, {columns} FROM rights_case_step"
        " WHERE kind = 'defended'"
    )
    own = entries.own()["case_step"]
    first, second = (
        json.loads(own.one(desk.c, ref)[0])["detail_sealed"]["statement"]
        for ref in (f"{desk.case.id}.5", "1001.1")
    )
    assert first != second and len(first) == len(second) == 64
    salt, secret = desk.c.execute("SELECT salt, secret FROM rights_case_step WHERE case_id = 1001").fetchone()
    assert salt != secret and len(salt) == len(secret) == 16


def test_writing_a_step_asks_for_no_lock_but_the_row_s_own(desk: Desk) -> None:
    """Two cases go on at once, though both their steps become leaves."""
    from xinyong.rights import casework

    slow, fast = (desk.log.district.connect(autocommit=False) for _ in range(2))
    step = {"at": desk.at(30), "actor": "示例", "role": "center", "provider": "", "reason": "", "basis": "",
            "upstream": "", "detail": Jsonb({}), "kind": "warned"}  # fmt: skip
    fast.execute("SET LOCAL lock_timeout = '1s'")
    slow.execute(casework.SQL["step"], step | {"case": 1001, "seq": 1})
    fast.execute(casework.SQL["step"], step | {"case": 1002, "seq": 1})
    fast.commit()
    held = "SELECT count(*) FROM pg_locks WHERE pid = %s AND locktype = 'advisory'"
    assert desk.log.district.one(held, slow.info.backend_pid) == 0
    slow.commit()
    desk.seal()
    assert desk.log.verify().sound
