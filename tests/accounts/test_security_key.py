"""A security key, set up and used in a real browser with a virtual authenticator."""

from __future__ import annotations

import os
import shutil
import threading
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest
from signing_in import PASSWORD, open_account

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
KEY = {
    "protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": True,
    "isUserVerified": True,
}  # fmt: skip
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def address(site, monkeypatch):
    """The site over HTTP; browsers allow security keys on `localhost`."""
    from django.core.wsgi import get_wsgi_application

    server = WSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def page():
    if CHROMIUM is None:
        pytest.skip("没有浏览器：请安装 chromium 后再运行浏览器测试")
    from playwright.sync_api import sync_playwright

    kept = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
        "1"  # playwright runs a loop in this thread; nothing here is async
    )
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        made = browser.new_page()
        session = made.context.new_cdp_session(made)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
        yield made
        browser.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE") if kept is None else None


def log_in(page, address, name):
    page.goto(f"{address}/login/")
    page.fill("[name=login]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_load_state()


def test_a_security_key_is_set_up_and_then_opens_the_console(page, address, site):
    account = open_account("system_admin")
    refused = []
    page.on("console", lambda m: refused.append(m.text) if "Content Security Policy" in m.text else None)
    log_in(page, address, account.username)
    page.goto(f"{address}/account/factors/keys/add")
    page.click("#webauthn button[type=button]")
    page.wait_for_url("**/account/factors/codes")
    page.goto(f"{address}/console/admin/accounts")
    assert page.inner_text("h1") == "账户"
    page.goto(f"{address}/logout/")
    page.click("main button[type=submit]")
    log_in(page, address, account.username)
    assert page.url.endswith("/login/second")
    page.click("#webauthn button[type=button]")
    page.wait_for_url("**/console/admin/accounts")
    assert page.inner_text("h1") == "账户"
    assert refused == []
