"""Signed requests that are sent again, changed, or kept for later."""

from __future__ import annotations

import hmac
import secrets
import time
from hashlib import sha256
from typing import Any

import pytest
from abused import CODE
from signing_in import browser

FILE = b"--b\r\nContent-Disposition: form-data; name=\"item\"\r\n\r\nXZCF\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n%s\r\n--b--\r\n"  # fmt: skip
MULTIPART = "multipart/form-data; boundary=b"


class System:
    """A system that signs; what it signed can be sent by anybody who saw it."""

    def __init__(self, number: int, secret: str) -> None:
        self.number, self.secret, self.client = number, secret, browser(enforce_csrf_checks=True)

    def signed(self, method: str, target: str, body: bytes = b"", at: float | None = None) -> dict[str, str]:
        stamp, nonce = str(int(at or time.time())), secrets.token_hex(12)
        text = "\n".join([method, target, stamp, nonce, sha256(body).hexdigest()])
        made = hmac.new(self.secret.encode(), text.encode(), sha256).hexdigest()
        named = {"Token": str(self.number), "Timestamp": stamp, "Nonce": nonce, "Signature": made}
        return {f"X-Xinyong-{k}": v for k, v in named.items()}

    def send(
        self, method: str, target: str, body: bytes, headers: dict[str, str], kind: str = MULTIPART
    ) -> Any:
        return self.client.generic(method, target, body, kind, headers={**headers, "X-Purpose": "x"})


@pytest.fixture
def system(token: Any) -> System:
    return System(*token(signs=True))


def test_a_signed_file_is_taken_once_and_its_replay_is_refused(system: System, site: Any) -> None:
    body, target = FILE % b"a,b\n1,2\n", "/api/v1/submissions"
    headers, before = system.signed("POST", target, body), site.one("SELECT count(*) FROM upload")
    assert system.send("POST", target, body, headers).status_code == 202
    again = system.send("POST", target, body, headers)
    assert (again.status_code, again.json()["code"]) == (401, "replayed")
    assert site.one("SELECT count(*) FROM upload") == before + 1


def test_a_signed_file_may_be_larger_than_what_is_kept_in_memory(system: System, site: Any) -> None:
    body, target = FILE % (b"a,b\n" + b"1,2\n" * 1_000_000), "/api/v1/submissions"
    assert system.send("POST", target, body, system.signed("POST", target, body)).status_code == 202
    assert site.one("SELECT max(size) FROM upload") == 4_000_004


def test_one_byte_changed_in_the_body_and_the_signature_no_longer_fits(system: System, site: Any) -> None:
    body, target = FILE % b"a,b\n1,2\n", "/api/v1/submissions"
    headers, before = system.signed("POST", target, body), site.one("SELECT count(*) FROM upload")
    answer = system.send("POST", target, body.replace(b"1,2", b"1,3"), headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature")
    assert site.one("SELECT count(*) FROM upload") == before


@pytest.mark.parametrize("changed", ["method", "query", "path", "token"])
def test_a_signature_is_for_one_method_one_address_and_one_token(
    system: System, token: Any, changed: str
) -> None:
    target = f"/api/v1/subjects/{CODE}?as_of=2026-01-05"
    headers, method = system.signed("GET", target), "GET"
    if changed == "method":
        method = "HEAD"
    if changed == "query":
        target = target.replace("2026", "2025")
    if changed == "path":
        target = target.replace(CODE, "91500152YY00000000")
    if changed == "token":
        headers["X-Xinyong-Token"] = str(token(signs=True)[0])
    answer = system.send(method, target, b"", headers)
    assert answer.status_code in (401, 405)


def test_a_request_kept_for_later_is_refused_by_its_time_and_one_from_the_future_too(system: System) -> None:
    for away in (-301, 301, -86_400):
        target = "/api/v1/catalog/items"
        headers = system.signed("GET", target, at=time.time() + away)
        answer = system.send("GET", target, b"", headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "signature_time"), away


def test_a_nonce_is_remembered_for_longer_than_a_request_is_timely(system: System, site: Any) -> None:
    from datetime import UTC, datetime, timedelta

    from xinyong.foundation import tokens

    target = "/api/v1/catalog/items"
    headers = system.signed("GET", target)
    assert system.send("GET", target, b"", headers).status_code == 200
    tokens.prune(site.app, datetime.now(UTC) + tokens.CLOCKS_APART)
    assert system.send("GET", target, b"", headers).json()["code"] == "replayed"
    tokens.prune(site.app, datetime.now(UTC) + timedelta(hours=1))
    assert site.one("SELECT count(*) FROM api_nonce") == 0


def test_another_system_may_use_the_same_nonce(system: System, token: Any) -> None:
    other, target = System(*token(signs=True)), "/api/v1/catalog/items"
    stamp, nonce = str(int(time.time())), "n" * 16
    for one in (system, other):
        text = "\n".join(["GET", target, stamp, nonce, sha256(b"").hexdigest()])
        made = hmac.new(one.secret.encode(), text.encode(), sha256).hexdigest()
        named = {"Token": str(one.number), "Timestamp": stamp, "Nonce": nonce, "Signature": made}
        headers = {f"X-Xinyong-{k}": v for k, v in named.items()}
        assert one.send("GET", target, b"", headers).status_code == 200
