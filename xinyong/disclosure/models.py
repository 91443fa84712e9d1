"""The look log: who looked at whose records, why, on what ground. Never changed."""

from __future__ import annotations

from django.db import models


class Look(models.Model):
    at = models.DateTimeField()
    actor = models.TextField()
    role = models.TextField()
    purpose = models.TextField()
    ground = models.TextField()
    subject = models.BigIntegerField(null=True)
    what = models.TextField()
    as_of = models.DateField()
    known_at = models.BigIntegerField()
    records = models.IntegerField()

    class Meta:
        db_table = "look"
        indexes = [models.Index(fields=["subject", "at"], name="look_subject")]
