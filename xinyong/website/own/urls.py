"""Addresses of the subject's own pages; its reports bring their own (`own-reports`)."""

from __future__ import annotations

from django.urls import path

from xinyong.website.own import authorisations, views

urlpatterns = [
    path("own/", views.Home.as_view(), name="own-home"),
    path("own/looks", views.Looks.as_view(), name="own-looks"),
    path("own/notices", views.Notices.as_view(), name="own-notices"),
    path("own/authorisations", authorisations.Listed.as_view(), name="own-authorisations"),
    path("own/authorisations/new", authorisations.Grant.as_view(), name="own-authorisation-new"),
    path(
        "own/authorisations/<uuid:number>/revoke",
        authorisations.Revoke.as_view(),
        name="own-authorisation-revoke",
    ),
    path("own/objections", views.Objections.as_view(), name="own-objections"),
    path("own/repairs", views.Repairs.as_view(), name="own-repairs"),
]
