"""The office of a test: one log-in per role, second factor used."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from content_people import DEPARTMENT, Editor

_numbers = count(1)


@pytest.fixture
def site(district: Any, web: Any) -> Any:
    """The test's own database, read through the whole website."""
    return district


@pytest.fixture
def editor(site: Any) -> Callable[..., Editor]:
    """`editor("center")`: a new person in that role, logged in."""

    def come(role: str, provider: str = "", *, factor: bool = True) -> Editor:
        from django.test import Client

        account = _account(role, provider)
        client = Client(raise_request_exception=False, headers={"host": "localhost"})
        _log_in(client, account, ("password", "mfa") if factor else ("password",))
        return Editor(account, client)

    return come


def _log_in(client: Any, account: Any, methods: tuple[str, ...]) -> None:
    """A session as the login leaves it."""
    from allauth.account.internal.flows import login
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    session = client.session
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session[login.AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": m, "at": time.time()} for m in methods]
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(account.pk)
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key


def _account(role: str, provider: str) -> Any:
    from xinyong.foundation import accounts
    from xinyong.foundation.models import Account

    name = f"{role}-{next(_numbers)}"
    return Account.objects.create(
        username=name,
        display_name=f"示例{name}",
        role=role,
        provider=provider or (DEPARTMENT if role in accounts.OF_A_PROVIDER else ""),
        subject_code="91500152YY00000282" if role == "subject" else "",
        is_active=True,
        created=datetime.now(UTC),
    )


@pytest.fixture
def reader(site: Any) -> Any:
    """Anybody."""
    from django.test import Client

    return Client(raise_request_exception=False, headers={"host": "localhost"})


@pytest.fixture
def staff(editor: Callable[..., Editor]) -> Any:
    """An author and three people who can review."""

    @dataclass
    class Staff:
        author: Editor
        first: Editor
        second: Editor
        third: Editor

    return Staff(editor("center"), editor("center"), editor("center_reviewer"), editor("center_reviewer"))


@pytest.fixture
def sent(staff: Any) -> Any:
    """An article of the author's that waits for its first review."""
    page = staff.author.write("关于试点的通知")
    staff.author.send(page)
    return page
