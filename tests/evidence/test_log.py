"""What is written becomes a leaf, and a change behind the application's back is found and named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from xinyong.foundation.evidence import entries, proofs
from xinyong.kernel import merkle
from xinyong.kernel.checkpoints import parse
from xinyong.kernel.errors import Refused


def kinds(result: Any) -> list[str]:
    return [f.kind for f in result.findings]


def test_nothing_to_seal_makes_no_checkpoint(log: Any) -> None:
    assert log.seal() is None


def test_an_intake_seals_its_receipt_each_record_version_and_its_audit_entry(filled: Any) -> None:
    told = (
        filled.district.owner()
        .execute("SELECT kind, count(*) FROM evidence_entry GROUP BY 1 ORDER BY 1")
        .fetchall()
    )
    assert dict(told)["receipt"] == 1 and dict(told)["record"] == 1 and dict(told)["audit"] >= 1
    assert filled.sealed.size == sum(n for _, n in told) - 1 + 3


def test_an_untouched_database_is_sound_and_everything_in_it_was_checked(filled: Any) -> None:
    result = filled.verify()
    assert result.sound and result.checked == filled.sealed.size and result.unsealed == 0


@pytest.mark.parametrize(
    ("change", "kind", "names"),
    [
        (
            "UPDATE record_version SET payload = overlay(payload placing '改' from 40) WHERE line = 3",
            "changed",
            "第 3 行",
        ),
        (
            "UPDATE record_version SET salt = decode(repeat('00', 16), 'hex') WHERE line = 2",
            "changed",
            "第 2 行",
        ),
        ("DELETE FROM record_version WHERE line = 4", "missing", "3 条，现在有 2 条"),
        ("UPDATE submission SET revoked = revoked + 1", "changed", "receipt"),
        ("DELETE FROM submission", "missing", "receipt"),
        ("UPDATE audit_entry SET actor = '别人'", "changed", "audit"),
        ("DELETE FROM audit_entry", "missing", "audit"),
        ("DELETE FROM evidence_entry WHERE kind = 'receipt'", "missing", "被删去"),
        ("UPDATE record_version SET leaf = substr(leaf, 2) WHERE line = 3", "changed", "第 3 行"),
        ("UPDATE record_version SET salt = NULL WHERE line = 3", "changed", "第 3 行"),
        ("UPDATE record_version SET line = 33 WHERE line = 3", "changed", "第 4 行"),
        ("UPDATE evidence_entry SET leaf = substr(leaf, 2) WHERE kind = 'receipt'", "changed", "receipt"),
        ("UPDATE evidence_entry SET ref = 'x' WHERE kind = 'record'", "changed", "认不出"),
        ("UPDATE evidence_entry SET ref = 'x' WHERE kind = 'receipt'", "missing", "receipt x"),
        ("UPDATE evidence_entry SET ref = '9' || ref WHERE kind = 'audit'", "missing", "audit 9"),
        ("UPDATE evidence_entry SET kind = 'something' WHERE kind = 'record'", "changed", "认不出"),
        (
            "DELETE FROM evidence_range WHERE entry = (SELECT min(id) FROM evidence_entry)",
            "missing",
            "没有登记",
        ),
    ],
)
def test_a_change_behind_the_application_s_back_is_found_and_named(
    filled: Any, change: str, kind: str, names: str
) -> None:
    filled.behind(change)
    result = filled.verify()
    assert kind in kinds(result)
    assert any(names in f.sentence for f in result.findings)


def test_a_row_changed_together_with_its_leaf_is_found(filled: Any) -> None:
    filled.behind(
        "UPDATE record_version SET payload = payload || '改',"
        " leaf = sha256(convert_to(encode(salt, 'hex') || payload || '改', 'UTF8')) WHERE line = 3"
    )
    assert kinds(filled.verify()) == ["changed"]


def test_a_row_put_in_behind_the_application_s_back_is_found(filled: Any) -> None:
    filled.behind(
        "INSERT INTO record_version SELECT gen_random_uuid(), seq, born, line, item, subject, kind, decided, valid_from,"
        " valid_to, salt, leaf, payload FROM record_version WHERE line = 4"
    )
    assert kinds(filled.verify()) != []


@pytest.mark.parametrize("algorithm", merkle.ALGORITHMS)
def test_any_byte_changed_in_a_tree_s_file_is_found(filled: Any, algorithm: str) -> None:
    path: Path = filled.district.home / "evidence" / algorithm / "level0"
    data = bytearray(path.read_bytes())
    data[33] ^= 1
    path.write_bytes(data)
    assert "tree" in kinds(filled.verify())


def test_an_unsealed_row_is_told_as_such(filled: Any) -> None:
    filled.audited(2)
    result = filled.verify()
    assert result.sound and result.unsealed == 2


def test_a_forger_who_rebuilds_the_tree_and_signs_again_is_caught_by_a_checkpoint_kept_elsewhere(
    filled: Any,
) -> None:
    """The database administrator also holds the signing key: everything here is consistent, and yet."""
    kept = dict(filled.sealed.notes)
    filled.behind(
        "UPDATE record_version SET payload = payload || '改',"
        " leaf = sha256(convert_to(encode(salt, 'hex') || payload || '改', 'UTF8')) WHERE line = 3"
    )
    filled.behind("DELETE FROM evidence_checkpoint")
    filled.behind("DELETE FROM evidence_range")
    filled.behind("DELETE FROM evidence_entry WHERE txid = '0'")
    filled.behind("DELETE FROM evidence_rows")
    filled.seal()
    assert filled.verify().sound, "the forgery must be good, or the test shows nothing"
    for algorithm in merkle.ALGORITHMS:
        assert kinds(filled.verify((algorithm, kept[algorithm]))) == ["checkpoint"]


def test_deleting_the_newest_rows_and_their_leaves_is_caught_by_a_checkpoint_kept_elsewhere(
    filled: Any,
) -> None:
    before = filled.sealed
    filled.audited(3)
    kept = filled.seal()
    newest = "SELECT entry FROM evidence_range WHERE first >= %s"
    filled.behind(
        f"DELETE FROM audit_entry WHERE id::text IN (SELECT ref FROM evidence_entry WHERE id IN ({newest}))",
        before.size,
    )
    filled.behind(f"DELETE FROM evidence_entry WHERE id IN ({newest})", before.size)
    filled.behind("DELETE FROM evidence_range WHERE first >= %s", before.size)
    filled.behind("DELETE FROM evidence_checkpoint WHERE size > %s", before.size)
    assert filled.verify().sound
    assert kinds(filled.verify(("sha256", kept.notes["sha256"]))) == ["checkpoint"]


def test_emptying_a_record_is_not_erasing_it_by_rule(filled: Any) -> None:
    filled.behind("UPDATE record_version SET payload = NULL, salt = NULL WHERE line = 3")
    result = filled.verify()
    assert kinds(result) == ["changed"] and result.erased == 0
    assert "第 3 行" in result.findings[0].sentence and "被清空" in result.findings[0].sentence


def test_sealing_in_many_steps_proves_each_step_from_the_one_before(log: Any) -> None:
    states = []
    for n in (1, 2, 300, 5):
        log.audited(n)
        states.append(log.seal())
    for old, new in zip(states, states[1:], strict=False):
        for a, path in proofs.growth(log.district.app, old.size, new.size).items():
            assert merkle.consistent(a, old.size, old.roots[a], new.size, new.roots[a], path)
    assert log.verify().checked == log.begun + 308


def test_a_record_s_proof_leads_to_both_signed_roots(filled: Any) -> None:
    salt, payload, leaf = (
        filled.district.owner()
        .execute("SELECT salt, payload, leaf FROM record_version WHERE line = 3")
        .fetchone()
    )
    proof = proofs.of_leaf(filled.district.app, "record", leaf)
    assert entries.leaf(salt, payload.encode()) == leaf
    for a in merkle.ALGORITHMS:
        hash = merkle.leaf_hashes(a, [entries.tree_leaf("record", leaf)])[0]
        signed_root = parse(proof.sealed.notes[a])[0].root
        assert (
            merkle.root_from_inclusion(a, hash, proof.index, proof.sealed.size, proof.paths[a]) == signed_root
        )


def test_what_is_not_sealed_yet_has_no_proof_and_says_when_to_come_back(filled: Any) -> None:
    filled.audited()
    entry = filled.district.one("SELECT max(id) FROM audit_entry")
    with pytest.raises(Refused, match="下一次封存"):
        proofs.of_entry(filled.district.app, "audit", entry)


def test_an_entry_of_a_transaction_that_ends_late_is_sealed_all_the_same(log: Any) -> None:
    """Entries get their numbers before they commit: a later number may be sealed first."""
    from datetime import UTC, datetime

    from xinyong.foundation import audit

    slow = log.district.connect(autocommit=False)
    audit.record(slow, audit.SYSTEM, datetime.now(UTC), "test", "慢", {})
    log.audited()
    log.seal()
    slow.commit()
    log.audited()
    sealed = log.seal()
    assert sealed.size == log.begun + 3 and log.verify().checked == log.begun + 3


def test_more_than_fits_one_checkpoint_goes_in_the_next(log: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from xinyong.foundation.evidence import sealing

    monkeypatch.setattr(sealing, "MOST", 4)
    log.audited(10)
    sizes = [log.seal().size for _ in range(3)]
    assert sizes == [log.begun + n for n in (4, 8, 10)] and log.seal() is None
    assert log.verify().checked == log.begun + 10


def test_a_crash_before_the_commit_leaves_nothing_that_the_next_sealing_trips_over(log: Any) -> None:
    log.audited(3)

    def dies(checkpoint: Any) -> str:
        raise KeyboardInterrupt

    log.sign = dies
    with pytest.raises(KeyboardInterrupt):
        log.seal()
    log.sign = None
    log.audited(1)
    assert log.seal().size == log.begun + 4
    assert log.verify().sound


def test_the_application_can_not_change_or_delete_what_it_entered(filled: Any) -> None:
    import psycopg

    for table in ("evidence_entry", "evidence_range", "evidence_checkpoint"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            filled.district.app.execute(f"DELETE FROM {table}")


def test_trees_that_the_disk_lost_are_made_again_from_the_database(filled: Any) -> None:
    import shutil

    from xinyong.foundation.evidence import rebuilding
    from xinyong.kernel.errors import Fault

    filled.audited(3)
    shutil.rmtree(filled.district.home / "evidence")
    with pytest.raises(Fault, match="ledger rebuild"):
        filled.seal()
    assert rebuilding.rebuild(filled.district.app).roots == filled.sealed.roots
    assert filled.seal().size == filled.sealed.size + 3 and filled.verify().sound


def test_a_changed_database_does_not_rebuild(filled: Any) -> None:
    from xinyong.foundation.evidence import rebuilding
    from xinyong.kernel.errors import Fault

    filled.behind("UPDATE record_version SET leaf = decode(repeat('00', 32), 'hex') WHERE line = 3")
    with pytest.raises(Fault, match="被改动"):
        rebuilding.rebuild(filled.district.app)


def test_finding_a_leaf_takes_few_files_however_often_was_sealed(tmp_path: Path) -> None:
    import hashlib

    from xinyong.foundation.evidence import store

    leaves = [hashlib.sha256(str(n).encode()).digest() for n in range(1_000)]
    for n, leaf in enumerate(leaves):
        store.note_places(n, leaf, tmp_path)
    assert len(list(tmp_path.glob("*.npy"))) <= 10
    assert all(store.places(leaf, 1_000, tmp_path) == [n] for n, leaf in enumerate(leaves))
    assert store.places(leaves[7], 7, tmp_path) == []
