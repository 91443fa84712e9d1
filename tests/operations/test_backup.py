"""A backup restores to the same; what was erased since stays erased."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from datetime import UTC, datetime

import pytest

from xinyong.foundation import backup, cluster, database, erasures, pgtools, vault
from xinyong.kernel.errors import Fault, Refused

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
CODE = "91500152YY00000282"
RESTORE = """
import json, sys
from pathlib import Path
from xinyong.collection import erasure
from xinyong.foundation import database, restore
from xinyong.kernel.errors import XinyongError
try:
    done = restore.restore(Path(sys.argv[1]), erasure.again, force="force" in sys.argv)
except XinyongError as e:
    print(json.dumps({"code": e.code, "sentence": e.sentence}))
    sys.exit()
with database.connect_app() as c:
    rows = c.execute("SELECT * FROM record_version ORDER BY record_id, seq").fetchall()
    kept = [c.execute("SELECT wrapped_key, name FROM vault_object WHERE length(wrapped_key) > 0").fetchall()]
    files = []
    for key, name in kept[0]:
        from xinyong.foundation import vault
        files.append(b"".join(vault.read(name, bytes(key))).decode())
    counts = restore.row_counts(c)
    rights = c.execute("SELECT has_table_privilege('audit_entry', 'UPDATE')").fetchone()[0]
print(json.dumps({"rows": repr(rows), "files": files, "again": done.erased_again,
                  "unreadable": done.unreadable, "counts": counts, "may_update": rights}))
"""


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
    grown = {"erasure": 1, "audit_entry": 1, "vault_object": 1}
    assert after["counts"] == {t: n + grown.get(t, 0) for t, n in made.counts.items()}


def test_a_folder_restores_too_and_a_second_time_only_if_forced(
    district, three, write_csv, fresh_home, tmp_path
):
    district.intake(write_csv(three), "XZCF")
    (district.home / "rulebook").mkdir(exist_ok=True)
    (district.home / "rulebook" / "code_exceptions.txt").write_text("# 示例\n")
    made = backup.backup(tmp_path / "b", AT)
    assert restored(fresh_home, tmp_path / "b")["rows"] == versions(district)
    assert (fresh_home / "rulebook" / "code_exceptions.txt").read_text() == "# 示例\n"
    assert restored(fresh_home, tmp_path / "b")["code"] == "not_empty"
    assert restored(fresh_home, tmp_path / "b", "force")["counts"] == made.counts


def test_the_manifests_counts_and_hashes_are_true(district, three, write_csv, tmp_path):
    receipt = district.intake(write_csv(three), "XZCF")
    made = backup.backup(tmp_path / "b", AT)
    assert (made.counts["record_version"], made.counts["submission"], made.publication) == (3, 1, 1)
    name = receipt.vault_name
    assert set(made.parts) == {"database.dump", f"originals/{name[:2]}/{name}"}
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


def test_keys_are_left_out_unless_asked_for(district, tmp_path):
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


def test_without_a_keyring_a_restore_is_refused_before_anything_is_made(district, tmp_path):
    backup.backup(tmp_path / "b", AT)
    assert restored(tmp_path / "bare", tmp_path / "b")["code"] == "keys_missing"
    assert not (tmp_path / "bare" / "postgres").exists()


def test_with_other_keys_a_restore_is_refused(district, tmp_path, fresh_home):
    backup.backup(tmp_path / "b", AT)
    ring = json.loads((fresh_home / "keys" / "keyring.json").read_text())
    ring["index"] = ring["wrapping"]["1"]
    (fresh_home / "keys" / "keyring.json").write_text(json.dumps(ring))
    assert restored(fresh_home, tmp_path / "b", "force")["code"] == "keys_differ"


def test_a_damaged_part_is_found_before_anything_changes(district, fresh_home, tmp_path):
    backup.backup(tmp_path / "b", AT)
    with open(tmp_path / "b" / "database.dump", "r+b") as f:
        f.seek(100)
        f.write(b"\x00\x01\x02")
    told = restored(fresh_home, tmp_path / "b")
    assert told["code"] == "backup_damaged" and "database.dump" in told["sentence"]
    assert not (fresh_home / "postgres").exists()


def test_what_is_no_backup_is_refused(home, fresh_home, tmp_path):
    (tmp_path / "x.tar").write_bytes(b"no tar at all")
    assert restored(fresh_home, tmp_path / "x.tar")["code"] == "not_a_backup"
    assert restored(fresh_home, tmp_path / "none.tar")["code"] == "no_backup"


def test_a_manifest_that_points_out_of_its_folder_is_refused(district, fresh_home, tmp_path):
    backup.backup(tmp_path / "b", AT)
    manifest = json.loads((tmp_path / "b" / "manifest.json").read_text())
    manifest["parts"]["originals/../../keys/keyring.json"] = "0"
    (tmp_path / "b" / "manifest.json").write_text(json.dumps(manifest))
    assert restored(fresh_home, tmp_path / "b")["code"] == "not_a_backup"


def test_a_newer_versions_backup_is_refused(district, fresh_home, tmp_path):
    backup.backup(tmp_path / "b", AT)
    manifest = json.loads((tmp_path / "b" / "manifest.json").read_text())
    (tmp_path / "b" / "manifest.json").write_text(json.dumps(manifest | {"version": "99.0"}))
    assert restored(fresh_home, tmp_path / "b")["code"] == "backup_newer"


def test_an_existing_target_is_never_overwritten(district, tmp_path):
    (tmp_path / "b.tar").write_text("mine")
    with pytest.raises(Refused, match="已经存在"):
        backup.backup(tmp_path / "b.tar", AT)
    assert (tmp_path / "b.tar").read_text() == "mine"


@pytest.mark.parametrize("name", ["b.tar", "b"])
def test_a_backup_that_fails_leaves_nothing_half_done(district, tmp_path, monkeypatch, name):
    def full(*given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_add_files", full)
    with pytest.raises(Fault, match="No space left"):
        backup.backup(tmp_path / name, AT)
    assert list(tmp_path.iterdir()) == [] and list((district.home / "tmp").iterdir()) == []


def test_a_missing_or_too_old_pg_dump_is_a_clear_fault(district, monkeypatch, tmp_path):
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
