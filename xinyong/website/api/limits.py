"""Rate limits: so many requests a minute for each token, or for each address that has none.

Kept in each worker process's memory, so that counting costs no write: a process allows its share of the whole.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

WINDOW = 60.0
ANONYMOUS = int(os.environ.get("XINYONG_API_ANONYMOUS_PER_MINUTE", "120"))
REMEMBERED = 20_000  # callers; the longest quiet is forgotten first


@dataclass(slots=True)
class Bucket:
    """Fills at `rate` a minute up to `rate`."""

    left: float
    at: float


class Limits:
    def __init__(self, processes: int = 1) -> None:
        self.processes, self.buckets, self.lock = (
            max(1, processes),
            OrderedDict[str, Bucket](),
            threading.Lock(),
        )

    def spend(self, caller: str, per_minute: int, now: float) -> tuple[bool, int, int]:
        """(allowed, how many are left, seconds until one more is)."""
        rate = max(1.0, per_minute / self.processes)
        with self.lock:
            bucket = self.buckets.pop(caller, None) or Bucket(rate, now)
            bucket.left = min(rate, bucket.left + (now - bucket.at) * rate / WINDOW)
            bucket.at = now
            allowed = bucket.left >= 1
            bucket.left -= allowed
            self.buckets[caller] = bucket
            if len(self.buckets) > REMEMBERED:
                self.buckets.popitem(last=False)
        wait = 0 if bucket.left >= 1 else int((1 - bucket.left) * WINDOW / rate) + 1
        return allowed, int(bucket.left), wait


limits = Limits(int(os.environ.get("XINYONG_WEB_PROCESSES", "1")))


def headers(per_minute: int, left: int, wait: int) -> dict[str, str]:
    """The fields of the IETF's draft on RateLimit header fields."""
    return {
        "RateLimit-Policy": f'"default";q={per_minute};w={int(WINDOW)}',
        "RateLimit": f'"default";r={left};t={wait}',
    }


def spend(caller: str, per_minute: int) -> tuple[bool, dict[str, str], int]:
    allowed, left, wait = limits.spend(caller, per_minute, time.monotonic())
    return allowed, headers(per_minute, left, wait), wait
