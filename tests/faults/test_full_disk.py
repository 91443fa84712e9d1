"""A full disk, for real: a small tmpfs as the folder of originals, and as the whole home."""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from string import ascii_letters

import fault_dump
import pytest
from fault_files import Step, penalty, write_csv
from fault_runs import Runner, copy_home
from test_kill_intake import connect

MOUNTED = "mount -t tmpfs needs root"


def mount(path: Path, size: int) -> None:
    path.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(path)], capture_output=True
    )
    if done.returncode:
        pytest.skip(f"{MOUNTED}: {done.stderr.decode().strip()}")


def resize(path: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(path)], check=True)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Callable[[Path, int], None]]:
    """Mounts that go away with the test."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip(MOUNTED)
    mounted: list[Path] = []

    def make(path: Path, size: int) -> None:
        mount(path, size)
        mounted.append(path)

    yield make
    for path in mounted:
        subprocess.run(["umount", "-l", str(path)], check=True)


@pytest.fixture
def plenty(tmp_path: Path) -> list[Step]:
    """About four megabytes of rows that do not compress."""
    rng = random.Random(20261122)
    rows = [penalty(n, CF_NR="".join(rng.choices(ascii_letters, k=1500))) for n in range(1, 2001)]
    return [Step(write_csv(tmp_path / "plenty.csv", rows), "XZCF")]


def fill(folder: Path, leave: int) -> Path:
    """Take all room but `leave` bytes."""
    free = shutil.disk_usage(folder).free
    path = folder / "filler"
    with open(path, "wb") as f:
        left = max(0, free - leave)
        while left > 0:
            left -= f.write(b"\0" * min(left, 1 << 20))
    return path


def test_no_room_for_the_original_leaves_nothing_and_with_room_the_file_is_taken(small, own_home, plenty):
    originals = Path(own_home.environment["XINYONG_HOME"]) / "originals"
    small(originals, 1 << 20)
    ended = own_home.drive(plenty)
    assert ended.status == 1 and "腾出磁盘空间" in ended.one_sentence()
    assert [p for p in originals.rglob("*") if p.is_file()] == []
    resize(originals, 16 << 20)
    dump = own_home.dumped(plenty)
    assert dump[-1] == "half done {} lost []"
    assert sum(line.startswith("record\t") for line in dump) == 2000
    assert sum(line.startswith("submission\t") for line in dump) == 1


def test_no_room_for_the_database_leaves_nothing_and_with_room_the_file_is_taken(
    small, prepared_home, empty_home, plenty
):
    home = Path(empty_home.environment["XINYONG_HOME"])
    small(home, 512 << 20)
    copy_home(prepared_home, home / "made")
    empty_home.environment["XINYONG_HOME"] = str(home / "made")
    filler = fill(home, 7 << 20)  # the original fits, the records and their log do not
    ended = empty_home.drive(plenty)
    assert ended.status == 1, ended.err
    sentence = ended.one_sentence()
    assert "请" in sentence and ("没有任何改动" in sentence or "重" in sentence)
    filler.unlink()
    dump = empty_home.dumped(plenty)
    assert dump[-1] == "half done {} lost []"
    assert sum(line.startswith("record\t") for line in dump) == 2000
    stop_there(home / "made")


def stop_there(home: Path) -> None:
    from fault_runs import stop

    stop(home)


@pytest.mark.verify
def test_no_room_at_all_says_so_in_one_sentence(small, prepared_home, empty_home, plenty):
    """Not even the server can start, nor the fault be noted down."""
    home = Path(empty_home.environment["XINYONG_HOME"])
    small(home, 512 << 20)
    copy_home(prepared_home, home / "made")
    empty_home.environment["XINYONG_HOME"] = str(home / "made")
    filler = fill(home, 0)
    ended = empty_home.drive(plenty)
    assert ended.status == 1 and "磁盘" in ended.one_sentence()
    filler.unlink()
    assert empty_home.dumped(plenty)[-1] == "half done {} lost []"
    stop_there(home / "made")


def test_a_disk_that_is_full_for_the_server_in_use_refuses_without_harm(runner: Runner, steps: list[Step]):
    """The server's own word for it (53100) reaches the person as a sentence about the disk."""
    with connect(runner) as c:
        c.execute(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
        )
        c.execute("CREATE TRIGGER no_room BEFORE INSERT ON submission EXECUTE FUNCTION no_room()")
        ended = runner.drive(steps[:1])
        assert ended.status == 1 and "磁盘已满" in ended.one_sentence()
        assert fault_dump.unpublished(c) == {}
        assert c.execute("SELECT count(*) FROM credit_subject").fetchone() == (0,)


def test_a_fault_that_cannot_even_be_noted_down_is_still_one_sentence(monkeypatch, capsys):
    from xinyong.cli import output
    from xinyong.foundation import home

    def full(*parts: str) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(home, "folder", full)
    with pytest.raises(SystemExit) as ended, output.guarded():
        raise OSError(errno.ENOSPC, "No space left on device")
    assert ended.value.code == 1
    said = capsys.readouterr().err.strip()
    assert "\n" not in said and "请检查磁盘空间" in said
