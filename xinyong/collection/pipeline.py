"""Two helpers that let reading, checking and writing overlap on two cores."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import polars as pl

T = TypeVar("T")
_END: Any = object()


def regrouped(frames: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """Frames joined until they hold `rows` rows: fewer, larger steps cost less.

    The first ones are smaller, so that the threads further down have something to do soon.
    """
    waiting: list[pl.DataFrame] = []
    wanted = rows // 8
    for frame in frames:
        waiting.append(frame)
        if sum(f.height for f in waiting) >= wanted:
            yield pl.concat(waiting, rechunk=True)
            waiting, wanted = [], min(2 * wanted, rows)
    if waiting:
        yield pl.concat(waiting, rechunk=True)


def prefetched(source: Iterable[T], ahead: int = 1) -> Iterator[T]:
    """Iterate in another thread, `ahead` items in front. Errors come out here."""
    line: queue.Queue[Any] = queue.Queue(ahead)
    stop = threading.Event()

    def run() -> None:
        try:
            for item in source:
                if not _offer(line, item, stop):
                    return
            _offer(line, _END, stop)
        except BaseException as e:
            _offer(line, _Raised(e), stop)

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    try:
        while (item := line.get()) is not _END:
            if isinstance(item, _Raised):
                raise item.error
            yield item
    finally:
        stop.set()
        worker.join()
        if isinstance(source, Generator):
            source.close()  # it may prefetch from another one, whose thread ends with it


class _Raised:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def _offer(line: queue.Queue[Any], item: Any, stop: threading.Event) -> bool:
    while not stop.is_set():
        try:
            line.put(item, timeout=0.1)
            return True
        except queue.Full:
            continue
    return False


class Writer(Generic[T]):
    """Runs `write` on each item put, in order, in one thread. Leaving waits; errors come out in `put` or on leaving."""

    def __init__(self, write: Callable[[T], None], ahead: int = 1) -> None:
        self.write = write
        self.line: queue.Queue[Any] = queue.Queue(ahead)
        self.stop = threading.Event()
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while (item := self.line.get()) is not _END:
            if self.error is not None:
                continue
            try:
                self.write(item)
            except BaseException as e:
                self.error = e

    def put(self, item: T) -> None:
        if self.error is not None:
            raise self.error
        self.line.put(item)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.line.put(_END)
        self.thread.join()
        if self.error is not None and error is None:
            raise self.error
