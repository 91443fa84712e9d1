"""Accounts of a test and the browsers in which they are logged in."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

PASSWORD = "Correct-horse-9"
DEPARTMENT = "11500152YY0000239R"
SUBJECT = "91500152YY00000282"
BODIES = {"department": DEPARTMENT, "department_reviewer": DEPARTMENT, "bank": SUBJECT, "agency": SUBJECT}


def open_account(role: str, name: str = "", **given: Any) -> Any:
    """An account that works: as if opened, granted and its password chosen."""
    from django.contrib.auth.hashers import make_password

    from xinyong.foundation import accounts, database
    from xinyong.foundation.audit import Who
    from xinyong.foundation.models import Account

    given.setdefault("provider", BODIES.get(role, ""))
    if role == "subject" and "claimed_code" not in given:
        given.setdefault("subject_code", SUBJECT)
    new = accounts.Opening(
        name or f"示例{role}", role=role, password=make_password(PASSWORD), chosen=True, **given
    )
    with database.connect_app() as c:
        number = accounts.create(c, new, Who("测试", "system"), datetime.now(UTC))
    return Account.objects.get(pk=number)


def browser(**given: Any) -> Any:
    """Somebody's browser: cookies of its own, forms with their tokens, no shortcut into the session."""
    from django.test import Client

    given.setdefault("raise_request_exception", False)
    return Client(headers={"host": "localhost"}, **given)


def signed_in(account: Any, *, second: bool = True) -> Any:
    """A browser in which `account` has logged in, `second`: with the second factor."""
    made = browser()
    made.force_login(account)
    session = made.session
    records = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods"] = records + (
        [{"method": "mfa", "at": time.time()}] if second else []
    )
    session["account_authentication_methods_user"] = str(account.pk)
    session.save()
    return made


def as_role(role: str, **given: Any) -> Any:
    return browser() if role == "public" else signed_in(open_account(role, **given))
