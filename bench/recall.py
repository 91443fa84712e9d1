"""A record is repaired: until a hundred systems that had it have confirmed, one of them down at first.

The subscribers are real HTTP servers in another process, the worker is the product's own, as another process too:
what is timed begins with the decision's transaction and ends with the last confirmation in the database.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench import common
from bench.common import Line

SUBSCRIBERS = 100
DOWN = 2.0  # seconds after the decision, until which one of them is down
LONGEST = 60.0
ROW = {
    "CF_XDR_MC": "重庆示例甲乙商贸有限公司", "CF_XDR_LB": "法人及非法人组织", "CF_XDR_SHXYM": "91500152YY00000282",
    "CF_FRDB": "示例甲", "CF_WSH": "潼示罚〔2026〕1号", "CF_WFXW": "未按规定公示年度报告",
    "CF_SY": "经查，当事人未按规定期限公示年度报告", "CF_YJ": "《企业信息公示暂行条例》第十八条", "CF_CFLB": "罚款",
    "CF_NR": "罚款人民币2000元", "CF_NR_FK": "0.2", "CF_JDRQ": "2026-11-18", "CF_YXQ": "2029-11-18",
    "CF_CFJG": "潼南区市场监督管理局", "CF_CFJGDM": "11500152YY0000239R", "CF_SJLY": "潼南区市场监督管理局",
    "CF_SJLYDM": "11500152YY0000239R",
}  # fmt: skip


def run() -> list[Line]:
    with common.scratch() as place, _servers() as servers:
        record = _record(place)
        _subscribe(servers, record)
        with _worker():
            seconds = _recall(servers, record)
    return [
        Line(
            f"Recall to {SUBSCRIBERS} subscribers, all confirmed",
            f"{seconds[-1]:.2f} s ({SUBSCRIBERS - 1} of them: {seconds[-2]:.2f} s)",
            "–",
            None,
            "< 5 s",
            f"from the decision to the last confirmation; one server is down for the first {DOWN:.0f} s",
        )
    ]


def _record(place: Path) -> str:
    """One penalty; its id."""
    from xinyong.catalog.loading import load_rulebook
    from xinyong.collection.intake import Request, intake
    from xinyong.foundation import database, setup
    from xinyong.foundation.audit import Who

    setup.django()
    path = place / "penalty.csv"
    with open(path, "w", newline="", encoding="utf-8") as f:
        writer = csv.DictWriter(f, list(ROW))
        writer.writeheader()
        writer.writerow(ROW)
    intake(Request(path, "XZCF", Who("信用中心业务员", "center"), datetime.now(UTC)), load_rulebook())
    with database.connect_app() as c:
        row = c.execute("SELECT record_id FROM record_version").fetchone()
    assert row is not None
    return str(row[0].hex)


class _Servers:
    """The other process: first it tells its ports, then it is told the secrets, then that all are up."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "bench.recall", "serve"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.ports: list[int] = json.loads(self.process.stdout.readline())

    def tell(self, what: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()


@contextmanager
def _servers() -> Any:
    servers = _Servers()
    try:
        yield servers
    finally:
        servers.process.terminate()
        servers.process.wait(10)


def _subscribe(servers: _Servers, record: str) -> None:
    """Each system was given the record and has its recalls sent."""
    from xinyong.foundation import database
    from xinyong.foundation.audit import Who
    from xinyong.rights.recall import actions, deliveries

    os.environ["XINYONG_RECALL_HOSTS"] = ",".join(f"127.0.0.1:{port}" for port in servers.ports)
    now, secrets = datetime.now(UTC), {}
    with database.connect_app(autocommit=True) as c:
        for port in servers.ports:
            who = Who(f"系统:示例系统{port}", "bank", "91500152YY0000706H", purpose="测试")
            deliveries.given(c, who, now, [record], 1)
            receiver = deliveries.receiver(c, who.provider, f"示例系统{port}", who.role, now)
            _, secrets[port] = actions.subscribe(c, who, now, receiver, f"http://127.0.0.1:{port}/")
    servers.tell(secrets)


@contextmanager
def _worker() -> Any:
    from xinyong.foundation import database

    command = [sys.executable, "-c", "from xinyong.cli.main import run; run()", "worker"]
    worker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with database.connect_app(autocommit=True) as c:
            while not _count(c, "procrastinate_workers") or _waiting(c):
                time.sleep(0.1)
        yield
    finally:
        worker.terminate()
        worker.wait(30)


def _waiting(c: Any) -> int:
    row = c.execute("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')").fetchone()
    return int(row[0])


def _count(c: Any, table: str) -> int:
    row = c.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0])


def _recall(servers: _Servers, record: str) -> list[float]:
    """Seconds from the decision to each confirmation as they were seen, in order."""
    from xinyong.disclosure import actions
    from xinyong.foundation import database
    from xinyong.foundation.audit import Who

    who = Who("部门审核员", "department_reviewer", "11500152YY0000239R", purpose="测试")
    seen: list[float] = []
    up = False
    with database.connect_app(autocommit=True) as c:
        start = time.perf_counter()
        actions.mark(c, who, datetime.now(UTC), "repair", [record], "测试", "测试")
        while len(seen) < SUBSCRIBERS and (at := time.perf_counter() - start) < LONGEST:
            seen += [at] * (_count(c, "recall_confirmation") - len(seen))
            if not up and at > DOWN:
                up = True
                servers.tell("up")
            time.sleep(0.005)
    if len(seen) < SUBSCRIBERS:
        raise RuntimeError(f"only {len(seen)} of {SUBSCRIBERS} confirmed in {LONGEST:.0f} s")
    return seen


# the subscribers' process


def _serve() -> None:
    sockets = [socket.socket() for _ in range(SUBSCRIBERS)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    sys.stdout.write(json.dumps([s.getsockname()[1] for s in sockets]) + "\n")
    sys.stdout.flush()
    asyncio.run(_answering(sockets, json.loads(sys.stdin.readline())))


async def _answering(sockets: list[socket.socket], secrets: dict[str, str]) -> None:
    """The first one takes no connections until it is told to."""
    down, *others = sockets
    for s in others:
        await _listen(s, secrets)
    await asyncio.to_thread(sys.stdin.readline)
    await _listen(down, secrets)
    await asyncio.Event().wait()


async def _listen(s: socket.socket, secrets: dict[str, str]) -> None:
    secret = secrets[str(s.getsockname()[1])]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:]
        headers = dict(line.lower().split(": ", 1) for line in head if line)
        body = await reader.readexactly(int(headers["content-length"]))
        writer.write(_confirmation(secret, headers, body))
        await writer.drain()
        writer.close()

    await asyncio.start_server(answer, sock=s)


def _confirmation(secret: str, headers: dict[str, str], body: bytes) -> bytes:
    import hmac

    said = json.dumps({"confirmed": [r["id"] for r in json.loads(body)["recalls"]]}).encode()
    lines = [headers["x-xinyong-timestamp"], headers["x-xinyong-delivery"], sha256(said).hexdigest()]
    signature = hmac.new(secret.encode(), "\n".join(lines).encode(), sha256).hexdigest()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(said)}\r\nX-Xinyong-Signature: {signature}\r\nConnection: close\r\n\r\n"
    return head.encode() + said


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        _serve()
    else:
        print(common.table(run()))
