"""Submissions, their receipts, and what came back or is held. All only grow."""

from __future__ import annotations

from django.db import models


class Submission(models.Model):
    """归集批次 with its receipt. A batch (`id`) of records is visible once published."""

    id = models.IntegerField(primary_key=True)
    item = models.SmallIntegerField()
    item_code = models.TextField()
    item_digest = models.TextField()
    edition = models.TextField()
    provider = models.TextField()
    mode = models.TextField()  # 增量 全量 补录 零报告 撤销
    outcome = models.TextField()  # taken | refused | undo
    filename = models.TextField()
    sha256 = models.TextField()
    vault_name = models.TextField(blank=True)
    size = models.BigIntegerField()
    received_at = models.DateTimeField()
    received_on = models.DateField()
    received_by = models.TextField()
    follows = models.IntegerField(null=True)  # the first submission this one mends
    undoes = models.IntegerField(null=True, unique=True)
    reason = models.TextField(blank=True)
    rows = models.IntegerField()
    new = models.IntegerField()
    duplicates = models.IntegerField()
    corrected = models.IntegerField()
    revoked = models.IntegerField()
    held = models.IntegerField()
    rejected = models.IntegerField()
    warnings = models.IntegerField()
    late = models.IntegerField()
    missing = models.IntegerField(default=0)  # of a 全量: known rows that were not in it
    rules = models.JSONField(default=dict)
    columns = models.JSONField(default=dict)
    notes = models.JSONField(default=list)

    class Meta:
        db_table = "submission"
        indexes = [models.Index(fields=["sha256"], name="submission_bytes")]


class SubmissionFates(models.Model):
    """One byte per source row, in order: n d c r h x."""

    submission = models.OneToOneField(Submission, models.PROTECT, primary_key=True, db_constraint=False)
    fates = models.BinaryField()

    class Meta:
        db_table = "submission_fates"


class Problem(models.Model):
    """A rejected or held row's reasons and a taken row's warnings. level: error | held | warning | review."""

    submission = models.IntegerField()
    line = models.IntegerField()
    sheet = models.TextField(blank=True)
    field = models.TextField()
    rule = models.TextField()
    level = models.TextField()
    value = models.TextField(blank=True)
    suggestion = models.TextField(blank=True)

    class Meta:
        db_table = "problem"
        indexes = [models.Index(fields=["submission", "line"], name="problem_row")]


class HeldRow(models.Model):
    """A row that is in nobody's archive until a person of the provider decides.

    `born`: 0, or the batch of registration data that took it out of the archive again.
    """

    submission = models.IntegerField()
    line = models.IntegerField()
    sheet = models.TextField(blank=True)
    item = models.SmallIntegerField()
    reason = models.TextField()
    payload = models.TextField()
    born = models.IntegerField(db_default=0)

    class Meta:
        db_table = "held_row"
        constraints = [
            models.UniqueConstraint(fields=["submission", "line", "sheet", "born"], name="held_once")
        ]


class Closure(models.Model):
    """A returned or held row of an earlier submission that a later one settled."""

    submission = models.IntegerField()
    line = models.IntegerField()
    sheet = models.TextField(blank=True)
    closed_by = models.IntegerField()
    outcome = models.TextField()
    later_line = models.IntegerField(null=True)  # where it stands in the later submission

    class Meta:
        db_table = "closure"
        constraints = [
            models.UniqueConstraint(fields=["submission", "line", "sheet", "closed_by"], name="closure_once")
        ]
        indexes = [models.Index(fields=["closed_by", "later_line"], name="closure_later")]


class LedgerEntry(models.Model):
    """应报台账: what a department says it decided in a month. The newest entry counts."""

    provider = models.TextField()
    item_code = models.TextField()
    month = models.DateField()
    decided = models.IntegerField()
    born = models.IntegerField()
    line = models.IntegerField()

    class Meta:
        db_table = "ledger_entry"
        indexes = [models.Index(fields=["provider", "item_code", "month"], name="ledger_month")]


class CodeCase(models.Model):
    """重错码: a wrong or doubled code that a department is asked to put right. How it goes on is in its steps."""

    kind = models.TextField()  # wrong | shared | several
    key = models.TextField()  # the code, or the name several codes stand under; of a person a keyed hash
    provider = models.TextField()
    found_at = models.DateTimeField()
    found_by = models.TextField()
    detail = models.JSONField()  # shown code, where found, subjects, candidates

    class Meta:
        db_table = "code_case"
        indexes = [models.Index(fields=["kind", "key", "provider"], name="code_case_key")]


class CodeCaseStep(models.Model):
    """sent | answered | corrected | dismissed, in order; the last one says how the case stands."""

    case = models.ForeignKey(CodeCase, models.PROTECT, db_constraint=False)
    number = models.SmallIntegerField()  # two people at once: one of them is refused
    kind = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()
    role = models.TextField()
    note = models.TextField(db_default="")

    class Meta:
        db_table = "code_case_step"
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="code_case_step_once")]


class SubjectQuestion(models.Model):
    """Are these two subjects one? A task for a person of the centre; open until answered, or its batch is undone."""

    loser = models.BigIntegerField()
    winner = models.BigIntegerField()
    why = models.TextField()
    born = models.IntegerField()

    class Meta:
        db_table = "subject_question"


class SubjectAnswer(models.Model):
    """What the person decided."""

    question = models.OneToOneField(SubjectQuestion, models.PROTECT, primary_key=True)
    same = models.BooleanField()
    reason = models.TextField()
    by = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "subject_answer"
