"""Visitors who send slowly on purpose, at the real server: the others are answered; headers without an end are cut off, a body is waited for beside the work."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from walking import processes

SECONDS = 8.0  # of patience; who is not held up is answered far sooner, on a busy machine too
ABOVE = 25  # connections, several times the threads of a process
FORM = (
    b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Cookie: csrftoken=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nContent-Length: %d\r\n\r\n"
)
"""With a cookie of the form's token: without one nothing of the body is read."""


@pytest.fixture(scope="module")
def port(site: Any) -> Iterator[int]:
    """The real server with one worker process, impatient."""
    number = processes.free_port()
    with pytest.MonkeyPatch.context() as m:
        m.setenv("XINYONG_PATIENCE_SECONDS", str(SECONDS))
        server = processes.start("serve", "--port", str(number), "--workers", "1")
    try:
        processes.until(lambda: processes.body(f"http://127.0.0.1:{number}/healthz"))
        yield number
    finally:
        server.terminate()
        server.communicate(timeout=30)


def opened(port: int, stack: ExitStack, first: bytes) -> socket.socket:
    made = stack.enter_context(closing(socket.create_connection(("127.0.0.1", port), timeout=20)))
    made.sendall(first)
    return made


def answered(port: int, times: int = 8) -> float:
    """How long the slowest of some ordinary pages took, in seconds."""
    slowest = 0.0
    for _ in range(times):
        began = time.monotonic()
        assert "登录" in processes.body(f"http://127.0.0.1:{port}/login/")
        slowest = max(slowest, time.monotonic() - began)
    return slowest


def said_until_closed(connection: socket.socket) -> bytes:
    """All that the server says before it ends the connection; a timeout of the socket fails the test."""
    found = b""
    while block := connection.recv(65536):
        found += block
    return found


def test_headers_that_never_end_stop_nobody_and_are_cut_off(port: int) -> None:
    with ExitStack() as stack:
        slow = [opened(port, stack, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ") for _ in range(ABOVE)]
        assert answered(port) < SECONDS
        for n in range(3):
            for one in slow:
                one.sendall(b"a" if n < 2 else b"b")
        for one in slow:
            assert not said_until_closed(one).startswith(b"HTTP/1.1 2")
        assert answered(port) < SECONDS


def test_bodies_that_never_come_stop_nobody(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(ABOVE):
            opened(port, stack, FORM % 1000 + b"login=")
        time.sleep(1.0)
        assert answered(port) < SECONDS
    assert answered(port) < SECONDS


def test_beyond_what_is_waited_for_a_body_is_refused_unread_and_pages_are_served(port: int) -> None:
    from xinyong.website.patience import BODIES

    with ExitStack() as stack:
        for _ in range(BODIES):
            opened(port, stack, FORM % 1000 + b"login=")
        time.sleep(1.0)
        surplus = [opened(port, stack, FORM % 1000 + b"login=") for _ in range(5)]
        ended = [said_until_closed(one) for one in surplus]
        assert {e[:12] for e in ended} == {b"HTTP/1.1 503"}
        assert all("请一分钟后重试".encode() in e for e in ended)
        assert answered(port) < SECONDS
    processes.until(lambda: b"HTTP/1.1 403" in whole(port))  # who goes away gives the place back


def whole(port: int) -> bytes:
    """How a form is answered that is sent at once."""
    with ExitStack() as stack:
        return opened(port, stack, FORM % 7 + b"login=x").recv(65536)


def test_an_announced_giant_is_refused_before_it_is_sent(port: int) -> None:
    with ExitStack() as stack:
        one = opened(port, stack, FORM % (1 << 40))
        assert one.recv(65536).startswith(b"HTTP/1.1 413")


def test_half_a_body_and_a_vanished_visitor_leave_the_server_well(port: int) -> None:
    for _ in range(ABOVE):
        with ExitStack() as stack:
            opened(port, stack, FORM % 1_000_000 + b"login=" + os.urandom(1000))
    assert answered(port) < SECONDS


def test_an_honest_but_slow_visitor_is_heard(port: int) -> None:
    with ExitStack() as stack:
        body = b"login=" + b"x" * 60
        one = opened(port, stack, FORM % len(body))
        for n in range(0, len(body), 22):
            time.sleep(0.4)
            one.sendall(body[n : n + 22])
        assert one.recv(65536).startswith(b"HTTP/1.1 403")  # heard, and found to lack its token


@pytest.mark.parametrize(
    "said",
    [
        b"GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET http://evil.example/search?q=x HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /%ff%fe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\x00b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid=\xff\xfe\r\n\r\n",
        b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"a" * 900_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
    ids=["absolute", "absolute-evil", "evil", "two-hosts", "no-host", "not-utf8", "nul", "nul-header", "cookie", "smuggled",
         "two-lengths", "long-header", "long-path", "tls", "http2"],
)  # fmt: skip
def test_a_malformed_request_neither_hurts_the_server_nor_is_reflected(port: int, said: bytes) -> None:
    with ExitStack() as stack:
        one = opened(port, stack, said[:1000] if len(said) > 100_000 else said)
        if len(said) > 100_000:
            with_rest(one, said[1000:])
        one.settimeout(SECONDS * 4)
        heard = received(one)
    assert b"HTTP/1.1 5" not in heard[:12] and b"Traceback" not in heard and b"evil.example" not in heard
    assert answered(port, 2) < SECONDS


def with_rest(one: socket.socket, rest: bytes) -> None:
    """The server may close while it is being talked to."""
    try:
        one.sendall(rest)
    except OSError:
        return


def received(one: socket.socket) -> bytes:
    """All that is said until it is closed, by us if not by the server."""
    try:
        one.shutdown(socket.SHUT_WR)
        return said_until_closed(one)
    except OSError:
        return b""
