"""What happens around logging in, in the audit trail; and the limits that begin with a login."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import password_changed
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest
from django.utils import timezone

from xinyong.foundation import audit
from xinyong.foundation.audit import Who
from xinyong.foundation.models import Account, Session
from xinyong.foundation.sessions import ORIGIN, SEEN, STARTED
from xinyong.website import access, lending
from xinyong.website.login import attempts


def connect() -> None:
    user_logged_in.connect(logged_in, dispatch_uid="trail.in")
    user_logged_out.connect(logged_out, dispatch_uid="trail.out")
    password_changed.connect(new_password, dispatch_uid="trail.password")
    mfa.authenticator_added.connect(factor_added, dispatch_uid="trail.factor")
    mfa.authenticator_removed.connect(factor_removed, dispatch_uid="trail.removed")
    mfa.authenticator_reset.connect(factor_reset, dispatch_uid="trail.reset")
    mfa.authentication_failed.connect(factor_failed, dispatch_uid="trail.failed")


def record(request: HttpRequest, account: Any, action: str, **told: Any) -> None:
    """One entry about somebody's own account."""
    acting = Who(account.username, account.role or "public", account.provider or account.subject_code)
    _write(request, acting, action, account.username, told)


def _write(request: HttpRequest, acting: Who, action: str, target: str, told: dict[str, Any]) -> None:
    here = Who(acting.name, acting.role, acting.provider, access.origin(request))
    lending.ask(lambda c: audit.record(c, here, datetime.now(UTC), action, target, told))


def failed(request: HttpRequest, username: str, why: str) -> None:
    """A try that failed; the name is as typed and may be nobody's."""
    _write(request, Who(audit.PUBLIC.name, audit.PUBLIC.role), "login.failed", username[:150], {"why": why})


def logged_in(sender: Any, request: HttpRequest, user: Account, **_: Any) -> None:
    now = time.time()
    request.session[STARTED] = request.session[SEEN] = now
    request.session[ORIGIN] = access.origin(request)
    _keep_newest(request, user)
    attempts.note(user.username, access.origin(request), "password", succeeded=True)
    record(request, user, "login.succeeded", second_factor=access.second_factor_used(request, user))


def _keep_newest(request: HttpRequest, user: Account) -> None:
    """One account, a few sessions: the oldest of the others give way."""
    live = Session.objects.filter(account=user, expire_date__gt=timezone.now())
    others = live.exclude(session_key=request.session.session_key or "").order_by("-last_seen")
    surplus = [s.session_key for s in others[settings.SESSIONS_AT_ONCE - 1 :]]
    if surplus:
        Session.objects.filter(session_key__in=surplus).delete()
        record(request, user, "session.superseded", count=len(surplus))


def logged_out(sender: Any, request: HttpRequest, user: Account | None, **_: Any) -> None:
    if user is not None:
        record(request, user, "logout")


def new_password(sender: Any, request: HttpRequest, user: Account, **_: Any) -> None:
    Account.objects.filter(pk=user.pk).update(must_change_password=False)
    user.must_change_password = False
    record(request, user, "password.changed")


def factor_added(
    sender: Any, request: HttpRequest, user: Account, authenticator: Authenticator, **_: Any
) -> None:
    record(request, user, "factor.added", type=authenticator.type)
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:  # it was proved to work just now
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
        request.session.cycle_key()  # it is worth more now; whoever saw the old key stays outside


def factor_removed(
    sender: Any, request: HttpRequest, user: Account, authenticator: Authenticator, **_: Any
) -> None:
    record(request, user, "factor.removed", type=authenticator.type)


def factor_reset(
    sender: Any, request: HttpRequest, user: Account, authenticator: Authenticator, **_: Any
) -> None:
    record(request, user, "factor.recovery_codes", type=authenticator.type)


def factor_failed(sender: Any, request: HttpRequest, user: Account, **_: Any) -> None:
    attempts.note(user.username, access.origin(request), "second", succeeded=False)
    failed(request, user.username, "second")
