"""Addresses of the site: each part brings its own."""

from __future__ import annotations

from django.urls import include, path

from xinyong.website.access import guard
from xinyong.website.public import urls as public

urlpatterns = [
    path("api/v1/", include("xinyong.website.api.urls")),
    path("", include(guard("public.read", public.urlpatterns))),
    path("", include("xinyong.website.report.urls")),
    path("", include("xinyong.website.own.urls")),
    path("", include("xinyong.website.login.urls")),
    path("", include("xinyong.website.console.urls")),
    path("", include("xinyong.website.content.urls")),
]
handler400 = "xinyong.website.errors.bad_request"
handler403 = "xinyong.website.errors.forbidden"
handler404 = "xinyong.website.errors.not_found"
handler429 = "xinyong.website.errors.too_many"  # asked for by the login library
handler500 = "xinyong.website.errors.server_error"
