"""A backup restores to the same; what was erased since stays erased."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from xinyong.collection import erasure
from xinyong.foundation import backup, cluster, database, erasures, keys, pgtools, restore, vault
from xinyong.kernel.errors import Fault, Refused

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
CODE = "91500152YY00000282"
STRUCTURE = [
    # casts and brackets of a condition are written anew when it is restored
    "SELECT tablename, indexname, regexp_replace(indexdef, '::(character varying|text)|\\[\\]|[()]', '', 'g')"
    " FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
    "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
    "SELECT proname, pg_get_function_identity_arguments(oid) FROM pg_proc"
    " WHERE pronamespace = 'public'::regnamespace ORDER BY 1, 2",
    "SELECT relname, relkind::text, relacl::text FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace ORDER BY 1, 2",
    "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1",
]
RESTORE = (
    f"""
STRUCTURE = {STRUCTURE!r}
"""
    + """
import json, sys
from pathlib import Path
from types import SimpleNamespace
from xinyong.collection import erasure
from xinyong.foundation import database, restore, vault
from xinyong.kernel.errors import XinyongError
try:
    done = restore.restore(Path(sys.argv[1]), erasure.again, force="force" in sys.argv)
except XinyongError as e:
    print(json.dumps({"code": e.code, "sentence": e.sentence}))
    sys.exit()
with database.connect_app() as c:
    rows = c.execute("SELECT * FROM record_version ORDER BY record_id, seq").fetchall()
    kept = c.execute("SELECT name, wrapped_key FROM vault_object WHERE length(wrapped_key) > 0").fetchall()
    files = [b"".join(vault.read(name, bytes(key))).decode() for name, key in kept]
    structure = [c.execute(q).fetchall() for q in STRUCTURE]
    counts = restore.row_counts(c)
    rights = c.execute("SELECT has_table_privilege('audit_entry', 'UPDATE')").fetchone()[0]
print(json.dumps({"rows": repr(rows), "files": files, "again": done.erased_again,
                  "unreadable": done.unreadable, "counts": counts, "may_update": rights, "structure": repr(structure)}))
"""
)


def restored(home, source, *words):
    env = {k: v for k, v in os.environ.items() if k != "XINYONG_DATABASE_NAME"} | {"XINYONG_HOME": str(home)}
    command = [sys.executable, "-c", RESTORE, str(source), *words]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def fresh_home(home, tmp_path):
    """A new machine's home, the keyring carried over."""
    new = tmp_path / "new"
    (new / "keys").mkdir(parents=True, mode=0o700)
    shutil.copy(home / "keys" / "keyring.json", new / "keys")
    return new


def structure(district):
    return repr([district.connect().execute(q).fetchall() for q in STRUCTURE])


def versions(district):
    return repr(district.connect().execute("SELECT * FROM record_version ORDER BY record_id, seq").fetchall())


def test_the_restore_drill(district, three, write_csv, record_of, erase, fresh_home, tmp_path):
    """Intake, backup, erase, restore elsewhere: the row is still erased, the rest is the same."""
    district.intake(write_csv(three), "XZCF")
    made = backup.backup(tmp_path / "b.tar", AT)
    erase(record_of(3))
    shutil.copy(erasures.log_path(), fresh_home)
    after = restored(fresh_home, tmp_path / "b.tar")
    assert "code" not in after, after
    assert (after["again"], after["unreadable"], after["may_update"]) == (1, [], False)
    assert after["rows"] == versions(district)
    assert all("2026〕2号" not in text and "2026〕1号" in text for text in after["files"])
    grown = {
        "erasure": 1,
        "audit_entry": 1,
        "vault_object": 1,
        "evidence_entry": 2,
        "event": 1,
        "event_todo": 2,
    }
    assert after["counts"] == {t: n + grown.get(t, 0) for t, n in made.counts.items()}


def test_a_folder_restores_too_and_a_second_time_only_if_forced(
    district, three, write_csv, fresh_home, tmp_path
):
    district.intake(write_csv(three), "XZCF")
    (district.home / "rulebook").mkdir(exist_ok=True)
    (district.home / "rulebook" / "code_exceptions.txt").write_text("# 示例\n")
    made = backup.backup(tmp_path / "b", AT)
    after = restored(fresh_home, tmp_path / "b")
    assert (after["rows"], after["structure"]) == (versions(district), structure(district))
    assert (fresh_home / "rulebook" / "code_exceptions.txt").read_text() == "# 示例\n"
    assert restored(fresh_home, tmp_path / "b")["code"] == "not_empty"
    assert restored(fresh_home, tmp_path / "b", "force")["counts"] == made.counts


def test_the_manifests_counts_and_hashes_are_true(district, three, write_csv, tmp_path):
    receipt = district.intake(write_csv(three), "XZCF")
    made = backup.backup(tmp_path / "b", AT)
    assert (made.counts["record_version"], made.counts["submission"], made.publication) == (3, 1, 1)
    name = receipt.vault_name
    articles = {p for p in made.parts if p.startswith("media/")}  # of the first content
    assert set(made.parts) - articles == {"database.dump", f"originals/{name[:2]}/{name}"}
    assert all(vault.digest(tmp_path / "b" / part)[0] == h for part, h in made.parts.items())
    assert json.loads((tmp_path / "b" / "manifest.json").read_text())["counts"] == made.counts


