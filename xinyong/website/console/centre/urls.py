"""Addresses of the credit centre's pages; its desk, cases and 个人信息 bring their own."""

from __future__ import annotations

from django.urls import include, path

from xinyong.website.console.centre import degrees, evidence, quality, recalls

PARTS = "xinyong.website.console.centre"
urlpatterns = [
    path("", include(f"{PARTS}.desk_urls")),
    path("", include(f"{PARTS}.cases_urls")),
    path("", include(f"{PARTS}.persons_urls")),
    path("console/centre/", quality.Overview.as_view(), name="centre-home"),
    path("console/centre/quality", quality.Quality.as_view(), name="centre-quality"),
    path("console/centre/scores", quality.Scores.as_view(), name="centre-scores"),
    path("console/centre/scores/report", quality.Report.as_view(), name="centre-report"),
    path("console/centre/degrees", degrees.Undecided.as_view(), name="centre-degrees"),
    path("console/centre/recalls", recalls.Causes.as_view(), name="centre-recalls"),
    path("console/centre/recalls/receivers", recalls.Recalls.as_view(), name="centre-recall-list"),
    path("console/centre/recalls/<int:receiver>/push", recalls.Push.as_view(), name="centre-recall-push"),
    path("console/recalls", recalls.Mine.as_view(), name="console-recalls"),
    path("console/recalls/<int:number>", recalls.Confirm.as_view(), name="console-recall"),
    path("console/centre/evidence", evidence.Evidence.as_view(), name="centre-evidence"),
    path("console/centre/evidence/<int:number>", evidence.Progress.as_view(), name="centre-evidence-check"),
    path("console/centre/codes", quality.Codes.as_view(), name="centre-codes"),
    path("console/centre/codes/file", quality.CodesFile.as_view(), name="centre-codes-file"),
    path("console/centre/codes/scan", quality.Scan.as_view(), name="centre-codes-scan"),
    path("console/centre/codes/<int:number>", quality.Code.as_view(), name="centre-code"),
    path("console/centre/codes/<int:number>/dismiss", quality.Dismiss.as_view(), name="centre-code-dismiss"),
]
