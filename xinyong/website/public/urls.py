"""Addresses of the public site."""

from __future__ import annotations

from django.urls import path, register_converter

from xinyong.disclosure.listing import COLUMNS
from xinyong.kernel.merkle import ALGORITHMS
from xinyong.website.public import display, evidence, lists, services, subject, views


class ColumnConverter:
    """A column's name in addresses."""

    regex = "|".join(COLUMNS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class TreeConverter(ColumnConverter):
    """One of the evidence log's trees."""

    regex = "|".join(ALGORITHMS)


register_converter(ColumnConverter, "column")
register_converter(TreeConverter, "tree")

urlpatterns = [
    path("", views.home, name="home"),
    path("search", views.search, name="search"),
    path("subject/", subject.subject, {"public_id": ""}),
    path("subject/<path:public_id>", subject.subject, name="subject"),
    path("publicity", lists.publicity, name="publicity"),
    path("publicity/<column:slug>", lists.column, name="publicity-list"),
    path("record/", lists.record, {"public_id": ""}),
    path("record/<path:public_id>", lists.record, name="record"),
    path("services", services.services, name="services"),
    path("services/report", services.report, name="service-report"),
    path("services/objection", services.objection, name="service-objection"),
    path("services/repair", services.repair, name="service-repair"),
    path("services/repair/commitments", services.commitments, name="service-commitments"),
    path("accessibility", services.accessibility, name="accessibility"),
    path("display", display.display, name="display"),
    path("evidence", evidence.page, name="evidence"),
    path("evidence/keys", evidence.keys, name="evidence-keys"),
    path("evidence/<tree:tree>/checkpoint", evidence.checkpoint, name="evidence-checkpoint"),
    path("evidence/<tree:tree>/checkpoint/<int:size>", evidence.past, name="evidence-past"),
    path("evidence/<tree:tree>/tile/<path:name>", evidence.tile, name="evidence-tile"),
    path("healthz", views.healthz, name="healthz"),
]
