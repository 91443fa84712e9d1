"""Addresses of the centre's desk: catalogue, code sets, calendar, subjects, monthly reports; and of the auditor."""

from __future__ import annotations

from django.urls import path

from xinyong.website.console.centre import (
    calendar,
    catalogue,
    catalogue_drafts,
    codes_progress,
    codesets,
    figures,
    monthly,
    subjects,
)

AT = "console/centre/"
DRAFT, SUBJECT, MERGE = (
    f"{AT}drafts/<int:number>",
    f"{AT}subjects/<uuid:public_id>",
    f"{AT}merges/<int:number>",
)
VERSION = f"{AT}catalogue/<slug:code>/<slug:begins>"

urlpatterns = [
    path(f"{AT}catalogue", catalogue.Catalogue.as_view(), name="centre-catalogue"),
    path(f"{AT}catalogue/new", catalogue_drafts.BeginNew.as_view(), name="centre-catalogue-new"),
    path(VERSION, catalogue.Version.as_view(), name="centre-catalogue-item"),
    path(f"{VERSION}/diff", catalogue.Diff.as_view(), name="centre-catalogue-diff"),
    path(f"{VERSION}/revise", catalogue_drafts.Revise.as_view(), name="centre-catalogue-revise"),
    path(f"{AT}drafts", catalogue_drafts.Drafts.as_view(), name="centre-drafts"),
    path(DRAFT, catalogue_drafts.DraftPage.as_view(), name="centre-draft"),
    path(f"{DRAFT}/head", catalogue_drafts.Head.as_view(), name="centre-draft-head"),
    path(f"{DRAFT}/text", catalogue_drafts.Whole.as_view(), name="centre-draft-text"),
    path(f"{DRAFT}/field", catalogue_drafts.Field.as_view(), name="centre-draft-field-new"),
    path(f"{DRAFT}/fields/<slug:code>", catalogue_drafts.Field.as_view(), name="centre-draft-field"),
    path(f"{DRAFT}/fields/<slug:code>/drop", catalogue_drafts.Drop.as_view(), name="centre-draft-field-drop"),
    path(f"{DRAFT}/submit", catalogue_drafts.Submit.as_view(), name="centre-draft-submit"),
    path(f"{DRAFT}/discard", catalogue_drafts.Discard.as_view(), name="centre-draft-discard"),
    path(f"{DRAFT}/publish", catalogue_drafts.Publish.as_view(), name="centre-draft-publish"),
    path(f"{DRAFT}/return", catalogue_drafts.GiveBack.as_view(), name="centre-draft-return"),
    path(f"{AT}codesets", codesets.CodeSets.as_view(), name="centre-codesets"),
    path(f"{AT}codesets/new", codesets.Edit.as_view(), name="centre-codeset-new"),
    path(f"{AT}codesets/<slug:code>", codesets.CodeSetPage.as_view(), name="centre-codeset"),
    path(f"{AT}codesets/<slug:code>/edit", codesets.Edit.as_view(), name="centre-codeset-edit"),
    path(f"{AT}calendar", calendar.Years.as_view(), name="centre-calendar"),
    path(f"{AT}calendar/<int:year>", calendar.Year.as_view(), name="centre-calendar-year"),
    path(f"{AT}calendar/<int:year>/edit", calendar.Edit.as_view(), name="centre-calendar-edit"),
    path(f"{AT}subjects", subjects.Subjects.as_view(), name="centre-subjects"),
    path(SUBJECT, subjects.SubjectPage.as_view(), name="centre-subject"),
    path(f"{SUBJECT}/merge", subjects.Merge.as_view(), name="centre-subject-merge"),
    path(f"{SUBJECT}/split", subjects.Split.as_view(), name="centre-subject-split"),
    path(f"{AT}questions", subjects.Questions.as_view(), name="centre-questions"),
    path(f"{AT}questions/<int:number>", subjects.AnswerQuestion.as_view(), name="centre-question"),
    path(f"{AT}merges", subjects.Merges.as_view(), name="centre-merges"),
    path(MERGE, subjects.ProposalPage.as_view(), name="centre-merge"),
    path(f"{MERGE}/approve", subjects.Approve.as_view(), name="centre-merge-approve"),
    path(f"{MERGE}/refuse", subjects.Refuse.as_view(), name="centre-merge-refuse"),
    path(f"{MERGE}/take-back", subjects.TakeBack.as_view(), name="centre-merge-take-back"),
    path(f"{AT}codes/progress", codes_progress.Progress.as_view(), name="centre-codes-progress"),
    path(f"{AT}monthly", monthly.Issued.as_view(), name="centre-monthly"),
    path(f"{AT}monthly/preview.pdf", monthly.Preview.as_view(), name="centre-monthly-pdf"),
    path(f"{AT}monthly/issue", monthly.Issue.as_view(), name="centre-monthly-issue"),
    path(f"{AT}monthly/<int:number>/<slug:kind>", monthly.File.as_view(), name="centre-monthly-file"),
    path("console/auditor/figures", figures.Figures.as_view(), name="auditor-figures"),
    path("console/auditor/figures/<slug:count>", figures.Breakdown.as_view(), name="auditor-figure"),
    path("console/auditor/rows", figures.Rows.as_view(), name="auditor-rows"),
    path("console/auditor/gaps", figures.Gaps.as_view(), name="auditor-gaps"),
]
