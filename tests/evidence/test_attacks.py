"""What a database administrator may try behind the application's back, without the signing key and with it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from xinyong.foundation.evidence import audited, entries, notes, rebuilding, sealing, trees
from xinyong.kernel import merkle
from xinyong.kernel.checkpoints import Checkpoint
from xinyong.kernel.merkle import ALGORITHMS

FORGED = (
    "UPDATE record_version SET payload = payload || '改',"
    " leaf = sha256(convert_to(encode(salt, 'hex') || payload || '改', 'UTF8')) WHERE line = 3"
)


def kinds(result: Any) -> list[str]:
    return [f.kind for f in result.findings]


def told(result: Any) -> str:
    return "\n".join(f.sentence for f in result.findings)


def rewritten(log: Any, upper: bool = True) -> dict[str, bytes]:
    """The trees' files made anew from what the tables say now, and the columns with their roots; no key is needed."""
    size = sealing.last(log.district.app).size
    kept = {p: p.read_bytes() for p in log.district.home.glob("evidence/*/level*") if p.name != "level0"}
    runs = [run for piece in rebuilding._pieces(log.district.app, size) for run in piece]
    roots = trees.grow(0, runs)
    if not upper:
        for path, data in kept.items():
            path.write_bytes(data)
    log.behind(
        "UPDATE evidence_checkpoint SET root_sha256 = %s, root_sm3 = %s WHERE size = %s",
        roots["sha256"], roots["sm3"], size,
    )  # fmt: skip
    return dict(roots)


def signed_again(log: Any, roots: dict[str, bytes]) -> None:
    """With the key."""
    now, last = datetime.now(UTC), sealing.last(log.district.app)
    sign = notes.signer(log.district.app, now)
    made = [sign(Checkpoint(sealing.origin_of(notes.origin(), a), last.size, roots[a])) for a in ALGORITHMS]
    log.behind(
        "UPDATE evidence_checkpoint SET note_sha256 = %s, note_sm3 = %s WHERE size = %s", *made, last.size
    )


# the signed note


def test_without_the_key_a_rewritten_tree_does_not_pass_under_the_old_note(filled: Any) -> None:
    filled.behind(FORGED)
    rewritten(filled)
    result = filled.verify()
    assert kinds(result) == ["signature", "signature"] and "改写" in told(result)


def test_without_the_key_the_note_of_another_state_does_not_pass_either(filled: Any) -> None:
    """The newest rows go, and the note of before comes in: each is genuine, but not of each other."""
    old = filled.sealed.notes["sha256"]
    filled.audited(2)
    filled.seal()
    filled.behind(
        "UPDATE evidence_checkpoint SET note_sha256 = %s WHERE number = (SELECT max(number) FROM evidence_checkpoint)",
        old,
    )
    assert kinds(filled.verify()) == ["signature"]


def test_a_note_of_one_tree_does_not_pass_for_the_other(filled: Any) -> None:
    filled.behind("UPDATE evidence_checkpoint SET note_sm3 = note_sha256")
    assert "签名无效" in told(filled.verify())


