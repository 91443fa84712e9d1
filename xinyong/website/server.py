"""The web server: granian, each worker a fresh process that does not outlive its parent."""

from __future__ import annotations

import ctypes
import errno
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from typing import Any

from granian import Granian
from granian.http import HTTP1Settings

from xinyong.kernel.errors import Fault, Refused
from xinyong.website import patience
from xinyong.website.faults import note_fault

STOP_SECONDS = 5  # for answers under way; now and then granian deadlocks there and is killed after it
PARENT_DEATH_SIGNAL = 1
REASONS = {errno.EADDRINUSE: "已被占用", errno.EACCES: "没有权限", errno.EADDRNOTAVAIL: "本机没有这个地址"}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"_granian": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}


def serve(host: str, port: int, workers: int, listening: Callable[[], None]) -> None:
    """Serve until SIGTERM or Ctrl+C. Refused: the address cannot be had. Fault: workers keep dying."""
    _refuse_taken(host, port)
    # Polars and psycopg must not be inherited by fork: spawned workers begin with an empty interpreter.
    multiprocessing.set_start_method("spawn", force=True)
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    os.environ["XINYONG_WEB_PROCESSES"] = str(workers)  # each allows its share of a rate limit
    server = _Server(
        "xinyong.website.wsgi:application",
        address=host,
        port=port,
        interface="wsgi",  # type: ignore[arg-type]
        workers=workers,
        blocking_threads=patience.THREADS + patience.BODIES,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        http1_settings=HTTP1Settings(header_read_timeout=int(patience.SECONDS * 1000)),
        log_level="error",  # type: ignore[arg-type]
        log_dictconfig=LOGGING,
    )
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # not under nohup: a closed terminal stops it
        server.on_startup(lambda: signal.signal(signal.SIGHUP, server.signal_handler_interrupt))
    server.on_startup(listening)
    try:
        server.serve(target_loader=_load)
    except SystemExit as e:
        if e.code and not server.interrupt_signal:
            raise Fault(
                "workers_die", "网站的工作进程一再退出；请查看 log/faults.log 末尾的原因后重试。"
            ) from None


def _refuse_taken(host: str, port: int) -> None:
    """Asked first, because the server's own sockets would share a port with another server of ours."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(address)
    except (OSError, OverflowError) as e:
        reason = REASONS.get(getattr(e, "errno", None) or 0, e)
        raise Refused(
            "address_taken",
            f"不能在 {host}:{port} 上提供网站（{reason}）；请用 --host、--port 换一个地址或端口。",
        ) from None


class _Server(Granian):  # type: ignore[misc,valid-type]
    def _spawn_workers(self, *given: Any) -> None:
        """A worker that is still starting has no handler for Ctrl+C: it inherits that it is ignored."""
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            super()._spawn_workers(*given)
        finally:
            signal.signal(signal.SIGINT, handler)


def _load(target: str) -> Callable[..., Any]:
    """In the worker: load the site; Ctrl+C concerns the parent, and its death this process too."""
    os.setpgid(0, 0)
    ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
    parent = multiprocessing.parent_process()
    if parent and os.getppid() != parent.pid:  # it died before the line above
        raise SystemExit(1)
    try:
        from django.urls import reverse

        from xinyong.website import wsgi
        from xinyong.website.public import views

        views.book()  # the first visitor need not wait for it
        reverse("home")  # nor for the parts of the site, which load with their addresses
    except Exception:
        note_fault("xinyong serve")
        raise SystemExit(1) from None
    return wsgi.application
