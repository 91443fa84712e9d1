"""Who may open which page: the one place where the permission matrix meets the web.

`@allowed("account.list")` on a view asks, in this order: logged in? password due for change? second factor used
in this session? role? purpose? Then it notes in the audit trail what the matrix wants noted, before the view runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache, wraps
from ipaddress import ip_address, ip_network
from typing import Any, TypeVar
from urllib.parse import urlencode

import psycopg
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, reverse

from xinyong.catalog import permissions
from xinyong.catalog.loading import load_rulebook
from xinyong.catalog.permissions import Action, Matrix
from xinyong.catalog.regions import load_regions
from xinyong.foundation import audit
from xinyong.foundation import home as place
from xinyong.foundation.accounts import STAFF
from xinyong.foundation.audit import PUBLIC, Who
from xinyong.kernel.detect import mask_personal
from xinyong.kernel.errors import Fault, Refused
from xinyong.kernel.identifiers import check_uscc, normalize
from xinyong.kernel.masking import mask_person_id
from xinyong.website import lending
from xinyong.website.errors import error_page
from xinyong.website.faults import note_fault

View = Callable[..., HttpResponse]
V = TypeVar("V", bound=View)
SELF = "account.self"  # open before the second factor, because it is where one gets it
LONGEST_PURPOSE = 200
PERSON_LIKE = re.compile(r"[0-9]{17}[0-9Xx]")  # a person's number, well or badly written
UNVERIFIED = "您的账号还没有与统一社会信用代码绑定；信用中心核验后即可使用。"


@cache
def matrix() -> Matrix:
    """The permission matrix, read once per process."""
    return load_rulebook(place.local_rulebook()).permissions


def may(role: str, action_id: str) -> bool:
    """Whether `role` may do `action_id`. Fault: no such action."""
    return permissions.may(matrix(), role, action_id)


def require(who_acts: Who, action_id: str) -> Action:
    """For the API and for actions: NotPermitted when the role may not or a purpose is missing."""
    return permissions.require(matrix(), who_acts, action_id)


def who(request: HttpRequest, purpose: str | None = None) -> Who:
    """Who acts in this request. Until the second factor is used, a member of staff is the public."""
    stated = purpose_of(request) if purpose is None else purpose
    account: Any = getattr(request, "user", None)
    if account is None or not account.is_authenticated or not cleared(request):
        return Who(PUBLIC.name, PUBLIC.role, origin=origin(request), purpose=stated)
    if account.role == "subject":
        if not account.subject_code:
            return Who(PUBLIC.name, PUBLIC.role, origin=origin(request), purpose=stated)
        return Who(account.username, "subject", account.subject_code, origin(request), stated)
    return Who(account.username, account.role, account.provider, origin(request), stated)


def cleared(request: HttpRequest) -> bool:
    """Password not due for change, and the second factor used in this session where the role must have one."""
    account: Any = request.user
    return not account.must_change_password and (account.role not in STAFF or second_factor_used(request))


def second_factor_used(request: HttpRequest, account: Any = None) -> bool:
    """In this session, by `account` or else by who is logged in."""
    records = get_authentication_records(request, account or request.user)
    return any(r.get("method") == "mfa" for r in records)


def purpose_of(request: HttpRequest) -> str:
    """What the asker wrote under 用途, on one line."""
    text = request.POST.get("purpose", "") if request.method == "POST" else request.GET.get("purpose", "")
    return one_line(text)[:LONGEST_PURPOSE]


def one_line(text: str) -> str:
    """Without what cannot be printed; a database takes no NUL."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def origin(request: HttpRequest) -> str:
    """The address the request comes from; a proxy of ours is believed, nobody else."""
    direct = str(request.META.get("REMOTE_ADDR") or "")
    if not _trusted(direct):
        return direct
    hops = [h.strip() for h in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if h.strip()]
    outside = (hop for hop in reversed(hops) if not _trusted(hop))
    return next(outside, direct)[:64]


def _trusted(address: str) -> bool:
    try:
        return any(ip_address(address) in ip_network(n, strict=False) for n in settings.TRUSTED_PROXIES)
    except ValueError:
        return False