def test_a_key_put_into_the_table_signs_nothing(filled: Any) -> None:
    """Without the keyring nobody can give it a private half that opens."""
    import gmssl_pyx
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from xinyong.foundation import signing
    from xinyong.foundation.evidence.notes import TYPES
    from xinyong.kernel.checkpoints import Signature, Verifier, signed

    mine = Ed25519PrivateKey.generate()
    point, scalar = gmssl_pyx.sm2_key_generate()
    pairs = {signing.ED25519: (mine.public_key().public_bytes_raw(), mine.private_bytes_raw()),
             signing.SM2: (bytes(point), bytes(scalar))}  # fmt: skip
    for algorithm, (public, _) in pairs.items():
        for private, generation in (
            (b"x", 0),
            (filled.district.one("SELECT private FROM signing_key LIMIT 1"), -1),
        ):
            filled.behind(
                "INSERT INTO signing_key (id, algorithm, generation, public, private, made)"
                " VALUES (%s, %s, %s, %s, %s, now())",
                signing.key_id(algorithm, public) + str(generation), algorithm, generation, public, private,
            )  # fmt: skip
    filled.behind("UPDATE signing_key SET id = left(id, 16) WHERE generation = 0")
    filled.behind(FORGED)
    roots, size = rewritten(filled), filled.sealed.size
    made = []
    for a in ALGORITHMS:
        note = Checkpoint(sealing.origin_of(notes.origin(), a), size, roots[a])
        values = [
            (k, public, signing._SIGN[k](private, public, note.text.encode()))
            for k, (public, private) in pairs.items()
        ]
        lines = [
            Signature(notes.origin(), Verifier(notes.origin(), TYPES[k], p).key_id, v) for k, p, v in values
        ]
        made.append(signed(note, lines))
    filled.behind(
        "UPDATE evidence_checkpoint SET note_sha256 = %s, note_sm3 = %s WHERE size = %s", *made, size
    )
    assert kinds(filled.verify()) == ["signature", "signature"]
    assert not any(
        str(Verifier(notes.origin(), TYPES[k], p)) in filled.public_keys() for k, (p, _) in pairs.items()
    )


def test_a_note_that_is_none_is_a_finding_and_not_a_traceback(filled: Any) -> None:
    filled.behind("UPDATE evidence_checkpoint SET note_sm3 = 'x'")
    assert set(kinds(filled.verify())) == {"signature"}


# files of the tree


def test_a_kept_checkpoint_is_compared_with_the_leaves_and_not_with_stale_tiles(log: Any) -> None:
    log.audited(600)
    kept = dict(log.seal().notes)
    entry = log.district.one("SELECT id FROM audit_entry WHERE target = '第 3 件'")
    log.behind("UPDATE audit_entry SET actor = '别人' WHERE id = %s", entry)
    salt = log.district.one("SELECT salt FROM evidence_entry WHERE kind = 'audit' AND ref = %s", str(entry))
    document = entries.canonical(entries.sources()["audit"](log.district.app, str(entry)))
    forged = entries.leaf(salt, document)
    log.behind("UPDATE evidence_entry SET leaf = %s WHERE kind = 'audit' AND ref = %s", forged, str(entry))
    signed_again(log, rewritten(log, upper=False))
    alone = log.verify()
    assert kinds(alone) == ["tree", "tree"] and "第 1 层" in told(alone)
    for algorithm in ALGORITHMS:
        assert "checkpoint" in kinds(log.verify((algorithm, kept[algorithm])))


def test_a_truncated_tree_is_a_finding_with_a_kept_checkpoint_too(filled: Any) -> None:
    path: Path = filled.district.home / "evidence" / "sha256" / "level0"
    for left in (path.read_bytes()[:100], b""):
        path.write_bytes(left)
        found = kinds(filled.verify(("sha256", filled.sealed.notes["sha256"])))
        assert "tree" in found and "checkpoint" in found
    path.unlink()
    assert "tree" in kinds(filled.verify(("sha256", filled.sealed.notes["sha256"])))


@pytest.mark.parametrize("level", [1, 2])
def test_every_file_that_proofs_are_made_of_is_compared(tmp_path: Path, level: int) -> None:
    noise = os.urandom(66_000 * 32)
    tree = trees.Tree("sha256", tmp_path)
    edge, levels = merkle.grow("sha256", 0, [], [noise[i : i + 32] for i in range(0, len(noise), 32)])
    tree.write(levels)
    first = trees.Here("sha256", 66_000, [300, 65_537], tmp_path).walked()
    assert first.root == merkle.root_of_edge("sha256", edge) and first.stale == []
    assert first.past[300] == merkle.root("sha256", 300, tree.nodes())
    assert first.past[65_537] == merkle.root("sha256", 65_537, tree.nodes())
    path = tmp_path / f"level{level}"
    data = bytearray(path.read_bytes())
    data[7] ^= 1
    path.write_bytes(data)
    assert trees.Here("sha256", 66_000, (), tmp_path).walked().stale == [level]


# what is entered in the log


