"""Recalls sent to subscribers: in order, several subscribers side by side, with retries until they are taken.

At least once: killed between a request and its note, the same recalls go out again when the lease has run out, under
the same numbers; a subscriber does the same thing twice or knows the number. One batch per crash. A lease is taken when
its subscriber's turn has come and anew with every batch, so that of several workers no two send the same.
"""

from __future__ import annotations

import hmac
import json
import socket
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from queue import Empty, SimpleQueue
from typing import Any

import psycopg

from xinyong.foundation import database, events, keys
from xinyong.foundation.apart import Failed, apart
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused
from xinyong.rights.recall import actions, hosts
from xinyong.rights.recall.actions import TASK, Recall
from xinyong.rights.recall.deliveries import SQL

THREADS = 16
LEASE = timedelta(minutes=2)  # longer than a request can last
BATCH, BATCHES = 100, 20  # recalls in a request, requests to one subscriber in a run
CONNECT, READ, DEADLINE = 3.0, 5.0, 10.0  # seconds: for the connection, between two bytes, altogether
LONGEST_ANSWER = 64 << 10
SOON = (0.5, 1.0, 2.0)  # seconds: first retries, for a server that is just starting again
LONGEST_WAIT = timedelta(hours=1)
REMIND_AFTER = timedelta(days=1)
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a subscriber's server said. `confirmed`: the numbers in an answer signed with its secret."""

    status: int
    confirmed: tuple[int, ...] = ()
    why: str = ""

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Claim:
    subscription: int
    receiver: int
    sent: int
    attempts: int


def sign(secret: str, timestamp: str, delivery: str, body: bytes) -> str:
    """HMAC-SHA256 in hex over three lines: seconds since 1970, the delivery's number, SHA-256 of the body in hex."""
    text = "\n".join([timestamp, delivery, sha256(body).hexdigest()]).encode()
    return hmac.new(secret.encode(), text, sha256).hexdigest()


def run(clock: Clock, failed: Failed | None = None) -> int:
    """Send all that is due; waits a few seconds for those that failed for the first time. How many recalls were taken.

    `failed`: where subscribers that can't even be tried are noted, until their lease runs out; None: one is raised.
    """
    taken = 0
    with (
        database.connect_app(autocommit=True) as c,
        _connections() as lent,
        ThreadPoolExecutor(THREADS) as pool,
    ):
        for pause in (0.0, *SOON):
            time.sleep(pause)
            if claims := _claim(c, clock(), THREADS):
                taken += sum(pool.map(lambda one: _serve_on(one, clock, lent, failed), claims))
            if not _waiting_soon(c, clock()):
                break
        _later(c, clock())
    return taken


def _claim(c: psycopg.Connection[Any], now: datetime, most: int) -> list[Claim]:
    asked = {"now": now, "lease": now + LEASE, "limit": most}
    return [Claim(*row) for row in c.execute(SQL["claim"], asked).fetchall()]


def _next(c: psycopg.Connection[Any]) -> datetime | None:
    row = c.execute(SQL["next_due"]).fetchone()
    return row[0] if row else None


def _waiting_soon(c: psycopg.Connection[Any], now: datetime) -> bool:
    due = _next(c)
    return due is not None and due <= now + timedelta(seconds=SOON[-1])


def _later(c: psycopg.Connection[Any], now: datetime) -> None:
    """A job for the next retry, when it comes before the next minute's run."""
    due = _next(c)
    if due is not None and now < due < now + timedelta(minutes=1):
        events.wake(c, TASK, due)


Lent = SimpleQueue[psycopg.Connection[Any]]


@contextmanager
def _connections() -> Iterator[Lent]:
    """Opened when a thread needs one, used by the next, closed together."""
    idle: Lent = SimpleQueue()
    try:
        yield idle
    finally:
        while not idle.empty():
            idle.get().close()


@contextmanager
def _lent(idle: Lent) -> Iterator[psycopg.Connection[Any]]:
    try:
        c = idle.get_nowait()
    except Empty:
        c = database.connect_app(autocommit=True)
    try:
        yield c
    finally:
        idle.put(c)


def _serve_on(claim: Claim, clock: Clock, idle: Lent, failed: Failed | None) -> int:
    """Serve this subscriber and then, one by one, whoever is due."""
    taken, waiting = 0, [claim]
    with _lent(idle) as c:
        while waiting:
            with apart(failed, f"subscription:{waiting[0].subscription}"):
                taken += _serve(c, waiting[0], clock)
            waiting = _claim(c, clock(), 1)
    return taken


def _serve(c: psycopg.Connection[Any], claim: Claim, clock: Clock) -> int:
    """Send one subscriber what it has not taken, in order, until it fails or nothing is left."""
    taken = 0
    row = c.execute(SQL["subscription"], {"id": claim.subscription}).fetchone()
    assert row is not None
    after, url, secret = claim.sent, row[0], keys.unseal(row[1])
    for _ in range(BATCHES):
        asked = {"receiver": claim.receiver, "after": after, "limit": BATCH}
        some = actions.read(c, "batch", asked)
        if not some:
            break
        if not _sent(c, claim, url, secret, some, clock):
            return taken
        taken, after = taken + len(some), some[-1].id
    c.execute(SQL["rest"], {"subscription": claim.subscription})
    return taken


