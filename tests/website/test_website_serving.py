"""`xinyong serve` as a process: it starts, answers, and leaves nothing behind."""

from __future__ import annotations

import signal
import socket

import pytest
from processes import alive, body, children, end, free_port, interrupt, started_by, until


@pytest.mark.parametrize("stop", [lambda p: p.send_signal(signal.SIGTERM), interrupt], ids=["term", "ctrl-c"])
def test_serve_answers_and_stops_without_leaving_a_process(confirmed, visitor, launch, stop):
    port = free_port()
    site = launch("serve", "--port", str(port), "--workers", "2")
    until(lambda: body(f"http://127.0.0.1:{port}/healthz"))
    assert "虚构" in body(f"http://127.0.0.1:{port}/")
    assert body(f"http://127.0.0.1:{port}/static/site/site.css")
    assert "甲乙商贸" in body(f"http://127.0.0.1:{port}{visitor.address()}")
    family = children(site.pid)
    assert sum("spawn_main" in started_by(pid) for pid in family) == 2  # not forked: Polars would hang
    stop(site)
    out, err = site.communicate(timeout=300)
    assert site.returncode == 0 and out == ""
    assert err.splitlines() == [f"网站在 http://127.0.0.1:{port}/ ，按 Ctrl+C 停止。", "网站已停止。"]
    until(lambda: not alive(family))


def test_workers_do_not_outlive_a_killed_server(confirmed, launch):
    port = free_port()
    site = launch("serve", "--port", str(port), "--workers", "1")
    until(lambda: body(f"http://127.0.0.1:{port}/healthz"))
    family = children(site.pid)
    site.kill()
    try:
        until(lambda: not alive(family))
    finally:
        end(alive(family))


def test_a_taken_port_is_refused_with_one_sentence(confirmed, launch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        site = launch("serve", "--port", str(taken.getsockname()[1]))
        _, err = site.communicate(timeout=300)
    assert site.returncode == 2 and "已被占用" in err and len(err.splitlines()) == 1