def test_a_leaf_is_not_hidden_under_its_neighbour_s_count(filled: Any) -> None:
    filled.audited(3)
    filled.seal()
    first, second = (
        filled.district.owner()
        .execute("SELECT entry FROM evidence_range WHERE count = 1 ORDER BY first DESC LIMIT 3")
        .fetchall()[1:][::-1]
    )
    filled.behind(
        "DELETE FROM audit_entry WHERE id::text = (SELECT ref FROM evidence_entry WHERE id = %s)", second[0]
    )
    filled.behind("DELETE FROM evidence_entry WHERE id = %s", second[0])
    filled.behind("DELETE FROM evidence_range WHERE entry = %s", second[0])
    filled.behind("UPDATE evidence_range SET count = 2 WHERE entry = %s", first[0])
    assert "missing" in kinds(filled.verify())


@pytest.mark.parametrize("txid", ["0", "3"])
def test_a_batch_dated_back_under_an_entry_that_is_never_sealed_is_found(filled: Any, txid: str) -> None:
    filled.behind(
        "INSERT INTO record_version SELECT gen_random_uuid(), seq, 999, line, item, subject, kind, decided, valid_from,"
        " valid_to, salt, leaf, payload FROM record_version WHERE line = 4"
    )
    filled.behind(
        "INSERT INTO evidence_entry (txid, at, kind, ref) VALUES (%s::xid8, now(), 'record', '999')", txid
    )
    filled.seal()
    result = filled.verify()
    assert kinds(result) == ["surplus"] and "record 999" in told(result)


def test_an_entry_that_claims_a_transaction_to_come_is_sealed_all_the_same(filled: Any) -> None:
    """Else it would wait for ever and stay out of the log."""
    filled.behind(
        "INSERT INTO evidence_entry (txid, at, kind, ref) VALUES ('9999999999'::xid8, now(), 'record', '998')"
    )
    filled.seal()
    assert filled.verify().sound
    assert filled.district.one(
        "SELECT 1 FROM evidence_entry e JOIN evidence_range r ON r.entry = e.id WHERE ref = '998'"
    )
    filled.audited(1)
    filled.seal()
    assert filled.verify().sound


def test_a_receipt_put_in_without_an_entry_is_found(filled: Any) -> None:
    columns = [
        name
        for (name,) in filled.district.owner()
        .execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'submission'::regclass AND attnum > 0 ORDER BY attnum"
        )
        .fetchall()
        if name != "id"
    ]
    listed = ", ".join(columns)
    filled.behind(f"INSERT INTO submission (id, {listed}) SELECT 999, {listed} FROM submission LIMIT 1")
    assert "“receipt 999”" in told(filled.verify())


# what stands beside the leaves


BESIDE: Sequence[tuple[str, str]] = [
    ("subject", "subject + 1"),
    ("kind", "'R'"),
    ("kind", "''"),
    ("item", "item + 1"),
    ("seq", "seq + 1"),
    ("decided", "decided - 400"),
    ("decided", "NULL"),
    ("valid_from", "valid_from + 1"),
    ("valid_to", "coalesce(valid_to, decided) + 1"),
    ("valid_to", "'-infinity'"),
    ("valid_to", "'infinity'"),
]


@pytest.mark.parametrize(("column", "value"), BESIDE)
def test_no_column_of_a_record_changes_unseen(filled: Any, column: str, value: str) -> None:
    filled.behind(f"UPDATE record_version SET {column} = {value} WHERE line = 3")
    result = filled.verify()
    assert "changed" in kinds(result) and "第 3 行" in told(result)


def test_an_end_that_is_taken_away_is_seen(filled: Any, penalty: Any, write_csv: Any) -> None:
    filled.behind("UPDATE record_version SET valid_to = NULL WHERE line = 2 AND valid_to IS NOT NULL")
    assert "第 2 行" in told(filled.verify())


