"""Addresses of 个人信息: challenges, holds, requests, processing, assessments, the sealed archive."""

from __future__ import annotations

from django.urls import path

from xinyong.website.console.centre import lookrights, persons

AT = "console/persons/"
urlpatterns = [
    path(f"{AT}challenges", lookrights.Challenges.as_view(), name="centre-challenges"),
    path(f"{AT}challenges/<uuid:number>", lookrights.OneChallenge.as_view(), name="centre-challenge"),
    path(
        f"{AT}challenges/<uuid:number>/explain", lookrights.Explain.as_view(), name="centre-challenge-explain"
    ),
    path(f"{AT}challenges/<uuid:number>/answer", lookrights.Answer.as_view(), name="centre-challenge-answer"),
    path(f"{AT}explain", lookrights.UnitChallenges.as_view(), name="unit-challenges"),
    path(f"{AT}explain/<uuid:number>", lookrights.UnitExplain.as_view(), name="unit-challenge"),
    path("console/admin/challenges", lookrights.AuditChallenges.as_view(), name="admin-challenges"),
    path("console/admin/challenges/<uuid:number>", lookrights.AuditAnswer.as_view(), name="admin-challenge"),
    path(f"{AT}holds", lookrights.Holds.as_view(), name="centre-holds"),
    path(f"{AT}holds/new", lookrights.NewHold.as_view(), name="centre-hold-new"),
    path(f"{AT}holds/<uuid:number>", lookrights.OneHold.as_view(), name="centre-hold"),
    path(f"{AT}requests", persons.Requests.as_view(), name="centre-persons"),
    path(f"{AT}requests/<uuid:number>", persons.OneRequest.as_view(), name="centre-person"),
    path(f"{AT}counter", persons.Counter.as_view(), name="counter-persons"),
    path(f"{AT}processing", persons.Processing.as_view(), name="centre-processing"),
    path(f"{AT}assessments", persons.Assessments.as_view(), name="centre-assessments"),
    path(f"{AT}assessments/new", persons.NewAssessment.as_view(), name="centre-assessment-new"),
    path(f"{AT}assessments/<uuid:number>", persons.OneAssessment.as_view(), name="centre-assessment"),
    path(f"{AT}sealed", persons.Sealed.as_view(), name="centre-sealed"),
    path(f"{AT}sealed/ending", persons.Ending.as_view(), name="centre-ending"),
    path(f"{AT}sealed/<slug:record>", persons.OneSealed.as_view(), name="centre-sealed-one"),
]
