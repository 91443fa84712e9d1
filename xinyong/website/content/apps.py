"""The app that carries editorial content."""

from __future__ import annotations

from django.apps import AppConfig


class ContentConfig(AppConfig):
    name = "xinyong.website.content"
    label = "content"
    verbose_name = "内容"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from xinyong.website.content import trail

        trail.connect()