@pytest.mark.parametrize("column", ["scheme", "value", "kind"])
def test_a_subject_that_becomes_another_is_seen(filled: Any, column: str) -> None:
    subject = filled.district.one("SELECT subject FROM record_version WHERE line = 3")
    filled.behind(f"UPDATE credit_subject SET {column} = {column} || 'X' WHERE id = %s", subject)
    result = filled.verify()
    assert kinds(result) == ["changed"] and f"主体 {subject}" in told(result)
    filled.behind("DELETE FROM credit_subject WHERE id = %s", subject)
    assert f"主体 {subject}" in told(filled.verify())


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM subject_records",
        "UPDATE subject_records SET records = records[1:2]",
        "UPDATE subject_records SET subject = subject + 1",
        "UPDATE subject_records SET item = item + 1",
        "UPDATE subject_records SET records = ARRAY[NULL::uuid]",
        "UPDATE subject_records SET records = '{}'",
    ],
)
def test_a_record_taken_out_of_its_subject_s_archive_is_missed(filled: Any, change: str) -> None:
    filled.behind(change)
    result = filled.verify()
    assert set(kinds(result)) == {"missing"} and "被藏起来" in told(result)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("UPDATE publication SET at = at - interval '1 day'", "changed"),
        ("UPDATE publication SET undoes = 7", "changed"),
        ("UPDATE publication SET batch = 999", "changed"),
        ("DELETE FROM publication", "missing"),
        ("UPDATE publication SET seq = seq + 5", "missing"),
        ("UPDATE publication SET salt = NULL", "changed"),
    ],
)
def test_the_publication_of_a_batch_does_not_change_unseen(filled: Any, change: str, kind: str) -> None:
    filled.behind(change)
    result = filled.verify()
    assert kind in kinds(result) and any(f.what.startswith("publication ") for f in result.findings)


def test_a_publication_dated_before_the_one_it_follows_is_found(filled: Any) -> None:
    filled.behind(
        "INSERT INTO publication (seq, batch, at) SELECT max(seq) + 1, 999, max(at) - interval '1 day' FROM publication"
    )
    filled.seal()
    assert "surplus" in kinds(filled.verify())


def test_a_batch_whose_publication_was_taken_before_it_was_sealed_is_found(
    filled: Any, penalty: Any, write_csv: Any
) -> None:
    receipt = filled.district.intake(write_csv([penalty(CF_WSH="潼示罚〔2026〕9号")], "later.csv"), "XZCF")
    filled.behind("DELETE FROM publication WHERE batch = %s", receipt.submission)
    filled.seal()
    result = filled.verify()
    assert kinds(result) == ["missing"] and f"批次 {receipt.submission} 有回执" in told(result)


def test_corrections_revocations_and_undoing_leave_the_log_sound(
    filled: Any, penalty: Any, write_csv: Any
) -> None:
    from xinyong.collection import undo
    from xinyong.foundation.audit import Who

    again = penalty(CF_WSH="潼示罚〔2026〕2号", CF_NR="罚款人民币3000元", CF_NR_FK="0.3")
    taken = filled.district.intake(write_csv([again], "again.csv"), "XZCF")
    assert taken.corrected == 1
    filled.seal()
    assert filled.verify().sound
    who = Who("信用中心审核员", "center_reviewer")
    c = filled.district.connect(autocommit=False)
    undo.undo(c, taken.submission, "报错了", who, datetime.now(UTC), filled.district.book)
    filled.seal()
    result = filled.verify()
    assert result.sound and result.kinds["publication"] == 3 and result.kinds["batch"] == 3


