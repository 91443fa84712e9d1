"""Subjects and record versions. Every table only grows; what is current is computed.

System time is publication order: a batch is visible once `publication` has an entry for it.
A version ends when the next `seq` of the same record is visible.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Publication(models.Model):
    """`seq` rises strictly in commit order; `at` rises with it."""

    seq = models.BigIntegerField(primary_key=True)
    batch = models.IntegerField(unique=True)
    at = models.DateTimeField(unique=True)
    undoes = models.IntegerField(null=True, unique=True)  # the batch whose names and confirmations end here

    class Meta:
        db_table = "publication"


class CreditSubject(models.Model):
    """信用主体. `scheme` uscc | regno | person; a person's value is a keyed hash, never the number."""

    scheme = models.TextField()
    value = models.TextField()
    kind = models.TextField()
    public_id = models.UUIDField(unique=True)
    born = models.IntegerField()

    class Meta:
        db_table = "credit_subject"
        constraints = [models.UniqueConstraint(fields=["scheme", "value"], name="subject_key")]


class SubjectName(models.Model):
    """A current or former name. For a natural person `name` is masked and `folded` a keyed hash."""

    subject = models.ForeignKey(CreditSubject, models.PROTECT, db_constraint=False)
    name = models.TextField()
    folded = models.TextField()
    initials = models.TextField()
    bigrams = ArrayField(models.TextField())
    former = models.BooleanField()
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    born = models.IntegerField()

    class Meta:
        db_table = "subject_name"
        constraints = [
            models.UniqueConstraint(fields=["subject", "folded", "former", "born"], name="subject_name_once")
        ]
        indexes = [
            GinIndex(fields=["folded"], opclasses=["gin_trgm_ops"], name="subject_name_trigram"),
            GinIndex(fields=["bigrams"], name="subject_name_bigram"),
            models.Index(fields=["initials"], opclasses=["text_pattern_ops"], name="subject_name_initials"),
        ]


class SubjectConfirmation(models.Model):
    """Registration data confirmed the subject; before, it is provisional and outside the public site."""

    subject = models.ForeignKey(CreditSubject, models.PROTECT, db_constraint=False)
    born = models.IntegerField()

    class Meta:
        db_table = "subject_confirmation"
        constraints = [models.UniqueConstraint(fields=["subject", "born"], name="subject_confirmed_once")]


class FormerCode(models.Model):
    """曾用代码: a code the subject had before, or its old registration number. Resolves to it if no one else had it."""

    subject = models.ForeignKey(CreditSubject, models.PROTECT, db_constraint=False)
    scheme = models.TextField()
    value = models.TextField()
    born = models.IntegerField()

    class Meta:
        db_table = "former_code"
        constraints = [
            models.UniqueConstraint(fields=["scheme", "value", "subject", "born"], name="former_code_once")
        ]
        indexes = [models.Index(fields=["subject"], name="former_code_subject")]


class SubjectMerge(models.Model):
    """`loser` is the same subject as `winner`: its records and codes are the winner's. `splits`: no longer so.

    basis: registration (code, registration number and name agreed) | person (a clerk's decision).
    """

    loser = models.BigIntegerField()
    winner = models.BigIntegerField()
    splits = models.ForeignKey("self", models.PROTECT, null=True, db_column="splits")
    reason = models.TextField()
    basis = models.TextField()
    born = models.IntegerField()

    class Meta:
        db_table = "subject_merge"
        constraints = [
            models.CheckConstraint(condition=~models.Q(loser=models.F("winner")), name="merge_of_two"),
            models.UniqueConstraint(
                fields=["loser", "winner", "born"],
                condition=models.Q(splits__isnull=True),
                name="merge_once",
            ),
        ]
        indexes = [
            models.Index(fields=["loser"], name="merge_loser"),
            models.Index(fields=["winner"], name="merge_winner"),
        ]


class AnsweredMoment(models.Model):
    """A moment later than the last publication for which somebody was told what was known: nothing is
    published at or before it, even if the clock is set back."""

    at = models.DateTimeField(primary_key=True)

    class Meta:
        db_table = "answered_moment"


class RecordVersion(models.Model):
    """One version of a credit record.

    kind: N new, C corrected, R revoked (payload says why), U reinstated by an undo.
    leaf = SHA-256(hex(salt) ‖ payload), payload being the canonical row (kernel.canonical).
    """

    pk = models.CompositePrimaryKey("record_id", "seq")
    record_id = models.UUIDField()
    seq = models.SmallIntegerField()
    born = models.IntegerField()
    line = models.IntegerField()
    item = models.SmallIntegerField()
    subject = models.BigIntegerField()
    kind = models.CharField(max_length=1)
    decided = models.DateField(null=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    salt = models.BinaryField(null=True)
    leaf = models.BinaryField()
    payload = models.TextField(null=True)

    class Meta:
        db_table = "record_version"
        indexes = [models.Index(fields=["born"], name="record_born")]


class SubjectRecords(models.Model):
    """Whose records a batch wrote: the way from a subject to its records (view `subject_record`).

    One row for up to 64 records of a subject, written in the order of subjects when all rows are in: an index
    over the subjects of a million versions costs the server two seconds, this a quarter. A record may be named
    more than once, and by a subject it has left: compare `record_version.subject`, too.
    """

    subject = models.BigIntegerField()
    item = models.SmallIntegerField()
    born = models.IntegerField()
    records = ArrayField(models.UUIDField())

    class Meta:
        db_table = "subject_records"
        indexes = [models.Index(fields=["subject", "item"], name="subject_records_subject")]


class RecordAlias(models.Model):
    """A correction changed the business key: rows under the new key are versions of the old record.

    The newest row of an alias counts, and none whose batch was undone.
    """

    pk = models.CompositePrimaryKey("alias", "born")
    alias = models.UUIDField()
    record_id = models.UUIDField()
    born = models.IntegerField()

    class Meta:
        db_table = "record_alias"


class DigestBlock(models.Model):
    """Derived, may be rebuilt: digests of an item's records, to tell new from known fast (kernel.digests)."""

    item = models.SmallIntegerField()
    kind = models.CharField(max_length=1)  # k: record → row, d: document → record
    born = models.IntegerField()
    rows = models.IntegerField()
    digests = models.BinaryField()

    class Meta:
        db_table = "digest_block"
        indexes = [models.Index(fields=["item", "kind", "born"], name="digest_item")]
