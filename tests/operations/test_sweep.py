"""What killed processes left behind goes; what is in use stays."""

from __future__ import annotations

import os
import subprocess
import time

import pytest

from xinyong.foundation import sweep, vault

DEAD = 2**22 + 1  # above the highest process number of Linux


@pytest.fixture
def later(monkeypatch):
    """Two hours from now."""
    return time.time() + 2 * sweep.HOUR


def orphan():
    path = vault.path_of("ab" + "0" * 62)
    path.write_bytes(b"x")
    return path


def test_a_dead_processs_half_written_original_goes(home):
    leftover = home / "originals" / f"abc.{DEAD}.new"
    leftover.parent.mkdir(exist_ok=True)
    leftover.write_bytes(b"x")
    assert sweep.sweep().temporary == [f"originals/abc.{DEAD}.new"]
    assert not leftover.exists()


def test_a_living_processs_half_written_file_stays(home):
    (home / "tmp").mkdir(exist_ok=True)
    mine = home / "tmp" / f"original-1.{os.getpid()}.new"
    mine.write_bytes(b"x")
    assert sweep.sweep().temporary == [] and mine.exists()


def test_a_day_old_temporary_file_goes_whatever_its_name(home):
    (home / "tmp").mkdir(exist_ok=True)
    for name in ("anything", f"original-1.{os.getpid()}.new"):
        (home / "tmp" / name).write_bytes(b"x")
    assert sweep.sweep(time.time() + sweep.DAY - 60).temporary == []
    assert len(sweep.sweep(time.time() + sweep.DAY + 60).temporary) == 2


def test_an_original_of_no_submission_goes_after_an_hour(home, later):
    path = orphan()
    assert sweep.sweep().orphans == [] and path.exists()
    assert sweep.sweep(later).orphans == [f"originals/ab/{path.name}"]
    assert not path.exists()


def test_while_an_intake_runs_no_orphan_is_touched(district, later):
    path = orphan()
    intake = district.connect(autocommit=False)
    intake.execute("SELECT pg_advisory_xact_lock(7201, 1)")
    assert sweep.sweep(later) == sweep.Swept([], [], waited=True) and path.exists()
    intake.rollback()
    assert sweep.sweep(later).orphans


def test_the_original_of_a_submission_stays(district, three, write_csv, later):
    receipt = district.intake(write_csv(three), "XZCF")
    assert sweep.sweep(later).orphans == []
    assert vault.path_of(receipt.vault_name).exists()


def test_a_file_whose_key_was_destroyed_goes_at_once(district, three, write_csv):
    receipt = district.intake(write_csv(three), "XZCF")
    district.owner().execute("UPDATE vault_object SET wrapped_key = ''::bytea")
    assert sweep.sweep().orphans == [f"originals/{receipt.vault_name[:2]}/{receipt.vault_name}"]


def test_a_process_that_just_ended_counts_as_dead(home):
    ended = subprocess.Popen(["true"])
    ended.wait()
    path = home / "originals" / f"abc.{ended.pid}.new"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x")
    assert len(sweep.sweep().temporary) == 1
