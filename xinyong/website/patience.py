"""A visitor who sends slowly keeps nobody else waiting.

Reading a body holds a thread for as long as the visitor takes. So there are many threads, of which only `THREADS` are
at work at a time: one that waits for a body lets another work meanwhile. Beyond `BODIES` that are waited for, a new one
is answered 503 unread. Headers that do not end are the server's to cut off, after `SECONDS`; how long a whole body may
take is the business of the proxy in front.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from threading import BoundedSemaphore
from typing import Any

THREADS = 4  # at work per process: of each kind that `lending` has, at most so many connections
BODIES = 32  # per process that may be waited for
SECONDS = float(os.environ.get("XINYONG_PATIENCE_SECONDS", "15"))
BUSY = "正在接收的内容太多；请一分钟后重试。"
Start = Callable[..., Any]


class TooMany(OSError):
    """So many bodies are waited for that this one is not read."""


class Patience:
    """`application`, with at most `threads` at work, and at most `bodies` more that wait for what a visitor sends."""

    def __init__(self, application: Callable[..., Any], threads: int = THREADS, bodies: int = BODIES) -> None:
        self.application = application
        self.work, self.bodies = BoundedSemaphore(threads), BoundedSemaphore(bodies)

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        with self.work:
            if environ.get("CONTENT_LENGTH") in (None, "", "0"):
                return self.application(environ, start)  # type: ignore[no-any-return]
            return self._with_body(environ, start)

    def _with_body(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        body = environ["wsgi.input"] = Body(environ["wsgi.input"], self)
        told: list[tuple[Any, ...]] = []
        try:
            answer = self.application(environ, lambda *given: told.append(given))
        finally:
            body.end()
        if body.refused:
            getattr(answer, "close", lambda: None)()
            return _refused(start)
        start(*told[0])
        return answer  # type: ignore[no-any-return]


def _refused(start: Start) -> list[bytes]:
    kind = ("Content-Type", "text/plain; charset=utf-8")
    more = [("Connection", "close"), ("Cache-Control", "no-store"), ("Retry-After", "60")]
    start("503 Service Unavailable", [kind, *more])
    return [BUSY.encode()]


class Body:
    """The body as the server gives it; while it is read, another thread may work."""

    def __init__(self, inner: Any, patience: Patience) -> None:
        self.inner, self.patience = inner, patience
        self.placed = self.refused = False

    def read(self, *size: int) -> bytes:
        return self._waited(lambda: self.inner.read(*size))

    def readline(self, *size: int) -> bytes:
        return self._waited(lambda: self.inner.readline(*size))

    def _waited(self, work: Callable[[], bytes]) -> bytes:
        self.placed = self.placed or self.patience.bodies.acquire(blocking=False)
        if not self.placed:
            self.refused = True
            raise TooMany(BUSY)
        self.patience.work.release()
        try:
            return work()
        finally:
            self.patience.work.acquire()

    def end(self) -> None:
        if self.placed:
            self.patience.bodies.release()
            self.placed = False


__all__ = ["BODIES", "SECONDS", "THREADS", "Patience"]
