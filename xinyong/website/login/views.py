"""Login pages: the library's views under our templates, and what it has none for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from xinyong.foundation import accounts
from xinyong.foundation.accounts import Opening
from xinyong.kernel.errors import Refused
from xinyong.website import access, lending
from xinyong.website.access import allowed
from xinyong.website.login import attempts, forms, oidc

View = Callable[..., HttpResponse]


def _page(action: str, view: Any, template: str, **given: Any) -> View:
    return allowed(action)(view.as_view(template_name=f"login/{template}.html", **given))


def services() -> list[dict[str, str]]:
    """The one-stop logins that are configured, for the login page."""
    apps = settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect", {}).get("APPS", [])
    return [{"id": a["provider_id"], "name": a["name"]} for a in apps]


class _Login(account.LoginView):
    def get_context_data(self, **given: Any) -> dict[str, Any]:
        return {**super().get_context_data(**given), "services": services()}


class _Activate(totp.ActivateTOTPView):
    """The secret is written out too, for who cannot scan."""

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        found = super().get_context_data(**given)
        secret = found["form"].secret
        return {**found, "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))}


class _Renewing:
    """A factor was proved within a session: its key changes, and whoever saw the old one stays outside."""

    request: HttpRequest

    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        self.request.session.cycle_key()
        return answer


class _SecondAgain(_Renewing, mfa.ReauthenticateView):
    pass


class _KeyAgain(_Renewing, webauthn.ReauthenticateWebAuthnView):
    pass


login = _page("login", _Login, "login", form_class=forms.Login)
logout = _page("login", account.LogoutView, "logout")
inactive = _page("login", account.AccountInactiveView, "inactive")
reauthenticate = _page("account.self", account.ReauthenticateView, "again", form_class=forms.Reauthenticate)
change_password = _page(
    "account.self", account.PasswordChangeView, "password", form_class=forms.ChangePassword
)
second = _page("login", mfa.AuthenticateView, "second", form_class=forms.Second)
second_again = _page("account.self", _SecondAgain, "second_again", form_class=forms.SecondAgain)
factors = _page("account.self", mfa.IndexView, "factors")
activate_totp = _page("account.self", _Activate, "totp", form_class=forms.ActivateTotp)
deactivate_totp = _page("account.self", totp.DeactivateTOTPView, "totp_off")
recovery_codes = _page("account.self", recovery.ViewRecoveryCodesView, "codes")
new_recovery_codes = _page("account.self", recovery.GenerateRecoveryCodesView, "codes_new")
keys = _page("account.self", webauthn.ListWebAuthnView, "keys")
add_key = _page("account.self", webauthn.AddWebAuthnView, "key_add")
key_again = _page("account.self", _KeyAgain, "key_again")
remove_key = _page("account.self", webauthn.RemoveWebAuthnView, "key_off")
oidc_login = allowed("login")(oidc.login)
oidc_callback = allowed("login")(oidc.callback)


@allowed("login.register")
def register(request: HttpRequest) -> HttpResponse:
    """A subject asks for an account; the centre verifies before it shows anything."""
    form = forms.Register(request.POST or None)
    if request.method == "POST":
        attempts.check_registrations(access.origin(request))
        attempts.note("", access.origin(request), "register", succeeded=False)
        if form.is_valid() and _registered(request, form):
            return HttpResponseRedirect(reverse("account-registered"))
    return render(request, "login/register.html", {"form": form}, status=400 if form.errors else 200)


def _registered(request: HttpRequest, form: forms.Register) -> bool:
    told = form.cleaned_data
    new = Opening(
        told["username"],
        told["display_name"],
        role="subject",
        claimed_code=told["code"],
        email=told["contact"],
        password=make_password(told["password"]),
        chosen=True,
    )
    try:
        lending.act(lambda c: accounts.create(c, new, access.who(request), datetime.now(UTC)))
    except Refused as e:
        form.add_error("username", e.sentence)
        return False
    return True


@allowed("login.register")
def registered(request: HttpRequest) -> HttpResponse:
    return render(request, "login/registered.html")
