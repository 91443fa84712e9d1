"""Keys and signatures are leaves of their own; no byte of them changes unseen, and older leaves stay as they were."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from signing_tools import certificate, ed25519, sm2

KINDS = ("authorisation_signature", "grantor_key", "grantor_key_end")
CHANGES = {
    "text": "overlay({0} || ' ' placing '§' from 1 for 1)", "bigint": "{0} + 1", "boolean": "NOT {0}",
    "timestamp with time zone": "{0} + interval '1 microsecond'", "bytea": "set_byte({0}, 0, (get_byte({0}, 0) + 1) % 256)",
}  # fmt: skip


@pytest.fixture
def log(hall: Any) -> Any:
    """Sealed before there was a key, and again after a signature and the end of a key."""
    import shutil

    from tests.evidence.conftest import Log

    shutil.rmtree(hall.district.home / "evidence", ignore_errors=True)
    made = Log(hall.district)
    hall.grant(hall.draw())
    made.seal()
    assert made.verify().sound
    mine = certificate()
    hall.register(mine)
    drawn = hall.draw()
    hall.grant(drawn, mine.sign(drawn.text))
    hall.end(hall.register(sm2()))
    made.sealed = made.seal()
    return made


def test_each_is_in_the_log_with_its_document(log: Any) -> None:
    result = log.verify()
    assert result.sound and {k: result.kinds[k] for k in (*KINDS, "authorisation")} == {
        "authorisation_signature": 1, "grantor_key": 2, "grantor_key_end": 1, "authorisation": 2,
    }  # fmt: skip
    for kind in KINDS:
        p = log.proof(kind, 1)
        assert sha256(p["salt"].encode() + p["document"].encode()).hexdigest() == p["leaf"]
    assert "信用信息查询授权书" in log.proof("authorisation_signature", 1)["document"]


@pytest.mark.parametrize("kind", KINDS)
def test_any_column_changed_behind_the_application_s_back_is_found(log: Any, kind: str) -> None:
    owner = log.district.owner()
    sql = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND column_name <> 'id'"
    columns = owner.execute(sql, [kind]).fetchall()
    assert len(columns) > 7
    constraints = owner.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'f')", [kind]
    ).fetchall()
    for (name,) in constraints:  # as an administrator would
        owner.execute(f'ALTER TABLE {kind} DROP CONSTRAINT "{name}"')
    for column, kind_of in columns:
        before = owner.execute(f'SELECT "{column}" FROM {kind} WHERE id = 1').fetchone()[0]
        change = CHANGES[kind_of].format(f'"{column}"')
        owner.execute(f'UPDATE {kind} SET "{column}" = {change} WHERE id = 1')
        found = [f for f in log.verify().findings if f.what.startswith(f"{kind} ")]
        assert [f.kind for f in found] == ["changed"], column
        owner.execute(f'UPDATE {kind} SET "{column}" = %s WHERE id = 1', [before])
    assert log.verify().sound


def test_a_removed_signature_is_missed(log: Any) -> None:
    log.behind("DELETE FROM authorisation_signature")
    found = [f for f in log.verify().findings if f.what.startswith("authorisation_signature ")]
    assert [f.kind for f in found] == ["missing"] and "授权的电子签名" in found[0].sentence


def test_a_signature_exchanged_for_another_holds_no_more_on_the_page(hall: Any) -> None:
    mine = ed25519()
    hall.register(mine)
    drawn = hall.draw()
    made = hall.grant(drawn, mine.sign(drawn.text))
    owner = hall.district.owner()
    owner.execute("UPDATE authorisation_signature SET text = replace(text, '贷前', '贷后')")
    assert not hall.signed(made).holds
    digest = sha256(hall.signed(made).text).hexdigest()
    owner.execute("UPDATE authorisation_signature SET digest = %s", [digest])
    assert not hall.signed(made).holds


def test_the_application_can_neither_change_nor_remove_them(hall: Any) -> None:
    import psycopg

    for table in KINDS:
        for sql in (f"UPDATE {table} SET at = now()", f"DELETE FROM {table}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                hall.c.execute(sql)
