"""The one-stop login of enterprises (OpenID Connect): binds by the unified code the service vouches for.

It opens accounts of subjects and of nobody else. Signatures are always checked, also of what came over a direct
line (OpenID Connect Core 1.0, 3.1.3.7 allows leaving that out; inside a closed network we do not).
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from xinyong.foundation import accounts
from xinyong.foundation.accounts import Opening
from xinyong.foundation.audit import Who
from xinyong.foundation.models import Account
from xinyong.website import access, lending
from xinyong.website.errors import error_page
from xinyong.website.faults import note_fault
from xinyong.website.login import trail
from xinyong.website.login.codes import unified_code

SERVICE = Who("统一身份认证", "system")
NOT_ENTERPRISE = "统一身份认证没有给出有效的统一社会信用代码；请用企业身份登录，或到信用中心申请账号。"
OTHER_CODE = "这个登录身份此前绑定了另一个统一社会信用代码；请联系信用中心核对。"
UNREACHABLE = "统一身份认证暂时无法登录；请稍后重试，或用本平台账号登录。"


class CheckedAdapter(OpenIDConnectOAuth2Adapter):
    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        config = self.openid_config
        claims: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=config["jwks_uri"],
            issuer=config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
            verify_signature=True,
        )
        return claims


class SocialAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def on_authentication_error(self, request: HttpRequest, provider: Any, **given: Any) -> None:
        trail.failed(request, SERVICE.name, f"oidc:{given.get('error') or 'unknown'}")
        raise ImmediateHttpResponse(error_page(403, UNREACHABLE))

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find or open the subject's account; stop everybody else with a sentence."""
        code = _code(sociallogin.account.extra_data)
        if code is None:
            _stop(request, "no_code", NOT_ENTERPRISE)
        elif sociallogin.is_existing:
            bound = sociallogin.user
            if bound.role != "subject" or bound.subject_code != code:
                _stop(request, "other_code", OTHER_CODE)
        else:
            sociallogin.connect(request, _opened(request, sociallogin, code))


def _code(data: dict[str, Any]) -> str | None:
    """The code in the signed token; in the user's details only where they are of the same person."""
    claim, token, details = settings.OIDC_CODE_CLAIM, data.get("id_token") or {}, data.get("userinfo") or {}
    stated = token.get(claim)
    if not stated and details.get("sub") == token.get("sub"):
        stated = details.get(claim)
    return unified_code(str(stated)) if stated else None


def _stop(request: HttpRequest, why: str, sentence: str) -> None:
    trail.failed(request, SERVICE.name, f"oidc:{why}")
    raise ImmediateHttpResponse(error_page(403, sentence))


def _opened(request: HttpRequest, sociallogin: SocialLogin, code: str) -> Account:
    """A subject's account of its own for each person who logs in so; the local ones stay apart."""
    issuer = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"]
    mark = hashlib.sha256(f"{issuer} {sociallogin.account.uid}".encode()).hexdigest()[:16]
    name = (sociallogin.account.extra_data.get("userinfo") or {}).get("name") or code
    new = Opening(f"统一认证-{mark}", str(name)[:200], role="subject", subject_code=code)
    by = Who(SERVICE.name, SERVICE.role, origin=access.origin(request))
    number = lending.act(lambda c: accounts.create(c, new, by, datetime.now(UTC)))
    return Account.objects.get(pk=number)


def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Off to the service, by a button only: a link somebody else sends logs nobody in."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("account_login"))
    away = _done(request, OAuth2LoginView, provider_id)
    if away.status_code != 302:
        return away
    # A page, not a redirect: the content policy lets no form lead to another site, not even by way of ours.
    page = render(request, "login/onward.html", {"address": away.headers["Location"]})
    page.headers["Refresh"] = f"0; url={away.headers['Location']}"
    return page


def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    return _done(request, OAuth2CallbackView, provider_id)


def _done(request: HttpRequest, view: Any, provider_id: str) -> HttpResponse:
    try:
        response: HttpResponse = view.adapter_view(CheckedAdapter(request, provider_id))(request)
        return response
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except (OAuth2Error, requests.RequestException, KeyError):
        note_fault(f"{request.method} {request.path}")
        return error_page(503, UNREACHABLE)
