"""The background worker: jobs from the database's own queue, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from procrastinate import exceptions
from procrastinate.contrib.django import app as queue

from xinyong.foundation import home

RECONNECT_SECONDS = 5.0


@dataclass(slots=True)
class Tally:
    done: int = 0
    failed: int = 0


def work(*, once: bool, tell: Callable[[str], None]) -> Tally:
    """Do jobs until SIGTERM or Ctrl+C (`once`: until none is due); a job under way is finished first.

    A database that goes away is waited for. procrastinate.exceptions.ConnectorException: lost during `once`.
    """
    _log_to_file()
    return asyncio.run(_until_stopped(once, tell))


def log_file() -> Path:
    return home.folder("log") / "worker.log"


def _log_to_file() -> None:
    """Job failures with their tracebacks go to `log/worker.log`, not to the terminal."""
    handler = logging.FileHandler(log_file(), encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    for name in ("procrastinate", "psycopg"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
    logging.getLogger("procrastinate").setLevel(logging.INFO)


async def _until_stopped(once: bool, tell: Callable[[str], None]) -> Tally:
    tally, stop = Tally(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    while not stop.is_set():
        finished = await _session(once, tally, stop)
        if once and finished:
            break
        if not stop.is_set():
            tell(f"与数据库的连接中断，{RECONNECT_SECONDS:.0f} 秒后重连。")
            await _wait(stop, RECONNECT_SECONDS)
    return tally


async def _session(once: bool, tally: Tally, stop: asyncio.Event) -> bool:
    """Work on one set of connections; true if the worker ended by itself and in order."""
    running = asyncio.create_task(_run(once, tally))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if stop.is_set():
        running.cancel()  # procrastinate takes this as a request to end in order
    try:
        await running
    except asyncio.CancelledError:
        return False
    except exceptions.ConnectorException:
        if once:
            raise
        return False
    return True


async def _run(once: bool, tally: Tally) -> None:
    connector = queue.connector.get_worker_connector()  # type: ignore[attr-defined]
    with queue.replace_connector(connector):
        async with queue.open_async():
            await queue.run_worker_async(
                wait=not once, install_signal_handlers=False, worker_middleware=[_counted(tally)]
            )


def _counted(tally: Tally) -> Any:
    async def count(call_next: Any, context: Any, worker: Any) -> Any:
        try:
            result = await call_next()
        except BaseException:
            tally.failed += 1
            raise
        tally.done += 1
        return result

    return count


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
