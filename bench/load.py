"""A small HTTP load: keep-alive connections in a process of their own, so that the client's work is its own.

    python -m bench.load   (reads one JSON order from standard input, prints one JSON answer)

Two ways of asking. *All out*: each connection asks again as soon as it is answered; what counts is requests a
second. *Paced*: requests are due at fixed times whether or not the last one is answered, and a latency counts from
when its request was due, so that a server that stalls cannot hide it.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import cycle
from typing import Any

CONNECTIONS = 8


def ask(port: int, targets: Sequence[str], seconds: float, *, rate: float = 0, **more: Any) -> dict[str, Any]:
    """{"per_second", "latencies" (seconds, sorted), "wrong" (answers other than 200)}; `rate` 0: all out."""
    order = {"port": port, "targets": list(targets), "seconds": seconds, "rate": rate, **more}
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(order),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def quantile(latencies: Sequence[float], share: float) -> float:
    """Of sorted latencies; milliseconds."""
    return latencies[min(len(latencies) - 1, int(len(latencies) * share))] * 1000


class _Load:
    def __init__(
        self,
        port: int,
        targets: list[str],
        seconds: float,
        rate: float,
        headers: dict[str, str],
        connections: int,
    ) -> None:
        self.port, self.targets, self.seconds, self.rate = port, cycle(targets), seconds, rate
        given = "".join(f"{k}: {v}\r\n" for k, v in headers.items())
        self.rest = f" HTTP/1.1\r\nHost: localhost\r\n{given}\r\n"
        self.connections = connections
        self.latencies: list[float] = []
        self.wrong = 0
        self.due: asyncio.Queue[float] = asyncio.Queue()

    async def run(self) -> dict[str, Any]:
        start = time.perf_counter()
        self.end = start + self.seconds
        work = [self._connection() for _ in range(self.connections)]
        await asyncio.gather(self._clock(start), *work)
        took = time.perf_counter() - start
        found = {"per_second": len(self.latencies) / took, "wrong": self.wrong}
        return {**found, "latencies": sorted(self.latencies)}

    async def _clock(self, start: float) -> None:
        """Paced: puts each due time into the queue when it comes; at the end lets every connection go."""
        number = 0
        while self.rate and (at := start + number / self.rate) < self.end:
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            self.due.put_nowait(at)
            number += 1
        for _ in range(self.connections if self.rate else 0):
            self.due.put_nowait(0.0)

    async def _connection(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while at := await self._next():
            writer.write(f"GET {next(self.targets)}{self.rest}".encode())
            self.wrong += await _answer(reader) != 200
            self.latencies.append(time.perf_counter() - at)
        writer.close()

    async def _next(self) -> float:
        """When the next request is due; 0: no more."""
        if self.rate:
            return await self.due.get()
        now = time.perf_counter()
        return now if now < self.end else 0.0


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(head.partition("content-length:")[2].split("\r\n")[0])
    await reader.readexactly(length)
    return int(head.split()[1])


def main() -> None:
    order = json.loads(sys.stdin.read())
    load = _Load(
        order["port"],
        order["targets"],
        order["seconds"],
        order["rate"],
        order.get("headers", {}),
        order.get("connections", CONNECTIONS),
    )
    print(json.dumps(asyncio.run(load.run())))


if __name__ == "__main__":
    main()
