"""Addresses of reports."""

from __future__ import annotations

from django.urls import path

from xinyong.website.report import batching, verifying, views

urlpatterns = [
    path("verify", verifying.start, name="verify-start"),
    path("verify/public-keys.json", verifying.public_keys, name="verify-keys"),
    path("verify/<str:number>", verifying.verify, name="verify"),
    path("report/start", views.start, name="report-start"),
    path("report/own", views.Own.as_view(), name="own-reports"),
    path("report/counter", views.Counter.as_view(), name="report-counter"),
    path("report/kiosk", views.Kiosk.as_view(), name="report-kiosk"),
    path("report/authorised", views.Authorised.as_view(), name="report-authorised"),
    path("report/issue", views.Duty.as_view(), name="report-issue"),
    path("report/statistics", views.Statistics.as_view(), name="report-statistics"),
    path("report/profiles", views.Profiles.as_view(), name="report-profiles"),
    path("report/batch", batching.Batch.as_view(), name="report-batch"),
    path("report/batch/<int:batch>", batching.One.as_view(), name="report-batch-one"),
    path("report/batch/<int:batch>/download", batching.download, name="report-batch-download"),
    path("report/done/<str:number>", views.done, name="report-done"),
    path("report/file/<str:number>/<str:kind>", views.fetch, name="report-file"),
]
