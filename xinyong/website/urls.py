"""Addresses of the public site."""

from __future__ import annotations

from django.urls import path

from xinyong.website import views

urlpatterns = [
    path("", views.home, name="home"),
    path("search", views.search, name="search"),
    path("subject/", views.subject, {"public_id": ""}),
    path("subject/<path:public_id>", views.subject, name="subject"),
    path("healthz", views.healthz, name="healthz"),
]
handler400 = "xinyong.website.errors.bad_request"
handler403 = "xinyong.website.errors.forbidden"
handler404 = "xinyong.website.errors.not_found"
handler500 = "xinyong.website.errors.server_error"
