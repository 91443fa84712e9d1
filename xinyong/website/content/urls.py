"""Addresses of editorial content: /c/ for readers, /content-admin/ for editors."""

from __future__ import annotations

from django.urls import include, path, re_path
from wagtail import urls as wagtail_urls
from wagtail import views
from wagtail.admin import urls as wagtail_admin

from xinyong.website.access import guard
from xinyong.website.content import downloads, feeds, gate, serving

READ = "public.content"

reading = [
    path("search", serving.search, name="content-search"),
    path("rss.xml", feeds.Everything(), name="content-feed"),
    path("<slug:column>/rss.xml", feeds.OfColumn(), name="content-column-feed"),
    path("files/<int:number>/<str:name>", serving.file, name="wagtaildocs_serve"),
    path("media/images/<str:name>", serving.picture, name="content-picture"),
    path("templates/<str:code>.xlsx", downloads.template, name="content-template"),
    re_path(wagtail_urls.serve_pattern, views.serve, name="wagtail_serve"),
]

urlpatterns = [
    path("c/", include(guard(READ, reading))),
    path("content-admin/", include(gate.door(wagtail_admin.urlpatterns))),
]