def allowed(action_id: str) -> Callable[[View], View]:
    """Let only those in whom the matrix allows `action_id`. The view ends in a page whatever happens."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return _answered(request, action_id, lambda: view(request, *args, **kwargs), kwargs)

        guarded.action = action_id  # type: ignore[attr-defined]
        return guarded

    return decorate


def guard(action_id: str, patterns: Iterable[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """`allowed(action_id)` on every view of a library's URL patterns."""
    found = list(patterns)
    for p in found:
        if isinstance(p, URLResolver):
            guard(action_id, p.url_patterns)
        elif not hasattr(p.callback, "action"):
            p.callback = allowed(action_id)(p.callback)
    return found


def _answered(
    request: HttpRequest, action_id: str, view: Callable[[], HttpResponse], target: dict[str, Any]
) -> HttpResponse:
    try:
        wanted = permissions.known(matrix(), action_id)
        response = stopped(request, wanted)
        if response is None:
            if wanted.logged:
                _note(request, wanted, target)
            response = view()
    except Refused as e:
        response = error_page(e.http_status, e.sentence)
    except (Fault, psycopg.OperationalError):
        note_fault(f"{request.method} {request.path}")
        response = error_page(503)
    except (psycopg.DataError, DataError):  # a NUL, a number no column holds: what was asked, not what we did
        note_fault(f"{request.method} {request.path}")
        response = error_page(400)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def told_query(request: HttpRequest) -> str:
    """The query as the audit trail keeps it for ever: what is a person's number, phone or address is masked."""
    return urlencode([(_masked(k), _masked(v)) for k, values in request.GET.lists() for v in values])[:500]


def _masked(text: str) -> str:
    """Also a number mistyped by a digit still tells who is meant."""
    plain, _ = normalize(text)
    if PERSON_LIKE.fullmatch(plain) and not check_uscc(plain, regions=load_regions()).valid:
        return mask_person_id(plain)
    return mask_personal(text)


def _note(request: HttpRequest, wanted: Action, target: dict[str, Any]) -> None:
    """Before the page is made: what can't be noted is not shown."""
    told = {"target": {k: str(v) for k, v in target.items()}, "query": told_query(request)}
    acting, now = who(request), datetime.now(UTC)
    lending.ask(lambda c: audit.record(c, acting, now, wanted.id, request.path, told))


def stopped(request: HttpRequest, wanted: Action) -> HttpResponse | None:
    """Why the view does not run, as a page; None when it does."""
    if PUBLIC.role in wanted.roles:
        return None
    account: Any = request.user
    if not account.is_authenticated:
        return _elsewhere(request, "account_login")
    if wanted.id != SELF:
        due = _due(request, account)
        if due:
            return _elsewhere(request, due)
    if account.role not in wanted.roles:
        return error_page(403, "您的角色没有这项权限；需要的，请向安全管理员申请相应角色。")
    if account.role == "subject" and not account.subject_code and wanted.id != SELF:
        return error_page(403, UNVERIFIED)
    if wanted.purpose and not purpose_of(request):
        return ask_purpose(request, wanted)
    return None


def _due(request: HttpRequest, account: Any) -> str:
    """The page on which to do first what is still to be done; empty: nothing."""
    if account.must_change_password:
        return "account_change_password"
    if cleared(request):
        return ""
    from allauth.mfa.utils import is_mfa_enabled

    return "mfa_reauthenticate" if is_mfa_enabled(account) else "mfa_activate_totp"


def _elsewhere(request: HttpRequest, name: str) -> HttpResponse:
    back = request.get_full_path() if request.method in ("GET", "HEAD") else ""
    address = reverse(name) + (f"?{urlencode({'next': back})}" if back else "")
    if request.headers.get("HX-Request"):  # a fragment of a page is no place for a login form
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def ask_purpose(request: HttpRequest, wanted: Action) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return error_page(400, f"“{wanted.name}”要写明用途；请返回上一页填写用途后重试。")
    kept = [(k, v) for k, values in request.GET.lists() if k != "purpose" for v in values]
    return render(request, "console/purpose.html", {"wanted": wanted, "kept": kept})
