"""Addresses of the department console."""

from __future__ import annotations

from django.urls import path

from xinyong.website.console.department import (
    changes,
    codes,
    entry,
    heldrows,
    history,
    letters,
    markings,
    mend,
    objections,
    others,
    repairs,
    review,
    submit,
)

AT = "console/department/"
urlpatterns = [
    path(AT, others.Home.as_view(), name="department-home"),
    path(f"{AT}submit", submit.Submit.as_view(), name="department-submit"),
    path(f"{AT}submit/<uuid:number>", submit.Progress.as_view(), name="department-upload"),
    path(f"{AT}submit/<uuid:number>/cancel", submit.Cancel.as_view(), name="department-upload-cancel"),
    path(f"{AT}submissions", history.Submissions.as_view(), name="department-submissions"),
    path(f"{AT}submissions/<int:number>", history.Submission.as_view(), name="department-submission"),
    path(
        f"{AT}submissions/<int:number>/rejects.<slug:kind>",
        history.Rejects.as_view(),
        name="department-rejects",
    ),
    path(f"{AT}submissions/<int:number>/undo", history.Undo.as_view(), name="department-undo"),
    path(f"{AT}mend", mend.Batches.as_view(), name="department-mend"),
    path(f"{AT}mend/<int:number>", mend.Rows.as_view(), name="department-rows"),
    path(f"{AT}mend/<int:number>/row", mend.MendRow.as_view(), name="department-row"),
    path(f"{AT}held", heldrows.HeldList.as_view(), name="department-held"),
    path(f"{AT}held/<int:number>/row", heldrows.Decide.as_view(), name="department-held-row"),
    path(f"{AT}entry", entry.Entry.as_view(), name="department-entry"),
    path(f"{AT}entry/<slug:code>", entry.EntryItem.as_view(), name="department-entry-item"),
    path(f"{AT}zero", others.Zero.as_view(), name="department-zero"),
    path(f"{AT}templates", others.Templates.as_view(), name="department-templates"),
    path(f"{AT}templates/<slug:code>", others.Template.as_view(), name="department-template"),
    path(f"{AT}records", entry.Records.as_view(), name="department-records"),
    path(f"{AT}records/<slug:record>/correct", entry.Correct.as_view(), name="department-record-correct"),
    path(f"{AT}records/<slug:record>/withdraw", entry.Withdraw.as_view(), name="department-record-withdraw"),
    path(f"{AT}changes", changes.Proposed.as_view(), name="department-changes"),
    path(f"{AT}changes/<int:number>", changes.ChangePage.as_view(), name="department-change"),
    path(
        f"{AT}changes/<int:number>/take-back", changes.TakeBack.as_view(), name="department-change-take-back"
    ),
    path(f"{AT}review", review.Review.as_view(), name="department-review"),
    path(f"{AT}review/changes", changes.ToConfirm.as_view(), name="department-review-changes"),
    path(f"{AT}review/changes/<int:number>", changes.ReviewPage.as_view(), name="department-review-change"),
    path(
        f"{AT}review/changes/<int:number>/confirm",
        changes.Confirm.as_view(),
        name="department-review-confirm",
    ),
    path(
        f"{AT}review/changes/<int:number>/refuse", changes.Refuse.as_view(), name="department-review-refuse"
    ),
    path(f"{AT}markings", markings.Markings.as_view(), name="department-markings"),
    path(f"{AT}markings/<slug:record>", markings.RecordMarks.as_view(), name="department-markings-record"),
    path(f"{AT}markings/<slug:record>/<slug:kind>", markings.Mark.as_view(), name="department-mark"),
    path(f"{AT}markings/<slug:record>/end/<int:number>", markings.End.as_view(), name="department-mark-end"),
    path(f"{AT}repairs", repairs.Repairs.as_view(), name="department-repairs"),
    path(f"{AT}letters", letters.Letters.as_view(), name="department-letters"),
    path(f"{AT}letters/new", letters.NewLetter.as_view(), name="department-letter-new"),
    path(f"{AT}letters/<slug:record>", letters.Letter.as_view(), name="department-letter"),
    path(f"{AT}objections", objections.Objections.as_view(), name="department-objections"),
    path(f"{AT}codes", codes.Codes.as_view(), name="department-codes"),
    path(f"{AT}codes/<int:number>", codes.Code.as_view(), name="department-code"),
    path(f"{AT}codes/<int:number>/answer", codes.Answer.as_view(), name="department-code-answer"),
    path(f"{AT}quality", others.Quality.as_view(), name="department-quality"),
    path(f"{AT}scores", others.Scores.as_view(), name="department-scores"),
]
