"""The website as a Django app: connects what it wants to be told."""

from __future__ import annotations

from django.apps import AppConfig


class WebsiteConfig(AppConfig):
    name = "xinyong.website"
    label = "website"

    def ready(self) -> None:
        from xinyong.website.login import trail

        trail.connect()
