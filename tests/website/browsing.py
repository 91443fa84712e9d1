"""A real browser on the real site: found or not, and what it is held to."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import StreamRequestHandler, TCPServer, ThreadingMixIn
from typing import Any
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
ASSETS = Path(__file__).parents[2] / "xinyong" / "website" / "assets"
AXE = ASSETS / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def executable() -> str:
    """The system's browser. Without one these tests are skipped, loudly; where CI is set they fail."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        missing("没有找到 Chromium 浏览器，浏览器测试没有运行；请安装 chromium 后重试。")
    if not AXE.exists():
        missing("没有取来网页资源，浏览器测试没有运行；请先运行 make assets。")
    return str(found)


@contextmanager
def browser() -> Iterator[Any]:
    """Begins after the test's database is there and ends before it goes: beside its event loop Django's ORM refuses."""
    path = executable()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


def missing(sentence: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Haltingly(StreamRequestHandler):
    """A bad line to the real server: each answer comes late, its first bytes alone, then the rest."""

    def handle(self) -> None:
        line: Any = self.server
        with socket.create_connection(line.there) as far:
            threading.Thread(target=self._asked, args=(far,), daemon=True).start()
            while piece := far.recv(1 << 20):
                for part in (piece[:900], piece[900:]):
                    time.sleep(line.wait)
                    self.wfile.write(part)

    def _asked(self, far: socket.socket) -> None:
        with suppress(OSError):
            while piece := self.connection.recv(1 << 20):
                far.sendall(piece)
            far.shutdown(socket.SHUT_WR)


class _Line(ThreadingMixIn, TCPServer):
    daemon_threads = True
    there = ("", 0)
    wait = 0.0

    def handle_error(self, *_: Any) -> None:
        pass  # a browser closes what it no longer needs


@contextmanager
def line(address: str) -> Iterator[str]:
    """The address as the browser asks it. `XINYONG_TEST_LINE=0.3` puts a bad line between: it finds tests that race."""
    wait = float(os.environ.get("XINYONG_TEST_LINE", 0))
    if not wait:
        yield address
        return
    with _Line(("127.0.0.1", 0), _Haltingly) as between:
        between.wait, between.there = wait, ("127.0.0.1", urlsplit(address).port or 0)
        threading.Thread(target=between.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{between.server_address[1]}"
        between.shutdown()


@contextmanager
def serving() -> Iterator[str]:
    """The site of this process on a free port; its address."""
    from xinyong.website.wsgi import application

    server = make_server("127.0.0.1", 0, application, server_class=_Server, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with line(f"http://127.0.0.1:{server.server_port}") as address:
            yield address
    finally:
        server.shutdown()
        server.server_close()


def main(page: Any) -> str:
    """What the page says, once all of it is there: a click ends when the next page begins."""
    page.wait_for_load_state()
    return str(page.inner_text("main"))


def violations(page: Any) -> list[str]:
    """What axe finds against WCAG 2.2 AA and good practice, one line each."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}}).then(r => r.violations)", RULES
    )
    return [f"{v['id']}: {v['help']}: {n['html'][:160]}" for v in found for n in v["nodes"]]
