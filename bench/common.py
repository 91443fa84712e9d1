"""What all benches share: a scratch home, clocks, the bare COPY, and how a table is printed."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

CHUNK = 1 << 20
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `aim` is what issue 2 asks for; `note` says what was compared."""

    what: str
    ours: str
    rival: str
    ratio: float | None
    aim: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the clock, and processor seconds of this process and of the whole server."""

    wall: float
    client: float
    server: float


@contextmanager
def scratch() -> Iterator[Path]:
    """A home and a folder for files, gone afterwards; the server stops with them."""
    place = Path(tempfile.mkdtemp(prefix="xinyong-bench-"))
    os.environ["XINYONG_HOME"] = str(place / "home")
    from xinyong.foundation import cluster, setup

    try:
        setup.initialise()
        _disconnect()
        yield place
    finally:
        _disconnect()
        cluster.release()
        shutil.rmtree(place, ignore_errors=True)


def _disconnect() -> None:
    from django.db import connections

    connections.close_all()


def superuser() -> Any:
    import psycopg

    from xinyong.foundation import cluster

    return psycopg.connect(cluster.conninfo(cluster.SUPERUSER, "postgres"), autocommit=True)


@contextmanager
def copy_of_database(name: str = "xinyong") -> Iterator[None]:
    """Work on a throw-away copy of the database `name`."""
    from xinyong.foundation import database

    copy = f"{name}_copy"
    with superuser() as c:
        c.execute(f"DROP DATABASE IF EXISTS {copy}")
        c.execute(f"CREATE DATABASE {copy} TEMPLATE {name} OWNER {database.OWNER} STRATEGY file_copy")
    os.environ["XINYONG_DATABASE_NAME"] = copy
    try:
        yield
    finally:
        os.environ["XINYONG_DATABASE_NAME"] = name
        _disconnect()
        with superuser() as c:
            c.execute(f"DROP DATABASE {copy}")


def settle_down() -> None:
    """What autovacuum would do meanwhile, done: it would be timed along."""
    from xinyong.foundation import database

    with database.connect_owner() as c:
        c.autocommit = True
        c.execute("VACUUM ANALYZE")


def server_seconds() -> float:
    """Processor seconds of the server: live processes and those that ended."""
    from xinyong.foundation import cluster

    head = int((cluster.data() / "postmaster.pid").read_text().split()[0])
    total = 0
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(process) == head:
            total += sum(map(int, fields[11:15]))
        elif int(fields[1]) == head:
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def timed(work: Callable[[], Any]) -> Cost:
    """Everything written before is on disk before the clock starts."""
    with superuser() as c:
        c.execute("CHECKPOINT")
    client, server, start = time.process_time(), server_seconds(), time.perf_counter()
    work()
    wall = time.perf_counter() - start
    time.sleep(0.05)  # the server counts a process's time once it has ended
    return Cost(wall, time.process_time() - client, server_seconds() - server)


def bare_copy(path: Path, columns: int = 30, encoding: str = "UTF8") -> Cost:
    """The same file by a bare COPY into an existing logged table of texts."""
    from xinyong.foundation import database

    names = ", ".join(f"c{i} text" for i in range(columns))
    with database.connect_owner() as c:
        c.execute("DROP TABLE IF EXISTS bench_bare")
        c.execute(f"CREATE TABLE bench_bare ({names})")
        c.commit()

        def work() -> None:
            sql = f"COPY bench_bare FROM STDIN (FORMAT csv, HEADER, ENCODING '{encoding}')"
            with c.cursor() as cursor, cursor.copy(sql) as copy, path.open("rb") as file:
                while data := file.read(CHUNK):
                    copy.write(data)
            c.commit()

        cost = timed(work)
        c.execute("DROP TABLE bench_bare")
    return cost


def take(path: Path, item: str, book: Any, **options: Any) -> Any:
    """One intake, as the command does it."""
    from xinyong.collection.intake import Request, intake
    from xinyong.foundation.audit import Who

    return intake(Request(path, item, Who("bench", "center"), datetime.now(UTC), **options), book)


def middle(costs: Sequence[Cost]) -> Cost:
    """Medians, each of its own."""
    return Cost(*(median(getattr(c, k) for c in costs) for k in ("wall", "client", "server")))


def shown(cost: Cost) -> str:
    return f"{cost.wall:.2f} s (CPU {cost.client:.1f} + {cost.server:.1f})"


def against(what: str, pairs: Sequence[tuple[Cost, Cost]], aim: str, note: str = "") -> Line:
    """Pairs of (rival, ours) taken in turn; the ratio is the median of the pairs' ratios."""
    ratio = median(ours.wall / rival.wall for rival, ours in pairs)
    ours, rival = middle([p[1] for p in pairs]), middle([p[0] for p in pairs])
    return Line(what, shown(ours), shown(rival), ratio, aim, note)


def machine() -> str:
    cpu = next(
        (x.split(":")[1].strip() for x in _lines("/proc/cpuinfo") if x.startswith("model name")), "unknown"
    )
    memory = next(int(x.split()[1]) for x in _lines("/proc/meminfo") if x.startswith("MemTotal"))
    return f"{cpu}, {os.cpu_count()} cores, {memory / 1048576:.0f} GiB, Python {platform.python_version()}"


def load() -> float:
    return os.getloadavg()[0]


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def table(lines: Sequence[Line]) -> str:
    rows = ["| What | Ours | Rival | Ratio | Aim | Note |", "|---|---|---|---:|---|---|"]
    for x in lines:
        ratio = "" if x.ratio is None else f"{x.ratio:.2f} ×" if x.ratio < 20 else f"{x.ratio:.0f} ×"
        rows.append(f"| {x.what} | {x.ours} | {x.rival} | {ratio} | {x.aim} | {x.note} |")
    return "\n".join(rows)
