"""A session that somebody planted, saw or kept is worth nothing after a log-in, a second factor or a log-out."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from abused import opened
from signing_in import PASSWORD, browser

COOKIE = "sessionid"


def fill(client: Any, address: str, **fields: str) -> Any:
    """Send a form with the token its page brought along."""
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get(address).content.decode())
    assert token
    return client.post(address, {**fields, "csrfmiddlewaretoken": token[1]})


def totp(secret: str, step: int = 0) -> str:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return str(format_hotp_value(hotp_value(secret, int(time.time() // 30) + step)))


def key(client: Any) -> str:
    return str(client.cookies[COOKIE].value)


def worthless(old: str, page: str = "/console/") -> bool:
    """Whether whoever holds the old key is a stranger."""
    thief = browser()
    thief.cookies[COOKIE] = old
    answer = thief.get(page)
    return bool(answer.status_code == 302 and answer.url.startswith("/login/"))


def enrol(client: Any) -> str:
    page = client.get("/account/factors/totp").content.decode()
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert found
    secret = found[1].replace(" ", "")
    assert fill_here(client, page, "/account/factors/totp", code=totp(secret, -1)).status_code == 302
    return secret


def fill_here(client: Any, page: str, address: str, **fields: str) -> Any:
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    return client.post(address, {**fields, "csrfmiddlewaretoken": token[1]})


@pytest.fixture
def client(site: Any) -> Any:
    return browser(enforce_csrf_checks=True)


def test_a_session_changes_its_key_when_the_second_factor_is_set_up(client: Any) -> None:
    account = opened("system_admin")
    fill(client, "/login/", login=account.username, password=PASSWORD)
    before = key(client)
    enrol(client)
    assert client.get("/console/admin/accounts").status_code == 200
    assert key(client) != before and worthless(before)


def test_a_session_changes_its_key_at_each_step_of_logging_in(client: Any) -> None:
    account = opened("system_admin")
    fill(client, "/login/", login=account.username, password=PASSWORD)
    secret = enrol(client)
    again = browser(enforce_csrf_checks=True)
    fill(again, "/login/", login=account.username, password=PASSWORD)
    half = key(again)
    assert fill(again, "/login/second", code=totp(secret)).status_code == 302
    assert again.get("/console/admin/accounts").status_code == 200
    assert key(again) != half and worthless(half)


def test_a_session_changes_its_key_when_the_second_factor_is_used_again(client: Any) -> None:
    account = opened("system_admin")
    fill(client, "/login/", login=account.username, password=PASSWORD)
    secret = enrol(client)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session.save()
    assert client.get("/console/admin/accounts").url.startswith("/account/factors/again")
    before = key(client)
    assert fill(client, "/account/factors/again", code=totp(secret)).status_code == 302
    assert client.get("/console/admin/accounts").status_code == 200
    assert key(client) != before and worthless(before)


def test_a_key_that_the_browser_brought_is_never_taken_on(client: Any) -> None:
    account = opened("subject")
    for planted in ("a" * 32, "0" * 32, "../../etc/passwd", "x'; DROP TABLE account_session; --"):
        visitor = browser(enforce_csrf_checks=True)
        visitor.cookies[COOKIE] = planted
        fill(visitor, "/login/", login=account.username, password=PASSWORD)
        assert key(visitor) != planted and worthless(planted)


def test_a_changed_password_ends_the_other_sessions(client: Any, site: Any) -> None:
    account = opened("subject")
    other = browser(enforce_csrf_checks=True)
    for each in (client, other):
        fill(each, "/login/", login=account.username, password=PASSWORD)
    mine, theirs = key(client), key(other)
    good = {"oldpassword": PASSWORD, "password1": "Better-staple-7", "password2": "Better-staple-7"}
    assert fill(client, "/account/password", **good).status_code == 302
    assert client.get("/own/").status_code == 200
    assert worthless(theirs, "/own/") and worthless(mine, "/own/")


def test_after_logging_out_neither_key_nor_anything_in_it_is_left(client: Any, site: Any) -> None:
    account = opened("subject")
    fill(client, "/login/", login=account.username, password=PASSWORD)
    old = key(client)
    fill(client, "/logout/")
    assert worthless(old, "/own/")
    assert site.one("SELECT count(*) FROM account_session WHERE account_id = %s", account.pk) == 0