def _sent(
    c: psycopg.Connection[Any], claim: Claim, url: str, secret: str, some: Sequence[Recall], clock: Clock
) -> bool:
    answer = post(url, secret, some, clock())
    now, last = clock(), some[-1].id
    told = {"subscription": claim.subscription, "at": now, "first": some[0].id, "last": last}
    with c.transaction():
        if not answer.taken:
            c.execute(SQL["attempt"], told | {"outcome": "failed", "detail": answer.why})
            c.execute(SQL["later"], told | {"next": now + wait(claim.attempts)})
            return False
        outcome = "confirmed" if len(answer.confirmed) == len(some) else "sent"
        c.execute(SQL["attempt"], told | {"outcome": outcome, "detail": answer.why})
        c.execute(SQL["taken"], told | {"lease": now + LEASE})
        by = Who(f"推送 {claim.subscription}", "system", origin="webhook")
        for number in answer.confirmed:
            actions.confirm(c, by, now, number, [claim.receiver], "webhook")
    return True


def wait(attempts: int) -> timedelta:
    """How long to wait after the (attempts + 1)th failure in a row: seconds at first, an hour at most, for ever."""
    if attempts < len(SOON):
        return timedelta(seconds=SOON[attempts])
    return min(timedelta(seconds=4 * 2 ** min(attempts - len(SOON), 12)), LONGEST_WAIT)


def post(url: str, secret: str, some: Sequence[Recall], now: datetime) -> Answer:
    """One request. Whatever goes wrong on the way is an answer that was not taken; no redirect is followed."""
    delivery = str(uuid.uuid4())
    told = {"delivery": delivery, "sent_at": now.isoformat(), "recalls": [r.as_json() for r in some]}
    body = json.dumps(told, ensure_ascii=False).encode()
    stamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8", "X-Xinyong-Delivery": delivery,
        "X-Xinyong-Timestamp": stamp, "X-Xinyong-Signature": sign(secret, stamp, delivery, body),
    }  # fmt: skip
    try:
        status, said, signature = _exchange(hosts.found(url), body, headers)
    except Refused as e:
        return Answer(0, why=e.sentence)
    except (OSError, HTTPException, ValueError) as e:
        return Answer(0, why=f"{type(e).__name__}：{e}"[:200])
    if not 200 <= status < 300:
        return Answer(status, why=f"对方回答 {status}")
    return _answer(status, said, signature, secret, stamp, delivery, {r.id for r in some})


def _answer(
    status: int, said: bytes, signature: str, secret: str, stamp: str, delivery: str, sent: set[int]
) -> Answer:
    """An answer that confirms is signed like the request, over the request's own time and number."""
    if not said.strip():
        return Answer(status)
    try:
        confirmed = json.loads(said)["confirmed"]
        numbers = tuple(sorted({n for n in confirmed if isinstance(n, int)} & sent))
    except (ValueError, KeyError, TypeError):
        return Answer(status)
    if not hmac.compare_digest(sign(secret, stamp, delivery, said), signature.lower()):
        return Answer(status, why="确认的签名不对，未予采认")
    return Answer(status, numbers)


def _exchange(place: hosts.Place, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, str]:
    connection = _connection(place)
    end = threading.Timer(DEADLINE, _cut, [connection])
    end.start()
    try:
        connection.request("POST", place.target, body, headers | {"Host": _host(place)})
        if connection.sock is not None:
            connection.sock.settimeout(READ)
        answer = connection.getresponse()
        return answer.status, answer.read(LONGEST_ANSWER), answer.headers.get("X-Xinyong-Signature", "")
    finally:
        end.cancel()
        connection.close()


def _cut(connection: HTTPConnection) -> None:
    """However slowly a server answers, byte by byte: this is the end."""
    sock = connection.sock
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _host(place: hosts.Place) -> str:
    name = f"[{place.host}]" if ":" in place.host else place.host
    return name if place.port == (443 if place.scheme == "https" else 80) else f"{name}:{place.port}"


def _connection(place: hosts.Place) -> HTTPConnection:
    if place.scheme == "http":
        return HTTPConnection(place.address, place.port, timeout=CONNECT)
    return _Pinned(place)


class _Pinned(HTTPSConnection):
    """Goes to the address that was checked; the certificate has to be the name's."""

    def __init__(self, place: hosts.Place) -> None:
        self.tls = ssl.create_default_context()
        super().__init__(place.address, place.port, timeout=CONNECT, context=self.tls)
        self.name = place.host

    def connect(self) -> None:
        HTTPConnection.connect(self)
        self.sock = self.tls.wrap_socket(self.sock, server_hostname=self.name)


def remind(c: psycopg.Connection[Any], now: datetime) -> int:
    """Taken more than a day ago and not confirmed: due once more. Returns to how many subscribers."""
    return c.execute(SQL["remind"], {"before": now - REMIND_AFTER}).rowcount


__all__ = ["Answer", "post", "remind", "run", "sign", "wait"]
