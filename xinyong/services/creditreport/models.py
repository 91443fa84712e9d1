"""Reports that were issued, and batches of them. Rows are only added: what a report said can be made again."""

from __future__ import annotations

from django.db import models


class ReportIssue(models.Model):
    """One report: what decides its every byte, the digests of both files and the signatures under them.

    The content itself is not kept. `stated` is sealed: a natural person's name as stated and masked number.
    """

    number = models.TextField(unique=True)
    at = models.DateTimeField(db_index=True)
    actor = models.TextField()
    role = models.TextField()
    provider = models.TextField(blank=True)
    origin = models.TextField(blank=True)
    ground = models.TextField()
    purpose = models.TextField()  # one of the fifteen
    note = models.TextField(blank=True)
    profile = models.TextField()
    form = models.TextField()
    subject = models.UUIDField(null=True)  # public id; null: nothing is kept about this person
    subject_key = models.TextField()  # keyed hash of the subject's code: counts without naming
    stated = models.TextField(blank=True)
    as_of = models.DateField()
    known_at = models.BigIntegerField()
    moment = models.DateTimeField()  # of that publication
    items = models.JSONField()
    choices = models.JSONField()
    duty = models.TextField(blank=True)
    site = models.TextField()
    edition = models.TextField()
    layout = models.TextField()
    records = models.IntegerField()
    facts = models.TextField()
    pdf_sha256 = models.TextField(db_index=True)
    json_sha256 = models.TextField(db_index=True)
    pdf_signatures = models.JSONField()
    json_signatures = models.JSONField()
    batch = models.BigIntegerField(null=True, db_index=True)

    class Meta:
        db_table = "report_issue"
        indexes = [
            models.Index(fields=["subject_key", "at"], name="report_issue_subject"),
            models.Index(fields=["actor", "at"], name="report_issue_actor"),
        ]


class ReportBatch(models.Model):
    """Reports ordered for a list of subjects; the list is sealed."""

    at = models.DateTimeField()
    actor = models.TextField()
    role = models.TextField()
    provider = models.TextField(blank=True)
    origin = models.TextField(blank=True)
    reason = models.TextField(blank=True)  # the look log's purpose
    orders = models.TextField()
    total = models.IntegerField()

    class Meta:
        db_table = "report_batch"


class ReportBatchRow(models.Model):
    """What became of one line: a number, or why not."""

    batch = models.ForeignKey(ReportBatch, models.PROTECT, db_constraint=False)
    line = models.IntegerField()
    at = models.DateTimeField()
    number = models.TextField(blank=True)
    refusal = models.TextField(blank=True)

    class Meta:
        db_table = "report_batch_row"
        constraints = [models.UniqueConstraint(fields=["batch", "line"], name="report_batch_row_once")]


class ReportBatchEnd(models.Model):
    """`kind`: cancelled (asked for) or done; a batch can have both. `file`: the archive in the vault."""

    batch = models.ForeignKey(ReportBatch, models.PROTECT, db_constraint=False)
    kind = models.TextField()
    at = models.DateTimeField()
    actor = models.TextField()
    file = models.TextField(blank=True)

    class Meta:
        db_table = "report_batch_end"
        constraints = [models.UniqueConstraint(fields=["batch", "kind"], name="report_batch_end_once")]
