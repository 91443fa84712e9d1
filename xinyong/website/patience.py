"""A visitor who sends slowly keeps nobody else waiting.

Reading a body holds one of the few threads of a process for as long as the visitor takes. So a body is read by a
helper; a visitor who is not done at once needs one of half as many places as there are threads, and one who sends
nothing for `SECONDS` is answered 408, which ends the connection. The other threads always serve the others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread
from typing import Any

THREADS = 4  # per worker process, and so its most database connections
SECONDS = float(os.environ.get("XINYONG_PATIENCE_SECONDS", "15"))
AT_ONCE = 0.25  # seconds that reading a piece may take before it counts as slow
SLOW = "请求发送得太慢，或者同时有多个缓慢的上传，连接已结束；请检查网络后重试。"
Start = Callable[..., Any]


class TooSlow(OSError):
    """The visitor does not send what it announced."""


class Patience:
    """`application`, of which at most `places` threads at a time wait for slow visitors."""

    def __init__(self, application: Callable[..., Any], places: int, seconds: float = SECONDS) -> None:
        self.application, self.seconds, self.places = application, seconds, BoundedSemaphore(max(1, places))

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if environ.get("CONTENT_LENGTH") in (None, "", "0"):
            return self.application(environ, start)  # type: ignore[no-any-return]
        body = environ["wsgi.input"] = Body(environ["wsgi.input"], self)
        told: list[tuple[Any, ...]] = []
        try:
            answer = self.application(environ, lambda *given: told.append(given))
        finally:
            body.end()
        if body.slow:
            getattr(answer, "close", lambda: None)()
            return _refused(start)
        start(*told[0])
        return answer  # type: ignore[no-any-return]


def _refused(start: Start) -> list[bytes]:
    kind = ("Content-Type", "text/plain; charset=utf-8")
    start("408 Request Timeout", [kind, ("Connection", "close"), ("Cache-Control", "no-store")])
    return [SLOW.encode()]


class Body:
    """The body as a server gives it, read by a thread that may be left behind."""

    def __init__(self, inner: Any, patience: Patience) -> None:
        self.inner, self.patience = inner, patience
        self.slow = self.placed = False
        self._asked: SimpleQueue[tuple[str, tuple[Any, ...]] | None] = SimpleQueue()
        self._got: SimpleQueue[bytes | BaseException] = SimpleQueue()
        self._thread: Thread | None = None

    def read(self, *size: int) -> bytes:
        return self._soon("read", size)

    def readline(self, *size: int) -> bytes:
        return self._soon("readline", size)

    def _soon(self, how: str, size: tuple[Any, ...]) -> bytes:
        if self.slow:
            raise TooSlow(SLOW)
        if self._thread is None:
            self._thread = Thread(target=self._helped, daemon=True, name="body")
            self._thread.start()
        self._asked.put((how, size))
        found = self._waited()
        if isinstance(found, BaseException):
            raise found
        return found

    def _waited(self) -> bytes | BaseException:
        """TooSlow: nothing came in time, or too many others are slow."""
        try:
            return self._got.get(timeout=AT_ONCE)
        except Empty:
            pass
        self.placed = self.placed or self.patience.places.acquire(blocking=False)
        try:
            return self._got.get(timeout=self.patience.seconds if self.placed else 0.001)
        except Empty:
            self.slow = True
            raise TooSlow(SLOW) from None

    def _helped(self) -> None:
        while (asked := self._asked.get()) is not None:
            how, size = asked
            try:
                self._got.put(getattr(self.inner, how)(*size))
            except BaseException as e:
                self._got.put(e)

    def end(self) -> None:
        self._asked.put(None)
        if self.placed:
            self.patience.places.release()
            self.placed = False


__all__ = ["SECONDS", "THREADS", "Patience", "TooSlow"]
