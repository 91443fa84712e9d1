"""Addresses of the console: its shell and the administrators; departments, the centre and measures bring their own."""

from __future__ import annotations

from django.urls import include, path

from xinyong.website.console import look, registered, signing_keys, views
from xinyong.website.console.admin import security, system, tokens, trails, verify

GRANTS = "console/authorisations"
urlpatterns = [
    path("console/", views.home, name="console-home"),
    path("", include("xinyong.website.console.department.urls")),
    path("", include("xinyong.website.console.centre.urls")),
    path("", include("xinyong.website.console.measures_urls")),
    path("console/look", look.Search.as_view(), name="console-look"),
    path("console/look/<uuid:public_id>", look.SubjectLook.as_view(), name="console-look-subject"),
    path(GRANTS, registered.Registered.as_view(), name="authorisation-register"),
    path(f"{GRANTS}/new", registered.New.as_view(), name="authorisation-register-new"),
    path(f"{GRANTS}/received", registered.Received.as_view(), name="authorisation-received"),
    path(
        f"{GRANTS}/received/<uuid:number>",
        registered.ReceivedOne.as_view(),
        name="authorisation-received-one",
    ),
    path(
        f"{GRANTS}/received/<uuid:number>/package",
        registered.ReceivedPackage.as_view(),
        name="authorisation-received-package",
    ),
    path(f"{GRANTS}/every", registered.Every.as_view(), name="authorisation-every"),
    path(f"{GRANTS}/every/<uuid:number>", registered.EveryOne.as_view(), name="authorisation-every-one"),
    path(
        f"{GRANTS}/every/<uuid:number>/package",
        registered.EveryPackage.as_view(),
        name="authorisation-every-package",
    ),
    path("console/signing-keys", signing_keys.Keys.as_view(), name="signing-keys"),
    path("console/signing-keys/new", signing_keys.New.as_view(), name="signing-key-new"),
    path("console/signing-keys/end", signing_keys.End.as_view(), name="signing-key-end"),
    path(f"{GRANTS}/<uuid:number>", registered.RegisteredOne.as_view(), name="authorisation-registered"),
    path(f"{GRANTS}/<uuid:number>/paper", registered.Paper.as_view(), name="authorisation-paper"),
    path("console/admin/accounts", system.Accounts.as_view(), name="admin-accounts"),
    path("console/admin/accounts/new", system.New.as_view(), name="admin-account-new"),
    path("console/admin/accounts/<int:number>", system.Edit.as_view(), name="admin-account-edit"),
    path(
        "console/admin/accounts/<int:number>/password",
        system.Password.as_view(),
        name="admin-account-password",
    ),
    path("console/admin/jobs", system.Jobs.as_view(), name="admin-jobs"),
    path("console/admin/jobs/<int:number>", system.Job.as_view(), name="admin-job"),
    path("console/admin/roles", security.Roles.as_view(), name="admin-roles"),
    path("console/admin/roles/<int:number>", security.Grant.as_view(), name="admin-role"),
    path("console/admin/roles/<int:number>/state", security.State.as_view(), name="admin-account-state"),
    path("console/admin/roles/<int:number>/unlock", security.Unlock.as_view(), name="admin-account-unlock"),
    path("console/admin/roles/<int:number>/factor", security.Factor.as_view(), name="admin-account-factor"),
    path("console/admin/sessions", security.Sessions.as_view(), name="admin-sessions"),
    path("console/admin/sessions/<slug:digest>", security.EndSession.as_view(), name="admin-session-end"),
    path("console/admin/tokens", tokens.Tokens.as_view(), name="admin-tokens"),
    path("console/admin/tokens/new", tokens.New.as_view(), name="admin-token-new"),
    path("console/admin/tokens/<int:number>", tokens.Revoke.as_view(), name="admin-token"),
    path("console/admin/approvals", tokens.Approvals.as_view(), name="admin-token-approvals"),
    path("console/admin/approvals/<int:number>", tokens.Approve.as_view(), name="admin-token-approve"),
    path("console/admin/permissions", security.Permissions.as_view(), name="admin-permissions"),
    path("console/admin/audit", trails.Audit.as_view(), name="admin-audit"),
    path("console/admin/looks", trails.Looks.as_view(), name="admin-looks"),
    path("console/verify", verify.Claims.as_view(), name="centre-verify"),
    path("console/verify/<int:number>", verify.Verify.as_view(), name="centre-verify-one"),
]
