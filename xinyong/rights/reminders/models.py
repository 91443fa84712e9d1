"""Of which records somebody was reminded. Rows are only added."""

from __future__ import annotations

from django.db import models


class Reminded(models.Model):
    """A record of which whom it concerns was told, for each kind of reminder (`reminders.told.Kind`) once."""

    pk = models.CompositePrimaryKey("kind", "record_id")
    kind = models.TextField()
    record_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        db_table = "reminded"