def test_rows_that_come_in_while_it_runs_are_in_neither_count_nor_dump(
    district, three, write_csv, tmp_path, monkeypatch
):
    district.intake(write_csv(three[:1]), "XZCF")
    real = pgtools.run

    def slow(*given):
        district.intake(write_csv(three[1:], "later.csv"), "XZCF")
        real(*given)

    monkeypatch.setattr(pgtools, "run", slow)
    made = backup.backup(tmp_path / "b", AT)
    command = [cluster.binaries() / "pg_restore", "--data-only", "--table=record_version", "--file=-"]
    told = subprocess.run([*command, tmp_path / "b" / "database.dump"], capture_output=True, text=True).stdout
    assert made.counts["record_version"] == told.count("XZCF:") == 1
    assert len([p for p in made.parts if p.startswith("originals/")]) == 1


def test_keys_are_left_out_unless_asked_for(home, tmp_path):
    assert backup.KEYRING not in backup.backup(tmp_path / "b", AT).parts
    assert not (tmp_path / "b" / "keys").exists()
    made = backup.backup(tmp_path / "k.tar", AT, with_keys=True)
    assert made.with_keys and backup.KEYRING in tarfile.open(tmp_path / "k.tar").getnames()


def test_with_its_keys_a_backup_restores_on_an_empty_machine(district, three, write_csv, tmp_path):
    district.intake(write_csv(three), "XZCF")
    backup.backup(tmp_path / "k.tar", AT, with_keys=True)
    after = restored(tmp_path / "bare", tmp_path / "k.tar")
    assert after["unreadable"] == [] and "2026〕2号" in after["files"][0]
    assert (tmp_path / "bare" / "keys" / "keyring.json").stat().st_mode & 0o777 == 0o600


@pytest.fixture
def on_paper(home, tmp_path, monkeypatch, fresh_home):
    """A backup made by hand, good enough for what is refused before the database; and the new home."""
    folder = tmp_path / "paper"
    folder.mkdir()
    (folder / "database.dump").write_bytes(b"dump")
    check = backup.key_check(keys.provider())

    def make(**changes):
        parts = {"database.dump": vault.digest(folder / "database.dump")[0]}
        made = backup.Manifest(1, "0.1.0", AT.isoformat(), 180_000, 0, check, False, parts, {}, [])
        (folder / "manifest.json").write_text(json.dumps(asdict(made) | changes))
        monkeypatch.setenv("XINYONG_HOME", str(fresh_home))
        return folder

    return make


def refused(source):
    """The code of the refusal; nothing was made."""
    with pytest.raises(Refused) as e:
        restore.restore(source, erasure.again, force=True)
    assert not (Path(os.environ["XINYONG_HOME"]) / "postgres").exists()
    return e.value.code


def test_without_a_keyring_a_restore_is_refused(on_paper, fresh_home):
    (fresh_home / "keys" / "keyring.json").unlink()
    assert refused(on_paper()) == "keys_missing"
    assert not (fresh_home / "keys" / "keyring.json").exists()


def test_with_other_keys_a_restore_is_refused(on_paper):
    assert refused(on_paper(key_check="another")) == "keys_differ"


def test_a_damaged_part_is_found_before_anything_changes(on_paper):
    source = on_paper()
    (source / "database.dump").write_bytes(b"dumb")
    assert refused(source) == "backup_damaged"


def test_a_missing_part_is_found_before_anything_changes(on_paper):
    source = on_paper()
    (source / "database.dump").unlink()
    assert refused(source) == "backup_incomplete"


def test_a_manifest_that_points_out_of_its_folder_is_refused(on_paper):
    assert refused(on_paper(parts={"originals/../../keys/keyring.json": "0"})) == "not_a_backup"


def test_a_newer_versions_backup_is_refused(on_paper):
    assert refused(on_paper(version="99.0")) == "backup_newer"


def test_counts_that_disagree_with_the_manifest_are_a_fault(district, three, write_csv):
    district.intake(write_csv(three), "XZCF")
    with pytest.raises(Fault, match="record_version 应有 4 行，实有 3 行"):
        restore._compare(SimpleNamespace(counts={"record_version": 4, "submission": 1}))


@pytest.mark.parametrize(("content", "code"), [(b"no tar at all", "not_a_backup"), (None, "no_backup")])
def test_what_is_no_backup_is_refused(on_paper, tmp_path, content, code):
    on_paper()
    if content:
        (tmp_path / "x.tar").write_bytes(content)
    assert refused(tmp_path / "x.tar") == code


def test_an_existing_target_is_never_overwritten(home, tmp_path):
    (tmp_path / "b.tar").write_text("mine")
    with pytest.raises(Refused, match="已经存在"):
        backup.backup(tmp_path / "b.tar", AT)
    assert (tmp_path / "b.tar").read_text() == "mine"


@pytest.mark.parametrize("name", ["b.tar", "b"])
def test_a_backup_that_fails_leaves_nothing_half_done(home, tmp_path, monkeypatch, name):
    def full(*given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_add_files", full)
    with pytest.raises(Fault, match="No space left"):
        backup.backup(tmp_path / name, AT)
    assert list(tmp_path.iterdir()) == [] and list((home / "tmp").iterdir()) == []


def test_a_missing_or_too_old_pg_dump_is_a_clear_fault(home, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@127.0.0.1/x")
    monkeypatch.setattr(pgtools, "_major", lambda path: 14)
    with pytest.raises(Fault, match="postgresql-client-18"):
        pgtools.find("pg_dump", 180_000)


def test_the_password_of_a_given_database_is_not_on_the_command_line(monkeypatch, tmp_path):
    seen = tmp_path / "seen"
    tool = tmp_path / "pg_dump"
    tool.write_text(f'#!/bin/sh\necho "$@" > {seen}; echo "$PGPASSWORD" >> {seen}\n')
    tool.chmod(0o700)
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:geheim@127.0.0.1/x")
    pgtools.run(tool, ["--schema=public"], Fault("x", "x"))
    arguments, password = seen.read_text().splitlines()
    assert "geheim" not in arguments and password == "geheim"
    assert not database.embedded()