def test_batches_of_before_are_closed_with_the_next_sealing(
    log: Any, penalty: Any, write_csv: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home of before this was closed: it is sound before and after, and from then on a change shows."""
    with monkeypatch.context() as before:
        before.setattr(entries, "closings", dict)
        log.district.intake(write_csv([penalty(CF_WSH=f"潼示罚〔2026〕{n}号") for n in (1, 2, 3)]), "XZCF")
        log.seal()
        assert log.verify().sound
    assert log.verify().sound
    log.seal()
    result = log.verify()
    assert result.sound and result.kinds["batch"] == 1 and log.seal() is None
    log.behind("UPDATE record_version SET subject = subject + 1 WHERE line = 3")
    assert "第 3 行" in told(log.verify())


# what was taken by rule


def erased(log: Any, line: int) -> None:
    from xinyong.collection import erasure
    from xinyong.foundation.audit import Who
    from xinyong.foundation.erasures import Ground

    ground = Ground("REC_PERSONAL", "PIPL", "第四十七条")
    who = Who("信用中心审核员", "center_reviewer")
    erasure.erase_record(log.record(line), ground, who, datetime.now(UTC), log.district.book)


def test_erased_by_rule_is_told_from_emptied(filled: Any) -> None:
    erased(filled, 2)
    result = filled.verify()
    assert result.sound and result.erased == 1
    leaves = [filled.district.one("SELECT leaf FROM record_version WHERE line = %s", n) for n in (2, 3)]
    number = filled.district.one("SELECT max(id) FROM erasure")
    assert [audited.erasure_of(filled.district.app, leaf) for leaf in leaves] == [number, None]
    filled.seal()
    filled.behind("UPDATE record_version SET payload = NULL, salt = NULL WHERE line = 4")
    result = filled.verify()
    assert kinds(result) == ["changed"] and result.erased == 1 and "第 4 行" in told(result)


def test_an_erasure_of_before_it_listed_its_leaves_still_counts(filled: Any) -> None:
    from xinyong.foundation import erasures

    ground, record = erasures.Ground("REC_PERSONAL", "PIPL", "第四十七条"), filled.record(3)
    erasures.register(
        filled.district.owner(), datetime.now(UTC), "甲", f"record:{record}", ground, {"versions": 1}
    )
    filled.behind("UPDATE record_version SET payload = NULL, salt = NULL WHERE line = 3")
    filled.seal()
    result = filled.verify()
    assert result.sound and result.erased == 1


def test_an_erasure_put_in_to_cover_an_emptied_record_is_found(filled: Any) -> None:
    filled.behind("UPDATE record_version SET payload = NULL, salt = NULL WHERE line = 3")
    filled.behind(
        "INSERT INTO erasure (at, actor, target, rule, instrument, article, detail) SELECT now(), '甲', 'record:x', 'R',"
        " 'PIPL', '第四十七条', jsonb_build_object('leaves', jsonb_build_array(encode(leaf, 'hex')))"
        " FROM record_version WHERE line = 3"
    )
    assert kinds(filled.verify()) == ["surplus"]


def test_the_hash_of_an_empty_batch_is_that_of_nothing(filled: Any) -> None:
    from xinyong.archive import evidence

    c = filled.district.app
    document = evidence._document(c, "999", evidence._beside(evidence._ordered(c, "999")), {})
    assert document["rows"] == 0 and document["sha256"] == sha256(b"").hexdigest()


def test_a_merge_of_subjects_does_not_change_unseen(filled: Any, penalty: Any, write_csv: Any) -> None:
    from xinyong.archive import merges, publication

    owner = filled.district.owner()
    with owner.transaction():
        batch = publication.next_batch(owner)
        merges.add(owner, 101, 102, "同一主体", merges.BY_PERSON, batch)
        publication.publish(owner, batch)
    filled.seal()
    assert filled.verify().sound
    filled.behind("UPDATE subject_merge SET winner = 103")
    assert kinds(filled.verify()) == ["changed"]
    filled.behind("DELETE FROM subject_merge")
    assert "missing" in kinds(filled.verify())


# numbers below all that the application gives out


def test_a_publication_numbered_below_the_first_is_found(filled: Any) -> None:
    filled.seal()
    batch = filled.district.one("SELECT min(batch) FROM publication")
    filled.behind("INSERT INTO publication (seq, batch, at, undoes) VALUES (0, -1, '2000-01-01', %s)", batch)
    filled.seal()
    result = filled.verify()
    assert not result.sound and "publication" in str(result.findings), told(result)


def test_a_list_of_leaves_that_is_none_stops_no_verification(filled: Any) -> None:
    filled.seal()
    filled.behind("UPDATE record_version SET payload = NULL, salt = NULL WHERE line = 3")
    filled.behind(
        "INSERT INTO erasure (at, actor, target, rule, instrument, article, detail)"
        " VALUES (now(), '示例', 'record:x', 'r', 'i', 'a', '{\"leaves\": [null]}')"
    )
    assert not filled.verify().sound
