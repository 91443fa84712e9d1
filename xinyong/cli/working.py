"""The background worker: jobs from the database's own queue, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from procrastinate import exceptions
from procrastinate.contrib.django import app as queue

from xinyong.foundation import home

RECONNECT_SECONDS = 2.0


class Tally(logging.Handler):
    """Counts how jobs ended, by the `action` that procrastinate's log records carry."""

    def __init__(self) -> None:
        super().__init__()
        self.done = self.failed = 0

    def emit(self, record: logging.LogRecord) -> None:
        action = getattr(record, "action", "")
        self.done += action == "job_success"
        self.failed += action in ("job_error", "job_error_retry")


def work(*, once: bool, tell: Callable[[str], None]) -> Tally:
    """Do jobs until SIGTERM or Ctrl+C (`once`: until none is due); a job under way is finished first.

    A database that goes away is waited for. procrastinate.exceptions.ConnectorException: lost during `once`.
    """
    tally = Tally()
    _log_to(_file(), tally)
    asyncio.run(_until_stopped(once, tell))
    return tally


def log_file() -> Path:
    return home.folder("log") / "worker.log"


def _file() -> logging.Handler:
    """Job failures with their tracebacks go here, not to the terminal."""
    handler = logging.FileHandler(log_file(), encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    return handler


def _log_to(*handlers: logging.Handler) -> None:
    for name in ("procrastinate", "psycopg"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = list(handlers), False
    logging.getLogger("procrastinate").setLevel(logging.INFO)


async def _until_stopped(once: bool, tell: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    while not stop.is_set():
        finished = await _session(once, stop)
        if once and finished:
            break
        if not stop.is_set():
            tell(f"与数据库的连接中断，{RECONNECT_SECONDS:.0f} 秒后重连。")
            await _wait(stop, RECONNECT_SECONDS)


async def _session(once: bool, stop: asyncio.Event) -> bool:
    """Work on one set of connections; true if the worker ended by itself and in order."""
    broken = _broken()
    running = asyncio.create_task(_run(once))
    ends = {asyncio.create_task(event.wait()) for event in (stop, broken)}
    await asyncio.wait({running, *ends}, return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()
    if not running.done():
        running.cancel()  # procrastinate takes this as a request to end in order
    try:
        await running
    except asyncio.CancelledError:
        if once and broken.is_set():
            raise exceptions.ConnectorException("the end of a job could not be written") from None
        return False
    except exceptions.ConnectorException:
        if once:
            raise
        return False
    return True


def _broken() -> asyncio.Event:
    """Set once a job's end could not be written: it stays `doing` while its worker lives, so this worker must end."""
    event = asyncio.Event()

    def note(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        logging.getLogger("procrastinate").error(context["message"], exc_info=error)
        if isinstance(error, exceptions.ConnectorException):
            event.set()

    asyncio.get_running_loop().set_exception_handler(note)
    return event


async def _run(once: bool) -> None:
    connector = queue.connector.get_worker_connector()  # type: ignore[attr-defined]
    with queue.replace_connector(connector):
        async with queue.open_async():
            await queue.run_worker_async(wait=not once, install_signal_handlers=False)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
