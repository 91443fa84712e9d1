from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from notice_servers import KEY, Gateway, Mail, MailServer, gateway_server


@pytest.fixture
def outside(district: Any, web: Any) -> Any:
    """A district whose accounts can be opened."""
    return district


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mail]:
    made = Mail()
    server = MailServer(made)
    monkeypatch.setenv("XINYONG_SMTP_URL", f"smtp://127.0.0.1:{server.port}")
    monkeypatch.setenv("XINYONG_MAIL_FROM", "notice@credit.example.cn")
    yield made
    server.stop()


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    made = Gateway()
    server = gateway_server(made)
    monkeypatch.setenv("XINYONG_SMS_URL", f"http://127.0.0.1:{server.server_address[1]}/send")
    monkeypatch.setenv("XINYONG_SMS_KEY", KEY)
    yield made
    server.shutdown()
    server.server_close()
