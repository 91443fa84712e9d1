"""What a home held before it was covered by the log is entered by the upgrade, and stays sound."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest


def test_what_an_old_home_holds_is_entered_by_the_upgrade_and_sealed_with_the_next_batch(life: Any) -> None:
    from importlib import import_module

    from xinyong.foundation.evidence.own import installed, removed

    disclosed = import_module("xinyong.disclosure.migrations.0008_evidence")
    published = import_module("xinyong.foundation.migrations.0007_evidence_closings")
    log, owner = life.log, life.log.district.owner()
    life.grant(onward=("11500152YY0000239R",))
    life.hold()
    tables = [*disclosed.TABLES, published.PUBLICATION]
    for table in tables:
        owner.execute(removed(table))
    owner.execute(disclosed.ONWARD_BACK)
    log.behind("DELETE FROM evidence_entry WHERE kind = 'publication'")
    log.behind("DELETE FROM evidence_checkpoint")  # the log begins anew with what the upgrade left
    log.behind("DELETE FROM evidence_range")
    log.behind("DELETE FROM evidence_entry WHERE txid = '0'")
    owner.execute(disclosed.ONWARD)
    for table in tables:
        owner.execute(installed(table))
    log.seal()
    result = log.verify()
    assert result.sound and result.unsealed == 0
    counts = {t.kind: log.district.one(f"SELECT count(*) FROM {t.table}") for t in tables}
    assert {t.kind: result.kinds[t.kind] for t in tables} == counts and all(counts.values())


def test_records_that_were_sealed_away_before_are_entered_by_the_upgrade(
    filled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import date
    from importlib import import_module

    from django.db import connections

    from xinyong.disclosure import sealed
    from xinyong.foundation.audit import SYSTEM

    record, owner = filled.record(3), filled.district.owner()
    subject = filled.district.one("SELECT subject FROM record_version WHERE line = 3")
    past = date(2026, 1, 1)
    found = sealed.Ending(record, "XZCF", subject, past, "REC_PENALTY", "PIPL", "第四十七条", delete=False)
    with monkeypatch.context() as before, owner.transaction():
        before.setattr(sealed, "register", lambda *given: None)
        sealed.seal(owner, found, SYSTEM, datetime.now(UTC))
    assert [f.kind for f in filled.verify().findings] == ["changed"]
    upgrade = import_module("xinyong.disclosure.migrations.0008_evidence").enter_sealed
    for _ in range(2):  # a second time does nothing
        with connections["owner"].schema_editor() as editor:
            upgrade(None, editor)
    filled.seal()
    result = filled.verify()
    assert result.sound and result.erased == 1
    assert filled.district.one("SELECT count(*) FROM erasure") == 1


def test_a_home_that_once_split_a_merge_is_upgraded(filled: Any) -> None:
    """The table points to itself by a constraint that is checked late; the upgrade changes it all the same."""
    from importlib import import_module

    from xinyong.foundation.evidence.own import installed, removed

    merge = import_module("xinyong.foundation.migrations.0007_evidence_closings").MERGE
    owner = filled.district.owner()
    owner.execute(removed(merge))
    add = "INSERT INTO subject_merge (loser, winner, splits, reason, basis, born) VALUES (1, 2, %s, '示例', '', 1) RETURNING id"
    first = owner.execute(add, [None]).fetchone()[0]
    owner.execute(add, [first])
    with owner.transaction():
        owner.execute(installed(merge))
    assert filled.district.one("SELECT count(*) FROM subject_merge WHERE leaf IS NOT NULL") == 2


def test_looks_sealed_before_looks_said_their_unit_stay_sound_through_the_upgrade(life: Any) -> None:
    from importlib import import_module

    from xinyong.disclosure.evidence import LOOK

    upgrade = import_module("xinyong.disclosure.migrations.0010_look_unit")
    assert upgrade.LOOK == LOOK, "the trigger writes what the log reads"
    log, owner = life.log, life.log.district.owner()
    for operation in reversed(upgrade.Migration.operations[1:]):
        owner.execute(operation.reverse_sql)
    old = (
        "INSERT INTO look (at, actor, role, purpose, ground, what, as_of, known_at, records, duty)"
        " VALUES (now(), '甲', 'center', '试', '试', 'archive', current_date, 1, 0, '')"
    )
    owner.execute(old)
    log.seal()
    for operation in upgrade.Migration.operations[1:]:
        owner.execute(operation.sql)
    life.look("public")
    log.seal()
    result = log.verify()
    assert result.sound and result.kinds["look"] == 2
    assert owner.execute("SELECT provider FROM look ORDER BY id").fetchall() == [(None,), ("",)]


def test_cases_requests_and_recalls_of_an_old_home_are_entered_by_the_upgrade(desk: Any) -> None:
    """What stood there before may hold texts that were not sealed then."""
    from importlib import import_module

    from xinyong.foundation.evidence.own import installed, removed

    upgrade = import_module("xinyong.rights.migrations.0006_leaves")
    later = import_module("xinyong.rights.migrations.0009_notice_leaves")
    tables = [*upgrade.TABLES, *later.TABLES]
    log, owner = desk.log, desk.log.district.owner()
    for table in reversed(tables):
        owner.execute(removed(table))
    owner.execute(upgrade.NUMBERED_BACK)
    log.behind("UPDATE look_challenge SET reason = '旧的理由'")
    for entries in ("evidence_checkpoint", "evidence_range", "evidence_entry WHERE txid = '0'"):
        log.behind(f"DELETE FROM {entries}")  # the log begins anew with what the upgrade left
    with owner.transaction():
        owner.execute(upgrade.NUMBERED)
        for table in tables:
            owner.execute(installed(table))
    log.seal()
    result = log.verify()
    assert result.sound and result.unsealed == 0, result.findings
    counts = {t.kind: log.district.one(f"SELECT count(*) FROM {t.table}") for t in tables}
    assert {t.kind: result.kinds[t.kind] for t in tables} == counts and all(counts.values())
    assert (
        "旧的理由"
        not in log.proof("look_challenge", log.district.one("SELECT number FROM look_challenge"))["document"]
    )
    opened = log.district.one("SELECT at FROM rights_case")
    assert log.district.one("SELECT at FROM rights_case_record") == opened, "not the day of the upgrade"
    log.behind("UPDATE rights_case_step SET at = at - interval '1 day' WHERE kind = 'accepted'")
    assert [f.kind for f in log.verify().findings] == ["changed"]


def test_the_upgrade_of_rights_leaves_names_the_tables_that_are_covered() -> None:
    from importlib import import_module

    from xinyong.rights import evidence

    names = ("0006_leaves", "0009_notice_leaves")
    told = [t for n in names for t in import_module(f"xinyong.rights.migrations.{n}").TABLES]
    assert [t.document("t") for t in told] == [t.document("t") for t in evidence.OWN]
