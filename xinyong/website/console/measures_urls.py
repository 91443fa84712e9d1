"""Addresses of the register of measures, for departments, the centre and the auditor."""

from __future__ import annotations

from django.urls import path

from xinyong.website.console import measures, measures_new

DEPARTMENT = "console/department/measures"

urlpatterns = [
    path(DEPARTMENT, measures.Own.as_view(), name="department-measures"),
    path(f"{DEPARTMENT}/find", measures_new.FindRecord.as_view(), name="department-measure-find"),
    path(f"{DEPARTMENT}/new", measures_new.New.as_view(), name="department-measure-new"),
    path("console/centre/measures", measures.Everyone.as_view(), name="centre-measures"),
    path(
        "console/look/<uuid:public_id>/measures", measures.OfSubject.as_view(), name="console-look-measures"
    ),
    path("console/measures/<uuid:number>", measures.One.as_view(), name="measure"),
    path("console/measures/<uuid:number>/<slug:act>", measures.Act.as_view(), name="measure-act"),
]
