"""The private server among several processes: initialised once, shared, stopped by the last, started after a crash."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from fault_runs import PATIENCE, Runner, copy_home, finish, first_line

# Acquires the server, says so, and stays until its marker file appears.
USER = """
import sys, time, pathlib
from xinyong.foundation import cluster
import psycopg
cluster.acquire()
with psycopg.connect(cluster.conninfo(cluster.SUPERUSER, "postgres")) as c:
    row = c.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
sys.stdout.write(f"{row[0]}\\n"); sys.stdout.flush()
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.02)
cluster.release()
"""
KILLED_AT = """
import os, signal, subprocess, sys
from xinyong.foundation import cluster
real = subprocess.run if sys.argv[1] == "initdb" else subprocess.Popen
def run(command, *arguments, **options):
    if str(command[0]).endswith(sys.argv[1]):
        real_popen(command, *arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)
    return real(command, *arguments, **options)
real_popen = subprocess.Popen
setattr(subprocess, real.__name__, run)
cluster.acquire()
"""


def postmaster(home: Path) -> int | None:
    """The server's process, if one runs in this home."""
    try:
        pid = int((home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 0)
    except (OSError, ValueError, IndexError):
        return None
    return pid


def wait_gone(pid: int) -> None:
    end = time.monotonic() + PATIENCE
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
        assert time.monotonic() < end, "the server did not stop"
        time.sleep(0.02)


def users(runner: Runner, count: int, marker: Path) -> list:
    return [runner.start([sys.executable, "-c", USER, str(marker)]) for _ in range(count)]


def home_of(runner: Runner) -> Path:
    return Path(runner.environment["XINYONG_HOME"])


def test_several_processes_on_an_empty_home_get_one_server_and_the_last_to_leave_stops_it(empty_home):
    marker = empty_home.folder / "leave"
    running = users(empty_home, 4, marker)
    said = {first_line(p) for p in running}
    assert len(said) == 1 and said != {""}, [p.stderr.read() for p in running]
    server = postmaster(home_of(empty_home))
    assert server is not None
    marker.touch()
    assert [finish(p).status for p in running] == [0] * 4
    assert postmaster(home_of(empty_home)) is None
    assert not list((home_of(empty_home) / "postgres").glob("data.new*"))


def test_the_server_stays_while_anybody_uses_it(own_home):
    stays, leaves = (own_home.folder / name for name in ("stays", "leaves"))
    first, second = users(own_home, 1, stays)[0], users(own_home, 1, leaves)[0]
    assert first_line(first) == first_line(second) != ""
    leaves.touch()
    assert finish(second).status == 0
    assert postmaster(home_of(own_home))
    stays.touch()
    assert finish(first).status == 0
    assert postmaster(home_of(own_home)) is None


def test_after_kill_9_of_all_its_users_the_next_one_finds_the_server_and_stops_it(own_home):
    running = users(own_home, 3, own_home.folder / "never")
    assert all(first_line(p) for p in running)
    server = postmaster(home_of(own_home))
    for p in running:
        p.kill()
        p.communicate(timeout=PATIENCE)
    assert postmaster(home_of(own_home)) == server
    (own_home.folder / "leave").touch()
    assert finish(users(own_home, 1, own_home.folder / "leave")[0]).status == 0
    assert postmaster(home_of(own_home)) is None


def test_after_kill_9_of_users_and_server_the_next_one_recovers(own_home):
    running = users(own_home, 2, own_home.folder / "never")
    assert all(first_line(p) for p in running)
    server = postmaster(home_of(own_home))
    for pid in (server, *(p.pid for p in running)):
        os.kill(pid, signal.SIGKILL)
    for p in running:
        p.communicate(timeout=PATIENCE)
    ended = own_home.cli("init")
    assert ended.status == 0, ended.err
    assert postmaster(home_of(own_home)) is None


def test_a_server_number_that_now_belongs_to_a_stranger_is_not_waited_for(own_home):
    """After a power cut the number in the file may be anybody's, even another PostgreSQL's."""
    stranger = own_home.start(
        [sys.executable, "-c", "import sys, time; sys.stdout.write('x'); sys.stdout.flush(); time.sleep(600)",
         "postgres", "-D", "/elsewhere"]
    )  # fmt: skip
    stranger.stdout.read(1)
    file = home_of(own_home) / "postgres" / "data" / "postmaster.pid"
    file.write_text(f"{stranger.pid}\n")
    try:
        ended = own_home.cli("init")
        assert ended.status == 0, ended.err
    finally:
        stranger.kill()
        stranger.communicate()


@pytest.mark.parametrize("program", ["initdb", "postgres"])
def test_killed_while_it_starts_the_server_the_next_process_gets_one(empty_home, prepared_home, program):
    """`initdb` and the server go on without the process that started them."""
    if program == "postgres":
        copy_home(prepared_home, home_of(empty_home))
    killed = finish(empty_home.start([sys.executable, "-c", KILLED_AT, program]))
    assert killed.killed, killed.err
    marker = empty_home.folder / "leave"
    running = users(empty_home, 2, marker)
    marker.touch()
    ends = [finish(p) for p in running]
    assert [e.status for e in ends] == [0, 0], [e.err for e in ends]
    assert len({e.out for e in ends}) == 1


@pytest.mark.verify
def test_a_server_that_is_slow_to_answer_is_waited_for_and_no_second_one_is_tried(own_home):
    """As after a large crash, when whoever started the recovery was killed."""
    running = users(own_home, 1, own_home.folder / "never")[0]
    first_line(running)
    server = postmaster(home_of(own_home))
    running.kill()
    running.communicate(timeout=PATIENCE)
    log = home_of(own_home) / "postgres" / "postgres.log"
    before = log.read_text().count("FATAL")
    os.kill(server, signal.SIGSTOP)
    late = users(own_home, 1, own_home.folder / "leave")[0]
    time.sleep(13)  # longer than two attempts to connect
    os.kill(server, signal.SIGCONT)
    assert first_line(late) and postmaster(home_of(own_home)) == server
    assert log.read_text().count("FATAL") == before
    (own_home.folder / "leave").touch()
    assert finish(late).status == 0


@pytest.mark.verify
def test_initialising_by_several_processes_at_once_is_initialising_once(empty_home):
    started = [
        empty_home.start([sys.executable, "-c", "from xinyong.cli.main import run; run()", "init", "--json"])
        for _ in range(2)
    ]
    ends = [finish(p) for p in started]
    assert [e.status for e in ends] == [0, 0], [e.err for e in ends]
    assert len({e.out for e in ends}) == 1
