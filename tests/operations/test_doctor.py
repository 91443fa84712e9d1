"""The doctor names what is wrong, and how to mend it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from grounds import GROUND, NOW, REVIEWER

from xinyong.catalog.loading import load_rulebook
from xinyong.foundation import database, doctor, erasures, vault
from xinyong.kernel.errors import Refused

CODE = """
from datetime import UTC, datetime
from xinyong.catalog.loading import load_rulebook
from xinyong.foundation import doctor
for c in doctor.examine(load_rulebook(), datetime.now(UTC)):
    print(c.name, c.ok, c.level, c.sentence)
"""


@pytest.fixture
def look(home):
    """All checks by name; of the bare template where a test asks for no district of its own."""

    def examine(book=None, now=None):
        checks = doctor.examine(book or load_rulebook(), now or datetime.now(UTC))
        return {c.name: c for c in checks}

    return examine


def elsewhere(home, **env):
    env = (
        {k: v for k, v in os.environ.items() if not k.startswith("XINYONG_DATABASE")}
        | {"XINYONG_HOME": str(home)}
        | env
    )
    done = subprocess.run([sys.executable, "-c", CODE], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_sound_installation_has_no_fault(look, district, three, write_csv):
    district.intake(write_csv(three), "XZCF")
    faults = [c for c in look().values() if c.level == "fault"]
    assert faults == []
    assert {"home", "disk", "keys", "embedded", "rulebook", "calendar", "database", "server", "roles",
            "originals", "erasures", "clock", "jobs", "events", "evidence", "witnesses"} == look().keys()  # fmt: skip


def test_before_init_it_says_so_and_makes_no_database(tmp_path):
    told = elsewhere(tmp_path)
    assert "database None warning 还没有初始化数据库；请先运行 xinyong init。" in told
    assert not (tmp_path / "postgres" / "data").exists()
    assert not (tmp_path / "keys" / "keyring.json").exists()


def test_an_unreachable_database_is_named_without_its_password(tmp_path):
    told = elsewhere(tmp_path, DATABASE_URL="postgresql://u:geheim@127.0.0.1:1/nowhere")
    assert "database False fault 连不上数据库 127.0.0.1/nowhere" in told
    assert "geheim" not in told


def test_a_home_that_others_can_enter_is_a_fault(look, home):
    home.chmod(0o755)
    try:
        assert "chmod 700" in look()["home"].sentence
    finally:
        home.chmod(0o700)


def test_a_home_that_cannot_be_written_is_a_fault_and_the_only_finding(look, home, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    with monkeypatch.context() as m:
        m.setenv("XINYONG_HOME", str(tmp_path / "file" / "home"))
        checks = look()
    assert [(c.name, c.level) for c in checks.values()] == [("home", "fault")]


@pytest.mark.parametrize(("free", "level"), [(3 << 30, "ok"), (1 << 30, "warning"), (100 << 20, "fault")])
def test_little_disk_space_is_named(look, monkeypatch, free, level):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    assert look()["disk"].level == level


def test_a_keyring_that_others_can_read_is_a_fault(look, home):
    path = home / "keys" / "keyring.json"
    path.chmod(0o644)
    try:
        assert "chmod 600" in look()["keys"].sentence
    finally:
        path.chmod(0o600)


def test_a_damaged_keyring_is_to_be_restored_not_made_anew(look, home):
    path = home / "keys" / "keyring.json"
    whole = path.read_bytes()
    path.write_bytes(whole[:20])
    try:
        assert look()["keys"].level == "fault" and "不要重新初始化" in look()["keys"].sentence
    finally:
        path.write_bytes(whole)


def test_an_unfinished_rotation_is_named(look, home):
    (home / "keys" / "rotation.unfinished").write_text("2")
    assert "rotate-keys" in look()["keys"].sentence


def test_the_embedded_database_in_production_is_a_warning(look, monkeypatch):
    assert look()["embedded"].level == "ok"
    monkeypatch.setenv("XINYONG_ENV", "production")
    assert look()["embedded"].level == "warning"


def test_a_rulebook_that_does_not_load_is_a_fault(look):
    checks = look(Refused("x", "文件 items/XZCF.yaml 第 3 行有误。"))
    assert checks["rulebook"].level == "fault" and "第 3 行" in checks["rulebook"].sentence


def test_conflicts_of_local_editions_are_listed(look):
    conflict = SimpleNamespace(sentence="items/XZCF：随版内容已变。")
    check = look(replace(load_rulebook(), conflicts=(conflict,)))["rulebook"]
    assert check.level == "warning" and "随版内容已变" in check.sentence


def test_a_year_ahead_without_calendar_is_a_warning(look):
    assert look(now=datetime(2026, 6, 1, tzinfo=UTC))["calendar"].level == "ok"
    check = look(now=datetime(2026, 11, 22, tzinfo=UTC))["calendar"]
    assert check.level == "warning" and "2027" in check.sentence and "暂定" in check.sentence


@pytest.mark.parametrize(
    "grant",
    ["UPDATE ON audit_entry", "DELETE ON look", "TRUNCATE ON held_row", "UPDATE (payload) ON record_version"],
)
def test_a_right_too_many_is_a_fault(look, district, grant):
    district.owner().execute(f"GRANT {grant} TO {database.APP}")
    check = look()["roles"]
    assert check.level == "fault" and grant.rpartition(" ")[2] in check.sentence


def test_an_application_that_works_as_the_owner_is_a_warning(look, monkeypatch):
    monkeypatch.setenv("XINYONG_APP_ROLE", "")
    assert look()["roles"].level == "warning"


def test_a_missing_original_is_a_fault_and_a_stray_one_a_warning(look, district, three, write_csv):
    receipt = district.intake(write_csv(three), "XZCF")
    path = vault.path_of(receipt.vault_name)
    path.rename(path.with_name("0" * 64))
    assert look()["originals"].level == "fault"
    path.with_name("0" * 64).rename(path)
    path.with_name("0" * 64).write_bytes(b"x")
    assert look()["originals"].level == "warning"


def test_an_erasure_that_was_not_finished_is_a_fault(look):
    assert look()["erasures"].ok
    entry = erasures.entry(erasures.ORIGINAL, "0" * 64, GROUND, REVIEWER, NOW)
    erasures.log_path().write_text(entry.line() + "\n")
    assert look()["erasures"].level == "fault"


def test_a_clock_that_was_set_back_is_a_fault(look, district):
    ahead = datetime.now(UTC) + timedelta(hours=3)
    district.owner().execute("INSERT INTO publication (seq, batch, at) VALUES (1, 1, %s)", [ahead])
    assert look()["clock"].level == "fault"


def test_a_clock_that_differs_from_the_databases_is_a_warning(look):
    assert look(now=datetime.now(UTC) + timedelta(minutes=5))["clock"].level == "warning"


def test_a_stalled_job_is_a_warning(look, district):
    district.owner().execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('default', 'x', 'doing')"
    )
    assert look()["jobs"].level == "warning"


def test_a_pending_migration_is_a_fault_and_ends_the_look_inside(look, district):
    district.owner().execute("DELETE FROM django_migrations WHERE app = 'archive'")
    checks = look()
    assert "upgrade-db" in checks["migrations"].sentence and "roles" not in checks


def test_a_missing_extension_is_a_fault(look, district):
    district.owner().execute("DROP EXTENSION pg_trgm CASCADE")
    assert look()["extension"].level == "fault"


def test_a_look_that_fails_does_not_keep_the_others_from_theirs(look, district):
    district.owner().execute("DROP TABLE procrastinate_jobs CASCADE")
    checks = look()
    assert (checks["jobs"].ok, checks["clock"].ok) == (None, True)
