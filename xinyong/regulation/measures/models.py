"""The register of measures: what was decided, on which records it rests, what the organ did with it later.

Rows are only added. Nothing here says whether a measure is in force: `measures.standing` computes that.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Measure(models.Model):
    """A measure an organ decided, with the rule as it was then: a later rulebook changes nothing of it.

    `least`, `most`, `months`: months. `lifted_by`: states of a basis record that end it early. `ends`: a last day that
    the decision names. `by`, `role`, `provider`: who registered it.
    """

    number = models.UUIDField(unique=True)
    at = models.DateTimeField()
    rule = models.TextField()
    name = models.TextField()
    instrument = models.TextField()
    article = models.TextField()
    confidence = models.TextField()
    follows = models.TextField()
    least = models.IntegerField(null=True)
    most = models.IntegerField(null=True)
    lifted_by = ArrayField(models.TextField())
    edition = models.TextField()
    subject = models.BigIntegerField()  # the archive's number
    organ = models.TextField()  # unified code
    organ_name = models.TextField()
    document = models.TextField()
    notified_on = models.DateField()  # 告知日期
    heard = models.TextField()  # 陈述申辩情况
    decided = models.DateField()
    begins = models.DateField()
    months = models.IntegerField(null=True)
    ends = models.DateField(null=True)
    by = models.TextField()
    role = models.TextField()
    provider = models.TextField()
    reason = models.TextField()

    class Meta:
        db_table = "measure"
        indexes = [
            models.Index(fields=["subject", "id"], name="measure_subject"),
            models.Index(fields=["organ", "id"], name="measure_organ"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(notified_on__lte=models.F("decided"), begins__gte=models.F("decided")),
                name="measure_days",
            ),
        ]


class MeasureBasis(models.Model):
    """A record that a measure rests on; item and document number as they were when it was registered."""

    measure = models.BigIntegerField()
    record_id = models.UUIDField()
    item = models.TextField()
    document = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "measure_basis"
        constraints = [models.UniqueConstraint(fields=["measure", "record_id"], name="measure_basis_once")]
        indexes = [models.Index(fields=["record_id"], name="measure_basis_record")]


class MeasureAct(models.Model):
    """What the organ did later: lifted it, extended it at the maximum, or registered it by mistake; ended once at most."""

    measure = models.BigIntegerField()
    kind = models.TextField()
    until = models.DateField(null=True)
    at = models.DateTimeField()
    by = models.TextField()
    role = models.TextField()
    provider = models.TextField()
    reason = models.TextField()
    basis = models.TextField(db_default="")

    class Meta:
        db_table = "measure_act"
        constraints = [
            models.UniqueConstraint(
                fields=["measure"],
                condition=models.Q(kind__in=["lifted", "mistaken"]),
                name="measure_ended_once",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["lifted", "mistaken", "extended"]), name="measure_act_kind"
            ),
        ]
        indexes = [models.Index(fields=["measure", "id"], name="measure_act_measure")]
