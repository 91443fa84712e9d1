"""Addresses of the subject's own pages; its reports bring their own (`own-reports`)."""

from __future__ import annotations

from django.urls import path

from xinyong.website.own import (
    authorisations,
    inbox,
    inbox_staff,
    keys,
    looks_challenge,
    measures,
    objections,
    objections_opinion,
    repairs,
    repairs_training,
    requests,
    views,
)

urlpatterns = [
    path("own/", views.Home.as_view(), name="own-home"),
    path("own/looks", views.Looks.as_view(), name="own-looks"),
    path("own/looks/<slug:reference>", looks_challenge.Challenge.as_view(), name="own-look-challenge"),
    path("own/measures", measures.Measures.as_view(), name="own-measures"),
    path("own/information", requests.Requests.as_view(), name="own-requests"),
    path("own/information/copy", requests.Copy.as_view(), name="own-copy"),
    path("own/information/copy.json", requests.File.as_view(), name="own-copy-file"),
    path("own/information/deletion", requests.Deletion.as_view(), name="own-deletion"),
    path("own/notices", views.Notices.as_view(), name="own-notices"),
    path("own/inbox", inbox.Inbox.as_view(), name="own-inbox"),
    path("own/inbox/<int:number>", inbox.One.as_view(), name="own-message"),
    path("own/inbox/phone", inbox.Phone.as_view(), name="own-phone"),
    path("console/inbox", inbox_staff.Inbox.as_view(), name="console-inbox"),
    path("console/inbox/<int:number>", inbox_staff.One.as_view(), name="console-message"),
    path("own/authorisations", authorisations.Listed.as_view(), name="own-authorisations"),
    path("own/authorisations/new", authorisations.Grant.as_view(), name="own-authorisation-new"),
    path(
        "own/authorisations/<uuid:number>/revoke",
        authorisations.Revoke.as_view(),
        name="own-authorisation-revoke",
    ),
    path("own/authorisations/sign", authorisations.Sign.as_view(), name="own-authorisation-sign"),
    path("own/authorisations/text", authorisations.Text.as_view(), name="own-authorisation-text"),
    path(
        "own/authorisations/<uuid:number>/package",
        authorisations.Package.as_view(),
        name="own-authorisation-package",
    ),
    path("own/keys", keys.Keys.as_view(), name="own-keys"),
    path("own/keys/new", keys.New.as_view(), name="own-key-new"),
    path("own/keys/<int:number>/end", keys.End.as_view(), name="own-key-end"),
    path("own/objections", objections.Objections.as_view(), name="own-objections"),
    path("own/objections/new", objections.Object.as_view(), name="own-objection-new"),
    path("own/objections/concerned", objections.Concerned.as_view(), name="own-concern"),
    path("own/objections/opinion/<slug:record>", objections_opinion.Opinion.as_view(), name="own-opinion"),
    path("own/objections/<uuid:number>", objections.Objection.as_view(), name="own-objection"),
    path(
        "own/objections/<uuid:number>/files/<int:file>", objections.File.as_view(), name="own-objection-file"
    ),
    path("own/objections/<uuid:number>/<slug:act>", objections.Act.as_view(), name="own-objection-act"),
    path("own/training", repairs_training.Training.as_view(), name="own-training"),
    path(
        "own/training/<uuid:number>",
        repairs_training.Certificate.as_view(),
        name="own-training-certificate",
    ),
    path("own/repairs", repairs.Repairs.as_view(), name="own-repairs"),
    path("own/repairs/new", repairs.Apply.as_view(), name="own-repair-new"),
    path("own/repairs/<uuid:number>", repairs.Repair.as_view(), name="own-repair"),
    path("own/repairs/<uuid:number>/files/<int:file>", repairs.File.as_view(), name="own-repair-file"),
    path("own/repairs/<uuid:number>/<slug:act>", repairs.Act.as_view(), name="own-repair-act"),
]
