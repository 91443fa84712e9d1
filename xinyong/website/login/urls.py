"""Addresses of logging in. Names are the library's where it looks for them."""

from __future__ import annotations

from django.urls import path

from xinyong.website.login import views

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("login/second", views.second, name="mfa_authenticate"),
    path("login/inactive", views.inactive, name="account_inactive"),
    path("login/register", views.register, name="account-register"),
    path("login/registered", views.registered, name="account-registered"),
    path("login/oidc/<slug:provider_id>", views.oidc_login, name="openid_connect_login"),
    path("login/oidc/<slug:provider_id>/callback", views.oidc_callback, name="openid_connect_callback"),
    path("logout/", views.logout, name="account_logout"),
    path("account/again", views.reauthenticate, name="account_reauthenticate"),
    path("account/password", views.change_password, name="account_change_password"),
    path("account/factors", views.factors, name="mfa_index"),
    path("account/factors/again", views.second_again, name="mfa_reauthenticate"),
    path("account/factors/totp", views.activate_totp, name="mfa_activate_totp"),
    path("account/factors/totp/off", views.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/factors/codes", views.recovery_codes, name="mfa_view_recovery_codes"),
    path("account/factors/codes/new", views.new_recovery_codes, name="mfa_generate_recovery_codes"),
    path("account/factors/keys", views.keys, name="mfa_list_webauthn"),
    path("account/factors/keys/add", views.add_key, name="mfa_add_webauthn"),
    path("account/factors/keys/again", views.key_again, name="mfa_reauthenticate_webauthn"),
    path("account/factors/keys/<int:pk>/off", views.remove_key, name="mfa_remove_webauthn"),
]
