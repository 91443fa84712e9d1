"""Looks, authorisations, their ends, marks and reports are leaves of their own kinds, and none can be changed unseen."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xinyong.foundation.evidence import entries, own
from xinyong.foundation.evidence.own import Reach
from xinyong.kernel.errors import NotPermitted

KINDS = {"look": "look", "authorisation": "authorisation", "authorisation_end": "authorisation_end",
         "mark": "record_mark", "report": "report_issue", "authorisation_onward": "authorisation_onward",
         "look_hold": "look_hold", "look_hold_step": "look_hold_step"}  # fmt: skip


def found(result: Any, kind: str) -> list[str]:
    return [f.kind for f in result.findings if f.what.startswith(kind + " ")]


def test_every_kind_has_its_leaves_in_the_log_and_all_is_sound(lived: Any) -> None:
    result = lived.log.verify()
    assert result.sound and result.unsealed == 0
    counts = {k: lived.log.district.one(f"SELECT count(*) FROM {t}") for k, t in KINDS.items()}
    assert {k: result.kinds[k] for k in KINDS} == counts
    assert all(counts.values()) and counts["look"] >= 4 and counts["authorisation_end"] == 2
    assert result.checked == lived.log.sealed.size


def test_every_column_of_these_tables_is_in_the_leaf(lived: Any) -> None:
    for kind, table in entries.own().items():
        sql = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        there = {r[0] for r in lived.log.district.owner().execute(sql, [table.table]).fetchall()}
        outside = (
            {"title", "body"} if kind == "notice" else set()
        )  # emptied by rule; docs/存证说明.md says so
        assert there - outside == {*table.columns.split(), "salt", "leaf", *["secret"][: table.empties]}, kind


CHANGES = {
    "text": "overlay({0} || ' ' placing '§' from 1 for 1)",
    "timestamp with time zone": "{0} + interval '1 microsecond'",
    "date": "coalesce({0}, DATE '2020-01-01') + 1",
    "bigint": "coalesce({0}, 0) + 1",
    "integer": "coalesce({0}, 0) + 1",
    "boolean": "NOT {0}",
    "uuid": "gen_random_uuid()",
    "jsonb": "jsonb_build_array({0})",
    "ARRAY": "{0} || 'ZZZZ'::text",
    "bytea": "set_byte({0}, 0, (get_byte({0}, 0) + 1) % 256)",
}


@pytest.mark.parametrize("kind", KINDS)
def test_any_column_of_any_kind_changed_behind_the_application_s_back_is_found_and_named(
    lived: Any, kind: str
) -> None:
    table = KINDS[kind]
    owner = lived.log.district.owner()
    sql = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s"
    columns = owner.execute(sql, [table]).fetchall()
    number = owner.execute(f"SELECT max(id) FROM {table}").fetchone()[0]
    if table == "look_hold_step":
        owner.execute("ALTER TABLE look_hold_step DROP CONSTRAINT look_hold_step_kind_check")
    assert len(columns) > 5
    for column, kind_of in columns:
        if column == "id":
            continue
        before = owner.execute(f'SELECT "{column}" FROM {table} WHERE id = %s', [number]).fetchone()[0]
        change = CHANGES[kind_of].format(f'"{column}"')
        lived.log.behind(f'UPDATE {table} SET "{column}" = {change} WHERE id = {number}')
        result = lived.log.verify()
        assert "changed" in found(result, kind), (table, column)
        assert any(f"第 {number} 号" in f.sentence for f in result.findings), [
            f.sentence for f in result.findings
        ]
        if kind_of == "jsonb":
            from psycopg.types.json import Jsonb

            before = Jsonb(before)
        owner.execute(f'UPDATE {table} SET "{column}" = %s WHERE id = %s', [before, number])
    assert lived.log.verify().sound, "everything was put back"


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_of_any_kind_that_is_removed_is_missed(lived: Any, kind: str) -> None:
    lived.log.behind(f"DELETE FROM {KINDS[kind]} WHERE id = (SELECT min(id) FROM {KINDS[kind]})")
    assert "missing" in found(lived.log.verify(), kind)


def test_a_look_put_in_afterwards_with_a_leaf_of_its_own_is_found(lived: Any) -> None:
    """Under a number that was given out but never used, long after sealing passed it."""
    owner = lived.log.district.owner()
    number = owner.execute("SELECT nextval(pg_get_serial_sequence('look', 'id'))").fetchone()[0]
    lived.look("public")
    lived.log.seal()
    owner.execute("UPDATE evidence_checkpoint SET reach = jsonb_set(reach, '{look,1}', '[]')")
    columns = "at, actor, role, purpose, ground, subject, what, as_of, known_at, records, duty, authorisation"
    lived.log.behind(f"INSERT INTO look (id, {columns}) SELECT {number}, {columns} FROM look WHERE id = 1")
    assert found(lived.log.verify(), "look") == ["surplus"]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("audit", "INSERT INTO audit_entry (at, actor, role, origin, action, target, purpose, detail)"
                  " SELECT at, '别人', role, origin, action, target, purpose, detail FROM audit_entry LIMIT 1"),
        ("record", "INSERT INTO record_version SELECT gen_random_uuid(), seq, 999, line, item, subject, kind, decided,"
                   " valid_from, valid_to, salt, leaf, payload FROM record_version WHERE line = 4"),
    ],
)  # fmt: skip
def test_what_is_put_into_the_tables_without_an_entry_is_found(lived: Any, kind: str, change: str) -> None:
    lived.log.behind(change)
    assert found(lived.log.verify(), kind) == ["surplus"]


def test_two_looks_that_change_places_are_found(lived: Any) -> None:
    for a, b in ((1, -1), (2, 1), (-1, 2)):
        lived.log.behind(f"UPDATE look SET id = {b} WHERE id = {a}")
    assert "changed" in found(lived.log.verify(), "look")


def test_a_look_s_leaf_is_made_by_the_table_whoever_writes_it_and_nobody_can_do_without(lived: Any) -> None:
    c = lived.log.district.app
    c.execute(
        "INSERT INTO look (at, actor, role, purpose, ground, what, as_of, known_at, records)"
        " VALUES (now(), '甲', 'center', '试', '试', 'archive', current_date, 1, 0)"
    )
    number, salt, leaf, at = c.execute(
        "SELECT id, salt, leaf, at FROM look ORDER BY id DESC LIMIT 1"
    ).fetchone()
    document, _, _ = entries.own()["look"].one(c, str(number))
    assert sha256(salt.hex().encode() + document.encode()).digest() == leaf and len(salt) == 16
    assert f'"at" : "{at.astimezone(datetime.now().astimezone().tzinfo).isoformat()}' not in document
    assert "甲" in document


def test_a_look_from_before_looks_said_their_unit_keeps_its_leaf_and_gains_no_unit_unseen(lived: Any) -> None:
    c = lived.log.district.app
    c.execute(
        "INSERT INTO look (at, actor, role, purpose, ground, what, as_of, known_at, records)"
        " VALUES (now(), '甲', 'center', '试', '试', 'archive', current_date, 1, 0)"
    )
    number = lived.log.district.one("SELECT max(id) FROM look")
    document, salt, leaf = entries.own()["look"].one(c, str(number))
    as_it_was = own.Own(
        "look", "look", "at",
        "id at actor role purpose ground subject what as_of known_at records duty authorisation", "at",
    )  # fmt: skip
    assert as_it_was.one(c, str(number)) == (document, salt, leaf) and "provider" not in document
    lived.log.seal()
    assert lived.log.verify().sound
    lived.log.behind(f"UPDATE look SET provider = '11500152YY0000239R' WHERE id = {number}")
    assert found(lived.log.verify(), "look") == ["changed"]


def test_no_look_loses_the_unit_it_was_made_for_unseen(lived: Any) -> None:
    assert lived.log.district.one("SELECT count(*) FROM look WHERE provider IS NULL") == 0
    lived.log.behind(
        "UPDATE look SET provider = NULL WHERE id = (SELECT min(id) FROM look WHERE provider <> '')"
    )
    assert found(lived.log.verify(), "look") == ["changed"]


def test_the_document_is_the_same_in_every_time_zone(lived: Any) -> None:
    table, c = entries.own()["look"], lived.log.district.connect()
    seen = set()
    for zone in ("UTC", "Asia/Shanghai", "America/New_York"):
        c.execute(f"SET timezone = '{zone}'")
        seen.add(table.one(c, "1"))
    assert len(seen) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_no_rule_empties_a_row_of_these_kinds_so_one_without_a_salt_is_found(lived: Any, kind: str) -> None:
    lived.log.behind(f"UPDATE {KINDS[kind]} SET salt = NULL WHERE id = (SELECT min(id) FROM {KINDS[kind]})")
    result = lived.log.verify()
    assert found(result, kind) == ["changed"] and result.erased == 0


def test_an_authorisation_without_its_salt_is_not_prolonged_unseen(lived: Any) -> None:
    lived.log.behind("UPDATE authorisation SET salt = NULL, ends = ends + 365")
    assert set(found(lived.log.verify(), "authorisation")) == {"changed"}


def test_what_commits_late_is_sealed_later_and_nothing_twice(lived: Any) -> None:
    """Its number is lower than those that were sealed before it committed."""
    from xinyong.disclosure import queries
    from xinyong.foundation.audit import Who

    slow = lived.log.district.connect(autocommit=False)
    slow.execute("SELECT 1")  # so that a transaction is open, and stays so
    q = queries.Question(Who("慢", "center", purpose="试"), lived.now, lived.today)
    queries.archive(slow, "91500152YY00000282", q, lived.log.district.book)
    lived.look("public")
    first = lived.log.seal()
    assert first.reach["look"].open and lived.log.verify().sound
    slow.commit()
    assert lived.log.verify().unsealed >= 1
    second = lived.log.seal()
    result = lived.log.verify()
    assert second.reach["look"].open == [] and result.sound
    assert result.kinds["look"] == lived.log.district.one("SELECT count(*) FROM look")


def test_the_log_rebuilds_with_all_kinds(lived: Any) -> None:
    import shutil

    from xinyong.foundation.evidence import rebuilding

    shutil.rmtree(lived.log.district.home / "evidence")
    assert rebuilding.rebuild(lived.log.district.app).roots == lived.log.sealed.roots
    assert lived.log.verify().sound


def test_a_proof_of_each_kind_carries_its_document(lived: Any) -> None:
    report = lived.log.district.one("SELECT number FROM report_issue")
    granted = lived.log.district.one("SELECT number::text FROM authorisation ORDER BY id LIMIT 1")
    for kind, ref in (
        ("report", report),
        ("authorisation", granted),
        ("look", 1),
        ("mark", 1),
        ("authorisation_end", 1),
    ):
        p = lived.log.proof(kind, ref)
        assert (
            sha256(p["salt"].encode() + p["document"].encode()).hexdigest() == p["leaf"] and p["kind"] == kind
        )


def test_more_rows_than_fit_one_checkpoint_go_in_the_next(
    lived: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinyong.foundation.evidence import sealing

    monkeypatch.setattr(sealing, "MOST", 4)
    for _ in range(10):
        lived.look("public")
    before = lived.log.sealed.size
    assert [lived.log.seal().size - before for _ in range(3)] == [4, 8, 10]
    assert lived.log.verify().sound


# authorisations: expired, revoked, forged


def test_an_expired_authorisation_opens_nothing_and_the_refused_look_is_sealed(life: Any) -> None:
    life.grant(ends=life.today)
    with pytest.raises(NotPermitted, match="到期"):
        life.look(today=life.today + timedelta(days=1))
    life.log.seal()
    assert life.log.verify().kinds["look"] == 1


def test_a_forged_authorisation_opens_the_door_and_the_log_shows_it(life: Any) -> None:
    """An administrator prolongs one that has ended: the bank gets its answer, and verify says what was changed."""
    granted = life.grant(ends=life.today)
    life.log.seal()
    life.log.behind("UPDATE authorisation SET ends = ends + 365 WHERE number = %s", granted.number)
    assert life.look(today=life.today + timedelta(days=9)).found
    assert found(life.log.verify(), "authorisation") == ["changed"]


def test_an_authorisation_whose_revocation_is_removed_is_found(lived: Any) -> None:
    lived.log.behind("DELETE FROM authorisation_end WHERE kind = 'revoked'")
    assert found(lived.log.verify(), "authorisation_end") == ["missing"]


# ranges


@settings(max_examples=100)
@given(rounds=st.lists(st.sets(st.integers(1, 60), max_size=25), max_size=8))
def test_every_number_is_taken_up_once_however_late_it_comes(rounds: list[set[int]]) -> None:
    day, reach = date(2026, 11, 23), Reach()
    seen: set[int] = set()
    taken: list[int] = []
    for come in rounds:
        seen |= come
        late = sorted(n for n in seen if any(a <= n <= b for a, b in reach.open))
        fresh = late + sorted(n for n in seen if n > reach.to)
        if fresh:
            reach = reach.after(fresh, day)
        taken += fresh
    assert sorted(taken) == sorted(seen) and len(taken) == len(set(taken))
    assert Reach.of_json(reach.as_json()) == reach


@settings(max_examples=100)
@given(numbers=st.sets(st.integers(1, 1000)))
def test_references_name_exactly_their_numbers_and_stay_short(numbers: set[int]) -> None:
    ordered = sorted(numbers)
    made = list(own.refs(ordered))
    assert [n for ref, _ in made for a, b in own.parsed(ref) for n in range(a, b + 1)] == ordered
    assert sum(count for _, count in made) == len(ordered) and all(len(ref) < 2_000 for ref, _ in made)


def test_a_number_that_never_comes_is_looked_for_a_week() -> None:
    day = date(2026, 11, 23)
    reach = Reach().after([3], day)
    assert reach.open == [(1, 2)]
    assert reach.after([4], day + own.KEPT_OPEN).open == [(1, 2)]
    assert reach.after([4], day + own.KEPT_OPEN + timedelta(days=1)).open == []
